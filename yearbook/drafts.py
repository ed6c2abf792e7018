"""Files on their way to their place: what a run that was killed left of them is swept away later.

A file is written under a name of its own beside its place and moved there when it is whole. A run that is
killed in between leaves the draft. Only its age tells it from the draft of a run that is still at work, so it
is taken away when it is old.
"""

import contextlib
import re
import time
from pathlib import Path

PREFIX = ".yearbook-"
"""How the names of drafts begin."""
_NAME = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_]{8}")
"""The names that `tempfile` gives with this prefix; another file that begins so is somebody's own."""
STALE_SECONDS = 3600
"""A draft that was not written to for so long is nobody's."""


def is_stale(written: float, now: float | None = None) -> bool:
    """Whether a draft written at that time was left over; one from the future tells of a clock that jumped.

    >>> is_stale(0, 3000), is_stale(0, 4000), is_stale(9000, 0)
    (False, True, True)
    """
    return abs((time.time() if now is None else now) - written) > STALE_SECONDS


def sweep(folder: Path) -> None:
    """Removes old drafts from a folder; a folder that cannot be read or written keeps them."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if _NAME.fullmatch(path.name) and path.is_file() and is_stale(path.lstat().st_mtime):
                path.unlink(missing_ok=True)
