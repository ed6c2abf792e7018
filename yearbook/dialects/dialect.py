"""The seam between the book and a blog engine.

A dialect answers four questions: where are the posts, what does this file say, where is this picture, where
does this link lead. What in the Markdown itself is only one engine's is answered elsewhere.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

from yearbook.dialects.entries import Library
from yearbook.model import Blog, BrokenPost, Finding, LeftOut, Post
from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one file says, before anybody chose a year."""

    outcome: Post | LeftOut | BrokenPost
    """The post; or why it is none; or why it cannot be read."""
    findings: tuple[Finding, ...] = ()
    """What a person should know if the post is printed."""
    draft: bool = False
    """Whether the engine would keep it back as a draft."""
    page: bool = False
    """Whether it is a page of the site, such as `about`, rather than a post."""
    appears: dt.datetime | None = None
    """When it is to appear, if that is not its date."""
    expires: dt.datetime | None = None
    """When it is to vanish; None is never."""
    section: str = ""
    """Folder of the content it lies in, such as `blog/2021`; empty at the top."""
    twin: str = ""
    """What its translations share; empty if it can have none."""
    twin_is_guess: bool = False
    """Whether only names say so: then posts are translations only if they have one date."""
    stem: str = ""
    """Name of the file, or of its bundle's folder, without ending: another name to choose it by."""
    other_date: dt.date | None = None
    """The date the file name claims if the front matter says another, or a broken post's likely date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One blog engine's manners."""

    name: str
    """`hugo`, `jekyll`, `hexo`, `plain`."""
    looked_for: str
    """What makes a folder this engine's blog, for the message when there is none."""
    recognise: Callable[[Path], str | None]
    """Why the folder is this engine's blog; None if it is not."""
    read_blog: Callable[[Path], Blog]
    """What is known of the blog as a whole. Raises ConfigError."""
    posts: Callable[[Blog], Iterator[Path]]
    """Every file under the content folders that could be a post, in a stable order."""
    read: Callable[[Blog, Path, bytes | None], Reading]
    """What that file says, with this content if it was read already. Never raises for a bad file."""
    looks_around: Callable[[Path], bool] = lambda _: False
    """Whether what that file says depends on other files, besides the blog as a whole."""
    locate: Callable[[Blog, Post, str], Path | None]
    """The file inside the blog that a picture's address names; None if there is none."""
    resolve: Callable[[Blog, Post, str, Library], str | None]
    """The path on the site, with its anchor, that a link or a shortcode names; None if it is not ours."""
