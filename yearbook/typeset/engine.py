"""The engine: how it is loaded, what it may open, what it complains of, how full its pages are."""

import base64
import contextlib
import copy
import ctypes.util
import functools
import gc
import importlib
import io
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from yearbook.errors import MissingLibraryError
from yearbook.typeset.calls import declared_once
from yearbook.typeset.justify import share_slack
from yearbook.typeset.later import load_later, sheets_later
from yearbook.typeset.leaders import join_leaders
from yearbook.typeset.values import IMAGE_SCHEME, Notice, Sheet

FAILURES = (AssertionError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError)
"""What the engine is known to raise about a page it cannot set."""
PT_PER_PX = 0.75
"""The engine counts in CSS pixels."""
_PAGE_STEP = re.compile(r"Step \d+ - Creating layout - Page (\d+)")
_RASTER_DATA = re.compile(r"data:image/(?:png|jpeg);base64,")
_LIBRARY = re.compile(r"cannot load library '([^']+)'")


class Listener(logging.Handler):
    """Collects the engine's log records while one book is typeset."""

    def __init__(self, on_page: Callable[[int], None]) -> None:
        super().__init__(logging.DEBUG)
        self.notices: dict[Notice, None] = {}
        self._on_page = on_page

    def emit(self, record: logging.LogRecord) -> None:
        """Takes one record."""
        text = record.getMessage()
        if step := _PAGE_STEP.match(text):
            self._on_page(int(step[1]))
        elif record.levelno >= logging.WARNING:
            self.notices[Notice(text=text, is_error=record.levelno >= logging.ERROR)] = None


def measure_free(box: Any) -> tuple[float, bool]:
    """How much of a page box is empty at its foot, in points, and whether all of it is."""
    boxes = importlib.import_module("weasyprint.formatting_structure.boxes")
    flow = next(child for child in box.children if child.element_tag == "html")
    ends = [
        each.position_y + each.height
        for each in flow.descendants()
        if isinstance(each, boxes.LineBox | boxes.ReplacedBox) and each.style["visibility"] == "visible"
    ]
    end = max(ends, default=box.margin_top)
    # Of a document's last page the flow is only as tall as what stands in it.
    areas = [child for child in box.children if isinstance(child, boxes.FootnoteAreaBox) and child.children]
    foot = min([box.margin_top + box.height, *(area.position_y for area in areas)])
    return (foot - end) * PT_PER_PX, not ends


def measure_sheet(page: Any) -> Sheet:
    """Measures a page; the engine has no public way to ask how full one is."""
    root = page._page_box
    free, is_blank = measure_free(root)
    marks = tuple(
        (name, (top - root.margin_top) * PT_PER_PX, (bottom - top) * PT_PER_PX)
        for name, (_, top, _, bottom) in page.anchors.items()
    )
    return Sheet(free_pt=free, blank=is_blank, marks=marks, is_plate=root.page_type.name == "plate")


def preload_engine() -> None:
    """Begins to load WeasyPrint for a worker, before the fonts are known.

    `load_engine` says what is missing, if something is.
    """
    load_later()
    with contextlib.suppress(OSError), sheets_later():
        _import_engine()


def _import_engine() -> ModuleType:
    """WeasyPrint; its libraries are looked for under their own names first.

    Of each it tries names of other systems too. Python looks for those by asking the compiler, the linker and
    the loader's cache, each in a process of its own: two hundred processes where a compiler is installed.

    Raises:
        OSError: a system library is not installed.
    """
    if sys.platform == "linux" and "weasyprint" not in sys.modules:
        search = ctypes.util.find_library
        ctypes.util.find_library = _find_nothing
        try:
            with contextlib.suppress(OSError), contextlib.redirect_stdout(io.StringIO()), declared_once():
                return importlib.import_module("weasyprint")
        finally:
            ctypes.util.find_library = search
    return importlib.import_module("weasyprint")


def _find_nothing(name: str) -> None:
    """Stands for the search for a library."""
    del name


def load_engine(font_config: Path) -> ModuleType:
    """WeasyPrint, told to see the bundled fonts only, and to fill lines by letters where spaces do not.

    Raises:
        MissingLibraryError: a system library is not installed.
    """
    # Fontconfig reads this variable each time a document is typeset; there is no other way to tell it.
    os.environ["FONTCONFIG_FILE"] = str(font_config)
    try:
        engine = _import_engine()
    except OSError as error:
        found = _LIBRARY.search(str(error))
        library = found[1] if found else "Pango"
        message = f"the system library {library} is not installed"
        hint = (
            "Debian, Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
            "macOS: brew install pango"
        )
        raise MissingLibraryError(message, hint=hint) from error
    share_slack()
    join_leaders()
    return engine


def make_fetcher(images: Mapping[str, Path]) -> Any:
    """What the engine asks for everything it wants to open."""
    fetcher = copy.copy(_bare_fetcher())
    fetcher.images = images
    return fetcher


@functools.cache
def _bare_fetcher() -> Any:
    """One that serves nothing; the engine's own class makes ready for every protocol there is."""
    urls = importlib.import_module("weasyprint.urls")

    class Answer(urls.URLFetcherResponse):  # type: ignore[misc, name-defined]  # it is loaded late
        """A file without what a server says of one: to note that, a library for mails is loaded."""

        content_type = "text/plain"  # as of one of which nothing is said

        def __init__(self, url: str, content: bytes) -> None:
            self.url, self.status = url, 200
            self._file_obj = io.BytesIO(content)

    class Fetcher(urls.URLFetcher):  # type: ignore[misc, name-defined]  # the engine is loaded late
        """Serves prepared pictures by digest and refuses everything else."""

        images: Mapping[str, Path] = MappingProxyType({})

        def fetch(self, url: str, headers: object = None) -> object:
            del headers
            if raster := _RASTER_DATA.match(url):
                # Only drawings can hold these: what a post itself embeds became a file of the store.
                return Answer(url, base64.b64decode(url[raster.end() :]))
            named = url.startswith(IMAGE_SCHEME)
            path = self.images.get(url.removeprefix(IMAGE_SCHEME)) if named else None
            if path is None:
                message = f"not a picture of this book: {url[:80]}"
                raise ValueError(message)
            return Answer(url, path.read_bytes())

    return Fetcher()


@contextlib.contextmanager
def listening(on_page: Callable[[int], None]) -> Iterator[Listener]:
    """Takes the engine's records for itself; nothing else sees them."""
    listener = Listener(on_page)
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
def without_collector() -> Iterator[None]:
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


Undo = Callable[[], None]
"""What takes back a replacement."""


def replace_method(owner: Any, name: str, better: Any) -> Undo:
    """Puts a function in the place of a method of the engine's."""
    original = getattr(owner, name)
    setattr(owner, name, better)
    return lambda: setattr(owner, name, original)


def replace_function(name: str, original: Any, better: Any) -> Undo:
    """Puts a function in the place of the engine's, in every module that knows it by that name."""
    places = [
        module
        for path, module in list(sys.modules.items())
        if path.startswith("weasyprint") and getattr(module, name, None) is original
    ]
    for module in places:
        setattr(module, name, better)

    def restore() -> None:
        for module in places:
            setattr(module, name, original)

    return restore
