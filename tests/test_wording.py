"""The book's own words in every language."""

import dataclasses
import datetime as dt
import re
import string

import pytest

from yearbook.wording import wording

LANGUAGES = ("ko", "ja", "zh-Hans", "zh-Hant", "en")
DAY = dt.date(2021, 12, 6)
IN_DATES = {"date", "short_date", "long_date", "source_line"}
"""Patterns in which each language takes what it needs."""


def fields_of(text):
    return sorted(str(name) for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_values(language):
    words, korean = wording(language), wording("ko")
    assert words.language == language
    for field in dataclasses.fields(words):
        own, other = getattr(words, field.name), getattr(korean, field.name)
        assert len(own) == len(other) if isinstance(own, tuple) else own, field.name
        if isinstance(own, str) and field.name not in IN_DATES:
            assert fields_of(own) == fields_of(other), field.name


@pytest.mark.parametrize("language", ["ja", "zh-Hans", "zh-Hant"])
def test_chinese_and_japanese_have_their_own_punctuation(language):
    for field in dataclasses.fields(words := wording(language)):
        text = getattr(words, field.name)
        if isinstance(text, str):
            assert not re.search(r"[\u3040-\u9fff][,()]|[,()][\u3040-\u9fff]", text), field.name


@pytest.mark.parametrize(
    ("language", "post", "short", "edition"),
    [
        ("ko", "2021. 12. 6. 월요일", "12.06", "2021년 12월 6일"),
        ("ja", "2021年12月6日 月曜日", "12.06", "2021年12月6日"),
        ("zh-Hans", "2021年12月6日 星期一", "12.06", "2021年12月6日"),
        ("zh-Hant", "2021年12月6日 星期一", "12.06", "2021年12月6日"),
        ("en", "Monday, 6 December 2021", "6 Dec", "6 December 2021"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language, post, short, edition):
    words = wording(language)
    assert words.format_date(DAY) == post
    assert words.format_short_date(DAY) == short
    assert words.format_long_date(DAY) == edition


@pytest.mark.parametrize(("count", "said"), [(1, "1 post"), (2, "2 posts"), (11, "11 posts"), (0, "0 posts")])
def test_english_knows_one_from_many(count, said):
    words = wording("en")
    assert words.say(words.post_count, count) == said
    assert words.say(words.busiest, "May", count).endswith(f"May, {said}")


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("ko-KR", "ko"),
        ("ja_JP", "ja"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("fi", "en"),
    ],
)
def test_a_tag_of_any_kind_finds_its_words(tag, language):
    assert wording(tag).language == language
