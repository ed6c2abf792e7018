"""HTML in a post: blocks of raw HTML, elements whose content is Markdown again, and where both end."""

import re
from typing import TYPE_CHECKING

from yearbook.render.kramdown_attrs import Tag, read_tag
from yearbook.render.kramdown_tree import (
    BLOCK_CONTENT_TAGS,
    MAX_BLOCK_DEPTH,
    MAX_HTML_DEPTH,
    SPAN_CONTENT_TAGS,
    SPAN_TAGS,
    TEXT_ONLY_TAGS,
    VOID_TAGS,
    Node,
)

if TYPE_CHECKING:
    from yearbook.render.kramdown_blocks import BlockParser

_START = re.compile(r" {0,3}(?=<)")
_LAZY_STOP = re.compile(r" {0,3}<(/?)([^\W\d][\w:.-]*)")
_CLOSE_REST = re.compile(r"\s*>", re.ASCII)
_REST_BLANK = re.compile(r"[ \t]*\n")


def ends_lazy(text: str, pos: int) -> bool:
    """Does an HTML block or its end start in the line at `pos`?"""
    found = _LAZY_STOP.match(text, pos)
    if found is None or found[2] in SPAN_TAGS or found[2] == "script":
        return False
    return not found[1] or bool(_CLOSE_REST.match(text, found.end()))


def at_closing_tag(parser: "BlockParser", name: str) -> bool:
    """Does the closing tag of the element that is being read stand here? If so the parser moves past it."""
    start = _START.match(parser.text, parser.pos)
    tag = read_tag(parser.text, start.end()) if start else None
    if tag is None or not tag.is_closing or tag.name != name:
        return False
    parser.pos = tag.end
    return True


def find_comment_end(text: str, pos: int) -> int:
    """Where the comment that starts at `pos` ends, or -1."""
    end = text.find("-->", pos + 4)
    return end + 3 if end >= 0 else -1


def read_html(parser: "BlockParser") -> bool:
    """Reads a comment or an HTML element, if one starts here."""
    text = parser.text
    if text.startswith("<!--", parser.pos):
        end = parser.find("-->", parser.pos + 4)
        if end < 0:
            return False
        parser.add(Node("raw", 0, text[parser.pos : end + 3]))
        parser.pos = end + 3
        _skip_rest(parser)
        return True
    start = _START.match(text, parser.pos)
    tag = read_tag(text, start.end()) if start else None
    if tag is None or tag.is_closing or tag.name.lower() in SPAN_TAGS:
        return False
    _read_element(parser, tag)
    return True


def _read_element(parser: "BlockParser", tag: Tag) -> None:
    node = parser.add(Node("html", parser.line_number(), note=tag.name))
    mode = content_mode(tag, default="1" if parser.state.parse_block_html else "0")
    node.add_attrs({key: value for key, value in tag.attrs.items() if key != "markdown"})
    if tag.name in VOID_TAGS or (tag.is_self_closed and tag.name not in TEXT_ONLY_TAGS):
        node.kind = "void"
        parser.pos = tag.end
    elif mode == "block" and parser.depth_inside < MAX_BLOCK_DEPTH:
        _read_block_content(parser, tag, node)
    elif mode == "span":
        parser.pos = _read_span_content(parser.text, tag, node)
    else:
        parser.pos = _read_raw(parser, tag.end, node)
    if _skip_rest(parser) and (node.kind == "void" or tag.name in TEXT_ONLY_TAGS):
        parser.nodes.append(Node("blank", 0))


def _read_block_content(parser: "BlockParser", tag: Tag, node: Node) -> None:
    parser.pos = tag.end
    _skip_rest(parser)
    parser.open_tags.append(tag.name)
    node.children = parser.parse(tag.name)
    parser.open_tags.pop()


def content_mode(tag: Tag, default: str) -> str:
    """How the content of an element is read: `raw`, `block` or `span`."""
    asked = tag.attrs.get("markdown", default)
    if asked in ("block", "span"):
        return asked
    if asked == "0" or tag.name in TEXT_ONLY_TAGS:
        return "raw"
    if tag.name in BLOCK_CONTENT_TAGS:
        return "block"
    return "span" if tag.name in SPAN_CONTENT_TAGS else "raw"


def _skip_rest(parser: "BlockParser") -> bool:
    """Goes past the end of the line if nothing but blanks is left in it."""
    rest = _REST_BLANK.match(parser.text, parser.pos)
    if rest:
        parser.pos = rest.end()
    return bool(rest)


def _read_span_content(text: str, tag: Tag, node: Node) -> int:
    close = re.compile(rf"</{re.escape(tag.name)}\s*>", re.IGNORECASE).search(text, tag.end)
    end = close.start() if close else len(text)
    node.children = [Node("spans", 0, text[tag.end : end])]
    return close.end() if close else end


def _read_raw(parser: "BlockParser", pos: int, root: Node) -> int:
    """Reads the raw content of `root` up to its closing tag; returns where the text goes on."""
    text, stack = parser.text, [root]
    if root.note in TEXT_ONLY_TAGS:
        return _read_text_only(text, pos, root)
    while True:
        at = text.find("<", pos)
        if at < 0:
            _add_text(stack[-1], text[pos:])
            return len(text)
        _add_text(stack[-1], text[pos:at])
        pos = _read_markup(parser, at, stack)
        if not stack:
            return pos


def _read_markup(parser: "BlockParser", at: int, stack: list[Node]) -> int:
    """Reads the comment, instruction or tag at `at` into the innermost open element, or one `<` as text."""
    text = parser.text
    for start, stop in (("<!--", "-->"), ("<?", "?>")):
        end = parser.find(stop, at + len(start)) if text.startswith(start, at) else -1
        if end >= 0:
            stack[-1].children.append(Node("raw", 0, text[at : end + len(stop)]))
            return end + len(stop)
    tag = read_tag(text, at)
    if tag is None or (tag.is_closing and tag.name != stack[-1].note):
        end = tag.end if tag else at + 1
        _add_text(stack[-1], text[at:end])
        return end
    if tag.is_closing:
        stack.pop()
        return tag.end
    return _open_raw(parser, tag, stack)


def _open_raw(parser: "BlockParser", tag: Tag, stack: list[Node]) -> int:
    node = Node("html", 0, note=tag.name)
    node.attrs = {key: value for key, value in tag.attrs.items() if key != "markdown"}
    stack[-1].children.append(node)
    if tag.name in VOID_TAGS or (tag.is_self_closed and tag.name not in TEXT_ONLY_TAGS):
        node.kind = "void"
        return tag.end
    if tag.name in TEXT_ONLY_TAGS:
        return _read_text_only(parser.text, tag.end, node)
    mode = content_mode(tag, "0")
    if mode == "span":
        return _read_span_content(parser.text, tag, node)
    if mode == "block" and parser.depth_inside < MAX_BLOCK_DEPTH:
        _read_block_content(parser, tag, node)
        return parser.pos
    if len(stack) < MAX_HTML_DEPTH:
        stack.append(node)
    return tag.end


def _read_text_only(text: str, pos: int, node: Node) -> int:
    close = re.compile(rf"</{node.note}\s*>", re.IGNORECASE).search(text, pos)
    end = close.start() if close else len(text)
    node.children.append(Node("verbatim", 0, text[pos:end]))
    return close.end() if close else end


def _add_text(node: Node, text: str) -> None:
    if text:
        node.children.append(Node("text", 0, text))
