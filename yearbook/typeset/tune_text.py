"""The engine's own lines of text, sooner: shapes no more of a paragraph than a line needs.

Each function here gives the very value that the engine's gives, and leaves to it what is not plain.
"""

import importlib
import re
import struct
from collections.abc import Callable
from math import inf
from typing import Any

_GLYPH = struct.Struct("=Iiii")
"""A glyph of Pango's: its number, width and two offsets in Pango's units."""
_RECORD = struct.Struct(f"={_GLYPH.size}s4x")
"""The same as bytes, and flags that nothing here depends on."""
_LAST_GLYPH = 0xFFFF
"""Greater numbers stand for letters that no font has, and for nothing at all."""
_CERTAIN_BREAK = re.compile(" [^\\s\u2060]|[\uac00-\ud7a3\u4e00-\u9fff]{2}")
"""Where a line can surely end, whatever follows."""
_MARGIN = 1.35
_MORE_LETTERS = 12
_FEWEST_EM = 6
_MOST_LINES = 1500
"""How many lines are remembered; and as many as came before them."""


def replacements() -> list[tuple[str, Any, Any]]:
    """Name, the engine's function, and ours."""
    breaks = importlib.import_module("weasyprint.text.line_break")
    inline = importlib.import_module("weasyprint.layout.inline")
    found = [
        ("split_first_line", breaks.split_first_line, _remembering(_split_sooner(breaks.split_first_line))),
        ("add_word_spacing", inline.add_word_spacing, _space_sooner(inline, breaks)),
    ]
    if breaks.ffi.sizeof("PangoGlyphInfo") == _RECORD.size:
        text = importlib.import_module("weasyprint.draw.text")
        found.append(("draw_first_line", text.draw_first_line, _draw_sooner(text)))
    return found


# ------------------------------------------------------------------------------------------- breaking


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


def _split_sooner(original: Callable[..., Any]) -> Callable[..., Any]:
    """The engine shapes four lines to find the end of one, for it cannot know how wide letters are."""

    def split_first_line(
        text: str, style: Any, context: Any, max_width: Any, justification_spacing: Any, **others: Any
    ) -> Any:
        short = _enough(text, style, max_width)
        if short:
            found = original(short, style, context, max_width, justification_spacing, **others)
            resume = found[2]
            if resume is not None and _CERTAIN_BREAK.search(short.encode()[resume:].decode(), 1):
                return found
        return original(text, style, context, max_width, justification_spacing, **others)

    return split_first_line


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
            box.pango_layout = layout
            advance += spacing * spaces
            box.width += spacing * spaces
        return advance

    return add_word_spacing


# ------------------------------------------------------------------------------------------- drawing


_Shown = tuple[Any, Any, float, list[str]]
"""Pango's font, the engine's, its size, and what is shown in it."""
_DRAWN: dict[Any, tuple[Any, list[tuple[str, float, str]]]] = {}
"""By text and style of what was drawn for a piece: the style, and fonts, sizes and what is shown in them."""


def forget_drawn() -> None:
    """Begins a piece: which glyphs it uses is noted when a text is drawn for the first time."""
    _DRAWN.clear()


def reactivate_sooner(layout_type: Any) -> Callable[[Any, Any], None]:
    """A line that will be drawn, made ready for Pango; one of the same text and style needs that no more.

    A table of contents has ten thousand dots.
    """
    original = layout_type.reactivate

    def reactivate(self: Any, style: Any) -> None:
        apart = self.__dict__.get("letters_apart", 0.0)
        self.drawn_key = (self.text, id(style), self.justification_spacing, apart)
        known = _DRAWN.get(self.drawn_key)
        self.drawn = known[1] if known else None
        if known:
            self.layout = self.language = None
            self.style = style
        else:
            original(self, style)

    return reactivate


def _draw_sooner(text: Any) -> Callable[..., Any]:
    """Reads all glyphs of a run at once, and asks nothing twice."""
    original, ffi, pango = text.draw_first_line, text.ffi, text.pango
    read_run = _run_reader(ffi, text.FROM_UNITS)

    def draw_first_line(stream: Any, box: Any, overflow: Any, ellipsis: Any, matrix: Any) -> Any:
        style, layout = box.style, box.pango_layout
        drawn = layout.drawn
        if overflow == "ellipsis" or ellipsis != "none" or not box.text.strip() or style["font_size"] < 1:
            if drawn is not None:
                del _DRAWN[layout.drawn_key]
                layout.reactivate(style)
            return original(stream, box, overflow, ellipsis, matrix)
        if drawn is not None:
            return show(stream, matrix, drawn)
        pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
        line, _ = layout.get_first_line()
        shown: list[_Shown] = []
        run = line.runs[0]
        while run != ffi.NULL:
            if not _follow_on(run.data, stream, shown) or not read_run(run.data, layout.text, shown[-1]):
                return original(stream, box, overflow, ellipsis, matrix)
            run = run.next
        drawn = [(font.hash, size, "".join(pieces)) for _, font, size, pieces in shown]
        _DRAWN[layout.drawn_key] = (style, drawn)
        return show(stream, matrix, drawn)

    def show(stream: Any, matrix: Any, drawn: list[tuple[str, float, str]]) -> list[Any]:
        stream.set_text_matrix(*matrix.values)
        for font, size, text in drawn:
            stream.set_font_size(font, size)
            stream.show_text(text)
        return []

    return draw_first_line


def _follow_on(item: Any, stream: Any, shown: list[_Shown]) -> bool:
    """Opens the run's font unless it is that of the run before; False if its glyphs are no mere outlines."""
    pango_font = item.item.analysis.font
    if shown and shown[-1][0] == pango_font:
        return True
    font, size = stream.add_font(pango_font)
    shown.append((pango_font, font, size, []))
    return not (font.bitmap or font.svg or font.png or font.colr)


def _run_reader(ffi: Any, unit: float) -> Callable[[Any, str, _Shown], bool]:
    written_as: dict[Any, dict[bytes, tuple[int, str]]] = {}
    """How glyphs are written, by the engine's font and its size; text repeats a few hundred of them."""

    def write(record: bytes, font: Any, size: float) -> tuple[int, str]:
        """The glyph's number, and its part of the engine's text operator; -1 if it is not plain."""
        glyph, width, x_offset, rise = _GLYPH.unpack(record)
        if glyph > _LAST_GLYPH or rise or glyph not in font.widths:
            return -1, ""
        offset = x_offset / size
        kerning = font.widths[glyph] + offset - width * 1000 * unit / size
        before = f">{-offset}<" if offset else ""
        return glyph, f"{before}{glyph:04x}" + (f">{int(kerning)}<" if kerning else "")

    def read_run(item: Any, written: str, shown: _Shown) -> bool:
        """Adds the run's glyphs, in the form of the engine's text operator; False if one is not plain."""
        _, font, size, pieces = shown
        if item.item.analysis.level % 2:
            return False
        glyphs = item.glyphs
        records = ffi.buffer(glyphs.glyphs, glyphs.num_glyphs * _RECORD.size)
        known, own = font.to_unicode, written_as.setdefault((font, size), {})
        pieces.append("<")
        for at, (record,) in enumerate(_RECORD.iter_unpack(records)):
            entry = own.get(record)
            if entry is None:
                entry = own[record] = write(record, font, size)
            glyph, text = entry
            if glyph < 0:
                return False
            if glyph not in known:
                known[glyph] = _letters(item, written, at)
            pieces.append(text)
        last = pieces.pop()
        pieces.append(last[:-1] if last.endswith("<") else f"{last}>")
        return True

    return read_run


def _letters(item: Any, written: str, at: int) -> str:
    """The text that one glyph of the run stands for."""
    clusters, run = item.glyphs.log_clusters, item.item
    ends = run.length if at == item.glyphs.num_glyphs - 1 else clusters[at + 1]
    return written.encode()[run.offset + clusters[at] : run.offset + ends].decode()
