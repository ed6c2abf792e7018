"""Memory goes back to the system: what is large as soon as it is freed, all else when the process ends."""

import contextlib
import ctypes
from collections.abc import Iterator, Mapping

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""GNU's names: how much free memory is kept, from which size on a block is a mapping of its own, and how many
heaps there are for threads."""
_LARGE_BYTES = 1_000_000
_KEPT_BYTES = 128 * 1024
_LARGE_WHILE_KEEPING = 1 << 25
_KEPT_WHILE_KEEPING = 1 << 27


def give_large_blocks_back() -> None:
    """From now on what is large goes back as soon as it is freed, if the C library is GNU's.

    GNU's raises that size itself when large blocks are freed, and keeps them from then on: threads that had
    scaled sixty pictures left seventy megabytes behind.
    """
    # One heap for all threads: what the others hold goes back only when they free something again.
    _set({_ARENA_MAX: 1, _MMAP_THRESHOLD: _LARGE_BYTES, _TRIM_THRESHOLD: _KEPT_BYTES})


class _Keeping:
    """Whether large blocks may be kept, and whether they are."""

    def __init__(self) -> None:
        self.may_begin = False
        self.has_begun = False


_keeping = _Keeping()


@contextlib.contextmanager
def giving_back() -> Iterator[None]:
    """Meanwhile large blocks may be kept; at the end all that is free goes back to the system."""
    _keeping.may_begin = True
    try:
        yield
    finally:
        _keeping.may_begin = False
        if _keeping.has_begun:
            _keeping.has_begun = False
            _set({_MMAP_THRESHOLD: _LARGE_BYTES, _TRIM_THRESHOLD: _KEPT_BYTES})
            with contextlib.suppress(OSError, AttributeError):
                ctypes.CDLL(None).malloc_trim(0)


def keep_large_blocks() -> None:
    """What is freed is kept for the next to ask until `giving_back` ends; does nothing outside of it.

    Pictures ask for the same few sizes again and again; the system would have to clear each page of them
    anew, which takes a quarter of the time of preparing pictures.
    """
    if _keeping.may_begin and not _keeping.has_begun:
        _keeping.has_begun = True
        _set({_MMAP_THRESHOLD: _LARGE_WHILE_KEEPING, _TRIM_THRESHOLD: _KEPT_WHILE_KEEPING})


def _set(sizes: Mapping[int, int]) -> None:
    """Tells the C library, if it is GNU's."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        for name, size in sizes.items():
            library.mallopt(name, size)


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
