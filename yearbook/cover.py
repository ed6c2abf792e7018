"""What stands on the cover, a drawing of the year's days or a picture; and which pictures can fill a page.

The drawing is data, every place and size in hundredths of its width, so that a template can set it in any
colour. Rings are like a tree's: one for each month, January innermost, a day's place on it as on a clock.
How a cover looks is decided in `styles/`; which theme draws what, in its theme.toml.
"""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from yearbook.model import ImageUse, MissingImage, PrintImage
from yearbook.trims import Trim
from yearbook.value import dataclass

KINDS = ("rings", "dots", "picture")
"""What `cover` may be; any other word names a picture."""
_INNERMOST = 6.5
_OUTERMOST = 48.2
_STEPS = 32
"""A ring has 31 days and a gap at the top for the month's number."""
_SMALLEST_DOT, _LARGEST_DOT = 1.15, 2.9
_LEAST_DPI = 150
_SHARP_DPI = 180
_PLATE_SHARE = 0.5
"""Share of the cover's height that a picture may fill."""
_EDGE_MM = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One day, or the number of a month, in hundredths of the drawing's width or height."""

    left: float
    """Distance of its middle from the left."""
    top: float
    """Distance of its middle from the top."""
    size: float
    """Diameter, in hundredths of the width; 0 for a day without a post."""
    label: str = ""
    """A month's number; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What is on the cover."""

    kind: Literal["rings", "dots", "picture"] = "rings"
    """Which drawing."""
    src: str = ""
    """Address of the picture, if it is one."""
    width_mm: float = 0.0
    """Width the picture is set in."""
    height_mm: float = 0.0
    """Height the picture is set in."""


def draw_rings(days: Mapping[dt.date, int], year: int) -> tuple[Mark, ...]:
    """The days as twelve rings; `days` has the characters written on each."""
    marks = []
    for day in _days_of(year):
        radius = _radius(day.month)
        angle = 2 * math.pi * day.day / _STEPS
        left, top = 50 + radius * math.sin(angle), 50 - radius * math.cos(angle)
        marks.append(Mark(left=left, top=top, size=_size(day, days)))
    labels = (Mark(left=50, top=50 - _radius(month), size=0, label=str(month)) for month in range(1, 13))
    return (*marks, *labels)


def draw_dots(days: Mapping[dt.date, int], year: int) -> tuple[Mark, ...]:
    """The days as twelve columns, the months' numbers below them."""
    marks = [
        Mark(left=(day.month - 1) * 100 / 11, top=(day.day - 1) * 100 / 31, size=_size(day, days))
        for day in _days_of(year)
    ]
    labels = (Mark(left=n * 100 / 11, top=100, size=0, label=str(n + 1)) for n in range(12))
    return (*marks, *labels)


def choose_cover(
    wish: str, uses: Sequence[ImageUse], printed: Sequence[PrintImage | MissingImage], trim: Trim
) -> Cover:
    """What the wish can be: a drawing, or a picture large enough for the paper.

    Args:
        wish: `rings`, `dots`, `picture` for the year's best, the end of a picture's address, or nothing.
        uses: every place that shows a picture.
        printed: what is printed at each.
        trim: the page.

    A picture too small for 150 dpi, or not there at all, leaves the rings.
    """
    if wish in ("", "rings", "dots"):
        return Cover(kind="dots" if wish == "dots" else "rings")
    found = [
        _plate(image, trim)
        for use, image in zip(uses, printed, strict=True)
        if isinstance(image, PrintImage) and (wish == "picture" or use.src.endswith(wish))
    ]
    plates = [plate for plate in found if plate]
    return max(plates, key=_worth, default=(False, Cover()))[1]


def find_sharp(printed: Iterable[PrintImage | MissingImage], trim: Trim) -> frozenset[str]:
    """Addresses of the photographs that can fill the width of a page, and half its height, at 180 dpi."""
    wide_px, tall_px = (trim.width * _SHARP_DPI / 25.4, trim.height / 2 * _SHARP_DPI / 25.4)
    return frozenset(
        f"yearbook-image:{image.sha256}"
        for image in printed
        if isinstance(image, PrintImage)
        and image.kind == "jpeg"
        and image.width_px >= wide_px
        and image.height_px >= min(tall_px, wide_px * 0.6)
    )


def _worth(plate: tuple[bool, Cover]) -> tuple[bool, float]:
    """Photographs before screenshots and charts, larger before smaller; the earliest of equals is taken."""
    is_photograph, cover = plate
    return is_photograph, cover.width_mm * cover.height_mm


def _plate(image: PrintImage, trim: Trim) -> tuple[bool, Cover] | None:
    """Whether it is a photograph, and how it is set; None for a drawing, or if it would be too coarse."""
    if image.kind == "svg" or not image.width_px or not image.height_px:
        return None
    widest, tallest = trim.width - 2 * _EDGE_MM, trim.height * _PLATE_SHARE
    scale = min(widest / image.width_px, tallest / image.height_px)
    if 25.4 / scale < _LEAST_DPI:
        return None
    src = f"yearbook-image:{image.sha256}"
    width_mm, height_mm = image.width_px * scale, image.height_px * scale
    return image.kind == "jpeg", Cover(kind="picture", src=src, width_mm=width_mm, height_mm=height_mm)


def _days_of(year: int) -> Iterable[dt.date]:
    first = dt.date(year, 1, 1)
    return (first + dt.timedelta(days=n) for n in range((dt.date(year + 1, 1, 1) - first).days))


def _radius(month: int) -> float:
    return _INNERMOST + (_OUTERMOST - _INNERMOST) * (month - 1) / 11


def _size(day: dt.date, days: Mapping[dt.date, int]) -> float:
    """Diameter of the day's dot: its area grows with what was written, up to the fullest day's."""
    if day not in days:
        return 0.0
    share = math.sqrt(days[day] / max(1, *days.values()))
    return _SMALLEST_DOT + (_LARGEST_DOT - _SMALLEST_DOT) * share
