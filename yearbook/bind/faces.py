"""One font of the book: the glyphs that any page uses, once, with their widths and what they say.

Pages name glyphs by their number in the font's file, and a subset keeps these numbers, so the pages of all
galleys agree with it as they are.
"""

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from yearbook.assets import version_of
from yearbook.bind.metrics import Metrics
from yearbook.memo import Memo, digest_of
from yearbook.typeset.values import Face

_SYMBOLIC, _ITALIC, _SERIF = 4, 64, 2
_STEM = 80
_PER_BLOCK = 100
"""A PDF's map of characters may list so many in one block."""
_RULES = "1"
"""Raise it when a subset of the same glyphs would come out otherwise."""


def merge(faces: Iterable[Face]) -> dict[str, Face]:
    """The fonts of many galleys, each once, with the glyphs of all; what a glyph says first, it says."""
    found: dict[str, Face] = {}
    glyphs: dict[str, dict[int, str]] = {}
    for face in reversed(list(faces)):
        found[face.name] = face
        glyphs.setdefault(face.name, {}).update(face.glyphs)
    return {
        name: Face(
            name=name,
            family=face.family,
            file=face.file,
            is_italic=face.is_italic,
            glyphs=dict(sorted(glyphs[name].items())),
        )
        for name, face in sorted(found.items())
    }


def embed(faces: Mapping[str, Face], document: Pdf, folder: Path, memo: Memo) -> Object:
    """The dictionary of fonts that every page of the book shares."""
    fonts = Dictionary()
    for name, face in faces.items():
        fonts[f"/{name}"] = document.make_indirect(_font(face, document, folder, memo))
    return document.make_indirect(fonts)


def _font(face: Face, document: Pdf, folder: Path, memo: Memo) -> Dictionary:
    """The font with its widths, its file, and the text of its glyphs."""
    content, length, metrics = _subset(face, folder, memo)
    name = Name(f"/{face.name}+{face.family}")
    file = Stream(document, content)
    file.Filter, file.Length1 = Name.FlateDecode, length
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        FontFamily=String(face.family.replace("-", " ")),
        Flags=_SYMBOLIC + (_ITALIC if face.is_italic else 0) + (_SERIF if "Serif" in face.family else 0),
        FontBBox=Array([0, metrics.descent, max(metrics.widths.values(), default=0), metrics.ascent]),
        ItalicAngle=0,
        Ascent=metrics.ascent,
        Descent=metrics.descent,
        CapHeight=metrics.ascent,
        StemV=_STEM,
        FontFile2=file,
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=name,
        Encoding=Name("/Identity-H"),
        ToUnicode=_to_unicode(face.glyphs, document),
        DescendantFonts=Array(
            [
                document.make_indirect(
                    Dictionary(
                        Type=Name.Font,
                        Subtype=Name.CIDFontType2,
                        BaseFont=name,
                        CIDSystemInfo=Dictionary(
                            Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0
                        ),
                        CIDToGIDMap=Name.Identity,
                        W=_width_array(metrics.widths),
                        FontDescriptor=document.make_indirect(descriptor),
                    )
                )
            ]
        ),
    )


def widths_of(face: Face, folder: Path, memo: Memo) -> Mapping[int, int]:
    """Advance of each used glyph in thousandths of the size."""
    _, _, metrics = _subset(face, folder, memo)
    return metrics.widths


def _width_array(widths: Mapping[int, int]) -> Array:
    """Widths by runs of neighbouring glyphs."""
    runs: list[tuple[int, list[int]]] = []
    for glyph, width in sorted(widths.items()):
        if runs and runs[-1][0] + len(runs[-1][1]) == glyph:
            runs[-1][1].append(width)
        else:
            runs.append((glyph, [width]))
    return Array([value for first, run in runs for value in (first, Array(run))])


def _to_unicode(glyphs: Mapping[int, str], document: Pdf) -> Stream:
    """The map from glyphs to text, so that what is printed can be searched and copied."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <ffff> endcodespacerange",
    ]
    pairs = [f"<{glyph:04x}> <{text.encode('utf-16-be').hex()}>" for glyph, text in sorted(glyphs.items())]
    for at in range(0, len(pairs), _PER_BLOCK):
        block = pairs[at : at + _PER_BLOCK]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    stream = Stream(document, zlib.compress("\n".join(lines).encode(), 9))
    stream.Filter = Name.FlateDecode
    return stream


def _subset(face: Face, folder: Path, memo: Memo) -> tuple[bytes, int, Metrics]:
    """The font's file with the used glyphs only, compressed; its length before; its metrics."""
    path = folder / face.file
    glyphs = tuple(face.glyphs)
    cutter = version_of("uharfbuzz")
    key = digest_of("subset", _RULES, cutter, face.file, path.stat().st_size, glyphs)
    known = memo.get(key)
    if known is None:
        from yearbook.bind.cutting import cut  # its libraries take a while to load, and are seldom needed

        data, metrics = cut(path, glyphs)
        known = (zlib.compress(data, 9), len(data), dict(metrics.widths), metrics.ascent, metrics.descent)
        memo.put(key, known)
    content, length, widths, ascent, descent = known
    return content, length, Metrics(widths=widths, ascent=ascent, descent=descent)
