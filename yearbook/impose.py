"""Puts galleys in order: which page of which galley stands where, on which side, and with which number.

Nothing is drawn here and no file is read. A part that begins on a right-hand page gets a blank one before it
where it must; a blank page is always a left-hand one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from yearbook.typeset import Galley, Leaf
from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One galley and where it begins."""

    galley: Galley
    """The galley."""
    recto: bool
    """Whether it begins on a right-hand page."""
    chapters: tuple[str, ...] = ()
    """Anchors of the chapters that begin in it; its heads are theirs, in order."""
    at_least: int = 0
    """Pages it fills at least; blank ones are added."""


class Side(NamedTuple):
    """One page of the book."""

    source: int
    """Which galley it comes from, from 0."""
    leaf: int
    """Which page of that galley; -1 for a blank one."""
    is_right: bool
    """Whether it is a right-hand page."""
    folio: int
    """Its number; 0 or less for pages before the first that counts."""
    is_filler: bool
    """Whether it is blank only so that the galley begins on a right-hand page."""
    head: int
    """Which of the galley's running heads stands at its foot; -1 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imposition:
    """The pages of a book in order."""

    sides: tuple[Side, ...]
    """Every page."""
    pages: Mapping[str, int]
    """Index of the page, from 0, on which each `id` stands."""
    folios: Mapping[str, int]
    """Number of the page on which each `id` stands."""


def impose(placed: Sequence[Placed], *, unnumbered: int) -> Imposition:
    """The pages of all galleys in order.

    Args:
        placed: the galleys, in the book's order.
        unnumbered: pages before the one with folio 1 (the cover and its back).
    """
    sides: list[Side] = []
    pages: dict[str, int] = {}
    for source, place in enumerate(placed):
        if place.recto and len(sides) % 2:
            sides.append(_side(source, -1, len(sides), unnumbered, -1, is_filler=True))
        first = len(sides)
        for leaf, head in enumerate(_heads(place)):
            sides.append(_side(source, leaf, len(sides), unnumbered, head))
        for _ in range(place.at_least - len(place.galley.leaves)):
            sides.append(_side(source, -1, len(sides), unnumbered, -1))
        for name, leaf in place.galley.anchors.items():
            pages.setdefault(name, first + leaf)
    return Imposition(
        sides=tuple(sides),
        pages=pages,
        folios={name: page + 1 - unnumbered for name, page in pages.items()},
    )


def _side(
    source: int, leaf: int, index: int, unnumbered: int, head: int, *, is_filler: bool = False
) -> Side:
    return Side(
        source=source,
        leaf=leaf,
        is_right=index % 2 == 0,
        folio=index + 1 - unnumbered,
        is_filler=is_filler,
        head=head,
    )


def _heads(place: Placed) -> Iterator[int]:
    """The running head of each page: that of the chapter that goes on, none where one begins."""
    current = -1
    for leaf in place.galley.leaves:
        begun = [number for number, anchor in enumerate(place.chapters) if anchor in leaf.anchors]
        fresh = [number for number in begun if number > current]
        yield -1 if fresh or not place.galley.heads else current
        current = max([current, *fresh])


def leaf_of(side: Side, placed: Sequence[Placed]) -> Leaf | None:
    """The page's own leaf; None for a blank one."""
    return placed[side.source].galley.leaves[side.leaf] if side.leaf >= 0 else None
