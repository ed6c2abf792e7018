"""Small decisions of typography that are text, not style: where a word may break, how wide the spine is.

What can be said in CSS is in `styles/`. Post text itself is never changed in a way that copying would show.
"""

import re
from collections.abc import Iterable

from yearbook.model import Chapter
from yearbook.trims import Trim

_WORD_JOINER = "\u2060"
_HANGUL_WORD = re.compile(r"(?<![가-힣])[가-힣]{2,12}(?![가-힣])")
_PARTICLE = re.compile(r"(?<=[A-Za-z0-9%)\]」』》〉”’])(?=[가-힣])")
"""Where Hangul goes on with a word that letters, figures or a bracket began."""
_GUTTERS = ((150, 0.0), (300, 2.0), (500, 4.0))
_WIDEST_GUTTER = 6.0
_PAGES_PER_PICTURE = 0.42
_PAGES_PER_POST = 0.9
_PAGES_PER_MONTH = 1.5
_MM_PER_PT = 25.4 / 72
_HEAD_PT = 7.2
_FOLIO_EMS = 5
_FIRST_WIDE = 0x1100
"""From here on letters are as wide as they are tall, with few exceptions."""


def keep_words(text: str) -> str:
    """The text with Hangul words that a line will not cut, for headings, captions, tables, on wish for prose.

    The engine has no `word-break: keep-all`, so an invisible word joiner stands between the syllables. It
    never reaches the text that a reader of the PDF copies. Longer words than twelve syllables stay breakable.

    >>> len(keep_words("한국 책"))
    5
    """
    return _HANGUL_WORD.sub(lambda word: _WORD_JOINER.join(word[0]), _PARTICLE.sub(_WORD_JOINER, text))


def short_title(title: str, trim: Trim) -> str:
    """The title as a running head: cut where it would not leave room for the folio.

    >>> from yearbook.trims import TRIMS
    >>> short_title("가" * 60, TRIMS["a5"])[-1]
    '…'
    """
    room = trim.measure / _MM_PER_PT / _HEAD_PT - _FOLIO_EMS
    width = 0.0
    for at, letter in enumerate(title):
        width += 1.0 if ord(letter) > _FIRST_WIDE else 0.56
        if width > room:
            return title[:at].rstrip() + "…"
    return title


def estimate_pages(chapters: Iterable[Chapter], trim: Trim) -> int:
    """About how many pages the chapters will fill; good to a tenth."""
    found = tuple(chapters)
    months = len({(chapter.post.date.year, chapter.post.date.month) for chapter in found})
    pages = sum(estimate_length(chapter, trim) for chapter in found)
    return round(pages + months * _PAGES_PER_MONTH + 10)


def estimate_length(chapter: Chapter, trim: Trim) -> float:
    """About how many pages one chapter will fill."""
    per_page = trim.lines * trim.measure * 72 / 25.4 / trim.size_pt * 0.72
    return chapter.characters / per_page + chapter.pictures * _PAGES_PER_PICTURE + _PAGES_PER_POST


def gutter_mm(pages: int) -> float:
    """How far the type area moves away from the spine: a thick book opens less wide.

    >>> [gutter_mm(pages) for pages in (90, 280, 400, 900)]
    [0.0, 2.0, 4.0, 6.0]
    """
    return next((gutter for limit, gutter in _GUTTERS if pages <= limit), _WIDEST_GUTTER)
