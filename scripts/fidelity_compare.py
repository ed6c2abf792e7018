"""Says whether two pieces of HTML are the same post: tokens, levels of likeness, and guesses at causes.

Both are parsed as a browser would, then written as a list of tokens: tags opened and closed, text between
them. Normalised away: ids, classes, styles, highlighters' wrappers, how notes are marked, the table of
contents, curly quotes and dashes, percent signs in addresses, and white space that a browser does not show;
and what Debian's Goldmark alone does: boxes amid an item, links around nothing.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import tinyhtml5

Token = tuple[str, str]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SPANS = _names(
    "a abbr b big br cite code del em font i ins kbd mark note q s small span strike strong sub sup u"
)
EMPTY = _names("br img hr input col embed source wbr track param meta link area base")
QUOTES = {"“": '"', "”": '"', "‘": "'", "’": "'"}
PLAIN = str.maketrans(QUOTES | {"–": "--", "—": "---", "…": "...", "«": "<<", "»": ">>"})
SELF_CLOSED = re.compile(r"<([A-Za-z][\w-]*)((?:\s[^<>]*?)?)\s*/>")
WHITE = re.compile(r"[ \t\r\n\f\v]+")
TEXTS = ("text", "pre")
FAMILIES = {
    "lists": _names("ul ol li"),
    "definition lists": _names("dl dt dd"),
    "code blocks": _names("pre"),
    "quotations": _names("blockquote"),
    "tables": _names("table thead tbody tfoot tr td th"),
    "headings": _names("h1 h2 h3 h4 h5 h6"),
    "emphasis": _names("em strong b i"),
    "strikethrough": _names("del s strike"),
    "code spans": _names("code kbd"),
    "links": _names("a note"),
    "images": _names("img"),
    "line breaks": _names("br"),
    "paragraphs": _names("p"),
    "rules": _names("hr"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike two renderings are."""

    strict: bool
    """Block structure, text and images are the same, paragraphs in list items included."""
    block: bool
    """The same, but an item's text may or may not be a paragraph."""
    inline: bool
    """`block`, and emphasis, code, links and breaks are the same too."""


def compare(ours: str, theirs: str) -> Likeness:
    """Compares two renderings of one post."""
    mine, yours = tokenise(ours), tokenise(theirs)
    if mine == yours:
        return Likeness(strict=True, block=True, inline=True)
    strict = select(mine, spans=False) == select(yours, spans=False)
    loose_mine, loose_yours = loosen(mine), loosen(yours)
    block = strict or select(loose_mine, spans=False) == select(loose_yours, spans=False)
    inline = block and select(loose_mine, spans=True) == select(loose_yours, spans=True)
    return Likeness(strict=strict, block=block, inline=inline)


# -- tokens -------------------------------------------------------------------------------------------------


def tokenise(html: str) -> list[Token]:
    """The tokens of a rendering, blocks and spans alike."""
    html = SELF_CLOSED.sub(_close_apart, html)
    # The parser takes a short text for the name of a file, so no text is short.
    root = tinyhtml5.parse(f"<!DOCTYPE html><body>{html}{' ' * 200}", namespace_html_elements=False)
    body = root.find("body")
    return list(_merge(_drop_bare(_walk(body)))) if body is not None else []


def _close_apart(found: re.Match[str]) -> str:
    """`<Foo />` as `<Foo></Foo>`, which kramdown writes either way; a browser knows only the latter."""
    name = found[1].lower()
    return found[0] if name in EMPTY or name == "path" else f"<{found[1]}{found[2]}></{found[1]}>"


def _drop_bare(tokens: Iterator[Token]) -> Iterator[Token]:
    """Leaves out links around nothing: what a browser makes of a link in a link, `<a><a>text</a></a>`.

    A box amid an item becomes what was typed. Debian's Goldmark makes one of every `[x]`, newer ones
    do so at the head of an item alone, as we do.
    """
    waiting: list[Token] = []
    is_head = is_typed = False
    for token in tokens:
        if waiting and token == ("close", "a"):
            waiting.clear()
            continue
        yield from waiting
        waiting.clear()
        name, opens = tag_name(token), token[0] == "open"
        if opens and name == "a":
            waiting.append(token)
        elif opens and name == "input" and not is_head:
            is_typed = True
            yield ("text", f"[{token[1][6:]}] ")
        elif is_typed and token == ("close", "input"):
            is_typed = False
        else:
            yield token
        is_head = (opens and name in ("li", "p")) or (is_head and not token[1].strip())
    yield from waiting


def _walk(top: Element) -> Iterator[Token]:
    todo: list[Element | Token] = [top]
    pre = 0
    while todo:
        here = todo.pop()
        if isinstance(here, tuple):
            pre -= here == ("close", "pre")
            yield here
        elif isinstance(here.tag, str) and not _is_left_out(here):
            name = _name_of(here)
            kept = _is_kept(here, name, pre)
            if kept:
                yield ("open", _label(here, name))
                pre += name == "pre"
            todo.extend(reversed(_inside(here, name, kept=kept, pre=pre)))


def _name_of(here: Element) -> str:
    if here.attrib == {"class": "math"}:
        return "math"
    if here.tag == "sup" and any("fn" in link.get("href", "") for link in here.iter("a")):
        return "note"
    return here.tag


def _inside(here: Element, name: str, *, kept: bool, pre: int) -> list[Element | Token]:
    if name == "note":
        return [("close", "note")]
    kind = "pre" if pre else "text"
    text = here.text or ""
    if "math" in _classes(here):
        text = f"\\({text}\\)" if here.tag == "span" else f"\\[{text}\\]"
    inside: list[Element | Token] = [(kind, text)] if text else []
    for child in here:
        inside.append(child)
        if child.tail:
            inside.append((kind, child.tail))
    return [*inside, ("close", name)] if kept else inside


def _classes(here: Element) -> list[str]:
    return here.get("class", "").split()


def _is_left_out(here: Element) -> bool:
    classes = _classes(here)
    if here.tag in ("ul", "ol", "nav"):
        return here.get("id") == "markdown-toc" or (here.tag == "nav" and "toc" in classes)
    if here.tag == "hr":
        return "footnotes-sep" in classes
    return here.tag == "a" and any("backref" in name or name == "reversefootnote" for name in classes)


def _is_kept(here: Element, name: str, pre: int) -> bool:
    if name in ("body", "math") or (pre and name in ("span", "code")):
        return False
    wrappers = ("highlight", "footnotes", "language-")
    return not (name in ("div", "section") and any(part.startswith(wrappers) for part in _classes(here)))


def _label(here: Element, name: str) -> str:
    if name == "img":
        return f"img {unquote(here.get('src', ''))}"
    if name == "input" and here.get("type") == "checkbox":
        return f"input {'x' if 'checked' in here.attrib else ' '}"
    return f"a {unquote(here.get('href', ''))}" if name == "a" else name


def _merge(tokens: Iterator[Token]) -> Iterator[Token]:
    """Joins neighbouring texts."""
    kind, text = "", ""
    for token in tokens:
        if kind and token[0] == kind:
            text += token[1]
            continue
        if kind:
            yield (kind, text)
        kind, text = token if token[0] in TEXTS else ("", "")
        if not kind:
            yield token
    if kind:
        yield (kind, text)


def select(tokens: list[Token], *, spans: bool) -> list[Token]:
    """The tokens that count: without inline tags or with them, white space as a browser shows it."""
    kept = (token for token in tokens if spans or token[0] in TEXTS or tag_name(token) not in SPANS)
    return list(_squeeze(_merge(kept)))


def tag_name(token: Token) -> str:
    """The tag of an opening or closing token."""
    return token[1].split(" ", 1)[0]


def _squeeze(tokens: Iterator[Token]) -> Iterator[Token]:
    at_edge, pending = True, ""
    for kind, value in tokens:
        if kind == "text":
            words = WHITE.sub(" ", value).translate(PLAIN).replace("[X]", "[x]")
            words = words.lstrip(" ") if at_edge else words
            if words:
                pending, at_edge = words, words.endswith(" ")
            continue
        if pending.strip(" \xa0"):
            yield ("text", pending.strip(" \xa0"))
        pending = ""
        if kind == "pre":
            code = "\n".join(line.rstrip() for line in value.strip("\n").split("\n")).translate(PLAIN)
            if code:
                yield (kind, code)
        else:
            at_edge = at_edge or tag_name((kind, value)) not in SPANS or value == "br"
            yield (kind, value)
    if pending.strip(" \xa0"):
        yield ("text", pending.strip(" \xa0"))


def loosen(tokens: list[Token]) -> list[Token]:
    """The tokens without the paragraphs that stand directly in list items."""
    kept: list[Token] = []
    stack: list[str] = []
    for token in tokens:
        name = tag_name(token)
        if token[0] == "open" and name not in EMPTY:
            in_item = bool(stack) and stack[-1] in ("li", "dd")
            stack.append("(p)" if name == "p" and in_item else name)
            if stack[-1] == "(p)":
                continue
        elif token[0] == "close" and name not in EMPTY and stack and stack.pop() == "(p)":
            continue
        kept.append(token)
    return kept


# -- what a person is shown ---------------------------------------------------------------------------------


def _written(html: str, *, loose: bool) -> list[str]:
    tokens = tokenise(html)
    return [f"{kind:5} {value}" for kind, value in select(loosen(tokens) if loose else tokens, spans=True)]


def show_difference(ours: str, theirs: str) -> str:
    """The differing tokens with a few around them, ours marked `-` and the engine's `+`."""
    mine, yours = _written(ours, loose=False), _written(theirs, loose=False)
    return "\n".join(difflib.unified_diff(mine, yours, "yearbook", "engine", n=3, lineterm=""))


def guess_cause(ours: str, theirs: str) -> str:
    """A word for the first difference; a guess, to sort posts by."""
    mine, yours = _written(ours, loose=True), _written(theirs, loose=True)
    pairs = zip_longest(mine, yours, fillvalue="")
    here = next((f"{a} {b}" for a, b in pairs if a != b), "")
    names = set(re.findall(r"(?:open |close)\s+(\S+)", here))
    for label, tags in FAMILIES.items():
        if names & tags:
            return label
    if "{:" in here:
        return "attribute lists"
    if names:
        return "HTML"
    return "escapes" if "\\" in here else "text"
