"""What the things on a drawn page are, for a tagged PDF: headings, paragraphs, tables, pictures, links.

While a page is drawn, its stream puts marks around every text and picture (`Marks`). `read_page` then goes
through the page's boxes in the order of the HTML, says what each is, and gives the marks their numbers; what
is nobody's content, such as a leader or a table's repeated head, becomes an artifact. The engine's own tags
are not used: in them a paragraph ends with its page, every line is an element, and code is nothing.

Boxes belong to no element, to an element, or to a part of one (`li::marker`); two boxes of the same element
within each other are one thing. Writing the structure into a PDF is the binder's work.
"""

import contextlib
import functools
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from yearbook.captions import is_meaningful
from yearbook.typeset.engine import PT_PER_PX, replace_function
from yearbook.typeset.numbers import anchors_of
from yearbook.typeset.values import Element
from yearbook.value import dataclass

_TAGS = {
    "article": "Art", "section": "Sect", "figure": "Div", "blockquote": "BlockQuote", "p": "P",
    "ul": "L", "ol": "L", "dl": "L", "li": "LI", "dd": "LBody", "dt": "Lbl",
    "table": "Table", "thead": "THead", "tbody": "TBody", "tfoot": "TFoot",
    "tr": "TR", "th": "TH", "td": "TD", "caption": "Caption", "figcaption": "Caption",
    "pre": "Code", "code": "Code", "a": "Link",
}  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LOWEST = 6
_INSIDE = {
    "": ("P",), "Art": ("P",), "Sect": ("P",), "Div": ("P",), "BlockQuote": ("P",),
    "L": ("LI", "LBody"), "LI": ("LBody",),
    "Table": ("TR", "TD"), "THead": ("TR", "TD"), "TBody": ("TR", "TD"), "TFoot": ("TR", "TD"), "TR": ("TD",),
}  # fmt: skip
"""Elements that hold no content themselves, and what stands between them and it; the page is one of them."""
_INLINE = frozenset({"Span", "Code", "Link", "Reference", "Formula"})
_TABLE_PARTS = frozenset({"THead", "TBody", "TFoot", "TR", "TH", "TD"})
_KEPT_EMPTY = frozenset({"TH", "TD"})
_NUMBERINGS = {
    "decimal": "Decimal", "disc": "Disc", "circle": "Circle", "square": "Square", "lower-alpha": "LowerAlpha",
    "upper-alpha": "UpperAlpha", "lower-roman": "LowerRoman", "upper-roman": "UpperRoman",
}  # fmt: skip
_REGION = re.compile(r"-(?:[A-Z]{2}|\d{3})\b")
_ARTIFACT = b"/Artifact BMC"
_SVG = "{http://www.w3.org/2000/svg}"


# ---------------------------------------------------------------------------------------------- marks


class Marks:
    """What one page's stream drew for which box, and where in the stream."""

    def __init__(self) -> None:
        self.places: list[tuple[Any, int]] = []
        """Box, and index in the stream of what begins its marked content."""
        self.depth = 0
        """How many marks are open."""

    @contextlib.contextmanager
    def around(self, stream: Any, box: Any = None) -> Iterator[None]:
        """Marks what is drawn meanwhile: `read_page` says as what. Without a box it is no content."""
        if not self.depth:
            if box is not None:
                self.places.append((box, len(stream.stream)))
            stream.stream.append(_ARTIFACT)
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1
        if not self.depth:
            stream.end_marked_content()


@functools.cache
def marking_stream() -> Any:
    """The engine's stream, with marks if it is given tags; they are on the page itself, never in a form.

    What is half transparent is drawn in a form of its own, and marks inside one would need a parent tree of
    their own. So the whole form is one piece of content: that of the first box in it.
    """
    streams = importlib.import_module("weasyprint.pdf.stream")

    class Marking(streams.Stream):  # type: ignore[misc, name-defined]  # the engine is loaded late
        """A page's stream, or that of something drawn on it."""

        def __init__(self, *values: Any, **named: Any) -> None:
            super().__init__(*values, **named)
            self.marks = None if self._tags is None else Marks()
            self.is_form = False
            self.boxes: list[Any] = []
            self.forms: list[Any] = []

        def adopt(self, made: Any) -> Any:
            """Notes a form that was begun to be drawn on this."""
            made.is_form = True
            self.forms.append(made)
            return made

        def clone(self, **changes: Any) -> Any:
            return self.adopt(super().clone(**changes))

        def marked(self, box: Any, tag: str) -> Any:
            del tag
            if self.is_form:
                self.boxes.append(box)
            if self.marks is None or self.is_form:
                return contextlib.nullcontext()
            return self.marks.around(self, box)

        def artifact(self) -> Any:
            if self.marks is None or self.is_form:
                return contextlib.nullcontext()
            return self.marks.around(self)

        def draw_x_object(self, reference: Any) -> None:
            with _around_form(self, reference):
                super().draw_x_object(reference)

    return Marking


def _around_form(stream: Any, reference: str) -> Any:
    """Marks a form as what is in it, if it is drawn on the page and not as part of something marked."""
    forms = [form for form in stream.forms if getattr(form, "id", None) == reference]
    boxes = [box for form in forms for box in form.boxes]
    if stream.is_form:
        stream.boxes += boxes
    if stream.marks is None or stream.is_form or stream.marks.depth:
        return contextlib.nullcontext()
    return stream.marks.around(stream, boxes[0] if boxes else None)


@contextlib.contextmanager
def read_tags() -> Iterator[list[tuple[Element, ...]]]:
    """Reads the structure of every page of the document that the engine writes meanwhile, with `pdf_tags`.

    The list is filled, page by page, instead of the engine's own structure being written.
    """
    found: list[tuple[Element, ...]] = []

    def add_tags(_pdf: Any, document: Any, _version: Any, streams: Sequence[Any]) -> None:
        sources = Sources()
        for page, stream in zip(document.pages, streams, strict=True):
            # A link that leads nowhere has no annotation.
            links = [link[3] for link in page.links if link[3].link_annotation is not None]
            found.append(read_page(page, links, stream, sources))

    tags = importlib.import_module("weasyprint.pdf.tags")
    stream = importlib.import_module("weasyprint.pdf.stream").Stream
    undo = [
        replace_function("add_tags", tags.add_tags, add_tags),
        replace_function("Stream", stream, marking_stream()),
    ]
    try:
        yield found
    finally:
        for step in undo:
            step()


# ---------------------------------------------------------------------------------------------- reading


@dataclass(slots=True)
class Sources:
    """The elements of one document's HTML, by number; and what of them must be known on the next page."""

    numbers: dict[tuple[int, str], int] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    """The elements: while they live, no other has their identity."""
    repeated: set[int] = field(default_factory=set)
    """Heads and feet of tables, which the engine sets again on every page that the table goes on to."""
    lowered: int = 0
    """How many levels lower than in HTML headings are in the outline."""

    def number(self, element: Any, part: str = "") -> int:
        """The number of the element, or of a part of it; from 1."""
        key = (id(element), part)
        if key not in self.numbers:
            self.kept.append(element)
            self.numbers[key] = len(self.numbers) + 1
        return self.numbers[key]


@dataclass(slots=True, eq=False)
class _Node:
    """An element of the page while it grows."""

    tag: str
    key: int
    language: str
    under: "_Node | None" = None
    kids: list["int | _Node"] = field(default_factory=list)
    alt: str = ""
    actual: str = ""
    attributes: tuple[tuple[str, int | str], ...] = ()
    box_pt: tuple[float, float, float, float] | None = None
    links: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    block: int = 0
    """Of an element that the HTML has not: identity of the block it was made for."""
    inner: int = 0
    """Key of a list entry's body, or of the last entry of a list of terms."""
    hint: str = ""
    """Of a figure its caption, of a row what its heads are heads of."""

    @property
    def said_language(self) -> str:
        """The language, if it is not that of the element above."""
        return self.language if self.under is not None and self.language != self.under.language else ""


def read_page(page: Any, links: Sequence[Any], stream: Any, sources: Sources) -> tuple[Element, ...]:
    """The structure of a page that was drawn; its marks get their names and numbers in the stream.

    Args:
        page: the engine's.
        links: boxes of the page's links, in the order of its annotations.
        stream: a `marking_stream` on which it was drawn.
        sources: of its document, whose pages are read in order.
    """
    reader = _Reader(page, links, stream.marks, sources)
    root = reader.read()
    mcids = {mark: mcid for mcid, mark in enumerate(sorted(reader.holders))}
    for mark, holder in reader.holders.items():
        _, at = stream.marks.places[mark]
        stream.stream[at] = f"/{holder.tag} <</MCID {mcids[mark]}>> BDC".encode()
    return tuple(own for own in _frozen(root, mcids) if isinstance(own, Element))


def _frozen(node: _Node, mcids: Mapping[int, int]) -> tuple["int | Element", ...]:
    """What is in the element, as values; what is empty is left out."""
    kids: list[int | Element] = []
    for kid in node.kids:
        if isinstance(kid, int):
            kids.append(mcids[kid])
            continue
        inside = _frozen(kid, mcids)
        if inside or kid.links or kid.tag in _KEPT_EMPTY:
            kids.append(_element(kid, inside))
    return tuple(kids)


def _element(node: _Node, kids: tuple["int | Element", ...]) -> Element:
    return Element(
        tag=node.tag,
        key=node.key,
        kids=kids,
        alt=node.alt,
        actual=node.actual,
        language=node.said_language,
        attributes=node.attributes,
        box_pt=node.box_pt,
        links=tuple(node.links),
        words=" ".join("".join(node.words).split()),
    )


class _Reader:
    """Goes through the boxes of one page in the order of the HTML."""

    def __init__(self, page: Any, links: Sequence[Any], marks: Marks, sources: Sources) -> None:
        self._boxes = importlib.import_module("weasyprint.formatting_structure.boxes")
        self._placeholder = importlib.import_module("weasyprint.layout.absolute").AbsolutePlaceholder
        self._page = page._page_box
        self._height = page.height
        self._sources = sources
        self._marks: dict[int, list[int]] = {}
        for mark, (box, _) in enumerate(marks.places):
            self._marks.setdefault(id(box), []).append(mark)
        self._links = {id(box): number for number, box in enumerate(links)}
        self._nodes: dict[int, _Node] = {}
        self._notes: dict[int, Any] = {}
        self._block = 0
        self._is_muted = False
        """Whether only links are noted, for they are there even where nothing is read."""
        self.holders: dict[int, _Node] = {}
        """The element that has each mark's content; what no element has is an artifact."""

    def read(self) -> _Node:
        """The page; its elements are its kids."""
        flows = [box for box in self._page.children if not isinstance(box, self._boxes.MarginBox)]
        notes = [box for box in flows if isinstance(box, self._boxes.FootnoteAreaBox)]
        self._notes = {id(note.element): note for area in notes for note in area.children}
        root = _Node("", 0, _language(flows[0]) if flows else "")
        for flow in flows:
            if flow not in notes:
                self._walk(flow, root)
        # What is left are notes, or ends of notes, whose call is on an earlier page.
        last = root.kids[-1] if root.kids else root
        is_group = isinstance(last, _Node) and "P" in _INSIDE.get(last.tag, ())
        while self._notes:
            note = next(iter(self._notes.values()))
            self._read_note(note, last if is_group and isinstance(last, _Node) else root)
        return root

    def _read_note(self, note: Any, under: _Node) -> None:
        del self._notes[id(note.element)]
        node = self._open("Note", self._sources.number(note.element), note, under)
        link = self._links.get(id(note), -1)
        self._walk_children(note, node if link < 0 else self._add_link(link, note, node))

    # -------------------------------------------------------------------------------------- boxes

    def _walk(self, box: Any, under: _Node) -> None:
        """Adds a box, and what is in it, to an element."""
        link = self._links.get(id(box), -1)
        if isinstance(box, self._placeholder):
            box = box._box
            link = max(link, self._links.get(id(box), -1))
        if isinstance(box, self._boxes.TextBox):
            self._add_text(box, under)
            return
        before = self._block, self._is_muted
        self._is_muted = self._is_muted or _is_artifact(box) or self._was_read(box)
        if isinstance(box, self._boxes.BlockLevelBox):
            self._block = id(box)
        node = self._enter(box, under, is_link=link >= 0)
        if link >= 0:
            node = self._add_link(link, box, node)
        self._add_marks(box, node)
        self._walk_children(box, node)
        self._block, self._is_muted = before

    def _walk_children(self, box: Any, node: _Node) -> None:
        for child in getattr(box, "children", ()):
            self._walk(child, node)
        if node.tag == "Reference" and box.footnote is not None:
            note = self._notes.get(id(box.footnote.element))
            if note is not None:
                self._read_note(note, node.under or node)

    def _was_read(self, box: Any) -> bool:
        """Whether it is the head or foot of a table that was read on an earlier page."""
        if not (getattr(box, "is_header", False) or getattr(box, "is_footer", False)):
            return False
        key = self._sources.number(box.element)
        was_read = key in self._sources.repeated
        self._sources.repeated.add(key)
        return was_read

    def _enter(self, box: Any, under: _Node, *, is_link: bool) -> _Node:
        """The element that the box is; the one around it, if the box is none of its own."""
        if box.element is None or _above(under, "Formula"):
            return under
        name, _, part = str(box.element_tag).partition("::")
        key = self._sources.number(box.element)
        if part:
            return self._enter_part(box, part, under)
        if any(node.key == key for node in _upwards(under)):
            # The engine makes boxes within another of the same element.
            return under
        if name in {"span", "div"} and "math" in str(box.element.get("class", "")).split():
            return self._enter_formula(box, key, under)
        if isinstance(box, self._boxes.ReplacedBox):
            return self._enter_picture(box, key, under)
        if name in _HEADINGS:
            return self._enter_heading(box, key, _HEADINGS[name], under)
        return self._enter_plain(box, name, key, under, is_link=is_link)

    def _enter_part(self, box: Any, part: str, under: _Node) -> _Node:
        """A marker is a label, the call of a note a reference; other text of the style is like any text."""
        tags = {"footnote-call": "Reference", "footnote-marker": "Lbl"}
        if under.tag == "LI":
            tags["marker"] = "Lbl"
        if part not in tags:
            return under
        return self._open(tags[part], self._sources.number(box.element, part), box, under)

    def _enter_formula(self, box: Any, key: int, under: _Node) -> _Node:
        node = self._open("Formula", key, box, under)
        node.alt = _text_of(next((e for e in box.element.iter() if e.get("class") == "tex"), box.element))
        return node

    def _enter_picture(self, box: Any, key: int, under: _Node) -> _Node:
        """A picture with words for it; one without is seen, and not read."""
        words = _words_of(box.element) or next((node.hint for node in _upwards(under) if node.hint), "")
        if not words:
            self._marks.pop(id(box), None)
            return under
        node = self._open("Figure", key, box, under)
        left, top = box.content_box_x(), box.content_box_y()
        low, high = self._height - top - box.height, self._height - top
        node.alt = words
        node.box_pt = (_pt(left), _pt(low), _pt(left + box.width), _pt(high))
        if link := _above(under, "Link"):
            link.words.append(words)
        return node

    def _enter_heading(self, box: Any, key: int, level: int, under: _Node) -> _Node:
        """A heading of the outline has the outline's level, and those below it go down with it."""
        marked = box.style["bookmark_level"]
        if marked != "none":
            self._sources.lowered = int(marked) - level
        tag = f"H{min(max(level + self._sources.lowered, 1), _LOWEST)}"
        node = self._open(tag, key, box, under)
        if box.style["visibility"] != "visible":
            node.actual = str(box.bookmark_label or "")
        return node

    def _enter_plain(self, box: Any, name: str, key: int, under: _Node, *, is_link: bool) -> _Node:
        tag = _TAGS.get(name, "")
        if not _has_place(box, tag, under, is_link=is_link):
            is_foreign = _language(box, under.language) != under.language
            is_span = is_foreign and isinstance(box, self._boxes.InlineBox)
            return self._open("Span", key, box, under) if is_span else under
        if name in {"dt", "dd"}:
            if name == "dt" or not under.inner:
                under.inner = self._sources.number(box.element, "entry")
            under = self._open("LI", under.inner, box, under)
        node = self._open(tag, key, box, under)
        if name == "li":
            node.inner = self._sources.number(box.element, "body")
        elif tag == "L":
            kind = "" if name == "dl" else str(box.style["list_style_type"])
            node.attributes = (("ListNumbering", _NUMBERINGS.get(kind, "None")),)
        elif name == "figure":
            node.hint = _text_of(next(box.element.iter("figcaption"), None))
        elif tag == "TR":
            node.hint = "Column" if all(cell.element_tag == "th" for cell in box.children) else "Row"
        elif tag in {"TH", "TD"}:
            node.attributes = _cell_attributes(box, tag, under)
        return node

    # -------------------------------------------------------------------------------------- content

    def _add_text(self, box: Any, under: _Node) -> None:
        if not box.text.strip() or (box.style["visibility"] != "visible" and not under.actual):
            return
        self._add_marks(box, under)
        link = _above(under, "Link")
        if link is not None and not anchors_of(box) and "::" not in box.element_tag:
            link.words.append(box.text)

    def _add_marks(self, box: Any, under: _Node) -> None:
        """Adds what was drawn for the box itself."""
        for mark in () if self._is_muted else self._marks.pop(id(box), ()):
            holder = self._holder(box, under)
            holder.kids.append(mark)
            self.holders[mark] = holder

    def _add_link(self, link: int, box: Any, node: _Node) -> _Node:
        """Notes a place that leads somewhere with the link it is part of."""
        around = _above(node, "Link")
        if around is None:
            around = node = self._open("Link", self._sources.number(box.element, "link"), box, node)
        around.links.append(link)
        return node

    def _holder(self, box: Any, under: _Node) -> _Node:
        """What text can be in: the element, or a paragraph, a list entry's body, a cell within it."""
        tags = _INSIDE.get(under.tag, ())
        if under.inner and under.tag == "LI":
            return self._open("LBody", under.inner, box, under)
        last = under.kids[-1] if tags and under.kids else None
        for tag in tags:
            if isinstance(last, _Node) and last.block == self._block:
                under, last = last, last.kids[-1] if last.kids else None
            else:
                under, last = self._open(tag, 0, box, under), None
                under.block = self._block
        return under

    def _open(self, tag: str, key: int, box: Any, under: _Node) -> _Node:
        """The element of that key on this page, begun if it is not there yet."""
        if key and key in self._nodes:
            return self._nodes[key]
        if tag in _INLINE or (under.tag == "LI" and tag not in {"Lbl", "LBody"}):
            under = self._holder(box, under)
        node = _Node(tag, key, _language(box, under.language), under)
        under.kids.append(node)
        if key:
            self._nodes[key] = node
        return node


def _is_artifact(box: Any) -> bool:
    """Whether a box is no content: leaders, ornaments, and what the HTML hides from readers."""
    if box.is_leader or box.element is None:
        return bool(box.is_leader)
    return str(box.element_tag).startswith("hr::") or box.element.get("aria-hidden") == "true"


def _upwards(node: _Node | None) -> Iterator[_Node]:
    """The element and all that are around it."""
    while node is not None:
        yield node
        node = node.under


def _above(node: _Node, tag: str) -> _Node | None:
    """The element itself, or the nearest around it, that has the tag."""
    return next((each for each in _upwards(node) if each.tag == tag), None)


def _has_place(box: Any, tag: str, under: _Node, *, is_link: bool) -> bool:
    """Whether what the box's HTML is called can be an element there."""
    if tag == "Link":
        return is_link
    if tag in {"LI", "LBody", "Lbl"}:
        return under.tag == "L"
    if tag == "Table":
        # A table with tables in it is there for the layout.
        return sum(1 for _ in box.element.iter("table")) == 1
    if tag in _TABLE_PARTS:
        return _above(under, "Table") is not None
    return bool(tag) and (tag != "Code" or _above(under, "Code") is None)


def _cell_attributes(box: Any, tag: str, row: _Node) -> tuple[tuple[str, int | str], ...]:
    spans = (("ColSpan", int(box.colspan)), ("RowSpan", int(box.rowspan)))
    wide = tuple((name, span) for name, span in spans if span > 1)
    return (("Scope", _scope(box, row)), *wide) if tag == "TH" else wide


def _scope(box: Any, row: _Node) -> str:
    """What a head is the head of, as the HTML says; else its column, or its row if that has data."""
    said = str(box.element.get("scope", ""))
    if said in {"row", "rowgroup", "col", "colgroup"}:
        return "Row" if said.startswith("row") else "Column"
    return "Column" if _above(row, "THead") else row.hint


def _language(box: Any, around: str = "") -> str:
    """The box's language; that of the element around it where one of the two only adds a region."""
    own = str(box.style["lang"] or "")
    is_same = own != around and _REGION.sub("", own) == _REGION.sub("", around)
    return around if is_same and not (_REGION.search(own) and _REGION.search(around)) else own


def _pt(length: float) -> float:
    return round(length * PT_PER_PX, 3)


def _text_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def _words_of(element: Any) -> str:
    """What is said in place of a picture; empty if the HTML says nothing."""
    if str(element.tag).removeprefix(_SVG) == "svg":
        titles = (own for own in element if str(own.tag).removeprefix(_SVG) == "title")
        return _text_of(next(titles, None)) or str(element.get("aria-label", ""))
    alt = " ".join(str(element.get("alt", "") or element.get("title", "")).split())
    is_sign = not any(char.isalnum() for char in alt)  # an emoji
    return alt if is_sign or is_meaningful(alt) else ""
