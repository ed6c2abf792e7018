"""HTML and style sheets to pages: the only room that imports WeasyPrint.

    engine     the engine itself, what it may load, and what it complains of
    whole      a book as one document
    press      one piece after the other, each a galley
    paging     a piece tried again, from the page on which it changes
    paint      what reaches into the engine's private parts
    structure  what the things on a page are, for a tagged PDF
    known      which engine can set pieces
    values     galleys and what they are made of

The engine opens no file and no connection for a book: it is handed the text of the styles, and its fetcher
serves only pictures that were prepared for this book, by their digest. What the engine merely logs becomes
a notice here, because paper cannot be patched. Page numbers and document structure are the binder's.
"""

from typing import TYPE_CHECKING

from yearbook.lazy import members_of
from yearbook.typeset.known import knows_engine
from yearbook.typeset.values import IMAGE_SCHEME, Cut, Galley, Leaf, Notice, Sheet

if TYPE_CHECKING:
    from yearbook.typeset.engine import load_engine, preload_engine
    from yearbook.typeset.press import Laid, Press
    from yearbook.typeset.whole import Typesetting, typeset

__all__ = [
    "IMAGE_SCHEME",
    "Cut",
    "Galley",
    "Laid",
    "Leaf",
    "Notice",
    "Press",
    "Sheet",
    "Typesetting",
    "knows_engine",
    "load_engine",
    "preload_engine",
    "typeset",
]

# Workers and a book as one document need the rest, and no other build.
__getattr__ = members_of(
    __name__,
    {
        "Laid": "press",
        "Press": "press",
        "Typesetting": "whole",
        "load_engine": "engine",
        "preload_engine": "engine",
        "typeset": "whole",
    },
)
