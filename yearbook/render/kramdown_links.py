"""The part of a link after its text: an address in parentheses, a reference, or nothing."""

import re
from typing import NamedTuple

_ANGLE = re.compile(r"\(<([^<>\n]*)>", re.ASCII)
_TITLE = re.compile(r"""\s*(["'])(.+?)\1\s*\)""", re.DOTALL | re.ASCII)
_END = re.compile(r"\s*\)", re.ASCII)
_STEP = re.compile(r"[()]|\s+", re.ASCII)
_REFERENCE = re.compile(r"\s*\[([^\]]*)\]", re.ASCII)
_SPACES = re.compile(r"\s+", re.ASCII)
_LONGEST_TITLE = 2000


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
    return _SPACES.sub(" ", text).lower()


def read_destination(text: str, start: int, close: int, links: dict[str, tuple[str, str]]) -> Target | None:
    """What follows the link text between `start` and the bracket at `close`, if it makes a link.

    >>> read_destination('[a](b "c") d', 1, 2, {})
    Target(address='b', title='c', end=10)
    """
    after = close + 1
    if text.startswith("(", after):
        return _read_inline(text, after)
    if not links:
        return None
    reference = _REFERENCE.match(text, after)
    end = reference.end() if reference else after
    name = link_name(reference[1]) if reference and reference[1] else link_name(text[start:close])
    return Target(*links[name], end) if name in links else None


def _read_inline(text: str, pos: int) -> Target | None:
    angle = _ANGLE.match(text, pos)
    return _read_angle(text, angle) if angle else _read_address(text, pos)


def _read_angle(text: str, angle: re.Match[str]) -> Target | None:
    title = _match_title(text, angle.end())
    if title:
        return Target(angle[1], title[2], title.end())
    end = _END.match(text, angle.end())
    return Target(angle[1], "", end.end()) if end else None


def _read_address(text: str, pos: int) -> Target | None:
    """Reads to the parenthesis that closes the one at `pos`, or to a title before it."""
    depth, at = 0, pos
    while step := _STEP.search(text, at):
        at = step.end()
        if step[0] == "(":
            depth += 1
        elif step[0] == ")":
            depth -= 1
            if depth == 0:
                return Target(text[pos + 1 : step.start()].strip(" \t\r\n\f\v"), "", at)
        elif title := _match_title(text, at):
            return Target(text[pos + 1 : step.start()].strip(" \t\r\n\f\v"), title[2], title.end())
    return None


def _match_title(text: str, pos: int) -> re.Match[str] | None:
    return _TITLE.match(text, pos, pos + _LONGEST_TITLE)
