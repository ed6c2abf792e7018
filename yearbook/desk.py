"""Lays out what a volume is made from: chapters, pictures, where links lead, the page, the theme.

Which posts there are was decided before; what a page looks like is decided in `styles/` and the templates.
"""

import contextlib
import dataclasses
import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from yearbook import __version__
from yearbook.assets import version_of
from yearbook.compose import Book, all_months, begin_pages, make_index, make_parts
from yearbook.config import Config
from yearbook.cover import choose_cover, find_sharp
from yearbook.language import detect
from yearbook.localise import Picture, Setting, Targets, images_by_src, targets
from yearbook.model import Blog, Chapter, ImageUse, MissingImage, StoredImage
from yearbook.preface import PREFACE
from yearbook.shelf import Pictures
from yearbook.themes import Theme, find_theme, places_pictures
from yearbook.trims import TRIMS, Trim
from yearbook.typography import estimate_pages, gutter_mm
from yearbook.value import dataclass
from yearbook.wording import Wording, wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """The chapters of one bound volume, and what belongs to them."""

    chapters: tuple[Chapter, ...]
    """In order, the preface among them."""
    blogs: Mapping[str, Blog]
    """The blog of each chapter, by its post's place."""
    pictures: Pictures
    """Every picture; more than the chapters show does no harm."""
    number: int
    """1, 2, …; 0 if there is only one volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that settling the chapters takes, so that it can be done again with other wishes."""

    volume: Volume
    """What is settled."""
    pictures: Mapping[str, Mapping[str, Picture]]
    """By place of the post, then by address as written."""
    targets: Mapping[Path, Targets]
    """Where links may lead, by folder of the blog: paths are a blog's own, anchors the whole book's."""
    setting: Setting
    """The page and its words."""
    language: str
    """The book's language."""
    theme: Theme
    """The theme."""


def make_desk(volume: Volume, config: Config) -> Desk:
    """What settling the chapters takes.

    Raises:
        UsageError: there is no such theme.
    """
    chapters, blog = volume.chapters, next(iter(volume.blogs.values()))
    theme = find_theme(config.page.theme, config.blog)
    text = "".join(chapter.post.title + chapter.post.body[:2000] for chapter in chapters)
    language = config.language or blog.language or detect(text) or "en"
    setting = Setting(
        trim=_trim(chapters, theme.set_trim(TRIMS[config.page.trim]), config),
        words=wording(language),
        notes=config.page.links == "footnotes",
        base_url=blog.base_url,
        tallest=theme.tallest,
        keep_words=config.page.keep_words,
        pictures=places_pictures(theme, config.page.pictures),
        bleed_mm=config.page.bleed,
    )
    return Desk(
        volume=volume,
        pictures=_pictures_by_place(volume.pictures),
        targets=_targets_by_blog(volume),
        setting=setting,
        language=language,
        theme=theme,
    )


def setting_of(desk: Desk, chapter: Chapter) -> Setting:
    """The page as it is for one chapter: its blog's address; no picture leaves the text of a preface."""
    base_url = desk.volume.blogs[chapter.post.place].base_url
    if chapter.post.slug == PREFACE:
        return dataclasses.replace(desk.setting, base_url=base_url, pictures="text")
    same = base_url == desk.setting.base_url
    return desk.setting if same else dataclasses.replace(desk.setting, base_url=base_url)


def _pictures_by_place(pictures: Pictures) -> dict[str, dict[str, Picture]]:
    places: dict[str, list[tuple[ImageUse, StoredImage | MissingImage]]] = {}
    for use, image in zip(pictures.uses, pictures.stored, strict=True):
        places.setdefault(use.place, []).append((use, image))
    return {
        place: images_by_src([use for use, _ in pairs], [image for _, image in pairs], pictures.printed)
        for place, pairs in places.items()
    }


def _targets_by_blog(volume: Volume) -> dict[Path, Targets]:
    own: dict[Path, list[Chapter]] = {}
    for chapter in volume.chapters:
        own.setdefault(volume.blogs[chapter.post.place].root, []).append(chapter)
    found = {root: targets(chapters) for root, chapters in own.items()}
    anchors = frozenset(itertools.chain.from_iterable(t.anchors for t in found.values()))
    return {root: dataclasses.replace(t, anchors=anchors) for root, t in found.items()}


def _trim(chapters: Sequence[Chapter], trim: Trim, config: Config) -> Trim:
    """The page, its type area moved away from the spine of a thick book."""
    gutter = config.page.gutter if config.page.gutter >= 0 else gutter_mm(estimate_pages(chapters, trim))
    return dataclasses.replace(trim, inside=trim.inside + gutter, outside=trim.outside - gutter)


def make_book(desk: Desk, config: Config) -> Book:
    """The book as the templates see it, its chapters as they were rendered: what settles them comes later."""
    volume, words = desk.volume, desk.setting.words
    chapters = tuple(chapter for chapter in volume.chapters if chapter.post.slug != PREFACE)
    blogs = {volume.blogs[chapter.post.place].root: volume.blogs[chapter.post.place] for chapter in chapters}
    blog = next(iter(blogs.values()))
    parts = make_parts(chapters, config.year, words, by_author=config.book.arrange == "authors")
    openings = desk.theme.month_openings if config.book.month_openings is None else config.book.month_openings
    places = {chapter.post.place for chapter in volume.chapters}
    own = [
        final
        for use, final in zip(volume.pictures.uses, volume.pictures.finals, strict=True)
        if use.place in places
    ]
    return Book(
        title=config.title or blog.title or words.subtitle,
        subtitle=config.subtitle or words.subtitle,
        volume=volume.number,
        author=config.author or (blog.author if len(blogs) == 1 else "") or _only_author(chapters),
        publisher=config.publisher,
        published=config.published or _published(chapters, words),
        year=config.year,
        language=desk.language,
        words=words,
        trim=desk.setting.trim,
        parts=parts,
        order=config.book.parts,
        month_openings=openings,
        fresh=begin_pages(parts, continuous=desk.theme.continuous, month_openings=openings),
        index=make_index(chapters, words),
        address=", ".join(re.sub(r"^https?://", "", b.base_url) for b in blogs.values() if b.base_url),
        commit=_commit(blog.root) if len(blogs) == 1 else "",
        pictures=len(own),
        missing=sum(isinstance(picture, MissingImage) for picture in own),
        tools=f"yearbook {__version__} · WeasyPrint {version_of('weasyprint')}",
        months=all_months(make_parts(chapters, config.year, words), config.year, words),
        preface="".join(chapter.html for chapter in volume.chapters if chapter.post.slug == PREFACE),
        cover=choose_cover(
            config.book.cover or desk.theme.cover,
            volume.pictures.uses,
            volume.pictures.finals,
            desk.setting.trim,
        ),
        typeface=desk.theme.typeface,
        sharp=find_sharp(volume.pictures.finals, desk.setting.trim),
    )


def _only_author(chapters: Sequence[Chapter]) -> str:
    """The author if all posts agree on one; all of them if they are few."""
    authors = list(dict.fromkeys(author for chapter in chapters for author in chapter.post.authors))
    return ", ".join(authors) if len(authors) <= 4 else ""


def _published(chapters: Sequence[Chapter], words: Wording) -> str:
    """The day of the last post: the clock must not change a page."""
    return words.format_long_date(max(chapter.post.date for chapter in chapters).date())


def _commit(root: Path) -> str:
    """Short hash of the commit that the blog's folder is at; empty if it is no checkout of its own."""
    git = root / ".git"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        name = head.removeprefix("ref: ")
        if name == head:
            return head[:10]
        if (git / name).is_file():
            return (git / name).read_text(encoding="ascii").strip()[:10]
        packed = (git / "packed-refs").read_text(encoding="utf-8")
        found = re.search(rf"^([0-9a-f]{{40}}) {re.escape(name)}$", packed, re.MULTILINE)
        return found[1][:10] if found else ""
    return ""
