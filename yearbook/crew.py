"""The processes that set pieces: how many there are, who gets which piece, and what happens when one dies.

The longest piece goes first, so that no worker is left alone with one at the end. A worker that dies is
replaced and its piece is tried again, a post with more care; one that kills every worker costs only itself.
"""

import contextlib
import dataclasses
import itertools
import os
import pickle
import queue
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from yearbook.errors import EngineError, YearbookError
from yearbook.hire import start_worker
from yearbook.memo import loads
from yearbook.orders import Shop, Tools, extra_seconds, read_message, write_message
from yearbook.piece import Care, Piece, Proof

GROWN_BYTES = 700_000_000
"""A worker that holds more than this is replaced before its next piece."""
_LETTERS_WORTH_A_WORKER = 80_000
"""So much text takes a worker a second and a half, about as long as another one needs to be of any help."""
_TRIES = 3
_PATIENCE = 4
"""A worker is killed when a piece took so many times the processor time it may take."""
_MORE_CARE: dict[Care, tuple[Care, ...]] = {
    "full": ("full", "safe", "text"),
    "safe": ("safe", "text"),
    "text": ("text",),
}
"""With which care a post is tried, one after the other; a part of the house is tried as it is, twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one piece."""

    piece: Piece
    """The piece."""
    packed: bytes
    """Its proof as `memo.dumps` made it; empty if it could not be set at all."""
    trouble: str
    """Why it could not be set; empty if it was."""

    @property
    def proof(self) -> Proof | None:
        """Its proof."""
        return loads(self.packed) if self.packed else None


class Crew:
    """Workers for one book; they start when the first piece comes, and end with the `with` block."""

    def __init__(
        self,
        tools: Tools,
        *,
        workers: int = 0,
        stays: bool = False,
        spare: subprocess.Popen[bytes] | None = None,
    ) -> None:
        """A crew that is not at work yet.

        Args:
            tools: what workers make ready before they hear of the book.
            workers: how many processes; 0 is one for each processor this process may use.
            stays: whether they wait for another book when one is set.
            spare: a worker that was started already.
        """
        self.tools = tools
        """What workers make ready before they hear of the book."""
        self._stays = stays
        self._most = workers or _processors()
        self._brief = _Brief(tools, spare)
        self._order = itertools.count()
        self._hands: list[_Hand] = []
        self._owed = 0

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_error: object) -> None:
        self._let_go()

    def rest(self) -> None:
        """Nothing is to be set for now: workers that need not stay give their memory back."""
        if not self._stays:
            self._let_go()

    def _let_go(self) -> None:
        for hand in self._hands:
            hand.dismiss()
        self._brief.tell(None)
        for _ in self._hands:
            self._brief.waiting.put((float("inf"), next(self._order), None))
        for hand in self._hands:
            hand.join()
        self._hands, self._brief, self._owed = [], _Brief(self.tools), 0

    def open(self, shop: Shop) -> None:
        """Tells what every piece of the book shares.

        Workers of another book are let go, and so are those of a build that ended before it took all it gave.
        """
        if self._brief.shop == shop and not self._owed:
            return
        if self._brief.shop is not None:
            self.tools = shop.tools
            self._let_go()
        self._brief.tell(shop)

    def start(self, workers: int = 0) -> None:
        """Lets workers load the engine before there is work."""
        while len(self._hands) < min(workers or self._most, self._most):
            hired = _Hand(self._brief)
            self._hands.append(hired)
            hired.start()

    def give(self, pieces: Sequence[Piece]) -> None:
        """Lets workers set these pieces; `take` brings what became of them."""
        if not pieces:
            return
        self.start(min(len(pieces), 1 + int(sum(map(_weight, pieces)) / _LETTERS_WORTH_A_WORKER)))
        self._owed += len(pieces)
        for piece in pieces:
            self._brief.waiting.put((-_weight(piece), next(self._order), piece))

    def take(self, count: int) -> Iterator[Outcome]:
        """What became of so many pieces that were given, each as soon as it is done.

        Raises:
            MissingLibraryError: a system library the engine loads is not installed.
            EngineError: no worker can be started.
        """
        for _ in range(count):
            outcome = self._brief.done.get()
            self._owed -= 1
            if isinstance(outcome, Exception):
                raise outcome
            yield outcome


class _Brief:
    """What the workers of one book have in common: what they are told, what waits for them, what they did."""

    def __init__(self, tools: Tools, spare: subprocess.Popen[bytes] | None = None) -> None:
        self.tools = tools
        self._spare = [spare] if spare else []
        self.shop: Shop | None = None
        self.waiting: queue.PriorityQueue[tuple[float, int, Piece | None]] = queue.PriorityQueue()
        self.done: queue.SimpleQueue[Outcome | Exception] = queue.SimpleQueue()
        self._told = threading.Event()

    def tell(self, shop: Shop | None) -> None:
        """The book; None if there will be none."""
        self.shop = shop
        self._told.set()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """A new worker, or the one that is there already; many threads may ask."""
        try:
            return self._spare.pop()
        except IndexError:
            return start_worker()

    def wait(self) -> Shop | None:
        """The book, as soon as it is known."""
        self._told.wait()
        return self.shop


class _Hand:
    """One worker and the thread that talks to it."""

    def __init__(self, brief: _Brief) -> None:
        self._brief = brief
        self._seconds = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._dismissed = False
        self._thread = threading.Thread(target=self._work, name="yearbook-hand", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def dismiss(self) -> None:
        """Ends the worker at once, whatever it is doing."""
        self._dismissed = True
        self._end()

    def join(self) -> None:
        self._thread.join()

    def _work(self) -> None:
        try:
            self._start()
            while not self._dismissed:
                _, _, piece = self._brief.waiting.get()
                if piece is None or self._dismissed:
                    break
                self._brief.done.put(self._set(piece))
        except Exception as error:  # handed to the thread that asked, which raises it
            self._brief.done.put(error)
        finally:
            self._end()

    def _start(self) -> None:
        """Starts the worker; again, if it is killed before it has said a word.

        Raises:
            MissingLibraryError, EngineError: it cannot be started.
        """
        for _ in range(_TRIES):
            if self._hire() or self._dismissed:
                return
            self._end()
        message = f"the typesetting process ended {_TRIES} times before it began"
        raise EngineError(message, hint="see the lines above; please report it")

    def _hire(self) -> bool:
        """Whether a worker was started and could load the engine; False if it died.

        Raises:
            MissingLibraryError, EngineError: it says that it could not.
        """
        self._process = self._brief.start_worker()
        if self._dismissed:
            self._end()
        self._tell(pickle.dumps(self._brief.tools))
        shop = self._brief.wait()
        if shop is None:
            return True
        self._seconds = shop.seconds
        answer = self._ask(pickle.dumps(shop))
        if answer is None:
            return False
        trouble = pickle.loads(answer)
        if trouble is not None:
            raise trouble if isinstance(trouble, YearbookError) else EngineError(str(trouble))
        return True

    def _set(self, piece: Piece) -> Outcome:
        """The piece set, by this worker or by the one that takes its place."""
        trouble = ""
        for care in _MORE_CARE[piece.care] if piece.drafts else (piece.care, piece.care):
            seconds = _PATIENCE * (self._seconds + extra_seconds(_weight(piece)))
            answer = self._ask(pickle.dumps(dataclasses.replace(piece, care=care)), seconds)
            if answer is not None:
                packed, said, held = pickle.loads(answer)
                if held > GROWN_BYTES:
                    self._replace()
                return Outcome(piece=piece, packed=packed, trouble=said or trouble)
            if self._dismissed:
                break
            trouble = trouble or "the typesetting process died"
            self._replace()
        return Outcome(piece=piece, packed=b"", trouble=trouble)

    def _replace(self) -> None:
        self._end()
        self._start()

    def _tell(self, words: bytes) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):  # it died already; asking it will show that
                write_message(process.stdin, words)

    def _ask(self, question: bytes, seconds: float = 600.0) -> bytes | None:
        """The worker's answer; None if it died, or had to be killed because it took too long."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        timer = threading.Timer(seconds, process.kill)
        timer.daemon = True
        timer.start()
        try:
            return _exchange(process.stdin, process.stdout, question)
        finally:
            timer.cancel()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()


def _exchange(to_worker: IO[bytes], from_worker: IO[bytes], question: bytes) -> bytes | None:
    try:
        write_message(to_worker, question)
        return read_message(from_worker)
    except (OSError, ValueError):  # the pipe is broken, or closed by `dismiss`
        return None


def _weight(piece: Piece) -> int:
    """About how long it will take: the length of its text."""
    return len(piece.frame) + sum(len(draft.chapter.html) for draft in piece.drafts)


def _processors() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
