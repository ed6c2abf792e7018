"""One volume from desk to PDF: piece by piece, or as one document where that is wished or must be."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path

from yearbook import bind, preflight, wholebook
from yearbook.assets import asset_dir
from yearbook.bind import Facts
from yearbook.compose import Book, Composer
from yearbook.config import Config
from yearbook.crew import Crew
from yearbook.desk import Desk, make_book
from yearbook.hire import Worker
from yearbook.makeup import MadeUp, font_config, make_up
from yearbook.memo import Memo
from yearbook.memory import linger
from yearbook.model import Finding
from yearbook.orders import Tools
from yearbook.report import Progress, engine_findings, name_style_lines
from yearbook.styles import galley_css, whole_css
from yearbook.themes import find_theme
from yearbook.typeset import knows_engine
from yearbook.value import dataclass

_NEEDED_NEXT = ("yearbook.bind.book", "yearbook.preflight.inspection")
"""What is not loaded before there is nothing else to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A bound volume."""

    book: Book
    """What is in it."""
    pages: int
    """Number of its pages."""
    anchors: Mapping[str, int]
    """Index of the page, from 0, on which each `id` stands."""
    findings: tuple[Finding, ...]
    """What setting it met."""
    pieces: int = 0
    """Pieces it was set from; 0 if it was set as one document."""
    set_names: frozenset[str] = frozenset()
    """Names of the pieces that were set now; the memo had the others."""


def make_crew(
    config: Config, *, stays: bool = False, spare: Worker | None = None
) -> Crew:
    """Workers for the book, not at work yet; they stay for the next one if that is wished.

    The first of them is the one that is given.

    Raises:
        UsageError: there is no such theme.
    """
    css = galley_css(find_theme(config.page.theme, config.blog))
    tools = Tools(css=css, fonts=asset_dir("fonts"), font_config=font_config(config))
    return Crew(tools, workers=config.jobs, stays=stays, spare=spare)


def print_volume(
    desk: Desk,
    config: Config,
    *,
    crew: Crew,
    memo: Memo,
    progress: Progress,
    made_from: Callable[[], str],
    meanwhile: Callable[[], object],
    put: Callable[[bytes], object],
) -> Print:
    """Makes the volume's PDF, which says what it was `made_from`; `put` takes it piece by piece.

    If workers are waited for, `meanwhile` is done meanwhile.

    Raises:
        EngineError: it cannot be set.
    """
    book = make_book(desk, config)
    progress.stage("typeset", f"{len(book.chapters)} posts")
    own_frame = Composer(desk.theme.folder / "templates").frames_book
    if config.whole or own_frame or not knows_engine():
        return _print_whole(desk, book, config, progress, made_from, put)

    def while_waiting() -> None:
        meanwhile()
        memo.catch_up()
        made_from()
        for room in _NEEDED_NEXT:
            importlib.import_module(room)
        if crew.is_at_work:
            preflight.fetch_ahead(memo)

    made = make_up(desk, book, config, crew=crew, memo=memo, progress=progress, meanwhile=while_waiting)
    crew.rest()
    if config.keep_html:
        _keep(desk, made, config)
    progress.stage("bind", f"{len(made.imposition.sides)} pages")
    linger(made=made)
    bind.bind_galleys(
        made.imposition,
        made.placed,
        _facts(book, config, made_from()),
        furniture=made.furniture,
        images=desk.volume.pictures.files,
        fonts=asset_dir("fonts"),
        memo=memo,
        put=put,
    )
    return Print(
        book=made.book,
        pages=len(made.imposition.sides),
        anchors=made.imposition.pages,
        findings=_name_styles(made.findings, galley_css(desk.theme), desk, config),
        pieces=len(made.placed),
        set_names=made.set_names,
    )


def _print_whole(
    desk: Desk,
    book: Book,
    config: Config,
    progress: Progress,
    made_from: Callable[[], str],
    put: Callable[[bytes], object],
) -> Print:
    settled, typesetting = wholebook.set_whole(desk, book, config, progress)
    if config.keep_html:
        folios = {name: page + 1 - book.unnumbered for name, page in typesetting.anchors.items()}
        _keep_html(desk, settled, config, folios)
    progress.stage("bind", f"{typesetting.pages} pages")
    findings = (
        *(finding for chapter in settled.chapters for finding in chapter.findings),
        *engine_findings(typesetting.notices),
    )
    css = whole_css(desk, config, unnumbered=settled.unnumbered)
    put(bind.bind(typesetting.pdf, _facts(book, config, made_from()), typesetting.tags))
    return Print(
        book=settled,
        pages=typesetting.pages,
        anchors=typesetting.anchors,
        findings=_name_styles(findings, css, desk, config),
    )


def _name_styles(
    findings: tuple[Finding, ...], css: str, desk: Desk, config: Config
) -> tuple[Finding, ...]:
    """The findings, those about a theme of the blog's own with its file and line."""
    own = desk.theme.folder.is_relative_to(config.blog)
    file = desk.theme.folder.relative_to(config.blog) if own else Path("themes") / desk.theme.name
    return name_style_lines(findings, css, desk.theme.css, (file / "theme.css").as_posix())


def _keep(desk: Desk, made: MadeUp, config: Config) -> None:
    settled = wholebook.settle(desk, make_book(desk, config), made.adjustments)
    _keep_html(desk, settled, config, made.imposition.folios)


def _keep_html(desk: Desk, settled: Book, config: Config, folios: Mapping[str, int]) -> None:
    if config.keep_html is None:
        return
    html = wholebook.with_numbers(Composer(desk.theme.folder / "templates").book(settled), folios)
    css = whole_css(desk, config, unnumbered=settled.unnumbered)
    wholebook.keep_html(config.keep_html, html, css, desk.volume.pictures)


def _facts(book: Book, config: Config, made_from: str) -> Facts:
    return Facts(
        unnumbered=book.unnumbered,
        bleed_mm=config.page.bleed,
        title=book.full_title,
        author=book.author,
        language=book.language,
        provenance=made_from,
    )
