"""Whole books from the example blogs: facts about the PDF."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pikepdf
import pytest
from pdf_facts import baselines_of, fonts_of, labels_of, outline_of, page_texts, squeezed

from yearbook import pipeline
from yearbook.config import read_config
from yearbook.report import Silent
from yearbook.store.upkeep import images_vendor
from yearbook.trims import MM_PER_PT, TRIMS

ROOT = Path(__file__).parent.parent
EXAMPLES = ("hugo-blog", "jekyll-blog")
BUNDLED = {
    "Noto-Serif-KR",
    "Noto-Serif-JP",
    "Noto-Serif-SC",
    "Noto-Serif-TC",
    "Pretendard-JP",
    "D2Coding",
    "Source-Serif-4",
    "Noto-Sans",
    "Noto-Sans-Symbols",
    "Noto-Sans-Symbols-2",
    "Noto-Sans-Math",
    "Noto-Emoji",
}


def build(name, folder, **overrides):
    blog = folder / name
    if not blog.exists():
        shutil.copytree(ROOT / "examples" / name, blog)
    output = folder / f"{name}-{len(list(folder.glob('*.pdf')))}.pdf"
    values = {"cache": folder / "cache", "output": str(output), "offline": True, **overrides}
    return pipeline.build(read_config(blog, None, values), Silent())


@pytest.fixture(scope="module", params=EXAMPLES)
def report(request, tmp_path_factory):
    return build(request.param, tmp_path_factory.mktemp("books"))


def test_the_book_is_complete_and_nothing_complains(report):
    assert [f for f in report.findings if f.severity != "note"] == []
    assert report.exit_code == 0
    assert report.missing == 0
    assert report.pictures > 5


def test_only_bundled_fonts_all_embedded_subset_and_readable(report):
    rows = fonts_of(report.outputs[0])
    for name, embedded, subset, unicode in rows:
        assert (embedded, subset, unicode) == (True, True, True), name
        family = re.sub(r"^[A-Z]{6}\+", "", name)
        assert re.sub(r"-(Bold|Semi-Bold|Italic|Oblique).*$", "", family) in BUNDLED, name
    assert len({name for name, *_ in rows}) == len(rows)


def test_every_page_has_the_trim_size(report):
    with pikepdf.open(report.outputs[0]) as document:
        sizes = {tuple(round(float(v), 1) for v in page.TrimBox) for page in document.pages}
        assert sizes == {(0.0, 0.0, 419.5, 595.3)}
        for page in document.pages:
            assert [float(v) for v in page.BleedBox] == pytest.approx(
                [float(v) for v in page.TrimBox], abs=0.01
            )


def test_every_sentence_of_every_post_is_there_in_order(report):
    """Line breaks aside, markup aside; a sentence may go on overleaf, below a note and a folio."""
    pages = [squeezed(page) for page in page_texts(report.outputs[0])]
    number = 0
    for post in report.selection.posts:
        number = next(n for n in range(number, len(pages)) if begins(pages[n], post))
        notes, prose = runs_of_hangul(post.body)
        for run in prose:
            number = next((n for n in range(number, len(pages)) if holds(pages, n, run)), None)
            assert number is not None, (post.place, run)
        for run in notes:
            assert any(run in page for page in pages), (post.place, run)


def begins(page, post):
    return (
        squeezed(post.title) in page[:200] and f"{post.date.year}.{post.date.month}.{post.date.day}." in page
    )


def holds(pages, number, run):
    """Whether the page holds the run, or its beginning while the next page begins with the rest."""
    if run in pages[number]:
        return True
    overleaf = pages[number + 1][: len(run)] if number + 1 < len(pages) else ""
    return any(run[:cut] in pages[number] and overleaf.startswith(run[cut:]) for cut in range(1, len(run)))


def runs_of_hangul(body):
    """Runs of at least three words that no markup can interrupt, of footnotes and of all else, squeezed."""
    dropped = r"(?ms)^(```|~~~).*?^\1|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|!\[.*?\)|^\{:.*?\}$|^\|.*?$"
    lines = re.sub(dropped, "", body).split("\n")
    notes = [line for line in lines if line.startswith("[^")]
    rest = [line for line in lines if not line.startswith("[^")]
    return tuple(
        [squeezed(run) for line in part for run in re.findall(r"[가-힣]+(?: [가-힣]+){2,}", line)]
        for part in (notes, rest)
    )


def test_contents_name_the_pages_that_posts_begin_on(report):
    pages = page_texts(report.outputs[0])
    labels = labels_of(report.outputs[0])
    first = next(n for n, page in enumerate(pages) if squeezed(page).startswith("차례"))
    contents = squeezed("".join(pages[first : first + 2]))
    for post in report.selection.posts:
        opening = next(
            label for page, label in zip(pages, labels, strict=True) if begins(squeezed(page), post)
        )
        day = f"{post.date.month:02}.{post.date.day:02}"
        wanted = rf"{re.escape(day + squeezed(post.title))}\.+{opening}(?!\d\d\d)"
        assert re.search(wanted, contents), (post.title, opening)


def test_the_outline_leads_through_months_and_posts(report):
    titles = outline_of(report.outputs[0])
    assert titles[0] == (1, "표지")
    assert titles[-1] == (1, "판권")
    posts = [title for level, title in titles if level == 2]
    assert posts == [post.title for post in report.selection.posts]


def test_folios_agree_with_page_labels(report):
    numbered = 0
    for page, label in zip(page_texts(report.outputs[0]), labels_of(report.outputs[0]), strict=True):
        lines = [line for line in page.split("\n") if line.strip()]
        if lines and label.isdigit() and re.match(rf"^{label} |.* {label}$|^{label}$", lines[-1]):
            numbered += 1
    assert numbered > report.pages * 0.5


def test_lines_of_text_stand_on_the_baseline_grid(report):
    trim = TRIMS["a5"]
    head_pt = trim.head / MM_PER_PT
    residues = Counter(
        round((baseline - head_pt) % trim.leading_pt, 1)
        for page in baselines_of(report.outputs[0])
        for font, size, baseline in page
        if font == "Noto-Serif-KR" and abs(size - trim.size_pt) < 0.05
    )
    assert residues.total() > 200
    assert residues.most_common(1)[0][1] / residues.total() >= 0.99


def test_months_open_on_the_right(report):
    with pikepdf.open(report.outputs[0]) as document, document.open_outline() as outline:
        pages = {page.objgen: number for number, page in enumerate(document.pages, start=1)}
        for entry in outline.root:
            if re.fullmatch(r"\d+월", str(entry.title)):
                destination = entry.destination
                assert pages[destination[0].objgen] % 2 == 1, entry.title


def test_the_same_blog_twice_gives_the_same_bytes_from_another_folder(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first, second = (build("jekyll-blog", tmp_path / name, year=2025) for name in ("one", "two"))
    assert first.outputs[0].read_bytes() == second.outputs[0].read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="hiding folders takes root and unshare"
)
def test_system_fonts_change_nothing(tmp_path):
    shutil.copytree(ROOT / "examples/jekyll-blog", tmp_path / "blog")
    command = f"{sys.executable} -m yearbook build {tmp_path}/blog -q --offline --cache {tmp_path}/cache"
    command += f" -o {tmp_path}/"
    folders = "/usr/share/fonts /usr/local/share/fonts /etc/fonts"
    hide = f"for d in {folders}; do test -d $d && mount -t tmpfs none $d; done; "
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    subprocess.run(f"{command}shown.pdf", shell=True, check=True, env=environment)
    hidden = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"{hide}{command}hidden.pdf"], env=environment, check=False
    )
    if hidden.returncode:
        pytest.skip("this sandbox lets nobody mount")
    assert (tmp_path / "shown.pdf").read_bytes() == (tmp_path / "hidden.pdf").read_bytes()


def test_bleed_makes_the_sheet_larger_and_the_trim_stays(tmp_path):
    report = build(
        "jekyll-blog",
        tmp_path,
        **{"page.bleed": 3.0, "page.trim": "152x225", "select.only": ("rainy-season",)},
    )
    with pikepdf.open(report.outputs[0]) as document:
        media = [float(v) for v in document.pages[0].MediaBox]
        trim = [float(v) for v in document.pages[0].TrimBox]
    assert media[2] - media[0] == pytest.approx((152 + 6) * 72 / 25.4, abs=0.1)
    assert trim[2] - trim[0] == pytest.approx(152 * 72 / 25.4, abs=0.1)


def test_a_vendored_blog_gives_the_same_bytes_without_cache_mirror_or_socket(tmp_path, monkeypatch):
    first = build("jekyll-blog", tmp_path)
    blog = tmp_path / "jekyll-blog"
    vendored = images_vendor(blog_root=blog, cache=tmp_path / "cache" / "images")
    assert {image.state for image in vendored} == {"copied"}
    shutil.rmtree(blog / ".yearbook" / "mirror")
    settings = (blog / "yearbook.toml").read_text(encoding="utf-8")
    (blog / "yearbook.toml").write_text(settings.partition("[images.mirrors]")[0], encoding="utf-8")

    def forbidden(*_arguments):
        message = "a socket was opened"
        raise AssertionError(message)

    monkeypatch.setattr("socket.socket.connect", forbidden)
    second = build("jekyll-blog", tmp_path, cache=tmp_path / "other-cache")
    assert second.missing == 0
    assert second.outputs[0].read_bytes() == first.outputs[0].read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("trim", TRIMS)
def test_the_year_at_a_glance_is_one_page_in_every_trim(tmp_path, trim):
    report = build("jekyll-blog", tmp_path, **{"page.trim": trim, "book.parts": ("glance", "colophon")})
    assert report.pages == 2
