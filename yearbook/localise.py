"""Makes a chapter stand by itself: pictures become prepared files, links lead into the book or to a footnote.

Finding is pure (`find_images`), and so is rewriting (`localise`); what lies between them, fetching and
preparing, is the store's. This is the only room that walks the HTML of chapters after `render`.
"""

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import cast
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
from lxml.html import HtmlElement

from yearbook.fill import SMALLEST_SCALE, Adjustment
from yearbook.listings import set_listings
from yearbook.model import Chapter, Finding, ImageUse, MissingImage, Post, PrintImage, Severity, StoredImage
from yearbook.store.addresses import is_dark_only, pick_source, resolve
from yearbook.trims import MM_PER_PT, Trim
from yearbook.typography import keep_words
from yearbook.wording import Wording

IMAGE_SCHEME = "yearbook-image:"
FULL_WIDTH_DPI = 150
"""A picture is never set so wide that it falls below this resolution."""
_PX_PER_INCH = 96
_INLINE_PX = 48
"""A picture no taller than this stands in its line, like a badge or an emoji."""
_GALLERY_GAP_MM = 3.0
_CAPTION_PT = 7.2
_CAPTION_LEADING = 2 / 3
"""Leading of captions as a share of the text's: three lines of caption stand on two of text."""
_TRACKING = re.compile(r"(^|&)(utm_[a-z]+|fbclid|gclid|igshid)=[^&]*", re.IGNORECASE)
_FRAME_RATIO = 3 / 4
"""Height of a thumbnail's frame as a share of its width."""
_NO_NOTE_INSIDE = frozenset({"h2", "h3", "h4", "h5", "h6", "table", "figcaption", "figure", "aside", "dl"})
_LONG_NOTE = 500
"""Characters beyond which a post's own footnote stays at the chapter's end: the engine cannot split it."""

Picture = PrintImage | MissingImage


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What placing pictures and notes depends on."""

    trim: Trim
    """The page."""
    words: Wording
    """The book's own words."""
    notes: bool
    """Whether addresses of links are printed as footnotes."""
    base_url: str
    """Public address of the blog without trailing slash; may be empty."""
    tallest: float = 0.62
    """Share of the type area that one picture may fill in height."""

    @property
    def tallest_mm(self) -> float:
        """Height that one picture may have."""
        return self.trim.type_height_pt * MM_PER_PT * self.tallest


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Where links inside the blog may lead."""

    chapters: Mapping[str, str]
    """Chapter id by site path, for posts in the book."""
    anchors: frozenset[str]
    """Every `id` in the book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """One picture as it stands in a chapter, for the index of pictures."""

    anchor: str
    """Its `id`."""
    src: str
    """Its address in the book."""
    width_share: float
    """Width as a share of the frame's, so that all thumbnails are equally tall at most."""
    width_mm: float
    """Width it is set in."""


def parse(html: str) -> HtmlElement:
    """The fragment as children of one `div`."""
    return lxml.html.fragment_fromstring(html, create_parent="div")


def serialise(root: HtmlElement) -> str:
    """The children of `root` as text."""
    return escape(root.text or "", quote=False) + "".join(
        lxml.html.tostring(child, encoding="unicode") for child in root
    )


def choose_pictures(chapter: Chapter, enterprise_hosts: tuple[str, ...] = ()) -> Chapter:
    """The chapter with one address for every picture: the light and widest one a browser could have chosen.

    Pictures for dark screens only are dropped, and GitHub's pictures of emoji become the emoji.
    """
    if "<img" not in chapter.html:
        return chapter
    root = parse(chapter.html)
    for image in list(root.iter("img")):
        _choose(image, enterprise_hosts)
    return dataclasses.replace(chapter, html=serialise(root))


def _choose(image: HtmlElement, enterprise_hosts: tuple[str, ...]) -> None:
    frame = next(image.iterancestors("picture"), None)
    sources = list(frame.iter("source")) if frame is not None else []
    offers = [(source.get("media", ""), source.get("srcset", "")) for source in sources]
    src = pick_source(offers, image.get("src", "").strip(), image.get("srcset", ""))
    # The parser does not know that `<source>` is empty and puts the picture into it: only the tags may go.
    for wrapper in (*sources, *([frame] if frame is not None else [])):
        wrapper.drop_tag()
    image.attrib.pop("srcset", None)
    if is_dark_only(src) or not src:
        _drop(image)
        return
    emoji = resolve(src, enterprise_hosts=enterprise_hosts).emoji if "emoji" in src else ""
    if emoji:
        image.tail = emoji + (image.tail or "")
        _drop(image)
        return
    image.set("src", src)


def find_images(
    chapter: Chapter, *, locate: Callable[[Post, str], Path | None], base_url: str
) -> tuple[ImageUse, ...]:
    """Every picture the chapter shows, in document order, the opening picture first."""
    post = chapter.post
    uses = [_use(post, post.hero, "", 0, locate, base_url)] if post.hero else []
    for image in parse(chapter.html).iter("img"):
        src = image.get("src", "").strip()
        if src:
            uses.append(_use(post, src, image.get("alt", ""), _line(image), locate, base_url))
    return tuple(uses)


def picture_id(chapter_id: str, number: int) -> str:
    """Anchor of the chapter's picture with that number, counted from 0 as `find_images` lists them."""
    return f"{chapter_id}--picture-{number}"


def _use(
    post: Post, src: str, alt: str, line: int, locate: Callable[[Post, str], Path | None], base_url: str
) -> ImageUse:
    local_src = src.removeprefix(base_url) if base_url and src.startswith(f"{base_url}/") else src
    is_remote = bool(urlsplit(local_src).scheme or local_src.startswith("//"))
    local = None if is_remote else locate(post, local_src)
    url = ""
    if is_remote or (local is None and local_src != src):
        url = f"https:{src}" if src.startswith("//") else src
    source_line = post.body_line + line - 1 if line else 0
    return ImageUse(src=src, place=post.place, line=source_line, alt=alt, local=local, url=url)


def _line(element: HtmlElement) -> int:
    """1-based line of the body on which the element or its nearest marked ancestor stands; 0 if unknown."""
    for node in (element, *element.iterancestors()):
        if line := node.get("data-line"):
            return int(line)
    return 0


def localise(
    chapter: Chapter,
    *,
    pictures: Mapping[str, Picture],
    targets: Targets,
    setting: Setting,
    adjustments: Mapping[str, Adjustment] = MappingProxyType({}),
) -> Chapter:
    """The chapter with every picture and link settled.

    Args:
        chapter: as rendered.
        pictures: by address as written; an address that is not there is a bug.
        targets: what links may lead to.
        setting: the page and its words.
        adjustments: wishes for single pictures by their anchor, so that pages fill.
    """
    root = parse(chapter.html)
    _number_pictures(root, chapter)
    _hero(root, chapter, pictures)
    _move_later(root, adjustments)
    _place_pictures(root, pictures, setting, adjustments)
    set_listings(root, setting.trim)
    findings = tuple(_links(root, chapter.post, targets, setting))
    keep_heading_words(root)
    return dataclasses.replace(chapter, html=serialise(root), findings=chapter.findings + findings)


# ---------------------------------------------------------------------------------------------- pictures


def _number_pictures(root: HtmlElement, chapter: Chapter) -> None:
    """Gives every picture its anchor, so that the report can name the page it came to stand on."""
    shown = [image for image in root.iter("img") if image.get("src", "").strip()]
    for number, image in enumerate(shown, start=1 if chapter.post.hero else 0):
        image.set("id", picture_id(chapter.id, number))


def _hero(root: HtmlElement, chapter: Chapter, pictures: Mapping[str, Picture]) -> None:
    """Puts the opening picture first, unless the post shows the same picture anyway."""
    post = chapter.post
    hero = pictures.get(post.hero) if post.hero else None
    if not isinstance(hero, PrintImage):
        return
    shown = (pictures.get(image.get("src", "")) for image in root.iter("img"))
    if any(isinstance(picture, PrintImage) and picture.sha256 == hero.sha256 for picture in shown):
        return
    figure = lxml.html.Element("figure", {"class": "hero"})
    image = {"src": post.hero, "alt": "", "id": picture_id(chapter.id, 0)}
    figure.append(lxml.html.Element("img", image))
    figure.tail, root.text = root.text, None
    root.insert(0, figure)


def _move_later(root: HtmlElement, adjustments: Mapping[str, Adjustment]) -> None:
    """Lets text go before a figure, as far as its own section reaches."""
    for figure in list(root.iter("figure")):
        image = figure.find(".//img")
        wish = adjustments.get(image.get("id", "")) if image is not None else None
        for _ in range(wish.later if wish else 0):
            following = figure.getnext()
            if following is None or following.tag not in {"p", "ul", "ol", "blockquote"}:
                break
            figure.tail, tail = None, figure.tail
            following.addnext(figure)
            if tail:
                following.tail = tail


def _place_pictures(
    root: HtmlElement,
    pictures: Mapping[str, Picture],
    setting: Setting,
    adjustments: Mapping[str, Adjustment],
) -> None:
    figures = list(root.iter("figure"))
    for figure in figures:
        images = list(figure.iter("img"))
        placed = [pictures[image.get("src", "")] for image in images]
        if len(images) > 1 and all(isinstance(picture, PrintImage) for picture in placed):
            _gallery(figure, images, [p for p in placed if isinstance(p, PrintImage)], setting)
        elif images:
            wish = adjustments.get(images[0].get("id", ""), Adjustment())
            _figure(figure, images, placed, setting, wish)
    inside = {id(image) for figure in figures for image in figure.iter("img")}
    for image in [image for image in root.iter("img") if id(image) not in inside and not _is_done(image)]:
        _inline(image, pictures.get(image.get("src", "")), setting)


def _is_done(image: HtmlElement) -> bool:
    return str(image.get("src", "")).startswith(IMAGE_SCHEME)


def _figure(
    figure: HtmlElement, images: list[HtmlElement], placed: list[Picture], setting: Setting, wish: Adjustment
) -> None:
    caption = figure.find("figcaption")
    height_pt = 0.0
    width_mm = 0.0
    for image, picture in zip(images, placed, strict=True):
        if isinstance(picture, MissingImage):
            _replace(image, missing_box(picture, image.get("alt", ""), setting.words, inline=False))
            width_mm = setting.trim.measure
        else:
            size = _block_size(picture, image.get("data-width", ""), setting)
            if wish.lines and len(images) == 1:
                size = _smaller(size, wish.lines, caption, setting.trim)
            _settle(image, picture, *size)
            width_mm = max(width_mm, size[0])
            height_pt += size[1] / MM_PER_PT
    if height_pt:
        _snap(figure, height_pt, width_mm, setting.trim)


def _block_size(picture: PrintImage, wish: str, setting: Setting) -> tuple[float, float]:
    """Width and height in millimetres: as wide as measure, wish and pixels allow, and not too tall."""
    trim, tallest = setting.trim, setting.tallest_mm
    ratio = picture.source_height_px / picture.source_width_px
    clean = picture.source_width_px / FULL_WIDTH_DPI * 25.4
    if picture.kind == "svg":
        clean = max(trim.measure * 0.6, picture.source_width_px / _PX_PER_INCH * 25.4)
    width = min(trim.measure, clean, _wished_width(wish, trim.measure))
    return (width, width * ratio) if width * ratio <= tallest else (tallest / ratio, tallest)


def _smaller(
    size: tuple[float, float], lines: int, caption: HtmlElement | None, trim: Trim
) -> tuple[float, float]:
    """The size scaled to fit into so many lines with its caption, by a quarter at most."""
    width, height = size
    room_pt = lines * trim.leading_pt - (_caption_pt(caption, width, trim) if caption is not None else 0)
    scale = max(SMALLEST_SCALE, min(1.0, room_pt * MM_PER_PT / height))
    return width * scale, height * scale


def _caption_pt(caption: HtmlElement, width_mm: float, trim: Trim) -> float:
    """Height of the caption with the air above it."""
    return trim.leading_pt / 3 + _caption_lines(caption, width_mm) * trim.leading_pt * _CAPTION_LEADING


def _wished_width(wish: str, measure: float) -> float:
    """Width in millimetres that `50%` or `300px` or `300` asks for; no wish is the whole measure."""
    found = re.fullmatch(r"\s*([\d.]+)\s*(%|px)?\s*", wish)
    if not found or not (number := float(found[1])):
        return measure
    return measure * min(number, 100) / 100 if found[2] == "%" else number / _PX_PER_INCH * 25.4


def _snap(figure: HtmlElement, height_pt: float, width_mm: float, trim: Trim) -> None:
    """Makes the whole figure a whole number of lines tall, so that the text below is on the grid again."""
    caption = figure.find("figcaption")
    if caption is not None:
        height_pt += (
            trim.leading_pt / 3 + _caption_lines(caption, width_mm) * trim.leading_pt * _CAPTION_LEADING
        )
    # Text brings air of its own above its letters, so the picture may come closer than a whole line.
    closer = 0.65 if caption is None else 0.45
    lines = math.ceil((height_pt - trim.leading_pt * closer) / trim.leading_pt)
    pad = lines * trim.leading_pt - height_pt
    figure.set(
        "style",
        f"width:{width_mm:.2f}mm;height:{height_pt:.2f}pt;margin-bottom:{trim.leading_pt + pad:.2f}pt",
    )


def _caption_lines(caption: HtmlElement, width_mm: float) -> int:
    """How many lines the caption will take: CJK an em wide, all else a little over half."""
    text = " ".join((caption.text_content() or "").split())
    ems = sum(1.0 if ord(character) > 0x1100 else 0.56 for character in text)
    return max(1, math.ceil(ems * _CAPTION_PT * 1.04 / (width_mm / MM_PER_PT)))


def _gallery(
    figure: HtmlElement, images: list[HtmlElement], placed: list[PrintImage], setting: Setting
) -> None:
    """Pairs of pictures side by side, equally tall, filling the measure; an odd last one stands alone."""
    caption = figure.find("figcaption")
    rows: list[HtmlElement] = []
    height_pt = 0.0
    pairs = [slice(start, start + 2) for start in range(0, len(images), 2)]
    for number, pair in enumerate(pairs):
        row, row_height_mm = _row(images[pair], placed[pair], setting)
        gap = _GALLERY_GAP_MM if number else 0.0
        row.set("style", f"height:{row_height_mm:.2f}mm;margin-top:{gap:.2f}mm")
        rows.append(row)
        height_pt += (row_height_mm + gap) / MM_PER_PT
    for child in list(figure):
        figure.remove(child)
    figure.text = None
    figure.extend(rows)
    if caption is not None:
        figure.append(caption)
    if height_pt < setting.trim.type_height_pt * 0.95:
        _snap(figure, height_pt, setting.trim.measure, setting.trim)
    else:
        figure.set("class", f"{figure.get('class', '')} long".strip())


def _row(images: list[HtmlElement], placed: list[PrintImage], setting: Setting) -> tuple[HtmlElement, float]:
    ratios = [picture.source_width_px / picture.source_height_px for picture in placed]
    room = setting.trim.measure - _GALLERY_GAP_MM * (len(placed) - 1)
    height = min(room / sum(ratios), setting.tallest_mm)
    row = lxml.html.Element("div", {"class": "row"})
    for number, (image, picture, ratio) in enumerate(zip(images, placed, ratios, strict=True)):
        _settle(image, picture, height * ratio, height)
        if number:
            image.set("style", f"{image.get('style')};margin-left:{_GALLERY_GAP_MM}mm")
        image.tail = None
        row.append(image)
    return row, height


def _inline(image: HtmlElement, picture: Picture | None, setting: Setting) -> None:
    """A picture amid text: a small one stays in its line, a large one becomes a block of whole lines."""
    if isinstance(picture, MissingImage):
        _replace(image, missing_box(picture, image.get("alt", ""), setting.words, inline=True))
    elif picture is None:
        _drop(image)
    elif picture.source_height_px <= _INLINE_PX or _inside_table(image):
        height_mm = min(
            picture.source_height_px / _PX_PER_INCH * 25.4, setting.trim.leading_pt * MM_PER_PT * 0.8
        )
        if _inside_table(image):
            height_mm = min(picture.source_height_px / FULL_WIDTH_DPI * 25.4, 40)
        _settle(image, picture, height_mm * picture.source_width_px / picture.source_height_px, height_mm)
        image.set("class", "inline")
    else:
        width, height = _block_size(picture, image.get("data-width", ""), setting)
        _settle(image, picture, width, height)
        image.set("class", "block")
        height_pt = height / MM_PER_PT
        pad = math.ceil(height_pt / setting.trim.leading_pt) * setting.trim.leading_pt - height_pt
        image.set("style", f"{image.get('style')};padding-bottom:{pad:.2f}pt")


def _inside_table(element: HtmlElement) -> bool:
    return any(node.tag in {"td", "th"} for node in element.iterancestors())


def _settle(image: HtmlElement, picture: PrintImage, width_mm: float, height_mm: float) -> None:
    for name in ("data-width", "width", "height", "srcset", "sizes", "loading"):
        image.attrib.pop(name, None)
    image.set("src", IMAGE_SCHEME + picture.sha256)
    image.set("style", f"width:{width_mm:.2f}mm;height:{height_mm:.2f}mm")
    image.set("data-dpi", f"{picture.source_width_px / (width_mm / 25.4):.0f}")


def missing_box(picture: MissingImage, alt: str, words: Wording, *, inline: bool) -> HtmlElement:
    """The visible stand-in of a picture that could not be had."""
    box = lxml.html.Element("span", {"class": "missing-image inline" if inline else "missing-image"})
    for name, text in (
        ("label", words.missing_picture),
        ("alt", alt),
        ("address", _readable(picture.url)),
        ("reason", picture.detail),
    ):
        if text:
            part = lxml.html.Element("span", {"class": name})
            part.text = text
            part.tail = " "
            box.append(part)
    return box


# ---------------------------------------------------------------------------------------------- links


def _links(root: HtmlElement, post: Post, targets: Targets, setting: Setting) -> Iterator[Finding]:
    """Settles every link; numbers the notes of the chapter in reading order."""
    _unwrap_picture_links(root)
    own = _own_notes(root)
    number = 0
    noted: dict[str, int] = {}
    for link in list(root.iter("a")):
        if link.get("href") is None or link.getparent() is None:
            continue
        if (note := own.get(link.get("href", "").removeprefix("#"))) is not None:
            number += 1
            parent = link.getparent()
            alone = parent.tag == "sup" and len(parent) == 1 and not (parent.text or "").strip()
            _replace(parent if alone else link, _note_span(note, number))
            continue
        href, problem = _settle_link(link, post, targets, setting)
        if problem:
            yield problem
        if href and setting.notes and href not in noted and not _is_printed(link, href):
            number += 1
            noted[href] = number
            _append_note(link, _address_span(href, number))
    _drop_empty_notes(root)


def _unwrap_picture_links(root: HtmlElement) -> None:
    """A picture that links to itself needs no address; one that links elsewhere keeps its link, unprinted."""
    for link in [a for a in root.iter("a") if a.find(".//img") is not None or a.find(".//span") is not None]:
        if not "".join(link.itertext()).strip() or link.find(".//span[@class='missing-image']") is not None:
            link.drop_tag()


def _settle_link(
    link: HtmlElement, post: Post, targets: Targets, setting: Setting
) -> tuple[str, Finding | None]:
    """Points the link into the book or outside; gives the address to print, if any."""
    href = link.get("href", "").strip()
    if href.startswith("#"):
        if href[1:] not in targets.anchors:
            del link.attrib["href"]
        return "", None
    parts = urlsplit(href)
    if parts.scheme == "mailto":
        return "", None
    path = _site_path(href, post, setting.base_url)
    if path is None:
        return (f"https:{href}" if href.startswith("//") else href), None
    bare, _, fragment = path.partition("#")
    chapter = targets.chapters.get(_normal_path(bare))
    if chapter:
        anchor = f"{chapter}--{fragment}"
        link.set("href", f"#{anchor if anchor in targets.anchors else chapter}")
        link.set("class", "reference")
        return "", None
    return _leave_book(link, path, setting.base_url, post)


def _leave_book(link: HtmlElement, path: str, base_url: str, post: Post) -> tuple[str, Finding | None]:
    if base_url:
        link.set("href", base_url + path)
        return base_url + path, None
    line = _line(link)
    del link.attrib["href"]
    finding = Finding(
        kind="dead-link",
        severity=Severity.NOTE,
        place=post.place,
        line=post.body_line + line - 1 if line else 0,
        message=f"the link to {path} leads out of this book, and the blog's public address is not known",
        hint="set the base URL in the blog's configuration",
    )
    return "", finding


def _site_path(href: str, post: Post, base_url: str) -> str | None:
    """Path on the blog's own site with its fragment, or None if the link leads outside."""
    if base_url and (href == base_url or href.startswith((f"{base_url}/", f"{base_url}#"))):
        return href.removeprefix(base_url) or "/"
    if urlsplit(href).scheme or href.startswith("//"):
        return None
    return urljoin(post.permalink, href)


def _normal_path(path: str) -> str:
    """One spelling for `/a/b`, `/a/b/`, `/a/b/index.html` and `/a/b.html`."""
    clean = unquote(path.partition("?")[0])
    return re.sub(r"(/index)?(\.html?)?/?$", "", clean) + "/"


def list_pictures(chapter: Chapter) -> tuple[ShownPicture, ...]:
    """The pictures of a settled chapter that are large enough to look for, in order."""
    shown = []
    for image in parse(chapter.html).iter("img"):
        size = re.match(r"width:([\d.]+)mm;height:([\d.]+)mm", image.get("style", ""))
        if size and image.get("id") and image.get("class") != "inline":
            share = min(1.0, float(size[1]) / float(size[2]) * _FRAME_RATIO)
            shown.append(
                ShownPicture(
                    anchor=image.get("id"), src=image.get("src"), width_share=share, width_mm=float(size[1])
                )
            )
    return tuple(shown)


def keep_heading_words(root: HtmlElement) -> None:
    """Lets no line cut a Hangul word in headings and captions; code is left alone."""
    for block in root.iter("h2", "h3", "h4", "h5", "h6", "figcaption"):
        for element in block.iter():
            if element.tag != "code" and element.text:
                element.text = keep_words(element.text)
            if element is not block and element.tail:
                element.tail = keep_words(element.tail)


def targets(chapters: Iterable[Chapter]) -> Targets:
    """Everything that links inside the book may lead to."""
    found = tuple(chapters)
    ids = {chapter.id for chapter in found}
    for chapter in found:
        ids |= set(parse(chapter.html).xpath("//@id"))
    paths = {_normal_path(chapter.post.permalink): chapter.id for chapter in found}
    return Targets(chapters=paths, anchors=frozenset(ids))


# ---------------------------------------------------------------------------------------------- notes


def _own_notes(root: HtmlElement) -> dict[str, HtmlElement]:
    """The post's own footnotes that are short enough to stand at the foot of the page, by id."""
    notes: dict[str, HtmlElement] = {}
    for note in _select(root, ".//section[contains(@class,'footnotes')]//li[@id]"):
        text = note.text_content().strip()
        blocks = [
            child for child in note if child.tag in {"p", "ul", "ol", "pre", "blockquote", "table", "figure"}
        ]
        if len(text) <= _LONG_NOTE and all(block.tag == "p" for block in blocks) and len(blocks) <= 1:
            notes[note.get("id", "")] = note
    return notes


def _note_span(note: HtmlElement, number: int) -> HtmlElement:
    span = lxml.html.Element("span", {"class": "note", "data-number": str(number)})
    source = note.find("p") if note.find("p") is not None else note
    copy = lxml.html.fromstring(lxml.html.tostring(source, encoding="unicode", with_tail=False))
    for back in _select(copy, ".//a[contains(@class,'footnote-back') or contains(@class,'reversefootnote')]"):
        back.drop_tree()
    for link in copy.iter("a"):
        href = link.get("href", "")
        if href.startswith(("https://", "http://")) and not _is_printed(link, href):
            link.tail = f" ({_readable(href)}){link.tail or ''}"
    span.text = copy.text
    span.extend(list(copy))
    note.set("data-printed", "")
    return span


def _drop_empty_notes(root: HtmlElement) -> None:
    """Removes footnotes that now stand at the foot of a page, and the section when nothing is left in it."""
    for section in _select(root, ".//section[contains(@class,'footnotes')]"):
        for note in _select(section, ".//li[@data-printed]"):
            note.drop_tree()
        if not _select(section, ".//li"):
            section.drop_tree()


def _address_span(href: str, number: int) -> HtmlElement:
    span = lxml.html.Element("span", {"class": "note address", "data-number": str(number)})
    span.text = _readable(href)
    return span


def _append_note(link: HtmlElement, note: HtmlElement) -> None:
    """Puts the note behind its link; where the engine cannot place a footnote, behind the block instead."""
    holders = [node for node in link.iterancestors() if node.tag in _NO_NOTE_INSIDE]
    if not holders:
        link.addnext(note)
        note.tail, link.tail = link.tail, None
        return
    call = lxml.html.Element("sup", {"class": "note-call"})
    call.text = note.get("data-number")
    link.append(call)
    line = lxml.html.Element("p", {"class": "block-note"})
    number = lxml.html.Element("span", {"class": "number"})
    number.text = note.get("data-number")
    number.tail = note.text
    line.append(number)
    last = holders[-1]
    while (after := last.getnext()) is not None and after.get("class") == "block-note":
        last = after
    last.addnext(line)
    line.tail, last.tail = last.tail, None


def _is_printed(link: HtmlElement, href: str) -> bool:
    """Whether the address stands there already: as the link's own text, or on a card."""
    text = "".join(link.itertext()).strip()
    is_card = any("embed" in node.get("class", "").split() for node in link.iterancestors("aside"))
    return is_card or _readable(text).casefold() == _readable(href).casefold()


def _readable(url: str) -> str:
    """The address as a person would type it: no scheme, no tracking, letters instead of percent signs."""
    parts = urlsplit(url)
    query = _TRACKING.sub("", parts.query).lstrip("&")
    text = parts.netloc + parts.path.rstrip("/") + (f"?{query}" if query else "")
    text += f"#{parts.fragment}" if parts.fragment else ""
    readable = unquote(text, errors="strict") if _decodes(text) else text
    return readable if len(readable) <= 240 else f"{readable[:239]}…"


def _decodes(text: str) -> bool:
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        return False
    return plain.isprintable() and " " not in plain


# ---------------------------------------------------------------------------------------------- tree


def _select(root: HtmlElement, path: str) -> list[HtmlElement]:
    """The elements that an XPath names."""
    return cast("list[HtmlElement]", root.xpath(path))


def _replace(old: HtmlElement, new: HtmlElement) -> None:
    parent = old.getparent()
    if old.get("id"):
        new.set("id", old.get("id"))
    if parent is None:
        msg = "the root of a chapter cannot be replaced"
        raise ValueError(msg)
    new.tail, old.tail = old.tail, None
    parent.replace(old, new)


def _drop(element: HtmlElement) -> None:
    element.drop_tree()


def images_by_src(
    uses: Iterable[ImageUse], stored: Iterable[StoredImage | MissingImage], printed: Mapping[str, Picture]
) -> dict[str, Picture]:
    """Pictures by address as written; `printed` holds the prepared ones by digest of the original."""
    found: dict[str, Picture] = {}
    for use, image in zip(uses, stored, strict=True):
        found[use.src] = image if isinstance(image, MissingImage) else printed[image.sha256]
    return found
