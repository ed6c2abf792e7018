"""Galleys to one PDF: pages in order, folios and running heads, links, outline, each font and picture once.

A galley's pages are drawn on a type area in the middle of the page. Bound, it moves away from the spine: to
the right on right-hand pages, to the left on others, and everything that points at a place moves with it.
"""

import functools
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from yearbook.bind import faces, pictures, tags
from yearbook.errors import EngineError
from yearbook.folios import BLANK, padded, printed
from yearbook.impose import Imposition, Placed, Side, leaf_of
from yearbook.memo import Memo
from yearbook.trims import MM_PER_PT
from yearbook.typeset.values import Bookmark, Drawing, Face, Galley, Leaf, Link, Named, Shown, Tree, Words

_DIGITS = re.compile(
    rb"(?:/(?P<alpha>a[\d.]+) gs\n)?(?P<colour>[\d. ]+ rg)\nBT\n1 0 0 -1 (?P<x>[\d.]+) (?P<y>[\d.]+) Tm\n"
    rb"/(?P<font>\w+) (?P<size>[\d.]+) Tf\n\[(?P<shown>[^\]]*)\] TJ"
)
_HEX = re.compile(rb"<([0-9a-f]*)>")
_OPAQUE = frozenset({b"a1", b"a1.0", None})
_LEVEL = 6
_SET_LATE = f"0123456789{BLANK}"
_DIGIT_LETTERS = 40
"""Ten digits, four hexadecimal letters each."""
_PT_PER_PX = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """What stands at the foot of text pages, as it was typeset."""

    galley: Galley
    """Heads: the book's title at its place on a left-hand page, then the digits 0 to 9 at the same place."""
    shift_pt: float
    """How far the type area moves away from the spine."""
    outside_pt: float
    """Margin at the fore-edge."""
    pages: frozenset[str]
    """Names of pages that have folio and head."""


def assemble_pdf(
    imposition: Imposition,
    placed: Sequence[Placed],
    *,
    furniture: Furniture,
    images: Mapping[str, Path],
    fonts: Path,
    memo: Memo,
    bleed_mm: float,
) -> Pdf:
    """The pages of a book, with links and outline; what the binder adds to any PDF is not in it yet.

    Args:
        imposition: the order of pages.
        placed: the galleys it speaks of.
        furniture: folio and running heads.
        images: prepared file of each digest.
        fonts: folder of the bundled fonts.
        memo: remembers subsets of fonts.
        bleed_mm: how far tint goes beyond the finished page.
    """
    galleys = [place.galley for place in placed]
    document = pikepdf.new()
    used = faces.merge(face for galley in (*galleys, furniture.galley) for face in galley.faces)
    bench = _Bench(
        document=document,
        fonts=faces.embed(used, document, fonts, memo),
        images=images,
        folio=_Folio.of(furniture, used, fonts, memo),
        furniture=furniture,
        folios=imposition.folios,
        bleed_mm=bleed_mm,
        tagged=any(leaf.tags for galley in galleys for leaf in galley.leaves),
    )
    resources = [bench.resources(galley) for galley in galleys]
    size = next(leaf for galley in galleys for leaf in galley.leaves)
    pages = [
        _add_page(bench, side, leaf_of(side, placed) or _blank(size), resources[side.source])
        for side in imposition.sides
    ]
    _add_pages(document, pages)
    tagged = [_tagged(side, leaf_of(side, placed), furniture) for side in imposition.sides]
    tags.add_tags(document, pages, tagged, imposition.folios)
    _add_names(document, imposition, placed, pages, furniture)
    _add_outline(document, imposition, placed, pages, furniture)
    return document


@dataclass(slots=True, kw_only=True)
class _Bench:
    """What is made once for the book and used on many pages."""

    document: Pdf
    fonts: Object
    images: Mapping[str, Path]
    folio: "_Folio"
    furniture: Furniture
    folios: Mapping[str, int]
    bleed_mm: float
    tagged: bool
    drawn: dict[Shown, Object] = field(default_factory=dict)
    moves: dict[float, Object] = field(default_factory=dict)
    forms: dict[int, Object] = field(default_factory=dict)
    small: dict[tuple[bytes, str], Object] = field(default_factory=dict)

    def resources(self, galley: Galley) -> Object:
        """What the galley's pages name, running heads included."""
        entries = self.tree(galley.resources)
        entries.Font = self.fonts
        if "/XObject" not in entries:
            entries.XObject = Dictionary()
        if galley.leaves and any(leaf.name in self.furniture.pages for leaf in galley.leaves):
            entries.XObject[Name("/head-verso")] = self._form(self.furniture.galley.heads[0])
            for number, head in enumerate(galley.heads):
                entries.XObject[Name(f"/head-{number}")] = self._form(head)
        return self.document.make_indirect(entries)

    def _form(self, leaf: Leaf) -> Object:
        """A running head as something that any page can show."""
        if id(leaf) not in self.forms:
            form = Stream(self.document, leaf.content)
            form.Type, form.Subtype = Name.XObject, Name.Form
            form.BBox = Array([0, 0, *leaf.size_pt])
            form.Filter = Name.FlateDecode
            form.Resources = Dictionary(Font=self.fonts, ExtGState=_opaque())
            self.forms[id(leaf)] = self.document.make_indirect(form)
        return self.forms[id(leaf)]

    def tree(self, value: Tree) -> Object:
        """A PDF object of plain data."""
        if isinstance(value, Mapping):
            return Dictionary({f"/{key}": self.tree(own) for key, own in value.items()})
        if isinstance(value, tuple):
            return Array([self.tree(own) for own in value])
        if isinstance(value, Named):
            return Name(f"/{value.name}")
        if isinstance(value, Words):
            return String(value.text)
        if isinstance(value, Shown):
            return self.picture(value)
        if isinstance(value, Drawing):
            return self._drawing(value)
        return value  # type: ignore[return-value]  # numbers become objects where they are put

    def picture(self, shown: Shown) -> Object:
        """One of the book's pictures, embedded once."""
        if shown not in self.drawn:
            path = self.images[shown.sha256]
            self.drawn[shown] = pictures.embed(path, self.document, smooth=shown.smooth)
        return self.drawn[shown]

    def _drawing(self, drawing: Drawing) -> Object:
        key = (drawing.content, repr(drawing.entries))
        if key not in self.small:
            stream = Stream(self.document, drawing.content)
            for name, value in drawing.entries.items():
                stream[f"/{name}"] = self.tree(value)
            if not drawing.ready:
                stream.Filter = Name.FlateDecode
            if "/Resources" in stream:
                stream.Resources.Font = self.fonts
            self.small[key] = self.document.make_indirect(stream)
        return self.small[key]

    def move(self, by_pt: float) -> Object:
        """The beginning of a page whose type area moves sideways."""
        if by_pt not in self.moves:
            self.moves[by_pt] = self.document.make_stream(f"q\n1 0 0 1 {by_pt:.4f} 0 cm\n".encode())
        return self.moves[by_pt]


def _opaque() -> Dictionary:
    return Dictionary({"/a1": Dictionary(ca=1), "/a1.0": Dictionary(ca=1)})


def _blank(model: Leaf) -> Leaf:
    """An empty page as large as another."""
    return Leaf(
        name="",
        content=b"",
        size_pt=model.size_pt,
        bleed_pt=model.bleed_pt,
        has_margin=False,
        links=(),
        anchors={},
        bookmarks=(),
        sheet=model.sheet,
    )


def _shift(side: Side, leaf: Leaf, furniture: Furniture) -> float:
    """How far the page's content moves to the right."""
    if not leaf.has_margin:
        return 0.0
    return furniture.shift_pt if side.is_right else -furniture.shift_pt


def _tagged(side: Side, leaf: Leaf | None, furniture: Furniture) -> tags.Tagged:
    """What the page says of its structure."""
    if leaf is None:
        return tags.Tagged(elements=(), source=side.source)
    return tags.Tagged(elements=leaf.tags, source=side.source, shift_pt=_shift(side, leaf, furniture))


def _add_page(bench: _Bench, side: Side, leaf: Leaf, resources: Object) -> Object:
    document, furniture = bench.document, bench.furniture
    by_pt = _shift(side, leaf, furniture)
    page = Object.parse(_sheet(leaf.size_pt, leaf.bleed_pt, bench.bleed_mm))
    page.Resources, page.Contents = resources, _contents(bench, side, leaf, by_pt)
    if leaf.links:
        page.Annots = Array([document.make_indirect(_annotation(link, by_pt)) for link in leaf.links])
    return document.make_indirect(page)


@functools.cache
def _sheet(size_pt: tuple[float, float], sheet_pt: tuple[float, ...], bleed_mm: float) -> bytes:
    """A page with its boxes, as text: most pages have the same, and it is read sooner than they are made."""
    width, height = (round(length, 3) for length in size_pt)
    left, bottom, right, top = sheet_pt
    bleed = bleed_mm / MM_PER_PT
    boxes = {
        "MediaBox": (-left, -bottom, width + right, height + top),
        "TrimBox": (0, 0, width, height),
        "BleedBox": (-bleed, -bleed, width + bleed, height + bleed),
    }
    written = (f"/{name} [{' '.join(f'{round(v, 4):.10g}' for v in box)}]" for name, box in boxes.items())
    return f"<< /Type /Page {' '.join(written)} >>".encode()


def _add_pages(document: Pdf, pages: Sequence[Object]) -> None:
    """All pages at once: added one by one, each would count those before it."""
    root = document.Root.Pages
    for page in pages:
        page.Parent = root
    root.Kids, root.Count = Array(pages), len(pages)


def _contents(bench: _Bench, side: Side, leaf: Leaf, by_pt: float) -> Array:
    if not leaf.content:
        return Array([])
    body = Stream(bench.document, _stamped(leaf, bench.folios) if leaf.late else leaf.content)
    body.Filter = Name.FlateDecode
    drawn: list[Object] = [bench.document.make_indirect(body)]
    foot = bench.folio.draw(side) if leaf.name in bench.furniture.pages else b""
    if foot and bench.tagged:
        foot = tags.artifact(foot)
    if by_pt:
        drawn = [bench.move(by_pt), *drawn]
        foot = b"Q\n" + foot
    if foot:
        drawn.append(bench.document.make_stream(foot))
    return Array(drawn)


def _stamped(leaf: Leaf, folios: Mapping[str, int]) -> bytes:
    """The page's content with its numbers printed where room was left for them.

    Raises:
        EngineError: a number is not as wide as its room, which is a bug.
    """
    content = bytearray(zlib.decompress(leaf.content))
    for late in leaf.late:
        if not folios.keys() >= set(late.anchors):
            continue  # a place that is nowhere in the book; the report says so
        text = padded(printed(late.anchors, folios), late.first + len(late.spots), late.pad)
        letters = [at for letter in text if (at := _SET_LATE.find(letter)) >= 0][late.first :]
        if len(letters) < len(late.spots):
            message = f"there is too much room for the number of #{late.anchors[0]}"
            raise EngineError(message, hint="please report it; `--whole` makes the book another way")
        for at, letter in zip(late.spots, letters, strict=False):
            content[at : at + 4] = late.digits[letter].encode()
    return zlib.compress(bytes(content), _LEVEL)


def _annotation(link: Link, by_pt: float) -> Dictionary:
    left, bottom, right, top = link.box_pt
    annotation = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=_numbers(left + by_pt, bottom, right + by_pt, top),
        BS=Dictionary(W=0),
    )
    if link.inside:
        annotation.Dest = String(link.target)
    else:
        annotation.A = Dictionary(Type=Name.Action, S=Name.URI, URI=String(link.target))
    return annotation


def _numbers(*values: float) -> Array:
    return Array([round(value, 3) for value in values])


# ---------------------------------------------------------------------------------------------- folios


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folio:
    """How a page number is drawn: where, how and with which glyphs the engine drew the digits."""

    font: bytes
    """Name of the font."""
    size_pt: float
    """Size."""
    before: bytes
    """What sets colour and transparency."""
    spot_pt: tuple[float, float]
    """Where a left-hand number begins, from the lower left corner."""
    digits: tuple[bytes, ...]
    """Glyph of each digit, in hexadecimal."""
    widths_pt: tuple[float, ...]
    """Width of each digit."""
    measure_pt: float
    """Width between the two margins when both are as wide as at the fore-edge."""

    @classmethod
    def of(cls, furniture: Furniture, used: Mapping[str, Face], fonts: Path, memo: Memo) -> "_Folio":
        """Reads the digits' drawing.

        Raises:
            EngineError: the engine drew them in another way than as ten glyphs of one font.
        """
        leaf = furniture.galley.heads[1]
        drawn = _DIGITS.search(zlib.decompress(leaf.content))
        glyphs = b"".join(_HEX.findall(drawn["shown"])) if drawn else b""
        if drawn is None or len(glyphs) != _DIGIT_LETTERS:
            message = "the folios cannot be read from what the engine drew"
            raise EngineError(message, hint="please report it; `--whole` makes the book another way")
        digits = tuple(glyphs[at : at + 4] for at in range(0, _DIGIT_LETTERS, 4))
        widths = faces.widths_of(used[drawn["font"].decode()], fonts, memo)
        size_pt = float(drawn["size"]) * _PT_PER_PX
        alpha = b"" if drawn["alpha"] in _OPAQUE else b"/" + drawn["alpha"] + b" gs\n"
        return cls(
            font=drawn["font"],
            size_pt=size_pt,
            before=alpha + drawn["colour"],
            spot_pt=(float(drawn["x"]) * _PT_PER_PX, leaf.size_pt[1] - float(drawn["y"]) * _PT_PER_PX),
            digits=digits,
            widths_pt=tuple(widths[int(digit, 16)] * size_pt / 1000 for digit in digits),
            measure_pt=leaf.size_pt[0] - 2 * furniture.outside_pt,
        )

    def draw(self, side: Side) -> bytes:
        """Folio and running head of one page, as operators."""
        text = str(side.folio)
        width = sum(self.widths_pt[int(digit)] for digit in text)
        # An em stands between the number and the head, as in a book set as one document.
        beside = width + self.size_pt
        if not side.is_right:
            return self._number(text, 0.0) + _placed("head-verso", beside)
        number = self._number(text, self.measure_pt - width)
        return (_placed(f"head-{side.head}", -beside) if side.head >= 0 else b"") + number

    def _number(self, text: str, by_pt: float) -> bytes:
        x, y = self.spot_pt
        shown = b"".join(self.digits[int(digit)] for digit in text)
        return b"q\n%b\nBT\n/%b %.4g Tf\n%.2f %.2f Td\n<%b> Tj\nET\nQ\n" % (
            self.before, self.font, self.size_pt, x + by_pt, y, shown,
        )  # fmt: skip


def _placed(head: str, by_pt: float) -> bytes:
    return f"q\n1 0 0 1 {by_pt:.2f} 0 cm\n/{head} Do\nQ\n".encode()


# ---------------------------------------------------------------------------------------------- outline


def _spots(
    imposition: Imposition, placed: Sequence[Placed], furniture: Furniture
) -> Iterator[tuple[int, Leaf, float]]:
    """Index, leaf and shift of every page that is not blank."""
    for index, side in enumerate(imposition.sides):
        leaf = leaf_of(side, placed)
        if leaf is not None:
            yield index, leaf, _shift(side, leaf, furniture)


def _add_names(
    document: Pdf,
    imposition: Imposition,
    placed: Sequence[Placed],
    pages: Sequence[Object],
    furniture: Furniture,
) -> None:
    """Where links inside the book lead."""
    found: dict[str, Array] = {}
    for index, leaf, by_pt in _spots(imposition, placed, furniture):
        for name, (x, y) in leaf.anchors.items():
            if name not in found:
                found[name] = _spot(pages[index], (x, y), by_pt)
    ordered = sorted(found.items(), key=lambda pair: _string_key(pair[0]))
    names = Array([value for name, spot in ordered for value in (String(name), spot)])
    document.Root.Names = Dictionary(Dests=document.make_indirect(Dictionary(Names=names)))


def _spot(page: Object, spot_pt: tuple[float, float], by_pt: float) -> Array:
    x, y = spot_pt
    return Array([page, Name.XYZ, round(x + by_pt, 3), round(y, 3), 0])


def _string_key(name: str) -> bytes:
    """How a reader of the PDF compares names: by the bytes of the string."""
    return bytes(String(name))


def _add_outline(
    document: Pdf,
    imposition: Imposition,
    placed: Sequence[Placed],
    pages: Sequence[Object],
    furniture: Furniture,
) -> None:
    marks = [
        (mark, _spot(pages[index], mark.spot_pt, by_pt))
        for index, leaf, by_pt in _spots(imposition, placed, furniture)
        for mark in leaf.bookmarks
    ]
    if not marks:
        return
    root = document.make_indirect(Dictionary(Type=Name.Outlines))
    _hang(document, root, _nest(marks))
    document.Root.Outlines = root


@dataclass(slots=True)
class _Branch:
    """An entry of the outline with what stands below it."""

    mark: Bookmark
    spot: Array
    below: "list[_Branch]"


def _nest(marks: Iterable[tuple[Bookmark, Array]]) -> list[_Branch]:
    """The entries as a tree: each below the last one of a higher level."""
    roots: list[_Branch] = []
    path: list[_Branch] = []
    for mark, spot in marks:
        branch = _Branch(mark, spot, [])
        while path and path[-1].mark.level >= mark.level:
            path.pop()
        (path[-1].below if path else roots).append(branch)
        path.append(branch)
    return roots


def _hang(document: Pdf, parent: Object, branches: Sequence[_Branch]) -> int:
    """Writes the entries below one; gives how many are to be seen."""
    made = [
        document.make_indirect(Dictionary(Title=String(b.mark.label), Dest=b.spot, Parent=parent))
        for b in branches
    ]
    seen = len(made)
    for number, (entry, branch) in enumerate(zip(made, branches, strict=True)):
        if number:
            entry.Prev = made[number - 1]
        if number + 1 < len(made):
            entry.Next = made[number + 1]
        if branch.below:
            count = _hang(document, entry, branch.below)
            entry.Count = count if branch.mark.is_open else -count
            seen += count if branch.mark.is_open else 0
    if made:
        parent.First, parent.Last = made[0], made[-1]
        parent.Count = seen
    return seen
