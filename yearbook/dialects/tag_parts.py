"""What the tags of all engines are made of: calls, meanings, the text under construction.

HTML is not put into the Markdown, where a parser might spoil it: a mark stands in its place, and
`Expanded.put` puts the HTML there when the Markdown has become HTML. What the tags of one engine are is said
in `hugo_tags`, `jekyll_tags` and `hexo_tags`; `tags` is the door.
"""

import bisect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace

from yearbook.dialects.tag_html import strip_paragraph
from yearbook.model import Blog, Finding, Post, Severity
from yearbook.value import dataclass

_MARK = re.compile("<[A-Za-z/][^<>]*>|\ue8f0(\\d{1,7})\ue8f1")
_MARKS = re.compile("\ue8f0\\d{1,7}\ue8f1")
_ALONE = re.compile("<p(?: [^<>]*)?>\\s*(\ue8f0\\d{1,7}\ue8f1)\\s*</p>")
_FENCE = re.compile(r"(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*(`{3,}|~{3,})([^\n]*)")
_TICKS = re.compile(r"`+")
MAX_DEPTH = 12
"""Tags nested deeper are left alone; no post has them."""
MAX_OUTPUT = 4_000_000
"""Characters after which nothing more is expanded: variables can grow without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a tag may know of the world around the post."""

    post: Post
    """The post the tag stands in."""
    blog: Blog | None = None
    """The blog; without it `site.…` is unknown."""
    resolve: Callable[[str], str | None] = lambda _ref: None
    """From the argument of a link tag to a path on the site."""
    templates: Callable[[str, dict[str, str], str], str | None] | None = None
    """The user's own HTML for a tag, from its name, parameters and inner HTML; None if there is none."""
    markdown: Callable[[str, Sequence[int]], str] = lambda text, _lines: text
    """From Markdown and the source line of each of its lines to HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One tag with everything written in it."""

    name: str
    """Its name, as written."""
    positional: tuple[str, ...] = ()
    """Values without a name, in order."""
    named: Mapping[str, str] = field(default_factory=dict)
    """Values with a name."""
    inner: str | None = None
    """What stands between the tag and its closing one, tags in it expanded; None if it has none."""
    raw: str = ""
    """The same as written."""
    lines: tuple[int, ...] = ()
    """Source line of each line of `inner`."""
    line: int = 0
    """Source line of the tag, 1-based in the body."""

    def get(self, *names: str, position: int = -1) -> str:
        """The first of these named values that is not empty, else the value at the position, else nothing."""
        for name in names:
            if self.named.get(name):
                return self.named[name]
        return self.positional[position] if 0 <= position < len(self.positional) else ""

    def parameters(self) -> dict[str, str]:
        """All values by name, those without a name by number."""
        return {str(number): value for number, value in enumerate(self.positional)} | dict(self.named)


@dataclass(frozen=True, slots=True)
class Html:
    """Finished HTML, put in after the Markdown has been parsed."""

    html: str
    trouble: str = ""
    """What a person should know of it; empty if nothing."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text that is Markdown like everything around it."""

    text: str
    trouble: str = ""
    """What a person should know of it; empty if nothing."""


Meaning = Callable[[Call, Surroundings], "Html | Words | None"]
"""What a tag becomes; None if its values make no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """A post's Markdown without tags."""

    text: str
    """The Markdown, with marks where HTML belongs."""
    lines: tuple[int, ...]
    """Source line of each line of `text`, 1-based in the body."""
    inserts: tuple[str, ...]
    """The HTML of each mark."""
    findings: tuple[Finding, ...]
    """Tags that are not known."""

    def put(self, html: str) -> str:
        """The HTML with every mark replaced by what it stands for."""
        return put_inserts(html, self.inserts)


def put_inserts(html: str, inserts: Sequence[str]) -> str:
    """The HTML with marks replaced; a paragraph of one mark alone is replaced as a whole, as Hugo does."""
    if "\ue8f0" not in html:
        return html
    html = _ALONE.sub(r"\1", html)

    def put(found: re.Match[str]) -> str:
        if found[1] is None:
            return _MARKS.sub("", found[0])  # inside a tag only words could stand
        number = int(found[1])
        return inserts[number] if number < len(inserts) else ""

    return _MARK.sub(put, html)


class Writer:
    """Collects a post's new text, and where each of its lines comes from."""

    def __init__(self, around: Surroundings) -> None:
        self.inserts: list[str] = []
        # Meanings see their inner HTML whole, with the tags inside it already in their places.
        self.around = replace(
            around, markdown=lambda text, lines: put_inserts(around.markdown(text, lines), self.inserts)
        )
        self.findings: list[Finding] = []
        self.written = 0

    def mark(self, html: str) -> str:
        """The mark of a piece of HTML; marks inside it are settled at once."""
        self.inserts.append(put_inserts(html, self.inserts))
        return f"\ue8f0{len(self.inserts) - 1}\ue8f1"

    def find(self, kind: str, message: str, line: int, hint: str = "") -> None:
        """Note something a person should know."""
        post = self.around.post
        self.findings.append(
            Finding(
                kind=kind, severity=Severity.WARNING, message=message, hint=hint,
                place=post.place, line=post.body_line + line - 1 if line else 0,
            )
        )  # fmt: skip

    def unknown(self, tag: str, line: int, *, has_inner: bool) -> None:
        """Note a tag that nobody knows."""
        kept = "its text is kept" if has_inner else "nothing is printed for it"
        self.find(
            "unknown-tag",
            f"{tag} is not known; {kept}",
            line,
            "write yearbook/shortcodes/NAME.html in the blog to say what it prints",
        )


class Piece:
    """A text under construction with the source line of each of its lines."""

    def __init__(self, line: int) -> None:
        self._parts: list[str] = []
        self._lines = [line]

    def copy(self, text: str, line: int) -> None:
        """Append text of the post that begins on this line."""
        self._parts.append(text)
        self._lines.extend(range(line + 1, line + 1 + text.count("\n")))

    def put(self, text: str, line: int) -> None:
        """Append text that a tag of this line became."""
        self._parts.append(text)
        self._lines.extend([line] * text.count("\n"))

    def include(self, text: str, lines: Sequence[int]) -> None:
        """Append text whose lines are known."""
        self._parts.append(text)
        self._lines.extend(lines[1:])

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._parts)

    @property
    def lines(self) -> tuple[int, ...]:
        """The source line of each line."""
        return tuple(self._lines)


class LineIndex:
    """Finds the line of a position."""

    def __init__(self, text: str, first: int = 1) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._first = first

    def __call__(self, position: int) -> int:
        """1-based line of the position."""
        return bisect.bisect_right(self._starts, position) - 1 + self._first


class CodeRanges:
    """Knows which positions of a Markdown text are code: fences, and spans between backticks."""

    def __init__(self, text: str) -> None:
        self._ranges = _code_ranges(text)
        self._starts = [start for start, _ in self._ranges]

    def __contains__(self, position: int) -> bool:
        index = bisect.bisect_right(self._starts, position) - 1
        return index >= 0 and position < self._ranges[index][1]


def _code_ranges(text: str) -> list[tuple[int, int]]:
    """Begin and end of every code range, in order."""
    ranges: list[tuple[int, int]] = []
    prose_start, position = 0, 0
    while position < len(text):
        end = _line_end(text, position)
        fence = _FENCE.match(text, position, end)
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            ranges += _spans(text, prose_start, position)
            close = _fence_end(text, end, fence[1])
            ranges.append((position, close))
            prose_start, end = close, close
        position = end
    return ranges + _spans(text, prose_start, len(text))


def _line_end(text: str, position: int) -> int:
    """Position after the line end."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


def _fence_end(text: str, position: int, fence: str) -> int:
    """Position after the fence that closes this one, or the end of the text."""
    closing = re.compile(rf"[ \t>]*{re.escape(fence)}{re.escape(fence[0])}*[ \t]*$")
    while position < len(text):
        end = _line_end(text, position)
        if closing.match(text[position:end].rstrip("\n")):
            return end
        position = end
    return len(text)


def _spans(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """Code spans between two positions; a blank line ends the search for a partner."""
    ranges: list[tuple[int, int]] = []
    runs = list(_TICKS.finditer(text, start, stop))
    index = 0
    while index < len(runs):
        opened = runs[index]
        limit = text.find("\n\n", opened.end(), stop)
        limit = stop if limit < 0 else limit
        for later in range(index + 1, min(len(runs), index + 200)):
            if runs[later].start() >= limit:
                break
            if len(runs[later][0]) == len(opened[0]):
                ranges.append((opened.start(), runs[later].end()))
                index = later
                break
        index += 1
    return ranges


def plain_key(name: str) -> str:
    """A tag's name as it is looked up.

    >>> plain_key("partials/Image_Gallery.html")
    'image-gallery'
    """
    return name.rsplit("/", 1)[-1].removesuffix(".html").lower().replace("_", "-")


def inner_html(call: Call, around: Surroundings) -> str:
    """The tag's inner Markdown as HTML."""
    return around.markdown(call.inner, call.lines) if call.inner and call.inner.strip() else ""


def short_html(text: str, around: Surroundings) -> str:
    """A short Markdown text, such as a caption, as HTML without a paragraph around it."""
    return strip_paragraph(around.markdown(text, (0,))) if text.strip() else ""


def write_meaning(piece: Piece, call: Call, meaning: Meaning | None, writer: Writer, called: str) -> None:
    """Append what a tag becomes: the user's template, our meaning, or only its inner text."""
    around = writer.around
    own = (
        around.templates(call.name, call.parameters(), inner_html(call, around)) if around.templates else None
    )
    found = Html(own) if own is not None else (meaning(call, around) if meaning else None)
    if found is None:
        writer.unknown(called, call.line, has_inner=bool(call.inner and call.inner.strip()))
        piece.include(call.inner or "", call.lines or (call.line,))
        return
    if found.trouble:
        writer.find("dead-link", found.trouble, call.line)
    piece.put(writer.mark(found.html) if isinstance(found, Html) else found.text, call.line)


def path_of(reference: str, around: Surroundings) -> Words:
    """The path on the site of a post that a tag names, ready for a Markdown link."""
    path = around.resolve(reference.strip())
    if path is None:
        return Words("", trouble=f"the link to {reference} leads to no post of this blog")
    return Words(path.replace(" ", "%20").replace("(", "%28").replace(")", "%29"))


def expand_nothing(around: Surroundings) -> Expanded:
    """The post as it is: plain blogs have no tags."""
    text = around.post.body
    return Expanded(text=text, lines=tuple(range(1, text.count("\n") + 2)), inserts=(), findings=())
