"""What a PDF says of itself, as plain values: made by `read`, judged by `judge`.

Lengths are points, positions are measured from the lower left corner of the trimmed page.
"""

import itertools
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

from yearbook.value import dataclass

Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top."""
PT_PER_MM = 72 / 25.4
"""Points of a millimetre."""


class TextRun(NamedTuple):
    """One run of visible text on a page."""

    left: float
    """Where it begins or ends, whichever lies further left."""
    right: float
    """The other end."""
    low: float
    """Lowest end of its baseline."""
    high: float
    """Highest end of its baseline."""
    size: float
    """Height of its type."""
    hidden: float = 0.0
    """How much of its ink a clipping area hides on the side where it hides most."""


_ROW = struct.Struct("6d")


@dataclass(frozen=True, slots=True)
class Runs:
    """All visible text of a page: many ask what is around it all, few for each of sixty thousand runs."""

    packed: bytes = b""
    """Six numbers a run, as in `TextRun`."""
    reach: Rectangle | None = None
    """What is around them all; None if there are none."""
    are_hidden: bool = False
    """Whether anything of any of them is hidden."""
    body: Rectangle | None = None
    """What is around the first of them, those that stand above the page's foot, if it was followed apart."""
    body_bytes: int = 0
    """Bytes of those."""
    aside: float = 0.0
    """How far to the right of what is packed those stand."""

    @classmethod
    def of(cls, runs: Sequence[TextRun]) -> Self:
        """These runs."""
        if not runs:
            return cls()
        left, right, low, high, _, hidden = zip(*runs, strict=True)
        packed = struct.pack(f"{6 * len(runs)}d", *itertools.chain.from_iterable(runs))
        return cls(
            packed=packed,
            reach=(min(left), min(low), max(right), max(high)),
            are_hidden=max(hidden) > 0,
        )

    def add(self, other: "Runs", aside: float = 0.0) -> "Runs":
        """These, moved so far to the right, and then the others; none of them was put together before."""
        assert not self.body_bytes
        assert not other.body_bytes
        if self.reach is None:
            return other
        left, low, right, high = self.reach
        left, right = left + aside, right + aside
        body = left, low, right, high
        if other.reach is not None:
            reach = other.reach
            left, low = min(left, reach[0]), min(low, reach[1])
            right, high = max(right, reach[2]), max(high, reach[3])
        return Runs(
            self.packed + other.packed,
            (left, low, right, high),
            self.are_hidden or other.are_hidden,
            body,
            len(self.packed),
            aside,
        )

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.packed)

    def __iter__(self) -> Iterator[TextRun]:
        """Each of them."""
        return map(TextRun._make, self.rows())

    def rows(self) -> Iterator[tuple[float, float, float, float, float, float]]:
        """Each of them as plain numbers."""
        rows, by = _ROW.iter_unpack(self.packed), self.aside
        for row in itertools.islice(rows, self.body_bytes // _ROW.size) if by else ():
            yield row[0] + by, row[1] + by, *row[2:]
        yield from rows

    def beyond(self, low: float, high: float) -> list[TextRun]:
        """Those that begin below or above these heights."""
        rows: Iterable[Any] = self.rows()
        if self.body is not None and self.body[1] >= low and self.body[3] <= high:
            rows = _ROW.iter_unpack(memoryview(self.packed)[self.body_bytes :])
        return [TextRun._make(row) for row in rows if row[2] < low or row[3] > high]


class PlacedPicture(NamedTuple):
    """One picture of dots as it stands on a page."""

    width_px: int
    """Dots from left to right."""
    height_px: int
    """Dots from top to bottom."""
    width: float
    """Width on paper."""
    height: float
    """Height on paper."""

    @property
    def dpi(self) -> float:
        """Dots an inch where they are fewest; 0 if it has no extent."""
        spans = ((self.width_px, self.width), (self.height_px, self.height))
        return min((px / pt * 72 for px, pt in spans if pt > 0), default=0.0)


class Drawn(NamedTuple):
    """What a page's program drew."""

    runs: Runs
    """Visible text."""
    pictures: tuple[PlacedPicture, ...]
    """Pictures of dots."""
    drawings: int
    """Lines and areas."""

    def add(self, other: "Drawn", aside: float = 0.0) -> "Drawn":
        """This, moved so far to the right, and then the other."""
        return Drawn(
            self.runs.add(other.runs, aside), self.pictures + other.pictures, self.drawings + other.drawings
        )


class PageFacts(NamedTuple):
    """One page."""

    media: Rectangle
    """The sheet."""
    trim: Rectangle
    """The finished page, as the file says it; the sheet if it does not."""
    bleed: Rectangle
    """How far tint goes, as the file says it; the finished page if it does not."""
    rotation: int
    """Degrees by which a reader turns it."""
    label: str
    """What a reader shows as its number."""
    runs: Runs
    """Its visible text."""
    pictures: tuple[PlacedPicture, ...]
    """Its pictures of dots."""
    drawings: int
    """Lines and areas that are painted."""
    fonts: frozenset[str]
    """Names of the fonts its text is set in."""
    targets: tuple[str, ...]
    """Named places of the document that its links lead to; `#` for a page that is not there."""
    addresses: tuple[str, ...]
    """Addresses its links lead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFacts:
    """One font."""

    name: str
    """Its name, with the six letters of a subset."""
    kind: str
    """`Type0`, `TrueType`, `Type1`, `Type3`."""
    embedded: bool
    """Whether its outlines are in the file."""
    readable: bool
    """Whether its text can be searched and copied."""
    first_page: int
    """1-based page on which it is used first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfFacts:
    """One document."""

    pages: tuple[PageFacts, ...]
    """In order."""
    fonts: tuple[FontFacts, ...]
    """Without repeats, in order of use."""
    places: Mapping[str, int]
    """1-based page of each named place; 0 if that page is not there."""
    outline: tuple[tuple[str, int], ...]
    """Title and 1-based page of each entry; 0 if it leads nowhere."""
    active: tuple[str, ...]
    """What runs or carries files along, such as `JavaScript`."""
    labels: tuple[tuple[int, int], ...]
    """Index of the page at which a range of numbers begins, and its first number."""


def chapter_pages(facts: PdfFacts) -> dict[str, range]:
    """The 1-based pages of each chapter, by its anchor: up to what begins next, or to its end if later.

    Chapters are named places such as `post-a-day`; their headings are called `post-a-day--…`, and every other
    name (but `end-of-post-a-day`) is a part of the book. Blank pages before the next part count to the
    chapter they follow; where chapters run on, one ends on the page on which the next begins.
    """
    named = {name: page for name, page in facts.places.items() if page}
    starts = {name: page for name, page in named.items() if name.startswith("post-") and "--" not in name}
    inner = ("post-", "end-of-")
    others = {page for name, page in named.items() if not name.startswith(inner)}
    borders = sorted({*starts.values(), *others, len(facts.pages) + 1})
    return {
        name: range(first, max(next(b for b in borders if b > first), named.get(f"end-of-{name}", 0) + 1))
        for name, first in starts.items()
    }
