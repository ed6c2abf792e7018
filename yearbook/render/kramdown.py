"""Markdown as Jekyll means it: kramdown with GitHub's input, as an extension of Python-Markdown.

The extension replaces the block parser and the inline tree processor; the serialiser and the stash of raw
HTML are Python-Markdown's own. It reads no file and highlights no code.
"""

import re
from collections.abc import Iterable
from html import unescape
from xml.etree.ElementTree import Element, ElementTree, SubElement

import markdown
from markdown.blockparser import BlockParser as HostBlockParser
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER

from yearbook.render.kramdown_blocks import parse_blocks
from yearbook.render.kramdown_emit import Emitter, Spans, SpansInHtml
from yearbook.render.kramdown_spans import SpanParser, fill
from yearbook.render.kramdown_tree import PostState

_PLACEHOLDER = re.compile(HTML_PLACEHOLDER % "([0-9]+)")
_NOT_IN_ID = re.compile(r"[^\w -]")
_CONTROL = {"\x02": "\U000fff02", "\x03": "\U000fff03"}


def kramdown_to_html(
    text: str, *, hard_wrap: bool = False, cjk: bool = True, source_lines: bool = False, smart: bool = True
) -> str:
    r"""A post's Markdown as HTML, read as Jekyll's kramdown reads it.

    Pure and bounded: the time grows with the length of the text, whatever is in it. Code is not highlighted,
    TeX stands in `.math` elements, a table of contents is an empty `nav.toc`.

    Args:
        text: The body of a post, front matter and template tags already gone.
        hard_wrap: Line ends are line breaks (kramdown's `hard_wrap`; Jekyll's default is off).
        cjk: Emphasis beside Hangul, kana and hanzi works as meant, where kramdown leaves the marks.
        source_lines: Blocks carry their line of `text` in `data-line`.
        smart: Straight quotes, dashes and dots become typographic ones.

    >>> kramdown_to_html("# Hi\n\n* *a*")
    '<h1 id="hi">Hi</h1>\n<ul><li><em>a</em>\n</li>\n</ul>'
    """
    extension = KramdownExtension(hard_wrap=hard_wrap, cjk=cjk, source_lines=source_lines, smart=smart)
    host = markdown.Markdown(extensions=[extension], output_format="html")
    for char, stand_in in _CONTROL.items():
        text = text.replace(char, stand_in)
    html = host.convert(text)
    for char, stand_in in _CONTROL.items():
        html = html.replace(stand_in, char)
    return html


class KramdownExtension(Extension):
    """Makes a `markdown.Markdown` read kramdown."""

    def __init__(
        self, *, hard_wrap: bool = False, cjk: bool = True, source_lines: bool = False, smart: bool = True
    ) -> None:
        super().__init__()
        self.hard_wrap = hard_wrap
        self.cjk = cjk
        self.source_lines = source_lines
        self.smart = smart

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802 - the host's name
        """Puts the two parsers in place and takes away what would change their text."""
        for name in ("normalize_whitespace", "html_block"):
            md.preprocessors.deregister(name)
        for name in ("prettify", "unescape"):
            md.treeprocessors.deregister(name)
        parser = KramdownBlockParser(md, self)
        md.parser = parser
        md.postprocessors.deregister("raw_html")
        md.postprocessors.register(RestoreStash(md), "raw_html", 30)
        md.treeprocessors.register(KramdownInline(md, self, parser), "inline", 20)


class KramdownBlockParser(HostBlockParser):
    """The host's block parser: lines to a tree whose texts are still Markdown."""

    def __init__(self, md: markdown.Markdown, extension: KramdownExtension) -> None:
        super().__init__(md)
        self.post = PostState(hard_wrap=extension.hard_wrap)
        self.emitter = Emitter(md.htmlStash.store, source_lines=extension.source_lines)

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:  # noqa: N802 - the host's name
        """The tree of a whole post."""
        self.post = PostState(hard_wrap=self.post.hard_wrap)
        text = "\n".join(lines).replace("\r\n", "\n").replace("\r", "\n")
        root = Element(self.md.doc_tag)
        numbers = range(1, text.count("\n") + 2)
        self.emitter.write(parse_blocks(self.post, text, numbers), root)
        return ElementTree(root)


class RestoreStash(Postprocessor):
    """Puts stashed HTML back where it stood; the host's own step would take the paragraph around it away."""

    def run(self, text: str) -> str:
        """The text with every stand-in replaced."""
        blocks = self.md.htmlStash.rawHtmlBlocks
        return _PLACEHOLDER.sub(lambda found: str(blocks[int(found[1])]), text)


class KramdownInline(Treeprocessor):
    """The host's inline step: every marked text is parsed, headings get their ids, footnotes their list."""

    def __init__(
        self, md: markdown.Markdown, extension: KramdownExtension, parser: "KramdownBlockParser"
    ) -> None:
        super().__init__(md)
        self.extension = extension
        self.parser = parser

    def run(self, root: Element) -> None:
        """Finishes the tree in place."""
        spans = SpanParser(
            self.parser.post,
            smart=self.extension.smart,
            cjk=self.extension.cjk,
            stash=self.md.htmlStash.store,
        )
        _parse_marked(root, spans)
        _append_footnotes(root, spans, self.parser)
        self.parser.emitter.finish(_name_headings)


def _parse_marked(root: Element, spans: SpanParser) -> None:
    for element in list(root.iter()):
        if isinstance(element.text, Spans):
            text, in_html = str(element.text), isinstance(element.text, SpansInHtml)
            element.text = None
            fill(element, spans.parse(text, in_html=in_html))


def _append_footnotes(root: Element, spans: SpanParser, parser: KramdownBlockParser) -> None:
    """Writes the notes in the order in which they were met; notes inside notes follow."""
    if not spans.footnotes_met:
        return
    box = SubElement(root, "div", {"class": "footnotes", "role": "doc-endnotes"})
    listing = SubElement(box, "ol")
    entries: dict[str, Element] = {}
    while len(entries) < len(spans.footnotes_met):
        name = list(spans.footnotes_met)[len(entries)]
        entries[name] = SubElement(listing, "li", {"id": f"fn:{name}", "role": "doc-endnote"})
        parser.emitter.write(parser.post.footnotes[name].children, entries[name], in_html=True)
        _parse_marked(entries[name], spans)
    for name, entry in entries.items():
        _point_back(entry, name, spans.footnotes_met[name])


def _point_back(entry: Element, name: str, times: int) -> None:
    """Adds the arrows that lead from a note to the places that refer to it."""
    target = entry[-1] if len(entry) and entry[-1].tag == "p" else SubElement(entry, "p")
    for time in range(times):
        href = f"#fnref:{name}:{time}" if time else f"#fnref:{name}"
        back = Element("a", {"href": href, "class": "reversefootnote", "role": "doc-backlink"})
        back.text = "&#8617;"
        if time:
            SubElement(back, "sup").text = str(time + 1)
        fill(target, ["\u00a0", back], len(target))


def _name_headings(headings: list[Element]) -> None:
    used: dict[str, int] = {}
    for element in headings:
        text = unescape("".join(element.itertext())).strip().lower()
        name = _NOT_IN_ID.sub("", text).replace(" ", "-") or "section"
        count = used.get(name, -1) + 1
        used[name] = count
        element.set("id", f"{name}-{count}" if count else name)
