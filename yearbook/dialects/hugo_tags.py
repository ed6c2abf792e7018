"""Hugo's shortcodes: the built-in ones, and those that many themes share.

Both forms are read, `{{< >}}` and `{{% %}}`, nested and over several lines; `{{</* */>}}` prints as it reads.
"""

import bisect
import html
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from yearbook.dialects import tag_html as made
from yearbook.dialects.tag_parts import (
    MAX_DEPTH,
    MAX_OUTPUT,
    Call,
    CodeRanges,
    Expanded,
    Html,
    LineIndex,
    Meaning,
    Piece,
    Surroundings,
    Words,
    Writer,
    inner_html,
    path_of,
    plain_key,
    short_html,
    write_meaning,
)
from yearbook.value import dataclass

_OPEN = re.compile(r"\{\{([<%])")
_STEP = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`|[>%]\}\}|[^"`>%]+|.', re.DOTALL)
_HEAD = re.compile(r"\s*(/?)\s*([^\s\"`=/]+(?:/[^\s\"`=/]+)*)\s*(.*?)\s*(/?)\s*\Z", re.DOTALL)
_VALUE = re.compile(r"""(?:([\w-]+)\s*=\s*)?("(?:\\.|[^"\\])*"|`[^`]*`|[^\s"`]+)""")
_PICTURE = re.compile(r"<img [^>]*>")
_LONGEST_TAG = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tag:
    """One shortcode tag in a text."""

    start: int
    end: int
    name: str
    closes: bool
    alone: bool
    """Whether it closes itself."""
    values: str
    """Its values, as written."""


def expand(around: Surroundings) -> Expanded:
    """The post's Markdown with its shortcodes expanded."""
    text = around.post.body
    writer = Writer(around)
    piece = Piece(1)
    _Shortcodes(text, writer).write(piece, 0, len(text), 0)
    return Expanded(
        text=piece.text, lines=piece.lines, inserts=tuple(writer.inserts), findings=tuple(writer.findings)
    )


class _Shortcodes:
    """The shortcodes of one text."""

    def __init__(self, text: str, writer: Writer) -> None:
        self._text = text
        self._writer = writer
        self._line = LineIndex(text)
        self._code = CodeRanges(text)
        self._tags = _find_tags(text, self._code)
        self._starts = [tag.start for tag in self._tags]
        self._partner = _pair(self._tags)

    def write(self, piece: Piece, start: int, stop: int, depth: int) -> None:
        """Append the text between two positions, its tags expanded."""
        position = start
        first, last = bisect.bisect_left(self._starts, start), bisect.bisect_left(self._starts, stop)
        for index in range(first, last):
            tag = self._tags[index]
            if tag.start < position:
                continue
            self._copy(piece, position, tag.start)
            closing = self._partner.get(index)
            if closing and closing.end > stop:
                closing = None  # crossed tags: what is written first ends first
            if not tag.closes:
                self._write_tag(piece, tag, closing, depth)
            position = closing.end if closing else tag.end
        self._copy(piece, position, stop)

    def _copy(self, piece: Piece, start: int, stop: int) -> None:
        """Append text as it is; shortcodes that were commented out lose their comment signs."""
        text = self._text
        for found in _COMMENTED.finditer(text, start, stop):
            piece.copy(text[start : found.start()], self._line(start))
            shown = f"{{{{{found[1]}{found[2]}{found[3]}}}}}"
            in_code = found.start() in self._code
            piece.put(shown if in_code else self._writer.mark(html.escape(shown)), self._line(found.start()))
            start = found.end()
        piece.copy(text[start:stop], self._line(start))

    def _write_tag(self, piece: Piece, tag: _Tag, closing: _Tag | None, depth: int) -> None:
        """Append what one tag becomes."""
        line = self._line(tag.start)
        key = plain_key(tag.name)
        inner = Piece(self._line(tag.end))
        raw = self._text[tag.end : closing.start] if closing else ""
        if closing and key not in _RAW and depth < MAX_DEPTH and self._writer.written < MAX_OUTPUT:
            self.write(inner, tag.end, closing.start, depth + 1)
        self._writer.written += len(raw)
        positional, named = _values(tag.values)
        call = Call(
            name=tag.name, positional=positional, named=named, inner=inner.text if closing else None,
            raw=raw, lines=inner.lines, line=line,
        )  # fmt: skip
        write_meaning(piece, call, _MEANINGS.get(key), self._writer, f"the shortcode {tag.name}")


_COMMENTED = re.compile(r"\{\{([<%])/\*(.{0,4000}?)\*/([>%])\}\}", re.DOTALL)


def _find_tags(text: str, code: CodeRanges) -> list[_Tag]:
    """Every shortcode tag outside code, in order."""
    tags: list[_Tag] = []
    position = 0
    while found := _OPEN.search(text, position):
        position = found.end()
        if found.start() in code or text.startswith("/*", position):
            continue
        end = _tag_end(text, position, found[1])
        head = _HEAD.match(text[position : end - 3]) if end else None
        if not end or not head:
            continue
        tags.append(
            _Tag(
                start=found.start(),
                end=end,
                name=head[2],
                closes=bool(head[1]),
                alone=bool(head[4]),
                values=head[3],
            )
        )
        position = end
    return tags


def _tag_end(text: str, position: int, sign: str) -> int:
    """Position after the tag's closing braces; 0 if it has none nearby."""
    close = (">" if sign == "<" else "%") + "}}"
    for found in _STEP.finditer(text, position, position + _LONGEST_TAG):
        if found[0] == close:
            return found.end()
        if _OPEN.match(found[0]):
            return 0
    return 0


def _pair(tags: Sequence[_Tag]) -> dict[int, _Tag]:
    """The closing tag of every opening one that has one."""
    partners: dict[int, _Tag] = {}
    waiting: dict[str, list[int]] = {}
    for index, tag in enumerate(tags):
        if tag.alone:
            continue
        if not tag.closes:
            waiting.setdefault(tag.name, []).append(index)
        elif waiting.get(tag.name):
            partners[waiting[tag.name].pop()] = tag
    return partners


def _values(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    r"""The values of a tag, without names and with.

    >>> _values('src="a \\"b\\".png" `c d` width=300')
    (('c d',), {'src': 'a "b".png', 'width': '300'})
    """
    positional: list[str] = []
    named: dict[str, str] = {}
    for found in _VALUE.finditer(text):
        value = found[2]
        if value[0] == '"':
            value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
        elif value[0] == "`":
            value = value[1:-1]
        if found[1]:
            named[found[1].lower()] = value
        else:
            positional.append(value)
    return tuple(positional), named


# ------------------------------------------------------------------------------------------- what they mean


def _figure(call: Call, around: Surroundings) -> Html | None:
    src = call.get("src", "path", "url", "href", "image", "img", "link", "name", position=0)
    if not src:
        return None
    caption = (
        call.get("caption", "desc", "description", "title", "text", position=1) or (call.inner or "").strip()
    )
    source = short_html(call.get("attr", "attribution", "credit"), around)
    title = call.get("title") if call.get("caption") and call.get("title") != call.get("caption") else ""
    parts = [f"<strong>{made.escape(title)}</strong>" if title else "", short_html(caption, around)]
    parts.append(made.link(call.get("attrlink"), source) if source else "")
    picture = made.image(
        src, alt=call.get("alt") or caption, width=call.get("width", "w", "size"), line=call.line
    )
    return Html(made.figure([made.link(call.get("link") if call.get("src") else "", picture)],
                            caption=" ".join(filter(None, parts))))  # fmt: skip


def _inline_picture(call: Call, _around: Surroundings) -> Html | None:
    src = call.get("src", "url", "path", position=0)
    return Html(made.image(src, alt=call.get("alt", "title"), width="24px", line=call.line)) if src else None


def _gallery(call: Call, around: Surroundings) -> Html | None:
    inner = inner_html(call, around)
    if inner:
        pictures = _PICTURE.findall(inner)
        only = not re.sub(r"<figcaption>.*?</figcaption>|<[^>]*>|\s+", "", inner, flags=re.DOTALL)
        captions = re.findall(r"<figcaption>(.*?)</figcaption>", inner, re.DOTALL)
        return Html(made.figure(pictures, caption=" · ".join(captions)) if only and pictures else inner)
    pictures = [
        value
        for value in call.positional
        if re.search(r"\.(?:png|jpe?g|gif|webp|svg)$", value, re.IGNORECASE)
    ]
    return Html(made.figure([made.image(src, line=call.line) for src in pictures])) if pictures else None


def _youtube(call: Call, _around: Surroundings) -> Html | None:
    video = call.get("id", "vid", "url", "src", position=0)
    return Html(made.youtube(video, call.get("title", "label"), call.line)) if video else None


def _vimeo(call: Call, _around: Surroundings) -> Html | None:
    video = call.get("id", position=0)
    return Html(made.frame(f"https://vimeo.com/{video}", call.get("title"), call.line)) if video else None


def _tweet(call: Call, _around: Surroundings) -> Html | None:
    number = call.get("id", position=len(call.positional) - 1)
    user = call.get("user") or (call.positional[0] if len(call.positional) > 1 else "i")
    return (
        Html(made.frame(f"https://x.com/{user}/status/{number}", f"@{user}", call.line)) if number else None
    )


def _instagram(call: Call, _around: Surroundings) -> Html | None:
    post = call.get("id", position=0)
    return Html(made.frame(f"https://www.instagram.com/p/{post}/", "Instagram", call.line)) if post else None


def _gist(call: Call, _around: Surroundings) -> Html | None:
    path = (
        "/".join(call.positional[:2])
        if call.positional
        else f"{call.get('user')}/{call.get('id')}".strip("/")
    )
    title = call.get("file", position=2) or "GitHub Gist"
    return Html(made.frame(f"https://gist.github.com/{path}", title, call.line)) if path else None


def _bilibili(call: Call, _around: Surroundings) -> Html | None:
    video = call.get("id", "bv", "vid", position=0)
    return (
        Html(made.frame(f"https://www.bilibili.com/video/{video}", "bilibili", call.line)) if video else None
    )


def _music(call: Call, _around: Surroundings) -> Html | None:
    url = call.get("url", "src", "link", position=0)
    return Html(made.frame(url, call.get("name", "title"), call.line)) if url else None


def _frame(call: Call, _around: Surroundings) -> Html | None:
    url = call.get("src", "url", "href", "file", "path", "link", position=0)
    return Html(made.frame(url, call.get("title", "caption", "name"), call.line)) if url else None


def _codepen(call: Call, _around: Surroundings) -> Html | None:
    pen, user = call.get("id", position=0), call.get("user", position=1)
    return (
        Html(made.frame(f"https://codepen.io/{user or 'anon'}/pen/{pen}", "CodePen", call.line))
        if pen
        else None
    )


def _repository(call: Call, _around: Surroundings) -> Html | None:
    name = call.get("repo", "repository", "name", "link", "url", position=0)
    return (
        Html(made.frame(name if "://" in name else f"https://github.com/{name}", name, call.line))
        if name
        else None
    )


def _highlight(call: Call, _around: Surroundings) -> Html | None:
    options = call.get("options", position=1)
    return Html(made.listing(call.raw.strip("\r\n"), call.get("lang", "language", position=0), options))


def _code(call: Call, _around: Surroundings) -> Html | None:
    body = call.raw.strip("\r\n") or call.get("source", "code", position=1)
    fenced = re.fullmatch(r"\s*(`{3,}|~{3,})([^\n]*)\n(.*?)\n?\s*\1\s*", body, re.DOTALL)
    if fenced:
        return Html(made.listing(fenced[3], fenced[2].strip()))
    return Html(made.listing(body, call.get("lang", "language", position=0))) if body else None


def _diagram(call: Call, _around: Surroundings) -> Html | None:
    return Html(made.listing(call.raw.strip("\r\n"), plain_key(call.name))) if call.raw.strip() else None


def _math(call: Call, _around: Surroundings) -> Html | None:
    tex = call.raw.strip()
    display = "\n" in tex or "display" in call.positional or call.get("display") == "true"
    tag, kind = ("div", "display") if display else ("span", "inline")
    return (
        Html(f'<{tag} class="math {kind}">{html.escape(tex.strip("$"), quote=False)}</{tag}>')
        if tex
        else None
    )


def _raw(call: Call, _around: Surroundings) -> Html:
    return Html(call.raw)


def _details(call: Call, around: Surroundings) -> Html:
    summary = call.get("summary", "title", "label", "name", "header", "text", position=0)
    return Html(made.details(inner_html(call, around), summary))


def _notice(call: Call, around: Surroundings) -> Html:
    """`{{< notice warning "Title" >}}`, `{{< warning >}}`, `{{< admonition type=tip >}}` and the like."""
    named = call.get("type", "kind", "style", "level", "color", "cardtype", "theme")
    words = list(call.positional)
    if not named and words and made.notice_kind(words[0]):
        named = words.pop(0)
    title = call.get("title", "header", "heading", "summary") or (words[0] if words else "")
    title = "" if title in ("true", "false") else title
    inner = inner_html(call, around) or made.escape(call.get("text", "content", "description"))
    return Html(made.notice(inner, kind=named or plain_key(call.name), title=title))


def _quote(call: Call, around: Surroundings) -> Html | None:
    inner = inner_html(call, around) or short_html(call.get("text", "quote", position=0), around)
    author = call.get(
        "author", "by", "pre", "footer", "cite", "source", "title", position=0 if call.inner else 1
    )
    source = made.link(call.get("link", "url", "href"), made.escape(author))
    return Html(made.quote(inner, source)) if inner else None


def _tab(call: Call, around: Surroundings) -> Html:
    name = call.get("name", "title", "tabname", "header", "label", "tab", position=0)
    head = f'<p class="tab-title"><strong>{made.escape(name)}</strong></p>' if name else ""
    lang = call.get("lang", "language", "codelang")
    inner = inner_html(call, around)
    if lang and call.raw.strip() and "<pre" not in inner:
        inner = made.listing(call.raw.strip("\r\n"), lang)
    return Html(head + inner)


def _button(call: Call, around: Surroundings) -> Html | None:
    href = call.get("href", "url", "link", "src", "relref", "ref", "to", position=0)
    label = short_html(call.inner or "", around) or made.escape(
        call.get("text", "label", "title", "content", position=1)
    )
    href = (around.resolve(href) or href) if not re.match(r"[a-z]+:|#|//", href) and href else href
    return Html(made.link(href, label or made.escape(href))) if href or label else None


def _post_card(call: Call, around: Surroundings) -> Html | None:
    reference = call.get("link", "ref", "path", "url", "href", position=0)
    path = around.resolve(reference) if reference else None
    return Html(f"<p>{made.link(path, made.escape(call.get('title') or reference))}</p>") if path else None


def _reference(call: Call, around: Surroundings) -> Words | None:
    reference = call.get("path", "url", position=0)
    return path_of(reference, around) if reference else None


def _param(call: Call, around: Surroundings) -> Words | None:
    name = call.get("name", position=0)
    if not name:
        return None
    params = around.blog.settings.get("params") if around.blog else None
    for source in (around.post.fields, around.post.fields.get("params"), params):
        value = _dig(source, name)
        if value is not None:
            return Words(str(value))
    return Words(
        "", trouble=f"the parameter {name} is set neither in the post nor in the site's configuration"
    )


def _dig(source: object, name: str) -> object:
    """The value under a dotted name in nested tables, letter case aside; None if there is none."""
    for part in name.lower().split("."):
        if not isinstance(source, Mapping):
            return None
        source = next((value for key, value in source.items() if str(key).lower() == part), None)
    return source


def _ruby(call: Call, _around: Surroundings) -> Html | None:
    base, reading = call.get("rb", "text", position=0), call.get("rt", "ruby", position=1)
    return Html(f"<ruby>{made.escape(base)}<rt>{made.escape(reading)}</rt></ruby>") if base else None


def _inline(tag: str) -> Meaning:
    """The meaning of a tag that wraps words, such as `{{< kbd >}}`."""

    def wrap(call: Call, around: Surroundings) -> Html | None:
        inner = short_html(call.inner or "", around) or made.escape(call.get("text", "content", position=0))
        return Html(f"<{tag}>{inner}</{tag}>") if inner else None

    return wrap


def _words(call: Call, around: Surroundings) -> Html | None:
    inner = short_html(call.inner or "", around) or made.escape(
        call.get("text", "content", "title", position=0)
    )
    return Html(inner) if inner else None


def _box(kind: str) -> Meaning:
    """The meaning of a tag that only places what is inside."""

    def wrap(call: Call, around: Surroundings) -> Html:
        inner = inner_html(call, around)
        return Html(made.division(inner, kind) if kind else f"<div>{inner}</div>")

    return wrap


def _side_note(call: Call, around: Surroundings) -> Html | None:
    inner = short_html(call.inner or "", around) or made.escape(call.get("text", "content", position=0))
    return Html(f" ({inner})") if inner else None


def _nothing(_call: Call, _around: Surroundings) -> Html:
    return Html("")


def _html(text: str) -> Meaning:
    """The meaning of a tag that is always the same HTML."""
    return lambda _call, _around: Html(text)


def _qr(call: Call, _around: Surroundings) -> Html | None:
    text = call.get("text", position=0) or (call.raw or "").strip()
    return Html(made.frame(text, "", call.line) if "://" in text else made.escape(text)) if text else None


_TABLE: tuple[tuple[Meaning, str], ...] = (
    (
        _figure,
        "figure img image picture pic photo figimg imgcap image-caption img-caption fig imgproc "
        "lazyimg responsive-image imgresize bundle-image resize-image local-image screenshot "
        "figure-azure zoomable imagewithcaption img-with-caption postimage lightbox album-item "
        "gallery-photo carousel-item",
    ),
    (_inline_picture, "inline-image emoji-image"),
    (
        _gallery,
        "gallery galleries load-photoswipe foldergallery gallerygrid image-gallery carousel "
        "slider grid-gallery",
    ),
    (_youtube, "youtube youtube-lite youtubelite yt youtube-simple youtube-enhanced"),
    (_vimeo, "vimeo vimeo-simple"),
    (_tweet, "tweet twitter twitter-simple x x-simple tweet-simple"),
    (_instagram, "instagram instagram-simple"),
    (_gist, "gist"),
    (_bilibili, "bilibili bili"),
    (_music, "music spotify soundcloud applemusic"),
    (
        _frame,
        "audio video pdf iframe embed embed-pdf pdfjs mp3 mp4 asciinema speakerdeck slideshare "
        "jsfiddle replit codesandbox stackblitz loom peertube googlemap map tiktok twitch odysee "
        "rumble html5video embed-video pdf-viewer",
    ),
    (_codepen, "codepen"),
    (_repository, "github github-card githubcard ghcard gh repo codeberg gitlab"),
    (_highlight, "highlight"),
    (_code, "code codeblock code-block codeimporter terminal console prism"),
    (_diagram, "mermaid plantuml graphviz dot echarts chart flowchart drawio markmap vega gnuplot"),
    (_math, "math katex latex mathjax tex equation"),
    (_raw, "rawhtml raw-html raw html unsafe unsafehtml html-raw plain"),
    (
        _details,
        "details expand spoiler collapse collapsible accordion-item fold folding toggle dropdown "
        "detail hidden expandable hint-answer",
    ),
    (
        _notice,
        "admonition notice note tip info warning danger caution important hint alert callout "
        "success error question attention tldr aside panel warn bug example abstract message "
        "notification block-tip primary secondary infobox boxed box bsnote admonish pageinfo "
        "warning-box banner",
    ),
    (_quote, "quote blockquote cite-quote epigraph pullquote quotation"),
    (_tab, "tab code-tab tabitem tab-item codetab tabs-item"),
    (
        _box(""),
        "tabs tabpane tabgroup codetabs tab-group accordion row column col columns grid block "
        "cards card timeline timeline-item step steps section container div group wrapper flex "
        "lead typeit style-text lang content boxmd markdown md mdinline list article-body left- "
        "column right-column font size fontsize rtl split half figures poem-box",
    ),
    (_box("verse"), "verse poem lyrics"),
    (_box("align-center"), "center centered align-center text-center"),
    (_box("align-right"), "right align-right text-right"),
    (_box("align-left"), "left align-left text-left"),
    (
        _button,
        "button btn link-button link a url external external-link badge-link link-card linkcard website site",
    ),
    (_post_card, "article post post-card internal-link post-link series-link"),
    (_reference, "ref relref absref"),
    (_param, "param params"),
    (_ruby, "ruby"),
    (_inline("kbd"), "kbd key"),
    (_inline("mark"), "mark marked hl highlighted underline-mark"),
    (_inline("sub"), "sub subscript"),
    (_inline("sup"), "sup superscript"),
    (_inline("u"), "u underline"),
    (_inline("del"), "del strike strikethrough s"),
    (_inline("strong"), "bold strong b"),
    (_inline("em"), "italic em i"),
    (_inline("cite"), "cite"),
    (
        _words,
        "badge label color colored text span small big chip tag keyword blur heimu black-curtain "
        "mask redacted",
    ),
    (_side_note, "sidenote marginnote fn footnote aside-note side-note"),
    (_html("<hr>"), "hr divider line separator"),
    (_html("<br>"), "br newline"),
    (_qr, "qr qrcode"),
    (
        _nothing,
        "toc table-of-contents comment comments icon fa fab fas icons pagebreak page-break clear "
        "clearfix more summary script style css ads adsense googleads space vspace children load- "
        "chart math-enable mathjax-enable katex-enable load-mermaid form newsletter subscribe "
        "disqus share",
    ),
)
_MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {name: meaning for meaning, names in _TABLE for name in names.split()}
)
_RAW = frozenset(
    [
        "highlight",
        "rawhtml",
        "raw-html",
        "raw",
        "html",
        "unsafe",
        "mermaid",
        "plantuml",
        "graphviz",
        "math",
        "katex",
        "latex",
        "mathjax",
        "tex",
        "equation",
        "code",
        "codeblock",
        "code-block",
        "terminal",
        "console",
        "prism",
        "comment",
        "echarts",
        "chart",
        "flowchart",
        "script",
        "style",
        "css",
        "dot",
        "drawio",
        "markmap",
        "vega",
    ]
)
