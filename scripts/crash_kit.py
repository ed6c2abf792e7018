"""What `crashes.py` works with: a small blog, a slow server of pictures, and the program as a process.

Nothing of the program is imported: it is started as a person starts it, and judged by what it leaves behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import io
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "https://user-images.githubusercontent.com/"
REMOTE = 4
"""Pictures that come from the server."""
_STEPS, _STEP_SECONDS = 12, 0.02
"""A picture comes in so many pieces with so long a pause between them, so that kills fall into the fetch."""
_PROSE = "봄이 오면 골목의 나무가 먼저 알고, 사람들은 그보다 조금 늦게 창을 연다. "
_DRAFT = re.compile(r"\.yearbook-\w{8}|\.new-\w+|tmp\w{8}")
_HOURS = 7200


def write_blog(root: Path, posts: int = 6, paragraphs: int = 12) -> None:
    """Write a small Hugo blog with pictures of its own and pictures of the server's."""
    (root / "content").mkdir(parents=True)
    (root / "static").mkdir()
    (root / "hugo.toml").write_text('title = "기록"\nlanguageCode = "ko"\n', encoding="utf-8")
    for number in range(posts):
        Image.effect_noise((700, 500), 50 + number).convert("RGB").save(root / f"static/{number}.jpg")
        shown = f"![여기](/{number}.jpg)\n\n![저기]({HOST}1/{number % REMOTE}.png)\n\n"
        text = f"---\ntitle: 글 {number}\ndate: 2025-0{1 + number % 3}-1{number}\n---\n\n"
        text += "\n\n".join([_PROSE * 5] * paragraphs) + f"\n\n{shown}[다음](/{(number + 1) % posts}/)\n"
        (root / f"content/{number}.md").write_text(text, encoding="utf-8")


def pictures() -> dict[str, bytes]:
    """Give the server's pictures by path; noise, so that they do not compress away."""
    found = {}
    for number in range(REMOTE):
        stream = io.BytesIO()
        dots = random.Random(number).randbytes(400 * 300 * 3)
        Image.frombytes("RGB", (400, 300), dots).save(stream, "PNG")
        found[f"/1/{number}.png"] = stream.getvalue()
    return found


@contextlib.contextmanager
def slow_server() -> Iterator[str]:
    """Serve the pictures on loopback, slowly; give the address."""
    known = pictures()

    class Handler(http.server.BaseHTTPRequestHandler):
        """Answers in pieces."""

        def do_GET(self) -> None:
            """Send a picture."""
            content = known.get(self.path, b"")
            self.send_response(200 if content else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            step = len(content) // _STEPS + 1
            with contextlib.suppress(OSError):  # who asked was killed
                for at in range(0, len(content), step):
                    self.wfile.write(content[at : at + step])
                    self.wfile.flush()
                    time.sleep(_STEP_SECONDS)

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one run works."""

    blog: Path
    """The blog."""
    cache: Path
    """Store, memo and font configuration."""
    output: Path
    """The book."""
    server: str
    """Address of the pictures."""

    def command(self, what: str) -> list[str]:
        """Give the command line that builds or fetches."""
        begin = [sys.executable, "-P", "-m", "yearbook", what, str(self.blog), "--year", "2025"]
        begin += ["--cache", str(self.cache), "--mirror", f"{HOST}={self.server}"]
        return [*begin, "-o", str(self.output)] if what == "build" else begin

    def start(self, what: str) -> Run:
        """Start the command in a session of its own, so that its workers can be found."""
        self.output.parent.mkdir(parents=True, exist_ok=True)
        log = self.output.parent.parent / f"{self.output.stem}.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                self.command(what),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                # A shell that runs this in the background has Ctrl-C ignored, and children inherit that.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )
        return Run(process, log)

    def drafts(self) -> list[Path]:
        """Give every file that was on its way somewhere."""
        folders = (self.cache, self.output.parent, self.blog)
        found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return [path for path in found if path.parent.name == "tmp" or _DRAFT.fullmatch(path.name)]

    def age_drafts(self) -> int:
        """Let the drafts look old, as they are when the next day's build comes; give their number."""
        found = self.drafts()
        for path in found:
            os.utime(path, (time.time() - _HOURS,) * 2)
        return len(found)


class Run:
    """One process of the program, with its workers."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def said(self) -> str:
        """What it wrote to stderr so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def stage(self) -> str:
        """The stage it was in when it last spoke."""
        named = re.findall(r"^(\w+)(?=:)", self.said, re.MULTILINE) or ["start"]
        return named[-1].replace("yearbook", "end")

    def send(self, number: int, *, group: bool) -> None:
        """Send a signal to the process alone or to all of its group."""
        with contextlib.suppress(ProcessLookupError):  # it ended before
            (os.killpg if group else os.kill)(self.process.pid, number)

    def wait(self, seconds: float = 120.0) -> int:
        """Give its exit code; an endless run is killed and counts as one that failed."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL, group=True)
            return self.process.wait()

    def workers(self) -> list[int]:
        """Give the living processes of its session but itself."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                facts = (entry / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
                own = int(facts[3]) == self.process.pid and int(entry.name) != self.process.pid
                if own and facts[0] != "Z":
                    found.append(int(entry.name))
        return found

    def workers_left(self, seconds: float = 20.0) -> int:
        """Give how many workers outlive the process by so long; one that is still loading must load first."""
        end = time.monotonic() + seconds
        while (alive := self.workers()) and time.monotonic() < end:
            time.sleep(0.02)
        return len(alive)


def digest(path: Path) -> str:
    """Give what tells a file's content from any other; empty if there is no file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
