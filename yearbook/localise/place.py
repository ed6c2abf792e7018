"""Gives every picture its place and size, so that the text below it is on the baseline grid again."""

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping

import lxml.html
from lxml.html import HtmlElement

from yearbook.captions import is_meaningful
from yearbook.fill import SMALLEST_SCALE, Adjustment
from yearbook.listings import indent_pt
from yearbook.localise.addresses import readable
from yearbook.localise.find import picture_id
from yearbook.localise.frames import caption_pt, figure_lines, lines_of, settle, snap
from yearbook.localise.galleries import set_gallery
from yearbook.localise.plates import without_plates
from yearbook.localise.tree import drop, replace
from yearbook.localise.values import Picture, Setting
from yearbook.model import Chapter, MissingImage, PrintImage
from yearbook.trims import MM_PER_PT, Trim
from yearbook.typeset import IMAGE_SCHEME

FULL_WIDTH_DPI = 150
"""A picture is never set so wide that it falls below this resolution."""
_PX_PER_INCH = 96
_INLINE_PX = 48
"""A picture no taller than this stands in its line, like a badge or an emoji."""
_BOX_PT = 7.6
_BOX_LEADING_PT = 12.0
_BOX_SIDES_PT = 19.2
_BOX_ENDS_PT = 16.2
"""The box for a missing picture: its type, rules, padding and margin; `styles/figures.css` says the same."""


def number_pictures(root: HtmlElement, chapter: Chapter) -> None:
    """Gives every picture its anchor, so that the report can name the page it came to stand on."""
    shown = [image for image in root.iter("img") if image.get("src", "").strip()]
    for number, image in enumerate(shown, start=1 if chapter.post.hero else 0):
        image.set("id", picture_id(chapter.id, number))


def put_hero(root: HtmlElement, chapter: Chapter, pictures: Mapping[str, Picture]) -> None:
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


def move_later(figures: Iterable[HtmlElement], adjustments: Mapping[str, Adjustment]) -> None:
    """Lets text go before a figure or a turned table, as far as its own section reaches."""
    for figure in list(figures):
        anchor = next((node.get("id") for node in figure.iter("img", "div") if node.get("id")), "")
        wish = adjustments.get(anchor)
        for _ in range(wish.later if wish else 0):
            following = figure.getnext()
            if following is None or following.tag not in {"p", "ul", "ol", "blockquote"}:
                break
            figure.tail, tail = None, figure.tail
            following.addnext(figure)
            if tail:
                following.tail = tail


def tighten(root: HtmlElement, wish: Adjustment | None) -> None:
    """Lets the words of every paragraph stand a little closer, if that is wished."""
    for paragraph in root.iterchildren("p") if wish and wish.tight else ():
        paragraph.set("class", f"{paragraph.get('class', '')} tight".strip())


def place_pictures(
    root: HtmlElement,
    pictures: Mapping[str, Picture],
    setting: Setting,
    adjustments: Mapping[str, Adjustment],
) -> None:
    """Gives every picture of the chapter its size, and puts a box where one is missing."""
    figures = list(root.iter("figure"))
    for figure in without_plates(figures):
        inner = _narrowed(setting, figure)
        images = list(figure.iter("img"))
        placed = [pictures[image.get("src", "")] for image in images]
        wish = adjustments.get(images[0].get("id", ""), Adjustment()) if images else Adjustment()
        if len(images) > 1 and all(isinstance(picture, PrintImage) for picture in placed):
            set_gallery(figure, images, [p for p in placed if isinstance(p, PrintImage)], inner, wish)
        elif images:
            _figure(figure, images, placed, inner, wish)
    inside = {id(image) for figure in figures for image in figure.iter("img")}
    for image in [image for image in root.iter("img") if id(image) not in inside and not _is_done(image)]:
        _inline(image, pictures.get(image.get("src", "")), _narrowed(setting, image))


def _narrowed(setting: Setting, element: HtmlElement) -> Setting:
    """The setting with the measure that there is where the element stands."""
    step = indent_pt(element) * MM_PER_PT
    if not step:
        return setting
    trim = dataclasses.replace(setting.trim, inside=setting.trim.inside + step)
    return dataclasses.replace(setting, trim=trim)


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
            alt = image.get("alt", "")
            said = caption is not None and caption.text_content().strip() == alt.strip()
            says_nothing = said or not is_meaningful(alt, image.get("src", ""))
            box, lines = missing_box(picture, "" if says_nothing else alt, setting, inline=False)
            replace(image, box)
            width_mm = setting.trim.measure
            height_pt += lines * setting.trim.leading_pt
        else:
            size = _block_size(picture, image.get("data-width", ""), setting)
            if (wish.lines or wish.less) and len(images) == 1:
                lines = wish.lines or figure_lines(caption, *size, setting.trim) - wish.less
                size = _smaller(size, lines, caption, setting.trim)
            settle(image, picture, *size)
            width_mm = max(width_mm, size[0])
            height_pt += size[1] / MM_PER_PT
    if height_pt:
        snap(figure, height_pt, width_mm, setting.trim)


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
    room_pt = lines * trim.leading_pt - (caption_pt(caption, width, trim) if caption is not None else 0)
    scale = max(SMALLEST_SCALE, min(1.0, room_pt * MM_PER_PT / height))
    return width * scale, height * scale


def _wished_width(wish: str, measure: float) -> float:
    """Width in millimetres that `50%` or `300px` or `300` asks for; no wish is the whole measure."""
    found = re.fullmatch(r"\s*([\d.]+)\s*(%|px)?\s*", wish)
    if not found or not (number := float(found[1])):
        return measure
    return measure * min(number, 100) / 100 if found[2] == "%" else number / _PX_PER_INCH * 25.4


def _inline(image: HtmlElement, picture: Picture | None, setting: Setting) -> None:
    """A picture amid text: a small one stays in its line, a large one becomes a block of whole lines."""
    if isinstance(picture, MissingImage):
        box, _ = missing_box(picture, image.get("alt", ""), setting, inline=True)
        if _inside_table(image):
            box.attrib.pop("style")
        replace(image, box)
    elif picture is None:
        drop(image)
    elif picture.source_height_px <= _INLINE_PX or _inside_table(image):
        height_mm = min(
            picture.source_height_px / _PX_PER_INCH * 25.4, setting.trim.leading_pt * MM_PER_PT * 0.8
        )
        if _inside_table(image):
            height_mm = min(picture.source_height_px / FULL_WIDTH_DPI * 25.4, 40)
        settle(image, picture, height_mm * picture.source_width_px / picture.source_height_px, height_mm)
        image.set("class", "inline")
    else:
        width, height = _block_size(picture, image.get("data-width", ""), setting)
        settle(image, picture, width, height)
        image.set("class", "block")
        height_pt = height / MM_PER_PT
        pad = math.ceil(height_pt / setting.trim.leading_pt) * setting.trim.leading_pt - height_pt
        image.set("style", f"{image.get('style')};padding-bottom:{pad:.2f}pt")


def _inside_table(element: HtmlElement) -> bool:
    return any(node.tag in {"td", "th"} for node in element.iterancestors())


def missing_box(
    picture: MissingImage, alt: str, setting: Setting, *, inline: bool
) -> tuple[HtmlElement, int]:
    """The visible stand-in of a picture that could not be had, and how many lines of text it is tall."""
    box = lxml.html.Element("span", {"class": "missing-image inline" if inline else "missing-image"})
    room_pt, used = setting.trim.measure / MM_PER_PT - _BOX_SIDES_PT, 0
    for name, text in (
        ("label", setting.words.missing_picture),
        ("alt", alt),
        ("address", readable(picture.url)),
        ("reason", picture.detail),
    ):
        if text:
            part = lxml.html.Element("span", {"class": name})
            part.text = text
            part.tail = " "
            box.append(part)
            used += lines_of(text, _BOX_PT, room_pt)
    leading = setting.trim.leading_pt
    lines = math.ceil((used * _BOX_LEADING_PT + _BOX_ENDS_PT) / leading)
    box.set("style", f"height:{lines * leading - _BOX_ENDS_PT:.2f}pt")
    return box, lines
