"""What typesetting gives: pages, and a record of what they hold.

A *galley* is one piece of the book (a chapter, the contents, a month's opening) typeset by itself: pages
without numbers, and everything the binder needs to join them to others. Plain values only, so that a galley
travels between processes and is kept in a cache.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from yearbook.value import dataclass

IMAGE_SCHEME = "yearbook-image:"
"""How the HTML of a book names a prepared picture: this, and its digest."""

Tree = object
"""A PDF object as plain data: dict, tuple, number, bool, `Named`, `Words`, `Drawing`, `Shown`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One complaint of the engine."""

    text: str
    """What it said."""
    is_error: bool
    """Whether something is missing from the page, rather than different."""


class Sheet(NamedTuple):
    """What stands on one page."""

    free_pt: float
    """Empty height between the last line or picture and the foot of the type area, or the notes."""
    blank: bool
    """Whether nothing at all stands on it."""
    marks: tuple[tuple[str, float, float], ...]
    """Every `id` that has a box here, with its distance from the type area's top and its height in points."""
    is_plate: bool = False
    """Whether it is a picture's own page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """When a layout may end before its text does."""

    free_pt: float
    """How empty a page must be to be asked about."""
    is_enough: Callable[[Sequence[Sheet]], bool]
    """Whether such a page and the one behind it are all that is wanted."""


@dataclass(frozen=True, slots=True)
class Named:
    """A PDF name, without its solidus."""

    name: str
    """The name."""


@dataclass(frozen=True, slots=True)
class Words:
    """A PDF text string."""

    text: str
    """The text."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A PDF stream that is not one of the book's pictures: a form, a pattern, a small bitmap."""

    entries: Mapping[str, Tree]
    """Its dictionary, without length and filter unless `ready`."""
    content: bytes
    """Its content; compressed with zlib unless `ready`."""
    ready: bool = False
    """Whether `content` is as `entries` say it is."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the book's prepared pictures, by digest."""

    sha256: str
    """Hex digest of the prepared file."""
    smooth: bool
    """Whether a renderer may smooth it when it is enlarged."""


class Link(NamedTuple):
    """A place on a page that leads somewhere."""

    box_pt: tuple[float, float, float, float]
    """Left, bottom, right, top, from the lower left corner of the trimmed page."""
    target: str
    """An `id` of the book, or an address."""
    inside: bool
    """Whether `target` is an `id` of the book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A structure element of a tagged PDF, such as a paragraph or a table's cell, as far as a page has it."""

    tag: str
    """Its standard structure type, such as `P` or `H2`."""
    key: int
    """Elements of one galley with the same key are one, cut by the end of a page; 0 is like no other."""
    kids: tuple["int | Element", ...]
    """In the order of reading: marked content of the page, by its MCID, and elements."""
    alt: str = ""
    """What is said in place of a picture or formula."""
    actual: str = ""
    """The text, where none is drawn."""
    language: str = ""
    """BCP 47 tag, if it is not that of the element above."""
    attributes: tuple[tuple[str, int | str], ...] = ()
    """Names and values of standard attributes; a text is a PDF name."""
    box_pt: tuple[float, float, float, float] | None = None
    """Of a picture: left, bottom, right, top, from the lower left corner of the trimmed page."""
    links: tuple[int, ...] = ()
    """Which of the page's links it is."""
    words: str = ""
    """Of a link: its text."""


class Bookmark(NamedTuple):
    """An entry of the outline."""

    level: int
    """1 is the highest."""
    label: str
    """Its text."""
    spot_pt: tuple[float, float]
    """Where it leads, from the lower left corner of the trimmed page."""
    is_open: bool
    """Whether its children are shown at first."""


class Late(NamedTuple):
    """Room on a page for a number that the binder prints."""

    anchors: tuple[str, ...]
    """Every `id` whose page is printed there, in order: one, or the first and the last of a range."""
    first: int
    """Which of the digits stands here first: a number may be cut by the end of a line."""
    spots: tuple[int, ...]
    """Where each digit's glyph stands in the page's content, before compression; four hexadecimal letters."""
    digits: tuple[str, ...]
    """The glyphs of 0 to 9, and of a blank as wide, in hexadecimal."""
    pad: str
    """Where blanks stand if the number has fewer digits than there is room: `before`, `after`; or empty."""


class Leaf(NamedTuple):
    """One page of a galley."""

    name: str
    """Name of the page in the style sheet, such as `text`; empty if it has none."""
    content: bytes
    """What is drawn, compressed with zlib."""
    size_pt: tuple[float, float]
    """Width and height of the trimmed page."""
    bleed_pt: tuple[float, float, float, float]
    """How far the page goes beyond the trim: left, bottom, right, top."""
    has_margin: bool
    """Whether it has side margins, which are wider at the spine once the page is left or right."""
    links: tuple[Link, ...]
    """In order."""
    anchors: Mapping[str, tuple[float, float]]
    """Where each `id` stands, from the lower left corner of the trimmed page."""
    bookmarks: tuple[Bookmark, ...]
    """In order."""
    sheet: Sheet
    """How full it is."""
    late: tuple[Late, ...] = ()
    """Numbers that are still to be printed."""
    tags: tuple[Element, ...] = ()
    """Its structure, in the order of reading; empty if nobody asked for it."""
    has_strays: bool = False
    """Whether such a number stands where the binder cannot print it, as in something half transparent."""


class Face(NamedTuple):
    """A font of a galley, and which of its glyphs are used."""

    name: str
    """Its name in the pages' content: the same font has the same name in every galley."""
    family: str
    """Its family and style, such as `Noto-Serif-KR-Bold`."""
    file: str
    """Name of its file in `fonts/`."""
    is_italic: bool
    """Whether it slants."""
    glyphs: Mapping[int, str]
    """Text of each used glyph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Galley:
    """One piece of the book, typeset by itself."""

    leaves: tuple[Leaf, ...]
    """Its pages."""
    heads: tuple[Leaf, ...]
    """Running heads that were asked for, each drawn at its place on a page of its own."""
    resources: Mapping[str, Tree]
    """What the pages' content names, fonts left out."""
    faces: tuple[Face, ...]
    """Fonts."""
    notices: tuple[Notice, ...]
    """What the engine complained of, without repeats, in order."""

    @property
    def anchors(self) -> Mapping[str, int]:
        """Index of the page on which each `id` stands."""
        return {name: i for i, leaf in reversed(list(enumerate(self.leaves))) for name in leaf.anchors}
