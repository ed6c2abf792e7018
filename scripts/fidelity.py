"""Compares our Markdown with the blog engines' own, over a folder of real posts.

    python scripts/fidelity.py POSTS jekyll|hugo [--show FILE] [--at-least SHARE]

Front matter is taken off, Liquid and shortcodes become plain words, and each post is rendered by us and by
the engine of Debian (`apt-get install ruby-kramdown ruby-kramdown-parser-gfm hugo`). What is printed: how
many posts have the same block structure, the same spans in it, the same in every detail; how many words of
the engine's page the book's chapter has, in order; guesses at the causes of the rest.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fidelity_compare import Likeness, compare, guess_cause, show_difference
from fidelity_engines import ENGINES, Engine, hide_template_tags, is_refused, strip_front_matter
from fidelity_words import Words, count_words

SUFFIXES = (".md", ".markdown", ".mkd", ".mdown")
SKIPPED_FOLDERS = frozenset(("node_modules", "vendor", ".git", "_site", "public"))
BATCH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One post, rendered twice."""

    name: str
    likeness: Likeness
    is_spoilt: bool
    """The deliberate differences make it otherwise than the engine's page."""
    ours: str
    theirs: str
    words: Words
    """Those of the engine's page that the book's chapter has in order."""


def main(arguments: list[str]) -> int:
    """Runs the comparison and prints it; 1 when fewer posts than asked for are alike."""
    asked = _read_arguments(arguments)
    engine = ENGINES[asked.engine]
    posts, unreadable = _read_posts(asked.posts)
    if not posts:
        print(f"no posts in {asked.posts}")
        return 2
    if asked.show:
        return _show(posts, asked.show, engine)
    started = time.perf_counter()
    outcomes = list(_compare_all(posts, engine))
    print(f"{asked.engine}: {len(outcomes)} posts in {time.perf_counter() - started:.0f} s", end="")
    print(f"; {unreadable} not UTF-8, {len(posts) - len(outcomes)} refused by the engine")
    share = _print_shares(outcomes)
    _print_words(outcomes)
    _print_causes(outcomes)
    return int(share < asked.at_least)


def _read_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare our Markdown with a blog engine's.")
    parser.add_argument("posts", type=Path, help="a folder of posts, searched through")
    parser.add_argument("engine", choices=sorted(ENGINES))
    parser.add_argument("--show", metavar="FILE", help="show how this post differs (the end of its path)")
    parser.add_argument("--at-least", type=float, default=0, metavar="SHARE", help="fail below this share")
    return parser.parse_args(arguments)


def _read_posts(folder: Path) -> tuple[dict[str, str], int]:
    """The bodies of all posts by path, and how many files could not be read."""
    posts: dict[str, str] = {}
    unreadable = 0
    for source in sorted(folder.rglob("*")):
        inside = source.relative_to(folder)
        if source.suffix.lower() not in SUFFIXES or SKIPPED_FOLDERS & set(inside.parts):
            continue
        try:
            text = source.read_bytes().decode("utf-8-sig")
        except (UnicodeDecodeError, OSError):
            unreadable += 1
            continue
        posts[str(inside)] = hide_template_tags(strip_front_matter(text))
    return posts, unreadable


def _compare_all(posts: dict[str, str], engine: Engine) -> Iterator[Outcome]:
    names = list(posts)
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        theirs = engine.render([posts[name] for name in batch])
        for name, html in zip(batch, theirs, strict=True):
            if not is_refused(html):
                yield _compare_one(name, posts[name], html, engine)


def _compare_one(name: str, text: str, theirs: str, engine: Engine) -> Outcome:
    ours = engine.ours(text)
    likeness = compare(ours, theirs)
    printed = engine.printed(text)
    is_spoilt = printed != ours and likeness.inline and not compare(printed, theirs).inline
    words = count_words(text, theirs, engine.name)
    return Outcome(name=name, likeness=likeness, is_spoilt=is_spoilt, ours=ours, theirs=theirs, words=words)


def _print_shares(outcomes: list[Outcome]) -> float:
    total = len(outcomes)
    counts = {
        "block structure equal": sum(outcome.likeness.block for outcome in outcomes),
        "and inline equal": sum(outcome.likeness.inline for outcome in outcomes),
        "strictly equal": sum(outcome.likeness.strict and outcome.likeness.inline for outcome in outcomes),
        "made otherwise by intent": sum(outcome.is_spoilt for outcome in outcomes),
    }
    for label, count in counts.items():
        print(f"  {label:32} {count:6} {100 * count / max(total, 1):6.2f} %")
    return 100 * counts["block structure equal"] / max(total, 1)


def _print_words(outcomes: list[Outcome]) -> None:
    total = sum(outcome.words.total for outcome in outcomes)
    kept = sum(outcome.words.kept for outcome in outcomes)
    print(f"  {'words kept in order':32} {kept:6} {100 * kept / max(total, 1):6.2f} % of {total}")
    poorest = sorted(outcomes, key=lambda outcome: outcome.words.kept - outcome.words.total)[:4]
    for outcome in poorest:
        if outcome.words.lost:
            print(f"        {outcome.name}: {' '.join(outcome.words.lost)}"[:110])


def _print_causes(outcomes: list[Outcome]) -> None:
    causes: dict[str, list[str]] = defaultdict(list)
    for outcome in outcomes:
        if not (outcome.likeness.inline and outcome.likeness.strict):
            causes[guess_cause(outcome.ours, outcome.theirs)].append(outcome.name)
    for label, names in sorted(causes.items(), key=lambda pair: -len(pair[1])):
        print(f"  {len(names):5} {label}: {', '.join(names[:4])}{' …' * (len(names) > 4)}")


def _show(posts: dict[str, str], wanted: str, engine: Engine) -> int:
    for name, text in posts.items():
        if name.endswith(wanted):
            print(show_difference(engine.ours(text), engine.render([text])[0]) or f"{name}: no difference")
            return 0
    print(f"no post ends in {wanted}")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
