"""What a file said is remembered by its bytes; whatever else its meaning depends on is asked again."""

import datetime as dt
import os
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from yearbook.dialects import hugo
from yearbook.discover import Survey, read_posts
from yearbook.memo import Memo, dumps, loads
from yearbook.model import LeftOut, Post
from yearbook.readings import digest_of_post

HEAD = 'title: "{}"\ndate: 2021-03-0{}\ntags: [가, b]\nweight: 2\nextra: {{a: 2021-03-04, b: [1.5, null]}}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    blog = tmp_path / "blog"
    (blog / "content").mkdir(parents=True)
    (blog / "hugo.toml").write_text('timeZone = "Asia/Seoul"\n')
    for number in range(1, 6):
        write(blog, f"post-{number}.md", HEAD.format(f"글 {number}", number))
    return blog


def write(blog: Path, place: str, head: str, body: str = "글\n") -> Path:
    path = blog / "content" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{head}\n---\n{body}", encoding="utf-8")
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose meaning was worked out."""
    found: list[str] = []
    open_post = hugo.common.open_post

    def opened(blog: Any, path: Path, *given: Any) -> Any:
        found.append(path.name)
        return open_post(blog, path, *given)

    monkeypatch.setattr(hugo.common, "open_post", opened)
    return found


def read(root: Path) -> Survey:
    memo = Memo(root.parent / "memo")
    survey = read_posts(root, memo=memo)
    memo.catch_up()
    return survey


def test_the_same_bytes_are_not_worked_out_again(root: Path, asked: list[str]) -> None:
    plain = read_posts(root)
    asked.clear()
    assert read(root).readings == plain.readings
    assert sorted(asked) == [f"post-{n}.md" for n in range(1, 6)]
    asked.clear()
    assert read(root).readings == plain.readings
    assert asked == []


def test_only_a_changed_file_is_worked_out_and_its_old_bytes_after_that(root: Path, asked: list[str]) -> None:
    read(root)
    path = root / "content" / "post-2.md"
    before = path.read_bytes()
    for content in (before.replace(b"date: 2021-03-02", b"date: 2021-04-02"), before):
        asked.clear()
        path.write_bytes(content)
        assert read(root).readings == read_posts(root).readings
        assert asked[:1] == ["post-2.md"]
        assert "post-1.md" not in asked[:1]


def test_another_configuration_asks_again(root: Path, asked: list[str]) -> None:
    first = read(root)
    (root / "hugo.toml").write_text('timeZone = "America/Lima"\n')
    asked.clear()
    second = read(root)
    assert len(asked) == 5
    assert first.readings[0].outcome != second.readings[0].outcome


def test_a_bundle_is_asked_again_for_the_pictures_beside_it(root: Path) -> None:
    index = write(root, "trip/index.md", HEAD.format("여행", 9))

    def hero() -> str:
        outcomes = [reading.outcome for reading in read(root).readings]
        return next(post.hero for post in outcomes if isinstance(post, Post) and post.source == index)

    assert hero() == ""
    (index.parent / "cover.jpg").write_bytes(b"")
    assert hero() == "cover.jpg"


def test_links_and_large_files_are_read_anew(root: Path, asked: list[str]) -> None:
    (root / "content" / "link.md").symlink_to("post-1.md")
    write(root, "large.md", HEAD.format("큰 글", 8), body="가" * 400_000)
    read(root)
    asked.clear()
    assert read(root).readings == read_posts(root).readings
    assert sorted(asked[: len(asked) - 7]) == ["large.md", "link.md"]


def test_what_cannot_be_read_is_said_each_time(root: Path) -> None:
    (root / "content" / "bad.md").write_text("---\ndate: [\n---\n")
    assert read(root).readings == read(root).readings == read_posts(root).readings


def test_nobody_waits_for_a_pipe(root: Path) -> None:
    os.mkfifo(root / "content" / "pipe.md")
    [found] = [r.outcome for r in read(root).readings if r.outcome.place.endswith("pipe.md")]
    assert isinstance(found, LeftOut)


def test_a_post_has_one_digest_wherever_it_lies(root: Path, tmp_path: Path) -> None:
    memo = Memo(tmp_path / "other")
    known = [r.outcome for r in read_posts(root, memo=memo).readings]
    moved = root.rename(tmp_path / "elsewhere")
    for here, there in zip(known, [r.outcome for r in read_posts(moved).readings], strict=True):
        assert isinstance(here, Post)
        assert isinstance(there, Post)
        assert digest_of_post(here, memo) == digest_of_post(there, Memo(tmp_path / "none"))


@pytest.mark.parametrize(
    "value",
    [
        MappingProxyType({"a": MappingProxyType({"b": 1})}),
        dt.datetime(2021, 3, 4, 5, tzinfo=ZoneInfo("Asia/Seoul")),
        dt.datetime(2021, 3, 4, tzinfo=dt.timezone(dt.timedelta(hours=9))),
        (dt.date(2021, 3, 4), dt.time(5), dt.UTC),
    ],
)
def test_what_posts_are_made_of_comes_back_as_it_was(value: object) -> None:
    again = loads(dumps(value))
    assert again == value
    assert type(again) is type(value)
