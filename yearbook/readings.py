"""What the files of a blog said when they were read last: one with the same bytes says the same again.

The bytes of each are read in every build; what takes time is what they mean (decision 0101).
"""

import dataclasses
import hashlib
import os
import zlib
from pathlib import Path

from yearbook.dialects import Dialect, Reading
from yearbook.memo import Album, Memo, digest_of, fingerprint
from yearbook.model import Blog, Post

_ALBUMS = 16
"""Each is written anew when one of its files has changed."""
_MOST_BYTES = 1_000_000
"""What is larger is read anew each time."""


def read_all(dialect: Dialect, blog: Blog, memo: Memo) -> tuple[Reading, ...]:
    """What every file under the blog's content folders says; the memo has it from now on."""
    base = digest_of("readings", fingerprint(), blog)
    albums = [Album[tuple[Reading, str]](memo, digest_of(base, number)) for number in range(_ALBUMS)]

    def read(path: Path) -> Reading:
        content = None if dialect.looks_around(path) else _content_of(path)
        if content is None:
            return dialect.read(blog, path, None)
        place = os.fsencode(path)
        name = hashlib.sha256(b"%b\0%b" % (place, content)).digest()
        album = albums[zlib.crc32(place) % _ALBUMS]
        reading, digest = album.find(name, lambda: _with_digest(dialect.read(blog, path, content)))
        if digest:
            memo.know(reading.outcome, digest)
        return reading

    readings = tuple(read(path) for path in dialect.posts(blog))
    for album in albums:
        memo.keep_later(album)
    return readings


def digest_of_post(post: Post, memo: Memo) -> str:
    """Digest of what a post says, wherever it lies."""
    return memo.digest(post, lambda: _digest(post))


def _digest(post: Post) -> str:
    return digest_of(dataclasses.replace(post, source=Path()))


def _with_digest(reading: Reading) -> tuple[Reading, str]:
    """What a file says, with the digest of its post, if it is one."""
    return reading, _digest(reading.outcome) if isinstance(reading.outcome, Post) else ""


def _content_of(path: Path) -> bytes | None:
    """What is in the file; None if it is a folder, a link, large, or cannot be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        content = os.read(file, _MOST_BYTES)
    except OSError:
        return None
    finally:
        os.close(file)
    return content if len(content) < _MOST_BYTES else None
