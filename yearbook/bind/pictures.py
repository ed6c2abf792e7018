"""A prepared picture as an object of the PDF: its bytes as they are wherever the format allows that.

JPEG goes in untouched. So does the compressed part of a PNG without transparency: a PDF reads it as it is.
Neither is held in memory. Only a picture that can be seen through is taken apart, into colour and mask.
"""

import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pikepdf import Object, Pdf, Stream

from yearbook.jpeg import jpeg_size
from yearbook.png import packed_pixels, png_chunks

if TYPE_CHECKING:
    from PIL.Image import Image

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_COLOURS = {0: 1, 2: 3}
"""Channels of the kinds of PNG that a PDF reads: grey, and red, green, blue."""
_SPACES = {1: b"/DeviceGray", 3: b"/DeviceRGB", 4: b"/DeviceCMYK"}
_HEAD_BYTES = 4096
"""Enough for a file that holds nothing but its picture to say how large that is."""


class Ready(NamedTuple):
    """A picture that is written as it lies in its file."""

    path: Path
    """The file."""
    parts: tuple[tuple[int, int], ...]
    """First and last offset of each part of it that is taken."""
    entries: bytes
    """What is said of it."""


def find_ready(path: Path, *, smooth: bool) -> Ready | None:
    """The picture in that file, as it can be written; None if it has to be taken apart.

    Args:
        path: a prepared JPEG or PNG.
        smooth: whether a renderer may smooth it when it is enlarged.

    Raises:
        ValueError: the file is neither.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if head.startswith(_PNG):
            return _png(path, head + file.read(), smooth)
        size = jpeg_size(head) or jpeg_size(head + file.read())
    if size is None or size[2] not in _SPACES:
        message = f"{path} is no picture that was prepared"
        raise ValueError(message)
    width, height, channels = size
    said = _entries(width, height, channels, smooth, b"/DCTDecode")
    return Ready(path=path, parts=((0, path.stat().st_size),), entries=said)


def _png(path: Path, data: bytes, smooth: bool) -> Ready | None:
    chunks = list(png_chunks(data))
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0].content_in(data))
    if depth != 8 or interlaced or colour not in _PNG_COLOURS or any(own.kind == b"tRNS" for own in chunks):
        return None
    parts = tuple((own.start + 8, own.end - 4) for own in chunks if own.kind == b"IDAT")
    return Ready(path=path, parts=parts, entries=_packed(width, height, _PNG_COLOURS[colour], smooth))


def _packed(width: int, height: int, channels: int, smooth: bool) -> bytes:
    """What is said of pixels that are compressed as a PNG's are."""
    how = b"/FlateDecode /DecodeParms << /Predictor 15 /Columns %d /Colors %d /BitsPerComponent 8 >>"
    return _entries(width, height, channels, smooth, how % (width, channels))


def _entries(width: int, height: int, channels: int, smooth: bool, packed: bytes) -> bytes:
    size = b"/Width %d /Height %d /BitsPerComponent 8 /ColorSpace %b" % (width, height, _SPACES[channels])
    looks = b"/Interpolate %b /Filter %b" % (b"true" if smooth else b"false", packed)
    return b"/Type /XObject /Subtype /Image %b %b" % (size, looks)


def take_apart(path: Path, document: Pdf, *, smooth: bool) -> Object:
    """The colours of a picture, with a mask for what can be seen through, as an image of the document.

    Args:
        path: a prepared PNG.
        document: where it goes.
        smooth: whether a renderer may smooth it when it is enlarged.
    """
    from PIL import Image  # few books need it here

    with Image.open(path) as opened:
        whole = opened.convert("LA" if opened.mode in {"L", "LA"} else "RGBA")
    colour = _plain(whole.convert(whole.mode[:-1]), document, smooth)
    colour.SMask = _plain(whole.getchannel("A"), document, False)
    return colour


def _plain(image: "Image", document: Pdf, smooth: bool) -> Stream:
    """An opaque picture, each row stored as the difference from the one above it."""
    target = io.BytesIO()
    image.save(target, "PNG")
    said = _packed(image.width, image.height, 3 if image.mode == "RGB" else 1, smooth)
    return Stream(document, packed_pixels(target.getvalue()), Object.parse(b"<< %b >>" % said))
