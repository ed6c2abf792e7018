"""What a Hugo blog's configuration and section files say, put in order once before the posts are read."""

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from yearbook import frontmatter
from yearbook.dialects import fields as meaning
from yearbook.dialects.folders import MARKDOWN_ENDINGS, files_in, has_ending, place_of
from yearbook.dialects.settings import listed, merged, read_settings, table, text_of
from yearbook.dialects.texts import UnreadableFileError, read_text
from yearbook.errors import ConfigError
from yearbook.value import dataclass

CONFIG_NAMES = tuple(
    f"{stem}.{ending}" for stem in ("hugo", "config") for ending in ("toml", "yaml", "yml", "json")
)
"""Configuration files in the order Hugo looks for them."""
_CONFIG_FOLDERS = ("config/_default", "config/production")
_DATE_KEYS = {
    "date": ("date", "publishdate", "pubdate", "published", "lastmod", "modified"),
    "lastmod": ("lastmod", "modified"),
    "publishdate": ("publishdate", "pubdate", "published"),
    "expirydate": ("expirydate", "unpublishdate"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder whose files appear somewhere in Hugo's content."""

    folder: Path
    """The folder, absolute."""
    target: str
    """Where it appears below `content`, such as `blog`; empty at the top."""
    language: str
    """Key of the language it is for; empty is the default one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """Fields that a section, or the configuration, hands down."""

    target: str
    """Content folder it holds for, such as `blog/2021`; empty is everything."""
    paths: str
    """Pattern of logical paths such as `/blog/**`; empty is all."""
    kind: str
    """Pattern of page kinds; empty is all."""
    language: str
    """Pattern of languages; empty is all."""
    fields: Mapping[str, object]
    """The fields, keys in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything about the blog that reading one post needs."""

    mounts: tuple[Mount, ...]
    """Content folders, the deepest first."""
    languages: tuple[str, ...]
    """Keys of the languages, the default one first."""
    disabled: frozenset[str]
    """Languages that are not published."""
    default_language: str
    """Key of the default language."""
    in_subdir: bool
    """Whether the default language too has its folder on the site."""
    tags: Mapping[str, str]
    """Language keys to BCP 47 tags."""
    permalinks: Mapping[str, Mapping[str, str]]
    """For each language: top sections to templates of their pages' addresses."""
    ugly: bool
    """Whether addresses end in `.html`."""
    keep_case: bool
    """Whether addresses keep capitals."""
    date_keys: Mapping[str, tuple[str, ...]]
    """`date`, `lastmod`, `publishdate`, `expirydate` to the fields they are read from, first match wins."""
    ignored: tuple[re.Pattern[str], ...]
    """Files that Hugo is told to ignore."""
    bundles: frozenset[Path]
    """Folders that are leaf bundles."""
    sections: frozenset[str]
    """Content folders with an `_index.md`."""
    cascades: tuple[Cascade, ...]
    """What is handed down, the nearest last."""
    builds_drafts: bool
    """Whether Hugo is told to publish drafts."""


def read_config(root: Path) -> dict[str, object]:
    """The whole configuration, keys in lower case. Raises ConfigError."""
    settings: dict[str, object] = {}
    first = next((root / name for name in CONFIG_NAMES if (root / name).is_file()), None)
    if first is not None:
        settings = lowered(read_settings(first, root))
    for folder in _CONFIG_FOLDERS:
        for path in sorted((root / folder).rglob("*")) if (root / folder).is_dir() else ():
            if path.suffix in {".toml", ".yaml", ".yml", ".json"} and path.is_file():
                settings = merged(
                    settings, _under_name(path.stem.lower(), lowered(read_settings(path, root)))
                )
    return settings


def lowered(value: Mapping[str, object]) -> dict[str, object]:
    """The table with all keys in lower case, at every depth: Hugo minds no capitals."""
    return {
        str(key).lower(): lowered(entry) if isinstance(entry, Mapping) else entry
        for key, entry in value.items()
    }


def _under_name(stem: str, settings: dict[str, object]) -> dict[str, object]:
    """Where a file of `config/_default` belongs: `params.toml` under `params`, `menus.ko.toml` under `ko`."""
    name, _, language = stem.partition(".")
    if name in {"hugo", "config"}:
        return settings
    if set(settings) == {name}:
        settings = dict(table(settings, name))
    return {"languages": {language: {name: settings}}} if language else {name: settings}


def read_site(root: Path, settings: Mapping[str, object]) -> Site:
    """What the configuration and the section files say."""
    default = text_of(settings.get("defaultcontentlanguage")).lower() or "en"
    languages = {
        key: value for key, value in table(settings, "languages").items() if isinstance(value, Mapping)
    }
    keys = sorted(languages, key=lambda key: (key != default, _weight(languages[key]), key)) or [default]
    mounts = _mounts(root, settings, languages, default)
    site = Site(
        mounts=mounts,
        languages=tuple(dict.fromkeys((default, *keys))),
        disabled=_disabled(settings, languages),
        default_language=default,
        in_subdir=meaning.is_true(settings.get("defaultcontentlanguageinsubdir")),
        tags=_tags(settings, languages, default),
        permalinks={
            key: _permalinks(merged(settings, table(languages, key)))
            for key in dict.fromkeys((default, *keys))
        },
        ugly=meaning.is_true(settings.get("uglyurls")),
        keep_case=meaning.is_true(settings.get("disablepathtolower")),
        date_keys=_date_keys(table(settings, "frontmatter")),
        ignored=tuple(_patterns(listed(settings.get("ignorefiles")))),
        bundles=frozenset(),
        sections=frozenset(),
        cascades=tuple(_cascades_of(settings.get("cascade"), "")),
        builds_drafts=meaning.is_true(settings.get("builddrafts")),
    )
    return _with_sections(root, site)


def _weight(language: Mapping[str, object]) -> int:
    weight = text_of(language.get("weight"))
    return int(weight) if weight.lstrip("-").isdigit() else 0


def _disabled(
    settings: Mapping[str, object], languages: Mapping[str, Mapping[str, object]]
) -> frozenset[str]:
    own = {key for key, value in languages.items() if meaning.is_true(value.get("disabled"))}
    return frozenset(own | {name.lower() for name in listed(settings.get("disablelanguages"))})


def _tags(
    settings: Mapping[str, object], languages: Mapping[str, Mapping[str, object]], default: str
) -> Mapping[str, str]:
    """Language keys to tags; the default language's only if the blog says one."""
    found: dict[str, str] = {}
    for key, value in languages.items():
        code = meaning.language_tag(value.get("languagecode") or value.get("locale"))
        found[key] = code or meaning.language_tag(key)
    stated = meaning.language_tag(settings.get("languagecode") or settings.get("locale"))
    if not found.get(default):
        found[default] = stated or (
            meaning.language_tag(default) if "defaultcontentlanguage" in settings else ""
        )
    return found


def _permalinks(settings: Mapping[str, object]) -> Mapping[str, str]:
    """Templates by section, from the old form and from the new one with page kinds."""
    whole = table(settings, "permalinks")
    old = {key: value for key, value in whole.items() if isinstance(value, str)}
    new = {key: value for key, value in table(whole, "page").items() if isinstance(value, str)}
    return {**old, **new}


def _date_keys(configured: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    """Where each date comes from; file times and Git are no fact about a post and are passed over."""
    found: dict[str, tuple[str, ...]] = {}
    for name, usual in _DATE_KEYS.items():
        keys: list[str] = []
        for key in (each.lower() for each in listed(configured.get(name))):
            keys.extend(usual if key == ":default" else _with_other_names(key))
        found[name] = tuple(dict.fromkeys(keys)) or usual
    return found


def _with_other_names(key: str) -> tuple[str, ...]:
    """The field with the other names Hugo knows it by."""
    return next((keys for keys in _DATE_KEYS.values() if keys[0] == key and key != "date"), (key,))


def _patterns(texts: Iterable[str]) -> Iterator[re.Pattern[str]]:
    """The patterns that Python too can read; Hugo's are Go's."""
    for text in texts:
        try:
            yield re.compile(text)
        except re.error as error:
            message = f"“{text}” in ignoreFiles is no regular expression: {error}"
            raise ConfigError(message, where="the blog's configuration") from error


def _mounts(
    root: Path, settings: Mapping[str, object], languages: Mapping[str, Mapping[str, object]], default: str
) -> tuple[Mount, ...]:
    """The content folders, deepest first so that the nearest one claims a file."""
    usual = text_of(settings.get("contentdir")) or "content"
    found = [
        Mount(folder=root / text_of(value.get("contentdir")), target="", language=key)
        for key, value in languages.items()
        if text_of(value.get("contentdir"))
    ]
    if not any(mount.language == default for mount in found):
        found.append(Mount(folder=root / usual, target="", language=""))
    own = list(_module_mounts(root, settings, "content"))
    if own:
        found = own
    inside = (mount for mount in found if _is_inside(mount.folder, root) and mount.folder.is_dir())
    return tuple(sorted(inside, key=lambda mount: (-len(mount.folder.parts), str(mount.folder))))


def _module_mounts(root: Path, settings: Mapping[str, object], component: str) -> Iterator[Mount]:
    """Mounts of one component, such as `content` or `static`."""
    value = table(settings, "module").get("mounts")
    for mount in value if isinstance(value, list) else ():
        if not isinstance(mount, Mapping):
            continue
        parts = lowered(mount)
        target = PurePosixPath(text_of(parts.get("target")))
        if target.parts[:1] == (component,) and text_of(parts.get("source")):
            inner = "/".join(target.parts[1:])
            folder = root / text_of(parts.get("source"))
            yield Mount(folder=folder, target=inner, language=text_of(parts.get("lang")).lower())


def _is_inside(folder: Path, root: Path) -> bool:
    return folder.resolve().is_relative_to(root)


def static_folders(root: Path, settings: Mapping[str, object]) -> tuple[Path, ...]:
    """Folders served from the site's root, first match wins; those of the themes come last."""
    names = [*listed(settings.get("staticdir"))]
    names += [name for number in range(11) for name in listed(settings.get(f"staticdir{number}"))]
    for language in table(settings, "languages").values():
        if isinstance(language, Mapping):
            names += [name for key in ("staticdir", "staticdir2") for name in listed(language.get(key))]
    folders = [root / name for name in names or ["static"]]
    mounted = [mount.folder for mount in _module_mounts(root, settings, "static") if not mount.target]
    themes = [
        root / (text_of(settings.get("themesdir")) or "themes") / name
        for name in listed(settings.get("theme"))
    ]
    found = [*(mounted or folders), root / "assets", *(theme / "static" for theme in themes)]
    return tuple(dict.fromkeys(path for path in found if path.is_dir() and _is_inside(path, root)))


def _with_sections(root: Path, site: Site) -> Site:
    """The site with its bundles, sections and what they hand down."""
    bundles: set[Path] = set()
    sections: set[str] = set()
    cascades: list[tuple[int, Cascade]] = [(-1, each) for each in site.cascades]
    for mount in site.mounts:
        for path in files_in(mount.folder, root):
            name = path.name.split(".", 1)[0]
            if not has_ending(path, MARKDOWN_ENDINGS) or name not in {"index", "_index"}:
                continue
            if name == "index":
                bundles.update({path.parent} - {mount.folder})
                continue
            folder = (
                str(PurePosixPath(mount.target) / place_of(mount.folder, path.parent))
                .removeprefix(".")
                .strip("/")
            )
            sections.add(folder)
            for cascade in _cascades_of(_head_of(path, root).get("cascade"), folder):
                cascades.append((folder.count("/") + bool(folder), cascade))
    ordered = tuple(cascade for _, cascade in sorted(cascades, key=lambda pair: pair[0]))
    return replace(site, bundles=frozenset(bundles), sections=frozenset(sections), cascades=ordered)


def _head_of(path: Path, root: Path) -> Mapping[str, object]:
    """The fields of a section's file; a broken one is reported when it is read as a post."""
    try:
        place = place_of(root, path)
        return meaning.lower_keys(frontmatter.split(read_text(path, place=place).text, place=place).fields)
    except (UnreadableFileError, frontmatter.FrontMatterError):
        return {}


def _cascades_of(value: object, folder: str) -> Iterator[Cascade]:
    """The cascades of one file, a table or a list of tables."""
    for entry in value if isinstance(value, list) else [value]:
        if not isinstance(entry, Mapping):
            continue
        handed = lowered(entry)
        target = lowered(table(handed, "_target")) or lowered(table(handed, "target"))
        handed.pop("_target", None)
        handed.pop("target", None)
        inner = handed.pop("params", None)
        handed = merged(inner, handed) if isinstance(inner, Mapping) else handed
        yield Cascade(
            target=folder,
            paths=text_of(target.get("path")),
            kind=text_of(target.get("kind")),
            language=text_of(target.get("lang")),
            fields=MappingProxyType(handed),
        )


def handed_down(site: Site, logical: str, language: str) -> dict[str, object]:
    """The fields a page at that logical path, such as `/blog/year`, inherits; the nearest section's win."""
    found: dict[str, object] = {}
    for cascade in site.cascades:
        below = not cascade.target or logical.startswith(f"/{cascade.target}/")
        if (
            below
            and _holds(cascade.paths, logical)
            and _holds(cascade.kind, "page")
            and _holds(cascade.language, language)
        ):
            found = merged(found, cascade.fields)
    return found


def _holds(pattern: str, text: str) -> bool:
    """Whether a glob holds; `**` crosses folders, `{a,b}` is a choice."""
    if not pattern:
        return True
    choices = re.match(r"(?P<head>[^{]*)\{(?P<inner>[^{}]*)\}(?P<tail>.*)$", pattern)
    if choices:
        return any(
            _holds(f"{choices['head']}{part}{choices['tail']}", text)
            for part in choices["inner"].split(",")[:20]
        )
    return fnmatch.fnmatchcase(text, pattern.replace("**", "*"))


def is_zero(value: object) -> bool:
    """Whether the value is the first day there ever was, which Hugo writes where there is no date."""
    return str(value).startswith("0001-01-01")
