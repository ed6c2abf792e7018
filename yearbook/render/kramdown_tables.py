"""Tables of the kramdown dialect: rows with or without edge pipes, separator lines, alignment, footers."""

import re
from typing import TYPE_CHECKING

from yearbook.render.kramdown_attrs import read_tag
from yearbook.render.kramdown_tree import NOT_IN_LINE_TAGS, VOID_TAGS, WHITE, Node

if TYPE_CHECKING:
    from yearbook.render.kramdown_blocks import BlockParser

_SEPARATOR = re.compile(r"[ \t]*[|+]?[ \t]*:?-[ \t:+|-]*\n|[ \t]*[|+][ \t:+|-]*-[ \t:+|-]*\n")
_FOOTER = re.compile(r"[ \t]*[|+]?[ \t]*:?=[ \t:+|=]*\n")
_ALIGN = re.compile(r"[ \t]*(:)?-+(:)?[ \t]*")
_PIPE_LINE = re.compile(r" {0,3}[^\n]*\|[^\n]*\n")
_TABLE_LINE = re.compile(r"(?:[^\n]*?[^\\\n])??\|")
_CODE_RUN = re.compile(r"`+")
_PIPE_OR_SPAN = re.compile(r"[|`<\\]")


def read_table(parser: "BlockParser") -> bool:
    """Reads a table, if the lines up to the next boundary make one."""
    lines, end = _table_lines(parser)
    if not lines or not parser.is_before_boundary(end):
        return False
    node = _make_table(lines)
    if node is None:
        return False
    node.line = parser.line_number()
    for row in _rows(node):
        row.line += node.line
    parser.add(node)
    parser.pos = end
    return True


def _rows(node: Node) -> list[Node]:
    return [row for part in node.children for row in part.children]


def _table_lines(parser: "BlockParser") -> tuple[list[str], int]:
    lines: list[str] = []
    at, text = parser.pos, parser.text
    while at < len(text):
        end = parser.next_line(at)
        line = text[at:end]
        if not _TABLE_LINE.match(line):
            break
        if not _has_pipe(line) and (not lines or line[0] not in "`<"):
            return [], at
        lines.append(line)
        at = end
    return lines, at


def _has_pipe(line: str) -> bool:
    """Is there a pipe outside code and HTML elements?"""
    at = 0
    while found := _PIPE_OR_SPAN.search(line, at):
        at = found.start()
        if line[at] == "|":
            return True
        if line[at] == "\\":
            at += 2
        elif line[at] == "`":
            at = _code_end(line, at)
        else:
            at = _element_end(line, at)
    return False


def _element_end(line: str, at: int) -> int:
    tag = read_tag(line, at)
    if tag is None or tag.is_closing or tag.is_self_closed or tag.name in VOID_TAGS | NOT_IN_LINE_TAGS:
        return tag.end if tag else at + 1
    close = line.lower().find(f"</{tag.name.lower()}", tag.end)
    return close + 1 if close >= 0 else len(line)


def _make_table(lines: list[str]) -> Node | None:
    table = Node("table", 0)
    rows: list[Node] = []
    aligns: list[str] = []
    has_head = has_foot = False
    is_led = lines[0].lstrip(" \t").startswith("|")
    for number, line in enumerate(lines):
        if has_foot and _SEPARATOR.fullmatch(line):
            continue
        if _SEPARATOR.fullmatch(line):
            if rows and not has_head and not table.children:
                has_head = True
                aligns = _read_aligns(line)
                _close_part(table, rows, "thead")
            elif rows:
                _close_part(table, rows, "tbody")
            rows = []
        elif _FOOTER.fullmatch(line):
            if rows:
                _close_part(table, rows, "tbody")
            rows, has_foot = [], True
        else:
            row = Node("tr", number)
            cells = split_row(line, is_led=is_led) if line.strip(WHITE) != "|" else []
            row.children = [Node("td", 0, cell) for cell in cells]
            rows.append(row)
    if rows:
        _close_part(table, rows, "tfoot" if has_foot else "tbody")
    if not table.children or (has_head and len(table.children) == 1):
        return None
    _level(table, aligns)
    return table


def _close_part(table: Node, rows: list[Node], kind: str) -> None:
    part = Node(kind, 0)
    part.children = rows
    table.children.append(part)


def _read_aligns(line: str) -> list[str]:
    kinds = {(False, False): "", (True, False): "left", (True, True): "center", (False, True): "right"}
    return [kinds[bool(found[1]), bool(found[2])] for found in _ALIGN.finditer(line)]


def _level(table: Node, aligns: list[str]) -> None:
    """Gives every row the same number of cells, heads their name and columns their alignment."""
    width = max(len(row.children) for row in _rows(table))
    for part in table.children:
        for row in part.children:
            row.children += [Node("td", 0) for _ in range(width - len(row.children))]
            for cell, align in zip(row.children, aligns, strict=False):
                cell.note = align
            if part.kind == "thead":
                for cell in row.children:
                    cell.kind = "th"


def split_row(line: str, *, is_led: bool = True) -> list[str]:
    """The cells of a table row; a pipe in a code span or behind a backslash does not divide.

    `is_led` says that the table's rows begin with a pipe, which its first line shows.

    >>> split_row("| a | `b|c` |")
    ['a', '`b|c`']
    """
    cells = _divide(line)
    if is_led and len(cells) > 1 and not cells[0].strip(WHITE):
        del cells[0]
    if len(cells) > 1 and not cells[-1].strip(WHITE):
        del cells[-1]
    return [cell.strip(" \t") for cell in cells]


def _divide(line: str) -> list[str]:
    cells, cell, at = [], "", 0
    line = line.strip(" \t\n")
    while at < len(line):
        char = line[at]
        if char == "\\" and line.startswith("|", at + 1):
            cell, at = cell + "|", at + 2
        elif char == "`" or line.startswith("<code", at):
            end = _code_end(line, at) if char == "`" else _element_end(line, at)
            cell += line[at:end]
            at = end
        elif char == "|":
            cells.append(cell)
            cell, at = "", at + 1
        else:
            cell += char
            at += 1
    return [*cells, cell]


def _code_end(line: str, at: int) -> int:
    run = _CODE_RUN.match(line, at)
    size = run.end() - at if run else 1
    if size == 1 and line[at - 1 : at + 2].strip("` ") == "" and line[at + 1 : at + 2] in (" ", ""):
        return at + 1
    end = line.find("`" * size, at + size)
    return end + size if end >= 0 else at + size
