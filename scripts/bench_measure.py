"""Runs one command and says what it cost: wall time, CPU time and memory of it and of all it started."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

import pikepdf

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
PROC = Path("/proc")
EVERY_SECONDS = 0.05
SHARE = 0.04
"""Most of the time that reading the PSS may take."""
_SET_CHILD_SUBREAPER = 36
"""Linux's number of that request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One build."""

    wall: float
    """Seconds from start to end."""
    cpu: float
    """CPU seconds of the process and of all its children."""
    peak_mib: float
    """Most memory that all its processes held at one moment."""
    pdf_mib: float
    """Size of the PDF."""
    pages: int
    """Pages of the PDF."""


def measure(command: list[str], pdf: Path, environment: dict[str, str]) -> Run:
    """Runs the command, which must succeed and write the PDF anew.

    Raises:
        SystemExit: it did not; the end of what it said is in the message.
    """
    pdf.unlink(missing_ok=True)
    _take_orphans()
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = start(command, said, environment)
        with Memory(process.pid) as memory, ended_with_us(process):
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            left = _reap_orphans()
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or not pdf.is_file():
            said.seek(0)
            words = said.read().decode(errors="replace")[-4000:]
            message = f"{' '.join(command)}\nended with {process.returncode}:\n{words}"
            raise SystemExit(message)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Run(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime + left,
        peak_mib=memory.peak_kib / 1024 or used.ru_maxrss / unit,
        pdf_mib=pdf.stat().st_size / 1024 / 1024,
        pages=count_pages(pdf),
    )


def _take_orphans() -> None:
    """From now on a process whose parent ends becomes our child, and not the system's, where Linux is.

    A worker's copy of itself is its child; the worker ends before it.
    """
    with contextlib.suppress(OSError, AttributeError):  # another system: there no worker copies itself
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1)


def _reap_orphans() -> float:
    """CPU seconds of what the command left, once it has ended."""
    seconds = 0.0
    with contextlib.suppress(ChildProcessError):  # there are no more
        while True:
            _, _, used = os.wait3(0)
            seconds += used.ru_utime + used.ru_stime
    return seconds


@contextlib.contextmanager
def watched(command: list[str], pdf: Path, environment: dict[str, str], done: str) -> Iterator["Watched"]:
    """A command that makes its PDF anew whenever something changes; it is interrupted at the block's end.

    Args:
        command: what to run.
        pdf: what it writes.
        environment: beside the usual one.
        done: what it says after each PDF, and only then.

    Raises:
        SystemExit: it ended before; the end of what it said is in the message.
    """
    with tempfile.NamedTemporaryFile() as said:
        process = start(command, said, environment)
        with Memory(process.pid) as memory, ended_with_us(process):
            watching = Watched(process, pdf, memory, Path(said.name), done.encode())
            watching.wait_for(1)
            yield watching
            os.killpg(process.pid, signal.SIGINT)
            process.wait()


@dataclass(frozen=True, slots=True)
class Watched:
    """A command that is at work, and what can be seen of it."""

    process: subprocess.Popen[bytes]
    pdf: Path
    memory: "Memory"
    said: Path
    """File of all that it says."""
    done: bytes
    """What it says after each PDF."""

    def after(self, change: Callable[[], T]) -> tuple[Run, T]:
        """Changes something, and gives what that gave; wall time is until the new PDF is in its place."""
        times, before, spent = self._times(), self.pdf.stat(), self._cpu()
        given = change()
        began = time.perf_counter()
        self._wait(lambda: self.pdf.stat().st_mtime_ns != before.st_mtime_ns)
        wall = time.perf_counter() - began
        self.wait_for(times + 1)
        run = Run(
            wall=wall,
            cpu=self._cpu() - spent,
            peak_mib=self.memory.peak_kib / 1024,
            pdf_mib=self.pdf.stat().st_size / 1024 / 1024,
            pages=count_pages(self.pdf),
        )
        return run, given

    def wait_for(self, times: int) -> None:
        """Waits until it has made its PDF so often."""
        self._wait(lambda: self._times() >= times)

    def _wait(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            if self.process.poll() is not None:
                words = self.said.read_text(errors="replace")[-4000:]
                message = f"the command ended with {self.process.returncode}:\n{words}"
                raise SystemExit(message)
            time.sleep(0.005)

    def _times(self) -> int:
        return self.said.read_bytes().count(self.done)

    def _cpu(self) -> float:
        """Processor time of the command, and of its workers that live, so far; 0 without /proc."""
        return sum(map(cpu_seconds, family(self.process.pid))) if PROC.is_dir() else 0.0


def start(command: list[str], said: IO[bytes], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Starts a command in a session of its own; all that it says goes to that file."""
    return subprocess.Popen(
        command,
        stdout=said,
        stderr=said,
        cwd=ROOT,
        env={**_as_usual(), **environment},
        start_new_session=True,
    )


def _as_usual() -> dict[str, str]:
    """The environment, in which Python keeps what it compiled, as it does unless it is told not to."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@contextlib.contextmanager
def ended_with_us(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends the command and what it started when we are interrupted."""
    try:
        yield
    except BaseException:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        raise


def count_pages(pdf: Path) -> int:
    """Pages of a PDF."""
    with pikepdf.open(pdf) as opened:
        return len(opened.pages)


class Memory:
    """Watches the memory of a process and its descendants from a thread; `peak_kib` is 0 where /proc is not.

    What counts is the proportional share (PSS), so that what workers share with their parent counts once.
    Reading it is slow for a large process and holds it up; the resident size costs nothing. So the resident
    size is read at every moment and multiplied by PSS / resident size as found last: whenever a process came
    or went, and as often as `SHARE` allows while the peak grows. Where PSS cannot be read, that is 1.
    """

    def __init__(self, pid: int) -> None:
        self.peak_kib = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Memory":
        if PROC.is_dir():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        seen: frozenset[int] = frozenset()
        began, spent, share = time.perf_counter(), 0.0, 1.0
        while not self._over.wait(EVERY_SECONDS):
            now, pids = time.perf_counter(), frozenset(family(self._pid))
            resident = sum(map(resident_kib, pids))
            if pids != seen or (resident * share > self.peak_kib and spent < SHARE * (now - began)):
                share = min(1.0, sum(map(held_kib, pids)) / resident) if resident else 1.0
                spent, seen = spent + time.perf_counter() - now, pids
            self.peak_kib = max(self.peak_kib, resident * share)


def family(pid: int) -> list[int]:
    """The process and all its descendants, as far as they live."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                children.setdefault(int(_facts_of(folder)[1]), []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _facts_of(process: Path) -> list[str]:
    """What `/proc` says of a process behind its name, which may hold anything: state, parent, and so on."""
    return (process / "stat").read_text(errors="replace").rpartition(")")[2].split()


def resident_kib(pid: int) -> float:
    """Resident size of a process; 0 when it has ended."""
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and of its children that have ended; 0 when it has ended itself."""
    try:
        facts = _facts_of(PROC / str(pid))
    except OSError:
        return 0.0
    return sum(map(int, facts[11:15])) / os.sysconf("SC_CLK_TCK")


def held_kib(pid: int) -> float:
    """Proportional share of a process, or its resident size."""
    try:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1])
    except OSError:
        pass
    return resident_kib(pid)
