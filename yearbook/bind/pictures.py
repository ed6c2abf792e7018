"""A prepared picture as an object of the PDF: its bytes as they are wherever the format allows that.

JPEG goes in untouched. So does the compressed part of a PNG without transparency: a PDF reads it as it is.
Only a picture that can be seen through is taken apart, into colour and mask.
"""

import io
import struct
from pathlib import Path

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from PIL import Image

from yearbook.png import packed_pixels, png_chunks

_PNG = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _INDEXED = 0, 2, 3
_COLOURS = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}


def embed(path: Path, document: Pdf, *, smooth: bool) -> Object:
    """The picture in that file, as an image of the document.

    Args:
        path: a prepared JPEG or PNG.
        document: where it goes.
        smooth: whether a renderer may smooth it when it is enlarged.

    Raises:
        ValueError: the file is neither.
    """
    data = path.read_bytes()
    image = _png(data, document) if data.startswith(_PNG) else _jpeg(data, document)
    image.Type, image.Subtype = Name.XObject, Name.Image
    image.Interpolate = smooth
    return image


def _jpeg(data: bytes, document: Pdf) -> Stream:
    with Image.open(io.BytesIO(data)) as opened:
        (width, height), mode = opened.size, opened.mode
    image = Stream(document, data)
    image.Filter = Name.DCTDecode
    image.Width, image.Height, image.BitsPerComponent = width, height, 8
    image.ColorSpace = _COLOURS[mode]
    return image


def _png(data: bytes, document: Pdf) -> Stream:
    chunks = {chunk.kind: chunk.content_in(data) for chunk in png_chunks(data) if chunk.kind != b"IDAT"}
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if interlaced or colour not in {_GREY, _RGB, _INDEXED} or b"tRNS" in chunks:
        return _see_through(data, document)
    image = Stream(document, packed_pixels(data))
    _describe(image, width, height, depth, colours=3 if colour == _RGB else 1)
    if colour == _INDEXED:
        palette = chunks[b"PLTE"]
        table = Stream(document, palette)
        image.ColorSpace = Array([Name.Indexed, Name.DeviceRGB, len(palette) // 3 - 1, table])
    return image


def _describe(image: Stream, width: int, height: int, depth: int, colours: int) -> None:
    image.Filter = Name.FlateDecode
    image.DecodeParms = Dictionary(Predictor=15, Columns=width, Colors=colours, BitsPerComponent=depth)
    image.Width, image.Height, image.BitsPerComponent = width, height, depth
    image.ColorSpace = Name.DeviceRGB if colours == 3 else Name.DeviceGray


def _see_through(data: bytes, document: Pdf) -> Stream:
    """The colours, with a mask for what can be seen through."""
    with Image.open(io.BytesIO(data)) as opened:
        whole = opened.convert("LA" if opened.mode in {"L", "LA"} else "RGBA")
    colour = _plain(whole.convert(whole.mode[:-1]), document)
    mask = _plain(whole.getchannel("A"), document)
    mask.Type, mask.Subtype = Name.XObject, Name.Image
    colour.SMask = mask
    return colour


def _plain(image: Image.Image, document: Pdf) -> Stream:
    """An opaque picture, each row stored as the difference from the one above it."""
    target = io.BytesIO()
    image.save(target, "PNG")
    stream = Stream(document, packed_pixels(target.getvalue()))
    _describe(stream, image.width, image.height, 8, colours=3 if image.mode == "RGB" else 1)
    return stream
