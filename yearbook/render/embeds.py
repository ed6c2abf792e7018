"""Frames, films and cards of other sites: paper gets a card with a title and an address.

A card is `<aside class="embed" data-url="…" data-kind="youtube">`; drawing a QR code on it belongs to
`localise`.
"""

import re
from urllib.parse import parse_qs, unquote, urlsplit

from yearbook.render.tree import Element, elements, has_text, line_of, new, remove, replace
from yearbook.value import dataclass

_KINDS = (
    (
        "youtube",
        "YouTube",
        re.compile(r"(?:youtube(?:-nocookie)?\.com/(?:embed/|watch\?|shorts/|live/)|youtu\.be/)"),
    ),
    ("vimeo", "Vimeo", re.compile(r"vimeo\.com/")),
    ("gist", "GitHub Gist", re.compile(r"gist\.github\.com/")),
    ("codepen", "CodePen", re.compile(r"codepen\.io/")),
    ("tweet", "X", re.compile(r"(?:twitter|x)\.com/\w+/status")),
    ("instagram", "Instagram", re.compile(r"instagram\.com/")),
    ("bilibili", "bilibili", re.compile(r"bilibili\.com/")),
    ("map", "Google Maps", re.compile(r"google\.[a-z.]+/maps|maps\.google|kko\.to|map\.naver|map\.kakao")),
    ("slides", "Slides", re.compile(r"slideshare\.net|speakerdeck\.com|docs\.google\.com/presentation")),
    ("music", "Music", re.compile(r"spotify\.com|soundcloud\.com|music\.apple\.com")),
)
_YOUTUBE_ID = re.compile(r"(?:embed/|shorts/|live/|v/|youtu\.be/)([\w-]{6,})")
_VIMEO_ID = re.compile(r"vimeo\.com/(?:video/)?(\d+)")
_GIST_SCRIPT = re.compile(
    r"<script\b[^<>]{0,200}?\bsrc=[\"']?(https?://gist\.github\.com/[\w./-]{1,120}?)(?:\.js)?[\"'?\s][^<>]*>",
    re.I,
)
_QUOTES = frozenset({"twitter-tweet", "instagram-media", "tiktok-embed", "reddit-card", "bluesky-embed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Embed:
    """What a frame shows."""

    kind: str
    """Stable slug such as `youtube`; `frame` if the site is unknown."""
    title: str
    """What the card says first."""
    url: str
    """Address a person can open."""


def embed_of(src: str, title: str = "", *, kind: str = "frame") -> Embed:
    """What the address of a frame or a film stands for.

    >>> embed_of("https://www.youtube.com/embed/abcdefghijk?rel=0").url
    'https://www.youtube.com/watch?v=abcdefghijk'
    """
    url = f"https:{src}" if src.startswith("//") else src
    for slug, name, pattern in _KINDS:
        if pattern.search(url):
            return Embed(kind=slug, title=title or name, url=_canonical(slug, url))
    host = urlsplit(url).hostname or ""
    return Embed(kind=kind, title=title or host or unquote(urlsplit(url).path.rsplit("/", 1)[-1]), url=url)


def _canonical(kind: str, url: str) -> str:
    """The address under which a person watches what the frame shows."""
    if kind == "youtube":
        found = _YOUTUBE_ID.search(url)
        listed = parse_qs(urlsplit(url).query).get("v")
        video = found[1] if found and found[1] != "videoseries" else (listed[0] if listed else "")
        return f"https://www.youtube.com/watch?v={video}" if video else url
    if kind == "vimeo":
        found = _VIMEO_ID.search(url)
        return f"https://vimeo.com/{found[1]}" if found else url
    return url


def card(embed: Embed, line: int = 0) -> Element:
    """The card as an element."""
    aside = new("aside", class_=f"embed embed-{embed.kind}", data_url=embed.url, data_kind=embed.kind)
    if line:
        aside.set("data-line", str(line))
    aside.append(new("p", embed.title, class_="embed-title"))
    address = new("p", class_="embed-url")
    address.append(new("a", readable(embed.url), href=embed.url))
    aside.append(address)
    return aside


def readable(url: str) -> str:
    """The address as a person types it.

    >>> readable("https://www.example.org/a/")
    'example.org/a'
    """
    return re.sub(r"^(?:https?:)?//(?:www\.)?", "", url).rstrip("/")


def show_gists(html: str) -> str:
    """The HTML with scripts that print a gist turned into frames, before scripts are dropped."""
    return _GIST_SCRIPT.sub(lambda found: f'<iframe src="{found[1]}" title="GitHub Gist"></iframe>', html)


def make_cards(root: Element) -> None:
    """Turn frames, films, sounds and quoted posts of other sites into cards."""
    for frame in elements(root, "iframe", "video", "audio"):
        src = frame.get("src") or frame.get("data-src") or _first_source(frame)
        if not src:
            remove(frame)
            continue
        kind = "frame" if frame.tag == "iframe" else frame.tag
        replace(frame, card(embed_of(src, frame.get("title", ""), kind=kind), line_of(frame)))
    for quote in elements(root, "blockquote"):
        if _QUOTES & set(quote.get("class", "").split()):
            _quote_card(quote)
    _lift_cards(root)


def _first_source(frame: Element) -> str:
    """The address of a film's first `<source>`."""
    source = frame.find(".//source")
    return source.get("src", "") if source is not None else ""


def _quote_card(quote: Element) -> None:
    """Turn a quoted post of another site into a card that keeps its words."""
    links = [link.get("href", "") for link in quote.iter("a") if link.get("href")]
    words = " ".join(word for text in quote.itertext() for word in str(text).split())
    embed = embed_of(links[-1] if links else "", "")
    aside = card(embed, line_of(quote))
    if has_text(words):
        aside.insert(1, new("p", words, class_="embed-text"))
    replace(quote, aside)


def _lift_cards(root: Element) -> None:
    """Take cards out of paragraphs and spans: a card is a block."""
    for aside in elements(root, "aside"):
        parent = aside.getparent()
        while parent is not None and parent.tag in ("p", "span", "a", "strong", "em", "center"):
            grand = parent.getparent()
            if grand is None:
                break
            index = grand.index(parent)
            tail = aside.tail
            aside.tail = None
            rest = list(aside.itersiblings())
            parent.remove(aside)
            grand.insert(index + 1, aside)
            if has_text(tail) or rest:
                after = new(str(parent.tag), tail or "")
                after.extend(rest)
                grand.insert(index + 2, after)
                after.tail, parent.tail = parent.tail, None
            else:
                aside.tail, parent.tail = parent.tail, None
            parent = grand
