"""Where the command begins: `yearbook`, and `python -m yearbook`.

Loading the program takes a moment, and Ctrl-C may come in that moment too.
"""

import signal
import sys

from yearbook.errors import ExitCode


def main() -> int:
    """Runs the command; an interruption while it is still loading is answered like any other."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(int(ExitCode.TERMINATED)))
    try:
        from yearbook import cli
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
