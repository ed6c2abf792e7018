"""Styles that are kept as the engine understood them give the same pages; what may differ is read again."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from yearbook import kept
from yearbook.assets import asset_dir
from yearbook.compose import page_css
from yearbook.fonts import write_fontconfig
from yearbook.trims import TRIMS
from yearbook.typeset import Press, sheets
from yearbook.typeset.tune import untune

HTML = """<html lang="ko"><body><article class="chapter" id="a"><div class="text"><h2>제목</h2>
<p>봄이 오면 <em>골목</em>의 <code>나무</code>가 <span class='note' data-number='1'>주</span> 먼저 안다.</p>
<ol style="list-style-type: hangul-consonant"><li>첫째</li></ol><ul><li>하나</li></ul>
<table><tr><th>가</th><td>나</td></tr></table><p class="odd">끝</p></div></article></body></html>"""


@pytest.fixture(autouse=True)
def engine_as_it_was() -> Iterator[None]:
    untune()
    yield
    untune()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where styles are kept in this test."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(kept, "place_of", lambda name: tmp_path / name)
    return tmp_path / "styles"


@pytest.fixture(scope="module")
def font_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fontconfig(asset_dir("fonts"), tmp_path_factory.mktemp("fonts"))


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was taken from what is kept."""
    taken: list[bytes] = []
    unpack = sheets._unpack
    monkeypatch.setattr(sheets, "_unpack", lambda own: (taken.append(own), unpack(own))[1])
    return taken


def house_css(more: str = "") -> str:
    files = sorted(asset_dir("styles").glob("*.css"))
    styles = "".join(path.read_text("utf-8") for path in files if path.stem != "safe")
    return page_css(TRIMS["a5"], 3, facing=False) + styles + more


def pull(css: str, font_config: Path) -> tuple[Any, Any]:
    untune()
    press = Press(css=css, fonts=asset_dir("fonts"), font_config=font_config)
    return press.draw(press.lay(HTML, images={})), press.notices


def test_kept_styles_give_the_pages_and_the_complaints_of_read_ones(
    place: Path, font_config: Path, packed: list[bytes]
) -> None:
    css = house_css(".odd { colour: red; color: #123 } .odd:is(p) { margin: 1mm }")
    read = pull(css, font_config)
    assert place.exists()
    assert not packed
    assert pull(css, font_config) == read
    assert len(packed) == 1
    assert any("colour" in notice.text for notice in read[1])
    other = pull(css.replace("#123", "#321"), font_config)
    assert len(packed) == 1
    assert other[0] != read[0]


def test_a_few_are_kept_and_the_newest(place: Path, font_config: Path, packed: list[bytes]) -> None:
    styles = [house_css(f".odd {{ margin: {n}mm }}") for n in range(5)]
    pages = [pull(css, font_config) for css in styles]
    assert pull(styles[-1], font_config) == pages[-1]
    assert len(packed) == 1
    assert pull(styles[0], font_config) == pages[0]
    assert len(packed) == 1


@pytest.mark.parametrize(
    "css",
    [
        "@font-face { font-family: x; src: local(y) }",
        "@import url(https://a.example/x.css);",
        "li { display: list-item }",  # here the engine's own sheet is used
    ],
)
def test_what_reaches_beyond_its_sheet_is_read_each_time(css: str, place: Path, font_config: Path) -> None:
    pull(css + house_css(), font_config)
    assert not place.exists()


@pytest.mark.parametrize("content", [b"", b"not this", bytes(range(256)) * 40])
def test_a_damaged_file_is_as_none(content: bytes, place: Path, font_config: Path) -> None:
    place.write_bytes(content)
    assert pull(house_css(), font_config)[0].leaves
    assert place.read_bytes() != content


def test_another_engine_reads_anew(
    place: Path, font_config: Path, packed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(house_css(), font_config)
    monkeypatch.setattr("cssselect2.__version__", "another")
    pull(house_css(), font_config)
    assert not packed
