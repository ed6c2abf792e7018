"""Upright photographs on pages of their own, bled off all four edges.

Which pictures may be plates is decided here by shape and pixels; where one is bound follows from the pages as
they are laid out (`yearbook.plates`), and comes back as a wish: how many blocks of text go before it.
"""

from collections.abc import Iterable, Mapping

from lxml.html import HtmlElement

from yearbook.fill import SEEKING, Adjustment
from yearbook.localise.frames import CAPTION_PT, length_pt, settle
from yearbook.localise.openings import BLEED_DPI
from yearbook.localise.values import Picture, Setting
from yearbook.model import PrintImage
from yearbook.plates import place_id
from yearbook.trims import MM_PER_PT

_UPRIGHT = 1.2
_MOST_CUT = 0.12
"""Share of a picture that may be cut off so that it has the page's shape."""
_MOST = 2
"""Plates of one chapter."""
_LONGEST_CAPTION = 160
_BLOCKS = frozenset({"p", "ul", "ol", "blockquote"})
"""Blocks a plate may stand behind: those that do not belong to what follows."""
_STRIP = 0.6
"""Share of the page's width that a caption may take."""
_FARTHEST = 40
"""Blocks behind a picture that are looked at."""


def can_be_plate(picture: PrintImage, setting: Setting) -> bool:
    """Whether the picture can fill the page with its bleed, sharp and nearly whole."""
    ratio = picture.source_height_px / picture.source_width_px
    width, height = _page_mm(setting)
    if picture.kind != "jpeg" or ratio < _UPRIGHT:
        return False
    cut = 1 - min(ratio * width / height, height / (ratio * width))
    return cut <= _MOST_CUT and _dpi(picture, setting) >= BLEED_DPI


def _page_mm(setting: Setting) -> tuple[float, float]:
    return setting.trim.width + 2 * setting.bleed_mm, setting.trim.height + 2 * setting.bleed_mm


def _dpi(picture: PrintImage, setting: Setting) -> float:
    """Dots an inch of the picture where it covers the page."""
    width, height = _page_mm(setting)
    return min(picture.source_width_px / width, picture.source_height_px / height) * 25.4


def set_plates(
    root: HtmlElement,
    pictures: Mapping[str, Picture],
    setting: Setting,
    adjustments: Mapping[str, Adjustment],
) -> None:
    """Marks pictures that may be plates, and makes those plates for which that is wished."""
    if setting.pictures != "plates":
        return
    for figure in _candidates(root, pictures, setting):
        image = next(figure.iter("img"))
        picture = pictures[image.get("src", "")]
        wish = adjustments.get(image.get("id", ""), Adjustment()).plate
        figure.set("data-plate", image.get("id", ""))
        if wish is None or not isinstance(picture, PrintImage):
            continue
        if wish == SEEKING:
            _mark_places(figure, image.get("id", ""))
        else:
            _make_plate(figure, image, picture, setting)
            _move(figure, wish)


def _candidates(
    root: HtmlElement, pictures: Mapping[str, Picture], setting: Setting
) -> list[HtmlElement]:
    found = []
    for figure in root.iterchildren("figure"):
        images = list(figure.iter("img"))
        picture = pictures.get(images[0].get("src", "")) if len(images) == 1 else None
        if (
            isinstance(picture, PrintImage)
            and can_be_plate(picture, setting)
            and not images[0].get("data-width")
            and figure.find(".//a") is None
            and len(figure.text_content()) <= _LONGEST_CAPTION
        ):
            found.append(figure)
    return found[:_MOST]


def _mark_places(figure: HtmlElement, anchor: str) -> None:
    """Takes the picture off the page, and gives the blocks behind which it could stand an anchor each."""
    places = [figure.getprevious(), *list(figure.itersiblings())[:_FARTHEST]]
    for number, block in enumerate(places):
        if block is not None and block.tag in _BLOCKS and not block.get("id"):
            block.set("id", place_id(anchor, number, is_last=block.getnext() is None))
    figure.set("style", "display:none")
    figure.set("class", "sought")


def _make_plate(figure: HtmlElement, image: HtmlElement, picture: PrintImage, setting: Setting) -> None:
    width, height = _page_mm(setting)
    settle(image, picture, width, height)
    image.set("data-dpi", f"{_dpi(picture, setting):.0f}")
    figure.set("class", "plate")
    caption = figure.find("figcaption")
    if caption is not None:
        # The engine makes a box too narrow whose width it is to find itself.
        room_mm = setting.trim.width * _STRIP
        width_mm = min(room_mm, length_pt(caption.text_content(), CAPTION_PT) * MM_PER_PT + 1)
        caption.set("style", f"width:{width_mm:.2f}mm")


def _move(figure: HtmlElement, blocks: int) -> None:
    """Lets so many blocks go before the figure."""
    following = list(figure.itersiblings())[:blocks]
    if following:
        tail, figure.tail = figure.tail, None
        before = figure.getprevious()
        if tail and before is not None:
            before.tail = (before.tail or "") + tail
        following[-1].addnext(figure)


def is_plate(figure: HtmlElement) -> bool:
    """Whether the figure has its place and size, or none for now."""
    return figure.get("class", "") in {"plate", "sought"}


def without_plates(figures: Iterable[HtmlElement]) -> list[HtmlElement]:
    """The figures that stand in the text."""
    return [figure for figure in figures if not is_plate(figure)]
