"""What the user wants: `Config`, and how `yearbook.toml` is read.

Arguments beat the file, the file beats the defaults below. A key nobody knows is refused with the nearest
known one. Reading the environment or the command line does not belong here.
"""

import dataclasses
import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from yearbook.errors import ConfigError
from yearbook.report import KINDS
from yearbook.trims import TRIMS
from yearbook.value import dataclass

CONFIG_NAME = "yearbook.toml"
_ONLY_ARGUMENT = {"file": False}
"""Marks a field that cannot be set in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """`[select]`: which posts, in which order."""

    since: dt.date | None = None
    """First day; default 1 January."""
    until: dt.date | None = None
    """Last day; default 31 December."""
    by: Literal["published", "updated"] = "published"
    """Which date decides."""
    order: Literal["oldest", "newest"] = "oldest"
    """Order of the posts."""
    tags: tuple[str, ...] = ()
    """Only posts with one of these tags."""
    categories: tuple[str, ...] = ()
    """Only posts with one of these categories."""
    sections: tuple[str, ...] = ()
    """Only posts under one of these content folders."""
    authors: tuple[str, ...] = ()
    """Only posts by one of these authors."""
    only: tuple[str, ...] = ()
    """Only posts with these slugs."""
    include: tuple[str, ...] = ()
    """Posts taken in whatever their date, at the end: a retrospective written in January."""
    exclude: tuple[str, ...] = ()
    """Posts left out."""
    drafts: bool = False
    """Take drafts in."""
    language: str = ""
    """Which translation of a post is printed."""
    keep_series: bool = False
    """Keep the posts of a series together."""
    zone: str = ""
    """Time zone that overrides the blog's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`[page]`: the paper."""

    theme: str = "classic"
    """classic, gothic, photo, compact, or the name of a folder in `yearbook/themes/`."""
    trim: str = "a5"
    """Finished size: a5, 152x225, b5, 46, 6x9 or a4."""
    bleed: float = 0.0
    """Millimetres of picture and tint beyond the trim on every side; print shops usually ask for 3."""
    gutter: float = -1.0
    """Millimetres by which the type area moves away from the spine; -1 follows the number of pages."""
    links: Literal["footnotes", "none"] = "footnotes"
    """How web addresses are printed."""
    keep_words: Literal["headings", "prose"] = "headings"
    """Where no line cuts a Hangul word: in headings, captions and tables, or in running text too."""
    pictures: Literal["theme", "text", "openings", "plates"] = "theme"
    """`openings`: a first photograph above the title; `plates`: also upright ones on pages of their own."""
    emoji: Literal["mono", "colour"] = "mono"
    """Emoji as type in the text's own colour, or as small colour pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """`[images]`: where pictures may come from."""

    mirrors: Mapping[str, str] = field(default_factory=dict)
    """URL prefix to the prefix, or folder, that is asked instead."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts besides GitHub's that pictures may be fetched from."""
    allow_any_host: bool = False
    """Fetch from any public https host."""
    enterprise_hosts: tuple[str, ...] = ()
    """GitHub Enterprise servers."""
    quality: Literal["normal", "high"] = "normal"
    """Photographs for print: at about 300 dpi, JPEG 85 with halved colour; or at no less, 92 with full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """`[book]`: its parts."""

    parts: tuple[str, ...] = (
        "cover",
        "half-title",
        "title-page",
        "preface",
        "contents",
        "glance",
        "chapters",
        "authors",
        "pictures",
        "index",
        "colophon",
    )
    """Parts in order; leave one out to drop it."""
    arrange: Literal["date", "authors"] = "date"
    """Posts of several blogs by date, or each author's together as a part of the book."""
    split: str = ""
    """Volumes: `months=6` for so many months each, `pages=400` for about so many pages; empty for one."""
    cover: str = ""
    """`rings`, `dots`, `picture`, or the end of a picture's address; empty is as the theme says."""
    month_openings: bool | None = None
    """Whether each month begins with a page of its own; None is as the theme says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """`[print]`: what the printer binds."""

    page_multiple: int = 0
    """The number of pages must be a multiple of this, such as 4; 0 for any."""
    min_pages: int = 0
    """Fewest pages that are bound."""
    max_pages: int = 0
    """Most pages that are bound; 0 for any."""
    tagged: bool = False
    """A tagged PDF, for those who have it read aloud; printers need no tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogEntry:
    """`[[blog]]`: one of several blogs that fill one book."""

    path: str
    """Its folder, meant from the file's folder."""
    author: str = ""
    """Who wrote the posts that name nobody."""
    tags: tuple[str, ...] = ()
    """Only posts with one of these tags, whatever `[select]` says."""
    engine: str = ""
    """hugo, jekyll, hexo or plain; default is found out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the program is told, with every default in sight."""

    blog: Path = field(metadata=_ONLY_ARGUMENT)
    """The blog's folder, absolute."""
    year: int = 0
    """The year; 0 is the latest year that has posts."""
    title: str = ""
    """Title of the book; default is the blog's."""
    subtitle: str = ""
    """Line under the title."""
    author: str = ""
    """Author of the book; default is the blog's."""
    publisher: str = ""
    """Who has the book printed; default is the author, as a personal copy."""
    published: str = ""
    """Date of the edition for the colophon, in words or as 2021-12-31; default is the end of the year."""
    language: str = ""
    """Language of the book's own words (ko, ja, zh-Hans, zh-Hant, en); default is the blog's."""
    engine: str = ""
    """hugo, jekyll, hexo or plain; default is found out."""
    output: str = ""
    """The PDF, relative to the current folder on the command line and to the blog in the file."""
    keep_going: bool = False
    """Print the book although some posts cannot be read."""
    allow_missing: bool = False
    """Take a book with missing pictures as complete."""
    allow: tuple[str, ...] = ()
    """Kinds of findings that leave the book complete; docs/findings.md lists them."""
    select: Select = field(default_factory=Select)
    """Which posts."""
    page: Page = field(default_factory=Page)
    """The paper."""
    images: Images = field(default_factory=Images)
    """Pictures."""
    book: Book = field(default_factory=Book)
    """Parts of the book."""
    print: Print = field(default_factory=Print)
    """The printer's wishes."""
    blogs: tuple[BlogEntry, ...] = field(default=(), metadata={"key": "blog"})
    """Several blogs in one book; empty for the one."""
    cache: Path = field(default=Path(), metadata=_ONLY_ARGUMENT)
    """Folder of the image store."""
    offline: bool = field(default=False, metadata=_ONLY_ARGUMENT)
    """Open no connection."""
    frozen: bool = field(default=False, metadata=_ONLY_ARGUMENT)
    """Use only pictures that yearbook.lock names, and write nothing there."""
    refresh: bool = field(default=False, metadata=_ONLY_ARGUMENT)
    """Ask again for pictures that were missing."""
    strict: bool = field(default=False, metadata=_ONLY_ARGUMENT)
    """Take no host, mirror or token from the user: for builds of strangers' changes."""
    clean: bool = field(default=False, metadata=_ONLY_ARGUMENT)
    """Take a book with warnings as incomplete."""
    token: str = field(default="", metadata=_ONLY_ARGUMENT, repr=False)
    """GitHub token for attachments of private repositories."""
    proxies: tuple[tuple[str, str], ...] = field(default=(), metadata=_ONLY_ARGUMENT, repr=False)
    """Scheme and address of each proxy."""
    no_proxy: tuple[str, ...] = field(default=(), metadata=_ONLY_ARGUMENT)
    """Hosts reached without the proxy."""
    whole: bool = field(default=False, metadata=_ONLY_ARGUMENT)
    """Set the book as one document: slow, for comparison."""
    jobs: int = field(default=0, metadata=_ONLY_ARGUMENT)
    """Processes that set pages; 0 is one for each processor."""
    keep_html: Path | None = field(default=None, metadata=_ONLY_ARGUMENT)
    """Folder that gets exactly what the engine was given."""


def read_config(blog: Path, file: Path | None, overrides: Mapping[str, Any]) -> Config:
    """The configuration for one run.

    Args:
        blog: the blog's folder; `yearbook.toml` is looked for in it when `file` is None.
        file: the configuration file to read instead, which must then exist.
        overrides: values that beat the file, by field name, dotted for tables (`select.order`); None: unset.

    Raises:
        ConfigError: the file cannot be read, has an unknown key, or a value of the wrong kind.
    """
    path = file or blog / CONFIG_NAME
    table: dict[str, Any] = {}
    if file is not None or path.is_file():
        table = _read_toml(path)
    config: Config = _build(Config, table, path, "", {"blog": blog})
    if "output" in table:
        config = dataclasses.replace(config, output=str(path.parent / config.output))
    config = _override(config, overrides)
    _check(config, path)
    return config


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ConfigError(message, where=str(path), hint="check the path and its permissions") from error
    except UnicodeDecodeError as error:
        msg = "is not UTF-8 text"
        raise ConfigError(msg, where=str(path), hint="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"{path}:{line[1]}" if line else str(path)
        msg = f"is not TOML: {error}"
        raise ConfigError(msg, where=where, hint="see docs/configuration.md") from error


def _build(kind: Any, table: Mapping[str, Any], path: Path, prefix: str, given: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    known = {
        str(f.metadata.get("key", f.name)).replace("_", "-"): f
        for f in dataclasses.fields(kind)
        if f.metadata.get("file", True)
    }
    values = dict(given)
    for key, value in table.items():
        found = known.get(key.replace("_", "-"))
        where = f"{path}:{_line_of(path, key)}"
        if found is None:
            _refuse_key(prefix + key, key, tuple(known), where)
        else:
            values[found.name] = _convert(hints[found.name], value, path, prefix + key, where)
    return kind(**values)


def _refuse_key(name: str, key: str, known: tuple[str, ...], where: str) -> None:
    near = difflib.get_close_matches(key.replace("_", "-"), known, n=1, cutoff=0.5)
    names = ", ".join(k.replace("-", "_") for k in known)
    hint = f"did you mean `{near[0].replace('-', '_')}`?" if near else f"known are {names}"
    msg = f"`{name}` is not a setting"
    raise ConfigError(msg, where=where, hint=hint)


def _line_of(path: Path, key: str) -> int:
    """1-based line on which the key first stands, 1 if it cannot be found."""
    pattern = re.compile(rf"^\s*(\[+\s*)?(\w+\.)*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if pattern.match(line):
            return number
    return 1


def _convert(hint: Any, value: Any, path: Path, name: str, where: str) -> Any:
    if hint == tuple[BlogEntry, ...]:
        return _entries(value, path, name, where)
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return _build(hint, value, path, f"{name}.", {})
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if get_origin(hint) is tuple and isinstance(value, str):
        return (value,)
    if get_origin(hint) is tuple and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    if get_origin(hint) is Literal:
        return _choose(get_args(hint), value, name, where)
    if _fits(hint, value):
        return value
    message = f"`{name}` cannot be {value!r}"
    raise ConfigError(message, where=where, hint=f"it takes {_describe(hint)}")


def _entries(value: Any, path: Path, name: str, where: str) -> tuple[BlogEntry, ...]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        message = f"`{name}` cannot be {value!r}"
        raise ConfigError(message, where=where, hint="it takes tables, each headed [[blog]]")
    return tuple(_entry(table, path, where) for table in value)


def _entry(table: Mapping[str, Any], path: Path, where: str) -> BlogEntry:
    if "path" not in table:
        message = "a `[[blog]]` has no `path`"
        raise ConfigError(message, where=where, hint='name its folder: path = "../blog"')
    entry: BlogEntry = _build(BlogEntry, table, path, "blog.", {})
    return entry


def _fits(hint: Any, value: Any) -> bool:
    if get_origin(hint) is Mapping:
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    if hint == bool | None:
        return isinstance(value, bool)
    if hint == dt.date | None:
        return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return type(value) is hint


def _choose(choices: tuple[Any, ...], value: Any, name: str, where: str) -> Any:
    if value in choices:
        return value
    names = ", ".join(str(choice) for choice in choices)
    msg = f"`{name}` cannot be {value!r}"
    raise ConfigError(msg, where=where, hint=f"it is one of {names}")


def _describe(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return 'a list of texts, such as ["a", "b"]'
    if get_origin(hint) is Mapping:
        return 'a table of texts, such as "https://example.org/" = "folder"'
    if hint == dt.date | None:
        return "a date, such as 2021-01-31"
    if hint == bool | None:
        return "true or false"
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text in quotes"}
    return names.get(hint, "a table")


def _override(config: Config, overrides: Mapping[str, Any]) -> Config:
    tables: dict[str, dict[str, Any]] = {}
    for name, value in overrides.items():
        if value is not None:
            table, _, key = name.rpartition(".")
            tables.setdefault(table, {})[key] = value
    own = tables.pop("", {})
    parts = {table: dataclasses.replace(getattr(config, table), **keys) for table, keys in tables.items()}
    return dataclasses.replace(config, **own, **parts)


def _check(config: Config, path: Path) -> None:
    if config.page.trim not in TRIMS:
        msg = f"trim `{config.page.trim}` is not known"
        raise ConfigError(msg, hint=f"it is one of {', '.join(TRIMS)}")
    if not 0 <= config.page.bleed <= 10:
        msg = f"a bleed of {config.page.bleed:g} mm cannot be meant"
        raise ConfigError(msg, hint="0 to 10; usual is 3")
    if config.year and not 1990 <= config.year <= 2200:
        msg = f"the year cannot be {config.year}"
        raise ConfigError(msg, hint="four digits, such as 2021")
    if config.book.split and not re.fullmatch(
        r"(months=([1-9]|1[0-2])|pages=[1-9]\d{1,3})", config.book.split
    ):
        message = f"the book cannot be split by `{config.book.split}`"
        raise ConfigError(message, hint="months=6 or pages=400")
    strange = [kind for kind in config.allow if kind not in KINDS]
    if strange:
        near = difflib.get_close_matches(strange[0], sorted(KINDS), n=1, cutoff=0.5)
        message = f"`{strange[0]}` is no kind of finding, so it cannot be allowed"
        raise ConfigError(message, hint=f"did you mean `{near[0]}`?" if near else "see docs/findings.md")
    if min(config.print.page_multiple, config.print.min_pages, config.print.max_pages) < 0:
        message = "a number of pages in `[print]` cannot be negative"
        raise ConfigError(message, where=str(path), hint="leave the key out if any number will do")
    unknown = [part for part in config.book.parts if part not in Book().parts]
    if unknown:
        names = ", ".join(Book().parts)
        msg = f"`{unknown[0]}` is not a part of the book"
        raise ConfigError(msg, where=str(path), hint=f"known are {names}")
