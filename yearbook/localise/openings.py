"""The picture that opens a chapter: above the title, off the page on three sides where its pixels allow that.

It is the post's cover, or its first photograph if no heading and little text stands before it. What is chosen
here is taken out of the text; the template of a chapter prints it above the title.
"""

import math
from collections.abc import Mapping

import lxml.html
from lxml.html import HtmlElement

from yearbook.localise.frames import caption_pt, settle
from yearbook.localise.scripts import mark_scripts
from yearbook.localise.tree import serialise
from yearbook.localise.values import Picture, Setting
from yearbook.localise.words import keep_words
from yearbook.model import PrintImage
from yearbook.trims import MM_PER_PT
from yearbook.value import dataclass

BLEED_DPI = 200
"""Dots an inch that a picture which runs off the page needs."""
_WIDE_DPI = 150
_LANDSCAPE = 1.2
"""Width for height from which a picture may stand above a title."""
_TALLEST = 0.5
"""Share of the page that it may fill in height."""
_MOST_CUT = 0.2
"""Share of its height that may be cut off where it is taller than that."""
_BEFORE = 400
"""Letters of text that may stand before the picture in the post."""
_PASSED = frozenset({"p", "blockquote", "ul", "ol"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How one picture stands above a title."""

    width_mm: float
    """Its width, bleed included."""
    height_mm: float
    """Its height, bleed included."""
    above_mm: float
    """How much of the height is above the type area."""
    kind: str
    """`sky`: it runs off the page on three sides; `lead`: it is as wide as the text."""


def measure_opening(picture: PrintImage, setting: Setting) -> Opening | None:
    """How the picture can stand above a title; None if it cannot.

    The inner margin may be at either side of the page, and the picture reaches as far beyond both.
    """
    ratio = picture.source_width_px / picture.source_height_px
    if picture.kind != "jpeg" or ratio < _LANDSCAPE:
        return None
    trim, reach = setting.trim, setting.trim.inside + setting.bleed_mm
    width, above = trim.measure + 2 * reach, trim.head + setting.bleed_mm
    tallest = trim.height * _TALLEST + setting.bleed_mm
    if picture.source_width_px / (width / 25.4) >= BLEED_DPI and width / ratio * (1 - _MOST_CUT) <= tallest:
        height = min(width / ratio, tallest)
        return Opening(width_mm=width, height_mm=height, above_mm=above, kind="sky")
    if picture.source_width_px / (trim.measure / 25.4) >= _WIDE_DPI:
        height = trim.measure / ratio
        return Opening(width_mm=trim.measure, height_mm=height, above_mm=0, kind="lead")
    return None


def choose_opening(
    root: HtmlElement, pictures: Mapping[str, Picture], setting: Setting
) -> HtmlElement | None:
    """The figure that is to stand above the title, taken out of the text; None if there is none."""
    if setting.pictures == "text":
        return None
    letters = len(root.text or "")
    for block in list(root):
        if block.tag == "figure":
            return _take(block, pictures, setting)
        letters += len(block.text_content())
        if block.tag not in _PASSED or letters > _BEFORE or block.find(".//img") is not None:
            return None
    return None


def _take(figure: HtmlElement, pictures: Mapping[str, Picture], setting: Setting) -> HtmlElement | None:
    images = list(figure.iter("img"))
    picture = pictures.get(images[0].get("src", "")) if len(images) == 1 else None
    if not isinstance(picture, PrintImage) or images[0].get("data-width") or figure.find(".//a") is not None:
        return None
    if measure_opening(picture, setting) is None:
        return None
    _detach(figure)
    return figure


def _detach(figure: HtmlElement) -> None:
    """Takes the figure out; the text behind it stays."""
    parent, before, tail = figure.getparent(), figure.getprevious(), figure.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    figure.tail = None
    parent.remove(figure)


def set_opening(
    figure: HtmlElement | None, pictures: Mapping[str, Picture], setting: Setting, language: str
) -> str:
    """The figure at its size in a frame of whole lines, as HTML; empty if there is none."""
    if figure is None:
        return ""
    image = next(figure.iter("img"))
    picture = pictures[image.get("src", "")]
    opening = measure_opening(picture, setting) if isinstance(picture, PrintImage) else None
    if opening is None or not isinstance(picture, PrintImage):
        return ""
    settle(image, picture, opening.width_mm, opening.height_mm)
    used_pt = (opening.height_mm - opening.above_mm) / MM_PER_PT
    caption = figure.find("figcaption")
    if caption is not None:
        used_pt += caption_pt(caption, setting.trim.measure, setting.trim)
    height_pt = (math.ceil(used_pt / setting.trim.leading_pt) + 1) * setting.trim.leading_pt
    frame = lxml.html.Element("div", {"class": "above", "style": f"height:{height_pt:g}pt"})
    figure.set("class", opening.kind)
    figure.attrib.pop("style", None)
    frame.append(figure)
    outer = lxml.html.Element("div")
    outer.append(frame)
    mark_scripts(outer, language)
    keep_words(outer, prose=False)
    return serialise(outer)
