"""Colours listings: the text of a `<pre><code>` becomes a few spans with short classes.

A language that is not named or not known is not guessed. The classes are Pygments' short names, cut down to
the few that paper can tell apart: every span costs time when the page is set, a third of a technical book's.
Colours belong to the styles.
"""

import functools
import re
from collections.abc import Iterable, Iterator

from lxml import etree
from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound

from yearbook.render.tree import Element, classes, text_of

_LANGUAGE = re.compile(r"^(?:language|lang|highlight-source)-(.+)$")
_SHORT = ("k", "c", "nt", "gd", "gi", "gh", "gp")
"""Kinds that black ink tells apart: words of the language, comments, tags, changes, prompts.

The longest that begins a Pygments class wins."""
_OTHER_NAMES = {
    "c++": "cpp", "c#": "csharp", "f#": "fsharp", "objective-c": "objc", "objectivec": "objc", "golang": "go",
    "gradle": "groovy", "jsonc": "json", "json5": "json", "mjs": "js", "cjs": "js", "node": "js",
    "vue": "html", "svelte": "html", "astro": "html", "ejs": "html", "erb": "rhtml",
    "dockerfile": "docker", "zsh": "bash",
    "shell-session": "console", "terminal": "console", "cmd": "batch", "yml": "yaml", "make": "makefile",
    "asm": "nasm", "proto3": "proto", "solidity": "js", "hbs": "handlebars", "nginxconf": "nginx",
}  # fmt: skip
_PLAIN = frozenset(
    {"", "text", "txt", "plain", "plaintext", "none", "nohighlight", "no-highlight", "output", "mermaid"}
)
_MAX_CHARACTERS = 60_000
_MAX_LINE = 4_000
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


def highlight(code: Element) -> None:
    """Colour one `<code>` in place; its text stays the same, character by character."""
    language = language_of(code)
    text = text_of(code)
    lexer = None if _is_too_much(text) else find_lexer(language)
    marked = marked_lines(code.get("data-info", ""))
    if lexer is None and not marked:
        return
    tokens = _tokens(lexer, text) if lexer else iter([("", text)])
    del code[:]
    code.text = None
    if marked:
        _fill_lines(code, tokens, marked)
    else:
        _fill(code, tokens)


def _is_too_much(text: str) -> bool:
    """Whether colouring would take long: Pygments' expressions are not made for minified files."""
    return len(text) > _MAX_CHARACTERS or any(len(line) > _MAX_LINE for line in text.split("\n"))


@functools.cache
def _own_names() -> frozenset[str]:
    """Names of the languages that Pygments reads by itself.

    For any other it would import what installed packages offer: no word in a post may do that, and the same
    post would look different on another machine.
    """
    return frozenset(alias for _, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases)


@functools.lru_cache(maxsize=256)
def find_lexer(language: str) -> Lexer | None:
    """What can read the language; None if nothing can or it has no colours.

    >>> find_lexer("golang").name, find_lexer("klingon")
    ('Go', None)
    """
    name = _OTHER_NAMES.get(language, language)
    if language in _PLAIN or name.lower() not in _own_names():
        return None
    try:
        # Markdown's and reStructuredText's readers would search the plug-ins for their own blocks of code.
        lexer: Lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False, handlecodeblocks=False)
    except ClassNotFound:
        return None
    return lexer


@functools.lru_cache(maxsize=512)
def _class_of(kind: _TokenType) -> str:
    """Our class for a Pygments token; empty for what prints plainly."""
    name = STANDARD_TYPES.get(kind)
    if name is None and kind.parent is not None:
        return _class_of(kind.parent)
    name = {"ow": "k"}.get(name or "", name or "")
    found = [short for short in _SHORT if name.startswith(short)]
    return max(found, key=len, default="")


def _tokens(lexer: Lexer, text: str) -> Iterator[tuple[str, str]]:
    """Class and text of each run, neighbours of one class joined."""
    kind, parts = "", list[str]()
    for token, value in lexer.get_tokens(text):
        name = kind if not value.strip() else _class_of(token)
        if name != kind:
            if parts:
                yield kind, "".join(parts)
            kind, parts = name, []
        parts.append(value)
    if parts:
        yield kind, "".join(parts)


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
