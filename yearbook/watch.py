"""Sees that a blog's files changed, by looking again and again: no library, no limit on watches.

What the engine's own build writes, and what version control keeps, is not looked at.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_PASSED_OVER = frozenset(
    {".git", ".hg", ".svn", "node_modules", "public", "_site", "resources", ".jekyll-cache", ".venv",
     "__pycache__", ".cache", "vendor"}
)  # fmt: skip
_MOST_FILES = 200_000

Snapshot = Mapping[str, tuple[int, int]]
"""Time of change and size of every file, by path."""


def snapshot(folders: Iterable[Path], *, apart_from: Iterable[Path]) -> Snapshot:
    """Every file of the folders as it is now.

    Args:
        folders: where to look.
        apart_from: files and folders that the build itself writes.
    """
    skipped = {str(path.resolve()) for path in apart_from}
    return dict(entry for folder in folders for entry in _walk(str(folder), skipped))


def _walk(top: str, skipped: set[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    waiting, seen = [top], 0
    while waiting and seen < _MOST_FILES:
        folder = waiting.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:  # it was removed between two looks
            continue
        for entry in entries:
            seen += 1
            if entry.path in skipped or entry.name in _PASSED_OVER or entry.name.startswith(".yearbook-"):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.is_file():
                    facts = entry.stat()
                    yield entry.path, (facts.st_mtime_ns, facts.st_size)
            except OSError:  # as above
                continue


def changed(before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """Paths of the files that came, went or changed, sorted.

    >>> changed({"a": (1, 1), "b": (1, 1)}, {"a": (2, 1), "c": (1, 1)})
    ('a', 'b', 'c')
    """
    return tuple(
        sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    )
