"""Pages to the bound book: the only room that imports pikepdf.

book       galleys to pages: folios, running heads, links, outline
faces      fonts, each once       pictures   pictures, each once
tags       the structure of a tagged PDF
finish     page labels, boxes, metadata
writing    the bytes of a book of galleys
values     what the binder is told
"""

from typing import TYPE_CHECKING

from yearbook.bind.values import Facts, Furniture
from yearbook.lazy import members_of

if TYPE_CHECKING:
    from yearbook.bind.book import bind_galleys
    from yearbook.bind.finish import bind

__all__ = ["Facts", "Furniture", "bind", "bind_galleys"]

__getattr__ = members_of(__name__, {"bind": "finish", "bind_galleys": "book"})
