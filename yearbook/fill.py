"""Finds pages that a picture left too empty, or that hold a line or two, and says what would help.

A picture that does not fit goes to the next page whole, with a heading right above it, and leaves a hole
behind. It helps to set it a little smaller, or to let the text behind it go first. A last page of one or two
lines goes when a picture before it is that much smaller, or the words stand a little closer. All of these are
wishes that `localise` grants; nothing is moved here.
"""

import itertools
import re
from collections.abc import Mapping, Sequence

from yearbook.trims import Trim
from yearbook.typeset import Cut, Sheet
from yearbook.value import dataclass

LARGEST_GAP = 1 / 3
"""Share of the type area that may stay empty above a picture that jumped."""
SMALLEST_SCALE = 0.75
"""A picture is never made smaller than this share of its size."""
ROUNDS = 5
"""How often one chapter is tried at most."""
SEEKING = -1
"""The picture is left out, and the places where its plate could be bound are marked."""
_PICTURE = re.compile(r"^(?P<chapter>.+)--picture-\d+$")
_CAPTION_LINES = 1.2
_NEAR_TOP_PT = 2.0
_HEADING_LINES = 4
"""A heading above a picture has no more lines than this, and `_AIR_LINES` of air on either side."""
_AIR_LINES = 2
RUNT_LINES = 2
"""A last page of so many lines, or fewer, is not worth its paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What is wished of one picture, so that pages fill."""

    lines: int = 0
    """Lines it should fit into, caption included; 0 for no wish."""
    later: int = 0
    """How many blocks of text go before it."""
    less: int = 0
    """Lines by which its figure should be shorter than it would be."""
    tight: bool = False
    """For a chapter's anchor: whether its words stand a little closer."""
    plate: int | None = None
    """How many blocks of text go before it if it has a page of its own; `SEEKING` while that is found out."""


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
        if sheet.blank or following.is_plate or sheet.free_pt <= trim.type_height_pt * LARGEST_GAP:
            continue
        here = {name for name, _, _ in sheet.marks}
        for name, top, height in following.marks:
            found = _PICTURE.match(name)
            if not found or found["chapter"] not in here:
                continue
            above_pt = _above(top, following, found["chapter"], trim)
            if above_pt is not None:
                gaps.append(
                    Gap(
                        page=page,
                        picture=name,
                        chapter=found["chapter"],
                        room_pt=sheet.free_pt - above_pt,
                        picture_pt=height,
                    )
                )
                break
    return tuple(gaps)


def until_gap(trim: Trim) -> Cut:
    """Where a layout may end that is tried again anyway: behind its first gap."""
    return Cut(
        free_pt=trim.type_height_pt * LARGEST_GAP, is_enough=lambda sheets: bool(find_gaps(sheets, trim))
    )


def _above(top_pt: float, sheet: Sheet, chapter: str, trim: Trim) -> float | None:
    """Height that goes with a picture at its head: 0, or its headings'; None if text stands above it."""
    if abs(top_pt) <= _NEAR_TOP_PT:
        return 0.0
    end = 0.0
    own = [mark for mark in sheet.marks if mark[0].startswith(f"{chapter}-") and not _PICTURE.match(mark[0])]
    for _, top, height in sorted(own, key=lambda mark: mark[1]):
        near = trim.leading_pt * _AIR_LINES if end else 0
        if -_NEAR_TOP_PT <= top - end <= near + _NEAR_TOP_PT and height <= trim.leading_pt * _HEADING_LINES:
            end = top + height
    is_next = end and 0 <= top_pt - end <= trim.leading_pt + _NEAR_TOP_PT
    return top_pt + trim.leading_pt * _AIR_LINES if is_next else None


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


def find_runt(sheets: Sequence[Sheet], trim: Trim) -> int:
    """Lines on the last page if they are too few for a page of their own; else 0."""
    if len(sheets) < 2 or sheets[-1].blank or any(_PICTURE.match(name) for name, _, _ in sheets[-1].marks):
        return 0
    lines = round((trim.type_height_pt - sheets[-1].free_pt) / trim.leading_pt)
    return lines if 0 < lines <= RUNT_LINES else 0


def gather_runt(
    known: Mapping[str, Adjustment], sheets: Sequence[Sheet], trim: Trim, chapter: str
) -> dict[str, Adjustment]:
    """The wishes with what would take the last page's few lines back: a smaller picture, else closer words.

    The picture is the last one that may lose so many lines and stay three quarters of its size.
    """
    lines = find_runt(sheets, trim)
    for sheet in reversed(sheets[:-1]):
        for name, _, height in reversed(sheet.marks):
            wished = known.get(name, Adjustment())
            is_free = not (wished.lines or wished.later)
            enough = height * (1 - SMALLEST_SCALE) >= lines * trim.leading_pt
            if _PICTURE.match(name) and is_free and enough and not sheet.is_plate:
                return {**known, name: Adjustment(less=lines)}
    return {**known, chapter: Adjustment(tight=True)}
