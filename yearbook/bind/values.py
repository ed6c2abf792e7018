"""What the binder is told of a book."""


from yearbook.typeset.values import Galley
from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the PDF says of the book."""

    unnumbered: int
    """Pages before the one with folio 1 (the cover and its back)."""
    bleed_mm: float
    """Bleed on every side, 0 for none."""
    title: str
    """For the document's properties."""
    author: str
    """For the document's properties; may be empty."""
    language: str
    """BCP 47 tag of the book."""
    provenance: str = ""
    """What the book was made from, for `yearbook verify`; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """What stands at the foot of text pages, as it was typeset."""

    galley: Galley
    """Heads: the book's title at its place on a left-hand page, then the digits 0 to 9 at the same place."""
    shift_pt: float
    """How far the type area moves away from the spine."""
    outside_pt: float
    """Margin at the fore-edge."""
    pages: frozenset[str]
    """Names of pages that have folio and head."""
