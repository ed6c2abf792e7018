"""Pages to the bound book: the only room that imports pikepdf.

book       galleys to pages: folios, running heads, links, outline
faces      fonts, each once       pictures   pictures, each once
tags       the structure of a tagged PDF
finish     page labels, boxes, metadata
writing    the bytes of a book of galleys
"""

from yearbook.bind.book import Furniture, bind_galleys
from yearbook.bind.finish import Facts, bind

__all__ = ["Facts", "Furniture", "bind", "bind_galleys"]
