"""What settling a chapter depends on, and what it leaves behind."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from yearbook.model import MissingImage, Placing, PrintImage
from yearbook.trims import MM_PER_PT, Trim
from yearbook.value import dataclass
from yearbook.wording import Wording

Picture = PrintImage | MissingImage
"""What is printed at the place of a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What placing pictures and notes depends on."""

    trim: Trim
    """The page."""
    words: Wording
    """The book's own words."""
    notes: bool
    """Whether addresses of links are printed as footnotes."""
    base_url: str
    """Public address of the blog without trailing slash; may be empty."""
    keep_words: Literal["headings", "prose"] = "headings"
    """Where no line cuts a Hangul word: in headings, captions and tables only, or in running text too."""
    tallest: float = 0.62
    """Share of the type area that one picture may fill in height."""
    pictures: Placing = "text"
    """Where pictures may stand."""
    bleed_mm: float = 0.0
    """How far what runs off the page goes beyond the trim."""

    @property
    def tallest_mm(self) -> float:
        """Height that one picture may have."""
        return self.trim.type_height_pt * MM_PER_PT * self.tallest


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Where links inside the blog may lead."""

    chapters: Mapping[str, str]
    """Chapter id by site path, for posts in the book."""
    anchors: frozenset[str]
    """Every `id` in the book."""


class ShownPicture(NamedTuple):
    """One picture as it stands in a chapter, for the index of pictures."""

    anchor: str
    """Its `id`."""
    src: str
    """Its address in the book."""
    width_share: float
    """Width as a share of the frame's, so that all thumbnails are equally tall at most."""
    width_mm: float
    """Width it is set in."""
    opens: bool = False
    """Whether it stands above the title of its chapter."""
