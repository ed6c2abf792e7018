"""Pictures and links of a chapter."""

import itertools
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import make_blog, make_chapter, make_post

from yearbook.fill import Adjustment
from yearbook.localise import Setting, find_images, localise, survey, targets
from yearbook.localise.galleries import choose_rows
from yearbook.model import MissingImage, PrintImage, Syntax
from yearbook.render import render
from yearbook.trims import MM_PER_PT, TRIMS
from yearbook.wording import wording

A5 = TRIMS["a5"]
SETTING = Setting(trim=A5, words=wording("ko"), notes=True, base_url="https://blog.example")


def picture(width=1600, height=900, name="a", kind="jpeg"):
    return PrintImage(
        sha256=name * 64,
        path=Path(f"/{name}"),
        kind=kind,
        width_px=width,
        height_px=height,
        source_width_px=width,
        source_height_px=height,
    )


MISSING = MissingImage(
    key="k",
    url="https://img.example/gone.png",
    reason="missing",
    detail="404: not found",
    hint="upload it again",
)


def settle(html, pictures=None, others=(), setting=SETTING, **post):
    chapter = make_chapter(html, **post)
    known = targets([survey(each) for each in (chapter, *others)])
    return localise(chapter, pictures=pictures or {}, targets=known, setting=setting)


def find(html, located=None, **post):
    return find_images(
        survey(make_chapter(html, **post)), locate=lambda _post, _src: located, base_url="https://blog.example"
    )


# --- finding


def test_pictures_are_found_in_order_with_their_lines():
    uses = find('<p data-line="3"><img src="a.png" alt="가"></p><p><img src="b.png" data-line="9"></p>')
    assert [(use.src, use.alt, use.line) for use in uses] == [("a.png", "가", 7), ("b.png", "", 13)]


def test_the_opening_picture_comes_first():
    assert [use.src for use in find('<img src="a.png">', hero="top.jpg")] == ["top.jpg", "a.png"]


@pytest.mark.parametrize(
    ("src", "located", "local", "url"),
    [
        ("https://img.example/a.png", None, None, "https://img.example/a.png"),
        ("//img.example/a.png", None, None, "https://img.example/a.png"),
        ("/a.png", Path("/blog/a.png"), Path("/blog/a.png"), ""),
        ("/a.png", None, None, ""),
        ("https://blog.example/a.png", Path("/blog/a.png"), Path("/blog/a.png"), ""),
        ("https://blog.example/a.png", None, None, "https://blog.example/a.png"),
        ("https://blog.example.org/a.png", Path("/blog/a.png"), None, "https://blog.example.org/a.png"),
    ],
)
def test_an_address_is_a_file_of_the_blog_or_remote(src, located, local, url):
    (use,) = find(f'<img src="{src}">', located)
    assert (use.local, use.url) == (local, url)


def chosen(html):
    return survey(make_chapter(html)).html


def test_the_widest_light_picture_is_chosen():
    assert 'src="big.png"' in chosen('<img src="a.png" srcset="a.png 1x, big.png 2x">')
    dark = '<source media="(prefers-color-scheme: dark)" srcset="night.png">'
    assert chosen(f'<picture>{dark}<img src="day.png"></picture>') == '<img src="day.png">'
    assert chosen('<p>x<img src="a.png#gh-dark-mode-only">y</p>') == "<p>xy</p>"


def test_githubs_pictures_of_emoji_become_emoji():
    src = "https://github.githubassets.com/images/icons/emoji/unicode/1f44a.png"
    assert chosen(f'<p>힘내 <img src="{src}">!</p>') == "<p>힘내 👊!</p>"


# --- pictures


def test_a_figure_is_a_whole_number_of_lines_tall():
    for height in range(300, 1600, 37):
        html = settle('<figure><img src="a"></figure>', {"a": picture(1600, height)}).html
        style = html.split('style="')[1].split('"')[0]
        values = dict(part.split(":") for part in style.split(";"))
        lines = float(values["height"].removesuffix("pt")) / A5.leading_pt
        assert lines == int(lines)
        picture_pt = float(html.split("height:")[2].split("mm")[0]) / MM_PER_PT
        assert -0.26 <= lines - picture_pt / A5.leading_pt <= 0.76


def test_a_small_picture_is_not_blown_up():
    html = settle('<figure><img src="a"></figure>', {"a": picture(300, 200)}).html
    assert f"width:{300 / 150 * 25.4:.2f}mm" in html


def test_a_tall_picture_leaves_room_for_text():
    html = settle('<figure><img src="a"></figure>', {"a": picture(1000, 4000)}).html
    height_mm = float(html.split("height:")[-1].split("mm")[0])
    assert height_mm / MM_PER_PT <= A5.type_height_pt * 0.63


def test_a_wish_for_half_the_width_is_granted():
    html = settle('<figure><img src="a" data-width="50%"></figure>', {"a": picture(3000, 1000)}).html
    assert f"width:{A5.measure / 2:.2f}mm" in html


def test_two_pictures_stand_side_by_side_equally_tall_and_fill_the_measure():
    pictures = {"a": picture(800, 1200, "a"), "b": picture(1600, 900, "b")}
    html = settle('<figure class="pair"><img src="a"><img src="b"></figure>', pictures).html
    sizes = [part.split("mm")[0] for part in html.split("img ")[1:] for part in [part.split("width:")[1]]]
    assert sum(float(size) for size in sizes) + 3 == pytest.approx(A5.measure, abs=0.05)
    assert html.count("height:") >= 2


@pytest.mark.parametrize("around", ["<ul><li>{}</li></ul>", "<blockquote>{}</blockquote>"])
def test_a_picture_in_a_list_is_no_wider_than_the_list(around):
    pictures = {"a": picture(4000, 2000, "a"), "b": picture(4000, 2000, "b")}
    for inner in ('<figure><img src="a"></figure>', '<figure><img src="a"><img src="b"></figure>'):
        html = settle(around.format(inner), pictures).html
        widths = [float(width) for width in re.findall(r"width:([\d.]+)mm;height:[\d.]+mm", html)]
        assert sum(widths) <= A5.measure - 15.4 * MM_PER_PT + 0.01


def figures(*sources, caption=""):
    return "".join(f'<figure><img src="{src}">{caption}</figure>' for src in sources)


def test_two_upright_pictures_in_a_row_stand_side_by_side_with_both_captions():
    pictures = {"a": picture(800, 1200, "a"), "b": picture(900, 1200, "b")}
    html = settle(figures("a", "b", caption="<figcaption>말</figcaption>"), pictures).html
    assert html.count("<figure") == 1
    assert "<figcaption>말 · 말</figcaption>" in html


@pytest.mark.parametrize("between", ["<p>글</p>", "글"])
def test_words_between_pictures_keep_them_apart(between):
    pictures = {"a": picture(800, 1200, "a"), "b": picture(900, 1200, "b")}
    assert settle(figures("a") + between + figures("b"), pictures).html.count("<figure") == 2


def test_two_broad_pictures_stay_below_each_other():
    pictures = {"a": picture(1600, 900, "a"), "b": picture(1600, 900, "b")}
    assert settle(figures("a", "b"), pictures).html.count("<figure") == 2


def test_three_pictures_in_a_row_are_a_gallery_unless_they_have_captions():
    pictures = {name: picture(1600, 900, name) for name in "abc"}
    assert settle(figures(*"abc"), pictures).html.count("<figure") == 1
    assert settle(figures(*"abc", caption="<figcaption>말</figcaption>"), pictures).html.count("<figure") == 3


@pytest.mark.parametrize("count", [3, 4, 5, 7, 12, 40])
def test_rows_of_a_gallery_are_much_alike_and_hold_every_picture(count):
    ratios = [1.5, 0.7, 1.0, 1.8][: count % 4 + 1] * count
    starts = choose_rows(ratios[:count], SETTING)
    assert starts[0] == 0
    assert starts[-1] == count
    heights = [A5.measure / sum(ratios[a:b]) for a, b in itertools.pairwise(starts)]
    assert all(1 <= b - a <= 3 for a, b in itertools.pairwise(starts))
    assert max(heights) <= 3.2 * min(heights)


def test_a_gallery_longer_than_a_page_has_rows_of_whole_lines():
    pictures = {name: picture(1600, 1000, name) for name in "abcdef"}
    html = settle(
        f"<figure class='gallery'>{figures(*'abcdef' * 4).replace('figure', 'span')}</figure>", pictures
    )
    heights = re.findall(r'class="row" style="height:([\d.]+)mm"', html.html)
    assert len(heights) > 4
    for height in heights:
        lines = float(height) / MM_PER_PT / A5.leading_pt
        assert lines == pytest.approx(round(lines), abs=0.01)


def test_a_picture_in_a_sentence_stays_in_its_line():
    html = settle('<p>앞 <img src="a"> 뒤</p>', {"a": picture(20, 20)}).html
    assert 'class="inline"' in html
    assert "앞 <img" in html


@pytest.mark.parametrize("name", ["kramdown", "commonmark"])
@pytest.mark.parametrize("address", ["/그림/가을.jpg", "</그림/봄 사진.jpg>"])
def test_a_picture_with_a_name_in_hangul_is_found_again(name, address):
    """What is listed is what stands in the chapter, whatever writing HTML did to the address."""
    post = make_post(body=f"![봄]({address})", syntax=Syntax(name=name))
    chapter = survey(render(post, blog=make_blog()))
    (use,) = find_images(chapter, locate=lambda _post, src: Path(unquote(src)), base_url="")
    assert (use.name, use.local) == (address.strip("<>"), Path(address.strip("<>")))
    gone = MissingImage(key="k", url="", reason="missing", detail="없다", hint="")
    settled = localise(chapter, pictures={use.src: gone}, targets=targets([chapter]), setting=SETTING)
    assert "missing-image" in settled.html


def test_a_missing_picture_becomes_a_box_with_text_address_and_reason():
    html = settle('<figure><img src="a" alt="한강의 저녁"></figure>', {"a": MISSING}).html
    for words in ("싣지 못한 그림", "한강의 저녁", "img.example/gone.png", "404: not found"):
        assert words in html
    assert "<img" not in html


def test_a_missing_picture_does_not_repeat_a_name_that_says_nothing():
    assert "IMG_1234" not in settle('<figure><img src="a" alt="IMG_1234"></figure>', {"a": MISSING}).html


def test_the_opening_picture_is_not_printed_twice():
    pictures = {"top.jpg": picture(name="a"), "again.jpg": picture(name="a")}
    assert 'class="hero"' in settle("<p>글</p>", pictures, hero="top.jpg").html
    assert (
        'class="hero"' not in settle('<figure><img src="again.jpg"></figure>', pictures, hero="top.jpg").html
    )


# --- links


def test_a_link_gets_a_numbered_note_with_a_short_address():
    html = settle('<p><a href="https://www.python.org/a/?utm_source=x">파이썬</a>과</p>').html
    assert '<span class="note address" data-number="1">www.python.org/a</span>과' in html


def test_a_repeated_address_gets_one_note():
    link = '<a href="https://a.example/">가</a>'
    assert settle(f"<p>{link} {link}</p>").html.count('class="note address"') == 1


def test_an_address_that_is_its_own_text_needs_no_note():
    assert "note" not in settle('<p><a href="https://a.example/x">https://a.example/x</a></p>').html


def test_addresses_are_readable():
    html = settle('<p><a href="https://a.example/%ED%95%9C%EA%B8%80">글</a></p>').html
    assert ">a.example/한글</span>" in html


@pytest.mark.parametrize("block", ["h2", "table", "figcaption"])
def test_the_engine_is_spared_footnotes_where_it_stumbles(block):
    inner = '<a href="https://a.example/">가</a>'
    html = {
        "h2": f"<h2>{inner}</h2>",
        "table": f"<table><tr><td>{inner}</td></tr></table>",
        "figcaption": f"<figure><figcaption>{inner}</figcaption></figure>",
    }[block]
    settled = settle(html).html
    assert 'class="note address"' not in settled
    assert settled.endswith('<p class="block-note"><span class="number">1</span>a.example</p>')


def test_a_link_to_a_post_of_the_book_leads_to_its_page():
    other = make_chapter('<h2 id="post-b--why">왜</h2>', slug="b", permalink="/2021/b/")
    for href in (
        "/2021/b/",
        "/2021/b",
        "/2021/b/index.html",
        "https://blog.example/2021/b/",
        "../../2021/b/",
    ):
        html = settle(f'<p><a href="{href}">글</a></p>', others=[other]).html
        assert '<a href="#post-b" class="reference">글</a>' in html, href
    html = settle('<p><a href="/2021/b/#why">글</a></p>', others=[other]).html
    assert 'href="#post-b--why"' in html


def test_a_link_to_a_post_outside_the_book_prints_its_public_address():
    html = settle('<p><a href="/2019/old/">옛글</a></p>').html
    assert "blog.example/2019/old</span>" in html


def test_without_a_public_address_such_a_link_is_a_finding():
    setting = Setting(trim=A5, words=wording("ko"), notes=True, base_url="")
    chapter = settle('<p data-line="2"><a href="/2019/old/">옛글</a></p>', setting=setting)
    assert [(f.kind, f.line) for f in chapter.findings] == [("dead-link", 6)]
    assert "<a>옛글</a>" in chapter.html


def test_a_dead_anchor_loses_its_link():
    assert "<a>글</a>" in settle('<p><a href="#nowhere">글</a></p>').html


def test_mail_needs_no_note():
    assert "note" not in settle('<p><a href="mailto:a@example.org">편지</a></p>').html


def test_a_short_footnote_of_the_post_stands_at_the_foot_of_the_page():
    html = (
        '<p>글<sup><a href="#post-a-day--fn1" id="post-a-day--r1">1</a></sup> 끝</p>'
        '<section class="footnotes"><ol><li id="post-a-day--fn1"><p>짧은 주석 '
        '<a class="footnote-backref" href="#post-a-day--r1">↩</a></p></li></ol></section>'
    )
    settled = settle(html).html
    assert '<span class="note" data-number="1">짧은 주석 </span>' in settled
    assert "footnotes" not in settled


def test_a_link_in_a_footnote_prints_its_address_in_brackets():
    html = (
        '<p>글<sup><a href="#post-a-day--fn1">1</a></sup></p><section class="footnotes"><ol>'
        '<li id="post-a-day--fn1"><p><a href="https://b.example/x/">여기</a> 참고</p></li></ol></section>'
    )
    assert "여기</a> (b.example/x) 참고" in settle(html).html


def test_a_card_prints_its_address_itself():
    html = '<aside class="embed"><p><a href="https://v.example/1">영상</a></p></aside>'
    assert "note" not in settle(html).html


def test_a_long_footnote_stays_at_the_end():
    html = (
        '<p>글<sup><a href="#post-a-day--fn1">1</a></sup></p>'
        f'<section class="footnotes"><ol><li id="post-a-day--fn1"><p>{"긴 주석 " * 200}</p></li></ol>'
        "</section>"
    )
    assert '<section class="footnotes">' in settle(html).html


def test_notes_can_be_switched_off():
    setting = Setting(trim=A5, words=wording("ko"), notes=False, base_url="")
    assert "note" not in settle('<p><a href="https://a.example/">가</a></p>', setting=setting).html


# --- wishes that fill pages

FIGURE = '<figure><img src="a"></figure>'


def adjusted(html, wish):
    chapter = make_chapter(html)
    name = f"{chapter.id}--picture-0"
    pictures = {"a": picture(1600, 1200)}
    known = targets([survey(chapter)])
    return localise(
        chapter, pictures=pictures, targets=known, setting=SETTING, adjustments={name: wish}
    ).html


def test_text_may_go_before_a_picture_but_not_a_heading():
    html = f"{FIGURE}<p>하나</p><p>둘</p><h2>셋</h2><p>넷</p>"
    near = adjusted(html, Adjustment(later=1))
    assert near.index("하나") < near.index("<figure") < near.index("둘")
    far = adjusted(html, Adjustment(later=9))
    assert far.index("둘") < far.index("<figure") < far.index("셋")


def test_a_picture_shrinks_to_the_lines_there_are_but_not_below_three_quarters():
    def height(html):
        return float(html.split("height:")[2].split("mm")[0])

    natural = height(adjusted(FIGURE, Adjustment()))
    assert height(adjusted(FIGURE, Adjustment(lines=12))) == pytest.approx(12 * 17 * MM_PER_PT, abs=0.1)
    assert height(adjusted(FIGURE, Adjustment(lines=3))) == pytest.approx(natural * 0.75, abs=0.1)


def test_a_figure_loses_the_lines_that_are_wished():
    def lines(html):
        return float(re.search(r'<figure style="[^"]*height:([0-9.]+)pt', html)[1]) / A5.leading_pt

    natural = lines(adjusted(FIGURE, Adjustment()))
    assert lines(adjusted(FIGURE, Adjustment(less=2))) == natural - 2


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_gallery_gets_as_short_as_is_wished_but_not_below_three_quarters(count):
    html = "".join(f'<figure><img src="{name}"></figure>' for name in "abcdef"[:count])
    chapter = make_chapter(html)
    pictures = {name: picture(1000, 1400, name) for name in "abcdef"}
    known = targets([survey(chapter)])

    def box(**wish):
        wishes = {f"{chapter.id}--picture-0": Adjustment(**wish)}
        made = localise(chapter, pictures=pictures, targets=known, setting=SETTING, adjustments=wishes).html
        found = re.search(r"width:([0-9.]+)mm;height:([0-9.]+)pt", made)
        return float(found[1]), float(found[2]) / A5.leading_pt

    width, lines = box()
    assert width == pytest.approx(A5.measure, abs=0.01)
    for wish in ({"less": 2}, {"lines": round(lines) - 2}):
        smaller, fewer = box(**wish)
        assert smaller < width
        assert fewer == lines - 2
    assert box(lines=1)[0] == pytest.approx(width * 0.75, abs=0.01)


def test_the_words_of_a_chapter_stand_closer_on_wish():
    chapter = make_chapter("<p>하나</p><blockquote><p>둘</p></blockquote>")
    known = targets([survey(chapter)])
    wish = {chapter.id: Adjustment(tight=True)}
    html = localise(chapter, pictures={}, targets=known, setting=SETTING, adjustments=wish).html
    assert html == '<p class="tight">하나</p><blockquote class="short"><p>둘</p></blockquote>'


# --- formulas and cards


def test_a_formula_is_drawn_and_its_tex_can_be_found():
    html = settle('<p>값은 <span class="math">x^2</span>이다.</p>').html
    assert "<svg" in html
    assert "x^2" in html
    assert "이다." in html


def test_a_formula_that_cannot_be_drawn_stays_and_is_named():
    chapter = settle('<p data-line="4"><span class="math">\\frac{1}{</span></p>')
    assert [(f.kind, f.line) for f in chapter.findings] == [("formula", 8)]
    assert "\\frac{1}{" in chapter.html


def test_a_film_becomes_a_card_with_its_title_address_and_code():
    aside = (
        '<aside class="embed embed-youtube" data-url="https://www.youtube.com/watch?v=abcdefghijk" '
        'data-kind="youtube"><p class="embed-title">여름 바다</p><p class="embed-url">…</p></aside>'
    )
    html = settle(aside).html
    assert "여름 바다" in html
    assert "youtube.com/watch?v=abcdefghijk" in html
    assert "<svg" in html
    assert "data-number" not in html
