"""The book's parts, its index and its HTML."""

import dataclasses
import datetime as dt
import re
import subprocess
import sys

import pytest
from conftest import SEOUL, make_chapter

from yearbook.compose import (
    Book,
    Composer,
    all_months,
    begin_pages,
    make_index,
    make_parts,
    open_part,
    page_css,
)
from yearbook.config import Book as BookSettings
from yearbook.cover import Cover
from yearbook.errors import EngineError
from yearbook.folios import fill_pages
from yearbook.localise import ShownPicture
from yearbook.pieces import FORETOLD
from yearbook.trims import MM_PER_PT, TRIMS
from yearbook.wording import wording

KO = wording("ko")
PARTS = BookSettings().parts


def on(month, day, year=2021, **changes):
    date = dt.datetime(year, month, day, 9, tzinfo=SEOUL)
    return make_chapter(date=date, slug=changes.pop("slug", f"p{year}{month:02}{day:02}"), **changes)


def make(*chapters, **changes):
    parts = make_parts(chapters, 2021, KO)
    values = {
        "title": "기록",
        "subtitle": "한 해",
        "volume": 0,
        "author": "글쓴이",
        "publisher": "",
        "published": "2021년 12월 31일",
        "year": 2021,
        "language": "ko",
        "words": KO,
        "trim": TRIMS["a5"],
        "parts": parts,
        "order": ("cover", "contents", "glance", "chapters", "index", "colophon"),
        "month_openings": True,
        "index": make_index(chapters, KO),
        "address": "blog.example",
        "commit": "",
        "pictures": 3,
        "missing": 1,
        "tools": "yearbook",
        "months": all_months(parts, 2021, KO),
    }
    return Book(**{**values, **changes})


def test_months_without_posts_have_no_part():
    parts = make_parts([on(1, 3), on(1, 9), on(4, 2)], 2021, KO)
    assert [(part.label, len(part.chapters)) for part in parts] == [("1월", 2), ("4월", 1)]


def test_posts_from_outside_the_year_come_last():
    parts = make_parts([on(1, 3), on(1, 2, year=2022)], 2021, KO)
    assert [part.label for part in parts] == ["1월", "덧붙이는 글"]


def test_newest_first_turns_the_months_round():
    assert [part.month for part in make_parts([on(9, 1), on(2, 1)], 2021, KO)] == [9, 2]


def test_the_year_is_counted():
    book = make(on(3, 1), on(3, 2), on(3, 3, tags=("나",)), on(7, 9, tags=("가", "나")))
    assert (book.streak, len(book.days), book.characters) == (3, 4, 8)
    assert book.busiest.month == 3
    assert book.top_tags == (("나", 2), ("가", 1))


def test_the_index_is_in_the_order_a_korean_reader_expects():
    tags = ("Python", "파이썬", "까치", "가을", "日記", "カフェ", "#잡담", "!", "2021")
    groups = make_index([on(1, 1, tags=tags)], KO)
    assert [g.letter for g in groups] == ["ㄱ", "ㅇ", "ㅈ", "ㅍ", "か", "P", "0–9", "기호"]
    assert [e.word for e in groups[0].entries] == ["가을", "까치"]


def test_one_word_in_two_spellings_is_one_entry():
    (group,) = make_index([on(1, 1, tags=("Git",)), on(1, 2, tags=("git",))], KO)
    assert [(e.word, len(e.chapter_ids)) for e in group.entries] == [("Git", 2)]


def test_the_index_names_the_people_of_a_post_once_with_all_their_posts():
    chapters = [on(1, 1, people=("하늘", "Ada")), on(1, 2, people=("하늘 ",), tags=("Ada",)), on(1, 3)]
    entries = [entry for group in make_index(chapters, KO) for entry in group.entries]
    assert [(entry.word, entry.is_name, len(entry.chapter_ids)) for entry in entries] == [
        ("하늘", True, 2),
        ("Ada", True, 2),
    ]


def test_the_index_names_authors_when_there_are_several_and_series_always():
    chapters = [on(1, 1, authors=("하늘",), series="겨울 연작"), on(1, 2, authors=("가람", "하늘"))]
    entries = [entry for group in make_index(chapters, KO) for entry in group.entries]
    assert [(e.word, e.is_name, len(e.chapter_ids)) for e in entries] == [
        ("가람", True, 1),
        ("겨울 연작", False, 1),
        ("하늘", True, 2),
    ]
    assert make_index([on(1, 1, authors=("하늘",))], KO) == ()


def test_titles_are_text_not_markup():
    html = Composer().book(make(on(3, 1, title="<b>굵게</b> & {{ book.year }}")))
    assert "&lt;b&gt;굵게&lt;/b&gt; &amp; {{ book.year }}" in html


NAMED = ("cover", "preface", "contents", "glance", "authors", "pictures", "index", "colophon")


@pytest.mark.parametrize("dropped", NAMED)
def test_a_part_left_out_is_not_there_and_the_contents_do_not_name_it(dropped):
    shown = tuple(ShownPicture(anchor=f"p{n}", src="x", width_share=1, width_mm=9) for n in range(8))
    chapters = [on(3, n, tags=("가",), authors=(f"글쓴이 {n}",)) for n in range(1, 4)]
    order = tuple(part for part in PARTS if part != dropped)
    html = Composer().book(make(*chapters, order=order, shown=shown, preface="<p>머리말</p>"))
    assert [name for name in NAMED if f'id="{name}"' in html] == [name for name in NAMED if name != dropped]
    assert f'href="#{dropped}"' not in html


def test_what_is_written_while_chapters_are_set_asks_nothing_of_them():
    chapters = [on(3, n, tags=("가",), authors=(f"글쓴이 {n}",)) for n in range(1, 4)]
    shown = tuple(ShownPicture(anchor=f"p{n}", src="x", width_share=1, width_mm=9) for n in range(80))
    before = make(*chapters, order=PARTS, preface="<p>머리말</p>")
    after = dataclasses.replace(before, shown=shown, preface="<!--0-->")
    written = {name for name in PARTS if name != "chapters" and Composer().part(after, name).strip()}
    assert written >= FORETOLD
    same = {name for name in written if Composer().part(before, name) == Composer().part(after, name)}
    assert same >= FORETOLD
    assert "contents" not in same  # they name the index of pictures, if there are enough


def test_parts_stand_in_the_order_they_are_given():
    order = ("colophon", "index", "chapters", "glance", "contents")
    html = Composer().book(make(on(1, 1, tags=("가",)), on(1, 2), on(1, 3), order=order))
    assert re.findall(r'id="(colophon|index|glance|contents|month-1)"', html) == [
        "colophon",
        "index",
        "month-1",
        "glance",
        "contents",
    ]


def test_a_theme_replaces_one_template_by_name(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/cover.html").write_text("<p>겉장 {{ book.year }}</p>", encoding="utf-8")
    html = Composer(tmp_path / "templates").book(make(on(3, 1)))
    assert "<p>겉장 2021</p>" in html
    assert "차례" in html


def test_a_template_that_comes_to_stand_before_ours_counts_at_once(tmp_path):
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "cover.html").symlink_to(tmp_path / "gone.html")  # as an editor's lock: it names no file
    assert "겉장" not in Composer(templates).book(make(on(3, 1)))
    (templates / "cover.html").unlink()
    for words in ("<p>겉장</p>", "<p>다른 겉장</p>"):
        (templates / "cover.html").write_text(words, encoding="utf-8")
        assert words in Composer(templates).book(make(on(3, 1)))


def test_a_wrong_template_names_file_and_line(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/cover.html").write_text("<p>\n{{ book.yeer }}</p>", encoding="utf-8")
    with pytest.raises(EngineError, match="yeer"):
        Composer(tmp_path / "templates").book(make(on(3, 1)))
    (tmp_path / "templates/cover.html").write_text("<p>\n{% if %}</p>", encoding="utf-8")
    with pytest.raises(EngineError, match=r"cover\.html:2"):
        Composer(tmp_path / "templates").book(make(on(3, 1)))


@pytest.mark.parametrize("trim", TRIMS.values(), ids=lambda trim: trim.name)
def test_the_type_area_is_a_whole_number_of_lines(trim):
    assert trim.type_height_pt == pytest.approx(trim.lines * trim.leading_pt, abs=1)
    assert trim.head + trim.foot + trim.type_height_pt * MM_PER_PT == pytest.approx(trim.height)
    assert trim.foot >= trim.head
    assert trim.inside > trim.outside
    assert trim.measure / MM_PER_PT / trim.size_pt <= 40
    assert f"size:{trim.width:g}mm {trim.height:g}mm" in page_css(trim, 0, facing=True)


def test_authors_are_listed_with_their_posts_when_there_are_several():
    many = make(on(3, 1, authors=("하늘",)), on(3, 2, authors=("가람",)), on(4, 2, authors=("하늘",)))
    assert [(entry.word, len(entry.chapter_ids)) for entry in many.authors] == [("가람", 1), ("하늘", 2)]
    assert make(on(3, 1, authors=("하늘",)), on(3, 2)).authors == ()


def link(anchor, last=""):
    return f'<a class="page-of" href="#{anchor}"' + (f' data-last="{last}"' if last else "") + "></a>"


def test_a_number_is_written_where_the_page_is_known():
    html = fill_pages(f"<p>{link('a')} {link('b')} <a href='#a'></a></p>", {"a": 12})
    assert html == f'<p><a class="page-of" href="#a">12</a> {link("b")} <a href=\'#a\'></a></p>'


def test_an_anchor_is_found_as_the_template_escaped_it():
    assert ">3</a>" in fill_pages(link("post-a&amp;b"), {"post-a&b": 3})
    assert ">3</a>" in fill_pages('<a href="#x" lang="ko" class="page-of">\n</a>', {"x": 3})


@pytest.mark.parametrize(
    ("spans", "printed"),
    [
        ([(5, 5)], "5"),
        ([(23, 25)], "23–25"),
        ([(8, 8), (9, 9), (10, 10)], "8–10"),
        ([(8, 9), (9, 11), (14, 14)], "8–11 14"),
        ([(40, 41), (7, 8)], "7–8 40–41"),
        ([(4, 9), (5, 6), (9, 9)], "4–9"),
        ([(4, 4), (6, 6)], "4 6"),
    ],
)
def test_pages_of_one_word_become_ranges(spans, printed):
    links = ", ".join(link(f"p{n}", f"end-of-p{n}") for n in range(len(spans)))
    folios = {f"p{n}": first for n, (first, _) in enumerate(spans)}
    folios |= {f"end-of-p{n}": last for n, (_, last) in enumerate(spans)}
    html = fill_pages(f'<p>가을<span class="pages">{links}</span></p>', folios)
    assert re.sub("<.*?>", "", html) == f"가을{printed.replace(' ', ', ')}"
    assert html.startswith('<p>가을<span class="pages"><a class="page-of" href="#p')


def test_ranges_are_made_only_among_the_pages_of_one_word():
    first, second = (f'<span class="pages">{link(name)}</span>' for name in ("a", "b"))
    assert re.findall(r">(\d+)<", fill_pages(first + second, {"a": 4, "b": 5})) == ["4", "5"]


def test_a_word_with_a_page_that_is_not_known_keeps_its_other_links():
    html = fill_pages(f'<span class="pages">{link("a")}, {link("b")}</span>', {"a": 4})
    assert html == f'<span class="pages"><a class="page-of" href="#a">4</a>, {link("b")}</span>'


def test_every_page_number_of_the_book_is_filled_the_same_way():
    """Once the engine knew the pages, no part asks it for one again."""
    book = make(on(3, 1, tags=("가",)), on(3, 2, tags=("가",), authors=("나",)), on(5, 2, authors=("다",)))
    order = ("contents", "chapters", "authors", "index", "colophon")
    html = Composer().book(dataclasses.replace(book, order=order))
    anchors = re.findall(r'class="page-of" href="#([^"]+)"', html)
    folios = {anchor: number for number, anchor in enumerate(re.findall(r' id="([^"]+)"', html))}
    assert set(anchors) <= set(folios)
    assert len(anchors) > 10
    assert not re.search(r'class="page-of"[^>]*></a>', fill_pages(html, folios))


def month_of(count, title="짧은 제목"):
    chapters = [on(5, day % 31 + 1, slug=f"p{day}", title=title) for day in range(count)]
    (part,) = make_parts(chapters, 2021, KO)
    return part


@pytest.mark.parametrize("trim", TRIMS.values(), ids=lambda trim: trim.name)
@pytest.mark.parametrize("count", [1, 4, 12, 31, 40, 62, 200])
def test_every_post_of_a_month_stands_on_its_opening_and_none_runs_off_the_page(trim, count):
    part = month_of(count)
    pages = open_part(part, trim)
    assert tuple(chapter for page in pages for chapter in page.chapters) == part.chapters
    assert len(pages) <= 1 + count // 15
    for page in pages:
        columns = 2 if page.layout == "columns" else 1
        height = (page.pitch_pt or trim.leading_pt) * -(-len(page.chapters) // columns) * MM_PER_PT
        taken = trim.head + (54 if page.layout == "few" else 0)
        assert height <= trim.height - taken - 20


def test_titles_of_a_month_stand_in_full_while_there_is_room():
    assert [page.layout for page in open_part(month_of(5), TRIMS["a5"])] == ["few"]
    long = "아주 긴 제목이라서 한 줄에는 도저히 들어갈 수가 없는 어느 봄날의 기록과 그 뒤의 이야기"
    assert [page.layout for page in open_part(month_of(5, long), TRIMS["a5"])] == ["many"]
    assert [page.layout for page in open_part(month_of(31), TRIMS["a5"])] == ["many"]
    assert [page.layout for page in open_part(month_of(40), TRIMS["a5"])] == ["columns"]
    assert [page.layout for page in open_part(month_of(40), TRIMS["46"])] == ["many", "many"]


def test_an_index_of_two_posts_is_left_out():
    two = make(on(1, 1, tags=("가",)), on(1, 2, tags=("나",)))
    assert 'id="index"' not in Composer().book(two)
    assert 'href="#index"' not in Composer().book(two)
    assert 'id="index"' in Composer().book(make(*two.chapters, on(1, 3)))


def test_the_cover_has_every_day_and_counts_what_was_written():
    book = make(on(3, 1), on(3, 2), on(3, 2, slug="again"))
    sizes = [mark.size for mark in book.drawing if not mark.label]
    assert (len(sizes), sum(size > 0 for size in sizes)) == (365, 2)
    assert sizes[31 + 28 + 1] > sizes[31 + 28] > 0
    assert [mark.label for mark in book.drawing if mark.label] == [str(n) for n in range(1, 13)]


def test_a_month_opens_under_its_first_sharp_picture_while_its_posts_leave_room():
    one, two = on(5, 1, slug="a"), on(5, 2, slug="ab")
    shown = tuple(
        ShownPicture(anchor=f"post-{slug}--picture-0", src=src, width_share=1, width_mm=9)
        for slug, src in (("b", "other"), ("a", "coarse"), ("ab", "fine"))
    )
    book = make(one, two, shown=shown, sharp=frozenset({"other", "fine"}))
    assert book.picture_of(book.parts[0]) == "fine"
    assert make(one, two, shown=shown).picture_of(book.parts[0]) == ""
    many = make(*month_of(14).chapters, shown=shown, sharp=frozenset({"fine"}))
    assert many.picture_of(many.parts[0]) == ""


def test_where_posts_run_on_a_page_is_begun_after_a_months_own_and_now_and_then():
    short = [on(month, 1) for month in range(1, 6)]
    parts = make(*short).parts
    long = make(*(dataclasses.replace(chapter, characters=30_000) for chapter in short)).parts
    ids = [part.chapters[0].id for part in parts]
    assert begin_pages(parts, continuous=False, month_openings=False) == set(ids)
    assert begin_pages(parts, continuous=True, month_openings=True) == set(ids)
    assert begin_pages(parts, continuous=True, month_openings=False) == {ids[0]}
    assert begin_pages(long, continuous=True, month_openings=False) == {ids[0], ids[2], ids[4]}


def test_a_month_does_not_show_what_stands_overleaf():
    one, two = on(5, 1, slug="a"), on(5, 2, slug="ab")

    def shows(*pictures):
        shown = tuple(
            ShownPicture(anchor=f"post-{slug}--picture-0", src=src, width_share=1, width_mm=9, opens=opens)
            for slug, src, opens in pictures
        )
        book = make(one, two, shown=shown, sharp=frozenset({"x", "y", "z"}))
        return book.picture_of(book.parts[0])

    assert shows(("a", "x", True)) == ""
    assert shows(("a", "x", True), ("ab", "y", True)) == "y"
    assert shows(("a", "x", True), ("ab", "y", True), ("ab", "z", False)) == "z"


def test_the_opening_holds_the_months_picture_for_themes_that_show_it():
    shown = (ShownPicture(anchor="post-a--picture-0", src="fine", width_share=1, width_mm=9),)
    book = make(on(5, 1, slug="a"), on(6, 1, slug="b"), shown=shown, sharp=frozenset({"fine"}))
    html = Composer().book(dataclasses.replace(book, order=("chapters",)))
    assert re.findall(r'class="month-opening ([^"]*)"', html) == ["few pictured", "few"]
    assert html.count('<div class="sky"><img src="fine" alt=""></div>') == 1


def test_a_picture_on_the_cover_takes_the_place_of_the_drawing_and_of_its_explanation():
    drawn = make(on(5, 1), cover=Cover(kind="dots"))
    assert 'class="cover dots"' in Composer().book(drawn)
    assert KO.cover_dots in Composer().book(drawn)
    cover = Cover(kind="picture", src="p", width_mm=100, height_mm=66.66)
    pictured = Composer().book(make(on(5, 1), cover=cover))
    assert 'src="p" alt="" style="width:100.0mm;height:66.7mm"' in pictured
    assert 'class="drawing"' not in pictured
    assert KO.cover_rings not in pictured


COMPILING = """
import sys
sys.dont_write_bytecode = {dont_write}
import jinja2
from pathlib import Path
from yearbook import compose
compose._COMPILED = Path({folder!r})
compiled = []
original = jinja2.Environment._generate
def generate(self, *given, **named):
    compiled.append(given[1])
    return original(self, *given, **named)
jinja2.Environment._generate = generate
composer = compose.Composer({templates!r} and Path({templates!r}))
composer.load(["cover", "contents"])
print(*compiled)
"""


def compile_templates(folder, templates="", *, dont_write=False):
    program = COMPILING.format(folder=str(folder), templates=str(templates), dont_write=dont_write)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_templates_are_compiled_once_and_what_is_damaged_again(tmp_path):
    first = compile_templates(tmp_path)
    assert {"cover.html", "contents.html"} <= set(first)
    assert compile_templates(tmp_path) == []
    for path in tmp_path.glob("?/*"):
        path.write_bytes(path.read_bytes()[:-1])
    assert compile_templates(tmp_path) == first


def test_templates_of_a_theme_are_not_kept_in_the_program(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/cover.html").write_text("겉장", encoding="utf-8")
    compile_templates(tmp_path / "kept")
    assert compile_templates(tmp_path / "kept", tmp_path / "templates") == ["cover.html"]


def test_a_program_that_is_to_write_nothing_keeps_no_templates(tmp_path):
    assert compile_templates(tmp_path / "kept", dont_write=True)
    assert not (tmp_path / "kept").exists()
