"""What a worker is told, and how: the messages between it and the process that started it."""

import struct
from pathlib import Path
from typing import IO

from yearbook.value import dataclass

TWIN = b"twin"
"""Begins the question for a copy of the worker; the ends of the copy's pipes follow. It answers with the
number of the process, or 0 if there can be none."""
_LENGTH = struct.Struct(">Q")
"""How long the message is that follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a worker can make ready before anything of the book is known."""

    css: str
    """Text of all styles but the page's."""
    fonts: Path
    """Folder of the bundled fonts."""
    font_config: Path
    """The private fontconfig file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What every piece of one book shares."""

    tools: Tools
    """Styles and fonts."""
    page_css: str
    """Text of the page's styles, which come before all others."""
    safe_css: str
    """What is added when the engine could not set a piece."""
    seconds: float
    """Processor time one try may take for a short piece."""
    memory_bytes: int
    """Memory a worker may take."""
    tagged: bool = False
    """Whether pages are drawn with their structure, for a tagged PDF."""


def extra_seconds(letters: int) -> float:
    """Processor time that a long piece may take beyond that of a short one: two minutes at most.

    >>> [extra_seconds(letters) for letters in (50_000, 10_000_000)]
    [5.0, 120.0]
    """
    return min(letters / 10_000, 120.0)


def read_message(stream: IO[bytes]) -> bytes | None:
    """The next message; None at the end, or if the other side died amid one."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    return content if len(content) == length else None


def write_message(stream: IO[bytes], content: bytes) -> None:
    """Sends one message."""
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()
