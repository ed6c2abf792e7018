"""A process that sets one piece after the other: reads them from its standard input, answers on its output.

It keeps no state but the engine it loaded. What it is told comes from the process that started it and from
nobody else. It dies with that process, and nothing is lost by that.
"""

import contextlib
import ctypes
import dataclasses
import gc
import importlib
import os
import pickle
import resource
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from yearbook.memo import dumps
from yearbook.orders import TWIN, Shop, Tools, extra_seconds, read_message, write_message
from yearbook.piece import Care, Piece, Proof, set_piece
from yearbook.typeset import Cut, Galley, Laid, Press, preload_engine
from yearbook.typeset.engine import FAILURES

_NEXT: Mapping[Care, Care | None] = {"full": "safe", "safe": "text", "text": None}
_DIE_WITH_PARENT = 1
_STACK_DEPTH = 12_000
_STACK_BYTES = 100_000_000


class TooSlowError(Exception):
    """The engine took longer than a piece may take."""


class Presses:
    """The engine in the usual style, and in the safe one once that is needed."""

    def __init__(self, shop: Shop, full: Press | None = None) -> None:
        """The engine for that book; `full` is what `make_press` made of its tools, if it is there already."""
        self._shop = shop
        self._full = full or make_press(shop.tools)
        self._full.set_page(shop.page_css)
        self._safe: Press | None = None
        self.notices = self._full.notices

    def lay(
        self,
        html: str,
        images: Mapping[str, Path],
        heads: int,
        care: Care,
        before: Laid | None = None,
        cut: Cut | None = None,
    ) -> Laid:
        """The pages of one document, laid out."""
        before = None if self._shop.tagged else before
        return self._of(care).lay(html, images=images, heads=heads, before=before, cut=cut)

    def go_on(self, laid: Laid, care: Care) -> Laid:
        """The same with the pages that an early end left out."""
        return self._of(care).go_on(laid)

    def draw(self, laid: Laid, care: Care) -> Galley:
        """Its pages, drawn."""
        return self._of(care).draw(laid, tagged=self._shop.tagged)

    def _of(self, care: Care) -> Press:
        if care == "full":
            return self._full
        if self._safe is None:
            tools = self._shop.tools
            self._safe = make_press(dataclasses.replace(tools, css=tools.css + self._shop.safe_css))
            self._safe.set_page(self._shop.page_css)
        return self._safe


def make_press(tools: Tools) -> Press:
    """The engine with these styles and fonts."""
    return Press(css=tools.css, fonts=tools.fonts, font_config=tools.font_config)


def set_carefully(piece: Piece, presses: Presses, seconds: float) -> Proof:
    """The piece as pages; in a simpler style if the engine fails or takes too long.

    Raises:
        Whatever the engine raises, if even plain text cannot be set.
    """
    trouble = ""
    while True:
        try:
            with _time_limit(seconds + extra_seconds(sum(len(d.chapter.html) for d in piece.drafts))):
                proof = set_piece(piece, presses)
        except (*FAILURES, TooSlowError, MemoryError) as error:
            trouble = trouble or f"{type(error).__name__}: {error}".rstrip(": ")
            care = _NEXT[piece.care]
            if care is None or not piece.drafts:
                raise
            piece = dataclasses.replace(piece, care=care)
            seconds /= 2
        else:
            notices = () if piece.frame else presses.notices
            return dataclasses.replace(proof, trouble=trouble, style_notices=notices)


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raises when so much processor time was used; again each second, for C code may swallow the first."""

    def too_slow(_number: int, _frame: object) -> None:
        message = f"more than {seconds:.0f} s"
        raise TooSlowError(message)

    before = signal.signal(signal.SIGPROF, too_slow)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _resident_bytes() -> int:
    """Memory this process holds now; its peak where the system does not say."""
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _settle_in() -> tuple[IO[bytes], IO[bytes]]:
    """The two ends of the conversation; what libraries print goes to the error output from now on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return os.fdopen(os.dup(0), "rb"), answers


def _bound(memory_bytes: int) -> None:
    """Bounds what this process takes; lets deep nesting be laid out, which the engine does by recursion."""
    for kind, size in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_STACK, _STACK_BYTES)):
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.getrlimit(kind)
            resource.setrlimit(kind, (size, hard))
    sys.setrecursionlimit(_STACK_DEPTH)


def _copy_self(
    questions: IO[bytes], answers: IO[bytes], asked: int, answering: int
) -> tuple[IO[bytes], IO[bytes]]:
    """Copies this process, once; each of both goes on with the streams that it gets.

    In the copy the engine is loaded, and what it learned of fonts and styles is known. A library that has
    threads of its own cannot be copied.
    """
    copy = 0
    if len([*Path("/proc/self/task").iterdir()]) == 1:
        copy = os.fork()
        if not copy:
            return _settle_copy(questions, answers, asked, answering)
    os.close(asked)
    os.close(answering)
    write_message(answers, str(copy).encode())
    return questions, answers


def _settle_copy(
    questions: IO[bytes], answers: IO[bytes], asked: int, answering: int
) -> tuple[IO[bytes], IO[bytes]]:
    """The copy's own streams; the other process's are closed here, or their end would not show."""
    questions.close()
    answers.close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_leave_with, args=(asked,), daemon=True).start()
    return os.fdopen(asked, "rb"), os.fdopen(answering, "wb")


def _leave_with(asked: int) -> None:
    """Ends this process when nobody can ask it any more: its parent is not the one that does."""
    ending = select.poll()
    ending.register(asked, 0)
    ending.poll()
    os._exit(1)


def main(after_answer: Callable[[], object]) -> None:
    """Makes the engine ready, hears of the book, answers each piece with its proof or what went wrong.

    Args:
        after_answer: what is done whenever a piece was answered.
    """
    questions, answers = _settle_in()
    # The press collects, between layouts; on its own the collector would walk each one when it is done.
    gc.disable()
    preload_engine()
    importlib.import_module("yearbook.localise.whole")
    first = read_message(questions)
    if first is None:
        return
    try:
        # It comes from the process that started this one, as all that follows does.
        tools: Tools = pickle.loads(first)
        press = make_press(tools)
        second = read_message(questions)
        if second is None:
            return
        shop: Shop = pickle.loads(second)
        _bound(shop.memory_bytes)
        presses = Presses(shop, press if shop.tools == tools else None)
    except Exception as error:  # handed to the process that asked, which raises it
        write_message(answers, pickle.dumps(error))
        raise
    write_message(answers, pickle.dumps(None))
    while (question := read_message(questions)) is not None:
        if question.startswith(TWIN):
            ends = map(int, question.removeprefix(TWIN).split())
            questions, answers = _copy_self(questions, answers, *ends)
            continue
        piece: Piece = pickle.loads(question)
        try:
            content = dumps(set_carefully(piece, presses, shop.seconds))
            trouble = ""
        except (*FAILURES, TooSlowError, MemoryError) as error:
            content, trouble = b"", f"{type(error).__name__}: {error}"
        write_message(answers, pickle.dumps((content, trouble, _resident_bytes())))
        after_answer()
