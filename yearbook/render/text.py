"""Makes a post's text fit for a parser: no control characters, no stray marks."""

import re
from collections.abc import Iterator

from yearbook.model import Finding, Severity

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_REPLACEMENT = "\ufffd"
_INVISIBLE = re.compile("[\ufeff\u2060\u00ad]")
_SEPARATOR = re.compile("[\u2028\u2029\u0085]")


def plain_text(text: str) -> str:
    r"""The text without characters that no printer can print; line ends are `\n`, lines keep their numbers.

    >>> plain_text("a\x08b\ufeff\r\nc\u2028d")
    'ab\nc d'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", text).replace(_REPLACEMENT, "")
    return _SEPARATOR.sub(" ", _INVISIBLE.sub("", text))


def find_odd_characters(text: str, place: str, first_line: int) -> Iterator[Finding]:
    """One finding per line that holds control or replacement characters."""
    if not _CONTROL.search(text) and _REPLACEMENT not in text:
        return
    for number, line in enumerate(text.split("\n"), start=first_line):
        odd = sorted({f"U+{ord(char):04X}" for char in _CONTROL.findall(line)})
        if odd:
            yield Finding(
                kind="control-character", severity=Severity.NOTE, place=place, line=number,
                message=f"{', '.join(odd)} cannot be printed and was left out",
            )  # fmt: skip
        if _REPLACEMENT in line:
            yield Finding(
                kind="replacement-character", severity=Severity.ERROR, place=place, line=number,
                message="a character was lost before this text reached us (U+FFFD)",
                hint="restore the character in the post; an editor saved it in the wrong encoding",
            )  # fmt: skip
