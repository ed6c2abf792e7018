"""Walk a blog's folders and find the files that addresses name, never leaving the blog."""

import functools
import os
import posixpath
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

MARKDOWN_ENDINGS = frozenset({".md", ".markdown", ".mdown", ".mkdown", ".mkdn", ".mkd"})
"""Endings of files that hold Markdown."""
OTHER_MARKUP_ENDINGS = frozenset(
    {
        ".html",
        ".htm",
        ".adoc",
        ".asciidoc",
        ".ad",
        ".org",
        ".rst",
        ".textile",
        ".pandoc",
        ".pdc",
        ".ipynb",
        ".mdx",
    }
)
"""Endings of posts in another markup, which are accounted for but not read."""

_NEVER = frozenset({"node_modules", "__pycache__", "bower_components"})
_LONGEST_SRC = 4000


def walk(
    root: Path, *, inside: Path, enter: Callable[[Path], bool] = lambda _: True, hidden: bool = False
) -> Iterator[Path]:
    """Every file under a folder, sorted by path; a folder that cannot be read is itself given.

    Links to folders inside the blog are followed once, so that a cycle ends; links that leave it are not.

    Args:
        root: where to begin.
        inside: the blog's folder, resolved.
        enter: whether to look into a folder.
        hidden: whether names with a dot at the head count.
    """
    seen: set[Path] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        real = folder.resolve()
        if real in seen or not real.is_relative_to(inside):
            continue
        seen.add(real)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            yield folder
            continue
        shown = [
            entry
            for entry in entries
            if (hidden or not entry.name.startswith(".")) and entry.name not in _NEVER
        ]
        folders = [folder / entry.name for entry in shown if _is_folder(entry)]
        waiting.extend(path for path in reversed(folders) if enter(path))
        yield from (folder / entry.name for entry in shown if not _is_folder(entry))


@functools.lru_cache(maxsize=100)
def files_in(root: Path, inside: Path) -> tuple[Path, ...]:
    """All that `walk` gives, looked up once until `forget_files`."""
    return tuple(walk(root, inside=inside))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether the entry is a folder; a link that leads in a circle is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def place_of(root: Path, path: Path) -> str:
    """The file's name relative to the blog, with `/`."""
    whole, start = path.as_posix(), f"{root.as_posix()}/"
    return whole.removeprefix(start) if whole.startswith(start) else path.relative_to(root).as_posix()


def has_ending(path: Path, endings: Iterable[str]) -> bool:
    """Whether the file's name ends in one of these, whatever the case."""
    return path.suffix.lower() in endings


def local_part(src: str, base_url: str) -> str | None:
    """The part of an address that can name a file: without query, anchor, and the blog's own host.

    Percent signs are decoded once. None if the address leads elsewhere. An address below the blog's public
    path (`/blog/a.png` of `https://example.org/blog`) loses that path.

    >>> local_part("https://example.org/blog/a%20b.png?x#y", "https://example.org/blog")
    '/a b.png'
    >>> local_part("https://elsewhere.org/a.png", "https://example.org") is None
    True
    """
    text = src.strip()
    if not text or len(text) > _LONGEST_SRC or "\0" in text:
        return None
    host = re.match(r"(?:https?:)?//(?P<host>[^/?#]*)(?P<path>[^?#]*)", text, re.IGNORECASE)
    own = re.match(r"https?://(?P<host>[^/]*)(?P<path>.*)", base_url, re.IGNORECASE)
    if host:
        if not own or host["host"].lower().removeprefix("www.") != own["host"].lower().removeprefix("www."):
            return None
        text = host["path"] or "/"
    elif re.match(r"[a-z][a-z0-9+.\-]*:", text, re.IGNORECASE):
        return None
    path = unquote(re.split(r"[?#]", text, maxsplit=1)[0]).replace("\\", "/")
    base = own["path"].rstrip("/") if own else ""
    return path.removeprefix(base) if base and path.startswith(base + "/") else path


def find_file(root: Path, folders: Iterable[Path], name: str) -> Path | None:
    """The first folder's file of that relative name, resolved; None if there is none inside the blog.

    Letter case and Unicode form are forgiven: what works on a Mac is to work here.
    """
    relative = posixpath.normpath(name.lstrip("/")) if name.strip("/") else ""
    if not relative or relative == ".":
        return None
    for folder in folders:
        found = _exact(str(root), f"{folder}{os.sep}{relative}") or _similar(root, folder, relative)
        if found:
            return found
    return None


def forget_files() -> None:
    """Looks for files anew: they may have changed since the last book."""
    files_in.cache_clear()
    _real_folder.cache_clear()
    _exact.cache_clear()


@functools.lru_cache(maxsize=1000)
def _real_folder(folder: str) -> str:
    """Where a folder really is."""
    return os.path.realpath(folder, strict=True)


@functools.lru_cache(maxsize=10_000)
def _exact(root: str, path: str) -> Path | None:
    """The file itself if it exists inside the blog."""
    try:
        # Texts, and each folder once: a book asks for a thousand pictures.
        if stat.S_ISREG(os.lstat(path).st_mode):
            folder, _, name = path.rpartition(os.sep)
            real = f"{_real_folder(folder)}{os.sep}{name}"
        else:
            real = os.path.realpath(path, strict=True)
        found = Path(real)
        return found if real.startswith(f"{root}{os.sep}") and found.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _similar(root: Path, folder: Path, relative: str) -> Path | None:
    """The file whose name differs in case or Unicode form only."""
    current = folder
    for part in relative.split("/"):
        if part == "..":
            current = current.parent
            if not current.is_relative_to(root):
                return None
            continue
        named = _entry_like(current, part)
        if named is None:
            return None
        current = named
    return _exact(str(root), str(current))


def _entry_like(folder: Path, name: str) -> Path | None:
    """The folder's entry of that name, exactly or nearly."""
    exact = folder / name
    try:
        if exact.exists():
            return exact
        wanted = _folded(name)
        return next((entry for entry in sorted(folder.iterdir()) if _folded(entry.name) == wanted), None)
    except (OSError, ValueError):
        return None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def join_address(base: str, src: str) -> str:
    """A relative address read on a page; `base` is the page's own path.

    >>> join_address("/2021/year/", "../a.png"), join_address("/2021/year.html", "a.png")
    ('/2021/a.png', '/2021/a.png')
    """
    folder = base if base.endswith("/") else base.rpartition("/")[0] + "/"
    return posixpath.normpath(posixpath.join(folder, src))
