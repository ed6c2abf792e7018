"""Where the time of setting a page goes: processor time of each step, and what none of them can save.

    bench_pages.py [--posts 60]

One process sets every chapter of a blog once, nothing remembered. The steps are timed from outside, so their
sum is a little more than without; each line is a step without those inside it that have their own line.
"""

import argparse
import functools
import gc
import importlib
import tempfile
import time
import zlib
from collections import Counter
from pathlib import Path

from bench_render import blog_config, chapters_of

from yearbook.memo import dumps
from yearbook.piece import set_piece
from yearbook.typeset import paint
from yearbook.typeset.press import Press

LAYOUT = "making pages, blocks and lines (engine)"
FLOOR = ("shaping lines (Pango)", "compressing pages (zlib)")
"""What libraries in C do for lines and pages that are printed: no Python of ours or the engine's is in it."""


class Clock:
    """Processor time by step; the innermost step that runs has it."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._steps = ["the rest"]
        self._since = time.process_time()

    def _charge(self) -> None:
        now = time.process_time()
        self.seconds[self._steps[-1]] += now - self._since
        self._since = now

    def watch(self, owner: object, name: str, step: str) -> None:
        """Times the function, wherever the engine knows it by this name."""
        original = getattr(owner, name)

        @functools.wraps(original)
        def timed(*args, **kwargs):
            self._charge()
            self._steps.append(step)
            self.calls[step] += 1
            try:
                return original(*args, **kwargs)
            finally:
                self._charge()
                self._steps.pop()

        setattr(owner, name, timed)

    def start(self) -> None:
        """Forgets what was before."""
        self.seconds.clear()
        self.calls.clear()
        self._since = time.process_time()

    def stop(self) -> None:
        """Charges what ran last."""
        self._charge()


def main() -> None:
    """Prints the table."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--posts", type=int, default=60)
    posts = parser.parse_args().posts
    with tempfile.TemporaryDirectory() as folder:
        pieces, presses = chapters_of(blog_config(posts, Path(folder)))
        clock = watched()
        set_piece(pieces[0], presses)  # what is loaded late is loaded now
        gc.disable()  # as in a worker, where the press collects between layouts
        clock.start()
        pages = 0
        for piece in pieces:
            proof = set_piece(piece, presses)
            pages += len(proof.galley.leaves)
            dumps(proof)
        clock.stop()
    tell(clock, posts, pages)


def watched() -> Clock:
    """A clock at every step."""
    clock = Clock()
    document = importlib.import_module("weasyprint.document")
    breaks = importlib.import_module("weasyprint.text.line_break")
    clock.watch(Press, "lay", LAYOUT)
    clock.watch(Press, "_read", "reading HTML")
    clock.watch(document, "get_all_computed_styles", "matching rules to elements (engine)")
    clock.watch(document, "build_formatting_structure", "making boxes (engine)")
    clock.watch(breaks.Layout, "get_first_line", "shaping lines (Pango)")
    clock.watch(Press, "draw", "writing what pages draw (engine)")
    paint.zlib = Zlib(clock)
    return clock


class Zlib:
    """`zlib`, timed."""

    def __init__(self, clock: Clock) -> None:
        self.compress = zlib.compress
        clock.watch(self, "compress", "compressing pages (zlib)")


def tell(clock: Clock, posts: int, pages: int) -> None:
    """One line a step."""
    whole = sum(clock.seconds.values())
    lays = clock.calls[LAYOUT]
    each = whole / pages * 1000
    print(f"{posts} chapters, {pages} pages, {lays} layouts: {whole:.2f} s, {each:.1f} ms a page\n")
    print("| step | ms a page | share |\n|---|--:|--:|")
    for step, seconds in clock.seconds.most_common():
        print(f"| {step} | {seconds / pages * 1000:.2f} | {seconds / whole:.1%} |")
    floor = sum(clock.seconds[step] for step in FLOOR)
    print(f"\nShaping and compressing alone: {floor / pages * 1000:.2f} ms a page, {floor / whole:.1%}")


if __name__ == "__main__":
    main()
