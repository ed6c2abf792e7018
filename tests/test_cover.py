"""The drawing of the year, and the picture that may stand in its place."""

import datetime as dt
import math
from itertools import pairwise
from pathlib import Path

import pytest

from yearbook.cover import Cover, choose_cover, draw_dots, draw_rings, find_sharp
from yearbook.model import ImageUse, MissingImage, PrintImage
from yearbook.trims import TRIMS

A5 = TRIMS["a5"]


def picture(name, width, height, kind="jpeg"):
    use = ImageUse(src=f"/img/{name}", place="a.md", line=1, alt="", local=None, url="")
    printed = PrintImage(
        sha256=name,
        path=Path(name),
        kind=kind,
        width_px=width,
        height_px=height,
        source_width_px=width,
        source_height_px=height,
    )
    return use, printed


def choose(wish, *pairs):
    return choose_cover(wish, [use for use, _ in pairs], [printed for _, printed in pairs], A5)


@pytest.mark.parametrize("draw", [draw_rings, draw_dots])
@pytest.mark.parametrize("year", [2023, 2024])
def test_every_day_has_a_place_of_its_own_inside_the_drawing(draw, year):
    marks = [mark for mark in draw({}, year) if not mark.label]
    assert len(marks) == (366 if year == 2024 else 365)
    assert all(0 <= mark.left <= 100 and 0 <= mark.top <= 100 for mark in marks)
    assert len({(round(mark.left, 3), round(mark.top, 3)) for mark in marks}) == len(marks)


def test_the_rings_are_months_and_their_days_go_round_like_a_clock():
    marks = [mark for mark in draw_rings({}, 2023) if not mark.label]
    radii = [round(math.hypot(mark.left - 50, mark.top - 50), 3) for mark in marks]
    assert len(set(radii)) == 12
    assert radii == sorted(radii)
    january = [math.atan2(mark.left - 50, 50 - mark.top) % (2 * math.pi) for mark in marks[:31]]
    assert all(before < after for before, after in pairwise(january))


def test_the_fullest_day_has_the_largest_dot_and_an_empty_post_still_has_one():
    days = {dt.date(2023, 1, 1): 0, dt.date(2023, 1, 2): 500, dt.date(2023, 1, 3): 2000}
    sizes = [mark.size for mark in draw_rings(days, 2023)[:4]]
    assert 0 == sizes[3] < sizes[0] < sizes[1] < sizes[2]


def test_a_photograph_is_preferred_and_the_largest_of_them():
    shot, small, large = (
        picture("shot.png", 1276, 1276, "png"),
        picture("small.jpg", 1276, 700),
        picture("large.jpg", 1276, 850),
    )
    cover = choose("picture", shot, small, large)
    assert cover.src == "yearbook-image:large.jpg"
    assert cover.width_mm == pytest.approx(A5.width - 30)
    assert cover.height_mm == pytest.approx(cover.width_mm * 850 / 1276)


def test_a_picture_is_chosen_by_the_end_of_its_address():
    first, second = picture("a.jpg", 1276, 850), picture("b.png", 1276, 850, "png")
    assert choose("b.png", first, second).src == "yearbook-image:b.png"


def test_a_tall_picture_leaves_room_for_the_title():
    assert choose("picture", picture("tall.jpg", 1276, 2500)).height_mm == pytest.approx(A5.height / 2)


@pytest.mark.parametrize("wish", ["picture", "nowhere.jpg", "rings", ""])
def test_without_a_picture_that_is_fine_enough_the_year_is_drawn(wish):
    missing = (picture("gone.jpg", 1, 1)[0], MissingImage(key="", url="", reason="", detail="", hint=""))
    coarse, drawing = picture("coarse.jpg", 400, 300), picture("chart.svg", 2000, 1000, "svg")
    assert choose(wish, missing, coarse, drawing) == Cover(kind="rings")


def test_columns_are_drawn_when_wished():
    assert choose("dots", picture("a.jpg", 1276, 850)).kind == "dots"


def test_only_photographs_fine_enough_fill_the_width_of_a_page():
    pairs = [
        picture("fine.jpg", 1276, 850),
        picture("coarse.jpg", 900, 700),
        picture("low.jpg", 1276, 400),
        picture("shot.png", 1276, 850, "png"),
        (None, MissingImage(key="", url="", reason="", detail="", hint="")),
    ]
    assert find_sharp([printed for _, printed in pairs], A5) == {"yearbook-image:fine.jpg"}
