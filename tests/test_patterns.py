"""Patterns that are kept: the same ones, from modules only, and none where Python would keep nothing."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from yearbook import lazy
from yearbook.patterns import Patterns, use_patterns

TRICKY = (
    ("plain", 0), ("(?P<year>\\d{4})-(?P<month>\\d\\d)", 0), ("[가-힣ぁ-ゖ一-鿋]{2,}", re.IGNORECASE),
    ("(a)|(?P<b>b)(?:c)(?(1)d|e)", re.VERBOSE), ("\ud800?x", 0), ("(?i:ä)[^\\W\\d]", re.MULTILINE),
    ("same", re.DOTALL),
)  # fmt: skip


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module with patterns of every kind."""
    path = tmp_path / "has_patterns.py"
    made = [f"re.compile({text!r}, {int(flags)})" for text, flags in TRICKY]
    made.append("re.compile(b'[a-z]+\\\\xff')")
    path.write_text(f"import re\nre.purge()\nMADE = [{', '.join(made)}]\n", "utf-8")
    return path


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """No pattern is taken from the library's own short memory, in these tests or after them."""
    re.purge()
    yield
    re.purge()


def load(path: Path) -> list[re.Pattern[str]]:
    spec = importlib.util.spec_from_file_location("has_patterns", path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return list(loaded.MADE)


def learn(module: Path, file: Path) -> list[re.Pattern[str]]:
    patterns = Patterns(file)
    patterns.use()
    try:
        made = load(module)
    finally:
        patterns.drop()
    patterns.keep()
    return made


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python may write what it compiled, whatever the environment says."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.mark.usefixtures("writes")
def test_a_pattern_that_is_known_is_the_one_that_would_be_compiled(module: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    plain = load(module)
    learn(module, file)
    re.purge()
    patterns = Patterns(file)
    compiled: list[object] = []
    real = patterns._compile
    patterns._compile = lambda *given: (compiled.append(given), real(*given))[1]
    patterns.use()
    try:
        again = load(module)
    finally:
        patterns.drop()
    assert compiled == []
    assert again == plain  # a pattern equals another of the same text, flags and program
    assert [p.groupindex for p in again] == [p.groupindex for p in plain]
    found = again[1].match("2026-11")
    assert found is not None
    assert found["month"] == "11"


@pytest.mark.usefixtures("writes")
def test_what_is_compiled_while_a_book_is_made_is_not_kept(tmp_path: Path) -> None:
    patterns = Patterns(tmp_path / "kept")
    patterns.use()
    try:
        for number in range(20):
            re.compile(f"a word of somebody's post {number}")
        patterns.keep()
        assert not (tmp_path / "kept").exists()
        assert all(lazy.later(f"ours {number}").match(f"ours {number}") for number in range(20))
    finally:
        patterns.drop()
    patterns.keep()
    assert [text for text, _ in Patterns(tmp_path / "kept")._known] == [f"ours {n}" for n in range(20)]


@pytest.mark.usefixtures("writes")
def test_a_pattern_that_is_another_each_time_is_not_written_each_time(module: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    learn(module, file)
    before = file.read_bytes()
    for number in range(5):
        module.write_text(f"import re\nMADE = [re.compile('put together {number}')]", "utf-8")
        learn(module, file)
    assert file.read_bytes() == before


@pytest.mark.usefixtures("writes")
def test_what_grew_too_large_is_begun_anew(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept"
    learn(module, file)
    monkeypatch.setattr("yearbook.patterns._MOST_BYTES", file.stat().st_size)
    later = [f"re.compile('{letter * 300}')" for letter in "abcdefghij"]
    module.write_text(f"import re\nMADE = [{', '.join(later)}]", "utf-8")
    learn(module, file)
    assert len(Patterns(file)._known) == len(later)


@pytest.mark.usefixtures("writes")
@pytest.mark.parametrize("content", [b"", b"\x00", b"not this", bytes(range(256)) * 40])
def test_a_damaged_file_is_as_none(content: bytes, module: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    file.write_bytes(content)
    assert learn(module, file) == load(module)
    assert Patterns(file)._known


@pytest.mark.usefixtures("writes")
def test_another_python_learns_anew(module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(module, tmp_path / "kept")
    assert Patterns(tmp_path / "kept")._known
    monkeypatch.setattr(sys, "version", "another")
    assert not Patterns(tmp_path / "kept")._known


@pytest.mark.usefixtures("writes")
def test_what_another_process_kept_meanwhile_stays(module: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    first = Patterns(file)
    learn(module, file)
    first._learned = {(f"(ours {n})", 0): (32, b"", 1, {}, (None, None)) for n in range(9)}
    first.keep()
    assert len(Patterns(file)._known) == len(TRICKY) + 1 + 9


def test_nothing_is_written_where_python_writes_nothing(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    learn(module, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    learn(module, tmp_path / "no folder" / "kept")
    assert not (tmp_path / "no folder").exists()


def test_a_python_that_looks_otherwise_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = sys.modules["re._compiler"]
    monkeypatch.delattr(sys.modules["_sre"], "MAGIC")
    before = vars(compiler)["compile"]
    use_patterns("test")()
    assert vars(compiler)["compile"] is before


def test_a_command_keeps_its_patterns_beside_its_modules(tmp_path: Path) -> None:
    environment = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PATH": ""}
    command = [sys.executable, "-m", "yearbook", "list", str(tmp_path / "no blog")]
    for _ in range(2):
        assert subprocess.run(command, check=False, env=environment, timeout=60).returncode == 2
    (file,) = tmp_path.rglob("kept*.command")
    assert len(Patterns(file)._known) > 50
    assert not [*tmp_path.rglob("kept*.command.*")]
