"""A tagged PDF: whatever is on a page is in its structure once, or is an artifact, and looks as it did."""

import io
import itertools
import re

import pikepdf
import pytest
from pdf_facts import elements_of, kids_of, labels_of, marked_of, outline_of, page_texts, structure_of
from PIL import Image

from yearbook import pipeline
from yearbook.assets import asset_dir
from yearbook.bind import Facts, bind
from yearbook.cli.arguments import config, make_parser
from yearbook.config import read_config
from yearbook.report import Silent
from yearbook.typeset import Press, typeset, whole

PROSE = "봄이 오면 골목의 나무가 먼저 알고, 사람들은 그보다 조금 늦게 창을 연다. "
FULL = f"""## 첫 마디

글 가운데 `code`와 [바깥](https://example.org/a "이름")과 [다른 글](/b/)이 있다.[^1]

[^1]: 발치의 **말**.

### 더 아래

- 하나
- 둘
  1. 안쪽

> 남의 말

| 이름 | 수 |
| --- | --- |
{"".join(f"| 줄 {n} | {n} |{chr(10)}" for n in range(40))}
![창밖의 나무](tree.png)

![](tree.png)

```python
def f():
    return 1
```

값은 $x^2$이다.

---

{PROSE * 60}

교토에서 배운 お疲れさまでした와 같다.
"""
SECOND = "## 여기도\n\n[첫 글](/a/)을 보라.\n\n" + PROSE * 3


def write_blog(blog, posts):
    (blog / "content").mkdir(parents=True)
    (blog / "static").mkdir()
    Image.new("RGB", (600, 400), "olive").save(blog / "static" / "tree.png")
    (blog / "hugo.toml").write_text('title = "기록"\nlanguageCode = "ko"\n', encoding="utf-8")
    for number, (name, body) in enumerate(posts.items(), start=1):
        head = f"---\ntitle: 글 {name}\ndate: 2025-{number:02}-01\ntags: [가]\n---\n"
        (blog / "content" / f"{name}.md").write_text(head + body, encoding="utf-8")
    return blog


def build(blog, folder, name, *, tagged=True, **overrides):
    output = folder / f"{name}.pdf"
    values = {"cache": folder / "cache", "output": str(output), "offline": True, "year": 2025, "jobs": 1}
    wanted = read_config(blog, None, {**values, "print.tagged": tagged, **overrides})
    pipeline.build(wanted, Silent())
    return output


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tagged")
    blog = write_blog(folder / "blog", {"a": FULL, "b": SECOND})
    return {
        "pieces": build(blog, folder, "pieces"),
        "whole": build(blog, folder, "whole", whole=True),
        "plain": build(blog, folder, "plain", tagged=False),
    }


@pytest.fixture(params=("pieces", "whole"))
def document(books, request):
    with pikepdf.open(books[request.param]) as opened:
        yield opened


# ---------------------------------------------------------------------------------------------- the file


def test_all_that_is_drawn_is_content_or_an_artifact(document):
    for number, page in enumerate(document.pages):
        bare = [text for mcid, text in marked_of(page) if mcid == -1]
        assert not bare, number


def test_every_mark_has_one_element_that_has_it(document):
    numbers = list(document.Root.StructTreeRoot.ParentTree.Nums)
    assert numbers[::2] == sorted(numbers[::2])
    parents = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    seen = 0
    for page in document.pages:
        mcids = [mcid for mcid in dict.fromkeys(mcid for mcid, _ in marked_of(page)) if mcid >= 0]
        assert sorted(mcids) == list(range(len(mcids)))
        if mcids:
            found = parents[int(page.obj.StructParents)]
            assert len(found) == len(mcids)
            for mcid, element in enumerate(found):
                assert list(kids_of(element)).count((page.obj.objgen, mcid)) == 1
        seen += len(mcids)
    owned = [kid for element in elements_of(document) for kid in kids_of(element) if isinstance(kid, tuple)]
    assert len(owned) == len(set(owned)) == seen


def test_elements_know_what_they_are_in(document):
    for element in [document.Root.StructTreeRoot.K, *elements_of(document)]:
        for kid in kids_of(element):
            if not isinstance(kid, tuple) and kid.get("/Type") == "/StructElem":
                assert kid.P.objgen == element.objgen


def test_every_link_is_in_the_structure_and_says_what_it_is(document):
    numbers = list(document.Root.StructTreeRoot.ParentTree.Nums)
    parents = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    count = 0
    for page in document.pages:
        for link in page.obj.get("/Annots", ()):
            element = parents[int(link.StructParent)]
            assert element.S == "/Link"
            assert link.objgen in [kid.objgen for kid in kids_of(element) if not isinstance(kid, tuple)]
            assert str(link.Contents)
            count += 1
    assert count > 10
    contents = {str(link.Contents) for page in document.pages for link in page.obj.get("/Annots", ())}
    assert {"바깥", "다른 글", "첫 글", "글 a"} <= contents


def test_the_file_says_that_it_is_tagged(document):
    assert document.Root.MarkInfo.Marked
    assert str(document.Root.Lang) == "ko"
    assert document.Root.ViewerPreferences.DisplayDocTitle
    assert {str(page.obj.Tabs) for page in document.pages} == {"/S"}


# ---------------------------------------------------------------------------------------------- the text


def test_headings_nest_as_in_the_outline(document, books):
    found = [(int(str(e.S)[2:]), e) for e in elements_of(document) if re.fullmatch("/H[1-6]", str(e.S))]
    levels = [level for level, _ in found]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    named = structure_of(document)
    for title in ("H2(글 a)", "H3(첫 마디)", "H4(더 아래)", "H2(글 b)", "H3(여기도)"):
        assert title in named
    hidden = [str(e.ActualText) for _, e in found if "/ActualText" in e]
    assert hidden[0] == "표지"
    assert set(hidden) <= {title for _, title in outline_of(books["pieces"])}


def test_everything_in_a_post_is_what_it_is(document):
    told = structure_of(document)
    assert "글 가운데 Code(code) 와 Link(바깥) Reference(1) Note(Lbl(1) example.org/a) 과" in told
    assert "이 있다. Reference(2) Note(Lbl(2) 발치의 말 .)" in told
    assert "L(LI(Lbl(•) LBody(하나)) LI(Lbl(•) LBody(둘 L(LI(Lbl(1.) LBody(안쪽))))))" in told
    assert "BlockQuote(P(남의 말))" in told
    assert "Table(THead(TR(TH(이름) TH(수))) TBody(TR(TD(줄 0) TD(0)) TR(TD(줄 1) TD(1))" in told
    assert "P(Code(def" in told
    assert "값은 Formula(x^2) 이다." in told
    assert "교토에서 배운 Span(お疲れさまでした) 와 같다." in told
    assert "◆" not in told


def test_what_a_page_cuts_is_one_element(document):
    told = structure_of(document)
    assert told.count("TH(이름)") == told.count("Table(THead(TR(TH(이름)") == 1
    assert "TD(39)" in told
    (paragraph,) = [text for text in re.findall(r"P\(([^()]*)\)", told) if text.startswith("봄이 오면")][:1]
    assert re.sub(r"\s", "", paragraph) == re.sub(r"\s", "", PROSE * 60)
    pages = {
        kid[0]
        for element in elements_of(document)
        if element.S == "/P"
        for kid in kids_of(element)
        if isinstance(kid, tuple) and len(list(kids_of(element))) > 40
    }
    assert len(pages) > 1


def test_a_picture_has_its_words_and_its_place(document):
    figures = [e for e in elements_of(document) if e.S == "/Figure"]
    assert [str(e.Alt) for e in figures] == ["창밖의 나무"]
    left, bottom, right, top = (float(edge) for edge in figures[0].A.BBox)
    assert 0 < left < right < 420
    assert 0 < bottom < top < 596


def test_heads_say_what_they_are_heads_of(document):
    scopes = {str(e.A.Scope) for e in elements_of(document) if e.S == "/TH"}
    assert scopes == {"/Column", "/Row"}


def test_languages_and_formulas_are_said(document):
    found = {str(e.S): e for e in elements_of(document) if "/Lang" in e or e.S == "/Formula"}
    assert str(found["/Span"].Lang) == "ja"
    assert str(found["/Formula"].Alt) == "x^2"


def test_folios_and_running_heads_are_not_read(document):
    told = structure_of(document)
    labels = [page.label for page in document.pages]
    for page, label in zip(document.pages, labels, strict=True):
        artifacts = "".join(text for mcid, text in marked_of(page) if mcid == -2)
        if "2025 기록" in artifacts:
            assert label in artifacts
            break
    else:
        pytest.fail("no running head")
    assert told.count("2025 기록") == 2  # half-title and colophon


# ---------------------------------------------------------------------------------------------- the way


def test_both_ways_have_the_same_structure(books):
    with pikepdf.open(books["pieces"]) as one, pikepdf.open(books["whole"]) as other:
        assert structure_of(one) == structure_of(other)
        for facts in (alts_of, contents_of):
            assert facts(one) == facts(other)


def alts_of(document):
    keys = ("/Alt", "/ActualText", "/Lang")
    return [(str(e.S), *(str(e.get(key, "")) for key in keys)) for e in elements_of(document)]


def contents_of(document):
    return [str(link.Contents) for page in document.pages for link in page.obj.get("/Annots", ())]


def test_the_pages_are_those_of_a_book_without_tags(books):
    assert page_texts(books["pieces"]) == page_texts(books["plain"])
    assert labels_of(books["pieces"]) == labels_of(books["plain"])
    with pikepdf.open(books["plain"]) as document:
        assert "/StructTreeRoot" not in document.Root
        assert "/MarkInfo" not in document.Root
        assert not any("/Tabs" in page.obj for page in document.pages)
        assert all(mcid == -1 for page in document.pages for mcid, _ in marked_of(page))


def test_numbers_printed_last_are_in_the_structure(books):
    """The binder stamps digits into content that has marks between its texts."""
    with pikepdf.open(books["pieces"]) as document:
        folios = {page.obj.objgen: page.label for page in document.pages}
        names = list(document.Root.Names.Dests.Names)
        spots = {str(name): spot[0].objgen for name, spot in zip(names[::2], names[1::2], strict=True)}
        told = structure_of(document)
        page = folios[spots["post-b"]]
        assert re.search(rf"Link\(다른 글 → {page}쪽\)|Link\(다른 글 →{page}쪽\)|→\s*{page}", told)
        assert f"Link(글 b) Link({page})" in told


def test_a_remembered_book_is_the_one_from_empty_caches(tmp_path):
    blog = write_blog(tmp_path / "blog", {"a": FULL, "b": SECOND})
    build(blog, tmp_path, "before", tagged=False)
    first = build(blog, tmp_path, "first")
    (blog / "content" / "b.md").write_text(
        "---\ntitle: 글 b\ndate: 2025-02-01\n---\n## 바뀐 마디\n\n" + PROSE * 70, encoding="utf-8"
    )
    warm = build(blog, tmp_path, "warm").read_bytes()
    cold = build(blog, tmp_path, "cold", cache=tmp_path / "other")
    assert first.read_bytes() != warm == cold.read_bytes()


@pytest.mark.parametrize(
    ("written", "arguments", "tagged"),
    [("", [], False), ("", ["--tagged"], True), ("[print]\ntagged = true\n", [], True)],
)
def test_the_wish_is_an_argument_or_a_setting(tmp_path, written, arguments, tagged):
    (tmp_path / "yearbook.toml").write_text(written, encoding="utf-8")
    options = make_parser().parse_args(["build", str(tmp_path), *arguments])
    assert config(options).print.tagged is tagged


# ---------------------------------------------------------------------------------------------- small pages


def set_tagged(html, font_config, css=""):
    css += "@page { size: 60mm 60mm; margin: 5mm; @bottom-left { content: '머리' } } body { font-size: 10pt }"
    whole_html = f'<html lang="ko"><body>{html}'
    made = typeset(whole_html, css=css, images={}, font_config=font_config, tagged=True)
    facts = Facts(unnumbered=0, bleed_mm=0, title="", author="", language="ko")
    return pikepdf.open(io.BytesIO(bind(made.pdf, facts, made.tags)))


HTML = [
    ("<p>가 <em>나</em> 다", "P(가 나 다)"),
    ("<div>가<div>나</div>다</div>", "P(가) P(나) P(다)"),
    ("<p>가<p aria-hidden=true>나", "P(가)"),
    ("<ol><li>가<li><p>나</p><p>다</p></ol>", "L(LI(Lbl(1.) LBody(가)) LI(Lbl(2.) LBody(P(나) P(다))))"),
    ("<dl><dt>가<dd>나<dd>다</dl>", "L(LI(Lbl(가) LBody(나) LBody(다)))"),
    ("<ul style='list-style:none'><li>가</ul>", "L(LI(LBody(가)))"),
    ("<h3>가</h3><h4>나</h4>", "H3(가) H4(나)"),
    ("<h2 style='bookmark-level:1'>가</h2><h3 style='bookmark-level:none'>나</h3>", "H1(가) H2(나)"),
    ("<pre>가\n  나</pre>", "P(Code(가 나))"),
    ("<p><code>가</code>", "P(Code(가))"),
    ("<pre><code>가</code></pre>", "P(Code(가))"),
    ("<p><a href='https://example.org'>가 <b>나</b></a> 다", "P(Link(가 나) 다)"),
    ("<p><a>가</a>", "P(가)"),
    ("<table><tr><td>가<td>나</table>", "Table(TBody(TR(TD(가) TD(나))))"),
    ("<table><tr><td><table><tr><th>가</table></table>", "Table(TBody(TR(TH(가))))"),
    ("<p>가<span class=note>나</span>다", "P(가 Reference(1) Note(Lbl(1.) 나) 다)"),
    ("<p class=half>가 <em>나</em></p><p>다", "P(가 나) P(다)"),
    ("<p class=turned>가</p>", "P(가)"),
    ("<div class=half><h1>가</h1><p>나</p></div>", "H1(가나)"),
    ("<svg width=9 height=9><title>가</title><path d='M0 0h9v9z'/></svg>", "Figure()"),
    ("<svg width=9 height=9><path d='M0 0h9v9z'/></svg><p>나", "P(나)"),
    ("<p>가<span style='visibility:hidden'>나</span>", "P(가)"),
    ("<p style='position:absolute'>가</p>", "P(가)"),
    ("<p lang=ko-KR>가 <i lang=en>b</i> <i lang=ko>나</i>", "P(가 Span(b) 나)"),
    ("<p lang=en-US>a <i lang=en-GB>b</i> <i lang=zh-Hant>나</i>", "P(a Span(b) Span(나))"),
    ("<figure><figcaption>가</figcaption></figure>", "Div(Caption(가))"),
    ("<p>가<span class=note>나<span class=note>다</span></span>",
     "P(가 Reference(2) Note(Lbl(2.) 나 Reference(1) Note(Lbl(1.) 다)))"),
    ("<p>가<a class=note href='https://example.org'>나</a>", "P(가 Reference(1) Note(Link(Lbl(1.) 나)))"),
    ("<p class=half><a href='https://example.org'>가</a> <i class=half>나</i>", "P(Link(가나))"),
    ("<p>가 <ruby>漢<rt>한</rt></ruby>", "P(가 漢 한)"),
]  # fmt: skip
CSS = ".note { float: footnote } .half { opacity: .5 } .turned { transform: rotate(9deg) }"


@pytest.mark.parametrize(("html", "told"), HTML)
def test_html_becomes_structure(html, told, font_config):
    with set_tagged(html, font_config, CSS) as document:
        assert structure_of(document) == f"Document({told})"
        for page in document.pages:
            assert all(mcid != -1 for mcid, _ in marked_of(page))


def test_a_galley_has_the_structure_of_the_same_document(font_config):
    html = '<html lang="ko"><body>' + "".join(html for html, _ in HTML)
    press = Press(css=CSS, fonts=asset_dir("fonts"), font_config=font_config, quick=False)
    galley = press.draw(press.lay(html, images={}), tagged=True)
    other = typeset(html, css=CSS, images={}, font_config=font_config, tagged=True)
    assert len(galley.leaves) > 1
    assert tuple(leaf.tags for leaf in galley.leaves) == other.tags


def test_a_link_in_a_head_that_is_set_again_is_one_link(font_config):
    rows = "<tr><td>나" * 30
    html = f"<table><thead><tr><th><a href='https://example.org'>가</a></thead>{rows}</table>"
    with set_tagged(html, font_config) as document:
        assert len(document.pages) > 2
        (link,) = [element for element in elements_of(document) if element.S == "/Link"]
        assert [isinstance(kid, tuple) for kid in kids_of(link)] == [True, *[False] * len(document.pages)]
        assert all(str(page.obj.Annots[0].Contents) == "가" for page in document.pages)
        assert structure_of(document).count("가") == 1


def test_a_cell_says_how_far_it_reaches(font_config):
    html = "<table><tr><th colspan=2>가<tr><th>나<td rowspan=2>다<tr><th scope=col>라</table>"
    with set_tagged(html, font_config) as document:
        cells = [
            {key: str(value) for key, value in e.A.items() if key != "/O"}
            for e in elements_of(document)
            if "/A" in e
        ]
    assert cells == [
        {"/Scope": "/Column", "/ColSpan": "2"},
        {"/Scope": "/Row"},
        {"/RowSpan": "2"},
        {"/Scope": "/Column"},
    ]


def test_a_note_that_begins_overleaf_is_with_what_ends_there(font_config):
    html = "<section><p>가<span class=note>" + "나 " * 1500 + "</span></p><p>다</section>"
    with set_tagged(html, font_config, ".note { float: footnote }") as document:
        told = re.sub(r"(나 ?)+", "나", structure_of(document))
        assert len(document.pages) > 1
        assert told.count("Note(") == 1
        assert len({str(e.ID) for e in elements_of(document) if e.S == "/Note"}) == 1


def test_an_engine_that_nobody_has_read_writes_its_own_structure(font_config, monkeypatch):
    monkeypatch.setattr(whole, "is_supported", lambda: False)
    with set_tagged("<h1>가</h1>", font_config) as document:
        assert "H1(NonStruct(가))" in structure_of(document).replace("Span", "NonStruct")
        assert document.Root.MarkInfo.Marked
