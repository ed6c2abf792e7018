"""Stored pictures -> pictures made for the page: right size, upright, sRGB, nothing private left in them.

One derivative for each (picture, size on paper), kept by content: equal derivatives are one file, and the
engine embeds it once. The engine would re-encode, misread profiles and blow up WebP if it were given the
originals.
"""

import base64
import dataclasses
import hashlib
import io
import json
import math
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageChops, ImageCms, ImageFile, features
from PIL import __version__ as pillow_version

from yearbook.model import Finding, MissingImage, PrintImage, Severity, StoredImage
from yearbook.png import packed_pixels, png_chunks
from yearbook.store import crew, svg
from yearbook.store.blobs import BlobStore, digest_of, touch, write_whole
from yearbook.store.gather import quiet_pillow
from yearbook.store.policy import Limits
from yearbook.store.sniff import (
    Facts,
    Flaw,
    FlawedError,
    decode,
    examine,
    jpeg_frame,
    jpeg_head,
    open_strictly,
    orientation_of,
)
from yearbook.store.words import describe

VERSION = 4
"""Raise it when the same picture would come out otherwise: every derivative is then made anew."""

Quality = Literal["normal", "high"]
_JPEG = {"normal": (85, "4:2:0"), "high": (92, "4:4:4")}
_LOSSLESS_DPI = 600
_SPARE = 1.1
"""A picture so much wider than its place needs keeps its pixels: to make it a little smaller blurs it, takes
a JPEG apart that could stay as it is, and is half of the time of preparing it."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One picture at one size on paper."""

    image: StoredImage
    """The picture."""
    width_mm: float
    """Width of the place it gets."""
    height_mm: float | None = None
    """Height of that place; None if only the width bounds it."""
    fill: bool = False
    """Whether the picture covers the whole place (and is cut by it) instead of fitting inside."""


def prepare(
    image: StoredImage,
    *,
    width_mm: float,
    height_mm: float | None = None,
    dpi: int = 300,
    cache: Path,
    fill: bool = False,
    quality: Quality = "normal",
    limits: Limits | None = None,
) -> PrintImage | MissingImage:
    """The picture for a place of this size on paper; never enlarged. Made once, then read from the cache.

    Two runs on one machine give the same bytes. A picture that cannot be decoded is a `MissingImage`.

    Args:
        image: the picture.
        width_mm: width of the place.
        height_mm: height of the place; None if only the width bounds the picture.
        dpi: pixels an inch for photographs; screenshots keep up to 600.
        cache: the store's folder.
        fill: whether the picture is to cover the place rather than fit inside.
        quality: `high` for JPEG 92 with full colour instead of 85.
        limits: how large a picture may be.

    Raises:
        OutputError: if the cache cannot be written.
    """
    wish = Wish(image=image, width_mm=width_mm, height_mm=height_mm, fill=fill)
    (made,) = prepare_all((wish,), dpi=dpi, cache=cache, quality=quality, limits=limits)
    return made


def prepare_all(
    wishes: Sequence[Wish],
    *,
    dpi: int = 300,
    cache: Path,
    quality: Quality = "normal",
    limits: Limits | None = None,
    workers: int | None = None,
) -> tuple[PrintImage | MissingImage, ...]:
    """Each wish's picture, in order; the same picture at the same size is made once.

    Threads, not processes: Pillow works outside the interpreter's lock, and a process would first have to
    start and load Pillow again.

    Raises:
        OutputError: if the cache cannot be written.
    """
    studio = _Studio(store=BlobStore(cache), dpi=dpi, quality=quality, limits=limits or Limits())
    tasks = {_Task.of(wish, studio): None for wish in wishes}
    with quiet_pillow():
        made = _make_all(tuple(tasks), studio, workers or min(4, os.cpu_count() or 1))
    return tuple(made[_Task.of(wish, studio)] for wish in wishes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Studio:
    """What all pictures of one run share."""

    store: BlobStore
    dpi: int
    quality: Quality
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One derivative to make."""

    image: StoredImage
    photo: tuple[int, int]
    """Size in pixels if it becomes a photograph."""
    lossless: tuple[int, int]
    """Size in pixels if it is kept lossless."""

    @staticmethod
    def of(wish: Wish, studio: _Studio) -> "_Task":
        image = wish.image
        return _Task(
            image=image,
            photo=target_size(wish, studio.dpi),
            lossless=target_size(wish, max(studio.dpi, _LOSSLESS_DPI)),
        )


def target_size(wish: Wish, dpi: int) -> tuple[int, int]:
    """Upright pixels of a picture on paper: enough for the place, never more than it has.

    >>> photo = StoredImage(key="k", sha256="", path=Path("x"), kind="jpeg", width_px=4000, height_px=3000)
    >>> target_size(Wish(image=photo, width_mm=118), 300)
    (1394, 1046)
    """
    width, height = wish.image.width_px, wish.image.height_px
    scale = math.ceil(wish.width_mm / 25.4 * dpi) / width
    if wish.height_mm is not None:
        other = math.ceil(wish.height_mm / 25.4 * dpi) / height
        scale = max(scale, other) if wish.fill else min(scale, other)
    if scale * _SPARE >= 1:
        return width, height
    return max(1, round(width * scale)), max(1, round(height * scale))


def _make_all(
    tasks: Sequence[_Task], studio: _Studio, workers: int
) -> dict[_Task, PrintImage | MissingImage]:
    """Large pictures one at a time, the rest side by side, so that memory stays bounded."""
    light = [task for task in tasks if not _is_heavy(task.image)]
    heavy = [task for task in tasks if _is_heavy(task.image)]
    drawn = crew.map_in_order(lambda task: _make(task, studio), light, workers=workers)
    made = dict(zip(light, drawn, strict=True))
    return made | {task: _make(task, studio) for task in heavy}


def _is_heavy(image: StoredImage) -> bool:
    """Whether decoding takes much memory; a JPEG is decoded at an eighth to the half of its size."""
    return image.width_px * image.height_px > (100_000_000 if image.kind == "jpeg" else 25_000_000)


# --- the cache of derivatives -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A derivative in memory."""

    content: bytes
    kind: str
    width_px: int
    height_px: int


def _make(task: _Task, studio: _Studio) -> PrintImage | MissingImage:
    key = _derivative_key(task, studio)
    known = _find(key, task.image, studio.store)
    if known is not None:
        return known
    made = _draw(task, studio)
    if isinstance(made, Flaw):
        return describe(task.image.key, "", made.reason, made.detail)
    return _keep(key, made, task.image, studio.store)


def _derivative_key(task: _Task, studio: _Studio) -> str:
    """A digest of everything that the result depends on, the versions of the tools included."""
    recipe = [
        VERSION, task.image.sha256, task.image.kind, task.photo, task.lossless, studio.quality,
        pillow_version, features.version("jpg"), features.version("zlib"), features.version("littlecms2"),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()


def _recipe_path(store: BlobStore, key: str) -> Path:
    return store.root / "derived" / key[:2] / f"{key}.json"


def _file_path(store: BlobStore, sha256: str, kind: str) -> Path:
    return store.root / "derived" / "files" / f"{sha256}.{'jpg' if kind == 'jpeg' else kind}"


def _find(key: str, image: StoredImage, store: BlobStore) -> PrintImage | None:
    """The derivative from the cache, hashed again; None if it is not there or damaged."""
    try:
        fields = json.loads(_recipe_path(store, key).read_bytes())
        sha256, kind = str(fields["sha256"]), str(fields["kind"])
        size = int(fields["width"]), int(fields["height"])
        path = _file_path(store, sha256, kind)
        if kind not in {"jpeg", "png", "svg"} or not sha256.isalnum() or digest_of(path) != sha256:
            return None
    except (OSError, ValueError, TypeError, KeyError):
        return None  # made anew, which costs time and nothing else
    touch(path)
    touch(_recipe_path(store, key))
    return _print_image(image, sha256, path, kind, size)


def _print_image(image: StoredImage, sha256: str, path: Path, kind: str, size: tuple[int, int]) -> PrintImage:
    return PrintImage(
        sha256=sha256,
        path=path,
        kind=kind,
        width_px=size[0],
        height_px=size[1],
        source_width_px=image.width_px,
        source_height_px=image.height_px,
    )


def _keep(key: str, made: _Made, image: StoredImage, store: BlobStore) -> PrintImage:
    sha256 = hashlib.sha256(made.content).hexdigest()
    path = _file_path(store, sha256, made.kind)
    recipe = _recipe_path(store, key)
    fields = {"sha256": sha256, "kind": made.kind, "width": made.width_px, "height": made.height_px}
    with store.writing():
        for target, content in ((path, made.content), (recipe, json.dumps(fields, sort_keys=True).encode())):
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, content, scratch=store.root / "tmp", durable=False)
    return _print_image(image, sha256, path, made.kind, (made.width_px, made.height_px))


# --- drawing ----------------------------------------------------------------------------------------------


def _draw(task: _Task, studio: _Studio) -> _Made | Flaw:
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
                    return _Made(content=bare, kind="jpeg", width_px=width, height_px=height)
            return _draw_raster(opened, task, studio)
    except FlawedError as flawed:
        return flawed.flaw


def _draw_svg(image: StoredImage, task: _Task, studio: _Studio) -> _Made | Flaw:
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
    return _Made(content=found.text, kind="svg", width_px=found.width_px, height_px=found.height_px)


def _draw_inner(content: bytes, facts: Facts, task: _Task, studio: _Studio) -> _Made | Flaw:
    size = (facts.width_px, facts.height_px)
    with studio.store.temporary() as path:
        with studio.store.writing():
            path.write_bytes(content)
        image = dataclasses.replace(
            task.image, path=path, kind=facts.kind, width_px=size[0], height_px=size[1]
        )
        # How large it stands in the drawing is not known here: it keeps its own size.
        return _draw(_Task(image=image, photo=size, lossless=size), studio)


def _draw_raster(opened: ImageFile.ImageFile, task: _Task, studio: _Studio) -> _Made:
    orientation = orientation_of(opened)
    profile = opened.info.get("icc_profile")
    if task.image.kind == "jpeg" and opened.mode in {"RGB", "L", "YCbCr"}:
        opened.draft(opened.mode, _turned(task.photo, orientation))
    opened.load()
    is_photo = _is_photo(opened, task.image)
    picture = _plain_mode(opened)
    if picture.mode in {"RGBA", "LA"}:
        is_photo = False
    if not is_photo and task.image.kind == "png":
        bare = _strip_png(task.image.path.read_bytes(), opened, task.lossless)
        if bare is not None:
            return _Made(content=bare, kind="png", width_px=opened.width, height_px=opened.height)
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
    if picture.width <= size[0] * _SPARE and picture.height <= size[1] * _SPARE:
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


def _encode(picture: Image.Image, quality: Quality | None) -> _Made:
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
    return _Made(content=stream.getvalue(), kind=kind, width_px=picture.width, height_px=picture.height)


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


def judge_resolution(
    image: PrintImage, *, width_mm: float, place: str, line: int = 0, page: int = 0, src: str = ""
) -> Finding | None:
    """A finding if the picture is too coarse for the width it got; None if it is fine or has no pixels.

    Args:
        image: the prepared picture.
        width_mm: width it has on paper, after layout.
        place: the post's file.
        line: the line in it.
        page: the page of the book.
        src: the picture's address, to name it.
    """
    if image.kind == "svg" or width_mm <= 0:
        return None
    dpi = image.source_width_px / (width_mm / 25.4)
    if dpi >= WEAK_DPI:
        return None
    clean = image.source_width_px / WEAK_DPI * 25.4
    name = f" {src}" if src else ""
    return Finding(
        kind="coarse-image",
        severity=Severity.WARNING if dpi < COARSE_DPI else Severity.NOTE,
        message=f"the picture{name} has {image.source_width_px} pixels on {width_mm:.0f} mm: {dpi:.0f} dpi",
        place=place,
        line=line,
        page=page,
        hint=f"it is sharp up to {clean:.0f} mm wide",
    )


WEAK_DPI = 150
"""Below this a picture looks soft on paper."""

COARSE_DPI = 100
"""Below this its pixels can be seen."""
