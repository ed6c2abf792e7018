"""Starts workers. Needs nothing of the program, so that one can be started before the rest is loaded."""

import os
import signal
import subprocess
import sys


class Worker(subprocess.Popen[bytes]):
    """A worker's process."""

    twin_ends: tuple[int, ...] = ()
    """Where questions for a copy of it would be written, and its answers read; none if there is no copy."""
    twin_streams: tuple[int, ...] = ()
    """The other ends of both pipes, as the worker has them."""


def start_worker() -> Worker:
    """A worker that waits to be told its tools; Ctrl-C is not for it, but for the program that started it.

    Raises:
        OSError: no process can be started.
    """
    theirs: tuple[int, ...] = ()
    ours: tuple[int, ...] = ()
    if sys.platform == "linux":
        (questions, asking), (hearing, answers) = os.pipe(), os.pipe()
        theirs, ours = (questions, answers), (asking, hearing)
    # -P: a blog has a folder `yearbook/` too, and Python must not look for us there.
    command = [sys.executable, "-P", "-m", "yearbook.working"]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        worker = Worker(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=theirs)
    except BaseException:
        for end in ours:
            os.close(end)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for end in theirs:
            os.close(end)
    worker.twin_ends, worker.twin_streams = ours, theirs
    return worker
