"""Sets one piece of a book after the other, with fonts and styles loaded once."""

import gc
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yearbook.typeset import paint
from yearbook.typeset.engine import listening, load_engine, make_fetcher, without_collector
from yearbook.typeset.values import IMAGE_SCHEME, Galley, Notice

_PIECES_BETWEEN_COLLECTIONS = 8
"""Python's collector walks the heap after so many pieces, and never while one is set."""


class Press:
    """The engine, made ready for one book's style: fonts and styles are read once.

    A galley depends on nothing that was set before it.
    """

    def __init__(self, *, css: str, fonts: Path, font_config: Path) -> None:
        """Loads the engine.

        Args:
            css: text of all styles, in order.
            fonts: folder of the bundled fonts, with their lock.
            font_config: the private fontconfig file; no other font is ever seen.

        Raises:
            MissingLibraryError: a system library the engine loads is not installed.
        """
        self._engine = load_engine(font_config)
        self._font_config = self._engine.text.fonts.FontConfiguration()
        self._pulled = 0
        lock = json.loads((fonts / "fonts.lock.json").read_text(encoding="utf-8"))
        self._case = paint.Case(files={entry["sha256"]: name for name, entry in lock.items()})
        with listening(lambda _page: None) as listener:
            self._style = self._engine.CSS(
                string=css, font_config=self._font_config, url_fetcher=make_fetcher({})
            )
        self.notices: tuple[Notice, ...] = tuple(listener.notices)
        """What the engine complained of in the styles."""

    def pull(self, html: str, *, images: Mapping[str, Path], heads: int = 0) -> Galley:
        """One piece of the book as a galley.

        Args:
            html: one whole document; pictures are named `yearbook-image:<sha256>`.
            images: file of each digest; nothing else can be loaded.
            heads: how many of the last pages are running heads.

        Raises:
            AssertionError, LookupError, …: whatever the engine trips over (`engine.FAILURES`).
        """
        self._case.clear()
        if self._pulled % _PIECES_BETWEEN_COLLECTIONS == 0:
            gc.collect()
        self._pulled += 1
        with listening(lambda _page: None) as listener, without_collector(collect=False):
            document = self._engine.HTML(string=html, url_fetcher=make_fetcher(images)).render(
                stylesheets=[self._style], font_config=self._font_config
            )
            resources = paint.new_resources()
            shown: dict[str, Any] = {}
            leaves = [paint.draw(page, self._case, resources, shown) for page in document.pages]
            digests = {_engine_id(digest): digest for digest in images}
            frozen = paint.freeze(resources, shown, digests)
        body = len(leaves) - heads
        return Galley(
            leaves=tuple(leaves[:body]),
            heads=tuple(leaves[body:]),
            resources=frozen,
            faces=self._case.faces(),
            notices=tuple(listener.notices),
        )


def _engine_id(digest: str) -> str:
    """How the engine names a picture: by its address."""
    return hashlib.md5(f"{IMAGE_SCHEME}{digest}".encode(), usedforsecurity=False).hexdigest()


