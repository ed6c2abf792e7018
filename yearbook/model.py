"""The values that travel from room to room.

    discover -> Selection(Post)  render -> Chapter  localise -> Chapter  compose, typeset, bind -> report

Everything here is frozen. If something must change, make a new value with `dataclasses.replace`.
Reading, fetching and drawing do not belong here.
"""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple
from urllib.parse import unquote

from yearbook.value import dataclass

Placing = Literal["text", "openings", "plates"]
"""Where pictures may stand besides the text: above a post's title, or also on pages of their own."""


class Severity(enum.StrEnum):
    """How much a finding matters to the printed book."""

    ERROR = "error"
    """Something will be missing from the paper."""
    WARNING = "warning"
    """The paper will differ from the blog."""
    NOTE = "note"
    """Worth knowing; the paper is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a person should know before printing."""

    kind: str
    """Stable slug of the kind, such as `missing-image`; listed in docs/findings.md."""
    severity: Severity
    """How much it matters."""
    message: str
    """One sentence, with the text that was found."""
    place: str = ""
    """The post or file, relative to the blog, with `/`; empty if it concerns the whole book."""
    line: int = 0
    """1-based line in that file; 0 if unknown."""
    hint: str = ""
    """What to do about it; empty if nothing."""
    page: int = 0
    """1-based page of the book's PDF; 0 if unknown or on none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """The Markdown that a blog's engine reads."""

    name: Literal["kramdown", "commonmark"] = "commonmark"
    """Which of the two parsers."""
    hard_wrap: bool = False
    """Whether every line end in a paragraph is a line break."""
    smart: bool = True
    """Whether straight quotes, dashes and dots become typographic ones, as the engine's own setting says."""
    unsafe_html: bool = True
    """Whether raw HTML in posts is kept (it is cleaned in any case)."""
    heading_attributes: bool = True
    """Whether `## Title {#id .class}` is read as attributes."""
    math: bool = True
    """Whether `$$…$$` and the like are mathematics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blog:
    """What is known of the blog as a whole."""

    root: Path
    """The blog's folder, absolute and without symbolic links."""
    engine: str
    """Name of the dialect: `hugo`, `jekyll`, `hexo`, `plain`."""
    why: str
    """How the engine was recognised, for `yearbook list -v`."""
    title: str
    """The blog's own title; empty if it has none."""
    author: str
    """The blog's author; empty if it names none."""
    language: str
    """BCP 47 tag such as `ko` or `zh-Hans`; `ko` only if the blog says so, else empty."""
    zone: dt.tzinfo
    """Time zone in which dates without one are read and years are judged."""
    zone_source: str
    """Where the zone comes from, such as `timezone in _config.yml` or `default`."""
    base_url: str
    """Public address without trailing slash, such as `https://example.org/blog`; may be empty."""
    syntax: Syntax
    """The Markdown its posts are written in."""
    static_dirs: tuple[Path, ...] = ()
    """Folders whose files are served from the site's root, first match wins."""
    repository: str = ""
    """`owner/name` on GitHub of the blog's own repository; empty if unknown."""
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """The engine's own configuration, read-only; only that engine's dialect looks into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post, read but not rendered."""

    source: Path
    """The file it was read from, absolute."""
    place: str
    """The same, relative to the blog's folder, with `/`: how reports name the post."""
    slug: str
    """Short name, unique in the selection (made so by adding `-2`, …)."""
    title: str
    """Title as plain text, never empty."""
    date: dt.datetime
    """When it was published; aware, in the blog's zone."""
    updated: dt.datetime | None
    """When it was last changed; aware, in the blog's zone; None if not stated."""
    language: str
    """BCP 47 tag of the post; empty if neither post nor blog says."""
    authors: tuple[str, ...]
    """Names in order; empty if unknown."""
    tags: tuple[str, ...]
    """Tags in order, without repeats."""
    categories: tuple[str, ...]
    """Categories in order, without repeats."""
    series: str
    """Name of the series it belongs to; empty if none."""
    summary: str
    """Description from the front matter, plain text; may be empty."""
    hero: str
    """Address of the opening picture as written; empty if none."""
    permalink: str
    """Path of the post on the site, such as `/2021/12/31/year/`; begins with `/`."""
    body: str
    """Markdown without front matter, line ends as `\\n`."""
    body_line: int
    """1-based line of `source` on which `body` begins."""
    engine: str
    """Name of the dialect that read it."""
    syntax: Syntax
    """The Markdown it is written in."""
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """The whole front matter, read-only, for shortcodes and tags that print fields."""
    people: tuple[str, ...] = ()
    """Names of people the post is about, in order, without repeats; for the index."""
    wishes: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """The front matter's `yearbook:` table, read-only (`title`, `cover`, …)."""

    @property
    def chapter_id(self) -> str:
        """Anchor of the post's chapter in the book, such as `post-2021-year`."""
        return f"post-{self.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A post that is not in the book, and rightly so."""

    place: str
    """The file, relative to the blog's folder."""
    title: str
    """Its title if it could be read, else empty."""
    date: dt.datetime | None
    """Its date if it has one."""
    reason: str
    """Stable slug: `draft`, `other-year`, `future`, `expired`, `not-published`, `language`, `excluded`, …"""
    detail: str
    """The reason in words, such as `dated 2020-12-31`."""
    permalink: str = ""
    """Path on the site, so that links to it can lead to its public address."""
    retrospective: bool = False
    """Whether title or slug names the chosen year although its date lies in another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPost:
    """A post that cannot be read."""

    place: str
    """The file, relative to the blog's folder."""
    line: int
    """1-based line of the trouble; 0 if unknown."""
    reason: str
    """One sentence with the text found."""
    hint: str
    """What to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The year's posts, and an account of every other file."""

    blog: Blog
    """The blog they come from."""
    posts: tuple[Post, ...]
    """In the book's order."""
    left_out: tuple[LeftOut, ...]
    """Sorted by place."""
    broken: tuple[BrokenPost, ...]
    """Sorted by place."""
    findings: tuple[Finding, ...]
    """Conflicts such as a file name and a front matter that disagree about the date."""
    years: Mapping[int, int]
    """Number of published posts by year, over the whole blog."""


class Heading(NamedTuple):
    """One heading inside a chapter."""

    level: int
    """2 to 6; the post's title is level 1 and not listed."""
    text: str
    """Plain text."""
    anchor: str
    """Its `id`, unique over the book."""


class Picturing(NamedTuple):
    """One picture as a chapter's HTML shows it."""

    src: str
    """Its address as written."""
    alt: str
    """Alternative text; may be empty."""
    line: int
    """1-based line of the post's body; 0 if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One post, rendered to clean HTML."""

    post: Post
    """Where it comes from."""
    html: str
    """A fragment: no script, no style, no event attribute; anchors begin with the chapter's id."""
    headings: tuple[Heading, ...]
    """In order."""
    findings: tuple[Finding, ...]
    """What rendering met, such as an unknown shortcode."""
    characters: int
    """Number of characters of text without white space."""
    pictures: int
    """Number of pictures, missing ones included."""
    picturings: tuple[Picturing, ...] = ()
    """Every picture its HTML shows, in order; `localise.survey` finds them."""
    anchors: tuple[str, ...] = ()
    """Every `id` of its HTML, in order; `localise.survey` finds them."""
    opening: str = ""
    """The picture that stands above its title, as HTML; empty if there is none, as before it is settled."""
    hrefs: tuple[str, ...] | None = None
    """Where its HTML links to, as written there, without repeats; None before `localise.survey` found it."""
    looked_at: tuple[Finding, ...] | None = None
    """What preflight says of its text alone; None if nobody looked yet."""

    @property
    def id(self) -> str:
        """Anchor of the chapter in the book."""
        return self.post.chapter_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUse:
    """One place in one post that shows a picture."""

    src: str
    """The address as written in the post."""
    place: str
    """The post's file, relative to the blog."""
    line: int
    """1-based line in that file; 0 if unknown."""
    alt: str
    """Alternative text; may be empty."""
    local: Path | None
    """The file on disk, inside the blog, if the address names one; else None."""
    url: str
    """Absolute address if the picture is remote; else empty."""

    @property
    def name(self) -> str:
        """The address for people: letters and blanks as themselves."""
        name = unquote(self.src)
        return name if name.isprintable() else self.src


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """A picture whose bytes are at hand and proven to be a picture, or about to be."""

    key: str
    """Stable key of the address, such as `gh-att:<uuid>` or `file:static/a.png`."""
    sha256: str
    """Hex digest of the bytes."""
    path: Path
    """File with exactly those bytes."""
    kind: str
    """`jpeg`, `png`, `gif`, `webp`, `avif`, `svg`, …, found from the bytes."""
    width_px: int
    """Upright width in pixels (after EXIF orientation); for SVG the nominal width."""
    height_px: int
    """Upright height in pixels."""
    notes: tuple[str, ...] = ()
    """What paper will not show of it, in words, such as the motion of an animation."""
    is_proven: bool = True
    """Whether it was decoded to its last byte; if not, preparing it finds out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingImage:
    """A picture that could not be had."""

    key: str
    """Stable key of the address."""
    url: str
    """Address as it may be printed: no token, no signature."""
    reason: str
    """Stable slug: `missing`, `offline`, `blocked`, `timeout`, `corrupt`, `html`, …"""
    detail: str
    """The reason in words."""
    hint: str
    """What to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintImage:
    """A picture prepared for the page: what the engine is given."""

    sha256: str
    """Hex digest of the file; its address in the book is `yearbook-image:<sha256>`."""
    path: Path
    """The file."""
    kind: str
    """`jpeg`, `png` or `svg`."""
    width_px: int
    """Width of this file."""
    height_px: int
    """Height of this file."""
    source_width_px: int
    """Upright width of the original, from which the effective resolution follows."""
    source_height_px: int
    """Upright height of the original."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Which posts a book is to hold, and in which order."""

    year: int
    """The year, judged in the blog's zone; it names the book even when `since` and `until` are given."""
    since: dt.date | None = None
    """First day; None is 1 January of `year`."""
    until: dt.date | None = None
    """Last day, inclusive; None is 31 December of `year`."""
    by: Literal["published", "updated"] = "published"
    """Which date decides."""
    order: Literal["oldest", "newest"] = "oldest"
    """Order of the posts; ties keep the order of their slugs."""
    tags: tuple[str, ...] = ()
    """Only posts with one of these tags; empty is all."""
    categories: tuple[str, ...] = ()
    """Only posts with one of these categories; empty is all."""
    sections: tuple[str, ...] = ()
    """Only posts under one of these content folders; empty is all."""
    authors: tuple[str, ...] = ()
    """Only posts by one of these authors; empty is all."""
    only: tuple[str, ...] = ()
    """Only posts with these slugs; empty is all."""
    include: tuple[str, ...] = ()
    """Slugs of posts taken in whatever their date, at the end."""
    exclude: tuple[str, ...] = ()
    """Slugs of posts left out."""
    drafts: bool = False
    """Whether drafts are taken in."""
    future: bool = True
    """Whether posts dated after `now` are taken in."""
    now: dt.datetime | None = None
    """The moment `future` is judged at, aware; None never looks at a clock and takes every post in."""
    language: str = ""
    """Which of a post's translations is printed; empty is the blog's own language."""
    keep_series: bool = False
    """Whether posts of one series stand together, at the place of the first."""
    zone: str = ""
    """Name of a time zone that overrides the blog's, such as `Asia/Seoul`."""
    engine: str = ""
    """Name of the dialect, to override detection."""
