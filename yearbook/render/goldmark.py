"""Tables and definition lists as Hugo's Goldmark reads them; block rules for markdown-it.

Goldmark makes a table of a paragraph once it is complete, so a table may follow text without a blank line,
and its rows need no pipe. A line that begins with a colon makes terms of the paragraph before it.
"""

import re
from collections.abc import Iterator, Sequence

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.reference import reference
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_DELIMITER = re.compile(r"[ \t]*(:?)-+(:?)[ \t]*")
_ALIGNMENTS = {("", ""): "", (":", ""): "left", ("", ":"): "right", (":", ":"): "center"}
_BARE = re.compile(r"-|-{3,}")  # a marker, or a rule where the paragraph has been left
_BLANK_LINE = re.compile(r"^[ \t]+$", re.MULTILINE)
_LISTS = frozenset({"bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"})
_MOST_COLUMNS = 200
_MOST_CELLS = 60_000


def finish_paragraphs(state: StateCore) -> None:
    """Take link definitions out of complete paragraphs, and make tables of what looks like one."""
    made: list[Token] = []
    tokens = state.tokens
    index = 0
    while index < len(tokens):
        opened = tokens[index]
        if opened.type == "paragraph_open" or (opened.type == "heading_open" and opened.markup in ("=", "-")):
            paragraph = tokens[index : index + 3]
            if opened.type == "paragraph_open" and _goes_on(made, opened):
                paragraph[1].content = f"===\n{paragraph[1].content}"
                del made[-3:]
            made.extend(_finished(state, paragraph))
            index += 3
        else:
            made.append(opened)
            index += 1
    state.tokens = made


def _goes_on(made: Sequence[Token], opened: Token) -> bool:
    """Whether the paragraph before is only the line under a heading that turned out to be a definition."""
    if len(made) < 3 or made[-1].type != "paragraph_close" or made[-2].content != "===":
        return False
    return (made[-3].map or [0, 0])[1] == (opened.map or [0])[0] and made[-3].level == opened.level


def _finished(state: StateCore, paragraph: Sequence[Token]) -> Sequence[Token]:
    """The paragraph without definitions, or what of it is text followed by a table."""
    opened, inline, closed = paragraph
    _take_definitions(state, opened, inline)
    if not inline.content:
        return _underline(opened)
    found = find_table(inline.content)
    if not found:
        return paragraph
    number, alignments = found
    lines = inline.content.split("\n")
    first = (opened.map or [0, 0])[0]
    table = [*_table(lines[number:], alignments, first + number, opened.level), *_underline(opened)]
    if not number:
        return table
    inline.content = "\n".join(lines[:number]).rstrip(" \t")
    opened.map = inline.map = [first, first + number]
    opened.type, opened.tag, closed.type, closed.tag = "paragraph_open", "p", "paragraph_close", "p"
    return [opened, inline, closed, *table]


def _underline(opened: Token) -> list[Token]:
    """What the line under a heading is when there is no text for the heading: a rule, or text."""
    if opened.type != "heading_open":
        return []
    line = (opened.map or [0, 1])[1]
    if opened.markup == "-":
        return [_token("hr", "hr", 0, [line - 1, line], opened.level)]
    inline = _token("inline", "", 0, [line - 1, line], opened.level + 1)
    inline.content, inline.children = "===", []
    begin = _token("paragraph_open", "p", 1, [line - 1, line], opened.level)
    return [begin, inline, _token("paragraph_close", "p", -1, None, opened.level)]


def _take_definitions(state: StateCore | StateBlock, opened: Token, inline: Token) -> None:
    """Move the link definitions at the head of a paragraph into the parser's table."""
    if not inline.content.startswith("[") or "]:" not in inline.content:
        return
    block = StateBlock(inline.content, state.md, state.env, [])
    line = 0
    while line < block.lineMax and reference(block, line, block.lineMax, False):
        line = block.line
    if line:
        inline.content = "\n".join(inline.content.split("\n")[line:])
        first, last = opened.map or [0, 0]
        opened.map = inline.map = [first + line, last]


def find_table(text: str) -> tuple[int, list[str]] | None:
    r"""Number of the line that is a table's header, and the alignments under it; None if there is no table.

    >>> find_table("text\na | b\n-|-")
    (1, ['', ''])
    """
    if "-" not in text or "\n" not in text:
        return None
    lines = text.split("\n")
    for number in range(1, len(lines)):
        alignments = read_alignments(lines[number])
        if alignments:
            return (number - 1, alignments) if len(split_row(lines[number - 1])) <= len(alignments) else None
    return None


def read_alignments(line: str) -> list[str]:
    """The alignment of each column that a row of dashes says; empty if it is none.

    >>> read_alignments("|:--|--:|"), read_alignments("---"), read_alignments("- | -")
    (['left', 'right'], [], ['', ''])
    """
    bare = line.strip(" \t")
    indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip(" "))
    if not bare or bare.strip("-:| \t") or indent > 3 or _BARE.fullmatch(bare):
        return []
    columns = bare.split("|")
    if len(columns) > _MOST_COLUMNS:
        return []
    if columns and not columns[0].strip():
        columns.pop(0)
    if columns and not columns[-1].strip():
        columns.pop()
    found = [_DELIMITER.fullmatch(column) for column in columns]
    return [_ALIGNMENTS[each[1], each[2]] for each in found if each] if all(found) else []


def split_row(line: str) -> list[str]:
    r"""The cells of a row; an escaped pipe is none.

    >>> split_row(r"| a | b\|c |"), split_row("a | ")
    (['a', 'b|c'], ['a'])
    """
    bare = line.strip(" \t")
    if bare.startswith("|"):
        bare = bare[1:]
    if bare.endswith("|") and not bare.endswith("\\|"):
        bare = bare[:-1]
    if not bare:
        return []
    return [cell.replace("\\|", "|").strip(" \t") for cell in re.split(r"(?<!\\)\|", bare)]


def _table(lines: Sequence[str], alignments: Sequence[str], first: int, level: int) -> Iterator[Token]:
    """The tokens of a table whose first line is its header and whose second are dashes."""
    yield _token("table_open", "table", 1, [first, first + len(lines)], level)
    yield _token("thead_open", "thead", 1, None, level + 1)
    yield from _row("th", split_row(lines[0]), alignments, first, level + 2)
    yield _token("thead_close", "thead", -1, None, level + 1)
    rows = lines[2 : 2 + _MOST_CELLS // len(alignments)]
    if rows:
        yield _token("tbody_open", "tbody", 1, None, level + 1)
        for number, line in enumerate(rows, start=first + 2):
            yield from _row("td", split_row(line), alignments, number, level + 2)
        yield _token("tbody_close", "tbody", -1, None, level + 1)
    yield _token("table_close", "table", -1, None, level)


def _row(tag: str, cells: Sequence[str], alignments: Sequence[str], line: int, level: int) -> Iterator[Token]:
    """The tokens of one row, filled up or cut to the number of columns."""
    yield _token("tr_open", "tr", 1, [line, line + 1], level)
    for number, alignment in enumerate(alignments):
        opened = _token(f"{tag}_open", tag, 1, None, level + 1)
        if alignment:
            opened.attrs = {"style": f"text-align:{alignment}"}
        yield opened
        inline = _token("inline", "", 0, [line, line + 1], level + 2)
        inline.content = cells[number] if number < len(cells) else ""
        inline.children = []
        yield inline
        yield _token(f"{tag}_close", tag, -1, None, level + 1)
    yield _token("tr_close", "tr", -1, None, level)


def _token(kind: str, tag: str, nesting: int, lines: list[int] | None, level: int) -> Token:
    """A block token."""
    token = Token(kind, tag, 1 if nesting > 0 else -1 if nesting < 0 else 0)
    token.map, token.block, token.level = lines, True, level
    return token


def read_definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take a line `: definition` whose term is the paragraph before it."""
    # Inside a definition, the line of the next one ends a paragraph although it is indented less.
    around = state.env.setdefault("definition_indents", [])
    offset = _definition_offset(state, start, [state.blkIndent, *(around if silent else ())])
    if not offset:
        return False
    if silent:
        return state.parentType == "paragraph"
    if not _open_list(state, start):
        return False
    tight = not (start and state.isEmpty(start - 1))
    state.push("dd_open", "dd", 1).map = [start, start + 1]
    first = len(state.tokens)
    around.append(state.blkIndent)
    _read_content(state, start, end, offset)
    around.pop()
    if tight:
        _hide_paragraphs(state.tokens[first:], state.level)
    state.push("dd_close", "dd", -1)
    state.push("dl_close", "dl", -1)
    return True


def _definition_offset(state: StateBlock, line: int, indents: Sequence[int]) -> int:
    """Column at which the definition's content begins, counted from the container; 0 if it is none."""
    begin, stop = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    if state.sCount[line] not in indents or state.src[begin : begin + 1] != ":":
        return 0
    width = 0
    for char in state.src[begin + 1 : stop]:
        if char not in " \t":
            break
        width += 1 if char == " " else 4 - (state.sCount[line] + 1 + width) % 4
    if not width:
        return 0
    return (5 if width >= 8 else width) + 1


def _open_list(state: StateBlock, line: int) -> bool:
    """Begin a list with the lines of the last paragraph as terms, or go on with the list before."""
    tokens = state.tokens
    if not tokens or tokens[-1].level != state.level:
        return False
    if tokens[-1].type == "dl_close":
        tokens.pop()
        state.level += 1
        return True
    if tokens[-1].type != "paragraph_close":
        return False
    opened, inline = tokens[-3:-1]
    goes_on = len(tokens) > 3 and tokens[-4].type == "dl_close" and tokens[-4].level == state.level
    _take_definitions(state, opened, inline)
    if not inline.content or (not goes_on and find_table(inline.content)):
        return False
    del tokens[-3:]
    if goes_on:
        tokens.pop()
        state.level += 1
    else:
        state.push("dl_open", "dl", 1).map = [(inline.map or [line])[0], line]
    for number, text in enumerate(inline.content.split("\n"), start=(inline.map or [line])[0]):
        _push_term(state, text.strip(" \t"), number)
    return True


def _push_term(state: StateBlock, text: str, line: int) -> None:
    """Push one term."""
    state.push("dt_open", "dt", 1).map = [line, line + 1]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = text, [line, line + 1], []
    state.push("dt_close", "dt", -1)


def _read_content(state: StateBlock, start: int, end: int, offset: int) -> None:
    """Parse what a definition holds as blocks of its own."""
    kept = (state.tShift[start], state.sCount[start], state.bMarks[start], state.blkIndent, state.parentType)
    begin = state.bMarks[start] + state.tShift[start] + 1
    spaces = len(state.src[begin : state.eMarks[start]]) - len(
        state.src[begin : state.eMarks[start]].lstrip(" \t")
    )
    state.bMarks[start] = begin
    state.tShift[start] = spaces
    state.blkIndent += offset
    state.sCount[start] = max(state.blkIndent, state.sCount[start])
    state.parentType = "deflist"
    state.md.block.tokenize(state, start, end)
    state.tShift[start], state.sCount[start], state.bMarks[start], state.blkIndent, state.parentType = kept


def _hide_paragraphs(tokens: Sequence[Token], level: int) -> None:
    """The first text of a definition without a blank line before it is no paragraph."""
    for token in tokens:
        if token.level == level and token.type in ("paragraph_open", "paragraph_close"):
            token.hidden = True
            if token.nesting < 0:
                return


def blank_listings(state: StateCore) -> None:
    """Empty the lines of listings inside lists that hold nothing but white space, as Goldmark does."""
    depth = 0
    for token in state.tokens:
        if token.type in _LISTS:
            depth += token.nesting
        elif depth and token.type in ("fence", "code_block"):
            token.content = _BLANK_LINE.sub("", token.content)


def first_notes(state: StateCore) -> None:
    """Keep the first of several footnotes with one name."""
    known: set[str] = set()
    kept: list[Token] = []
    dropping = False
    for token in state.tokens:
        if token.type == "footnote_reference_open":
            dropping = token.meta["label"] in known
            known.add(token.meta["label"])
        if not dropping:
            kept.append(token)
        if token.type == "footnote_reference_close":
            dropping = False
    state.tokens = kept
