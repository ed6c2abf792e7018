"""The command: arguments to Config, errors to exit codes; alone in printing and in reading the environment.

stdout carries only the product: the path of the PDF, a listing, JSON, or the PDF itself with `-o -`.
All else goes to stderr.
"""

import contextlib
import errno
import gc
import importlib
import itertools
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from yearbook.cli.arguments import make_parser
from yearbook.cli.telling import say
from yearbook.errors import ExitCode, YearbookError
from yearbook.hire import Worker
from yearbook.memory import give_large_blocks_back
from yearbook.patterns import is_loading

_HEARD_WITHIN_SECONDS = 1.2
"""After this time a signal that nobody heard is raised again; tidying up takes less."""
_LOADED_WITHIN_SECONDS = 0.05
"""A signal that comes while a module is loaded is looked at again after this time."""
_MOST_LOOKS = 20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_TICK_SECONDS = 0.4
"""How often the main thread is woken to hear whether a signal came."""

_COMMANDS = {
    "build": "building",
    "list": "listing",
    "fetch": "building",
    "cache": "caching",
    "check": "checking",
    "verify": "checking",
    "images": "images",
    "theme": "themes",
}
"""The module of each command, which has a function `run_…`; only that one is loaded."""


def main(argv: Sequence[str] | None = None, spare: Worker | None = None) -> int:
    """Runs the command and gives its exit code; every error becomes one sentence on stderr.

    Args:
        argv: the arguments; None for those of the process.
        spare: a worker that was started already, for the first book.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _collect_seldom()
    give_large_blocks_back()
    verbose = any(a == "--verbose" or (a.startswith("-v") and not a.startswith("--")) for a in arguments)
    try:
        with _hearing_signals():
            return int(run(arguments, spare))
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
    except Exception as error:  # the one place that turns a bug into an exit code
        if isinstance(error, OSError) and error.errno in _FULL:
            say(f"yearbook: {error.filename or 'standard output'}: cannot be written: {error.strerror}")
            return int(ExitCode.OUTPUT)
        say(traceback.format_exc())
        say("yearbook: this is a bug in yearbook; please report it with the lines above")
        return int(ExitCode.BUG)


def _collect_seldom() -> None:
    """Python's collector would walk again and again through what stays: nearly nothing here is a cycle."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(500_000, 20, 20)


class _Terminated(BaseException):
    """SIGTERM arrived."""


@contextlib.contextmanager
def _hearing_signals() -> Iterator[None]:
    """Turns SIGINT and SIGTERM into exceptions, and repeats one that was not heard.

    An exception raised while the engine's C libraries call back into Python is printed and forgotten there.
    And a signal that comes in the moment before the main thread lies down to wait for a worker does not wake
    it: only its next waking hears of it, so it is woken now and then.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    signal.signal(signal.SIGTERM, _insist(_Terminated))
    if before[signal.SIGINT] is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _insist(KeyboardInterrupt))
    signal.signal(signal.SIGALRM, lambda _number, _frame: None)
    signal.setitimer(signal.ITIMER_REAL, _TICK_SECONDS, _TICK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _insist(error: type[BaseException]) -> Callable[[int, FrameType | None], None]:
    looks = itertools.count()

    def handler(_number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGALRM, handler)
        # An extension dies of an exception that comes while it is loaded.
        if is_loading(frame) and next(looks) < _MOST_LOOKS:
            signal.setitimer(signal.ITIMER_REAL, _LOADED_WITHIN_SECONDS)
            return
        signal.setitimer(signal.ITIMER_REAL, _HEARD_WITHIN_SECONDS)
        raise error

    return handler


def run(arguments: Sequence[str], spare: Worker | None = None) -> ExitCode:
    """Does what the arguments say, with a worker that is there already.

    Raises:
        YearbookError: the command cannot be carried out.
    """
    options = make_parser().parse_args(arguments)
    options.spare = spare
    module = importlib.import_module(f"yearbook.cli.{_COMMANDS[options.command]}")
    code: ExitCode = getattr(module, f"run_{options.command}")(options)
    return code


def _complain(error: YearbookError, verbose: bool) -> None:
    if verbose:
        say("".join(traceback.format_exception(error)).rstrip())
    say(f"yearbook: {error}")
