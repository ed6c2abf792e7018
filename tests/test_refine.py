"""Which try is kept."""

from dataclasses import dataclass, field

from test_fill import A5, FULL, lines, sheet

from yearbook.fill import ROUNDS, Adjustment
from yearbook.refine import refine

HOLE = (sheet(FULL / 2, ("post-a", 0, 90)), sheet(0, ("post-a", 0, 9), ("post-a--picture-1", 0, 400)))
GOOD = (sheet(0, ("post-a", 0, 90)), sheet(0, ("post-a", 0, 90)))


@dataclass(frozen=True)
class Fake:
    sheets: tuple
    wishes: dict = field(default_factory=dict)
    html: str = ""
    rest: tuple = ()
    """Pages that an early end left out."""

    def whole(self):
        return Fake((*self.sheets, *self.rest), self.wishes, self.html)


def run(first, *then):
    """What is kept, and how often was tried, where each try gives the next of `then`."""
    tries = iter(then)
    count = 0

    def attempt(wishes, before):
        nonlocal count
        assert before is not None
        count += 1
        pages = next(tries)
        return pages and Fake(pages, dict(wishes))

    return refine(first if isinstance(first, Fake) else Fake(first), attempt, "post-a", A5), count


def test_pages_that_are_full_are_not_tried_again():
    assert run(GOOD) == (Fake(GOOD), 0)


def test_a_hole_is_filled():
    kept, count = run(HOLE, GOOD)
    assert (kept.sheets, count) == (GOOD, 1)
    assert kept.wishes == {"post-a--picture-1": Adjustment(later=1)}


def test_what_never_helps_is_given_up_and_the_first_kept():
    assert run(HOLE, *[HOLE] * 9) == (Fake(HOLE), ROUNDS)
    assert run(HOLE, None) == (Fake(HOLE), 1)


def test_a_try_that_ended_early_is_kept_with_all_its_pages():
    """It is compared by them too: here the second leaves fewer holes."""
    assert run(Fake(HOLE, rest=GOOD), None) == (Fake((*HOLE, *GOOD)), 1)
    kept, _ = run(Fake(HOLE, rest=HOLE), HOLE, None)
    assert kept.sheets == HOLE


def test_a_runt_costs_one_layout_and_goes():
    kept, count = run((*GOOD, lines(1)), GOOD)
    assert (kept.sheets, count) == (GOOD, 1)
    assert kept.wishes == {"post-a": Adjustment(tight=True)}


def test_a_runt_that_stays_leaves_the_pages_as_they_were():
    first = (*GOOD, lines(2))
    assert run(first, (*GOOD, lines(1))) == (Fake(first), 1)
    assert run(first, None) == (Fake(first), 1)


def test_a_page_is_not_saved_at_the_price_of_a_hole():
    first = (*GOOD, lines(2))
    assert run(first, HOLE) == (Fake(first), 1)
