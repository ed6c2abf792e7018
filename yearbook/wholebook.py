"""Sets a volume as one document: slower, but with nothing of the engine's private parts.

It is what the pieces are compared with, and what is done when the engine is not as `typeset.paint` knows it.
Numbers are printed as text, so a book is laid out until those it prints are those it has.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from yearbook.assets import asset_dir
from yearbook.compose import Book, Composer
from yearbook.config import Config
from yearbook.desk import Desk, setting_of
from yearbook.errors import EngineError, OutputError
from yearbook.fill import Adjustment, find_gaps, find_runt
from yearbook.folios import fill_pages, number_references, numbers_wanted
from yearbook.fonts import write_fontconfig
from yearbook.localise import list_pictures
from yearbook.model import Chapter
from yearbook.preface import PREFACE
from yearbook.refine import find_plates, refine
from yearbook.report import Progress, Silent
from yearbook.shelf import Pictures
from yearbook.styles import whole_css
from yearbook.typeset import Sheet
from yearbook.value import dataclass

if TYPE_CHECKING:
    from yearbook.typeset import Typesetting

_MOST_LAYOUTS = 6
_MOST_TURNS = 5
"""How often plates may be moved to the other side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """What every layout of one volume shares."""

    desk: Desk
    config: Config
    composer: Composer
    css: str


def set_whole(desk: Desk, book: Book, config: Config, progress: Progress) -> "tuple[Book, Typesetting]":
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
    plain = settled = settle(desk, book)
    first = typesetting = _set_numbered(setting, plain, progress)
    known: _Known = {}
    sides: dict[str, bool] = {}
    for _ in range(_MOST_TURNS):
        adjustments = _refine(setting, plain, first, sides, known, progress)
        if not adjustments:
            break
        settled = settle(desk, book, adjustments)
        typesetting = _set_numbered(setting, settled, progress)
        found = _plate_sides(settled, typesetting)
        if found == sides:
            break
        sides = found
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
    from yearbook.localise import localise  # a book in pieces has its workers do that

    blog = desk.volume.blogs[chapter.post.place]
    return localise(
        chapter,
        pictures=desk.pictures.get(chapter.post.place, {}),
        targets=desk.targets[blog.root],
        setting=setting_of(desk, chapter),
        adjustments=adjustments,
    )


def _set_numbered(setting: _Setting, book: Book, progress: Progress) -> "Typesetting":
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
    shown = {name: str(folio) for name, folio in folios.items()}
    return number_references(fill_pages(html, folios), shown)


def _typeset(setting: _Setting, html: str, progress: Progress) -> "Typesetting":
    from yearbook.typeset import typeset  # likewise

    config = setting.config
    fonts = write_fontconfig(asset_dir("fonts"), config.cache / "fonts", config.page.emoji)
    return typeset(
        html,
        css=setting.css,
        images=setting.desk.volume.pictures.files,
        font_config=fonts,
        on_page=lambda page: progress.step(page, 0, "pages"),
        tagged=config.print.tagged,
    )


# ---------------------------------------------------------------------------------------------- filling


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A chapter laid out alone."""

    wishes: Mapping[str, Adjustment]
    settled: Chapter
    sheets: Sequence[Sheet]

    @property
    def html(self) -> str:
        """Its text, settled."""
        return self.settled.html

    def whole(self) -> "_Trial":
        """It has all its pages."""
        return self


_Known = dict[tuple[str, bool | None], Mapping[str, Adjustment]]
"""Wishes found already, by the chapter's anchor and whether it begins on a right-hand page."""


def _plate_sides(book: Book, typesetting: "Typesetting") -> dict[str, bool]:
    """Whether each chapter that has plates begins on a right-hand page."""
    return {
        chapter.id: typesetting.anchors[chapter.id] % 2 == 0
        for chapter in book.chapters
        if any(sheet.is_plate for sheet in _pages_of(chapter, typesetting))
    }


def _refine(
    setting: _Setting,
    book: Book,
    typesetting: "Typesetting",
    sides: Mapping[str, bool],
    known: _Known,
    progress: Progress,
) -> dict[str, Adjustment]:
    """Wishes that bind plates, fill pages and save some; empty if there is nothing to mend.

    A chapter begins on a page of its own, so it is tried alone, a few times at most.

    Args:
        setting: what every layout shares.
        book: its chapters settled with nothing wished.
        typesetting: how those were laid out.
        sides: whether chapters that have plates begin on a right-hand page.
        known: wishes found already; those found now are added.
        progress: told which chapter is tried.
    """
    found: dict[str, Adjustment] = {}
    chapters = () if setting.desk.theme.continuous else book.chapters
    for number, chapter in enumerate(chapters, start=1):
        own = _pages_of(chapter, typesetting)
        if find_gaps(own, book.trim) or find_runt(own, book.trim) or find_plates(chapter.html):
            progress.step(number, len(chapters), "posts refilled")
            key = chapter.id, sides.get(chapter.id)
            if key not in known:
                known[key] = _refine_chapter(setting, *key, book)
            found |= known[key]
    return found


def _pages_of(chapter: Chapter, typesetting: "Typesetting") -> Sequence[Sheet]:
    """The pages a chapter stands on."""
    anchors = typesetting.anchors
    return typesetting.sheets[anchors[chapter.id] : anchors[f"end-of-{chapter.id}"] + 1]


def _refine_chapter(
    setting: _Setting, chapter_id: str, starts_right: bool | None, book: Book
) -> Mapping[str, Adjustment]:
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
    if first is None:
        return {}
    return refine(first, attempt, chapter_id, book.trim, starts_right=starts_right).wishes


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
