"""Under which letter a word of the index stands, in the order that readers of the book's language expect.

Han characters have no letter of their own. National character sets were ordered by people who read them:
KS X 1001 by Korean reading, the first level of JIS X 0208 by Japanese and of GB 2312 by Mandarin reading,
Big5 by number of strokes. So a character's code says where its word belongs, without a dictionary; what
the set lacks stands in a group of its own at the end.
"""

import bisect
import unicodedata
from typing import NamedTuple

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_PLAIN = str.maketrans("ㄲㄸㅃㅆㅉ", "ㄱㄷㅂㅅㅈ")
_KANA_ROWS = "あかさたなはまやらわ"
_LAST_OF_ROW = "おこそとのほもよろん"

# The first code of each group. The characters are those that stand there: 伽 is the first read with ㄱ.
_KOREAN = tuple(int.from_bytes(first.encode("euc_kr")) for first in "伽儺多喇摩剝乍亞仔且快他坡下")
_KOREAN_LETTERS = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
_JAPANESE = tuple(int.from_bytes(first.encode("euc_jp")) for first in "亜下些他奈巴摩也羅倭")
_JAPANESE_END = 0xCFD4
_MANDARIN = tuple(
    int.from_bytes(first.encode("gb2312")) for first in "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
)
_MANDARIN_LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ"
_MANDARIN_END = 0xD7FA
# First code of one stroke, two strokes, and so on, in the first level of Big5.
_STROKES = (
    *(0xA440, 0xA442, 0xA454, 0xA4A1, 0xA4FE, 0xA5E0, 0xA6EA, 0xA8C3, 0xAB45, 0xADBC),
    *(0xB0AE, 0xB3C3, 0xB6C3, 0xB9AC, 0xBBF5, 0xBEA7, 0xC075, 0xC24F, 0xC35F, 0xC455),
    *(0xC4D7, 0xC56B, 0xC5C8, 0xC5F1, 0xC655, 0xC665, 0xC66C, 0xC676, 0xC679, 0xC67D),
)
_STROKES_END = 0xC67F

_ORDERS = {
    "ko": ("hangul", "kana", "latin", "han"),
    "ja": ("kana", "latin", "hangul", "han"),
    "zh-Hans": ("latin", "kana", "hangul", "han"),
    "zh-Hant": ("strokes", "latin", "kana", "hangul", "han"),
    "en": ("latin", "hangul", "kana", "han"),
}
_LAST = 9


class Initial(NamedTuple):
    """Where a word stands; sorting these sorts the words, but for those that begin with the same letter."""

    rank: int
    """Order of the scripts."""
    place: int
    """Order of the letters of one script."""
    heading: str
    """The letter, as printed; empty for what begins with no letter."""
    reading: int
    """0 for a word in letters, which come first; else the order of its Han character."""


def initial_of(word: str, language: str) -> Initial:
    """The letter of a word, for a book in `ko`, `ja`, `zh-Hans`, `zh-Hant`; any other is taken as `en`.

    >>> [initial_of(word, "ko").heading for word in ("까치", "日記", "#python")]
    ['ㄱ', 'ㅇ', 'P']
    >>> initial_of("カフェ", "ja").heading, initial_of("読書", "ja").heading
    ('か', 'た')
    >>> initial_of("读书", "zh-Hans").heading, initial_of("讀書", "zh-Hant").heading
    ('D', '22畫')
    """
    order = _ORDERS.get(language, _ORDERS["en"])
    first = next((c for c in unicodedata.normalize("NFKC", word) if c.isalnum()), "")
    script, place, heading, reading = _letter(first, language)
    rank = order.index(script) if script in order else _LAST - 1 if heading else _LAST
    return Initial(rank, place, heading, reading)


def sort_key(word: str, language: str) -> tuple[Initial, str]:
    """Sorts words as an index does: by letter, then without regard to case and accents.

    >>> sorted(["études", "zoo", "Eton"], key=lambda word: sort_key(word, "en"))
    ['Eton', 'études', 'zoo']
    """
    letters = (c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c) or c > "ͯ")
    return initial_of(word, language), unicodedata.normalize("NFC", "".join(letters)).casefold()


def _letter(first: str, language: str) -> tuple[str, int, str, int]:
    """Script, order of the letter in it, letter, and order of the Han character."""
    if "가" <= first <= "힣":
        heading = _INITIALS[(ord(first) - 0xAC00) // 588].translate(_PLAIN)
    elif "ᄀ" <= first <= "ᄒ":
        heading = _INITIALS[ord(first) - 0x1100].translate(_PLAIN)
    elif "ぁ" <= first <= "ヺ":
        return _kana(first)
    elif "㐀" <= first <= "鿿" or "豈" <= first <= "龎":
        return _han(first, language)
    else:
        return _latin(first)
    return "hangul", ord(heading), heading, 0


def _kana(first: str) -> tuple[str, int, str, int]:
    bare = unicodedata.normalize("NFD", first)[0]
    hiragana = chr(ord(bare) - 0x60) if bare >= "ァ" else bare
    row = min(bisect.bisect_left(_LAST_OF_ROW, hiragana), len(_KANA_ROWS) - 1)
    return "kana", row, _KANA_ROWS[row], 0


def _latin(first: str) -> tuple[str, int, str, int]:
    base = unicodedata.normalize("NFD", first).upper()[:1]
    if "A" <= base <= "Z":
        return "latin", ord(base), base, 0
    return ("digits", 0, "0–9", 0) if first.isdigit() else ("symbols", 0, "", 0)


def _han(first: str, language: str) -> tuple[str, int, str, int]:
    if language == "ko" and (code := _korean_code(first)) >= _KOREAN[0]:
        heading = _KOREAN_LETTERS[bisect.bisect_right(_KOREAN, code) - 1]
        return "hangul", ord(heading), heading, code
    if language == "ja" and _JAPANESE[0] <= (code := _code(first, "euc_jp")) < _JAPANESE_END:
        row = bisect.bisect_right(_JAPANESE, code) - 1
        return "kana", row, _KANA_ROWS[row], code
    if language == "zh-Hans" and _MANDARIN[0] <= (code := _code(first, "gb2312")) < _MANDARIN_END:
        heading = _MANDARIN_LETTERS[bisect.bisect_right(_MANDARIN, code) - 1]
        return "latin", ord(heading), heading, code
    if language == "zh-Hant" and _STROKES[0] <= (code := _code(first, "big5")) < _STROKES_END:
        strokes = bisect.bisect_right(_STROKES, code)
        return "strokes", strokes, f"{strokes}畫", code
    return "han", 0, "汉字" if language == "zh-Hans" else "漢字", ord(first)


def _korean_code(first: str) -> int:
    """The code of the reading at the head of a word: 旅 is 여 there, not 려, and the set has it twice."""
    code = _code(first, "euc_kr")
    if not _KOREAN[3] <= code < _KOREAN[4]:
        return code
    twins = (chr(n) for n in range(0xF900, 0xFA0C) if unicodedata.normalize("NFKC", chr(n)) == first)
    others = (_code(twin, "euc_kr") for twin in twins)
    return next((other for other in others if other not in range(_KOREAN[3], _KOREAN[4])), code)


def _code(first: str, encoding: str) -> int:
    """The character's code in a national set; 0 if the set does not have it."""
    code = first.encode(encoding, "ignore")
    return int.from_bytes(code) if len(code) == 2 else 0
