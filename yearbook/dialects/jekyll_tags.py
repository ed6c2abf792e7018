"""Jekyll's Liquid: the tags and outputs that posts use, without running a site.

Conditions and loops are not run: what stands in them is kept, and a person is told.
"""

import bisect
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

from yearbook.dialects import tag_html as made
from yearbook.dialects.liquid import LONGEST, Token, Values, as_text, evaluate, read_tokens
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
    expand_nothing,
    inner_html,
    path_of,
    plain_key,
    short_html,
    write_meaning,
)
from yearbook.value import dataclass

_PARAMETER = re.compile(r"([\w-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"']+)")
_ARGUMENT = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
_OUTPUT = re.compile(r"\{\{(.{0,500}?)\}\}", re.DOTALL)
_BRANCH = ("else", "elsif", "elif", "when")
_FLOW = ("if", "unless", "for", "case", "tablerow", "ifchanged")
_QUIET = ("break", "continue", "cycle", "increment", "decrement", "layout", "render_time", "seo", "feed_meta")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What one engine's tags mean."""

    meanings: Mapping[str, Meaning]
    """By name of the tag."""
    call: Callable[[Token, Values, int], Call]
    """What is written in a tag."""
    in_code: bool
    """Whether tags in listings are expanded too, as Jekyll does and Hexo does not."""


def expand(around: Surroundings) -> Expanded:
    """The post's Markdown with its Liquid expanded."""
    if around.post.fields.get("render_with_liquid") is False:
        return expand_nothing(around)
    return expand_with(around, _GRAMMAR)


def expand_with(around: Surroundings, grammar: Grammar) -> Expanded:
    """The post's Markdown with its tags expanded as a grammar says."""
    writer, piece = Writer(around), Piece(1)
    text = around.post.body
    _Tags(text, writer, grammar, make_values(around)).write(piece, 0, len(text), 0)
    return Expanded(
        text=piece.text, lines=piece.lines, inserts=tuple(writer.inserts), findings=tuple(writer.findings)
    )


def make_values(around: Surroundings) -> Values:
    """What `site.…` and `page.…` are."""
    post, blog = around.post, around.blog
    settings = dict(blog.settings) if blog else {}
    address = urlsplit(blog.base_url) if blog else urlsplit("")
    base_path = str(settings.get("baseurl") or address.path or "").rstrip("/")
    url = str(settings.get("url") or (f"{address.scheme}://{address.netloc}" if address.netloc else ""))
    site = {"url": url.rstrip("/"), "baseurl": base_path, "title": blog.title if blog else "", **settings}
    site |= {"url": url.rstrip("/"), "baseurl": base_path, "github": {"url": url.rstrip("/") + base_path}}
    page = {
        "title": post.title, "url": post.permalink, "id": post.permalink.rstrip("/"), "date": post.date,
        "tags": list(post.tags), "categories": list(post.categories), "excerpt": post.summary, **post.fields,
    }  # fmt: skip
    page["date"] = post.date if isinstance(page["date"], (str, dt.date)) else page["date"]
    known = {"site": site, "page": page, "post": page, "jekyll": {"environment": "production"}, "layout": {}}
    return Values(known, base_path=base_path, base_url=blog.base_url if blog else "")


class _Tags:
    """The tags and outputs of one text."""

    def __init__(self, text: str, writer: Writer, grammar: Grammar, values: Values) -> None:
        self._text = text
        self._writer = writer
        self._grammar = grammar
        self._values = values
        self._line = LineIndex(text)
        self._code = CodeRanges(text)
        self._tokens = [
            token for token in read_tokens(text) if grammar.in_code or token.start not in self._code
        ]
        self._starts = [token.start for token in self._tokens]
        self._partner = _pair(self._tokens)

    def write(self, piece: Piece, start: int, stop: int, depth: int) -> None:
        """Append the text between two positions, its tags expanded."""
        position = start
        for token, closing in self._between(start, stop):
            if token.start < position:
                continue
            piece.copy(self._text[position : token.start], self._line(position))
            self._write_token(piece, token, closing, depth)
            position = closing.end if closing else token.end
        piece.copy(self._text[position:stop], self._line(position))

    def _between(self, start: int, stop: int) -> list[tuple[Token, Token | None]]:
        """The tokens of a range with the tags that close them inside it."""
        found: list[tuple[Token, Token | None]] = []
        first, last = bisect.bisect_left(self._starts, start), bisect.bisect_left(self._starts, stop)
        for index in range(first, last):
            closing = self._partner.get(index)
            found.append((self._tokens[index], closing if closing and closing.end <= stop else None))
        return found

    def _write_token(self, piece: Piece, token: Token, closing: Token | None, depth: int) -> None:
        """Append what one tag or output becomes."""
        line = self._line(token.start)
        if self._writer.written > MAX_OUTPUT or depth > MAX_DEPTH:
            return
        if token.inner is not None:
            if token.name == "raw":
                piece.copy(token.inner, self._line(token.inner_start))
        elif not token.name:
            self._write_output(piece, token, line)
        elif token.name in ("assign", "capture"):
            self._assign(token, closing, depth)
        elif token.name in _FLOW:
            self._write_flow(piece, token, closing, depth)
        elif token.name not in _BRANCH and token.name not in _QUIET and not token.name.startswith("end"):
            self._write_tag(piece, token, closing, depth)

    def _write_output(self, piece: Piece, token: Token, line: int) -> None:
        """Append the value of `{{ … }}`; an unknown one stays in a listing and is nothing elsewhere."""
        known, value = evaluate(token.body, self._values)
        if known:
            text = as_text(value)
            self._writer.written += len(text)
            piece.put(text, line)
        elif token.start in self._code:
            piece.copy(self._text[token.start : token.end], line)
        else:
            self._writer.find(
                "unknown-tag", f"{{{{ {token.body[:80]} }}}} has no value; nothing is printed", line
            )

    def _assign(self, token: Token, closing: Token | None, depth: int) -> None:
        """Remember a value."""
        name, _, expression = token.body.partition("=")
        if token.name == "assign":
            self._values.assigned[name.strip()] = evaluate(expression.strip(), self._values)[1]
        elif closing:
            inner = Piece(self._line(token.end))
            self.write(inner, token.end, closing.start, depth + 1)
            self._values.assigned[token.body.strip("\"' ")] = inner.text[:LONGEST]

    def _write_flow(self, piece: Piece, token: Token, closing: Token | None, depth: int) -> None:
        """Append what stands in a condition or loop: the first branch, unless it is known to fail."""
        if closing is None:
            return
        branches = [
            other for other, _ in self._between(token.end, closing.start) if other.name in _BRANCH
        ]  # fmt: skip
        known, value = evaluate(token.body, self._values)
        holds = (value not in (None, False)) != (token.name == "unless")
        start, stop = token.end, branches[0].start if branches else closing.start
        if known and token.name in ("if", "unless") and not holds:
            start, stop = (branches[-1].end, closing.start) if branches else (stop, stop)
        elif not known or token.name not in ("if", "unless"):
            self._writer.find(
                "unknown-tag",
                f"{{% {token.name} %}} is not run; what stands in it is kept",
                self._line(token.start),
            )
        self.write(piece, start, stop, depth + 1)

    def _write_tag(self, piece: Piece, token: Token, closing: Token | None, depth: int) -> None:
        """Append what any other tag becomes."""
        line = self._line(token.start)
        call = self._grammar.call(token, self._values, line)
        inner = Piece(self._line(token.end))
        raw = self._text[token.end : closing.start] if closing else ""
        if closing:
            self.write(inner, token.end, closing.start, depth + 1)
        self._writer.written += len(raw)
        call = Call(
            name=call.name, positional=call.positional, named=call.named, lines=inner.lines, line=line,
            inner=inner.text if closing else None, raw=inner.text if self._grammar.in_code else raw,
        )  # fmt: skip
        meaning = self._grammar.meanings.get(plain_key(call.name))
        if token.start in self._code and (meaning is None or not _is_words(meaning)):
            piece.copy(self._text[token.start : closing.end if closing else token.end], line)
            return
        write_meaning(
            piece, call, meaning, self._writer, f"{{% {token.name} {token.body[:60]} %}}".replace("  ", " ")
        )


def _is_words(meaning: Meaning) -> bool:
    """Whether a tag becomes words, which may stand in a listing."""
    return meaning in (_link, _post_url)


def _pair(tokens: Sequence[Token]) -> dict[int, Token]:
    """The closing tag of every tag that has one."""
    partners: dict[int, Token] = {}
    waiting: dict[str, list[int]] = {}
    for index, token in enumerate(tokens):
        if token.name.startswith("end") and waiting.get(token.name[3:].lstrip("_")):
            partners[waiting[token.name[3:].lstrip("_")].pop()] = token
        elif token.name:
            waiting.setdefault(token.name, []).append(index)
    return partners


def _liquid_call(token: Token, values: Values, line: int) -> Call:
    """A Jekyll tag's name and values; `include figure.html` is the tag `figure`."""
    body = _OUTPUT.sub(lambda found: as_text(evaluate(found[1], values)[1]), token.body)
    named = {found[1]: _value(found[2], values) for found in _PARAMETER.finditer(body)}
    bare = _PARAMETER.sub(" ", body)
    words = [found[1] or found[2] or found[3] or "" for found in _ARGUMENT.finditer(bare)]
    name = token.name
    if name in ("include", "include_relative", "include_cached", "include_absolute", "render", "component"):
        name = f"include/{words.pop(0).strip(',')}" if words else "include/?"
    return Call(name=name, positional=tuple(words), named=named, line=line)


def _value(text: str, values: Values) -> str:
    """A parameter's value: quoted, or a variable's, or the word itself."""
    if text[0] in "\"'":
        return text[1:-1]
    known, value = values.look_up(text) if not re.fullmatch(r"[\d.]+%?|true|false", text) else (False, None)
    return as_text(value) if known else text


# ------------------------------------------------------------------------------------------- what they mean


def _figure(call: Call, around: Surroundings) -> Html | None:
    """`{% include figure image_path="…" alt="…" caption="…" %}` and its many relations."""
    src = call.get(
        "image_path", "src", "url", "path", "img", "file", "image", "filename", "link", "name", position=0
    )
    if not src:
        return None
    caption = call.get("caption", "description", "desc", "title", "text")
    width = call.get("width", "max-width", "w", "size")
    picture = made.image(src, alt=call.get("alt") or caption, width=width, line=call.line)
    return Html(made.figure([picture], caption=short_html(caption, around)))


def _gallery(call: Call, around: Surroundings) -> Html | None:
    """`{% include gallery id="…" caption="…" %}`: the pictures are listed in the front matter."""
    listed = around.post.fields.get(call.get("id") or "gallery")
    if not isinstance(listed, (list, tuple)):
        return None
    pictures = [picture for entry in listed if (picture := _gallery_picture(entry, call.line))]
    return Html(made.figure(pictures, caption=short_html(call.get("caption"), around))) if pictures else None


def _gallery_picture(entry: object, line: int) -> str:
    """One picture of a gallery."""
    if not isinstance(entry, Mapping):
        return made.image(str(entry), line=line) if isinstance(entry, str) else ""
    src = next((str(entry[key]) for key in ("image_path", "url", "src", "image") if entry.get(key)), "")
    return (
        made.image(src, alt=str(entry.get("alt") or ""), title=str(entry.get("title") or ""), line=line)
        if src
        else ""
    )


def _video(call: Call, _around: Surroundings) -> Html | None:
    """`{% include video id="…" provider="youtube" %}`."""
    video = call.get("id", "video_id", "vid", "url", "src", "video", "youtubeid", "videoid", position=0)
    provider = call.get("provider", "platform", "site").lower() or (
        "" if "://" in video or "." in video else "youtube"
    )
    url = {
        "youtube": f"https://www.youtube.com/embed/{video}",
        "vimeo": f"https://vimeo.com/{video}",
        "google-drive": f"https://drive.google.com/file/d/{video}/preview",
        "bilibili": f"https://www.bilibili.com/video/{video}",
    }.get(provider, video)
    url = video if "://" in video else url
    return Html(made.frame(url, call.get("title", "caption"), call.line)) if video else None


def _highlight(call: Call, _around: Surroundings) -> Html:
    """`{% highlight python linenos %}…{% endhighlight %}`."""
    language, *options = call.positional or ("",)
    marked = call.get("hl_lines", "mark_lines")
    information = " ".join([*options, f'mark_lines="{marked}"' if marked else ""]).strip()
    return Html(made.listing((call.inner or "").strip("\r\n"), language, information))


def _link(call: Call, around: Surroundings) -> Words | None:
    return path_of(call.positional[0], around) if call.positional else None


def _post_url(call: Call, around: Surroundings) -> Words | None:
    return path_of(call.positional[0], around) if call.positional else None


def _gist(call: Call, _around: Surroundings) -> Html | None:
    path = call.get("id", "gist", position=0)
    title = call.get("file", position=1) or "GitHub Gist"
    return Html(made.frame(f"https://gist.github.com/{path}", title, call.line)) if path else None


def _tweet(call: Call, _around: Surroundings) -> Html | None:
    url = next((word for word in (*call.positional, *call.named.values()) if "://" in word), "")
    return Html(made.frame(url, "", call.line)) if url else None


def _frame(call: Call, _around: Surroundings) -> Html | None:
    url = call.get("src", "url", "link", "href", "file", "path", "id", position=0)
    return Html(made.frame(url, call.get("title", "caption", "text"), call.line)) if url else None


def _notice(call: Call, around: Surroundings) -> Html | None:
    """`{% include note.html content="…" %}`, `{% note %}…{% endnote %}`."""
    inner = inner_html(call, around) or short_html(call.get("content", "text", "message", "body"), around)
    kind = call.get("type", "kind") or plain_key(call.name)
    return Html(made.notice(inner, kind=kind, title=call.get("title", "header"))) if inner else None


def _details(call: Call, around: Surroundings) -> Html:
    return Html(
        made.details(inner_html(call, around), call.get("summary", "title") or " ".join(call.positional))
    )


def _quote(call: Call, around: Surroundings) -> Html | None:
    inner = inner_html(call, around) or short_html(call.get("quote", "text", "content"), around)
    author = call.get("author", "source", "by", "cite") or " ".join(call.positional)
    return Html(made.quote(inner, made.escape(author))) if inner else None


def _button(call: Call, _around: Surroundings) -> Html | None:
    label, href = call.get("text", "label", "title", "name"), call.get("link", "url", "href")
    return Html(made.link(href, made.escape(label or href))) if href or label else None


def _diagram(call: Call, _around: Surroundings) -> Html | None:
    return Html(made.listing((call.inner or "").strip("\r\n"), plain_key(call.name))) if call.inner else None


def _math(call: Call, _around: Surroundings) -> Html | None:
    """`{% katex display %}`, `{% math %}`."""
    tag, kind = ("div", "display") if "display" in call.positional else ("span", "inline")
    tex = (call.inner or "").strip()
    return Html(f'<{tag} class="math {kind}">{made.escape(tex)}</{tag}>') if tex else None


def _inner(call: Call, _around: Surroundings) -> Words:
    return Words(call.inner or "")


def _nothing(_call: Call, _around: Surroundings) -> Html:
    return Html("")


def _picture(call: Call, around: Surroundings) -> Html | None:
    """`{% picture [preset] path … %}`, `{% img [class] path … %}`: the path is the word with an ending."""
    src = next(
        (
            word
            for word in call.positional
            if re.search(r"\.(?:png|jpe?g|gif|webp|svg|avif)$", word, re.IGNORECASE)
        ),
        "",
    )
    found = Call(
        name=call.name,
        positional=(src,),
        named={**call.named, "caption": call.get("caption")},
        line=call.line,
    )
    return _figure(found, around) if src or call.named else None


_TABLE: tuple[tuple[Meaning, str], ...] = (
    (
        _figure,
        "figure image img figure-img image-figure fig picture-caption image-caption img-caption "
        "imagecaption image-with-caption post-image photo lightbox responsive-image lazyload- "
        "image caption-image imgcap captioned-image figure-html aligner image-center center-image "
        "thumbnail",
    ),
    (_picture, "picture imgtag responsive-img rimg"),
    (_gallery, "gallery image-gallery"),
    (
        _video,
        "video youtube youtubeplayer youtube-player yt youtube-embed vimeo embed-youtube video- "
        "embed embed-video youtube-video responsive-embed youtube-lite lazyload-youtube",
    ),
    (_highlight, "highlight codeblock"),
    (_link, "link"),
    (_post_url, "post-url"),
    (_gist, "gist"),
    (_tweet, "twitter tweet x"),
    (
        _frame,
        "iframe pdf audio embed codepen jsfiddle spotify soundcloud slideshare speakerdeck mp3 "
        "mp4 oembed googlemap map instagram bilibili",
    ),
    (
        _notice,
        "note tip info warning danger caution important hint alert callout success error notice "
        "admonition message question attention",
    ),
    (_details, "details expand collapse spoiler accordion toggle"),
    (_quote, "blockquote quote pullquote"),
    (_button, "button btn"),
    (_diagram, "mermaid plantuml graphviz"),
    (_math, "katex math latex tex"),
    (_inner, "katexmm markdown center left right tabs tab div section block cache liquid mdlint"),
    (
        _nothing,
        "toc seo feed-meta comment bibliography disqus analytics google-analytics adsense ads ad "
        "mathjax mathjax-support katex-support share social-share back-to-top table-of-contents "
        "inline-highlight custom-head head scripts favicon advertisement google-adsense",
    ),
)
_MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {name: meaning for meaning, names in _TABLE for name in names.split()}
)
_GRAMMAR = Grammar(call=_liquid_call, in_code=True, meanings=_MEANINGS)
