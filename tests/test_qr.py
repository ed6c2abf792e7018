"""QR codes and the cards they stand on."""

import re
from xml.etree import ElementTree as ET

import lxml.html
import pytest
import segno

from yearbook.qr import LONGEST_URL, QUIET, draw_qr, embed_card

VIDEO = "https://www.youtube.com/watch?v=abcdefghijk"


def modules(svg):
    """The dark modules of a drawn code, without the quiet zone."""
    root = ET.fromstring(svg)
    side = int(root.get("viewBox").split()[2])
    dark = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", root[0].get("d")):
        dark |= {(int(x) + step - QUIET, int(y) - QUIET) for step in range(int(width))}
    return side - 2 * QUIET, dark


def card(**changes):
    given = {"kind": "youtube", "title": "봄 산책", "url": VIDEO, "leading_pt": 17.0, "measure_pt": 306.0}
    return embed_card(**{**given, **changes})


def height(html):
    return float(re.search(r"height:([\d.]+)pt", html)[1])


def test_every_module_is_drawn_and_no_other():
    side, dark = modules(draw_qr(VIDEO))
    made = segno.make(VIDEO, error="m", micro=False, boost_error=False)
    expected = {(x, y) for y, row in enumerate(made.matrix) for x, bit in enumerate(row) if bit}
    assert (side, dark) == (made.symbol_size(border=0)[0], expected)
    assert made.error == "M"


def test_the_same_address_gives_the_same_code():
    assert draw_qr(VIDEO) == draw_qr(VIDEO) != draw_qr(VIDEO + "1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "https://",
        "/only/a/path",
        "https://[::1",
        "https://example.org/\x00",
        f"https://{'a' * 70}.example/",
        "https://example.org/" + "a" * LONGEST_URL,
    ],
)
def test_no_code_for_what_no_telephone_should_open(url):
    assert draw_qr(url) == ""


def test_the_longest_address_has_a_code():
    assert modules(draw_qr("https://example.org/".ljust(LONGEST_URL, "a")))[0] < 80


def test_addresses_are_written_in_ascii():
    assert draw_qr("https://example.org/봄") == draw_qr("https://example.org/%EB%B4%84")
    assert draw_qr("https://예시.example/") == draw_qr("https://xn--vv4b11d.example/")
    assert draw_qr("//example.org/a") == draw_qr("https://example.org/a")


@pytest.mark.parametrize("leading", [16.0, 17.0, 18.0, 19.0])
@pytest.mark.parametrize("url", [VIDEO, VIDEO + "&list=" + "x" * 300, "not an address"])
@pytest.mark.parametrize("words", ["", "짧은 글", "긴 글이 이어진다. " * 30])
def test_a_card_is_whole_lines_tall_and_holds_its_code(leading, url, words):
    made = card(leading_pt=leading, url=url, words=words)
    assert height(made) % leading == 0
    side = re.search(r"<svg style=\"width:([\d.]+)pt;height:([\d.]+)pt;top:([\d.]+)pt", made)
    if side:
        assert float(side[2]) + 2 * float(side[3]) == pytest.approx(height(made), abs=0.05)
        assert float(side[1]) / modules(draw_qr(url))[0] > 0.9


def test_a_card_says_what_it_is():
    made = lxml.html.fromstring(card())
    assert [(p.get("class"), p.text_content()) for p in made.findall("p")] == [
        ("embed-kind", "YouTube"),
        ("embed-title", "봄 산책"),
        ("embed-url", "youtube.com/watch?v=abcdefghijk"),
    ]
    assert made.find(".//a").get("href") == VIDEO


def test_a_title_that_is_the_name_of_the_site_is_said_once():
    assert card(title="YouTube").count("YouTube") == 1


def test_a_card_without_an_address_has_neither_code_nor_link():
    made = card(url="javascript:alert(1)")
    assert "<svg" not in made
    assert "<a " not in made


def test_text_of_a_post_cannot_become_markup():
    made = lxml.html.fromstring(card(title="<img src=x>", words="<b>", kind='a"><i>', url='https://e.org/"><u>'))
    assert {element.tag for element in made.iter()} == {"aside", "p", "a", "svg", "path"}
