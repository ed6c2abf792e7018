"""Makes the book out of chapters and pictures: settles them, composes, typesets, and fills pages.

Which posts there are was decided before; what a page looks like is decided in `styles/` and the templates.
"""

import contextlib
import dataclasses
import importlib.metadata
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from yearbook import __version__
from yearbook.assets import asset_dir
from yearbook.compose import Book, all_months, compose, make_index, make_parts, page_css
from yearbook.config import Config
from yearbook.errors import OutputError
from yearbook.fill import ROUNDS, Adjustment, Gap, adjust, find_gaps
from yearbook.fonts import write_fontconfig
from yearbook.language import detect
from yearbook.localise import Picture, Setting, Targets, images_by_src, list_pictures, localise, targets
from yearbook.model import Blog, Chapter, ImageUse, MissingImage, StoredImage
from yearbook.preface import PREFACE
from yearbook.report import Progress, Silent
from yearbook.shelf import Pictures
from yearbook.themes import Theme, find_theme
from yearbook.trims import TRIMS, Trim
from yearbook.typeset import Typesetting, typeset
from yearbook.typography import estimate_pages, gutter_mm
from yearbook.wording import Wording, wording

_STYLES = ("tokens", "base", "page", "text", "figures", "code", "embeds", "parts")
"""Files of `styles/`, in the order of the cascade."""


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

    def settle(self, chapter: Chapter, adjustments: Mapping[str, Adjustment]) -> Chapter:
        """The chapter with its pictures and links settled."""
        blog = self.volume.blogs[chapter.post.place]
        return localise(
            chapter,
            pictures=self.pictures.get(chapter.post.place, {}),
            targets=self.targets[blog.root],
            setting=dataclasses.replace(self.setting, base_url=blog.base_url),
            adjustments=adjustments,
        )


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
    )
    return Desk(
        volume=volume,
        pictures=_pictures_by_place(volume.pictures),
        targets=_targets_by_blog(volume),
        setting=setting,
        language=language,
        theme=theme,
    )


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


def make_book(
    desk: Desk, config: Config, adjustments: Mapping[str, Adjustment] = MappingProxyType({})
) -> Book:
    """The book as the templates see it, its chapters with pictures and links settled."""
    volume, words = desk.volume, desk.setting.words
    everything = tuple(desk.settle(chapter, adjustments) for chapter in volume.chapters)
    settled = tuple(chapter for chapter in everything if chapter.post.slug != PREFACE)
    blogs = {volume.blogs[chapter.post.place].root: volume.blogs[chapter.post.place] for chapter in settled}
    blog = next(iter(blogs.values()))
    parts = make_parts(settled, config.year, words, by_author=config.book.arrange == "authors")
    shown = tuple(picture for chapter in settled for picture in list_pictures(chapter))
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
        author=config.author or (blog.author if len(blogs) == 1 else "") or _only_author(settled),
        publisher=config.publisher,
        published=config.published or _published(settled, words),
        year=config.year,
        language=desk.language,
        words=words,
        trim=desk.setting.trim,
        parts=parts,
        order=config.book.parts,
        month_openings=desk.theme.month_openings
        if config.book.month_openings is None
        else config.book.month_openings,
        index=make_index(settled, words),
        address=", ".join(re.sub(r"^https?://", "", b.base_url) for b in blogs.values() if b.base_url),
        commit=_commit(blog.root) if len(blogs) == 1 else "",
        pictures=len(own),
        missing=sum(isinstance(picture, MissingImage) for picture in own),
        tools=f"yearbook {__version__} · WeasyPrint {importlib.metadata.version('weasyprint')}",
        months=all_months(make_parts(settled, config.year, words), config.year, words),
        preface="".join(chapter.html for chapter in everything if chapter.post.slug == PREFACE),
        shown=shown,
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


# ---------------------------------------------------------------------------------------------- pages


def set_pages(desk: Desk, config: Config, progress: Progress) -> tuple[Book, Typesetting]:
    """The book and its pages, those that pictures left too empty filled as well as can be."""
    book = make_book(desk, config)
    progress.stage("typeset", f"{len(book.chapters)} posts")
    typesetting = _typeset(book, desk, config, progress)
    if adjustments := _fill(book, typesetting, desk, config, progress):
        book = make_book(desk, config, adjustments)
        typesetting = _typeset(book, desk, config, progress)
    return book, typesetting


def _fill(
    book: Book, typesetting: Typesetting, desk: Desk, config: Config, progress: Progress
) -> dict[str, Adjustment]:
    """Wishes that fill the pages which pictures left too empty; empty if there is nothing to mend.

    A chapter begins on a page of its own, so it is tried alone, a few times at most.
    """
    gaps: dict[str, list[Gap]] = {}
    for gap in () if desk.theme.continuous else find_gaps(typesetting.sheets, book.trim):
        gaps.setdefault(gap.chapter, []).append(gap)
    chapters = {chapter.id: chapter for chapter in desk.volume.chapters}
    found: dict[str, Adjustment] = {}
    for number, (chapter_id, own) in enumerate(gaps.items(), start=1):
        progress.step(number, len(gaps), "posts refilled")
        found |= _fill_chapter(chapters[chapter_id], own, book, desk, config)
    return found


def _fill_chapter(
    chapter: Chapter, gaps: Sequence[Gap], book: Book, desk: Desk, config: Config
) -> dict[str, Adjustment]:
    """The best wishes for one chapter; none if nothing helps."""
    best: dict[str, Adjustment] = {}
    fewest, wishes = len(gaps), best
    for _ in range(ROUNDS):
        wishes = adjust(wishes, gaps[0], book.trim)
        alone = _only_chapter(book, desk.settle(chapter, wishes))
        gaps = find_gaps(_typeset(alone, desk, config, Silent()).sheets, book.trim)
        if len(gaps) < fewest:
            best, fewest = wishes, len(gaps)
        if not gaps:
            break
    return best


def _only_chapter(book: Book, chapter: Chapter) -> Book:
    part = dataclasses.replace(book.parts[0], chapters=(chapter,))
    return dataclasses.replace(book, parts=(part,), order=("chapters",), month_openings=False)


def _typeset(book: Book, desk: Desk, config: Config, progress: Progress) -> Typesetting:
    """The book's pages; keeps what the engine is given when asked to."""
    html = compose(book, templates=desk.theme.folder / "templates")
    css = page_css(book.trim, config.page.bleed, unnumbered=book.unnumbered) + _styles() + desk.theme.css
    if config.keep_html and book.order != ("chapters",):
        _keep(config.keep_html, html, css, desk.volume.pictures)
    fonts = write_fontconfig(asset_dir("fonts"), config.cache / "fonts", config.page.emoji)
    return typeset(
        html,
        css=css,
        images=desk.volume.pictures.files,
        font_config=fonts,
        on_page=lambda page: progress.step(page, 0, "pages"),
    )


def _styles() -> str:
    folder = asset_dir("styles")
    text = "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES)
    return f"@layer yearbook {{\n{text}\n}}\n"


def _keep(folder: Path, html: str, css: str, pictures: Pictures) -> None:
    """Leaves the engine's input in a folder, with pictures that a browser finds."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for digest, path in pictures.files.items():
            (folder / f"{digest}{path.suffix}").write_bytes(path.read_bytes())
            html = html.replace(f"yearbook-image:{digest}", f"{digest}{path.suffix}")
        (folder / "book.css").write_text(css, encoding="utf-8")
        link = '<link rel="stylesheet" href="book.css"></head>'
        (folder / "book.html").write_text(html.replace("</head>", link, 1), encoding="utf-8")
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise OutputError(message, where=str(folder)) from error


# ---------------------------------------------------------------------------------------------- volumes


def split(chapters: Sequence[Chapter], wish: str, trim: Trim) -> tuple[tuple[Chapter, ...], ...]:
    """The chapters by volume: `months=6`, `pages=400`, or all in one for an empty wish.

    Pages are estimated; a preface goes into the first volume.
    """
    kind, _, number = wish.partition("=")
    if not wish:
        return (tuple(chapters),)
    groups = _by_months(chapters, int(number)) if kind == "months" else _by_pages(chapters, int(number), trim)
    return tuple(tuple(group) for group in groups)


def _by_months(chapters: Iterable[Chapter], months: int) -> list[list[Chapter]]:
    groups: dict[int, list[Chapter]] = {}
    for chapter in chapters:
        is_preface = chapter.post.slug == PREFACE
        groups.setdefault(0 if is_preface else (chapter.post.date.month - 1) // months, []).append(chapter)
    return list(groups.values())


def _by_pages(chapters: Iterable[Chapter], pages: int, trim: Trim) -> list[list[Chapter]]:
    groups: list[list[Chapter]] = [[]]
    for chapter in chapters:
        if groups[-1] and estimate_pages([*groups[-1], chapter], trim) > pages:
            groups.append([])
        groups[-1].append(chapter)
    return groups
