#!/usr/bin/env python3
"""Kills builds and fetches at random moments, runs two at once, interrupts them, and looks what is left.

    python scripts/crashes.py [N] [SEED] [PAIRS]   N kills (50) chosen by SEED (1); so many PAIRS (10) at once

After every kill -9 the book is built again. That must end with 0 and the bytes of a build that nobody
disturbed, and leave no half book, no draft, no lock that anybody waits for and no process. Kills are spread
evenly over the time that a cold run takes, from the start of the interpreter to the last byte; every second
one ends the whole group as a closed terminal does, the others end the first process alone. Then two builds at
once write one book through one cache, and builds with busy workers get SIGINT and SIGTERM.
"""

from __future__ import annotations

import dataclasses
import io
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from crash_kit import Place, Run, digest, slow_server, write_blog

_OLD = b"an older book"
_PATIENCE = 10
"""A recovery that takes so many times as long as an undisturbed build waits for somebody, and is ended."""
_ENDS_WITHIN = 2.0
"""Seconds in which a signal must end the program."""
_SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """An undisturbed build and fetch."""

    book: str
    """Digest of the book."""
    lock: str
    """Digest of its yearbook.lock."""
    seconds: dict[str, float]
    """How long a cold run takes, by command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One kill and what came of it."""

    what: str
    """Command that was killed."""
    group: bool
    """Whether its workers were killed with it."""
    stage: str
    """Where it was."""
    drafts: int
    """Drafts that it left."""
    workers: int
    """Workers that outlived it by more than a moment."""
    seconds: float
    """How long the next build took."""
    wrong: tuple[str, ...]
    """What was not as it must be; empty for a clean recovery."""


def fresh(work: Path, name: str, blog: Path, server: str) -> Place:
    """Give a place of its own with a copy of the blog and an empty cache."""
    root = work / name
    shutil.copytree(blog, root / "blog")
    return Place(blog=root / "blog", cache=root / "cache", output=root / "out" / "book.pdf", server=server)


def undisturbed(work: Path, blog: Path, server: str) -> Clean:
    """Build and fetch once with empty caches.

    Raises:
        SystemExit: that alone fails.
    """
    seconds = {}
    for what in ("fetch", "build"):
        place = fresh(work, f"clean-{what}", blog, server)
        began = time.monotonic()
        run = place.start(what)
        if run.wait():
            message = f"an undisturbed {what} fails:\n{run.said}"
            raise SystemExit(message)
        seconds[what] = time.monotonic() - began
    return Clean(book=digest(place.output), lock=digest(place.blog / "yearbook.lock"), seconds=seconds)


# ---------------------------------------------------------------------------------------------- kill -9


def plan(count: int, rng: random.Random) -> list[tuple[str, bool, float]]:
    """Choose command, whole group or not, and the moment as a share of the run: spread evenly, shuffled."""
    chosen: list[tuple[str, bool, float]] = []
    for what, number in (("build", count - count * 2 // 5), ("fetch", count * 2 // 5)):
        chosen += [(what, n % 2 == 0, (n + rng.random()) / number) for n in range(number)]
    rng.shuffle(chosen)
    return chosen


def kill_one(what: str, group: bool, share: float, place: Place, clean: Clean) -> Moment:
    """Kill one run, run the build that follows, and look."""
    old = what == "build" and not group
    if old:
        place.output.parent.mkdir(parents=True)
        place.output.write_bytes(_OLD)
    run = place.start(what)
    time.sleep(share * clean.seconds[what])
    run.send(signal.SIGKILL, group=group)
    run.wait()
    stage, workers = run.stage, run.workers_left()
    wrong = [f"{workers} workers outlive it"] if workers else []
    left = place.output.read_bytes() if place.output.exists() else b""
    if digest(place.output) != clean.book and left != (_OLD if old else b""):
        wrong.append("half a book under its name")
    drafts = place.age_drafts()
    began = time.monotonic()
    after = place.start("build")
    code = after.wait(_PATIENCE * clean.seconds["build"])
    seconds = time.monotonic() - began
    wrong += unlike(place, clean, code, after)
    if rest := place.drafts():
        wrong.append(f"{len(rest)} drafts are left, such as {rest[0].name}")
    return Moment(
        what=what, group=group, stage=stage, drafts=drafts, workers=workers, seconds=seconds,
        wrong=tuple(wrong),
    )  # fmt: skip


def unlike(place: Place, clean: Clean, code: int, run: Run) -> list[str]:
    """Say in what a finished run differs from an undisturbed one."""
    wrong = []
    if code:
        wrong.append(f"exit code {code}: {run.said[-600:]}")
    if digest(place.output) != clean.book:
        wrong.append("other bytes than those of an undisturbed build")
    if digest(place.blog / "yearbook.lock") != clean.lock:
        wrong.append("another yearbook.lock")
    if workers := run.workers_left():
        wrong.append(f"{workers} workers are left")
    return wrong


def kills(count: int, seed: int, work: Path, blog: Path, server: str, clean: Clean) -> list[Moment]:
    """Kill so many runs, each in a place of its own."""
    moments = []
    for number, (what, group, share) in enumerate(plan(count, random.Random(seed))):
        place = fresh(work, f"kill-{number}", blog, server)
        moments.append(kill_one(what, group, share, place, clean))
        shutil.rmtree(place.blog.parent)
    return moments


def print_moments(moments: list[Moment]) -> None:
    """Print how many kills fell where, and how many were recovered from."""
    rows: dict[tuple[str, str, str], list[Moment]] = defaultdict(list)
    for moment in moments:
        rows[moment.what, "group" if moment.group else "parent", moment.stage].append(moment)
        for wrong in moment.wrong:
            print(f"NOT CLEAN: {moment.what} killed in {moment.stage}: {wrong}")
    print(f"{'killed':8} {'who':7} {'in':9} {'kills':>7} {'clean':>6} {'drafts left':>11} {'next build':>10}")
    for (what, who, stage), own in [*sorted(rows.items()), (("together", "", ""), moments)]:
        clean = sum(not m.wrong for m in own)
        slowest = max((m.seconds for m in own), default=0.0)
        drafts = sum(m.drafts for m in own)
        print(f"{what:8} {who:7} {stage:9} {len(own):7} {clean:6} {drafts:11} {slowest:8.1f} s")


# -------------------------------------------------------------------------------------------- two at once


def pair(number: int, work: Path, blog: Path, server: str, clean: Clean) -> list[str]:
    """Build one blog twice at once with one cache: even numbers into one book, odd ones into two."""
    first = fresh(work, f"pair-{number}", blog, server)
    second = first
    if number % 2:
        second = dataclasses.replace(first, output=first.output.with_name("second.pdf"))
    # Now both cold and in step, now one a little behind the other.
    runs = [first.start("build")]
    time.sleep(number * clean.seconds["build"] / 20)
    runs.append(second.start("build"))
    codes = [run.wait() for run in runs]
    wrong = [
        text
        for place, code, run in zip((first, second), codes, runs, strict=True)
        for text in unlike(place, clean, code, run)
    ]
    first.age_drafts()
    wrong += [f"a draft is left: {path.name}" for path in first.drafts()]
    shutil.rmtree(first.blog.parent)
    return wrong


def pairs(count: int, work: Path, blog: Path, server: str, clean: Clean) -> int:
    """Build in pairs; print what differs, and give how many pairs were right."""
    right = 0
    for number in range(count):
        wrong = pair(number, work, blog, server, clean)
        right += not wrong
        for text in wrong:
            print(f"NOT ALIKE: pair {number}: {text}")
    print(f"two builds at once, one blog and one cache: {right} of {count} pairs with the bytes of one alone")
    return right


# ------------------------------------------------------------------------------------------------ signals


def interrupt(
    number: signal.Signals, group: bool, wait: float, place: Place
) -> tuple[float, list[str]]:
    """Send a signal to a build whose workers are busy; give how long it took to end, and what was wrong."""
    run = place.start("build")
    end = time.monotonic() + 30
    while "typeset:" not in run.said and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(wait)
    busy = len(run.workers())
    began = time.monotonic()
    run.send(number, group=group)
    code = run.wait(30)
    took = time.monotonic() - began
    wrong = [] if code == _SIGNALS[number] else [f"exit code {code}: {run.said[-600:]}"]
    if not busy:
        wrong.append("no worker was busy")
    if left := run.workers_left():
        wrong.append(f"{left} workers are left")
    if place.output.exists():
        wrong.append("there is a book")
    return took, wrong


def signals(work: Path, server: str, waits: tuple[float, ...] = (0.1, 1.0, 2.5)) -> bool:
    """Interrupt builds amid long chapters; print the table, and say whether all ended as they must."""
    blog, good = work / "long", True
    write_blog(blog, posts=3, paragraphs=1500)
    print(f"{'signal':8} {'to':7} {'after typeset':>13} {'ended in':>9}")
    for number in _SIGNALS:
        for group in (False, True):
            for wait in waits:
                place = fresh(work, f"signal-{number}-{group}-{wait}", blog, server)
                took, wrong = interrupt(number, group, wait, place)
                good = good and not wrong and took <= _ENDS_WITHIN
                to = "group" if group else "parent"
                print(f"{number.name:8} {to:7} {wait:11.1f} s {took:7.2f} s {'; '.join(wrong)}")
    return good


def main() -> int:
    """Do all three, and give 0 only if every run ended as it must."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # it takes minutes, and somebody watches
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    two = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    with tempfile.TemporaryDirectory() as folder, slow_server() as server:
        work = Path(folder).resolve()
        blog = work / "blog"
        write_blog(blog)
        clean = undisturbed(work, blog, server)
        build, fetch = clean.seconds["build"], clean.seconds["fetch"]
        print(f"undisturbed: build {build:.1f} s, fetch {fetch:.1f} s; moments by seed {seed}")
        moments = kills(count, seed, work, blog, server, clean)
        print_moments(moments)
        good = not any(moment.wrong for moment in moments)
        good = pairs(two, work, blog, server, clean) == two and good
        good = signals(work, server) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
