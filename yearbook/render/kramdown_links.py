"""The part of a link after its text: an address in parentheses, a reference, or nothing."""

import re
from typing import NamedTuple

_ANGLE = re.compile(r"\(\s*<([^<>\n]*)>")
_TITLE = re.compile(r"""\s+(["'])(.+?)\1\s*\)""", re.DOTALL)
_REFERENCE = re.compile(r"\s*\[([^\]\n]*(?:\n[^\]\n]+)*)\]")


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
    return re.sub(r"\s+", " ", text).strip().lower()


def read_destination(text: str, start: int, close: int, links: dict[str, tuple[str, str]]) -> Target | None:
    """What follows the link text between `start` and the bracket at `close`, if it makes a link.

    >>> read_destination('[a](b "c") d', 1, 2, {})
    Target(address='b', title='c', end=10)
    """
    after = close + 1
    if text.startswith("(", after):
        found = _read_inline(text, after)
        if found:
            return found
    reference = _REFERENCE.match(text, after)
    end = reference.end() if reference else after
    name = link_name(reference[1]) if reference and reference[1].strip() else link_name(text[start:close])
    if name in links:
        return Target(*links[name], end)
    return None


def _read_inline(text: str, pos: int) -> Target | None:
    angle = _ANGLE.match(text, pos)
    if angle:
        title = _TITLE.match(text, angle.end())
        if title:
            return Target(angle[1], title[2], title.end())
        end = re.compile(r"\s*\)").match(text, angle.end())
        return Target(angle[1], "", end.end()) if end else None
    depth, at = 0, pos
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return Target(text[pos + 1 : at].strip(), "", at + 1)
        elif char in " \t\n":
            title = _TITLE.match(text, at)
            if title:
                return Target(text[pos + 1 : at].strip(), title[2], title.end())
            if text[pos + 1 : at].strip() and char == "\n":
                return None
        at += 1
    return None
