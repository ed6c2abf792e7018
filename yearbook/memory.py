"""Memory that was freed goes back to the system: where the C library can be told so, it is."""

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
