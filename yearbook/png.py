"""The parts of a PNG, without a library: its compressed pixels go into a PDF as they are."""

from collections.abc import Iterator

from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PngChunk:
    """One part of a PNG."""

    kind: bytes
    """`IHDR`, `IDAT` and the like."""
    start: int
    """Offset of its length, which is followed by its kind and its content."""
    end: int
    """Offset after its checksum of four bytes."""

    def content_in(self, data: bytes) -> bytes:
        """What it holds, in the PNG that it is a part of."""
        return data[self.start + 8 : self.end - 4]


def png_chunks(data: bytes) -> Iterator[PngChunk]:
    """The parts of a PNG up to its end; fewer if the file is cut."""
    at = 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if end > len(data):
            return
        yield PngChunk(kind=kind, start=at, end=end)
        if kind == b"IEND":
            return
        at = end


def packed_pixels(data: bytes) -> bytes:
    """All pixels of a PNG, as they are compressed."""
    return b"".join(chunk.content_in(data) for chunk in png_chunks(data) if chunk.kind == b"IDAT")
