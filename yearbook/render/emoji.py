"""Names such as `:punch:` to the signs they stand for, as GitHub does."""

import functools
import re

_NAMES = re.compile(r"(?<![A-Za-z0-9_:/])(?::[a-z0-9_+-]{1,40}:)+")
_NAME = re.compile(r":([a-z0-9_+-]+):")
# Names GitHub has and the list of aliases has not.
_GITHUB = {
    "shipit": "🐿️", "hankey": "💩", "poop": "💩", "thumbsup": "👍", "thumbsdown": "👎", "satisfied": "😆",
    "punch": "👊", "facepunch": "👊", "octocat": "🐙", "heart": "❤️", "tada": "🎉", "kr": "🇰🇷", "jp": "🇯🇵",
    "cn": "🇨🇳",
}  # fmt: skip


def replace_names(text: str) -> str:
    """The text with every known name replaced; times, ranges and unknown names stay.

    >>> replace_names("해냈다 :punch::+1: 10:30:45 std::vector::iterator 1:100:3 :nope:")
    '해냈다 👊👍 10:30:45 std::vector::iterator 1:100:3 :nope:'
    """
    return _NAMES.sub(lambda run: _NAME.sub(_sign, run[0]), text) if text.count(":") > 1 else text


def _sign(found: re.Match[str]) -> str:
    """The sign of one name, or the name as it stands."""
    return _sign_of(found[1]) or found[0]


@functools.lru_cache(maxsize=1024)
def _sign_of(name: str) -> str:
    """The sign; empty if the name is unknown."""
    if name in _GITHUB:
        return _GITHUB[name]
    import emoji  # five thousand names, which few posts write

    sign = emoji.emojize(f":{name}:", language="alias")
    return "" if sign == f":{name}:" else sign
