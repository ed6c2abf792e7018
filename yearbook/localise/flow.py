"""What the engine needs to be told of running text: numbers of lists, short quotations, long words."""

import re

import lxml.html
from lxml.html import HtmlElement

from yearbook.localise.words import words_of

_LONG = re.compile(r"[!-~\u00a1-\u024f]{24,}")
"""A run of letters that may not fit into a line; Hangul, kana and Han break anywhere."""
_CORNER = re.compile(r"(?<=[/._\-&=?,:;#%])(?=[^/._\-&=?,:;#%])|(?<=[a-z0-9])(?=[A-Z])")
"""Where a person would break an address or a name of a program."""
_SHORT_QUOTE = 150
"""Characters of a quotation that stays on one page."""
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
    if not _LONG.search(root.text_content()):
        return
    for element in list(words_of(root)):
        for child in reversed(element):
            if child.tail and _LONG.search(child.tail):
                pieces = _pieces(child.tail)
                child.tail = pieces[0]
                _insert(element, element.index(child) + 1, pieces[1:])
        if element.text and _LONG.search(element.text):
            pieces = _pieces(element.text)
            element.text = pieces[0]
            _insert(element, 0, pieces[1:])


def _pieces(text: str) -> list[str]:
    """The text cut around its long words: plain, long, plain, long, …, plain."""
    pieces, end = [], 0
    for found in _LONG.finditer(text):
        pieces += [text[end : found.start()], _CORNER.sub(_BREAK, found[0])]
        end = found.end()
    return [*pieces, text[end:]]


def _insert(parent: HtmlElement, index: int, pieces: list[str]) -> None:
    """Puts pairs of a long word and what follows it into the parent from `index` on."""
    for word, after in zip(pieces[::2], pieces[1::2], strict=True):
        span = lxml.html.Element("span", {"class": "long"})
        span.text, span.tail = word, after
        parent.insert(index, span)
        index += 1
