"""Words that are kept whole, and the inner margin of a thick book."""

import pytest
from conftest import make_chapter

from yearbook.trims import TRIMS
from yearbook.typography import estimate_pages, gutter_mm, keep_words


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("한국어 책", "한|국|어 책"),
        ("Git으로 배우는", "Git|으|로 배|우|는"),
        ("가나다라마바사아자차카타파하", "가나다라마바사아자차카타파하"),
        ("日本 plain", "日本 plain"),
        ("", ""),
    ],
)
def test_hangul_words_are_kept_and_nothing_else(text, kept):
    assert keep_words(text).replace("\u2060", "|") == kept
    assert keep_words(text).replace("\u2060", "") == text


def test_more_text_and_more_pictures_are_more_pages():
    one = make_chapter()
    assert estimate_pages([one] * 100, TRIMS["a5"]) > estimate_pages([one] * 10, TRIMS["a5"])


def test_the_gutter_never_shrinks():
    gutters = [gutter_mm(pages) for pages in range(0, 2000, 10)]
    assert gutters == sorted(gutters)
