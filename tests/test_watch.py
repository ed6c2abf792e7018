"""Books made one after the other by one process, as `--watch` does: each is the book of a new process."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from picture_box import encode, noise
from test_pieces import PROSE, write_blog, write_post

from yearbook import pipeline
from yearbook.config import read_config
from yearbook.drafts import Draft
from yearbook.errors import OutputError
from yearbook.memo import Memo
from yearbook.press import make_crew
from yearbook.report import Silent

ROOT = Path(__file__).parent.parent
BODY = f"{PROSE * 4}\n\n![그림](/그림.png)\n"


@pytest.fixture
def blog(tmp_path):
    blog = write_blog(tmp_path / "blog", {f"글{number}": BODY for number in range(5)})
    (blog / "static").mkdir()
    (blog / "static" / "그림.png").write_bytes(encode(noise(40, 30)))
    theme = blog / "yearbook" / "themes" / "own"
    theme.mkdir(parents=True)
    (theme / "theme.css").write_text(".text { color: #123 }\n", encoding="utf-8")
    (theme / "templates").mkdir()
    (blog / "yearbook.toml").write_text('[page]\ntheme = "own"\n', encoding="utf-8")
    return blog


def fresh(blog, folder):
    """The book by a process of its own, from empty caches."""
    pdf = folder / "book.pdf"
    command = [sys.executable, "-m", "yearbook", "build", str(blog), "-o", str(pdf), "--year", "2025"]
    command += ["--offline", "--quiet", "--cache", str(folder / "cache")]
    # What it finds wrong with the book is of no interest here.
    subprocess.run(command, check=False, capture_output=True, cwd=ROOT)
    return pdf.read_bytes()


def edits(blog):
    """What a writer does in an evening, one after the other."""
    theme = blog / "yearbook" / "themes" / "own"
    template = theme / "templates" / "month.html"

    def rearrange():
        write_post(blog, "글0", 0, f"{PROSE}\n\n" * 60)
        write_post(blog, "새글", 7, PROSE)
        (blog / "content" / "글2.md").unlink()
        (blog / "static" / "그림.png").write_bytes(encode(noise(30, 40)))

    def restyle():
        (theme / "theme.css").write_text(".text { color: #700 }", encoding="utf-8")
        template.write_text("<h1>달</h1>", encoding="utf-8")

    def rename():
        template.write_text("<h1>다른 달</h1>", encoding="utf-8")
        words = 'title = "다른 책"\n[page]\ntheme = "own"\n'
        (blog / "yearbook.toml").write_text(words, encoding="utf-8")

    yield "a sentence", lambda: write_post(blog, "글1", 1, BODY.replace("봄이", "꽃이"))
    yield "other posts and another picture", rearrange
    yield "another theme with a template", restyle
    yield "another template and title", rename
    yield "nothing", lambda: None


def test_each_book_of_one_process_has_the_bytes_of_a_new_one(blog, tmp_path):
    values = {"cache": tmp_path / "cache", "output": str(tmp_path / "a.pdf"), "offline": True, "year": 2025}
    config = read_config(blog, None, values)
    memo, before = Memo(pipeline.memo_folder(config), stays=True), b""
    with make_crew(config, stays=True) as crew:
        for number, (name, edit) in enumerate([("at first", lambda: None), *edits(blog)]):
            edit()
            now = read_config(blog, None, values)
            report = pipeline.build(now, Silent(), crew=crew, memo=memo)
            made = (tmp_path / "a.pdf").read_bytes()
            assert (made == before) == (name == "nothing")
            assert bool(report.pieces_set) == (name != "nothing")
            assert made == fresh(blog, tmp_path / f"fresh-{number}"), name
            before = made


def test_a_book_that_cannot_be_written_is_an_error_and_the_old_one_stays(blog, tmp_path):
    class Full(Draft):
        def _settle(self):
            raise OSError(errno.ENOSPC, "No space left on device")

    before, output = fresh(blog, tmp_path), tmp_path / "book.pdf"
    values = {"cache": tmp_path / "cache", "output": str(output), "offline": True, "year": 2025}
    with pytest.raises(OutputError, match="No space left"):
        pipeline.build(read_config(blog, None, values), Silent(), draft=Full)
    assert output.read_bytes() == before
    assert list(tmp_path.glob(".yearbook-*")) == []


class Watching:
    """The command with `--watch`, and what it says."""

    def __init__(self, blog, folder):
        self.pdf = folder / "watched.pdf"
        self._said = folder / "said.txt"
        command = [sys.executable, "-m", "yearbook", "build", str(blog), "-o", str(self.pdf), "--watch"]
        command += ["--offline", "--year", "2025", "--cache", str(folder / "cache")]
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT)

    def wait_for(self, pattern, times=1):
        """The words that match so often; the process must live until then."""
        until = time.monotonic() + 60
        while len(found := re.findall(pattern, self._said.read_text(encoding="utf-8"))) < times:
            assert self.process.poll() is None, self._said.read_text(encoding="utf-8")
            assert time.monotonic() < until, self._said.read_text(encoding="utf-8")
            time.sleep(0.05)
        return found[times - 1]


DONE = r"(\d+) of \d+ pieces set anew"


def test_the_command_watches_until_it_is_interrupted(blog, tmp_path):
    watching = Watching(blog, tmp_path)
    try:
        assert int(watching.wait_for(DONE)) > 5
        write_post(blog, "글1", 1, BODY.replace("봄이", "꽃이"))
        assert watching.wait_for(DONE, 2) == "1"
        assert watching.wait_for(r"changed: .*") == "changed: 글1.md"
        assert watching.pdf.read_bytes() == fresh(blog, tmp_path / "fresh")

        before = watching.pdf.stat().st_mtime_ns
        (blog / "content" / "글1.md").write_text("---\ntitle: [\ndate: 2025-02-02\n---\n", encoding="utf-8")
        watching.wait_for(r"content/글1\.md:4: the YAML cannot be read")
        assert watching.pdf.stat().st_mtime_ns == before, "the last good book stays"
        write_post(blog, "글1", 1, PROSE)
        watching.wait_for(DONE, 3)
        assert watching.pdf.stat().st_mtime_ns != before

        os.kill(watching.process.pid, signal.SIGINT)
        assert watching.process.wait(timeout=20) == 130
    finally:
        watching.process.kill()
        watching.process.wait()
