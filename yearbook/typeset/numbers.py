"""Finds on a drawn page the room that was left for page numbers, so that the binder can print them.

Such a number is set as noughts in an element with `data-late`, which names the places whose pages are meant.
The digits of its font must be equally wide; styles see to that.
"""

import functools
import importlib
import itertools
import re
import weakref
from collections.abc import Sequence
from typing import Any

from yearbook.typeset.engine import replace_function
from yearbook.typeset.values import Late

_SHOWN = re.compile(rb"<((?:[0-9a-f]{4})+)>")
_DIGITS = "0123456789\u2007"
"""What is printed: digits, and a blank as wide as one."""


class Numbers:
    """Room for numbers on one page, in the order it is drawn."""

    def __init__(self, content: Any) -> None:
        self._content = weakref.ref(content)
        self._found: list[tuple[Late, list[tuple[int, int]]]] = []
        self._counts: dict[Any, int] = {}
        self.has_strays = False
        """Whether there is room that is not on the page itself, but in a drawing that it shows."""

    def note(self, stream: Any, box: Any, anchors: str, begun: int) -> None:
        """Notes the noughts among what was drawn on the stream since it had so many operators."""
        digits = _digits_of(box.style, stream)
        is_own = stream is self._content()  # each knows the other; with a weak reference that is no ring
        if not is_own or len(digits) != len(_DIGITS):
            self.has_strays = True
            return
        spots = [
            (number, at)
            for number in range(begun, len(stream.stream))
            if isinstance(piece := stream.stream[number], bytes) and piece.endswith(b"TJ")
            for run in _SHOWN.finditer(piece)
            for at in range(run.start(1), run.end(1), 4)
            if piece[at : at + 4] == digits[0].encode()
        ]
        first = self._counts.get(box.element, 0)
        self._counts[box.element] = first + len(spots)
        if spots:
            pad = str(box.element.attrib.get("data-pad", ""))
            late = Late(anchors=tuple(anchors.split()), first=first, digits=digits, spots=(), pad=pad)
            self._found.append((late, spots))

    def settled(self, pieces: Sequence[bytes]) -> tuple[Late, ...]:
        """The room that was found, its places counted from the beginning of the page's content."""
        if not self._found:
            return ()
        starts = [0, *itertools.accumulate(len(piece) + 1 for piece in pieces)]
        return tuple(
            late._replace(spots=tuple(starts[number] + at for number, at in spots))
            for late, spots in self._found
        )


@functools.cache
def watch_numbers() -> None:
    """Makes the engine of this process tell of numbers that it draws."""
    original = importlib.import_module("weasyprint.draw.text").draw_text

    def draw_text(stream: Any, box: Any, *others: Any) -> None:
        numbers = getattr(stream, "numbers", None)
        anchors = anchors_of(box) if numbers is not None else ""
        begun = len(stream.stream)
        original(stream, box, *others)
        if numbers is not None and anchors:
            numbers.note(stream, box, anchors, begun)

    replace_function("draw_text", original, draw_text)


def anchors_of(box: Any) -> str:
    """The places whose page numbers the text is, with blanks between; empty if it is other text.

    A reference shows its number behind it; in all else the number is the text itself.
    """
    element = box.element
    if element is None or "data-late" not in element.attrib:
        return ""
    is_behind = box.element_tag.endswith("::after")
    return str(element.attrib["data-late"]) if is_behind == ("data-page" in element.attrib) else ""


def _digits_of(style: Any, stream: Any) -> tuple[str, ...]:
    """The glyphs of digits and blank in that style, noted as used; fewer if one font lacks some."""
    known = style.__dict__.get("_digits")
    if known is None:
        breaks = importlib.import_module("weasyprint.text.line_break")
        layout = breaks.create_layout(_DIGITS, style, None, None, 0)
        item = layout.get_first_line()[0].runs[0].data
        glyphs = tuple(info.glyph for info in item.glyphs.glyphs[0 : item.glyphs.num_glyphs])
        # Pango's font lives as long as its layout.
        known = style._digits = (layout, item.item.analysis.font, glyphs)
    _, pango_font, glyphs = known
    font, _ = stream.add_font(pango_font)
    font.to_unicode.update(zip(glyphs, _DIGITS, strict=False))
    return tuple(f"{glyph:04x}" for glyph in glyphs)
