#!/usr/bin/env python3
"""Breaks one thing at a time in a blog of thirty posts, and looks whether the report names it.

    python scripts/faults.py [N] [SEED] [ENGINE]   N faults (200) chosen by SEED (1); hugo or jekyll

Every fault goes into one random post. It must be named with that post and its line, nothing may crash, and
the chapters of the other twenty-nine must come out as from the whole blog. These runs go as far as `yearbook
check` does: discover, render, pictures, localise, preflight, in one process. Then a few books of ten faults
each are typeset as a whole, and a sentence of every unharmed post is looked for in their PDFs.
"""

from __future__ import annotations

import dataclasses
import random
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fault_kinds import FAULTS, Fault, Post, write_blog

from yearbook import pipeline
from yearbook.config import Config
from yearbook.report import Report, Silent
from yearbook.shelf import fill_shelves, render_shelf

if TYPE_CHECKING:
    from collections.abc import Callable

POSTS = 30
BOOKS, FAULTS_IN_A_BOOK = 3, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one fault."""

    fault: str
    """Its name."""
    named: bool
    """Whether the report names it with post and line."""
    crashed: str
    """The error if something crashed; else empty."""
    harmed: tuple[str, ...]
    """Other posts that came out differently."""
    said: str
    """What the report says of the post."""


def config_of(blog: Path, work: Path) -> Config:
    """Give the configuration of every run: offline, with a store outside the blog."""
    return Config(blog=blog, year=2021, cache=work / "cache", offline=True, keep_going=True)


def chapters_of(config: Config) -> dict[str, str]:
    """Give the HTML of each post's chapter by its place; its anchors may be renamed beside a twin."""
    _, shelves = fill_shelves(config, Silent())
    return {
        c.post.place: c.html.replace(c.id, "post") for shelf in shelves for c in render_shelf(shelf, Silent())
    }


def is_named(report: Report, place: str, fault: Fault, line: int) -> bool:
    """Say whether a finding of a fitting kind has post and line; of two twins the later one has them."""
    return any(
        f.kind in fault.kinds
        and (f.place == place or place in f.message)
        and (f.line == line or (fault.near and abs(f.line - line) <= 1))
        for f in report.findings
    )


def try_one(fault: Fault, blog: Path, work: Path, whole: dict[str, str], rng: random.Random) -> Outcome:
    """Break one post of a fresh copy of the blog, look, and throw the copy away."""
    copy = Path(tempfile.mkdtemp(dir=work)) / "blog"
    shutil.copytree(blog, copy)
    post = Post(copy, rng.randrange(POSTS))
    # Its place depends on the engine, which can be asked only while the copy is there.
    line, broken = fault.break_(post, rng), post.place
    config = config_of(copy, work)
    try:
        report, after = pipeline.check(config, Silent()), chapters_of(config)
    except Exception:  # a crash is what is looked for
        return Outcome(fault=fault.name, named=False, crashed=traceback.format_exc(), harmed=(), said="")
    finally:
        shutil.rmtree(copy.parent)
    harmed = tuple(place for place in whole if place != broken and after.get(place) != whole[place])
    said = "; ".join(f"{f.kind} {f.place}:{f.line} {f.message[:70]}" for f in report.findings)
    named = is_named(report, broken, fault, line)
    return Outcome(
        fault=fault.name, named=named, crashed="", harmed=harmed, said=f"wanted line {line}: {said}"
    )


def try_book(number: int, blog: Path, work: Path, rng: random.Random) -> tuple[int, int, int]:
    """Typeset one book with several faults; give faults, faults named, and unharmed posts not found in it."""
    copy = work / f"book-{number}"
    shutil.copytree(blog, copy)
    broken = rng.sample(range(POSTS), FAULTS_IN_A_BOOK)
    faults = rng.sample([f for f in FAULTS if f.alone], FAULTS_IN_A_BOOK)
    posts = [Post(copy, index) for index in broken]
    lines = [fault.break_(post, rng) for fault, post in zip(faults, posts, strict=True)]
    output = work / f"book-{number}.pdf"
    report = pipeline.build(dataclasses.replace(config_of(copy, work), output=str(output)), Silent())
    named = sum(is_named(report, p.place, f, n) for f, p, n in zip(faults, posts, lines, strict=True))
    text = subprocess.run(["pdftotext", str(output), "-"], capture_output=True, text=True, check=True).stdout
    flat = "".join(text.split())
    lost = [i for i in range(POSTS) if i not in broken and f"끝문장{i:02d}번" not in flat]
    return FAULTS_IN_A_BOOK, named, len(lost)


def print_table(outcomes: list[Outcome]) -> None:
    """Print how often each fault was tried, named, crashed something or harmed another post."""
    print(f"{'fault':28} {'tried':>5} {'named':>5} {'crashed':>7} {'harmed others':>13}")
    tried, counts = Counter(o.fault for o in outcomes), {}
    tests: dict[str, Callable[[Outcome], bool]] = {
        "named": lambda o: o.named, "crashed": lambda o: bool(o.crashed), "harmed": lambda o: bool(o.harmed)
    }  # fmt: skip
    for name, test in tests.items():
        counts[name] = Counter(o.fault for o in outcomes if test(o))
    for fault in sorted(tried):
        row = [counts[name][fault] for name in tests]
        print(f"{fault:28} {tried[fault]:5} {row[0]:5} {row[1]:7} {row[2]:13}")
    row = [counts[name].total() for name in tests]
    print(f"{'together':28} {len(outcomes):5} {row[0]:5} {row[1]:7} {row[2]:13}")


def main() -> int:
    """Run the faults, print the table, and give 0 if every one was named and nothing else happened."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder).resolve()
        blog = work / "whole"
        write_blog(blog, POSTS, sys.argv[3] if len(sys.argv) > 3 else "hugo")
        clean = pipeline.check(config_of(blog, work), Silent())
        if clean.findings:
            print("the whole blog is not clean:", *clean.findings, sep="\n  ")
            return 1
        whole = chapters_of(config_of(blog, work))
        chosen = [FAULTS[i % len(FAULTS)] for i in range(count)]
        rng.shuffle(chosen)
        outcomes = [try_one(fault, blog, work, whole, rng) for fault in chosen]
        for outcome in outcomes:
            if not outcome.named or outcome.crashed or outcome.harmed:
                what = outcome.crashed or outcome.said
                print(f"NOT NAMED, OR HARMFUL: {outcome.fault}: {what} {outcome.harmed}")
        print_table(outcomes)
        bad = sum(not o.named or bool(o.crashed) or bool(o.harmed) for o in outcomes)
        print("These went through discover, render, pictures, localise and preflight; none was typeset.")
        if shutil.which("pdftotext"):
            for number in range(BOOKS):
                faults, named, lost = try_book(number, blog, work, rng)
                counts = f"{faults} faults, {named} named, {lost} unharmed posts not found"
                print(f"typeset book {number + 1}: {counts}")
                bad += faults - named + lost
        else:
            print("no book was typeset: pdftotext is not installed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
