"""Where emphasis may begin and end beside Korean, Japanese and Chinese; pure functions for both parsers.

CommonMark's rule was made for languages that put a space between words: a `**` after a bracket or a
quotation mark must be followed by a space. Korean hangs its particles, Japanese and Chinese hang everything,
directly onto the mark, so `**마크다운(Markdown)**을` prints its stars on most blogs. The rules here let a
delimiter beside a CJK character open or close although punctuation stands on its other side. Between ASCII
characters nothing changes.

How a parser uses it: for a run of delimiter characters from `start` to `end` (exclusive) of an inline text
it asks

    can_open, can_close = run_sides(text, start, end, cjk=True)

and pairs the runs as its own syntax says. `left_flanking` and `right_flanking` are the same questions for a
parser that only has the two neighbouring characters at hand. `joins_without_space` decides about line ends.
"""

import functools
import unicodedata

from yearbook.lazy import later

# Hangul is CJK for emphasis, but Korean keeps the space of a soft line end.
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc"
_HAN_KANA = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_CJK_SIGNS = "\u2ff0-\u2fff\u3001-\u303f\u3200-\u33ff\ufe10-\ufe1f\ufe30-\ufe4f\uff01-\uff65\uffe0-\uffee"

_CJK_LETTER = later(f"[{_HANGUL}{_HAN_KANA}]")
_CJK = later(f"[{_HANGUL}{_HAN_KANA}{_CJK_SIGNS}]")
_NO_SPACE = later(f"[{_HAN_KANA}{_CJK_SIGNS}]")
_WIDE_SIGN = later(f"[{_CJK_SIGNS}]")

# How far the search for a partner looks: emphasis is a phrase, and a long look costs quadratic time.
_REACH = 400
# U+E8F2 and U+E8F3 below are stand-ins of `commonmark` for U+3000 and U+00A0.


@functools.lru_cache(maxsize=4096)
def is_space(char: str) -> bool:
    r"""Whether `char` is white space for emphasis; the edge of the text, given as an empty string, is.

    >>> is_space(""), is_space("\u3000"), is_space("가")
    (True, True, False)
    """
    return not char or char in "\t\n\f\r\v\ue8f2\ue8f3" or unicodedata.category(char) == "Zs"


@functools.lru_cache(maxsize=4096)
def is_punctuation(char: str) -> bool:
    """Whether `char` is punctuation for emphasis.

    CommonMark 0.31 counts all symbols; here arrows, emoji and the like count as letters, as they do for the
    engines of today's blogs, while ASCII and currency signs are punctuation.

    >>> [is_punctuation(char) for char in ("「", "£", "가", "→", "")]
    [True, True, False, False, False]
    """
    if not char:
        return False
    category = unicodedata.category(char)
    return category[0] == "P" or category == "Sc" or (category[0] == "S" and char.isascii())


@functools.lru_cache(maxsize=4096)
def is_cjk(char: str) -> bool:
    """Whether `char` is a Hangul, kana or hanzi character or one of their punctuation marks.

    >>> is_cjk("은"), is_cjk("。"), is_cjk("a")
    (True, True, False)
    """
    return bool(_CJK.match(char))


@functools.lru_cache(maxsize=4096)
def is_cjk_letter(char: str) -> bool:
    """Whether `char` is a Hangul, kana or hanzi character, punctuation excluded.

    >>> is_cjk_letter("은"), is_cjk_letter("。")
    (True, False)
    """
    return bool(_CJK_LETTER.match(char))


def left_flanking(before: str, after: str, *, cjk: bool = True) -> bool:
    """Whether a run between the two characters may open emphasis, `*` and `~` alike.

    >>> left_flanking("가", "("), left_flanking("가", "(", cjk=False), left_flanking("a", "(")
    (True, False, False)
    """
    if is_space(after):
        return False
    if not is_punctuation(after) or is_space(before) or is_punctuation(before):
        return True
    return cjk and (is_cjk(before) or is_cjk(after))


def right_flanking(before: str, after: str, *, cjk: bool = True) -> bool:
    """Whether a run between the two characters may close emphasis.

    >>> right_flanking(")", "을"), right_flanking("」", "で"), right_flanking(")", "b")
    (True, True, False)
    """
    return left_flanking(after, before, cjk=cjk)


def run_sides(text: str, start: int, end: int, *, cjk: bool = True) -> tuple[bool, bool]:
    """Whether the run `text[start:end]` of one delimiter character may open, and may close.

    >>> run_sides("**마크다운(Markdown)**을", 16, 18)
    (True, True)
    >>> run_sides("__init__을", 6, 8)
    (False, False)
    """
    if text[start] == "_":
        return _underscore_sides(text, start, end, cjk=cjk)
    before, after = text[start - 1 : start], text[end : end + 1]
    opens = left_flanking(before, after, cjk=cjk)
    closes = right_flanking(before, after, cjk=cjk)
    if cjk and end - start >= 2:  # a lone star beside Latin is more often a footnote sign than emphasis
        opens = opens or _opens_phrase(text, start, end)
        closes = closes or _closes_phrase(text, start, end)
    return opens, closes


def _underscore_sides(text: str, start: int, end: int, *, cjk: bool) -> tuple[bool, bool]:
    """The two answers for `_`, which must not split a name such as `파일_이름_목록` or `__init__`."""
    before, after = text[start - 1 : start], text[end : end + 1]
    opens = left_flanking(before, after, cjk=cjk)
    closes = right_flanking(before, after, cjk=cjk)
    open_here = opens and (not closes or is_punctuation(before)) and not (cjk and is_cjk_letter(before))
    hangs = cjk and is_cjk_letter(after) and _closes_underscore(text, start, end)
    return open_here, closes and (not opens or is_punctuation(after) or hangs)


def _closes_underscore(text: str, start: int, end: int) -> bool:
    """Whether the nearest run before is an equal one at a word's begin, as in `__강조__를`."""
    if not (is_punctuation(text[start - 1]) or is_cjk_letter(text[start - 1])):
        return False
    last = text.rfind("_", max(0, start - _REACH), start)
    first = last
    while first > 0 and text[first - 1] == "_":
        first -= 1
    before = text[first - 1] if first > 0 else ""
    return last >= 0 and last + 1 - first == end - start and (is_space(before) or is_punctuation(before))


def _opens_phrase(text: str, start: int, end: int) -> bool:
    """Whether a run stuck between a Latin letter and a sign, `API**(가나)**`, opens a CJK phrase."""
    if is_space(text[end : end + 1]):
        return False
    close = text.find(text[start:end], end, end + _REACH)
    return close > end and _is_cjk_phrase(text[end:close])


def _closes_phrase(text: str, start: int, end: int) -> bool:
    """Whether a run stuck between a sign and a Latin letter, `**한글(Korean)**API`, closes a CJK phrase."""
    if is_space(text[start - 1 : start]):
        return False
    run = text[start:end]
    opened = text.rfind(run, max(0, start - _REACH), start)
    return opened >= 0 and _is_cjk_phrase(text[opened + len(run) : start])


def _is_cjk_phrase(phrase: str) -> bool:
    """Whether `phrase` has a CJK character and no white space at its edges."""
    return bool(phrase) and not is_space(phrase[0]) and not is_space(phrase[-1]) and bool(_CJK.search(phrase))


def has_cjk(text: str) -> bool:
    """Whether any character of the text is CJK.

    >>> has_cjk("abc 가"), has_cjk("abc")
    (True, False)
    """
    return bool(_CJK.search(text))


def is_loose_phrase(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]`, between two runs without a partner, is a CJK phrase with a space too many.

    A space may stand at one end only, and the run on that side must lean on nothing else:
    `**중요 **합니다` and `이것은 ** 중요**하다` are meant as emphasis, `가격** 과 별도**` is not.

    >>> is_loose_phrase("**중요 **합니다", 2, 5), is_loose_phrase("가격** 과 별도**", 4, 8)
    (True, False)
    """
    phrase = text[start:end]
    if not 0 < len(phrase) <= 100 or "\n" in phrase or not has_cjk(phrase):
        return False
    before, after = text[start - 3 : start - 2] if start > 2 else "", text[end + 2 : end + 3]
    tight_begin, tight_end = not is_space(phrase[0]), not is_space(phrase[-1])
    if tight_begin and not tight_end:
        return not is_space(after) or not after
    return tight_end and (tight_begin or is_space(before))


def joins_without_space(before: str, after: str, *, korean: bool = False) -> bool:
    """Whether a line end between the two characters is nothing: Japanese and Chinese have no word spaces.

    Args:
        before: last character of the line.
        after: first character of the next.
        korean: whether the text is Korean, where hanja too are separated by spaces.

    >>> joins_without_space("日", "本"), joins_without_space("日", "가"), joins_without_space("。", "A")
    (True, False, True)
    """
    if korean or not before or not after:
        return False
    if _WIDE_SIGN.match(before) and not _CJK_LETTER.match(after):
        return not is_space(after)
    return bool(_NO_SPACE.match(before)) and bool(_NO_SPACE.match(after))
