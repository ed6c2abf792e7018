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
import select
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from typing import IO

from yearbook.errors import EngineError, YearbookError
from yearbook.hire import Worker, start_worker
from yearbook.memo import loads
from yearbook.orders import TWIN, Shop, Tools, extra_seconds, read_message, write_message
from yearbook.piece import Care, Piece, Proof
from yearbook.value import dataclass

GROWN_BYTES = 700_000_000
"""A worker that holds more than this is replaced before its next piece."""
_LETTERS_WORTH_A_WORKER = 80_000
"""So much text takes a worker a second and a half, about as long as another one needs to be of any help."""
_LETTERS_WORTH_A_TWIN = 15_000
"""The same of a copy of the first worker, which is there in a hundredth of a second."""
_TWIN_SECONDS = 1.0
"""So long a worker is waited for that makes ready or sets a piece, until it can be copied."""
_TURN_SECONDS = 0.0005
"""How long a thread may run while another one waits; Python's own is ten times as long."""
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
        spare: Worker | None = None,
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
        self._left: list[_Hand] = []
        self._owed = 0

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_error: object) -> None:
        self._let_go()
        self._see_off()

    def rest(self) -> None:
        """Nothing is to be set for now: workers that need not stay give their memory back."""
        if not self._stays:
            self._let_go()

    def _let_go(self) -> None:
        self._see_off()
        for hand in self._hands:
            hand.dismiss()
        self._brief.tell(None)
        for _ in self._hands:
            self._brief.waiting.put((True, float("inf"), next(self._order), None))
        for hand in self._hands:
            hand.join()
        # The system needs a hundredth of a second to take their memory back, which can be waited for later.
        self._left += self._hands
        self._hands, self._brief, self._owed = [], _Brief(self.tools), 0

    def _see_off(self) -> None:
        for hand in self._left:
            hand.see_off()
        self._left = []

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
        # Each hand is a thread that waits for its worker; whenever it hears of it, it would have to wait
        # until this thread, which is busy meanwhile, has had its turn.
        sys.setswitchinterval(_TURN_SECONDS)
        while len(self._hands) < min(workers or self._most, self._most):
            # Every second worker is a copy of the one before, if it can be copied.
            model = self._hands[-1] if len(self._hands) % 2 else None
            hired = _Hand(self._brief, model)
            self._hands.append(hired)
            hired.start()

    @property
    def is_at_work(self) -> bool:
        """Whether something was given that was not taken yet."""
        return self._owed > 0

    def give(self, pieces: Sequence[Piece]) -> None:
        """Lets workers set these pieces; `take` brings what became of them."""
        if not pieces:
            return
        letters = sum(map(_weight, pieces))
        twins = 2 if sys.platform == "linux" and letters > _LETTERS_WORTH_A_TWIN else 1
        self.start(min(len(pieces), max(twins, 1 + int(letters / _LETTERS_WORTH_A_WORKER))))
        self._owed += len(pieces)
        for piece in pieces:
            # Chapters first: the other parts print their numbers.
            self._brief.waiting.put((not piece.drafts, -_weight(piece), next(self._order), piece))

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

    def __init__(self, tools: Tools, spare: Worker | None = None) -> None:
        self.tools = tools
        self._spare = [spare] if spare else []
        self.shop: Shop | None = None
        self.waiting: queue.PriorityQueue[tuple[bool, float, int, Piece | None]] = queue.PriorityQueue()
        self.done: queue.SimpleQueue[Outcome | Exception] = queue.SimpleQueue()
        self._told = threading.Event()

    def tell(self, shop: Shop | None) -> None:
        """The book; None if there will be none."""
        self.shop = shop
        self._told.set()

    def start_worker(self) -> Worker:
        """A new worker, or the one that is there already; many threads may ask."""
        try:
            return self._spare.pop()
        except IndexError:
            return start_worker()

    def wait(self) -> Shop | None:
        """The book, as soon as it is known."""
        self._told.wait()
        return self.shop


class _Twin:
    """The copy that a worker made of itself: no child of this process, so a descriptor stands for it."""

    def __init__(self, number: int, asking: int, hearing: int) -> None:
        """The copy with that process number.

        Raises:
            OSError: it is not there any more, or the system has no such descriptors.
        """
        self._process = os.pidfd_open(number)
        self.stdin: IO[bytes] = os.fdopen(asking, "wb")
        self.stdout: IO[bytes] = os.fdopen(hearing, "rb")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def wait(self) -> None:
        ended = select.poll()
        ended.register(self._process, select.POLLIN)
        ended.poll()
        os.close(self._process)


class _Hand:
    """One worker and the thread that talks to it."""

    def __init__(self, brief: _Brief, model: "_Hand | None" = None) -> None:
        """A worker that is not there yet; it becomes a copy of the model's if that can be."""
        self._brief = brief
        self._hoped = (model, model.wish()) if model else None
        self._seconds = 0.0
        self._process: Worker | _Twin | None = None
        self._killed: Worker | _Twin | None = None
        self._dismissed = False
        self._wish: Future[_Twin | None] | None = None
        self._wishing = threading.Lock()
        self._has_left = False
        self._thread = threading.Thread(target=self._work, name="yearbook-hand", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def dismiss(self) -> None:
        """Ends the worker at once, whatever it is doing."""
        self._dismissed = True
        self._killed = self._kill() or self._killed

    def see_off(self) -> None:
        """Waits until the worker that was dismissed is gone."""
        if self._killed is not None:
            self._killed.wait()
            self._killed = None

    def join(self) -> None:
        with contextlib.suppress(RuntimeError):  # a signal came before the thread had begun
            self._thread.join()

    def wish(self) -> "Future[_Twin | None]":
        """A copy of the worker, which is made before its next piece; None if it cannot be."""
        wish: Future[_Twin | None] = Future()
        with self._wishing:
            if self._has_left:
                wish.set_result(None)
            else:
                self._wish = wish
        return wish

    def grant(self, wish: "Future[_Twin | None]") -> _Twin | None:
        """The copy that was wished for; None, too, if this worker is at work for too long."""
        try:
            return wish.result(_TWIN_SECONDS)
        except TimeoutError:
            return None if self._take_wish() else wish.result()

    def _take_wish(self) -> "Future[_Twin | None] | None":
        """What is wished for, if nobody has begun with it."""
        with self._wishing:
            wish, self._wish = self._wish, None
        return wish

    def _work(self) -> None:
        try:
            self._start()
            while not self._dismissed:
                *_, piece = self._brief.waiting.get()
                if piece is None or self._dismissed:
                    break
                if wish := self._take_wish():
                    twin = None
                    try:
                        twin = self._make_twin()
                    finally:
                        wish.set_result(twin)
                self._brief.done.put(self._set(piece))
        except Exception as error:  # handed to the thread that asked, which raises it
            self._brief.done.put(error)
        finally:
            with self._wishing:
                self._has_left = True
            if wish := self._take_wish():
                wish.set_result(None)
            self._end()

    def _make_twin(self) -> _Twin | None:
        """A copy of this worker; None if it is one, has one, or cannot be copied."""
        worker = self._process
        ends = self._take_ends(worker)
        if not ends or not isinstance(worker, Worker):
            return None
        answer = self._ask(b" ".join((TWIN, *(b"%d" % stream for stream in worker.twin_streams))))
        if answer is None:
            if not self._dismissed:
                self._replace()  # it died of that: no piece's fault
        elif number := int(answer):
            with contextlib.suppress(OSError):  # an old system, or it is gone already
                return _Twin(number, *ends)
        for end in ends:
            os.close(end)
        return None

    def _take_ends(self, process: Worker | _Twin | None) -> tuple[int, ...]:
        """What a copy of the worker would be spoken with through, if there was none yet."""
        with self._wishing:
            if not isinstance(process, Worker):
                return ()
            ends, process.twin_ends = process.twin_ends, ()
        return ends

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
        hoped, self._hoped = self._hoped, None
        self._process = twin = hoped[0].grant(hoped[1]) if hoped else None
        if twin:
            if self._dismissed:
                self._end()
            shop = self._brief.wait()
            self._seconds = shop.seconds if shop else 0.0
            return True
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
        killed = self._kill()
        if killed is not None:
            killed.wait()

    def _kill(self) -> Worker | _Twin | None:
        process, self._process = self._process, None
        for end in self._take_ends(process):
            os.close(end)
        if process is None:
            return None
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        return process


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
