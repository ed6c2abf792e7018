"""Sets code listings line by line: what is too long is wrapped here, with a mark, and no character is lost.

The engine could wrap by itself, but then nobody would know how tall a listing is. Lines are bound four to a
block that no page break cuts: four lines of code stand on three of text, so the text below, and the listing's
own second half overleaf, are on the baseline grid. Colours are the highlighter's, not ours.
"""

import unicodedata
from collections.abc import Iterator, Sequence

import lxml.html
from lxml.html import HtmlElement

from yearbook.trims import MM_PER_PT, Trim
from yearbook.value import dataclass

CODE_PT = 7.6
"""Size of code; `styles/code.css` says the same."""
LINES_IN_BLOCK = 4
"""Lines of code that stand on three of text."""
TURN = "↳ "
"""What a line begins with that continues the one above."""
_INDENT_EM = 0.9
_TAB = 4
_STEP_INSIDE_PT = {"li": 15.4, "blockquote": 15.4, "dd": 15.4, "aside": 12.0, "details": 0.0}
_NOTICE_PT = 12.4
_LARGEST = 20_000
"""Lines beyond which a listing is left to the engine."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Text of one colour within one line."""

    classes: str
    text: str


def set_listings(root: HtmlElement, trim: Trim, goes_on: str) -> None:
    """Sets every listing of the chapter that does not stand in a table.

    Args:
        root: the chapter.
        trim: the page.
        goes_on: what is said above a page on which a listing goes on, before the name of its language.
    """
    for pre in list(root.iter("pre")):
        if not any(node.tag in {"td", "th"} for node in pre.iterancestors()):
            _set_listing(pre, columns_of(pre, trim), goes_on)


def columns_of(pre: HtmlElement, trim: Trim) -> int:
    """How many half-width characters fit into a line; Hangul and its like take two."""
    room = trim.measure / MM_PER_PT - _INDENT_EM * CODE_PT - indent_pt(pre)
    return max(20, int(room / (CODE_PT / 2)))


def indent_pt(element: HtmlElement) -> float:
    """How much narrower than the measure it is where the element stands: in lists, quotes and the like."""
    around = list(element.iterancestors())
    notices = sum("notice" in node.get("class", "").split() for node in around)
    return sum(_STEP_INSIDE_PT.get(str(node.tag), 0.0) for node in around) + notices * _NOTICE_PT


def _set_listing(pre: HtmlElement, columns: int, goes_on: str) -> None:
    lines = list(_lines(pre))
    while lines and not any(run.text.strip() for run in lines[-1]):
        lines.pop()
    if not lines or len(lines) > _LARGEST:
        return
    code = pre.find("code")
    set_lines = [part for line in lines for part in _wrap(_expand(line), columns)]
    target = pre if code is None else code
    for child in list(target):
        target.remove(child)
    target.text = None
    for start in range(0, len(set_lines), LINES_IN_BLOCK):
        target.append(_block(set_lines[start : start + LINES_IN_BLOCK]))
    if code is not None:
        code.tail = None
    _mark_blocks(target, TURN + " · ".join(filter(None, (goes_on, _language(pre)))))
    pre.set("class", f"{pre.get('class', '')} listing".strip())


def _mark_blocks(target: HtmlElement, note: str) -> None:
    """Says where pages begin that the listing goes on to: two blocks stay together, so it takes three.

    A page that begins with the first block is no continuation; from the second on, it is.
    """
    blocks = list(target)
    if len(blocks) > 1:
        blocks[-1].set("class", f"{blocks[-1].get('class')} end")
    if len(blocks) > 2:
        blocks[1].set("data-more", note)
        target.append(lxml.html.Element("i", {"class": "over"}))


def _language(pre: HtmlElement) -> str:
    """What the listing says it is written in; empty if nothing."""
    return str(pre.get("class", "")).partition("language-")[2].partition(" ")[0]


def _lines(pre: HtmlElement) -> Iterator[tuple[_Run, ...]]:
    """The listing's lines as coloured runs."""
    line: list[_Run] = []
    for run in _runs(pre, ""):
        first, *others = run.text.replace("\r\n", "\n").split("\n")
        line.append(_Run(run.classes, first))
        for text in others:
            yield tuple(r for r in line if r.text)
            line = [_Run(run.classes, text)]
    yield tuple(r for r in line if r.text)


def _runs(element: HtmlElement, classes: str) -> Iterator[_Run]:
    own = element.get("class", "") if element.tag == "span" else classes
    yield _Run(own, element.text or "")
    for child in element:
        yield from _runs(child, own)
        yield _Run(own, child.tail or "")


def _expand(line: Sequence[_Run]) -> tuple[_Run, ...]:
    """The line with tabs as spaces up to the next tab stop."""
    column = 0
    expanded = []
    for run in line:
        text = ""
        for character in run.text:
            step = _TAB - column % _TAB if character == "\t" else _width(character)
            text += " " * step if character == "\t" else character
            column += step
        expanded.append(_Run(run.classes, text))
    return tuple(expanded)


def _width(character: str) -> int:
    """Columns of one character in the bundled code face."""
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _wrap(line: tuple[_Run, ...], columns: int) -> list[tuple[bool, tuple[_Run, ...]]]:
    """The line cut to the columns there are; True marks what continues the line above.

    A cut falls behind a space or a mark of punctuation near the end if there is one, else anywhere.
    """
    text = "".join(run.text for run in line)
    cuts: list[int] = []
    start, room = 0, columns
    while (end := _end_of(text, start, room)) < len(text):
        near = max((text.rfind(mark, start + (end - start) * 2 // 3, end) for mark in " ,;)/"), default=-1)
        start = near + 1 if near >= 0 else end
        cuts.append(start)
        room = columns - len(TURN)
    edges = [0, *cuts, len(text)]
    return [(n > 0, _slice(line, edges[n], edges[n + 1])) for n in range(len(edges) - 1)]


def _end_of(text: str, start: int, columns: int) -> int:
    used = 0
    for index in range(start, len(text)):
        used += _width(text[index])
        if used > columns:
            return max(index, start + 1)
    return len(text)


def _slice(line: Sequence[_Run], start: int, end: int) -> tuple[_Run, ...]:
    found = []
    position = 0
    for run in line:
        piece = run.text[max(start - position, 0) : max(end - position, 0)]
        position += len(run.text)
        if piece:
            found.append(_Run(run.classes, piece))
    return tuple(found)


def _block(lines: Sequence[tuple[bool, tuple[_Run, ...]]]) -> HtmlElement:
    """Up to four lines that stay together, as tall as whole lines of text; the styles know how tall.

    Boxes cost time when a page is set, so the lines have none of their own, and blocks of one height look
    alike to the engine, which then computes their styles once.
    """
    short = f" lines-{len(lines)}" if len(lines) < LINES_IN_BLOCK else ""
    block = lxml.html.Element("span", {"class": f"block{short}"})
    for number, (continues, runs) in enumerate(lines):
        if number:
            _append(block, _Run("", "\n"))
        if continues:
            _append(block, _Run("turn", TURN))
        for run in runs:
            _append(block, run)
    return block


def _append(block: HtmlElement, run: _Run) -> None:
    if run.classes:
        span = lxml.html.Element("span", {"class": run.classes})
        span.text = run.text
        block.append(span)
    elif len(block):
        block[-1].tail = (block[-1].tail or "") + run.text
    else:
        block.text = (block.text or "") + run.text
