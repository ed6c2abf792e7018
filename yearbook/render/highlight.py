"""Colours listings: the text of a `<pre><code>` becomes a few spans with short classes.

A language that is not named or not known is not guessed. The classes are Pygments' short names, cut down to
the few that paper can tell apart: every span costs time when the page is set, a third of a technical book's.
Colours belong to the styles.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from lxml import etree

from yearbook.render.tree import Element, classes, text_of

Runs = Sequence[tuple[str, str]]
"""Class and text of each run of a listing; none if it has no colours."""
Colour = Callable[[str, str], Runs]
"""From the name of a language, in lower case, and a listing's text to its runs."""
_LANGUAGE = re.compile(r"^(?:language|lang|highlight-source)-(.+)$")
_PLAIN = frozenset(
    {"", "text", "txt", "plain", "plaintext", "none", "nohighlight", "no-highlight", "output", "mermaid"}
)
_LINE_NUMBERS = re.compile(r"\d+(?:\s*-\s*\d+)?")
_MARKED = re.compile(r"(?:hl_lines|mark_lines|highlight)\s*=\s*\[?[\"']?([\d\s,\"'-]+)|^\{([\d\s,-]+)\}")


def language_of(code: Element) -> str:
    """The language a listing names, in lower case; empty if none.

    >>> language_of(etree.fromstring('<code class="language-JS:app.js">x</code>'))
    'js'
    """
    parent = code.getparent()
    names = classes(code) + (classes(parent) if parent is not None else [])
    for name in names:
        found = _LANGUAGE.match(name)
        if found:
            return re.split(r"[:,{=\s]", found[1].lower())[0]
    return ""


def highlight(code: Element, colour: Colour) -> None:
    """Colour one `<code>` in place; its text stays the same, character by character."""
    language, text = language_of(code), text_of(code)
    runs = colour(language, text) if language not in _PLAIN else ()
    marked = marked_lines(code.get("data-info", ""))
    if not runs and not marked:
        return
    del code[:]
    code.text = None
    if marked:
        _fill_lines(code, runs or [("", text)], marked)
    else:
        _fill(code, runs)


def find_runs(language: str, text: str) -> Runs:
    """The runs of a listing as Pygments tells them apart."""
    from yearbook.render.colours import find_runs  # Pygments takes long to load, and to learn a language

    return find_runs(language, text)


def _fill(parent: Element, tokens: Iterable[tuple[str, str]]) -> None:
    """Append runs to an element, after what it holds."""
    last: Element | None = parent[-1] if len(parent) else None
    for kind, value in tokens:
        if kind:
            last = etree.SubElement(parent, "span", {"class": kind})
            last.text = value
        elif last is not None:
            last.tail = (last.tail or "") + value
        else:
            parent.text = (parent.text or "") + value


def marked_lines(information: str) -> frozenset[int]:
    """The lines an info string asks to be marked.

    >>> sorted(marked_lines('{linenos=true,hl_lines=[1,"3-4"]}'))
    [1, 3, 4]
    """
    found = _MARKED.search(information)
    if not found:
        return frozenset()
    lines: set[int] = set()
    for part in _LINE_NUMBERS.findall(found[1] or found[2]):
        first, _, last = part.partition("-")
        lines.update(range(int(first), min(int(last or first), int(first) + 1_000) + 1))
    return frozenset(lines)


def _fill_lines(code: Element, tokens: Iterable[tuple[str, str]], marked: frozenset[int]) -> None:
    """Append runs line by line, marked lines in a span of their own."""
    for number, line in enumerate(_split_lines(tokens), start=1):
        _fill(etree.SubElement(code, "span", {"class": "marked"}) if number in marked else code, line)


def _split_lines(tokens: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """The runs of each line, its line end included."""
    line: list[tuple[str, str]] = []
    for kind, value in tokens:
        for part in re.findall(r"[^\n]*\n|[^\n]+", value):
            line.append((kind, part))
            if part.endswith("\n"):
                yield line
                line = []
    if line:
        yield line
