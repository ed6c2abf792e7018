"""Files on their way to their place: what a run that was killed left of them is swept away later.

A file is written under a name of its own beside its place and moved there when it is whole. A run that is
killed in between leaves the draft. Only its age tells it from the draft of a run that is still at work, so it
is taken away when it is old.
"""

import contextlib
import os
import re
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from yearbook.errors import OutputError

PREFIX = ".yearbook-"
"""How the names of drafts begin."""
_NAME = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_]{8}")
"""The names that `tempfile` gives with this prefix; another file that begins so is somebody's own."""
_BUFFER_BYTES = 1_000_000
STALE_SECONDS = 3600
"""A draft that was not written to for so long is nobody's."""


def is_stale(written: float, now: float | None = None) -> bool:
    """Whether a draft written at that time was left over; one from the future tells of a clock that jumped.

    >>> is_stale(0, 3000), is_stale(0, 4000), is_stale(9000, 0)
    (False, True, True)
    """
    return abs((time.time() if now is None else now) - written) > STALE_SECONDS


def sweep(folder: Path) -> None:
    """Removes old drafts from a folder; what cannot be read or removed stays."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            with contextlib.suppress(OSError):  # another user's
                if _NAME.fullmatch(path.name) and path.is_file() and is_stale(path.lstat().st_mtime):
                    path.unlink(missing_ok=True)


class Draft:
    """A file that is written beside its place and moved there when it is whole, or is gone.

    A reader sees the old file or the new one, never half of either.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        """Its place."""
        self._file: BinaryIO | None = None
        self._path: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes away what was not moved to its place."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # what could not be written is not wanted any more
                self._file.close()
            self.path.unlink(missing_ok=True)

    @property
    def path(self) -> Path:
        """Its file; something must have been put in."""
        assert self._path is not None
        return self._path

    def put(self, content: bytes) -> None:
        """Writes more.

        Raises:
            OutputError: the disk is full, or the folder forbids it.
        """
        try:
            if self._file is None:
                handle, name = tempfile.mkstemp(dir=self._folder(), prefix=PREFIX)
                self._file, self._path = os.fdopen(handle, "wb", buffering=_BUFFER_BYTES), Path(name)
            self._file.write(content)
        except OSError as error:
            raise self._refused(error) from error

    def finish(self) -> None:
        """Says that nothing more is put in: now it can be read.

        Raises:
            OutputError: as above.
        """
        try:
            self.put(b"")
            assert self._file is not None
            self._file.flush()
        except OSError as error:
            raise self._refused(error) from error

    def settle(self) -> None:
        """Brings the finished file to its place.

        Raises:
            OutputError: it cannot go there; what was there is untouched.
        """
        try:
            self._settle()
        except OSError as error:
            raise self._refused(error) from error

    def _folder(self) -> Path:
        """Where it is written."""
        return self.output.resolve().parent

    def _settle(self) -> None:
        assert self._file is not None
        os.fsync(self._file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        self.path.chmod(0o666 & ~mask)
        self.path.replace(self.output)

    def _refused(self, error: OSError) -> OutputError:
        message = f"cannot be written: {error.strerror}"
        return OutputError(message, where=str(self.output), hint="is the disk full?")


def write_atomically(output: Path, content: bytes) -> None:
    """Writes a file whole or not at all.

    Raises:
        OutputError: the disk is full or the folder forbids it; the old file is untouched.
    """
    with Draft(output) as draft:
        draft.put(content)
        draft.finish()
        draft.settle()
