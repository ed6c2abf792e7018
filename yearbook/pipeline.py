"""The table of contents of the program: one call a stage, and the one place that writes the book.

Config -> discover -> render -> localise -> compose -> typeset -> bind -> report.
"""

import contextlib
import dataclasses
import importlib.metadata
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from yearbook import __version__
from yearbook.assets import asset_dir
from yearbook.bind import bind
from yearbook.compose import (
    Book,
    all_months,
    compose,
    make_index,
    make_parts,
    page_css,
    shortcode_templates,
)
from yearbook.config import Config
from yearbook.dialects import Library, dialect_of
from yearbook.discover import discover, library
from yearbook.errors import NoPostsError, OutputError, UnreadablePostsError
from yearbook.fill import ROUNDS, Adjustment, Gap, adjust, find_gaps
from yearbook.fonts import write_fontconfig
from yearbook.language import detect, language_of
from yearbook.localise import (
    Picture,
    Setting,
    Targets,
    find_images,
    images_by_src,
    list_pictures,
    localise,
    picture_id,
    targets,
)
from yearbook.model import (
    Blog,
    Chapter,
    Criteria,
    ImageUse,
    MissingImage,
    Post,
    PrintImage,
    Selection,
    StoredImage,
)
from yearbook.preface import PREFACE, read_preface
from yearbook.render import render
from yearbook.report import (
    Progress,
    Report,
    Silent,
    broken_findings,
    engine_findings,
    missing_finding,
    sort_findings,
)
from yearbook.store import ImagePolicy, ImageStatus, Wish, images_status, obtain, prepare_all
from yearbook.themes import Theme, find_theme
from yearbook.trims import TRIMS, Trim
from yearbook.typeset import Typesetting, typeset
from yearbook.typography import estimate_pages, gutter_mm
from yearbook.wording import Wording, wording

_STYLES = ("tokens", "base", "page", "text", "figures", "code", "parts")
"""Files of `styles/`, in the order of the cascade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pictures:
    """The pictures of all chapters, and what became of them."""

    uses: tuple[ImageUse, ...]
    stored: tuple[StoredImage | MissingImage, ...]
    printed: Mapping[str, Picture]

    @property
    def missing(self) -> tuple[tuple[int, ImageUse, MissingImage], ...]:
        """Number of the place, the place, and why its picture is missing."""
        finals = [self._final(image) for image in self.stored]
        return tuple(
            (number, use, image)
            for number, (use, image) in enumerate(zip(self.uses, finals, strict=True))
            if isinstance(image, MissingImage)
        )

    def _final(self, image: StoredImage | MissingImage) -> Picture:
        return image if isinstance(image, MissingImage) else self.printed[image.sha256]

    @property
    def files(self) -> dict[str, Path]:
        return {p.sha256: p.path for p in self.printed.values() if isinstance(p, PrintImage)}


def write_atomically(output: Path, content: bytes) -> None:
    """Writes beside the target, then moves into place: a reader sees the old file or the new one, never half.

    Raises:
        OutputError: the disk is full or the folder forbids it; the old file is untouched.
    """
    folder = output.resolve().parent
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".yearbook-", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(output)
    except OSError as error:
        msg = f"cannot be written: {error.strerror}"
        raise OutputError(msg, where=str(output), hint="is the disk full?") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def build(
    config: Config, progress: Progress, write: Callable[[Path, bytes], None] = write_atomically
) -> Report:
    """Makes the book and hands it to `write`.

    Raises:
        YearbookError: no book can be made; nothing was written.
    """
    config, selection = select(config, progress)
    _refuse_broken(selection, config)
    output = output_path(config)
    if write is write_atomically:
        _check_writable(output)
    chapters = render_chapters(selection, progress)
    pictures = collect_pictures(chapters, selection, config, progress)
    desk = make_desk(chapters, pictures, selection, config)
    book = make_book(desk, pictures, selection, config)
    progress.stage("typeset", f"{len(book.chapters)} posts")
    typesetting = typeset_book(book, desk.theme, pictures, config, progress)
    if adjustments := fill_pages(book, typesetting, desk, pictures, config, progress):
        book = make_book(desk, pictures, selection, config, adjustments)
        typesetting = typeset_book(book, desk.theme, pictures, config, progress)
    progress.stage("bind", f"{typesetting.pages} pages")
    pdf = bind(
        typesetting.pdf,
        unnumbered=2 if "cover" in book.order else 0,
        bleed_mm=config.page.bleed,
        title=book.full_title,
        author=book.author,
        language=book.language,
    )
    write(output, pdf)
    return _report(selection, desk.chapters, pictures, typesetting, output, config)


def fetch(config: Config, progress: Progress) -> Report:
    """Fills the image store with the pictures of the year, and makes no book."""
    config, selection = select(config, progress)
    chapters = render_chapters(selection, progress)
    pictures = collect_pictures(chapters, selection, config, progress)
    return _report(selection, chapters, pictures, None, None, config)


def select(config: Config, progress: Progress) -> tuple[Config, Selection]:
    """The year's posts; the configuration comes back with the year and language that were found.

    Raises:
        NoPostsError: there is nothing to print; the message says which years have posts.
    """
    progress.stage("discover", str(config.blog))
    selection = discover(config.blog, criteria(config))
    if not config.year and selection.years:
        config = dataclasses.replace(config, year=max(selection.years))
        selection = discover(config.blog, criteria(config))
    if not selection.posts and not selection.broken:
        raise NoPostsError(_no_posts(config, selection), where=str(config.blog), hint=_years_hint(selection))
    return config, selection


def criteria(config: Config) -> Criteria:
    """What the configuration asks of the posts."""
    wanted = dataclasses.asdict(config.select)
    return Criteria(year=config.year or 1, engine=config.engine, **wanted)


def _no_posts(config: Config, selection: Selection) -> str:
    if selection.years.get(config.year):
        return f"no post of {config.year} is left after the selection"
    return f"no posts in {config.year}" if config.year else "no posts here"


def _years_hint(selection: Selection) -> str:
    if not selection.years:
        return f"`yearbook list {selection.blog.root}` says what was found"
    years = ", ".join(f"{year} ({count})" for year, count in sorted(selection.years.items()))
    return f"years with posts: {years}"


def _refuse_broken(selection: Selection, config: Config) -> None:
    if not selection.broken or config.keep_going:
        return
    lines = [f"{post.place}:{post.line}: {post.reason} ({post.hint})" for post in selection.broken]
    count = len(lines)
    message = f"{count} post{'s' if count > 1 else ''} cannot be read:\n  " + "\n  ".join(lines)
    raise UnreadablePostsError(message, hint="mend them, or leave them out with --keep-going")


# ---------------------------------------------------------------------------------------------- chapters


def render_chapters(selection: Selection, progress: Progress) -> tuple[Chapter, ...]:
    """Every post as a chapter, in order, each with the language it is set in."""
    progress.stage("render", f"{len(selection.posts)} posts")
    known = library(selection)
    preface = read_preface(selection.blog)
    return tuple(
        _render(
            dataclasses.replace(post, language=language_of(post.title + post.body, post.language)),
            known,
            selection,
        )
        for post in ((preface,) if preface else ()) + selection.posts
    )


def _render(post: Post, known: Library, selection: Selection) -> Chapter:
    dialect, blog = dialect_of(post.engine), selection.blog
    return render(
        post,
        blog=blog,
        resolve=lambda ref: dialect.resolve(blog, post, ref, known),
        templates=shortcode_templates(blog.root / "yearbook" / "shortcodes"),
    )


# ---------------------------------------------------------------------------------------------- pictures


def collect_pictures(
    chapters: Sequence[Chapter], selection: Selection, config: Config, progress: Progress
) -> _Pictures:
    """Finds, fetches, verifies and prepares every picture."""
    blog = selection.blog
    uses = _find_uses(chapters, blog)
    progress.stage("images", f"{len({use.src for use in uses})} pictures")
    store, policy = config.cache / "images", image_policy(config, blog.repository)
    stored = obtain(uses, blog_root=blog.root, cache=store, policy=policy, progress=_Fetching(progress))
    originals = {image.sha256: image for image in stored if isinstance(image, StoredImage)}
    progress.stage("prepare", f"{len(originals)} pictures")
    wishes = [Wish(image=image, width_mm=TRIMS[config.page.trim].measure) for image in originals.values()]
    printed = dict(zip(originals, prepare_all(wishes, cache=store), strict=True))
    return _Pictures(uses=uses, stored=stored, printed=printed)


class _Fetching:
    """Passes the store's progress on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._total = self._count = self._bytes = 0

    def planned(self, count: int) -> None:
        self._total = count

    def fetched(self, url: str, bytes: int) -> None:
        del url
        self._count += 1
        self._bytes += bytes
        self._progress.step(self._count, self._total, f"pictures, {self._bytes / 1e6:.1f} MB")

    def done(self) -> None:
        self._progress.step(self._total, self._total, "pictures")


def image_policy(config: Config, repository: str = "") -> ImagePolicy:
    """What the store may do; a mirror that is a folder is meant from the blog's folder."""
    mirrors = tuple(
        (prefix, target if "://" in target else str(config.blog / target))
        for prefix, target in sorted(config.images.mirrors.items())
    )
    return ImagePolicy(
        mirrors=mirrors,
        allow_hosts=config.images.allow_hosts,
        allow_any_host=config.images.allow_any_host,
        enterprise_hosts=config.images.enterprise_hosts,
        offline=config.offline,
        frozen=config.frozen,
        refresh=config.refresh,
        strict=config.strict,
        token=config.token,
        repository=repository,
        proxies=config.proxies,
        no_proxy=config.no_proxy,
    )


def images_status_of(config: Config, progress: Progress) -> tuple[ImageStatus, ...]:
    """Every remote picture of the year, and where its bytes are."""
    config, selection = select(config, progress)
    uses = _find_uses(render_chapters(selection, progress), selection.blog)
    policy = image_policy(config, selection.blog.repository)
    return images_status(uses, blog_root=config.blog, cache=config.cache / "images", policy=policy)


def _find_uses(chapters: Sequence[Chapter], blog: Blog) -> tuple[ImageUse, ...]:
    """Every picture of every chapter, in order."""

    def locate(post: Post, src: str) -> Path | None:
        return dialect_of(post.engine).locate(blog, post, src)

    return tuple(
        use for chapter in chapters for use in find_images(chapter, locate=locate, base_url=blog.base_url)
    )


# ---------------------------------------------------------------------------------------------- the book


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Everything that settling the chapters takes, so that it can be done again with other wishes."""

    chapters: tuple[Chapter, ...]
    pictures: Mapping[str, Mapping[str, Picture]]
    """By place of the post, then by address as written."""
    targets: Targets
    setting: Setting
    language: str
    theme: Theme

    def settle(self, chapter: Chapter, adjustments: Mapping[str, Adjustment]) -> Chapter:
        return localise(
            chapter,
            pictures=self.pictures.get(chapter.post.place, {}),
            targets=self.targets,
            setting=self.setting,
            adjustments=adjustments,
        )


def make_desk(
    chapters: Sequence[Chapter], pictures: _Pictures, selection: Selection, config: Config
) -> _Desk:
    """What settling the chapters takes."""
    blog, theme = selection.blog, find_theme(config.page.theme, selection.blog.root)
    text = "".join(chapter.post.title + chapter.post.body[:2000] for chapter in chapters)
    language = config.language or blog.language or detect(text) or "en"
    by_place: dict[str, list[tuple[ImageUse, StoredImage | MissingImage]]] = {}
    for use, image in zip(pictures.uses, pictures.stored, strict=True):
        by_place.setdefault(use.place, []).append((use, image))
    setting = Setting(
        trim=_trim(chapters, theme.set_trim(TRIMS[config.page.trim]), config),
        words=wording(language),
        notes=config.page.links == "footnotes",
        base_url=blog.base_url,
        tallest=theme.tallest,
    )
    return _Desk(
        chapters=tuple(chapters),
        pictures={
            place: images_by_src(*_unzip(pairs), pictures.printed) for place, pairs in by_place.items()
        },
        targets=targets(chapters),
        setting=setting,
        language=language,
        theme=theme,
    )


def _trim(chapters: Sequence[Chapter], trim: Trim, config: Config) -> Trim:
    """The page, its type area moved away from the spine of a thick book."""
    gutter = config.page.gutter if config.page.gutter >= 0 else gutter_mm(estimate_pages(chapters, trim))
    return dataclasses.replace(trim, inside=trim.inside + gutter, outside=trim.outside - gutter)


def make_book(
    desk: _Desk,
    pictures: _Pictures,
    selection: Selection,
    config: Config,
    adjustments: Mapping[str, Adjustment] = MappingProxyType({}),
) -> Book:
    """The book as the templates see it, its chapters with pictures and links settled."""
    blog, words = selection.blog, desk.setting.words
    everything = tuple(desk.settle(chapter, adjustments) for chapter in desk.chapters)
    preface = "".join(chapter.html for chapter in everything if chapter.post.slug == PREFACE)
    settled = tuple(chapter for chapter in everything if chapter.post.slug != PREFACE)
    parts = make_parts(settled, config.year, words)
    return Book(
        title=config.title or blog.title or words.subtitle,
        subtitle=config.subtitle or words.subtitle,
        author=config.author or blog.author or _only_author(settled),
        publisher=config.publisher,
        published=config.published or _published(settled, words),
        year=config.year,
        language=desk.language,
        words=words,
        trim=desk.setting.trim,
        parts=parts,
        order=config.book.parts,
        month_openings=_or(config.book.month_openings, desk.theme.month_openings),
        index=make_index(settled, words),
        address=re.sub(r"^https?://", "", blog.base_url),
        commit=_commit(blog.root),
        pictures=len(pictures.uses),
        missing=len(pictures.missing),
        tools=_tools(),
        months=all_months(parts, config.year, words),
        preface=preface,
        shown=tuple(picture for chapter in settled for picture in list_pictures(chapter)),
    )


def _or(wish: bool | None, default: bool) -> bool:
    return default if wish is None else wish


def fill_pages(
    book: Book, typesetting: Typesetting, desk: _Desk, pictures: _Pictures, config: Config, progress: Progress
) -> dict[str, Adjustment]:
    """Wishes that fill the pages which pictures left too empty; empty if there is nothing to mend.

    A chapter begins on a page of its own, so it is tried alone, a few times at most.
    """
    gaps: dict[str, list[Gap]] = {}
    for gap in () if desk.theme.continuous else find_gaps(typesetting.sheets, book.trim):
        gaps.setdefault(gap.chapter, []).append(gap)
    chapters = {chapter.id: chapter for chapter in desk.chapters}
    found: dict[str, Adjustment] = {}
    for number, (chapter_id, own) in enumerate(gaps.items(), start=1):
        progress.step(number, len(gaps), "posts refilled")
        found |= _fill_chapter(chapters[chapter_id], own, book, desk, pictures, config)
    return found


def _fill_chapter(
    chapter: Chapter, gaps: Sequence[Gap], book: Book, desk: _Desk, pictures: _Pictures, config: Config
) -> dict[str, Adjustment]:
    """The best wishes for one chapter; none if nothing helps."""
    best: dict[str, Adjustment] = {}
    fewest, wishes = len(gaps), best
    for _ in range(ROUNDS):
        wishes = adjust(wishes, gaps[0], book.trim)
        alone = _only_chapter(book, desk.settle(chapter, wishes))
        gaps = find_gaps(typeset_book(alone, desk.theme, pictures, config, Silent()).sheets, book.trim)
        if len(gaps) < fewest:
            best, fewest = wishes, len(gaps)
        if not gaps:
            break
    return best


def _only_chapter(book: Book, chapter: Chapter) -> Book:
    part = dataclasses.replace(book.parts[0], chapters=(chapter,))
    return dataclasses.replace(book, parts=(part,), order=("chapters",), month_openings=False)


def _unzip(
    pairs: Iterable[tuple[ImageUse, StoredImage | MissingImage]],
) -> tuple[list[ImageUse], list[StoredImage | MissingImage]]:
    found = list(pairs)
    return [use for use, _ in found], [image for _, image in found]


def _only_author(chapters: Sequence[Chapter]) -> str:
    """The author if all posts agree on one."""
    authors = {author for chapter in chapters for author in chapter.post.authors}
    return authors.pop() if len(authors) == 1 else ""


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
        packed = re.search(
            rf"^([0-9a-f]{{40}}) {re.escape(name)}$", (git / "packed-refs").read_text("utf-8"), re.M
        )
        return packed[1][:10] if packed else ""
    return ""


def _tools() -> str:
    return f"yearbook {__version__} · WeasyPrint {importlib.metadata.version('weasyprint')}"


def typeset_book(
    book: Book, theme: Theme, pictures: _Pictures, config: Config, progress: Progress
) -> Typesetting:
    """The book's pages; keeps what the engine is given when asked to."""
    html = compose(book, templates=theme.folder / "templates")
    css = page_css(book.trim, config.page.bleed) + _styles() + theme.css
    if config.keep_html and book.order != ("chapters",):
        _keep(config.keep_html, html, css, pictures)
    fonts = write_fontconfig(asset_dir("fonts"), config.cache / "fonts", config.page.emoji)
    return typeset(
        html,
        css=css,
        images=pictures.files,
        font_config=fonts,
        on_page=lambda page: progress.step(page, 0, "pages"),
    )


def _styles() -> str:
    folder = asset_dir("styles")
    text = "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES)
    return f"@layer yearbook {{\n{text}\n}}\n"


def _keep(folder: Path, html: str, css: str, pictures: _Pictures) -> None:
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
        msg = f"cannot be written: {error.strerror}"
        raise OutputError(msg, where=str(folder)) from error


# ---------------------------------------------------------------------------------------------- the end


def _report(
    selection: Selection,
    chapters: Sequence[Chapter],
    pictures: _Pictures,
    typesetting: Typesetting | None,
    output: Path | None,
    config: Config,
) -> Report:
    anchors = typesetting.anchors if typesetting else {}
    notices = engine_findings(typesetting.notices) if typesetting else ()
    pages = _pages_of_pictures(chapters, pictures.uses, anchors)
    findings = (
        *broken_findings(selection.broken),
        *(missing_finding(use, image, pages[number]) for number, use, image in pictures.missing),
        *selection.findings,
        *(finding for chapter in chapters for finding in chapter.findings),
        *notices,
    )
    return Report(
        selection=selection,
        findings=sort_findings(findings),
        pictures=len(pictures.uses),
        missing=len(pictures.missing),
        pages=typesetting.pages if typesetting else 0,
        output=output,
        allow_missing=config.allow_missing,
    )


def _pages_of_pictures(
    chapters: Sequence[Chapter], uses: Sequence[ImageUse], anchors: Mapping[str, int]
) -> tuple[int, ...]:
    """The page each picture stands on, from 1, aligned with `uses`; 0 if it is on none."""
    chapter_ids = {chapter.post.place: chapter.id for chapter in chapters}
    counts: Counter[str] = Counter()
    pages = []
    for use in uses:
        chapter = chapter_ids[use.place]
        index = anchors.get(picture_id(chapter, counts[use.place]), anchors.get(chapter, -1))
        counts[use.place] += 1
        pages.append(index + 1)
    return tuple(pages)


def output_path(config: Config) -> Path:
    """Where the book goes: as told, else `yearbook-2021.pdf` in the current folder."""
    return Path(config.output) if config.output else Path(f"yearbook-{config.year}.pdf")


def _check_writable(output: Path) -> None:
    """Says before the long work, not after it, that the book cannot be written."""
    if output.is_dir():
        msg = "is a folder"
        raise OutputError(msg, where=str(output), hint="name a file, such as -o book.pdf")
    folder = output.resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".yearbook-"):
            pass
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise OutputError(message, where=str(output), hint="choose another place with -o") from error
