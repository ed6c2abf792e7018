"""Hexo's tags: the built-in ones, and those of the themes NexT and Butterfly that blogs lean on.

Tags in listings are left alone, as Hexo does.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from yearbook.dialects import tag_html as made
from yearbook.dialects.jekyll_tags import Grammar, expand_with
from yearbook.dialects.liquid import Token, Values
from yearbook.dialects.tag_parts import (
    Call,
    Expanded,
    Html,
    Meaning,
    Surroundings,
    Words,
    inner_html,
    path_of,
    plain_key,
    short_html,
)

_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|([^\s\"']+(?:\"[^\"]*\"|'[^']*')?[^\s\"']*)")
_FILE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|avif|bmp)(?:[?#]\S*)?$|^(?:https?:)?//|/", re.IGNORECASE)
_TAB = re.compile(r"<!--\s*(?:tab|subtab|subsubtab)(?:\s+(.*?))?\s*-->")
_SIZE = re.compile(r"\d+(?:px|%)?|auto")


def expand(around: Surroundings) -> Expanded:
    """The post's Markdown with its tags expanded."""
    return expand_with(around, _GRAMMAR)


def _call(token: Token, _values: Values, line: int) -> Call:
    """A tag's name and its words; quotes hold words together."""
    words = [found[1] or found[2] or found[3] or "" for found in _WORD.finditer(token.body)]
    named = dict(
        word.split(":", 1) for word in words if re.match(r"[a-z_]+:[^/]", word) and token.name == "codeblock"
    )
    return Call(
        name=token.name,
        positional=tuple(word for word in words if word.split(":", 1)[0] not in named),
        named={**named, "": token.body},
        line=line,
    )


def _image(call: Call, around: Surroundings) -> Html | None:
    """`{% asset_img [class] name [width] [height] ["title" ["alt"]] %}`, and `{% img %}`."""
    words = list(call.positional)
    while len(words) > 1 and not _FILE.search(words[0]):
        words.pop(0)
    if not words:
        return None
    src, *rest = words
    sizes = [word for word in rest if _SIZE.fullmatch(word)]
    texts = [
        text.strip("\"'")
        for word in rest
        if not _SIZE.fullmatch(word)
        for text in re.split(r"[\"'] [\"']", word)
    ]
    if not re.search("[\"']", call.named.get("", "")):
        texts = [" ".join(texts)]
    title, alt = [*texts, "", ""][:2]
    picture = made.image(src, alt=alt or title, width=sizes[0] if sizes else "", line=call.line)
    return Html(made.figure([picture], caption=short_html(title, around)))


def _asset_path(call: Call, _around: Surroundings) -> Words | None:
    return Words(call.positional[0].replace(" ", "%20")) if call.positional else None


def _asset_link(call: Call, _around: Surroundings) -> Html | None:
    words = [word for word in call.positional if word not in ("true", "false")]
    return Html(made.link(words[0], made.escape(" ".join(words[1:]) or words[0]))) if words else None


def _post_link(call: Call, around: Surroundings) -> Html | None:
    words = [word for word in call.positional if word not in ("true", "false")]
    if not words:
        return None
    found = path_of(words[0], around)
    return Html(made.link(found.text, made.escape(" ".join(words[1:]) or words[0])), trouble=found.trouble)


def _post_path(call: Call, around: Surroundings) -> Words | None:
    return path_of(call.positional[0], around) if call.positional else None


def _link(call: Call, _around: Surroundings) -> Html | None:
    """`{% link text url [external] [title] %}`."""
    href = next((word for word in call.positional if "://" in word or word.startswith("/")), "")
    text = " ".join(word for word in call.positional if word not in (href, "true", "false"))
    return Html(made.link(href, made.escape(text.split(",")[0].strip() or href))) if href else None


def _youtube(call: Call, _around: Surroundings) -> Html | None:
    return Html(made.youtube(call.positional[0], "", call.line)) if call.positional else None


def _vimeo(call: Call, _around: Surroundings) -> Html | None:
    return (
        Html(made.frame(f"https://vimeo.com/{call.positional[0]}", "", call.line))
        if call.positional
        else None
    )


def _frame(call: Call, _around: Surroundings) -> Html | None:
    url = next((word for word in call.positional if "/" in word or "." in word), "")
    return Html(made.frame(url, "", call.line)) if url else None


def _fiddle(call: Call, _around: Surroundings) -> Html | None:
    return (
        Html(made.frame(f"https://jsfiddle.net/{call.positional[0]}/", "JSFiddle", call.line))
        if call.positional
        else None
    )


def _gist(call: Call, _around: Surroundings) -> Html | None:
    if not call.positional:
        return None
    title = (*call.positional, "GitHub Gist")[1]
    return Html(made.frame(f"https://gist.github.com/{call.positional[0]}", title, call.line))


def _codeblock(call: Call, _around: Surroundings) -> Html:
    """`{% codeblock [title] [lang:language] [url] [link text] %}`."""
    titles = [word for word in call.positional if "://" not in word]
    head = f'<p class="listing-title">{made.escape(" ".join(titles))}</p>' if titles else ""
    marked = call.named.get("mark", "")
    return Html(head + made.listing(call.raw.strip("\r\n"), call.named.get("lang", ""),
                                    f'mark_lines="{marked}"' if marked else ""))  # fmt: skip


def _blockquote(call: Call, around: Surroundings) -> Html:
    """`{% blockquote [author[, source]] [link] [source link title] %}`."""
    href = next((word for word in call.positional if "://" in word), "")
    by = " ".join(word for word in call.positional if word != href)
    return Html(made.quote(inner_html(call, around), made.link(href, made.escape(by or href))))


def _note(call: Call, around: Surroundings) -> Html:
    """`{% note [kind] [no-icon] [title] %}`."""
    words = [
        word for word in call.positional if word not in ("no-icon", "simple", "modern", "flat", "disabled")
    ]
    kind = words.pop(0) if words and made.notice_kind(words[0]) else "note"
    words = [word for word in words if not word.startswith(("fa", "icon-"))]
    return Html(made.notice(inner_html(call, around), kind=kind, title=" ".join(words)))


def _fold(call: Call, around: Surroundings) -> Html:
    """`{% folding [color] title %}`, `{% hideToggle title %}`, `{% spoiler title %}`."""
    words = re.split(r"\s*,\s*", " ".join(call.positional))
    title = next(
        (word for word in words if word and not re.fullmatch(r"#[0-9a-f]+|open|cyan|blue|green|red", word)),
        "",
    )
    return Html(made.details(inner_html(call, around), title))


def _center_quote(call: Call, around: Surroundings) -> Html:
    return Html(made.quote(inner_html(call, around)))


def _plain(call: Call, around: Surroundings) -> Html:
    return Html(f"<div>{inner_html(call, around)}</div>")


def _tabs(call: Call, around: Surroundings) -> Html:
    """`{% tabs name %}` with `<!-- tab title@icon -->` before each."""
    inner = _TAB.sub(lambda found: _tab_title(found[1] or ""), inner_html(call, around))
    return Html(f"<div>{inner}</div>")


def _tab(call: Call, around: Surroundings) -> Html:
    """`{% tab title %}`."""
    return Html(f"<div>{_tab_title(' '.join(call.positional))}{inner_html(call, around)}</div>")


def _tab_title(written: str) -> str:
    title = written.split("@", 1)[0].strip()
    return f'<p class="tab-title"><strong>{made.escape(title)}</strong></p>' if title else ""


def _label(call: Call, _around: Surroundings) -> Html | None:
    """`{% label [class] @text %}`."""
    text = " ".join(call.positional)
    return Html(f"<mark>{made.escape(text.split('@', 1)[-1].strip())}</mark>") if text else None


def _button(call: Call, _around: Surroundings) -> Html | None:
    """`{% button url, text, icon [class], [title] %}`."""
    parts = [part.strip() for part in " ".join(call.positional).split(",")]
    return Html(made.link(parts[0], made.escape(parts[1] if len(parts) > 1 and parts[1] else parts[0])))


def _group_picture(call: Call, around: Surroundings) -> Html:
    inner = inner_html(call, around)
    return Html(inner)


def _hidden(call: Call, _around: Surroundings) -> Html | None:
    words = " ".join(call.positional).split(",")
    return Html(made.escape(words[0].strip())) if words[0].strip() else None


def _diagram(call: Call, _around: Surroundings) -> Html | None:
    return Html(made.listing(call.raw.strip("\r\n"), plain_key(call.name))) if call.raw.strip() else None


def _nothing(_call: Call, _around: Surroundings) -> Html:
    return Html("")


_TABLE: tuple[tuple[Meaning, str], ...] = (
    (_image, "asset-img img image fi full-image fancybox local-image lazyimage"),
    (_asset_path, "asset-path"),
    (_asset_link, "asset-link"),
    (_post_link, "post-link"),
    (_post_path, "post-path"),
    (_link, "link url linkcard"),
    (_youtube, "youtube youtuber"),
    (_vimeo, "vimeo"),
    (_frame, "iframe video audio pdf dplayer aplayer meting bilibili mp3 mp4 asciinema spotify ghcard"),
    (_fiddle, "jsfiddle"),
    (_gist, "gist"),
    (_codeblock, "codeblock code"),
    (_blockquote, "blockquote quote pullquote"),
    (_note, "note notel noteblock admonition alert tip info warning danger success message callout"),
    (_fold, "folding fold hidetoggle hideblock spoiler details collapse toggle"),
    (_center_quote, "centerquote cq"),
    (_tabs, "tabs subtabs subsubtabs"),
    (_tab, "tab"),
    (_plain, "timeline node center div p span-block cell row column markdown"),
    (_label, "label mark hint-label"),
    (_button, "button btn btns"),
    (_group_picture, "grouppicture gp gallery galleries gallerygroup"),
    (_hidden, "hideinline span u kbd"),
    (_diagram, "mermaid plantuml graphviz echarts chart markmap"),
    (_nothing, "more raw-end toc can caniuse wavedrom inlineimg icon"),
)
_MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {name: meaning for meaning, names in _TABLE for name in names.split()}
)
_GRAMMAR = Grammar(call=_call, in_code=False, meanings=_MEANINGS)
