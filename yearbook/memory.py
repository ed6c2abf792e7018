"""Memory goes back to the system: what is large as soon as it is freed, all else when the process ends."""

import contextlib
import ctypes

_MMAP_THRESHOLD = -3
"""GNU's name for the size from which on a block is a mapping of its own."""
_LARGE_BYTES = 1_000_000


def give_large_blocks_back() -> None:
    """From now on what is large goes back as soon as it is freed, if the C library is GNU's.

    GNU's raises that size itself when large blocks are freed, and keeps them from then on: threads that had
    scaled sixty pictures left seventy megabytes behind.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


class _Lingering:
    """What stays until the process ends."""

    def __init__(self) -> None:
        self.is_last_work = False
        self.kept: dict[str, object] = {}


_lingering = _Lingering()


def end_after_this() -> None:
    """Says that the process ends as soon as its work is done, and leaves its memory to the system."""
    _lingering.is_last_work = True


def linger(**values: object) -> None:
    """Keeps values, one of each kind, if the process is about to end.

    Half a million values are freed one by one, which takes a twentieth of a build after a change.
    """
    if _lingering.is_last_work:
        _lingering.kept |= values
