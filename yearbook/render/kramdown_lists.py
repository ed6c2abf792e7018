"""Lists and definition lists of kramdown: which lines belong to an item, and which text is tight."""

import re
from typing import TYPE_CHECKING

from yearbook.render import kramdown_html
from yearbook.render.kramdown_attrs import read_attr_list
from yearbook.render.kramdown_tree import ATTR_LIST, EOB, RULE, WHITE, Node

if TYPE_CHECKING:
    from yearbook.render.kramdown_blocks import BlockParser

_UL = re.compile(r"( {0,3}[+*-])([ \t|][^\n]*\n)")
_OL = re.compile(r"( {0,3}[0-9]+\.)([ \t|][^\n]*\n)")
_DD = re.compile(r"( {0,3}:)([ \t][^\n]*\n)")
_BLANK = re.compile(r"[ \t\r\f\v]*\n")
_ITEM_ATTRS = re.compile(r"[ \t]*\{:(?!:)((?:\\\}|[^}\n])*)\}[ \t]*")
_TASK = re.compile(r"\[([ xX])\]\s+", re.ASCII)


class _Item:
    """The lines of one list item, their indentation taken away, and their line numbers."""

    def __init__(self, first: str, number: int, width: int, *, parts_lists: bool) -> None:
        expanded = expand_tabs(first, width)
        content = expanded.lstrip(WHITE)
        self.attrs = ""
        ial = _ITEM_ATTRS.match(content)
        self.indent = width + len(expanded) - len(content) if content else 4
        if ial:
            self.attrs, content = ial[1], content[ial.end() :].lstrip(WHITE)
        fours, rest = divmod(self.indent, 4)
        self.content = re.compile(rf"(?:(?:\t| {{4}}){{{fours}}} {{{rest}}}|(?:\t| {{4}}){{{fours + 1}}})")
        """How a line starts that belongs to this item."""
        self.number = number
        self.parts: list[tuple[list[str], list[int]]] = [([], [])]
        """Lines and their numbers; the item's first list begins a part of its own."""
        if content:
            self.add(content, number)
        self.ends_blank = False
        self.has_list = _starts_list(content)
        self.parts_lists = parts_lists
        """Whether a line of its own began a list, or a blank line made room for one."""

    def add(self, line: str, number: int) -> None:
        lines, numbers = self.parts[-1]
        lines.append(line)
        numbers.append(number)


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
    if not parser.state.hard_wrap:
        for child in node.children:
            _keep_last_break(child.children)
    if not eob:
        _move_blank_out(parser, node)
    return True


def _move_blank_out(parser: "BlockParser", node: Node) -> None:
    last = node.children[-1].children
    if last and last[-1].kind == "blank":
        parser.nodes.append(last.pop())


def _collect(parser: "BlockParser", marker: re.Pattern[str]) -> tuple[list[_Item], bool]:
    """The items of the list that starts here; and whether an end-of-block marker ended it."""
    items: list[_Item] = []
    text, size = parser.text, len(parser.text)
    while parser.pos < size:
        number = parser.line_number()
        start = marker.match(text, parser.pos)
        if start and _is_sibling(start[1], items) and not _is_rule_after_blank(parser, items):
            items.append(_Item(start[2], number, len(start[1]), parts_lists=marker is not _DD))
            parser.pos = start.end()
        elif EOB.match(text, parser.pos):
            parser.pos = parser.next_line(parser.pos)
            return items, True
        elif _is_rule_after_blank(parser, items):
            return items, False
        elif not _take_line(parser, items[-1], number):
            break
    return items, False


def _is_rule_after_blank(parser: "BlockParser", items: list[_Item]) -> bool:
    if not items or not items[-1].ends_blank or not items[-1].parts_lists:
        return False
    return bool(RULE.match(parser.text, parser.pos))


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
        item.add(text[start:end], number)
        item.has_list = True
    else:
        line = _content(text[start:end], item)
        if line is not None:
            _part_from_list(item, line)
        elif item.ends_blank or _ends_item(text, start):
            return False
        else:
            line = text[start:end]
            if item.parts_lists and item.has_list and _starts_list(line):
                line = " " * (item.indent + 4) + line
        item.add(line, number)
    item.ends_blank = bool(blank)
    parser.pos = end
    return True


def _content(line: str, item: _Item) -> str | None:
    """The line without the item's indentation; nothing if it has less."""
    if not item.content.match(line):
        return None
    tabs = len(line) - len(line.lstrip("\t"))
    return (" " * 4 * tabs + line[tabs:]).removeprefix(" " * item.indent)


def _part_from_list(item: _Item, line: str) -> None:
    """Ends what stands before the item's first list, so that the text does not run into it."""
    if item.parts_lists and not item.has_list and _starts_list(line):
        item.parts.append(([], []))
        item.has_list = True


def _starts_list(line: str) -> bool:
    return bool(_UL.match(line) or _OL.match(line))


def _ends_item(text: str, pos: int) -> bool:
    return bool(ATTR_LIST.match(text, pos)) or kramdown_html.ends_lazy(text, pos)


def _make_item(parser: "BlockParser", item: _Item, kind: str) -> Node:
    from yearbook.render.kramdown_blocks import parse_blocks

    node = Node(kind, item.number)
    if item.attrs:
        node.add_attrs(read_attr_list(item.attrs, parser.state.attr_lists))
    for lines, numbers in item.parts:
        if node.children:
            node.children.append(Node("eob", 0))
        node.children += parse_blocks(parser.state, "".join(lines), numbers, parser.depth_inside)
    if kind == "li" and node.children and node.children[0].kind == "p":
        _read_task(node, node.children[0])
    return node


def _read_task(item: Node, first: Node) -> None:
    task = _TASK.match(first.text)
    if task and task.end() < len(first.text):
        item.note = "done" if task[1] != " " else "open"
        first.text = first.text[task.end() :]


def _tighten(node: Node, *, eob: bool) -> None:
    """Marks the first paragraphs that print as plain text: those with no blank line after them."""
    all_loose = len(node.children) > 1
    for item in node.children[:-1]:
        if _is_tight(item):
            item.children[0].note = "tight"
        all_loose = all_loose and bool(item.children) and _is_loose(item.children[0])
    last = node.children[-1]
    inner = last.children
    only_text = bool(inner) and inner[0].kind == "p" and all(child.kind == "blank" for child in inner[1:])
    if not all_loose and (_is_tight(last) or (only_text and not eob)):
        inner[0].note = "tight"


def _keep_last_break(inner: list[Node]) -> None:
    """Lets a line break stay that ends an item's text before something else in the item."""
    if len(inner) < 2 or inner[0].note != "tight" or inner[1].kind == "blank":
        return
    text = inner[0].text.rstrip(WHITE)
    if text.endswith("\\\\"):
        inner[0].text = text + "\n\n"
    elif text.endswith("\\"):
        inner[0].text = text[:-1]


def _is_loose(first: Node) -> bool:
    return first.kind == "p" and first.note != "tight"


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
    if at < 0 or nodes[at].kind != "p" or nodes[at].closed or (loose and nodes[-1].note != "\n"):
        return False
    terms = nodes[at]
    del nodes[at:]
    node = _definition_list(parser, terms)
    for number, line in enumerate(terms.text.strip(WHITE).split("\n")):
        node.children.append(_make_term(parser, line.strip(WHITE), terms.line + number))
    items, eob = _collect(parser, _DD)
    for item in items:
        made = _make_item(parser, item, "dd")
        if not loose and made.children and made.children[0].kind == "p":
            made.children[0].note = "tight"
        loose = item.ends_blank
        node.children.append(made)
    node.closed = eob
    if not eob:
        _move_blank_out(parser, node)
    return True


def _make_term(parser: "BlockParser", text: str, line: int) -> Node:
    given = _ITEM_ATTRS.match(text)
    node = Node("dt", line, text[given.end() :] if given else text)
    if given:
        node.add_attrs(read_attr_list(given[1], parser.state.attr_lists))
    return node


def _definition_list(parser: "BlockParser", terms: Node) -> Node:
    nodes = parser.nodes
    at = len(nodes) - 1
    while at >= 0 and nodes[at].kind == "blank":
        at -= 1
    if at >= 0 and nodes[at].kind == "dl" and not nodes[at].closed and not terms.attrs:
        del nodes[at + 1 :]
        return nodes[at]
    node = Node("dl", terms.line)
    node.attrs = terms.attrs
    nodes.append(node)
    return node
