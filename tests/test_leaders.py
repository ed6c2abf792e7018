"""Leaders are one text each, and their dots stand where the engine puts them."""

import re
import subprocess
import zlib

import pytest
from test_typeset import house_css

from yearbook.assets import asset_dir
from yearbook.typeset import Press, typeset

LINE = '<li><a class="title">{}</a><span class="leader"></span><a class="page-of">{}</a></li>'
LINES = (("봄", 7), ("골목의 나무가 안다", 19), ("Spring comes to the alley", 123), ("긴 제목 " * 19, 45))
HTML = (
    '<html lang="ko"><body><section class="contents"><ol class="entries">'
    + "".join(LINE.format(*line) for line in LINES)
    + "</ol></section>"
)
OF_RIGHT_TO_LEFT = "<html><style>p::after { content: leader('.') } p { direction: rtl }</style><p>שלום</p>"


pytestmark = pytest.mark.usefixtures("engine_as_it_was")


@pytest.mark.parametrize("quick", [False, True])
def test_a_leader_is_one_text_wherever_it_ends(font_config, quick):
    press = Press(css=house_css(), fonts=asset_dir("fonts"), font_config=font_config, quick=quick)
    galley = press.draw(press.lay(HTML, images={}))
    [leaf] = galley.leaves
    [face] = [face for face in galley.faces if "." in face.glyphs.values() and "7" in face.glyphs.values()]
    dot = next(f"{glyph:04x}" for glyph, letter in face.glyphs.items() if letter == ".").encode()
    texts = [
        text.count(dot)
        for text in re.findall(rb"BT\n(.*?)ET", zlib.decompress(leaf.content), re.DOTALL)
        if dot in re.sub(rb"[^0-9a-f<>]", b"", text)
    ]
    assert len(texts) == len(LINES)
    assert sorted(texts, reverse=True)[0] > 20


def test_who_copies_a_line_gets_dots_before_the_number(font_config, tmp_path):
    (tmp_path / "a.pdf").write_bytes(typeset(HTML, css=house_css(), font_config=font_config, images={}).pdf)
    text = subprocess.run(
        ["pdftotext", str(tmp_path / "a.pdf"), "-"], check=True, capture_output=True, text=True
    ).stdout
    for title, number in LINES[:3]:
        assert re.search(rf"{title} ?[. \u2002]+\s+{number}\n", text), text


def test_dots_from_right_to_left_are_left_to_the_engine(font_config):
    pdf = typeset(OF_RIGHT_TO_LEFT, css="", font_config=font_config, images={})
    assert pdf.pages == 1
