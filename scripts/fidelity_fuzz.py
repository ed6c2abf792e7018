"""Compares our Markdown with the blog engines' own, over random posts.

    python scripts/fidelity_fuzz.py jekyll|hugo [N] [SEED] [--keep FOLDER] [--at-least SHARE]

The posts come from `fidelity_grammar`; those that differ are cut down, line by line and word by word, to the
smallest post that still differs, and kept with both renderings.
"""

import argparse
import sys
from pathlib import Path

from fidelity_compare import Likeness, compare, guess_cause
from fidelity_engines import ENGINES, Engine, is_refused
from fidelity_grammar import Grammar

BATCH = 4000


def main(arguments: list[str]) -> int:
    """Runs the comparison and prints it; 1 when fewer posts than asked for are alike."""
    asked = _read_arguments(arguments)
    engine = ENGINES[asked.engine]
    grammar = Grammar(asked.seed)
    likenesses: list[Likeness] = []
    different: list[str] = []
    for start in range(0, asked.number, BATCH):
        texts = [grammar.post() for _ in range(min(BATCH, asked.number - start))]
        for text, likeness in _compare_batch(texts, engine):
            likenesses.append(likeness)
            if not _is_alike(likeness, strict=asked.strict):
                different.append(text)
    share = _print_shares(likenesses, asked)
    _keep(different[: asked.most], engine, asked.keep / asked.engine, strict=asked.strict)
    return int(share < asked.at_least)


def _print_shares(likenesses: list[Likeness], asked: argparse.Namespace) -> float:
    """Prints how many posts are alike; the share of those alike in blocks and spans."""
    total = len(likenesses)
    print(f"{asked.engine}: {total} random posts, seed {asked.seed}", end="")
    print(f"; {asked.number - total} more refused by the engine")
    counts = {
        "block structure equal": sum(likeness.block for likeness in likenesses),
        "and inline equal": sum(likeness.inline for likeness in likenesses),
        "strictly equal": sum(_is_alike(likeness, strict=True) for likeness in likenesses),
    }
    for label, count in counts.items():
        print(f"  {label:22}{count:6} {100 * count / max(total, 1):6.2f} %")
    return 100 * counts["and inline equal"] / max(total, 1)


def _is_alike(likeness: Likeness, *, strict: bool) -> bool:
    return likeness.inline and (likeness.strict or not strict)


def _read_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare our Markdown with an engine's, on random posts.")
    parser.add_argument("engine", choices=sorted(ENGINES))
    parser.add_argument("number", type=int, nargs="?", default=20_000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--keep", type=Path, default=Path("build/fidelity"), help="where differing posts go")
    parser.add_argument("--most", type=int, default=20, help="how many of them are cut down and kept")
    parser.add_argument("--strict", action="store_true", help="keep those too that differ in <li><p> alone")
    parser.add_argument("--at-least", type=float, default=0, metavar="SHARE", help="fail below this share")
    return parser.parse_args(arguments)


def _compare_batch(texts: list[str], engine: Engine) -> list[tuple[str, Likeness]]:
    theirs = engine.render(texts)
    pairs = zip(texts, theirs, strict=True)
    return [(text, compare(engine.ours(text), html)) for text, html in pairs if not is_refused(html)]


def _keep(different: list[str], engine: Engine, folder: Path, *, strict: bool) -> None:
    """Cuts the posts down and writes each beside both renderings."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.txt"):
        old.unlink()
    smallest = sorted(set(_cut_down(different, engine, strict=strict)), key=len)
    for number, (text, theirs) in enumerate(zip(smallest, engine.render(smallest), strict=True)):
        ours = engine.ours(text)
        cause = guess_cause(ours, theirs)
        print(f"  {number:3} {cause}: {text!r}"[:160])
        shown = f"{cause}\n.\n{text}\n.\n{theirs}\n.\n{ours}\n.\n"
        (folder / f"{number:03}.txt").write_text(shown, encoding="utf-8")


def _cut_down(texts: list[str], engine: Engine, *, strict: bool) -> list[str]:
    """For each text the smallest that still differs: lines and then words are left out, one at a time."""
    done: list[str] = []
    while texts:
        tries = [_shorter_texts(text) for text in texts]
        tried = dict(_compare_batch(sorted({made for many in tries for made in many}), engine))
        left: list[str] = []
        for text, shorter in zip(texts, tries, strict=True):
            fails = [made for made in shorter if made in tried and not _is_alike(tried[made], strict=strict)]
            (left if fails else done).append(min(fails, key=len, default=text))
        texts = left
    return done


def _shorter_texts(text: str) -> list[str]:
    lines = text.split("\n")
    shorter = ["\n".join([*lines[:at], *lines[at + 1 :]]) for at in range(len(lines))]
    if len(lines) <= 6:
        for at, line in enumerate(lines):
            words = line.split(" ")
            for word in range(len(words) if len(words) > 1 else 0):
                cut = " ".join([*words[:word], *words[word + 1 :]])
                shorter.append("\n".join([*lines[:at], cut, *lines[at + 1 :]]))
    return [made for made in shorter if made.strip()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
