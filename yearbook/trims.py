"""The trim sizes a book can have, and the type area each one gets.

Type sizes and margins are one decision per trim: the height of the type area is a whole number of lines, so
that every page keeps the same baseline grid. The numbers and their sources are in docs/design.md.
"""

from yearbook.value import dataclass

MM_PER_PT = 25.4 / 72
GRID_SLACK_PT = 0.5
"""Added to the type area's height; without it rounding costs the last line of every page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim:
    """One finished page size and what is set on it; lengths in millimetres unless named otherwise."""

    name: str
    """What `--trim` takes."""
    label: str
    """What the colophon prints."""
    width: float
    """Width of the trimmed page."""
    height: float
    """Height of the trimmed page."""
    head: float
    """Margin above the type area."""
    inside: float
    """Margin at the spine."""
    outside: float
    """Margin at the fore-edge."""
    lines: int
    """Lines of text on a full page."""
    size_pt: float
    """Body type size in points."""
    leading_pt: float
    """Distance of baselines in points."""

    @property
    def measure(self) -> float:
        """Width of the type area."""
        return self.width - self.inside - self.outside

    @property
    def type_height_pt(self) -> float:
        """Height of the type area in points, slack included."""
        return self.lines * self.leading_pt + GRID_SLACK_PT

    @property
    def foot(self) -> float:
        """Margin below the type area."""
        return self.height - self.head - self.type_height_pt * MM_PER_PT


TRIMS = {
    trim.name: trim
    for trim in (
        Trim(
            name="a5",
            label="148 × 210 mm",
            width=148,
            height=210,
            head=21,
            inside=21,
            outside=19,
            lines=27,
            size_pt=9.6,
            leading_pt=17,
        ),
        Trim(
            name="152x225",
            label="152 × 225 mm",
            width=152,
            height=225,
            head=22,
            inside=22,
            outside=20,
            lines=29,
            size_pt=9.6,
            leading_pt=17,
        ),
        Trim(
            name="b5",
            label="182 × 257 mm",
            width=182,
            height=257,
            head=26,
            inside=28,
            outside=26,
            lines=31,
            size_pt=10.2,
            leading_pt=18,
        ),
        Trim(
            name="46",
            label="127 × 188 mm",
            width=127,
            height=188,
            head=18,
            inside=18,
            outside=16,
            lines=25,
            size_pt=9,
            leading_pt=16,
        ),
        Trim(
            name="6x9",
            label="6 × 9 in",
            width=152.4,
            height=228.6,
            head=22,
            inside=22.2,
            outside=20.2,
            lines=29,
            size_pt=9.6,
            leading_pt=17,
        ),
        Trim(
            name="a4",
            label="210 × 297 mm",
            width=210,
            height=297,
            head=30,
            inside=34,
            outside=32,
            lines=34,
            size_pt=10.8,
            leading_pt=19,
        ),
    )
}
"""Trims by name."""
