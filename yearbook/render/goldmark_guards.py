"""Where Goldmark's blocks begin and end otherwise than markdown-it's: conditions put before its own rules.

Nothing is parsed here; a rule is only kept from a line that Goldmark would not give it.
"""

import re
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from yearbook.render.goldmark_lists import edge_of, has_whole_tab

BlockRule = Callable[[StateBlock, int, int, bool], bool]
_CODE = 4
_CLOSED_RAW = re.compile(r"</(?:script|pre|style|textarea)\b", re.IGNORECASE)


def guard_rules(md: MarkdownIt) -> None:
    """Put the conditions before the rules."""
    tokenize = md.block.tokenize

    def noted(state: StateBlock, start: int, end: int) -> None:
        indents = state.env.setdefault("indents", [])
        indents.append(state.blkIndent)
        tokenize(state, start, end)
        indents.pop()

    setattr(md.block, "tokenize", noted)  # noqa: B010 - mypy knows the method's own names
    rules = dict(zip(md.block.ruler.get_active_rules(), md.block.ruler.getRules(""), strict=True))
    own = {"blockquote": _without_code, "html_block": _without_closing_tags, "lheading": _without_tabs}
    for name, chains in _ENDS_PARAGRAPH.items():
        if name in rules:
            rule = own[name](rules[name]) if name in own else rules[name]
            rule = shallow(rule) if name in _HOLDS_BLOCKS else rule
            md.block.ruler.at(name, _guarded(rule), {"alt": chains})


_ENDS_PARAGRAPH: dict[str, list[str]] = {
    "lheading": [],
    "fence": ["paragraph", "reference", "blockquote", "list"],
    "blockquote": ["paragraph", "reference", "blockquote", "list"],
    "hr": ["paragraph", "reference", "blockquote", "list"],
    "footnote_def": ["paragraph", "reference", "blockquote", "list"],
    "list": ["paragraph", "reference", "blockquote"],
    "html_block": ["paragraph", "reference", "blockquote"],
    "heading": ["paragraph", "reference", "blockquote"],
}


_HOLDS_BLOCKS = frozenset({"blockquote", "footnote_def", "list"})
_DEEPEST = 50
"""Level from which nothing is nested deeper: at its own limit markdown-it leaves out the rest of the text."""


def shallow(rule: BlockRule) -> BlockRule:
    """The rule of a block that holds blocks, silent where they would be nested too deep: text stays text."""

    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < _DEEPEST and rule(state, start, end, silent)

    return bounded


def _guarded(rule: BlockRule) -> BlockRule:
    """The rule, silent about lines that are code where they belong."""

    def guarded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return not (silent and _is_code_outside(state, start)) and rule(state, start, end, silent)

    return guarded


def _is_code_outside(state: StateBlock, line: int) -> bool:
    """Whether a line that has left its list is indented by four or more in the list it is left with."""
    indent = state.sCount[line]
    return _CODE <= indent < state.blkIndent and indent - edge_of(state, line) >= _CODE


def _without_tabs(rule: BlockRule) -> BlockRule:
    """The rule for underlined headings, whose line does not stand after a tab."""

    def without_tabs(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        hidden = [line for line in _paragraph_lines(state, start, end) if has_whole_tab(state, line)]
        for line in hidden:  # a line indented like code is no underline
            state.sCount[line] += _CODE
        taken = rule(state, start, end, silent)
        for line in hidden:
            state.sCount[line] -= _CODE
        return taken

    return without_tabs


def _paragraph_lines(state: StateBlock, start: int, end: int) -> Iterator[int]:
    """The lines after the first, up to a blank one."""
    for line in range(start + 1, end):
        if state.isEmpty(line):
            return
        yield line


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
    return [
        line
        for line in _paragraph_lines(state, start, end)
        if state.src.startswith(">", state.bMarks[line] + state.tShift[line])
        and state.is_code_block(line)
        and state.tShift[line]
    ]


def _without_closing_tags(rule: BlockRule) -> BlockRule:
    """The rule for raw HTML, which neither `</style>` nor a tag after a tab begins."""

    def without_closing_tags(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        begin = state.bMarks[start] + state.tShift[start]
        refused = _CLOSED_RAW.match(state.src, begin) or has_whole_tab(state, start)
        return not refused and rule(state, start, end, silent)

    return without_closing_tags
