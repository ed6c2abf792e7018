"""Work in two halves: whatever becomes of the copy of the process, both halves are done."""

import os
import signal
import sys
import threading

import pytest

from yearbook import halves
from yearbook.halves import do_halves

OWN = os.getpid()
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there a process copies itself")


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Tests may run in processes that have threads of their own."""
    monkeypatch.setattr(halves, "can_copy", lambda: True)


def test_the_second_half_is_done_by_another_process():
    own, other = do_halves(os.getpid, os.getpid)
    assert own == os.getpid() != other


def here():
    return os.getpid() == OWN


def fails():
    if not here():
        raise ValueError
    return "done"


def dies():
    if not here():
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


@pytest.mark.parametrize("second", [fails, dies])
def test_what_the_copy_does_not_bring_is_done_here(second, capfd):
    assert do_halves(lambda: "first", second) == ("first", "done")


def test_much_is_brought_while_this_process_is_still_at_work():
    gate = threading.Event()
    first, second = do_halves(lambda: gate.wait(0.2), lambda: b"x" * 3_000_000)
    assert (first, len(second)) == (False, 3_000_000)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_failure_here_ends_the_copy_too(error, monkeypatch):
    copies, fork = [], os.fork

    def counted():
        copies.append(fork())
        return copies[-1]

    def first():
        raise error

    monkeypatch.setattr(halves.os, "fork", counted)
    with pytest.raises(error):
        do_halves(first, lambda: threading.Event().wait(60))
    with pytest.raises(ProcessLookupError):
        os.kill(copies[0], 0)


def test_beside_another_thread_no_copy_is_made(monkeypatch):
    monkeypatch.undo()
    gate = threading.Event()
    other = threading.Thread(target=gate.wait, daemon=True)
    other.start()
    try:
        assert do_halves(os.getpid, os.getpid) == (os.getpid(), os.getpid())
    finally:
        gate.set()
        other.join()
