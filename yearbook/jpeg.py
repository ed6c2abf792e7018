"""The segments of a JPEG, without a library: it goes into a PDF as it is, and only its head is looked at."""

import struct

from yearbook.value import dataclass

_NO_FRAMES = frozenset({0xC4, 0xC8, 0xCC})
"""What has a marker among those of frames and is none: tables, and one that is kept free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JpegSegment:
    """One segment of a JPEG's head."""

    marker: int
    """Second byte of the marker, such as 0xE1."""
    start: int
    """Offset of the marker."""
    end: int
    """Offset after the segment."""


def jpeg_head(data: bytes) -> tuple[JpegSegment, ...]:
    """The segments of a JPEG up to and with the first start of scan; fewer if the file is damaged."""
    found = []
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # no length follows
            at += 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        found.append(JpegSegment(marker=marker, start=at, end=end))
        if marker == 0xDA:
            break
        at = end
    return tuple(found)


def jpeg_frame(data: bytes) -> int:
    """The marker of the frame: 0xC0 baseline, 0xC2 progressive, …; 0 if there is none."""
    frame = _frame(data)
    return frame.marker if frame else 0


def jpeg_size(data: bytes) -> tuple[int, int, int] | None:
    """Width and height in pixels, and number of channels; None if the frame is not there."""
    frame = _frame(data)
    if frame is None or frame.start + 10 > len(data):
        return None
    height, width, channels = struct.unpack(">HHB", data[frame.start + 5 : frame.start + 10])
    return width, height, channels


def _frame(data: bytes) -> JpegSegment | None:
    frames = (s for s in jpeg_head(data) if 0xC0 <= s.marker <= 0xCF and s.marker not in _NO_FRAMES)
    return next(frames, None)
