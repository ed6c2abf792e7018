"""Which pictures a chapter shows, and which of several addresses is meant; nothing is fetched here."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from yearbook.localise.tree import drop, line_of, parse, serialise
from yearbook.localise.values import Picture, ShownPicture
from yearbook.model import Chapter, ImageUse, MissingImage, Picturing, Post, StoredImage

_FRAME_RATIO = 3 / 4
"""Height of a thumbnail's frame as a share of its width."""
_HREF = re.compile(r'\shref="([^"]*)"')


def survey(chapter: Chapter, enterprise_hosts: tuple[str, ...] = ()) -> Chapter:
    """The chapter as every later room takes it: one address a picture; pictures, anchors and links listed.

    The address is the light and widest one that a browser could have chosen. Pictures for dark screens only
    are dropped, and GitHub's pictures of emoji become the emoji.
    """
    root = parse(chapter.html)
    html = chapter.html
    if "<img" in html:
        for image in list(root.iter("img")):
            _choose(image, enterprise_hosts)
        html = serialise(root)
        root = parse(html)  # writing HTML escapes letters in addresses: they are named as they stand
    return dataclasses.replace(
        chapter,
        html=html,
        picturings=tuple(
            Picturing(src=src, alt=image.get("alt", ""), line=line_of(image))
            for image in root.iter("img")
            if (src := image.get("src", "").strip())
        ),
        anchors=tuple(str(name) for name in root.xpath("//@id")),
        hrefs=hrefs_in(html),
    )


def hrefs_in(html: str) -> tuple[str, ...]:
    """Every address that the HTML links to, as it is written there, without repeats."""
    return tuple(dict.fromkeys(_HREF.findall(html)))


def _choose(image: HtmlElement, enterprise_hosts: tuple[str, ...]) -> None:
    # The store takes a tenth of a second to load, and workers that only set pages do without.
    from yearbook.store.addresses import is_dark_only, pick_source, resolve

    frame = next(image.iterancestors("picture"), None)
    sources = list(frame.iter("source")) if frame is not None else []
    offers = [(source.get("media", ""), source.get("srcset", "")) for source in sources]
    src = pick_source(offers, image.get("src", "").strip(), image.get("srcset", ""))
    # The parser does not know that `<source>` is empty and puts the picture into it: only the tags may go.
    for wrapper in (*sources, *([frame] if frame is not None else [])):
        wrapper.drop_tag()
    image.attrib.pop("srcset", None)
    if is_dark_only(src) or not src:
        drop(image)
        return
    emoji = resolve(src, enterprise_hosts=enterprise_hosts).emoji if "emoji" in src else ""
    if emoji:
        image.tail = emoji + (image.tail or "")
        drop(image)
        return
    image.set("src", src)


def find_images(
    chapter: Chapter, *, locate: Callable[[Post, str], Path | None], base_url: str
) -> tuple[ImageUse, ...]:
    """Every picture the surveyed chapter shows, in document order, the opening picture first."""
    post = chapter.post
    uses = [_use(post, post.hero, "", 0, locate, base_url)] if post.hero else []
    uses += [_use(post, p.src, p.alt, p.line, locate, base_url) for p in chapter.picturings]
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


def images_by_src(
    uses: Iterable[ImageUse], stored: Iterable[StoredImage | MissingImage], printed: Mapping[str, Picture]
) -> dict[str, Picture]:
    """Pictures by address as written; `printed` holds the prepared ones by digest of the original."""
    found: dict[str, Picture] = {}
    for use, image in zip(uses, stored, strict=True):
        found[use.src] = image if isinstance(image, MissingImage) else printed[image.sha256]
    return found


def list_pictures(chapter: Chapter) -> tuple[ShownPicture, ...]:
    """The pictures of a settled chapter that are large enough to look for, in order."""
    shown: list[ShownPicture] = []
    for image in parse(chapter.opening + chapter.html).iter("img"):
        size = re.match(r"width:([\d.]+)mm;height:([\d.]+)mm", image.get("style", ""))
        if size and image.get("id") and image.get("class") != "inline":
            share = min(1.0, float(size[1]) / float(size[2]) * _FRAME_RATIO)
            shown.append(
                ShownPicture(
                    anchor=image.get("id"),
                    src=image.get("src"),
                    width_share=share,
                    width_mm=float(size[1]),
                    opens=bool(chapter.opening) and not shown,
                )
            )
    return tuple(shown)
