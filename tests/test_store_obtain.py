"""What the store gives without a network: folders, the cache, the lock file, bad news as values."""

import base64
import contextlib
import dataclasses
import hashlib
import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from fault_server import PUBLIC, FaultServer, reply, status
from picture_box import ATTACHMENT, PNG, UUID, encode, noise, use
from PIL import Image

import yearbook.store
from yearbook.errors import ConfigError
from yearbook.model import MissingImage, StoredImage
from yearbook.store import ImagePolicy, Limits, obtain, words
from yearbook.store.words import REASONS

URL = "https://user-images.githubusercontent.com/1/147757357-2cbb11a5-3d14-48b1-b714-f1d773d785ef.png"
KEY = f"gh-att:{UUID}"


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    folder = tmp_path / "blog"
    folder.mkdir()
    return folder


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror" / "1"
    folder.mkdir(parents=True)
    Image.new("RGB", (40, 30), "teal").save(folder / Path(URL).name)
    return folder.parent


def policy(mirror: Path, **changes: object) -> ImagePolicy:
    return ImagePolicy(mirrors=(("https://user-images.githubusercontent.com/", str(mirror)),), **changes)


def test_a_mirror_folder_fills_the_cache_and_pins_the_picture(blog, mirror, tmp_path):
    (first,) = obtain([use(URL)], blog_root=blog, cache=tmp_path / "cache", policy=policy(mirror))
    assert isinstance(first, StoredImage)
    assert (first.key, first.kind, first.width_px, first.height_px) == (KEY, "png", 40, 30)
    assert first.sha256 in (blog / "yearbook.lock").read_text()
    (again,) = obtain([use(URL)], blog_root=blog, cache=tmp_path / "cache", policy=ImagePolicy(offline=True))
    assert again == first


def test_outcomes_keep_the_order_of_the_uses_and_equal_addresses_share_one(blog, mirror, tmp_path):
    gone = URL.replace("2cbb", "dead")
    uses = [use(gone), use(URL), use(gone), use(URL + "#gh-light-mode-only")]
    found = obtain(uses, blog_root=blog, cache=tmp_path / "cache", policy=policy(mirror))
    assert [type(one) for one in found] == [MissingImage, StoredImage, MissingImage, StoredImage]
    assert found[0] is found[2]
    assert found[1] == found[3]


def test_offline_without_the_picture_is_a_value_that_says_what_to_do(blog, tmp_path):
    (found,) = obtain([use(URL)], blog_root=blog, cache=tmp_path / "cache", policy=ImagePolicy(offline=True))
    assert isinstance(found, MissingImage)
    assert (found.key, found.url, found.reason) == (KEY, URL, "offline")
    assert "yearbook fetch" in found.hint


def test_files_of_the_blog_are_proven_and_used_in_place(blog, tmp_path):
    Image.new("L", (5, 4)).save(blog / "그림.png")
    (blog / "half.png").write_bytes((blog / "그림.png").read_bytes()[:-30])
    uses = [
        use(local=blog / "그림.png"),
        use(local=blog / "half.png"),
        use(local=blog / "none.png"),
        use(src="x.png"),
    ]
    found = obtain(uses, blog_root=blog, cache=tmp_path / "cache", policy=ImagePolicy())
    assert isinstance(found[0], StoredImage)
    assert (found[0].key, found[0].path) == ("file:그림.png", blog / "그림.png")
    assert [one.reason for one in found[1:]] == ["corrupt", "missing", "missing"]
    assert not (blog / "yearbook.lock").exists(), "the blog's own files need no pin"


def test_a_damaged_lock_file_stops_the_build(blog, tmp_path):
    (blog / "yearbook.lock").write_text("version = 1\n[[image]]\nkey = 'a'\n")
    with pytest.raises(ConfigError, match=r"yearbook\.lock cannot be understood"):
        obtain([], blog_root=blog, cache=tmp_path / "cache", policy=ImagePolicy())


# --- files: nothing outside the blog ----------------------------------------------------------------------


def test_23_no_file_outside_the_blog_is_read(blog, tmp_path):
    outside = tmp_path / "outside.png"
    outside.write_bytes(PNG)
    (blog / "link.png").symlink_to(outside)
    (blog / "folder").symlink_to(tmp_path)
    (blog / "loop.png").symlink_to(blog / "loop.png")
    os.mkfifo(blog / "pipe.png")
    (blog / "inside.png").write_bytes(PNG)
    (blog / "alias.png").symlink_to(blog / "inside.png")
    names = ["link.png", "../outside.png", "folder/outside.png", "loop.png", "pipe.png", ".", "alias.png"]
    uses = [use(local=blog / name) for name in names]
    found = obtain(uses, blog_root=blog, cache=tmp_path / "cache", policy=ImagePolicy())
    reasons = [getattr(one, "reason", "stored") for one in found]
    assert reasons == ["outside", "outside", "outside", "missing", "missing", "missing", "stored"]
    assert not any(str(tmp_path) in one.detail + one.url for one in found[:-1])


def test_a_mirror_folder_is_never_left(blog, tmp_path):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (mirror / "link.png").symlink_to(tmp_path / "secret.png")
    mirrors = (("https://img.example.org/", str(mirror)),)
    urls = [
        f"https://img.example.org/{name}" for name in ("link.png", "..%2fsecret.png", "%2e%2e/secret.png")
    ]
    found = obtain(
        [use(url) for url in urls],
        blog_root=blog,
        cache=tmp_path / "cache",
        policy=ImagePolicy(mirrors=mirrors),
    )
    assert [one.reason for one in found] == ["outside", "missing", "missing"]


def test_a_mirror_folder_finds_an_attachment_that_was_saved_with_an_extension(blog, tmp_path):
    folder = tmp_path / "mirror" / "user-attachments" / "assets"
    folder.mkdir(parents=True)
    (folder / f"{UUID}.png").write_bytes(PNG)
    mirrors = (("https://github.com/", str(tmp_path / "mirror")),)
    (found,) = obtain(
        [use(ATTACHMENT)], blog_root=blog, cache=tmp_path / "cache", policy=ImagePolicy(mirrors=mirrors)
    )
    assert found.kind == "png"


def test_a_file_over_the_cap_is_not_read(blog, tmp_path):
    (blog / "big.png").write_bytes(PNG + bytes(5000))
    limited = ImagePolicy(limits=Limits(file_bytes=5000))
    (found,) = obtain([use(local=blog / "big.png")], blog_root=blog, cache=tmp_path / "cache", policy=limited)
    assert found.reason == "too-large"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"data:image/png;base64,{base64.b64encode(PNG).decode()}", "png"),
        (f"DATA:image/jpeg;base64,{base64.b64encode(PNG).decode()}", "png"),
        (f"data:image/png;base64,{base64.b64encode(PNG[:99]).decode()}", "corrupt"),
        ("data:image/png;base64,AAA", "corrupt"),
        ("data:image/svg+xml;base64,PHN2Zy8+", "malformed"),
        ("data:text/html,<b>", "malformed"),
        ("data:", "malformed"),
    ],
)
def test_pictures_written_into_the_address(blog, tmp_path, address, expected):
    (found,) = obtain(
        [use(address)], blog_root=blog, cache=tmp_path / "cache", policy=ImagePolicy(offline=True)
    )
    assert getattr(found, "reason", getattr(found, "kind", "")) == expected
    assert len(getattr(found, "url", "")) < 10
    assert not (blog / "yearbook.lock").exists()


# --- the blog's own repository ----------------------------------------------------------------------------


@pytest.fixture
def checkout(blog):
    """A repository with a picture on `main`, another on `side/branch`, and a third one only long ago."""

    def git(*arguments):
        settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *settings, *arguments], cwd=blog, capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q", "-b", "main")
    (blog / "old.png").write_bytes(encode(noise(seed=11)))
    git("add", "."), git("commit", "-q", "-m", "old")
    old = git("rev-parse", "HEAD")
    git("checkout", "-q", "-b", "side/branch")
    (blog / "side.png").write_bytes(encode(noise(seed=12)))
    git("add", "."), git("commit", "-q", "-m", "side")
    git("checkout", "-q", "main")
    git("rm", "-q", "old.png")
    (blog / "static").mkdir()
    (blog / "static" / "그림.png").write_bytes(encode(noise(seed=13)))
    git("add", "."), git("commit", "-q", "-m", "new")
    return old


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_pictures_of_the_blog_s_own_repository_come_from_the_checkout(blog, checkout, tmp_path):
    urls = [
        "https://raw.githubusercontent.com/Owner/Blog/main/static/그림.png",
        "https://github.com/owner/blog/blob/main/static/%EA%B7%B8%EB%A6%BC.png?raw=true",
        "https://github.com/owner/blog/raw/side/branch/side.png",
        f"https://cdn.jsdelivr.net/gh/owner/blog@{checkout}/old.png",
        "https://raw.githubusercontent.com/owner/blog/main/old.png",
        "https://raw.githubusercontent.com/owner/blog/main/../../etc/hostname",
        "https://raw.githubusercontent.com/owner/blog/--output=x/a.png",
        "https://raw.githubusercontent.com/other/blog/main/static/그림.png",
    ]
    own = ImagePolicy(offline=True, repository="owner/blog")
    found = obtain([use(url) for url in urls], blog_root=blog, cache=tmp_path / "cache", policy=own)
    seeds = [13, 13, 12, 11]
    assert [one.path.read_bytes() for one in found[:4]] == [encode(noise(seed=seed)) for seed in seeds]
    assert [one.reason for one in found[4:]] == ["offline"] * 4
    assert found[0].path == blog / "static" / "그림.png"
    assert not (blog / "yearbook.lock").exists(), "the repository itself is the pin"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_an_lfs_pointer_in_the_checkout_leads_to_git_s_own_store(blog, checkout, tmp_path):
    oid = hashlib.sha256(PNG).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(PNG)}\n"
    (blog / "large.png").write_text(pointer)
    own = ImagePolicy(offline=True, repository="owner/blog")
    uses = [use("https://raw.githubusercontent.com/owner/blog/main/large.png"), use(local=blog / "large.png")]
    before = obtain(uses, blog_root=blog, cache=tmp_path / "cache", policy=own)
    assert [one.reason for one in before] == ["offline", "lfs-pointer"]
    home = blog / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4]
    home.mkdir(parents=True)
    (home / oid).write_bytes(PNG)
    (found, _) = obtain(uses, blog_root=blog, cache=tmp_path / "cache", policy=own)
    assert found.path.read_bytes() == PNG


# --- other roads ------------------------------------------------------------------------------------------


def test_an_enterprise_server_with_a_private_address_gets_its_token(blog, tmp_path):
    url = "https://git.example.org/o/r/assets/1/2cbb11a5-3d14-48b1-b714-f1d773d785ef"
    with FaultServer() as server:
        server.addresses["git.example.org"] = ("127.0.0.1",)
        route = {"route": lambda address, _: (address, server.port)}
        server.on(url, status(404), reply(PNG))
        policy = server.policy(enterprise_hosts=("git.example.org",), enterprise_token="ghe_1", token="ghp_1")
        (found,) = obtain(
            [use(url)],
            blog_root=blog,
            cache=tmp_path / "cache",
            policy=policy,
            network=server.network(**route),
        )
        assert found.key == "git.example.org/gh-att:2cbb11a5-3d14-48b1-b714-f1d773d785ef"
        assert [one.headers.get("Authorization") for one in server.seen] == [None, "Bearer ghe_1"]


def test_a_server_that_proves_to_be_another_is_not_believed(blog, tmp_path):
    with FaultServer() as server:
        stranger = "https://pictures.example.net/a.png"
        server.on(stranger, reply(PNG))
        policy = server.policy(allow_any_host=True)
        options = {"blog_root": blog, "cache": tmp_path / "cache", "network": server.network()}
        (found,) = obtain([use(stranger)], policy=policy, **options)
        assert found.reason == "certificate"
        (found,) = obtain([use(ATTACHMENT)], policy=dataclasses.replace(policy, ca_bundle=""), **options)
        assert found.reason == "certificate"
        assert server.seen == []


def test_a_host_that_cannot_be_reached_costs_its_tries_once(blog, tmp_path):
    with FaultServer() as server:
        server.addresses["raw.githubusercontent.com"] = ()
        urls = [f"https://raw.githubusercontent.com/o/r/main/{n}.png" for n in range(40)]
        server.on(ATTACHMENT, reply(PNG))
        looked_up = []
        network = server.network()
        counted = dataclasses.replace(
            network, resolve=lambda host, port: looked_up.append(host) or network.resolve(host, port)
        )
        found = obtain(
            [use(url) for url in (*urls, ATTACHMENT)], blog_root=blog, cache=tmp_path / "cache",
            policy=server.policy(), network=counted,
        )  # fmt: skip
        assert {one.reason for one in found[:-1]} == {"unreachable"}
        assert isinstance(found[-1], StoredImage)
        assert looked_up.count("raw.githubusercontent.com") <= 4 * 4


def test_the_second_address_is_tried_when_the_first_does_not_answer(blog, tmp_path):
    with FaultServer() as server:
        server.addresses["github.com"] = ("140.82.121.9", PUBLIC)

        def route(address, port):
            return ("127.0.0.1", server.port if address == PUBLIC else 1)

        server.on(ATTACHMENT, reply(PNG))
        (found,) = obtain(
            [use(ATTACHMENT)], blog_root=blog, cache=tmp_path / "cache", policy=server.policy(),
            network=server.network(route=route),
        )  # fmt: skip
        assert isinstance(found, StoredImage)


def test_through_a_proxy_no_name_is_looked_up_here(blog, tmp_path):
    with FaultServer() as server, Proxy(server.port) as proxy:

        def refuse(host, port):
            message = f"{host} was looked up"
            raise AssertionError(message)

        server.on(ATTACHMENT, reply(PNG))
        policy = server.policy(proxies=(("https", f"http://127.0.0.1:{proxy.port}"),))
        network = dataclasses.replace(server.network(), resolve=refuse)
        options = {"blog_root": blog, "cache": tmp_path / "cache", "policy": policy, "network": network}
        found = obtain([use(ATTACHMENT), use("https://10.0.0.1/a.png")], **options)
        assert isinstance(found[0], StoredImage)
        assert found[1].reason == "blocked"
        assert [line.rpartition(" ")[0] for line in proxy.asked] == ["CONNECT github.com:443"]


class Proxy:
    """Joins every CONNECT to one port of this machine."""

    def __init__(self, port):
        self.target, self.asked = port, []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client):
        with (
            client,
            socket.create_connection(("127.0.0.1", self.target)) as server,
            contextlib.suppress(OSError),
        ):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.asked.append(head.split(b"\r\n")[0].decode())
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join(2)

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


def test_progress_is_told_in_the_caller_s_thread(blog, tmp_path):
    class Watch:
        def __init__(self):
            self.heard, self.threads = [], set()

        def planned(self, count):
            self.note("planned", count)

        def fetched(self, url, bytes):
            self.note(url, bytes)

        def done(self):
            self.note("done")

        def note(self, *words):
            self.heard.append(words)
            self.threads.add(threading.current_thread())

    with FaultServer() as server:
        server.on(ATTACHMENT, reply(PNG))
        watch = Watch()
        options = {"blog_root": blog, "cache": tmp_path / "cache", "network": server.network()}
        gone = URL.replace("2cbb", "0000")
        obtain([use(ATTACHMENT), use(gone)], policy=server.policy(), progress=watch, **options)
        assert watch.heard[0] == ("planned", 2)
        assert set(watch.heard[1:3]) == {(ATTACHMENT, len(PNG)), (gone, 0)}
        assert watch.heard[3:] == [("done",)]
        assert watch.threads == {threading.main_thread()}
        watch = Watch()
        obtain([use(ATTACHMENT)], policy=server.policy(), progress=watch, **options)
        assert watch.heard == [], "a hit is silent"


def test_two_addresses_of_one_picture_help_each_other(blog, tmp_path):
    with FaultServer() as server:
        server.on(ATTACHMENT, reply(PNG))
        found = obtain(
            [use(URL), use(ATTACHMENT)], blog_root=blog, cache=tmp_path / "cache", policy=server.policy(),
            network=server.network(),
        )  # fmt: skip
        assert found[0] is found[1]
        assert isinstance(found[0], StoredImage)
        assert [one.host for one in server.seen] == ["user-images.githubusercontent.com", "github.com"]


def test_the_lock_file_is_the_same_whatever_the_order(mirror, tmp_path):
    texts = set()
    Image.new("RGB", (8, 8)).save(mirror / "1" / "b.png")
    urls = [URL, "https://user-images.githubusercontent.com/1/b.png"]
    for number, order in enumerate((urls, urls[::-1])):
        folder = tmp_path / f"blog{number}"
        folder.mkdir()
        obtain(
            [use(u) for u in order], blog_root=folder, cache=tmp_path / f"c{number}", policy=policy(mirror)
        )
        texts.add((folder / "yearbook.lock").read_text())
    assert len(texts) == 1


def test_every_reason_has_a_remedy_and_a_row_in_the_manual():
    manual = (Path(__file__).parent.parent / "docs" / "images.md").read_text(encoding="utf-8")
    source = "".join(path.read_text() for path in (Path(yearbook.store.__file__).parent).glob("*.py"))
    for reason in REASONS:
        assert f"| `{reason}` |" in manual
        assert f'"{reason}"' in source.replace(Path(words.__file__).read_text(), ""), (
            f"{reason} is never given"
        )
