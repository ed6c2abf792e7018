"""Tries a chapter again with other wishes until its pages are as full as can be, a few times at most.

The same for a chapter set as a piece and for one of a book set as one document: what lays out is handed in.
A try that leaves a gap is of interest only up to there, unless no try is without; so it may end there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, Self, TypeVar

from yearbook.fill import ROUNDS, SEEKING, Adjustment, adjust, find_gaps, find_runt, gather_runt
from yearbook.plates import choose_place, find_holes
from yearbook.trims import Trim
from yearbook.typeset import Sheet

_PLATE = re.compile(r'<figure\b[^>]*\sdata-plate="([^"]*)"')


class Trial(Protocol):
    """A chapter laid out with some wishes granted."""

    @property
    def wishes(self) -> Mapping[str, Adjustment]:
        """What was wished."""

    @property
    def sheets(self) -> Sequence[Sheet]:
        """Its pages, at least up to the first gap."""

    def whole(self) -> Self:
        """The same with all its pages."""

    @property
    def html(self) -> str:
        """Its text, settled."""


T = TypeVar("T", bound=Trial)
Attempt = Callable[[Mapping[str, Adjustment], T], T | None]
"""Lays the chapter out with these wishes, at least up to a gap; None if they change nothing in that trial."""


def refine(
    trial: T, attempt: Attempt[T], chapter: str, trim: Trim, *, starts_right: bool | None = None
) -> T:
    """The best of a few tries: plates are bound, pages that pictures left too empty filled, a runt is gone.

    Args:
        trial: the chapter with nothing wished.
        attempt: lays it out again.
        chapter: its anchor.
        trim: the page.
        starts_right: whether it begins on a right-hand page; None if that is not known.
    """
    trial = _bind_plates(trial, attempt, trim, starts_right)
    return _gather(_fill(trial, attempt, trim), attempt, chapter, trim)


def find_plates(html: str) -> tuple[str, ...]:
    """Anchors of the pictures in a settled chapter that may be plates, in order.

    >>> find_plates('<figure data-plate="post-a--picture-1"></figure>')
    ('post-a--picture-1',)
    """
    return tuple(_PLATE.findall(html))


def _bind_plates(trial: T, attempt: Attempt[T], trim: Trim, starts_right: bool | None) -> T:
    """Each picture that may be a plate on a page of its own, if there is a place for it."""
    for picture in find_plates(trial.html):
        sought = attempt({**trial.wishes, picture: Adjustment(plate=SEEKING)}, trial)
        if sought is None:
            continue
        place = choose_place(sought.whole().sheets, picture, trim, starts_right=starts_right)
        if place is not None:
            trial = attempt({**trial.wishes, picture: Adjustment(plate=place)}, trial) or trial
    return trial


def _faults(sheets: Sequence[Sheet], trim: Trim) -> int:
    """Pages that a picture left too empty, be it in the text or a plate."""
    return len(find_gaps(sheets, trim)) + len(find_holes(sheets, trim))


def _fill(trial: T, attempt: Attempt[T], trim: Trim) -> T:
    """The trial with the fewest holes, the first of them."""
    tries = [trial]
    gaps = find_gaps(trial.sheets, trim)
    while gaps and len(tries) <= ROUNDS:
        tried = attempt(adjust(tries[-1].wishes, gaps[0], trim), tries[-1])
        if tried is None:
            break  # nothing could be granted, and nothing more will be
        tries.append(tried)
        gaps = find_gaps(tried.sheets, trim)
    if not _faults(tries[-1].sheets, trim):
        return tries[-1]
    return min((each.whole() for each in tries), key=lambda each: _faults(each.sheets, trim))


def _gather(trial: T, attempt: Attempt[T], chapter: str, trim: Trim) -> T:
    """The trial without a last page of a line or two, if one more layout gives that."""
    if not find_runt(trial.sheets, trim):
        return trial
    tried = attempt(gather_runt(trial.wishes, trial.sheets, trim, chapter), trial)
    if tried is None:
        return trial
    tried = tried.whole()
    is_worse = _faults(tried.sheets, trim) > _faults(trial.sheets, trim)
    return trial if is_worse or len(tried.sheets) >= len(trial.sheets) else tried
