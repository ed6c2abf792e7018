"""Chapters without missing pictures are set while those of others are fetched."""

import io
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image
from test_pieces import PROSE, build, write_blog

from yearbook.errors import EngineError, OutputError
from yearbook.makeup import Setter

PICTURE = "https://user-images.githubusercontent.com/1/late.png"
LONGEST_WAIT_SECONDS = 60


class Late(BaseHTTPRequestHandler):
    """Answers only when chapters were set; if they never are, says that it is broken."""

    def do_GET(self):  # the server calls it by this name
        if not self.server.may_answer.wait(LONGEST_WAIT_SECONDS):
            self.send_error(404)
            return
        stream = io.BytesIO()
        Image.new("RGB", (300, 200), (90, 120, 60)).save(stream, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(stream.tell()))
        self.end_headers()
        self.wfile.write(stream.getvalue())

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture
def server():
    held = ThreadingHTTPServer(("127.0.0.1", 0), Late)
    held.daemon_threads = True
    held.may_answer = threading.Event()
    thread = threading.Thread(target=held.serve_forever, daemon=True)
    thread.start()
    yield held
    held.may_answer.set()
    held.shutdown()
    held.server_close()


@pytest.fixture
def blog(tmp_path, server):
    posts = {"a": PROSE * 20, "b": PROSE * 30, "c": PROSE * 10 + f"\n\n![늦게]({PICTURE})\n"}
    folder = write_blog(tmp_path / "blog", posts)
    mirror = f"http://127.0.0.1:{server.server_port}/"
    settings = f'[images.mirrors]\n"https://user-images.githubusercontent.com/" = "{mirror}"\n'
    (folder / "yearbook.toml").write_text(settings, encoding="utf-8")
    return folder


def test_chapters_are_set_before_a_slow_picture_comes(blog, tmp_path, server, monkeypatch):
    set_all, early = Setter.set_all, []

    def heard(self, pieces, *more):
        proofs = set_all(self, pieces, *more)
        if not server.may_answer.is_set():
            early.extend(proofs)
            server.may_answer.set()
        return proofs

    monkeypatch.setattr(Setter, "set_all", heard)
    output, report = build(blog, tmp_path, offline=False)
    assert (sorted(early), report.missing, report.exit_code) == (["post-a", "post-b"], 0, 0)
    # Running heads are a piece that stands on no page; none is counted twice.
    assert report.pieces_set == report.pieces + 1

    first = output.read_bytes()
    shutil.rmtree(tmp_path / "cache" / "memo")
    output, report = build(blog, tmp_path)
    assert (output.read_bytes() == first, report.pieces_set) == (True, report.pieces + 1)


def test_nothing_is_set_early_when_nothing_is_fetched(blog, tmp_path, server, monkeypatch):
    server.may_answer.set()
    build(blog, tmp_path, offline=False)
    monkeypatch.setattr("yearbook.early.Early.begin", None)
    _, report = build(blog, tmp_path, offline=False)
    assert (report.pieces_set, report.missing) == (0, 0)


def test_what_goes_wrong_early_goes_wrong(blog, tmp_path, server, monkeypatch):
    def refuse(_self, _pieces):
        server.may_answer.set()
        message = "no worker can be started"
        raise EngineError(message)

    monkeypatch.setattr(Setter, "set_all", refuse)
    with pytest.raises(EngineError, match="no worker"):
        build(blog, tmp_path, offline=False)


def test_who_interrupts_does_not_wait_for_chapters(blog, tmp_path, monkeypatch):
    never = threading.Event()
    monkeypatch.setattr(Setter, "set_all", lambda *_: never.wait(LONGEST_WAIT_SECONDS))

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("yearbook.store.errands._fetch_one", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(blog, tmp_path, offline=False)
    never.set()


def test_a_crew_that_stays_is_not_left_at_work(blog, tmp_path, server, monkeypatch):
    """The store fails while chapters are set: only when they are set is it said, and the crew is free."""
    ended = []

    def slowly(_self, pieces):
        server.may_answer.wait(0.2)
        ended.append(len(pieces))
        return {}

    def full(*_, **__):
        message = "the image store cannot be written"
        raise OutputError(message)

    monkeypatch.setattr(Setter, "set_all", slowly)
    monkeypatch.setattr("yearbook.store.errands._fetch_one", full)
    with pytest.raises(OutputError):
        build(blog, tmp_path, offline=False)
    assert ended == [2]


def test_a_book_that_will_be_one_document_is_not_set_early(blog, tmp_path, server, monkeypatch):
    server.may_answer.set()
    monkeypatch.setattr("yearbook.typeset.known.ENGINE", "99.")
    monkeypatch.setattr("yearbook.early.Early._work", None)
    _, report = build(blog, tmp_path, offline=False)
    assert (report.pieces, report.missing, report.exit_code) == (0, 0, 0)
