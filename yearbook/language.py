"""Which language a text is in, by its script: enough to choose faces and words, never to translate.

A declaration in the post or the blog wins as long as its script is really there.
"""

from collections import Counter

_ENOUGH = 0.1
"""Share of letters a declared language's script must have to be believed."""
_TRADITIONAL = frozenset("個們這來說會時國學對過還麼東車馬語開關無與體為後點實現經書當長問間電話門樂從發")
_SIMPLIFIED = frozenset("个们这来说会时国学对过还么东车马语开关无与体为后点实现经书当长问间电话门乐从发")


def count_scripts(text: str) -> Counter[str]:
    """Letters by script: `hangul`, `kana`, `han`, `latin`.

    >>> sorted(count_scripts("한글 kana かな").items())
    [('hangul', 2), ('kana', 2), ('latin', 4)]
    """
    counts: Counter[str] = Counter()
    for character, number in Counter(text).items():
        script = _script(ord(character))
        if script:
            counts[script] += number
    return counts


def _script(code: int) -> str:
    if 0xAC00 <= code <= 0xD7A3 or 0x3131 <= code <= 0x318E or 0x1100 <= code <= 0x11FF:
        return "hangul"
    if 0x3041 <= code <= 0x30FF:
        return "kana"
    if 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF:
        return "han"
    return "latin" if chr(code).isalpha() and code < 0x250 else ""


def detect(text: str) -> str:
    """BCP 47 tag of the text's main language: ko, ja, zh-Hans, zh-Hant or en; empty for no letters at all.

    >>> detect("오늘은 걷기 좋은 날. GitHub Actions 이야기")
    'ko'
    >>> detect("今日はよい天気です")
    'ja'
    >>> detect("这个时候我们学习")
    'zh-Hans'
    """
    counts = count_scripts(text)
    total = sum(counts.values())
    if not total:
        return ""
    if counts["hangul"] >= total * _ENOUGH:
        return "ko"
    if counts["kana"] >= total * 0.05:
        return "ja"
    if counts["han"] >= total * _ENOUGH:
        return "zh-Hant" if _is_traditional(text) else "zh-Hans"
    return "en"


def _is_traditional(text: str) -> bool:
    counts = Counter(text)
    return sum(counts[c] for c in _TRADITIONAL) > sum(counts[c] for c in _SIMPLIFIED)


def language_of(text: str, declared: str) -> str:
    """The declared language if the text can be in it, else what the script says.

    >>> language_of("Plain English words", "ko")
    'en'
    >>> language_of("Bonjour tout le monde", "fr")
    'fr'
    """
    found = detect(text)
    if not declared or not found:
        return declared or found
    same = declared.lower().split("-")[0] == found.split("-")[0]
    cjk = {"ko", "ja", "zh"}
    both_latin = declared.lower().split("-")[0] not in cjk and found == "en"
    return declared if same or both_latin else found
