"""The structure of a tagged PDF: one tree for the book, out of what each page says of itself.

What a page's end cut in two becomes one element again, whose content is on both pages. A link's element
names its annotation, and the parent tree leads from marked content and annotations back to elements.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from yearbook.typeset.values import Element
from yearbook.value import dataclass

_OWNERS = {"Scope": "Table", "ColSpan": "Table", "RowSpan": "Table", "ListNumbering": "List"}
"""Which standard owner an attribute belongs to."""
_KEPT_EMPTY = frozenset({"TH", "TD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """What one page says of its structure."""

    elements: tuple[Element, ...]
    """Its elements, in the order of reading."""
    source: int = 0
    """Which galley it is from: keys of elements count within it."""
    shift_pt: float = 0.0
    """How far its content was moved to the right."""


@dataclass(slots=True, eq=False)
class _Grown:
    """An element of the book while pages are added to it."""

    first: Element
    """What it is on its first page."""
    shift_pt: float
    kids: "list[_Grown | tuple[int, int]]" = field(default_factory=list)
    """Page and MCID, or an element."""
    links: list[tuple[int, int]] = field(default_factory=list)
    """Page, and which of its annotations."""


def artifact(program: bytes) -> bytes:
    """The operators as what belongs to the page and not to the text: folios and running heads."""
    return b"/Artifact BMC\n" + program + b"EMC\n"


def add_tags(
    document: Pdf,
    pages: Sequence[Object],
    tagged: Sequence[Tagged],
    folios: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Makes the document a tagged PDF; nothing is done if no page has a structure.

    Args:
        document: with all its pages.
        pages: in order; annotations of links in the order in which their elements count them.
        tagged: the structure of each page.
        folios: numbers of pages by `id`, said of a link that is nothing but such a number.
    """
    if not any(page.elements for page in tagged):
        return
    writer = _Writer(document, pages)
    writer.write(_grow(tagged))
    for number, page in enumerate(tagged):
        _describe_links(pages[number], page.elements, folios)


# ---------------------------------------------------------------------------------------------- the tree


def _grow(tagged: Sequence[Tagged]) -> list[_Grown]:
    """The elements of all pages below the document's, those with one key joined."""
    roots: list[_Grown | tuple[int, int]] = []
    known: dict[tuple[int, int], _Grown] = {}
    for number, page in enumerate(tagged):
        for element in page.elements:
            _graft(element, roots, known, number, page)
    return [root for root in roots if isinstance(root, _Grown) and _prune(root)]


def _graft(
    element: Element,
    above: list[_Grown | tuple[int, int]],
    known: dict[tuple[int, int], _Grown],
    number: int,
    page: Tagged,
) -> None:
    """Adds an element of one page, or what is in it to the element that it goes on with."""
    key = (page.source, element.key)
    grown = known.get(key)
    if grown is None:
        grown = _Grown(element, page.shift_pt)
        above.append(grown)
        if element.key:
            known[key] = grown
    grown.links += [(number, link) for link in element.links]
    for kid in element.kids:
        if isinstance(kid, int):
            grown.kids.append((number, kid))
        else:
            _graft(kid, grown.kids, known, number, page)


def _prune(grown: _Grown) -> bool:
    """Takes away what is empty below the element; whether anything is left of it."""
    grown.kids = [kid for kid in grown.kids if isinstance(kid, tuple) or _prune(kid)]
    return bool(grown.kids or grown.links) or grown.first.tag in _KEPT_EMPTY


# ---------------------------------------------------------------------------------------------- writing


class _Writer:
    """Writes the elements of one document, and notes what the parent tree must say."""

    def __init__(self, document: Pdf, pages: Sequence[Object]) -> None:
        self._document = document
        self._pages = pages
        self._parents: dict[int, dict[int, Object]] = {}
        """By page and MCID."""
        self._annotated: list[tuple[Object, Object]] = []
        """Annotation and its element."""
        self._notes = 0

    def write(self, roots: Sequence[_Grown]) -> None:
        catalogue = self._document.Root
        tree = self._document.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        book = self._document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=tree))
        book.K = Array([self._element(root, book) for root in roots])
        tree.K = book
        tree.ParentTree = self._document.make_indirect(Dictionary(Nums=Array(self._numbers())))
        tree.ParentTreeNextKey = len(self._pages) + len(self._annotated)
        catalogue.StructTreeRoot = tree
        catalogue.MarkInfo = Dictionary(Marked=True)

    def _numbers(self) -> Iterator[Object | int]:
        """The parent tree: for each page its elements by MCID, then the element of each annotation."""
        for number, page in enumerate(self._pages):
            page.Tabs = Name.S
            parents = self._parents.get(number)
            if parents:
                page.StructParents = number
                yield number
                yield Array([parents[mcid] for mcid in range(len(parents))])
        for number, (annotation, element) in enumerate(self._annotated, start=len(self._pages)):
            annotation.StructParent = number
            yield number
            yield element

    def _element(self, grown: _Grown, above: Object) -> Object:
        first = grown.first
        element = self._document.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name(f"/{first.tag}"), P=above)
        )
        own = next((kid[0] for kid in grown.kids if isinstance(kid, tuple)), -1)
        if own >= 0:
            element.Pg = self._pages[own]
        kids = [self._kid(kid, element, own) for kid in grown.kids]
        kids += [self._annotation(page, link, element) for page, link in grown.links]
        if kids:
            element.K = kids[0] if len(kids) == 1 else Array(kids)
        for name, text in (("/Alt", first.alt), ("/ActualText", first.actual), ("/Lang", first.language)):
            if text:
                element[name] = String(text)
        if first.tag == "Note":
            self._notes += 1
            element.ID = String(f"note-{self._notes}")
        attributes = _attributes(first, grown.shift_pt)
        if attributes:
            element.A = attributes[0] if len(attributes) == 1 else Array(attributes)
        return element

    def _kid(self, kid: tuple[int, int] | _Grown, element: Object, own: int) -> Object | int:
        if isinstance(kid, _Grown):
            return self._element(kid, element)
        page, mcid = kid
        self._parents.setdefault(page, {})[mcid] = element
        return mcid if page == own else Dictionary(Type=Name.MCR, Pg=self._pages[page], MCID=mcid)

    def _annotation(self, page: int, link: int, element: Object) -> Object:
        annotation = self._pages[page].Annots[link]
        self._annotated.append((annotation, element))
        return Dictionary(Type=Name.OBJR, Obj=annotation, Pg=self._pages[page])


def _attributes(element: Element, shift_pt: float) -> list[Dictionary]:
    """The attributes of an element, one dictionary for each owner."""
    found: dict[str, Dictionary] = {}
    for name, value in element.attributes:
        owner = found.setdefault(_OWNERS[name], Dictionary(O=Name(f"/{_OWNERS[name]}")))
        owner[f"/{name}"] = Name(f"/{value}") if isinstance(value, str) else value
    if element.box_pt:
        left, bottom, right, top = element.box_pt
        box = [round(edge, 3) for edge in (left + shift_pt, bottom, right + shift_pt, top)]
        found["Layout"] = Dictionary(O=Name.Layout, BBox=Array(box))
    return list(found.values())


def _describe_links(page: Object, elements: Iterable[Element | int], folios: Mapping[str, int]) -> None:
    """Says at every annotation what its link is called."""
    for element in elements:
        if isinstance(element, int):
            continue
        for link in element.links:
            annotation = page.Annots[link]
            target = str(annotation.Dest) if "/Dest" in annotation else str(annotation.A.URI)
            annotation.Contents = String(element.words or str(folios.get(target, target)))
        _describe_links(page, element.kids, folios)
