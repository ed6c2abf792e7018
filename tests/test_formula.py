"""Mathematics drawn as outlines: what comes out, where the baseline is, and that bad TeX does no harm."""

import re
import shutil
import subprocess
import time
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yearbook.assets import asset_dir
from yearbook.fonts import write_fontconfig
from yearbook.formula import Formula, draw_formula, formula_html
from yearbook.typeset import typeset

CASES = Path(__file__).parent / "cases" / "formulas"
INLINE = [line for line in (CASES / "inline.txt").read_text("utf-8").splitlines() if line]
DISPLAY = [case.strip("\n") for case in (CASES / "display.txt").read_text("utf-8").split("\n.\n")]
REFUSED = [line.split(" ## ") for line in (CASES / "refused.txt").read_text("utf-8").splitlines() if line]


def draw(tex, display=False, size_pt=10):
    drawn = draw_formula(tex, display=display, size_pt=size_pt)
    assert isinstance(drawn, Formula), drawn
    return drawn


def shapes(drawn):
    """The number of closed outlines."""
    return drawn.svg.count(b"M")


@pytest.mark.parametrize("tex", INLINE)
def test_formulas_of_blogs_are_drawn_in_a_line(tex):
    drawn = draw(tex)
    assert 0 < drawn.width_pt < 200
    assert 0 < drawn.height_pt < 40
    assert ET.fromstring(drawn.svg).tag.endswith("svg")


@pytest.mark.parametrize("tex", DISPLAY)
def test_formulas_of_blogs_are_drawn_on_their_own(tex):
    drawn = draw(tex, display=True)
    assert 0 < drawn.width_pt < 400
    assert drawn.text == " ".join(tex.split())


@pytest.mark.parametrize(("tex", "reason"), REFUSED)
def test_what_cannot_be_drawn_says_why(tex, reason):
    assert draw_formula(tex, display=True, size_pt=10) == reason


def test_letters_without_descender_stand_on_the_baseline():
    assert draw("x").depth_pt == pytest.approx(0.1, abs=0.15)
    assert draw("E = m").depth_pt == pytest.approx(0.1, abs=0.15)


def test_what_hangs_below_counts_as_depth():
    assert draw("y").depth_pt > 1.5
    assert draw(r"\frac{a}{b}", display=True).depth_pt > 5
    assert draw("x_i").depth_pt > draw("x").depth_pt


def test_the_size_is_the_size_of_the_text():
    small, large = draw("x^2", size_pt=9), draw("x^2", size_pt=18)
    assert large.width_pt == pytest.approx(2 * small.width_pt, abs=0.01)
    assert large.depth_pt == pytest.approx(2 * small.depth_pt, abs=0.01)


def test_the_picture_is_outlines_and_nothing_else():
    svg = ET.fromstring(draw(r"\sum_{i=1}^n \frac{\text{가}}{\sqrt{x}} + \boxed{y} + \cancel{z}").svg)
    assert {child.tag.rpartition("}")[2] for child in svg.iter()} == {"svg", "path"}
    assert {name for child in svg for name in child.attrib} == {"fill", "d"}
    assert all(re.fullmatch(r"[MLCQZHVhvz\d\s.-]+", child.get("d", "")) for child in svg)


def test_the_box_holds_every_outline():
    svg = ET.fromstring(draw(r"\int_0^1 f(x) \, dx = \frac{g_y}{\sqrt[3]{2}}", display=True).svg)
    left, top, width, height = map(float, svg.get("viewBox").split())
    for path in svg:
        for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.get("d")):
            assert left - 1 <= float(x) <= left + width + 1
            assert top - 1 <= float(y) <= top + height + 1


def test_the_same_tex_gives_the_same_bytes():
    first = draw(r"\hat{y} = \text{정밀도}")
    draw(r"\mathbf{A} \tag{9}", display=True)
    assert draw(r"\hat{y} = \text{정밀도}") == first


def test_hangul_kana_and_hanzi_have_outlines_of_their_own():
    outlines = {re.sub(rb"<svg[^>]*>", b"", draw(rf"\text{{{word}}}").svg) for word in "가나かカ数中"}
    assert len(outlines) == 6


def test_words_are_upright_and_may_hold_any_sign():
    assert draw(r"\text{A & B_1 \% {c}}").svg == draw(r"\text{A \& B\_1 \% c}").svg
    assert draw(r"\text{x}").svg != draw("x").svg


def test_mathematics_inside_words_stays_mathematics():
    assert draw(r"\text{if $x_1$}").width_pt == pytest.approx(draw(r"\text{if }x_1").width_pt, abs=0.1)


def test_a_number_is_handed_on_and_not_drawn():
    tagged = draw(r"a = b \tag{3.1}", display=True)
    assert (tagged.tag, tagged.svg) == ("(3.1)", draw("a = b", display=True).svg)
    assert draw(r"a \tag*{식 1}", display=True).tag == "식 1"


def test_macros_of_the_formula_are_written_out():
    assert draw(r"\newcommand{\vv}[2]{\mathbf{#1}_{#2}} \vv{x}{i}").svg == draw(r"\mathbf{x}_{i}").svg
    assert draw(r"\def\half#1{\frac{#1}{2}} \half{n}").svg == draw(r"\frac{n}{2}").svg


@pytest.mark.parametrize("name", ["aligned", "align", "align*", "split"])
def test_environments_that_differ_in_name_are_drawn_alike(name):
    rows = r"a &= b \\ c &= d"
    expected = draw(rf"\begin{{align*}}{rows}\end{{align*}}", display=True).svg
    assert draw(rf"\begin{{{name}}}{rows}\end{{{name}}}", display=True).svg == expected
    assert draw(rows, display=True).svg == expected


def test_a_matrix_stands_in_its_fence_and_takes_a_power():
    fenced = draw(r"\begin{pmatrix} 1 \\ 2 \\ 3 \end{pmatrix}^T", display=True)
    assert fenced.height_pt > 30
    assert shapes(fenced) > shapes(draw(r"\begin{matrix} 1 \\ 2 \\ 3 \end{matrix}", display=True)) + 2


def test_rules_of_a_table_are_drawn():
    plain = draw(r"\begin{array}{ccc} 1 & 0 & 3 \end{array}", display=True)
    assert shapes(draw(r"\begin{array}{cc|c} 1 & 0 & 3 \end{array}", display=True)) == shapes(plain) + 1


def test_limits_stand_below_only_where_there_is_room():
    assert draw(r"\sum_{i=1}^n i", display=True).height_pt > 1.5 * draw(r"\sum_{i=1}^n i").height_pt


def test_a_minus_sign_is_a_sign_or_an_operation():
    assert draw("a-b").width_pt > draw("-ab").width_pt + 3


def test_an_arrow_is_as_long_as_its_label():
    assert draw(r"\xrightarrow{abcdefgh}").width_pt > draw(r"\xrightarrow{a}").width_pt + 15


def test_colours_are_kept_and_nothing_else_passes_for_one():
    assert b'fill="red"' in draw(r"\textcolor{red}{x}").svg
    assert b'fill="#1b1a18"' in draw("x").svg
    assert b"url" not in draw(r"\textcolor{url(file:///etc/passwd)}{x}").svg


def test_text_of_a_post_cannot_become_markup():
    svg = draw(r'\text{"/><image href="file:///etc/passwd"/>} < & >').svg
    assert b"<image" not in svg
    assert b"passwd" not in svg


# --- on the page


def set_formula(tex, display=False, leading_pt=17.0, measure_pt=306.0):
    return formula_html(draw(tex, display), display=display, leading_pt=leading_pt, measure_pt=measure_pt)


@pytest.mark.parametrize("leading", [16.0, 17.0, 18.0, 19.0])
@pytest.mark.parametrize("tex", ["x", r"\frac{a}{b}", r"\begin{matrix} 1 \\ 2 \\ 3 \\ 4 \end{matrix}"])
def test_a_formula_on_its_own_is_whole_lines_tall(tex, leading):
    made = set_formula(tex, display=True, leading_pt=leading)
    height = float(re.search(r'drawn" style="height:([\d.]+)pt', made)[1])
    assert height % leading == 0
    assert height > draw(tex, display=True).height_pt


def test_a_formula_in_a_line_takes_no_height():
    picture = re.search(r"height:([\d.]+)pt;margin:(-[\d.]+)pt 0 (-[\d.]+)pt", set_formula("x_i^2"))
    assert sum(map(float, picture.groups())) == pytest.approx(0, abs=0.02)


def test_a_formula_too_tall_for_its_line_stands_on_its_own():
    assert 'class="math inline drawn"' in set_formula(r"\frac{a}{b}")
    assert 'class="math display drawn"' in set_formula(r"\begin{matrix} 1 \\ 2 \\ 3 \end{matrix}")


def test_a_wide_formula_is_no_wider_than_the_text():
    made = set_formula("+".join("abcdefghijklmnopqrstuvwxyz" * 2), display=True, measure_pt=200)
    assert float(re.search(r"<svg style=\"width:([\d.]+)pt", made)[1]) == pytest.approx(200, abs=0.01)


def test_the_number_and_the_source_are_escaped():
    made = set_formula(r"a < b \tag{<i>}", display=True)
    assert "<i>" not in made
    assert "a &lt; b" in made


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """One page with formulas in a line and on their own, and what the engine said to it."""
    folder = tmp_path_factory.mktemp("page")
    styles = asset_dir("styles")
    css = "".join((styles / f"{name}.css").read_text("utf-8") for name in ("tokens", "base", "embeds"))
    css += ":root{--size:9.6pt;--leading:17pt} @page{size:148mm 210mm;margin:20mm}"
    shown = enumerate(map(set_formula, ("x", r"O(n \log n)", r"\dfrac{a}{b}", r"\int_0^1 f")))
    lines = "".join(f'<p id="p{number}">가 {formula} 나</p>' for number, formula in shown)
    alone = set_formula("E=mc^2", display=True)
    html = f'<html lang="ko"><body class="text">{lines}{alone}<p id="end">끝</p></body></html>'
    return typeset(html, css=css, images={}, font_config=write_fontconfig(asset_dir("fonts"), folder))


def test_formulas_keep_the_text_on_the_grid(page):
    assert page.notices == ()
    tops = {name: top for name, top, _ in page.sheets[0].marks}
    assert [tops[f"p{number}"] / 17 for number in range(4)] == pytest.approx([0, 1, 2, 3], abs=0.01)
    assert tops["end"] / 17 == pytest.approx(6, abs=0.01)


def test_formulas_reach_the_pdf_as_outlines(page):
    with pikepdf.open(BytesIO(page.pdf)) as pdf:
        assert not pdf.pages[0].get_images()
        operators = [str(item.operator) for item in pikepdf.parse_content_stream(pdf.pages[0])]
    assert operators.count("c") > 50


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_the_source_of_a_formula_is_found_in_its_place(page, tmp_path):
    (tmp_path / "page.pdf").write_bytes(page.pdf)
    command = ["pdftotext", str(tmp_path / "page.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    assert r"가 O(n \log n) 나" in text
    assert "E=mc^2" in text


HOSTILE = {
    "braces": "{" * 3_000 + "}" * 3_000,
    "fractions": r"\frac{1}{" * 400 + "x" + "}" * 400,
    "fractions without braces": r"\frac1" * 900 + "2",
    "roots": r"\sqrt" * 1_100 + "x",
    "roots, deep but allowed": r"\sqrt{" * 38 + "x" + "}" * 38,
    "fractions, deep but allowed": r"\frac{1}{1+" * 38 + "x" + "}" * 38,
    "phantoms": r"\phantom{a" * 38 + "x" + "}" * 38,
    "smashes": r"\smash{a" * 38 + "x" + "}" * 38,
    "powers": "x" + "^{x" * 38 + "}" * 38,
    "fences": r"\left(" * 300 + "x" + r"\right)" * 300,
    "fences around sums": r"\left(a+" * 38 + "x" + r"\right)^2" * 38,
    "hats": r"\hat" * 1_000 + "x",
    "braces below": r"\underbrace{a" * 38 + "x" + "}_{b}" * 38,
    "matrices": r"\begin{pmatrix} 1 & " * 30 + "x" + r"\end{pmatrix}" * 30,
    "cells": r"\begin{matrix}" + "&" * 5_000 + r"\end{matrix}",
    "rows": r"\begin{matrix}" + r"\\" * 2_500 + r"\end{matrix}",
    "letters": "x+" * 2_900,
    "long": "x" * 10_000,
    "laughs": r"\def\a{xxxxxxxxxx}" + "".join(
        rf"\def\{after}{{{chr(92) + before} {chr(92) + before} {chr(92) + before}}}"
        for before, after in zip("abcdefghijk", "bcdefghijkl", strict=True)
    ) + r"\l",
    "a macro of itself": r"\def\a{\a\a}\a",
    "wide": r"\hspace{99999999em} x",
    "tall": r"\rule{1em}{99999999em}",
    "dollars": r"\text{" + "$" * 5_000 + "}",
    "comments": "%" * 5_000 + "\n x",
    "backslashes": "\\" * 5_001,
    "primes": "x" + "'" * 5_000,
    "code points": r"\unicode{x110000} \unicode{xD800}",
    "private use": "\ue000\uf8ff",
    "not for XML": "\x00\x01\ufffe\ud800 x",
    "half an environment": r"\begin{matrix} 1 & 2",
}  # fmt: skip


@pytest.mark.parametrize("tex", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("display", [True, False])
def test_hostile_tex_ends_soon_and_quietly(tex, display):
    begin = time.process_time()
    drawn = draw_formula(tex, display=display, size_pt=10)
    assert time.process_time() - begin < 5
    assert isinstance(drawn, Formula | str)
    assert isinstance(drawn, str) or len(drawn.svg) < 3_000_000


COMMANDS = (
    "left right frac sqrt sum text tag hat limits hline over middle operatorname mathbb def newcommand "
    "xrightarrow underbrace displaystyle big not substack root begin{matrix} end{matrix} begin{cases} "
    "end{cases} begin{array}{c|c} end{array} color{red}"
)
SIGNS = (*r"{}[]()&^_$%#~'|,.+-=<>/ 1xα가", "\\\\")
WORDS = st.sampled_from([*SIGNS, *(rf"\{word}" for word in COMMANDS.split())])


@settings(max_examples=300, deadline=5_000)
@given(st.lists(WORDS, max_size=25).map("".join), st.booleans())
def test_no_tex_raises(tex, display):
    assert isinstance(draw_formula(tex, display=display, size_pt=10), Formula | str)
