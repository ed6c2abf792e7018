"""How large a picture is set, and how tall the figure around it: always whole lines of text."""

import math

from lxml.html import HtmlElement

from yearbook.model import PrintImage
from yearbook.trims import MM_PER_PT, Trim
from yearbook.typeset import IMAGE_SCHEME

CAPTION_PT = 7.2
"""Size of captions."""
_CAPTION_LEADING = 2 / 3
"""Leading of captions as a share of the text's: three lines of caption stand on two of text."""
_CLOSER = 0.25
_CLOSER_CAPTION = 0.35
"""How far a figure may reach into the line below it: as far as that line's letters leave room."""


def settle(image: HtmlElement, picture: PrintImage, width_mm: float, height_mm: float) -> None:
    """Puts the prepared picture at that size; the resolution it has there goes with it."""
    for name in ("data-width", "width", "height", "srcset", "sizes", "loading"):
        image.attrib.pop(name, None)
    image.set("src", IMAGE_SCHEME + picture.sha256)
    image.set("style", f"width:{width_mm:.2f}mm;height:{height_mm:.2f}mm")
    image.set("data-dpi", f"{picture.source_width_px / (width_mm / 25.4):.0f}")


def snap(figure: HtmlElement, height_pt: float, width_mm: float, trim: Trim) -> None:
    """Makes the whole figure a whole number of lines tall, so that the text below is on the grid again.

    The height is the figure's own and no margin: margins of neighbours would swallow it.
    """
    lines = figure_lines(figure.find("figcaption"), width_mm, height_pt * MM_PER_PT, trim)
    figure.set("style", f"width:{width_mm:.2f}mm;height:{lines * trim.leading_pt:g}pt")


def figure_lines(caption: HtmlElement | None, width_mm: float, height_mm: float, trim: Trim) -> int:
    """How many lines of text are as tall as a picture of that size with its caption.

    Text brings air of its own above its letters, so a picture may come a little closer than a whole line.
    """
    height_pt = height_mm / MM_PER_PT + (caption_pt(caption, width_mm, trim) if caption is not None else 0)
    return max(1, math.ceil(height_pt / trim.leading_pt - (_CLOSER if caption is None else _CLOSER_CAPTION)))


def caption_pt(caption: HtmlElement, width_mm: float, trim: Trim) -> float:
    """Height of the caption with the air above it."""
    return trim.leading_pt / 3 + _caption_lines(caption, width_mm) * trim.leading_pt * _CAPTION_LEADING


def _caption_lines(caption: HtmlElement, width_mm: float) -> int:
    """How many lines the caption will take: CJK an em wide, all else a little over half."""
    return lines_of(caption.text_content() or "", CAPTION_PT, width_mm / MM_PER_PT)


def lines_of(text: str, size_pt: float, width_pt: float) -> int:
    """About how many lines a small text takes, rather one too many than one too few."""
    return max(1, math.ceil(length_pt(text, size_pt) / width_pt))


def length_pt(text: str, size_pt: float) -> float:
    """About how long a small text is in one line, rather too long than too short."""
    ems = sum(1.0 if ord(character) > 0x1100 else 0.56 for character in " ".join(text.split()))
    return ems * size_pt * 1.04
