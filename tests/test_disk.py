"""A full disk, folders that cannot be written, clocks that jump: each at every edge where a build writes.

The builds run in children. There a hook of the interpreter refuses to open, rename or make files, as the
system would; so the tests mean the same for root, whom no permission stops.
"""

import errno
import json
import os
import resource
import subprocess
import sys

import pytest
from picture_box import encode, noise
from test_pieces import PROSE, write_blog

pytestmark = pytest.mark.long

OLD = b"an older book"
PICTURE = encode(noise(300, 200))
CHILD = """
import errno, json, os, sys, time
asked = json.loads(sys.argv[1])
roots = [os.path.realpath(root) for root in asked["roots"]]
seen, full = [], False

def edge(event, given):
    "Where this is about to write; empty if it only reads."
    if event == "open":
        path, mode, flags = given
        if isinstance(path, int) or not (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return ""
    elif event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.utime"):
        path = given[0]
        if event == "os.mkdir" and os.path.isdir(path):
            return ""
    else:
        return ""
    path = os.path.realpath(os.fsdecode(path))
    root = next((root for root in roots if path.startswith(root + "/")), "")
    inside = os.path.relpath(os.path.dirname(path), os.path.dirname(root)).split(os.sep)
    return event + " " + "/".join(name for name in inside if len(name) > 2 or name == "v1") if root else ""

def hook(event, given):
    global full
    found = edge(event, given)
    if not found:
        return
    seen.append(found)
    full = full or found == asked["refuse"]
    if (full or asked["refuse"] == "all") and not event.endswith(("remove", "rmdir")):
        raise OSError(asked["errno"], os.strerror(asked["errno"]))

if asked.get("clock"):
    real, calls = time.time, [0]
    def jumping():
        calls[0] += 1
        return real() + asked["clock"] * (calls[0] % 3 - 1)
    time.time = jumping
from yearbook.cli import main
sys.addaudithook(hook)
code = main(asked["arguments"])
print(json.dumps([code, list(dict.fromkeys(seen))]))
"""


class Disk:
    """A small blog, its cache and its book."""

    def __init__(self, folder):
        self.folder = folder
        self.blog, self.cache, self.out = (folder / name for name in ("blog", "cache", "out"))
        write_blog(self.blog, {"a": PROSE * 8 + "\n\n![그림](/a.png)\n", "b": PROSE * 8})
        (self.blog / "static").mkdir()
        (self.blog / "static/a.png").write_bytes(PICTURE)

    def build(self, *, refuse="", number=errno.ENOSPC, roots=("blog", "cache", "out"), clock=0):
        """Exit code, edges at which it wrote, and what it said."""
        self.out.mkdir(exist_ok=True)
        asked = {
            "arguments": ["build", str(self.blog), "--year", "2025", "--offline", "--cache", str(self.cache),
                          "-o", str(self.out / "book.pdf"), "--jobs", "1"],
            "roots": [str(self.folder / root) for root in roots],
            "refuse": refuse, "errno": number, "clock": clock,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", CHILD, json.dumps(asked)], capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        code, edges = json.loads(done.stdout.splitlines()[-1])
        return code, edges, done.stderr

    @property
    def book(self):
        path = self.out / "book.pdf"
        return path.read_bytes() if path.exists() else b""


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """What an undisturbed build gives, and the edges at which it writes."""
    disk = Disk(tmp_path_factory.mktemp("clean"))
    code, edges, _ = disk.build()
    assert code == 0
    return disk.book, edges


EDGES = [
    "open out", "os.mkdir cache/fonts", "os.mkdir cache", "open cache", "open cache/fonts",
    "os.rename cache/fonts", "os.mkdir cache/memo", "open cache/memo", "os.rename cache/memo",
    "os.mkdir cache/images/v1", "os.mkdir cache/images", "open cache/images/v1/tmp",
    "os.chmod cache/images/v1/tmp", "os.rename cache/images/v1/tmp", "os.mkdir cache/images/v1/derived",
    "os.mkdir cache/images/v1/index", "os.utime cache/memo", "os.chmod out", "os.rename out",
]  # fmt: skip
"""Where a cold build writes, in order."""


def test_every_edge_is_known(clean):
    assert [edge for edge in clean[1] if not edge.startswith("os.remove")] == EDGES


@pytest.mark.parametrize("edge", EDGES)
def test_a_disk_that_is_full_from_some_moment_on_costs_one_sentence(clean, tmp_path, edge):
    disk = Disk(tmp_path)
    disk.out.mkdir()
    (disk.out / "book.pdf").write_bytes(OLD)
    code, _, said = disk.build(refuse=edge)
    assert (code, disk.book) == (7, OLD)
    assert "No space left on device" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert [path.name for path in disk.out.iterdir()] == ["book.pdf"]
    assert disk.build()[0] == 0
    assert disk.book == clean[0]


@pytest.mark.parametrize("kilobytes", [0, 2, 20, 100])
def test_a_file_that_may_grow_no_further_is_not_kept_in_part(clean, tmp_path, kilobytes):
    """The system's own limit: writing fails amid a file, as on a disk that has a little room."""
    disk = Disk(tmp_path)
    disk.out.mkdir()
    (disk.out / "book.pdf").write_bytes(OLD)
    done = subprocess.run(
        [sys.executable, "-m", "yearbook", "build", disk.blog, "--year", "2025", "--offline",
         "--cache", disk.cache, "-o", disk.out / "book.pdf"],
        capture_output=True, text=True, timeout=120, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes << 10,) * 2),
    )  # fmt: skip
    assert (done.returncode, disk.book) == (7, OLD)
    assert "File too large" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert disk.build()[0] == 0
    assert disk.book == clean[0]


@pytest.mark.parametrize(
    ("roots", "words"), [(["cache"], "cache"), (["out"], "book.pdf"), (["blog", "cache", "out"], "book.pdf")]
)
def test_a_folder_that_cannot_be_written_is_named(tmp_path, roots, words):
    disk = Disk(tmp_path)
    code, _, said = disk.build(refuse="all", number=errno.EROFS, roots=roots)
    assert (code, disk.book) == (7, b"")
    assert "Read-only file system" in said.splitlines()[-1]
    assert words in said.splitlines()[-1]


@pytest.mark.parametrize("roots", [["blog"], ["blog", "cache"]])
def test_what_is_there_already_needs_no_writing(clean, tmp_path, roots):
    disk = Disk(tmp_path)
    assert disk.build()[0] == 0
    (disk.out / "book.pdf").unlink()
    code, _, said = disk.build(refuse="all", number=errno.EROFS, roots=roots)
    assert (code, disk.book) == (0, clean[0]), said


@pytest.mark.parametrize("seconds", [3600 * 26, 86_400 * 365 * 60, 1e12])
def test_a_clock_that_jumps_changes_no_byte(clean, tmp_path, seconds):
    disk = Disk(tmp_path)
    for _ in range(2):
        code, _, said = disk.build(clock=seconds)
        assert (code, disk.book) == (0, clean[0]), said


@pytest.mark.parametrize("year", [1970, 2105])
def test_files_from_another_time_are_read_like_any_other(clean, tmp_path, year):
    disk = Disk(tmp_path)
    assert disk.build()[0] == 0
    (disk.out / "book.pdf").unlink()
    draft = disk.out / ".yearbook-abcdefgh"
    draft.write_bytes(b"half")
    when = (year - 1970) * 31_557_600 + 1
    for path in [disk.folder, *disk.folder.rglob("*")]:
        os.utime(path, (when, when))
    code, edges, said = disk.build()
    assert (code, disk.book) == (0, clean[0]), said
    assert not draft.exists()
    assert "open cache/images/v1/tmp" not in edges, "what is remembered is used all the same"
