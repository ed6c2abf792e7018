"""Draws one picture for print: scaled, upright, in sRGB or grey, as JPEG, PNG or clean SVG.

What can stay as it is loses its metadata and nothing else.
"""

import base64
import dataclasses
import io
import math
import zlib
from pathlib import Path

from PIL import Image, ImageChops, ImageCms, ImageFile

from yearbook.jpeg import jpeg_frame, jpeg_head
from yearbook.model import StoredImage
from yearbook.png import packed_pixels, png_chunks
from yearbook.store import svg
from yearbook.store.derive import ENOUGH, SPARE, Made, Quality, Studio, Task
from yearbook.store.kinds import Facts, Flaw
from yearbook.store.sniff import (
    FlawedError,
    decode,
    examine,
    open_strictly,
    orientation_of,
)

_JPEG = {"normal": (85, "4:2:0"), "high": (92, "4:4:4")}
_FILTER = {"normal": Image.Resampling.HAMMING, "high": Image.Resampling.LANCZOS}
"""How photographs are made smaller. The Hamming filter takes half of Lanczos' time and differs from it
by less than the JPEG does (47 to 58 dB against 38 to 49). What is kept lossless is scaled by Lanczos."""
_UNPACKED_AT_ONCE = 1 << 24
_ROWS_AT_ONCE = 64
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def draw(task: Task, studio: Studio) -> Made | Flaw:
    """The picture as it is printed, or why it is none."""
    image = task.image
    if image.kind == "svg":
        return _draw_svg(image, task, studio)
    try:
        with open_strictly(image.path, image.kind, studio.limits) as opened:
            if image.kind == "jpeg":
                bare = _strip_jpeg(image.path.read_bytes(), opened, task.photo)
                if bare is not None:
                    if not image.is_proven:
                        decode(opened)
                    width, height = image.width_px, image.height_px
                    return Made(content=bare, kind="jpeg", width_px=width, height_px=height)
            return _draw_raster(opened, task, studio)
    except FlawedError as flawed:
        return flawed.flaw


def _draw_svg(image: StoredImage, task: Task, studio: Studio) -> Made | Flaw:
    """A clean SVG; pictures written into it go the same way as all others."""
    budget = studio.limits.pixels // 4

    def redraw(content: bytes) -> str | None:
        nonlocal budget
        facts = examine(content, studio.limits)
        if isinstance(facts, Flaw) or facts.kind == "svg" or facts.width_px * facts.height_px > budget:
            return None  # told when the drawing was stored
        budget -= facts.width_px * facts.height_px
        inner = _draw_inner(content, facts, task, studio)
        if isinstance(inner, Flaw):
            return None
        return f"data:image/{inner.kind};base64,{base64.b64encode(inner.content).decode()}"

    found = svg.clean(image.path.read_bytes(), studio.limits, redraw)
    if isinstance(found, svg.Refusal):
        return Flaw(reason=found.reason, detail=found.detail)
    return Made(content=found.text, kind="svg", width_px=found.width_px, height_px=found.height_px)


def _draw_inner(content: bytes, facts: Facts, task: Task, studio: Studio) -> Made | Flaw:
    size = (facts.width_px, facts.height_px)
    with studio.store.temporary() as path:
        with studio.store.writing():
            path.write_bytes(content)
        image = dataclasses.replace(
            task.image, path=path, kind=facts.kind, width_px=size[0], height_px=size[1]
        )
        # How large it stands in the drawing is not known here: it keeps its own size.
        return draw(Task(image=image, photo=size, lossless=size), studio)


def _draw_raster(opened: ImageFile.ImageFile, task: Task, studio: Studio) -> Made:
    orientation = orientation_of(opened)
    profile = opened.info.get("icc_profile")
    if task.image.kind == "jpeg" and opened.mode in {"RGB", "L", "YCbCr"}:
        enough = ENOUGH[studio.quality]
        width, height = _turned(task.photo, orientation)
        opened.draft(opened.mode, (math.ceil(width * enough), math.ceil(height * enough)))
    opened.load()
    is_photo = _is_photo(opened, task.image)
    picture = _plain_mode(opened)
    if picture.mode in {"RGBA", "LA"}:
        is_photo = False
    if not is_photo and task.image.kind == "png":
        bare = _strip_png(task.image.path.read_bytes(), opened, task.lossless)
        if bare is not None:
            return Made(content=bare, kind="png", width_px=opened.width, height_px=opened.height)
    size = task.photo if is_photo else task.lossless
    scaling = _FILTER[studio.quality] if is_photo else Image.Resampling.LANCZOS
    picture = _scale(picture, _turned(size, orientation), scaling)
    if orientation in _TRANSPOSE:
        picture = picture.transpose(_TRANSPOSE[orientation])
    picture = _to_srgb(picture, profile)
    return _encode(picture, studio.quality if is_photo else None)


def _turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation >= 5 else size


def _scale(picture: Image.Image, size: tuple[int, int], scaling: Image.Resampling) -> Image.Image:
    if picture.width <= size[0] * SPARE and picture.height <= size[1] * SPARE:
        return picture
    return picture.resize(size, scaling)


def _plain_mode(image: Image.Image) -> Image.Image:
    """The picture in L, LA, RGB, RGBA or CMYK; alpha only where something can be seen through."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        return _eight_bits(image)
    if mode == "1":
        return image.convert("L")
    if mode in {"P", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA" if "transparency" in image.info or mode == "PA" else "RGB")
    elif mode in {"La", "RGBa", "RGBX", "YCbCr", "LAB", "HSV"}:
        image = image.convert({"La": "LA", "RGBa": "RGBA"}.get(mode, "RGB"))
    if image.mode in {"LA", "RGBA"} and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert(image.mode[:-1])
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """16 bits a pixel, or numbers of unknown range, as 8 bits."""
    wide = image.convert("F")
    low, high = wide.getextrema()
    if not isinstance(low, float) or not isinstance(high, float):
        return image.convert("L")
    if image.mode.startswith("I;16") or (low >= 0 and 255 < high <= 65535):
        low, high = 0.0, 65280.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    scale = 255.0 / (high - low) if high > low else 0.0
    return wide.point(lambda value: value * scale + (-low * scale)).convert("L")


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB or grey; alpha kept. After scaling: fewer pixels to convert."""
    if picture.mode in {"LA", "RGBA"}:
        alpha = picture.getchannel("A")
        opaque = _to_srgb(picture.convert(picture.mode[:-1]), profile)
        opaque = opaque.copy() if opaque is picture else opaque
        opaque.putalpha(alpha)
        return opaque
    if profile and not _is_srgb(profile):
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                renderingIntent=ImageCms.Intent.PERCEPTUAL,
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None  # a damaged profile, or one for other channels: read the numbers as they stand
        if converted is not None:
            return converted.convert("L") if picture.mode == "L" else converted
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _is_srgb(profile: bytes) -> bool:
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return False
    # `c2` is the half-kilobyte sRGB that a social network puts into its pictures.
    return name.strip().lower().startswith("srgb") or name.strip() in {"c2", "c2ci"}


def _is_photo(image: Image.Image, source: StoredImage) -> bool:
    """Whether it is to become a JPEG: what was lossy is, and a PNG with a photograph's statistics."""
    if source.kind in {"jpeg", "heic", "avif", "jp2"}:
        return True
    if source.kind == "webp":
        return not _is_lossless_webp(source.path)
    if source.kind == "gif" or image.mode not in {"RGB", "RGBA"}:
        return False
    return _is_noisy(image)


def _is_lossless_webp(path: Path) -> bool:
    with path.open("rb") as stream:
        return b"VP8L" in stream.read(4096)


def _is_noisy(image: Image.Image) -> bool:
    """Whether neighbours differ almost everywhere, as sensors make them and drawings do not."""
    if image.width < 64 or image.height < 64:
        return False
    enough = 0.25 * (image.width - 1) * image.height
    equal = 0
    # A drawing is known as one by its upper part.
    for top in range(0, image.height, _ROWS_AT_ONCE):
        equal += _count_equal(image.crop((0, top, image.width, min(top + _ROWS_AT_ONCE, image.height))))
        if equal >= enough:
            return False
    return True


def _count_equal(image: Image.Image) -> int:
    """How many pixels are like the one on their left."""
    colours = image.convert("RGB")
    left = colours.crop((0, 0, image.width - 1, image.height))
    right = colours.crop((1, 0, image.width, image.height))
    red, green, blue = ImageChops.difference(left, right).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()[0]


def _encode(picture: Image.Image, quality: Quality | None) -> Made:
    """The file: a JPEG of this quality, or a PNG if None. Nothing but the pixels is written."""
    # Pillow would carry comments and transparency over from the source's `info`.
    picture.info = {}
    stream = io.BytesIO()
    if quality is None:
        picture.save(stream, "PNG")
    else:
        number, colour = _JPEG[quality]
        picture.save(stream, "JPEG", quality=number, subsampling=colour)
    kind = "png" if quality is None else "jpeg"
    return Made(content=stream.getvalue(), kind=kind, width_px=picture.width, height_px=picture.height)


def _strip_jpeg(data: bytes, opened: ImageFile.ImageFile, target: tuple[int, int]) -> bytes | None:
    """The same JPEG without metadata, pixel for pixel; None if it must be drawn anew.

    Saving it again, even with `quality="keep"`, would change pixels.
    """
    profile = opened.info.get("icc_profile")
    fits = opened.width <= target[0] and opened.height <= target[1] and orientation_of(opened) == 1
    printable = opened.mode in {"L", "RGB"} and jpeg_frame(data) in {0xC0, 0xC1, 0xC2}
    if not (fits and printable and (not profile or _is_srgb(profile))):
        return None
    return strip_metadata(data)


def _strip_png(data: bytes, opened: ImageFile.ImageFile, target: tuple[int, int]) -> bytes | None:
    """The same PNG without metadata, pixel for pixel; None if it must be drawn anew.

    What is kept is unpacked once: a decoder stops when it has all pixels, and a printer reads to the end.
    """
    profile = opened.info.get("icc_profile")
    fits = opened.width <= target[0] and opened.height <= target[1] and orientation_of(opened) == 1
    chunks = [chunk for chunk in png_chunks(data) if chunk.kind in {b"IHDR", b"IDAT", b"IEND"}]
    is_whole = (chunks[0].kind, chunks[-1].kind) == (b"IHDR", b"IEND")
    depth, colour, _, _, interlaced = chunks[0].content_in(data)[8:13]
    is_plain = (depth, colour, interlaced) in {(8, 0, 0), (8, 2, 0)} and "transparency" not in opened.info
    if not (fits and is_whole and is_plain and (not profile or _is_srgb(profile))):
        return None
    size = (1 + opened.width * (3 if colour else 1)) * opened.height
    if not _holds_just(packed_pixels(data), size):
        return None
    return b"".join((data[:8], *(data[chunk.start : chunk.end] for chunk in chunks)))


def _holds_just(packed: bytes, size: int) -> bool:
    """Whether so many bytes are compressed there, and nothing else; a piece of them at a time is unpacked."""
    unpacker = zlib.decompressobj()
    found, rest = 0, packed
    try:
        while not unpacker.eof and found <= size:
            piece = unpacker.decompress(rest, _UNPACKED_AT_ONCE)
            if not piece and not unpacker.eof:
                return False
            found, rest = found + len(piece), unpacker.unconsumed_tail
    except zlib.error:
        return False
    return found == size and unpacker.eof and not unpacker.unused_data


def strip_metadata(data: bytes) -> bytes:
    """A JPEG without EXIF, GPS, XMP, IPTC, profile, comment, or anything behind its end."""
    kept = [b"\xff\xd8"]
    scan = len(data)
    for segment in jpeg_head(data):
        if segment.marker == 0xDA:
            scan = segment.start
        # 0xE0 is JFIF; 0xEE says how Adobe's programs meant the colours.
        elif not (0xE1 <= segment.marker <= 0xED or segment.marker in {0xEF, 0xFE}):
            kept.append(data[segment.start : segment.end])
    end = _end_of_scans(data, scan)
    return b"".join((*kept, data[scan:end]))


def _end_of_scans(data: bytes, start: int) -> int:
    """The offset after the end marker: phones hang a second picture behind it."""
    at = start
    while (at := data.find(b"\xff\xd9", at)) >= 0:
        # Inside a segment between scans these two bytes mean nothing; such a segment is walked over as a
        # whole.
        return at + 2
    return len(data)


# --- is it sharp enough? ----------------------------------------------------------------------------------
