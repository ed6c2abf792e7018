"""Whole books of every theme in two trims: one blog of everything, bound with the posts of an example.

What is asked of every page is read from the PDF: where text stands, what it says, and where places lead.
"""

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path

import pikepdf
import pytest
from pdf_facts import baselines_of, fonts_of, labels_of, page_texts, squeezed
from PIL import Image
from test_pages import draw_pictures, words_of

from yearbook import pipeline
from yearbook.config import read_config
from yearbook.report import Silent
from yearbook.themes import find_theme
from yearbook.trims import MM_PER_PT, TRIMS

ROOT = Path(__file__).parent.parent
THEMES = ("classic", "gothic", "photo", "compact")
EMPTIER = {
    "표 여러 가지": "before a table turned onto a page of its own there is not always text enough",
    "그림 여러 가지": "a gallery of eighteen takes whole pages, and what follows it is little",
}
"""Posts that may have a page more than a third empty before their last, and why."""
RUNNING_ON = 2
"""Other pages of `compact` before a picture: where posts run on, pictures are not moved."""
DPI = 36


@dataclass
class Book:
    """One built book and what was read from it."""

    theme: str
    report: object
    pdf: Path
    trim: object

    @cached_property
    def texts(self):
        return [squeezed(text) for text in page_texts(self.pdf)]

    @cached_property
    def labels(self):
        return labels_of(self.pdf)

    @cached_property
    def words(self):
        return words_of(self.pdf)

    @cached_property
    def runs(self):
        return [sorted(page, key=lambda run: run[2]) for page in baselines_of(self.pdf)]

    @cached_property
    def places(self):
        """Page of every place that has a name, from 0."""
        with pikepdf.open(self.pdf) as document:
            pages = {page.objgen: number for number, page in enumerate(document.pages)}
            names = pikepdf.NameTree(document.Root.Names.Dests)
            return {str(name): pages[place[0].objgen] for name, place in names.items()}

    @cached_property
    def spans(self):
        """First and last page of every post, from 0, by its title."""
        names = {post.title: f"post-{post.slug}" for post in self.report.selection.posts}
        return {title: (self.places[name], self.places[f"end-of-{name}"]) for title, name in names.items()}

    @property
    def text_pages(self):
        """Every page of every post, from 0, in order."""
        return sorted({n for first, last in self.spans.values() for n in range(first, last + 1)})

    @property
    def foot_pt(self):
        return (self.trim.height - self.trim.foot) / MM_PER_PT

    @property
    def head_pt(self):
        return self.trim.head / MM_PER_PT


@pytest.fixture(scope="session")
def blog(tmp_path_factory):
    """The example's posts and those of everything, as one blog."""
    folder = tmp_path_factory.mktemp("whole") / "blog"
    shutil.copytree(ROOT / "examples" / "hugo-blog", folder)
    shutil.copytree(ROOT / "tests/books/everything/content", folder / "content/posts/everything")
    draw_pictures(folder / "drawn")
    for picture in (folder / "drawn").iterdir():
        picture.rename(folder / "static" / picture.name)
    return folder


@pytest.fixture(scope="session", params=list(product(THEMES, ("a5", "152x225"))), ids="-".join)
def book(request, blog):
    theme, trim = request.param
    pdf = blog.parent / f"{theme}-{trim}.pdf"
    values = {
        "cache": blog.parent / "cache", "output": str(pdf), "offline": True, "year": 2025,
        "page.theme": theme, "page.trim": trim,
    }  # fmt: skip
    report = pipeline.build(read_config(blog, None, values), Silent())
    return Book(theme, report, pdf, find_theme(theme, blog).set_trim(TRIMS[trim]))


def test_nothing_is_complained_of_but_what_is_not_there(book):
    found = {(each.kind, Path(each.place).name) for each in book.report.findings if each.severity != "note"}
    missing = {("missing-image", "chinese.md"), ("missing-image", "months.md")}
    # The page before a turned table may hold one line; it is said, and EMPTIER says why.
    assert missing <= found <= missing | {("nearly-empty-page", "tables.md")}
    assert "\ufffd" not in "".join(book.texts)
    assert all(embedded and unicode for _, embedded, _, unicode in fonts_of(book.pdf))


def test_lines_of_text_stand_on_the_grid(book):
    faces = ("Noto-Serif", "Pretendard") if book.theme == "gothic" else ("Noto-Serif",)
    residues = Counter(
        round((baseline - book.head_pt) % book.trim.leading_pt, 1)
        for page in book.text_pages
        for font, size, baseline in book.runs[page]
        if font.startswith(faces) and abs(size - book.trim.size_pt) < 0.05 and baseline <= book.foot_pt
    )
    assert residues.total() > 400
    assert residues.most_common(1)[0][1] / residues.total() >= 0.99


def test_no_text_leaves_the_type_area(book):
    trim = book.trim
    least = min(trim.inside, trim.outside) / MM_PER_PT
    for number in book.text_pages:
        inside = [word for word in book.words[number] if book.head_pt - 2 <= word[1] < book.foot_pt]
        outside = [word for word in book.words[number] if word not in inside]
        assert all(bottom <= book.foot_pt + 6 for *_, bottom, _ in inside), number
        # In the margins: a folio with its running head, and what a cut listing says of itself.
        assert all(word[3] < book.head_pt for word in outside if word[1] < book.foot_pt), (number, outside)
        if not inside:  # a page of pictures
            continue
        # Poppler measures a bracket that is cut to half its width as if it were whole.
        left = min(word[0] for word in inside if word[4][0] not in "『「《〈（“‘")
        right = max(word[2] for word in inside if word[4][-1] not in "』」》〉）。、，：；”’")
        assert left >= least - 1, (number, min(inside))
        # It also takes the gap behind a letter that stands apart from the next for a part of it.
        assert right <= trim.width / MM_PER_PT - least + 3, number
        assert right - left <= trim.measure / MM_PER_PT + 3, number


def test_no_text_of_any_part_comes_near_the_edge(book):
    for number, words in enumerate(book.words):
        for left, top, right, bottom, text in words:
            assert left >= 8 / MM_PER_PT, (number, text)
            assert right <= (book.trim.width - 8) / MM_PER_PT, (number, text)
            assert top >= 8 / MM_PER_PT, (number, text)
            assert bottom <= (book.trim.height - 6) / MM_PER_PT, (number, text)


def test_only_pages_that_a_listing_goes_on_to_say_so(book):
    bodies = [post.body for post in book.report.selection.posts]
    listings = [found[1] for body in bodies for found in re.finditer(r"(?ms)^```\w*\n(.*?)^```", body)]
    firsts = tuple(squeezed(text.split("\n")[0]) for text in listings if text.count("\n") > 8)
    assert len(firsts) > 3
    noted = [
        number
        for number in book.text_pages
        if any(word[4].startswith("↳") and word[3] < book.head_pt for word in book.words[number])
    ]
    assert noted
    assert not [number for number in noted if book.texts[number].startswith(firsts)]


FIVE_LINES = (
    "첫째 줄은 짧고\n둘째 줄도 짧고\n셋째 줄까지도 짧으며\n넷째 줄은 조금 길어져도\n다섯째 줄에서 멈춘다\n"
)


def test_a_quotation_of_five_lines_stays_five_lines(book):
    assert "".join(page_texts(book.pdf)).count(FIVE_LINES) == 1


def test_months_with_nothing_but_a_title_are_rows_of_one_list(book):
    first, last = book.spans["달마다 한 줄"]
    words = next(book.words[n] for n in range(first, last + 1) if any(w[4] == "볕" for w in book.words[n]))
    rows = []
    for month, title in enumerate(("눈", "길", "봄", "비", "책", "볕"), start=1):
        labels = [top for _, top, _, _, text in words if text == f"{month}월"]
        titles = [top for _, top, _, _, text in words if text == title]
        rows += [top for top in titles if any(abs(top - label) < 4 for label in labels)]
    steps = [after - before for before, after in pairwise(rows)]
    assert steps == pytest.approx([book.trim.leading_pt] * 5, abs=0.1)


def test_labels_and_references_are_not_broken(book):
    text = "".join(page_texts(book.pdf))
    assert re.search(r"^5월~6월 비우기$", text, re.MULTILINE)
    assert len(re.findall(r"→ \d+쪽", text)) > 2
    assert not re.search(r"→\s*\n|→ \d+\n", text)


def test_no_heading_ends_a_page(book):
    for number in book.text_pages:
        lines = [run for run in book.runs[number] if run[2] <= book.foot_pt and run[1] >= 7.15]
        last = [run for run in lines if run[2] > lines[-1][2] - 2] if lines else []
        is_heading = all("Semi-Bold" in font and size >= 8.4 for font, size, _ in last)
        assert not last or not is_heading, (number, last)


def filled_pt(book, folder):
    """For each page, how far down there is ink above the foot margin."""
    subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", str(book.pdf), str(folder / "page")], check=True)
    found = []
    for path in sorted(folder.glob("page-*.pgm")):
        with Image.open(path) as picture:
            body = picture.crop((0, 0, picture.width, int(book.foot_pt / 72 * DPI)))
            box = body.point(lambda value: 255 if value < 250 else 0).getbbox()
        found.append((box[3] if box else 0) / DPI * 72)
    return found


def test_only_last_pages_are_more_than_a_third_empty(book, tmp_path):
    filled = filled_pt(book, tmp_path)
    limit = book.head_pt + book.trim.type_height_pt * 2 / 3
    empty = [
        (title, page)
        for title, (first, last) in book.spans.items()
        for page in range(first, last)
        if filled[page] < limit
    ]
    others = [(title, page) for title, page in empty if title not in EMPTIER]
    assert len(others) <= (RUNNING_ON if book.theme == "compact" else 0), others
    assert all(count <= 2 for count in Counter(title for title, _ in empty).values()), empty


def test_contents_and_months_name_the_pages_that_posts_begin_on(book):
    contents = "\n".join(book.texts[book.places["contents"] : book.places["glance"]])
    for post in book.report.selection.posts:
        first, _ = book.spans[post.title]
        day, title = f"{post.date.month:02}.{post.date.day:02}", re.escape(squeezed(post.title))
        assert squeezed(post.title) in book.texts[first]
        assert re.search(rf"{day}{title}\.+{book.labels[first]}(?!\d\d\d)", contents), post.title
        listed = [
            text for text in book.texts[:first] if re.search(rf"{day}{title}{book.labels[first]}", text)
        ]
        assert len(listed) == (0 if book.theme == "compact" else 1), post.title


def test_the_index_leads_to_the_pages_of_its_posts_and_nowhere_else(book):
    index = "\n".join(book.texts[book.places["index"] : book.places["colophon"]])
    spans = {
        title: range(int(book.labels[first]), int(book.labels[last]) + 1)
        for title, (first, last) in book.spans.items()
    }
    words = {word for post in book.report.selection.posts for word in post.tags}
    assert len(words) > 10
    for word in words:
        own = [spans[post.title] for post in book.report.selection.posts if word in post.tags]
        found = re.search(rf"(?<=[0-9ㄱ-ㅎA-Z]){re.escape(squeezed(word))}(\d[\d–,]*)", index)
        printed = {page for part in found[1].rstrip(",").split(",") for page in expand(part)}
        assert all(pages[0] in printed for pages in own), word
        assert all(any(page in pages for pages in own) for page in printed), word


def expand(part):
    first, _, last = part.partition("–")
    return range(int(first), int(last or first) + 1)
