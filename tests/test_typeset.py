"""The engine's wall: what it may load, and what becomes of its complaints."""

import importlib
import json
import random
from xml.etree import ElementTree

import pytest

from yearbook.assets import asset_dir
from yearbook.bind import Facts, bind
from yearbook.compose import page_css
from yearbook.trims import TRIMS
from yearbook.typeset import Press, paint, tune_lines, tune_rules, tune_text, typeset
from yearbook.typeset.markup import read_quickly
from yearbook.typeset.paint import is_supported
from yearbook.typeset.tune import lean_sheet, untune
from yearbook.typeset.tune_draw import Drawer
from yearbook.typeset.tune_rules import keep_matches

pytestmark = pytest.mark.usefixtures("engine_as_it_was")


def set_page(html, font_config, css="", images=None):
    return typeset(f"<body>{html}", css=css, images=images or {}, font_config=font_config)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="file:///etc/hostname">',
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
        '<img src="data:text/html,x">',
        '<img src="yearbook-image:unknown">',
        '<link rel="stylesheet" href="file:///etc/hostname">',
        '<p style="background: url(file:///etc/hostname)">x</p>',
        '<object data="file:///etc/hostname"></object>',
        '<embed src="file:///etc/hostname">',
    ],
)
def test_the_engine_can_load_nothing_but_our_pictures(html, font_config, monkeypatch):
    opened = []
    monkeypatch.setattr("socket.socket.connect", lambda _self, address: opened.append(address))
    result = set_page(html, font_config)
    assert any("not a picture of this book" in notice.text for notice in result.notices)
    assert not opened


def test_the_engine_has_the_private_parts_that_are_used(font_config):
    """Fails when the engine is raised to a version whose private parts nobody has read."""
    set_page("<p>가", font_config)
    assert is_supported()


def house_css():
    """Everything that our styles have."""
    return page_css(TRIMS["a5"], 3, facing=False) + "".join(
        (asset_dir("styles") / f"{name}.css").read_text(encoding="utf-8")
        for name in ("tokens", "base", "page", "text", "figures", "code", "embeds", "parts", "furniture")
    )


def test_the_tuned_engine_sets_the_same_pages(font_config, monkeypatch):
    css = house_css()
    line = "<p>봄이 오면 <em>골목</em>의 <code>나무</code>가 먼저 안다. " + "가나다 " * 60
    lines = "줄 하나\n" * 90
    pages = "<a class='page-of' href='#a' data-late='a'>00–00</a>, " * 11
    prose = "".join(f"{line}{n}</p>" for n in range(9))
    html = (
        f'<html lang="ko"><body><article class="chapter" id="a"><div class="text"><h2>제목</h2>{prose}'
        "<p>주소<span class='note' data-number='1'>example.org</span></p><ol><li>첫째</li></ol>"
        "<ul><li>하나<ul><li>둘</li></ul></li></ul><blockquote><p>인용</p></blockquote>"
        f'<pre class="listing" data-more="python">{lines}</pre>'
        '<table><tr><th>가</th><td style="width:30%">나</td></tr></table></div></article>'
        '<section class="index"><div class="columns">'
        + "<p class='entry'>낱말 1, 2</p>" * 70
        + "".join(f"<p class='entry'><span>말</span> <span>{pages * n}</span></p>" for n in range(9))
        + "<div class='head'><p class='letter'>가</p><p class='entry'>끝 <b>1</b></p></div>" * 3
        + "</div></section><table class='cells'><tr><th>가<td>나</tr>"
        + "<tr><td colspan='2'>다 <i>라</i></tr></table>"
        + "<table class='cells open'><tr><td>가<td class='thick'>나</tr></table><section>"
        + "<div class='placed'>놓인 말 <b>굵게</b></div>"
        + "<div class='placed round'>놓인 말</div>"
        + "<div class='beside'>옆</div>"
        + "<p class='cut'>낱말이 길어서 잘린다</p>" * 2
        + "<p class='cut whole'>낱말이 길어서 잘린다</p><p dir='rtl'>오른쪽</p>"
        + prose
    )
    css += (
        ".placed { position: absolute; left: 3mm; top: 5mm; border: 1pt solid }"
        ".round { top: 15mm; background: #eee; border-radius: 2mm; box-shadow: 0 0 1mm #888 }"
        ".placed b { position: relative }"
        ".beside { float: left; width: 20mm; border: 1pt solid; border-radius: 1mm 0 0 20% }"
        ".cut { width: 15mm; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }"
        ".whole { text-overflow: clip; overflow: visible }"
        ".cells { border-collapse: collapse; width: 60% }"
        ".cells td, .cells th { border: 1pt solid; padding: 1% 1mm }"
        ".open td { border-bottom: 0; padding: 1mm } .cells .thick { border: 3pt double #888 }"
    )

    other = html.replace('id="a"', 'id="b" lang="en"').replace("봄이", "Spring,")

    def pull(*, quick):
        untune()
        press = Press(css=css, fonts=asset_dir("fonts"), font_config=font_config, quick=quick)
        return [press.draw(press.lay(each, images={})) for each in (html, other, html)]

    kept: list[bool] = []
    line_of = tune_lines._kept_line

    def kept_line(linebox, key, *others):
        kept.append(key in linebox.__dict__.get("_lines", {}))
        return line_of(linebox, key, *others)

    monkeypatch.setattr(tune_lines, "_kept_line", kept_line)
    plain = pull(quick=False)
    tuned = pull(quick=True)
    assert sum(kept) > len(kept) / 2 > 100
    assert lean_sheet(css) is not None
    assert len(plain[0].leaves) > 3
    assert tuned == plain
    assert tuned[0] == tuned[2] != tuned[1]


LINES = (
    "봄이 오면 나무가 먼저 안다. 그러면 <code>git log -p</code> 을 열고 <em>지난 일</em> 을 읽는다. " * 9,
    "Spring comes to the alley first; I read AV To Ty We. Yes, (1) fine office flow, 1.5 times. " * 9,
    "Typography 와 <b>Kerning</b> 은 다르다: To Va We 가나다 Yo. " * 9,
    "春が来ると路地の木が先に知る。それから「日誌」を開き、ABC を読む。" * 9,
    "春天来了，小巷里的树最先知道。然后打开“日志”，读 ABC 一遍。" * 9,
    "가\u00a0나 다\u2060라 마\u00ad바사 아\u200b자 차 카\u3000타 1\u2009000 ￦ " * 12,
    "שלום עולם 가나다 abc مرحبا 라마바 " * 12,
    "😀 가 ☃ 나 \U0001f468\u200d\U0001f469\u200d\U0001f467 다 \ue000 라 é ñ ǆ ﬁ " * 12,
    "<a href='#x'>띄어쓰기 </a> 앞 <i> 뒤 </i> 가운데 <code> a  b </code>. " * 12,
    "아주긴낱말" * 80,
    "한 <code>" + "averyveryverylongword" * 9 + "</code> 줄",
)


@pytest.mark.parametrize("language", ["ko", "en", "ja", "zh"])
def test_lines_are_drawn_as_the_engine_draws_them(font_config, language, monkeypatch):
    """Glyphs kept since a line was broken are those that the engine would set once more."""
    css = house_css()
    paragraphs = "".join(f"<p>{line}</p>" for line in LINES)
    loose = "".join(f"<p style='letter-spacing: 0; word-spacing: 1px'>{line}</p>" for line in LINES[:3])
    ways = ("pre-line", "pre-wrap")
    pre = "".join(f"<p style='white-space: {way}'>가  나 {LINES[0]}</p>" for way in ways)
    html = (
        f'<html lang="{language}"><body><article class="chapter" id="a"><div class="text">'
        f"{paragraphs}{loose}{pre}<pre class='listing'>\tdef f(a):\n\t\treturn  a  # 가 나\n</pre>"
        f"<ul><li>{LINES[2]}</li></ul></div></article>"
    )

    def pull(*, quick):
        press = Press(css=css, fonts=asset_dir("fonts"), font_config=font_config, quick=quick)
        return press.draw(press.lay(html, images={}))

    plain = pull(quick=False)
    kept: list[bool] = []
    read = Drawer._read_kept

    def read_kept(*args):
        found = read(*args)
        kept.append(found is not None)
        return found

    monkeypatch.setattr(Drawer, "_read_kept", read_kept)
    assert pull(quick=True) == plain
    assert sum(kept) > max(20, len(kept) / 2)


CHAPTER = """<article class="chapter" id="post-a" lang="ko"><h1 data-title="글 &amp; 말">글 &amp; 말</h1>
<div class="text"><p>가 <em>나</em>&nbsp;<code>&lt;b&gt; "x"</code><br>다<span class="note">주</span></p>
<ul><li>하나<ul><li><p>둘</p></li></ul></li></ul><dl><dt>말</dt><dd>뜻</dd></dl><pre class="listing">
a
  b</pre><ruby>漢<rt>かん</rt></ruby>
<table><thead><tr><th>가</th></tr></thead><tbody><tr><td>나</td></tr></tbody></table>
<figure><img src="yearbook-image:0" alt="'봄'" style="width:3mm"><figcaption>봄</figcaption></figure>
<a href="#post-b" class="reference" data-page="000">글</a>
<details open><summary>더</summary><p>속</p></details></div></article>"""
DEEP = "<p>" + "<span>" * 400 + "깊다" + "</span>" * 400


@pytest.mark.parametrize("body", [CHAPTER, "<p>가</p>" * 3, DEEP, "<p>\ue000 \u2060 😀 &#8203;</p>"])
def test_a_piece_is_read_as_the_engine_reads_it(body):
    html = f'<!DOCTYPE html><html lang="ko"><body>{body}</body></html>'
    tree = read_quickly(html)
    own = importlib.import_module("tinyhtml5").parse(html, namespace_html_elements=False)
    assert list(told(tree)) == list(told(own))


def told(element):
    """Everything that a tree says, in order."""
    for each in element.iter():
        yield each.tag, dict(each.attrib), each.text or "", each.tail or "", len(each)


@pytest.mark.parametrize("body", ["<svg viewBox='0 0 1 1'/>", "<table><tr><td>가</table>"])
def test_what_is_read_otherwise_is_left_to_the_engine(body):
    assert read_quickly(f"<html><body>{body}</body></html>") is None


WORDS = (
    "봄은 늘 생각보다 그래서 삼월에는 있는 늘렸다. (그만큼) code function_name the 3,200 “따옴표” "
    "日本語 北京 é — https://example.org/a/b あいう ー 😀 ☃"
)


@pytest.mark.parametrize("between", [" ", "", "mixed"])
@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("faces", ["'Pretendard JP','Noto Serif KR'", "'Noto Serif KR';letter-spacing:-.1px"])
def test_lines_end_where_the_engine_ends_them(font_config, between, kept, faces):
    """Any text in any width; words are kept together by joiners as in headings, or not."""
    breaks = importlib.import_module("weasyprint.text.line_break")
    theirs = breaks.split_first_line
    css = f"p{{font-size:10px;font-family:{faces}}}"
    press = Press(css=css, fonts=asset_dir("fonts"), font_config=font_config)
    document = press.lay("<p>가</p>", images={}).document
    style = next(b.style for b in document.pages[0]._page_box.descendants() if getattr(b, "text", ""))
    ours = breaks.split_first_line
    assert ours is not theirs
    chance = random.Random(f"{between}{kept}")
    for _ in range(400):
        words = chance.choices(WORDS.split(), k=chance.randint(3, 60))
        words = ["\u2060".join(word) for word in words] if kept else words
        text = "".join(word + (chance.choice(" ,") if between == "mixed" else between) for word in words)
        width = chance.uniform(20, 500)
        (one, *facts), (other, *others) = (
            split(text, style, None, width, 0) for split in (theirs, ours)
        )
        assert (one.text, facts) == (other.text, others), (text, width)


def test_an_attachment_is_not_embedded(font_config):
    result = set_page('<link rel="attachment" href="file:///etc/hostname"><p>x', font_config)
    assert b"EmbeddedFile" not in result.pdf


def test_complaints_become_notices_without_repeats(font_config):
    result = set_page('<p style="colour: red">가<p style="colour: red">나', font_config)
    assert [notice.is_error for notice in result.notices] == [False]


def test_a_clean_page_has_no_notices(font_config):
    assert (
        set_page(
            "<p lang=ko>가나다 ABC 日本 中文 😀 ①</p>", font_config, css="body{font-family:'Noto Serif KR'}"
        ).notices
        == ()
    )


def test_a_character_no_font_has_is_noticed(font_config):
    result = set_page("<p>ก</p>", font_config)
    assert any("U+0E01" in notice.text for notice in result.notices)


def test_anchors_know_their_page(font_config):
    result = set_page('<p id="a">1<p id="b" style="break-before:page">2', font_config)
    assert dict(result.anchors) == {"a": 0, "b": 1}


def test_pages_are_counted_as_they_are_laid_out(font_config):
    seen = []
    typeset(
        "<p>1<p style='break-before:page'>2", css="", images={}, font_config=font_config, on_page=seen.append
    )
    assert set(seen) >= {1, 2}


def test_the_same_page_is_the_same_bytes(font_config):
    first, second = (set_page("<p>같은 글", font_config).pdf for _ in range(2))
    assert first == second
    facts = Facts(unnumbered=0, bleed_mm=3, title="책", author="글쓴이", language="ko")
    assert bind(first, facts) == bind(second, facts)


RULES = """
p {} .text > p {} .text p em {} p.tight {} h2 + p {} p:first-child {} li:last-child {} a[href^="#"] {}
#post-a p {} #x {} :lang(en) {} [lang="en"] em {} p:not(.tight) {} li li {} :is(em, b) code {}
ul > li:only-child {} * + * {} b ~ em {} [id] {} [title="가"] {} p::before {} div:empty {} :root > body p {}
td[class~="a"] {} P EM {} a:any-link {} p:has(em) {} .text.chapter p {} [data-kind|="a"] {} .a .b .c {}
a[href$=".pdf"] {} p:nth-child(2) {} p:nth-child(2):last-child {} p:nth-child(5) {} p:nth-child(odd) {}
li:nth-last-child(3) {} li:nth-last-child(4) {} .a em + p {} h2 + p + p {} p:first-of-type {}
:root:lang(ko) b {} p:not(:first-child) {} .a + .b {} #x + p {} p:only-child + em {} em:first-child + p {}
li:first-child p {}
"""
TAGS = ("p", "p", "em", "b", "code", "li", "ul", "a", "h2", "div", "td")
NAMES = ("class", "id", "id", "lang", "href", "title", "data-kind")
VALUES = ("text", "chapter", "tight", "a", "b a", "c", "x", "en", "#x", "y.pdf", "가", "a-b", "")


def grow(chance, depth=0):
    """A random element and all in it; most have no attribute, so that many are in the same place."""
    names = chance.sample(NAMES, k=max(0, chance.randint(-3, 2)))
    element = ElementTree.Element(chance.choice(TAGS), {name: chance.choice(VALUES) for name in names})
    element.text = chance.choice(["", "말"])
    element.extend(grow(chance, depth + 1) for _ in range(chance.randint(0, 7) if depth < 3 else 0))
    return element


@pytest.mark.parametrize("seed", range(12))
def test_the_rules_that_reach_an_element_are_those_the_engine_finds(seed):
    """In several documents one after the other, each element in whatever place."""
    engine = importlib.import_module("weasyprint")
    selectors = importlib.import_module("cssselect2")
    theirs, ours = (engine.CSS(string=RULES.replace("{}", "{color: red}")) for _ in range(2))
    keep_matches([ours])
    chance = random.Random(seed)
    for _ in range(12):
        root = ElementTree.Element("html", chance.choice([{}, {"lang": "ko"}, {"lang": "en"}]))
        body = ElementTree.SubElement(root, "body")
        body.extend(grow(chance) for _ in range(chance.randint(1, 9)))
        for element in selectors.ElementWrapper.from_html_root(root).iter_subtree():
            one, other = theirs.matcher.match(element), ours.matcher.match(element)
            assert [entry[:3] for entry in one] == [entry[:3] for entry in other]


def test_places_are_forgotten_when_there_are_too_many(monkeypatch):
    engine = importlib.import_module("weasyprint")
    selectors = importlib.import_module("cssselect2")
    monkeypatch.setattr(tune_rules, "_MOST_PLACES", 3)
    theirs, ours = (engine.CSS(string="p { color: red } p p { color: blue }") for _ in range(2))
    keep_matches([ours])
    for depth in (1, 2, 5, 1, 9):
        root = element = ElementTree.Element("p")
        for _ in range(depth):
            element = ElementTree.SubElement(element, "p")
        for each in selectors.ElementWrapper.from_html_root(root).iter_subtree():
            assert [e[:3] for e in ours.matcher.match(each)] == [e[:3] for e in theirs.matcher.match(each)]
        assert len(ours.matcher._known) <= 4 + depth


@pytest.mark.parametrize("language", [None, "ko", "ja", "zh", "en", "th"])
def test_between_two_letters_a_line_breaks_where_the_engine_breaks_it(language):
    """Asked once and again: pairs of letters of all scripts, and longer texts."""
    breaks = importlib.import_module("weasyprint.text.line_break")
    quick = tune_text._asking_once(breaks.can_break_text)
    chance = random.Random(language)
    letters = "가나 a1.,-\u00a0\u200b\u2060(「。、—ก\u0301あ漢🙂"
    lengths = [0, 1, 2, 2, 2, 3, 9] * 60
    for text in ["".join(chance.choices(letters, k=length)) for length in lengths] * 2:
        assert quick(text, language) == breaks.can_break_text(text, language)


def test_every_bundled_font_is_known_by_how_it_begins():
    fonts = asset_dir("fonts")
    lock = json.loads((fonts / "fonts.lock.json").read_text(encoding="utf-8"))
    names = paint._names_of(fonts)
    assert sorted(names.values()) == sorted(lock)
    for name in lock:
        content = (fonts / name).read_bytes()
        assert names[paint._look_of(content)] == name
