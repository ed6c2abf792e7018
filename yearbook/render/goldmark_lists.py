"""Lists as Hugo's Goldmark reads them; a block rule for markdown-it.

They are CommonMark's but for tabs and empty items. A marker that stands after a whole tab is text. A tab
after a marker is measured from the edge of the container, not of the page. And an item that follows an empty
one is its sibling, however it is indented.
"""

import re
from collections.abc import Sequence

from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from yearbook.value import dataclass

_MARKER = re.compile(r"(\d{0,9})([-+*.)])(?=[ \t]|$)")
_FIRST = frozenset("-+*0123456789")


@dataclass(frozen=True, slots=True)
class _Marker:
    """What an item begins with."""

    number: str
    """Its digits; empty for a bullet."""
    sign: str
    """The bullet, or what follows the digits."""
    end: int
    """Position after it."""
    column: int
    """Column after it, counted from the begin of the line."""


def read_list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take a list of any kind."""
    marker = _find_marker(state, start)
    if marker is None or state.is_code_block(start) or _is_stray(state, start):
        return False
    if silent and _is_only_text(state, start, marker):
        return False
    if silent:
        return True
    name, tag = ("ordered_list", "ol") if marker.number else ("bullet_list", "ul")
    first = len(state.tokens)
    opened = state.push(f"{name}_open", tag, 1)
    opened.markup = marker.sign
    if marker.number and int(marker.number) != 1:
        opened.attrs = {"start": int(marker.number)}
    kept, state.parentType = state.parentType, "list"
    line, tight = _read_items(state, start, end, marker)
    state.parentType = kept
    opened.map = [start, line]
    state.push(f"{name}_close", tag, -1).markup = marker.sign
    state.line = line
    if tight:
        _hide_paragraphs(state.tokens[first:], opened.level + 2)
    return True


def _is_stray(state: StateBlock, line: int) -> bool:
    """Whether a line has left its item, but is indented too far for the list around it."""
    return 0 <= state.listIndent <= state.sCount[line] - 4 and state.sCount[line] < state.blkIndent


def _find_marker(state: StateBlock, line: int) -> _Marker | None:
    """The marker that begins a line, unless a tab stands before it."""
    begin, stop = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    found = _MARKER.match(state.src, begin, stop) if state.src[begin : begin + 1] in _FIRST else None
    if not found or (found[2] in ".)") != bool(found[1]) or has_whole_tab(state, line):
        return None
    return _Marker(found[1], found[2], found.end(), state.sCount[line] + found.end() - begin)


def has_whole_tab(state: StateBlock, line: int) -> bool:
    """Whether a tab stands between the container's edge and the line's text, none of it the container's."""
    begin = state.bMarks[line]
    lead = state.src[begin : begin + state.tShift[line]]
    if "\t" not in lead:
        return False
    column, edge = 0, edge_of(state, line)
    for place, char in enumerate(lead):
        is_split = place == 0 and state.src[begin - 1 : begin] == ">"
        if char == "\t" and column >= edge and not is_split:
            return True
        column += 4 - (column + state.bsCount[line]) % 4 if char == "\t" else 1
    return False


def edge_of(state: StateBlock, line: int) -> int:
    """The indentation of the innermost container that a line is indented enough for."""
    indent = state.sCount[line]
    if indent >= state.blkIndent:
        return state.blkIndent
    around = reversed(state.env.get("indents", ()))
    return next((container for container in around if container <= indent), 0)


def _is_only_text(state: StateBlock, line: int, marker: _Marker) -> bool:
    """Whether a marker cannot end the paragraph before it: it is empty, or no first number."""
    if state.parentType != "paragraph" or state.sCount[line] < state.blkIndent:
        return False
    is_empty = state.skipSpaces(marker.end) >= state.eMarks[line]
    return is_empty or (bool(marker.number) and int(marker.number) != 1)


def _read_items(state: StateBlock, start: int, end: int, first: _Marker) -> tuple[int, bool]:
    """Parse the items; the line after the last, and whether none is set apart by a blank line."""
    line, tight, ended_blank = start, True, False
    marker: _Marker | None = first
    while marker:
        begin = line
        line, item_tight = _read_item(state, begin, end, marker)
        tight = tight and item_tight and not ended_blank
        ended_blank = line - begin > 1 and state.isEmpty(line - 1)
        marker = _next_marker(state, line, end, first)
    return line, tight


def _next_marker(state: StateBlock, line: int, end: int, first: _Marker) -> _Marker | None:
    """The marker of the next item, if the list goes on."""
    if line >= end or state.sCount[line] < state.blkIndent or state.is_code_block(line):
        return None
    if any(ends(state, line, end, True) for ends in state.md.block.ruler.getRules("list")):
        return None
    marker = _find_marker(state, line)
    return marker if marker and marker.sign == first.sign else None


def _read_item(state: StateBlock, line: int, end: int, marker: _Marker) -> tuple[int, bool]:
    """Parse one item; the line after it, and whether no blank line stands in it."""
    content, column = _find_content(state, line, marker)
    is_empty = content >= state.eMarks[line]
    width = column - marker.column
    token = state.push("list_item_open", "li", 1)
    token.markup = marker.sign
    kept = (state.tight, state.tShift[line], state.sCount[line], state.listIndent, state.blkIndent)
    state.listIndent = state.blkIndent
    state.blkIndent = marker.column + (1 if is_empty or width > 4 else width)
    state.tight = True
    state.tShift[line] = content - state.bMarks[line]
    state.sCount[line] = column
    if is_empty and state.isEmpty(line + 1):  # such an item holds nothing, whatever comes
        state.line = min(line + 2, end)
    elif is_empty and _is_sibling(state, line + 1, end):
        state.line = line + 1
    else:
        state.md.block.tokenize(state, line, end)
    tight = state.tight
    state.tight, state.tShift[line], state.sCount[line], state.listIndent, state.blkIndent = kept
    token.map = [line, state.line]
    state.push("list_item_close", "li", -1).markup = marker.sign
    return state.line, tight


def _find_content(state: StateBlock, line: int, marker: _Marker) -> tuple[int, int]:
    """Position and column at which an item's text begins; tabs are counted from the container's edge."""
    column = marker.column
    for position in range(marker.end, state.eMarks[line]):
        char = state.src[position]
        if char not in " \t":
            return position, column
        column += 1 if char == " " else 4 - (column - state.blkIndent) % 4
    return state.eMarks[line], column


def _is_sibling(state: StateBlock, line: int, end: int) -> bool:
    """Whether the line after an empty item begins an item too."""
    indent = state.sCount[line] - state.listIndent if line < end else -1
    return 0 <= indent < 4 and _find_marker(state, line) is not None


def _hide_paragraphs(tokens: Sequence[Token], level: int) -> None:
    """The texts of a tight list's items are no paragraphs."""
    for token in tokens:
        if token.level == level and token.type in ("paragraph_open", "paragraph_close"):
            token.hidden = True
