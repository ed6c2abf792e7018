"""Attribute lists (`{: .class #id key="value"}`) and HTML tags, read without backtracking."""

import re
from typing import NamedTuple

from yearbook.render.kramdown_tree import KNOWN_TAGS, merge_attrs

_PART = re.compile(
    r"""(?:^|(?<=\s)|(?<=["']))(?:
        (?P<key>[^\s.#=}"'][^\s=}]*)=(?P<quote>["'])(?P<value>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)
        |(?P<short>(?:[.#][\w:-]+)+)
        |(?P<ref>\w[\w:.-]*)
    )(?=\s|$|["'])?""",
    re.VERBOSE | re.DOTALL,
)
_SHORT = re.compile(r"([.#])([\w:-]+)")
_TAG_NAME = re.compile(r"<(/?)([^\W\d][\w.-]*(?::[^\W\d][\w.-]*)?)")
_ATTRIBUTE = re.compile(
    r"""[ \t\r\n\f\v]+((?:[^\W\d]|:)[\w:.-]*)(?:[ \t\r\n\f\v]*=[ \t\r\n\f\v]*("[^"]*"|'[^']*'|\w+))?"""
)
_TAG_END = re.compile(r"\s*(/?)>", re.ASCII)
_CLOSE_END = re.compile(r"\s*>", re.ASCII)


def read_attr_list(text: str, known: dict[str, dict[str, str]]) -> dict[str, str]:
    """The attributes that an attribute list gives; `known` are the named lists defined in the post.

    >>> read_attr_list(' .a .b #c width="50%"', {})
    {'class': 'a b', 'id': 'c', 'width': '50%'}
    """
    attrs: dict[str, str] = {}
    for part in _PART.finditer(text):
        if part["key"]:
            merge_attrs(attrs, {part["key"]: re.sub(r"\\([}\"'\\])", r"\1", part["value"])})
        elif part["short"]:
            for mark, name in _SHORT.findall(part["short"]):
                merge_attrs(attrs, {"class" if mark == "." else "id": name})
        elif part["ref"] in known:
            merge_attrs(attrs, known[part["ref"]])
    return attrs


class Tag(NamedTuple):
    """An HTML tag found in a text."""

    name: str
    attrs: dict[str, str]
    is_closing: bool
    is_self_closed: bool
    end: int
    """Where the text goes on."""


def read_tag(text: str, pos: int) -> Tag | None:
    """The HTML tag that starts at `pos`, or nothing; known names come in lower case.

    >>> read_tag('<Div class=a>', 0)
    Tag(name='div', attrs={'class': 'a'}, is_closing=False, is_self_closed=False, end=13)
    """
    start = _TAG_NAME.match(text, pos)
    if start is None:
        return None
    name = start[2].lower() if start[2].lower() in KNOWN_TAGS else start[2]
    if start[1]:
        end = _CLOSE_END.match(text, start.end())
        return Tag(name, {}, True, False, end.end()) if end else None
    attrs, at = _read_tag_attributes(text, start.end(), known=name in KNOWN_TAGS)
    end = _TAG_END.match(text, at)
    return Tag(name, attrs, False, bool(end[1]), end.end()) if end else None


def _read_tag_attributes(text: str, pos: int, *, known: bool) -> tuple[dict[str, str], int]:
    attrs: dict[str, str] = {}
    while found := _ATTRIBUTE.match(text, pos):
        value = found[2] or ""
        if value[:1] in ('"', "'"):
            value = value[1:-1]
        attrs[found[1].lower() if known else found[1]] = re.sub(r"\n+", " ", value)
        pos = found.end()
    return attrs, pos
