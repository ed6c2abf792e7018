"""Lists count as the post says, and long words may break."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import fragment_fromstring, tostring

from yearbook.localise.flow import break_long_words, keep_short_quotes, number_lists, set_signs_apart

ADDRESS = "https://example.org/some/very/long/path?with=parameters"


def changed(html, change):
    root = fragment_fromstring(html, create_parent="div")
    change(root)
    return root


def styles_of(html):
    root = changed(html, number_lists)
    return [element.get("style") for element in root.iter("ol", "li")]


@pytest.mark.parametrize(
    ("html", "styles"),
    [
        ("<ol><li></li></ol>", [None, None]),
        ('<ol start="10"><li></li></ol>', ["counter-reset:list-item 9", None]),
        ('<ol start="ten"><li></li></ol>', [None, None]),
        ('<ol type="a"><li></li></ol>', ["list-style-type:lower-alpha", None]),
        ('<ol><li value="7"></li><li></li></ol>', [None, "counter-set:list-item 7", None]),
        ('<ol reversed=""><li></li><li></li></ol>', [None, *(f"counter-set:list-item {n}" for n in (2, 1))]),
    ],
)
def test_lists_count_as_they_say(html, styles):
    assert styles_of(html) == styles


def test_a_short_quotation_stays_on_one_page_and_a_long_one_need_not():
    html = f"<blockquote>가나다</blockquote><blockquote>{'긴 글 ' * 90}</blockquote>"
    root = changed(html, keep_short_quotes)
    assert [quote.get("class") for quote in root.iter("blockquote")] == ["short", None]


def test_an_address_may_break_behind_its_marks():
    root = changed(f"<p>여기 {ADDRESS} 있다</p>", break_long_words)
    span = root.find(".//span[@class='long']")
    assert span.text.split("\u200b")[:3] == ["https://", "example.", "org/"]
    assert root.text_content().replace("\u200b", "") == f"여기 {ADDRESS} 있다"


@pytest.mark.parametrize("tag", ["code", "kbd"])
def test_code_is_left_alone(tag):
    html = f"<p><{tag}>{ADDRESS}</{tag}></p>"
    root = changed(html, break_long_words)
    assert "".join(tostring(child, encoding="unicode") for child in root) == html


def test_short_words_and_hangul_are_left_alone():
    html = f"<p>{'가' * 100} short words</p>"
    assert changed(html, break_long_words).find(".//span") is None


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("가 🙂 나", ["🙂"]),
        ("👍🏽🎉", ["👍🏽🎉"]),
        ("🇰🇷 와 👨‍👩‍👧‍👦", ["🇰🇷", "👨‍👩‍👧‍👦"]),
        ("1️⃣ 하나", ["1️⃣"]),
        ("☑ ✔ ❤️", ["☑", "✔", "❤️"]),
        ("Dvořák, Łódź, العربية", ["ř", "Ł", "ź", "العربية"]),
        ("→ ★ ① 『책』 3~5 café Привет", []),
    ],
)
def test_signs_of_other_faces_stand_apart(text, signs):
    root = changed(f"<p>{text}</p><pre>{text}</pre>", set_signs_apart)
    assert [span.text for span in root.iter("span")] == signs
    assert root.find("p").text_content() == text


@settings(max_examples=80, deadline=None)
@given(st.text(st.sampled_from("abcAB/.-? 가☑🙂"), max_size=120))
def test_no_character_is_lost(text):
    root = changed(f"<p>{text}<em>{text}</em>{text}</p>", break_long_words)
    set_signs_apart(root)
    assert root.text_content().replace("\u200b", "") == text * 3
