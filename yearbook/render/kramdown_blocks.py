"""Reads the blocks of a post as kramdown does: text in, a tree of `Node` out.

Lists, tables and HTML have modules of their own. Nothing here looks inside a line; that is `kramdown_spans`.
"""

import re
from collections.abc import Callable, Sequence

from yearbook.render import kramdown_html, kramdown_lists, kramdown_tables
from yearbook.render.kramdown_attrs import read_attr_list
from yearbook.render.kramdown_links import link_name
from yearbook.render.kramdown_tree import ATTR_LIST, EOB, MAX_BLOCK_DEPTH, RULE, WHITE, Node, PostState

BLANK = re.compile(r"(?:[ \t\r\f\v]*\n)+")
LINE = re.compile(r"[^\n]*\n")
NAMED_ATTR_LIST = re.compile(r" {0,3}\{:(\w[\w:.-]*):((?:\\\}|[^}\n])*)\}[ \t]*\n", re.ASCII)
EXTENSION = re.compile(r" {0,3}\{::(\w[\w-]*)((?:\\\}|[^}\n])*?)(/)?\}[ \t]*\n", re.ASCII)
_CODE_LINE = re.compile(r"(?: {4}|\t)[^\n]*\S[^\n]*\n", re.ASCII)
_ODD_TAB = re.compile(r" {1,3}\t[^\n]*\S[^\n]*\n", re.ASCII)
_CODE_INDENT = re.compile(r"^(?: {4}|\t)", re.MULTILINE)
_CODE_JOIN = re.compile(r"(?<=[^\n])\n(?= {0,3}[^ \t\n])")
_FENCE = re.compile(r" {0,3}(~{3,}|`{3,})[ \t]*([^\s]*)[ \t]*\n", re.ASCII)
_LONGEST_FENCE = 50
"""A fence as long as this is not also tried as a shorter one."""
_QUOTE = re.compile(r" {0,3}>")
_QUOTE_MARK = re.compile(r"^ {0,3}> ?", re.MULTILINE)
_ATX = re.compile(r"(#{1,6})(?!#)[ \t]+([^\n]*?\S)[ \t]*\n", re.ASCII)
_HEADING_ID = re.compile(r"[ \t]+\{#(\w[\w:.-]*)\}[ \t]*$")
_SETEXT = re.compile(r" {0,3}([^ \t\n][^\n]*)\n([=-])[=-]*[ \t]*\n")
_MATH = re.compile(r" {0,3}(\\)?\$\$([^$]*(?:\$(?!\$)[^$]*)*)\$\$(?:[ \t]*\n|(?=[ \t]*\{:[^}\n]*\}[ \t]*\n))")
_FOOTNOTE = re.compile(r" {0,3}\[\^([\w-]+)\]:([^\n]*\n)", re.ASCII)
_LINK = re.compile(
    r""" {0,3}\[([^\n\]]+)\]:[ \t]*(?:<([^\n]*?)>|(\S(?:(?![ \t]["'])[^\n])*?))"""
    r"""(?:(?:[ \t]*\n[ \t]*|[ \t]+)(["'])([^\n]+?)\4)?[ \t]*\n""",
    re.ASCII,
)
_ABBREVIATION = re.compile(r" {0,3}\*\[([^\n\]]+)\]:([^\n]*)\n")
_PARAGRAPH_BREAK = re.compile(r"#{1,6}[ \t]| {0,3}(?:>|[*+-][ \t|]|[0-9]+\.[ \t|]|:[ \t])")


def parse_blocks(state: PostState, text: str, numbers: Sequence[int], depth: int = 0) -> list[Node]:
    """The blocks of a text whose lines have these line numbers in the post."""
    return BlockParser(state, text if text.endswith("\n") else text + "\n", numbers, depth).parse()


class BlockParser:
    """One pass over one text: a place in it, and the blocks found so far.

    A list item or a quotation is a text of its own with a parser of its own; an HTML element whose content is
    blocks is read by the parser that met it.
    """

    def __init__(self, state: PostState, text: str, numbers: Sequence[int], depth: int) -> None:
        self.state = state
        self.text = text
        self.numbers = numbers
        self.depth = depth
        self.pos = 0
        self.nodes: list[Node] = []
        self.open_tags: list[str] = []
        self.pending: dict[str, str] = {}
        self.no_close_after: dict[str, int] = {}
        self.no_mark_after: dict[str, int] = {}
        self._counted = 0
        self._line = 0
        self._rules: dict[str, tuple[Callable[[], bool], ...]] = {
            "~": (self._fence,),
            "`": (self._fence,),
            ">": (self._quote,),
            "#": (self._atx,),
            "*": (self._rule, self._list),
            "-": (self._rule, self._list),
            "_": (self._rule,),
            "+": (self._list,),
            ":": (self._definition,),
            "<": (self._html,),
        }
        self._late_rules: dict[str, tuple[Callable[[], bool], ...]] = {
            "*": (self._abbreviation,),
            "[": (self._footnote, self._link),
            "{": (self._attr_list, self._extension),
            "^": (self._eob,),
        }

    # -- the loop -------------------------------------------------------------------------------------------

    def parse(self, end_tag: str = "") -> list[Node]:
        """Reads to the end of the text, or past the closing tag `end_tag` where it starts a line."""
        outer, self.nodes = self.nodes, []
        size = len(self.text)
        while self.pos < size:
            if end_tag and kramdown_html.at_closing_tag(self, end_tag):
                break
            self._read_one()
        found, self.nodes = self.nodes, outer
        return found

    def _read_one(self) -> None:
        blank = BLANK.match(self.text, self.pos)
        if blank:
            self._blank(blank[0])
            self.pos = blank.end()
        elif _CODE_LINE.match(self.text, self.pos):
            self._indented_code()
        elif _ODD_TAB.match(self.text, self.pos):
            self._odd_line()
        elif self.depth_inside > MAX_BLOCK_DEPTH or not self._read_marked():
            self._paragraph()

    def _blank(self, lines: str) -> None:
        """Notes blank lines; an attribute list before them is lost, unless it stood among blank lines."""
        if self.nodes and self.nodes[-1].kind == "blank":
            self.nodes[-1].note += lines
        else:
            self.add(Node("blank", 0, note=lines))
            self.pending = {}

    def _read_marked(self) -> bool:
        at = self.pos
        while self.text[at] == " ":
            at += 1
        char = self.text[at]
        early = self._rules.get(char) or ((self._list,) if char in "0123456789" else ())
        if any(rule() for rule in early):
            return True
        if self.is_at_boundary() and any(rule() for rule in (self._setext, self._math, self._table)):
            return True
        return any(rule() for rule in self._late_rules.get(char, ()))

    # -- what the rules use ---------------------------------------------------------------------------------

    @property
    def depth_inside(self) -> int:
        """How deep a text inside this one is nested."""
        return self.depth + len(self.open_tags) + 1

    def line_number(self) -> int:
        """The line of the post at which the parser stands."""
        self._line += self.text.count("\n", self._counted, self.pos)
        self._counted = self.pos
        return self.numbers[min(self._line, len(self.numbers) - 1)] if self.numbers else 0

    def numbers_until(self, end: int) -> Sequence[int]:
        """The numbers of the lines from the place where the parser stands to `end`."""
        self.line_number()
        return self.numbers[self._line : self._line + self.text.count("\n", self.pos, end)]

    def add(self, node: Node) -> Node:
        """Appends a block; an attribute list that stood before it becomes its own."""
        if self.pending and node.kind not in ("blank", "eob", "definition", "raw"):
            node.add_attrs(self.pending)
            self.pending = {}
        self.nodes.append(node)
        return node

    def is_at_boundary(self) -> bool:
        """Is there nothing, a blank line or an end-of-block marker before this place?"""
        return not self.nodes or self.nodes[-1].kind in ("blank", "eob")

    def is_before_boundary(self, pos: int) -> bool:
        """Does the text end, or a blank line, marker or attribute list follow at `pos`?"""
        text = self.text
        if pos >= len(text):
            return True
        return any(rule.match(text, pos) for rule in (BLANK, EOB, ATTR_LIST))

    def ends_lazy(self, pos: int) -> bool:
        """Does the line at `pos` end a block that goes on without its marker?"""
        text = self.text
        return (
            pos >= len(text)
            or bool(BLANK.match(text, pos))
            or bool(EOB.match(text, pos))
            or bool(ATTR_LIST.match(text, pos))
            or bool(NAMED_ATTR_LIST.match(text, pos))
            or kramdown_html.ends_lazy(text, pos)
        )

    def find(self, mark: str, pos: int) -> int:
        """Where `mark` comes next, or -1; that there is none is remembered."""
        if pos >= self.no_mark_after.get(mark, len(self.text)):
            return -1
        found = self.text.find(mark, pos)
        if found < 0:
            self.no_mark_after[mark] = pos
        return found

    def next_line(self, pos: int) -> int:
        """Where the line after the one at `pos` starts."""
        return self.text.index("\n", pos) + 1

    # -- the rules ------------------------------------------------------------------------------------------

    def _eob(self) -> bool:
        found = EOB.match(self.text, self.pos)
        if found:
            self.add(Node("eob", 0))
            self.pos = found.end()
        return bool(found)

    def _indented_code(self) -> None:
        line, start = self.line_number(), self.pos
        end = self._indented_end(self.next_line(start))
        code = _CODE_JOIN.sub(" ", self.text[start:end])
        self.add(Node("code", line, _CODE_INDENT.sub("", code)))
        self.pos = end

    def _indented_end(self, end: int) -> int:
        """Where indented lines end that go on at `end`, blank and lazy lines among them."""
        while True:
            blank = BLANK.match(self.text, end)
            after = blank.end() if blank else end
            if _CODE_LINE.match(self.text, after):
                end = self.next_line(after)
            elif blank or self.ends_lazy(end):
                return end
            else:
                end = self.next_line(end)

    def _odd_line(self) -> None:
        """Reads lines that blanks and a tab indent: to the engine they are neither code nor a paragraph."""
        start, end = self.pos, self.next_line(self.pos)
        while _ODD_TAB.match(self.text, end):
            end = self.next_line(end)
        text = self.text[start:end].lstrip(" \t")
        line = Node("p", self.line_number(), text if self.state.hard_wrap else text + "\n", "tight")
        line.closed = True
        self.add(line)
        self.pos = end

    def _fence(self) -> bool:
        start = _FENCE.match(self.text, self.pos)
        if start is None:
            return False
        longest = len(start[1])
        for size in range(longest, 2, -1) if longest < _LONGEST_FENCE else (longest,):
            close = self._fence_end(start.end(), start[1][:size])
            if close is not None:
                language = start[1][size:] + start[2]
                self.add(Node("code", self.line_number(), self.text[start.end() : close.start()], language))
                self.pos = close.end()
                return True
        return False

    def _fence_end(self, pos: int, mark: str) -> re.Match[str] | None:
        if self.no_close_after.get(mark, len(self.text)) <= pos:
            return None
        close = re.compile(rf"^ {{0,3}}{mark}{mark[0]}*[ \t]*\n", re.MULTILINE).search(self.text, pos)
        if close is None:
            self.no_close_after[mark] = pos
        return close

    def _quote(self) -> bool:
        if not _QUOTE.match(self.text, self.pos):
            return False
        end = self.next_line(self.pos)
        while not self.ends_lazy(end):
            end = self.next_line(end)
        inner = _QUOTE_MARK.sub("", self.text[self.pos : end])
        node = self.add(Node("blockquote", self.line_number()))
        node.children = parse_blocks(self.state, inner, self.numbers_until(end), self.depth_inside)
        self.pos = end
        return True

    def _atx(self) -> bool:
        found = _ATX.match(self.text, self.pos)
        if found is None:
            return False
        self._heading(len(found[1]), found[2], closing=True)
        self.pos = found.end()
        return True

    def _setext(self) -> bool:
        found = _SETEXT.match(self.text, self.pos)
        if found is None:
            return False
        self._heading(1 if found[2] == "=" else 2, found[1], closing=False)
        self.pos = found.end()
        return True

    def _heading(self, level: int, text: str, *, closing: bool) -> None:
        node = Node("h", self.line_number(), note=str(level))
        named = _HEADING_ID.search(text)
        if named:
            node.attrs["id"] = named[1]
            text = text[: named.start()]
        if closing:
            text = re.sub(r"(?<=.)[ \t]+#+$", "", text.rstrip(" \t"))
        node.text = text.strip(" \t")
        self.add(node)

    def _rule(self) -> bool:
        found = RULE.match(self.text, self.pos)
        if found:
            self.add(Node("hr", self.line_number()))
            self.pos = found.end()
        return bool(found)

    def _list(self) -> bool:
        return kramdown_lists.read_list(self)

    def _definition(self) -> bool:
        return kramdown_lists.read_definitions(self)

    def _table(self) -> bool:
        return kramdown_tables.read_table(self)

    def _html(self) -> bool:
        return kramdown_html.read_html(self)

    def _math(self) -> bool:
        found = _MATH.match(self.text, self.pos)
        if found is None or not self.is_before_boundary(found.end()):
            return False
        if found[1]:  # the backslash makes math of this line that stands in a paragraph
            self.add(Node("p", self.line_number(), found[0].lstrip(" ").removeprefix("\\")))
            self.pos = found.end()
            return True
        self.add(Node("math", self.line_number(), found[2].strip(WHITE)))
        self.pos = found.end()
        return True

    def _footnote(self) -> bool:
        found = _FOOTNOTE.match(self.text, self.pos)
        if found is None:
            return False
        end = found.end()
        blank = BLANK.match(self.text, end)
        if _CODE_LINE.match(self.text, blank.end() if blank else end):
            end = self._indented_end(end)
        inner = _CODE_INDENT.sub("", found[2] + self.text[found.end() : end])
        node = Node("footnote", self.line_number(), note=found[1])
        node.children = parse_blocks(self.state, inner, self.numbers_until(end), self.depth_inside)
        self.state.footnotes[found[1]] = node
        self.add(Node("definition", 0))
        self.pos = end
        return True

    def _link(self) -> bool:
        found = _LINK.match(self.text, self.pos)
        if found is None:
            return False
        address = (found[2] if found[2] is not None else found[3] or "").strip(WHITE)
        self.state.links[link_name(found[1])] = (address, found[5] or "")
        self.add(Node("definition", 0))
        self.pos = found.end()
        return True

    def _abbreviation(self) -> bool:
        found = _ABBREVIATION.match(self.text, self.pos)
        if found:
            self.state.abbreviations[found[1]] = found[2].strip(WHITE)
            self.add(Node("definition", 0))
            self.pos = found.end()
        return bool(found)

    def _attr_list(self) -> bool:
        named = NAMED_ATTR_LIST.match(self.text, self.pos)
        if named:
            known = self.state.attr_lists.setdefault(named[1], {})
            known.update(read_attr_list(named[2], self.state.attr_lists))
            self.add(Node("definition", 0))
            self.pos = named.end()
            return True
        found = ATTR_LIST.match(self.text, self.pos)
        if found is None:
            return False
        attrs = read_attr_list(found[1], self.state.attr_lists)
        if re.search(r"(?:^|\s)toc(?:\s|$)", found[1]):
            attrs["{toc}"] = ""
        if self.is_at_boundary():
            self.pending = attrs
        else:
            self.nodes[-1].add_attrs(attrs)
            self.nodes[-1].closed = True
        self.pos = found.end()
        return True

    def _extension(self) -> bool:
        found = EXTENSION.match(self.text, self.pos)
        if found is None or found[1] not in ("comment", "nomarkdown", "options"):
            return False
        body, end = "", found.end()
        if not found[3]:
            close = re.compile(rf"^ {{0,3}}\{{:/(?:{re.escape(found[1])})?\}}[ \t]*\n", re.MULTILINE)
            stop = close.search(self.text, end)
            if stop is None:
                return False
            body, end = self.text[end : stop.start()], stop.end()
        self._extend(found[1], found[2], body)
        self.pos = end
        return True

    def _extend(self, name: str, options: str, body: str) -> None:
        if name == "comment":
            self.add(Node("raw", 0, f"<!-- {body.strip()} -->"))
        elif name == "nomarkdown":
            self.add(Node("raw", self.line_number(), body))
        elif name == "options":
            given = read_attr_list(options, {})
            if "parse_block_html" in given:
                self.state.parse_block_html = given["parse_block_html"] == "true"
            if "parse_span_html" in given:
                self.state.parse_span_html = given["parse_span_html"] == "true"

    def _paragraph(self) -> None:
        start, line = self.pos, self.line_number()
        end = self.next_line(start)
        while not self._ends_paragraph(end):
            end = self.next_line(end)
        self.pos = end
        text = self.text[start:end]
        if self.nodes and self.nodes[-1].kind == "p" and not self.nodes[-1].closed:
            self.nodes[-1].text += text
        else:
            self.add(Node("p", line, text.lstrip(WHITE)))

    def _ends_paragraph(self, pos: int) -> bool:
        if self.ends_lazy(pos) or _PARAGRAPH_BREAK.match(self.text, pos):
            return True
        return bool(_FENCE.match(self.text, pos))
