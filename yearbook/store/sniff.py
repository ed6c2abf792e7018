"""Whether bytes are a whole picture, and what is known of it then.

Reads files; writes none. Preparing for print is in `draw`.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from yearbook.jpeg import jpeg_frame, jpeg_size
from yearbook.memory import keep_large_blocks
from yearbook.png import png_chunks
from yearbook.store import svg
from yearbook.store.kinds import RASTER, Facts, Flaw, kind_of
from yearbook.store.policy import Limits

DECODER_TROUBLE = (
    OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError,
    EOFError, ZeroDivisionError, RuntimeError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow's decoders raise on bytes made to hurt them; `MemoryError` is left to speak for itself."""

_SAYING = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt"})
"""Parts of a PNG in which EXIF or XMP may be."""

_WORDS = {
    "empty": "0 bytes",
    "html": "a web page, not a picture",
    "video": "a video",
    "lfs-pointer": "a Git LFS pointer, not the picture itself",
    "pdf": "a PDF document",
    "ico": "an icon file (.ico)",
    "jxl": "a JPEG XL picture, which nothing here reads",
    "psd": "a Photoshop document",
    "not-image": "no known picture format",
}


class FlawedError(Exception):
    """Bytes that turned out to be no picture for a book, while they were decoded."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.detail)
        self.flaw = flaw


def examine(source: Path | bytes, limits: Limits, *, prove: bool = True) -> Facts | Flaw:
    """What the file or the bytes are, proven by decoding them to the last one.

    Truncation is found whatever other libraries have told Pillow to put up with. Only the first frame of an
    animation is decoded, since only that is printed.

    Args:
        source: the picture.
        limits: how large it may be.
        prove: whether it is decoded; else only its head is read. A drawing is always read to its end.
    """
    content = source if isinstance(source, bytes) else source.read_bytes()
    kind = kind_of(content[:8192])
    if kind in {"svg", "svgz"}:
        return _examine_svg(content, limits)
    if kind not in RASTER:
        reason = kind if kind in {"empty", "html", "video", "lfs-pointer"} else "not-image"
        return Flaw(reason=reason, detail=_WORDS[kind])
    try:
        with open_strictly(content, kind, limits) as image:
            # To find EXIF behind its pixels, Pillow would decode the whole of a PNG.
            as_stored = not prove and kind == "png" and _says_nothing(content)
            width, height = image.size if as_stored else upright_size(image)
            notes = _notes(image)
            if prove:
                decode(image)
    except FlawedError as flawed:
        return flawed.flaw
    return Facts(kind=kind, width_px=width, height_px=height, notes=notes)


def decode(image: ImageFile.ImageFile) -> None:
    """Decodes an opened picture to its last byte, a JPEG at an eighth of its size.

    Raises:
        What the block of `open_strictly` makes a `FlawedError`.
    """
    image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()


def _says_nothing(png: bytes) -> bool:
    """Whether a PNG has no part that can say how it is to be turned."""
    return _SAYING.isdisjoint(chunk.kind for chunk in png_chunks(png))


def _examine_svg(content: bytes, limits: Limits) -> Facts | Flaw:
    def prove(inner: bytes) -> str | None:
        found = examine(inner, limits)
        return None if isinstance(found, Flaw) or found.kind == "svg" else "data:,"

    found = svg.clean(content, limits, prove)
    if isinstance(found, svg.Refusal):
        return Flaw(reason=found.reason, detail=found.detail)
    return Facts(kind="svg", width_px=found.width_px, height_px=found.height_px, notes=found.notes)


def _notes(image: ImageFile.ImageFile) -> tuple[str, ...]:
    """What will be otherwise on paper."""
    notes = []
    if image.mode == "CMYK" and not image.info.get("icc_profile"):
        notes.append("it is CMYK without a colour profile: its colours may differ")
    try:
        moves = getattr(image, "is_animated", False)
    except DECODER_TROUBLE:
        moves = False  # a broken second frame is never printed
    if moves:
        notes.append("it moves: the first frame is printed")
    return tuple(notes)


@contextmanager
def open_strictly(source: Path | bytes, kind: str, limits: Limits) -> Iterator[ImageFile.ImageFile]:
    """The picture, opened with the one decoder of its kind, within the limits, and without leniency.

    Raises:
        FlawedError: if the bytes are damaged or too much, here or when the block loads the pixels.
    """
    # WeasyPrint sets this for the whole process when it is imported, and then a third of a photo loads
    # without a word. Nobody needs it on: the engine is given only pictures that came through here.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    keep_large_blocks()
    flaw = _header_flaw(source, kind, limits)
    if flaw:
        raise FlawedError(flaw)
    try:
        with _open(source) as stream:
            image = _decoder(kind)(stream, "")
            flaw = _pixel_flaw(image.width, image.height, kind, limits)
            if flaw:
                raise FlawedError(flaw)
            yield image
            image.close()
    except MemoryError as error:
        detail = "there is not enough memory to decode it"
        raise FlawedError(Flaw(reason="too-many-pixels", detail=detail)) from error
    except DECODER_TROUBLE as error:
        detail = f"the {kind} data is damaged or cut off ({error})"
        raise FlawedError(Flaw(reason="corrupt", detail=detail)) from error


def _open(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _decoder(kind: str) -> type[ImageFile.ImageFile]:
    # Not `Image.open`: it would try formats that run other programs, and its limit on pixels is one number
    # for all kinds, while a large JPEG is harmless through `draft`.
    if kind == "heic":
        try:
            from pi_heif import HeifImageFile  # type: ignore[import-not-found,unused-ignore]
        except ImportError as error:
            flaw = Flaw(reason="unsupported", detail="a HEIC picture")
            raise FlawedError(flaw) from error
        return HeifImageFile  # type: ignore[no-any-return,unused-ignore]
    return {
        "jpeg": JpegImagePlugin.JpegImageFile,
        "png": PngImagePlugin.PngImageFile,
        "gif": GifImagePlugin.GifImageFile,
        "webp": WebPImagePlugin.WebPImageFile,
        "avif": AvifImagePlugin.AvifImageFile,
        "tiff": TiffImagePlugin.TiffImageFile,
        "bmp": BmpImagePlugin.BmpImageFile,
        "jp2": Jpeg2KImagePlugin.Jpeg2KImageFile,
    }[kind]


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height as a person sees the picture."""
    width, height = image.size
    return (height, width) if orientation_of(image) >= 5 else (width, height)


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 if there is none or it is nonsense."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except DECODER_TROUBLE:
        # A broken EXIF block is no reason to lose the picture: it is dropped for print anyway.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _pixel_flaw(width: int, height: int, kind: str, limits: Limits) -> Flaw | None:
    cap = limits.jpeg_pixels if kind == "jpeg" else limits.pixels
    if width < 1 or height < 1:
        return Flaw(reason="corrupt", detail=f"{width} x {height} pixels")
    if width * height > cap:
        detail = (
            f"{width} x {height} is {width * height / 1e6:.0f} million pixels; {cap // 1_000_000} are taken"
        )
        return Flaw(reason="too-many-pixels", detail=detail)
    return None


def _header_flaw(source: Path | bytes, kind: str, limits: Limits) -> Flaw | None:
    """What must be refused before a decoder sees it: some allocate the whole canvas when they open."""
    if kind not in {"webp", "jpeg"}:
        return None
    content = source if isinstance(source, bytes) else source.read_bytes()
    if kind == "jpeg":
        return _jpeg_flaw(content, limits)
    size = _webp_size(content[:64])
    return _pixel_flaw(*size, kind, limits) if size else Flaw(reason="corrupt", detail="no WebP header")


def _webp_size(head: bytes) -> tuple[int, int] | None:
    chunk, body = head[12:16], head[20:]
    if chunk == b"VP8X" and len(body) >= 10:
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and len(body) >= 10:
        wide, high = struct.unpack("<HH", body[6:10])
        return wide & 0x3FFF, high & 0x3FFF
    return None


def _jpeg_flaw(data: bytes, limits: Limits) -> Flaw | None:
    """A progressive JPEG is kept whole in memory, and each scan walks over all of it."""
    if jpeg_frame(data) not in {0xC2, 0xC6, 0xCA, 0xCE}:
        return None
    width, height, _ = jpeg_size(data) or (0, 0, 0)
    if width * height > limits.pixels:
        return _pixel_flaw(width, height, "progressive", limits)
    if data.count(b"\xff\xda") > limits.jpeg_scans:
        return Flaw(
            reason="too-many-pixels", detail=f"a progressive JPEG with over {limits.jpeg_scans} scans"
        )
    return None
