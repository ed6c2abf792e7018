"""What reaches into the engine's private parts, and nothing else does.

The engine's public way out of a laid-out page is a whole PDF with its fonts inside: a quarter of a second for
each piece, and a copy of every font in each. Painting a page without fonts takes three of the engine's own
classes: the stream that records drawing, the font, and the box of the page. `knows_engine` says whether they
are as this module knows them (a test proves it); if not, the book is typeset as one document without them.
"""

import contextlib
import functools
import importlib
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from yearbook.typeset.engine import PT_PER_PX
from yearbook.typeset.known import ENGINE
from yearbook.typeset.numbers import Numbers
from yearbook.typeset.structure import Sources, marking_stream, read_page
from yearbook.typeset.values import Bookmark, Drawing, Face, Leaf, Link, Named, Sheet, Shown, Tree, Words
from yearbook.value import dataclass

_TOP_BYTES = 1024
_LEVEL = 6
"""How hard pages are compressed: 9 takes twice the time for a hundredth of the size."""


def is_supported() -> bool:
    """Whether the engine that is installed has the private parts that this module uses."""
    engine = importlib.import_module("weasyprint")
    stream = importlib.import_module("weasyprint.pdf.stream")
    fonts = importlib.import_module("weasyprint.pdf.fonts")
    wanted = (
        (stream.Stream, ("add_font", "add_image", "transform", "clone", "marked", "artifact")),
        (fonts.Font, ("get_unused_glyph_id", "clean")),
        (engine.Document, ("make_bookmark_tree", "write_pdf")),
        (importlib.import_module("weasyprint.text.fonts"), ("get_pango_font_key",)),
        (importlib.import_module("weasyprint.pdf.tags"), ("add_tags",)),
    )
    return str(engine.VERSION).startswith(ENGINE) and all(
        hasattr(owner, name) for owner, names in wanted for name in names
    )


@dataclass(slots=True, kw_only=True)
class Case:
    """The fonts of one press, opened once: a type case. Each galley begins with an empty record of use."""

    folder: Path
    """The bundled fonts."""
    fonts: dict[int, Any] = field(default_factory=dict)
    """The engine's fonts by the engine's key."""
    names: dict[int, str] = field(default_factory=dict)
    """File of each."""

    def clear(self) -> None:
        """Forgets which glyphs were used."""
        for font in self.fonts.values():
            font.to_unicode = {}

    def open(self, pango_font: Any) -> tuple[Any, float]:
        """The engine's font for a run of text, and its size."""
        texts = _fonts()
        key, description, size = texts.get_pango_font_key(pango_font)
        if key not in self.fonts:
            self.fonts[key], self.names[key] = self._load(pango_font, description, size)
        # Coloured glyphs are asked for through this pointer, which lives only as long as Pango's font.
        self.fonts[key].hb_font = texts.pango.pango_font_get_hb_font(pango_font)
        return self.fonts[key], size

    def _load(self, pango_font: Any, description: Any, size: float) -> tuple[Any, str]:
        """The engine's font and its file's name; the content is let go, for the binder reads it again."""
        fonts = importlib.import_module("weasyprint.pdf.fonts")
        with _lending(fonts):
            font = fonts.Font(pango_font, description, size)
            font.widths = Widths(font.file_content)
            name = _names_of(self.folder)[_look_of(font.file_content)]
            font.file_content = b""
        font.get_unused_glyph_id = lambda _codepoint: 0
        return font, name

    def faces(self) -> tuple[Face, ...]:
        """The fonts of which something was used, in the order of their names."""
        used = [(key, font) for key, font in self.fonts.items() if font.to_unicode]
        return tuple(
            Face(
                name=font.hash,
                family=font.name.decode()
                .partition("+")[2]
                .rstrip(","),  # Pango's, behind a name that ends in a digit
                file=self.names[key],
                is_italic=bool(font.style),
                glyphs={glyph: text for glyph, text in font.to_unicode.items() if glyph},
            )
            for key, font in sorted(used, key=lambda pair: pair[1].hash)
        )


@functools.cache
def _fonts() -> Any:
    return importlib.import_module("weasyprint.text.fonts")


@contextlib.contextmanager
def _lending(fonts: Any) -> Iterator[None]:
    """Meanwhile the engine sees font files where they lie in memory; it would copy up to 14 MB of each."""
    texts = _fonts()
    lent: list[Any] = []
    copying = fonts.get_hb_object_data

    def see(face: Any) -> Any:
        lent.append(texts.harfbuzz.hb_face_reference_blob(face))
        length = texts.ffi.new("unsigned int *")
        data = texts.harfbuzz.hb_blob_get_data(lent[-1], length)
        return texts.ffi.buffer(data, length[0])

    fonts.get_hb_object_data = see
    try:
        yield
    finally:
        fonts.get_hb_object_data = copying
        for blob in lent:
            texts.harfbuzz.hb_blob_destroy(blob)


@functools.cache
def _names_of(folder: Path) -> Mapping[tuple[int, bytes], str]:
    """Names of the bundled fonts by how their files look; to take a digest of each takes 40 ms a worker."""
    lock = json.loads((folder / "fonts.lock.json").read_text(encoding="utf-8"))
    names: dict[tuple[int, bytes], str] = {}
    for name, entry in lock.items():
        with (folder / name).open("rb") as file:
            names[entry["bytes"], file.read(_TOP_BYTES)] = name
    return names


def _look_of(content: Any) -> tuple[int, bytes]:
    """Length of a font file and how it begins: with the checksum of each of its tables."""
    return len(content), bytes(content[:_TOP_BYTES])


class Widths(dict[int, int]):
    """Advance of every glyph in thousandths of the size, as the font file says.

    The engine measures them at whatever size comes first; then two galleys would disagree about a glyph by a
    thousandth, and one of them would be set askew by the widths of the other.
    """

    def __init__(self, data: Any) -> None:
        super().__init__()
        count = int.from_bytes(data[4:6], "big")
        tables = {data[at : at + 4]: data[at + 4 : at + 16] for at in range(12, 12 + count * 16, 16)}

        def table(tag: bytes) -> bytes:
            _, offset, length = struct.unpack(">III", tables[tag])
            return bytes(data[offset : offset + length])

        self._upem = struct.unpack(">H", table(b"head")[18:20])[0]
        count = struct.unpack(">H", table(b"hhea")[34:36])[0]
        self._advances = struct.unpack(f">{count * 2}H", table(b"hmtx")[: count * 4])[::2]

    def __contains__(self, glyph: object) -> bool:
        return True

    def __missing__(self, glyph: int) -> int:
        width: int = round(self._advances[min(glyph, len(self._advances) - 1)] * 1000 / self._upem)
        super().__setitem__(glyph, width)
        return width

    def __setitem__(self, glyph: int, width: int) -> None:
        """The file is right, whatever was measured."""


def draw(
    page: Any,
    sheet: Sheet,
    case: Case,
    resources: Any,
    images: dict[str, Any],
    sources: Sources | None = None,
) -> Leaf:
    """One laid-out page as a leaf; what its content names is added to `resources` and `images`.

    Args:
        page: the engine's.
        sheet: how full it is.
        case: fonts.
        resources: what pages of the galley share.
        images: pictures of the galley.
        sources: for a tagged PDF, what the pages before it noted of their structure.
    """
    content = _stream(case, page, resources, images, tags=None if sources is None else {})
    content.transform(d=-1, f=page.height * PT_PER_PX)
    page.paint(content, PT_PER_PX)
    links = [link[3] for link in page.links]
    tags = read_page(page, links, content, sources) if sources is not None else ()
    box = page._page_box
    height = page.height * PT_PER_PX
    pieces = [*map(_to_bytes(), content.stream)]

    def spot(x: float, y: float) -> tuple[float, float]:
        return round(x * PT_PER_PX, 3), round(height - y * PT_PER_PX, 3)

    return Leaf(
        name=box.page_type.name or "",
        content=zlib.compress(b"\n".join(pieces), _LEVEL),
        size_pt=(page.width * PT_PER_PX, height),
        bleed_pt=tuple(page.bleed[side] * PT_PER_PX for side in ("left", "bottom", "right", "top")),
        has_margin=box.margin_left > 0,
        links=tuple(_link(link, spot) for link in page.links),
        anchors={name: spot(x, y) for name, (x, y, *_) in page.anchors.items()},
        bookmarks=tuple(
            Bookmark(level=level, label=label, spot_pt=spot(*at), is_open=state == "open")
            for level, label, at, state in page.bookmarks
        ),
        sheet=sheet,
        late=content.numbers.settled(pieces),
        tags=tags,
        has_strays=content.numbers.has_strays,
    )


def _link(link: Any, spot: Any) -> Link:
    kind, target, (left, top, right, bottom), _ = link
    return Link(box_pt=(*spot(left, bottom), *spot(right, top)), target=target, inside=kind == "internal")


def _stream(
    case: Case, page: Any, resources: Any, images: dict[str, Any], tags: dict[Any, Any] | None
) -> Any:
    bleed = page.bleed
    rectangle = (
        -bleed["left"],
        -bleed["top"],
        page.width + bleed["left"] + bleed["right"],
        page.height + bleed["top"] + bleed["bottom"],
    )
    content = _content_type()(case.fonts, rectangle, resources, images, tags, {}, None, compress=False)
    content.case, content.numbers = case, Numbers(content)
    return content


@functools.cache
def _content_type() -> Any:
    class Content(marking_stream()):  # type: ignore[misc]  # the engine is loaded late
        """The engine's stream, with fonts from the case; what it clones shares case and numbers."""

        def add_font(self, pango_font: Any) -> tuple[Any, float]:
            font: tuple[Any, float] = self.case.open(pango_font)
            return font

        def clone(self, **changes: Any) -> Any:
            kept = ("fonts", "page_rectangle", "resources", "images", "tags", "color_profiles",
                    "output_intent")  # fmt: skip
            made = Content(**{name: getattr(self, name, getattr(self, f"_{name}", None)) for name in kept}
                           | {"compress": self.compress} | changes)  # fmt: skip
            made.case, made.numbers = self.case, self.numbers
            return self.adopt(made)

    return Content


def new_resources() -> Any:
    """What pages of one galley share, as the engine fills it."""
    pydyf = importlib.import_module("pydyf")
    names = ("ExtGState", "XObject", "Pattern", "Shading", "ColorSpace")
    return pydyf.Dictionary({name: pydyf.Dictionary() for name in names})


def freeze(resources: Any, images: Mapping[str, Any], digests: Mapping[str, str]) -> Mapping[str, Tree]:
    """The engine's resources as plain data.

    Args:
        resources: what the pages name.
        images: the engine's record of each picture by its name there.
        digests: digest of the book's pictures by the engine's identifier of them.
    """
    found = _Freezer(images, digests).tree(resources)
    if not isinstance(found, dict):
        msg = "the engine's resources are not a dictionary"
        raise TypeError(msg)
    return {name: value for name, value in found.items() if value not in ({}, None)}


class _Freezer:
    """Turns the engine's PDF objects into values."""

    def __init__(self, images: Mapping[str, Any], digests: Mapping[str, str]) -> None:
        self._images = images
        self._digests = digests
        self._pydyf = importlib.import_module("pydyf")

    def tree(self, value: Any) -> Tree:
        if isinstance(value, self._pydyf.Stream):
            return self._drawing(value)
        if isinstance(value, dict):
            return {str(key): self._entry(str(key), own) for key, own in value.items() if key != "Font"}
        if isinstance(value, list | tuple):
            return tuple(self.tree(own) for own in value)
        if isinstance(value, self._pydyf.String):
            return Words(str(value.string))
        if isinstance(value, bytes):
            value = value.decode("ascii")
        if isinstance(value, str):
            return value == "true" if value in {"true", "false"} else Named(value[1:])
        return value  # a number

    def _entry(self, key: str, value: Any) -> Tree:
        return self._picture(key) if value is None else self.tree(value)

    def _picture(self, name: str) -> Tree:
        record = self._images[name]
        image = record["image"]
        if image.id in self._digests:
            return Shown(self._digests[image.id], record["interpolate"])
        return self._drawing(image.get_x_object(record["interpolate"], 1))

    def _drawing(self, stream: Any) -> Drawing:
        entries = self.tree(dict(stream.extra))
        ready = "Filter" in stream.extra
        content = b"\n".join(map(_to_bytes(), stream.stream))
        assert isinstance(entries, dict)  # for the type checker: a dict gives a dict
        return Drawing(entries, content if ready else zlib.compress(content, _LEVEL), ready)


def _to_bytes() -> Any:
    return importlib.import_module("pydyf")._to_bytes
