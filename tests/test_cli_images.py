"""`yearbook fetch` and `yearbook images`: the pictures of a blog, looked after from the command line."""

import json
import shutil
from pathlib import Path

import pytest

from yearbook.cli import main

ROOT = Path(__file__).parent.parent


@pytest.fixture
def blog(tmp_path, monkeypatch):
    """A copy of an example whose pictures lie in folder mirrors, not yet fetched."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YEARBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    shutil.copytree(ROOT / "examples/jekyll-blog", tmp_path / "blog")
    (tmp_path / "blog/yearbook.lock").unlink()
    return tmp_path / "blog"


def images(capsys, *arguments):
    """Exit code and rows of one action."""
    capsys.readouterr()
    code = main(["images", *arguments, "blog", "--json", "-q"])
    return code, json.loads(capsys.readouterr().out)


def test_fetching_fills_the_store_and_the_lock(blog, capsys):
    assert main(["fetch", "blog", "-q"]) == 0
    assert capsys.readouterr().out == "8 of 8 pictures are in the store\n"
    lock = (blog / "yearbook.lock").read_text(encoding="utf-8")
    assert lock.count("[[image]]") == len({line for line in lock.splitlines() if line.startswith("key")})
    assert main(["fetch", "blog", "-q", "--offline"]) == 0
    assert (blog / "yearbook.lock").read_text(encoding="utf-8") == lock


def test_status_before_and_after(blog, capsys):
    code, rows = images(capsys, "status")
    assert (code, {row["state"] for row in rows}) == (0, {"unknown"})
    main(["fetch", "blog", "-q"])
    code, rows = images(capsys, "status")
    assert (code, {row["state"] for row in rows}) == (0, {"cached"})
    assert all(row["uses"] == 1 and row["locked"] for row in rows)


def test_damage_is_found_and_told(blog, capsys, tmp_path):
    main(["fetch", "blog", "-q"])
    code, rows = images(capsys, "verify")
    assert code == 0
    assert all(row["ok"] for row in rows)
    blob = Path(rows[0]["path"])
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    code, rows = images(capsys, "verify")
    assert code == 5
    assert [row["ok"] for row in rows].count(False) == 1


def test_vendored_pictures_need_no_store(blog, capsys, tmp_path):
    main(["fetch", "blog", "-q"])
    code, rows = images(capsys, "vendor")
    assert (code, {row["state"] for row in rows}) == (0, {"copied"})
    shutil.rmtree(tmp_path / "cache")
    shutil.rmtree(blog / ".yearbook/mirror")
    assert main(["fetch", "blog", "-q", "--offline"]) == 0


def test_pruning_lists_and_removes_only_what_nobody_needs(blog, capsys):
    main(["fetch", "blog", "-q"])
    images(capsys, "vendor")
    (blog / ".yearbook/images/stray.png").write_bytes(b"x")
    _, rows = images(capsys, "prune")
    assert [Path(row["path"]).name for row in rows] == ["stray.png"]
    assert (blog / ".yearbook/images/stray.png").exists()
    images(capsys, "prune", "--remove")
    assert not (blog / ".yearbook/images/stray.png").exists()
    assert main(["fetch", "blog", "-q", "--offline"]) == 0


def test_update_asks_nothing_of_addresses_that_cannot_change(blog, capsys):
    main(["fetch", "blog", "-q"])
    _, rows = images(capsys, "update")
    assert {row["state"] for row in rows} <= {"fixed", "unchanged"}


def test_a_table_for_people(blog, capsys):
    main(["fetch", "blog", "-q"])
    capsys.readouterr()
    assert main(["images", "status", "blog"]) == 0
    captured = capsys.readouterr()
    assert "user-images.githubusercontent.com" in captured.out
    assert "cached" in captured.err


def test_a_token_is_wanted_only_when_asked_for(blog, capsys, monkeypatch):
    monkeypatch.delenv("GH_TOKEN", raising=False)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert main(["fetch", "blog", "-q", "--auth"]) == 2
    assert "finds no GitHub token" in capsys.readouterr().err
    monkeypatch.setenv("GH_TOKEN", "secret-token")
    assert main(["fetch", "blog", "-v", "--auth"]) == 0
    captured = capsys.readouterr()
    assert "secret-token" not in captured.out + captured.err
