"""What the store gives without a network: folders, the cache, the lock file, bad news as values."""

from pathlib import Path

import pytest
from PIL import Image

from yearbook.errors import ConfigError
from yearbook.model import ImageUse, MissingImage, StoredImage
from yearbook.store import ImagePolicy, obtain

URL = "https://user-images.githubusercontent.com/1/147757357-2cbb11a5-3d14-48b1-b714-f1d773d785ef.png"
KEY = "gh-att:2cbb11a5-3d14-48b1-b714-f1d773d785ef"


def use(url: str = "", local: Path | None = None, src: str = "") -> ImageUse:
    return ImageUse(src=src or url or str(local), place="a.md", line=3, alt="", local=local, url=url)


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
