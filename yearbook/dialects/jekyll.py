"""What only Jekyll knows: dated file names, drafts, collections, defaults and permalink templates."""

import datetime as dt
import fnmatch
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from yearbook.dates import parse_date
from yearbook.dialects import common
from yearbook.dialects import fields as meaning
from yearbook.dialects.common import Facts, Opened
from yearbook.dialects.dialect import Dialect, Reading
from yearbook.dialects.entries import Library
from yearbook.dialects.folders import MARKDOWN_ENDINGS, OTHER_MARKUP_ENDINGS, has_ending, place_of, walk
from yearbook.dialects.links import locate_file, resolve_link
from yearbook.dialects.settings import listed, merged, read_settings, table, text_of
from yearbook.dialects.sites import find_zone, repository_of, site_address
from yearbook.dialects.slugs import date_in_name, join_path
from yearbook.dialects.texts import plain_text
from yearbook.dialects.twins import find_twin
from yearbook.model import Blog, Finding, Post, Syntax

_CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
_DATED = re.compile(r"(?P<date>\d{2,4}-\d{1,2}-\d{1,2})-(?P<slug>.*)$")
_ALWAYS_EXCLUDED = (
    ".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "Gemfile.lock", "node_modules",
    "vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/",
)  # fmt: skip
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_AUTHORS = "yearbook:authors"
_KEPT_IN_PRETTY = frozenset("._~!$&'()+,;=@")
# A YAML time stamp with seconds but no zone: Jekyll's YAML reads it in UTC, whatever the blog's zone.
_UTC_STAMP = re.compile(
    r"^[ \t]*date[ \t]*:[ \t]*\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?[ \t]*(?:#.*)?$"
)


def recognise(root: Path) -> str | None:
    """Why the folder is a Jekyll blog; None if it is not."""
    config = next((name for name in _CONFIGS if (root / name).is_file()), "")
    posts = root / "_posts"
    if config:
        evidence = _evidence(root)
        return f"{config} and {evidence}" if evidence else None
    if posts.is_dir() and any(
        _DATED.match(path.stem) for path in walk(posts, inside=root) if _is_post_file(path)
    ):
        return "_posts with dated file names"
    return None


def _evidence(root: Path) -> str:
    """What besides `_config.yml` speaks for Jekyll; empty if nothing does."""
    for name in ("_posts", "_layouts", "_includes", "_drafts"):
        if (root / name).is_dir():
            return f"{name}/"
    gemfile = root / "Gemfile"
    if gemfile.is_file() and "jekyll" in gemfile.read_text(encoding="utf-8", errors="replace"):
        return "a Gemfile that names jekyll"
    below = next(
        (path for path in walk(root, inside=root, enter=_is_plain_or_posts) if "_posts" in path.parts), None
    )
    return place_of(root, below.parent) if below else ""


def _is_plain_or_posts(folder: Path) -> bool:
    return folder.name == "_posts" or not folder.name.startswith(("_", "."))


def read_blog(root: Path) -> Blog:
    """What is known of the blog. Raises ConfigError."""
    settings: dict[str, object] = {}
    for name in _CONFIGS:
        if (root / name).is_file():
            settings = merged(settings, read_settings(root / name, root))
    source = _source_of(root, settings)
    settings[_AUTHORS] = _read_authors(root, source, settings)
    blog = Blog(
        root=root,
        engine="jekyll",
        why=recognise(root) or "chosen",
        title=plain_text(settings.get("title") or settings.get("name")),
        author=meaning.author_of_site(settings.get("author")),
        language=_language(settings),
        zone=dt.UTC,
        zone_source="default",
        base_url=site_address(text_of(settings.get("url")), text_of(settings.get("baseurl"))),
        syntax=_syntax(settings),
        static_dirs=(source,),
        repository=text_of(settings.get("repository")) or repository_of(root),
        settings=MappingProxyType(settings),
    )
    zone, where = find_zone(settings, ("timezone",), "_config.yml", files=lambda: posts(blog))
    return replace(blog, zone=zone, zone_source=where)


def _source_of(root: Path, settings: Mapping[str, object]) -> Path:
    """The folder Jekyll reads, never outside the blog."""
    folder = (root / text_of(settings.get("source"))).resolve()
    return folder if folder.is_relative_to(root) and folder.is_dir() else root


def _read_authors(root: Path, source: Path, settings: Mapping[str, object]) -> Mapping[str, str]:
    """Short names in `_data/authors.yml` to full ones."""
    folder = source / (text_of(settings.get("data_dir")) or "_data")
    path = next(
        (
            folder / name
            for name in ("authors.yml", "authors.yaml", "authors.json")
            if (folder / name).is_file()
        ),
        None,
    )
    if path is None or not path.resolve().is_relative_to(root):
        return {}
    known = read_settings(path, root)
    names = {key: text_of(table(known, key).get("name")) or text_of(value) for key, value in known.items()}
    return {key: name for key, name in names.items() if name}


def _language(settings: Mapping[str, object]) -> str:
    return next(
        filter(None, (meaning.language_tag(settings.get(key)) for key in ("lang", "locale", "language"))), ""
    )


def _syntax(settings: Mapping[str, object]) -> Syntax:
    """The Markdown the configuration asks for."""
    name = text_of(settings.get("markdown")).lower()
    if name.startswith("commonmark"):
        options = {option.upper() for option in listed(table(settings, "commonmark").get("options"))}
        return Syntax(
            name="commonmark",
            hard_wrap="HARDBREAKS" in options,
            smart="SMART" in options,
            heading_attributes=False,
        )
    if name == "redcarpet":
        extensions = set(listed(table(settings, "redcarpet").get("extensions")))
        return Syntax(
            name="commonmark",
            hard_wrap="hard_wrap" in extensions,
            smart="smart" in extensions,
            heading_attributes=False,
        )
    kramdown = table(settings, "kramdown")
    quotes = text_of(kramdown.get("smart_quotes")).replace(" ", "")
    return Syntax(
        name="kramdown",
        hard_wrap=meaning.is_true(kramdown.get("hard_wrap")),
        smart=quotes != "apos,apos,quot,quot",
    )


def posts(blog: Blog) -> Iterator[Path]:
    """Every file in `_posts`, `_drafts` and the collections that could be a post."""
    source = blog.static_dirs[0]
    labels = {f"_{label}" for label in _collections(blog)} | {"_posts", "_drafts"}

    def is_entered(folder: Path) -> bool:
        inner = folder.relative_to(source)
        if labels & set(inner.parts) or folder.name in listed(blog.settings.get("include")):
            return True
        is_special = folder.name.startswith(("_", "#")) or folder.name.endswith("~")
        return not is_special and not _is_excluded(_ALWAYS_EXCLUDED, inner.as_posix())

    for path in walk(source, inside=blog.root, enter=is_entered):
        if _kind(blog, path) and (_is_post_file(path) or path.is_dir()):
            yield path


def _is_post_file(path: Path) -> bool:
    return has_ending(path, MARKDOWN_ENDINGS | OTHER_MARKUP_ENDINGS)


def _is_excluded(patterns: Iterable[str], relative: str) -> bool:
    """Whether a pattern of `exclude` names the path or a folder above it."""
    return any(_excludes(pattern.strip("/"), relative) for pattern in patterns)


def _excludes(pattern: str, relative: str) -> bool:
    return bool(pattern) and (
        relative == pattern or relative.startswith(f"{pattern}/") or fnmatch.fnmatchcase(relative, pattern)
    )


def _collections_dir(blog: Blog) -> Path:
    """The folder the collections lie in."""
    source = blog.static_dirs[0]
    folder = source / text_of(blog.settings.get("collections_dir")).strip("/")
    return folder if folder.is_dir() and folder.resolve().is_relative_to(blog.root) else source


def _collections(blog: Blog) -> Mapping[str, Mapping[str, object]]:
    """The configured collections by label."""
    value = blog.settings.get("collections")
    if isinstance(value, (list, tuple)):
        return {str(label): {} for label in value}
    return {
        label: table(table(blog.settings, "collections"), label)
        for label in table(blog.settings, "collections")
    }


def _kind(blog: Blog, path: Path) -> str:
    """`posts`, `drafts` or the collection's label; empty if the file is none of these."""
    relative = path.relative_to(blog.static_dirs[0])
    parts = relative.parts[:-1] if path.suffix and not path.is_dir() else relative.parts
    for part in parts:
        if part in {"_posts", "_drafts"}:
            return part[1:]
    start = len(_collections_dir(blog).relative_to(blog.static_dirs[0]).parts)
    label = parts[start][1:] if len(parts) > start and parts[start].startswith("_") else ""
    return label if label in _collections(blog) else ""


def read(blog: Blog, path: Path, content: bytes | None = None) -> Reading:
    """What the file says."""
    place = place_of(blog.root, path)
    kind = _kind(blog, path)
    if path.is_dir():
        return common.broken(place, 0, "the folder cannot be read", "check its permissions")
    verdict = _verdict_by_name(blog, path, kind)
    if verdict:
        return common.left_out(place, *verdict)
    opened = common.open_post(blog, path, content)
    if isinstance(opened, Reading):
        return opened
    return _read_opened(blog, _with_defaults(blog, opened, kind), kind)


def _verdict_by_name(blog: Blog, path: Path, kind: str) -> tuple[str, str] | None:
    """Why Jekyll does not read the file, told by its name and place alone."""
    relative = path.relative_to(blog.static_dirs[0])
    if _is_excluded(listed(blog.settings.get("exclude")), relative.as_posix()):
        return "excluded", "`exclude` in _config.yml names it"
    if _is_hidden(relative, kind):
        return "excluded", "Jekyll reads no files whose name, or folder's name, begins with _"
    if not path.is_relative_to(_collections_dir(blog)):
        return "excluded", "it lies outside `collections_dir`"
    if kind not in {"posts", "drafts"} and not meaning.is_true(_collections(blog)[kind].get("output")):
        return "not-published", f"the collection “{kind}” has no `output: true` in _config.yml"
    if kind == "posts" and not _DATED.match(path.stem):
        return "no-date", "its name does not begin with a date, so Jekyll ignores it"
    if not has_ending(path, MARKDOWN_ENDINGS):
        return "not-markdown", f"it is written in {path.suffix[1:]}, not Markdown"
    return None


def _is_hidden(relative: Path, kind: str) -> bool:
    """Whether Jekyll skips the file for the first letter of its name, or of the folder inside `_posts`."""
    parts = relative.parts
    inner = parts[parts.index(f"_{kind}") + 1 :] if f"_{kind}" in parts else parts
    return any(part.startswith(("_", "#", "~")) for part in {inner[0], inner[-1]})


def _with_defaults(blog: Blog, opened: Opened, kind: str) -> Opened:
    """The file with the fields that the configuration's `defaults` hand down."""
    rules = []
    value = blog.settings.get("defaults")
    for rule in value if isinstance(value, (list, tuple)) else ():
        if not isinstance(rule, dict):
            continue
        scope = table(rule, "scope")
        path, type_ = text_of(scope.get("path")).strip("/"), text_of(scope.get("type"))
        if type_ in {"", kind} and _is_in_scope(path, opened.place):
            rules.append((len(path), bool(type_), table(rule, "values")))
    handed: dict[str, object] = {}
    for _, _, values in sorted(rules, key=lambda rule: rule[:2]):
        handed = merged(handed, meaning.lower_keys(values))
    if not handed:
        return opened
    fields = merged(handed, opened.fields)
    if "categories" in handed:  # these Jekyll joins, while a field of any other name replaces the default
        both = (handed["categories"], opened.fields.get("categories"))
        fields["categories"] = [term for value in both for term in meaning.terms(value, split_words=True)]
    return replace(opened, fields=MappingProxyType(fields))


def _is_in_scope(path: str, place: str) -> bool:
    """Whether a default's path holds for the file."""
    if "*" in path:
        return any(
            fnmatch.fnmatchcase(str(part), path)
            for part in (PurePosixPath(place), *PurePosixPath(place).parents)
        )
    return not path or place == path or place.startswith(f"{path}/")


def _read_opened(blog: Blog, opened: Opened, kind: str) -> Reading:
    """What an opened file says."""
    if _is_unpublished(blog, opened):
        title = common.title_of(opened, "")[0]
        return common.left_out(opened.place, "not-published", "`published: false`", title=title)
    if kind not in {"posts", "drafts"} and not opened.front.format:
        return common.left_out(opened.place, "no-front-matter", "Jekyll copies it as it is")
    try:
        date, engine_date = _dates(blog, opened, kind)
    except ValueError as error:
        return common.bad_date(opened, error, "date")
    if date is None or engine_date is None:
        if kind == "drafts":
            return common.left_out(
                opened.place, "draft", "it lies in _drafts", title=common.title_of(opened, "")[0]
            )
        return common.no_date(opened, "neither its fields nor its name say a date")
    return _post(blog, opened, kind, date, engine_date)


def _is_unpublished(blog: Blog, opened: Opened) -> bool:
    """Whether `published` is false; a quoted "false" is a text to Jekyll, and publishes."""
    published = opened.fields.get("published")
    return (published is False or published in ("no", "off")) and not meaning.is_true(
        blog.settings.get("unpublished")
    )


def _post(blog: Blog, opened: Opened, kind: str, date: dt.datetime, engine_date: dt.datetime) -> Reading:
    """The reading of a dated file."""
    updated, findings = meaning.updated_of(opened.fields, blog.zone, place=opened.place)
    categories = _categories(blog, opened, kind)
    twin = find_twin(opened.place, opened.fields)
    named = _DATED.match(opened.path.stem)
    slug = text_of(opened.fields.get("slug")) or (named["slug"] if named else opened.path.stem)
    template = _template(blog, opened, kind)
    facts = Facts(
        date=date,
        updated=updated,
        name=slug,
        title=" ".join(word.capitalize() for word in slug.split("-")),
        permalink=_fill(template, _tokens(blog, opened, kind, slug, categories, engine_date)),
        tags=meaning.terms(opened.fields.get("tag"))
        + meaning.terms(opened.fields.get("tags"), split_words=True),
        categories=categories,
        author_names=_author_names(blog),
        language=common.own_language(opened.fields) or twin.language,
    )
    conflict, other = _conflict(opened, date)
    conflict += _zone_conflict(opened, date, engine_date)
    return Reading(
        outcome=common.make_post(blog, opened, facts),
        findings=opened.findings + findings + conflict,
        draft=kind == "drafts" and not meaning.is_true(blog.settings.get("show_drafts")),
        section=_section(blog, opened, kind),
        twin=twin.key,
        twin_is_guess=twin.is_guess,
        stem=opened.path.stem,
        other_date=other,
    )


def _dates(blog: Blog, opened: Opened, kind: str) -> tuple[dt.datetime | None, dt.datetime | None]:
    """When the post was published, and what Jekyll makes of it for the address; None if nothing says.

    Raises:
        ValueError: when the front matter's date is none.
    """
    value = opened.fields.get("date")
    if not meaning.is_empty(value):
        date = parse_date(value, blog.zone, roll_over=True)
        line = next((line for line in opened.text.split("\n", 60)[:60] if _UTC_STAMP.match(line)), "")
        return date, parse_date(value, dt.UTC).astimezone(blog.zone) if line else date
    stem = opened.path.stem
    named = _DATED.match(stem)
    text = named["date"] if named and kind == "posts" else date_in_name(stem)
    if not text:
        return None, None
    date = parse_date(_four_digit_year(text), blog.zone, roll_over=True)
    return date, date


def _four_digit_year(text: str) -> str:
    year, month, day = text.split("-")
    return f"20{year}-{month}-{day}" if len(year) == 2 else text


def _conflict(opened: Opened, date: dt.datetime) -> tuple[tuple[Finding, ...], dt.date | None]:
    """A finding if the file's name claims another day, or a day that does not exist."""
    named = _DATED.match(opened.path.stem)
    if not named:
        return (), None
    text = _four_digit_year(named["date"])
    try:
        claimed = parse_date(text, date.tzinfo or dt.UTC, roll_over=True).date()
    except ValueError:
        return (), None
    if str(claimed.day) != text.rpartition("-")[2].lstrip("0"):
        message = f"{text} is no day; Jekyll takes it for {claimed.isoformat()}"
        return (common.note("impossible-date", opened, message, hint="rename the file"),), None
    written = str(opened.fields.get("date"))[:10]
    if claimed == date.date() or written == claimed.isoformat():
        return (), None
    message = (
        f"the file's name says {claimed.isoformat()}, its date {date.date().isoformat()}; the latter counts"
    )
    line = common.line_of(opened, "date")
    return (common.note("date-conflict", opened, message, line=line, hint="make the two agree"),), claimed


def _zone_conflict(opened: Opened, date: dt.datetime, engine_date: dt.datetime) -> tuple[Finding, ...]:
    """A finding if Jekyll, reading the date as UTC, puts it on another day than the author wrote."""
    if engine_date.date() == date.date():
        return ()
    message = (
        f"“{opened.fields.get('date')}” has no zone; Jekyll takes it for UTC and dates the post "
        f"{engine_date.date().isoformat()}, the book {date.date().isoformat()}"
    )
    hint = f"write {date.strftime('%z')} after it"
    return (common.note("zone-conflict", opened, message, line=common.line_of(opened, "date"), hint=hint),)


def _categories(blog: Blog, opened: Opened, kind: str) -> tuple[str, ...]:
    """Folders above `_posts`, then the fields, as Jekyll joins them."""
    relative = opened.path.relative_to(_collections_dir(blog)).parts
    above = relative[: relative.index(f"_{kind}")] if f"_{kind}" in relative else ()
    own = meaning.terms(opened.fields.get("categories"), split_words=True)
    own += meaning.terms(opened.fields.get("category"))
    return tuple(dict.fromkeys((*above, *own)))


def _section(blog: Blog, opened: Opened, kind: str) -> str:
    """The folders below `_posts`, or the collection with the folders below it."""
    parts = opened.path.relative_to(blog.static_dirs[0]).parts[:-1]
    return "/".join(part.removeprefix("_") if part == f"_{kind}" else part for part in parts)


def _template(blog: Blog, opened: Opened, kind: str) -> str:
    """The permalink's template."""
    own = opened.fields.get("permalink")
    if isinstance(own, str) and own.strip():
        return own.strip()
    style = text_of(blog.settings.get("permalink")) or "date"
    if kind in {"posts", "drafts"}:
        configured = text_of(table(blog.settings, "collections", "posts").get("permalink"))
        return _STYLES.get(configured or style, configured or style)
    configured = text_of(_collections(blog)[kind].get("permalink"))
    if configured:
        return _STYLES.get(configured, configured)
    ending = ":output_ext" if style in {"date", "ordinal", "none"} or style.endswith(":output_ext") else ""
    return "/:collection/:path" + ("/" if style == "pretty" or style.endswith("/") else ending)


def _tokens(
    blog: Blog, opened: Opened, kind: str, slug: str, categories: tuple[str, ...], date: dt.datetime
) -> Mapping[str, str]:
    """What the words of a permalink's template stand for."""
    parts = opened.path.relative_to(_collections_dir(blog)).with_suffix("").parts
    inner = [part for number, part in enumerate(parts) if number != parts.index(f"_{kind}")]
    year, week, weekday = date.isocalendar()
    return {
        "year": f"{date.year:04}", "short_year": f"{date.year % 100:02}", "month": f"{date.month:02}",
        "i_month": str(date.month), "short_month": date.strftime("%b"), "long_month": date.strftime("%B"),
        "day": f"{date.day:02}", "i_day": str(date.day), "y_day": f"{date.timetuple().tm_yday:03}",
        "w_year": str(year), "week": f"{week:02}", "w_day": str(weekday), "short_day": date.strftime("%a"),
        "long_day": date.strftime("%A"), "hour": f"{date.hour:02}", "minute": f"{date.minute:02}",
        "second": f"{date.second:02}",
        "title": slugify(slug, pretty=True), "slug": slugify(slug).lower(),
        "name": slugify(opened.path.stem).lower(),
        "categories": "/".join(dict.fromkeys(category.lower() for category in categories)),
        "slugified_categories": "/".join(dict.fromkeys(slugify(category).lower() for category in categories)),
        "collection": "posts" if kind == "drafts" else kind, "output_ext": ".html", "path": "/".join(inner),
    }  # fmt: skip


def _fill(template: str, tokens: Mapping[str, str]) -> str:
    """The template with its words replaced."""
    return join_path(re.sub(r":([a-z_]+)", lambda found: tokens.get(found[1], found[0]), template))


def slugify(text: str, *, pretty: bool = False) -> str:
    """The text as Jekyll puts it into an address: `pretty` keeps signs that need no escape.

    >>> slugify("C++ & 한글 Post", pretty=True), slugify("C++ & 한글 Post")
    ('C++-&-한글-Post', 'C-한글-Post')
    """
    kept = _KEPT_IN_PRETTY if pretty else frozenset()
    letters = (char if char in kept or _is_word(char) else "-" for char in text)
    return re.sub("-{2,}", "-", "".join(letters)).strip("-")


def _is_word(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "Nd"


def _author_names(blog: Blog) -> Mapping[str, str]:
    """Short names of `_data/authors.yml` to full ones, as read once into the settings."""
    return {key: text_of(value) for key, value in table(blog.settings, _AUTHORS).items()}


def locate(blog: Blog, post: Post, src: str) -> Path | None:
    """The file a picture's address names."""
    fields = meaning.lower_keys(post.fields)
    prefixes = [
        text_of(meaning.pick(fields, "media_subpath", "img_path")),
        text_of(blog.settings.get("media_subpath")),
    ]
    return locate_file(
        blog, post, src, beside=(post.source.parent,), roots=blog.static_dirs, prefixes=filter(None, prefixes)
    )


def resolve(blog: Blog, post: Post, ref: str, library: Library) -> str | None:
    """The path on the site that a link names."""
    return resolve_link(blog, post, ref, library)


JEKYLL = Dialect(
    name="jekyll",
    looked_for="_config.yml with _posts/",
    recognise=recognise,
    read_blog=read_blog,
    posts=posts,
    read=read,
    locate=locate,
    resolve=resolve,
)
