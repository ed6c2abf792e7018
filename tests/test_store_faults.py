"""The fault cases of docs/images.md, numbered as there: each through the real client against a real server.

Every test ends with `check_cache`: no temporary file is left, every blob is what its name says, and nothing
secret was written anywhere.
"""

import dataclasses
import email.utils
import gzip
import hashlib
import io
import itertools
import resource
import socket
import time

import pytest
from fault_server import (
    PUBLIC,
    FaultServer,
    chunked,
    dripping_body,
    dripping_headers,
    endless,
    redirect,
    reply,
    reset,
    short,
    silence,
    status,
    until_close,
)
from picture_box import ATTACHMENT, HTML, JPEG, KEY, MP4, PNG, SVG, USER_IMAGE, UUID, encode, noise, use

from yearbook.model import StoredImage
from yearbook.store import obtain

SIGNED = (
    "https://github-production-user-asset-6210df.s3.amazonaws.com/1/2.png?X-Amz-Signature=5ec2e7&X-Amz-Date=1"
)
SECRETS = (b"5ec2e7", b"X-Amz", b"jwt=", b"ghp_", b"token=")


@pytest.fixture
def server():
    with FaultServer() as running:
        yield running


@pytest.fixture
def blog(tmp_path):
    folder = tmp_path / "blog"
    folder.mkdir()
    return folder


@pytest.fixture
def ask(server, blog, tmp_path):
    """Asks for addresses as a build does; checks afterwards that the cache is clean."""

    def run(*urls, limits=None, network=None, **changes):
        return obtain(
            [use(url) for url in urls], blog_root=blog, cache=tmp_path / "cache",
            policy=server.policy(limits=limits, **changes), network=network or server.network(),
        )  # fmt: skip

    yield run
    check_cache(tmp_path)


def check_cache(folder):
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.parent.parent.name == "blobs":
            assert hashlib.sha256(content).hexdigest() == path.name
        for secret in SECRETS:
            assert secret not in content, path
        assert path.parent.name != "tmp", f"{path} was left behind"


def blobs(tmp_path):
    return sorted(path.name for path in (tmp_path / "cache").glob("v1/blobs/*/*"))


def sha(content):
    return hashlib.sha256(content).hexdigest()


# --- 1 to 5: GitHub's addresses ---------------------------------------------------------------------------


def test_01_an_attachment_is_followed_to_its_signed_address_and_stored_without_it(
    server, ask, blog, tmp_path
):
    server.on(ATTACHMENT, redirect(SIGNED))
    server.on(SIGNED, reply(PNG))
    (found,) = ask(ATTACHMENT)
    assert isinstance(found, StoredImage)
    assert (found.key, found.kind, found.path.read_bytes()) == (KEY, "png", PNG)
    assert f'url = "{ATTACHMENT}"' in (blog / "yearbook.lock").read_text()
    before = len(server.seen)
    assert ask(ATTACHMENT) == (found,)
    assert len(server.seen) == before, "a stored picture is not asked for again"


def test_02_a_pasted_private_link_is_fetched_by_its_uuid(server, ask):
    server.on(ATTACHMENT, redirect(SIGNED))
    server.on(SIGNED, reply(PNG))
    pasted = f"https://private-user-images.githubusercontent.com/1/553416385-{UUID}.png?jwt=eyJhbGciOi.J9"
    found = ask(pasted, ATTACHMENT)
    assert [one.key for one in found] == [KEY, KEY]
    assert server.asked("github.com") == [f"/user-attachments/assets/{UUID}"]


def test_03_camo_is_decoded_and_only_asked_itself_when_the_original_is_gone(server, ask):
    original = "https://raw.githubusercontent.com/o/r/main/a.png"
    camo = "https://camo.githubusercontent.com/" + "a" * 40 + "/" + original.encode().hex()
    server.on(camo, status(404))
    server.on(original, reply(PNG))
    (found,) = ask(camo)
    assert found.key == "gh:o/r@main/a.png"
    assert server.asked("camo.githubusercontent.com") == []

    elsewhere = "https://pictures.example.org/b.png"
    camo = "https://camo.githubusercontent.com/" + "b" * 64 + "/" + elsewhere.encode().hex()
    server.on(camo, reply(JPEG))
    (found,) = ask(camo)
    assert (found.key, found.kind) == (f"url:{elsewhere}", "jpeg")


def test_04_an_svg_sent_as_text_and_a_branch_with_a_slash(server, ask):
    raw = "https://raw.githubusercontent.com/o/r/feature/new-logo/logo.svg"
    server.on(raw, reply(SVG, kind="text/plain; charset=utf-8", x_content_type_options="nosniff"))
    (found,) = ask("https://github.com/o/r/blob/feature/new-logo/logo.svg?raw=true")
    assert (found.kind, found.width_px, found.height_px) == ("svg", 40, 30)


def lfs_pointer(content):
    oid, size = sha(content), len(content)
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()


def test_05_an_lfs_pointer_leads_to_the_media_host_and_its_digest_is_checked(server, ask, tmp_path):
    raw = "https://raw.githubusercontent.com/o/r/main/"
    media = "https://media.githubusercontent.com/media/o/r/main/"
    for name, real in (("a.png", PNG), ("b.png", JPEG), ("c.png", PNG)):
        server.on(raw + name, reply(lfs_pointer(real), kind="text/plain"))
    server.on(media + "a.png", reply(PNG))
    server.on(media + "b.png", reply(PNG))
    good, other, gone = ask(raw + "a.png", raw + "b.png", raw + "c.png")
    assert good.path.read_bytes() == PNG
    assert [one.reason for one in (other, gone)] == ["lfs-pointer", "lfs-pointer"]
    assert "LFS" in gone.detail
    assert "404" in gone.detail
    assert "git lfs pull" in gone.hint
    assert blobs(tmp_path) == [sha(PNG)]


# --- 6 to 10: servers in trouble --------------------------------------------------------------------------


def test_06_a_short_retry_after_is_kept_and_a_long_one_leaves_the_host_alone(server, ask):
    server.on(USER_IMAGE, status(429, retry_after=1), status(429, retry_after=0), reply(PNG))
    began = time.monotonic()
    (found,) = ask(USER_IMAGE)
    assert isinstance(found, StoredImage)
    assert 1.0 <= time.monotonic() - began < 3.5

    busy = [f"https://avatars.githubusercontent.com/u/{n}" for n in range(6)]
    for url in busy:
        server.on(url, status(429, retry_after=3600))
    other = "https://raw.githubusercontent.com/o/r/main/a.png"
    server.on(other, reply(PNG))
    began = time.monotonic()
    found = ask(*busy, other)
    assert time.monotonic() - began < 2
    assert {one.reason for one in found[:-1]} == {"rate-limited"}
    assert "60 minutes" in found[0].detail
    assert isinstance(found[-1], StoredImage)
    assert len(server.asked("avatars.githubusercontent.com")) <= 4, "those under way; the rest is not asked"


def test_07_server_errors_are_asked_again_and_a_date_is_understood(server, ask):
    server.on(USER_IMAGE, status(503), status(502), reply(PNG))
    raw = "https://raw.githubusercontent.com/o/r/main/a.png"
    date = email.utils.formatdate(time.time() + 1, usegmt=True)
    server.on(raw, status(503, retry_after=date), reply(JPEG))
    found = ask(USER_IMAGE, raw)
    assert [one.kind for one in found] == ["png", "jpeg"]
    always = "https://raw.githubusercontent.com/o/r/main/never.png"
    server.on(always, status(500))
    (found,) = ask(always)
    assert (found.reason, len([p for p in server.asked() if "never" in p])) == ("server-error", 4)


def test_08_a_short_body_is_fetched_again(server, ask, tmp_path):
    server.on(USER_IMAGE, short(PNG, missing=1), reply(PNG))
    raw = "https://raw.githubusercontent.com/o/r/main/a.jpg"
    server.on(raw, chunked(JPEG, cut=True), chunked(JPEG))
    found = ask(USER_IMAGE, raw)
    assert [one.path.read_bytes() for one in found] == [PNG, JPEG]
    always = "https://raw.githubusercontent.com/o/r/main/cut.png"
    server.on(always, short(PNG, missing=9))
    (found,) = ask(always)
    assert (found.reason, len(blobs(tmp_path))) == ("truncated", 2)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
@pytest.mark.parametrize("lenient", [False, True], ids=["plain", "after the engine was imported"])
def test_09_half_a_picture_without_a_length_is_corrupt(server, ask, tmp_path, kind, lenient):
    if lenient:
        import weasyprint  # noqa: F401 - it tells Pillow to put up with half a picture
    whole = encode(noise(90, 80), kind)
    server.on(USER_IMAGE, until_close(whole[: len(whole) // 2]))
    (found,) = ask(USER_IMAGE)
    assert (found.reason, blobs(tmp_path)) == ("corrupt", [])
    server.on(USER_IMAGE, until_close(whole))
    assert isinstance(ask(USER_IMAGE)[0], StoredImage)


def test_10_a_reset_is_survived(server, ask):
    server.on(USER_IMAGE, reset(PNG), reply(PNG))
    (found,) = ask(USER_IMAGE)
    assert isinstance(found, StoredImage), found


@pytest.mark.parametrize(
    "answer", [silence(), dripping_body(PNG), dripping_headers()], ids=["silence", "body", "headers"]
)
def test_10_the_deadline_holds_over_all_tries(server, ask, answer):
    server.on(USER_IMAGE, answer)
    began = time.monotonic()
    (found,) = ask(USER_IMAGE, limits={"total_seconds": 1.2})
    assert found.reason == "timeout"
    assert time.monotonic() - began < 2.2


# --- 11 to 13: redirects, private addresses, tokens -------------------------------------------------------


def test_11_redirects_end(server, ask):
    names = [f"https://raw.githubusercontent.com/o/r/main/{n}.png" for n in range(8)]
    for one, other in itertools.pairwise(names):
        server.on(one, redirect(other))
    server.on(names[5], reply(PNG))
    server.on(names[0].replace("/0.", "/loop."), redirect(names[0].replace("/0.", "/loop.")))
    found = ask(names[0], names[0].replace("/0.", "/loop."))
    assert isinstance(found[0], StoredImage), "five hops are allowed"
    assert found[1].reason == "redirects"
    server.on("https://raw.githubusercontent.com/o/r/x/0.png", redirect(names[0]))
    assert ask("https://raw.githubusercontent.com/o/r/x/0.png")[0].reason == "redirects"


@pytest.mark.parametrize(
    "target",
    [
        "http://user-images.githubusercontent.com/1.png",
        "file:///etc/hostname",
        "ftp://github.com/a.png",
        "https://evil.example.org/a.png",
        "https://user@raw.githubusercontent.com/o/r/main/a.png",
        "https://raw.githubusercontent.com:8443/o/r/main/a.png",
        "https://github.com.evil.example.org/user-attachments/assets/a",
        "https://github.com/user-attachments/%2e%2e/settings",
        "https://github.com/user-attachments/../settings",
        "https://github.com/settings",
        "https://127.0.0.1\\@github.com/user-attachments/a",
    ],
)
def test_11_a_redirect_leads_nowhere_that_the_policy_forbids(server, ask, target):
    server.on(ATTACHMENT, redirect(target))
    (found,) = ask(ATTACHMENT)
    assert found.reason == ("redirects" if "\\" in target else "blocked")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "target",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.0.0.1",
     "localhost", "[fe80::1]"],
)  # fmt: skip
@pytest.mark.parametrize("any_host", [False, True])
def test_12_a_bare_or_private_address_is_never_asked(server, ask, monkeypatch, target, any_host):
    connected = watch_connections(monkeypatch)
    server.on(ATTACHMENT, redirect(f"https://{target}/a.png"))
    (found,) = ask(ATTACHMENT, allow_any_host=any_host)
    assert found.reason == "blocked"
    assert connected == [server.port]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "::1", "64:ff9b::7f00:1", "224.0.0.1", "100.64.0.1"]
)
def test_12_a_name_that_leads_to_a_private_address_is_never_asked(server, ask, monkeypatch, address):
    connected = watch_connections(monkeypatch)
    server.addresses["rebound.example.org"] = (PUBLIC, address)
    (found,) = ask("https://rebound.example.org/a.png", allow_any_host=True)
    assert (found.reason, connected) == ("private-address", [])


def test_12_a_name_is_looked_up_once_so_a_second_answer_cannot_lead_away(server, ask, monkeypatch):
    connected = watch_connections(monkeypatch)
    answers = iter([(PUBLIC,), ("127.0.0.1",), ("127.0.0.1",)])
    server.addresses["rebound.example.org"] = lambda: next(answers)
    first, second = "https://rebound.example.org/a.png", "https://rebound.example.org/b.png"
    server.on(first, status(503), reply(PNG))
    server.on(second, reply(JPEG))
    found = ask(first, second, allow_any_host=True)
    assert [one.kind for one in found] == ["png", "jpeg"]
    assert set(connected) == {server.port}


def watch_connections(monkeypatch):
    """Ports that were connected to."""
    ports = []
    connect = socket.socket.connect

    def watched(self, address):
        ports.append(address[1])
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    return ports


def test_13_a_token_goes_to_the_attachment_and_nowhere_else(server, ask, monkeypatch, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".netrc").write_text("default login a password ghp_netrc\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NETRC", str(tmp_path / "home" / ".netrc"))
    raw = "https://raw.githubusercontent.com/o/r/main/a.png"
    server.on(ATTACHMENT, status(404), redirect(SIGNED))
    server.on(SIGNED, reply(PNG))
    server.on(raw, reply(PNG))
    server.on(USER_IMAGE.replace("2cbb", "1cbb"), reply(PNG))
    found = ask(ATTACHMENT, raw, USER_IMAGE.replace("2cbb", "1cbb"), token="ghp_secret")
    assert all(isinstance(one, StoredImage) for one in found), found
    with_token = [(one.host, one.path) for one in server.seen if "Authorization" in one.headers]
    assert with_token == [("github.com", f"/user-attachments/assets/{UUID}")]
    assert server.asked("github.com") == [f"/user-attachments/assets/{UUID}"] * 2, "anonymously first"
    assert not any("ghp_netrc" in str(one.headers) or "Cookie" in one.headers for one in server.seen)
    (tmp_path / "home" / ".netrc").unlink()


def test_13_a_private_attachment_through_the_markdown_api(server, ask):
    signed = f"https://private-user-images.githubusercontent.com/1/5-{UUID}.png?jwt=eyJh.J9"
    server.on(ATTACHMENT, status(404))
    server.on("https://api.github.com/markdown", reply(f'<p><img src="{signed}"></p>'.encode()))
    server.on(signed, reply(PNG))
    (found,) = ask(ATTACHMENT, token="ghp_secret")
    assert isinstance(found, StoredImage), found
    assert [one.host for one in server.seen if "Authorization" in one.headers] == [
        "github.com",
        "api.github.com",
    ]


def test_13_a_private_file_through_the_contents_api(server, ask):
    server.on("https://api.github.com/repos/o/r/contents/img/a.png?ref=main", reply(PNG))
    (found,) = ask("https://github.com/o/r/blob/main/img/a.png", token="ghp_secret")
    assert isinstance(found, StoredImage), found


def test_13_a_strict_policy_never_uses_the_token(server, ask):
    (found,) = ask(ATTACHMENT, token="ghp_secret", strict=True)
    assert found.reason == "missing"
    assert not any("Authorization" in one.headers for one in server.seen)


# --- 14 and 15: too much, or no picture -------------------------------------------------------------------


def test_14_too_much_is_stopped_at_the_cap(server, ask, tmp_path):
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", compresslevel=9) as packed:
        packed.write(b"\x89PNG\r\n\x1a\n")
        for _ in range(200):
            packed.write(bytes(1 << 20))
    urls = [f"https://raw.githubusercontent.com/o/r/main/{n}.png" for n in range(3)]
    server.on(urls[0], reply(bomb.getvalue(), content_encoding="gzip"))
    server.on(urls[1], endless(100 << 20))
    server.on(urls[2], endless(0, content_length=100 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    found = ask(*urls, limits={"total_seconds": 20})
    assert [one.reason for one in found] == ["too-large"] * 3
    assert time.monotonic() - began < 8
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024, "KiB more at the peak"
    assert blobs(tmp_path) == []


def test_14_a_build_has_a_cap_of_its_own(server, ask):
    big = encode(noise(200, 200))
    urls = [f"https://raw.githubusercontent.com/o/r/main/{n}.png" for n in range(4)]
    for url in urls:
        server.on(url, reply(big))
    found = ask(*urls, limits={"build_bytes": len(big) * 2 + 100, "workers": 1})
    assert [getattr(one, "reason", "stored") for one in found] == ["stored", "stored", "budget", "budget"]


@pytest.mark.parametrize(
    ("answer", "reason", "count"),
    [
        (reply(HTML, kind="text/html"), "html", 1),
        (reply(HTML, kind="image/png"), "html", 1),
        (reply(b""), "empty", 2),
        (status(204), "empty", 1),
        (reply(MP4, kind="image/png"), "video", 1),
        (reply(b"%PDF-1.7\n" + bytes(99)), "not-image", 1),
        (reply(b"hello"), "not-image", 1),
        (status(403), "no-rights", 1),
        (status(451), "no-rights", 1),
        (status(400), "missing", 1),
        (status(418), "missing", 1),
    ],
)
def test_15_what_is_no_picture_says_what_it_is(server, ask, tmp_path, answer, reason, count):
    server.on(ATTACHMENT, answer)
    (found,) = ask(ATTACHMENT)
    assert (found.reason, len(server.seen), blobs(tmp_path)) == (reason, count, [])
    assert found.detail
    assert found.hint


# --- 16, 20: what is remembered ---------------------------------------------------------------------------


def test_16_a_clear_no_is_believed_for_an_hour_and_asked_again_on_request(server, ask):
    uses = (USER_IMAGE, USER_IMAGE, USER_IMAGE)
    first = ask(*uses)
    assert first[0] is first[2]
    assert (first[0].reason, first[0].detail) == ("missing", "404: not found")
    assert ask(*uses) == first
    assert len(server.seen) == 1
    later = server.network(now=lambda: time.time() + 3601)
    ask(USER_IMAGE, network=later)
    ask(USER_IMAGE, refresh=True)
    assert len(server.seen) == 3
    server.on(USER_IMAGE, reply(PNG))
    assert isinstance(ask(USER_IMAGE, refresh=True)[0], StoredImage)


def test_16_trouble_on_the_way_is_not_remembered(server, ask):
    server.on(USER_IMAGE, *[status(503)] * 4, reply(PNG))
    assert ask(USER_IMAGE)[0].reason == "server-error"
    assert isinstance(ask(USER_IMAGE)[0], StoredImage)


def test_20_a_pinned_picture_keeps_its_bytes(server, ask, blog, tmp_path):
    url = "https://raw.githubusercontent.com/o/r/main/a.png"
    server.on(url, reply(PNG))
    (first,) = ask(url)
    server.on(url, reply(JPEG))
    assert ask(url) == (first,)
    lock = (blog / "yearbook.lock").read_text()
    first.path.chmod(0o644)
    first.path.unlink()
    (second,) = ask(url)
    assert second.reason == "pin-mismatch"
    assert sha(PNG)[:12] in second.detail
    assert sha(JPEG)[:12] in second.detail
    assert (blog / "yearbook.lock").read_text() == lock
    server.on(url, reply(PNG))
    assert ask(url)[0].sha256 == sha(PNG)


# --- 19, 21, 22: the disk ---------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["flip", "cut", "delete", "entry"])
def test_19_damage_is_healed_online_and_reported_offline(server, ask, blog, tmp_path, damage):
    server.on(USER_IMAGE, reply(PNG))
    (first,) = ask(USER_IMAGE)
    hurt(first.path, damage, tmp_path)
    (found,) = ask(USER_IMAGE, offline=True)
    if damage == "entry":
        assert isinstance(found, StoredImage), "the lock file knows the digest"
    else:
        assert found.reason == ("offline" if damage == "delete" else "damaged")
    (found,) = ask(USER_IMAGE)
    assert (found.sha256, found.path.read_bytes()) == (first.sha256, PNG)
    assert len(server.seen) == (1 if damage == "entry" else 2)


def hurt(path, damage, tmp_path):
    path.chmod(0o644)
    if damage == "flip":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "delete":
        path.unlink()
    else:
        for entry in (tmp_path / "cache").glob("v1/index/*/*.json"):
            entry.write_text(entry.read_text()[:20])


def test_19_without_a_lock_file_damage_is_healed_as_well(server, ask, blog, tmp_path):
    server.on(USER_IMAGE, reply(PNG))
    (first,) = ask(USER_IMAGE)
    (blog / "yearbook.lock").unlink()
    hurt(first.path, "flip", tmp_path)
    assert ask(USER_IMAGE, offline=True)[0].reason == "damaged"
    assert ask(USER_IMAGE)[0].path.read_bytes() == PNG


def test_21_offline_opens_no_socket(server, ask, monkeypatch):
    server.on(USER_IMAGE, reply(PNG))
    (first,) = ask(USER_IMAGE)

    def refuse(*args, **kwargs):
        message = "a socket was opened"
        raise AssertionError(message)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    network = dataclasses.replace(server.network(), resolve=refuse)
    gone = USER_IMAGE.replace("2cbb", "3cbb")
    for changes in ({"offline": True}, {"frozen": True}, {"offline": True, "frozen": True, "refresh": True}):
        found = ask(USER_IMAGE, gone, network=network, **changes)
        assert found[0] == first
        assert found[1].reason == ("not-locked" if "frozen" in changes else "offline")


def test_21_frozen_fetches_what_is_pinned_and_writes_nothing_to_the_blog(server, ask, blog, tmp_path):
    server.on(USER_IMAGE, reply(PNG))
    (first,) = ask(USER_IMAGE)
    lock = (blog / "yearbook.lock").read_bytes()
    first.path.chmod(0o644)
    first.path.unlink()
    other = USER_IMAGE.replace("2cbb", "4cbb")
    server.on(other, reply(JPEG))
    found = ask(USER_IMAGE, other, frozen=True)
    assert found[0] == first
    assert found[1].reason == "not-locked"
    assert (blog / "yearbook.lock").read_bytes() == lock
