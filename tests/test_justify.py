"""Lines that letters fill, measured in the PDF by poppler."""

import itertools
import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from yearbook.typeset import typeset
from yearbook.typeset.justify import do_spaces_alone, share

WIDTH = 200
CSS = f"""
@page {{ size: {WIDTH + 40}pt 300pt; margin: 20pt }}
body {{ margin: 0; font: 10pt/16pt 'Noto Serif JP', 'Noto Serif SC' }}
p {{ margin: 0; text-align: justify; text-indent: 1em; font-feature-settings: 'chws' 1 }}
p:lang(ko) {{ font-family: 'Noto Serif KR'; letter-spacing: -.015em }}
"""
JAPANESE = (
    "駅前の本屋が閉まると聞いて、帰りに寄った。棚はもう半分空いていて、残った本は<b>どれも知らない本</b>だった。"
    "店の人は「好きなだけ見ていってください」と言い、Radioをつけて奥へ行った。"
)
CHINESE = (
    "楼下的面馆换了招牌，味道没有变。老板说字是女儿写的，写了一个星期，<b>最后用的是第一天的那一张</b>。"
)
KOREAN = (
    "이 줄의 끝에는 줄을 넘어가는 아주 긴 낱말 하나가 있어서 "
    "<span>Donaudampfschifffahrtsgesell</span> 앞이 비게 된다."
)


def lines_of(language, text, font_config, tmp_path):
    """The lines of a paragraph as lists of words with their boxes, from the top down."""
    result = typeset(f'<body lang="{language}"><p>{text}', css=CSS, images={}, font_config=font_config)
    pdf = tmp_path / "lines.pdf"
    pdf.write_bytes(result.pdf)
    command = ["pdftotext", "-bbox-layout", str(pdf), "-"]
    root = etree.fromstring(subprocess.run(command, check=True, capture_output=True).stdout)
    rows = {}
    for word in root.iter("{*}word"):
        left, right, bottom = (float(word.get(name)) for name in ("xMin", "xMax", "yMax"))
        rows.setdefault(round(bottom / 16), []).append((left, right, word.text))
    return [sorted(rows[key]) for key in sorted(rows)]


@pytest.mark.parametrize(("language", "text"), [("ja", JAPANESE), ("zh-Hans", CHINESE)])
def test_every_line_but_the_last_ends_at_the_edge(language, text, font_config, tmp_path):
    lines = lines_of(language, text, font_config, tmp_path)
    assert len(lines) > 2
    for line in lines[:-1]:
        right = max(right for _, right, _ in line)
        # Poppler counts what follows the last letter of a run as its own, less than a letter's share.
        assert 20 + WIDTH - 0.5 <= right <= 20 + WIDTH + 1.5, (right, line)
    assert max(right for _, right, _ in lines[-1]) < 20 + WIDTH - 5


def test_text_stays_as_it_was_written(font_config, tmp_path):
    lines = lines_of("ja", JAPANESE, font_config, tmp_path)
    text = "".join(word for line in lines for *_, word in line)
    assert text == re.sub(r"<[^>]+>", "", JAPANESE)


def test_a_loose_korean_line_is_helped_by_its_letters(font_config, tmp_path):
    lines = lines_of("ko", KOREAN, font_config, tmp_path)
    loose = next(line for line, after in itertools.pairwise(lines) if "Donau" in after[0][2])
    assert max(right for _, right, _ in loose) == pytest.approx(20 + WIDTH, abs=1.0)
    first = loose[0]
    assert (first[1] - first[0]) / len(first[2]) > 9.2 * 1.03


def test_spaces_do_it_alone_where_they_can():
    assert share(8.0, em=10.0, language="en", spaces=4, letters=0) == (2.0, 0.0)
    assert share(8.0, em=10.0, language="en", spaces=0, letters=30) == (0.0, 0.0)
    assert share(90.0, em=10.0, language="ja", spaces=0, letters=20) == (0.0, 2.0)


@given(
    st.floats(0, 400),
    st.sampled_from([6.0, 9.6, 10.0]),
    st.sampled_from(["ko", "ja", "zh", "en", ""]),
    st.integers(0, 12),
    st.floats(0, 60),
)
def test_letters_need_not_be_counted_where_spaces_do_alone(missing, em, language, spaces, letters):
    shared = share(missing, em=em, language=language, spaces=spaces, letters=letters)
    if do_spaces_alone(missing, em=em, language=language, spaces=spaces):
        assert shared == (missing / spaces if spaces else 0.0, 0.0)
