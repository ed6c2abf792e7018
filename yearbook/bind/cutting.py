"""Cuts a font down to the glyphs that a book uses; every one that stays keeps its number."""

import io
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import uharfbuzz
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from yearbook.bind.metrics import Metrics

_DROPPED = ("BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS", "GSUB", "JSTF", "LTSH", "PCLT", "SVG ")


def cut(path: Path, glyphs: Sequence[int]) -> tuple[bytes, Metrics]:
    """The font file with those glyphs only, and its metrics; of coloured glyphs only their places stay."""
    font = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)))
    data = _blank(font, glyphs) if font.has_color_png else _cut(font, glyphs)
    return data, _metrics(font, glyphs)


def _metrics(font: uharfbuzz.Face, glyphs: Sequence[int]) -> Metrics:
    upem = font.upem
    hhea = font.reference_table("hhea").data
    ascent, descent = struct.unpack(">hh", hhea[4:8])
    count = struct.unpack(">H", hhea[34:36])[0]
    advances = struct.unpack(f">{count * 2}H", font.reference_table("hmtx").data[: count * 4])[::2]
    return Metrics(
        widths={glyph: round(advances[min(glyph, count - 1)] * 1000 / upem) for glyph in (0, *glyphs)},
        ascent=round(ascent * 1000 / upem),
        descent=round(descent * 1000 / upem),
    )


def _cut(font: uharfbuzz.Face, glyphs: Sequence[int]) -> bytes:
    """The font without the other glyphs, each kept one under its own number."""
    keep = uharfbuzz.SubsetFlags
    first = _plan(font, glyphs, keep.RETAIN_GIDS)
    # A second time, for all numbers up to the last one used: it drops the empty places behind that.
    data: bytes = _plan(first, range(max(glyphs, default=0) + 1), keep.NO_HINTING).blob.data
    return data


def _plan(font: uharfbuzz.Face, glyphs: Iterable[int], flag: uharfbuzz.SubsetFlags) -> uharfbuzz.Face:
    wish = uharfbuzz.SubsetInput()
    wish.glyph_set.update(glyphs)
    wish.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in _DROPPED)
    flags = uharfbuzz.SubsetFlags
    wish.flags = flag | flags.PASSTHROUGH_UNRECOGNIZED | flags.DESUBROUTINIZE | flags.NOTDEF_OUTLINE
    return wish.subset(font)


def _blank(font: uharfbuzz.Face, glyphs: Sequence[int]) -> bytes:
    """A font of empty glyphs: coloured ones are pictures on the page, and only their text is wanted."""
    count = max(glyphs, default=0) + 1
    original = TTFont(io.BytesIO(font.blob.data), lazy=True)
    names = [".notdef", *(f"g{number}" for number in range(1, count))]
    builder = FontBuilder(original["head"].unitsPerEm, isTTF=True)
    builder.font["head"].created = builder.font["head"].modified = original["head"].modified
    builder.font.recalcTimestamp = False
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({})
    builder.setupGlyf({name: Glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (original["head"].unitsPerEm, 0)))
    builder.setupHorizontalHeader(ascent=original["hhea"].ascent, descent=original["hhea"].descent)
    builder.setupPost()
    target = io.BytesIO()
    builder.save(target)
    return target.getvalue()
