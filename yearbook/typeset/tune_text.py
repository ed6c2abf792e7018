"""The engine's own lines of text, sooner: shapes no more of a paragraph than a line needs.

Each function here gives the very value that the engine's gives, and leaves to it what is not plain.
"""

import functools
import importlib
import re
from collections.abc import Callable
from math import inf
from typing import Any

from yearbook.typeset.engine import Undo, replace_function
from yearbook.typeset.tune_draw import begins_last_run, measure_to

_CERTAIN_BREAK = re.compile(" [^\\s\u2060]|[\uac00-\ud7a3\u4e00-\u9fff]{2}")
"""Where a line can surely end, whatever follows."""
_MARGIN = 1.35
_MORE_LETTERS = 12
_FEWEST_EM = 6
_DOUBT_EM = 0.2
"""Words that are so little too long are set by the engine itself."""
_PAIR = 2
_MOST_PAIRS = 10_000
_MOST_LINES = 1500
"""How many lines are remembered; and as many as came before them."""


def tune_breaking() -> list[Undo]:
    """Makes the engine of this process find lines sooner; gives what undoes it."""
    breaks = importlib.import_module("weasyprint.text.line_break")
    inline = importlib.import_module("weasyprint.layout.inline")
    split = _remembering(_split_sooner(breaks))
    return [
        replace_function("split_first_line", breaks.split_first_line, split),
        replace_function("add_word_spacing", inline.add_word_spacing, _space_sooner(inline, breaks)),
        replace_function("can_break_text", breaks.can_break_text, _asking_once(breaks.can_break_text)),
    ]


# ------------------------------------------------------------------------------------------- breaking


def _asking_once(can_break: Callable[[str, Any], bool]) -> Callable[[str, Any], bool]:
    """Between two inline boxes the engine asks whether a line may end between their letters, pair by pair."""
    of_pair = functools.lru_cache(maxsize=_MOST_PAIRS)(can_break)

    def can_break_text(text: str, lang: Any) -> bool:
        return of_pair(text, lang) if len(text) <= _PAIR else can_break(text, lang)

    return can_break_text


def _remembering(split: Callable[..., Any]) -> Callable[..., Any]:
    """A piece is laid out again to fill a page, columns to make them even: most lines are the same again.

    A style is kept as long as lines in it are, so that no other one is taken for it.
    """
    lines: dict[Any, tuple[Any, Any, dict[str, Any], tuple[Any, ...]]] = {}
    before: dict[Any, tuple[Any, Any, dict[str, Any], tuple[Any, ...]]] = {}

    def split_first_line(
        text: str, style: Any, context: Any, max_width: Any, justification_spacing: Any, **others: Any
    ) -> Any:
        nonlocal lines, before
        key = (text, id(style), max_width, justification_spacing, *others.items())
        known = lines.get(key)
        if known is None:
            known = before.get(key)
            if known is None:
                layout, *facts = split(text, style, context, max_width, justification_spacing, **others)
                known = (style, type(layout), dict(layout.__dict__), tuple(facts))
            if len(lines) > _MOST_LINES:
                lines, before = {}, lines
            lines[key] = known
        _, kind, state, facts = known
        copy: Any = object.__new__(kind)
        copy.__dict__.update(state)
        return copy, *facts

    return split_first_line


def _split_sooner(breaks: Any) -> Callable[..., Any]:
    """The engine sets four lines or more to find one, for it cannot know how wide letters are."""
    original = breaks.split_first_line

    def split_first_line(
        text: str, style: Any, context: Any, max_width: Any, justification_spacing: Any, **others: Any
    ) -> Any:
        short = _enough(text, style, max_width)
        if short:
            found = _break_once(breaks, short, style, context, max_width, justification_spacing)
            if found is not None:
                return found
            found = original(short, style, context, max_width, justification_spacing, **others)
            resume = found[2]
            if resume is not None and _is_certain(short.encode()[resume:]):
                return found
        return original(text, style, context, max_width, justification_spacing, **others)

    return split_first_line


def _is_certain(rest: bytes) -> bool:
    """Whether a line can end in what follows, so that what comes after that makes no difference."""
    return _CERTAIN_BREAK.search(rest.decode(), 1) is not None


def _break_once(
    breaks: Any, short: str, style: Any, context: Any, max_width: float, justification_spacing: Any
) -> Any:
    """The line as Pango breaks it, if the engine would find no more room on it; else None.

    The engine sets the line again with the word behind it, which could fit without the space behind that, and
    once more alone.
    """
    font = style.__dict__.get("_font")
    if font is None or not font.blanks(style).by_kind:
        return None
    layout = breaks.create_layout(short, style, context, max_width, justification_spacing)
    line, resume = layout.get_first_line()
    if resume is None:
        return None
    width, height = breaks.line_size(line, style)
    encoded = short.encode()
    written, rest = encoded[: line.length].decode(), encoded[resume:]
    if width > max_width or written.endswith("  ") or not _is_certain(rest):
        return None
    word, blank, _ = rest.partition(b" ")
    if blank:
        second = breaks.pango.pango_layout_get_line_readonly(layout.layout, 1)
        more = measure_to(breaks, second, resume + len(word)) * breaks.FROM_UNITS
        if width + more < max_width + style["font_size"] * _DOUBT_EM:
            return None
    length = len(written.rstrip(" ").encode())
    if begins_last_run(breaks, line) >= length:
        return None  # Pango takes the space for the line's end, and leaves the letter before it its own
    baseline = breaks.pango.pango_layout_get_baseline(layout.layout) * breaks.FROM_UNITS
    layout.text = written.rstrip(" ")
    layout.deactivate()
    return layout, length, resume, width, height, baseline


def _enough(text: str, style: Any, max_width: Any) -> str:
    """The beginning of the text that is surely longer than a line; empty if that is not known."""
    size = style["font_size"]
    if max_width is None or max_width == inf or not size or max_width < size * _FEWEST_EM:
        return ""
    if style["hyphens"] == "auto" or style["white_space"] not in {"normal", "pre-line"}:
        return ""
    sample = text[: int(max_width / size)]
    # A letter of the East has three bytes and is an em wide; the others have one and are about half as wide.
    width_em = 0.25 + len(sample.encode()) / (len(sample) or 1) / 4
    # A blank at the end would make the engine break behind the first word if all but the blank fits.
    short = text[: int(max_width / size / width_em * _MARGIN) + _MORE_LETTERS].rstrip(" ")
    if len(short) == len(text) or "\n" in short or "\xad" in short:
        return ""
    return short


def _space_sooner(inline: Any, breaks: Any) -> Callable[..., Any]:
    """A justified line is set anew when it is drawn; until then it needs no layout of Pango's."""
    original, boxes, layout_type = inline.add_word_spacing, inline.boxes, breaks.Layout

    def add_word_spacing(context: Any, box: Any, spacing: float, advance: float) -> Any:
        font = box.style.__dict__.get("_font") if isinstance(box, boxes.TextBox) else None
        if font is None or box.style["word_spacing"] or "\n" in box.text:
            return original(context, box, spacing, advance)
        box.justification_spacing = spacing
        box.position_x += advance
        spaces = inline.count_expandable_spaces(box)
        if spaces > 0:
            layout = layout_type.__new__(layout_type)
            layout.__dict__.update(font.metrics)
            layout.justification_spacing, layout.max_width = spacing, None
            layout.first_line_direction, layout.text = 0, box.text
            layout.kept = box.pango_layout.__dict__.get("kept")
            box.pango_layout = layout
            advance += spacing * spaces
            box.width += spacing * spaces
        return advance

    return add_word_spacing
