"""Starts workers. Needs nothing of the program, so that one can be started before the rest is loaded."""

import signal
import subprocess
import sys


def start_worker() -> subprocess.Popen[bytes]:
    """A worker that waits to be told its tools; Ctrl-C is not for it, but for the program that started it.

    Raises:
        OSError: no process can be started.
    """
    # -P: a blog has a folder `yearbook/` too, and Python must not look for us there.
    command = [sys.executable, "-P", "-m", "yearbook.worker"]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
