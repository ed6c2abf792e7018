"""Where the command begins: `yearbook`, and `python -m yearbook`.

Loading the program takes a moment, and Ctrl-C may come in that moment too. A worker takes longer to load than
the program, and is needed a second later: where a book will be made, it is started first.
"""

import gc
import signal
import sys

from yearbook.errors import ExitCode
from yearbook.hire import start_worker

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


if __name__ == "__main__":
    sys.exit(main())
