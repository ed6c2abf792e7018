"""What the engine writes for text, sooner: glyphs are read as Pango set them when the line was broken.

The engine sets each line once more to draw it, with its spaces widened. Widened spaces are runs of their own
and come from the style's first face, so what they look like is found out once for each style; letters stay as
they are, which is found out there too. What is not plain is left to the engine.
"""

import importlib
import re
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from yearbook.typeset.engine import Undo, replace_function, replace_method
from yearbook.value import dataclass

_GLYPH = struct.Struct("=Iiii")
"""A glyph of Pango's: its number, width and two offsets in Pango's units."""
_RECORD = struct.Struct(f"={_GLYPH.size}s4x")
"""The same as bytes, and flags that nothing here depends on."""
_LAST_GLYPH = 0xFFFF
"""Greater numbers stand for letters that no font has, and for nothing at all: `_NO_GLYPH`."""
_NO_GLYPH = 0x0FFFFFFF
_BROKEN = re.compile("[\t\n\r\u2028\u2029]")
"""Texts that Pango may set otherwise when a line is no paragraph of its own."""
_JOINED = re.compile("\u00a0|  ")
"""Texts in which a space is not a run of its own when spaces are widened."""
_BLANK = ord(" ")
_SAMPLE = " 가 나가 a나 aa b a. b, c) d A V T y W o fi 1 7 2あ い あ漢 字 漢 "
"""Letters of each script beside spaces, which also stand at both ends."""
_SAMPLE_PX = 2.7
"""How much wider its spaces are made."""


class Kept(NamedTuple):
    """A line as it was set when it was broken; what follows it may be in the same layout."""

    layout: Any
    """Pango's layout, of which it is the first line."""
    text: str
    """Its text, spaces at its end left out."""


class _Run(NamedTuple):
    """A run of a line as bytes."""

    font: Any
    """Pango's font."""
    kind: int
    """Its script, direction and the like: what a space in it depends on beside the style."""
    offset: int
    """Where it begins in the line's text, in bytes."""
    length: int
    records: list[tuple[bytes]]
    """Its glyphs."""
    clusters: list[int]
    """Where the letters of each glyph begin, in bytes from the run's beginning."""


_Shown = tuple[Any, Any, float, list[str]]
"""Pango's font, the engine's, its size, and what is shown in it."""
_DRAWN: dict[Any, tuple[Any, list[tuple[str, float, str]]]] = {}
"""By text and style of what was drawn for a piece: the style, and fonts, sizes and what is shown in them."""
_OPENED: dict[Any, tuple[Any, float, Any]] = {}
"""The engine's font and its size by Pango's font, with the layout as long as which that lives."""


def forget_drawn() -> None:
    """Begins a piece: which glyphs it uses is noted when a text is drawn for the first time."""
    _DRAWN.clear()
    _OPENED.clear()


def tune_drawing() -> list[Undo]:
    """Makes the engine of this process draw text sooner; gives what undoes it."""
    breaks = importlib.import_module("weasyprint.text.line_break")
    text = importlib.import_module("weasyprint.draw.text")
    if not _can_read(breaks):
        return []
    drawer = Drawer(text, breaks, breaks.Layout.reactivate)
    return [
        replace_method(breaks.Layout, "deactivate", _deactivate),
        replace_method(breaks.Layout, "reactivate", _reactivate),
        replace_function("draw_first_line", text.draw_first_line, drawer.draw),
    ]


def _can_read(breaks: Any) -> bool:
    """Whether Pango's glyphs are records as this module knows them."""
    return bool(breaks.ffi.sizeof("PangoGlyphInfo") == _RECORD.size)


def _deactivate(self: Any) -> None:
    """A layout's line is done with: Pango's part is kept as the line was broken, not as it is drawn."""
    if "kept" not in self.__dict__:
        self.kept = Kept(self.layout, self.text)
    del self.layout, self.language, self.style


def _reactivate(self: Any, style: Any) -> None:
    """A line will be drawn; most need nothing of Pango's any more."""
    self.layout = self.language = None
    self.style = style


def _read_runs(breaks: Any, line: Any) -> Iterator[_Run]:
    """The runs of one of Pango's lines."""
    ffi = breaks.ffi
    end = ffi.NULL
    run = line.runs[0] if line.runs != end else end
    while run != end:
        data = run.data
        item, glyphs = data.item, data.glyphs
        analysis, count = item.analysis, glyphs.num_glyphs
        yield _Run(
            analysis.font,
            analysis.level,  # four fields of a byte, which the engine takes for one number
            item.offset,
            item.length,
            list(_RECORD.iter_unpack(ffi.buffer(glyphs.glyphs, count * _RECORD.size))),
            ffi.unpack(glyphs.log_clusters, count),
        )
        run = run.next


def begins_last_run(breaks: Any, line: Any) -> int:
    """Where the last run of one of Pango's lines begins in its text, in bytes."""
    run, end = line.runs[0], breaks.ffi.NULL
    while run.next != end:
        run = run.next
    return int(run.data.item.offset)


def measure_to(breaks: Any, line: Any, end: int) -> int:
    """Width in Pango's units of what stands on the line before that byte of its text."""
    width = 0
    for run in _read_runs(breaks, line):
        for (record,), cluster in zip(run.records, run.clusters, strict=True):
            if run.offset + cluster >= end:
                return width
            width += _GLYPH.unpack(record)[1]
    return width


# ------------------------------------------------------------------------------------------- spaces


_UNIT = 1024
"""Pango's units of a pixel."""


@dataclass(frozen=True, slots=True)
class Blanks:
    """What a widened space is in one style."""

    by_kind: dict[int, tuple[Any, int, int, int]]
    """Pango's font, glyph, width and rise in Pango's units, by the kind of run it is in; empty if letters
    beside it are others, or this version of Pango widens spaces in another way."""
    letter_spacing: int = 0
    """The style's own, in Pango's units."""
    layouts: tuple[Any, ...] = ()
    """Where the fonts come from; they live as long as these do."""

    def record(self, kind: int, widened: int, side: int) -> tuple[Any, bytes] | None:
        """Pango's font and the glyph of a space that is so much wider; None if that is not known.

        Args:
            kind: that of the run it stands in.
            widened: how much, in Pango's units.
            side: -1 for a line's first glyph, 1 for its last, else 0. Amid a line half of it stands before
                the space; at an end Pango is given it twice, and takes back what stands on the outside.
        """
        known = self.by_kind.get(kind)
        # Pango rounds whole pixels in another way.
        if known is None or (widened and widened * (2 if side else 1) % _UNIT == 0):
            return None
        font, glyph, width, rise = known
        before = {-1: 0, 0: int(widened / 2), 1: widened}[side]
        return font, _GLYPH.pack(glyph, width + widened, before, rise)


def _side(place: int, text: bytes) -> int:
    """At which end of the text that byte is: -1, 1, or 0 for neither."""
    return -1 if place == 0 else int(place == len(text) - 1)


def find_blanks(style: Any, breaks: Any) -> Blanks:
    """Sets a sample with its spaces as they are, and widened."""
    if style["word_spacing"] or not _can_read(breaks):
        return Blanks({})
    layouts = tuple(_set_sample(style, breaks, pixels) for pixels in (0, _SAMPLE_PX))
    spacing = style["letter_spacing"]
    own = 0 if spacing == "normal" else int(spacing * _UNIT)
    widened = int(_SAMPLE_PX * _UNIT + own)
    text = _SAMPLE.encode()
    plain, spread = (_glyphs(breaks, layout) for layout in layouts)
    letters, others = (
        [(at, record) for at, _, record in glyphs if text[at] != _BLANK] for glyphs in (plain, spread)
    )
    looks: dict[int, set[tuple[Any, int, int, int]]] = {}
    spaces = [(at, run, record) for at, run, record in spread if text[at] == _BLANK]
    for _, run, record in spaces:
        glyph, width, _, rise = _GLYPH.unpack(record)
        looks.setdefault(run.kind, set()).add((run.font, glyph, width - widened, rise))
    known = {kind: next(iter(found)) for kind, found in looks.items() if len(found) == 1}
    blanks = Blanks(known, own, layouts)
    made = [(run, record, blanks.record(run.kind, widened, _side(at, text))) for at, run, record in spaces]
    is_known = all(ours is None or ours == (run.font, record) for run, record, ours in made)
    return blanks if is_known and letters == others else Blanks({})


def _glyphs(breaks: Any, layout: Any) -> list[tuple[int, _Run, bytes]]:
    """Place in bytes, run and record of every glyph on a layout's line."""
    return [
        (run.offset + cluster, run, record)
        for run in _read_runs(breaks, layout.get_first_line()[0])
        for (record,), cluster in zip(run.records, run.clusters, strict=True)
    ]


def _set_sample(style: Any, breaks: Any, pixels: float) -> Any:
    layout = breaks.Layout(style, pixels)
    layout.set_text(_SAMPLE, justify=bool(pixels))
    return layout


# ------------------------------------------------------------------------------------------- drawing


class Drawer:
    """Draws lines of text as the engine does."""

    def __init__(self, text: Any, breaks: Any, reactivate: Callable[[Any, Any], None]) -> None:
        self._original = text.draw_first_line
        self._breaks = breaks
        self._reactivate = reactivate
        self._written: _Written = {}

    def draw(self, stream: Any, box: Any, overflow: Any, ellipsis: Any, matrix: Any) -> Any:
        """In place of the engine's function; the line's layout has not been made ready for Pango."""
        style, layout = box.style, box.pango_layout
        if overflow == "ellipsis" or ellipsis != "none" or not box.text.strip() or style["font_size"] < 1:
            self._reactivate(layout, style)
            return self._original(stream, box, overflow, ellipsis, matrix)
        apart = layout.__dict__.get("letters_apart", 0.0)
        key = (layout.text, id(style), layout.justification_spacing, apart)
        known = _DRAWN.get(key)
        if known is None:
            shown = None if apart else self._read_kept(stream, layout, style)
            if shown is None:
                self._reactivate(layout, style)
                self._breaks.pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
                shown = self._reading(stream, layout.layout, layout.text).read()
            if shown is None:
                return self._original(stream, box, overflow, ellipsis, matrix)
            drawn = [(font.hash, size, "".join(pieces)) for _, font, size, pieces in shown]
            known = _DRAWN[key] = (style, drawn)
        stream.set_text_matrix(*matrix.values)
        for font, size, text in known[1]:
            stream.set_font_size(font, size)
            stream.show_text(text)
        return []

    def _read_kept(self, stream: Any, layout: Any, style: Any) -> list[_Shown] | None:
        """What is shown for a line of which Pango's part was kept; None if it has to be set once more."""
        kept = layout.__dict__.get("kept")
        if kept is None or kept.text != layout.text or _BROKEN.search(kept.text):
            return None
        reading = self._reading(stream, kept.layout, kept.text)
        if not layout.justification_spacing:
            return reading.read()
        if _JOINED.search(kept.text):
            return None
        blanks = style._font.blanks(style)
        return reading.read(blanks, int(layout.justification_spacing * _UNIT + blanks.letter_spacing))

    def _reading(self, stream: Any, layout: Any, text: str) -> "_Reading":
        return _Reading(self._breaks, self._written, stream, layout, text)


class _Reading:
    """Reads the first line of one of Pango's layouts, in the form of the engine's text operator."""

    def __init__(self, breaks: Any, written: "_Written", stream: Any, layout: Any, text: str) -> None:
        """The layout begins with that text; what follows it is not read."""
        self._breaks = breaks
        self._written = written
        self._stream = stream
        self._layout = layout
        self._text = text.encode()
        self._shown: list[_Shown] = []

    def read(self, blanks: Blanks | None = None, widened: int = 0) -> list[_Shown] | None:
        """What is shown, with spaces made so much wider; None if a glyph is not plain."""
        end = len(self._text)
        line = self._breaks.pango.pango_layout_get_line_readonly(self._layout, 0)
        for run in _read_runs(self._breaks, line):
            if run.offset >= end:
                break  # a space at the line's end
            if run.kind % 2:
                return None
            beyond = run.offset + run.length > end
            count = bisect_left(run.clusters, end - run.offset) if beyond else len(run.clusters)
            if blanks is None or b" " not in self._text[run.offset : run.offset + run.length]:
                is_plain = self._add(run, 0, count)
            else:
                is_plain = self._add_apart(run, count, blanks, widened)
            if not is_plain:
                return None
        return self._shown

    def _add_apart(self, run: _Run, count: int, blanks: Blanks, widened: int) -> bool:
        """Adds a run, each widened space as a run of its own; False if a glyph is not plain."""
        start = 0
        for at in range(count):
            place = run.offset + run.clusters[at]
            if self._text[place] != _BLANK:
                continue
            blank = blanks.record(run.kind, widened, _side(place, self._text))
            if blank is None or not self._add(run, start, at):
                return False
            font, record = blank
            if not self._add(_Run(font, run.kind, place, 1, [(record,)], [0]), 0, 1):
                return False
            start = at + 1
        return self._add(run, start, count)

    def _add(self, run: _Run, start: int, end: int) -> bool:
        """Adds some glyphs of a run; False if one is not plain."""
        if start == end:
            return True
        shown = self._shown
        if not shown or shown[-1][0] != run.font:
            opened = _OPENED.get(run.font)
            if opened is None:
                opened = _OPENED[run.font] = (*self._stream.add_font(run.font), self._layout)
            font, size, _ = opened
            if font.bitmap or font.svg or font.png or font.colr:
                return False
            shown.append((run.font, font, size, []))
        _, font, size, pieces = shown[-1]
        named, known = font.to_unicode, self._written.setdefault((font, size), {})
        pieces.append("<")
        for at in range(start, end):
            (record,) = run.records[at]
            entry = known.get(record)
            if entry is None:
                entry = known[record] = _write(record, font, size, self._breaks.FROM_UNITS)
            glyph, written = entry
            if glyph not in named and glyph != _NO_GLYPH:
                if glyph < 0:
                    return False
                named[glyph] = _letters(run, at, self._text)
            pieces.append(written)
        last = pieces.pop()
        pieces.append(last[:-1] if last.endswith("<") else f"{last}>")
        return True


_Written = dict[Any, dict[bytes, tuple[int, str]]]
"""How glyphs are written, by the engine's font and its size; text repeats a few hundred of them."""


def _write(record: bytes, font: Any, size: float, unit: float) -> tuple[int, str]:
    """The glyph's number, and its part of the engine's text operator; -1 if it is not plain."""
    glyph, width, x_offset, rise = _GLYPH.unpack(record)
    if glyph == _NO_GLYPH:
        return glyph, f">{-width / size}<"
    if glyph > _LAST_GLYPH or rise or glyph not in font.widths:
        return -1, ""
    offset = x_offset / size
    kerning = font.widths[glyph] + offset - width * 1000 * unit / size
    before = f">{-offset}<" if offset else ""
    return glyph, f"{before}{glyph:04x}" + (f">{int(kerning)}<" if kerning else "")


def _letters(run: _Run, at: int, text: bytes) -> str:
    """The letters that one glyph of the run stands for."""
    ends = run.length if at == len(run.records) - 1 else run.clusters[at + 1]
    return text[run.offset + run.clusters[at] : run.offset + ends].decode()
