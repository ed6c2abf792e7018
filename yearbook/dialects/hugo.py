"""What only Hugo knows: sections and bundles, languages, cascades and permalink templates."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from yearbook.dates import parse_date, written_date
from yearbook.dialects import common, hugo_site
from yearbook.dialects import fields as meaning
from yearbook.dialects.common import Facts, Opened
from yearbook.dialects.dialect import Dialect, Reading
from yearbook.dialects.entries import Library
from yearbook.dialects.folders import MARKDOWN_ENDINGS, OTHER_MARKUP_ENDINGS, files_in, has_ending, place_of
from yearbook.dialects.hugo_site import Site
from yearbook.dialects.links import locate_file, resolve_link
from yearbook.dialects.settings import table, text_of
from yearbook.dialects.sites import find_zone, repository_of, site_address
from yearbook.dialects.slugs import date_in_name, join_path, without_date
from yearbook.dialects.texts import nfc, plain_text
from yearbook.model import Blog, Finding, Post, Syntax
from yearbook.value import dataclass

_SITE = "yearbook:site"
_PAGE_NAMES = frozenset(
    {
        "about", "about-me", "aboutme", "archive", "archives", "search", "contact", "links", "friends",
        "privacy", "privacy-policy", "terms", "resume", "cv", "now", "uses", "categories", "tags", "404",
        "offline", "home", "readme", "index", "guestbook", "license", "imprint", "subscribe", "portfolio",
        "projects", "series", "page",
    }
)  # fmt: skip
_PAGE_LAYOUTS = frozenset(
    {"search", "archives", "archive", "about", "contact", "categories", "tags", "links", "friends", "page"}
)
_HERO_STEM = re.compile(
    r"^(?:feature|featured|featured[-_]image|cover|thumbnail|banner|hero)\b", re.IGNORECASE
)
_HUGO_ENDINGS = frozenset({".md", ".markdown", ".mdown"})
_PICTURE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"})
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_DAY_NAMES = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a file stands in Hugo's content."""

    path: str
    """Path below content, with ending, such as `blog/year/index.ko.md`."""
    language: str
    """Key of its language."""
    stem: str
    """Name without language and ending; a bundle's is its folder's."""
    folder: str
    """Content folder the page is in; for a bundle the folder above it."""
    is_bundle: bool
    """Whether it is the index of a leaf bundle."""

    @property
    def section(self) -> str:
        """The top section; empty if there is none."""
        return self.folder.partition("/")[0]


def recognise(root: Path) -> str | None:
    """Why the folder is a Hugo blog; None if it is not."""
    name = next((name for name in hugo_site.CONFIG_NAMES if (root / name).is_file()), "")
    if name.startswith("hugo."):
        return name
    if (root / "config" / "_default").is_dir() and any((root / "config" / "_default").glob("*.*")):
        return "config/_default/"
    if name and any((root / folder).is_dir() for folder in ("content", "archetypes", "layouts", "themes")):
        # Zola too has config.toml and content/, but writes base_url.
        head = (root / name).read_bytes()[: 1 << 16]
        return None if re.search(rb"^\s*base_url\s*=", head, re.MULTILINE) else f"{name} and content/"
    return None


def read_blog(root: Path) -> Blog:
    """What is known of the blog. Raises ConfigError."""
    settings = hugo_site.read_config(root)
    site = hugo_site.read_site(root, settings)
    own = table(settings, "languages", site.default_language)
    params = table(settings, "params")
    blog = Blog(
        root=root,
        engine="hugo",
        why=recognise(root) or "chosen",
        title=plain_text(own.get("title") or settings.get("title")),
        author=_author(settings, params, own),
        language=site.tags.get(site.default_language, ""),
        zone=dt.UTC,
        zone_source="default",
        base_url=site_address(text_of(own.get("baseurl") or settings.get("baseurl"))),
        syntax=_syntax(settings),
        static_dirs=hugo_site.static_folders(root, settings),
        repository=repository_of(root),
        settings=MappingProxyType({**settings, _SITE: site}),
    )
    zones = {**settings, **{key: value for key, value in own.items() if key == "timezone"}}
    zone, where = find_zone(zones, ("timezone",), "the configuration", files=lambda: posts(blog))
    return replace(blog, zone=zone, zone_source=where)


def _author(settings: Mapping[str, object], params: Mapping[str, object], own: Mapping[str, object]) -> str:
    """The blog's author, wherever themes have it."""
    places = (
        table(own, "params").get("author"), params.get("author"), settings.get("author"),
        params.get("authorname"), table(own, "author").get("name"),
        table(settings, "params", "profile").get("name"),
    )  # fmt: skip
    return next(filter(None, (meaning.author_of_site(value) for value in places)), "")


def _syntax(settings: Mapping[str, object]) -> Syntax:
    """Goldmark's settings."""
    goldmark = table(settings, "markup", "goldmark")
    renderer = table(goldmark, "renderer")
    typographer = table(goldmark, "extensions").get("typographer")
    smart = (
        not meaning.is_true(typographer.get("disable"))
        if isinstance(typographer, Mapping)
        else typographer is not False
    )
    attribute = table(goldmark, "parser", "attribute").get("title")
    return Syntax(
        name="commonmark",
        hard_wrap=meaning.is_true(renderer.get("hardwraps")),
        smart=smart,
        unsafe_html=meaning.is_true(renderer.get("unsafe")),
        heading_attributes=attribute is not False,
    )


def _site(blog: Blog) -> Site:
    site = blog.settings[_SITE]
    if not isinstance(site, Site):
        message = "this blog was not read by the hugo dialect"
        raise TypeError(message)
    return site


def posts(blog: Blog) -> Iterator[Path]:
    """Every file under the content folders that could be a post."""
    site = _site(blog)
    seen: set[Path] = set()
    for mount in sorted(site.mounts, key=lambda mount: str(mount.folder)):
        for path in files_in(mount.folder, blog.root):
            is_candidate = has_ending(path, MARKDOWN_ENDINGS | OTHER_MARKUP_ENDINGS) or path.is_dir()
            if is_candidate and path not in seen:
                seen.add(path)
                yield path


def _spot(site: Site, path: Path) -> _Spot:
    """Where the file stands in the content."""
    mount = next(mount for mount in site.mounts if path.is_relative_to(mount.folder))
    inner = PurePosixPath(mount.target) / place_of(mount.folder, path)
    stem, _, suffix = inner.stem.rpartition(".")
    has_language = bool(stem) and suffix.lower() in site.languages
    name = stem if has_language else inner.stem
    language = suffix.lower() if has_language else mount.language or site.default_language
    is_bundle = name == "index" and path.parent in site.bundles
    folder = inner.parent.parent if is_bundle else inner.parent
    return _Spot(
        path=str(inner),
        language=language,
        stem=inner.parent.name if is_bundle else name,
        folder="" if str(folder) == "." else str(folder),
        is_bundle=is_bundle,
    )


def read(blog: Blog, path: Path, content: bytes | None = None) -> Reading:
    """What the file says."""
    site = _site(blog)
    place = place_of(blog.root, path)
    if path.is_dir():
        return common.broken(place, 0, "the folder cannot be read", "check its permissions")
    spot = _spot(site, path)
    verdict = _verdict_by_name(site, path, spot)
    if verdict:
        return common.left_out(place, *verdict)
    opened = common.open_post(blog, path, content)
    if isinstance(opened, Reading):
        return opened
    logical = "/" + "/".join(filter(None, (spot.folder, spot.stem)))
    handed = hugo_site.handed_down(site, logical, spot.language)
    own = dict(opened.fields)
    params = own.get("params")
    if isinstance(params, dict):  # newer Hugo wants a post's own fields there
        own = {**meaning.lower_keys(params), **own}
    opened = replace(opened, fields=MappingProxyType({**handed, **own}))
    verdict = _verdict_by_fields(opened)
    if verdict:
        return common.left_out(place, *verdict, title=common.title_of(opened, "")[0])
    return _dated(blog, _with_slug_of_name(site, opened, spot), spot)


def _verdict_by_name(site: Site, path: Path, spot: _Spot) -> tuple[str, str] | None:
    """Why the file is no post, told by its name and place alone."""
    if any(pattern.search(str(path)) or pattern.search(spot.path) for pattern in site.ignored):
        return "excluded", "ignoreFiles in the configuration names it"
    if spot.language in site.disabled:
        return "not-published", f"the language “{spot.language}” is disabled"
    above = path.parents if not spot.is_bundle else path.parent.parents
    if site.bundles and not site.bundles.isdisjoint(above):
        return "resource", "it is a resource of the post in its folder, not a page"
    if spot.stem == "_index":
        return "section", "it introduces a section"
    if not has_ending(path, MARKDOWN_ENDINGS):
        return "not-markdown", f"it is written in {path.suffix[1:]}, not Markdown"
    if not has_ending(path, _HUGO_ENDINGS):
        return "not-markdown", f"Hugo knows no {path.suffix} files"
    return None


def _verdict_by_fields(opened: Opened) -> tuple[str, str] | None:
    """Why Hugo does not publish the file, told by its fields."""
    fields = opened.fields
    if meaning.is_true(fields.get("headless")):
        return "not-published", "`headless: true`"
    build = fields.get("build") if isinstance(fields.get("build"), dict) else fields.get("_build")
    if isinstance(build, dict):
        render = str(build.get("render", "")).lower()
        if render in {"never", "link", "false"}:
            return "not-published", f"`build.render` is {render}"
        if str(build.get("list", "")).lower() in {"never", "false"}:
            return "unlisted", "`build.list` is never: the page is in no list of posts"
    return None


def _dated(blog: Blog, opened: Opened, spot: _Spot) -> Reading:
    """What a published file says."""
    site = _site(blog)
    try:
        written, findings = _written_date(blog, site, opened, spot)
        appears = _other_date(blog, site, opened, "publishdate")
        expires = _other_date(blog, site, opened, "expirydate")
    except ValueError as error:
        return common.bad_date(opened, error, *(key for keys in site.date_keys.values() for key in keys))
    if written is None:
        return _undated(opened)
    updated, more = meaning.updated_of(opened.fields, blog.zone, place=opened.place, keys=_updated_keys(site))
    facts = Facts(
        date=written.astimezone(blog.zone),
        updated=updated,
        name=text_of(opened.fields.get("slug")) or without_date(spot.stem),
        permalink=_permalink(site, opened, spot, written),
        language=site.tags.get(spot.language, ""),
        hero=_hero_in_bundle(opened, spot),
    )
    return Reading(
        outcome=common.make_post(blog, opened, facts),
        findings=opened.findings + findings + more,
        draft=_is_draft(opened) and not site.builds_drafts,
        page=_is_page(opened, spot),
        appears=appears,
        expires=expires,
        section=spot.folder,
        twin=_twin(opened, spot) if len(site.languages) > 1 else "",
        stem=spot.stem,
    )


def _with_slug_of_name(site: Site, opened: Opened, spot: _Spot) -> Opened:
    """The file with the slug its name gives, if `:filename` is what dates it: Hugo takes both from there."""
    for key in site.date_keys["date"]:
        if key == ":filename" and date_in_name(spot.stem) and not text_of(opened.fields.get("slug")):
            return replace(
                opened, fields=MappingProxyType({**opened.fields, "slug": without_date(spot.stem)})
            )
        if meaning.pick(opened.fields, key) is not None:
            break
    return opened


def _undated(opened: Opened) -> Reading:
    """The reading of a file that says nowhere when it was written."""
    if not opened.front.format:
        return common.left_out(opened.place, "no-front-matter", "it has no fields, and its name no date")
    if _is_draft(opened):
        return common.left_out(opened.place, "draft", "`draft: true`", title=common.title_of(opened, "")[0])
    return common.no_date(opened, "neither its fields nor its name say a date")


def _updated_keys(site: Site) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys((*(key for key in site.date_keys["lastmod"] if key[0] != ":"), *meaning.UPDATED_KEYS))
    )


def _written_date(
    blog: Blog, site: Site, opened: Opened, spot: _Spot
) -> tuple[dt.datetime | None, tuple[Finding, ...]]:
    """The post's date with the offset it is written with, else its file name's.

    Raises:
        ValueError: when a field holds something that is no date.
    """
    for key in site.date_keys["date"]:
        if key == ":filename":
            named = _date_of_name(blog, spot)
            if named:
                return named, ()
        value = meaning.pick(opened.fields, key)
        if value is None or isinstance(value, bool) or hugo_site.is_zero(value):
            continue
        return written_date(value, blog.zone), ()
    named = _date_of_name(blog, spot)
    if named is None:
        return None, ()
    message = f"Hugo gives it no date; {named.date().isoformat()} is from its name"
    return named, (common.note("date-from-name", opened, message, hint="add a `date` to its front matter"),)


def _date_of_name(blog: Blog, spot: _Spot) -> dt.datetime | None:
    text = date_in_name(spot.stem)
    return written_date(text, blog.zone) if text else None


def _other_date(blog: Blog, site: Site, opened: Opened, name: str) -> dt.datetime | None:
    """When the post appears or vanishes; None if it does not say."""
    value = meaning.pick(opened.fields, *(key for key in site.date_keys[name] if key[0] != ":"))
    if value is None or isinstance(value, bool) or hugo_site.is_zero(value):
        return None
    return parse_date(value, blog.zone)


def _is_draft(opened: Opened) -> bool:
    return meaning.is_true(opened.fields.get("draft")) or meaning.is_false(opened.fields.get("published"))


def _is_page(opened: Opened, spot: _Spot) -> bool:
    """Whether it is `about` and the like: in no section, and named or laid out as such pages are."""
    layouts = {text_of(opened.fields.get(key)).lower() for key in ("layout", "type")}
    if layouts & {"search", "archives", "archive"}:
        return True
    return not spot.folder and (spot.stem.lower() in _PAGE_NAMES or bool(layouts & _PAGE_LAYOUTS))


def _twin(opened: Opened, spot: _Spot) -> str:
    """What the page's translations share."""
    key = text_of(opened.fields.get("translationkey"))
    return f"key {key}" if key else f"{spot.folder}/{spot.stem}"


def _hero_in_bundle(opened: Opened, spot: _Spot) -> str:
    """A picture beside a bundle's index that themes show at its head, unless the text shows it already."""
    if not spot.is_bundle:
        return ""
    names = sorted(
        entry.name for entry in opened.path.parent.iterdir() if entry.suffix.lower() in _PICTURE_ENDINGS
    )
    name = next((name for name in names if _HERO_STEM.match(name)), "")
    return name if name and nfc(name) not in nfc(opened.front.body) else ""


def _permalink(site: Site, opened: Opened, spot: _Spot, date: dt.datetime) -> str:
    """The page's path on the site."""
    prefix = spot.language if spot.language != site.default_language or site.in_subdir else ""
    own = text_of(opened.fields.get("url"))
    if own:
        path = _fill(site, own, opened, spot, date) if ":" in own else own
        whole = path if path.startswith("/") else f"{prefix}/{path}"
        return join_path(whole if whole.endswith((".html", ".htm", "/")) else f"{whole}/")
    template = site.permalinks.get(spot.language, {}).get(spot.section)
    if template:
        path = _fill(site, template, opened, spot, date)
    else:
        slug = text_of(opened.fields.get("slug"))
        path = f"{spot.folder}/{slug or spot.stem}"
    path = sanitised(f"{path.rstrip('/')}/", keep_case=site.keep_case).rstrip("/")
    return join_path(prefix, f"{path}.html" if site.ugly else f"{path}/")


def _fill(site: Site, template: str, opened: Opened, spot: _Spot, date: dt.datetime) -> str:
    """A template with its words replaced by what they stand for."""
    title = text_of(opened.fields.get("title")) or spot.stem
    slug = text_of(opened.fields.get("slug"))
    words = {
        "year": f"{date.year:04}", "month": f"{date.month:02}", "monthname": _MONTH_NAMES[date.month - 1],
        "day": f"{date.day:02}", "weekday": str(date.isoweekday() % 7),
        "weekdayname": _DAY_NAMES[date.isoweekday() % 7], "yearday": str(date.timetuple().tm_yday),
        "section": spot.section, "title": _flat(title), "slug": _flat(slug or title),
        "filename": _flat(spot.stem), "contentbasename": _flat(spot.stem),
        "slugorfilename": _flat(slug or spot.stem), "slugorcontentbasename": _flat(slug or spot.stem),
    }  # fmt: skip
    sections = _sections(site, spot)
    path = re.sub(
        r":sections(\[[^\]]*\])?", lambda found: "/".join(_sliced(sections, found[1] or "")), template
    )
    return re.sub(r":([a-z]+)", lambda found: words.get(found[1], found[0]), path)


def _flat(text: str) -> str:
    """The text as Hugo puts it in place of a template's word, where a plus sign ends as a blank."""
    return sanitised(text, keep_case=True).replace("+", " ")


def _sections(site: Site, spot: _Spot) -> list[str]:
    """The folders that are sections: the top one, and those with an `_index.md`."""
    parts = spot.folder.split("/") if spot.folder else []
    paths = ["/".join(parts[: number + 1]) for number in range(len(parts))]
    return [part for number, part in enumerate(parts) if number == 0 or paths[number] in site.sections]


def _sliced(sections: list[str], index: str) -> list[str]:
    """The sections a slice such as `[1:]` or `[last]` names."""
    inner = index.strip("[]").replace("last", str(len(sections) - 1))
    found = re.fullmatch(r"(?P<start>\d*)(?P<colon>:?)(?P<stop>\d*)", inner)
    if not index or not found:
        return sections
    start = int(found["start"] or 0)
    if not found["colon"]:
        return sections[start : start + 1]
    return sections[start : int(found["stop"]) if found["stop"] else None]


def sanitised(path: str, *, keep_case: bool = False) -> str:
    """The path as Hugo writes it into addresses.

    >>> sanitised("blog/My Post & Stuff (한글)"), sanitised("x - y -- z_")
    ('blog/my-post-stuff-한글', 'x-y--z_')
    """
    kept = "".join(
        char for char in path if char.isalnum() or char in "./\\_#+~-@" or char.isspace() or _is_mark(char)
    )
    joined = re.sub(r"\s+", "-", re.sub(r"\s*(-+)\s*", r"\1", kept.strip()))
    return joined if keep_case else joined.lower()


def _is_mark(char: str) -> bool:
    """Whether the sign joins the letter before it, as vowels in Hindi do."""
    return unicodedata.category(char)[0] == "M"


def locate(blog: Blog, post: Post, src: str) -> Path | None:
    """The file a picture's address names: beside the post, in a bundle, under static or among the assets."""
    content = tuple(mount.folder for mount in _site(blog).mounts)
    return locate_file(blog, post, src, beside=(post.source.parent,), roots=(*blog.static_dirs, *content))


def resolve(blog: Blog, post: Post, ref: str, library: Library) -> str | None:
    """The path on the site that `ref`, `relref` or a link names."""
    mounts = _site(blog).mounts
    content = place_of(blog.root, mounts[-1].folder) if mounts else ""
    return resolve_link(blog, post, ref, library, content=content)


HUGO = Dialect(
    name="hugo",
    looked_for="hugo.toml, config.toml or config/_default/",
    recognise=recognise,
    read_blog=read_blog,
    posts=posts,
    read=read,
    looks_around=lambda path: path.name.startswith("index."),  # pictures beside it
    locate=locate,
    resolve=resolve,
)
