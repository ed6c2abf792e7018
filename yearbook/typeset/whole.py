"""A book as one document: the slower way, and the measure of the other."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from yearbook.errors import EngineError
from yearbook.typeset.engine import (
    FAILURES,
    listening,
    load_engine,
    make_fetcher,
    measure_sheet,
    without_collector,
)
from yearbook.typeset.paint import is_supported
from yearbook.typeset.structure import read_tags
from yearbook.typeset.values import Element, Notice, Sheet
from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Typesetting:
    """A typeset book, not yet bound."""

    pdf: bytes
    """The engine's PDF."""
    anchors: Mapping[str, int]
    """Index of the page, from 0, on which each `id` stands."""
    pages: int
    """Number of pages."""
    notices: tuple[Notice, ...]
    """What the engine complained of, without repeats, in order."""
    sheets: tuple[Sheet, ...]
    """What stands on each page."""
    tags: tuple[tuple[Element, ...], ...] = ()
    """The structure of each page; empty if nobody asked for it, or the engine wrote its own."""


def typeset(
    html: str,
    *,
    css: str,
    images: Mapping[str, Path],
    font_config: Path,
    on_page: Callable[[int], None] = lambda _page: None,
    tagged: bool = False,
) -> Typesetting:
    """The book's pages.

    Args:
        html: one whole document; pictures are named `yearbook-image:<sha256>`.
        css: the text of all styles, in order.
        images: file of each digest; nothing else can be loaded.
        font_config: the private fontconfig file; no other font is ever seen.
        on_page: told the number of each page as it is laid out.
        tagged: whether it is to become a tagged PDF.

    Raises:
        MissingLibraryError: a system library the engine loads is not installed.
        EngineError: the engine failed.
    """
    engine = load_engine(font_config)
    fetcher = make_fetcher(images)
    with listening(on_page) as listener, without_collector():
        try:
            style = engine.CSS(string=css, url_fetcher=fetcher)
            document = engine.HTML(string=html, url_fetcher=fetcher).render(stylesheets=[style])
            pdf, tags = _write(document, tagged=tagged)
        except FAILURES as error:
            message = f"the typesetting engine failed: {type(error).__name__}: {error}"
            raise EngineError(message, hint="`--only SLUG` finds the post; please report it") from error
    anchors = {
        name: index for index, page in reversed(list(enumerate(document.pages))) for name in page.anchors
    }
    return Typesetting(
        pdf=pdf,
        anchors=anchors,
        pages=len(document.pages),
        notices=tuple(listener.notices),
        sheets=tuple(measure_sheet(page) for page in document.pages),
        tags=tags,
    )


def _write(document: Any, *, tagged: bool) -> tuple[bytes, tuple[tuple[Element, ...], ...]]:
    """The engine's PDF, and the structure of its pages if that is to be written by us."""
    if not tagged:
        return document.write_pdf(), ()
    if not is_supported():
        return document.write_pdf(pdf_tags=True), ()
    with read_tags() as found:
        pdf = document.write_pdf(pdf_tags=True)
    return pdf, tuple(found)
