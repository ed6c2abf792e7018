"""The part of a link after its text: an address in parentheses, a reference, or nothing."""

import re
from bisect import bisect_left
from typing import NamedTuple

from yearbook.render.kramdown_tree import WHITE

_ANGLE = re.compile(r"\(<([^<>\n]*)>", re.ASCII)
_TITLE = re.compile(r"""\s*(["'])(.+?)\1\s*\)""", re.DOTALL | re.ASCII)
_END = re.compile(r"\s*\)", re.ASCII)
_QUOTE = re.compile(r"""\s+["']""", re.ASCII)
_PARENTHESIS = re.compile(r"[()]")
_REFERENCE = re.compile(r"\s*\[([^\]]*)\]", re.ASCII)
WHITES = re.compile(r"\s+", re.ASCII)
_LONGEST_TITLE = 1000


class Target(NamedTuple):
    """Where a link leads, and where the text goes on after it."""

    address: str
    title: str
    end: int


def link_name(text: str) -> str:
    r"""The name of a link definition as it is compared: one blank between words, letter case ignored.

    >>> link_name("Two\n words")
    'two words'
    """
    return WHITES.sub(" ", text).lower()


class Targets:
    """Finds what follows the text of a link; it keeps what it learns, so that many tries cost little."""

    def __init__(self, text: str, links: dict[str, tuple[str, str]]) -> None:
        self._text = text
        self._links = links
        self._closing: dict[int, int] | None = None
        self._titles: list[re.Match[str]] | None = None

    def find(self, start: int, close: int) -> Target | None:
        """What follows the link text between `start` and the bracket at `close`, if it makes a link.

        >>> Targets('[a](b "c") d', {}).find(1, 2)
        Target(address='b', title='c', end=10)
        """
        after = close + 1
        if self._text.startswith("(", after):
            return self._read_inline(after)
        if not self._links:
            return None
        reference = _REFERENCE.match(self._text, after)
        end = reference.end() if reference else after
        name = reference[1] if reference and reference[1] else self._text[start:close]
        known = self._links.get(link_name(name))
        return Target(*known, end) if known else None

    def _read_inline(self, pos: int) -> Target | None:
        angle = _ANGLE.match(self._text, pos)
        return self._read_angle(angle) if angle else self._read_address(pos)

    def _read_angle(self, angle: re.Match[str]) -> Target | None:
        title = _TITLE.match(self._text, angle.end(), angle.end() + _LONGEST_TITLE)
        if title:
            return Target(angle[1], title[2], title.end())
        end = _END.match(self._text, angle.end())
        return Target(angle[1], "", end.end()) if end else None

    def _read_address(self, pos: int) -> Target | None:
        """Reads to the parenthesis that closes the one at `pos`, or to a title before it."""
        close = self._closing_of(pos)
        title = self._title_after(pos)
        if title and (close < 0 or title.start() < close):
            return Target(self._text[pos + 1 : title.start()].strip(WHITE), title[2], title.end())
        return Target(self._text[pos + 1 : close].strip(WHITE), "", close + 1) if close >= 0 else None

    def _closing_of(self, pos: int) -> int:
        if self._closing is None:
            self._closing = {}
            open_ones: list[int] = []
            for found in _PARENTHESIS.finditer(self._text):
                if found[0] == "(":
                    open_ones.append(found.start())
                elif open_ones:
                    self._closing[open_ones.pop()] = found.start()
        return self._closing.get(pos, -1)

    def _title_after(self, pos: int) -> re.Match[str] | None:
        if self._titles is None:
            self._titles = []
            for found in _QUOTE.finditer(self._text):
                title = _TITLE.match(self._text, found.start(), found.start() + _LONGEST_TITLE)
                if title:
                    self._titles.append(title)
        at = bisect_left(self._titles, pos, key=re.Match.start)
        return self._titles[at] if at < len(self._titles) else None
