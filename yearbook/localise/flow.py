"""What the engine needs to be told of running text: numbers of lists, short quotations, long words, signs."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from yearbook.lazy import later
from yearbook.localise.runs import Run, mark_runs
from yearbook.localise.words import words_of

_LONG = later(r"[!-~\u00a1-\u024f]{24,}")
"""A run of letters that may not fit into a line; Hangul, kana and Han break anywhere."""
_CORNER = later(r"(?<=[/._\-&=?,:;#%])(?=[^/._\-&=?,:;#%])|(?<=[a-z0-9])(?=[A-Z])")
"""Where a person would break an address or a name of a program."""
_SHORT_QUOTE = 150
"""Characters of a quotation that stays on one page."""
_SIGN = "\u2022-\u2bff\U0001d400-\U0001faff"
_LETTER = "\u0100-\u02af\u0530-\u10ff\u1200-\u1fff"
"""Letters that no face of Chinese characters has all of: of Europe's east, of Hebrew, Arabic, India …"""
_SIGNS = later(
    f"(?:[0-9#*]\ufe0f?\u20e3|[{_SIGN}][{_SIGN}\ufe0e\ufe0f\u20e3\u200d]*)+|[{_LETTER}][{_LETTER}\u0300-\u036f]*"
)
_BREAK = "\u200b"
_STYLES = {"a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}


def number_lists(root: HtmlElement) -> None:
    """Lets lists count as the post says: from where, in which letters, backwards."""
    for numbers in root.iter("ol"):
        entries = list(numbers.iterchildren("li"))
        step = -1 if numbers.get("reversed") is not None else 1
        start = _whole(numbers.get("start"), len(entries) if step < 0 else 1)
        style = [f"list-style-type:{_STYLES[kind]}"] if (kind := numbers.get("type", "")) in _STYLES else []
        if start != 1 and step > 0:
            style.append(f"counter-reset:list-item {start - 1}")
        if style:
            numbers.set("style", ";".join(style))
        value = start - step
        for entry in entries:
            value = _whole(entry.get("value"), value + step)
            if step < 0 or entry.get("value") is not None:
                entry.set("style", f"counter-set:list-item {value}")


def _whole(text: str | None, default: int) -> int:
    """The number an attribute holds, if it is one that a page can show."""
    return int(text) if text and re.fullmatch(r"-?\d{1,7}", text.strip()) else default


def keep_short_quotes(root: HtmlElement) -> None:
    """Lets no page end inside a few lines that somebody quoted."""
    for quote in root.iter("blockquote"):
        if len(quote.text_content()) <= _SHORT_QUOTE and quote.find(".//img") is None:
            quote.set("class", f"{quote.get('class', '')} short".strip())


def break_long_words(root: HtmlElement) -> None:
    """Gives long words and addresses unseen places to break; none of them reaches the text that is copied."""
    if _LONG.search(root.text_content()):
        mark_runs(words_of(root), _long_words)


def _long_words(text: str) -> Iterator[Run]:
    for found in _LONG.finditer(text):
        broken = _CORNER.sub(_BREAK, found[0])
        yield Run(start=found.start(), end=found.end(), text=broken, attributes={"class": "long"})


def set_signs_apart(root: HtmlElement) -> None:
    """Puts emoji and signs of other faces into spans without height: they would push a line off the grid."""
    if _SIGNS.search(root.text_content()):
        mark_runs(words_of(root), _signs)


def _signs(text: str) -> Iterator[Run]:
    for found in _SIGNS.finditer(text):
        if not _is_in_text_face(found[0]):
            yield Run(start=found.start(), end=found.end(), text=found[0], attributes={"class": "sign"})


def _is_in_text_face(signs: str) -> bool:
    """Whether the text's own face has the signs: those of the Korean character set, without its letters."""
    if signs[0].isalpha():
        return False
    try:
        signs.encode("euc_kr")
    except UnicodeEncodeError:
        return False
    return True
