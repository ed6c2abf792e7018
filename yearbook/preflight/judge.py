"""Facts of a finished PDF against what was wanted of it: pure, one small judge for each kind of trouble."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from types import MappingProxyType

from yearbook.model import Finding, Severity
from yearbook.preflight.facts import PT_PER_MM, PageFacts, PdfFacts, Rectangle, TextRun, chapter_pages
from yearbook.trims import Trim
from yearbook.value import dataclass

_NEAR_PT = 0.6
"""By how much a length may differ: engines and binders round."""
_HANGS_PT = 6.0
"""How far text may stand out of the type area: hanging marks, the slant of a last letter."""
_WANTED_DPI, _POOR_DPI = 150, 100
"""Dots an inch below which a picture looks soft, and coarse."""
_PART_HIDDEN = 0.3
"""Share of its size that may be hidden of a line of text: the air above letters, a swash."""
_SMALL_PT = 40.0
"""Pictures smaller than this are signs within the text; nobody counts their dots."""
_FEW_LINES = 1 / 4
"""Share of a page's lines below which it is nearly empty."""
_RUNT_LINES = 2
"""Lines on the last page of a post, or fewer, that are not worth the page."""
_FURNITURE_SHARE = 8
"""What stands outside the type area at one height on every eighth page is a folio or a running head; with
fewer pages nobody can tell."""
_AIR = 0.7
"""Share of a line by which text may stand above or below the type area."""
_SUBSET = re.compile(r"[A-Z]{6}\+")
_NAMED_AT_MOST = 12
"""Findings of one kind before the rest are counted only."""
_SAFE_ADDRESS = re.compile(r"(?:https?|mailto|tel|ftp):", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What is wanted of a PDF; what is not given is not judged."""

    trim: Trim | None = None
    """The finished page and its type area."""
    bleed_mm: float = 0.0
    """Bleed on every side."""
    unnumbered: int | None = None
    """Pages before folio 1; None if it is not known."""
    places: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The post's file of each chapter, by the chapter's anchor."""
    pictures: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """How many pictures of dots each chapter shows at least, by the chapter's anchor."""
    page_multiple: int = 0
    """The number of pages must be a multiple of this; 0 for any."""
    min_pages: int = 0
    """Fewest pages the printer binds."""
    max_pages: int = 0
    """Most pages the printer binds; 0 for any."""
    name: str = ""
    """How to call the PDF in findings that concern no post; empty if there is only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One PDF before its judges."""

    facts: PdfFacts
    wanted: Expectations
    chapters: Mapping[str, range]
    """Pages of each chapter."""

    def finding(self, kind: str, severity: Severity, message: str, hint: str, page: int = 0) -> Finding:
        """A finding that names the post on whose page it lies."""
        place = next(
            (self.wanted.places.get(name, "") for name, pages in self.chapters.items() if page in pages), ""
        )
        return Finding(
            kind=kind,
            severity=severity,
            place=place or self.wanted.name,
            message=message,
            hint=hint,
            page=page,
        )


def judge(facts: PdfFacts, wanted: Expectations) -> tuple[Finding, ...]:
    """Everything about the PDF that is not as wanted, in the order of the judges and then of the pages."""
    case = _Case(facts=facts, wanted=wanted, chapters=chapter_pages(facts))
    found: list[Finding] = []
    for judge_one in _JUDGES:
        own = list(judge_one(case))
        found += own[:_NAMED_AT_MOST]
        if more := own[_NAMED_AT_MOST:]:
            pages = ", ".join(str(finding.page) for finding in more[:40])
            last = more[0]
            found.append(
                case.finding(
                    last.kind, last.severity, f"{len(more)} more of this kind: pages {pages}", last.hint
                )
            )
    return tuple(found)


# ------------------------------------------------------------------------------------------ the sheet


def _size(box: Rectangle) -> tuple[float, float]:
    return box[2] - box[0], box[3] - box[1]


def _mm(box: Rectangle) -> str:
    width, height = _size(box)
    return f"{width / PT_PER_MM:.1f} × {height / PT_PER_MM:.1f} mm"


def _boxes(case: _Case) -> Iterator[Finding]:
    """Sheet, finished page and bleed of every page."""
    trim, bleed = case.wanted.trim, case.wanted.bleed_mm * PT_PER_MM
    first = case.facts.pages[0].trim if case.facts.pages else (0.0, 0.0, 0.0, 0.0)
    width, height = (trim.width * PT_PER_MM, trim.height * PT_PER_MM) if trim else _size(first)
    shown = f"{width / PT_PER_MM:.1f} × {height / PT_PER_MM:.1f} mm"
    troubles: dict[object, str] = {}
    for number, page in enumerate(case.facts.pages, start=1):
        own = (page.media, page.trim, page.bleed, page.rotation)
        if own not in troubles:  # nearly all pages have the same
            troubles[own] = _box_trouble(page, width, height, bleed if trim else None, shown)
        if trouble := troubles[own]:
            hint = "the printer would scale or refuse the file; please report this if yearbook made it"
            yield case.finding("page-box", Severity.ERROR, trouble, hint, number)


def _box_trouble(page: PageFacts, width: float, height: float, bleed: float | None, shown: str) -> str:
    """What is wrong with the page's boxes; empty if nothing is. `bleed` None: not known."""
    if not _near(_size(page.trim), (width, height)):
        return f"the finished page is {_mm(page.trim)}, not {shown}"
    if page.rotation:
        return f"the page is turned by {page.rotation}°"
    if not (_holds(page.media, page.bleed) and _holds(page.bleed, page.trim)):
        return "sheet, bleed and finished page do not lie within each other"
    if bleed is None:
        return ""
    left, bottom, right, top = page.trim
    wide = (left - bleed, bottom - bleed, right + bleed, top + bleed)
    for name, box in (("bleed", page.bleed), ("sheet", page.media)):
        if not _near(box, wide):
            return f"the {name} is {_mm(box)}, not {_mm(wide)}"
    return ""


def _near(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= _NEAR_PT for a, b in zip(first, second, strict=True))


def _holds(outer: Rectangle, inner: Rectangle) -> bool:
    return (
        outer[0] <= inner[0] + _NEAR_PT
        and outer[1] <= inner[1] + _NEAR_PT
        and outer[2] >= inner[2] - _NEAR_PT
        and outer[3] >= inner[3] - _NEAR_PT
    )


def _page_count(case: _Case) -> Iterator[Finding]:
    """Whether the printer can bind so many pages."""
    count, wanted = len(case.facts.pages), case.wanted
    if wanted.page_multiple > 1 and (over := count % wanted.page_multiple):
        message = f"{count} pages are no multiple of {wanted.page_multiple}"
        hint = f"{wanted.page_multiple - over} blank pages at the end would fill the last sheet"
        yield case.finding("page-count", Severity.WARNING, message, hint)
    if count < wanted.min_pages:
        message = f"{count} pages are fewer than the {wanted.min_pages} that the printer binds"
        yield case.finding("page-count", Severity.WARNING, message, "see `min_pages` in yearbook.toml")
    if wanted.max_pages and count > wanted.max_pages:
        message = f"{count} pages are more than the {wanted.max_pages} that the printer binds"
        yield case.finding(
            "page-count", Severity.WARNING, message, f"--split pages={wanted.max_pages} makes volumes"
        )


def _labels(case: _Case) -> Iterator[Finding]:
    """Whether a reader's page numbers agree with the printed ones."""
    unnumbered, labels = case.wanted.unnumbered, case.facts.labels
    if unnumbered is None or not case.facts.pages:
        return
    inside = [index for index, _ in labels if 0 <= index < len(case.facts.pages)]
    if not labels or inside != sorted({*inside, 0}) or len(inside) != len(labels):
        yield case.finding("page-label", Severity.WARNING, "the numbers of the pages are not whole", _OURS)
        return
    for number, page in enumerate(case.facts.pages[unnumbered:], start=1):
        if page.label != str(number):
            message = f"a reader calls this page {page.label!r}, and {number} is printed on it"
            yield case.finding("page-label", Severity.WARNING, message, _OURS, number + unnumbered)
            return


_OURS = "please report this if yearbook made the file"


# ---------------------------------------------------------------------------------------------- fonts


def _fonts(case: _Case) -> Iterator[Finding]:
    """Fonts that a printer lacks, that cannot be searched, or that are carried whole."""
    for font in case.facts.fonts:
        name = _SUBSET.sub("", font.name)
        if not font.embedded:
            message = f"the font {name} is not in the file; the printer would take another"
            yield case.finding("font-not-embedded", Severity.ERROR, message, _OURS, font.first_page)
        if font.kind == "Type3" and "Emoji" not in name:
            message = f"the font {name} is made of drawings (Type 3)"
            yield case.finding(
                "font-type3", Severity.WARNING, message, "some printers refuse these", font.first_page
            )
        if not font.readable:
            message = f"text in {name} cannot be searched or copied"
            yield case.finding("font-unreadable", Severity.WARNING, message, _OURS, font.first_page)
        if font.embedded and font.kind != "Type3" and not _SUBSET.match(font.name):
            message = f"the font {name} is in the file as a whole"
            yield case.finding(
                "font-not-subset",
                Severity.NOTE,
                message,
                "the file is larger than it need be",
                font.first_page,
            )


# --------------------------------------------------------------------------------------------- pictures


def _resolution(case: _Case) -> Iterator[Finding]:
    """Pictures of fewer dots than paper wants, one finding a page."""
    for number, page in enumerate(case.facts.pages, start=1):
        poor = [p for p in page.pictures if max(p.width, p.height) >= _SMALL_PT and p.dpi < _WANTED_DPI]
        if not poor:
            continue
        worst = min(poor, key=lambda picture: picture.dpi)
        severity = Severity.WARNING if worst.dpi < _POOR_DPI else Severity.NOTE
        message = (
            f"a picture of {worst.width_px} × {worst.height_px} dots is "
            f"{worst.width / PT_PER_MM:.0f} mm wide: {worst.dpi:.0f} dots an inch"
        )
        yield case.finding("coarse-image", severity, message, "give it more dots, or show it smaller", number)


def _lost_pictures(case: _Case) -> Iterator[Finding]:
    """Chapters on whose pages fewer pictures are drawn than they have."""
    for chapter, wanted in case.wanted.pictures.items():
        pages = case.chapters.get(chapter)
        if pages is None:
            continue
        drawn = sum(len(case.facts.pages[number - 1].pictures) for number in pages)
        if drawn < wanted:
            message = f"{wanted} pictures were given and {drawn} are drawn"
            yield case.finding("lost-picture", Severity.ERROR, message, _OURS, pages.start)


# ------------------------------------------------------------------------------------------------ text


def _text_cut(case: _Case) -> Iterator[Finding]:
    """Pages whose text runs over the edge of the paper."""
    for number, page in enumerate(case.facts.pages, start=1):
        width, height = _size(page.trim)
        over = _beyond(page.runs.reach, (0, 0, width, height)) if page.runs.reach else 0.0
        if over > _NEAR_PT:
            message = f"text runs {over / PT_PER_MM:.0f} mm over the edge of the page and would be cut off"
            yield case.finding("text-cut-off", Severity.ERROR, message, _BREAK, number)


def _text_clipped(case: _Case) -> Iterator[Finding]:
    """Pages on which a box hides text that does not fit into it."""
    for number, page in enumerate(case.facts.pages, start=1):
        hidden = page.runs if page.runs.are_hidden else ()
        runs = [run for run in hidden if run.hidden > _PART_HIDDEN * run.size]
        if not runs:
            continue
        whole = sum(run.hidden >= run.size for run in runs)
        if whole:
            what = f"{whole} pieces of text are" if whole > 1 else "text is"
            message = f"{what} hidden by a box that is too small, wholly or by more than a letter"
            yield case.finding("text-clipped", Severity.ERROR, message, _FREE, number)
        else:
            message = "a box that is too small cuts through letters"
            yield case.finding("text-clipped", Severity.WARNING, message, _FREE, number)


_FREE = "in the theme, let the box grow: no `overflow: hidden` with a height or width"
_BREAK = "a word, a table or a line of code that cannot be broken: shorten it, or let it break"


def _text_margin(case: _Case) -> Iterator[Finding]:
    """Pages of a post whose text stands out into the side margins."""
    trim = case.wanted.trim
    if trim is None:
        return
    margin = min(trim.inside, trim.outside) * PT_PER_MM - _HANGS_PT
    right = trim.width * PT_PER_MM - margin
    for number in _post_pages(case):
        reach = case.facts.pages[number - 1].runs.reach
        over = max(margin - reach[0], reach[2] - right) + _HANGS_PT if reach else 0.0
        if over > _HANGS_PT and not _is_wide(case.facts.pages[number - 1]):
            message = f"text stands {over / PT_PER_MM:.0f} mm out in the margin"
            yield case.finding("text-in-margin", Severity.WARNING, message, _BREAK, number)


def _post_pages(case: _Case) -> Iterator[int]:
    yield from sorted({number for pages in case.chapters.values() for number in pages})


def _text_beyond(case: _Case) -> Iterator[Finding]:
    """Pages of a post whose text stands above or below the type area, where only folios and heads may."""
    trim, numbers = case.wanted.trim, list(_post_pages(case))
    if trim is None or len(numbers) < _FURNITURE_SHARE:
        return
    strays = {number: _strays(case.facts.pages[number - 1], trim) for number in numbers}
    counts = Counter(height for runs in strays.values() for height in {round(run.low) for run in runs})
    often = max(2, len(numbers) / _FURNITURE_SHARE)
    # Faces differ by a fraction of a point in where they stand.
    rare = {height for height in counts if sum(counts[height + near] for near in (-1, 0, 1)) < often}
    for number, runs in strays.items():
        own = [run for run in runs if round(run.low) in rare]
        if own and not _is_wide(case.facts.pages[number - 1]):
            where = "below" if own[0].low < trim.height * PT_PER_MM / 2 else "above"
            message = f"text stands {where} the type area"
            hint = "a box that cannot be broken, or one that the theme moves: let it flow with the text"
            yield case.finding("text-in-margin", Severity.WARNING, message, hint, number)


def _strays(page: PageFacts, trim: Trim) -> list[TextRun]:
    """Text that begins above or below the type area; the mark of a listing that goes on hangs above it."""
    air = trim.leading_pt * _AIR
    foot, head = trim.foot * PT_PER_MM - air, (trim.height - trim.head) * PT_PER_MM + air
    return page.runs.beyond(foot, head)


def _is_wide(page: PageFacts) -> bool:
    """Whether a picture fills the whole page, whose caption may then stand anywhere."""
    width, _ = _size(page.trim)
    return any(picture.width >= width - _NEAR_PT for picture in page.pictures)


def _beyond(reach: Rectangle, box: Rectangle) -> float:
    """How far one rectangle reaches out of another, where it does so most; less than 0 if it does not."""
    return max(box[0] - reach[0], reach[2] - box[2], box[1] - reach[1], reach[3] - box[3])


def _empty_pages(case: _Case) -> Iterator[Finding]:
    """Pages of a post on which little or nothing stands; blank ones at its end make room for a right page."""
    trim = case.wanted.trim
    for pages in case.chapters.values():
        numbers = list(pages)
        while numbers and _is_blank(case.facts.pages[numbers[-1] - 1]):
            numbers.pop()
        for number in numbers[1:]:
            if found := _emptiness(case.facts.pages[number - 1], number == numbers[-1], trim):
                severity, message = found
                hint = "a picture or table that does not fit leaves the rest of its page empty"
                if number == numbers[-1]:
                    hint = "a few words less in the post would save the page"
                yield case.finding("nearly-empty-page", severity, message, hint, number)


def _is_blank(page: PageFacts) -> bool:
    return not page.runs and not page.pictures


def _emptiness(page: PageFacts, is_last: bool, trim: Trim | None) -> tuple[Severity, str] | None:
    """How empty a page is; None if it is not. The last page of a post may end where it will."""
    if _is_blank(page) and not page.drawings:
        return Severity.WARNING, "nothing stands on the page"
    if page.pictures or trim is None or page.drawings > trim.lines:
        return None
    lines = _lines(page, trim, enough=_RUNT_LINES + 1 if is_last else math.ceil(trim.lines * _FEW_LINES))
    if is_last and len(lines) <= _RUNT_LINES:
        count = "one line" if len(lines) == 1 else f"{len(lines)} lines"
        return Severity.NOTE, f"the last page of the post holds {count}"
    if not is_last and len(lines) < trim.lines * _FEW_LINES:
        count = f"{len(lines)} lines stand" if len(lines) != 1 else "one line stands"
        return Severity.WARNING, f"only {count} on the page"
    return None


def _lines(page: PageFacts, trim: Trim, enough: int) -> set[int]:
    """Heights of lines in the page's type area; no more than are enough."""
    foot, head = trim.foot * PT_PER_MM - 2, (trim.height - trim.head) * PT_PER_MM
    lines: set[int] = set()
    for row in page.runs.rows():
        if foot <= row[2] <= head:
            lines.add(round(row[2]))
            if len(lines) >= enough:
                break
    return lines


# ----------------------------------------------------------------------------------------------- links


def _links(case: _Case) -> Iterator[Finding]:
    """Links and entries of the outline that lead nowhere."""
    for number, page in enumerate(case.facts.pages, start=1):
        for target in dict.fromkeys(page.targets):
            if not case.facts.places.get(target):
                name = (
                    "a page that is not in the file" if target == "#" else f"`{target}`, which is not there"
                )
                yield case.finding(
                    "broken-target", Severity.WARNING, f"a link leads to {name}", _OURS, number
                )
    for title, page_number in case.facts.outline:
        if not page_number:
            message = f"the bookmark {title!r} leads nowhere"
            yield case.finding("broken-target", Severity.WARNING, message, _OURS)


def _safety(case: _Case) -> Iterator[Finding]:
    """What a book has no business to hold: files, programs, links to the reader's own disk."""
    for what in dict.fromkeys(case.facts.active):
        yield case.finding("active-content", Severity.ERROR, f"the PDF holds {what}", _OURS)
    for number, page in enumerate(case.facts.pages, start=1):
        for address in dict.fromkeys(page.addresses):
            if not _SAFE_ADDRESS.match(address):
                message = f"a link leads to {address[:80]!r}"
                yield case.finding(
                    "odd-address", Severity.WARNING, message, "mend the link in the post", number
                )


_JUDGES: tuple[Callable[[_Case], Iterator[Finding]], ...] = (
    _boxes,
    _page_count,
    _labels,
    _fonts,
    _lost_pictures,
    _resolution,
    _text_cut,
    _text_clipped,
    _text_margin,
    _text_beyond,
    _empty_pages,
    _links,
    _safety,
)
