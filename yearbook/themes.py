"""Themes: a folder that adds one style sheet and replaces templates by name.

    theme.css      added last; a plain rule of it wins, because our own styles are in a cascade layer
    theme.toml     label, size_pt, leading_pt, tallest, month_openings, continuous, cover,
                   typeface, pictures
    templates/     a file named as a built-in one replaces that file only

Built-in themes are in `styles/themes/`, a blog's own in its `yearbook/themes/`. Looks are not decided here.
"""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args

from yearbook.assets import asset_dir
from yearbook.errors import ConfigError, OutputError, UsageError
from yearbook.model import Placing
from yearbook.trims import GRID_SLACK_PT, Trim
from yearbook.value import dataclass

DEFAULT = "classic"
THEMES_IN_BLOG = Path("yearbook") / "themes"
"""Where a blog keeps themes of its own."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One theme."""

    name: str
    """What `--theme` takes."""
    folder: Path
    """Where its files are."""
    label: str
    """What it is for, in a few words."""
    css: str
    """Text of its style sheet."""
    size_pt: float
    """Body type size; 0 leaves the trim's."""
    leading_pt: float
    """Distance of baselines; 0 leaves the trim's."""
    tallest: float
    """Share of the type area that one picture may fill in height."""
    month_openings: bool
    """Whether months begin with a page of their own, unless the user says otherwise."""
    continuous: bool
    """Whether posts follow one another without a new page."""
    cover: str
    """What is on the cover, unless the user says otherwise: `rings`, `dots` or `picture`."""
    typeface: str
    """Face of its text, for the colophon; empty for the language's own serif."""
    pictures: Placing
    """Where pictures stand, unless the user says otherwise: `text`, `openings` or `plates`."""

    def set_trim(self, trim: Trim) -> Trim:
        """The trim with the theme's type, its lines fitted into the same type area."""
        leading = self.leading_pt or trim.leading_pt
        lines = int((trim.lines * trim.leading_pt + GRID_SLACK_PT) / leading)
        return dataclasses.replace(
            trim, size_pt=self.size_pt or trim.size_pt, leading_pt=leading, lines=lines
        )


_KINDS: dict[str, tuple[type, Any]] = {
    "label": (str, ""),
    "size_pt": (float, 0.0),
    "leading_pt": (float, 0.0),
    "tallest": (float, 0.62),
    "month_openings": (bool, True),
    "continuous": (bool, False),
    "cover": (str, "rings"),
    "typeface": (str, ""),
    "pictures": (str, "text"),
}
_CHOICES = {"pictures": get_args(Placing)}


def places_pictures(theme: Theme, wish: Literal["theme"] | Placing) -> Placing:
    """Where the theme's pictures may stand.

    Above a title there is room only where a chapter begins a page, and where the theme's own template of a
    chapter, if it has one, prints `chapter.opening`.
    """
    own = theme.folder / "templates" / "chapter.html"
    if theme.continuous or (own.is_file() and "chapter.opening" not in own.read_text(encoding="utf-8")):
        return "text"
    return theme.pictures if wish == "theme" else wish


def list_themes(blog: Path) -> tuple[Theme, ...]:
    """The built-in themes and those of the blog, by name; the blog's win."""
    folders = {path.name: path for root in _roots(blog) if root.is_dir() for path in sorted(root.iterdir())}
    return tuple(_read(name, path) for name, path in sorted(folders.items()) if path.is_dir())


def find_theme(name: str, blog: Path) -> Theme:
    """The theme of that name.

    Raises:
        UsageError: there is none.
        ConfigError: its theme.toml is wrong.
    """
    for root in reversed(_roots(blog)):
        if _NAME.fullmatch(name) and (root / name).is_dir():
            return _read(name, root / name)
    names = ", ".join(theme.name for theme in list_themes(blog))
    msg = f"there is no theme `{name}`"
    raise UsageError(msg, hint=f"there are {names}")


def new_theme(name: str, blog: Path) -> Path:
    """The folder of a new theme in the blog, with a style sheet to begin from.

    Raises:
        UsageError: the name cannot be used, or there is one already.
        OutputError: the blog cannot be written.
    """
    if not _NAME.fullmatch(name):
        msg = f"`{name}` cannot name a theme"
        raise UsageError(msg, hint="small letters, digits and hyphens")
    folder = blog / THEMES_IN_BLOG / name
    if folder.exists():
        msg = "is there already"
        raise UsageError(msg, where=str(folder))
    try:
        folder.mkdir(parents=True)
        (folder / "theme.css").write_text(_BEGINNING, encoding="utf-8")
        (folder / "theme.toml").write_text(f'label = "{name}"\n', encoding="utf-8")
    except OSError as error:
        msg = f"cannot be written: {error.strerror}"
        raise OutputError(msg, where=str(folder)) from error
    return folder


_BEGINNING = """\
/* Every plain rule here wins over the built-in styles. Colours and faces are variables: */
:root {
  --accent: #2f5d50;
}
"""


def _roots(blog: Path) -> tuple[Path, ...]:
    return asset_dir("styles") / "themes", blog / THEMES_IN_BLOG


def _read(name: str, folder: Path) -> Theme:
    css, table = folder / "theme.css", folder / "theme.toml"
    try:
        values = tomllib.loads(table.read_text(encoding="utf-8")) if table.is_file() else {}
        text = css.read_text(encoding="utf-8") if css.is_file() else ""
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"cannot be read: {error}"
        raise ConfigError(msg, where=str(table)) from error
    found = {key: default for key, (_, default) in _KINDS.items()}
    for key, value in values.items():
        if key not in _KINDS:
            msg = f"`{key}` is not a setting of a theme"
            raise ConfigError(msg, where=str(table), hint=f"known are {', '.join(_KINDS)}")
        kind = _KINDS[key][0]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind or value not in _CHOICES.get(key, (value,)):
            msg = f"`{key}` cannot be {value!r}"
            raise ConfigError(msg, where=str(table))
        found[key] = value
    return Theme(name=name, folder=folder, css=text, **found)
