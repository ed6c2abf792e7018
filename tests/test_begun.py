"""Parts that are begun before they are asked for: the book is that from empty caches, whatever was begun."""

import dataclasses
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from test_pieces import PROSE, build, write_blog, write_post

from yearbook import makeup
from yearbook.crew import Crew
from yearbook.makeup import Setter
from yearbook.piece import Piece


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """Five posts; the second one has so many pages that a page more gives later numbers another digit."""
    posts = {f"글{number}": f"{PROSE} `낱말{number}`\n\n" * (80 if number == 1 else 3) for number in range(5)}
    return write_blog(tmp_path / "blog", posts)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of all pieces that workers were given, in order."""
    names: list[str] = []
    give = Crew.give

    def heard(self: Crew, pieces: Sequence[Piece]) -> None:
        names.extend(piece.name for piece in pieces)
        give(self, pieces)

    monkeypatch.setattr(Crew, "give", heard)
    return names


def fresh(blog: Path, tmp_path: Path) -> bytes:
    shutil.rmtree(tmp_path / "cache" / "memo")
    return bytes(build(blog, tmp_path)[0].read_bytes())


def change(blog: Path, pages: int) -> None:
    write_post(blog, "글0", 0, f"{PROSE}\n\n" * 30 * pages)


def test_parts_are_begun_while_others_are_written(blog: Path, tmp_path: Path, given: list[str]) -> None:
    build(blog, tmp_path)
    given.clear()
    change(blog, 3)
    output, report = build(blog, tmp_path)
    content = output.read_bytes()
    assert given[0] == "post-글0"
    assert {"cover", "glance"} <= set(given[1:])
    assert len(given) == len(set(given)) == report.pieces_set
    assert content == fresh(blog, tmp_path)


def test_nothing_is_begun_in_a_first_build(
    blog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Setter, "begin", None)
    build(blog, tmp_path)


@pytest.mark.parametrize("how", ["other", "needless"])
def test_what_was_begun_for_nothing_changes_nothing(
    how: str, blog: Path, tmp_path: Path, given: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    build(blog, tmp_path)
    begin = Setter.begin

    def begin_otherwise(self: Setter, pieces: Iterable[Piece]) -> None:
        changed = [dataclasses.replace(piece, frame=piece.frame.replace("</p>", " </p>")) for piece in pieces]
        if how == "needless":
            changed = [dataclasses.replace(piece, name=f"no-{piece.name}") for piece in changed]
        begin(self, changed)

    monkeypatch.setattr(Setter, "begin", begin_otherwise)
    given.clear()
    change(blog, 3)
    content = build(blog, tmp_path)[0].read_bytes()
    assert given.count("cover") == (2 if how == "other" else 1)
    assert ("no-cover" in given) == (how == "needless")
    monkeypatch.setattr(Setter, "begin", begin)
    assert content == fresh(blog, tmp_path)


def test_where_parts_are_others_than_before_nothing_begun_is_used(
    blog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of pieces is guessed from the last book; a month more makes it another."""
    build(blog, tmp_path)
    counted: list[tuple[str, ...]] = []
    count = makeup._count

    def noted(order: Sequence[Piece], *others: Any) -> Any:
        counted.append(tuple(piece.name for piece in order))
        return count(order, *others)

    monkeypatch.setattr(makeup, "_count", noted)
    for name in ("글2", "글3", "글4"):
        (blog / "content" / f"{name}.md").unlink()
    content = build(blog, tmp_path)[0].read_bytes()
    assert len(counted) == 2
    assert counted[0] != counted[1]  # two posts need no index
    assert content == fresh(blog, tmp_path)
