#!/bin/sh
# Sees to what pip cannot bring: Python with venv, the libraries WeasyPrint loads and, for the tests, poppler's
# tools. Installs what is missing when it may (as root, or with a sudo that asks nothing); otherwise it prints
# exactly one line, the one to type, and exits 2. When nothing is missing it says nothing.
#
#     scripts/setup-system.sh [test]        "test" asks for the tests' tools too
#
# PYTHON names the interpreter (default: python3).
set -u

python=${PYTHON:-python3}
lacking=

fail() {
    echo "$*" >&2
    exit 2
}

have() {
    command -v "$1" >/dev/null 2>&1
}

manager() {
    for name in apt-get dnf apk pacman brew; do
        if have "$name"; then
            echo "$name"
            return
        fi
    done
}

# The package that has a thing, in the words of each package manager.
package_of() {
    case $manager:$1 in
        apt-get:python) echo "python3 python3-venv" ;;
        apt-get:venv) echo python3-venv ;;
        apt-get:gobject-2.0) echo libpango-1.0-0 ;; # GLib's package was renamed in Debian 13; Pango brings either
        apt-get:pango-1.0) echo libpango-1.0-0 ;;
        apt-get:pangoft2-1.0) echo libpangoft2-1.0-0 ;;
        apt-get:harfbuzz) echo libharfbuzz0b ;;
        apt-get:harfbuzz-subset) echo libharfbuzz-subset0 ;;
        apt-get:fontconfig) echo libfontconfig1 ;;
        apk:harfbuzz-subset) echo harfbuzz-subset ;;
        brew:poppler | pacman:poppler) echo poppler ;;
        *:poppler) echo poppler-utils ;;
        brew:python | pacman:python) echo python ;;
        *:python | *:venv) echo python3 ;;
        pacman:gobject-2.0 | dnf:gobject-2.0) echo glib2 ;;
        *:gobject-2.0) echo glib ;;
        *:pango*) echo pango ;;
        *:harfbuzz*) echo harfbuzz ;;
        *:fontconfig) echo fontconfig ;;
    esac
}

install_words() {
    case $manager in
        apt-get) echo "apt-get install -y --no-install-recommends" ;;
        dnf) echo "dnf install -y" ;;
        apk) echo "apk add" ;;
        pacman) echo "pacman -S --needed --noconfirm" ;;
        brew) echo "brew install" ;;
    esac
}

# What WeasyPrint would fail to load, by the names it tries itself.
missing_libraries() {
    "$python" - <<'PYTHON'
import ctypes
import ctypes.util

WANTED = {
    "gobject-2.0": "libgobject-2.0.so.0",
    "pango-1.0": "libpango-1.0.so.0",
    "pangoft2-1.0": "libpangoft2-1.0.so.0",
    "harfbuzz": "libharfbuzz.so.0",
    "harfbuzz-subset": "libharfbuzz-subset.so.0",
    "fontconfig": "libfontconfig.so.1",
}


def loads(name, file):
    for candidate in (file, ctypes.util.find_library(name)):
        try:
            if candidate and ctypes.CDLL(candidate):
                return True
        except OSError:
            pass
    return False


print(*(name for name, file in WANTED.items() if not loads(name, file)))
PYTHON
}

find_lacking() {
    lacking=
    if ! have "$python"; then
        lacking=python
        return
    fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null || lacking=venv
    lacking="$lacking $(missing_libraries)"
    if [ "${1:-}" = test ]; then
        for tool in pdftotext pdffonts pdftoppm; do
            have "$tool" || lacking="$lacking poppler"
        done
    fi
    lacking=$(echo $lacking | tr ' ' '\n' | sort -u | tr '\n' ' ')
    lacking=${lacking% }
}

find_packages() {
    for thing in $lacking; do
        package_of "$thing"
    done | tr ' ' '\n' | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# Prints what goes before the package manager to become root, or fails when nothing may.
become_root() {
    if [ "$manager" = brew ] || [ "$(id -u)" = 0 ]; then
        return 0
    fi
    have sudo && sudo -n true 2>/dev/null </dev/null && echo "sudo -n"
}

install_packages() {
    if [ "$manager" = apt-get ]; then
        # A bare system has no lists at all; where the network is gone, the lists there are may still do.
        $root env DEBIAN_FRONTEND=noninteractive apt-get update -q || true
        $root env DEBIAN_FRONTEND=noninteractive $(install_words) -q $packages
    elif [ "$manager" = pacman ]; then
        $root pacman -Sy --needed --noconfirm $packages
    else
        $root $(install_words) $packages
    fi
}

old_python() {
    have "$python" && "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 11))' && "$python" -V
}

if old=$(old_python); then
    fail "yearbook needs Python 3.11 or newer and this is $old: install one, then run: make PYTHON=python3.12 book"
fi
manager=$(manager)
find_lacking "${1:-}"
if [ -n "$lacking" ]; then
    packages=$(find_packages)
    if [ -z "$manager" ]; then
        fail "yearbook needs what this system lacks: $lacking. Install it, then run make again."
    fi
    sudo=
    [ "$manager" = brew ] || [ "$(id -u)" = 0 ] || sudo="sudo "
    remedy="$sudo$(install_words) $packages"
    # A bare Debian knows of no package before it has been told.
    [ "$manager" != apt-get ] || remedy="${sudo}apt-get update && $remedy"
    root=$(become_root) || fail "$remedy"
    echo "Installing what this system lacks: $packages" >&2
    log=$(mktemp)
    if ! install_packages >"$log" 2>&1 </dev/null; then
        reason=$(grep -E '^(E:|Error|error|ERROR)' "$log" | head -n 1)
        rm -f "$log"
        fail "The package manager could not do it (${reason:-no reason given}); try yourself: $remedy"
    fi
    rm -f "$log"
    find_lacking "${1:-}"
    [ -z "$lacking" ] || fail "Installed, but still not found: $lacking. Try yourself: $remedy"
fi

exit 0
