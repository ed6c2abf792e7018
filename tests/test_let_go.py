"""What a layout holds is let go of as soon as nobody needs it, and what one piece's tries share is shared."""

import gc
import io
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from test_typeset import house_css

from yearbook.assets import asset_dir
from yearbook.fonts import write_fontconfig
from yearbook.typeset import Press
from yearbook.typeset.tune import untune

DIGEST = "a" * 64
PAGE = f'<html lang="ko"><article class="chapter"><p>글</p><img src="yearbook-image:{DIGEST}"></article>'
DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><text y="20">말 &amp; words</text>'
    '<image width="9" height="9" href="data:image/png;base64,{}"/></svg>'
)


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Press]:
    untune()
    fonts = asset_dir("fonts")
    yield Press(css=house_css(), fonts=fonts, font_config=write_fontconfig(fonts, tmp_path))
    untune()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.new("RGB", (90, 60), "teal").save(path)
    return path


def count_reads(press: Press, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of pictures as they are opened."""
    images: Any = __import__("weasyprint.images", fromlist=["images"])
    read: list[str] = []
    fetch = images.fetch
    monkeypatch.setattr(images, "fetch", lambda fetcher, url: (read.append(url), fetch(fetcher, url))[1])
    return read


def test_a_layout_is_let_go_of_without_the_collector(press: Press, photo: Path) -> None:
    gc.disable()
    try:
        laid = press.lay(PAGE, images={DIGEST: photo})
        again = press.lay(PAGE + "<p>다른 글", images={DIGEST: photo}, before=laid)
        boxes = [weakref.ref(own.document.pages[0]._page_box) for own in (laid, again)]
        [picture] = [weakref.ref(own) for own in press._pictures.values() if type(own) is not bytes]
        trees = [weakref.ref(own.paging) for own in (laid, again)]
        press.draw(again)
        del laid, again
        assert [own() for own in (*boxes, *trees, picture)] == [None] * 5
    finally:
        gc.enable()


def test_a_picture_is_opened_once_for_all_tries_of_a_piece(
    press: Press, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = count_reads(press, monkeypatch)
    first = press.lay(PAGE, images={DIGEST: photo})
    second = press.lay(PAGE + "<p>끝", images={DIGEST: photo}, before=first)
    assert len(read) == 1
    shown = press.draw(second).resources
    press.draw(press.lay(PAGE + "<p>끝", images={DIGEST: photo}))
    assert len(read) == 2  # another piece
    assert DIGEST in str(shown)


def test_every_try_tells_of_a_picture_that_cannot_be_read(press: Press, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    first = press.lay(PAGE, images={DIGEST: broken})
    second = press.lay(PAGE, images={DIGEST: broken}, before=first)
    assert first.notices == second.notices != ()


def test_a_drawing_has_its_words_and_pictures_when_it_is_drawn(press: Press, tmp_path: Path) -> None:
    import base64

    dot = io.BytesIO()
    Image.new("RGB", (3, 3), "red").save(dot, "PNG")
    drawing = tmp_path / "drawing.svg"
    drawing.write_text(DRAWN.format(base64.b64encode(dot.getvalue()).decode()), encoding="utf-8")
    galley = press.draw(press.lay(PAGE, images={DIGEST: drawing}))
    plain = press.draw(press.lay(PAGE.replace("<img", "<b"), images={}))
    assert galley.notices == ()
    assert "Image" in str(galley.resources)
    letters = {letter for face in galley.faces for letter in face.glyphs.values()}
    assert {"말", "w"} <= letters
    assert "w" not in {letter for face in plain.faces for letter in face.glyphs.values()}
