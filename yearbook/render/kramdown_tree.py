"""The block tree of the kramdown dialect and the facts about HTML elements that its rules need.

The sets say how kramdown treats an element, as its syntax description says and as the engine of Debian 12
shows when asked; they say nothing about what a book should allow (the sanitiser's work).
"""

import re

MAX_BLOCK_DEPTH = 40
"""Blocks nested deeper than this are kept as plain paragraphs: no post needs it, and time stays bounded."""

MAX_HTML_DEPTH = 40
"""HTML elements nested deeper than this are printed as text."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID_TAGS = _names(
    "area base br col command embed hr img input keygen link meta param source track wbr"
)
SPAN_TAGS = _names(
    "a abbr acronym b bdo big br button cite code del dfn em i img input ins kbd label mark option q rb"
    " rp rt rtc ruby samp select small span strong sub sup tt u var"
)
"""Elements that never start an HTML block."""

BLOCK_CONTENT_TAGS = _names(
    "address applet article aside blockquote body dd details div dl fieldset figcaption figure footer"
    " form header hgroup iframe li main map menu nav noscript object section summary td"
)
"""Elements whose content is parsed as blocks under `markdown="1"`."""

SPAN_CONTENT_TAGS = _names(
    "a abbr acronym address b bdo big button caption cite del details dfn dt em figure h1 h2 h3 h4 h5"
    " h6 i ins label legend noscript object optgroup p q rb rp rt rtc ruby select small span strong sub"
    " sup th tt"
)
"""Elements whose content is parsed as spans, in a line or under `markdown="1"`."""

NOT_IN_LINE_TAGS = _names(
    "address applet article aside blockquote body caption col colgroup dd div dl dt fieldset figcaption"
    " footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe legend li main map menu nav ol"
    " optgroup p pre section summary table tbody td tfoot th thead tr ul"
)
"""Elements that kramdown prints as text when they stand inside a line."""

TEXT_ONLY_TAGS = frozenset(("script", "style"))
"""Elements in which not even tags are looked for."""

KNOWN_TAGS = (
    VOID_TAGS
    | SPAN_TAGS
    | BLOCK_CONTENT_TAGS
    | SPAN_CONTENT_TAGS
    | NOT_IN_LINE_TAGS
    | TEXT_ONLY_TAGS
    | _names(
    "audio basefont bdi blink canvas center data datalist dialog dir font frame frameset isindex"
    " marquee math menuitem meter nobr noframes output picture progress s slot strike svg template"
    " textarea time title video"
)
)
"""Elements whose names are read in any letter case."""

WHITE = " \t\r\n\f\v"
"""White space as the engine sees it: U+3000 and U+00A0 are text."""

EOB = re.compile(r"\^[ \t]*\n")
"""An end-of-block marker."""

ATTR_LIST = re.compile(r" {0,3}\{:(?![:/])((?:\\\}|[^}\n])+)\}[ \t]*\n")
"""An attribute list on its own line."""

RULE = re.compile(
    r" {0,3}(?:\*[ \t]*\*[ \t]*\*[ \t*]*|-[ \t]*-[ \t]*-[ \t-]*|_[ \t]*_[ \t]*_[ \t_]*)\n"
)
"""A horizontal rule."""

AMP = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)")


class Node:
    """One block of a post: what it is, its raw text or its children, its attributes and its line.

    The parser grows nodes while it reads, so they are mutable; they are dropped when the HTML is made.
    """

    __slots__ = ("attrs", "children", "closed", "kind", "line", "note", "text")

    def __init__(self, kind: str, line: int, text: str = "", note: str = "") -> None:
        self.kind = kind
        self.line = line
        self.text = text
        self.note = note
        """What the kind alone does not say: level of a heading, language of code, tag of an HTML element."""
        self.attrs: dict[str, str] = {}
        self.children: list[Node] = []
        self.closed = False
        """Whether an attribute list followed, so that nothing more belongs to this block."""

    def add_attrs(self, attrs: dict[str, str]) -> None:
        """Puts the attributes of an attribute list on this node; classes are added to those already there."""
        merge_attrs(self.attrs, attrs)


def merge_attrs(into: dict[str, str], attrs: dict[str, str]) -> None:
    """Adds attributes to others: later values win, classes accumulate."""
    for key, value in attrs.items():
        into[key] = f"{into[key]} {value}" if key == "class" and into.get(key) else value


def escape_text(text: str) -> str:
    """Text as HTML, every `&`, `<` and `>` escaped.

    >>> escape_text("a < b &lt;")
    'a &lt; b &amp;lt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_keeping_entities(text: str) -> str:
    """Text as HTML, with the character references that are already in it left alone.

    >>> escape_keeping_entities("a & b &lt; <")
    'a &amp; b &lt; &lt;'
    """
    return AMP.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


class PostState:
    """What is known of one post while it is read: its definitions, and the options it may change."""

    __slots__ = (
        "abbreviations",
        "attr_lists",
        "footnotes",
        "hard_wrap",
        "links",
        "parse_block_html",
        "parse_span_html",
    )

    def __init__(self, *, hard_wrap: bool = False) -> None:
        self.links: dict[str, tuple[str, str]] = {}
        """Link definitions: normalised name to address and title."""
        self.footnotes: dict[str, Node] = {}
        self.abbreviations: dict[str, str] = {}
        self.attr_lists: dict[str, dict[str, str]] = {}
        self.hard_wrap = hard_wrap
        self.parse_block_html = False
        self.parse_span_html = True
