"""Pages that a picture left too empty."""

from yearbook.fill import Adjustment, Gap, adjust, find_gaps
from yearbook.trims import TRIMS
from yearbook.typeset import Sheet

A5 = TRIMS["a5"]
FULL = A5.type_height_pt


def sheet(free=0.0, *marks, blank=False):
    return Sheet(free_pt=free, blank=blank, marks=tuple(marks))


def gap(room, picture):
    return Gap(page=0, picture="post-a--picture-1", chapter="post-a", room_pt=room, picture_pt=picture)


def test_a_picture_that_jumped_leaves_a_gap():
    pages = (sheet(FULL / 2, ("post-a", 0, 90)), sheet(0, ("post-a", 0, 90), ("post-a--picture-1", 0, 240)))
    assert [(g.page, g.picture) for g in find_gaps(pages, A5)] == [(0, "post-a--picture-1")]


def test_the_end_of_a_chapter_is_no_gap():
    pages = (sheet(FULL / 2, ("post-a", 0, 90)), sheet(0, ("post-b", 0, 90), ("post-b--picture-0", 0, 240)))
    assert find_gaps(pages, A5) == ()


def test_a_picture_amid_the_next_page_left_no_gap():
    pages = (sheet(FULL / 2, ("post-a", 0, 90)), sheet(0, ("post-a", 0, 90), ("post-a--picture-1", 50, 240)))
    assert find_gaps(pages, A5) == ()


def test_a_small_gap_and_a_blank_page_are_left_alone():
    following = sheet(0, ("post-a", 0, 90), ("post-a--picture-1", 0, 240))
    assert find_gaps((sheet(FULL / 4, ("post-a", 0, 90)), following), A5) == ()
    assert find_gaps((sheet(FULL, ("post-a", 0, 90), blank=True), following), A5) == ()


def test_a_little_smaller_is_tried_first():
    wishes = adjust({}, gap(room=240, picture=230), A5)
    assert wishes == {"post-a--picture-1": Adjustment(lines=13)}


def test_what_would_have_to_shrink_too_much_goes_later():
    assert adjust({}, gap(room=160, picture=280), A5) == {"post-a--picture-1": Adjustment(later=1)}


def test_what_did_not_help_is_not_tried_again():
    once = adjust({}, gap(room=240, picture=230), A5)
    assert adjust(once, gap(room=240, picture=230), A5) == {"post-a--picture-1": Adjustment(later=1)}
