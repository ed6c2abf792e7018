"""The table of contents of the program: one call a stage, and the one place that writes the book.

Config -> discover -> render -> localise -> compose -> typeset -> bind -> report.
"""

import dataclasses
import functools
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from yearbook import preflight
from yearbook.assets import asset_dir
from yearbook.compose import Book
from yearbook.config import Config
from yearbook.crew import Crew
from yearbook.desk import Volume, make_book, make_desk
from yearbook.drafts import PREFIX, Draft, sweep
from yearbook.early import Early
from yearbook.errors import OutputError, YearbookError
from yearbook.hire import Worker
from yearbook.localise import picture_id
from yearbook.look import look_of
from yearbook.makeup import font_config
from yearbook.memo import Memo
from yearbook.memory import linger
from yearbook.model import Blog, Chapter, Finding, MissingImage, PrintImage, Selection, StoredImage
from yearbook.preflight import Provenance, describe, inspect_chapters, write_provenance
from yearbook.press import Print, make_crew, print_volume
from yearbook.readings import digest_of_post
from yearbook.report import (
    Progress,
    Report,
    broken_findings,
    missing_finding,
    picture_note,
    sort_findings,
)
from yearbook.shelf import (
    Pictures,
    collect_pictures,
    fill_shelves,
    join_pictures,
    merge,
    refuse_broken,
    render_shelf,
)
from yearbook.store import judge_resolution
from yearbook.trims import TRIMS
from yearbook.value import dataclass
from yearbook.volumes import split
from yearbook.wholebook import settle

if TYPE_CHECKING:
    from yearbook.preflight import Expectations

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Year:
    """Everything that was brought together for the book."""

    selection: Selection
    chapters: tuple[Chapter, ...]
    blogs: Mapping[str, Blog]
    pictures: Pictures
    set_early: frozenset[str] = frozenset()
    """Names of pieces that were set while pictures were fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """One volume, written."""

    output: Path
    print: Print
    findings: tuple[Finding, ...]
    """What the finished PDF says of itself."""


def build(
    config: Config,
    progress: Progress,
    draft: Callable[[Path], Draft] = Draft,
    crew: Crew | None = None,
    memo: Memo | None = None,
    spare: Worker | None = None,
) -> Report:
    """Makes the book, or its volumes, each as a draft, which may be settled in a thread of its own.

    A crew and a memo that are given stay afterwards, so that the next book need not wait for them; a crew
    that is hired begins with the worker that is given.

    Raises:
        YearbookError: no book can be made; nothing was written.
    """
    if draft is Draft:
        _check_writable(*output_paths(config, 1))
    if memo is None or memo.folder != memo_folder(config):
        memo = Memo(memo_folder(config))
    if crew is not None and crew.tools.font_config == font_config(config):
        return _build(config, crew, memo, progress, draft)
    with make_crew(config, spare=spare) as own:
        if not config.whole and not memo.is_new:
            # The engine takes half a second to load; it may do that while posts are read.
            own.start(1)
        return _build(config, own, memo, progress, draft)


def _build(
    config: Config, crew: Crew, memo: Memo, progress: Progress, make_draft: Callable[[Path], Draft]
) -> Report:
    config, year = bring_together(config, progress, memo, crew)
    parts = split(year.chapters, config.book.split, TRIMS[config.page.trim])
    outputs = output_paths(config, len(parts))
    bound = []
    look_over = functools.cache(lambda: _look_over(year))
    for number, (chapters, output) in enumerate(zip(parts, outputs, strict=True), start=1):
        volume = Volume(
            chapters=chapters,
            blogs=year.blogs,
            pictures=year.pictures,
            number=number if len(parts) > 1 else 0,
        )
        made_from = functools.cache(functools.partial(_say_from_what, year, config, chapters, memo))
        with make_draft(output) as draft:
            printed = print_volume(
                make_desk(volume, config),
                config,
                crew=crew,
                memo=memo,
                progress=progress,
                made_from=made_from,
                meanwhile=look_over,
                put=draft.put,
            )
            draft.finish()
            wanted = _expect(printed.book, year, config, output.name if len(parts) > 1 else "")
            findings = _read_back(draft, wanted, memo)
        bound.append(_Bound(output=output, print=printed, findings=findings))
    memo.prune()
    linger(year=year, bound=bound, memo=memo)
    return _report(year, bound, config, look_over())


def _read_back(draft: Draft, wanted: "Expectations", memo: Memo) -> tuple[Finding, ...]:
    """What the finished book says of itself; it is read while the disk is waited for."""
    settled: list[Future[None]] = []

    def settle() -> None:
        settled.append(_aside(draft.settle))

    try:
        return preflight.inspect(draft.path, wanted, memo, meanwhile=settle)
    finally:
        # The draft may not be taken away while it is being moved.
        for moving in settled:
            moving.result()


def _aside(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> "Future[T]":
    """What the work will give; it is done by a thread of its own, which ends with it."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="yearbook-aside")
    future = pool.submit(work, *given, **named)
    pool.shutdown(wait=False)
    return future


def memo_folder(config: Config) -> Path:
    """Where what was worked out is remembered."""
    return config.cache / "memo"


def fetch(config: Config, progress: Progress) -> Report:
    """Fills the image store with the pictures of the year, and makes no book."""
    config, year = bring_together(config, progress, Memo(memo_folder(config)))
    return _report(year, [], config, _look_over(year))


def check(config: Config, progress: Progress) -> Report:
    """Everything that can be said of the year without typesetting it; posts that cannot be read are named."""
    memo = Memo(memo_folder(config))
    config, year = bring_together(dataclasses.replace(config, keep_going=True), progress, memo)
    volume = Volume(chapters=year.chapters, blogs=year.blogs, pictures=year.pictures, number=0)
    if not year.chapters:
        return _report(year, [], config, ())
    desk = make_desk(volume, config)
    settled = settle(desk, make_book(desk, config)).chapters
    return _report(year, [], config, _look_over(year), settled)


def trace(config: Config, progress: Progress) -> Provenance:
    """What a book of the year would be made from now; no connection is opened, and nothing is pinned."""
    config = dataclasses.replace(config, keep_going=True, offline=True)
    memo = Memo(memo_folder(config))
    config, year = bring_together(config, progress, memo)
    return _trace(year, config, year.chapters, memo)


def bring_together(
    config: Config, progress: Progress, memo: Memo, crew: Crew | None = None
) -> tuple[Config, _Year]:
    """Posts, chapters and pictures of every blog; the configuration with the year that was found.

    While pictures are fetched, a crew sets the chapters that need none of them.
    """
    config, shelves = fill_shelves(config, progress, memo)
    selection = merge(shelves, config)
    refuse_broken(selection, config)
    is_new = memo.is_new
    chapters: dict[str, Chapter] = {}
    blogs: dict[str, Blog] = {}
    rendered = [render_shelf(shelf, progress, memo) for shelf in shelves]
    if crew is not None and is_new and not config.whole:
        # Not sooner: a process with threads cannot be copied, and a copy renders half of the posts.
        crew.start(config.jobs)
    for shelf, own in zip(shelves, rendered, strict=True):
        chapters |= {chapter.post.place: chapter for chapter in own}
        blogs |= {chapter.post.place: shelf.blog for chapter in own}
    ordered = [chapters.pop(post.place) for post in selection.posts]
    everything = (*chapters.values(), *ordered)
    early = Early(everything, blogs, config, crew=crew, memo=memo)
    try:
        pictures = [
            collect_pictures(own, shelf.blog, config, progress, early.begin)
            for shelf, own in zip(shelves, rendered, strict=True)
        ]
    except YearbookError:
        early.wait()
        raise
    early.finish()
    return config, _Year(
        selection=selection,
        chapters=everything,
        blogs=blogs,
        pictures=join_pictures(pictures),
        set_early=early.set_names,
    )


def _say_from_what(year: _Year, config: Config, chapters: Sequence[Chapter], memo: Memo) -> str:
    """What the volume's PDF says of what it was made from."""
    return write_provenance(_trace(year, config, chapters, memo))


def _trace(year: _Year, config: Config, chapters: Sequence[Chapter], memo: Memo) -> Provenance:
    """What a volume with these chapters is made from."""
    places = {chapter.post.place: chapter.post for chapter in chapters}
    said = {post.place: post for post in year.selection.posts if post.place in places}
    posts = {place: digest_of_post(said.get(place, post), memo) for place, post in places.items()}
    blogs = {blog.root: blog for place, blog in year.blogs.items() if place in places}
    pairs = zip(year.pictures.uses, year.pictures.stored, strict=True)
    images = [image for use, image in pairs if use.place in places]
    look = look_of(config.page.theme, config.blog, blogs)
    return describe(config, blogs.values(), posts, images, look)


# ---------------------------------------------------------------------------------------------- the end


def _report(
    year: _Year,
    bound: Sequence[_Bound],
    config: Config,
    looked: Sequence[Finding],
    settled: Sequence[Chapter] = (),
) -> Report:
    missing, judged = _judge_pictures(year, bound)
    known = (
        *broken_findings(year.selection.broken),
        *missing,
        *judged,
        *year.selection.findings,
        *(finding for volume in bound for finding in volume.print.findings),
        *(finding for chapter in (() if bound else settled or year.chapters) for finding in chapter.findings),
        *looked,
    )
    found = tuple(finding for volume in bound for finding in volume.findings)
    return Report(
        selection=year.selection,
        findings=sort_findings(preflight.join(known, found)),
        pictures=len(year.pictures.uses),
        missing=len(missing),
        pages=sum(volume.print.pages for volume in bound),
        outputs=tuple(volume.output for volume in bound),
        pieces=sum(volume.print.pieces for volume in bound),
        pieces_set=_count_set(year, bound),
        allow_missing=config.allow_missing,
        allow=frozenset(config.allow),
        strict=config.clean,
    )


def _count_set(year: _Year, bound: Sequence[_Bound]) -> int:
    later = [volume.print.set_names for volume in bound]
    return sum(map(len, later)) + len(year.set_early.difference(*later))


def _look_over(year: _Year) -> tuple[Finding, ...]:
    """What preflight says of the chapters' text, blog by blog: paths are a blog's own."""
    blogs = {blog.root: blog for blog in year.blogs.values()}
    elsewhere = [out.permalink for out in year.selection.left_out]
    return tuple(
        finding
        for root, blog in blogs.items()
        for finding in inspect_chapters(
            [chapter for chapter in year.chapters if year.blogs[chapter.post.place].root == root],
            fonts=asset_dir("fonts"),
            elsewhere=elsewhere,
            base_url=blog.base_url,
        )
    )


def _expect(book: Book, year: _Year, config: Config, name: str) -> "Expectations":
    """What preflight is to find in the volume's PDF."""
    rasters = {
        picture.sha256
        for picture in year.pictures.printed.values()
        if isinstance(picture, PrintImage) and picture.kind != "svg"
    }
    shown = (p.anchor.partition("--")[0] for p in book.shown if p.src.rpartition(":")[2] in rasters)
    return preflight.Expectations(
        trim=book.trim,
        bleed_mm=config.page.bleed,
        unnumbered=book.unnumbered,
        places={chapter.id: chapter.post.place for chapter in book.chapters},
        pictures=Counter(shown),
        page_multiple=config.print.page_multiple,
        min_pages=config.print.min_pages,
        max_pages=config.print.max_pages,
        name=name,
    )


def _judge_pictures(year: _Year, bound: Sequence[_Bound]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What to say of pictures that are missing, and of those that paper shows less well than the blog."""
    chapter_ids = {chapter.post.place: chapter.id for chapter in year.chapters}
    pages = {name: page + 1 for volume in bound for name, page in volume.print.anchors.items()}
    shown = {picture.anchor: picture for volume in bound for picture in volume.print.book.shown}
    counts: Counter[str] = Counter()
    missing, judged = [], []
    pictures = year.pictures
    for use, stored, final in zip(pictures.uses, pictures.stored, pictures.finals, strict=True):
        chapter = chapter_ids[use.place]
        anchor = picture_id(chapter, counts[use.place])
        counts[use.place] += 1
        page = pages.get(anchor, pages.get(chapter, 0))
        if isinstance(final, MissingImage):
            missing.append(missing_finding(use, final, page))
            continue
        if isinstance(stored, StoredImage):
            judged += [picture_note(use, note, page) for note in stored.notes]
        if placed := shown.get(anchor):
            coarse = judge_resolution(
                final, width_mm=placed.width_mm, place=use.place, line=use.line, page=page, src=use.name
            )
            judged += [coarse] if coarse else []
    return tuple(missing), tuple(judged)


def output_paths(config: Config, volumes: int) -> tuple[Path, ...]:
    """Where the book goes: as told, else `yearbook-2021.pdf`; volumes are `…-1.pdf`, `…-2.pdf`."""
    whole = Path(config.output) if config.output else Path(f"yearbook-{config.year}.pdf")
    if volumes == 1:
        return (whole,)
    return tuple(whole.with_name(f"{whole.stem}-{number}{whole.suffix}") for number in range(1, volumes + 1))


def _check_writable(output: Path) -> None:
    """Says before the long work, not after it, that the book cannot be written."""
    if output.is_dir():
        message = "is a folder"
        raise OutputError(message, where=str(output), hint="name a file, such as -o book.pdf")
    folder = output.resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=PREFIX):
            pass
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise OutputError(message, where=str(output), hint="choose another place with -o") from error
