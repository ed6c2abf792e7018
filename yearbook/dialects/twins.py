"""Tell which posts are translations of one another, where the engine itself keeps no account."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from yearbook.dialects import fields as meaning
from yearbook.dialects.settings import text_of
from yearbook.value import dataclass

_CODES = {
    "kr": "ko", "jp": "ja", "cn": "zh-CN", "tw": "zh-TW", "hk": "zh-HK", "gb": "en-GB",
    **{
        code: code
        for code in (
            "ko", "en", "ja", "zh", "de", "fr", "es", "pt", "ru", "it", "vi", "id", "th", "tr", "pl",
            "uk", "ar", "hi", "nl",
            "zh-cn", "zh-tw", "zh-hk", "zh-hans", "zh-hant", "pt-br", "en-us", "en-gb", "ko-kr", "ja-jp",
        )
    },
}  # fmt: skip
_WORDS = frozenset({"it", "id", "hi", "es", "de", "th", "tr", "ar", "pl", "pt", "nl", "uk", "vi", "hk", "gb"})
_KEYS = ("translation_key", "translationkey", "lang-ref", "lang_ref", "i18n_key", "ref", "page_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """What is known of a post's translations."""

    key: str
    """What they share."""
    is_guess: bool
    """Whether only names say so."""
    language: str
    """Language that the name tells; empty if none."""


def find_twin(place: str, fields: Mapping[str, object]) -> Twin:
    """What a post shares with its translations.

    The fields' own key is certain; `year-ko.md` beside `year-en.md`, and `ko/year.md` beside `en/year.md`,
    are guesses that need the same date.

    >>> find_twin("_posts/2021-12-31-year-ko.md", {}).key
    '_posts/2021-12-31-year'
    >>> find_twin("blog/en/year.md", {}) == find_twin("blog/year.en.md", {})
    True
    """
    own = meaning.language_tag(meaning.pick(fields, "lang", "language", "locale"))
    key = text_of(meaning.pick(fields, *_KEYS))
    if key and own:
        return Twin(key=f"key {key}", is_guess=False, language=own)
    path = PurePosixPath(place)
    stem, language = _parted(path.stem)
    folders = [part for part in path.parts[:-1] if not (not language and part.lower() in _CODES)]
    for part in path.parts[:-1]:
        language = language or _CODES.get(part.lower(), "")
    return Twin(key="/".join([*folders, stem]), is_guess=True, language=meaning.language_tag(language))


def _parted(stem: str) -> tuple[str, str]:
    """A file's name without its language, and the language."""
    found = re.fullmatch(r"(?P<rest>.+?)[-._](?P<code>[a-z]{2}(?:[-_][a-z]{2,4})?)", stem, re.IGNORECASE)
    if not found:
        return stem, ""
    written = found["code"].lower().replace("_", "-")
    # `how-to-say-hi` and `what-is-it` end in words, `year.it` does not.
    is_word = written in _WORDS and stem[len(found["rest"])] != "."
    code = "" if is_word else _CODES.get(written, "")
    return (found["rest"], code) if code else (stem, "")
