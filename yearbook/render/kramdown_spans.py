"""Reads what is inside a line as kramdown does: emphasis, code, links, HTML, math, typography.

A pass makes text (already HTML, nothing more to escape) and elements. Emphasis and links are tried and taken
back when their end is missing, as kramdown does; places where a try failed are remembered, and a budget
bounds the rest, so that no text takes longer than a few times its length.
"""

import re
from collections.abc import Callable
from html.entities import name2codepoint
from typing import NamedTuple, TypeAlias
from xml.etree.ElementTree import Element, SubElement

from yearbook.render.cjk import is_cjk_letter, is_loose_phrase, is_punctuation
from yearbook.render.kramdown_attrs import Tag, read_attr_list, read_tag
from yearbook.render.kramdown_html import content_mode, find_comment_end
from yearbook.render.kramdown_links import Target, Targets
from yearbook.render.kramdown_smart import curl_quote
from yearbook.render.kramdown_tree import (
    MAX_HTML_DEPTH,
    NOT_IN_LINE_TAGS,
    TEXT_ONLY_TAGS,
    VOID_TAGS,
    WHITE,
    PostState,
    escape_keeping_entities,
    escape_text,
    merge_attrs,
)

Piece: TypeAlias = str | Element

_SPECIAL = re.compile(r"[*_`!\[\]<>\\&${~\n\"'.-]")
_RAW_SPECIAL = re.compile(r"[<&]")
_ESCAPE = re.compile(r"\\([\\.*_+`<>()\[\]{}#!:|\"'$=~-])")
_CODE = re.compile(r"`+")
_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));", re.ASCII)
_AUTOLINK = re.compile(
    r"<((?:https?|ftps?|mailto):[^\n>]{1,2000}|[-.\w]{1,200}@[-.\w]{1,200})>"
)
_MATH = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_STRIKE_START = re.compile(r"~~(?=[^\s~])", re.ASCII)
_STRIKE_END = re.compile(r"(?<=[^\s~])~~", re.ASCII)
_SPAN_ATTRS = re.compile(r"\{:(?![:/])((?:\\\}|[^}\n]){1,1000})\}")
_SPAN_EXTENSION = re.compile(r"\{::(comment|nomarkdown|options)\b[^}\n]*?(/)?\}", re.ASCII)
_FOOTNOTE = re.compile(r"\[\^([\w-]+)\]", re.ASCII)
_TYPOGRAPHIC = re.compile(r"-{2,3}|\.\.\.|<<(?: (?=\S))?|>>", re.ASCII)
_TYPOGRAPHIC_FORMS = {"--": "–", "---": "—", "...": "…", "<<": "«", "<< ": "«\u00a0", ">>": "»"}
_CLOSE_REST = re.compile(r"\s*>", re.ASCII)
_MAX_OPEN_IMAGES = 4
_LONGEST_LOOSE_PHRASE = 100


class Frame(NamedTuple):
    """What is open where the pass stands."""

    kind: str
    """`emphasis`, `link`, `html`, or nothing for a whole text."""
    stop: str
    """The text that closes the innermost element."""
    open_kinds: frozenset[str]
    """Which of em, strong and link are open, at any depth."""
    depth: int
    """How many HTML elements are open."""
    out: "_Out"
    """Where what is read goes."""
    brackets: list[int]
    """In a link: where each bracket that is open began, the link's own first."""
    passed: list[int]
    """In emphasis: the places it went past; when it does not close here, it does not from there."""


class RawElement(Element):
    """An HTML element of the post in which nothing is Markdown."""


class SpanParser:
    """Parses the texts of one post; it knows the post's definitions and collects the footnotes met."""

    def __init__(self, state: PostState, *, smart: bool, cjk: bool, stash: Callable[[str], str]) -> None:
        self.state = state
        self.smart = smart
        self.cjk = cjk
        self.stash = stash
        self.footnotes_met: dict[str, int] = {}
        """How often each footnote was referred to, in the order of first mention."""

    def parse(self, text: str, *, in_html: bool = False) -> list[Piece]:
        """The pieces of one text; `in_html` says that it stands in an HTML element."""
        pieces = _Pass(self, text).run(frozenset(), depth=int(in_html))
        return mark_abbreviations(pieces, self.state.abbreviations) if self.state.abbreviations else pieces


class _Out:
    """Pieces while they are made; neighbouring texts are joined."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._texts: list[str] = []
        self.is_after_sign = False
        """Whether a sign was read last that is an element to the engine, and takes an attribute list."""

    def text(self, html: str) -> None:
        if html:
            self._texts.append(html)
            self.is_after_sign = False

    def sign(self, html: str) -> None:
        self._texts.append(html)
        self.is_after_sign = True

    def element(self, element: Element) -> Element:
        self._flush()
        self.pieces.append(element)
        self.is_after_sign = False
        return element

    def done(self) -> list[Piece]:
        self._flush()
        return self.pieces

    def is_empty(self) -> bool:
        return not self.pieces and not self._texts

    def ends_with(self, ending: str) -> bool:
        return bool(self._texts) and self._texts[-1].endswith(ending)

    def bind_blank(self) -> None:
        """Makes the blank that was read last one at which no line breaks."""
        if self.ends_with(" "):
            self._texts[-1] = self._texts[-1][:-1] + "\u00a0"

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
        if not isinstance(piece, str):
            element.insert(at, piece)
            at, last = at + 1, piece
        elif last is None:
            element.text = (element.text or "") + piece
        else:
            last.tail = (last.tail or "") + piece


def mark_abbreviations(pieces: list[Piece], known: dict[str, str]) -> list[Piece]:
    """The pieces with every known abbreviation in an element that says what it stands for."""
    names = sorted((escape_text(name) for name in known), key=len, reverse=True)
    rule = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.ASCII)
    titles = {escape_text(name): escape_text(title) for name, title in known.items()}
    return _mark(pieces, rule, titles)


def _mark(pieces: list[Piece], rule: re.Pattern[str], titles: dict[str, str]) -> list[Piece]:
    marked: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str):
            marked += _mark_text(piece, rule, titles)
            continue
        if not isinstance(piece, RawElement) and piece.tag != "code" and piece.get("class") != "math":
            inner = _pieces_in(piece)
            for child in list(piece):
                piece.remove(child)
            piece.text = None
            fill(piece, _mark(inner, rule, titles))
        marked.append(piece)
    return marked


def _mark_text(text: str, rule: re.Pattern[str], titles: dict[str, str]) -> list[Piece]:
    marked: list[Piece] = []
    at = 0
    for found in rule.finditer(text):
        element = Element("abbr", {"title": titles[found[0]]} if titles[found[0]] else {})
        element.text = found[0]
        marked += [text[at : found.start()], element]
        at = found.end()
    return [*marked, text[at:]]


def _pieces_in(element: Element) -> list[Piece]:
    pieces: list[Piece] = [element.text or ""]
    for child in element:
        pieces += [child, child.tail or ""]
        child.tail = None
    return pieces


class _Pass:
    """One text, read once from left to right; rules take a place and a frame and give the next place."""

    def __init__(self, parser: SpanParser, text: str) -> None:
        self.parser = parser
        self.state = parser.state
        self.text = text
        self.size = len(text)
        self.budget = 20 * len(text) + 10_000
        self.failed: set[tuple[str, frozenset[str], int]] = set()
        """Places from which emphasis does not close: its mark, what is open, where it goes on."""
        self.failed_starts: set[tuple[str, frozenset[str], int]] = set()
        self.closed_at: dict[tuple[frozenset[str], int], int] = {}
        """Where a bracket closes, by what else is open: -1 when it does not."""
        self.targets = Targets(text, parser.state.links)
        self.open_images = 0
        self.no_ticks_after: dict[int, int] = {}
        self.no_strike_after = self.no_comment_after = self.size
        self._rules: dict[str, Callable[[int, Frame], int]] = {
            "*": self._emphasis,
            "_": self._emphasis,
            "`": self._code,
            "[": self._link,
            "]": self._bracket,
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

    def run(self, open_kinds: frozenset[str], depth: int) -> list[Piece]:
        """The pieces of the whole text."""
        out = _Out()
        self._span(0, Frame("", "", open_kinds, depth, out, [], []))
        return out.done()

    def _span(self, pos: int, frame: Frame) -> int:
        """Reads until the frame's end; gives the place of its stop, or -1 when the text ended first."""
        text = self.text
        while found := _SPECIAL.search(text, pos):
            at = found.start()
            frame.out.text(text[pos:at])
            if frame.stop and self._stops(at, frame):
                return at
            self.budget -= 1
            pos = self._rules[text[at]](at, frame)
            if frame.kind == "emphasis":
                if (frame.stop, frame.open_kinds, pos) in self.failed:
                    return -1
                frame.passed.append(pos)
        frame.out.text(text[pos:])
        return -1

    def _stops(self, at: int, frame: Frame) -> bool:
        if frame.kind == "link":
            return self.text[at] == "]" and len(frame.brackets) == 1
        if frame.kind == "html":
            return self._closes_tag(at, frame.stop)
        return (
            self.text.startswith(frame.stop, at)
            and not frame.out.is_empty()
            and self._closes_emphasis(at, frame)
        )

    def _closes_tag(self, at: int, stop: str) -> bool:
        end = at + len(stop)
        return self.text[at:end].lower() == stop.lower() and bool(_CLOSE_REST.match(self.text, end))

    def _literal(self, at: int, frame: Frame, size: int = 1) -> int:
        frame.out.text(escape_text(self.text[at : at + size]))
        return at + size

    # -- emphasis -------------------------------------------------------------------------------------------

    def _emphasis(self, at: int, frame: Frame) -> int:
        char = self.text[at]
        mark = char * 2 if self.text.startswith(char * 2, at) else char
        end = self._try_emphasis(at, mark, frame) if self._may_open(at, mark, frame) else -1
        if end < 0 and mark == "**" and self.parser.cjk and "strong" not in frame.open_kinds:
            end = self._loose_phrase(at + 2, frame)
        if end < 0 and len(mark) == 2 and frame.stop not in ("*", "_") and self._may_open(at, mark, frame):
            end = self._try_emphasis(at, char, frame)
        return end if end >= 0 else self._literal(at, frame, len(mark))

    def _loose_phrase(self, start: int, frame: Frame) -> int:
        """Reads a CJK phrase with a blank too many inside its marks, which the engine would print."""
        close = self.text.find("**", start, start + _LONGEST_LOOSE_PHRASE)
        if close < 0 or not is_loose_phrase(self.text, start, close):
            return -1
        phrase = self.text[start:close]
        inner = phrase.strip(" ")
        frame.out.text(phrase[: len(phrase) - len(phrase.lstrip(" "))])
        fill(frame.out.element(Element("strong")), self._pieces_of(inner, frame))
        frame.out.text(phrase[len(phrase.rstrip(" ")) :])
        return close + 2

    def _may_open(self, at: int, mark: str, frame: Frame) -> bool:
        after = at + len(mark)
        if after >= self.size or self.text[after] in WHITE or self.budget < 0:
            return False
        if mark[0] == "_" and self._is_in_word(at):
            return False
        return ("em" if len(mark) == 1 else "strong") not in frame.open_kinds

    def _is_in_word(self, at: int) -> bool:
        """Is there a letter before this place, a hyphen between them or not?"""
        before = self.text[max(at - 2, 0) : at]
        return before[-1:].isalpha() or (before[-1:] == "-" and before[:1].isalpha())

    def _closes_emphasis(self, at: int, frame: Frame) -> bool:
        text, stop = self.text, frame.stop
        end = at + len(stop)
        if text[at - 1] in WHITE:
            return False
        if len(stop) == 1 and text.startswith(stop * 2, at) and not text.startswith(stop, at + 2):
            return False
        after = text[end : end + 1]
        if stop[0] == "*" or not after.isalnum():
            return True
        is_particle = self.parser.cjk and is_cjk_letter(after)
        return is_particle and (is_cjk_letter(text[at - 1]) or is_punctuation(text[at - 1]))

    def _try_emphasis(self, at: int, mark: str, frame: Frame) -> int:
        """Reads an emphasised span; -1, and nothing written, when it does not close."""
        kind = "em" if len(mark) == 1 else "strong"
        start = at + len(mark)
        inner = Frame("emphasis", mark, frame.open_kinds | {kind}, frame.depth, _Out(), [], [])
        key = (mark, inner.open_kinds, start)
        stop = -1 if key in self.failed_starts or key in self.failed else self._span(start, inner)
        if stop < 0:
            self.failed_starts.add(key)
            self.failed.update((mark, inner.open_kinds, passed) for passed in inner.passed)
            return -1
        fill(frame.out.element(Element(kind)), inner.out.done())
        return stop + len(mark)

    def _strike(self, at: int, frame: Frame) -> int:
        found = None
        if _STRIKE_START.match(self.text, at) and at < self.no_strike_after:
            found = _STRIKE_END.search(self.text, at + 3)
            self.no_strike_after = self.size if found else at
        if found is None:
            return self._literal(at, frame)
        pieces = self._pieces_of(self.text[at + 2 : found.start()], frame)
        fill(frame.out.element(Element("del")), pieces)
        return found.end()

    def _pieces_of(self, text: str, frame: Frame) -> list[Piece]:
        """The pieces of a text that stands for itself inside this one."""
        self.budget -= len(text)
        return _Pass(self.parser, text).run(frozenset(), frame.depth + 1)

    # -- code, breaks, characters ---------------------------------------------------------------------------

    def _code(self, at: int, frame: Frame) -> int:
        found = _CODE.match(self.text, at)
        size = len(found[0]) if found else 1
        end = -1 if size == 1 and self._is_lone_tick(at) else self._find_ticks(at + size, size)
        if end < 0:
            return self._literal(at, frame, size)
        code = self.text[at + size : end]
        if size > 1:
            code = code.removeprefix(" ").removesuffix(" ")
        frame.out.element(Element("code")).text = escape_text(code)
        return end + size

    def _is_lone_tick(self, at: int) -> bool:
        before, after = self.text[at - 1 : at] if at else " ", self.text[at + 1 : at + 2] or " "
        return before in WHITE and after in WHITE

    def _find_ticks(self, pos: int, size: int) -> int:
        if pos >= self.no_ticks_after.get(size, self.size):
            return -1
        end = self.text.find("`" * size, pos)
        if end < 0:
            self.no_ticks_after[size] = pos
        return end

    def _newline(self, at: int, frame: Frame) -> int:
        breaks = not frame.depth if self.state.hard_wrap else frame.out.ends_with("  ")
        if breaks:
            frame.out.element(Element("br"))
        frame.out.text("\n")
        return at + 1

    def _backslash(self, at: int, frame: Frame) -> int:
        for mark in () if self.state.hard_wrap else ("\\\n", "\\\\\n"):
            if self.text.startswith(mark, at) and (len(mark) == 3 or not frame.depth):
                frame.out.element(Element("br"))
                frame.out.text("\n")
                return at + len(mark)
        found = _ESCAPE.match(self.text, at)
        if found is None:
            return self._literal(at, frame)
        if self.text.startswith("$$", at + 1):
            frame.out.text("$$")
            return at + 3
        frame.out.text(escape_text(found[1]))
        return found.end()

    def _entity(self, at: int, frame: Frame) -> int:
        found = _ENTITY.match(self.text, at)
        if found is None or (found[3] and found[3] != "apos" and found[3] not in name2codepoint):
            return self._literal(at, frame)
        frame.out.sign(found[0])
        return found.end()

    def _math(self, at: int, frame: Frame) -> int:
        found = _MATH.match(self.text, at)
        if found is None:
            return self._literal(at, frame)
        element = frame.out.element(Element("span", {"class": "math"}))
        element.text = escape_text(found[1].strip(WHITE))
        return found.end()

    def _quote(self, at: int, frame: Frame) -> int:
        if not self.parser.smart:
            return self._literal(at, frame)
        curly, size = curl_quote(self.text, at)
        frame.out.sign(curly)
        return at + size

    def _typographic(self, at: int, frame: Frame) -> int:
        found = _TYPOGRAPHIC.match(self.text, at)
        if found is None:
            return self._literal(at, frame)
        if not self.parser.smart:
            return self._literal(at, frame, found.end() - at)
        if found[0] == ">>":
            frame.out.bind_blank()
        frame.out.sign(_TYPOGRAPHIC_FORMS[found[0]])
        return found.end()

    # -- braces ---------------------------------------------------------------------------------------------

    def _brace(self, at: int, frame: Frame) -> int:
        last = frame.out.last_element()
        takes = frame.out.is_after_sign or last is not None
        found = _SPAN_ATTRS.match(self.text, at) if takes else None
        if found and last is None:
            return found.end()
        if found and last is not None:
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
        if start[1] == "comment":
            frame.out.text(self.parser.stash(f"<!-- {body} -->"))
        elif start[1] == "nomarkdown":
            frame.out.text(self.parser.stash(body))
        return end

    # -- links ----------------------------------------------------------------------------------------------

    def _bracket(self, at: int, frame: Frame) -> int:
        if len(frame.brackets) > 1:
            self.closed_at[frame.open_kinds, frame.brackets.pop()] = at
        return self._literal(at, frame)

    def _image(self, at: int, frame: Frame) -> int:
        if not self.text.startswith("[", at + 1):
            return self._literal(at, frame)
        if self.text.startswith("^", at + 2):
            if frame.brackets:
                frame.brackets.append(at + 1)
            return self._literal(at, frame)
        self.open_images += 1
        target, _, close = self._try_link(at + 2, frame)
        self.open_images -= 1
        if target is None:
            frame.out.text("!")
            return self._open_bracket(at + 1, frame)
        image = frame.out.element(Element("img"))
        image.set("src", escape_keeping_entities(target.address))
        image.set("alt", escape_keeping_entities(_ESCAPE.sub(r"\1", self.text[at + 2 : close])))
        if target.title:
            image.set("title", escape_keeping_entities(target.title))
        return target.end

    def _link(self, at: int, frame: Frame) -> int:
        if self.text.startswith("^", at + 1):
            return self._caret(at, frame)
        if "link" in frame.open_kinds:
            return self._open_bracket(at, frame)
        target, pieces, _ = self._try_link(at + 1, frame)
        if target is None:
            return self._open_bracket(at, frame)
        link = frame.out.element(Element("a", {"href": escape_keeping_entities(target.address)}))
        if target.title:
            link.set("title", escape_keeping_entities(target.title))
        fill(link, pieces)
        return target.end

    def _caret(self, at: int, frame: Frame) -> int:
        """Reads the mark of a footnote; in a link it counts as a bracket that stays open."""
        note = _FOOTNOTE.match(self.text, at)
        if note is None:
            return self._open_bracket(at, frame)
        if frame.brackets:
            frame.brackets.append(at + 1)
        if note[1] not in self.state.footnotes:
            return self._literal(at, frame, note.end() - at)
        self._footnote(note[1], frame)
        return note.end()

    def _open_bracket(self, at: int, frame: Frame) -> int:
        if frame.brackets:
            frame.brackets.append(at + 1)
        return self._literal(at, frame)

    def _try_link(self, start: int, frame: Frame) -> tuple[Target | None, list[Piece], int]:
        """The link whose text starts here: where it leads, its pieces, and where its bracket closes."""
        kinds = frame.open_kinds | {"link"}
        key = (kinds, start)
        known = self.closed_at.get(key)
        if known is not None and (known < 0 or not self.targets.find(start, known)):
            return None, [], -1
        if self.budget < 0 or self.open_images > _MAX_OPEN_IMAGES:
            return None, [], -1
        inner = Frame("link", "]", kinds, frame.depth, _Out(), [start], [])
        close = self._span(start, inner)
        self.closed_at[key] = close
        if close < 0:
            self.closed_at.update({(kinds, left): -1 for left in inner.brackets})
            return None, [], -1
        return self.targets.find(start, close), inner.out.done(), close

    def _footnote(self, name: str, frame: Frame) -> None:
        met = self.parser.footnotes_met
        times = met[name] = met.get(name, 0) + 1
        number = list(met).index(name) + 1
        mark = f"fnref:{name}" if times == 1 else f"fnref:{name}:{times - 1}"
        sup = frame.out.element(Element("sup", {"id": mark, "role": "doc-noteref"}))
        link = SubElement(sup, "a", {"href": f"#fn:{name}", "class": "footnote", "rel": "footnote"})
        link.text = str(number)

    # -- HTML -----------------------------------------------------------------------------------------------

    def _angle(self, at: int, frame: Frame) -> int:
        found = _AUTOLINK.match(self.text, at)
        if found:
            return self._autolink(found, frame)
        if self.text.startswith("<!--", at):
            return self._comment(at, frame)
        tag = read_tag(self.text, at) if frame.depth <= MAX_HTML_DEPTH else None
        if tag is None:
            return self._typographic(at, frame)
        if tag.is_closing or tag.name in NOT_IN_LINE_TAGS:
            return self._literal(at, frame)
        return self._element(tag, frame, raw=False)

    def _comment(self, at: int, frame: Frame) -> int:
        end = find_comment_end(self.text, at) if at < self.no_comment_after else -1
        if end < 0:
            self.no_comment_after = min(at, self.no_comment_after)
            return self._literal(at, frame)
        frame.out.sign(self.parser.stash(self.text[at:end]))
        return end

    def _autolink(self, found: re.Match[str], frame: Frame) -> int:
        address = found[1]
        href = address if ":" in address else f"mailto:{address}"
        link = frame.out.element(Element("a", {"href": escape_keeping_entities(href)}))
        link.text = escape_keeping_entities(address.removeprefix("mailto:"))
        return found.end()

    def _element(self, tag: Tag, frame: Frame, *, raw: bool) -> int:
        attrs = {key: escape_keeping_entities(value) for key, value in tag.attrs.items() if key != "markdown"}
        default = "1" if self.state.parse_span_html and not raw else "0"
        is_raw = content_mode(tag, default) == "raw" or tag.attrs.get("markdown") == "block"
        element = frame.out.element(RawElement(tag.name, attrs) if is_raw else Element(tag.name, attrs))
        if tag.name in VOID_TAGS or tag.is_self_closed:
            return tag.end
        if tag.name in TEXT_ONLY_TAGS:
            return self._verbatim(tag, element)
        inner = Frame("html", f"</{tag.name}", frame.open_kinds, frame.depth + 1, _Out(), [], [])
        end = self._raw_span(tag.end, inner) if is_raw else self._span(tag.end, inner)
        fill(element, inner.out.done())
        return self.size if end < 0 else self.text.index(">", end) + 1

    def _verbatim(self, tag: Tag, element: Element) -> int:
        close = re.compile(rf"</{tag.name}\s*>", re.IGNORECASE).search(self.text, tag.end)
        element.text = escape_text(self.text[tag.end : close.start() if close else self.size])
        return close.end() if close else self.size

    def _raw_span(self, pos: int, frame: Frame) -> int:
        """Reads an element whose text is not Markdown; tags in it still count."""
        while found := _RAW_SPECIAL.search(self.text, pos):
            at = found.start()
            frame.out.text(escape_text(self.text[pos:at]))
            if self._closes_tag(at, frame.stop):
                return at
            self.budget -= 1
            pos = self._raw_markup(at, frame)
        frame.out.text(escape_text(self.text[pos:]))
        return -1

    def _raw_markup(self, at: int, frame: Frame) -> int:
        if self.text[at] == "&":
            found = _ENTITY.match(self.text, at)
            frame.out.text(found[0] if found else "&amp;")
            return found.end() if found else at + 1
        if self.text.startswith("<!--", at):
            return self._comment(at, frame)
        tag = read_tag(self.text, at) if frame.depth <= MAX_HTML_DEPTH else None
        if tag is None or tag.is_closing or tag.name in NOT_IN_LINE_TAGS:
            return self._literal(at, frame)
        return self._element(tag, frame, raw=True)
