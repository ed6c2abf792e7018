#!/usr/bin/env python3
"""Writes fonts/coverage.txt: every character that one of the bundled fonts can print, as ranges.

    python scripts/font_coverage.py            write the file
    python scripts/font_coverage.py --check    say whether it fits the fonts

Reading the tables of ninety megabytes of fonts takes seconds; a build reads these few kilobytes instead.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parents[1] / "fonts"
TARGET = FONTS / "coverage.txt"
HEAD = "# What the fonts beside this file can print: ranges of code points, in hexadecimal.\n# {}\n"


def covered_by(fonts: Path) -> set[int]:
    """Give the code points that at least one font of the folder has."""
    points: set[int] = set()
    for path in sorted(fonts.glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            points |= font.getBestCmap().keys()
    return points


def ranges(points: set[int]) -> list[str]:
    """Give the points as `first-last`, or `first` for one alone, sorted."""
    found: list[list[int]] = []
    for point in sorted(points):
        if found and point == found[-1][1] + 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return [f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in found]


def coverage_text(fonts: Path) -> str:
    """Give the text of the file; its second line says of which fonts it speaks."""
    lock = hashlib.sha256((fonts / "fonts.lock.json").read_bytes()).hexdigest()
    lines, line = [], ""
    for piece in ranges(covered_by(fonts)):
        if len(line) + len(piece) >= 110:
            lines.append(line.rstrip())
            line = ""
        line += f"{piece} "
    return HEAD.format(f"fonts.lock.json {lock}") + "\n".join([*lines, line.rstrip()]) + "\n"


def main() -> int:
    """Write or check; give 0 if the file fits the fonts."""
    text = coverage_text(FONTS)
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text, "utf-8", newline="\n")
    fits = TARGET.is_file() and TARGET.read_text("utf-8") == text
    print(f"{TARGET.name}: {'fits the fonts' if fits else 'does not fit the fonts; write it again'}")
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())
