"""The picture above a post's title."""

import dataclasses
import re

import pytest
from test_localise import MISSING, SETTING, picture, settle

from yearbook.localise import list_pictures
from yearbook.localise.openings import BLEED_DPI, measure_opening
from yearbook.trims import MM_PER_PT, TRIMS

OPENINGS = dataclasses.replace(SETTING, pictures="openings", bleed_mm=3.0)
FIGURE = '<figure><img src="a.jpg" alt="바다"><figcaption>바다</figcaption></figure>'
LARGE = {"a.jpg": picture(2400, 1600)}


def open_with(html, pictures=LARGE, setting=OPENINGS, **post):
    return settle(html, pictures, setting=setting, **post)


def test_the_first_photograph_goes_above_the_title_with_its_caption():
    chapter = open_with(f"<p>한 문단.</p>{FIGURE}<p>다음.</p>")
    assert "<figure" not in chapter.html
    assert re.sub(r"<[^>]+>", "|", chapter.html) == "|한 문단.||다음.|"
    assert '<figure class="sky">' in chapter.opening
    assert "바다" in chapter.opening.replace("\u2060", "")
    (shown,) = list_pictures(chapter)
    assert (shown.anchor, shown.opens) == (f"{chapter.id}--picture-0", True)


def test_a_cover_opens_too():
    chapter = open_with("<h2>제목</h2><p>글</p>", hero="a.jpg")
    assert 'class="sky"' in chapter.opening
    assert "<img" not in chapter.html


@pytest.mark.parametrize(
    "html",
    [
        f"<h2>제목</h2>{FIGURE}",
        f"<p>{'긴 글 ' * 200}</p>{FIGURE}",
        f"<pre>code</pre>{FIGURE}",
        f'<p>글 <img src="a.jpg"> 글</p>{FIGURE}',
        f'<figure><img src="a.jpg" data-width="50%"></figure>{FIGURE}',
        '<figure><img src="a.jpg"><figcaption><a href="https://a.example/">곳</a></figcaption></figure>',
        '<figure><img src="a.jpg"><img src="a.jpg"></figure>',
    ],
)
def test_a_picture_with_a_place_of_its_own_stays_there(html):
    chapter = open_with(html)
    assert chapter.opening == ""
    assert chapter.html.count("<img") == html.count("<img")


@pytest.mark.parametrize(
    "image", [picture(2400, 1600, kind="png"), picture(1600, 2400), picture(600, 400), MISSING]
)
def test_charts_portraits_and_coarse_pictures_stay(image):
    assert open_with(FIGURE, {"a.jpg": image}).opening == ""


def test_nothing_opens_unless_it_is_wished():
    assert open_with(FIGURE, setting=SETTING).opening == ""


def test_too_few_pixels_for_the_page_are_enough_for_the_text():
    few = picture(900, 600)
    assert measure_opening(few, OPENINGS).kind == "lead"
    chapter = open_with(FIGURE, {"a.jpg": few})
    assert f"width:{OPENINGS.trim.measure:.2f}mm" in chapter.opening


@pytest.mark.parametrize("trim", TRIMS.values(), ids=lambda trim: trim.name)
@pytest.mark.parametrize("size", [(6000, 4000), (6000, 4500), (6000, 3000)])
def test_a_sky_covers_the_page_on_three_sides_wherever_the_spine_is(trim, size):
    setting = dataclasses.replace(OPENINGS, trim=trim)
    opening = measure_opening(picture(*size), setting)
    shift = (trim.inside - trim.outside) / 2
    left = trim.inside - shift - (trim.inside + setting.bleed_mm)
    for moved in (shift, -shift):
        assert left + moved <= -setting.bleed_mm + 1e-9
        assert left + moved + opening.width_mm >= trim.width + setting.bleed_mm - 1e-9
    assert opening.height_mm <= trim.height / 2 + setting.bleed_mm
    assert size[0] / (opening.width_mm / 25.4) >= BLEED_DPI


def test_the_frame_is_whole_lines_and_holds_the_picture():
    chapter = open_with(FIGURE)
    frame = float(re.search(r'class="above" style="height:([\d.]+)pt"', chapter.opening)[1])
    opening = measure_opening(LARGE["a.jpg"], OPENINGS)
    assert frame % OPENINGS.trim.leading_pt == 0
    assert frame >= (opening.height_mm - opening.above_mm) / MM_PER_PT + OPENINGS.trim.leading_pt
