"""Where a picture with a page of its own is bound: after a full page near its place in the text.

A page of text breaks off where a plate follows, so a plate comes only where a block ends near the foot of a
page, or where the chapter ends. Left-hand pages are preferred: the picture faces text.
"""

import re
from collections.abc import Sequence

from yearbook.trims import Trim
from yearbook.typeset import Sheet
from yearbook.value import dataclass

LARGEST_HOLE_LINES = 4
"""Lines that may stay empty on the page before a plate."""
_FARTHEST_PAGES = 2
"""Pages between a picture's place in the text and its plate."""
_PAGE_COST, _RIGHT_COST = 3.0, 11.0
"""How many empty lines a page of distance is worth, and a right-hand page: more than both others can be."""
_PLACE = re.compile(r"^(?P<picture>.+)--after-(?P<blocks>\d+)(?P<last>-last)?$")


def place_id(picture: str, blocks: int, *, is_last: bool) -> str:
    """Anchor of the block behind which the picture stands if so many blocks of text go before it."""
    return f"{picture}--after-{blocks}{'-last' if is_last else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    blocks: int
    page: int
    hole_lines: float
    """Empty lines below it; 0 at the end of the chapter."""


def choose_place(
    sheets: Sequence[Sheet], picture: str, trim: Trim, *, starts_right: bool | None
) -> int | None:
    """How many blocks of text go before the plate; None if it fits nowhere near its place.

    Args:
        sheets: the chapter's pages without the picture, the blocks behind it marked.
        picture: its anchor.
        trim: the page.
        starts_right: whether the chapter begins on a right-hand page; None if that is not known.
    """
    places = _places(sheets, picture, trim)
    if not places:
        return None
    first = min(place.page for place in places)

    def cost(place: _Place) -> float:
        is_right = starts_right is not None and starts_right == ((place.page + 1) % 2 == 0)
        return place.hole_lines + _PAGE_COST * (place.page - first) + (_RIGHT_COST if is_right else 0)

    near = [
        place
        for place in places
        if place.hole_lines <= LARGEST_HOLE_LINES and place.page - first <= _FARTHEST_PAGES
    ]
    return min(near, key=lambda place: (cost(place), place.blocks)).blocks if near else None


def _places(sheets: Sequence[Sheet], picture: str, trim: Trim) -> list[_Place]:
    found: dict[int, _Place] = {}
    for page, sheet in enumerate(sheets):
        for name, top, height in sheet.marks:
            match = _PLACE.match(name)
            if match and match["picture"] == picture:
                hole = 0.0 if match["last"] else (trim.type_height_pt - top - height) / trim.leading_pt
                blocks = int(match["blocks"])
                found[blocks] = _Place(blocks=blocks, page=page, hole_lines=max(0.0, round(hole, 1)))
    return list(found.values())


def find_holes(sheets: Sequence[Sheet], trim: Trim) -> tuple[int, ...]:
    """Pages before a plate that are emptier than they may be, from 0; the end of a chapter is none."""
    largest_pt = (LARGEST_HOLE_LINES + 0.5) * trim.leading_pt
    return tuple(
        page
        for page in range(len(sheets) - 2)
        if sheets[page + 1].is_plate and not sheets[page].is_plate and sheets[page].free_pt > largest_pt
    )
