"""CommonMark with GitHub's and Goldmark's extensions to HTML, for Hugo, Hexo and plain blogs.

markdown-it-py parses; the rules of `spans` and `cjk` are put into its chains, so that what a blog engine
renders badly beside Hangul comes out as its author meant it. The HTML is what the post says and nothing is
cleaned here; blocks and pictures carry their source line as `data-line`.
"""

import functools
import html
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin

from yearbook.render.containers import read_container, skip_attributes, skip_span_attributes
from yearbook.render.goldmark import (
    blank_listings,
    finish_paragraphs,
    first_notes,
    read_definition,
)
from yearbook.render.goldmark_guards import guard_rules, shallow
from yearbook.render.goldmark_lists import read_list
from yearbook.render.math import Formula, find_environment
from yearbook.render.smart import smart_texts
from yearbook.render.spans import (
    close_pairs,
    emphasis_rule,
    pair_rule,
    read_address,
    read_angles,
    read_escape,
    read_math,
    read_text,
    rescue_strong,
)

# Real posts nest a handful of levels; attacks nest thousands.
_MAX_NESTING = 60
_LINE_BLOCKS = frozenset({
    "paragraph_open", "heading_open", "blockquote_open", "list_item_open", "table_open", "tr_open", "fence",
    "code_block", "hr", "dt_open", "dd_open", "footnote_open", "bullet_list_open", "ordered_list_open",
})  # fmt: skip
_HEADING_ATTRIBUTES = re.compile(r"(?:^|[ \t]+|(?<=\S))\{([^{}\n]*)\}[ \t]*$")
_CLOSING_MARKS = re.compile(r"(?:^|[ \t]+)#+$")
_ATTRIBUTE = re.compile(
    r"""\s*(?:\#(?P<id>[^\s.}#]+)|\.(?P<class>[^\s.}#]+)|(?P<key>[A-Za-z_][\w:.-]*)=(?P<value>"[^"]*"|'[^']*'|[^\s"']+))"""
)
_STAND_INS = {0x3000: "\ue8f2", 0xA0: "\ue8f3"}
_MARK = "\ue8f4"
_REAL = {0xE8F2: "\u3000", 0xE8F3: "\u00a0", 0xE8F4: None}
_SHOWN = {
    "text": "",
    "code_inline": "x",
    "image": "x",
    "text_special": "x",
    "softbreak": "\n",
    "hardbreak": "\n",
}
"""Tokens that are seen in a line, and what a quotation mark beside them is beside."""
_NOTE_RULES = (
    "footnote_ref",
    "footnote_block_open",
    "footnote_block_close",
    "footnote_open",
    "footnote_anchor",
)
_TASK = re.compile(r"\[([ xX])\](?!\()[ \t\n]*")
_DIVIDER = re.compile(r"^[ \t]*<!--more-->(?=\s*?(?:\n|\Z))(\s*)", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_RAW_PICTURE = re.compile(r"<(img|iframe|video|audio)(?=[\s/>])", re.IGNORECASE)
_FENCE_INFO = re.compile(r"\s*([^\s{]*)\s*(.*)", re.DOTALL)


def commonmark_to_html(
    text: str,
    *,
    hard_wrap: bool = False,
    cjk: bool = True,
    source_lines: bool = False,
    smart: bool = False,
    math: bool = True,
    heading_attributes: bool = True,
    unsafe_html: bool = True,
    encode_urls: bool = False,
    linkify_protocol: str = "https",
    trim_addresses: bool = True,
    borrowed: bool = True,
) -> str:
    r"""The HTML of a Markdown text.

    Args:
        text: the Markdown, line ends as `\n`.
        hard_wrap: whether every line end in a paragraph is a `<br>`.
        cjk: whether emphasis may begin and end beside CJK characters although punctuation is there too,
            and `==` marks; no engine does either.
        source_lines: whether blocks and pictures carry `data-line`, the 1-based line of `text` they begin on.
        smart: whether straight quotes, dashes and dots become typographic ones.
        math: whether TeX between its delimiters is kept from Markdown, as `<span class="math …">`.
        heading_attributes: whether `## Title {#id .class}` is read as attributes.
        unsafe_html: whether raw HTML is kept; Hugo leaves it out unless told otherwise.
        encode_urls: whether addresses are percent-encoded, as in the specification, or stay as written.
        linkify_protocol: what a bare `www.` address gets, as Hugo's setting of that name.
        trim_addresses: whether `https://a.org).` ends before both signs; for Goldmark the bracket is its own.
        borrowed: whether what other engines read is no text: `::: tip` to `:::` is a notice then, and an
            attribute list such as `{: .center}` is left out.

    >>> commonmark_to_html("**마크다운(Markdown)**을 `a~b`")
    '<p><strong>마크다운(Markdown)</strong>을 <code>a~b</code></p>\n'
    """
    parser = _parser(
        hard_wrap=hard_wrap,
        cjk=cjk,
        source_lines=source_lines,
        smart=smart,
        math=math,
        heading_attributes=heading_attributes,
        unsafe_html=unsafe_html,
        encode_urls=encode_urls,
        linkify_protocol=linkify_protocol,
        trim_addresses=trim_addresses,
        borrowed=borrowed,
    )
    # markdown-it strips every Unicode space at the edges of a line, Goldmark and CommonMark only ASCII ones.
    text = _mark_divider(text)
    wide = "\u3000" in text or "\u00a0" in text or _MARK in text
    made = str(parser.render(text.translate(_STAND_INS) if wide else text, {}))
    return made.translate(_REAL) if wide else made


def _mark_divider(text: str) -> str:
    r"""The text with a mark for the line that ends a summary, which to Hugo is a paragraph and no HTML.

    White space after it is left out, so what follows is never a listing.

    >>> _mark_divider("a\n<!--more-->\n\n    b")
    'a\n\ue8f4\n\nb'
    """
    found = _DIVIDER.search(text) if "<!--more-->" in text else None
    if not found or len(_FENCE.findall(text, 0, found.start())) % 2:
        return text
    before = text[: found.start()]
    in_html = before.rstrip("\n").rpartition("\n")[2].startswith("<") and not before.endswith("\n\n")
    lines = "\n" * found[1].count("\n")
    return f"{before}{'' if in_html else _MARK}{lines}{text[found.end() :]}"


def _skip_divider(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Take the mark of `_mark_divider`, which parts what stands on its sides."""
    begin = state.bMarks[start] + state.tShift[start]
    if state.src[begin : state.eMarks[start]] != _MARK:
        return False
    if not silent:
        state.line = start + 1
    return True


@functools.lru_cache(maxsize=16)
def _parser(
    *,
    hard_wrap: bool,
    cjk: bool,
    source_lines: bool,
    smart: bool,
    math: bool,
    heading_attributes: bool,
    unsafe_html: bool,
    encode_urls: bool,
    linkify_protocol: str,
    trim_addresses: bool,
    borrowed: bool,
) -> MarkdownIt:
    """A parser with these settings; it keeps nothing between two texts."""
    settings = {
        "breaks": hard_wrap,
        "maxNesting": _MAX_NESTING,
        "xhtmlOut": False,
        "linkify_protocol": linkify_protocol,
        "trim_addresses": trim_addresses,
    }
    md = MarkdownIt("commonmark", settings, renderer_cls=_Output if unsafe_html else _SafeOutput)
    md.use(footnote_plugin, inline=False)
    md.block.ruler.before("lheading", "definition", shallow(read_definition), {"alt": ["paragraph"]})
    md.block.ruler.disable("reference")
    md.block.ruler.at("list", read_list, {"alt": ["paragraph", "reference", "blockquote"]})
    guard_rules(md)
    md.core.ruler.before("footnote_tail", "first_notes", first_notes)
    md.core.ruler.after("block", "paragraphs", finish_paragraphs)
    md.core.ruler.after("paragraphs", "blank_listings", blank_listings)
    _set_spans(md, cjk=cjk, math=math)
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    md.block.ruler.before("fence", "divider", _skip_divider, {"alt": interrupts})
    if borrowed:
        md.block.ruler.before("fence", "container", shallow(read_container), {"alt": interrupts})
        md.block.ruler.before("paragraph", "attribute_list", skip_attributes, {"alt": ["paragraph"]})
        md.inline.ruler.before("text", "attribute_list", skip_span_attributes)
    if math:
        md.block.ruler.before("fence", "display_math", _read_display_math, {"alt": interrupts})
    if heading_attributes:
        md.core.ruler.before("inline", "heading_attributes", _read_heading_attributes)
    md.core.ruler.after("inline", "task_list", _mark_tasks)
    if smart:
        md.core.ruler.after("task_list", "smart", _make_smart)
    if source_lines:
        md.core.ruler.push("source_lines", _note_lines)
    for name in _NOTE_RULES:  # the plugin has put its own in their place
        md.add_render_rule(name, getattr(_Output, name))
    _set_output(md, encode_urls=encode_urls)
    return md


def _set_spans(md: MarkdownIt, *, cjk: bool, math: bool) -> None:
    """Put our inline rules into the parser's chains."""
    inline = md.inline.ruler
    inline.at("text", read_text)
    inline.at("escape", read_escape)
    inline.before("autolink", "angles", read_angles)
    inline.at("emphasis", emphasis_rule(cjk=cjk))
    inline.after("emphasis", "strike", pair_rule("~", cjk=cjk))
    if cjk:
        inline.after("strike", "mark", pair_rule("=", cjk=cjk))
    inline.before("text", "address", read_address)
    if math:
        inline.before("escape", "math", read_math)
    md.inline.ruler2.after("balance_pairs", "close_pairs", close_pairs)
    if cjk:
        md.inline.ruler2.after("balance_pairs", "rescue_strong", rescue_strong)


def _set_output(md: MarkdownIt, *, encode_urls: bool) -> None:
    """Say what becomes of addresses."""
    # `clean` refuses dangerous schemes; refusing them here would print the brackets of the link.
    md.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    encode = md.normalizeLink
    md.normalizeLink = (  # type: ignore[method-assign]
        (lambda url: encode(url.translate(_REAL))) if encode_urls else (lambda url: url)
    )


def _read_display_math(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""Take a block of `$$`, `\[` or `\\begin{…}` that begins a line."""
    if state.is_code_block(start):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    if state.src[begin : begin + 1] not in ("$", "\\"):
        return False
    found = _display_lines(state, start, end)
    if found is None:
        return False
    if silent:
        return True
    formula, after = found
    token = state.push("html_block", "", 0)
    token.content = formula.html(block=True) + "\n"
    token.map = [start, after]
    token.meta = {"math": True}
    state.line = after
    return True


def _display_lines(state: StateBlock, start: int, end: int) -> tuple[Formula, int] | None:
    """The formula that fills whole lines from `start`, and the line after it."""
    first = state.getLines(start, start + 1, state.blkIndent, False).strip()
    for opener, closer in (("$$", "$$"), ("\\\\[", "\\\\]"), ("\\[", "\\]")):
        if first.startswith(opener):
            return _fenced_lines(state, start, end, opener, closer)
    if first.startswith("\\begin{"):
        return _environment_lines(state, start, end)
    return None


def _fenced_lines(
    state: StateBlock, start: int, end: int, opener: str, closer: str
) -> tuple[Formula, int] | None:
    """A formula between delimiters of which the second ends a line."""
    alone = state.getLines(start, start + 1, state.blkIndent, False).strip() == opener
    lines: list[str] = []
    for line in range(start, min(end, start + 200)):
        if (state.sCount[line] < state.blkIndent or (not alone and state.isEmpty(line))) and line > start:
            return None
        lines.append(state.getLines(line, line + 1, state.blkIndent, False))
        body = lines[-1].strip() if line > start else lines[-1].strip()[len(opener) :]
        if closer in body:
            if not body.endswith(closer) or body.count(closer) > 1:
                return None
            tex = "\n".join(lines).strip()[len(opener) : -len(closer)].strip()
            return (Formula(tex=tex, display=True, end=0), line + 1) if tex else None
    return None


def _environment_lines(state: StateBlock, start: int, end: int) -> tuple[Formula, int] | None:
    r"""A `\begin{…}…\end{…}` of whole lines."""
    lines: list[str] = []
    for line in range(start, min(end, start + 200)):
        if line > start and (state.isEmpty(line) or state.sCount[line] < state.blkIndent):
            return None
        lines.append(state.getLines(line, line + 1, state.blkIndent, False))
        if "\\end{" in lines[-1]:
            text = "\n".join(lines).strip()
            formula = find_environment(text, 0)
            if formula and formula.end == len(text):
                return formula, line + 1
    return None


def _read_heading_attributes(state: StateCore) -> None:
    """Move `{#id .class key=value}` from the end of a heading into its tag."""
    for opened, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opened.type != "heading_open":
            continue
        found = _HEADING_ATTRIBUTES.search(inline.content)
        attributes = _attributes(found[1]) if found else None
        if found and attributes:
            inline.content = _CLOSING_MARKS.sub("", inline.content[: found.start()].rstrip())
            for name, value in attributes.items():
                opened.attrSet(name, value)


def _attributes(text: str) -> dict[str, str] | None:
    """The attributes a `{…}` names, or None if it is not a list of attributes."""
    values: dict[str, str] = {}
    position = 0
    while position < len(text.rstrip()):
        found = _ATTRIBUTE.match(text, position)
        if not found:
            return None
        position = found.end()
        if found["class"]:
            values["class"] = f"{values.get('class', '')} {found['class']}".strip()
        elif found["id"]:
            values["id"] = found["id"]
        else:
            values[found["key"]] = found["value"].strip("\"'")
    return values


def _mark_tasks(state: StateCore) -> None:
    """Turn `[ ]` and `[x]` at the head of a list's entry into a box."""
    for before, opened, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if before.type != "list_item_open" or opened.type != "paragraph_open" or not inline.children:
            continue
        found = _TASK.match(inline.content)
        first = inline.children[0]
        if not found or first.type != "text" or not first.content.startswith(found[0][:3]):
            continue
        before.attrJoin("class", "task")
        box = Token("html_inline", "", 0)
        box.content = f'<input type="checkbox"{"" if found[1] == " " else " checked"}> '
        box.meta = {"math": True}
        first.content = first.content[3:].lstrip()
        inline.children.insert(0, box)


def _make_smart(state: StateCore) -> None:
    """Put typographic signs into every paragraph; code, formulas and escaped signs stay."""
    for token in state.tokens:
        if token.type != "inline" or not token.children:
            continue
        shown = [child for child in token.children if child.type in _SHOWN]
        texts = [child.content if child.type == "text" else _SHOWN[child.type] for child in shown]
        for child, text in zip(shown, smart_texts(texts), strict=True):
            if child.type == "text":
                child.content = text


def _note_lines(state: StateCore) -> None:
    """Give blocks and pictures the line they come from."""
    for token in state.tokens:
        if token.map is None:
            continue
        if token.type in _LINE_BLOCKS:
            token.attrSet("data-line", str(token.map[0] + 1))
        elif token.meta.get("math"):
            token.content = token.content.replace("<div", f'<div data-line="{token.map[0] + 1}"', 1)
        elif token.type == "html_block":
            token.content = _number_pictures(token.content, token.map[0] + 1)
        elif token.type == "inline" and token.children:
            _note_picture_lines(token.children, token.map[0] + 1)


def _note_picture_lines(children: Sequence[Token], line: int) -> None:
    """Give the pictures of one paragraph their lines; its line ends are what separates them."""
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "image":
            child.attrSet("data-line", str(line))
        elif child.type == "html_inline":
            child.content = _number_pictures(child.content, line)
            line += child.content.count("\n")
        elif child.type == "text":
            line += child.content.count("\n")


def _number_pictures(raw: str, line: int) -> str:
    """Raw HTML with the line of each picture in its tag."""

    def numbered(found: re.Match[str]) -> str:
        return f'{found[0]} data-line="{line + raw.count(chr(10), 0, found.start())}"'

    return _RAW_PICTURE.sub(numbered, raw)


class _Output(RendererHTML):
    """How tokens become HTML where we want it otherwise than markdown-it."""

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Give a fence as `<pre><code>`, the rest of its info string kept for the highlighter."""
        token = tokens[idx]
        found = _FENCE_INFO.match(_unescape(token.info))
        language, rest = (found[1], found[2].strip()) if found else ("", "")
        kind = f' class="language-{html.escape(language)}"' if language else ""
        extra = f' data-info="{html.escape(rest)}"' if rest else ""
        body = html.escape(token.content, quote=False)
        return f"<pre{_line_attribute(token)}><code{kind}{extra}>{body}</code></pre>\n"

    def code_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Give an indented listing as `<pre><code>`."""
        token = tokens[idx]
        return f"<pre{_line_attribute(token)}><code>{html.escape(token.content, quote=False)}</code></pre>\n"

    def footnote_ref(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Give a reference to a footnote."""
        number = tokens[idx].meta["id"] + 1
        return f'<sup><a href="#fn:{number}" class="footnote-ref">{number}</a></sup>'

    def footnote_block_open(
        self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        """Give the beginning of the footnotes."""
        return '<div class="footnotes">\n<hr>\n<ol>\n'

    def footnote_block_close(
        self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        """Give the end of the footnotes."""
        return "</ol>\n</div>\n"

    def footnote_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Give the beginning of one footnote."""
        return f'<li id="fn:{tokens[idx].meta["id"] + 1}">'

    def footnote_anchor(
        self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        """Give nothing: paper has no use for a link back from a footnote."""
        return ""


class _SafeOutput(_Output):
    """The same without the blog's raw HTML, as Hugo does unless told otherwise."""

    def html_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Give only what we made ourselves."""
        return tokens[idx].content if tokens[idx].meta else ""

    def html_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Give only what we made ourselves."""
        return tokens[idx].content if tokens[idx].meta else ""


def _unescape(info: str) -> str:
    """An info string without backslash escapes and entities."""
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", info))


def _line_attribute(token: Token) -> str:
    """The token's `data-line`, ready for a tag."""
    line = token.attrGet("data-line")
    return f' data-line="{line}"' if line else ""
