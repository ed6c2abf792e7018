"""Digests of the blog's own files, so that a file that is as it was is not read again to know it.

A year's pictures are half a gigabyte. Whether one is as it was, the system says: its size, its place on the
disk, and when its content and its entry were last changed; the last of these no program can set. A file that
changed a moment ago may change once more within the same tick of that clock, so it is not remembered.
What the store itself keeps is hashed each time all the same.
"""

import contextlib
import hashlib
import json
import os
import re
import time
from pathlib import Path

from yearbook.store.blobs import BlobStore, digest_of, touch, write_whole

_SETTLED_NS = 3_000_000_000
"""Clocks of file systems tick every two seconds at most."""

_Stamp = list[int]


class Seen:
    """What is known of one blog's files; many threads may ask."""

    def __init__(self, store: BlobStore, blog_root: Path) -> None:
        """What was remembered of that blog; nothing if that cannot be read."""
        name = hashlib.sha256(os.fsencode(blog_root)).hexdigest()[:16]
        self._store = store
        self._file = store.root / f"seen-{name}.json"
        self._before: dict[str, tuple[_Stamp, str]] = {}
        self._now: dict[str, tuple[_Stamp, str]] = {}
        with contextlib.suppress(OSError, ValueError, TypeError):
            for path, (stamp, digest) in dict(json.loads(self._file.read_bytes())).items():
                if re.fullmatch(r"[0-9a-f]{64}", digest):
                    self._before[path] = stamp, digest
            touch(self._file)

    def knows(self, path: Path) -> bool:
        """Whether the file need not be read; it may have changed when it is asked for."""
        try:
            known = self._before.get(str(path))
            return known is not None and known[0] == _stamp_of(path.stat())
        except OSError:
            return False

    def digest_of(self, path: Path) -> str:
        """SHA-256 of the file, as hex.

        Raises:
            OSError: it cannot be read.
        """
        facts, name = path.stat(), str(path)
        stamp = _stamp_of(facts)
        known = self._before.get(name)
        digest = known[1] if known and known[0] == stamp else digest_of(path)
        if time.time_ns() - max(facts.st_mtime_ns, facts.st_ctime_ns) > _SETTLED_NS:
            self._now[name] = stamp, digest
        return digest

    def keep(self) -> None:
        """Remembers the files that were asked for and no others; a cache that is only read stays as it is."""
        if self._now != self._before:
            content = json.dumps(self._now, sort_keys=True).encode()
            with contextlib.suppress(OSError):
                write_whole(self._file, content, scratch=self._store.root / "tmp", durable=False)


def _stamp_of(facts: os.stat_result) -> _Stamp:
    return [facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino, facts.st_dev]
