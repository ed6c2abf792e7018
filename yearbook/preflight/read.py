"""Reads facts back from a finished PDF. With `sheets`, `contents` and `bind` the only users of pikepdf."""

import contextlib
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pikepdf

from yearbook.errors import UsageError
from yearbook.halves import can_copy, do_halves
from yearbook.memo import Memo
from yearbook.memory import linger
from yearbook.preflight.contents import Follower
from yearbook.preflight.facts import Drawn, FontFacts, PageFacts, PdfFacts, PlacedPicture, Runs
from yearbook.preflight.sheets import Sheet, addresses_of, read_sheets, targets_of
from yearbook.preflight.ways import Ways, find_ways

_ACTIVE_KEYS = ("/OpenAction", "/AA", "/AcroForm", "/XFA")
_ACTIVE_NAMES = ("/JavaScript", "/EmbeddedFiles")
_ACTIONS = frozenset({"Launch", "JavaScript", "SubmitForm", "ImportData", "GoToR", "GoToE"})
"""What a link can do that no book has business to."""
_PAGES_WORTH_A_COPY = 400
"""So many pages take a third of a second, or a tenth if they are remembered."""
_DEEPEST = 4
"""Forms inside forms that are asked for fonts."""


def read_facts(
    source: bytes | Path, memo: Memo | None = None, meanwhile: Callable[[], object] = lambda: None
) -> PdfFacts:
    """What the PDF says of itself; pages that were read before are remembered.

    `meanwhile` is called as soon as no copy of the process will be made any more.

    Raises:
        UsageError: it cannot be read as a PDF.
    """
    waits = can_copy()
    with open_pdf(source, (lambda: None) if waits else meanwhile) as document:
        pages = list(document.pages)
        labels = list(_page_labels(pages, document))
        cut = _middle(pages)
        read = partial(_read_part, document, labels, memo)

        def first() -> tuple[Ways, _Part]:
            if waits:
                meanwhile()
            # A copy has to begin and to say what it read, so what is no page's is read meanwhile.
            return find_ways(document, pages), read(0, cut or len(pages))

        (ways, part), *rest = do_halves(first, partial(read, cut, len(pages))) if cut else (first(),)
        (places, outline), parts = ways, (part, *rest)
        linger(document=(document, pages))
        fonts: dict[object, FontFacts] = {}
        for place, font in (own for _, fonts_of_part, _ in parts for own in fonts_of_part):
            fonts.setdefault(place, font)
        return PdfFacts(
            pages=tuple(page for own, _, _ in parts for page in own),
            fonts=tuple(fonts.values()),
            places=places,
            outline=outline,
            active=(*_active(document), *(kind for _, _, active in parts for kind in active)),
            labels=tuple(_labels(document)),
        )


_Part = tuple[list[PageFacts], list[tuple[object, FontFacts]], list[str]]
"""Pages, the fonts they use by their places in the file, and what their links would run."""


def _middle(pages: Sequence[pikepdf.Page]) -> int:
    """Where the second half of a long document begins, at a page with other resources; 0 for a short one."""
    if len(pages) < _PAGES_WORTH_A_COPY:
        return 0
    half = len(pages) // 2
    own = [page.obj.get("/Resources", page.obj).objgen for page in pages[half - 1 :]]
    return next((half + n for n, (one, other) in enumerate(itertools.pairwise(own)) if one != other), half)


def _read_part(
    document: pikepdf.Pdf, labels: Sequence[str], memo: Memo | None, first: int, last: int
) -> _Part:
    """What these pages say of themselves."""
    sheets = read_sheets(document, first, last)
    fonts = _Fonts()
    drawn = Follower().follow_all(sheets, document, memo, part=min(first, 1))
    pages = [
        _page(sheet, number, drew, fonts, label)
        for number, (sheet, drew, label) in enumerate(
            zip(sheets, drawn, labels[first:last], strict=True), start=first + 1
        )
    ]
    return pages, list(fonts.known.items()), list(_active_notes(sheets))


def open_pdf(source: bytes | Path, once_open: Callable[[], object] = lambda: None) -> pikepdf.Pdf:
    """The document; once its file is open it may be moved.

    Raises:
        UsageError: it cannot be read as a PDF.
    """
    name = str(source) if isinstance(source, Path) else "the PDF"
    try:
        if isinstance(source, Path):
            with source.open("rb") as file:
                once_open()
                # A copy of the process shares the place at which a file is read, but not what is in memory.
                with contextlib.suppress(OSError, ValueError):  # an empty file, or a system that maps none
                    return _open(file, access_mode=pikepdf.AccessMode.mmap_only)
                file.seek(0)
                source = file.read()
        else:
            once_open()
        return _open(io.BytesIO(source))
    except FileNotFoundError as error:
        msg = "does not exist"
        raise UsageError(msg, where=name, hint="name the PDF of a book") from error
    except (OSError, pikepdf.PdfError) as error:
        msg = f"cannot be read as a PDF: {error}"
        raise UsageError(msg, where=name, hint="name the PDF of a book") from error


# What pages inherit is looked for where one does not say it: a book's pages inherit nothing.
_open = partial(pikepdf.open, inherit_page_attributes=False)


def read_entry(source: bytes | Path, key: str) -> bytes:
    """What is in a stream of the document's catalogue; empty if there is none of that name.

    Raises:
        UsageError: it cannot be read as a PDF.
    """
    with open_pdf(source) as document:
        stream = document.Root.get(key)
        return stream.read_bytes() if isinstance(stream, pikepdf.Stream) else b""


# ----------------------------------------------------------------------------------------------- pages


def _page(sheet: Sheet, number: int, drawn: Drawn, fonts: "_Fonts", label: str) -> PageFacts:
    left, bottom = sheet.trim[:2]
    return PageFacts(
        media=sheet.media,
        trim=sheet.trim,
        bleed=sheet.bleed,
        rotation=sheet.rotation,
        label=label,
        runs=_shifted(drawn.runs, left, bottom) if left or bottom else drawn.runs,
        pictures=tuple(picture for picture in drawn.pictures if _is_visible(picture)),
        drawings=drawn.drawings,
        fonts=fonts.offered(sheet.resources, number),
        targets=tuple(targets_of(sheet.notes)),
        addresses=tuple(addresses_of(sheet.notes)),
    )


def _shifted(runs: Runs, left: float, bottom: float) -> Runs:
    """The text as seen from the corner of the finished page."""
    return Runs.of(
        [
            run._replace(
                left=run.left - left, right=run.right - left, low=run.low - bottom, high=run.high - bottom
            )
            for run in runs
        ]
    )


def _is_visible(picture: PlacedPicture) -> bool:
    return picture.width > 0 and picture.height > 0


# ----------------------------------------------------------------------------------------------- fonts


class _Fonts:
    """The fonts of a document; what pages share is asked once."""

    def __init__(self) -> None:
        self.known: dict[object, FontFacts] = {}
        self._offered: dict[tuple[int, int], frozenset[str]] = {}

    def offered(self, resources: Any, number: int, depth: int = 0) -> frozenset[str]:
        """Names of the fonts that resources of that page offer, forms included; notes each font once."""
        return self._once(resources, lambda: self._in_resources(resources, number, depth))

    def _once(self, value: Any, names: Callable[[], Iterable[str]]) -> frozenset[str]:
        """What is found in an object of the document; one without a place of its own is asked each time."""
        place = value.objgen
        if place == (0, 0):
            return frozenset(names())
        if place not in self._offered:
            self._offered[place] = frozenset()  # what holds itself adds nothing
            self._offered[place] = frozenset(names())
        return self._offered[place]

    def _in_resources(self, resources: Any, number: int, depth: int) -> Iterator[str]:
        if "/Font" in resources:
            yield from self._once(resources.Font, lambda: self._in_fonts(resources.Font, number))
        for form in dict(resources.get("/XObject", {})).values() if depth < _DEEPEST else ():
            yield from self._once(form, partial(self._in_form, form, number, depth))

    def _in_fonts(self, fonts: Any, number: int) -> Iterator[str]:
        for font in dict(fonts).values():
            # One that has no place of its own is the same as another that says the same.
            place: object = font.objgen if font.objgen != (0, 0) else _font(font, 0)
            if place not in self.known:
                self.known[place] = _font(font, number)
            yield self.known[place].name

    def _in_form(self, form: Any, number: int, depth: int) -> Iterable[str]:
        if str(form.get("/Subtype", "")) == "/Form" and "/Resources" in form:
            return self.offered(form.Resources, number, depth + 1)
        return ()


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


def _active_notes(sheets: Sequence[Sheet]) -> Iterator[str]:
    """The same of pages' links and notes."""
    for note in (note for sheet in sheets for note in sheet.notes):
        if note.action in _ACTIONS:
            yield note.action
        if note.kind == "FileAttachment":
            yield note.kind


def _page_labels(pages: Sequence[pikepdf.Page], document: pikepdf.Pdf) -> Iterator[str]:
    """What a reader shows as each page's number; only where it is no plain number the library is asked."""
    ranges = {}
    if "/PageLabels" in document.Root:
        ranges = {int(index): label for index, label in pikepdf.NumberTree(document.Root.PageLabels).items()}
    number: int | None = None
    for index, page in enumerate(pages):
        number = None if number is None else number + 1
        if index in ranges:
            label = ranges[index]
            is_plain = label.get("/S") == "/D" and "/P" not in label and type(label.get("/St", 1)) is int
            number = int(label.get("/St", 1)) if is_plain else None
        yield str(page.label) if number is None else str(number)


def _labels(document: pikepdf.Pdf) -> Iterator[tuple[int, int]]:
    """Where each range of page numbers begins, and with which number."""
    if "/PageLabels" in document.Root:
        for index, label in pikepdf.NumberTree(document.Root.PageLabels).items():
            yield int(index), int(label.get("/St", 1))
