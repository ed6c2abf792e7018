"""Workers and their copies: who sets a piece makes no difference, whoever dies."""

import os
import pickle
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from test_pieces import PROSE, begin, build, workers_of, write_blog

from yearbook import crew, pipeline
from yearbook.config import read_config
from yearbook.orders import TWIN
from yearbook.piece import Piece
from yearbook.press import make_crew
from yearbook.report import Silent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there a worker copies itself")


@pytest.fixture
def blog(tmp_path):
    return write_blog(tmp_path / "blog", dict.fromkeys("abcdefgh", PROSE * 30))


@pytest.fixture
def expected(blog, tmp_path):
    return build(blog, tmp_path, cache=tmp_path / "clean", jobs=1)[0].read_bytes()


def watch_asking(monkeypatch, before=None):
    """Notes which kind of process sets which piece, and what is done before."""
    ask, noted = crew._Hand._ask, []

    def asked(self, question, *seconds):
        piece = None if question.startswith(TWIN) else pickle.loads(question)
        if isinstance(piece, Piece):
            noted.append((type(self._process).__name__, piece.name))
            if before:
                before(self._process, piece)
        return ask(self, question, *seconds)

    monkeypatch.setattr(crew._Hand, "_ask", asked)
    return noted


def test_the_second_of_two_workers_is_a_copy_and_sets_the_same(blog, expected, tmp_path, monkeypatch):
    noted = watch_asking(monkeypatch)
    assert build(blog, tmp_path, jobs=2)[0].read_bytes() == expected
    assert {kind for kind, _ in noted} == {"Worker", "_Twin"}


def test_with_one_worker_there_is_no_copy(blog, expected, tmp_path, monkeypatch):
    noted = watch_asking(monkeypatch)
    assert build(blog, tmp_path, jobs=1)[0].read_bytes() == expected
    assert {kind for kind, _ in noted} == {"Worker"}


@pytest.mark.parametrize("who", ["Worker", "_Twin"])
def test_either_of_both_may_die_and_the_other_goes_on(blog, expected, tmp_path, monkeypatch, who):
    seen, killed = set(), []

    def kill(process, piece):
        seen.add(type(process).__name__)
        if len(seen) == 2 and who == type(process).__name__ and not killed and not piece.drafts:
            killed.append(piece.name)
            process.kill()

    noted = watch_asking(monkeypatch, kill)
    assert build(blog, tmp_path, jobs=2)[0].read_bytes() == expected
    [name] = killed
    assert [own for _, own in noted].count(name) == 2
    assert len(noted) == len({own for _, own in noted}) + 1, "no other piece was set twice"


def test_a_worker_that_cannot_be_copied_is_followed_by_a_new_one(blog, expected, tmp_path, monkeypatch):
    ask = crew._Hand._ask
    monkeypatch.setattr(
        crew._Hand, "_ask", lambda self, what, *s: b"0" if what.startswith(TWIN) else ask(self, what, *s)
    )
    assert build(blog, tmp_path, jobs=2)[0].read_bytes() == expected


def test_a_copy_that_nobody_can_get_hold_of_is_left_alone(blog, expected, tmp_path, monkeypatch):
    def refuse(_number):
        raise OSError

    monkeypatch.setattr(crew.os, "pidfd_open", refuse)
    assert build(blog, tmp_path, jobs=2)[0].read_bytes() == expected


def test_a_worker_that_dies_while_it_is_copied_costs_no_piece_its_form(blog, expected, tmp_path, monkeypatch):
    ask, killed = crew._Hand._ask, []

    def dying(self, question, *seconds):
        if question.startswith(TWIN) and not killed:
            killed.append(self._process.pid)
            self._process.kill()
        return ask(self, question, *seconds)

    monkeypatch.setattr(crew._Hand, "_ask", dying)
    output, report = build(blog, tmp_path, jobs=2)
    assert (output.read_bytes(), len(killed)) == (expected, 1)
    assert not [finding for finding in report.findings if finding.kind in {"simplified", "not-typeset"}]


def test_copies_end_with_the_process_that_asks_them(blog, tmp_path):
    process = begin(blog, tmp_path)
    until = time.monotonic() + 60
    while len(workers_of(process)) < 2 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    while (left := living(workers_of(process))) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []


def living(numbers):
    """Those that are no zombies, which whoever is the system's first process has still to bury."""
    return [n for n in numbers if Path(f"/proc/{n}/stat").exists() and state(n) not in "ZX"]


def state(number):
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def descriptors():
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_no_thread_and_no_descriptor_is_left(blog, tmp_path):
    def held():
        return threading.active_count(), descriptors()

    build(blog, tmp_path, jobs=2)
    before = held()
    for name in "ab":
        path = blog / "content" / f"{name}.md"
        path.write_text(path.read_text(encoding="utf-8") + PROSE * 40, encoding="utf-8")
    build(blog, tmp_path, jobs=2)
    assert held() == before


def test_a_crew_that_goes_from_book_to_book_leaves_no_dead_workers(blog, tmp_path, monkeypatch):
    """As under `--watch`, where each changed style sheet is another book for the workers."""
    hired, start = [], crew.start_worker
    monkeypatch.setattr(crew, "start_worker", lambda: hired.append(start()) or hired[-1])
    opened = descriptors()
    values = {"cache": tmp_path / "cache", "output": str(tmp_path / "a.pdf"), "offline": True, "year": 2025}
    configs = [read_config(blog, None, {**values, "jobs": 2, "page.bleed": bleed}) for bleed in range(4)]
    with make_crew(configs[0], stays=True) as workers:
        for config in configs:
            pipeline.build(config, Silent(), crew=workers)
            assert sum(state(worker.pid) == "Z" for worker in hired) <= 1, "those that were let go last"
    assert len(hired) == len(configs)
    assert {state(worker.pid) for worker in hired} == {"X"}
    assert descriptors() == opened


def test_a_signal_that_comes_while_a_worker_is_hired_is_not_mistaken_for_a_bug(blog, tmp_path, monkeypatch):
    def interrupted(_thread):
        raise KeyboardInterrupt

    monkeypatch.setattr(crew._Hand, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(blog, tmp_path)
