"""Lists and definition lists of kramdown: which lines belong to an item, and which text is tight."""

import re
from typing import TYPE_CHECKING

from yearbook.render import kramdown_html
from yearbook.render.kramdown_attrs import read_attr_list
from yearbook.render.kramdown_tree import Node

if TYPE_CHECKING:
    from yearbook.render.kramdown_blocks import BlockParser

_UL = re.compile(r"( {0,3}[+*-])([ \t][^\n]*\n)")
_OL = re.compile(r"( {0,3}\d+\.)([ \t][^\n]*\n)")
_DD = re.compile(r"( {0,3}:)([ \t][^\n]*\n)")
_RULE = re.compile(r" {0,3}(?:\*[ \t]*\*[ \t]*\*[ \t*]*|-[ \t]*-[ \t]*-[ \t-]*)\n")
_BLANK = re.compile(r"[ \t\r\f\v]*\n")
_EOB = re.compile(r"\^[ \t]*\n")
_ATTR_LIST = re.compile(r" {0,3}\{:(?:\\\}|[^}\n])*\}[ \t]*\n")
_ITEM_ATTRS = re.compile(r"[ \t]*\{:((?:\\\}|[^}\n])*)\}[ \t]*")
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_WHITE = " \t\r\n\f\v"


class _Item:
    """The lines of one list item, their indentation taken away, and their line numbers."""

    def __init__(self, first: str, number: int, width: int) -> None:
        expanded = expand_tabs(first, width)
        content = expanded.lstrip(_WHITE)
        self.attrs = ""
        ial = _ITEM_ATTRS.match(content)
        self.indent = width + len(expanded) - len(content) if content else 4
        if ial:
            self.attrs, content = ial[1], content[ial.end() :]
        self.lines = [content or "\n"]
        self.numbers = [number]
        self.ends_blank = False

    def add(self, line: str, number: int) -> None:
        self.lines.append(line)
        self.numbers.append(number)


def expand_tabs(text: str, column: int = 0) -> str:
    """A line whose leading tabs are blanks up to the next multiple of four; `column` is where it starts."""
    out = 0
    for at, char in enumerate(text):
        if char == "\t":
            out += 4 - (column + out) % 4
        elif char == " ":
            out += 1
        else:
            return " " * out + text[at:]
    return " " * out


def read_list(parser: "BlockParser") -> bool:
    """Reads an ordered or unordered list, if one starts here."""
    marker = _UL if _UL.match(parser.text, parser.pos) else _OL
    if not marker.match(parser.text, parser.pos):
        return False
    node = parser.add(Node("ul" if marker is _UL else "ol", parser.line_number()))
    items, eob = _collect(parser, marker)
    for item in items:
        node.children.append(_make_item(parser, item, "li"))
    _tighten(node, eob=eob)
    last = node.children[-1].children
    if last and last[-1].kind == "blank":
        last.pop()
        parser.nodes.append(Node("blank", 0))
    return True


def _collect(parser: "BlockParser", marker: re.Pattern[str]) -> tuple[list[_Item], bool]:
    """The items of the list that starts here; and whether an end-of-block marker ended it."""
    items: list[_Item] = []
    text, size = parser.text, len(parser.text)
    while parser.pos < size:
        number = parser.line_number()
        start = marker.match(text, parser.pos)
        if start and _is_sibling(start[1], items):
            items.append(_Item(start[2], number, len(start[1])))
            parser.pos = start.end()
        elif _EOB.match(text, parser.pos):
            return items, True
        elif not _take_line(parser, items[-1], number):
            break
    return items, False


def _is_sibling(marker: str, items: list[_Item]) -> bool:
    if not items:
        return True
    indent = len(marker) - len(marker.lstrip(" "))
    return indent <= min(3, items[-1].indent - 1)


def _take_line(parser: "BlockParser", item: _Item, number: int) -> bool:
    """Adds the next line to the item if it belongs there."""
    text, start = parser.text, parser.pos
    end = parser.next_line(start)
    blank = _BLANK.match(text, start)
    if blank:
        item.add("\n", number)
    else:
        line = expand_tabs(text[start:end])
        if len(line) - len(line.lstrip(" ")) >= item.indent:
            line = line[item.indent :]
        elif item.ends_blank or _ends_item(text, start):
            return False
        else:
            line = text[start:end]
        item.add(line, number)
    item.ends_blank = bool(blank)
    parser.pos = end
    return True


def _ends_item(text: str, pos: int) -> bool:
    return bool(_ATTR_LIST.match(text, pos)) or kramdown_html.ends_lazy(text, pos)


def _make_item(parser: "BlockParser", item: _Item, kind: str) -> Node:
    from yearbook.render.kramdown_blocks import parse_blocks

    node = Node(kind, item.numbers[0])
    if item.attrs:
        node.add_attrs(read_attr_list(item.attrs, parser.state.attr_lists))
    body = "".join(item.lines)
    task = _TASK.match(body) if kind == "li" else None
    if task:
        node.note = "done" if task[1] != " " else "open"
        body = body[task.end() :]
    node.children = parse_blocks(parser.state, body, item.numbers, parser.depth + 1)
    return node


def _tighten(node: Node, *, eob: bool) -> None:
    """Marks the first paragraphs that print as plain text: those with no blank line after them."""
    any_tight = len(node.children) == 1
    for item in node.children[:-1]:
        if _is_tight(item):
            item.children[0].note = "tight"
            any_tight = True
    last = node.children[-1]
    inner = last.children
    only_text = bool(inner) and inner[0].kind == "p" and all(child.kind == "blank" for child in inner[1:])
    if only_text:
        if any_tight and not (eob and len(inner) > 1):
            inner[0].note = "tight"
    elif _is_tight(last):
        inner[0].note = "tight"


def _is_tight(item: Node) -> bool:
    inner = item.children
    return bool(inner) and inner[0].kind == "p" and not (len(inner) > 1 and inner[1].kind == "blank")


def read_definitions(parser: "BlockParser") -> bool:
    """Turns the paragraph before this line into terms, and this line and the next ones into definitions."""
    if not _DD.match(parser.text, parser.pos):
        return False
    nodes = parser.nodes
    loose = bool(nodes) and nodes[-1].kind == "blank"
    at = len(nodes) - (2 if loose else 1)
    if at < 0 or nodes[at].kind != "p":
        return False
    terms = nodes[at]
    del nodes[at:]
    node = _definition_list(parser, terms)
    for number, line in enumerate(terms.text.split("\n")):
        node.children.append(Node("dt", terms.line + number if terms.line else 0, line.strip(_WHITE)))
    items, _ = _collect(parser, _DD)
    for item in items:
        made = _make_item(parser, item, "dd")
        if not loose and made.children and made.children[0].kind == "p":
            made.children[0].note = "tight"
        loose = item.ends_blank
        node.children.append(made)
    return True


def _definition_list(parser: "BlockParser", terms: Node) -> Node:
    nodes = parser.nodes
    at = len(nodes) - 1
    while at >= 0 and nodes[at].kind == "blank":
        at -= 1
    if at >= 0 and nodes[at].kind == "dl" and not terms.attrs:
        del nodes[at + 1 :]
        return nodes[at]
    node = Node("dl", terms.line)
    node.attrs = terms.attrs
    nodes.append(node)
    return node
