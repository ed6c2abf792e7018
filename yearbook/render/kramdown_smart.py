"""Typographic quotes, decided as SmartyPants published it: by the characters on both sides."""

import re

_PUNCT_CLASS = re.compile(r"[!\"#$%'()*+,\-.:;<=>?@\[\\\]\^_`{|}~]")
_DECADE = re.compile(r"'(?=\d\ds)")


def curl_quote(text: str, pos: int) -> tuple[str, int]:
    """The curly form of the straight quote at `pos`, and how many characters it stands for.

    >>> curl_quote('"a"', 0), curl_quote('"a"', 2)
    (('“', 1), ('”', 1))
    """
    mark, before = text[pos], text[pos - 1 : pos] if pos else ""
    after, next_two = text[pos + 1 : pos + 2], text[pos : pos + 2]
    opening, closing = ("“", "”") if mark == '"' else ("‘", "’")
    if next_two in ("\"'", "'\"") and _is_word(text[pos + 2 : pos + 3]) and not _is_word(before):
        return ("“‘" if mark == '"' else "‘“"), 2
    if mark == "'" and _DECADE.match(text, pos):
        return "’", 1
    if _opens(before, after):
        return opening, 1
    return closing, 1


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _opens(before: str, after: str) -> bool:
    if not after or after.isspace():
        return False
    if not before or before.isspace():
        return not (_PUNCT_CLASS.match(after) and after not in "([{<*_`\"'“‘$~#@\\+-=&|.")
    return before in "([{-–—<*_~" and (_is_word(after) or not _PUNCT_CLASS.match(after))
