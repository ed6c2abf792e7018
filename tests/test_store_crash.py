"""Killed, interrupted, crowded, full: whatever happens to a run, the cache stays whole."""

import _thread
import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from fault_server import FaultServer, dripping_body, reply, silence, slowly
from picture_box import JPEG, PNG, USER_IMAGE, encode, noise, use

from yearbook.errors import OutputError
from yearbook.model import StoredImage
from yearbook.store import ImagePolicy, obtain
from yearbook.store.blobs import BlobStore

ROOT = Path(__file__).parent.parent
CHILD = """
    import sys, time
    from pathlib import Path
    from yearbook.model import ImageUse
    from yearbook.store import ImagePolicy, Limits, obtain
    origin, cache, blog, *urls = sys.argv[1:]
    mirrors = (("https://user-images.githubusercontent.com/", origin + "/"),)
    uses = [ImageUse(src=u, place="a.md", line=1, alt="", local=None, url=u) for u in urls]
    print("ready", flush=True)
    sys.stdin.readline()
    policy = ImagePolicy(mirrors=mirrors, limits=Limits(file_bytes=1 << 27))
    for found in obtain(uses, blog_root=Path(blog), cache=Path(cache), policy=policy):
        print(getattr(found, "sha256", found), flush=True)
"""


@pytest.fixture
def server():
    with FaultServer(secure=False) as running:
        yield running


@pytest.fixture
def children(server, tmp_path):
    """Starts processes that wait for a word before they obtain."""
    started = []

    def start(*urls, blog="blog"):
        (tmp_path / blog).mkdir(exist_ok=True)
        command = [sys.executable, "-c", textwrap.dedent(CHILD), server.origin]
        child = subprocess.Popen(
            [*command, tmp_path / "cache", tmp_path / blog, *urls],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        started.append(child)
        assert child.stdout.readline() == "ready\n"
        return child

    yield start
    for child in started:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def go(child):
    child.stdin.write("go\n")
    child.stdin.flush()


def local(server, url):
    """Where a child asks for this address."""
    return f"{server.origin}/{url.partition('.com/')[2]}"


def check_blobs(cache):
    for path in cache.glob("v1/blobs/*/*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
    for path in cache.glob("v1/index/*/*.json"):
        assert json.loads(path.read_text())["key"]


def test_17_a_run_killed_at_any_moment_leaves_a_whole_cache(server, children, tmp_path):
    # Noise in a BMP: 3 MB that decode at once, sent in pieces so that the kills fall into the fetch.
    big = encode(noise(1000, 1000), "BMP")
    server.on(local(server, USER_IMAGE), dripping_body(big, step=len(big) // 25, seconds=0.01))
    for moment in range(10):
        child = children(USER_IMAGE)
        go(child)
        time.sleep(0.035 * moment)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        check_blobs(tmp_path / "cache")
    assert len(server.seen) >= 5, "the kills fell into the fetch"
    server.on(local(server, USER_IMAGE), reply(big))
    child = children(USER_IMAGE)
    out, _ = child.communicate("go\n", timeout=20)
    assert out.split() == [hashlib.sha256(big).hexdigest()]
    check_blobs(tmp_path / "cache")


def test_17_what_killed_runs_left_is_swept_when_it_is_old(tmp_path):
    store = BlobStore(tmp_path)
    old, young = store.root / "tmp" / "old", store.root / "tmp" / "young"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (1, 1))
    (tmp_path / "blog").mkdir()
    obtain([], blog_root=tmp_path / "blog", cache=tmp_path, policy=ImagePolicy())
    assert (old.exists(), young.exists()) == (False, True)


def test_18_three_processes_fetch_a_new_picture_once(server, children, tmp_path):
    server.on(local(server, USER_IMAGE), slowly(PNG, seconds=0.4))
    crowd = [children(USER_IMAGE, blog=f"blog{n}") for n in range(3)]
    for child in crowd:
        go(child)
    answers = [child.communicate(timeout=20)[0].split() for child in crowd]
    assert answers == [[hashlib.sha256(PNG).hexdigest()]] * 3
    assert len(server.seen) == 1


def test_18_two_builds_at_once_on_one_cache_are_both_right(server, children, tmp_path):
    pictures = {USER_IMAGE.replace("2cbb", f"{n:04x}"): encode(noise(seed=n)) for n in range(12)}
    for url, picture in pictures.items():
        server.on(local(server, url), slowly(picture, seconds=0.01))
    urls = list(pictures)
    pair = [children(*urls, blog="one"), children(*reversed(urls), blog="two")]
    for child in pair:
        go(child)
    first, second = (child.communicate(timeout=20)[0].split() for child in pair)
    assert first == [hashlib.sha256(picture).hexdigest() for picture in pictures.values()]
    assert second == first[::-1]
    assert len(server.seen) == 12
    assert (tmp_path / "one/yearbook.lock").read_text() == (tmp_path / "two/yearbook.lock").read_text()


def test_an_interrupt_ends_the_run_at_once_and_leaves_nothing_behind(server, tmp_path):
    (tmp_path / "blog").mkdir()
    quick = "https://user-images.githubusercontent.com/quick.png"
    slow = [f"https://user-images.githubusercontent.com/{n}.png" for n in range(3)]
    server.on(local(server, quick), reply(PNG))
    for url in slow:
        server.on(local(server, url), silence())
    mirrors = (("https://user-images.githubusercontent.com/", server.origin + "/"),)
    # A shell that runs the tests in the background has them begin with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(0.7, _thread.interrupt_main).start()
    before = threading.active_count()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        obtain(
            [use(url) for url in (quick, *slow)],
            blog_root=tmp_path / "blog", cache=tmp_path / "cache", policy=ImagePolicy(mirrors=mirrors),
        )  # fmt: skip
    assert time.monotonic() - began < 3
    assert threading.active_count() <= before + 4, "no fetching thread is left, only the server's"
    assert not any(thread.name.startswith("yearbook-fetch") for thread in threading.enumerate())
    assert list((tmp_path / "cache/v1/tmp").iterdir()) == []
    assert len(list((tmp_path / "cache/v1/blobs").glob("*/*"))) == 1, "what has arrived is kept"


def test_22_a_full_disk_is_one_sentence_and_leaves_no_half_blob(server, tmp_path, monkeypatch):
    (tmp_path / "blog").mkdir()
    server.on(local(server, USER_IMAGE), reply(PNG))
    mirrors = (("https://user-images.githubusercontent.com/", server.origin + "/"),)

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError) as caught:
        obtain(
            [use(USER_IMAGE)],
            blog_root=tmp_path / "blog", cache=tmp_path / "cache", policy=ImagePolicy(mirrors=mirrors),
        )  # fmt: skip
    assert "No space left" in str(caught.value)
    assert str(tmp_path / "cache") in caught.value.where
    assert caught.value.hint
    left = [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert [path.parent.name for path in left] in ([], ["blogs"])


def test_22_a_cache_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(OutputError, match="the picture cache cannot be used"):
        obtain([], blog_root=tmp_path, cache=tmp_path / "cache", policy=ImagePolicy())


def test_22_a_read_only_cache_still_gives_what_it_has(server, tmp_path):
    (tmp_path / "blog").mkdir()
    server.on(local(server, USER_IMAGE), reply(JPEG))
    mirrors = (("https://user-images.githubusercontent.com/", server.origin + "/"),)
    options = {
        "blog_root": tmp_path / "blog",
        "cache": tmp_path / "cache",
        "policy": ImagePolicy(mirrors=mirrors),
    }
    (first,) = obtain([use(USER_IMAGE)], **options)
    folders = [tmp_path / "cache", *(path for path in (tmp_path / "cache").rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        if os.access(folders[0], os.W_OK):
            pytest.skip("this user may write everywhere")
        assert obtain([use(USER_IMAGE)], **options) == (first,)
        with pytest.raises(OutputError, match="cannot be used"):
            obtain([use(USER_IMAGE.replace("2cbb", "9cbb"))], **options)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert isinstance(first, StoredImage)


def test_a_blog_that_cannot_be_written_is_read_all_the_same(server, tmp_path, monkeypatch):
    (tmp_path / "blog").mkdir()
    server.on(local(server, USER_IMAGE), reply(PNG))
    mirrors = (("https://user-images.githubusercontent.com/", server.origin + "/"),)
    monkeypatch.setattr("yearbook.store.lockfile.write", _refuse)
    (found,) = obtain(
        [use(USER_IMAGE)],
        blog_root=tmp_path / "blog", cache=tmp_path / "cache", policy=ImagePolicy(mirrors=mirrors),
    )  # fmt: skip
    assert isinstance(found, StoredImage)


def _refuse(*_):
    raise PermissionError(errno.EROFS, "Read-only file system")
