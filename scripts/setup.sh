#!/bin/sh
# Makes everything ready in .venv: the system's part first, then the exact versions of requirements.lock, then
# this project itself, editable. Quick when nothing has changed since the last time.
#
#     scripts/setup.sh [test]
set -eu
cd "$(dirname "$0")/.."

# The first Python that is new enough; if there is none, setup-system.sh says what to do.
if [ -z "${PYTHON:-}" ]; then
    PYTHON=python3
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            PYTHON=$candidate
            break
        fi
    done
fi
export PYTHON

scripts/setup-system.sh "$@"

stamp=.venv/.installed
# The path is in the key because a virtual environment does not survive being moved.
place="$("$PYTHON" -V) $(pwd)"
wanted="$place $(cat requirements.lock pyproject.toml scripts/setup.sh | cksum)"
found=$(cat "$stamp" 2>/dev/null || true)
if [ "$found" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

echo "Setting up .venv (once; about a minute)" >&2
case $found in
    "$place "*) ;; # only the versions changed
    *) rm -rf .venv ;;
esac
[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
pip() {
    .venv/bin/python -m pip -qq --disable-pip-version-check --no-input "$@"
}
# The lock is complete, so nothing is resolved and nothing is compiled.
if ! pip install --no-deps --only-binary=:all: -r requirements.lock; then
    echo "The packages of requirements.lock could not be installed: is the package registry reachable?" >&2
    exit 2
fi
pip install --no-deps --no-build-isolation --editable .
pip check
printf '%s\n' "$wanted" >"$stamp"
