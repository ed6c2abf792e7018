"""HTML and style sheets to pages: the only module that imports WeasyPrint.

The engine opens no file and no connection for a book: it is handed the text of the styles, and its fetcher
serves only pictures that were prepared for this book, by their digest. What the engine merely logs becomes
a notice here, because paper cannot be patched. Page numbers and document structure are the binder's.
"""

import base64
import contextlib
import gc
import importlib
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from yearbook.errors import EngineError, MissingLibraryError

IMAGE_SCHEME = "yearbook-image:"
_PT_PER_PX = 0.75
_PAGE_STEP = re.compile(r"Step \d+ - Creating layout - Page (\d+)")
_RASTER_DATA = re.compile(r"data:image/(?:png|jpeg);base64,")
_LIBRARY = re.compile(r"cannot load library '([^']+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One complaint of the engine."""

    text: str
    """What it said."""
    is_error: bool
    """Whether something is missing from the page, rather than different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on one page."""

    free_pt: float
    """Empty height between the last line or picture and the foot of the type area, or the notes."""
    blank: bool
    """Whether nothing at all stands on it."""
    marks: tuple[tuple[str, float, float], ...]
    """Every `id` that has a box here, with its distance from the type area's top and its height in points."""


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


class _Listener(logging.Handler):
    """Collects the engine's log records while one book is typeset."""

    def __init__(self, on_page: Callable[[int], None]) -> None:
        super().__init__(logging.DEBUG)
        self.notices: dict[Notice, None] = {}
        self._on_page = on_page

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if step := _PAGE_STEP.match(text):
            self._on_page(int(step[1]))
        elif record.levelno >= logging.WARNING:
            self.notices[Notice(text=text, is_error=record.levelno >= logging.ERROR)] = None


def typeset(
    html: str,
    *,
    css: str,
    images: Mapping[str, Path],
    font_config: Path,
    on_page: Callable[[int], None] = lambda _page: None,
) -> Typesetting:
    """The book's pages.

    Args:
        html: one whole document; pictures are named `yearbook-image:<sha256>`.
        css: the text of all styles, in order.
        images: file of each digest; nothing else can be loaded.
        font_config: the private fontconfig file; no other font is ever seen.
        on_page: told the number of each page as it is laid out.

    Raises:
        MissingLibraryError: a system library the engine loads is not installed.
        EngineError: the engine failed.
    """
    engine = load_engine(font_config)
    fetcher = _fetcher(images)
    with _listening(on_page) as listener, _without_collector():
        try:
            style = engine.CSS(string=css, url_fetcher=fetcher)
            document = engine.HTML(string=html, url_fetcher=fetcher).render(stylesheets=[style])
            pdf = document.write_pdf()
        except (AssertionError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
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
        sheets=tuple(_sheet(page) for page in document.pages),
    )


def _sheet(page: Any) -> Sheet:
    """Measures a page; the engine has no public way to ask how full one is."""
    boxes = importlib.import_module("weasyprint.formatting_structure.boxes")
    root = page._page_box
    flow = next(child for child in root.children if child.element_tag == "html")
    ends = [
        box.position_y + box.height
        for box in flow.descendants()
        if isinstance(box, boxes.LineBox | boxes.ReplacedBox) and box.style["visibility"] == "visible"
    ]
    end = max(ends, default=root.margin_top)
    marks = tuple(
        (name, (top - root.margin_top) * _PT_PER_PX, (bottom - top) * _PT_PER_PX)
        for name, (_, top, _, bottom) in page.anchors.items()
    )
    free = (root.margin_top + flow.height - end) * _PT_PER_PX
    return Sheet(free_pt=free, blank=not ends, marks=marks)


def load_engine(font_config: Path) -> ModuleType:
    """WeasyPrint, told to see the bundled fonts only.

    Raises:
        MissingLibraryError: a system library is not installed.
    """
    # Fontconfig reads this variable each time a document is typeset; there is no other way to tell it.
    os.environ["FONTCONFIG_FILE"] = str(font_config)
    try:
        return importlib.import_module("weasyprint")
    except OSError as error:
        found = _LIBRARY.search(str(error))
        library = found[1] if found else "Pango"
        message = f"the system library {library} is not installed"
        hint = (
            "Debian, Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
            "macOS: brew install pango"
        )
        raise MissingLibraryError(message, hint=hint) from error


def _fetcher(images: Mapping[str, Path]) -> object:
    urls = importlib.import_module("weasyprint.urls")

    class Fetcher(urls.URLFetcher):  # type: ignore[misc, name-defined]  # the engine is loaded late
        """Serves prepared pictures by digest and refuses everything else."""

        def fetch(self, url: str, headers: object = None) -> object:
            del headers
            if raster := _RASTER_DATA.match(url):
                # Only drawings can hold these: what a post itself embeds became a file of the store.
                return urls.URLFetcherResponse(url, base64.b64decode(url[raster.end() :]))
            path = images.get(url.removeprefix(IMAGE_SCHEME)) if url.startswith(IMAGE_SCHEME) else None
            if path is None:
                message = f"not a picture of this book: {url[:80]}"
                raise ValueError(message)
            return urls.URLFetcherResponse(url, path.read_bytes())

    return Fetcher()


@contextlib.contextmanager
def _listening(on_page: Callable[[int], None]) -> Iterator[_Listener]:
    """Takes the engine's records for itself; nothing else sees them."""
    listener = _Listener(on_page)
    loggers = [logging.getLogger(name) for name in ("weasyprint", "weasyprint.progress")]
    before = [(logger.level, logger.propagate, logger.handlers[:]) for logger in loggers]
    for logger in loggers:
        logger.handlers[:] = [listener]
        logger.setLevel(logging.INFO)
        logger.propagate = False
    try:
        yield listener
    finally:
        for logger, (level, propagate, handlers) in zip(loggers, before, strict=True):
            logger.setLevel(level)
            logger.propagate = propagate
            logger.handlers[:] = handlers


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Python's cyclic collector walks the growing page tree again and again: a fifth of a long layout.

    What one book leaves behind is collected before the next begins, or memory would only grow.
    """
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
