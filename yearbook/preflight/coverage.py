"""Which characters the bundled fonts can print, and what to say of one they cannot.

The answer comes from `fonts/coverage.txt`, which `scripts/font_coverage.py` makes of the fonts themselves.
"""

import functools
import re
import unicodedata
from pathlib import Path

from yearbook.errors import EngineError

_RANGE = re.compile(r"\b([0-9a-f]+)(?:-([0-9a-f]+))?\b")
# What shapes its neighbours or the line and draws nothing itself; no font needs to have it.
_IGNORED = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


@functools.cache
def printable(fonts: Path) -> frozenset[str]:
    """Every character that a font of the folder has and that means the same in any other font.

    Raises:
        EngineError: the file that says so is missing or damaged.
    """
    path = fonts / "coverage.txt"
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        message = "the list of characters that the fonts have cannot be read"
        raise EngineError(message, where=str(path), hint="install yearbook again") from error
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    points = (range(int(first, 16), int(last or first, 16) + 1) for first, last in _RANGE.findall(body))
    return frozenset(chr(point) for span in points for point in span if not is_meaningless(chr(point)))


def find_unprintable(text: str, fonts: Path) -> tuple[str, ...]:
    """The characters of a text that would print as an empty box, sorted.

    Text is judged composed (NFC): a letter and its accent are one character to the engine.
    """
    if not (odd := set(text) - printable(fonts)):
        return ()
    if any(unicodedata.combining(char) for char in odd):
        odd = set(unicodedata.normalize("NFC", text)) - printable(fonts)
    return tuple(sorted(char for char in odd if not _IGNORED.match(char)))


def is_meaningless(char: str) -> bool:
    r"""Whether the character means nothing outside one font or program: private use, or never assigned.

    >>> is_meaningless("\ue000"), is_meaningless("가")
    (True, False)
    """
    return unicodedata.category(char) in {"Co", "Cn"}


def name_of(char: str) -> str:
    """How a report names a character: its code point, and its name if it has one.

    >>> name_of("ก")
    'U+0E01 THAI CHARACTER KO KAI'
    """
    what = "private use" if unicodedata.category(char) == "Co" else "not assigned"
    return f"U+{ord(char):04X} {unicodedata.name(char, '') or what}"
