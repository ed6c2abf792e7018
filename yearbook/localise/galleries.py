"""Pictures beside each other: pairs, and rows of a gallery that all fill the measure.

Pictures that follow each other with no word between them are shown together: two upright ones side by side,
three or more as rows. The rows of a gallery are chosen together, so that none is much taller than the others.
"""

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence

import lxml.html
from lxml.html import HtmlElement

from yearbook.fill import SMALLEST_SCALE, Adjustment
from yearbook.localise.frames import caption_pt, figure_lines, settle, snap
from yearbook.localise.values import Picture, Setting
from yearbook.model import PrintImage
from yearbook.trims import MM_PER_PT

GAP_MM = 3.0
"""Air between the pictures of a gallery."""
_LEAST_GAP_MM = 2.0
_WIDEST_ROW = 3
_ROW_SHARE = 0.4
"""Height that a row of a gallery should have, as a share of the measure."""
_UPRIGHT = 1.1
"""Height for width from which a picture is upright."""
_MOST = 60
"""Pictures of one gallery; more are several galleries."""


def join_neighbours(root: HtmlElement, pictures: Mapping[str, Picture]) -> None:
    """Makes one figure of figures that follow each other: two upright pictures, or three and more.

    A picture with a caption of its own stays with it, unless it is one of two upright ones: then the two
    captions stand below both.
    """
    for run in _runs(root, pictures):
        captions = [figure.find("figcaption") is not None for figure in run]
        if len(run) == 2 and all(_is_upright(figure, pictures) for figure in run):
            _join(run)
        elif len(run) > 2 and not any(captions):
            for start in range(0, len(run), _MOST):
                _join(run[start : start + _MOST])


def _runs(root: HtmlElement, pictures: Mapping[str, Picture]) -> list[list[HtmlElement]]:
    """Figures of one picture each that have nothing between them."""
    runs: list[list[HtmlElement]] = []
    for figure in root.iter("figure"):
        if not _is_single(figure, pictures):
            continue
        before = figure.getprevious()
        if runs and before is runs[-1][-1] and not (before.tail or "").strip():
            runs[-1].append(figure)
        else:
            runs.append([figure])
    return runs


def _is_single(figure: HtmlElement, pictures: Mapping[str, Picture]) -> bool:
    images = list(figure.iter("img"))
    return (
        len(images) == 1
        and isinstance(pictures.get(images[0].get("src", "")), PrintImage)
        and not images[0].get("data-width")
        and "hero" not in figure.get("class", "").split()
    )


def _is_upright(figure: HtmlElement, pictures: Mapping[str, Picture]) -> bool:
    picture = pictures[next(figure.iter("img")).get("src", "")]
    return isinstance(picture, PrintImage) and picture.source_height_px >= picture.source_width_px * _UPRIGHT


def _join(run: Sequence[HtmlElement]) -> None:
    """Puts the pictures of all figures into the first."""
    first = run[0]
    captions = [c.text_content().strip() for figure in run for c in figure.iter("figcaption")]
    for caption in list(first.iter("figcaption")):
        first.remove(caption)
    for figure in run[1:]:
        first.extend(image for image in list(figure.iter("img")))
        first.tail = figure.tail
        figure.getparent().remove(figure)
    if captions:
        caption = lxml.html.Element("figcaption")
        caption.text = " · ".join(captions)
        first.append(caption)
    first.set("class", f"{first.get('class', '')} {'pair' if len(run) == 2 else 'gallery'}".strip())


# ---------------------------------------------------------------------------------------------- rows


def set_gallery(
    figure: HtmlElement,
    images: Sequence[HtmlElement],
    placed: Sequence[PrintImage],
    setting: Setting,
    wish: Adjustment,
) -> None:
    """Sets the pictures in rows that fill the measure, or less of it on wish; each row equally tall."""
    caption = figure.find("figcaption")
    rows, heights = _rows(images, placed, setting)
    if wish.lines or wish.less:
        setting = _narrower(setting, heights, caption, wish)
        rows, heights = _rows(images, placed, setting)
    for child in list(figure):
        figure.remove(child)
    figure.text = None
    figure.extend(rows)
    if caption is not None:
        figure.append(caption)
    total_mm = sum(heights) + GAP_MM * (len(rows) - 1)
    if total_mm / MM_PER_PT < setting.trim.type_height_pt * 0.9:
        _set_heights(rows, heights)
        snap(figure, total_mm / MM_PER_PT, setting.trim.measure, setting.trim)
    else:
        _set_heights_in_lines(rows, heights, setting.trim.leading_pt * MM_PER_PT)
        figure.set("class", f"{figure.get('class', '')} long".strip())


def _rows(
    images: Sequence[HtmlElement], placed: Sequence[PrintImage], setting: Setting
) -> tuple[list[HtmlElement], list[float]]:
    """The rows, and the height of each in millimetres."""
    ratios = [picture.source_width_px / picture.source_height_px for picture in placed]
    spans = itertools.pairwise(choose_rows(ratios, setting))
    made = [_row(images[start:stop], placed[start:stop], setting) for start, stop in spans]
    return [row for row, _ in made], [height for _, height in made]


def _narrower(
    setting: Setting, heights: Sequence[float], caption: HtmlElement | None, wish: Adjustment
) -> Setting:
    """The setting with a measure in which the gallery is as short as wished, by a quarter less at most."""
    trim = setting.trim
    total_mm = sum(heights) + GAP_MM * (len(heights) - 1)
    lines = wish.lines or figure_lines(caption, trim.measure, total_mm, trim) - wish.less
    said_pt = caption_pt(caption, trim.measure, trim) if caption is not None else 0
    room_pt = lines * trim.leading_pt - said_pt
    scale = max(SMALLEST_SCALE, min(1.0, room_pt * MM_PER_PT / total_mm))
    inside = trim.inside + trim.measure * (1 - scale)
    return dataclasses.replace(setting, trim=dataclasses.replace(trim, inside=inside))


def choose_rows(ratios: Sequence[float], setting: Setting) -> list[int]:
    """Where the rows begin, and the number of pictures last; the rows come out as equally tall as they can.

    Two pictures are always one row.
    """
    count = len(ratios)
    if count == 2:
        return [0, 2]
    best: list[tuple[float, list[int]]] = [(0.0, [0])]
    for stop in range(1, count + 1):
        offers = [
            (best[start][0] + _fault(ratios[start:stop], setting), [*best[start][1], stop])
            for start in range(max(0, stop - _WIDEST_ROW), stop)
        ]
        best.append(min(offers))
    return best[count][1]


def _fault(ratios: Sequence[float], setting: Setting) -> float:
    """How far a row of these pictures is from the height that rows should have."""
    measure = setting.trim.measure
    height = (measure - GAP_MM * (len(ratios) - 1)) / sum(ratios)
    return math.log(height / (measure * _ROW_SHARE)) ** 2 + (1.0 if height > setting.tallest_mm else 0.0)


def _row(
    images: Sequence[HtmlElement], placed: Sequence[PrintImage], setting: Setting
) -> tuple[HtmlElement, float]:
    """One row and its height in millimetres."""
    ratios = [picture.source_width_px / picture.source_height_px for picture in placed]
    room = setting.trim.measure - GAP_MM * (len(placed) - 1)
    height = min(room / sum(ratios), setting.tallest_mm)
    row = lxml.html.Element("div", {"class": "row"})
    for number, (image, picture, ratio) in enumerate(zip(images, placed, ratios, strict=True)):
        settle(image, picture, height * ratio, height)
        if number:
            image.set("style", f"{image.get('style')};margin-left:{GAP_MM}mm")
        image.tail = None
        row.append(image)
    return row, height


def _set_heights(rows: Sequence[HtmlElement], heights: Sequence[float]) -> None:
    for number, (row, height) in enumerate(zip(rows, heights, strict=True)):
        row.set("style", f"height:{height:.2f}mm;margin-top:{GAP_MM if number else 0:g}mm")


def _set_heights_in_lines(rows: Sequence[HtmlElement], heights: Sequence[float], leading_mm: float) -> None:
    """Gives rows that pages may come between whole lines each, their air included."""
    for row, height in zip(rows, heights, strict=True):
        row.set("style", f"height:{math.ceil((height + _LEAST_GAP_MM) / leading_mm) * leading_mm:.3f}mm")
