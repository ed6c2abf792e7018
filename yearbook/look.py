"""Digests of what gives a book its look besides its posts: theme, styles, templates, fonts, shortcodes.

They travel in the PDF with those of the posts, so that `yearbook verify` notices a changed style sheet too.
Names are paths within the blog, or say what of the program is meant; no other path is told.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from yearbook.assets import asset_dir, files_below
from yearbook.memo import digest_of
from yearbook.themes import THEMES_IN_BLOG, find_theme

_LOOKS = (".css", ".html", ".toml")
"""Files of the program that change a page."""
_SHORTCODES = Path("yearbook") / "shortcodes"


def look_of(theme: str, blog: Path, roots: Iterable[Path]) -> dict[str, str]:
    """Digest of each file of the blogs' own that changes a page, and of the program's own files together.

    Args:
        theme: name of the theme.
        blog: folder of the blog that may have themes.
        roots: folders of all blogs, which may have shortcodes.

    Raises:
        UsageError: there is no such theme.
        ConfigError: it cannot be read.
    """
    own: dict[str, list[bytes]] = {}
    folder = find_theme(theme, blog).folder
    if folder.is_relative_to(blog / THEMES_IN_BLOG):
        own |= {f"{THEMES_IN_BLOG.as_posix()}/{theme}/{name}": [text] for name, text in _files(folder)}
    for root in sorted(roots):
        for name, text in _files(root / _SHORTCODES):
            own.setdefault(f"{_SHORTCODES.as_posix()}/{name}", []).append(text)
    return {name: digest_of(texts) for name, texts in sorted(own.items())} | dict(_program())


def _program() -> Iterator[tuple[str, str]]:
    """What comes with the program: one digest a folder. The fonts' lock file holds each font's digest."""
    yield "fonts", digest_of((asset_dir("fonts") / "fonts.lock.json").read_bytes())
    for kind, folder in (("styles", asset_dir("styles")), ("templates", Path(__file__).parent / "templates")):
        yield kind, digest_of(list(_files(folder, _LOOKS)))


def _files(folder: Path, endings: str | tuple[str, ...] = "") -> Iterator[tuple[str, bytes]]:
    """Name and content of every file in the folder, in order; hidden ones are of editors and systems."""
    for path in sorted(Path(name) for name in files_below(folder) if name.endswith(endings)):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), path.read_bytes()
