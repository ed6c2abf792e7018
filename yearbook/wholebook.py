"""Sets a volume as one document: slower, but with nothing of the engine's private parts.

It is what the pieces are compared with, and what is done when the engine is not as `typeset.paint` knows it.
Numbers are printed as text, so a book is laid out until those it prints are those it has.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from yearbook.assets import asset_dir
from yearbook.compose import Book, Composer, fill_pages
from yearbook.config import Config
from yearbook.desk import Desk
from yearbook.errors import EngineError, OutputError
from yearbook.fill import Adjustment, find_gaps, find_runt
from yearbook.fonts import write_fontconfig
from yearbook.localise import list_pictures, localise
from yearbook.model import Chapter
from yearbook.piece import number_references, numbers_wanted
from yearbook.preface import PREFACE
from yearbook.refine import refine
from yearbook.report import Progress, Silent
from yearbook.shelf import Pictures
from yearbook.styles import whole_css
from yearbook.typeset import Sheet, Typesetting, typeset

_MOST_LAYOUTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """What every layout of one volume shares."""

    desk: Desk
    config: Config
    composer: Composer
    css: str


def set_whole(desk: Desk, book: Book, config: Config, progress: Progress) -> tuple[Book, Typesetting]:
    """The volume's pages, those that pictures left too empty filled as well as can be.

    Raises:
        EngineError: the engine failed.
    """
    setting = _Setting(
        desk=desk,
        config=config,
        composer=Composer(desk.theme.folder / "templates"),
        css=whole_css(desk, config, unnumbered=book.unnumbered),
    )
    settled = settle(desk, book)
    typesetting = _set_numbered(setting, settled, progress)
    if adjustments := _refine(setting, book, typesetting, progress):
        settled = settle(desk, book, adjustments)
        typesetting = _set_numbered(setting, settled, progress)
    return settled, typesetting


def settle(
    desk: Desk, book: Book, adjustments: Mapping[str, Adjustment] = MappingProxyType({})
) -> Book:
    """The book with pictures and links of every chapter settled."""
    chapters = {chapter.id: _settle(desk, chapter, adjustments) for chapter in desk.volume.chapters}
    parts = tuple(
        dataclasses.replace(part, chapters=tuple(chapters[chapter.id] for chapter in part.chapters))
        for part in book.parts
    )
    preface = (chapters[c.id].html for c in desk.volume.chapters if c.post.slug == PREFACE)
    return dataclasses.replace(
        book,
        parts=parts,
        shown=tuple(picture for part in parts for c in part.chapters for picture in list_pictures(c)),
        preface="".join(preface),
    )


def _settle(desk: Desk, chapter: Chapter, adjustments: Mapping[str, Adjustment]) -> Chapter:
    blog = desk.volume.blogs[chapter.post.place]
    return localise(
        chapter,
        pictures=desk.pictures.get(chapter.post.place, {}),
        targets=desk.targets[blog.root],
        setting=dataclasses.replace(desk.setting, base_url=blog.base_url),
        adjustments=adjustments,
    )


def _set_numbered(setting: _Setting, book: Book, progress: Progress) -> Typesetting:
    """The book with the numbers in it that its pages have.

    Raises:
        EngineError: numbers do not settle.
    """
    html = setting.composer.book(book)
    wanted = numbers_wanted(html)
    folios: dict[str, int] = dict.fromkeys(wanted, 0)
    for _ in range(_MOST_LAYOUTS):
        typesetting = _typeset(setting, with_numbers(html, folios), progress)
        found = {name: page + 1 - book.unnumbered for name, page in typesetting.anchors.items()}
        if all(folios.get(name) == found.get(name) for name in wanted):
            return typesetting
        folios = found
    message = f"page numbers do not settle in {_MOST_LAYOUTS} layouts"
    raise EngineError(message, hint="please report it")


def with_numbers(html: str, folios: Mapping[str, int]) -> str:
    """The HTML with page numbers as text."""
    return number_references(fill_pages(html, folios), folios)


def _typeset(setting: _Setting, html: str, progress: Progress) -> Typesetting:
    config = setting.config
    fonts = write_fontconfig(asset_dir("fonts"), config.cache / "fonts", config.page.emoji)
    return typeset(
        html,
        css=setting.css,
        images=setting.desk.volume.pictures.files,
        font_config=fonts,
        on_page=lambda page: progress.step(page, 0, "pages"),
    )


# ---------------------------------------------------------------------------------------------- filling


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A chapter laid out alone."""

    wishes: Mapping[str, Adjustment]
    settled: Chapter
    sheets: Sequence[Sheet]


def _refine(
    setting: _Setting, book: Book, typesetting: Typesetting, progress: Progress
) -> dict[str, Adjustment]:
    """Wishes that fill pages and save some; empty if there is nothing to mend.

    A chapter begins on a page of its own, so it is tried alone, a few times at most.
    """
    found: dict[str, Adjustment] = {}
    chapters = () if setting.desk.theme.continuous else book.chapters
    for number, chapter in enumerate(chapters, start=1):
        own = _pages_of(chapter, typesetting)
        if find_gaps(own, book.trim) or find_runt(own, book.trim):
            progress.step(number, len(chapters), "posts refilled")
            found |= _refine_chapter(setting, chapter.id, book)
    return found


def _pages_of(chapter: Chapter, typesetting: Typesetting) -> Sequence[Sheet]:
    """The pages a chapter stands on."""
    anchors = typesetting.anchors
    return typesetting.sheets[anchors[chapter.id] : anchors[f"end-of-{chapter.id}"] + 1]


def _refine_chapter(setting: _Setting, chapter_id: str, book: Book) -> Mapping[str, Adjustment]:
    """The best wishes for one chapter; none if nothing helps."""
    rendered = next(chapter for chapter in setting.desk.volume.chapters if chapter.id == chapter_id)

    def attempt(wishes: Mapping[str, Adjustment], before: _Trial | None) -> _Trial | None:
        settled = _settle(setting.desk, rendered, wishes)
        if before is not None and settled.html == before.settled.html:
            return None
        html = number_references(setting.composer.book(_only_chapter(book, settled)), {})
        sheets = _typeset(setting, html, Silent()).sheets
        return _Trial(wishes=wishes, settled=settled, sheets=sheets)

    first = attempt({}, None)
    return refine(first, attempt, chapter_id, book.trim).wishes if first else {}


def _only_chapter(book: Book, chapter: Chapter) -> Book:
    part = dataclasses.replace(book.parts[0], chapters=(chapter,))
    return dataclasses.replace(book, parts=(part,), order=("chapters",), month_openings=False)


# ---------------------------------------------------------------------------------------------- looking


def keep_html(folder: Path, html: str, css: str, pictures: Pictures) -> None:
    """Leaves a whole book in a folder as the engine would be given it, with pictures that a browser finds.

    Raises:
        OutputError: the folder cannot be written.
    """
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
