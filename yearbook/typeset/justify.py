"""Lines of Japanese and Chinese, and loose lines of Korean, filled by letters as well as by spaces.

The engine stretches spaces and nothing else, so a line without one kept a ragged end, and a line with a long
word after it had holes. Here what is missing is shared: in Japanese and Chinese by every letter, in Korean
by letters only where spaces alone would grow too wide. Only letters that stand in squares are moved apart.
"""

import functools
import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from yearbook.value import dataclass

_WIDE = re.compile(
    r"[\u1100-\u11ff\u2014\u2018-\u201d\u2026\u2e80-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\uff01-\uff60]+"
)
"""Runs of letters and marks that stand in squares."""
_LARGEST_SPACE_EM = 0.3
"""How far a space of a Korean line is stretched before letters help."""
_LARGEST_GAP_EM = {"ko": 0.07, "ja": 0.2, "zh": 0.2}
"""How far letters are moved apart at most."""
_SPACE_WEIGHT = 3
"""How many letters' share a space takes in Japanese and Chinese."""


def share_slack() -> None:
    """Makes the engine of this process justify so, unless it is one without these private parts."""
    inline: Any = importlib.import_module("weasyprint.layout.inline")
    breaks: Any = importlib.import_module("weasyprint.text.line_break")
    wanted = ((inline, ("justify_line", "count_expandable_spaces")), (breaks, ("Layout", "create_layout")))
    is_known = all(hasattr(owner, name) for owner, names in wanted for name in names)
    if not is_known or getattr(inline.justify_line, "shares_slack", False):
        return
    by_spaces, set_text = inline.justify_line, breaks.Layout.set_text

    def justify_line(context: Any, line: Any, extra_width: float) -> None:
        em, language = line.style["font_size"], (line.style["lang"] or "")[:2].lower()
        spaces = inline.count_expandable_spaces(line)
        if do_spaces_alone(extra_width, em=em, language=language, spaces=spaces):
            by_spaces(context, line, extra_width)
            return
        texts = list(_text_boxes(line))
        letters = sum(_count_gaps(box.text) for box in texts)
        space, letter = share(extra_width, em=em, language=language, spaces=spaces, letters=letters)
        if letter:
            # A run set apart no longer closes up with a mark beside it, which takes room of its own.
            lost = {id(box): _lost(context, box, letter) for box in texts}
            letter -= sum(lost.values()) / letters
        if letter > 0:
            _spread(context, line, _Shares(space, letter, lost), 0.0)
        else:
            by_spaces(context, line, extra_width)

    def set_text_apart(self: Any, text: str, justify: bool = False) -> None:
        set_text(self, text, justify)
        apart = getattr(self, "letters_apart", 0.0)
        if justify and apart:
            _move_apart(self, apart)

    justify_line.shares_slack = True  # type: ignore[attr-defined]  # the mark that it is done
    inline.justify_line = justify_line
    breaks.Layout.set_text = set_text_apart


def do_spaces_alone(missing: float, *, em: float, language: str, spaces: int) -> bool:
    """Whether `share` gives letters nothing, however many there are.

    >>> [do_spaces_alone(8.0, em=10.0, language=language, spaces=4) for language in ("ko", "ja", "en")]
    [True, False, True]
    """
    largest = _LARGEST_GAP_EM.get(language, 0.0)
    return not largest or (language == "ko" and missing <= _LARGEST_SPACE_EM * em * spaces)


def share(missing: float, *, em: float, language: str, spaces: int, letters: float) -> tuple[float, float]:
    """How much wider each space gets, and each gap between two letters, so that a line is full.

    Letters get nothing where spaces do alone, and never more than looks right.

    >>> share(8.0, em=10.0, language="ja", spaces=0, letters=20)
    (0.0, 0.4)
    >>> share(8.0, em=10.0, language="ko", spaces=4, letters=20)
    (2.0, 0.0)
    >>> share(20.0, em=10.0, language="ko", spaces=4, letters=20)
    (3.0, 0.4)
    >>> share(80.0, em=10.0, language="ko", spaces=4, letters=20)[1]
    0.7000000000000001
    """
    largest = _LARGEST_GAP_EM.get(language, 0.0) * em
    if not letters or not largest:
        return (missing / spaces if spaces else 0.0), 0.0
    if language == "ko":
        letter = min(max(0.0, missing - _LARGEST_SPACE_EM * em * spaces) / letters, largest)
    else:
        letter = missing / (letters + _SPACE_WEIGHT * spaces)
        letter = min(letter, largest)
    return ((missing - letter * letters) / spaces if spaces else 0.0), letter


def _count_gaps(text: str) -> float:
    """How often letters are moved apart: Pango gives half on both sides of each, but nothing at the ends."""
    runs = list(_WIDE.finditer(text))
    ends = sum((run.start() == 0) + (run.end() == len(text)) for run in runs)
    return sum(len(run[0]) for run in runs) - ends / 2


@functools.cache
def _boxes() -> Any:
    return importlib.import_module("weasyprint.formatting_structure.boxes")


def _text_boxes(box: Any) -> Iterator[Any]:
    boxes = _boxes()
    if isinstance(box, boxes.TextBox):
        yield box
    elif isinstance(box, boxes.LineBox | boxes.InlineBox):
        for child in box.children:
            yield from _text_boxes(child)


@dataclass(frozen=True, slots=True)
class _Shares:
    """What a line's spaces and letters get."""

    space: float
    """How much wider each space is."""
    letter: float
    """How far letters stand apart."""
    lost: Mapping[int, float]
    """How much wider each text of the line, by identity, is for other reasons."""


def _lost(context: Any, box: Any, letter: float) -> float:
    """How much wider than it should be the text is with its letters apart."""
    return _width(context, box, letter) - _width(context, box, 0.0) - letter * _count_gaps(box.text)


def _width(context: Any, box: Any, letter: float) -> float:
    breaks = importlib.import_module("weasyprint.text.line_break")
    layout = _set_anew(context, box, 0.0, letter)
    layout.setup(box.style)
    layout.set_text(layout.text, justify=True)
    width, _ = breaks.line_size(layout.get_first_line()[0], box.style)
    layout.deactivate()
    return float(width)


def _spread(context: Any, box: Any, shares: _Shares, moved: float) -> float:
    """Widens the text of the box and moves what follows; gives how far that has been moved."""
    boxes = _boxes()
    if isinstance(box, boxes.TextBox):
        box.position_x += moved
        wider = _widen(context, box, shares)
        box.width += wider
        return moved + wider
    if not isinstance(box, boxes.LineBox | boxes.InlineBox):
        box.translate(moved, 0)
        return moved
    box.position_x += moved
    after = moved
    for child in box.children if box.style["direction"] == "ltr" else box.children[::-1]:
        if child.is_in_normal_flow():
            after = _spread(context, child, shares, after)
    box.width += after - moved
    return after


def _widen(context: Any, box: Any, shares: _Shares) -> float:
    """Sets the text of one box anew; gives how much wider it is."""
    inline = importlib.import_module("weasyprint.layout.inline")
    box.justification_spacing = shares.space
    box.pango_layout = _set_anew(context, box, shares.space, shares.letter)
    spaces, letters = inline.count_expandable_spaces(box), _count_gaps(box.text)
    return float(shares.space * spaces + shares.letter * letters + shares.lost[id(box)])


def _set_anew(context: Any, box: Any, space: float, letter: float) -> Any:
    breaks = importlib.import_module("weasyprint.text.line_break")
    layout = breaks.create_layout(box.text, box.style, context, None, space)
    layout.letters_apart = letter
    layout.deactivate()
    return layout


def _move_apart(layout: Any, apart: float) -> None:
    """Tells Pango which letters of the line stand apart."""
    breaks = importlib.import_module("weasyprint.text.line_break")
    pango, ffi = breaks.pango, breaks.ffi
    attributes = pango.pango_layout_get_attributes(layout.layout)
    if attributes == ffi.NULL:
        attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    spacing = layout.style["letter_spacing"]
    own = 0.0 if spacing == "normal" else spacing
    for run in _WIDE.finditer(layout.text):
        start = len(layout.text[: run.start()].encode())
        attribute = pango.pango_attr_letter_spacing_new(int((own + apart) * breaks.TO_UNITS))
        attribute.start_index, attribute.end_index = start, start + len(run[0].encode())
        pango.pango_attr_list_change(attributes, attribute)
    pango.pango_layout_set_attributes(layout.layout, attributes)
