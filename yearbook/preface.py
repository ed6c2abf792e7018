"""Reads the preface that a blog may keep for its yearbook: Markdown in `yearbook/preface.md`."""

import datetime as dt
from pathlib import Path

from yearbook.errors import ConfigError
from yearbook.model import Blog, Post

PREFACE = "--preface"
"""Slug of the preface; no post can have it."""
_PLACE = "yearbook/preface.md"
_LARGEST_BYTES = 1_000_000


def read_preface(blog: Blog) -> Post | None:
    """The preface as a post of its own; None if the blog has none.

    Raises:
        ConfigError: the file is there but cannot be read.
    """
    source = blog.root / _PLACE
    if not source.is_file():
        return None
    text = _read(source, blog.root)
    return Post(
        source=source,
        place=_PLACE,
        slug=PREFACE,
        title="",
        date=dt.datetime(1970, 1, 1, tzinfo=blog.zone),
        updated=None,
        language=blog.language,
        authors=(),
        tags=(),
        categories=(),
        series="",
        summary="",
        hero="",
        permalink="/",
        body=text,
        body_line=1,
        engine=blog.engine,
        syntax=blog.syntax,
    )


def _read(source: Path, root: Path) -> str:
    try:
        if not source.resolve(strict=True).is_relative_to(root):
            msg = "leads outside the blog"
            raise ConfigError(msg, where=_PLACE, hint="put the file itself there")
        if source.stat().st_size > _LARGEST_BYTES:
            msg = "is larger than a preface can be"
            raise ConfigError(msg, where=_PLACE, hint="make it a post")
        return source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        msg = "is not UTF-8 text"
        raise ConfigError(msg, where=_PLACE, hint="save it as UTF-8") from error
    except OSError as error:
        msg = f"cannot be read: {error.strerror}"
        raise ConfigError(msg, where=_PLACE) from error
