"""Files of the blog that are as they were are not read again; any other is."""

import json
import os
import time

import pytest

from yearbook.store import seen
from yearbook.store.blobs import BlobStore, digest_of


class Reader:
    """Takes digests as the store does, and notes of which files."""

    def __init__(self):
        self.read = []

    def __call__(self, path):
        self.read.append(path.name)
        return digest_of(path)


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Digests of files of a blog in one run, and the names of those that were read for it."""
    blog, store = tmp_path / "blog", BlobStore(tmp_path / "cache")
    blog.mkdir()
    later = [10_000_000_000]
    real = time.time_ns
    monkeypatch.setattr(seen.time, "time_ns", lambda: real() + later[0])

    def run(*names, wait=10):
        later[0] = wait * 1_000_000_000
        reader = Reader()
        monkeypatch.setattr(seen, "digest_of", reader)
        known = seen.Seen(store, blog)
        digests = [known.digest_of(blog / name) for name in names]
        known.keep()
        assert digests == [digest_of(blog / name) for name in names]
        return reader.read

    run.blog, run.root = blog, store.root
    return run


def test_a_file_is_read_once(ask):
    (ask.blog / "a.png").write_bytes(b"one")
    assert [ask("a.png"), ask("a.png"), ask("a.png")] == [["a.png"], [], []]


@pytest.mark.parametrize("how", ["in place", "replaced", "with its old time"])
def test_a_file_that_changed_is_read_again_whatever_it_says_of_itself(ask, how):
    path = ask.blog / "a.png"
    path.write_bytes(b"one")
    before = path.stat()
    assert ask("a.png") == ["a.png"]
    new = path.with_name("new") if how == "replaced" else path
    new.write_bytes(b"two")
    if how != "in place":
        os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(path)
    assert path.stat().st_size == before.st_size
    assert ask("a.png") == ["a.png"]


def test_a_file_that_changed_a_moment_ago_is_not_trusted_yet(ask):
    (ask.blog / "a.png").write_bytes(b"one")
    assert [ask("a.png", wait=0), ask("a.png", wait=2), ask("a.png"), ask("a.png")] == [["a.png"]] * 3 + [[]]


def test_files_that_are_shown_no_more_are_forgotten(ask):
    for name in ("a.png", "b.png"):
        (ask.blog / name).write_bytes(name.encode())
    assert ask("a.png", "b.png") == ["a.png", "b.png"]
    assert ask("a.png") == []
    assert ask("a.png", "b.png") == ["b.png"]


@pytest.mark.parametrize("change", ["cut off", "another form", "no digest", "nothing"])
def test_what_cannot_be_read_is_taken_anew(ask, change):
    (ask.blog / "a.png").write_bytes(b"one")
    ask("a.png")
    (file,) = ask.root.glob("seen-*.json")
    content = file.read_bytes()
    ((path, (stamp, _)),) = json.loads(content).items()
    damaged = {
        "cut off": content[:-9],
        "another form": b"[1, 2]",
        "no digest": json.dumps({path: [stamp, "../../elsewhere"]}).encode(),
        "nothing": b"",
    }
    file.write_bytes(damaged[change])
    assert [ask("a.png"), ask("a.png")] == [["a.png"], []]


def test_what_was_not_asked_for_in_long_may_be_pruned(ask):
    (ask.blog / "a.png").write_bytes(b"one")
    ask("a.png")
    (file,) = ask.root.glob("seen-*.json")
    store = BlobStore(ask.root.parent)
    long_ago = time.time() - 100 * 86_400
    os.utime(file, (long_ago, long_ago))
    assert file in [path for path, _ in store.old_files(frozenset(), time.time() - 90 * 86_400)]
    assert ask("a.png") == []
    assert file not in [path for path, _ in store.old_files(frozenset(), time.time() - 90 * 86_400)]
