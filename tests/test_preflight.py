"""Preflight: what it says of chapters before they are typeset, and of finished PDFs."""

import dataclasses
import hashlib
import io
import random
import re
import sys
import unicodedata
from pathlib import Path

import pikepdf
import pytest
from conftest import make_chapter, make_post
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream, String

from yearbook.assets import asset_dir
from yearbook.bind import Facts, bind
from yearbook.errors import EngineError, UsageError
from yearbook.fonts import write_fontconfig
from yearbook.localise import survey
from yearbook.model import Finding, Severity
from yearbook.preflight import Expectations, coverage, inspect, inspect_chapters, join, look_at
from yearbook.preflight.coverage import find_unprintable, is_printable
from yearbook.preflight.read import read_facts
from yearbook.render import render
from yearbook.trims import TRIMS
from yearbook.typeset import typeset

FONTS = asset_dir("fonts")
ROOT = Path(__file__).parent.parent
PT = 72 / 25.4
A5 = TRIMS["a5"]


def look(*bodies, base_url="https://blog.example", elsewhere=()):
    """Findings about posts with these bodies; a dict gives other fields of the post."""
    posts = [
        make_post(**({"slug": f"p{n}", "title": f"글 {n}", "permalink": f"/posts/p{n}/", "body": body}
                     if isinstance(body, str) else body))
        for n, body in enumerate(bodies)
    ]  # fmt: skip
    chapters = [render(post) for post in posts]
    return inspect_chapters(chapters, fonts=FONTS, base_url=base_url, elsewhere=elsewhere)


def brief(findings):
    return [(f.kind, str(f.severity), f.place, f.line) for f in findings]


# ------------------------------------------------------------------------------------------ characters


def test_a_character_no_font_has_is_named_with_code_point_post_and_line():
    [found] = look("하나\n\n둘 ກ 셋\n\nກ")
    assert brief([found]) == [("missing-glyph", "error", "posts/p0.md", 7)]
    assert "U+0E81 LAO LETTER KO" in found.message
    assert "2 times" in found.message


@pytest.mark.parametrize(
    ("char", "words"), [("\ue000", "private use"), ("\U000f1234", "private use"), ("\u0378", "not assigned")]
)
def test_characters_that_mean_nothing_are_errors(char, words):
    [found] = look(f"하나 {char} 둘")
    assert brief([found]) == [("private-character", "error", "posts/p0.md", 5)]
    assert words in found.message


@pytest.mark.parametrize("body", ["둘 &#xE0BF; 셋", "둘 &#57535; 셋"])
def test_a_character_written_as_an_entity_is_found(body):
    [found] = look(f"하나\n\n{body}")
    assert brief([found]) == [("private-character", "error", "posts/p0.md", 7)]


def test_a_title_is_looked_at_too():
    [found] = look({"slug": "a", "title": "ກ", "body": "글"})
    assert (found.kind, found.line) == ("missing-glyph", 1)


@pytest.mark.parametrize(
    "text",
    [
        "가나다 ABC 日本 中文 ①②③ → ≠ ∑",
        "👨‍👩‍👧‍👦 🇰🇷 👍🏽 1️⃣ 🏳️‍🌈 ❤️",
        "café cafe\u0301 \u1112\u1161\u11ab",
        "\u200b\u200d\ufeff\u2060\u00ad\u3000\u00a0\t",
    ],
)
def test_what_prints_is_no_finding(text):
    assert look(text) == ()


def test_the_list_of_characters_fits_the_fonts():
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from font_coverage import coverage_text
    finally:
        sys.path.pop(0)
    assert coverage_text(FONTS) == (FONTS / "coverage.txt").read_text(encoding="ascii")
    lock = hashlib.sha256((FONTS / "fonts.lock.json").read_bytes()).hexdigest()
    assert lock in coverage_text(FONTS)


def test_a_damaged_list_of_characters_is_an_error(tmp_path):
    with pytest.raises(EngineError):
        is_printable("가", tmp_path)


@given(st.text(max_size=60))
def test_no_text_is_too_odd_to_be_judged(text):
    for char in find_unprintable(text, FONTS):
        assert not is_printable(char, FONTS)


# ------------------------------------------------------------------------------------- tags and titles


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        ("하나\n\n둘 {{ site.title }} 셋", "{{ site.title"),
        ("하나\n\n둘 {% if x %} 셋", "{% if x"),
        ("하나\n\n둘 {: .red} 셋", "{: .red}"),
    ],
)
def test_a_tag_that_would_be_printed_is_named(body, tag):
    found = [f for f in look({"slug": "p0", "body": body, "engine": "plain"}) if f.kind == "raw-tag"]
    assert brief(found) == [("raw-tag", "warning", "posts/p0.md", 7)]
    assert tag in found[0].message


@pytest.mark.parametrize(
    "body", ["`{{ x }}`", "```\n{% x %}\n```", "    {{ x }}", "$\\frac{{a}}{b}$ 과 $x^{{2}}$"]
)
def test_tags_in_code_and_formulas_are_meant(body):
    assert [f for f in look({"slug": "p0", "body": body, "engine": "plain"}) if f.kind == "raw-tag"] == []


def test_two_posts_of_one_title_are_named():
    first, second = (
        {"slug": s, "title": t, "permalink": f"/{s}/"} for s, t in (("a", "봄  Day"), ("b", "봄 day"))
    )
    found = look(first, second)
    assert brief(found) == [("duplicate-title", "note", "posts/b.md", 1)]
    assert "posts/a.md" in found[0].message


# ----------------------------------------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("/posts/gone/", "leads to no post"),
        ("../gone/", "leads to no post"),
        ("https://blog.example/posts/gone/#x", "leads to no post"),
        ("gone.md", "source of a post"),
        ("#nowhere", "no such place"),
        ("/posts/[::1/", ""),
    ],
)
def test_a_link_to_nothing_is_named(link, words):
    found = look(f"하나\n\n[둘]({link})", "다른 글")
    if words:
        assert brief(found) == [("dead-link", "note", "posts/p0.md", 7)]
        assert words in found[0].message


@pytest.mark.parametrize(
    "link",
    ["/posts/p1/", "../p1", "/posts/p1/index.html", "/posts/draft/", "https://other.example/posts/gone/",
     "/about/", "/img/a.png", "/posts/slides.pdf", "mailto:a@b.c", "#제목", "//cdn.example/x"],
)  # fmt: skip
def test_a_link_that_leads_somewhere_or_may_is_no_finding(link):
    assert look(f"## 제목\n\n[둘]({link})", "다른 글", elsewhere=["/posts/draft/"]) == ()


# ----------------------------------------------------------------------------------- the finished PDF


@pytest.fixture(scope="module")
def bound(tmp_path_factory):
    """Two chapters of our own making, typeset and bound, without bleed."""
    css = (
        f"@page{{size:{A5.width}mm {A5.height}mm;"
        f"margin:{A5.head}mm {A5.outside}mm {A5.foot}mm {A5.inside}mm}}"
        "body{margin:0;font:9.6pt/17pt 'Noto Serif KR'} p{margin:0} h1{break-before:page;font-size:12pt}"
    )
    words = "".join(f"<p>{'가나다라 ' * 30}</p>" for _ in range(20))
    html = (
        "<body><p id=cover>표지</p>"
        f"<h1 id=post-a>하나</h1>{words}<p><a href='#post-b'>둘</a> <a href='https://x.example/'>밖</a></p>"
        f"<h1 id=post-b>둘</h1>{words}"
    )
    fonts = write_fontconfig(FONTS, tmp_path_factory.mktemp("fonts"))
    pdf = typeset(html, css=css, images={}, font_config=fonts).pdf
    return bind(pdf, Facts(unnumbered=0, bleed_mm=0, title="책", author="", language="ko"))


WANTED = Expectations(trim=A5, unnumbered=0, places={"post-a": "posts/a.md", "post-b": "posts/b.md"})


def spoil(pdf, change):
    """The PDF with something changed by hand."""
    document = pikepdf.open(io.BytesIO(pdf))
    change(document)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def draw(page, commands, **resources):
    """Adds commands to a page, in points from the lower left."""
    for kind, things in resources.items():
        table = page.obj.Resources
        if f"/{kind}" not in table:
            table[f"/{kind}"] = Dictionary()
        for name, value in things.items():
            table[f"/{kind}"][f"/{name}"] = value
    page.contents_add(f"q {commands} Q".encode())


def seen(pdf, wanted=WANTED):
    return [(f.kind, f.page, f.place) for f in inspect(pdf, wanted)]


def test_a_good_pdf_has_no_findings(bound):
    assert seen(bound) == []
    assert inspect(bound) == ()


def test_chapters_are_found_on_their_pages(bound):
    facts = read_facts(bound)
    assert facts.places["post-a"] == 2
    assert [title for title, _ in facts.outline] == ["하나", "둘"]
    assert all(page for _, page in facts.outline)


@pytest.mark.parametrize("is_deep", [False, True])
def test_pages_may_inherit_what_they_do_not_say(tmp_path, is_deep):
    """Other programs write a size once for all pages, and hang pages below others."""
    made = pikepdf.new()
    made.add_blank_page(page_size=(300, 400))
    page, top = made.pages[0].obj, made.Root.Pages
    above = top
    if is_deep:
        above = made.make_indirect(Dictionary(Type=Name.Pages, Count=1, Kids=Array([page]), Parent=top))
        page.Parent, top.Kids = above, Array([above])
    font = made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Times))
    above.MediaBox, above.Rotate, above.Resources = page.MediaBox, 90, Dictionary(Font=Dictionary(F=font))
    del page.MediaBox, page.Resources
    page.Contents = made.make_stream(b"BT /F 9 Tf (a) Tj ET")
    made.save(tmp_path / "other.pdf")
    facts = read_facts(tmp_path / "other.pdf")
    assert [(page.media, page.rotation) for page in facts.pages] == [((0, 0, 300, 400), 90)]
    assert [font.name for font in facts.fonts] == ["Times"]


def test_another_size_is_named(bound):
    found = inspect(bound, Expectations(trim=TRIMS["b5"]))
    assert {f.kind for f in found} >= {"page-box"}
    assert "148.0 × 210.0 mm, not 182.0 × 257.0 mm" in found[0].message


def test_a_missing_bleed_is_named(bound):
    found = inspect(bound, Expectations(trim=A5, bleed_mm=3))
    assert found[0].kind == "page-box"
    assert "bleed" in found[0].message


def test_one_page_of_another_size_or_turned_is_named(bound):
    def change(document):
        document.pages[1].obj.TrimBox = Array([0, 0, 300, 400])
        document.pages[2].obj.Rotate = 90

    boxes = [found for found in seen(spoil(bound, change)) if found[0] == "page-box"]
    assert boxes == [("page-box", 2, "posts/a.md"), ("page-box", 3, "posts/a.md")]


def test_a_sheet_smaller_than_the_page_is_named(bound):
    assert seen(spoil(bound, lambda d: setattr(d.pages[0], "mediabox", Array([10, 10, 400, 500])))) == [
        ("page-box", 1, "")
    ]


@pytest.mark.parametrize(
    ("wishes", "count"),
    [
        ({"page_multiple": 16}, 1),
        ({"min_pages": 100}, 1),
        ({"max_pages": 2}, 1),
        ({"min_pages": 2, "max_pages": 99, "page_multiple": 1}, 0),
    ],
)
def test_the_printers_number_of_pages_is_kept_or_named(bound, wishes, count):
    found = inspect(bound, Expectations(trim=A5, **wishes))
    assert [f.kind for f in found] == ["page-count"] * count


def test_page_numbers_that_disagree_are_named(bound):
    assert ("page-label", 2, "posts/a.md") in seen(
        spoil(
            bound, lambda d: setattr(d.Root, "PageLabels", Dictionary(Nums=Array([0, Dictionary(S=Name.r)])))
        ),
        Expectations(trim=A5, unnumbered=1, places=WANTED.places),
    )
    assert ("page-label", 0, "") in seen(spoil(bound, lambda d: d.Root.__delitem__("/PageLabels")))


def font_of(document):
    return next(iter(document.pages[1].Resources.Font.values()))


def test_a_font_that_is_not_in_the_file_is_named(bound):
    def change(document):
        del font_of(document).DescendantFonts[0].FontDescriptor["/FontFile2"]

    assert ("font-not-embedded", 1, "") in seen(spoil(bound, change))


def test_a_font_that_cannot_be_read_or_is_whole_is_named(bound):
    def change(document):
        del font_of(document)["/ToUnicode"]
        font_of(document).BaseFont = Name("/NotoSerifKR")

    assert {kind for kind, _, _ in seen(spoil(bound, change))} == {"font-unreadable", "font-not-subset"}


def test_fonts_made_of_drawings_are_named_but_for_emoji(bound):
    def add(name):
        def change(document):
            font = Dictionary(
                Type=Name.Font, Subtype=Name.Type3, Name=Name(name), ToUnicode=Stream(document, b"")
            )
            document.pages[1].Resources.Font["/Odd"] = document.make_indirect(font)

        return change

    assert ("font-type3", 1, "") in seen(spoil(bound, add("/Scribble")))
    assert seen(spoil(bound, add("/NotoColorEmoji"))) == []


def image(document, width, height):
    return document.make_indirect(
        Stream(document, bytes(width * height), Type=Name.XObject, Subtype=Name.Image, Width=width,
               Height=height, ColorSpace=Name.DeviceGray, BitsPerComponent=8)
    )  # fmt: skip


@pytest.mark.parametrize(("dots", "severity"), [(50, Severity.WARNING), (250, Severity.NOTE), (700, None)])
def test_dots_an_inch_are_counted_on_the_page(bound, dots, severity):
    def change(document):
        # 144 points are two inches, and the matrix is made of two.
        draw(
            document.pages[1],
            "2 0 0 2 100 100 cm 72 0 0 72 0 0 cm /Im Do",
            XObject={"Im": image(document, dots, dots)},
        )

    found = inspect(spoil(bound, change), WANTED)
    assert [(f.kind, f.severity, f.page, f.place) for f in found] == (
        [("coarse-image", severity, 2, "posts/a.md")] if severity else []
    )
    if severity:
        assert f"{dots / 2:.0f} dots an inch" in found[0].message


def test_a_picture_inside_a_form_is_measured(bound):
    def change(document):
        form = Stream(document, b"100 0 0 100 0 0 cm /Im Do", Type=Name.XObject, Subtype=Name.Form,
                      Matrix=Array([2, 0, 0, 2, 0, 0]), BBox=Array([0, 0, 999, 999]),
                      Resources=Dictionary(XObject=Dictionary(Im=image(document, 100, 100))))  # fmt: skip
        draw(document.pages[1], "/Fm Do", XObject={"Fm": document.make_indirect(form)})

    [found] = inspect(spoil(bound, change), WANTED)
    assert "36 dots an inch" in found.message


def test_a_form_that_draws_itself_ends(bound):
    def change(document):
        form = document.make_indirect(
            Stream(document, b"/Fm Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
        )
        draw(document.pages[1], "/Fm Do", XObject={"Fm": form})

    assert seen(spoil(bound, change)) == []


def test_a_picture_that_was_given_and_is_not_drawn_is_named(bound):
    wanted = Expectations(trim=A5, places=WANTED.places, pictures={"post-a": 1, "post-elsewhere": 3})
    assert seen(bound, wanted) == [("lost-picture", 2, "posts/a.md")]


def text_at(x, y, size=10):
    """A change that puts ten letters of half an em each on the second page."""

    def change(document):
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            BaseFont=Name("/ABCDEF+F"),
            ToUnicode=Stream(document, b""),
            FontDescriptor=Dictionary(FontFile2=Stream(document, b"")),
            FirstChar=97,
            Widths=Array([500] * 26),
        )
        fonts = {"F": document.make_indirect(font)}
        draw(document.pages[1], f"BT /F {size} Tf {x} {y} Td (abcdefghij) Tj ET", Font=fonts)

    return change


@pytest.mark.parametrize(
    ("x", "y", "kind"),
    [
        (A5.width * PT - 40, 300, "text-cut-off"),
        (200, -5, "text-cut-off"),
        (A5.width * PT - 90, 300, "text-in-margin"),
        (20, 300, "text-in-margin"),
        (200, 300, None),
    ],
)
def test_text_that_leaves_its_place_is_named(bound, x, y, kind):
    kinds = [
        found
        for found, page, place in seen(spoil(bound, text_at(x, y)))
        if (page, place) == (2, "posts/a.md")
    ]
    assert set(kinds) - {"text-in-margin"} == {kind} - {None, "text-in-margin"}
    assert kind is None or kind in kinds


def test_text_that_is_there_to_be_searched_only_is_passed_over(bound):
    def change(document):
        document.pages[1].contents_add(b"q 3 Tr BT 9999 0 Td ET Q")
        text_at(5000, 0, 0.01)(document)

    assert seen(spoil(bound, change)) == []


def test_a_page_with_nothing_on_it_inside_a_post_is_named(bound):
    def change(document):
        document.pages[2].obj.Contents = Stream(document, b"")

    assert seen(spoil(bound, change)) == [("nearly-empty-page", 3, "posts/a.md")]


def test_a_page_with_a_line_or_two_is_named(bound):
    def change(document):
        page = document.pages[2]
        page.obj.Contents = Stream(document, b"")
        text_at(200, 300)(document)
        draw(page, "BT /F 10 Tf 100 300 Td (abc) Tj ET", Font={"F": document.pages[1].Resources.Font.F})

    [found] = inspect(spoil(bound, change), WANTED)
    assert (found.kind, found.severity, found.page) == ("nearly-empty-page", Severity.WARNING, 3)


def test_blank_pages_between_posts_are_meant(bound):
    def change(document):
        document.add_blank_page(page_size=(A5.width * PT, A5.height * PT))

    assert seen(spoil(bound, change)) == []


def test_links_and_bookmarks_to_nothing_are_named(bound):
    def change(document):
        names = pikepdf.NameTree(document.Root.Names.Dests)
        del names["post-b"]
        with document.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("사라진", String("nowhere")))

    found = [(f.kind, f.message) for f in inspect(spoil(bound, change), WANTED)]
    assert ("broken-target", "a link leads to `post-b`, which is not there") in found
    assert ("broken-target", "the bookmark '사라진' leads nowhere") in found


def test_programs_and_files_in_a_pdf_are_named(bound):
    def change(document):
        document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
        document.attachments["x.txt"] = b"secret"

    kinds = [f.message for f in inspect(spoil(bound, change), WANTED) if f.kind == "active-content"]
    assert kinds == ["the PDF holds OpenAction", "the PDF holds EmbeddedFiles"]


@pytest.mark.parametrize("address", ["file:///etc/hostname", "javascript:alert(1)"])
def test_addresses_that_no_book_has_are_named(bound, address):
    def change(document):
        note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]),
                          A=Dictionary(S=Name.URI, URI=String(address)))  # fmt: skip
        document.pages[1].obj.Annots = Array([document.make_indirect(note)])

    assert seen(spoil(bound, change)) == [("odd-address", 2, "posts/a.md")]


def test_many_of_a_kind_are_counted(bound):
    def change(document):
        for page in document.pages:
            page.obj.Rotate = 180
        for _ in range(20):
            document.pages.append(document.pages[0])

    found = [f for f in inspect(spoil(bound, change), WANTED) if f.kind == "page-box"]
    assert len(found) == 13
    assert re.match(r"\d+ more of this kind: pages 13, 14", found[-1].message)


@pytest.mark.parametrize("content", [b"", b"no pdf", b"%PDF-1.7\n"])
def test_what_is_no_pdf_is_refused(tmp_path, content):
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        inspect(path)
    with pytest.raises(UsageError):
        inspect(tmp_path / "none.pdf")


# ------------------------------------------------------------------------------------------- together


def test_what_is_named_already_is_not_said_again():
    def finding(kind, message="", page=0, line=0):
        return Finding(kind=kind, severity=Severity.ERROR, message=message, page=page, line=line)

    known = (finding("coarse-image", page=7), finding("missing-glyph", "U+0E01 x", line=3))
    repeats = (finding("coarse-image", "again", page=7), finding("missing-glyph", ".notdef … (U+0E01)"))
    news = (
        finding("coarse-image", page=8),
        finding("missing-glyph", "(U+0E02)"),
        finding("engine", "U+0E01"),
    )
    assert join(known, (*repeats, *news)) == (*known, *news)


def test_a_chapter_without_a_body_is_looked_at():
    assert inspect_chapters([make_chapter(html="")], fonts=FONTS) == ()


@pytest.mark.parametrize("seed", range(4))
def test_the_most_usual_characters_are_passed_over_only_where_the_fonts_have_them_all(seed):
    chance = random.Random(seed)
    usual = [chr(chance.randint(0x20, 0x7E)) for _ in range(50)] + list("가나 abc\n漢字かな")
    odd = [chr(chance.choice([*range(1, 0xD800), *range(0xE000, 0x11000)])) for _ in range(400)]
    text = "".join(chance.sample([*usual, *odd], k=len(usual) + len(odd)))
    plain = unicodedata.normalize("NFC", text) if any(map(unicodedata.combining, text)) else text
    ignored = coverage._IGNORED
    wanted = {c for c in plain if not is_printable(c, FONTS) and not ignored.match(c)}
    assert set(find_unprintable(text, FONTS)) == wanted


def test_runs_that_are_passed_over_hold_nothing_without_a_meaning():
    for first, last in coverage._USUAL:
        assert all(is_printable(chr(code), FONTS) for code in range(ord(first), ord(last) + 1))


def test_fonts_that_lack_a_usual_character_are_asked_about_it(tmp_path):
    (tmp_path / "coverage.txt").write_text("20-7e\nac00-b000\n", encoding="ascii")
    assert find_unprintable("a 가 힣 ぁ", tmp_path) == ("ぁ", "힣")


def test_what_was_said_of_a_chapter_is_not_worked_out_again(monkeypatch):
    chapter = render(make_post(body="글 \ue000 {{ x }}"))
    said = look_at(chapter, FONTS)
    assert {finding.kind for finding in said} == {"private-character", "raw-tag"}
    assert inspect_chapters([chapter], fonts=FONTS) == said
    known = dataclasses.replace(chapter, looked_at=said)
    monkeypatch.setattr("yearbook.preflight.text.look_at", None)
    assert inspect_chapters([known], fonts=FONTS) == said


@pytest.mark.parametrize(
    "body",
    [
        "[가](#nowhere) [나](/posts/p0/)",
        "## 절\n\n[가](#절) [나](/posts/gone/) [다](x.md)",
        "[가](javascript:1)",
        "[가](https://other.example/a?b=1&c=2) <a id='x&amp;y'></a>[나](#x&y)",
    ],
)
def test_links_that_were_listed_are_judged_like_those_that_are_found(body):
    plain = [
        render(make_post(slug=f"p{number}", permalink=f"/posts/p{number}/", body=own))
        for number, own in enumerate([body, "글"])
    ]
    listed = [survey(chapter) for chapter in plain]
    assert [chapter.html for chapter in listed] == [chapter.html for chapter in plain]
    base = "https://blog.example"
    one, other = (inspect_chapters(chapters, fonts=FONTS, base_url=base) for chapters in (plain, listed))
    assert one == other
