"""What all dialects do alike: open a file, and make a post of its fields."""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from yearbook import frontmatter
from yearbook.dates import parse_date
from yearbook.dialects import fields as meaning
from yearbook.dialects.dialect import Reading
from yearbook.dialects.folders import place_of
from yearbook.dialects.slugs import date_in_name, readable, short_name, stem_of
from yearbook.dialects.texts import UnreadableFileError, first_heading, nfc, plain_text, read_text
from yearbook.model import Blog, BrokenPost, Finding, LeftOut, Post, Severity
from yearbook.value import dataclass

DATE_HINT = "write it as 2021-12-31 or 2021-12-31 23:59:00 +0900"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that could be read."""

    path: Path
    """The file."""
    place: str
    """The same, relative to the blog."""
    text: str
    """All of it, decoded."""
    front: frontmatter.FrontMatter
    """Its two halves."""
    fields: Mapping[str, object]
    """The fields under lower-case names, with what a folder hands down."""
    findings: tuple[Finding, ...]
    """What opening it met."""


def open_post(
    blog: Blog, path: Path, content: bytes | None, *, open_end: bool = False, meta: bool = False
) -> Opened | Reading:
    """The file's text and fields; or why it has none, as a finished reading."""
    place = place_of(blog.root, path)
    if path.is_symlink() and not _is_inside(path, blog.root):
        return left_out(place, "outside", "it is a link to a file outside the blog")
    try:
        text = read_text(path, place=place, language=blog.language, content=content)
        front = frontmatter.split(text.text, place=place, open_end=open_end, meta=meta)
    except UnreadableFileError as error:
        return broken(place, 0, error.reason, error.hint)
    except frontmatter.FrontMatterError as error:
        return broken(place, error.line, error.reason, error.hint, guess=_guessed_date(text.text))
    return Opened(
        path=path,
        place=place,
        text=text.text,
        front=front,
        fields=meaning.lower_keys(front.fields),
        findings=text.findings + front.findings,
    )


def _is_inside(path: Path, root: Path) -> bool:
    """Whether the file a link leads to lies in the blog; a link to nowhere is reported when it is read."""
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return True


def broken(place: str, line: int, reason: str, hint: str, *, guess: str = "") -> Reading:
    """The reading of a file that cannot be read; `guess` is what may be its date."""
    stem = stem_of(place)
    try:
        date = parse_date(guess or date_in_name(stem), dt.UTC).date()
    except ValueError:
        date = None
    return Reading(
        outcome=BrokenPost(place=place, line=line, reason=reason, hint=hint), stem=stem, other_date=date
    )


def _guessed_date(text: str) -> str:
    """The day on the line that looks like the date; empty if there is none."""
    found = re.search(
        r"^\s*[\"']?date[\"']?\s*[:=]\s*[\"']?(\d{4}-\d{1,2}-\d{1,2})",
        text[:20_000],
        re.MULTILINE | re.IGNORECASE,
    )
    return found[1] if found else ""


def left_out(place: str, reason: str, detail: str, *, title: str = "") -> Reading:
    """The reading of a file that is no post."""
    return Reading(
        outcome=LeftOut(place=place, title=title, date=None, reason=reason, detail=detail),
        stem=stem_of(place),
    )


def no_date(opened: Opened, detail: str) -> Reading:
    """The reading of a post that says nowhere when it was written."""
    return left_out(opened.place, "no-date", detail, title=title_of(opened, "")[0])


def bad_date(opened: Opened, error: ValueError, *keys: str) -> Reading:
    """The reading of a post whose date makes no sense."""
    return broken(opened.place, line_of(opened, *keys), str(error), DATE_HINT)


def line_of(opened: Opened, *keys: str) -> int:
    """1-based line of the first of these keys; 0 if it is in no line of its own."""
    names = "|".join(re.escape(key) for key in keys)
    head = "\n".join(opened.text.split("\n", opened.front.body_line)[: opened.front.body_line])
    found = re.search(rf"^[ \t]*\"?(?:{names})\"?[ \t]*[:=]", head, re.MULTILINE | re.IGNORECASE)
    return head.count("\n", 0, found.start()) + 1 if found else 0


def title_of(opened: Opened, fallback: str) -> tuple[str, str]:
    """The title as plain text, and the body without the heading that became it."""
    body = opened.front.body
    wished = meaning.wishes_of(opened.fields).get("title")
    title = plain_text(wished) or plain_text(opened.fields.get("title"))
    if title:
        return title, body
    heading = first_heading(body)
    if heading and heading.text:
        return heading.text, heading.body
    return fallback or readable(stem_of(opened.place)) or opened.place, body


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a dialect found out about a post, beyond what the fields of any engine say."""

    date: dt.datetime
    """When it was published, in the blog's zone."""
    permalink: str
    """Path on the site."""
    name: str
    """What its slug is made of."""
    title: str = ""
    """Title if neither fields nor heading have one."""
    updated: dt.datetime | None = None
    """When it was last changed."""
    tags: tuple[str, ...] | None = None
    """Tags, if this engine reads them in its own manner."""
    categories: tuple[str, ...] | None = None
    """Categories, likewise."""
    language: str = ""
    """Language of the file's folder or name."""
    hero: str = ""
    """Opening picture, if the fields name none."""
    author_names: Mapping[str, str] | None = None
    """What short author names stand for."""


def make_post(blog: Blog, opened: Opened, facts: Facts) -> Post:
    """The post of a file."""
    fields = opened.fields
    title, body = title_of(opened, facts.title)
    tags = facts.tags
    categories = facts.categories
    return Post(
        source=opened.path,
        place=opened.place,
        slug=short_name(facts.name),
        title=title,
        date=facts.date,
        updated=facts.updated,
        language=facts.language or own_language(fields) or blog.language,
        authors=meaning.authors_of(fields, facts.author_names),
        people=meaning.people_of(fields),
        tags=tags_of(fields) if tags is None else tags,
        categories=categories_of(fields) if categories is None else categories,
        series=meaning.series_of(fields),
        summary=meaning.summary_of(fields),
        hero=meaning.hero_of(fields) or facts.hero,
        permalink=nfc(facts.permalink),
        body=body,
        body_line=opened.front.body_line,
        engine=blog.engine,
        syntax=blog.syntax,
        fields=MappingProxyType(dict(opened.front.fields)),
        wishes=meaning.wishes_of(fields),
    )


def own_language(fields: Mapping[str, object]) -> str:
    """The language the post itself names; empty if none."""
    return meaning.language_tag(meaning.pick(fields, "lang", "language", "locale", "lng"))


def tags_of(fields: Mapping[str, object]) -> tuple[str, ...]:
    """Tags as most engines read them."""
    value = meaning.pick(fields, "tags", "tag", "taxonomies.tags", "keywords")
    return meaning.terms(value)


def categories_of(fields: Mapping[str, object]) -> tuple[str, ...]:
    """Categories as most engines read them."""
    return meaning.terms(meaning.pick(fields, "categories", "category", "taxonomies.categories"))


def note(kind: str, opened: Opened, message: str, *, line: int = 0, hint: str = "") -> Finding:
    """A finding about the file."""
    return Finding(
        kind=kind, severity=Severity.NOTE, message=message, place=opened.place, line=line, hint=hint
    )
