"""Reads facts back from a finished PDF. Together with `contents` and `bind` the only users of pikepdf."""

import functools
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf

from yearbook.errors import UsageError
from yearbook.memo import Memo
from yearbook.preflight.contents import Drawn, Follower
from yearbook.preflight.facts import FontFacts, PageFacts, PdfFacts, PlacedPicture, Rectangle, TextRun

_ACTIVE_KEYS = ("/OpenAction", "/AA", "/AcroForm", "/XFA")
_ACTIVE_NAMES = ("/JavaScript", "/EmbeddedFiles")


def read_facts(source: bytes | Path, memo: Memo | None = None) -> PdfFacts:
    """What the PDF says of itself; pages that were read before are remembered.

    Raises:
        UsageError: it cannot be read as a PDF.
    """
    with open_pdf(source) as document:
        places = _places(document)
        fonts = _Fonts()
        sheets = list(document.pages)
        pages = tuple(
            _page(page, number, document, drawn, fonts, label)
            for number, (page, drawn, label) in enumerate(
                zip(sheets, Follower().follow_all(sheets, memo), _page_labels(sheets, document), strict=True),
                start=1,
            )
        )
        return PdfFacts(
            pages=pages,
            fonts=tuple(fonts.known.values()),
            places=places,
            outline=tuple(_outline(document, places)),
            active=tuple(_active(document)),
            labels=tuple(_labels(document)),
        )


def open_pdf(source: bytes | Path) -> pikepdf.Pdf:
    """The document, opened.

    Raises:
        UsageError: it cannot be read as a PDF.
    """
    name = str(source) if isinstance(source, Path) else "the bound PDF"
    try:
        return pikepdf.open(source if isinstance(source, Path) else io.BytesIO(source))
    except FileNotFoundError as error:
        msg = "does not exist"
        raise UsageError(msg, where=name, hint="name the PDF of a book") from error
    except (OSError, pikepdf.PdfError) as error:
        msg = f"cannot be read as a PDF: {error}"
        raise UsageError(msg, where=name, hint="name the PDF of a book") from error


# ----------------------------------------------------------------------------------------------- pages


def _page(
    page: Any,
    number: int,
    document: pikepdf.Pdf,
    drawn: Drawn,
    fonts: "_Fonts",
    label: str,
) -> PageFacts:
    sheet = page.obj
    sheet_box = page.mediabox
    trim_box = sheet.get("/TrimBox", sheet_box)
    trim = _box(trim_box)
    left, bottom = trim[:2]
    links = [note for note in sheet.get("/Annots", ()) if str(note.get("/Subtype", "")) == "/Link"]
    moved = left or bottom
    return PageFacts(
        media=_box(sheet_box),
        trim=trim,
        bleed=_box(sheet.get("/BleedBox", trim_box)),
        rotation=int(sheet.get("/Rotate", 0)) % 360,
        label=label,
        runs=tuple(_shifted(run, left, bottom) for run in drawn.runs) if moved else tuple(drawn.runs),
        pictures=tuple(picture for picture in drawn.pictures if _is_visible(picture)),
        drawings=drawn.drawings,
        fonts=_offered(sheet.get("/Resources", {}), number, fonts),
        targets=tuple(_targets(links, document)),
        addresses=tuple(str(note.A.URI) for note in links if "/URI" in note.get("/A", {})),
    )


def _box(values: Any) -> Rectangle:
    return _rectangle(values.unparse())


@functools.lru_cache(maxsize=100)
def _rectangle(written: bytes) -> Rectangle:
    """A box as it is written; all pages of a book have the same ones."""
    x, y, z, w = map(float, written.strip(b"[ ]").split())
    return (min(x, z), min(y, w), max(x, z), max(y, w))


def _shifted(run: TextRun, left: float, bottom: float) -> TextRun:
    return run._replace(
        left=run.left - left, right=run.right - left, low=run.low - bottom, high=run.high - bottom
    )


def _is_visible(picture: PlacedPicture) -> bool:
    return picture.width > 0 and picture.height > 0


def _targets(links: list[Any], document: pikepdf.Pdf) -> Iterator[str]:
    """Names of the places that links lead to; `#` for a page that is no page of this document."""
    for note in links:
        action = note.get("/A", {})
        target = note.get("/Dest", action.get("/D") if action.get("/S") == "/GoTo" else None)
        if target is None:
            continue
        if isinstance(target, pikepdf.Array):
            if _page_number(target, document) == 0:
                yield "#"
        else:
            yield str(target)


# ----------------------------------------------------------------------------------------------- fonts


@dataclass(slots=True)
class _Fonts:
    """The fonts of a document; pages that share their resources are asked once."""

    known: dict[tuple[int, int], FontFacts] = field(default_factory=dict)
    offered: dict[tuple[int, int], frozenset[str]] = field(default_factory=dict)


def _offered(resources: Any, number: int, fonts: _Fonts) -> frozenset[str]:
    """Names of the fonts that a page's resources offer."""
    place = getattr(resources, "objgen", (0, 0))
    if place == (0, 0):
        return frozenset(_page_fonts(resources, number, fonts.known, 0))
    if place not in fonts.offered:
        fonts.offered[place] = frozenset(_page_fonts(resources, number, fonts.known, 0))
    return fonts.offered[place]


def _page_fonts(
    resources: Any, number: int, fonts: dict[tuple[int, int], FontFacts], depth: int
) -> Iterator[str]:
    """Names of the fonts that these resources offer, forms included; notes each font once."""
    for font in dict(resources.get("/Font", {})).values():
        if font.objgen not in fonts or font.objgen == (0, 0):
            fonts[font.objgen] = _font(font, number)
        yield fonts[font.objgen].name
    for form in dict(resources.get("/XObject", {})).values() if depth < 4 else ():
        if str(form.get("/Subtype", "")) == "/Form" and "/Resources" in form:
            yield from _page_fonts(form.Resources, number, fonts, depth + 1)


def _font(font: Any, number: int) -> FontFacts:
    kind = str(font.get("/Subtype", "")).removeprefix("/")
    inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    descriptor = inner.get("/FontDescriptor", {})
    files = ("/FontFile", "/FontFile2", "/FontFile3")
    return FontFacts(
        name=str(font.get("/BaseFont", font.get("/Name", "unnamed"))).removeprefix("/"),
        kind=kind,
        embedded=kind == "Type3" or any(name in descriptor for name in files),
        readable="/ToUnicode" in font,
        first_page=number,
    )


# ---------------------------------------------------------------------------------------------- places


def _places(document: pikepdf.Pdf) -> dict[str, int]:
    """1-based page of every named place; 0 if its page is no page of this document."""
    root = document.Root
    found: dict[str, Any] = {str(k).removeprefix("/"): v for k, v in dict(root.get("/Dests", {})).items()}
    if "/Dests" in root.get("/Names", {}):
        found |= {str(k): v for k, v in pikepdf.NameTree(root.Names.Dests).items()}
    return {name: _page_number(target, document) for name, target in found.items()}


def _page_number(target: Any, document: pikepdf.Pdf) -> int:
    """1-based page that a destination names; 0 if it names none of this document."""
    if isinstance(target, pikepdf.Dictionary):
        target = target.get("/D")
    if not isinstance(target, pikepdf.Array) or not len(target):
        return 0
    page: Any = target[0]
    if type(page) is int:
        return page + 1 if 0 <= page < len(document.pages) else 0
    if not isinstance(page, pikepdf.Dictionary) or page.get("/Type") != "/Page":
        return 0
    try:
        index: Any = pikepdf.Page(page).index
        return int(index) + 1
    except ValueError:  # a page object that is in the file and not in the book
        return 0


def _outline(document: pikepdf.Pdf, places: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Title and page of each entry, in order."""
    with document.open_outline() as outline:
        waiting = list(reversed(outline.root))
        while waiting:
            entry = waiting.pop()
            target: Any = entry.destination
            if target is None and entry.action is not None:
                target = entry.action.get("/D")
            named = isinstance(target, pikepdf.String | pikepdf.Name | str)
            name = str(target).removeprefix("/")
            yield str(entry.title), places.get(name, 0) if named else _page_number(target, document)
            waiting += reversed(entry.children)


def _active(document: pikepdf.Pdf) -> Iterator[str]:
    """What a reader would run or unpack."""
    root = document.Root
    # To open at a page is harmless; only an action can do more.
    for key in _ACTIVE_KEYS:
        if key in root and not (key == "/OpenAction" and isinstance(root[key], pikepdf.Array)):
            yield key.removeprefix("/")
    for key in _ACTIVE_NAMES:
        if key in root.get("/Names", {}):
            yield key.removeprefix("/")
    for page in document.pages:
        for note in page.obj.get("/Annots", ()):
            action: Any = note.get("/A", {})
            kind = str(action.get("/S", "")).removeprefix("/")
            if kind in {"Launch", "JavaScript", "SubmitForm", "ImportData", "GoToR", "GoToE"}:
                yield kind
            if str(note.get("/Subtype", "")) == "/FileAttachment":
                yield "FileAttachment"


def _page_labels(sheets: Sequence[Any], document: pikepdf.Pdf) -> Iterator[str]:
    """What a reader shows as each page's number; only where it is no plain number the library is asked."""
    ranges = {}
    if "/PageLabels" in document.Root:
        ranges = {int(index): label for index, label in pikepdf.NumberTree(document.Root.PageLabels).items()}
    number: int | None = None
    for index, page in enumerate(sheets):
        number = None if number is None else number + 1
        if index in ranges:
            label = ranges[index]
            is_plain = label.get("/S") == "/D" and "/P" not in label and type(label.get("/St", 1)) is int
            number = int(label.get("/St", 1)) if is_plain else None
        yield page.label if number is None else str(number)


def _labels(document: pikepdf.Pdf) -> Iterator[tuple[int, int]]:
    """Where each range of page numbers begins, and with which number."""
    if "/PageLabels" in document.Root:
        for index, label in pikepdf.NumberTree(document.Root.PageLabels).items():
            yield int(index), int(label.get("/St", 1))
