"""What only Hexo knows: `source/_posts`, asset folders, file name patterns and permalinks of its own."""

import datetime as dt
import fnmatch
import hashlib
import re
from collections.abc import Iterator, Mapping
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
from yearbook.dialects.settings import listed, read_settings, table, text_of
from yearbook.dialects.sites import find_zone, package_names, repository_of, site_address
from yearbook.dialects.slugs import date_in_name, join_path, without_date
from yearbook.dialects.texts import plain_text
from yearbook.dialects.twins import find_twin
from yearbook.model import Blog, Finding, Post, Syntax

_MARKUP = MARKDOWN_ENDINGS | OTHER_MARKUP_ENDINGS
_OWN_KEYS = re.compile(
    rb"^(?:source_dir|new_post_name|post_asset_folder|skip_render|render_drafts)[ \t]*:", re.MULTILINE
)
_NAME_WORDS = {
    "title": "(?P<title>.+)", "year": r"(?P<year>\d{4})", "month": r"(?P<month>\d\d)",
    "day": r"(?P<day>\d\d)",
    "i_month": r"(?P<month>\d{1,2})", "i_day": r"(?P<day>\d{1,2})", "hash": r"[0-9a-f]+", "lang": "[a-z-]+",
}  # fmt: skip


def recognise(root: Path) -> str | None:
    """Why the folder is a Hexo blog; None if it is not."""
    config = root / "_config.yml"
    if not config.is_file():
        return None
    if package_names(root, "hexo"):
        return "_config.yml and a package.json that names hexo"
    if not (root / "source" / "_posts").is_dir():
        return None
    if (root / "scaffolds").is_dir() or _OWN_KEYS.search(config.read_bytes()[: 1 << 16]):
        return "_config.yml and source/_posts/"
    # Octopress, a Jekyll of old, has source/_posts too, and a Gemfile.
    return None if (root / "Gemfile").is_file() else "source/_posts/"


def read_blog(root: Path) -> Blog:
    """What is known of the blog. Raises ConfigError."""
    settings = read_settings(root / "_config.yml", root) if (root / "_config.yml").is_file() else {}
    source = _source_of(root, settings)
    theme = root / "themes" / (text_of(settings.get("theme")) or "landscape") / "source"
    blog = Blog(
        root=root,
        engine="hexo",
        why=recognise(root) or "chosen",
        title=plain_text(settings.get("title")),
        author=meaning.author_of_site(settings.get("author")),
        language=meaning.language_tag(settings.get("language")),
        zone=dt.UTC,
        zone_source="default",
        base_url=_address(settings),
        syntax=_syntax(root, settings),
        static_dirs=tuple(folder for folder in (source, theme) if folder.is_dir()),
        repository=repository_of(root),
        settings=MappingProxyType({**settings, _SOURCE: source}),
    )
    zone, where = find_zone(settings, ("timezone",), "_config.yml", files=lambda: posts(blog))
    return replace(blog, zone=zone, zone_source=where)


_SOURCE = "yearbook:source"


def _source_of(root: Path, settings: Mapping[str, object]) -> Path:
    """The source folder, never outside the blog."""
    folder = (root / (text_of(settings.get("source_dir")) or "source")).resolve()
    return folder if folder.is_relative_to(root) else root / "source"


def _source(blog: Blog) -> Path:
    source = blog.settings[_SOURCE]
    return source if isinstance(source, Path) else blog.root / "source"


def _address(settings: Mapping[str, object]) -> str:
    """The public address; `url` may or may not repeat `root`."""
    url = site_address(text_of(settings.get("url")))
    has_path = bool(re.match(r"https?://[^/]+/.", url))
    return url if has_path else site_address(url, text_of(settings.get("root")))


def _syntax(root: Path, settings: Mapping[str, object]) -> Syntax:
    """The Markdown of the renderer that package.json names, with Hexo's defaults."""
    if package_names(root, "hexo-renderer-markdown-it", "hexo-renderer-markdown-it-plus"):
        render = table(settings, "markdown", "render")
        strict = text_of(settings.get("markdown")) in {"commonmark", "zero"}
        return Syntax(
            hard_wrap=not strict and not meaning.is_false(render.get("breaks")),
            smart=not strict and not meaning.is_false(render.get("typographer")),
            unsafe_html=not meaning.is_false(render.get("html")),
            heading_attributes=False,
        )
    marked = table(settings, "marked")
    return Syntax(
        hard_wrap=not meaning.is_false(marked.get("breaks")),
        smart=not meaning.is_false(marked.get("smartypants")),
        heading_attributes=False,
    )


def posts(blog: Blog) -> Iterator[Path]:
    """Every file under the source folder that could be a post."""
    for path in walk(_source(blog), inside=blog.root):
        if has_ending(path, _MARKUP if "_posts" in path.parts else MARKDOWN_ENDINGS) or path.is_dir():
            yield path


def read(blog: Blog, path: Path, content: bytes | None = None) -> Reading:
    """What the file says."""
    place = place_of(blog.root, path)
    if path.is_dir():
        return common.broken(place, 0, "the folder cannot be read", "check its permissions")
    inner = PurePosixPath(place_of(_source(blog), path))
    verdict = _verdict_by_name(blog, path, inner)
    if verdict:
        return common.left_out(place, *verdict)
    opened = common.open_post(blog, path, content, open_end=True)
    if isinstance(opened, Reading):
        return opened
    if meaning.is_false(opened.fields.get("published")):
        title = common.title_of(opened, "")[0]
        return common.left_out(place, "not-published", "`published: false`", title=title)
    return _read_opened(blog, opened, inner)


def _verdict_by_name(blog: Blog, path: Path, inner: PurePosixPath) -> tuple[str, str] | None:
    """Why the file is no post, told by its name and place alone."""
    kept = listed(blog.settings.get("include"))
    names = inner.parts[1:] if inner.parts[0] in {"_posts", "_drafts"} else inner.parts
    if any(name.startswith("_") for name in names) and not any(
        fnmatch.fnmatch(str(inner), each) for each in kept
    ):
        return "excluded", "Hexo reads no files whose name, or folder's name, begins with _"
    skipped = (*listed(blog.settings.get("skip_render")), *listed(blog.settings.get("exclude")))
    if any(fnmatch.fnmatch(str(inner), pattern) for pattern in skipped):
        return "excluded", "`skip_render` or `exclude` in _config.yml names it"
    if not has_ending(path, MARKDOWN_ENDINGS):
        return "not-markdown", f"it is written in {path.suffix[1:]}, not Markdown"
    return None


def _read_opened(blog: Blog, opened: Opened, inner: PurePosixPath) -> Reading:
    """What an opened file says."""
    kind = inner.parts[0] if inner.parts[0] in {"_posts", "_drafts"} else "page"
    slug, named = _parse_name(blog, inner, kind)
    try:
        date, findings = _date(blog, opened, named)
    except ValueError as error:
        return common.bad_date(opened, error, "date")
    if date is None:
        return _undated(opened, kind)
    updated, more = meaning.updated_of(opened.fields, blog.zone, place=opened.place)
    twin = find_twin(opened.place, opened.fields)
    facts = Facts(
        date=date,
        updated=updated,
        name=without_date(PurePosixPath(slug).name),
        permalink=_permalink(blog, opened, slug, date, inner, kind),
        language=common.own_language(opened.fields) or twin.language,
    )
    return Reading(
        outcome=common.make_post(blog, opened, facts),
        findings=opened.findings + findings + more,
        draft=kind == "_drafts" and not meaning.is_true(blog.settings.get("render_drafts")),
        page=kind == "page",
        section="/".join(inner.parts[1:-1] if kind != "page" else inner.parts[:-1]),
        twin=twin.key,
        twin_is_guess=twin.is_guess,
        stem=inner.stem,
    )


def _undated(opened: Opened, kind: str) -> Reading:
    """The reading of a file that says nowhere when it was written."""
    title = common.title_of(opened, "")[0]
    if kind == "_drafts":
        return common.left_out(opened.place, "draft", "it lies in _drafts", title=title)
    if kind == "page":
        return common.left_out(opened.place, "page", "it is a page of the site, not a post", title=title)
    return common.no_date(
        opened, "neither its fields nor its name say a date; Hexo takes the file's own time"
    )


def _parse_name(blog: Blog, inner: PurePosixPath, kind: str) -> tuple[str, str]:
    """The slug, and the date in the file's name; as `new_post_name` has them."""
    whole = str(PurePosixPath(*(inner.parts[1:] if kind != "page" else inner.parts)).with_suffix(""))
    pattern = PurePosixPath(text_of(blog.settings.get("new_post_name")) or ":title.md").with_suffix("")
    parts = re.split(r":([a-z_]+)", str(pattern))
    regex = "".join(
        _NAME_WORDS.get(part, ".+?") if number % 2 else re.escape(part) for number, part in enumerate(parts)
    )
    try:
        found = re.fullmatch(regex, whole)
    except re.error:  # a pattern that uses one word twice
        found = None
    names = found.groupdict() if found else {}
    if found and {"year", "month", "day"} <= set(names):
        return names.get("title") or whole, f"{names['year']}-{names['month']}-{names['day']}"
    return names.get("title") or whole, date_in_name(PurePosixPath(whole).name)


def _date(blog: Blog, opened: Opened, named: str) -> tuple[dt.datetime | None, tuple[Finding, ...]]:
    """The post's date; its file name's if the fields have none.

    Raises:
        ValueError: when the front matter's date is none.
    """
    value = opened.fields.get("date")
    if not meaning.is_empty(value):
        return parse_date(value, blog.zone), ()
    if not named:
        return None, ()
    date = parse_date(named, blog.zone)
    message = f"it has no `date`; {date.date().isoformat()} is from its name"
    return date, (common.note("date-from-name", opened, message, hint="add a `date` to its front matter"),)


def _permalink(
    blog: Blog, opened: Opened, slug: str, date: dt.datetime, inner: PurePosixPath, kind: str
) -> str:
    """The post's path on the site."""
    own = opened.fields.get("permalink")
    if isinstance(own, str) and own.strip():
        return join_path(own.strip())
    if kind == "page":
        return join_path(str(inner.with_suffix(".html")).removesuffix("index.html"))
    template = text_of(blog.settings.get("permalink")) or ":year/:month/:day/:title/"
    words = _words(blog, opened, slug, date)
    usual = table(blog.settings, "permalink_defaults")

    def word(found: re.Match[str]) -> str:
        key = found[1]
        return words.get(key) or text_of(opened.fields.get(key)) or text_of(usual.get(key)) or found[0]

    path = re.sub(r":([a-z_]+)", word, template)
    return join_path(path.removesuffix("index.html"))


def _words(blog: Blog, opened: Opened, slug: str, date: dt.datetime) -> Mapping[str, str]:
    """What the words of a permalink stand for."""
    seconds = int(date.timestamp())
    digest = hashlib.sha1(f"{slug}{seconds}".encode(), usedforsecurity=False).hexdigest()
    return {
        "title": slug, "name": PurePosixPath(slug).name,
        "post_title": slugize(plain_text(opened.fields.get("title"))).lower(),
        "year": f"{date.year:04}", "month": f"{date.month:02}", "day": f"{date.day:02}",
        "i_month": str(date.month),
        "i_day": str(date.day), "hour": f"{date.hour:02}", "minute": f"{date.minute:02}",
        "second": f"{date.second:02}",
        "timestamp": str(seconds), "hash": digest[:12], "category": _category_path(blog, opened),
    }  # fmt: skip


def _category_path(blog: Blog, opened: Opened) -> str:
    """The last category with those above it, as an address."""
    value = meaning.pick(opened.fields, "categories", "category")
    if isinstance(value, list) and value and isinstance(value[-1], list):
        value = value[-1]
    known = table(blog.settings, "category_map")
    names = [text_of(known.get(name)) or slugize(name) for name in meaning.terms(value)]
    return "/".join(names) or text_of(blog.settings.get("default_category")) or "uncategorized"


def slugize(text: str) -> str:
    """The text as Hexo puts it into an address.

    >>> slugize("Hello, 세계! (1)")
    'Hello-세계-1'
    """
    return re.sub(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'<>,.?/\x00-\x1f]+", "-", text).strip("-")


def locate(blog: Blog, post: Post, src: str) -> Path | None:
    """The file a picture's address names: in the post's asset folder, beside it, or in the source folder."""
    beside = (post.source.with_suffix(""), post.source.parent)
    return locate_file(blog, post, src, beside=beside, roots=blog.static_dirs)


def resolve(blog: Blog, post: Post, ref: str, library: Library) -> str | None:
    """The path on the site that `post_link` or a link names."""
    return resolve_link(blog, post, ref, library, content=place_of(blog.root, _source(blog) / "_posts"))


HEXO = Dialect(
    name="hexo",
    looked_for="_config.yml with source/_posts/",
    recognise=recognise,
    read_blog=read_blog,
    posts=posts,
    read=read,
    locate=locate,
    resolve=resolve,
)
