"""Divides the chapters of a year among several volumes, by months or by a number of pages."""

from collections.abc import Iterable, Sequence

from yearbook.model import Chapter
from yearbook.preface import PREFACE
from yearbook.trims import Trim
from yearbook.typography import estimate_pages


def split(chapters: Sequence[Chapter], wish: str, trim: Trim) -> tuple[tuple[Chapter, ...], ...]:
    """The chapters by volume: `months=6`, `pages=400`, or all in one for an empty wish.

    Pages are estimated; a preface goes into the first volume.
    """
    kind, _, number = wish.partition("=")
    if not wish:
        return (tuple(chapters),)
    groups = _by_months(chapters, int(number)) if kind == "months" else _by_pages(chapters, int(number), trim)
    return tuple(tuple(group) for group in groups)


def _by_months(chapters: Iterable[Chapter], months: int) -> list[list[Chapter]]:
    groups: dict[int, list[Chapter]] = {}
    for chapter in chapters:
        is_preface = chapter.post.slug == PREFACE
        groups.setdefault(0 if is_preface else (chapter.post.date.month - 1) // months, []).append(chapter)
    return list(groups.values())


def _by_pages(chapters: Iterable[Chapter], pages: int, trim: Trim) -> list[list[Chapter]]:
    groups: list[list[Chapter]] = [[]]
    for chapter in chapters:
        if groups[-1] and estimate_pages([*groups[-1], chapter], trim) > pages:
            groups.append([])
        groups[-1].append(chapter)
    return groups
