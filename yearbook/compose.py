"""Chapters to one book, and the book to one HTML text: the only module that imports Jinja2.

Counts what the year page and the index show, puts parts in order, and hands the templates one name, `book`.
Nothing here reads a post's HTML apart from handing it on, and nothing knows a page number: the engine does.
"""

import calendar
import contextlib
import datetime as dt
import functools
import marshal
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from pathlib import Path
from typing import Literal

import jinja2
import jinja2.sandbox
from markupsafe import Markup, escape

from yearbook.cover import Cover, Mark, draw_dots, draw_rings
from yearbook.errors import EngineError
from yearbook.initials import initial_of, sort_key
from yearbook.localise import ShownPicture
from yearbook.memo import Memo, digest_of, fingerprint
from yearbook.model import Chapter
from yearbook.trims import MM_PER_PT, Trim
from yearbook.typography import keep_words
from yearbook.value import dataclass
from yearbook.wording import Wording

_LEAST_PICTURES = 8
_TEMPLATES = Path(__file__).parent / "templates"
_COMPILED = _TEMPLATES / "__pycache__"
_COMPILED_BYTES = 2_000_000
"""How much is kept of what the house's templates were compiled to: some ten versions of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One month with its chapters, or the posts taken in from outside the year."""

    anchor: str
    """Its `id`, such as `month-3`."""
    month: int
    """1 to 12; 0 for posts from outside the year."""
    label: str
    """Short name, as in the contents."""
    name: str
    """Full name, as on its opening."""
    weeks: tuple[tuple[int, ...], ...]
    """Days of the month by week, Monday first, 0 where the week belongs to another month."""
    chapters: tuple[Chapter, ...]
    """In order."""

    @property
    def days(self) -> frozenset[int]:
        """Days of the month that have a post."""
        return frozenset(chapter.post.date.day for chapter in self.chapters)

    @property
    def full_days(self) -> frozenset[int]:
        """Days of the month that have several posts."""
        counts = Counter(chapter.post.date.day for chapter in self.chapters)
        return frozenset(day for day, count in counts.items() if count > 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One word of the index."""

    word: str
    """As printed."""
    chapter_ids: tuple[str, ...]
    """Where it leads, in the book's order."""
    is_name: bool = False
    """Whether it is a person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexGroup:
    """The words under one letter."""

    letter: str
    """The heading, such as `ㄱ` or `A`."""
    entries: tuple[IndexEntry, ...]
    """Sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningPage:
    """One page that opens a month: the first has its number and calendar, any other only more posts."""

    chapters: tuple[Chapter, ...]
    """The posts listed on it."""
    layout: Literal["few", "many", "columns"]
    """Titles in full below the calendar; one line each beside a smaller one; the same in two columns."""
    pitch_pt: float
    """Distance of the lines of the list; 0 is the page's leading."""


@dataclass(frozen=True, kw_only=True)
class Book:
    """Everything the templates may print."""

    title: str
    """Title of the book."""
    subtitle: str
    """Line under the title."""
    volume: int
    """1, 2, … if the year fills several volumes; else 0."""
    author: str
    """Its author; may be empty."""
    publisher: str
    """Who prints it; empty for a personal copy."""
    published: str
    """Date of the edition, in words."""
    year: int
    """The year."""
    language: str
    """BCP 47 tag."""
    words: Wording
    """The book's own words."""
    trim: Trim
    """The page."""
    parts: tuple[Part, ...]
    """Months in order; months without posts are not there."""
    order: tuple[str, ...]
    """Names of the book's parts, in order."""
    month_openings: bool
    """Whether months have a page of their own."""
    index: tuple[IndexGroup, ...]
    """Tags and categories by letter."""
    address: str
    """Public address of the blog, short; may be empty."""
    commit: str
    """Short hash of the blog's commit; may be empty."""
    pictures: int
    """Pictures in the book, missing ones included."""
    missing: int
    """Pictures that could not be had."""
    tools: str
    """Names and versions of what made the book."""
    months: tuple[Part, ...]
    """All twelve months, with posts or without."""
    preface: str = ""
    """The preface as clean HTML; empty if there is none."""
    shown: tuple[ShownPicture, ...] = ()
    """Every picture of the chapters, in order."""
    cover: Cover = field(default_factory=Cover)
    """What is drawn on the cover, or its picture."""
    typeface: str = ""
    """Face of the text, if the theme has another than the wording's."""
    sharp: frozenset[str] = frozenset()
    """Addresses of the pictures that can fill the width of a page."""
    fresh: frozenset[str] = frozenset()
    """Anchors of the chapters that begin a page; the others follow on where the one before them ends."""

    @property
    def full_title(self) -> str:
        """The title with its year, which many titles have already, and the number of the volume."""
        title = self.title if str(self.year) in self.title else f"{self.year} {self.title}"
        return f"{title} {self.volume}" if self.volume else title

    @property
    def unnumbered(self) -> int:
        """Pages before the one with folio 1: the cover and its back."""
        return 2 if self.order[:1] == ("cover",) else 0

    @functools.cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        """All chapters in order."""
        return tuple(chapter for part in self.parts for chapter in part.chapters)

    @property
    def has_index(self) -> bool:
        """Whether there is an index: where there are only two posts, the contents say as much."""
        return bool(self.index) and len(self.chapters) > 2

    @property
    def has_picture_index(self) -> bool:
        """Whether there are pictures enough to look for one among them."""
        return len(self.shown) >= _LEAST_PICTURES

    @property
    def authors(self) -> tuple[IndexEntry, ...]:
        """The index of authors; empty if one wrote all."""
        return make_author_index(self.chapters, self.words.language)

    def chapter_of(self, chapter_id: str) -> Chapter:
        """The chapter with that anchor."""
        return next(chapter for chapter in self.chapters if chapter.id == chapter_id)

    @functools.cached_property
    def many_authors(self) -> bool:
        """Whether openings have to say who wrote the post."""
        return len({chapter.post.authors for chapter in self.chapters}) > 1

    @property
    def characters(self) -> int:
        """Characters of text without white space."""
        return sum(chapter.characters for chapter in self.chapters)

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Days with at least one post, sorted."""
        return tuple(sorted({chapter.post.date.date() for chapter in self.chapters}))

    @property
    def drawing(self) -> tuple[Mark, ...]:
        """The cover's drawing: every day of the year, and the months' numbers."""
        written: Counter[dt.date] = Counter()
        for chapter in self.chapters:
            if chapter.post.date.year == self.year:
                written[chapter.post.date.date()] += chapter.characters
        draw = draw_dots if self.cover.kind == "dots" else draw_rings
        return draw(written, self.year)

    def open_part(self, part: Part) -> tuple[OpeningPage, ...]:
        """The pages that open a month, its posts on them."""
        return open_part(part, self.trim)

    def picture_of(self, part: Part) -> str:
        """Address of the month's first picture that can stand above its opening; empty if there is none.

        There is none either when the month's posts need the room. A picture that stands above a post's title
        is taken only if no other is sharp enough, and never that of the first post: it stands overleaf.
        """
        pages = self.open_part(part)
        room_mm = self.trim.height / 2 - _LEFT_BELOW_PICTURE_MM
        width_em = (self.trim.measure - _DATE_AND_FOLIO_MM) / MM_PER_PT / _LIST_SIZE_PT
        lines = sum(count_lines(chapter.post.title, width_em) for chapter in part.chapters)
        if len(pages) > 1 or lines * self.trim.leading_pt * MM_PER_PT > room_mm:
            return ""
        begins = tuple(f"{chapter.id}--" for chapter in part.chapters)
        own = [picture for picture in self.shown if picture.anchor.startswith(begins)]
        free = [picture for picture in own if picture.src in self.sharp]
        overleaf = {picture.src for picture in own if picture.opens and picture.anchor.startswith(begins[:1])}
        offers = sorted((p for p in free if p.src not in overleaf), key=lambda picture: picture.opens)
        return offers[0].src if offers else ""

    @property
    def streak(self) -> int:
        """Longest run of consecutive days with a post."""
        longest = run = 0
        previous: dt.date | None = None
        for day in self.days:
            run = run + 1 if previous and day - previous == dt.timedelta(days=1) else 1
            longest, previous = max(longest, run), day
        return longest

    @property
    def busiest(self) -> Part | None:
        """The month with most posts, the earliest of equals."""
        return max(self.months, key=lambda part: len(part.chapters)) if self.parts else None

    @property
    def top_tags(self) -> tuple[tuple[str, int], ...]:
        """The tags used most, at most six, with their counts."""
        counts = Counter(tag for chapter in self.chapters for tag in chapter.post.tags)
        return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:6])


def make_parts(
    chapters: Sequence[Chapter], year: int, words: Wording, *, by_author: bool = False
) -> tuple[Part, ...]:
    """The chapters by month, in their order, posts from outside the year last; or by their first author."""
    return _author_parts(chapters) if by_author else _month_parts(chapters, year, words)


def _author_parts(chapters: Sequence[Chapter]) -> tuple[Part, ...]:
    by_author: dict[str, list[Chapter]] = {}
    for chapter in chapters:
        by_author.setdefault(", ".join(chapter.post.authors[:1]) or "—", []).append(chapter)
    return tuple(
        Part(anchor=f"author-{number}", month=0, label=name, name=name, weeks=(), chapters=tuple(own))
        for number, (name, own) in enumerate(by_author.items(), start=1)
    )


def _month_parts(chapters: Sequence[Chapter], year: int, words: Wording) -> tuple[Part, ...]:
    parts = []
    months = list(dict.fromkeys(c.post.date.month for c in chapters if c.post.date.year == year))
    for month in months:
        own = tuple(c for c in chapters if c.post.date.year == year and c.post.date.month == month)
        parts.append(_month_part(year, month, own, words))
    others = tuple(c for c in chapters if c.post.date.year != year)
    if others:
        parts.append(
            Part(
                anchor="included",
                month=0,
                label=words.included,
                name=words.included,
                weeks=(),
                chapters=others,
            )
        )
    return tuple(parts)


def all_months(parts: Iterable[Part], year: int, words: Wording) -> tuple[Part, ...]:
    """Twelve months, those without posts included."""
    known = {part.month: part for part in parts if part.month}
    return tuple(known.get(month) or _month_part(year, month, (), words) for month in range(1, 13))


def _month_part(year: int, month: int, chapters: tuple[Chapter, ...], words: Wording) -> Part:
    weeks = calendar.Calendar(firstweekday=0).monthdayscalendar(year, month)
    return Part(
        anchor=f"month-{month}",
        month=month,
        label=words.months[month - 1],
        name=words.month_names[month - 1],
        weeks=tuple(tuple(week) for week in weeks),
        chapters=chapters,
    )


_RUN = 80_000
"""Characters of text after which a continuous book begins a page with the next month: some hundred pages."""


def begin_pages(parts: Iterable[Part], *, continuous: bool, month_openings: bool) -> frozenset[str]:
    """Anchors of the chapters that begin a page.

    Where posts follow one another a page is begun only after a month's own page, and now and then in a long
    book, so that its pieces can be set at the same time and one word does not set all of it again.
    """
    if not continuous:
        return frozenset(chapter.id for part in parts for chapter in part.chapters)
    found, characters = [], _RUN
    for part in parts:
        own = sum(chapter.characters for chapter in part.chapters)
        characters += own
        if month_openings or characters > _RUN:
            found.append(part.chapters[0].id)
            characters = own
    return frozenset(found)


# ---------------------------------------------------------------------------------------------- openings

_DATE_AND_FOLIO_MM = 21
_LIST_SIZE_PT = 8.6
_LEAST_FOR_COLUMNS_MM = 105
_TIGHTEST_PT, _LOOSEST_PT = 10.0, 14.0
_LEFT_BELOW_PICTURE_MM = 70
_LEFT_BELOW_MM = {"calendar": 132, "name": 65, "many": 78, "alone": 54, "more": 20}
"""Height of the trim, less the head margin, that the list of posts cannot have; `.month-opening` agrees."""


def open_part(part: Part, trim: Trim) -> tuple[OpeningPage, ...]:
    """The pages that open a month: one, unless it has more posts than a page holds.

    Titles stand in full while there is room below the calendar; else each has one line.
    """
    room = {name: (trim.height - trim.head - taken) / MM_PER_PT for name, taken in _LEFT_BELOW_MM.items()}
    width_em = (trim.measure - _DATE_AND_FOLIO_MM) / MM_PER_PT / _LIST_SIZE_PT
    lines = sum(count_lines(chapter.post.title, width_em) for chapter in part.chapters)
    if lines * trim.leading_pt <= room["calendar" if part.month else "name"]:
        return (OpeningPage(chapters=part.chapters, layout="few", pitch_pt=0),)
    first = room["many" if part.month else "alone"]
    wide = trim.measure >= _LEAST_FOR_COLUMNS_MM and len(part.chapters) * _TIGHTEST_PT > first
    columns = 2 if wide else 1
    most = [int(height / _TIGHTEST_PT) * columns for height in (first, room["more"])]
    pages: list[OpeningPage] = []
    rest = part.chapters
    for share in share_out(len(rest), *most):
        pages.append(_open_page(rest[:share], room["more"] if pages else first, columns))
        rest = rest[share:]
    return tuple(pages)


def _open_page(chapters: tuple[Chapter, ...], room_pt: float, columns: int) -> OpeningPage:
    rows = -(-len(chapters) // columns)
    pitch = min(_LOOSEST_PT, int(room_pt / rows * 4) / 4)
    return OpeningPage(chapters=chapters, layout="many" if columns == 1 else "columns", pitch_pt=pitch)


def share_out(total: int, first: int, more: int) -> tuple[int, ...]:
    """How many each page gets, evenly, if the first holds so many and every other so many more.

    >>> share_out(20, 30, 40), share_out(44, 30, 40), share_out(75, 30, 40)
    ((20,), (22, 22), (25, 25, 25))
    """
    pages = 1 + max(0, -(-(total - first) // more))
    shares: list[int] = []
    for left in range(pages, 0, -1):
        shares.append(min(-(-(total - sum(shares)) // left), more if shares else first))
    return tuple(shares)


def count_lines(title: str, width_em: float) -> int:
    """How many lines a title takes at most, a little too many rather than one too few.

    >>> [count_lines(title, 10) for title in ("가나다", "가나다라마바사아자차카", "a title")]
    [1, 2, 1]
    """
    width = sum(1 if unicodedata.east_asian_width(letter) in "WF" else 0.56 for letter in title)
    return 1 if width <= width_em else math.ceil(width / (width_em * 0.88))


# ---------------------------------------------------------------------------------------------- index

def make_index(chapters: Sequence[Chapter], words: Wording) -> tuple[IndexGroup, ...]:
    """Tags, categories, series, people, and authors if there are several, by letter as the language says."""
    places: dict[str, dict[str, None]] = {}
    spelling: dict[str, str] = {}
    several = set(_several_authors(chapters))
    names = several | {_spell(name) for chapter in chapters for name in chapter.post.people}
    for chapter in chapters:
        post = chapter.post
        authors = (author for author in post.authors if _spell(author) in several)
        for word in (*post.categories, *post.tags, post.series, *authors, *post.people):
            text = _spell(word)
            if key := text.casefold():
                spelling.setdefault(key, text)
                places.setdefault(key, {})[chapter.id] = None
    groups: dict[str, list[IndexEntry]] = {}
    for key in sorted(places, key=lambda key: sort_key(key, words.language)):
        word = spelling[key]
        entry = IndexEntry(word=word, chapter_ids=tuple(places[key]), is_name=word in names)
        groups.setdefault(initial_of(key, words.language).heading or words.symbols, []).append(entry)
    return tuple(IndexGroup(letter=letter, entries=tuple(entries)) for letter, entries in groups.items())


def _spell(word: str) -> str:
    return " ".join(unicodedata.normalize("NFC", word).split())


def _several_authors(chapters: Sequence[Chapter]) -> tuple[str, ...]:
    """Every author, in the order of their posts; none if one wrote all."""
    names = tuple(dict.fromkeys(_spell(name) for chapter in chapters for name in chapter.post.authors))
    return names if len(names) > 1 else ()


def make_author_index(chapters: Sequence[Chapter], language: str) -> tuple[IndexEntry, ...]:
    """Every author with their posts, in the order of their names; empty if one wrote all."""
    places: dict[str, list[str]] = {name: [] for name in _several_authors(chapters)}
    for chapter in chapters:
        for name in dict.fromkeys(_spell(author) for author in chapter.post.authors):
            if name in places:
                places[name].append(chapter.id)
    names = sorted(places, key=lambda name: sort_key(name, language))
    return tuple(IndexEntry(word=name, chapter_ids=tuple(places[name]), is_name=True) for name in names)


# ---------------------------------------------------------------------------------------------- HTML


class _Compiled(jinja2.BytecodeCache):
    """What the house's templates were compiled to, beside them, as Python keeps it of modules.

    It is run, so it is kept where the program is and not where a blog's values are remembered; what a theme's
    templates were compiled to is not kept.
    """

    def __init__(self) -> None:
        self._memo = Memo(_COMPILED, cap_bytes=_COMPILED_BYTES)

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Digest of the template and the program; empty for one that is not the house's."""
        is_own = filename is not None and Path(filename).parent == _TEMPLATES
        return digest_of("template", fingerprint(), name) if is_own else ""

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Takes what was kept."""
        kept = self._memo.get(bucket.key) if bucket.key else None
        if kept is not None:
            bucket.code = marshal.loads(kept)

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Keeps it, unless Python is told not to keep such things."""
        if bucket.key and not sys.dont_write_bytecode:
            self._memo.put(bucket.key, marshal.dumps(bucket.code))
            self._memo.prune()


@functools.lru_cache(maxsize=4)
def _environment(
    templates: Path | None, _state: tuple[tuple[str, int, int], ...]
) -> jinja2.Environment:
    """Templates of the folder in that state, and of the house; each is compiled once."""
    folders = [templates] if templates else []
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, _TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        bytecode_cache=_Compiled(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["html"] = Markup
    environment.filters["keep"] = keep_words
    environment.filters["group"] = "{:,}".format
    environment.filters["anchor"] = lambda text: re.sub(r"\W+", "-", text)
    return environment


def _state_of(folder: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of the files in the folder: with other templates its environment is another."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()] if folder else []
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)


class Composer:
    """The templates, read once: the whole book, or one part of it, as HTML."""

    def __init__(self, templates: Path | None = None) -> None:
        """Templates of the house; files of the same name in the folder `templates` replace them."""
        self._own = templates
        self._environment = _environment(templates, _state_of(templates))

    @property
    def frames_book(self) -> bool:
        """Whether the theme has its own form of the book as one document, which its parts alone lack."""
        own = self._own
        return own is not None and any((own / name).is_file() for name in ("book.html", "chapters.html"))

    @property
    def has_own_templates(self) -> bool:
        """Whether the theme has templates in the place of the house's."""
        return self._own is not None and any(self._own.rglob("*.html"))

    def load(self, names: Iterable[str]) -> None:
        """Compiles templates that will be rendered; what is wrong with one is said then."""
        for name in names:
            with contextlib.suppress(jinja2.TemplateError):
                self._environment.get_template(f"{name}.html")

    def book(self, book: Book) -> str:
        """The whole book as one HTML document.

        Raises:
            EngineError: a template is wrong.
        """
        return self._render("book", book=book)

    def part(self, book: Book, name: str) -> str:
        """One part of the book, such as `contents`; empty if there is nothing to print in it."""
        return self._render(name, book=book)

    def month(self, book: Book, part: Part) -> str:
        """The opening of one month."""
        return self._render("month", book=book, part=part)

    def chapter(self, book: Book, chapter: Chapter) -> str:
        """One chapter."""
        return self._render("chapter", book=book, chapter=chapter)

    def _render(self, name: str, **values: object) -> str:
        try:
            return self._environment.get_template(f"{name}.html").render(**values)
        except jinja2.TemplateError as error:
            line = getattr(error, "lineno", None)
            where = f"{getattr(error, 'name', None) or 'templates'}{f':{line}' if line else ''}"
            msg = f"the template failed: {error}"
            raise EngineError(msg, where=where) from error


def head_html(kind: str, text: str) -> str:
    """A running head to be drawn on a page of its own, at its place: `verso`, `recto`, or `digits`."""
    return f'<section class="running-head {kind}"><p>{escape(text)}</p></section>'


def shortcode_templates(folder: Path) -> Callable[[str, dict[str, str], str], str | None]:
    """The user's own shortcodes: `NAME.html` in the folder, with `params` and `inner`, in a sandbox.

    The function it gives raises EngineError when a template is wrong, and gives None when there is none.
    """
    environment = jinja2.sandbox.SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined
    )

    def expand(name: str, params: dict[str, str], inner: str) -> str | None:
        if not re.fullmatch(r"[\w-]+", name) or not (folder / f"{name}.html").is_file():
            return None
        try:
            return environment.get_template(f"{name}.html").render(params=params, inner=Markup(inner))
        except jinja2.TemplateError as error:
            message = f"the shortcode's template failed: {error}"
            raise EngineError(message, where=f"{folder.name}/{name}.html") from error

    return expand


def page_css(trim: Trim, bleed_mm: float, *, facing: bool, unnumbered: int = 0) -> str:
    """The `@page` rules that depend on the trim, and the trim as custom properties; lengths in mm and pt.

    Args:
        trim: the page.
        bleed_mm: how far pictures and tints go beyond it.
        facing: whether left-hand pages differ from right-hand ones; if not, the type area is in the middle.
        unnumbered: pages before the one with folio 1; only a whole book has them.
    """
    bleed = f"bleed:{bleed_mm:g}mm;" if bleed_mm else ""
    side = (trim.inside + trim.outside) / 2
    left, right = (trim.inside, trim.outside) if facing else (side, side)
    css = (
        f":root{{--trim-width:{trim.width:g}mm;--trim-height:{trim.height:g}mm;--bleed:{bleed_mm:g}mm;"
        f"--head:{trim.head:g}mm;--foot:{trim.foot:.3f}mm;--inside:{trim.inside:g}mm;--outside:{trim.outside:g}mm;"
        f"--measure:{trim.measure:g}mm;--type-height:{trim.type_height_pt:g}pt;"
        f"--size:{trim.size_pt:g}pt;--leading:{trim.leading_pt:g}pt}}\n"
        f"@page{{size:{trim.width:g}mm {trim.height:g}mm;{bleed}"
        f"margin:{trim.head:g}mm {right:g}mm {trim.foot:.3f}mm {left:g}mm}}\n"
    )
    if not facing:
        return css
    return css + (
        f"@page :first{{counter-reset:page {1 - unnumbered}}}\n"
        f"@page :left{{margin-left:{trim.outside:g}mm;margin-right:{trim.inside:g}mm}}\n"
    )
