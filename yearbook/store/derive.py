"""Stored pictures -> pictures made for the page: right size, upright, sRGB, nothing private left in them.

One derivative for each (picture, size on paper), kept by content: equal derivatives are one file, and the
engine embeds it once. The engine would re-encode, misread profiles and blow up WebP if it were given the
originals.
"""

import functools
import hashlib
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from yearbook.model import Finding, MissingImage, PrintImage, Severity, StoredImage
from yearbook.store import crew
from yearbook.store.blobs import BlobStore, digest_of, touch, write_whole
from yearbook.store.gather import quiet_pillow
from yearbook.store.kinds import Flaw
from yearbook.store.policy import Limits
from yearbook.store.words import describe
from yearbook.value import dataclass

VERSION = 5
"""Raise it when the same picture would come out otherwise: every derivative is then made anew."""

Quality = Literal["normal", "high"]
_LOSSLESS_DPI = 600
SPARE = 1.1
"""A picture so much wider than its place needs keeps its pixels: to make it a little smaller blurs it, takes
a JPEG apart that could stay as it is, and is half of the time of preparing it."""
ENOUGH = {"normal": 0.9, "high": 1.0}
"""A JPEG that has so much of the width its place needs when it is decoded at a half, quarter or eighth is
not decoded at more: 270 dpi instead of 300, for a quarter of the time."""


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
        quality: `normal` for JPEG 85 with halved colour, at nine to eleven tenths of `dpi`; `high` for 92
            with full colour, at no less than `dpi`, scaled by Lanczos.
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
    studio = Studio(store=BlobStore(cache), dpi=dpi, quality=quality, limits=limits or Limits())
    tasks = [Task.of(wish, studio) for wish in wishes]
    with quiet_pillow():
        made = _make_all(tuple(dict.fromkeys(tasks)), studio, workers or min(4, os.cpu_count() or 1))
    return tuple(made[task] for task in tasks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What all pictures of one run share."""

    store: BlobStore
    dpi: int
    quality: Quality
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One derivative to make."""

    image: StoredImage
    photo: tuple[int, int]
    """Size in pixels if it becomes a photograph."""
    lossless: tuple[int, int]
    """Size in pixels if it is kept lossless."""

    @staticmethod
    def of(wish: Wish, studio: Studio) -> "Task":
        """What a wish comes to."""
        image = wish.image
        return Task(
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
    if scale * SPARE >= 1:
        return width, height
    return max(1, round(width * scale)), max(1, round(height * scale))


def _make_all(
    tasks: Sequence[Task], studio: Studio, workers: int
) -> dict[Task, PrintImage | MissingImage]:
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
class Made:
    """A derivative in memory."""

    content: bytes
    kind: str
    width_px: int
    height_px: int


def _make(task: Task, studio: Studio) -> PrintImage | MissingImage:
    key = _derivative_key(task, studio)
    known = _find(key, task.image, studio.store)
    if known is not None:
        return known
    from yearbook.store.draw import draw  # loads the decoders, which what is made already does not need

    made = draw(task, studio)
    if isinstance(made, Flaw):
        return describe(task.image.key, "", made.reason, made.detail)
    return _keep(key, made, task.image, studio.store)


def _derivative_key(task: Task, studio: Studio) -> str:
    """A digest of everything that the result depends on, the versions of the tools included."""
    recipe = [
        VERSION, task.image.sha256, task.image.kind, task.photo, task.lossless, studio.quality, *_tools(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()


@functools.cache
def _tools() -> tuple[str | None, ...]:
    """Versions of what pictures are made with.

    Asked where `PIL.features` asks: that would load all of Pillow, which pictures that are made do not need.
    """
    from PIL import __version__, _imaging, _imagingcms

    return __version__, _imaging.jpeglib_version, _imaging.zlib_version, _imagingcms.littlecms_version


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


def _keep(key: str, made: Made, image: StoredImage, store: BlobStore) -> PrintImage:
    sha256 = hashlib.sha256(made.content).hexdigest()
    path = _file_path(store, sha256, made.kind)
    recipe = _recipe_path(store, key)
    fields = {"sha256": sha256, "kind": made.kind, "width": made.width_px, "height": made.height_px}
    with store.writing():
        for target, content in ((path, made.content), (recipe, json.dumps(fields, sort_keys=True).encode())):
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, content, scratch=store.root / "tmp", durable=False)
    return _print_image(image, sha256, path, made.kind, (made.width_px, made.height_px))


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
