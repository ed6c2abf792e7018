"""What tags of all engines have in common: the HTML of a figure, a notice, a film, a listing.

The HTML is what a post could have written itself; cards, captions and colours are made in `render`.
"""

import html
import re
from collections.abc import Iterable, Mapping

_NOTICE_NAMES = {
    "note": "note default abstract summary tldr question help faq example quote cite secondary light dark",
    "info": "info information primary blue",
    "tip": "tip hint success check done green",
    "warning": "warning warn caution attention important orange",
    "danger": "danger error failure fail bug red",
}
_NOTICE_KINDS = {name: kind for kind, names in _NOTICE_NAMES.items() for name in names.split()}
_WIDTH = re.compile(r"\d+(?:\.\d+)?(?:%|px)?")


def escape(text: str) -> str:
    """The text for an attribute or between tags."""
    return html.escape(text, quote=True)


def attributes(values: Mapping[str, str]) -> str:
    """Attributes ready for a tag; empty ones are left out.

    >>> attributes({"src": "a b.png", "alt": "", "title": 'say "x"'})
    ' src="a b.png" title="say &quot;x&quot;"'
    """
    return "".join(f' {name}="{escape(value)}"' for name, value in values.items() if value)


def image(src: str, *, alt: str = "", title: str = "", width: str = "", line: int = 0) -> str:
    """An `<img>`."""
    values = {"src": src.strip(), "title": title, "width": width if _WIDTH.fullmatch(width.strip()) else ""}
    return (
        f'<img alt="{escape(alt)}"{attributes(values)}{attributes({"data-line": str(line) if line else ""})}>'
    )


def figure(images: Iterable[str], *, caption: str = "", kind: str = "") -> str:
    """A `<figure>` of finished `<img>` tags; the caption is HTML."""
    shown = list(images)
    if not shown:
        return ""
    kinds = kind or {1: "", 2: "pair"}.get(len(shown), "gallery")
    below = f"<figcaption>{caption}</figcaption>" if caption.strip() else ""
    return f"<figure{attributes({'class': kinds})}>{''.join(shown)}{below}</figure>"


def link(href: str, inner: str) -> str:
    """A link around HTML; the HTML alone if there is no address."""
    return f'<a href="{escape(href)}">{inner}</a>' if href else inner


def frame(url: str, title: str = "", line: int = 0) -> str:
    """A frame, which `render` turns into a card."""
    return (
        f"<iframe{attributes({'src': url, 'title': title, 'data-line': str(line) if line else ''})}></iframe>"
    )


def notice(inner: str, *, kind: str = "note", title: str = "") -> str:
    """A notice of one of four kinds with its title; the inner part is HTML, the title is text."""
    plain = notice_kind(kind) or "note"
    head = f'<p class="notice-title">{escape(title)}</p>' if title.strip() else ""
    return f'<div class="notice notice-{plain}">{head}{inner}</div>'


def notice_kind(name: str) -> str:
    """The kind of notice that a word names: `note`, `info`, `tip`, `warning` or `danger`; empty if none.

    >>> notice_kind("Caution"), notice_kind("blah")
    ('warning', '')
    """
    return _NOTICE_KINDS.get(name.strip().lower(), "")


def details(inner: str, summary: str) -> str:
    """A part that the blog folds up, printed open."""
    head = f"<summary>{escape(summary)}</summary>" if summary.strip() else ""
    return f"<details open>{head}{inner}</details>"


def listing(code: str, language: str = "", information: str = "") -> str:
    """A listing; the code is text."""
    kind = {
        "class": f"language-{language.strip()}" if language.strip() else "",
        "data-info": information.strip(),
    }
    return f"<pre><code{attributes(kind)}>{html.escape(code, quote=False)}</code></pre>"


def quote(inner: str, source: str = "") -> str:
    """A quotation with its source, which is HTML."""
    by = f"<p><cite>— {source}</cite></p>" if source.strip() else ""
    return f"<blockquote>{inner}{by}</blockquote>"


def division(inner: str, kind: str) -> str:
    """HTML in a division of a class."""
    return f'<div class="{escape(kind)}">{inner}</div>'


def youtube(video: str, title: str = "", line: int = 0) -> str:
    """A film on YouTube, by its id or address."""
    video = video.strip()
    return frame(
        video if "/" in video else f"https://www.youtube.com/embed/{video}", title or "YouTube", line
    )


def strip_paragraph(text: str) -> str:
    r"""The HTML without the paragraph around it, if it is only one.

    >>> strip_paragraph('<p data-line="1">a <em>b</em></p>\n')
    'a <em>b</em>'
    """
    found = re.fullmatch(r"\s*<p(?: [^<>]*)?>(.*)</p>\s*", text, re.DOTALL)
    return found[1] if found and "<p" not in found[1] else text
