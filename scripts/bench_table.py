"""What the measured builds say: ratios of one round with their spread, against what must be reached.

A ratio is taken between builds of one round, which stood side by side in time; printed are the median, the
smallest and the largest of all rounds. Everything is Markdown, ready for `docs/performance.md`.
"""

import dataclasses
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_measure import Run

ROOT = Path(__file__).resolve().parent.parent
TARGET_POSTS = 365
GROWTH_TARGET = 1.05
NAMES = {
    "naive": "naive WeasyPrint",
    "typst": "pandoc + Typst",
    "cold": "yearbook, all caches empty",
    "again": "yearbook, nothing changed",
    "sentence": "yearbook, one sentence changed",
    "page": "yearbook, a page more in January",
    "colour": "yearbook, one colour changed",
    "watched": "yearbook --watch, one sentence, until the PDF is there",
    "watched-page": "yearbook --watch, a page more in January, likewise",
    "whole": "yearbook, in one piece",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One measured build."""

    posts: int
    """Posts of the blog."""
    pictures: str
    """`shared` or `unique`."""
    turn: int
    """Round, from 0."""
    row: str
    """What was built; a key of `NAMES`."""
    run: Run
    """What it cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One ratio, and what it may be at most for 365 posts."""

    what: str
    """In words."""
    over: str
    """Row of the numerator."""
    under: str
    """Row of the denominator."""
    measure: str
    """Field of `Run`."""
    most: float | None = None
    """Target; None for a ratio that has none."""
    pictures: str = ""
    """Only for this kind of pictures."""


GOALS = (
    Goal(what="cold build / naive WeasyPrint, wall", over="cold", under="naive", measure="wall", most=0.5),
    Goal(what="cold build / naive WeasyPrint, CPU", over="cold", under="naive", measure="cpu"),
    Goal(
        what="cold build / pandoc + Typst, wall",
        over="cold", under="typst", measure="wall", most=2.5, pictures="shared",
    ),
    Goal(
        what="cold build / pandoc + Typst, wall",
        over="cold", under="typst", measure="wall", most=1.2, pictures="unique",
    ),
    Goal(what="nothing changed / cold build, wall", over="again", under="cold", measure="wall"),
    Goal(
        what="one sentence, pages unchanged / cold build, wall",
        over="sentence", under="cold", measure="wall", most=0.06,
    ),
    Goal(
        what="one sentence, pages unchanged / pandoc + Typst, wall",
        over="sentence", under="typst", measure="wall", most=0.25,
    ),
    Goal(
        what="a page more in January / cold build, wall",
        over="page", under="cold", measure="wall", most=0.08,
    ),
    Goal(what="one sentence, under --watch / cold build, wall", over="watched", under="cold", measure="wall"),
    Goal(
        what="one sentence, under --watch / pandoc + Typst, wall",
        over="watched", under="typst", measure="wall",
    ),
    Goal(
        what="a page more in January, under --watch / cold build, wall",
        over="watched-page", under="cold", measure="wall",
    ),
    Goal(what="one CSS colour / cold build, wall", over="colour", under="cold", measure="wall", most=1.0),
    Goal(
        what="peak memory, cold build / naive WeasyPrint",
        over="cold", under="naive", measure="peak_mib", most=0.5,
    ),
    Goal(
        what="peak memory, cold build / pandoc + Typst",
        over="cold", under="typst", measure="peak_mib", most=0.25,
    ),
    Goal(what="PDF size / in one piece", over="cold", under="whole", measure="pdf_mib", most=1.05),
    Goal(what="PDF size / naive WeasyPrint", over="cold", under="naive", measure="pdf_mib"),
)  # fmt: skip


def save(records: Sequence[Record], said: Sequence[str], file: Path) -> None:
    """Keeps what was measured and found out, so that an interrupted run is not lost."""
    kept = {"facts": said, "records": [dataclasses.asdict(record) for record in records]}
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(file)


def load(file: Path) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    """What `save` kept."""
    kept = json.loads(file.read_text(encoding="utf-8"))
    records = tuple(Record(**{**entry, "run": Run(**entry["run"])}) for entry in kept["records"])
    return records, tuple(kept["facts"])


def tables(records: Sequence[Record], said: Sequence[str]) -> str:
    """All of it as Markdown: the machine, what must be reached, what every build cost."""
    cases = sorted({(record.posts, record.pictures) for record in records})
    lines = [*(f"- {line}" for line in said), ""]
    lines += ["| what | posts | pictures | must be | median | min–max | |", "|---|--:|---|--:|--:|--:|---|"]
    for posts, pictures in cases:
        lines += ratio_lines([r for r in records if (r.posts, r.pictures) == (posts, pictures)])
    lines += growth_lines(records)
    lines += ["", "| build | posts | pictures | rounds | wall s | CPU s | peak MiB | PDF MiB | pages |"]
    lines += ["|---|--:|---|--:|--:|--:|--:|--:|--:|"]
    for posts, pictures in cases:
        lines += cost_lines([r for r in records if (r.posts, r.pictures) == (posts, pictures)])
    return "\n".join(lines) + "\n"


def ratio_lines(records: Sequence[Record]) -> Iterator[str]:
    """One line for each ratio of one blog that was measured."""
    posts, pictures = records[0].posts, records[0].pictures
    for goal in GOALS:
        if goal.pictures not in {"", pictures}:
            continue
        found = ratios(records, goal)
        if found:
            most = goal.most if posts == TARGET_POSTS else None
            yield f"| {goal.what} | {posts:,} | {pictures} | {verdict(found, most)} |"


def ratios(records: Sequence[Record], goal: Goal) -> list[float]:
    """The ratio in every round that has both; a row that was built once only stands against all rounds."""
    over = {r.turn: getattr(r.run, goal.measure) for r in records if r.row == goal.over}
    under = {r.turn: getattr(r.run, goal.measure) for r in records if r.row == goal.under}
    if len(under) == 1:
        under = dict.fromkeys(over, next(iter(under.values())))
    return [over[turn] / under[turn] for turn in sorted(over.keys() & under.keys())]


def growth_lines(records: Sequence[Record]) -> Iterator[str]:
    """The exponent of time between the smallest and the largest blog, from 120 posts on if there is one."""
    cold = [r for r in records if r.row == "cold" and r.pictures == "shared"]
    sizes = sorted({r.posts for r in cold})
    sizes = [size for size in sizes if size >= 120 or sizes[-1] <= 120]
    if len(sizes) < 2:
        return
    small, large = sizes[0], sizes[-1]
    wall = {(r.posts, r.turn): r.run.wall for r in cold}
    turns = sorted({turn for posts, turn in wall if posts == small} & {t for p, t in wall if p == large})
    found = [math.log(wall[large, t] / wall[small, t]) / math.log(large / small) for t in turns]
    if found:
        most = GROWTH_TARGET if (small, large) == (120, 1000) else None
        yield f"| exponent of time, cold build | {small:,} to {large:,} | shared | {verdict(found, most)} |"


def verdict(found: Sequence[float], most: float | None) -> str:
    """Target, median, spread and whether it holds, as cells.

    >>> verdict([0.4, 0.6, 0.45], 0.5)
    '≤ 0.5 | 0.450 | 0.400–0.600 | holds'
    """
    middle = statistics.median(found)
    holds = "" if most is None else "holds" if middle <= most else "**missed**"
    bound = "" if most is None else f"≤ {most}"
    return f"{bound} | {middle:.3f} | {min(found):.3f}–{max(found):.3f} | {holds}"


def cost_lines(records: Sequence[Record]) -> Iterator[str]:
    """One line for each kind of build of one blog."""
    for row, name in NAMES.items():
        runs = [r.run for r in records if r.row == row]
        if not runs:
            continue
        fields = ("wall", "cpu", "peak_mib", "pdf_mib")
        cells = [spread([getattr(run, field) for run in runs]) for field in fields]
        pages = f"{statistics.median_low([run.pages for run in runs]):,}"
        head = f"{name} | {records[0].posts:,} | {records[0].pictures} | {len(runs)}"
        yield f"| {head} | {' | '.join([*cells, pages])} |"


def spread(values: Sequence[float]) -> str:
    """Median with the smallest and the largest.

    >>> spread([3.14159, 2.0, 1200.0])
    '3.1 (2.0–1,200)'
    """
    return f"{figure(statistics.median(values))} ({figure(min(values))}–{figure(max(values))})"


def figure(value: float) -> str:
    """A number with as many digits as mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def facts() -> tuple[str, ...]:
    """The machine and the versions on it, one per line."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    engine = subprocess.run(
        [sys.executable, "-m", "weasyprint", "--info"], check=True, capture_output=True, text=True
    ).stdout
    versions = dict(re.findall(r"^(WeasyPrint|Pango)[^:]*: *(\S+)", engine, re.MULTILINE))
    return (
        f"{usable_cores()} cores ({processor()}), {pages * size / 2**30:.0f} GiB, {platform.system()} "
        f"{platform.release()}; load when it began: {load}",
        f"yearbook {commit()}, Python {platform.python_version()}, WeasyPrint {versions['WeasyPrint']}, "
        f"Pango {dotted(int(versions['Pango']))}",
    )


def dotted(version: int) -> str:
    """Pango's version number as people write it.

    >>> dotted(15012)
    '1.50.12'
    """
    return f"{version // 10_000}.{version // 100 % 100}.{version % 100}"


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """Name of the processor, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def commit() -> str:
    """Which state of the sources was measured."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "of an unknown state"
