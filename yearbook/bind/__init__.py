"""Pages to the bound book: the only room that imports pikepdf.

book       galleys to pages: folios, running heads, links, outline
faces      fonts, each once       pictures   pictures, each once
tags       the structure of a tagged PDF
finish     page labels, boxes, metadata, and the bytes
"""

from yearbook.bind.book import Furniture, assemble_pdf
from yearbook.bind.finish import Facts, bind, finish

__all__ = ["Facts", "Furniture", "assemble_pdf", "bind", "finish"]
