"""The finished PDF against what was wished for, and what is said of it beside what is known of the posts."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from yearbook.halves import see_off
from yearbook.memo import Memo
from yearbook.memory import linger
from yearbook.model import Finding
from yearbook.preflight.facts import PT_PER_MM, PdfFacts
from yearbook.preflight.judge import Expectations, judge
from yearbook.preflight.read import read_facts
from yearbook.trims import TRIMS, Trim

_CODE_POINT = re.compile(r"U\+([0-9A-F]{4,6})")


def inspect(
    pdf: Path,
    wanted: Expectations | None = None,
    memo: Memo | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> tuple[Finding, ...]:
    """What is not as it should be with a finished PDF.

    Args:
        pdf: the file; it may be moved meanwhile, but not be written to.
        wanted: what is wished for; None judges only what every book needs, its size guessed from its pages.
        memo: remembers what was read of the same pages before.
        meanwhile: begun when it may have threads of its own.

    Raises:
        UsageError: it is no PDF.
    """
    facts = read_facts(pdf, memo, meanwhile)
    linger(facts=facts)
    found = judge(facts, wanted or guess_expectations(facts))
    see_off()
    return found


def guess_expectations(facts: PdfFacts) -> Expectations:
    """What a PDF of which nothing is known seems to be meant as."""
    trim = guess_trim(facts)
    return Expectations(trim=trim, bleed_mm=_bleed_of(facts) if trim else 0.0)


def guess_trim(facts: PdfFacts) -> Trim | None:
    """The page size of ours that the first page has; None if it is another."""
    if not facts.pages:
        return None
    left, bottom, right, top = facts.pages[0].trim
    width, height = (right - left) / PT_PER_MM, (top - bottom) / PT_PER_MM
    near = (t for t in TRIMS.values() if abs(t.width - width) < 0.3 and abs(t.height - height) < 0.3)
    return next(near, None)


def _bleed_of(facts: PdfFacts) -> float:
    page = facts.pages[0]
    return round((page.trim[0] - page.bleed[0]) / PT_PER_MM, 2)


def join(known: Sequence[Finding], found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Both, without what the second repeats: a coarse picture of that page, a character named already.

    What is known names post and line; what a PDF or the engine says of the same thing cannot.
    """
    coarse = {finding.page for finding in known if finding.kind == "coarse-image"}
    named = {
        point
        for finding in known
        if finding.kind in {"missing-glyph", "private-character"} and finding.line
        for point in _CODE_POINT.findall(finding.message)
    }
    rest = [
        finding
        for finding in found
        if not (finding.kind == "coarse-image" and finding.page in coarse)
        and not (finding.kind == "missing-glyph" and _is_named(finding.message, named))
    ]
    return (*known, *rest)


def _is_named(message: str, named: set[str]) -> bool:
    points = _CODE_POINT.findall(message)
    return bool(points) and named.issuperset(points)
