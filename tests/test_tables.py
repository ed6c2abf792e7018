"""Tables: columns that can be read, rows that keep the grid, and what becomes of a table that is too wide."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import fragment_fromstring, tostring

from yearbook.assets import asset_dir
from yearbook.localise.tables import SIZES_PT, set_tables, text_lines
from yearbook.trims import MM_PER_PT, TRIMS

A5 = TRIMS["a5"]
WORD = "가나다라마바사아"


def table(rows, head=True):
    cell = "th" if head else "td"
    first = "".join(f"<{cell}>{text}</{cell}>" for text in rows[0])
    rest = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows[1:])
    return f"<table><thead><tr>{first}</tr></thead><tbody>{rest}</tbody></table>"


def set_html(html, around="{}"):
    root = fragment_fromstring(around.format(f'<div class="table">{html}</div>'), create_parent="div")
    set_tables(root, A5, "post-x")
    return root


def widths(root):
    return [float(re.search(r"([\d.]+)%", col.get("style"))[1]) for col in root.iter("col")]


def rows_of(root):
    return [row.get("class") for row in root.iter("tr")]


def text_of(root):
    return root.text_content().replace("\u2060", "")


def test_columns_are_as_wide_as_their_words_ask():
    root = set_html(table([["번호", "제목"], ["1", "아주 긴 제목이 여기에 있다"]]))
    first, second = widths(root)
    assert first + second == pytest.approx(100, abs=0.01)
    assert second > 3 * first


def test_a_short_row_is_one_line_of_text():
    assert rows_of(set_html(table([["가", "나"], ["1", "2"]]))) == ["rows-1", "rows-1"]


def test_a_long_cell_makes_its_row_taller():
    root = set_html(table([["가", "나"], ["1", "긴 글이 있다 " * 40]]))
    lines = int(rows_of(root)[1].removeprefix("rows-"))
    assert 6 <= lines <= 9


def test_a_row_of_very_many_lines_may_be_cut_by_the_page():
    root = set_html(table([["가", "나"], ["1", "긴 글이 있다 " * 200]]))
    style = list(root.iter("tr"))[1].get("style")
    height = float(re.search(r"height:([\d.]+)pt", style)[1])
    assert height % A5.leading_pt == 0
    assert "break-inside:auto" in style


def test_every_height_in_the_styles_is_a_whole_number_of_lines():
    css = (asset_dir("styles") / "code.css").read_text("utf-8")
    found = {}
    for names, height in re.findall(r"^((?:\.rows-\d+(?:, )?)+) \{ height: (\d+)rlh \}", css, re.MULTILINE):
        found |= {int(name): int(height) for name in re.findall(r"\d+", names)}
    assert found == {lines: text_lines(lines) for lines in range(1, 13)}


def test_a_table_of_a_third_of_a_page_is_not_cut_and_a_longer_one_may_be():
    small, long = (set_html(table([["가", "나"]] * rows)) for rows in (9, 10))
    assert ["whole" in node.get("class").split() for node in small.iter("table")] == [True]
    assert ["whole" in node.get("class").split() for node in long.iter("table")] == [False]


def test_a_wide_table_is_set_smaller():
    root = set_html(table([[WORD[:5]] * 8, ["하나"] * 8]))
    assert "size-" in root.find(".//table").get("class")
    assert root.find(".//div[@class='turned']") is None


def test_a_wider_one_is_turned_onto_a_page_of_its_own():
    root = set_html(table([[WORD] * 8, ["하나"] * 8]))
    box = root.find("div")
    assert box.get("class") == "table on-pages"
    turned = box.find(".//div[@class='turned']")
    width = float(re.search(r"width:([\d.]+)pt", turned.get("style"))[1])
    assert A5.measure / MM_PER_PT < width <= A5.type_height_pt
    assert box.find("div").get("id").startswith("post-x--picture-")


def test_a_long_turned_table_repeats_its_head_on_every_page():
    rows = [[f"{number}"] + ["하나"] * 7 for number in range(40)]
    root = set_html(table([[WORD] * 8, *rows]))
    sheets = root.findall(".//div[@class='sheet']")
    assert len(sheets) == 3
    assert all(len(sheet.findall(".//thead/tr")) == 1 for sheet in sheets)
    assert [row[0] for row in rows] == [
        cell.text for sheet in sheets for cell in sheet.xpath(".//tbody/tr/td[1]")
    ]


@pytest.mark.parametrize(
    "around", ["<ul><li>{}</li></ul>", "<blockquote>{}</blockquote>", "<div><h2>가</h2>{}</div>"]
)
def test_where_it_cannot_be_turned_it_is_cut_into_parts(around):
    root = set_html(table([[WORD] * 8, ["하나"] * 8]), around)
    assert root.find(".//div[@class='turned']") is None
    assert len(root.findall(".//table")) > 1


def test_the_widest_is_cut_into_parts_with_the_first_column_in_each():
    names = [f"{WORD}{number}" for number in range(20)]
    root = set_html(table([names, [str(number) for number in range(20)]]))
    parts = root.findall(".//table")
    assert len(parts) > 2
    heads = [[text_of(cell) for cell in part.iter("th")] for part in parts]
    assert {head[0] for head in heads} == {names[0]}
    assert [name for head in heads for name in head[1:]] == names[1:]
    labels = [label.text for label in root.iter("p")]
    assert labels == [f"{number}/{len(parts)}" for number in range(1, len(parts) + 1)]


def test_spans_do_not_confuse_it():
    html = '<table><tr><th colspan="2">가</th><th>나</th></tr><tr><td>1</td><td>2</td><td rowspan="2">3</td>'
    root = set_html(f"{html}</tr><tr><td>4</td><td>5</td></tr></table>")
    assert len(widths(root)) == 3
    assert "ends" in root.xpath("//td[@rowspan]")[0].get("class")


@pytest.mark.parametrize(
    "html",
    ["<table></table>", "<table><tr></tr></table>", "<table><tr><td><table></table></td></tr></table>"],
)
def test_what_is_no_table_of_text_is_left_alone(html):
    assert not list(set_html(html).iter("col"))


def test_a_picture_is_never_wider_than_its_column():
    image = '<img style="width:90.00mm;height:60.00mm" src="yearbook-image:x">'
    root = set_html(table([["가", "나"], [image, "글이 " * 90]]))
    share = widths(root)[0]
    width = float(re.search(r"width:([\d.]+)mm", root.find(".//img").get("style"))[1])
    assert width <= A5.measure * share / 100 + 0.01


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.sampled_from("가나 abc,字-1🙂"), max_size=60), min_size=1, max_size=12),
        min_size=1,
        max_size=8,
    )
)
def test_no_table_is_wider_than_the_page_and_no_word_is_lost(rows):
    root = set_html(table(rows))
    for found in root.iter("table"):
        if len(list(found.iter("col"))):
            assert sum(widths(found)) == pytest.approx(100, abs=0.1)
    for turned in root.xpath(".//div[@class='turned']"):
        assert float(re.search(r"width:([\d.]+)pt", turned.get("style"))[1]) <= A5.type_height_pt + 0.01
    html = tostring(root, encoding="unicode")
    for word in {word for row in rows for cell in row for word in cell.split()}:
        assert word in fragment_fromstring(html).text_content().replace("\u2060", "")
    assert all(size >= 6 for size in SIZES_PT)
