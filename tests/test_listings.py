"""Code listings: no character lost, no line too long, always on the grid."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import fragment_fromstring, tostring

from yearbook.listings import TURN, columns_of, set_listings
from yearbook.trims import TRIMS

A5 = TRIMS["a5"]


def set_code(inner, around="<div>{}</div>", kind=""):
    listing = f"<pre{kind}><code>{inner}</code></pre>"
    root = fragment_fromstring(around.format(listing), create_parent="div")
    set_listings(root, A5, "이어짐")
    return root


def lines_of(root):
    found = []
    for block in root.xpath(".//span[contains(@class,'block')]"):
        for line in block.text_content().split("\n"):
            found.append((line.startswith(TURN), line.removeprefix(TURN)))
    return found


def width(text):
    return sum(2 if ord(c) >= 0x1100 else 1 for c in text)


def test_short_lines_stay_as_they_are():
    assert lines_of(set_code("a = 1\n\nb = 2\n")) == [(False, "a = 1"), (False, ""), (False, "b = 2")]


def test_a_long_line_is_cut_with_a_mark_and_loses_nothing():
    text = "x" * 50 + " " + "y" * 200
    found = lines_of(set_code(text))
    assert "".join(line for _, line in found) == text
    assert [continued for continued, _ in found] == [False, *[True] * (len(found) - 1)]


def test_hangul_takes_two_columns():
    columns = columns_of(set_code("x").find(".//pre"), A5)
    assert columns == 78
    first = lines_of(set_code("가" * 60))[0][1]
    assert len(first) == columns // 2


def test_colours_survive_the_cut():
    root = set_code('<span class="s">' + "가" * 60 + '</span><span class="k">if</span>')
    assert tostring(root, encoding="unicode").count('class="s"') == 2
    assert 'class="k"' in tostring(root, encoding="unicode")


def test_four_lines_of_code_are_three_of_text():
    root = set_code("\n".join(f"line {n}" for n in range(10)))
    blocks = [block.get("class") for block in root.xpath(".//span[contains(@class,'block')]")]
    assert blocks == ["block", "block", "block lines-2 end"]


def test_blocks_hold_nothing_that_keeps_the_engine_from_sharing_their_styles():
    root = set_code("\n".join(f'<span class="k">if</span> line {n}' for n in range(10)))
    assert not root.xpath(".//pre//*[@style]")
    assert len(root.xpath(".//pre//span")) == 3 + 10


def test_a_listing_that_may_be_cut_says_what_stands_overleaf():
    root = set_code("\n".join(f"line {n}" for n in range(9)))
    assert [block.get("data-more") for block in root.xpath(".//pre/code/*")] == [
        None,
        f"{TURN}이어짐",
        None,
        None,
    ]
    assert root.xpath("string(.//i[@class='over'])") == ""
    named = set_code("\n".join(f"line {n}" for n in range(9)), kind=' class="language-sh"')
    assert named.findall(".//pre/code/*")[1].get("data-more") == f"{TURN}이어짐 · sh"
    assert [block.get("class") for block in root.xpath(".//span[contains(@class,'end')]")] == [
        "block lines-1 end"
    ]


@pytest.mark.parametrize("lines", [1, 4, 5, 8])
def test_a_listing_of_two_blocks_is_not_cut_and_says_nothing(lines):
    root = set_code("\n".join(f"line {n}" for n in range(lines)))
    assert root.xpath(".//*[@data-more] | .//i") == []


def test_a_mark_stands_before_what_continues():
    root = set_code("x" * 100)
    assert [turn.text for turn in root.xpath(".//span[@class='turn']")] == [TURN]


def test_tabs_reach_the_next_stop():
    assert lines_of(set_code("a\tb\n\tc"))[0][1] == "a   b"
    assert lines_of(set_code("a\tb\n\tc"))[1][1] == "    c"


def test_there_is_less_room_in_a_list():
    inside = set_code("x", "<ul><li>{}</li></ul>").find(".//pre")
    assert columns_of(inside, A5) < 78


def test_code_in_a_table_is_left_alone():
    root = set_code("a\nb", "<table><tr><td>{}</td></tr></table>")
    assert not root.xpath(".//span")


@pytest.mark.parametrize("inner", ["", "\n\n", '<span class="k"></span>'])
def test_nothing_is_nothing(inner):
    assert lines_of(set_code(inner)) == []


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("abc 가나,;\n\u200d\u0301字"), max_size=400))
def test_no_character_is_ever_lost_and_no_line_too_long(text):
    found = lines_of(set_code(text))
    joined = ""
    for number, (continued, line) in enumerate(found):
        joined += line if continued or not number else f"\n{line}"
        assert width(line) <= 78 + 4
    stripped = text.rstrip("\n").split("\n")
    while stripped and not stripped[-1].strip():
        stripped.pop()
    assert joined == "\n".join(stripped)
