"""Galleys to one PDF: pages in order, folios and running heads, links, outline, each font and picture once.

A galley's pages are drawn on a type area in the middle of the page. Bound, it moves away from the spine: to
the right on right-hand pages, to the left on others, and everything that points at a place moves with it.
"""

import functools
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from yearbook.bind import faces, pictures, tags
from yearbook.bind.finish import dress
from yearbook.bind.values import Facts, Furniture
from yearbook.bind.writing import Writer, name, number_of, numbers, refer, text
from yearbook.errors import EngineError
from yearbook.folios import BLANK, padded, printed
from yearbook.impose import Imposition, Placed, Side, leaf_of
from yearbook.memo import Album, Memo, digest_of, fingerprint
from yearbook.trims import MM_PER_PT
from yearbook.typeset.values import (
    Bookmark,
    Drawing,
    Face,
    Galley,
    Late,
    Leaf,
    Link,
    Named,
    Shown,
    Tree,
    Words,
)
from yearbook.value import dataclass

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
_OPAQUE_STATES = b"/ExtGState << /a1 << /ca 1 >> /a1.0 << /ca 1 >> >>"
"""What running heads name besides their font."""


def bind_galleys(
    imposition: Imposition,
    placed: Sequence[Placed],
    facts: Facts,
    *,
    furniture: Furniture,
    images: Mapping[str, Path],
    fonts: Path,
    memo: Memo,
    put: Callable[[bytes], object],
) -> None:
    """Writes the pages of a book, with links and outline, finished; the same input gives the same bytes.

    Args:
        imposition: the order of pages.
        placed: the galleys it speaks of.
        facts: what the PDF says of the book.
        furniture: folio and running heads.
        images: prepared file of each digest.
        fonts: folder of the bundled fonts.
        memo: remembers subsets of fonts, and pages with their numbers.
        put: takes the PDF, piece by piece.

    Raises:
        EngineError: what a galley or a picture is does not go into a PDF.
    """
    galleys = [place.galley for place in placed]
    used = faces.merge(face for galley in (*galleys, furniture.galley) for face in galley.faces)
    blank = _blank(next(leaf for galley in galleys for leaf in galley.leaves))
    sheets = [
        _Sheet(side=side, leaf=leaf, by_pt=_shift(side, leaf, furniture))
        for side in imposition.sides
        for leaf in [leaf_of(side, placed) or blank]
    ]
    # What is few is made by the library, before what is written as text gets its numbers.
    document = pikepdf.new()
    for entry in ("/Kids", "/Count"):
        del document.Root.Pages[entry]
    font_table = number_of(faces.embed(used, document, fonts, memo))
    ready, apart = _find_pictures(galleys, images, document)
    dress(document, facts)
    tagged = _tag(document, sheets, imposition.folios)
    writer = Writer(document)
    filed = {own: writer.add_file(*ready[own], known_as=f"{own.sha256} {own.smooth}") for own in ready}
    bench = _Bench(writer=writer, fonts=font_table, pictures=apart | filed, furniture=furniture)
    stamps = _Stamps(imposition.folios, memo)
    pages = _Pages(
        writer=writer,
        resources=[bench.resources(galley) for galley in galleys],
        folio=_Folio.of(furniture, used, fonts, memo),
        furniture=furniture,
        stamps=stamps,
        bleed_mm=facts.bleed_mm,
        tagged=tagged,
        parent=number_of(document.Root.Pages),
    )
    for sheet in sheets:
        pages.add(sheet)
    stamps.keep()
    pages.finish(number_of(document.Root))
    writer.write(put)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """One page of the book."""

    side: Side
    leaf: Leaf
    by_pt: float
    """How far its content moves to the right."""


def _tag(document: Pdf, sheets: Sequence[_Sheet], folios: Mapping[str, int]) -> list[int]:
    """Makes the document a tagged one, if its pages have a structure; gives the numbers of its pages then.

    They have nothing but their links and what belongs to their structure.
    """
    if not any(sheet.leaf.tags for sheet in sheets):
        return []
    pages = []
    for sheet in sheets:
        page = document.make_indirect(Dictionary(Type=Name.Page))
        links = [Object.parse(_annotation(link, sheet.by_pt)) for link in sheet.leaf.links]
        if links:
            page.Annots = Array([document.make_indirect(link) for link in links])
        pages.append(page)
    said = [
        tags.Tagged(elements=sheet.leaf.tags, source=sheet.side.source, shift_pt=sheet.by_pt)
        for sheet in sheets
    ]
    tags.add_tags(document, pages, said, folios)
    return [number_of(page) for page in pages]


def _find_pictures(
    galleys: Iterable[Galley], images: Mapping[str, Path], document: Pdf
) -> tuple[dict[Shown, pictures.Ready], dict[Shown, int]]:
    """Pictures that are written as they lie in their files, and numbers of those that were taken apart."""
    ready, apart = {}, {}
    shown = {picture for galley in galleys for picture in _shown(galley.resources)}
    for own in sorted(shown, key=lambda picture: (picture.sha256, picture.smooth)):
        found = pictures.find_ready(images[own.sha256], smooth=own.smooth)
        if found:
            ready[own] = found
        else:
            apart[own] = number_of(
                pictures.take_apart(images[own.sha256], document, smooth=own.smooth)
            )
    return ready, apart


def _shown(value: Tree) -> Iterator[Shown]:
    """The book's pictures in a PDF object of plain data."""
    if isinstance(value, Shown):
        yield value
    elif isinstance(value, Mapping):
        for own in value.values():
            yield from _shown(own)
    elif isinstance(value, tuple):
        for own in value:
            yield from _shown(own)
    elif isinstance(value, Drawing):
        yield from _shown(value.entries)


@dataclass(slots=True, kw_only=True)
class _Bench:
    """What is made once for the book and used on many pages."""

    writer: Writer
    fonts: int
    """Number of the fonts' dictionary."""
    pictures: Mapping[Shown, int]
    """Numbers of the pictures."""
    furniture: Furniture
    forms: dict[int, int] = field(default_factory=dict)
    small: dict[tuple[bytes, str], int] = field(default_factory=dict)

    def resources(self, galley: Galley) -> int:
        """What the galley's pages name, running heads included."""
        return self.writer.add(self._entries(galley.resources, self._heads(galley)))

    def _heads(self, galley: Galley) -> dict[str, int]:
        """Running heads by their names."""
        if not any(leaf.name in self.furniture.pages for leaf in galley.leaves):
            return {}
        heads = {f"head-{number}": self._form(head) for number, head in enumerate(galley.heads)}
        return {"head-verso": self._form(self.furniture.galley.heads[0]), **heads}

    def _form(self, leaf: Leaf) -> int:
        """A running head as something that any page can show."""
        if id(leaf) not in self.forms:
            entries = b"/Type /XObject /Subtype /Form /BBox [0 0 %b] /Resources << /Font %b %b >>" % (
                numbers(*leaf.size_pt, decimals=6), refer(self.fonts), _OPAQUE_STATES,
            )  # fmt: skip
            self.forms[id(leaf)] = self.writer.add_stream(leaf.content, entries, is_packed=True)
        return self.forms[id(leaf)]

    def _entries(self, resources: Tree, heads: Mapping[str, int] = MappingProxyType({})) -> bytes:
        """A dictionary of resources, with the book's fonts."""
        own = dict(resources) if isinstance(resources, Mapping) else {}
        shown = dict(own.pop("XObject", {}))
        own.pop("Font", None)
        drawn = b" ".join(
            [
                *(b"%b %b" % (name(key), self.tree(value)) for key, value in shown.items()),
                *(b"%b %b" % (name(key), refer(number)) for key, number in heads.items()),
            ]
        )
        rest = self.tree(own)[3:-3]
        return b"<< /Font %b /XObject << %b >> %b >>" % (refer(self.fonts), drawn, rest)

    def tree(self, value: Tree) -> bytes:
        """Plain data as it is written in a PDF."""
        if isinstance(value, Mapping):
            own = [b"%b %b" % (name(key), self.tree(entry)) for key, entry in value.items()]
            return b"<< %b >>" % b" ".join(own)
        if isinstance(value, tuple):
            return b"[%b]" % b" ".join([self.tree(own) for own in value])
        if isinstance(value, Named):
            return name(value.name)
        if isinstance(value, Words):
            return text(value.text)
        if isinstance(value, Shown):
            return refer(self.pictures[value])
        if isinstance(value, Drawing):
            return refer(self._drawing(value))
        if isinstance(value, bool):
            return b"true" if value else b"false"
        return numbers(value, decimals=6)  # type: ignore[arg-type]  # nothing else is in a tree

    def _drawing(self, drawing: Drawing) -> int:
        key = (drawing.content, repr(drawing.entries))
        if key not in self.small:
            entries = dict(drawing.entries)
            resources = entries.pop("Resources", None)
            entries.pop("Length", None)
            said = self.tree(entries)[3:-3]
            if resources is not None:
                said += b" /Resources " + self._entries(resources)
            self.small[key] = self.writer.add_stream(
                drawing.content, said, is_packed=True, says_how=drawing.ready
            )
        return self.small[key]


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


@dataclass(slots=True, kw_only=True)
class _Pages:
    """The book's pages while they are written, with what leads to them."""

    writer: Writer
    resources: Sequence[int]
    """Numbers of the galleys' resources."""
    folio: "_Folio"
    furniture: Furniture
    stamps: "_Stamps"
    bleed_mm: float
    tagged: Sequence[int]
    """Numbers of the pages, with their links, where they have a structure."""
    parent: int
    """Number of what all pages hang from."""
    pages: list[int] = field(default_factory=list)
    """Numbers of the pages, in order."""
    spots: dict[str, bytes] = field(default_factory=dict)
    """Where links inside the book lead."""
    marks: list[tuple[Bookmark, bytes]] = field(default_factory=list)
    """Entries of the outline, and where they lead."""
    moves: dict[float, int] = field(default_factory=dict)
    """What begins a page whose type area moves sideways, by how far."""

    def add(self, sheet: _Sheet) -> None:
        """Adds a page with its links, and notes what leads to it."""
        leaf, by_pt = sheet.leaf, sheet.by_pt
        entries = [
            _boxes(leaf.size_pt, leaf.bleed_pt, self.bleed_mm),
            b"/Parent " + refer(self.parent),
            b"/Resources " + refer(self.resources[sheet.side.source]),
            b"/Contents [%b]" % refer(*self._contents(sheet)),
        ]
        if self.tagged:
            page = self.tagged[len(self.pages)]
        else:
            page = self.writer.add()
            entries.append(b"/Type /Page")
            if leaf.links:
                notes = [self.writer.add(_annotation(link, by_pt)) for link in leaf.links]
                entries.append(b"/Annots [%b]" % refer(*notes))
        self.writer.fill(page, b" ".join(entries))
        self.pages.append(page)
        for place, spot_pt in leaf.anchors.items():
            if place not in self.spots:
                self.spots[place] = _spot(page, spot_pt, by_pt)
        self.marks += [(mark, _spot(page, mark.spot_pt, by_pt)) for mark in leaf.bookmarks]

    def _contents(self, sheet: _Sheet) -> list[int]:
        """Numbers of the page's programs."""
        leaf, by_pt, add = sheet.leaf, sheet.by_pt, self.writer.add_stream
        if not leaf.content:
            return []
        body = self.stamps.print_on(leaf) if leaf.late else leaf.content
        drawn = [add(body, is_packed=True)]
        foot = self.folio.draw(sheet.side) if leaf.name in self.furniture.pages else b""
        if foot and self.tagged:
            foot = tags.artifact(foot)
        if by_pt:
            drawn.insert(0, self._move(by_pt))
            foot = b"Q\n" + foot
        return [*drawn, add(foot)] if foot else drawn

    def _move(self, by_pt: float) -> int:
        if by_pt not in self.moves:
            self.moves[by_pt] = self.writer.add_stream(f"q\n1 0 0 1 {by_pt:.4f} 0 cm\n".encode())
        return self.moves[by_pt]

    def finish(self, root: int) -> None:
        """Hangs up the pages, the places and the outline."""
        writer = self.writer
        writer.fill(self.parent, b"/Count %d /Kids [%b]" % (len(self.pages), refer(*self.pages)))
        ordered = sorted((_string_key(place), text(place), spot) for place, spot in self.spots.items())
        places = writer.add(b"<< /Names [%b] >>" % b" ".join([b"%b %b" % entry[1:] for entry in ordered]))
        entries = b"/Names << /Dests %b >>" % refer(places)
        if self.marks:
            outlines = writer.add()
            below, count = _hang(writer, outlines, _nest(self.marks))
            writer.fill(outlines, b"/Type /Outlines %b /Count %d" % (below, count))
            entries += b" /Outlines " + refer(outlines)
        writer.fill(root, entries)


@functools.cache
def _boxes(size_pt: tuple[float, float], sheet_pt: tuple[float, ...], bleed_mm: float) -> bytes:
    """A page's boxes: most pages have the same."""
    width, height = (round(length, 3) for length in size_pt)
    left, bottom, right, top = sheet_pt
    bleed = bleed_mm / MM_PER_PT
    boxes = {
        "MediaBox": (-left, -bottom, width + right, height + top),
        "TrimBox": (0, 0, width, height),
        "BleedBox": (-bleed, -bleed, width + bleed, height + bleed),
    }
    written = (f"/{kind} [{' '.join(f'{round(v, 4):.10g}' for v in box)}]" for kind, box in boxes.items())
    return " ".join(written).encode()


class _Stamps:
    """Pages with their numbers printed where room was left for them; most print those of the last book."""

    def __init__(self, folios: Mapping[str, int], memo: Memo) -> None:
        self._folios = folios
        self._printed: Album[bytes] = Album(memo, digest_of("stamped", fingerprint()))

    def print_on(self, leaf: Leaf) -> bytes:
        """The page's content with its numbers.

        Raises:
            EngineError: a number is not as wide as its room, which is a bug.
        """
        spots = [spot for late in leaf.late for spot in self._letters(late)]
        page = hashlib.sha256(b"%r" % spots + leaf.content).digest()
        return self._printed.find(page, lambda: _stamped(leaf.content, spots))

    def _letters(self, late: Late) -> Iterator[tuple[int, str]]:
        """Where each glyph of one number goes, and which it is."""
        if not self._folios.keys() >= set(late.anchors):
            return  # a place that is nowhere in the book; the report says so
        number = padded(printed(late.anchors, self._folios), late.first + len(late.spots), late.pad)
        letters = [at for letter in number if (at := _SET_LATE.find(letter)) >= 0][late.first :]
        if len(letters) < len(late.spots):
            message = f"there is too much room for the number of #{late.anchors[0]}"
            raise EngineError(message, hint="please report it; `--whole` makes the book another way")
        yield from ((at, late.digits[letter]) for at, letter in zip(late.spots, letters, strict=False))

    def keep(self) -> None:
        """Remembers these pages in the place of those of the last book."""
        self._printed.keep()


def _stamped(content: bytes, spots: Sequence[tuple[int, str]]) -> bytes:
    """The content with these glyphs at these places."""
    plain = bytearray(zlib.decompress(content))
    for at, glyph in spots:
        plain[at : at + 4] = glyph.encode()
    return zlib.compress(bytes(plain), _LEVEL)


def _annotation(link: Link, by_pt: float) -> bytes:
    left, bottom, right, top = link.box_pt
    box = numbers(left + by_pt, bottom, right + by_pt, top)
    target = text(link.target)
    leads = b"/Dest " + target if link.inside else b"/A << /Type /Action /S /URI /URI %b >>" % target
    return b"<< /Type /Annot /Subtype /Link /Rect [%b] /BS << /W 0 >> %b >>" % (box, leads)


def _spot(page: int, spot_pt: tuple[float, float], by_pt: float) -> bytes:
    x, y = spot_pt
    return b"[%d 0 R /XYZ %b 0]" % (page, numbers(x + by_pt, y))


def _string_key(place: str) -> bytes:
    """How a reader of the PDF compares names: by the bytes of the string."""
    return place.encode() if place.isascii() else bytes(String(place))


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
        folio = str(side.folio)
        width = sum(self.widths_pt[int(digit)] for digit in folio)
        # An em stands between the number and the head, as in a book set as one document.
        beside = width + self.size_pt
        if not side.is_right:
            return self._number(folio, 0.0) + _placed("head-verso", beside)
        number = self._number(folio, self.measure_pt - width)
        return (_placed(f"head-{side.head}", -beside) if side.head >= 0 else b"") + number

    def _number(self, folio: str, by_pt: float) -> bytes:
        x, y = self.spot_pt
        shown = b"".join(self.digits[int(digit)] for digit in folio)
        return b"q\n%b\nBT\n/%b %.4g Tf\n%.2f %.2f Td\n<%b> Tj\nET\nQ\n" % (
            self.before, self.font, self.size_pt, x + by_pt, y, shown,
        )  # fmt: skip


def _placed(head: str, by_pt: float) -> bytes:
    return f"q\n1 0 0 1 {by_pt:.2f} 0 cm\n/{head} Do\nQ\n".encode()


# ---------------------------------------------------------------------------------------------- outline


@dataclass(slots=True)
class _Branch:
    """An entry of the outline with what stands below it."""

    mark: Bookmark
    spot: bytes
    below: "list[_Branch]"


def _nest(marks: Iterable[tuple[Bookmark, bytes]]) -> list[_Branch]:
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


def _hang(writer: Writer, parent: int, branches: Sequence[_Branch]) -> tuple[bytes, int]:
    """Writes the entries below one; gives what that one says of them, and how many are to be seen."""
    made = [writer.add() for _ in branches]
    seen = len(made)
    for number, (entry, branch) in enumerate(zip(made, branches, strict=True)):
        said = [b"/Title %b /Dest %b /Parent %b" % (text(branch.mark.label), branch.spot, refer(parent))]
        if number:
            said.append(b"/Prev " + refer(made[number - 1]))
        if number + 1 < len(made):
            said.append(b"/Next " + refer(made[number + 1]))
        if branch.below:
            below, count = _hang(writer, entry, branch.below)
            seen += count if branch.mark.is_open else 0
            said.append(b"%b /Count %d" % (below, count if branch.mark.is_open else -count))
        writer.fill(entry, b" ".join(said))
    first, last = refer(made[0]), refer(made[-1])
    return b"/First %b /Last %b" % (first, last), seen
