"""A caption stays with its picture wherever on the page that stands."""

import re

import pytest
from lxml.html import fragment_fromstring, tostring
from pdf_facts import text_of

from yearbook.assets import asset_dir
from yearbook.compose import page_css
from yearbook.fonts import write_fontconfig
from yearbook.localise.frames import snap
from yearbook.trims import TRIMS
from yearbook.typeset import typeset

A5 = TRIMS["a5"]
FILES = ("tokens", "base", "page", "text", "figures", "parts", "furniture")


def figure(number, height_pt):
    html = (
        f'<figure><div style="height:{height_pt}pt;background:#ccc"></div>'
        f"<figcaption>설명 {number:03}</figcaption></figure>"
    )
    element = fragment_fromstring(html)
    snap(element, height_pt, A5.measure, A5)
    return tostring(element, encoding="unicode")


@pytest.mark.parametrize("over_pt", [0.2, 3.0, 5.5])
def test_no_caption_is_lost_at_the_foot_of_a_page(over_pt, tmp_path):
    """The figure is a whole number of lines tall, and what is in it up to a third of a line taller."""
    height_pt = A5.leading_pt * 6 + over_pt
    chapters = "".join(
        f'<article class="chapter"><div class="text">{"<p>한 줄</p>" * lines}{figure(lines, height_pt)}'
        "<p>다음</p></div></article>"
        for lines in range(A5.lines)
    )
    css = page_css(A5, 0, facing=False) + "".join(
        (asset_dir("styles") / f"{name}.css").read_text(encoding="utf-8") for name in FILES
    )
    fonts = write_fontconfig(asset_dir("fonts"), tmp_path)
    pdf = tmp_path / "captions.pdf"
    pdf.write_bytes(typeset(f'<html lang="ko"><body>{chapters}', css=css, images={}, font_config=fonts).pdf)
    assert re.findall(r"설명 (\d+)", text_of(pdf)) == [f"{lines:03}" for lines in range(A5.lines)]
