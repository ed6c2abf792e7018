"""What pictures take of memory is asked of the system once, and goes back."""

import platform
import subprocess
import sys

import pytest

ASKING = """
import resource, sys, threading
from pathlib import Path
from yearbook import memory
memory.give_large_blocks_back()

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

def asked():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def work():
    for _ in range(20):
        for size in (15, 3, 9):
            bytearray(size << 20)

before, faults = held(), asked()
with memory.giving_back():
    if sys.argv[1] == "kept":
        memory.keep_large_blocks()
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
faults = asked() - faults
print(faults, held() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only GNU's C library is told what to keep")
def test_large_blocks_are_asked_for_once_and_given_back():
    def ask(way):
        done = subprocess.run([sys.executable, "-c", ASKING, way], check=True, capture_output=True, text=True)
        return tuple(map(int, done.stdout.split()))

    (kept, held), (plain, held_plainly) = ask("kept"), ask("plain")
    assert kept < plain / 4
    assert held < held_plainly + 4_000_000 < 12_000_000
