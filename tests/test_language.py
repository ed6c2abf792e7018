"""Which language a text is in."""

import pytest

from yearbook.language import detect, language_of


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("오늘은 `git rebase`를 배웠다. The quick brown fox jumps over it.", "ko"),
        ("日本語の文章です。漢字も多い。", "ja"),
        ("这个周末我们去爬山,天气很好。", "zh-Hans"),
        ("這個週末我們去爬山,天氣很好。", "zh-Hant"),
        ("Notes on a quiet week", "en"),
        ("Ça va très bien", "en"),
        ("1234 !?", ""),
        ("", ""),
    ],
)
def test_the_script_says_the_language(text, tag):
    assert detect(text) == tag


@pytest.mark.parametrize(
    ("text", "declared", "tag"),
    [
        ("한국어 글", "ko", "ko"),
        ("한국어 글", "ko-KR", "ko-KR"),
        ("An English post in a Korean blog", "ko", "en"),
        ("Un texte en français", "fr", "fr"),
        ("這個週末我們去爬山", "zh-TW", "zh-TW"),
        ("...", "ja", "ja"),
        ("한국어 글", "", "ko"),
    ],
)
def test_a_declaration_is_believed_when_its_script_is_there(text, declared, tag):
    assert language_of(text, declared) == tag
