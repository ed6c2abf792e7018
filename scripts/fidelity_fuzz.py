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
    same = total = blocks = 0
    different: list[str] = []
    for start in range(0, asked.number, BATCH):
        texts = [grammar.post() for _ in range(min(BATCH, asked.number - start))]
        for text, likeness in _compare_batch(texts, engine):
            total += 1
            blocks += likeness.block
            same += likeness.block and likeness.inline
            if not (likeness.strict and likeness.inline):
                different.append(text)
    share = 100 * same / max(total, 1)
    print(f"{asked.engine}: {total} random posts, seed {asked.seed}")
    print(f"  block structure equal {blocks:6} {100 * blocks / max(total, 1):6.2f} %")
    print(f"  and inline equal      {same:6} {share:6.2f} %")
    strict = total - len(different)
    print(f"  strictly equal        {strict:6} {100 * strict / max(total, 1):6.2f} %")
    _keep(different[: asked.most], engine, asked.keep / asked.engine)
    return int(share < asked.at_least)


def _read_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare our Markdown with an engine's, on random posts.")
    parser.add_argument("engine", choices=sorted(ENGINES))
    parser.add_argument("number", type=int, nargs="?", default=20_000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--keep", type=Path, default=Path("build/fidelity"), help="where differing posts go")
    parser.add_argument("--most", type=int, default=20, help="how many of them are cut down and kept")
    parser.add_argument("--at-least", type=float, default=0, metavar="SHARE", help="fail below this share")
    return parser.parse_args(arguments)


def _compare_batch(texts: list[str], engine: Engine) -> list[tuple[str, Likeness]]:
    theirs = engine.render(texts)
    pairs = zip(texts, theirs, strict=True)
    return [(text, compare(engine.ours(text), html)) for text, html in pairs if not is_refused(html)]


def _keep(different: list[str], engine: Engine, folder: Path) -> None:
    """Cuts the posts down and writes each beside both renderings."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.txt"):
        old.unlink()
    smallest = {_cut_down(text, engine) for text in different}
    for number, text in enumerate(sorted(smallest, key=len)):
        ours, theirs = engine.ours(text), engine.render([text])[0]
        cause = guess_cause(ours, theirs)
        print(f"  {number:3} {cause}: {text!r}"[:160])
        shown = f"{cause}\n.\n{text}\n.\n{theirs}\n.\n{ours}\n.\n"
        (folder / f"{number:03}.txt").write_text(shown, encoding="utf-8")


def _cut_down(text: str, engine: Engine) -> str:
    """The smallest text that still differs, found by leaving out lines and then words."""
    while True:
        fails = [
            shorter
            for shorter, likeness in _compare_batch(_shorter_texts(text), engine)
            if not (likeness.strict and likeness.inline)
        ]
        if not fails:
            return text
        text = min(fails, key=len)


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
