"""Which characters belong to scripts that are written without blanks around emphasis."""

_RANGES = (
    (0x1100, 0x11FF),  # Hangul jamo
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),  # iteration marks
    (0x3040, 0x30FF),  # kana
    (0x3130, 0x318F),  # compatibility jamo
    (0x31F0, 0x31FF),  # small kana
    (0x3400, 0x4DBF),  # hanzi, extension A
    (0x4E00, 0x9FFF),  # hanzi
    (0xA960, 0xA97F),  # Hangul jamo, extended A
    (0xAC00, 0xD7FF),  # Hangul
    (0xF900, 0xFAFF),  # compatibility hanzi
    (0xFF66, 0xFFDC),  # half-width kana and jamo
    (0x20000, 0x3FFFF),  # hanzi, later extensions
)


def is_cjk_letter(char: str) -> bool:
    """Is this character Hangul, kana or hanzi?

    >>> is_cjk_letter("을"), is_cjk_letter("a"), is_cjk_letter("")
    (True, False, False)
    """
    return bool(char) and any(low <= ord(char) <= high for low, high in _RANGES)
