"""What the first bytes of a file show, and what is said of whole ones; no decoder is loaded for this.

Names, types in headers and extensions are never asked: servers send pictures as `text/plain` and sign-in
pages as `image/png`.
"""

import re

from yearbook.value import dataclass

EXTENSIONS = {"jpeg": "jpg", "tiff": "tif"}
"""File extension of a kind, where it is not the kind itself."""

RASTER = frozenset({"jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp", "jp2"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a whole picture."""

    kind: str
    """`jpeg`, `png`, `gif`, `webp`, `avif`, `heic`, `tiff`, `bmp`, `jp2` or `svg`."""
    width_px: int
    """Upright width."""
    height_px: int
    """Upright height."""
    notes: tuple[str, ...] = ()
    """What paper will not show of it, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Why bytes are no picture for a book."""

    reason: str
    """`empty`, `html`, `video`, `lfs-pointer`, `not-image`, `corrupt`, `too-large`, `too-many-pixels`, …"""
    detail: str
    """What was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LfsPointer:
    """The text file that stands for a large file in git."""

    sha256: str
    """Digest of the real bytes."""
    size: int
    """Their number."""


def kind_of(head: bytes) -> str:
    r"""The kind that the first bytes show, or a reason why they show none.

    Args:
        head: the first few kilobytes.

    >>> kind_of(b"\x89PNG\r\n\x1a\n"), kind_of(b"<!DOCTYPE html>"), kind_of(b"")
    ('png', 'html', 'empty')
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"AVI ": "video"}.get(head[8:12], "not-image")
    return _text_kind(head)


_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"BM", "bmp"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
    (b"\xff\x4f\xff\x51", "jp2"),
    (b"\x1a\x45\xdf\xa3", "video"),
    (b"OggS", "video"),
    (b"\x1f\x8b", "svgz"),
    (b"version https://git-lfs.github.com/spec/", "lfs-pointer"),
    (b"%PDF-", "pdf"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"\xff\x0a", "jxl"),
    (b"\x00\x00\x00\x0cJXL ", "jxl"),
    (b"8BPS", "psd"),
)


def _brand(head: bytes) -> str:
    size = max(16, min(int.from_bytes(head[:4], "big"), len(head)))
    brands = {head[at : at + 4] for at in (8, *range(16, size - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return "avif"
    if brands & {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}:
        return "heic"
    return "video"


def _text_kind(head: bytes) -> str:
    """Judges text: SVG, a web page, or neither."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return "empty" if not head else "not-image"
    if text[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = text.replace(b"\x00", b"")
    # What stands before the root element says nothing: `<?xml …?>`, comments, a doctype.
    bare = re.sub(rb"<\?.*?\?>|<!--.*?-->", b"", text, flags=re.DOTALL).lstrip().lower()
    if re.match(rb"(<!doctype\s+svg\b.*?)?<([a-z0-9_-]+:)?svg[\s>/]", bare, re.DOTALL):
        return "svg"
    if re.match(rb"<!doctype\s+svg\b", bare):
        return "svg"
    if re.match(rb"<!doctype\s+html|<html|<head|<body|<script|<title|<meta", bare):
        return "html"
    return "not-image"


def read_lfs_pointer(text: bytes) -> LfsPointer | None:
    """The pointer that these bytes are, or None."""
    oid = re.search(rb"^oid sha256:([0-9a-f]{64})$", text[:1024], re.MULTILINE)
    size = re.search(rb"^size (\d{1,15})$", text[:1024], re.MULTILINE)
    if not (kind_of(text[:200]) == "lfs-pointer" and oid and size):
        return None
    return LfsPointer(sha256=oid.group(1).decode(), size=int(size.group(1)))
