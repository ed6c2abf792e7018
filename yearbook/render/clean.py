"""Lets only known HTML through: posts are not trusted.

nh3 parses as the HTML standard says and keeps what is on a list. It runs twice: `clean_in` before the tree is
built (the list is wider: frames and styles are still there to be turned into cards and classes), `clean_out`
after it. Nothing is rewritten here; what becomes of a frame or a style is said in `embeds` and `structure`.
"""

import functools
import re
from collections.abc import Iterator
from html import unescape

import nh3

from yearbook.lazy import later

_TEXT_TAGS = frozenset({
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite",
    "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption",
    "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p",
    "picture", "pre", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "section", "small", "source",
    "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr",
    "u", "ul", "var", "wbr",
})  # fmt: skip
_TAGS_IN = _TEXT_TAGS | frozenset({
    "acronym", "audio", "big", "center", "font", "iframe", "input", "main", "nav", "header", "footer",
    "strike", "tt", "video",
})  # fmt: skip
_DROPPED_WITH_TEXT = frozenset({
    "script", "style", "noscript", "template", "title", "svg", "textarea", "select", "object", "applet",
    "noframes", "canvas",
})  # fmt: skip
_COMMON = frozenset({"class", "id", "lang", "title", "data-line"})
_ATTRIBUTES_OUT: dict[str, set[str]] = {
    "*": set(_COMMON),
    "a": {"href"},
    "img": {"src", "alt", "srcset", "sizes", "data-width", "data-height"},
    "source": {"srcset", "media", "type", "sizes"},
    "aside": {"data-url", "data-kind"},
    "code": {"data-info", "data-lines"},
    "details": {"open"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "col": {"span"},
    "figure": {"data-width"},
    "span": {"data-checked", "data-display"},
    "q": {"cite"},
}
_ATTRIBUTES_IN: dict[str, set[str]] = {
    **_ATTRIBUTES_OUT,
    "*": set(_COMMON) | {"style", "align", "width"},
    "a": {"href", "name"},
    "img": {
        "src", "alt", "srcset", "sizes", "width", "height", "w", "h", "style", "data-src", "data-original",
        "data-srcset",
    },
    "iframe": {"src", "data-src", "title"},
    "source": {"src", "srcset", "media", "type", "sizes"},
    "video": {"src", "poster", "title"},
    "audio": {"src", "title"},
    "input": {"type", "checked"},
    "pre": {"data-info", "data-lang"},
}  # fmt: skip
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp", "data"})
_ASCII_CLASS = re.compile(r"[A-Za-z0-9_-][\w:.+#-]{0,63}", re.ASCII)
"""What most classes are; to compile the whole rule, with all the world's letters, takes five milliseconds."""
_CLASS = later(r"[A-Za-z0-9_\u00a0-\uffff-][\w\u00a0-\uffff:.+#-]{0,63}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PICTURE_TAG = re.compile(r"""<img\b[^>]*?\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_FRAME = re.compile(
    r"""(<iframe\b(?:[^>"']++|"[^"]*+"|'[^']*+')*+>)(?:(?:(?!<iframe\b).)*?</iframe\s*>)?""",
    re.IGNORECASE | re.DOTALL,
)
_SPAN_LIMIT = 100
_PICTURE_DATA = re.compile(r"data:image/(png|jpe?g|gif|webp|avif|svg\+xml|bmp)[;,]", re.IGNORECASE)

# Elements that HTML closes by itself when the next begins; counting them would take a long list for a deep
# one.
_UNCOUNTED = frozenset({
    "p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "rt", "rp", "rb", "area",
    "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param",
})  # fmt: skip
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*)")
_MAX_DEPTH = 64
_ODD = re.compile(
    r"<(script|style|object|embed|applet|form|svg|canvas|base|link|meta|frameset)\b", re.IGNORECASE
)


def clean_in(html: str) -> str:
    """The known part of a post's HTML, well formed; frames, styles and old tags are still in it."""
    return empty_frames(_cleaner_in().clean(limit_depth(empty_frames(html))))


def empty_frames(html: str) -> str:
    """The text with nothing inside its frames, and each closed at once.

    What stands in a frame is raw text to HTML: never shown, up to the end of the post if nobody closes it,
    and written out by the cleaner as it is, so that nobody could read the result as a tree.

    >>> empty_frames("<iframe src=x><p>a</iframe>b"), empty_frames("<iframe src='>'>c")
    ('<iframe src=x></iframe>b', "<iframe src='>'></iframe>c")
    """
    return _FRAME.sub(r"\1</iframe>", html) if "<iframe" in html.lower() else html


def clean_out(html: str) -> str:
    """The part of finished HTML that a chapter may hold, which ought to be all of it."""
    return _cleaner_out().clean(html)


@functools.cache
def _cleaner_in() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS_IN),
        clean_content_tags=set(_DROPPED_WITH_TEXT),
        attributes=_ATTRIBUTES_IN,
        attribute_filter=_filter_in,
        url_schemes=set(_SCHEMES),
        link_rel=None,
    )


@functools.cache
def _cleaner_out() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TEXT_TAGS),
        clean_content_tags=set(_DROPPED_WITH_TEXT),
        attributes=_ATTRIBUTES_OUT,
        attribute_filter=_filter_out,
        url_schemes=set(_SCHEMES),
        link_rel=None,
    )


def _filter_in(tag: str, name: str, value: str) -> str | None:
    """One attribute of the post, or None to drop it."""
    if name in ("colspan", "rowspan", "span"):
        return (
            str(min(int(value), _SPAN_LIMIT))
            if value.isascii() and value.isdigit() and int(value[:9])
            else None
        )
    if value[:5].lower() == "data:" and not (tag == "img" and _PICTURE_DATA.match(value)):
        return None
    if name == "data-line":
        return value if value.isdigit() else None
    return value


def _filter_out(tag: str, name: str, value: str) -> str | None:
    """One attribute of the finished chapter, or None to drop it."""
    if name == "class":
        kinds = value.split()
        return " ".join(k for k in kinds if _ASCII_CLASS.fullmatch(k) or _CLASS.fullmatch(k)) or None
    return _filter_in(tag, name, value)


def limit_depth(html: str, deepest: int = _MAX_DEPTH) -> str:
    """The text without opening tags nested too deep: every later room recurses, and so does the engine.

    >>> limit_depth("<b><i>x</i></b>", deepest=1)
    '<b>x</i></b>'
    """
    if html.count("<") <= deepest:
        return html
    depth, kept, pieces = 0, 0, []
    for found in _TAG.finditer(html):
        if found[2].lower() in _UNCOUNTED:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > deepest and not found[1]:
            close = html.find(">", found.end())
            if close < 0:
                break
            pieces.append(html[kept : found.start()])
            kept = max(kept, close + 1)
    return "".join(pieces) + html[kept:]


def find_refused(html: str) -> Iterator[str]:
    """The addresses of pictures that no book may open, which `clean_in` takes out.

    >>> list(find_refused('<img src="file:///etc/hostname"><img src="a.png"><img src="data:image/png,x">'))
    ['file:///etc/hostname']
    """
    for tag in _PICTURE_TAG.finditer(html):
        src = unescape(tag[1] or tag[2] or tag[3] or "").strip()
        scheme = _SCHEME.match(src)
        if scheme and (scheme[1].lower() not in _SCHEMES or _is_odd_data(src)):
            yield src


def _is_odd_data(src: str) -> bool:
    return src[:5].lower() == "data:" and not _PICTURE_DATA.match(src)


def find_dropped(html: str) -> Iterator[str]:
    """The names of elements that `clean_in` will take out and a person should hear of.

    >>> list(find_dropped("<p>a</p><script>b</script>"))
    ['script']
    """
    return (found[1].lower() for found in _ODD.finditer(html))
