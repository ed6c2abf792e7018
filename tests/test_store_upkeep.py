"""Looking after a blog's pictures: status, verify, update, vendor, prune."""

import os
import socket
import time

import pytest
from fault_server import FaultServer, reply, status
from picture_box import JPEG, KEY, PNG, USER_IMAGE, encode, noise, use

from yearbook.errors import ConfigError, OutputError
from yearbook.model import StoredImage
from yearbook.store import obtain, prepare
from yearbook.store.upkeep import images_prune, images_status, images_update, images_vendor, images_verify

RAW = "https://raw.githubusercontent.com/o/r/main/a.png"


@pytest.fixture
def server():
    with FaultServer() as running:
        yield running


@pytest.fixture
def home(tmp_path):
    (tmp_path / "blog").mkdir()
    return {"blog_root": tmp_path / "blog", "cache": tmp_path / "cache"}


@pytest.fixture
def ask(server, home):
    def run(*urls, **changes):
        return obtain(
            [use(url) for url in urls], policy=server.policy(**changes), network=server.network(), **home
        )

    return run


def test_status_says_where_each_picture_is(server, ask, home):
    server.on(USER_IMAGE, reply(PNG))
    server.on(RAW, reply(JPEG))
    ask(USER_IMAGE, RAW)
    images_vendor(**home)
    next((home["blog_root"] / ".yearbook/images").glob("*.jpg")).unlink()
    gone = "https://raw.githubusercontent.com/o/r/main/gone.png"
    ask(gone)
    new = "https://raw.githubusercontent.com/o/r/main/new.png"
    found = images_status([use(RAW), use(RAW), use(gone), use(new)], policy=server.policy(), **home)
    assert [(one.key, one.state, one.locked, one.uses) for one in found] == [
        ("gh-att:" + KEY.removeprefix("gh-att:"), "vendored", True, 0),
        ("gh:o/r@main/a.png", "cached", True, 2),
        ("gh:o/r@main/gone.png", "failed", False, 1),
        ("gh:o/r@main/new.png", "unknown", False, 1),
    ]
    assert (found[1].kind, found[1].bytes, found[1].width_px) == ("jpeg", len(JPEG), 160)
    assert found[2].detail == "404: not found"


def test_verify_finds_each_damaged_copy_without_a_network(server, ask, home):
    server.on(USER_IMAGE, reply(PNG))
    server.on(RAW, reply(JPEG))
    stored = ask(USER_IMAGE, RAW)
    images_vendor(**home)
    assert [one.ok for one in images_verify(**home)] == [True] * 4
    stored[0].path.chmod(0o644)
    stored[0].path.write_bytes(PNG[:-1] + b"\x00")
    stored[1].path.unlink()
    next((home["blog_root"] / ".yearbook/images").glob("*.jpg")).unlink()
    found = [(one.place, one.ok, one.detail) for one in images_verify(**home)]
    assert found == [
        ("vendored", True, ""),
        ("cached", False, "its bytes are not the pinned ones"),
        ("nowhere", False, "there is no copy"),
    ]


def test_update_shows_a_change_and_takes_it_only_when_told(server, ask, home):
    server.on(RAW, reply(PNG, etag='"one"'))
    server.on(USER_IMAGE, reply(PNG))
    (first, _) = ask(RAW, USER_IMAGE)
    lock = (home["blog_root"] / "yearbook.lock").read_text()
    options = {"policy": server.policy(), "network": server.network(), **home}

    server.on(RAW, status(304))
    assert [one.state for one in images_update(**options)] == ["fixed", "unchanged"]
    assert server.seen[-1].headers["If-None-Match"] == '"one"'

    server.on(RAW, reply(JPEG))
    (_, change) = images_update(**options)
    assert (change.state, change.old_sha256) == ("changed", first.sha256)
    assert change.new_sha256[:12] in change.detail
    assert (home["blog_root"] / "yearbook.lock").read_text() == lock
    assert ask(RAW) == (first,), "the build keeps the pinned bytes"

    assert images_update(accept=True, **options)[1].state == "accepted"
    (second,) = ask(RAW)
    assert (second.sha256, second.kind) == (change.new_sha256, "jpeg")

    server.on(RAW, status(404))
    (_, change) = images_update(accept=True, **options)
    assert (change.state, change.detail) == ("failed", "404: not found")
    assert ask(RAW) == (second,)


def test_a_vendored_picture_needs_neither_cache_nor_network(server, ask, home, tmp_path):
    server.on(USER_IMAGE, reply(PNG))
    (first,) = ask(USER_IMAGE)
    assert [one.state for one in images_vendor(**home)] == ["copied"]
    assert [one.state for one in images_vendor(**home)] == ["kept"]
    home["cache"] = tmp_path / "another"
    (found,) = obtain([use(USER_IMAGE)], policy=server.policy(offline=True, frozen=True), **home)
    assert (found.sha256, found.path.parent.name) == (first.sha256, "images")
    found.path.chmod(0o644)
    found.path.write_bytes(PNG + b"x")
    (found,) = obtain([use(USER_IMAGE)], policy=server.policy(offline=True), **home)
    assert found.reason == "offline", "a damaged copy is no copy"
    assert [one.state for one in images_vendor(**home)] == ["absent"]


def test_21_a_book_from_the_vendored_folder_has_the_same_pictures_and_opens_no_socket(
    server, ask, home, tmp_path, monkeypatch
):
    server.on(USER_IMAGE, reply(encode(noise(900, 600), "JPEG")))
    (first,) = ask(USER_IMAGE)
    made = prepare(first, width_mm=40, cache=home["cache"])
    images_vendor(**home)

    def refuse(*_, **__):
        message = "a socket was opened"
        raise AssertionError(message)

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    home["cache"] = tmp_path / "another machine"
    (again,) = obtain([use(USER_IMAGE)], policy=server.policy(offline=True), **home)
    rebuilt = prepare(again, width_mm=40, cache=home["cache"])
    assert rebuilt.path.read_bytes() == made.path.read_bytes()
    assert rebuilt.sha256 == made.sha256, "so the engine is given the same page"


def test_vendoring_into_a_blog_that_cannot_be_written_says_so(server, ask, home):
    server.on(USER_IMAGE, reply(PNG))
    ask(USER_IMAGE)
    (home["blog_root"] / ".yearbook").write_text("in the way")
    with pytest.raises(OutputError, match="the blog cannot be written"):
        images_vendor(**home)


def test_prune_takes_only_what_no_blog_needs(server, ask, home, tmp_path):
    server.on(USER_IMAGE, reply(PNG))
    (kept,) = ask(USER_IMAGE)
    other = tmp_path / "other"
    other.mkdir()
    server.on(RAW, reply(JPEG))
    (loose,) = obtain(
        [use(RAW)],
        blog_root=other,
        cache=home["cache"],
        policy=server.policy(),
        network=server.network(),
    )
    (other / "yearbook.lock").unlink()
    stray = home["blog_root"] / ".yearbook/images/stray.png"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(PNG)
    soon = time.time() + 10
    later = time.time() + 100 * 86_400

    assert [one.path for one in images_prune(now=soon, **home)] == [stray]
    listed = images_prune(now=later, **home)
    assert {one.path.name for one in listed if one.why == "no-blog"} == {loose.sha256}
    assert not any(one.removed for one in listed)
    assert loose.path.exists()
    images_prune(now=later, dry_run=False, **home)
    assert not loose.path.exists()
    assert not stray.exists()
    assert kept.path.exists()
    assert ask(USER_IMAGE, offline=True)[0].sha256 == kept.sha256


def test_what_is_used_stays_young(server, ask, home):
    server.on(USER_IMAGE, reply(PNG))
    (found,) = ask(USER_IMAGE)
    os.utime(found.path, (1, 1))
    ask(USER_IMAGE)
    assert found.path.stat().st_mtime > time.time() - 60


def test_prune_stops_at_a_lock_file_it_cannot_read(server, ask, home):
    server.on(USER_IMAGE, reply(PNG))
    ask(USER_IMAGE)
    (home["blog_root"] / "yearbook.lock").write_text("version = 2")
    with pytest.raises(ConfigError):
        images_prune(**home)


def test_two_addresses_of_equal_bytes_share_one_blob(server, ask, home):
    picture = encode(noise(seed=5))
    server.on(USER_IMAGE, reply(picture))
    server.on(RAW, reply(picture))
    one, other = ask(USER_IMAGE, RAW)
    assert isinstance(one, StoredImage)
    assert (one.key != other.key, one.path) == (True, other.path)
