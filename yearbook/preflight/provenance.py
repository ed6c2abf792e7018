"""What a book was made from, so that it can travel in its PDF: digests of posts and pictures, and settings.

One line a fact, in the book's own order, no time and no path outside the blog: the same book has the same
text. `bind` puts it into the PDF, `read_provenance` takes it out, `compare` says what has changed.
"""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from yearbook import __version__
from yearbook.config import Config
from yearbook.errors import UsageError
from yearbook.model import Blog, Finding, MissingImage, Severity, StoredImage
from yearbook.value import dataclass

KEY = "/YearbookProvenance"
"""Entry of the PDF's catalogue: a stream of this text."""
_HEAD = "yearbook-provenance 2"
_DIGITS = 20
"""Hexadecimal digits of a digest that are kept: enough to tell any two posts apart."""
_MISSING = "-"
_THEME = "page.theme"
_SELECTING = ("year", "select")
"""Settings by which `verify` finds the same posts again."""
_LEFT_OUT = frozenset({
    "blog", "blogs", "output", "keep_going", "allow_missing", "allow", "images", "cache", "offline", "frozen",
    "refresh", "strict", "clean", "token", "proxies", "no_proxy", "keep_html", "print", "jobs", "whole",
})  # fmt: skip
"""Settings that change no page, or that would carry paths and secrets of the maker's machine along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What one book was made from."""

    version: str
    """The yearbook that made it."""
    settings: Mapping[str, object]
    """Settings that are not the default, by dotted name."""
    blog: str
    """Digest of what the blog's own configuration says."""
    posts: Mapping[str, str]
    """Digest of each post, by its place, in the book's order."""
    pictures: Mapping[str, str]
    """Digest of each picture's bytes, by its key; `-` if it was missing."""
    look: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Digest of each file of a theme or shortcode by its path in the blog, and of the program's own styles,
    templates and fonts; empty in books that were made before it was noted."""


def describe(
    config: Config,
    blogs: Iterable[Blog],
    posts: Mapping[str, str],
    pictures: Iterable[StoredImage | MissingImage],
    look: Mapping[str, str],
) -> Provenance:
    """What a book of these posts and pictures is made from.

    Args:
        config: its settings.
        blogs: where its posts come from.
        posts: digest of each by its place, of any length.
        pictures: what they show.
        look: digests of what else changes pages by name, of any length.
    """
    return Provenance(
        version=__version__,
        settings=settings_of(config),
        blog=_digest([_blog_values(blog) for blog in blogs]),
        posts={place: digest[:_DIGITS] for place, digest in posts.items()},
        pictures=dict(
            sorted(
                (image.key, image.sha256[:_DIGITS] if isinstance(image, StoredImage) else _MISSING)
                for image in pictures
            )
        ),
        look={name: digest[:_DIGITS] for name, digest in look.items()},
    )


def settings_of(config: Config) -> dict[str, object]:
    """The settings that change a page and are not the default, by dotted name."""
    now, default = _flat(config), _flat(Config(blog=Path()))
    return {name: value for name, value in sorted(now.items()) if value != default.get(name)}


def _flat(config: Config) -> dict[str, object]:
    flat: dict[str, object] = {}
    for part in dataclasses.fields(config):
        value = getattr(config, part.name)
        if part.name in _LEFT_OUT:
            continue
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            flat |= {f"{part.name}.{name}": _plain(v) for name, v in dataclasses.asdict(value).items()}
        else:
            flat[part.name] = _plain(value)
    return flat


def _plain(value: object) -> object:
    """The value as JSON has it."""
    return json.loads(json.dumps(value, default=str))


def _blog_values(blog: Blog) -> list[object]:
    return [blog.engine, blog.title, blog.author, blog.language, str(blog.zone), blog.base_url, blog.syntax]


def _digest(value: object) -> str:
    text = json.dumps(value, default=str, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


# ------------------------------------------------------------------------------------- text and back


def write_provenance(made: Provenance) -> str:
    """The text that the binder puts into the PDF: one line a fact, its names as JSON."""

    def named(kind: str, digests: Mapping[str, str]) -> list[str]:
        return [f"{kind} {digest} {json.dumps(name)}" for name, digest in digests.items()]

    lines = [
        _HEAD,
        f"version {json.dumps(made.version)}",
        f"settings {json.dumps(made.settings, sort_keys=True)}",
        f"blog {made.blog}",
        *named("post", made.posts),
        *named("picture", made.pictures),
        *named("look", made.look),
    ]
    return "\n".join(lines) + "\n"


def from_text(text: str) -> Provenance:
    """What the text says.

    Raises:
        ValueError: it is no such text, or of another kind.
    """
    lines = text.splitlines()
    if not lines or lines[0] != _HEAD:
        message = f"begins with {lines[0][:40] if lines else ''!r}"
        raise ValueError(message)
    single: dict[str, str] = {}
    named: dict[str, dict[str, str]] = {"post": {}, "picture": {}, "look": {}}
    for line in lines[1:]:
        kind, _, rest = line.partition(" ")
        if kind in named:
            digest, _, name = rest.partition(" ")
            named[kind][str(json.loads(name))] = digest
        else:
            single[kind] = rest
    return Provenance(
        version=str(json.loads(single.get("version", '""'))),
        settings=dict(json.loads(single.get("settings", "{}"))),
        blog=single.get("blog", ""),
        posts=named["post"],
        pictures=named["picture"],
        look=named["look"],
    )


def read_provenance(source: bytes | Path) -> Provenance:
    """What the PDF says it was made from.

    Raises:
        UsageError: it is no PDF, or no book of a yearbook that says so.
    """
    where = str(source) if isinstance(source, Path) else ""
    from yearbook.preflight.read import read_entry  # whoever makes a book reads none here

    text = read_entry(source, KEY)
    if not text:
        message = "does not say what it was made from"
        raise UsageError(message, where=where, hint="it is no book of yearbook, or of an older one")
    try:
        return from_text(text.decode())
    except (ValueError, TypeError) as error:
        message = f"says in a way unknown here what it was made from: {error}"
        raise UsageError(message, where=where, hint="the yearbook that made it may know it") from error


def selecting(made: Provenance) -> dict[str, object]:
    """The settings by which the same posts are found again, as overrides of a configuration."""
    return {
        name: _typed(name, value)
        for name, value in made.settings.items()
        if name.partition(".")[0] in _SELECTING
    }


def _typed(name: str, value: object) -> object:
    if name in {"select.since", "select.until"}:
        return dt.date.fromisoformat(str(value))
    return tuple(value) if isinstance(value, list) else value


# ---------------------------------------------------------------------------------------- comparing


def compare(made: Provenance, now: Provenance, pins: Mapping[str, str]) -> tuple[Finding, ...]:
    """What has changed since the book was made.

    Args:
        made: what the PDF says.
        now: what the blog says.
        pins: digest of each picture that yearbook.lock names, by its key.
    """
    posts, pictures = now.posts, now.pictures
    if "book.split" in made.settings:  # one of several volumes: what it has not may be in another
        posts = {place: digest for place, digest in posts.items() if place in made.posts}
        pictures = {key: digest for key, digest in pictures.items() if key in made.pictures}
    found = [*_changes("post", made.posts, posts), *_pinned_otherwise(made.pictures, pins)]
    found += _changes("picture", made.pictures, _with_unknown(pictures, made.pictures))
    found += _changed_look(made, now)
    if made.blog != now.blog:
        message = "the blog's own configuration is not what it was: title, author, address, zone or Markdown"
        found.append(_changed("setting", "", message))
    names = sorted({*made.settings, *now.settings})
    for name in names:
        was, is_now = made.settings.get(name, "the default"), now.settings.get(name, "the default")
        if was != is_now:
            message = f"`{name}` was {was!r}, by an argument or by yearbook.toml, and is {is_now!r}"
            found.append(Finding(kind="changed-setting", severity=Severity.NOTE, message=message))
    if made.version != now.version:
        message = f"yearbook {made.version} made the book, and this is {now.version}"
        found.append(Finding(kind="other-version", severity=Severity.NOTE, message=message))
    return tuple(found)


def _pinned_otherwise(made: Mapping[str, str], pins: Mapping[str, str]) -> Iterable[Finding]:
    for key, digest in made.items():
        if digest != _MISSING and key in pins and pins[key][:_DIGITS] != digest:
            yield _changed("picture", "", f"{key}: yearbook.lock pins other bytes than the book shows")


def _with_unknown(now: Mapping[str, str], made: Mapping[str, str]) -> dict[str, str]:
    """The digests now; a remote picture that the store has not says nothing, so it is taken as it was."""
    return {
        key: made.get(key, digest) if digest == _MISSING and not key.startswith("file:") else digest
        for key, digest in now.items()
    }


def _changes(what: str, made: Mapping[str, str], now: Mapping[str, str]) -> Iterable[Finding]:
    for name, digest in made.items():
        place = name if what == "post" else ""
        shown = "" if what == "post" else f"{name}: "
        if name not in now:
            yield _changed(what, place, f"{shown}is in the book and no longer in the blog")
        elif now[name] != digest:
            yield _changed(what, place, f"{shown}has changed since the book was made")
    for name in now:
        if name not in made:
            place, shown = (name, "") if what == "post" else ("", f"{name}: ")
            yield _changed(what, place, f"{shown}is in the blog and not in the book")


def _changed_look(made: Provenance, now: Provenance) -> Iterable[Finding]:
    """What of theme, shortcodes, styles and fonts is not as it was; an older book does not tell."""
    if not made.look:
        return
    other_theme = made.settings.get(_THEME) != now.settings.get(_THEME)
    for name in sorted({*made.look, *now.look}):
        if made.look.get(name) == now.look.get(name) or (other_theme and name.startswith("yearbook/themes/")):
            continue  # that another theme is set is said of the setting
        place = name if name.startswith("yearbook/") else ""
        if name not in now.look:
            message = "gave the book its look and is no longer in the blog"
        elif name not in made.look:
            message = "changes the look of the book and came later"
        else:
            message = "has changed since the book was made"
        yield _changed("look", place, message if place else f"the program's own {name}: {message}")


def _changed(what: str, place: str, message: str) -> Finding:
    return Finding(
        kind=f"changed-{what}",
        severity=Severity.ERROR,
        place=place,
        message=message,
        hint="build the book again, or restore what it was made from",
    )
