"""Reads what is inside a line as kramdown does: emphasis, code, links, HTML, math, typography.

A pass makes text (already HTML, nothing more to escape) and elements. Emphasis is tried and taken back when
its end is missing, as kramdown does; places where a try failed are remembered, and a budget bounds the rest.
"""

import re
from collections.abc import Callable
from html import unescape
from typing import NamedTuple, TypeAlias
from xml.etree.ElementTree import Element, SubElement

from yearbook.render.kramdown_attrs import Tag, read_attr_list, read_tag
from yearbook.render.kramdown_html import content_mode, find_comment_end
from yearbook.render.kramdown_links import read_destination
from yearbook.render.kramdown_smart import curl_quote
from yearbook.render.kramdown_tree import (
    MAX_HTML_DEPTH,
    NOT_IN_LINE_TAGS,
    TEXT_ONLY_TAGS,
    VOID_TAGS,
    PostState,
    escape_keeping_entities,
    escape_text,
    merge_attrs,
)

Piece: TypeAlias = str | Element

_SPECIAL = re.compile(r"[*_`!\[\]<>\\&${~\n\"'.-]")
_RAW_SPECIAL = re.compile(r"[<>&]")
_BREAK = re.compile(r"(?:  +|\\\\?)\n")
_ESCAPE = re.compile(r"\\([\\.*_+`<>()\[\]{}#!:|\"'$=~-])")
_CODE = re.compile(r"`+")
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AUTOLINK = re.compile(
    r"<((?:mailto:)?[\w.+-]+@[-\w]+(?:\.[-\w]+)*\.[a-zA-Z]+|(?:https?|ftps?):[^\s<>]+)>", re.ASCII
)
_MATH = re.compile(r"\$\$((?:[^$]|\$(?!\$))+)\$\$")
_SPAN_ATTRS = re.compile(r"\{:(?!:|/)((?:\\\}|[^}\n])*)\}")
_SPAN_EXTENSION = re.compile(r"\{::(\w+)[^}\n]*?(/)?\}")
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]")
_DASHES = re.compile(r"-{2,3}|\.\.\.|<<[ ]?|[ ]?>>")
_STRIKE = re.compile(r"~~(?=[^\s~])")
_SPACE = " \t\r\n\f\v"


class Frame(NamedTuple):
    """What is open where the pass stands."""

    kind: str
    stop: str
    """The text that closes the innermost element."""
    open_kinds: frozenset[str]
    depth: int
    out: "_Out"
    """Where what is read goes."""


class SpanParser:
    """Parses the lines of one post; it knows the post's definitions and collects the footnotes met."""

    def __init__(self, state: PostState, *, smart: bool, cjk: bool, stash: Callable[[str], str]) -> None:
        self.state = state
        self.smart = smart
        self.cjk = cjk
        self.stash = stash
        self.footnotes_met: list[str] = []

    def parse(self, text: str) -> list[Piece]:
        """The pieces of one text."""
        return _Pass(self, text).run()


class _Out:
    """Pieces while they are made; neighbouring texts are joined."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._texts: list[str] = []

    def text(self, html: str) -> None:
        if html:
            self._texts.append(html)

    def element(self, element: Element) -> Element:
        self._flush()
        self.pieces.append(element)
        return element

    def done(self) -> list[Piece]:
        self._flush()
        return self.pieces

    def is_empty(self) -> bool:
        return not self.pieces and not self._texts

    def last_element(self) -> Element | None:
        if self._texts or not self.pieces:
            return None
        last = self.pieces[-1]
        return None if isinstance(last, str) else last

    def _flush(self) -> None:
        if self._texts:
            self.pieces.append("".join(self._texts))
            self._texts = []


def fill(element: Element, pieces: list[Piece], at: int = 0) -> None:
    """Puts pieces into an element, before the child that is now at `at`."""
    last: Element | None = element[at - 1] if at else None
    for piece in pieces:
        if isinstance(piece, str):
            if last is None:
                element.text = (element.text or "") + piece
            else:
                last.tail = (last.tail or "") + piece
        else:
            element.insert(at, piece)
            at, last = at + 1, piece


class _Pass:
    def __init__(self, parser: SpanParser, text: str) -> None:
        self.parser = parser
        self.state = parser.state
        self.text = text
        self.size = len(text)
        self.failed: set[tuple[str, frozenset[str], int]] = set()
        self.budget = 200 * len(text) + 20_000
        self.brackets: dict[int, int] = {}
        self._rules: dict[str, Callable[[int, Frame], int]] = {
            "*": self._emphasis,
            "_": self._emphasis,
            "`": self._code,
            "[": self._link,
            "!": self._image,
            "<": self._angle,
            "\\": self._backslash,
            "&": self._entity,
            "$": self._math,
            "{": self._brace,
            "~": self._strike,
            "\n": self._newline,
            '"': self._quote,
            "'": self._quote,
            "-": self._typographic,
            ".": self._typographic,
            ">": self._typographic,
        }

    def run(self) -> list[Piece]:
        out = _Out()
        self._span(0, Frame("", "", frozenset(), 0, out))
        return out.done()

    def _span(self, pos: int, frame: Frame) -> int:
        """Reads until the frame's end; returns the place of its stop text, or -1 when the text ended."""
        text = self.text
        while found := _SPECIAL.search(text, pos):
            at = found.start()
            frame.out.text(text[pos:at])
            if frame.stop and self._stops(at, frame):
                return at
            self.budget -= 1
            pos = self._rules.get(text[at], self._plain)(at, frame)
        frame.out.text(text[pos:])
        return -1

    def _stops(self, at: int, frame: Frame) -> bool:
        if not self.text.startswith(frame.stop, at):
            return False
        if frame.kind in ("em", "strong"):
            return not frame.out.is_empty() and self._closes_emphasis(at, frame)
        if frame.kind == "del":
            return self.text[at - 1] not in _SPACE + "~"
        if frame.kind == "html":
            tag = read_tag(self.text, at)
            return tag is not None and tag.is_closing and tag.name == frame.stop[2:]
        return True

    def _plain(self, at: int, frame: Frame) -> int:
        frame.out.text(escape_text(self.text[at]))
        return at + 1

    def _literal(self, at: int, frame: Frame, size: int = 1) -> int:
        frame.out.text(escape_text(self.text[at : at + size]))
        return at + size

    # -- emphasis -------------------------------------------------------------------------------------------

    def _emphasis(self, at: int, frame: Frame) -> int:
        char = self.text[at]
        mark = char * 2 if self.text.startswith(char * 2, at) else char
        if not self._may_open(at, mark, frame):
            return self._literal(at, frame, len(mark))
        end = self._try_emphasis(at, mark, frame)
        if end < 0 and len(mark) == 2 and frame.kind != "em" and "em" not in frame.open_kinds:
            end = self._try_emphasis(at, char, frame)
        return end if end >= 0 else self._literal(at, frame, len(mark))

    def _may_open(self, at: int, mark: str, frame: Frame) -> bool:
        after = at + len(mark)
        if after >= self.size or self.text[after] in _SPACE or self.budget < 0:
            return False
        if mark[0] == "_" and at and not self._may_open_underscore(self.text[at - 1]):
            return False
        return ("em" if len(mark) == 1 else "strong") not in frame.open_kinds

    def _may_open_underscore(self, before: str) -> bool:
        return not before.isalpha()

    def _closes_emphasis(self, at: int, frame: Frame) -> bool:
        text, stop = self.text, frame.stop
        end = at + len(stop)
        if text[at - 1] in _SPACE:
            return False
        if frame.kind == "em" and text.startswith(stop * 2, at) and not text.startswith(stop, at + 2):
            return False
        return not (stop[0] == "_" and end < self.size and text[end].isalnum())

    def _try_emphasis(self, at: int, mark: str, frame: Frame) -> int:
        """Reads an emphasised span; -1 and nothing read when it does not close."""
        kind = "em" if len(mark) == 1 else "strong"
        start = at + len(mark)
        piece = _Out()
        inner = Frame(kind, mark, frame.open_kinds | {kind}, frame.depth, piece)
        key = (mark, inner.open_kinds, start)
        if key in self.failed:
            return -1
        stop = self._span(start, inner)
        if stop < 0:
            self.failed.add(key)
            return -1
        element = frame.out.element(Element(kind))
        fill(element, piece.done())
        return stop + len(mark)

    def _strike(self, at: int, frame: Frame) -> int:
        if not _STRIKE.match(self.text, at) or "del" in frame.open_kinds or self.budget < 0:
            return self._literal(at, frame)
        piece = _Out()
        inner = Frame("del", "~~", frame.open_kinds | {"del"}, frame.depth, piece)
        key = ("~~", inner.open_kinds, at + 2)
        stop = -1 if key in self.failed else self._span(at + 2, inner)
        if stop < 0:
            self.failed.add(key)
            return self._literal(at, frame, 2)
        fill(frame.out.element(Element("del")), piece.done())
        return stop + 2

    # -- code, breaks, characters ---------------------------------------------------------------------------

    def _code(self, at: int, frame: Frame) -> int:
        run = _CODE.match(self.text, at)
        size = len(run[0]) if run else 1
        if size == 1 and self._is_lone_tick(at):
            return self._literal(at, frame)
        end = self._find_ticks(at + size, size)
        if end < 0:
            return self._literal(at, frame, size)
        code = self.text[at + size : end]
        if size > 1:
            code = code.removeprefix(" ").removesuffix(" ")
        frame.out.element(Element("code")).text = escape_text(code)
        return end + size

    def _is_lone_tick(self, at: int) -> bool:
        before, after = self.text[at - 1 : at] if at else " ", self.text[at + 1 : at + 2] or " "
        return before in _SPACE and after in _SPACE

    def _find_ticks(self, pos: int, size: int) -> int:
        return self.text.find("`" * size, pos)

    def _newline(self, at: int, frame: Frame) -> int:
        frame.out.text("\n")
        return at + 1

    def _backslash(self, at: int, frame: Frame) -> int:
        if found := _BREAK.match(self.text, at):
            frame.out.element(Element("br")).tail = None
            frame.out.text("\n")
            return found.end()
        if found := _ESCAPE.match(self.text, at):
            frame.out.text(escape_text(found[1]))
            return found.end()
        frame.out.text("\\")
        return at + 1

    def _entity(self, at: int, frame: Frame) -> int:
        found = _ENTITY.match(self.text, at)
        if found is None or (found[1][0] != "#" and unescape(found[0]) == found[0]):
            return self._literal(at, frame)
        frame.out.text(found[0])
        return found.end()

    def _math(self, at: int, frame: Frame) -> int:
        found = _MATH.match(self.text, at)
        if found is None:
            return self._literal(at, frame)
        element = frame.out.element(Element("span", {"class": "math"}))
        element.text = escape_text(found[1].strip())
        return found.end()

    def _quote(self, at: int, frame: Frame) -> int:
        if not self.parser.smart:
            return self._literal(at, frame)
        curly, size = curl_quote(self.text, at)
        frame.out.text(curly)
        return at + size

    def _typographic(self, at: int, frame: Frame) -> int:
        found = _DASHES.match(self.text, at) if self.parser.smart else None
        if found is None:
            return self._literal(at, frame)
        made = {"--": "–", "---": "—", "...": "…", "<<": "«", "<< ": "«\u00a0", ">>": "»", " >>": "\u00a0»"}
        frame.out.text(made[found[0]])
        return found.end()

    # -- braces ---------------------------------------------------------------------------------------------

    def _brace(self, at: int, frame: Frame) -> int:
        last = frame.out.last_element()
        found = _SPAN_ATTRS.match(self.text, at)
        if found and last is not None and last.tag != "br":
            attrs = dict(last.items())
            merge_attrs(attrs, read_attr_list(found[1], self.state.attr_lists))
            last.attrib.update({key: escape_keeping_entities(value) for key, value in attrs.items()})
            return found.end()
        extension = _SPAN_EXTENSION.match(self.text, at)
        return self._extension(extension, frame) if extension else self._literal(at, frame)

    def _extension(self, start: re.Match[str], frame: Frame) -> int:
        body, end = "", start.end()
        if not start[2]:
            close = re.compile(rf"\{{:/(?:{start[1]})?\}}").search(self.text, end)
            if close is None:
                return self._literal(start.start(), frame)
            body, end = self.text[end : close.start()], close.end()
        if start[1] == "nomarkdown":
            frame.out.text(self.parser.stash(body))
        return end

    # -- links ----------------------------------------------------------------------------------------------

    def _image(self, at: int, frame: Frame) -> int:
        if not self.text.startswith("[", at + 1):
            return self._literal(at, frame)
        close = self._find_bracket(at + 2)
        target = read_destination(self.text, at + 2, close, self.state.links) if close >= 0 else None
        if target is None:
            return self._literal(at, frame, 2)
        image = frame.out.element(Element("img"))
        image.set("src", escape_keeping_entities(target.address))
        image.set("alt", escape_keeping_entities(_plain_alt(self.text[at + 2 : close])))
        if target.title:
            image.set("title", escape_keeping_entities(target.title))
        return target.end

    def _link(self, at: int, frame: Frame) -> int:
        note = _FOOTNOTE.match(self.text, at)
        if note and note[1] in self.state.footnotes:
            self._footnote(note[1], frame)
            return note.end()
        if "a" in frame.open_kinds:
            return self._literal(at, frame)
        close = self._find_bracket(at + 1)
        target = read_destination(self.text, at + 1, close, self.state.links) if close >= 0 else None
        if target is None:
            return self._literal(at, frame)
        link = frame.out.element(Element("a", {"href": escape_keeping_entities(target.address)}))
        if target.title:
            link.set("title", escape_keeping_entities(target.title))
        fill(link, self._span_within(at + 1, close, frame))
        return target.end

    def _span_within(self, start: int, end: int, frame: Frame) -> list[Piece]:
        """The pieces of a link's text, in which there are no links."""
        inner = _Pass(self.parser, self.text[:end])
        inner.budget = self.budget
        out = _Out()
        inner._span(start, Frame("", "", frame.open_kinds | {"a"}, frame.depth, out))
        self.budget = inner.budget
        return out.done()

    def _find_bracket(self, start: int) -> int:
        """Where the bracket opened before `start` is closed; brackets in code and HTML do not count."""
        if start not in self.brackets:
            self._pair_brackets(start)
        return self.brackets[start]

    def _pair_brackets(self, start: int) -> None:
        stack, at, text = [start], start, self.text
        while stack and at < self.size:
            found = re.compile(r"[\[\]`\\<]").search(text, at)
            if found is None:
                break
            at = found.start()
            char = text[at]
            if char == "[":
                stack.append(at + 1)
                at += 1
            elif char == "]":
                self.brackets[stack.pop()] = at
                at += 1
            else:
                at = self._skip(at)
        for left in stack:
            self.brackets[left] = -1

    def _skip(self, at: int) -> int:
        """Past the code span, tag or escaped character at `at`."""
        if self.text[at] == "`":
            return self._code(at, Frame("", "", frozenset(), 0, _Out()))
        if self.text[at] == "\\":
            return at + 2 if _ESCAPE.match(self.text, at) else at + 1
        tag = read_tag(self.text, at)
        return tag.end if tag else at + 1

    def _footnote(self, name: str, frame: Frame) -> None:
        met = self.parser.footnotes_met
        again = name in met
        if not again:
            met.append(name)
        number = met.index(name) + 1
        sup = frame.out.element(Element("sup", {"id": f"fnref:{name}", "role": "doc-noteref"}))
        if again:
            del sup.attrib["id"]
        link = SubElement(sup, "a", {"href": f"#fn:{name}", "class": "footnote", "rel": "footnote"})
        link.text = str(number)

    # -- HTML -----------------------------------------------------------------------------------------------

    def _angle(self, at: int, frame: Frame) -> int:
        text = self.text
        if found := _AUTOLINK.match(text, at):
            self._autolink(found[1], frame)
            return found.end()
        if text.startswith("<!--", at):
            end = find_comment_end(text, at)
            if end >= 0:
                frame.out.text(self.parser.stash(text[at:end]))
                return end
        tag = read_tag(text, at)
        if tag is None or tag.is_closing or tag.name in NOT_IN_LINE_TAGS or frame.depth > MAX_HTML_DEPTH:
            return self._typographic(at, frame) if tag is None else self._literal(at, frame)
        return self._element(tag, frame)

    def _autolink(self, address: str, frame: Frame) -> None:
        href = address if ":" in address else f"mailto:{address}"
        link = frame.out.element(Element("a", {"href": escape_keeping_entities(href)}))
        link.text = escape_keeping_entities(address.removeprefix("mailto:"))

    def _element(self, tag: Tag, frame: Frame) -> int:
        attrs = {key: escape_keeping_entities(value) for key, value in tag.attrs.items() if key != "markdown"}
        element = frame.out.element(Element(tag.name, attrs))
        if tag.name in VOID_TAGS or tag.is_self_closed:
            return tag.end
        if tag.name in TEXT_ONLY_TAGS:
            return self._verbatim(tag, element)
        mode = content_mode(tag, default="1" if self.state.parse_span_html else "0")
        piece = _Out()
        stop = f"</{tag.name}"
        kinds = frame.open_kinds | {"a"} if tag.name == "a" else frame.open_kinds
        inner = Frame("html", stop, kinds, frame.depth + 1, piece)
        end = self._raw_span(tag.end, inner) if mode == "raw" else self._span(tag.end, inner)
        fill(element, piece.done())
        if end < 0:
            return self.size
        closing = read_tag(self.text, end)
        return closing.end if closing else self.size

    def _verbatim(self, tag: Tag, element: Element) -> int:
        close = re.compile(rf"</{tag.name}\s*>", re.IGNORECASE).search(self.text, tag.end)
        element.text = self.text[tag.end : close.start() if close else self.size]
        return close.end() if close else self.size

    def _raw_span(self, pos: int, frame: Frame) -> int:
        """Reads an element whose text is not Markdown; tags in it still count."""
        while found := _RAW_SPECIAL.search(self.text, pos):
            at = found.start()
            frame.out.text(self.text[pos:at])
            if self._stops(at, frame):
                return at
            if self.text[at] == "<":
                pos = self._angle(at, frame)
            elif self.text[at] == "&":
                pos = self._entity(at, frame)
            else:
                pos = self._literal(at, frame)
        frame.out.text(self.text[pos:])
        return -1


def _plain_alt(text: str) -> str:
    return re.sub(r"\\([\\.*_+`<>()\[\]{}#!:|\"'$=~-])", r"\1", text)
