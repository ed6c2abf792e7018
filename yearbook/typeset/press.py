"""Sets one piece of a book after the other, with fonts and styles loaded once."""

import dataclasses
import gc
import hashlib
import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yearbook.typeset import paint
from yearbook.typeset.engine import listening, load_engine, make_fetcher, measure_sheet
from yearbook.typeset.markup import read_quickly
from yearbook.typeset.numbers import watch_numbers
from yearbook.typeset.paging import Paging, following
from yearbook.typeset.sheets import read_sheets
from yearbook.typeset.structure import Sources
from yearbook.typeset.tune import match_root_only, tune
from yearbook.typeset.tune_draw import forget_drawn
from yearbook.typeset.tune_rules import keep_matches
from yearbook.typeset.values import IMAGE_SCHEME, Cut, Galley, Notice, Sheet
from yearbook.value import dataclass

_HEADED = re.compile(r"<(?:style|link|title|meta)\b")
"""What the engine looks for in every document; a piece has none."""
_LAYOUTS_BETWEEN_COLLECTIONS = 60
"""Python's collector walks the heap after so many layouts; a worker never lets it on its own."""


class Press:
    """The engine, made ready for one book's style: fonts and styles are read once.

    A galley depends on nothing that was set before it.
    """

    def __init__(self, *, css: str, fonts: Path, font_config: Path, quick: bool = True) -> None:
        """Loads the engine.

        Args:
            css: text of all styles, in order; those of the page may come with `set_page`.
            fonts: folder of the bundled fonts, with their lock.
            font_config: the private fontconfig file; no other font is ever seen.
            quick: whether the engine of this process is tuned, for as long as it runs.

        Raises:
            MissingLibraryError: a system library the engine loads is not installed.
        """
        self._engine = load_engine(font_config)
        self._font_config = self._engine.text.fonts.FontConfiguration()
        self._laid = 0
        watch_numbers()
        self._quick = quick
        if quick:
            tune(css)
        self._page: list[Any] = []
        self._pictures: dict[str, Any] = {}
        """What the engine read of the pictures of one piece, however often that is tried."""
        self._case = paint.Case(folder=fonts)
        self._own_sheet, self._style, self.notices = read_sheets(css, self._font_config, quick=quick)
        """The engine's own style sheet if another stands for it, the book's, and what the engine said."""
        if quick:
            keep_matches([*(self._own_sheet or ()), self._style])
        # What is loaded now stays: the collector need not walk through it, neither now nor later.
        gc.freeze()

    def set_page(self, css: str) -> None:
        """The page's styles, which come before all others: `@page` rules, and lengths for `:root`."""
        self._page = [self._engine.CSS(string=css, url_fetcher=make_fetcher({}))] if css else []
        if self._quick:
            for sheet in self._page:
                match_root_only(sheet)

    def lay(
        self,
        html: str,
        *,
        images: Mapping[str, Path],
        heads: int = 0,
        before: "Laid | None" = None,
        cut: Cut | None = None,
    ) -> "Laid":
        """One piece of the book laid out, not yet drawn: enough to see how full its pages are.

        Args:
            html: one whole document; pictures are named `yearbook-image:<sha256>`.
            images: file of each digest; nothing else can be loaded.
            heads: how many of the last pages are running heads.
            before: an earlier try, whose first pages may be the same; not for a tagged PDF, where they would
                be of another document.
            cut: when the layout may end early; a press that is not quick always goes to the end.

        Raises:
            AssertionError, LookupError, …: whatever the engine trips over (`engine.FAILURES`).
        """
        if self._laid % _LAYOUTS_BETWEEN_COLLECTIONS == 0:
            gc.collect()
        self._laid += 1
        if before is None:
            self._pictures = {}
        with listening(lambda _page: None) as listener:
            source = self._read(html, images)
            paging = Paging(listener.notices, before.paging if before else None, cut)
            with following(paging):
                sheets = [*self._page, self._style]
                document = source.render(
                    stylesheets=sheets, font_config=self._font_config, cache=self._pictures
                )
        for address in [address for address, picture in self._pictures.items() if picture is None]:
            del self._pictures[address]  # or the next try would not tell of it
        return Laid(
            document=document,
            paging=paging,
            images=images,
            heads=heads,
            is_cut=paging.is_cut,
            sheets=tuple(measure_sheet(page) for page in document.pages),
            notices=tuple(listener.notices),
        )

    def go_on(self, laid: "Laid") -> "Laid":
        """The same with the pages that an early end left out.

        Raises:
            As `lay`.
        """
        page_type = importlib.import_module("weasyprint.document").Page
        with listening(lambda _page: None) as listener:
            document = laid.document.copy([page_type(box) for box in laid.paging.go_on(listener.notices)])
        return dataclasses.replace(
            laid,
            document=document,
            is_cut=False,
            sheets=tuple(measure_sheet(page) for page in document.pages),
            notices=tuple(dict.fromkeys((*laid.notices, *listener.notices))),
        )

    def _read(self, html: str, images: Mapping[str, Path]) -> Any:
        """The document as the engine takes it."""
        tree = read_quickly(html) if self._quick else None
        if tree is None:
            source = self._engine.HTML(string=html, url_fetcher=make_fetcher(images))
        else:
            # The engine's own way begins with parsing a text.
            source = object.__new__(self._engine.HTML)
            source.base_url, source.media_type, source.url_fetcher = None, "print", make_fetcher(images)
            wrapper = importlib.import_module("cssselect2").ElementWrapper
            source.wrapper_element = wrapper.from_html_root(tree, content_language=None)
            if not _HEADED.search(html):
                source.wrapper_element.query_all = lambda *_: ()
            source.etree_element = source.wrapper_element.etree_element
        if self._own_sheet is not None:
            source._ua_stylesheets = lambda *_: self._own_sheet
        return source

    def draw(self, laid: "Laid", *, tagged: bool = False) -> Galley:
        """The pages of one piece, drawn; with their structure if it is for a tagged PDF.

        Raises:
            As `lay`.
        """
        self._case.clear()
        forget_drawn()
        with listening(lambda _page: None) as listener:
            resources = paint.new_resources()
            shown: dict[str, Any] = {}
            sources = Sources() if tagged else None
            body = len(laid.sheets) - laid.heads
            leaves = [
                # A running head is an artifact wherever it is shown.
                paint.draw(page, sheet, self._case, resources, shown, sources if number < body else None)
                for number, (page, sheet) in enumerate(zip(laid.document.pages, laid.sheets, strict=True))
            ]
            digests = {_engine_id(digest): digest for digest in laid.images}
            frozen = paint.freeze(resources, shown, digests)
        self._pictures.clear()
        return Galley(
            leaves=tuple(leaves[:body]),
            heads=tuple(leaves[body:]),
            resources=frozen,
            faces=self._case.faces(),
            notices=tuple(dict.fromkeys((*laid.notices, *listener.notices))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """One piece of the book, laid out; it does not leave the process."""

    document: Any
    """The engine's document."""
    paging: Paging
    """How it was broken into pages."""
    images: Mapping[str, Path]
    """File of each digest it may show."""
    heads: int
    """How many of its last pages are running heads, when it has all its pages."""
    is_cut: bool
    """Whether it ended before its text did."""
    sheets: tuple[Sheet, ...]
    """How full each page is."""
    notices: tuple[Notice, ...]
    """What the engine complained of."""


def _engine_id(digest: str) -> str:
    """How the engine names a picture: by its address."""
    return hashlib.md5(f"{IMAGE_SCHEME}{digest}".encode(), usedforsecurity=False).hexdigest()


