"""Runs in another language get its faces; words of Hangul stay whole where they should."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import fragment_fromstring, tostring

from yearbook.localise.scripts import mark_scripts
from yearbook.localise.words import keep_words

JOINER = "\u2060"


def marked(html, language):
    root = fragment_fromstring(html, create_parent="div")
    mark_scripts(root, language)
    return "".join(tostring(child, encoding="unicode") for child in root)


@pytest.mark.parametrize(
    ("language", "given", "expected"),
    [
        ("ko", "ありがとう라고", '<span lang="ja">ありがとう</span>라고'),
        ("ko", "말은 東京タワー다", '말은 <span lang="ja">東京タワー</span>다'),
        ("ko", "大韓民國의 歷史", "大韓民國의 歷史"),
        ("ko", "这个时候와 글", '<span lang="zh-Hans">这个时候</span>와 글'),
        ("ko", "図書館", '<span lang="ja">図書館</span>'),
        ("ja", "今日は한국어です", '今日は<span lang="ko">한국어</span>です'),
        ("ja", "「这个时候」と言う", '「<span lang="zh-Hans">这个时候</span>」と言う'),
        ("ja", "今日は良い天気", "今日は良い天気"),
        ("zh-Hans", "这是ありがとう的", '这是<span lang="ja">ありがとう</span>的'),
        ("zh-TW", "這是감사的", '這是<span lang="ko">감사</span>的'),
        ("en", "the word ありがとう means", 'the word <span lang="ja">ありがとう</span> means'),
        ("", "그는 ひらがな", '그는 <span lang="ja">ひらがな</span>'),
    ],
)
def test_a_foreign_run_is_marked(language, given, expected):
    assert marked(f"<p>{given}</p>", language) == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    "html",
    [
        "<p><code>ありがとう</code></p>",
        "<pre>ありがとう</pre>",
        '<p lang="ja">ありがとう</p>',
        '<p><span class="math">あ</span></p>',
        '<p><span lang="zh">这个</span></p>',
    ],
)
def test_code_and_what_declares_its_language_are_left_alone(html):
    assert marked(html, "ko") == html


def test_doubtful_characters_go_with_the_rest_of_the_post():
    assert 'lang="ja">国会' in marked("<p>国会</p><p>ひらがな</p>", "ko")
    assert 'lang="zh-Hans">国会' in marked("<p>国会</p><p>这个</p>", "ko")


@settings(max_examples=80, deadline=None)
@given(
    st.text(st.sampled_from("가나 ab,あカー漢国这個。、"), max_size=60),
    st.sampled_from(["ko", "ja", "zh-Hans"]),
)
def test_no_character_is_lost_or_moved(text, language):
    html = f"<p>{text}<em>{text}</em>{text}</p>"
    before = fragment_fromstring(html, create_parent="div").text_content()
    assert fragment_fromstring(marked(html, language), create_parent="div").text_content() == before


def kept(html, *, prose):
    root = fragment_fromstring(html, create_parent="div")
    keep_words(root, prose=prose)
    return "".join(tostring(child, encoding="unicode") for child in root)


def test_headings_captions_and_tables_keep_their_words():
    for tag in ("h2", "figcaption", "table"):
        assert f"가{JOINER}나" in kept(f"<{tag}>가나</{tag}>", prose=False)


def test_prose_keeps_its_words_on_wish_only():
    assert kept("<p>가나</p>", prose=False) == "<p>가나</p>"
    assert kept("<p>가나<em>다라</em>마바</p>", prose=True).replace(JOINER, "|") == (
        "<p>가|나<em>다|라</em>마|바</p>"
    )


def test_words_that_letters_begin_go_on_unbroken():
    assert kept("<h2>2021년 GPU로</h2>", prose=False).replace(JOINER, "|") == "<h2>2021|년 GPU|로</h2>"


@pytest.mark.parametrize(
    "inner",
    [
        "<code>가나</code>",
        '<a href="https://example.org/가나">x</a>',
        '<span class="note address">example.org/가나</span>',
        '<span class="math">가나</span>',
    ],
)
def test_what_is_copied_character_by_character_stays(inner):
    assert JOINER not in kept(f"<p>{inner}</p>", prose=True)


def test_a_very_long_word_may_break():
    assert kept(f"<h2>{'가' * 13}</h2>", prose=False) == f"<h2>{'가' * 13}</h2>"
