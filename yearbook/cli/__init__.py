"""The command: arguments to Config, errors to exit codes; alone in printing and in reading the environment.

stdout carries only the product: the path of the PDF, a listing, JSON, or the PDF itself with `-o -`.
All else goes to stderr.
"""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from types import FrameType

from yearbook.cli.arguments import make_parser
from yearbook.cli.building import run_build, run_fetch
from yearbook.cli.images import run_images
from yearbook.cli.listing import run_list
from yearbook.cli.telling import say
from yearbook.cli.themes import run_theme
from yearbook.errors import ExitCode, YearbookError

_COMMANDS: dict[str, Callable[[argparse.Namespace], ExitCode]] = {
    "build": run_build,
    "list": run_list,
    "fetch": run_fetch,
    "images": run_images,
    "theme": run_theme,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and gives its exit code; every error becomes one sentence on stderr."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    verbose = any(a == "--verbose" or (a.startswith("-v") and not a.startswith("--")) for a in arguments)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return int(run(arguments))
    except YearbookError as error:
        _complain(error, verbose)
        return int(error.exit_code)
    except _Terminated:
        say("yearbook: terminated; nothing was written, the image store is whole")
        return int(ExitCode.TERMINATED)
    except KeyboardInterrupt:
        say("\nyearbook: interrupted; nothing was written, the image store is whole")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has left; a second complaint at exit would help nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OUTPUT)
    except Exception:  # the one place that turns a bug into an exit code
        say(traceback.format_exc())
        say("yearbook: this is a bug in yearbook; please report it with the lines above")
        return int(ExitCode.BUG)


class _Terminated(BaseException):
    """SIGTERM arrived."""


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _Terminated


def run(arguments: Sequence[str]) -> ExitCode:
    """Does what the arguments say.

    Raises:
        YearbookError: the command cannot be carried out.
    """
    options = make_parser().parse_args(arguments)
    return _COMMANDS[options.command](options)


def _complain(error: YearbookError, verbose: bool) -> None:
    if verbose:
        say("".join(traceback.format_exception(error)).rstrip())
    say(f"yearbook: {error}")
