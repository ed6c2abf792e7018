"""Tries a chapter again with other wishes until its pages are as full as can be, a few times at most.

The same for a chapter set as a piece and for one of a book set as one document: what lays out is handed in.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from yearbook.fill import ROUNDS, Adjustment, adjust, find_gaps, find_runt, gather_runt
from yearbook.trims import Trim
from yearbook.typeset import Sheet


class Trial(Protocol):
    """A chapter laid out with some wishes granted."""

    @property
    def wishes(self) -> Mapping[str, Adjustment]:
        """What was wished."""

    @property
    def sheets(self) -> Sequence[Sheet]:
        """Its pages."""


T = TypeVar("T", bound=Trial)
Attempt = Callable[[Mapping[str, Adjustment], T], T | None]
"""Lays the chapter out with these wishes; None if they change nothing in that trial."""


def refine(trial: T, attempt: Attempt[T], chapter: str, trim: Trim) -> T:
    """The best of a few tries: pages that pictures left too empty are filled, a runt at the end is gone."""
    return _gather(_fill(trial, attempt, trim), attempt, chapter, trim)


def _fill(trial: T, attempt: Attempt[T], trim: Trim) -> T:
    """The trial with the fewest holes."""
    best, gaps = trial, find_gaps(trial.sheets, trim)
    fewest = len(gaps)
    for _ in range(ROUNDS):
        if not gaps:
            break
        tried = attempt(adjust(trial.wishes, gaps[0], trim), trial)
        if tried is None:
            break  # nothing could be granted, and nothing more will be
        trial, gaps = tried, find_gaps(tried.sheets, trim)
        if len(gaps) < fewest:
            best, fewest = trial, len(gaps)
    return best


def _gather(trial: T, attempt: Attempt[T], chapter: str, trim: Trim) -> T:
    """The trial without a last page of a line or two, if one more layout gives that."""
    if not find_runt(trial.sheets, trim):
        return trial
    tried = attempt(gather_runt(trial.wishes, trial.sheets, trim, chapter), trial)
    if tried is None:
        return trial
    gaps, before = find_gaps(tried.sheets, trim), find_gaps(trial.sheets, trim)
    return tried if len(tried.sheets) < len(trial.sheets) and len(gaps) <= len(before) else trial
