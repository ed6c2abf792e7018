"""Where the command begins: `yearbook`, and `python -m yearbook`.

Loading the program takes a moment, and Ctrl-C may come in that moment too. A worker takes longer to load than
the program, and is needed a second later: where a book will be made, it is started first.
"""

import gc
import os
import signal
import sys
from typing import NoReturn

from yearbook.errors import ExitCode
from yearbook.hire import start_worker
from yearbook.memory import end_after_this
from yearbook.patterns import use_patterns

_NO_WORKER = frozenset({"--whole", "-h", "--help"})
"""With these arguments no worker is asked for anything."""


def main() -> int:
    """Runs the command; an interruption while it is still loading is answered like any other."""
    gc.disable()  # what is loaded stays, and the collector would walk through it again and again
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(int(ExitCode.TERMINATED)))
    spare = start_worker() if sys.argv[1:2] == ["build"] and not _NO_WORKER & {*sys.argv} else None
    try:
        from yearbook import cli

        return cli.main(spare=spare)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    finally:
        if spare is not None:
            spare.kill()
            spare.wait()


def _is_watched() -> bool:
    """Whether a profiler or a debugger has still to say what it saw."""
    # Newer Pythons keep profilers elsewhere.
    tool = getattr(getattr(sys, "monitoring", None), "get_tool", lambda _: None)
    return bool(sys.gettrace() or sys.getprofile() or any(map(tool, range(6))))


def run() -> NoReturn:
    """The command as a process of its own, which ends at once: its memory is left to the system."""
    if "--watch" not in sys.argv:
        end_after_this()
    keep_patterns = use_patterns("command")
    code = main()
    keep_patterns()
    if _is_watched():
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # whoever read has left, or the disk is full; there is nobody to tell
        code = code or int(ExitCode.OUTPUT)
    os._exit(code)


if __name__ == "__main__":
    run()
