"""A crew of threads that fetches: so many at once, so many from one host, results as they come.

Knows neither HTTP nor pictures. The caller's thread alone sees the results, and can be interrupted at any
time.
"""

import queue
import threading
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from typing import Generic, TypeVar

from yearbook.value import dataclass

T = TypeVar("T")
Tool = TypeVar("Tool")
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Tool, T]):
    """One thing to do with a thread's own tool."""

    host: str
    """Who is asked; jobs of one host share its limit."""
    work: Callable[[Tool], T]
    """What to do."""


class _Board(Generic[Tool, T]):
    """The jobs that wait, in order; a thread takes the first one whose host is not busy."""

    def __init__(self, jobs: Sequence[Job[Tool, T]], per_host: int) -> None:
        self._waiting = list(enumerate(jobs))
        self._busy: Counter[str] = Counter()
        self._per_host = per_host
        self._changed = threading.Condition()

    def take(self) -> tuple[int, Job[Tool, T]] | None:
        """The next job, or None when there is nothing left to take."""
        with self._changed:
            while self._waiting:
                for at, (_, job) in enumerate(self._waiting):
                    if self._busy[job.host] < self._per_host:
                        self._busy[job.host] += 1
                        return self._waiting.pop(at)
                self._changed.wait()
            return None

    def done(self, job: Job[Tool, T]) -> None:
        with self._changed:
            self._busy[job.host] -= 1
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()


def run(
    jobs: Sequence[Job[Tool, T]],
    *,
    make_tool: Callable[[], Tool],
    drop_tool: Callable[[Tool], None],
    workers: int,
    per_host: int,
    stop: Callable[[tuple[Tool, ...]], None],
) -> Generator[tuple[int, T], None, None]:
    """The result of each job with its number, as they come.

    Args:
        jobs: what to do; begun in this order as far as the limits allow.
        make_tool: makes the tool of one thread.
        drop_tool: ends it.
        workers: most threads.
        per_host: most jobs of one host at a time.
        stop: called with every thread's tool if the caller goes away early (Ctrl-C): must make jobs end soon.

    Raises:
        BaseException: what a job raised; the others are stopped first.
    """
    board = _Board(jobs, per_host)
    results: queue.Queue[tuple[int, T | None, BaseException | None]] = queue.Queue()
    tools = tuple(make_tool() for _ in range(min(workers, len(jobs))))
    threads = [
        threading.Thread(
            target=_toil, args=(board, tool, results), name=f"yearbook-fetch-{number}", daemon=True
        )
        for number, tool in enumerate(tools)
    ]
    for thread in threads:
        thread.start()
    finished = False
    try:
        for _ in jobs:
            number, result, error = _next_result(results)
            if error is not None:
                raise error
            yield number, result  # type: ignore[misc]  # None only beside an error
        finished = True
    finally:
        board.clear()
        if not finished:
            stop(tools)
        for thread in threads:
            thread.join(timeout=5)
        for tool in tools:
            drop_tool(tool)


def map_in_order(work: Callable[[Given], T], things: Sequence[Given], *, workers: int) -> list[T]:
    """What the work makes of each thing, in the order of the things; a single one is done at once.

    Raises:
        BaseException: what the work raised; what has not begun then is left.
    """
    if len(things) <= 1 or workers <= 1:
        return [work(thing) for thing in things]
    jobs: list[Job[None, T]] = [Job(host="", work=_bind(work, thing)) for thing in things]
    found = run(
        jobs,
        make_tool=lambda: None,
        drop_tool=lambda _: None,
        workers=workers,
        per_host=workers,
        stop=lambda _: None,
    )
    by_number = dict(found)
    return [by_number[number] for number in range(len(jobs))]


def _bind(work: Callable[[Given], T], thing: Given) -> Callable[[None], T]:
    return lambda _: work(thing)


def _toil(
    board: _Board[Tool, T], tool: Tool, results: "queue.Queue[tuple[int, T | None, BaseException | None]]"
) -> None:
    while (taken := board.take()) is not None:
        number, job = taken
        try:
            results.put((number, job.work(tool), None))
        except BaseException as error:
            results.put((number, None, error))
        finally:
            board.done(job)


def _next_result(
    results: "queue.Queue[tuple[int, T | None, BaseException | None]]",
) -> tuple[int, T | None, BaseException | None]:
    while True:
        try:
            # A wait without end cannot be interrupted on every system.
            return results.get(timeout=0.5)
        except queue.Empty:
            continue
