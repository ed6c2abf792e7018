"""kramdown as Jekyll means it: text cases, bounds of time, and what must come out unharmed."""

import random
import re
import time
from pathlib import Path

import pytest

from yearbook.render.kramdown import kramdown_to_html

CASES = Path(__file__).parent / "cases" / "kramdown"
LENGTH = 100_000
SECONDS = 10.0  # far above the fraction of a second it takes: a quadratic parser needs minutes

ENDLESS = {
    "brackets": "[",
    "pairs of brackets": "[]",
    "images": "![",
    "links without an end": "[a](b ",
    "titles without an end": '[a](b "',
    "stars": "*",
    "opening stars": "*a ",
    "opening double stars": "**a ",
    "opening underscores": "_a ",
    "stars and underscores": "_a **b*c__ ",
    "stars in tags": "<b>*",
    "stars in brackets": "[*",
    "backticks": "`",
    "lone backticks": "`a ",
    "tildes": "~~a ",
    "angles": "<",
    "tags": "<b>",
    "attributes without an end": '<a href="',
    "comments without an end": "<!--",
    "addresses without an end": "<http:",
    "attribute lists without an end": "*a*{:",
    "math without an end": "$$a ",
    "pipes": "|a",
    "quotation marks": ">",
    "fences without an end": "```a\n",
    "blocks of HTML without an end": '<div markdown="1">\n',
    "items with HTML": "- <div>\n",
    "quotations with lists": "> - > - a\n",
    "extensions without an end": "{::comment}\n",
    "definitions": "a\n: b\n",
    "blank lines": "\n",
}


def read_cases() -> list[tuple[str, str, str]]:
    """Every case: title, input and expected HTML, divided by lines that hold a single dot."""
    found = []
    for source in sorted(CASES.glob("*.txt")):
        parts = ("\n" + source.read_text(encoding="utf-8")).split("\n.\n")
        for title, given, expected in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
            found.append((f"{source.stem}: {title.strip()}", given, expected))
    return found


@pytest.mark.parametrize(("given", "expected"), [pytest.param(g, e, id=t) for t, g, e in read_cases()])
def test_case(given: str, expected: str) -> None:
    assert kramdown_to_html(given) == expected.strip("\n")


# -- bounds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [pytest.param(unit, id=name) for name, unit in ENDLESS.items()])
def test_no_text_takes_long(unit: str) -> None:
    started = time.perf_counter()
    kramdown_to_html(unit * (LENGTH // len(unit)))
    assert time.perf_counter() - started < SECONDS


def test_lists_three_hundred_deep_are_flattened() -> None:
    html = kramdown_to_html("".join("  " * depth + f"- item{depth}\n" for depth in range(300)))
    assert 30 <= html.count("<ul>") <= 60
    assert all(f"item{depth}" in html for depth in range(300))


def test_everything_nested_at_once_is_flattened() -> None:
    deeper = "".join("> - " * depth + "x\n" for depth in range(400))
    html = kramdown_to_html('> - <div markdown="1">\n' + deeper)
    assert html.count("x") == 400


def test_quotations_and_elements_nest_without_end() -> None:
    assert "deep" in kramdown_to_html("> " * 2000 + "deep")
    assert "deep" in kramdown_to_html("<b>" * 5000 + "deep")
    assert "deep" in kramdown_to_html("<div>\n" * 5000 + "deep")


# -- what goes in comes out ---------------------------------------------------------------------------------


def test_control_characters_are_text() -> None:
    assert kramdown_to_html("a\x02b\x03c") == "<p>a\x02b\x03c</p>"
    assert kramdown_to_html("a <!-- x --> \x02wzxhzdk:0\x03") == "<p>a <!-- x --> \x02wzxhzdk:0\x03</p>"


@pytest.mark.parametrize("blank", ["\u3000", "\u00a0", "\u2003"])
def test_a_wide_blank_is_text_and_no_indentation(blank: str) -> None:
    assert kramdown_to_html(f"* {blank}18. 08.") == f"<ul><li>{blank}18. 08.\n</li>\n</ul>"
    assert kramdown_to_html(f"a\n{blank}\nb") == f"<p>a\n{blank}\nb</p>"


def test_a_line_separator_does_not_end_a_line() -> None:
    assert kramdown_to_html("# a\u2028b\n\nc") == '<h1 id="ab">a\u2028b</h1>\n<p>c</p>'


def test_code_keeps_its_tabs_blanks_and_references() -> None:
    assert kramdown_to_html("```\n\ta\t b  \n&lt; & <\n```") == (
        "<pre><code>\ta\t b  \n&amp;lt; &amp; &lt;\n</code></pre>"
    )
    assert kramdown_to_html("`&lt;\tb`") == "<p><code>&amp;lt;\tb</code></p>"


def test_windows_line_ends_are_line_ends() -> None:
    text = "- a\n- b\n\n```\nc\n```\n"
    assert kramdown_to_html(text.replace("\n", "\r\n")) == kramdown_to_html(text)


@pytest.mark.parametrize("seed", range(20))
def test_no_word_is_lost_or_invented(seed: int) -> None:
    chosen = random.Random(seed)
    words = [f"w{number}" for number in range(200)]
    marks = ("\n", "\n\n", " ", " *", "* ", "\n- ", "\n  - ", "\n> ", " `", "` ", "\n1. ", " **", "\n# ")
    text = "".join(word + chosen.choice(marks) for word in words)
    html = re.sub(r"<[^>]*>", " ", kramdown_to_html(text))
    assert re.findall(r"w\d+", html) == words


# -- options ------------------------------------------------------------------------------------------------

CJK_EMPHASIS = {
    "**마크다운(Markdown)**을": "<strong>마크다운(Markdown)</strong>을",
    "**「重要」**です": "<strong>「重要」</strong>です",
    "**“인용”**은": "<strong>“인용”</strong>은",
    "__강조(x)__를": "<strong>강조(x)</strong>를",
    "_기울임_은": "<em>기울임</em>은",
    "*기울임*은": "<em>기울임</em>은",
    "**중요 **합니다": "<strong>중요</strong> 합니다",
    "파일_이름_목록": "파일_이름_목록",
    "__init__을": "__init__을",
    "1월~3월, 4월~5월": "1월~3월, 4월~5월",
    "~~취소~~한": "<del>취소</del>한",
    "ㅎㅎ : ) ㅋㅋ": "ㅎㅎ : ) ㅋㅋ",
}


@pytest.mark.parametrize(("given", "expected"), list(CJK_EMPHASIS.items()))
def test_emphasis_beside_cjk_text(given: str, expected: str) -> None:
    assert kramdown_to_html(given) == f"<p>{expected}</p>"


def test_stars_beside_cjk_text_never_print() -> None:
    chosen = random.Random(7)
    edges = ("", "을", "가", "の", "了", "(", ")", "“", "”", "「", "」", ".", ",", " ", "A", "1")
    inner = ("강조", "마크다운(Markdown)", "「重要」", "“인용”", "'말'", "强调", "テスト", "a b", "[x](y)")
    for _ in range(10_000):
        text = f"글{chosen.choice(edges)}**{chosen.choice(inner)}**{chosen.choice(edges)}글"
        assert "*" not in kramdown_to_html(text), text


def test_underscores_beside_cjk_text_print_when_the_engine_is_followed() -> None:
    assert kramdown_to_html("__강조(x)__를", cjk=False) == "<p>__강조(x)__를</p>"


def test_ascii_rules_stay() -> None:
    for text in ("snake_case_name", "a * b * c", "2 ** 3", "__init__.py is __x__y", "**a **b** c**", "_a_b"):
        assert kramdown_to_html(text) == kramdown_to_html(text, cjk=False)


def test_hard_wrap_breaks_every_line() -> None:
    assert kramdown_to_html("a\nb", hard_wrap=True) == "<p>a<br>\nb</p>"
    assert kramdown_to_html("<b>a\nb</b>", hard_wrap=True) == "<p><b>a\nb</b></p>"


def test_plain_signs_stay_when_not_smart() -> None:
    text = "\"a\" 'b' -- c... <<d>>"
    assert kramdown_to_html(text, smart=False) == "<p>\"a\" 'b' -- c... &lt;&lt;d&gt;&gt;</p>"
    assert kramdown_to_html(text) == "<p>“a” ‘b’ – c… «d»</p>"


def test_blocks_carry_their_line() -> None:
    lists = "- six\n- seven\n\n  nine\n\n> eleven"
    text = f"# one\n\nthree\nmore\n\n{lists}\n\n```\nx\n```\n\n| a |\n\n$$\nb\n$$\n\n<div>c</div>\n"
    found = re.findall(r'<(\w+)[^>]*data-line="(\d+)"', kramdown_to_html(text, source_lines=True))
    wanted = "h1:1 p:3 ul:6 li:6 li:7 p:7 p:9 blockquote:11 p:11 pre:13 table:17 tr:17 div:19 div:23"
    assert " ".join(":".join(pair) for pair in found) == wanted


def test_the_rest_of_the_info_string_is_kept() -> None:
    html = kramdown_to_html("```js?line=2\nx\n```")
    assert html == '<pre><code class="language-js" data-info="line=2">x\n</code></pre>'
