"""Work in two halves, the second done by a copy of this process: rendering posts, reading a book back."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from yearbook.memo import dumps, loads

T = TypeVar("T")
U = TypeVar("U")


def do_halves(first: Callable[[], T], second: Callable[[], U]) -> tuple[T, U]:
    """What both halves of a work give, done side by side if the system copies processes well.

    Whatever becomes of the copy, what it does not bring is worked out by this process.

    Args:
        first: one half.
        second: the other; it gives plain values, as a memo has them.
    """
    if not can_copy():
        return first(), second()
    reading, writing = os.pipe()
    copy = os.fork()
    if not copy:
        code = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as file:
                file.write(dumps(second()))
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as file:
            own = first()
            brought = file.read()
    except BaseException:
        os.kill(copy, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(copy, 0)
    return own, loads(brought) if brought and not status else second()


def can_copy() -> bool:
    """Whether the system copies processes well, and no other thread runs."""
    return sys.platform == "linux" and threading.active_count() == 1
