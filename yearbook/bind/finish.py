"""The last touches to any book: what a printer and a reader need of a PDF and the engine does not write.

Page labels that agree with the printed folios, a bleed box as wide as the bleed, the way the file opens, and
an identifier made from its content.
"""

import io
from collections.abc import Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from yearbook.bind.tags import Tagged, add_tags
from yearbook.bind.values import Facts
from yearbook.errors import EngineError
from yearbook.typeset.values import Element

_PT_PER_MM = 72 / 25.4


def bind(pdf: bytes, facts: Facts, tags: Sequence[tuple[Element, ...]] = ()) -> bytes:
    """The engine's own PDF, finished; the same input gives the same bytes.

    Args:
        pdf: as the engine wrote it.
        facts: what it is to say of the book.
        tags: the structure of each page; empty for none, or what the engine wrote.

    Raises:
        EngineError: the engine's PDF cannot be read.
    """
    try:
        document = pikepdf.open(io.BytesIO(pdf))
    except pikepdf.PdfError as error:
        msg = f"the engine wrote a PDF that cannot be read: {error}"
        raise EngineError(msg) from error
    _set_boxes(document, facts.bleed_mm)
    pages = [page.obj for page in document.pages]
    add_tags(document, pages, [Tagged(elements=elements) for elements in tags])
    with document:
        dress(document, facts)
        return _save(document)


def dress(document: pikepdf.Pdf, facts: Facts) -> None:
    """Puts in all that a printer and a reader need, but for boxes."""
    _label_pages(document, facts.unnumbered)
    root = document.Root
    root.PageLayout = Name.TwoPageRight
    root.PageMode = Name.UseOutlines
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    root.Lang = String(facts.language)
    document.docinfo["/Title"] = facts.title
    if facts.author:
        document.docinfo["/Author"] = facts.author
    if facts.provenance:
        root.YearbookProvenance = pikepdf.Stream(document, facts.provenance.encode())


def _label_pages(document: pikepdf.Pdf, unnumbered: int) -> None:
    ranges: list[object] = []
    if unnumbered:
        ranges += [0, Dictionary(S=Name.r, P=String("cover-"))]
    ranges += [unnumbered, Dictionary(S=Name.D)]
    document.Root.PageLabels = Dictionary(Nums=Array(ranges))


def _set_boxes(document: pikepdf.Pdf, bleed_mm: float) -> None:
    """The engine caps the bleed box at 10 pt; a printer reads it as the promise of how far the tint goes."""
    bleed = bleed_mm * _PT_PER_MM
    for page in document.pages:
        if "/TrimBox" not in page.obj:
            page.TrimBox = page.MediaBox
        left, bottom, right, top = (float(v) for v in page.TrimBox)
        page.BleedBox = Array(
            [round(v, 4) for v in (left - bleed, bottom - bleed, right + bleed, top + bleed)]
        )


def _save(document: pikepdf.Pdf) -> bytes:
    target = io.BytesIO()
    document.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target.getvalue()
