"""Which characters the bundled fonts can print, and what to say of one they cannot.

The answer comes from `fonts/coverage.txt`, which `scripts/font_coverage.py` makes of the fonts themselves.
"""

import bisect
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
_USUAL = ((" ", "~"), ("ぁ", "ゖ"), ("ァ", "ヺ"), ("一", "鿋"), ("가", "힣"))
"""Runs of characters each of which has a meaning of its own."""

_PRINTABLE: dict[Path, set[str]] = {}
"""The characters that were found to be printable so far, by the folder of the fonts."""


@functools.cache
def read_coverage(fonts: Path) -> str:
    """What is written about the characters that the fonts of the folder have.

    Raises:
        EngineError: the file that says so is missing or damaged.
    """
    path = fonts / "coverage.txt"
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        message = "the list of characters that the fonts have cannot be read"
        raise EngineError(message, where=str(path), hint="install yearbook again") from error


@functools.cache
def _spans(fonts: Path) -> tuple[list[int], list[int]]:
    """First and last code points of the runs of characters that a font of the folder has, ascending.

    Raises:
        EngineError: as `read_coverage`.
    """
    text = read_coverage(fonts)
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    spans = sorted((int(first, 16), int(last or first, 16)) for first, last in _RANGE.findall(body))
    return [first for first, _ in spans], [last for _, last in spans]


def is_printable(char: str, fonts: Path) -> bool:
    """Whether a font of the folder has the character, and it means the same in any other font.

    Raises:
        EngineError: as `find_unprintable`.
    """
    starts, ends = _spans(fonts)
    span = bisect.bisect_right(starts, ord(char)) - 1
    return span >= 0 and ord(char) <= ends[span] and not is_meaningless(char)


def find_unprintable(text: str, fonts: Path) -> tuple[str, ...]:
    """The characters of a text that would print as an empty box, sorted.

    Text is judged composed (NFC): a letter and its accent are one character to the engine.

    Raises:
        EngineError: the file that says what the fonts have is missing or damaged.
    """
    odd = _odd(set(_unusual(fonts).findall(text)), fonts)
    if any(unicodedata.combining(char) for char in odd):
        odd = _odd(set(unicodedata.normalize("NFC", text)), fonts)
    return tuple(sorted(char for char in odd if not _IGNORED.match(char)))


@functools.cache
def _unusual(fonts: Path) -> re.Pattern[str]:
    """One character that is none of the most usual, of which the fonts have all; few texts hold many such.

    Raises:
        EngineError: as `find_unprintable`.
    """
    starts, ends = _spans(fonts)
    spans = list(zip(starts, ends, strict=True))
    whole = [
        f"{first}-{last}"
        for first, last in _USUAL
        if any(start <= ord(first) and ord(last) <= end for start, end in spans)
    ]
    return re.compile(f"[^{''.join(whole)}]" if whole else ".", re.DOTALL)


def _odd(chars: set[str], fonts: Path) -> set[str]:
    """Those that cannot be printed; posts share most of their characters, so each is asked about once."""
    known = _PRINTABLE.setdefault(fonts, set())
    unknown = chars - known
    odd = {char for char in unknown if not is_printable(char, fonts)}
    known |= unknown - odd
    return odd


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
