"""What other engines than the blog's own read, and its posts have all the same; rules for markdown-it.

Containers between colons, `::: tip Title` to `:::`, are notices with Markdown inside. Attribute lists of
kramdown, `{: .center}`, say nothing on paper and are left out.
"""

import html
import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_OPEN = re.compile(r"(:{3,})[ \t]*\{?\.?([A-Za-z][\w-]*)\}?[ \t]*([^\n]*?)[ \t]*:*")
_TITLE = re.compile(r"\{\s*title\s*=\s*(.*?)\s*\}")
_LIST = re.compile(
    r"(?:\{:\s*(?:[.#][\w-]+|[\w-]+\s*=\s*(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s}\"']+)|toc)"
    r"(?:[^{}\n\"']|\"[^\"\n]*\"|'[^'\n]*')*\}[ \t]*)+"
)
_CLOSE = re.compile(r"(:{3,})[ \t]*")


def read_container(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take a container, or nothing if it is never closed."""
    opened = None if state.is_code_block(start) else _OPEN.fullmatch(_line(state, start))
    if not opened:
        return False
    close = _closing_line(state, start, end, len(opened[1]))
    if not close:
        return False
    if silent:
        return True
    _push_html(state, start, _opening_tag(opened[2], opened[3]))
    kept = (state.parentType, state.lineMax)
    state.parentType, state.lineMax = "container", close
    state.md.block.tokenize(state, start + 1, close)
    state.parentType, state.lineMax = kept
    _push_html(state, close, "</details>" if _is_folded(opened[2]) else "</div>")
    state.line = close + 1
    return True


def _line(state: StateBlock, line: int) -> str:
    """The text of a line without its indentation."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _closing_line(state: StateBlock, start: int, end: int, colons: int) -> int:
    """The line that closes the container, inner containers counted; 0 if there is none."""
    depth = 1
    for line in range(start + 1, end):
        if state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return 0
        text = _line(state, line)
        if not text.startswith(":::"):
            continue
        closed = _CLOSE.fullmatch(text)
        if closed and (len(closed[1]) == colons or depth > 1):
            depth -= 1
        elif not closed and _OPEN.fullmatch(text):
            depth += 1
        if not depth:
            return line
    return 0


def _is_folded(name: str) -> bool:
    """Whether a container of this name is folded up on the web."""
    return name.lower() in ("details", "spoiler", "collapse", "fold")


def _opening_tag(name: str, title: str) -> str:
    """The HTML that opens the container."""
    named = _TITLE.fullmatch(title)
    text = html.escape((named[1] if named else title).strip("\"'{} "))
    if _is_folded(name):
        return f"<details open><summary>{text}</summary>" if text else "<details open>"
    head = f'<p class="custom-block-title">{text}</p>' if text else ""
    places = {"center": "align-center", "right": "align-right", "left": "align-left"}
    kind = places.get(name.lower(), f"custom-block callout-{html.escape(name)}")
    return f'<div class="{kind}">{head}'


def _push_html(state: StateBlock, line: int, text: str) -> None:
    """Push HTML of our own."""
    token = state.push("html_block", "", 0)
    token.content, token.map, token.meta = text + "\n", [line, line + 1], {"ours": True}


def skip_attributes(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Take a line of nothing but attribute lists."""
    if state.is_code_block(start) or not _LIST.fullmatch(_line(state, start)):
        return False
    if not silent:
        state.line = start + 1
    return True


def skip_span_attributes(state: StateInline, silent: bool) -> bool:
    """Take the attribute lists right after a link, a picture, code or emphasis."""
    if state.pending or not state.src.startswith("{:", state.pos):
        return False
    found = _LIST.match(state.src, state.pos, state.posMax)
    if not found or state.src[state.pos - 1 : state.pos] not in (")", "]", "`", "*", "_", ">", "}"):
        return False
    if not silent:
        state.pos = found.end() - (found[0][-1] in " \t")
    else:
        state.pos = found.end()
    return True
