"""Finds pages that a picture left too empty when it jumped overleaf, and says what would help.

A picture that does not fit goes to the next page whole, and leaves a hole behind. It helps to set it a little
smaller, or to let the text behind it go first. Both are wishes that `localise` grants; nothing is moved here.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yearbook.trims import Trim
from yearbook.typeset import Sheet

LARGEST_GAP = 1 / 3
"""Share of the type area that may stay empty above a picture that jumped."""
SMALLEST_SCALE = 0.75
"""A picture is never made smaller than this share of its size."""
ROUNDS = 5
"""How often one chapter is tried at most."""
_PICTURE = re.compile(r"^(?P<chapter>.+)--picture-\d+$")
_CAPTION_LINES = 1.2
_NEAR_TOP_PT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What is wished of one picture, so that pages fill."""

    lines: int = 0
    """Lines it should fit into, caption included; 0 for no wish."""
    later: int = 0
    """How many blocks of text go before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A hole at the foot of a page, before a picture."""

    page: int
    """Index of the page, from 0."""
    picture: str
    """Anchor of the picture that begins the next page."""
    chapter: str
    """Its chapter's anchor."""
    room_pt: float
    """Height of the hole."""
    picture_pt: float
    """Height of the picture."""


def find_gaps(sheets: Sequence[Sheet], trim: Trim) -> tuple[Gap, ...]:
    """Every hole larger than a third of the type area that a picture left when it jumped."""
    gaps = []
    for page, (sheet, following) in enumerate(itertools.pairwise(sheets)):
        if sheet.blank or sheet.free_pt <= trim.type_height_pt * LARGEST_GAP:
            continue
        here = {name for name, _, _ in sheet.marks}
        for name, top, height in following.marks:
            found = _PICTURE.match(name)
            if found and abs(top) <= _NEAR_TOP_PT and found["chapter"] in here:
                gaps.append(
                    Gap(
                        page=page,
                        picture=name,
                        chapter=found["chapter"],
                        room_pt=sheet.free_pt,
                        picture_pt=height,
                    )
                )
                break
    return tuple(gaps)


def adjust(known: Mapping[str, Adjustment], gap: Gap, trim: Trim) -> dict[str, Adjustment]:
    """The wishes with one more for the picture of that gap: smaller if that is enough, else later."""
    before = known.get(gap.picture, Adjustment())
    lines = int(gap.room_pt / trim.leading_pt) - 1
    enough = (lines - _CAPTION_LINES) * trim.leading_pt >= gap.picture_pt * SMALLEST_SCALE
    if enough and not before.lines:
        wish = Adjustment(lines=lines, later=before.later)
    else:
        wish = Adjustment(later=before.later + 1)
    return {**known, gap.picture: wish}
