"""Pictures on pages of their own: which, where, and the same in pieces as in one document."""

import dataclasses
import re

import pytest
from pdf_facts import labels_of, outline_of, page_texts
from PIL import Image
from test_fill import A5, FULL, sheet
from test_localise import SETTING, picture
from test_openings import open_with
from test_pieces import PROSE, boxes_of, build, links_of, spots_of, write_blog
from test_refine import Fake

from yearbook.fill import SEEKING, Adjustment
from yearbook.localise import localise, survey, targets
from yearbook.localise.plates import can_be_plate
from yearbook.plates import choose_place, find_holes, place_id
from yearbook.preflight.read import read_facts
from yearbook.refine import find_plates, refine

PLATES = dataclasses.replace(SETTING, pictures="plates", bleed_mm=3.0)
UPRIGHT = {"a.jpg": picture(2000, 2900)}
FIGURE = '<figure><img src="a.jpg"><figcaption>바다</figcaption></figure>'

# --- which


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (picture(2000, 2900), True),
        (picture(2000, 3000), True),
        (picture(2000, 2667), True),
        (picture(2000, 3556), False),
        (picture(3000, 2000), False),
        (picture(1100, 1600), False),
        (picture(2000, 2900, kind="png"), False),
    ],
)
def test_upright_sharp_photographs_of_nearly_the_pages_shape_may_be_plates(image, expected):
    assert can_be_plate(image, PLATES) is expected


@pytest.mark.parametrize(
    "html",
    [
        '<figure><img src="a.jpg" data-width="40%"></figure>',
        '<figure><img src="a.jpg"><figcaption><a href="https://a.example/">곳</a></figcaption></figure>',
        f"<blockquote>{FIGURE}</blockquote>",
        f"{FIGURE}{FIGURE}",
    ],
)
def test_pairs_and_pictures_with_a_wish_of_their_own_may_not(html):
    assert find_plates(open_with(html, UPRIGHT, PLATES).html) == ()


def test_none_may_unless_it_is_wished():
    assert find_plates(open_with(FIGURE, UPRIGHT, PLATES).html) == ("post-a-day--picture-0",)
    assert find_plates(open_with(FIGURE, UPRIGHT).html) == ()


def settled(plate):
    html = f"<p>하나</p>{FIGURE}<p>둘</p><h2>셋</h2><p>넷</p>"
    rendered = open_with(html, UPRIGHT, SETTING)
    chapter = dataclasses.replace(rendered, html=html)
    wishes = {"post-a-day--picture-0": Adjustment(plate=plate)}
    known = targets([survey(chapter)])
    return localise(chapter, pictures=UPRIGHT, targets=known, setting=PLATES, adjustments=wishes).html


def test_while_a_place_is_sought_the_picture_is_away_and_blocks_are_marked():
    html = settled(SEEKING)
    assert "display:none" in html
    assert re.findall(r'<(\w+) id="post-a-day--picture-0--after-([\w-]+)"', html) == [
        ("p", "0"), ("p", "1"), ("p", "3-last"),
    ]  # fmt: skip


def test_a_plate_covers_the_bleed_and_goes_behind_so_many_blocks():
    html = settled(1)
    assert html.index("둘") < html.index('class="plate"') < html.index("셋")
    assert "width:154.00mm;height:216.00mm" in html
    assert settled(0).index('class="plate"') < settled(0).index("둘")


# --- where


def marked(*pages):
    """Sheets on which blocks end so many lines above the foot: pairs of block and hole; "last" ends it."""
    sheets = []
    for blocks in pages:
        marks = [
            (place_id("pic", block, is_last=hole == "last"), 0.0, FULL - (0 if hole == "last" else hole) * 17)
            for block, hole in blocks
        ]
        sheets.append(sheet(0, *marks))
    return sheets


@pytest.mark.parametrize(
    ("pages", "starts_right", "expected"),
    [
        ([[(0, 20), (1, 8), (2, 3)], [(3, 1)]], None, 2),
        ([[(0, 20), (1, 8)], [(2, 1)]], None, 2),
        ([[(0, 20), (1, 8)], [(2, 7)]], None, None),
        ([[(0, 20), (1, 8)], [(2, "last")]], None, 2),
        ([[(0, 3)], [(1, 1)]], True, 0),  # the second page is a left-hand one
        ([[(0, 3)], [(1, 1)]], False, 1),
        ([[(0, 20)], [], [], [(1, 0)]], None, None),
        ([[]], None, None),
    ],
)
def test_the_fullest_page_near_by_is_taken_and_a_left_hand_page_preferred(pages, starts_right, expected):
    assert choose_place(marked(*pages), "pic", A5, starts_right=starts_right) == expected


def test_a_page_before_a_plate_is_full_unless_the_chapter_ends():
    plate = sheet(0)._replace(is_plate=True)
    assert find_holes([sheet(9 * 17), plate, sheet(0)], A5) == (0,)
    assert find_holes([sheet(4 * 17), plate, sheet(0)], A5) == ()
    assert find_holes([sheet(9 * 17), plate], A5) == ()


def test_a_plate_without_a_place_stays_in_the_text():
    first = Fake((sheet(0), sheet(0)), html='<figure data-plate="pic">')
    for found, expected in (([(0, 20)], {}), ([(0, 2)], {"pic": Adjustment(plate=0)})):
        tries = iter([Fake(tuple(marked(found, []))), first])

        def attempt(wishes, _before, tries=tries):
            return dataclasses.replace(next(tries), wishes=dict(wishes))

        assert refine(first, attempt, "post-a", A5).wishes == expected


# --- both ways


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plates")
    paragraphs = "\n\n".join(PROSE * 4 for _ in range(9))
    wide, upright = "![들판](/wide.jpg)\n\n", "\n\n![고양이](/upright.jpg)\n\n"
    bodies = {
        "a": paragraphs + upright + paragraphs,
        "b": wide + paragraphs,
        "c": wide + PROSE + upright + paragraphs + paragraphs,
        "d": paragraphs + paragraphs + upright + PROSE,
    }
    blog = write_blog(folder / "blog", bodies)
    (blog / "static").mkdir()
    for name, size in (("wide", (2400, 1600)), ("upright", (1700, 2500))):
        Image.linear_gradient("L").resize(size).convert("RGB").save(blog / "static" / f"{name}.jpg")
    config = {"page.bleed": 3.0, "page.pictures": "plates"}
    pieces, report = build(blog, folder, **config)
    whole, _ = build(blog, folder, "whole.pdf", whole=True, **config)
    return pieces, whole, report


def plates_of(pdf):
    """Indexes of the pages that one picture fills with their bleed."""
    found = []
    for number, page in enumerate(read_facts(pdf).pages):
        left, bottom, right, top = page.media
        if any(p.width >= right - left - 0.1 and p.height >= top - bottom - 0.1 for p in page.pictures):
            found.append(number)
    return found


def test_plates_stand_on_left_hand_pages_without_folio(both):
    pages, texts = plates_of(both[0]), page_texts(both[0])
    # Post d ends right behind its picture, so there is one place for it, and that is a right-hand page.
    assert [number % 2 for number in pages] == [1, 0, 1]
    for number in pages:
        assert texts[number].replace("\u2060", "").split() == ["고양이"]


def test_a_book_with_plates_and_openings_is_the_one_set_as_one_document(both):
    one, other, _ = both
    assert page_texts(one) == page_texts(other)
    for facts in (links_of, spots_of, outline_of, labels_of, boxes_of, plates_of):
        assert facts(one) == facts(other), facts.__name__


def test_nothing_is_found_wrong_with_it(both):
    assert [f for f in both[2].findings if f.kind not in {"picture-note", "nearly-empty-page"}] == []
    assert both[2].exit_code == 0
