"""A piece tried again has the pages it would have if it had not been tried before."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_typeset import house_css

from yearbook.assets import asset_dir
from yearbook.fonts import write_fontconfig
from yearbook.typeset import Cut, Press
from yearbook.typeset.tune import untune

SENTENCE = "봄이 오면 골목의 나무가 먼저 알고, 사람들은 그보다 조금 늦게 창을 연다. Spring is here. "
EXTRA = (
    ".beside { float: left; width: 40mm; height: 60mm; border: 1pt solid }"
    ".two { columns: 2 } .seen::before { content: target-counter(attr(href), page) }"
    ".fixed-up { position: fixed; top: 0 } .placed { position: absolute; left: 3mm; top: 5mm }"
    ".noted { float: footnote } .heading { bookmark-level: 2; bookmark-label: content() }"
)
ROW = "<tr><td>가</td><td>나 다 라</td></tr>"


def block(kind, size):
    """One block of that kind; what can be long grows with `size`, from 1 to 9."""
    return {
        "text": f"<p>{SENTENCE * size}</p>",
        "figure": f'<figure><div style="height:{size * 18}mm">그림</div><figcaption>말</figcaption></figure>',
        "heading": f"<h2 id='h{size}' class='heading'>제목 {SENTENCE * (size // 5)}</h2>",
        "table": f"<table>{ROW * size * 3}</table>",
        "short table": "<table style='table-layout:fixed;width:50mm'><col><tr><td>가<tr><td>나<td>다</table>",
        "list": f"<ul><li>하나<li>{SENTENCE * size}<ol><li>둘</ol></ul>",
        "listing": f"<pre class='listing'>{'줄 하나' + chr(10) * 2}{'x = 1' + chr(10) * size * 4}</pre>",
        "quote": f"<blockquote><p>{SENTENCE * size}<p>{SENTENCE}</blockquote>",
        "float": "<div class='beside'>옆</div>",
        "columns": f"<div class='two'><p>{SENTENCE * size * 2}</div>",
        "note": "<p>말<span class='noted'>각주</span> 뒤</p>",
        "number": f"<p><a class='seen' href='#h{size}'>쪽</a></p>",
        "placed": "<div class='placed'>놓인 말</div>",
        "fixed": "<div class='fixed-up'>위</div>",
        "rule": "<hr style='break-before: page'>",
        "plate": "<div style='page: plate; height: 90mm'>판</div>",
    }[kind]


KINDS = (
    "text", "text", "figure", "heading", "table", "short table", "list", "listing", "quote", "float",
    "columns", "note", "number", "placed", "fixed", "rule", "plate",
)  # fmt: skip
COMMON = ("text", "figure", "heading", "quote", "list", "table", "listing")
blocks = st.tuples(st.sampled_from(KINDS), st.integers(1, 9))
common = st.tuples(st.sampled_from(COMMON), st.integers(1, 9))
documents = st.one_of(st.lists(common, min_size=4, max_size=14), st.lists(blocks, min_size=3, max_size=14))


def page_of(parts):
    body = "".join(block(*part) for part in parts)
    return (
        f'<html lang="ko"><body><article class="chapter" id="post-a"><div class="text">{body}</div></article>'
        "<p style='page: heads'>머리</p>"
    )


def lone_row(*parts):
    """A table's row that no page has room for again is told of with its page."""
    return [("short table", 1), *parts]


@pytest.fixture(scope="module")
def press(tmp_path_factory):
    untune()
    fonts = write_fontconfig(asset_dir("fonts"), tmp_path_factory.mktemp("fonts"))
    yield Press(css=house_css() + EXTRA, fonts=asset_dir("fonts"), font_config=fonts)
    untune()


def drawn(press, laid):
    galley = press.draw(laid)
    assert len(galley.leaves) == len(laid.sheets) - laid.heads
    return galley


@given(parts=documents, others=st.lists(blocks, max_size=2), at=st.integers(0, 13), gone=st.integers(0, 2))
@example(parts=[("text", 9)] * 8, others=[("figure", 3)], at=7, gone=0)
@example(parts=lone_row(*[("text", 9)] * 6), others=[("text", 1)], at=6, gone=1)
@example(parts=[("text", 9), ("rule", 1), ("text", 9), ("text", 9)], others=[("text", 2)], at=1, gone=1)
@example(parts=[("heading", 9)] * 20, others=[("text", 2)], at=19, gone=1)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_before_a_change_are_those_of_the_try_before(press, parts, others, at, gone):
    """Two changes one after the other; each book is that of a press that saw nothing before."""
    first = press.lay(page_of(parts), images={}, heads=1)
    second = [*parts[:at], *others, *parts[at + gone :]]
    third = [*second[: at + 1], ("figure", 4), *second[at + 1 :]]
    again = press.lay(page_of(second), images={}, heads=1, before=first)
    last = press.lay(page_of(third), images={}, heads=1, before=again)
    for laid, text in ((last, third), (again, second), (first, parts)):
        fresh = press.lay(page_of(text), images={}, heads=1)
        assert laid.sheets == fresh.sheets
        assert laid.notices == fresh.notices
        assert drawn(press, laid) == drawn(press, fresh)


def test_most_pages_are_taken_from_the_try_before(press):
    parts = [("text", 9)] * 9
    first = press.lay(page_of([*parts, ("figure", 4)]), images={}, heads=1)
    again = press.lay(page_of([*parts, ("figure", 3)]), images={}, heads=1, before=first)
    assert len(first.sheets) - 3 <= again.paging.taken < len(first.sheets)
    assert press.lay(page_of([("heading", 1), *parts]), images={}, before=again).paging.taken == 0


@pytest.mark.parametrize("kind", ["note", "number", "fixed"])
def test_nothing_is_taken_where_pages_depend_on_others(press, kind):
    parts = [(kind, 1), ("heading", 1), *[("text", 9)] * 9]
    first = press.lay(page_of([*parts, ("figure", 4)]), images={})
    again = press.lay(page_of([*parts, ("figure", 3)]), images={}, before=first)
    assert again.paging.taken == 0


@given(parts=documents, emptiest=st.integers(0, 6))
@example(parts=[("text", 3), ("figure", 9), ("short table", 1), ("text", 9), ("heading", 9)], emptiest=0)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_layout_that_ended_early_goes_on_to_the_same_pages(press, parts, emptiest):
    asked = []

    def is_enough(sheets):
        asked.append(sheets)
        return True

    cut = press.lay(
        page_of(parts), images={}, heads=1, cut=Cut(free_pt=emptiest * 50, is_enough=is_enough)
    )
    whole = press.lay(page_of(parts), images={}, heads=1)
    if not cut.is_cut:
        assert cut.sheets == whole.sheets
        return
    assert list(cut.sheets[-2:]) == asked[-1]
    assert asked[-1][0].free_pt > emptiest * 50
    assert cut.sheets == whole.sheets[: len(cut.sheets)]
    other = press.lay(page_of([*parts, ("text", 1)]), images={}, heads=1, before=cut)
    end = press.go_on(cut)
    assert (end.sheets, end.notices, end.is_cut) == (whole.sheets, whole.notices, False)
    assert drawn(press, end) == drawn(press, whole)
    fresh = press.lay(page_of([*parts, ("text", 1)]), images={}, heads=1)
    assert drawn(press, other) == drawn(press, fresh)


def test_a_layout_goes_on_once(press):
    laid = press.lay(page_of([("text", 1)]), images={})
    with pytest.raises(ValueError, match="nothing was left out"):
        press.go_on(laid)
