"""Letters of the index, by the language of the book."""

import itertools

import pytest

from yearbook.initials import initial_of, sort_key


@pytest.mark.parametrize(
    ("language", "word", "heading"),
    [
        ("ko", "하늘", "ㅎ"),
        ("ko", "똑똑", "ㄷ"),
        ("ko", "ㅋㅋ", "ㅋ"),
        ("ko", "\u1112\u1161\u1102\u1173\u11af", "ㅎ"),  # decomposed, as some file systems leave it
        ("ko", "旅行", "ㅇ"),  # 여행: no 려 at the head of a word
        ("ko", "老人", "ㄴ"),
        ("ko", "音樂", "ㅇ"),
        ("ko", "大學", "ㄷ"),
        ("ko", "𠮷野", ""),
        ("ko", "鷗", "ㄱ"),
        ("ko", "们", "漢字"),
        ("ja", "ギター", "か"),
        ("ja", "ﾃｽﾄ", "た"),
        ("ja", "京都", "か"),
        ("ja", "旅行", "ら"),
        ("ja", "和菓子", "わ"),
        ("ja", "ヴァイオリン", "あ"),
        ("ja", "鰯", "あ"),
        ("ja", "鱈", "た"),
        ("ja", "們", "漢字"),
        ("zh-Hans", "上海", "S"),
        ("zh-Hans", "咖啡", "K"),
        ("zh-Hans", "Zoom", "Z"),
        ("zh-Hans", "做饭", "Z"),
        ("zh-Hans", "鑫", "汉字"),
        ("zh-Hant", "一年", "1畫"),
        ("zh-Hant", "咖啡", "8畫"),
        ("zh-Hant", "圖書", "14畫"),
        ("zh-Hant", "Rust", "R"),
        ("en", "Émile", "E"),
        ("en", "서울", "ㅅ"),
        ("fi", "äiti", "A"),
        ("en", "42", "0–9"),
        ("en", "!?", ""),
        ("en", "", ""),
    ],
)
def test_every_word_has_its_letter(language, word, heading):
    assert initial_of(word, language).heading == heading


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", "가을 大學 하늘 あき Autumn 2021"),
        ("ja", "あき 駅 カフェ 写真 読む はる Rust 서울 们"),
        ("zh-Hans", "alpha Beta 北京 daily 读书 上海 做饭 あき 서울"),
        ("zh-Hant", "一年 日常 旅行 常用 攝影 讀書 alpha あき 서울"),
        ("en", "alpha Beta Écriture etude zoo 서울 あき 日記 7up"),
    ],
)
def test_words_come_in_the_order_of_the_language(language, words):
    shuffled = sorted(words.split(), reverse=True)
    assert sorted(shuffled, key=lambda word: sort_key(word, language)) == words.split()


@pytest.mark.parametrize("language", ["ko", "ja", "zh-Hans", "zh-Hant", "en"])
def test_no_letter_comes_twice(language):
    """Sorting never takes a group apart: whatever the words, each heading is one run."""
    letters = [
        chr(n)
        for n in itertools.chain(range(0x20, 0x250), range(0x3040, 0x9FFF, 7), range(0xAC00, 0xD7A3, 11))
    ]
    headings = [initial_of(c, language).heading for c in sorted(letters, key=lambda c: sort_key(c, language))]
    runs = [heading for heading, _ in itertools.groupby(headings)]
    assert len(runs) == len(set(runs))
