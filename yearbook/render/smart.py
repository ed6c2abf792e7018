"""Straight quotes, dashes and dots to typographic ones, as Goldmark does, and right beside Korean as well.

`smart_texts` takes the texts of one paragraph in order, so that a quotation may begin in bold and end plain.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from yearbook.value import dataclass

_SIGNS = re.compile(r"\.\.\.|---|(?<!-)--(?!-)|<<(?=\S)|(?<=\S)>>")
_PUT = {"...": "…", "---": "—", "--": "–", "<<": "«", ">>": "»"}
_OPTION = re.compile(r"(?:^|(?<=[\s(\[\"'`/]))--(?=[A-Za-z])")
_DECADE = re.compile(r"'\d0s\b")
_OPENING = frozenset("([{<“‘「『《〈【（［｛—–-/=")
_CLOSING = frozenset(")]}>”’」』》〉】）］｝.,!?;:。、，！？；：…—–/")
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class _Quote:
    """One straight quote and where it stands."""

    text: int
    """Number of the text."""
    at: int
    """Position in it."""
    sign: str
    opens: bool
    closes: bool


def smart_texts(texts: Sequence[str]) -> list[str]:
    r"""The texts with typographic signs; a text that is not to be changed is given as one letter or space.

    >>> smart_texts(['그는 "안녕"이라고 했다... 3\'s -- --help 15" x'])
    ['그는 “안녕”이라고 했다… 3’s – --help 15" x']
    """
    signed = [_put_signs(text) for text in texts]
    if sum(map(len, signed)) > _LONGEST or not any("'" in text or '"' in text for text in signed):
        return signed
    changes = _pair(_find_quotes(signed))
    letters = [list(text) for text in signed]
    for (number, at), sign in changes.items():
        letters[number][at] = sign
    return ["".join(text) for text in letters]


def _put_signs(text: str) -> str:
    """Dots, dashes and angle quotes; an option such as `--help` keeps its hyphens."""
    if "..." not in text and "--" not in text and "<<" not in text and ">>" not in text:
        return text
    kept = {found.start() for found in _OPTION.finditer(text)}
    return _SIGNS.sub(lambda found: found[0] if found.start() in kept else _PUT[found[0]], text)


def _find_quotes(texts: Sequence[str]) -> list[_Quote]:
    """Every straight quote with what its neighbours allow it to be."""
    whole = "".join(texts)
    quotes: list[_Quote] = []
    start = 0
    for number, text in enumerate(texts):
        for found in re.finditer("[\"']", text):
            place = start + found.start()
            before, after = whole[place - 1 : place] if place else "", whole[place + 1 : place + 2]
            quote = _look(number, found.start(), found[0], before, after)
            if _DECADE.match(whole, place):
                quote = replace(quote, opens=False, closes=False)
            quotes.append(quote)
        start += len(text)
    return quotes


def _look(number: int, at: int, sign: str, before: str, after: str) -> _Quote:
    """One quote between two characters."""
    free_before = not before or before.isspace() or before in _OPENING or before in "\"'"
    free_after = not after or after.isspace() or after in _CLOSING or after in "\"'"
    opens = bool(after) and not after.isspace() and (free_before or not before.isascii())
    closes = (
        bool(before) and not before.isspace() and (free_after or not after.isascii() or not before.isascii())
    )
    return _Quote(number, at, sign, opens, closes)


def _pair(quotes: Sequence[_Quote]) -> dict[tuple[int, int], str]:
    """What each quote becomes; one without a partner is an apostrophe or stays as it is."""
    changes: dict[tuple[int, int], str] = {}
    waiting: list[_Quote] = []
    for quote in quotes:
        partner = next(
            (index for index in range(len(waiting) - 1, -1, -1) if waiting[index].sign == quote.sign), None
        )
        if quote.closes and partner is not None:
            opener = waiting[partner]
            del waiting[partner:]
            double = quote.sign == '"'
            changes[opener.text, opener.at] = "“" if double else "‘"
            changes[quote.text, quote.at] = "”" if double else "’"
        elif quote.opens:
            waiting.append(quote)
        elif quote.sign == "'":
            changes[quote.text, quote.at] = "’"
    changes |= {(quote.text, quote.at): "’" for quote in waiting if quote.sign == "'" and quote.closes}
    return changes
