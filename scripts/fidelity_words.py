"""Counts the words of a post that its chapter has, in the same order.

The words are those of the engine's own page, what a browser does not show left out; the chapter is what
`render` makes for the book. A word is a run of letters and digits, or one kana or hanzi, so quotes, dashes
and line ends may differ. Left out is what the book has otherwise by intent: the table of contents, marks of
notes, names of emoji, kramdown's attribute lists in posts of Hugo.
"""

import datetime as dt
import difflib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tinyhtml5
from fidelity_compare import SPANS

from yearbook.model import Post, Syntax
from yearbook.render import render

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_WORD = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W_\u2e80-\u9fff\uf900-\ufaff]+")
_EMOJI = re.compile(r"(?<!\w):[a-z0-9_+-]+:(?!\w)")
_UNSEEN = frozenset(("script", "style", "title", "template", "noscript"))
_ATTRIBUTES = re.compile(r"\{:[^{}\n]*\}")
_BACK_LINKS = re.compile(r'<a [^>]*class="[^"]*(?:backref|reversefootnote)[^"]*".*?</a>', re.DOTALL)
_SEAMLESS = (SPANS - {"br"}) | {"wbr"}
_NOTE_MARKS = re.compile(r'<sup[^>]*><a [^>]*href="#[^"]*fn.*?</a></sup>', re.DOTALL)
_SYNTAXES = {"jekyll": Syntax(name="kramdown"), "hugo": Syntax(name="commonmark")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How many words there are and how many are kept."""

    total: int
    kept: int
    lost: tuple[str, ...]
    """Some that are not in the chapter where they should be."""


def count_words(text: str, theirs: str, engine: str) -> Words:
    """The words of the engine's page `theirs` that the chapter of `text` has in order."""
    wanted = _words(_ATTRIBUTES.sub(" ", _EMOJI.sub(" ", theirs)))
    found = _words(render(_post(text, engine)).html)
    if wanted == found:
        return Words(total=len(wanted), kept=len(wanted), lost=())
    matcher = difflib.SequenceMatcher(None, wanted, found, autojunk=False)
    lost: list[str] = []
    kept = 0
    at = 0
    for block in matcher.get_matching_blocks():
        lost += wanted[at : block.a]
        kept += block.size
        at = block.a + block.size
    return Words(total=len(wanted), kept=kept, lost=tuple(lost[:8]))


def _words(html: str) -> list[str]:
    bare = _NOTE_MARKS.sub("", _BACK_LINKS.sub("", html))
    root = tinyhtml5.parse(f"<!DOCTYPE html><body>{bare}{' ' * 200}", namespace_html_elements=False)
    texts: list[str] = []
    todo: list[Element | str] = [root]
    while todo:
        here = todo.pop()
        if isinstance(here, str):
            texts.append(here)
        elif isinstance(here.tag, str) and here.tag not in _UNSEEN and here.get("id") != "markdown-toc":
            edge = "" if here.tag in _SEAMLESS else "\n"
            parts: list[Element | str] = [edge, here.text or ""]
            for child in here:
                parts += [child, child.tail or ""]
            todo.extend(reversed([*parts, edge]))
    text = unicodedata.normalize("NFC", "".join(texts)).casefold()
    return _WORD.findall("".join(char for char in text if unicodedata.category(char) != "Cf"))


def _post(text: str, engine: str) -> Post:
    return Post(
        source=Path("/post.md"),
        place="post.md",
        slug="post",
        title="-",
        date=dt.datetime(2021, 1, 1, tzinfo=dt.UTC),
        updated=None,
        language="",
        authors=(),
        tags=(),
        categories=(),
        series="",
        summary="",
        hero="",
        permalink="/post/",
        body=text.replace("\r\n", "\n"),
        body_line=1,
        engine=engine,
        syntax=_SYNTAXES[engine],
    )
