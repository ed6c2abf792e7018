"""Pages that a picture left too empty."""

from yearbook.fill import Adjustment, Gap, adjust, find_gaps, find_runt, gather_runt
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


# --- a heading that goes with its picture


def with_heading(*marks):
    full = sheet(FULL / 2, ("post-a", 0, 90))
    return find_gaps((full, sheet(0, ("post-a", 0, 400), *marks)), A5)


def test_a_heading_jumps_with_its_picture():
    (found,) = with_heading(("post-a--year", 0, 17), ("post-a--picture-1", 34, 240))
    assert found.picture == "post-a--picture-1"
    assert found.room_pt == FULL / 2 - 34 - 2 * A5.leading_pt


def test_two_headings_jump_too():
    assert with_heading(
        ("post-a--picture-1", 51, 240), ("post-a--year", 0, 17), ("post-a--month", 17, 17)
    )


def test_a_paragraph_between_heading_and_picture_is_no_jump():
    assert with_heading(("post-a--year", 0, 17), ("post-a--picture-1", 85, 240)) == ()


def test_a_heading_amid_the_page_is_no_jump():
    assert with_heading(("post-a--year", 34, 17), ("post-a--picture-1", 68, 240)) == ()


def test_a_long_paragraph_with_an_anchor_is_no_heading():
    assert with_heading(("post-a--note", 0, 170), ("post-a--picture-1", 187, 240)) == ()


# --- a last page of a line or two


def lines(count, *marks):
    return sheet(FULL - count * A5.leading_pt, *marks)


def test_a_line_or_two_on_the_last_page_are_a_runt():
    assert [find_runt((lines(27), lines(count)), A5) for count in (1, 2, 3)] == [1, 2, 0]


def test_a_chapter_of_one_page_and_a_last_page_with_a_picture_are_none():
    assert find_runt((lines(1),), A5) == 0
    assert find_runt((lines(27), lines(2, ("post-a--picture-1", 0, 30))), A5) == 0
    assert find_runt((lines(27), sheet(FULL, blank=True)), A5) == 0


def test_the_last_picture_that_can_lose_the_lines_does():
    pages = (
        lines(27, ("post-a--picture-1", 0, 240)),
        lines(27, ("post-a--picture-2", 0, 240), ("post-a--picture-3", 300, 60)),
        lines(2),
    )
    assert gather_runt({}, pages, A5, "post-a") == {"post-a--picture-2": Adjustment(less=2)}
    known = {"post-a--picture-2": Adjustment(later=1)}
    assert gather_runt(known, pages, A5, "post-a") == {**known, "post-a--picture-1": Adjustment(less=2)}


def test_without_such_a_picture_the_words_stand_closer():
    pages = (lines(27, ("post-a--picture-1", 0, 60)), lines(2))
    assert gather_runt({}, pages, A5, "post-a") == {"post-a": Adjustment(tight=True)}
