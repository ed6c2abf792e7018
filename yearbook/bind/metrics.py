"""What a PDF has to know of a font."""

from collections.abc import Mapping

from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What a PDF has to know of a font; thousandths of the size."""

    widths: Mapping[int, int]
    """Advance of each used glyph."""
    ascent: int
    """Height above the baseline."""
    descent: int
    """Depth below it, negative."""
