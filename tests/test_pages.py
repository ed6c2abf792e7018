"""Text pages of whole books: grid, type area, headings, pictures; over the examples and a blog of everything.

The facts are found with poppler's tools and by reading what the PDF draws, never by asking the engine.
"""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree
from pdf_facts import baselines_of, fonts_of, page_texts, squeezed
from PIL import Image, ImageDraw

from yearbook import pipeline
from yearbook.config import read_config
from yearbook.report import Silent
from yearbook.trims import MM_PER_PT, TRIMS

ROOT = Path(__file__).parent.parent
BLOGS = {
    "everything": Path(__file__).parent / "books" / "everything",
    "hugo": ROOT / "examples" / "hugo-blog",
    "jekyll": ROOT / "examples" / "jekyll-blog",
}
PICTURES = {
    "hero": (2000, 1100), "wide1": (1800, 1200), "wide2": (1800, 1000), "wide3": (1600, 1200),
    "tall1": (1200, 1800), "tall2": (1200, 1600), "tall3": (1100, 2000), "square": (1400, 1400),
    "small": (300, 200),
}  # fmt: skip
SMALLEST_HEADING_PT = 8.4
TITLE_PT = 14.0


def draw_pictures(folder):
    """One picture of each shape, as a post of everything shows them."""
    folder.mkdir()
    for name, (width, height) in PICTURES.items():
        picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
        hill = [(0, height), (width // 3, height // 2), (width, height)]
        ImageDraw.Draw(picture).polygon(hill, fill=(70, 90, 120))
        picture.save(folder / f"{name}.jpg", quality=70)


def build(blog, folder, **overrides):
    copy = folder / "blog"
    if not copy.exists():
        shutil.copytree(BLOGS[blog], copy)
        if blog == "everything":
            draw_pictures(copy / "static")
    values = {
        "cache": folder / "cache",
        "output": str(folder / f"book-{len(list(folder.glob('*.pdf')))}.pdf"),
        "offline": True,
        "book.parts": ("chapters",),
        "book.month_openings": False,
        **overrides,
    }
    return pipeline.build(read_config(copy, None, values), Silent())


@pytest.fixture(scope="module", params=BLOGS)
def blog(request):
    return request.param


@pytest.fixture(scope="module")
def report(blog, tmp_path_factory):
    return build(blog, tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def runs(report):
    """For each page, every run of text with its font, size and baseline, from the top down."""
    pages = baselines_of(report.outputs[0])
    return [sorted(page, key=lambda run: run[2]) for page in pages]


def words_of(pdf):
    """For each page, its words with their boxes in points: (left, top, right, bottom, text)."""
    command = ["pdftotext", "-bbox", str(pdf), "-"]
    text = subprocess.run(command, check=True, capture_output=True).stdout
    root = etree.fromstring(re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b"", text))
    return [
        [(*(float(word.get(n)) for n in ("xMin", "yMin", "xMax", "yMax")), word.text) for word in page]
        for page in root.iter("{*}page")
    ]


def grid_share(pages, trim):
    """Share of the lines of running text whose baselines are whole leadings apart, and how many there are."""
    residues = Counter(
        round((baseline - trim.head / MM_PER_PT) % trim.leading_pt, 1)
        for page in pages
        for font, size, baseline in page
        if font.startswith("Noto-Serif") and abs(size - trim.size_pt) < 0.05
    )
    return residues.most_common(1)[0][1] / residues.total(), residues.total()


def test_lines_of_text_stand_on_the_grid(runs, blog):
    share, lines = grid_share(runs, TRIMS["a5"])
    assert lines > {"everything": 100, "hugo": 300, "jekyll": 250}[blog]
    assert share >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("trim", ["46", "152x225", "b5", "a4"])
def test_lines_stand_on_the_grid_in_other_trims(trim, tmp_path):
    report = build("everything", tmp_path, **{"page.trim": trim})
    share, lines = grid_share(baselines_of(report.outputs[0]), TRIMS[trim])
    assert lines > 80
    assert share >= 0.99


def test_no_text_leaves_the_type_area(report):
    trim = TRIMS["a5"]
    least = min(trim.inside, trim.outside) / MM_PER_PT
    head, foot = trim.head / MM_PER_PT, (trim.height - trim.foot) / MM_PER_PT
    for number, words in enumerate(words_of(report.outputs[0]), start=1):
        inside = [word for word in words if head - 2 <= word[1] and word[3] <= foot + 6]
        outside = [word for word in words if word not in inside]
        # In the margins: a folio with its running head, and what a cut listing says of itself.
        assert all(bottom < head or top > foot for _, top, _, bottom, _ in outside), (number, outside)
        assert len({round(top) for _, top, *_ in outside if top > foot}) <= 1, (number, outside)
        if inside:
            # Poppler measures a bracket that `halt` has cut to half its width as if it were whole.
            left = min(word[0] for word in inside if word[4][0] not in "『「《〈（“‘")
            right = max(word[2] for word in inside)
            assert left >= least - 1, (number, min(inside))
            assert right - left <= trim.measure / MM_PER_PT + 2, (number, max(inside, key=lambda w: w[2]))
            assert right <= trim.width / MM_PER_PT - least + 1, (number, max(inside, key=lambda w: w[2]))


def test_no_glyph_is_missing_and_every_font_is_embedded(report, blog):
    complaints = [finding for finding in report.findings if finding.kind.startswith("engine")]
    assert [finding.message for finding in complaints] == []
    assert "\ufffd" not in "".join(page_texts(report.outputs[0]))
    assert all(embedded and unicode for _, embedded, _, unicode in fonts_of(report.outputs[0]))
    if blog == "everything":
        families = {re.sub(r"^[A-Z]{6}\+", "", name) for name, *_ in fonts_of(report.outputs[0])}
        assert {"Noto-Serif-JP", "Noto-Serif-SC", "D2Coding-Bold", "Noto-Emoji"} <= families


def test_no_heading_ends_a_page(runs):
    trim = TRIMS["a5"]
    foot = (trim.height - trim.foot) / MM_PER_PT
    for number, page in enumerate(runs, start=1):
        # Notes and what is smaller do not count as text that follows a heading.
        lines = [run for run in page if run[2] <= foot and run[1] >= 7.15]
        for font, size, _ in lines[-1:]:
            assert not ("Semi-Bold" in font and size >= SMALLEST_HEADING_PT), (number, lines[-1])


def last_ink(pdf, folder):
    """For each page, how far down in points there is ink above the foot margin."""
    command = ["pdftoppm", "-r", "36", "-gray", str(pdf), str(folder / "page")]
    subprocess.run(command, check=True)
    trim = TRIMS["a5"]
    height = int((trim.height - trim.foot) / 25.4 * 36)
    found = []
    for path in sorted(folder.glob("page-*.pgm")):
        with Image.open(path) as picture:
            body = picture.crop((0, 0, picture.width, height)).point(lambda value: 255 if value < 250 else 0)
        box = body.getbbox()
        found.append((box[3] if box else 0) * 2.0)
    return found


EMPTY_PAGES = {"everything": 2, "hugo": 0, "jekyll": 1}
"""Pages more than a third empty that do not end a post: before a table turned onto a page of its own, or a
long gallery, there is not always text enough, and a picture that fits nowhere may leave one."""


def test_pages_are_filled(report, runs, blog, tmp_path):
    trim = TRIMS["a5"]
    ends = last_ink(report.outputs[0], tmp_path)
    opens = [any(size >= TITLE_PT and "Serif" in font for font, size, _ in page) for page in runs]
    limit = trim.head / MM_PER_PT + trim.type_height_pt * 2 / 3
    empty = [
        number
        for number, (end, next_opens) in enumerate(zip(ends, [*opens[1:], True], strict=True), start=1)
        if end < limit and not next_opens
    ]
    assert len(empty) <= EMPTY_PAGES[blog], empty


def test_a_long_table_repeats_its_head_and_a_cut_listing_says_so(report, blog):
    if blog != "everything":
        pytest.skip("the examples have no such table")
    pages = page_texts(report.outputs[0])
    with_rows = [page for page in pages if re.search(r"^\s*\d+\s+스물", page, re.MULTILINE)]
    assert len(with_rows) >= 1
    assert all("번호" in page for page in with_rows)
    listing = [page for page in pages if "def step_" in page]
    assert len(listing) >= 3
    assert ["↳ 앞쪽에서 이어짐 · python" in page for page in listing] == [False] + [True] * (len(listing) - 1)


def test_everything_of_a_long_listing_is_there_in_order(report, blog):
    if blog != "everything":
        pytest.skip("the examples have no such listing")
    text = "".join(page_texts(report.outputs[0]))
    assert [int(number) for number in re.findall(r"def step_(\d+)", text)] == list(range(1, 19))


def test_names_of_files_are_no_captions(report, blog):
    text = squeezed("".join(page_texts(report.outputs[0])))
    assert not re.search(r"IMG_\d|스크린샷2021|\.(?:png|jpe?g)(?!\w)", text)
    if blog == "everything":
        assert squeezed("왼쪽 창가 · 오른쪽 골목") in text


def test_emoji_names_are_emoji_in_text_and_names_in_code(report, blog):
    if blog != "everything":
        pytest.skip("the examples say so elsewhere")
    text = "".join(page_texts(report.outputs[0]))
    assert text.count(":tada:") == 1
    assert "🎉" in text


def test_contents_name_the_pages_that_posts_begin_on(tmp_path):
    report = build("everything", tmp_path, **{"book.parts": ("contents", "chapters")})
    pages = [squeezed(page) for page in page_texts(report.outputs[0])]
    for post in report.selection.posts:
        opening = next(
            number
            for number, page in enumerate(pages, start=1)
            if f"{post.date.year}.{post.date.month}.{post.date.day}." in page[:40]
            and squeezed(post.title) in page[:120]
        )
        wanted = rf"{re.escape(squeezed(post.title))}\.+{opening}(?!\d\d\d)"
        assert re.search(wanted, pages[0]), (post.title, opening)
