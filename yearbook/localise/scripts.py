"""Marks runs of another script than the post's own, so that the styles can give each its face.

A kanji in a Japanese sentence, a hanzi and a hanja may share a code point and differ in shape. What a post
declares stays as declared; the rest is judged run by run, by the characters that only one language has. It
costs one search when nothing foreign is in a chapter.
"""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from yearbook.lazy import later
from yearbook.localise.runs import Run, mark_runs

_KANA_LETTER = "\u3041-\u3096\u30a1-\u30fa"
_KANA = later(f"[{_KANA_LETTER}]")
_HANGUL = later("[가-힣]")
_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTER = f"{_KANA_LETTER}\u30fc{_HAN}"
_INSIDE = "\u3001\u3002\u30fb\uff01\uff0c\uff1a\uff1b\uff1f\u300c-\u300f"
_CJK_RUN = later(f"[{_LETTER}](?:[{_INSIDE}]*[{_LETTER}])*")
_HAN_RUN = later(f"[{_HAN}]+")
_KANA_RUN = later(f"[{_KANA_LETTER}\u30fc]+(?:[{_HAN}]{{0,4}}[{_KANA_LETTER}\u30fc]+)*")
_HANGUL_RUN = later(r"[가-힣](?:[ ,.·]*[가-힣])*")
_LEFT_ALONE = frozenset({"code", "pre", "kbd", "samp", "svg", "math"})
_CODECS = {"ko": "euc_kr", "ja": "shift_jis", "zh-Hans": "gb2312", "zh-Hant": "big5"}
"""Each language's own character set says which characters it knows."""


def mark_scripts(root: HtmlElement, language: str) -> None:
    """Puts a `lang` on every run of a script that is not the language's own.

    Args:
        root: the chapter.
        language: BCP 47 tag of the post; empty is taken for Korean, whose faces come first.
    """
    own = _family(language or "ko")
    text = str(root.text_content())
    if own in {"ja", "zh-Hans", "zh-Hant"} and not _HANGUL.search(text) and not _may_differ(text, own):
        return
    if own not in {"ja", "zh-Hans", "zh-Hant"} and not _CJK_RUN.search(text):
        return
    doubtful = "ja" if _KANA.search(text) else "zh-Hans"
    mark_runs(_set_elements(root), lambda found: _foreign_runs(found, own, doubtful))


def _family(language: str) -> str:
    """The tag whose faces the language is set in.

    >>> [_family(tag) for tag in ("zh-TW", "zh", "ja-JP", "en")]
    ['zh-Hant', 'zh-Hans', 'ja', 'en']
    """
    parts = language.lower().split("-")
    if parts[0] == "zh":
        return "zh-Hant" if {"hant", "tw", "hk", "mo"} & set(parts) else "zh-Hans"
    return parts[0]


def _runs_of(own: str) -> re.Pattern[str]:
    """What may be foreign in a language that is written in Han characters itself, and in all others."""
    if own == "ja":
        return _HAN_RUN
    return _KANA_RUN if own in {"zh-Hans", "zh-Hant"} else _CJK_RUN


def _may_differ(text: str, own: str) -> bool:
    """Whether a text in Han characters may hold a run of another language's."""
    return any(_language_of(run[0], own, own) != own for run in _runs_of(own).finditer(text))


def _set_elements(root: HtmlElement) -> Iterator[HtmlElement]:
    """Every element whose text is set in the post's own faces."""
    stack = [root]
    while stack:
        element = stack.pop()
        if element.tag in _LEFT_ALONE or "math" in element.get("class", "").split():
            continue
        if element is not root and element.get("lang"):
            continue
        yield element
        stack.extend(child for child in element if isinstance(child.tag, str))


def _foreign_runs(text: str, own: str, doubtful: str) -> Iterator[Run]:
    """The runs of a text that are in another language than its own."""
    hangul = _HANGUL_RUN.finditer(text) if own in {"ja", "zh-Hans", "zh-Hant"} else iter(())
    found = [(run.start(), run.end(), "ko") for run in hangul]
    found += [
        (run.start(), run.end(), _language_of(run[0], own, doubtful)) for run in _runs_of(own).finditer(text)
    ]
    for start, end, language in sorted(found):
        if language != own:
            yield Run(start=start, end=end, text=text[start:end], attributes={"lang": language})


def _language_of(run: str, own: str, doubtful: str) -> str:
    """The language of a run of kana and Han characters.

    >>> [_language_of(run, "ko", "zh-Hans") for run in ("ありがとう", "大韓民國", "这个时候", "図書館")]
    ['ja', 'ko', 'zh-Hans', 'ja']
    """
    if _KANA.search(run):
        return "ja"
    mine = "ko" if own not in _CODECS else own
    if _knows(mine, run):
        return own
    able = [
        language for language in ("ja", "zh-Hans", "zh-Hant") if language != own and _knows(language, run)
    ]
    if doubtful in able:
        return doubtful
    return able[0] if able else own


def _knows(language: str, run: str) -> bool:
    """Whether the language's own character set has every character of the run."""
    try:
        run.encode(_CODECS[language])
    except UnicodeEncodeError:
        return False
    return True
