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


_WHOLE = b"whole"
"""The last that a copy says."""
_ENDING: list[int] = []
"""The copy that has said all and may still be ending."""


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
                file.write(_WHOLE)
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
        os.waitpid(copy, 0)
        raise
    see_off()
    _ENDING.append(copy)
    return own, loads(brought.removesuffix(_WHOLE)) if brought.endswith(_WHOLE) else second()


def see_off() -> None:
    """Waits until the last copy has ended.

    The system needs a hundredth of a second to take its memory back, in which there is something else to do.
    """
    while _ENDING:
        os.waitpid(_ENDING.pop(), 0)


def can_copy() -> bool:
    """Whether the system copies processes well, and no other thread runs."""
    return sys.platform == "linux" and threading.active_count() == 1
