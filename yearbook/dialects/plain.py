"""What any folder of Markdown with front matter has in common.

Whatever makes a site of it: Astro, Eleventy, Zola, Pelican, Gatsby, Obsidian and their like.
"""

import datetime as dt
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from urllib.parse import unquote

from yearbook.dates import parse_date
from yearbook.dialects import common
from yearbook.dialects import fields as meaning
from yearbook.dialects.common import Facts, Opened
from yearbook.dialects.dialect import Dialect, Reading
from yearbook.dialects.entries import Library
from yearbook.dialects.folders import MARKDOWN_ENDINGS, has_ending, place_of, walk
from yearbook.dialects.links import locate_file, resolve_link
from yearbook.dialects.plain_layouts import FOLDER, Layout, content_folders, find_layout, is_entered
from yearbook.dialects.settings import text_of
from yearbook.dialects.sites import find_zone, repository_of, site_address
from yearbook.dialects.slugs import date_in_name, join_path, short_name, stem_of, without_date
from yearbook.dialects.texts import nfc
from yearbook.dialects.twins import find_twin
from yearbook.model import Blog, Finding, Post

_ENDINGS = MARKDOWN_ENDINGS | {".mdx"}
_LAYOUT = "yearbook:layout"
_CONTENT = "yearbook:content"
_FILES = "yearbook:files"
_MOST_FILES = 50_000
_DATE_KEYS = (
    "date", "pubdate", "pub_date", "pubdatetime", "published", "publishdate", "publish_date",
    "published_at", "publishedat",
    "publisheddate", "published_date", "publicationdate", "publication_date", "datepublished",
    "date_published", "posted",
    "postdate", "post_date", "posted_at", "created", "created_at", "createdat", "createddate",
    "date_created", "datecreated",
    "creation_date", "create_date", "datetime", "written", "extra.date", "date.created",
)  # fmt: skip
_TEMPLATE_FOLDERS = frozenset({"templates", "_templates", "template", "_template"})
_DRAFT_FOLDERS = frozenset({"drafts", "_drafts", "draft"})


def recognise(root: Path) -> str | None:
    """Why the folder is a blog; None if it is not."""
    found = find_layout(root)
    return f"{found[0].name}: {found[1]}" if found else None


def read_blog(root: Path) -> Blog:
    """What is known of the blog. Raises ConfigError."""
    found = find_layout(root)
    layout, why = found or (FOLDER, "chosen")
    facts = layout.read_facts(root)
    content = content_folders(root, layout, facts.content)
    settings = {_LAYOUT: layout, _CONTENT: content, _FILES: _files_by_name(root, layout), **facts.settings}
    blog = Blog(
        root=root,
        engine="plain",
        why=f"{layout.name}: {why}",
        title=facts.title,
        author=facts.author,
        language=meaning.language_tag(facts.language),
        zone=dt.UTC,
        zone_source="default",
        base_url=site_address(facts.address),
        syntax=layout.syntax,
        static_dirs=tuple(dict.fromkeys(root / name for name in layout.static if (root / name).is_dir())),
        repository=repository_of(root),
        settings=MappingProxyType(settings),
    )
    zones = {"timezone": facts.zone}
    zone, where = find_zone(zones, ("timezone",), "the configuration", files=lambda: posts(blog))
    return replace(blog, zone=zone, zone_source=where)


def _files_by_name(root: Path, layout: Layout) -> Mapping[str, Path]:
    """Files of a vault by bare name, as its `![[picture.png]]` names them."""
    found: dict[str, Path] = {}
    if layout.name not in {"obsidian", "quartz"}:
        return found
    for number, path in enumerate(walk(root, inside=root)):
        if number > _MOST_FILES:
            break
        if not has_ending(path, _ENDINGS):
            found.setdefault(nfc(path.name).casefold(), path)
    return found


def _layout(blog: Blog) -> Layout:
    layout = blog.settings[_LAYOUT]
    return layout if isinstance(layout, Layout) else FOLDER


def _content(blog: Blog) -> tuple[Path, ...]:
    content = blog.settings[_CONTENT]
    return content if isinstance(content, tuple) else (blog.root,)


def posts(blog: Blog) -> Iterator[Path]:
    """Every Markdown file under the content folders."""
    layout = _layout(blog)
    seen: set[Path] = set()
    for folder in _content(blog):
        for path in walk(folder, inside=blog.root, enter=lambda each: is_entered(layout, blog.root, each)):
            if path not in seen and (has_ending(path, _ENDINGS) or path.is_dir()):
                seen.add(path)
                yield path


def read(blog: Blog, path: Path, content: bytes | None = None) -> Reading:
    """What the file says."""
    place = place_of(blog.root, path)
    if path.is_dir():
        return common.broken(place, 0, "the folder cannot be read", "check its permissions")
    parts = {part.lower() for part in PurePosixPath(place).parts[:-1]}
    if parts & _TEMPLATE_FOLDERS:
        return common.left_out(place, "template", "it lies in a folder of templates")
    if path.stem == "_index":
        return common.left_out(place, "section", "it introduces a section")
    layout = _layout(blog)
    opened = common.open_post(blog, path, content, open_end=True, meta=layout.open_head)
    if isinstance(opened, Reading):
        return opened
    verdict = _verdict_by_fields(opened)
    if verdict:
        return common.left_out(place, *verdict, title=common.title_of(opened, "")[0])
    return _read_opened(blog, layout, _without_modules(opened), draft=bool(parts & _DRAFT_FOLDERS))


def _verdict_by_fields(opened: Opened) -> tuple[str, str] | None:
    """Why the file is not published, told by its fields."""
    fields = opened.fields
    for key in ("published", "publish"):
        if meaning.is_false(fields.get(key)):
            return "not-published", f"`{key}: false`"
    if text_of(fields.get("status")).lower() in {"hidden", "skip", "private"}:
        return "not-published", f"`status: {text_of(fields.get('status'))}`"
    if meaning.is_true(fields.get("private")):
        return "not-published", "`private: true`"
    for key in ("unlisted", "eleventyexcludefromcollections"):
        if meaning.is_true(fields.get(key)):
            return "unlisted", f"`{key}: true`"
    return None


def _read_opened(blog: Blog, layout: Layout, opened: Opened, *, draft: bool) -> Reading:
    """What an opened file says."""
    try:
        date, findings = _date(blog, opened)
    except ValueError as error:
        return common.bad_date(opened, error, *_DATE_KEYS)
    draft = draft or _is_draft(opened)
    if date is None:
        return _undated(opened, draft=draft)
    updated, more = meaning.updated_of(opened.fields, blog.zone, place=opened.place)
    twin = find_twin(opened.place, opened.fields)
    stem = stem_of(opened.place)
    name = _own_slug(opened) or without_date(stem)
    facts = Facts(
        date=date,
        updated=updated,
        name=PurePosixPath(name.strip("/")).name or stem,
        permalink=_permalink(blog, layout, opened, date),
        language=common.own_language(opened.fields) or twin.language,
        categories=_categories(layout, opened),
        tags=_tags(layout, opened),
    )
    inner = _inner(blog, layout, opened)
    return Reading(
        outcome=common.make_post(blog, opened, facts),
        findings=opened.findings + findings + more,
        draft=draft,
        page=_is_page(layout, opened, inner),
        section=str(inner.parent) if str(inner.parent) != "." else "",
        twin=twin.key,
        twin_is_guess=twin.is_guess,
        stem=stem,
    )


def _is_draft(opened: Opened) -> bool:
    fields = opened.fields
    return meaning.is_true(fields.get("draft")) or text_of(fields.get("status")).lower() == "draft"


def _undated(opened: Opened, *, draft: bool) -> Reading:
    """The reading of a file that says nowhere when it was written."""
    title = common.title_of(opened, "")[0]
    if draft:
        return common.left_out(opened.place, "draft", "it is a draft", title=title)
    if not opened.front.format:
        return common.left_out(
            opened.place, "no-front-matter", "it has no fields, and its name no date", title=title
        )
    return common.no_date(opened, "neither its fields nor its name say a date")


def _date(blog: Blog, opened: Opened) -> tuple[dt.datetime | None, tuple[Finding, ...]]:
    """The post's date, else that of its file's or folder's name.

    Raises:
        ValueError: when a field holds something that is no date.
    """
    for key in _DATE_KEYS:
        value = meaning.pick(opened.fields, key)
        if value is not None and not isinstance(value, (bool, dict, list)):
            return parse_date(value, blog.zone), ()
    named = _date_in_place(opened.place)
    if not named:
        return None, ()
    try:
        return parse_date(named, blog.zone), ()
    except ValueError as error:
        note = common.note(
            "impossible-date", opened, f"the name's date is passed over: {error}", hint="rename it"
        )
        return None, (note,)


def _date_in_place(place: str) -> str:
    """The date in names of the file or its folders, as in `2021-12-31-a/index.md` and `2021/12/31/a.md`."""
    path = PurePosixPath(place)
    for name in (path.stem, *reversed(path.parts[:-1])):
        found = date_in_name(name)
        if found:
            return found
    parts = re.search(r"(?:^|/)(\d{4})/(\d{1,2})/(\d{1,2})(?=[/._-]|$)", str(path.with_suffix("")))
    return "-".join(parts.groups()) if parts else ""


def _own_slug(opened: Opened) -> str:
    return text_of(meaning.pick(opened.fields, "slug", "url_slug"))


def _categories(layout: Layout, opened: Opened) -> tuple[str, ...] | None:
    """Pelican's category is the folder's name if the fields have none; elsewhere the fields decide."""
    if layout.name != "pelican" or common.categories_of(opened.fields):
        return None
    folder = PurePosixPath(opened.place).parent.name
    return (folder,) if folder not in {"content", ""} else ()


def _tags(layout: Layout, opened: Opened) -> tuple[str, ...]:
    """The tags without those by which Eleventy only gathers its posts."""
    gathering = {"posts", "post", "all"} if layout.name == "eleventy" else set()
    return tuple(tag for tag in common.tags_of(opened.fields) if tag not in gathering)


def _is_page(layout: Layout, opened: Opened, inner: PurePosixPath) -> bool:
    """Whether it is a page of the site: Pelican keeps those in `pages`, others say so."""
    if layout.name == "pelican" and inner.parts[:1] == ("pages",):
        return True
    return (
        text_of(opened.fields.get("type")).lower() == "page"
        or text_of(opened.fields.get("layout")).lower() == "page"
    )


def _inner(blog: Blog, layout: Layout, opened: Opened) -> PurePosixPath:
    """The place without the folders that do not show in addresses."""
    for name in layout.bare:
        if name != "." and opened.place.startswith(f"{name}/"):
            return PurePosixPath(opened.place[len(name) + 1 :])
    stated = next((folder for folder in _content(blog) if opened.path.is_relative_to(folder)), blog.root)
    return PurePosixPath(place_of(stated, opened.path) if layout.name == "pelican" else opened.place)


def _permalink(blog: Blog, layout: Layout, opened: Opened, date: dt.datetime) -> str:
    """The post's path on the site, as the engine most likely has it."""
    own = text_of(meaning.pick(opened.fields, "permalink", "path", "url"))
    if own and "{" not in own and not re.match(r"https?:", own):
        return join_path(own if PurePosixPath(own).suffix else f"{own}/")
    inner = _inner(blog, layout, opened)
    folder = inner.parent.parent if inner.stem == "index" else inner.parent
    name = inner.parent.name if inner.stem == "index" else inner.stem
    slug = _own_slug(opened)
    if layout.name == "pelican":
        return _pelican_address(blog, opened, slug, date)
    if slug.startswith("/"):
        return join_path(slug if slug.endswith("/") else f"{slug}/")
    if layout.name == "docusaurus" and not slug:
        return join_path(str(folder), f"{date:%Y/%m/%d}", f"{without_date(name)}/")
    last = slug or (name if layout.keeps_date else without_date(name))
    path = f"{'' if str(folder) == '.' else folder}/{last}"
    if layout.name == "zola":
        path = "/".join(short_name(part) for part in path.split("/") if part)
    return join_path(f"{path}.html" if layout.ugly else f"{path}/")


def _pelican_address(blog: Blog, opened: Opened, slug: str, date: dt.datetime) -> str:
    """The address of Pelican's `ARTICLE_URL`."""
    name = slug or short_name(common.title_of(opened, "")[0])
    template = text_of(blog.settings.get("ARTICLE_URL")) or "{slug}.html"
    words = {"slug": name, "category": short_name(" ".join(common.categories_of(opened.fields)) or "misc")}

    def word(found: re.Match[str]) -> str:
        if found[1] == "date":
            return date.strftime((found[2] or ":%Y-%m-%d")[1:])
        return words.get(found[1], found[0])

    return join_path(re.sub(r"\{(\w+)(:[^{}]*)?\}", word, template))


def _without_modules(opened: Opened) -> Opened:
    """An MDX post without its imports and exports, with as many lines as before."""
    if opened.path.suffix.lower() != ".mdx":
        return opened
    lines = opened.front.body.split("\n")
    fence = inside = False
    for number, line in enumerate(lines):
        if line.lstrip().startswith(("```", "~~~")):
            fence = not fence
        starts = re.match(
            r"(?:import\s+(?:[\w{*\"']).*|export\s+(?:const|let|var|default|function|\{|\*).*)$", line
        )
        inside = not fence and bool(line.strip()) and (inside or bool(starts))
        if inside:
            lines[number] = ""
    body = "\n".join(lines)
    findings = opened.findings
    component = re.search(
        r"^[ \t]*<([A-Z][\w.]*)", re.sub(r"```.*?```", "", body, flags=re.DOTALL), re.MULTILINE
    )
    if component:
        message = f"it is MDX; components such as <{component[1]}> are not drawn"
        findings += (common.note("mdx-component", opened, message, hint="write the text out for print"),)
    return replace(opened, front=replace(opened.front, body=body), findings=findings)


def locate(blog: Blog, post: Post, src: str) -> Path | None:
    """The file a picture's address names: beside the post, in a static folder, or anywhere in a vault."""
    content = _content(blog)
    bare = re.sub(r"^[{|](?:static|attach|filename|photo)[}|]", "", src)
    if bare != src:  # Pelican's: from the content folder, or from the post's
        src = bare
        content = (*content, *(folder.parent for folder in content if folder != blog.root))
    src = re.sub(r"^(?:@|~)/", "/", src)
    roots = (*blog.static_dirs, *content, blog.root / "src", blog.root)
    found = locate_file(blog, post, src, beside=(post.source.parent,), roots=roots)
    return found or _by_bare_name(blog, src)


def _by_bare_name(blog: Blog, src: str) -> Path | None:
    """The vault's file of that name, wherever it lies."""
    files = blog.settings[_FILES]
    name = nfc(posixpath.basename(unquote(src.partition("#")[0].partition("|")[0]))).casefold()
    path = files.get(name) if isinstance(files, Mapping) and name else None
    return path.resolve() if isinstance(path, Path) and path.resolve().is_relative_to(blog.root) else None


def resolve(blog: Blog, post: Post, ref: str, library: Library) -> str | None:
    """The path on the site that a link, a wiki link's name or Zola's `@/blog/x.md` names."""
    content = place_of(blog.root, _content(blog)[0])
    ref = re.sub(r"^(?:@/|\{filename\}|\|filename\|)", lambda found: "/" if found[0] == "@/" else "", ref)
    return resolve_link(blog, post, ref, library, content="" if content == "." else content)


PLAIN = Dialect(
    name="plain",
    looked_for="Markdown files with front matter",
    recognise=recognise,
    read_blog=read_blog,
    posts=posts,
    read=read,
    locate=locate,
    resolve=resolve,
)
