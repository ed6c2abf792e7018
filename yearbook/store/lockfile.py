"""`yearbook.lock`: which bytes each remote picture of the blog is.

Committed by the user, so it is sorted, holds no times, and changes only when a picture does. TOML, because
people read it in reviews. Pure except for `read` and `write`.
"""

import contextlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from yearbook.errors import ConfigError
from yearbook.store.blobs import write_whole
from yearbook.value import dataclass

NAME = "yearbook.lock"

_HEAD = """\
# Which pictures this blog's books are made of. Written by `yearbook`; commit it. Do not edit.
version = 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One picture, pinned."""

    key: str
    """Stable key of the address."""
    url: str
    """Canonical address, without secrets."""
    sha256: str
    """Digest of the bytes."""
    bytes: int
    """Number of bytes."""
    kind: str
    """Kind of picture."""
    width_px: int
    """Upright width."""
    height_px: int
    """Upright height."""


Pins = Mapping[str, Pin]
"""Pins by key."""


def read(blog_root: Path) -> Pins:
    """The blog's pins; empty if there is no lock file.

    Raises:
        ConfigError: if the file is damaged: guessing here would silently change pictures.
    """
    path = blog_root / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return MappingProxyType({})
    except (OSError, UnicodeDecodeError) as error:
        message = "yearbook.lock cannot be read"
        raise ConfigError(message, where=str(path), hint=_REMEDY) from error
    return parse(text, where=str(path))


_REMEDY = "restore it from git, or delete it and run `yearbook fetch`"


def parse(text: str, *, where: str = NAME) -> Pins:
    """The pins in the text of a lock file.

    Raises:
        ConfigError: if it is not such a file.
    """
    try:
        tables = tomllib.loads(text)
        if tables.get("version") != 1:
            message = f"its version is {tables.get('version')!r}, and this yearbook knows 1"
            raise ValueError(message)
        pins = [_pin(table) for table in tables.get("image", [])]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"yearbook.lock cannot be understood: {error}"
        raise ConfigError(message, where=where, hint=_REMEDY) from error
    return MappingProxyType({pin.key: pin for pin in pins})


def _pin(table: Mapping[str, object]) -> Pin:
    key, url, sha256, kind = (str(table[name]) for name in ("key", "url", "sha256", "kind"))
    count, size = table["bytes"], table["size"]
    # The digest becomes part of a path, and the lock file comes with a stranger's blog.
    if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not re.fullmatch(r"[a-z0-9]{2,8}", kind):
        message = f"the entry of {key} is damaged"
        raise ValueError(message)
    if not (isinstance(count, int) and isinstance(size, list) and [type(n) for n in size] == [int, int]):
        message = f"the entry of {key} is damaged"
        raise TypeError(message)
    return Pin(key=key, url=url, sha256=sha256, bytes=count, kind=kind, width_px=size[0], height_px=size[1])


def render(pins: Iterable[Pin]) -> str:
    """The text of a lock file: sorted by key, one block per picture.

    >>> render([]).splitlines()[-1]
    'version = 1'
    """
    blocks = [_HEAD]
    for pin in sorted(pins, key=lambda pin: pin.key):
        blocks.append(
            f"\n[[image]]\nkey = {_quoted(pin.key)}\nurl = {_quoted(pin.url)}\n"
            f"sha256 = {_quoted(pin.sha256)}\nbytes = {pin.bytes}\nkind = {_quoted(pin.kind)}\n"
            f"size = [{pin.width_px}, {pin.height_px}]\n"
        )
    return "".join(blocks)


def _quoted(text: str) -> str:
    # TOML's basic strings are JSON's, but for DEL, which JSON leaves bare.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def write(blog_root: Path, pins: Iterable[Pin]) -> bool:
    """Writes the lock file if that changes it; gives whether it was written.

    Raises:
        OSError: if the blog's folder cannot be written.
    """
    path = blog_root / NAME
    text = render(pins)
    with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            return False
    write_whole(path, text.encode())
    return True
