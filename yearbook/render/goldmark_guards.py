"""Where Goldmark's blocks begin and end otherwise than markdown-it's: conditions put before its own rules.

Nothing is parsed here; a rule is only kept from a line that Goldmark would not give it.
"""

import re
from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

BlockRule = Callable[[StateBlock, int, int, bool], bool]


_MARKER = re.compile(r"(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)")
_CLOSED_RAW = re.compile(r"</(?:script|pre|style|textarea)\b", re.IGNORECASE)


def guard_rules(md: MarkdownIt) -> None:
    """Put the conditions before the rules."""
    tokenize = md.block.tokenize

    def noted(state: StateBlock, start: int, end: int) -> None:
        if _is_empty_item_before_item(state, start, end):
            state.line = start + 1
            return
        indents = state.env.setdefault("indents", [])
        indents.append(state.blkIndent)
        tokenize(state, start, end)
        indents.pop()

    setattr(md.block, "tokenize", noted)  # noqa: B010 - mypy knows the method's own names
    rules = dict(zip(md.block.ruler.get_active_rules(), md.block.ruler.getRules(""), strict=True))
    own = {"list": _without_tabs, "blockquote": _without_code, "html_block": _without_closing_tags}
    for name, chains in _ENDS_PARAGRAPH.items():
        if name in rules:
            rule = own.get(name, lambda rule: rule)(rules[name])
            md.block.ruler.at(name, _guarded(rule), {"alt": chains})


_ENDS_PARAGRAPH = {
    "fence": ["paragraph", "reference", "blockquote", "list"],
    "blockquote": ["paragraph", "reference", "blockquote", "list"],
    "hr": ["paragraph", "reference", "blockquote", "list"],
    "footnote_def": ["paragraph", "reference", "blockquote", "list"],
    "list": ["paragraph", "reference", "blockquote"],
    "html_block": ["paragraph", "reference", "blockquote"],
    "heading": ["paragraph", "reference", "blockquote"],
}


def _guarded(rule: BlockRule) -> BlockRule:
    """The rule, silent about lines that are code where they belong."""

    def guarded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return not (silent and _is_code_outside(state, start)) and rule(state, start, end, silent)

    return guarded


def _is_code_outside(state: StateBlock, line: int) -> bool:
    """Whether a line that has left its list is indented by four or more in the list it is left with."""
    indent = state.sCount[line]
    if indent >= state.blkIndent or indent < 4:
        return False
    outer = 0
    for container in reversed(state.env.get("indents", ())):
        if container <= indent:
            outer = container
            break
    return indent - outer >= 4


def _is_empty_item_before_item(state: StateBlock, start: int, end: int) -> bool:
    """Whether an empty item begins here and the next line is an item too: a sibling, however it is indented."""
    if not state.tokens or state.tokens[-1].type != "list_item_open" or not state.isEmpty(start):
        return False
    line = start + 1
    if line >= end or state.isEmpty(line) or state.sCount[line] - state.listIndent >= 4:
        return False
    begin = state.bMarks[line] + state.tShift[line]
    indented = state.sCount[line] >= state.listIndent
    return indented and bool(_MARKER.match(state.src[begin : state.eMarks[line]]))


def _without_tabs(rule: BlockRule) -> BlockRule:
    """The rule for lists, which takes no marker after a whole tab of the list's own indentation."""

    def without_tabs(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return not _has_tab_before_marker(state, start) and rule(state, start, end, silent)

    return without_tabs


def _has_tab_before_marker(state: StateBlock, line: int) -> bool:
    """Whether a tab stands between the container's edge and the line's text, none of it the container's."""
    begin = state.bMarks[line]
    lead = state.src[begin : begin + state.tShift[line]]
    if "\t" not in lead:
        return False
    column = 0
    for place, char in enumerate(lead):
        is_split = place == 0 and state.src[begin - 1 : begin] == ">"
        if char == "\t" and column >= state.blkIndent and not is_split:
            return True
        column += 4 - (column + state.bsCount[line]) % 4 if char == "\t" else 1
    return False


def _without_code(rule: BlockRule) -> BlockRule:
    """The rule for quotations, whose later lines too must not be indented like code."""

    def without_code(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        hidden = [] if silent else _find_indented_signs(state, start, end)
        for line in hidden:  # what stands before the sign is then seen in its place, and is none
            state.tShift[line] -= 1
        taken = rule(state, start, end, silent)
        for line in hidden:
            state.tShift[line] += 1
        return taken

    return without_code


def _find_indented_signs(state: StateBlock, start: int, end: int) -> list[int]:
    """The lines after the first, up to a blank one, whose `>` is indented by four or more."""
    found: list[int] = []
    for line in range(start + 1, end):
        if state.isEmpty(line):
            break
        begin = state.bMarks[line] + state.tShift[line]
        if state.src[begin : begin + 1] == ">" and state.is_code_block(line) and state.tShift[line]:
            found.append(line)
    return found


def _without_closing_tags(rule: BlockRule) -> BlockRule:
    """The rule for raw HTML, which a closing tag such as `</style>` does not begin."""

    def without_closing_tags(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        begin = state.bMarks[start] + state.tShift[start]
        return not _CLOSED_RAW.match(state.src, begin) and rule(state, start, end, silent)

    return without_closing_tags
