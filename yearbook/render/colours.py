"""Tells the words of a listing apart: the only module that imports Pygments.

The classes are Pygments' short names, cut down to the few that paper can tell apart.
"""

import functools
from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound

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
_MAX_CHARACTERS = 60_000
_MAX_LINE = 4_000


def find_runs(language: str, text: str) -> tuple[tuple[str, str], ...]:
    """Class and text of each run, neighbours of one class joined; none if nothing can read the language."""
    lexer = None if _is_too_much(text) else find_lexer(language)
    return tuple(_tokens(lexer, text)) if lexer else ()


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
    if name.lower() not in _own_names():
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
