"""The parts as they come out of the press: numbers that agree with pages, order, themes and trims."""

import re

import pytest
from pdf_facts import labels_of, outline_of, page_texts, squeezed

from yearbook.cli import main
from yearbook.themes import list_themes
from yearbook.trims import TRIMS

POSTS = (
    ("01-05", "새해 첫 산책", "걷기, 겨울", "강가를 걸었다. " * 200),
    ("01-26", "Notes on a slow query", "database, Python", "It was slow. " * 150),
    ("03-09", "벚꽃이 질 때까지", "걷기, 봄", "꽃이 졌다. " * 20),
    ("03-10", "이튿날", "걷기, 日記", "또 걸었다. " * 20),
    ("12-28", "한 해를 보내며", "회고, 겨울", "끝났다. " * 300),
)


@pytest.fixture
def blog(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "blog"
    (folder / "_posts").mkdir(parents=True)
    (folder / "_config.yml").write_text("title: 기록\nlang: ko\ntimezone: Asia/Seoul\n", encoding="utf-8")
    for day, title, tags, text in POSTS:
        head = f"---\ntitle: {title}\ndate: 2024-{day} 09:00:00 +0900\ntags: [{tags}]\n---\n"
        (folder / f"_posts/2024-{day}-post.md").write_text(f"{head}\n{text}\n", encoding="utf-8")
    return folder


def build(blog, *arguments, settings=""):
    (blog / "yearbook.toml").write_text(settings, encoding="utf-8")
    pdf = blog / "book.pdf"
    assert main(["build", str(blog), "-q", "--offline", "-o", str(pdf), *arguments]) == 0
    return pdf


def pages_by_folio(pdf):
    return {label: squeezed(text) for label, text in zip(labels_of(pdf), page_texts(pdf), strict=True)}


def opening_folios(pages):
    """Folio of each post's first page, by title."""
    found = {}
    for day, title, *_ in POSTS:
        month, number = (int(part) for part in day.split("-"))
        mark = f"2024.{month}.{number}."
        found[title] = next(int(folio) for folio, text in pages.items() if mark in text)
    return found


def test_contents_and_months_name_the_pages_that_posts_begin_on(blog):
    pdf = build(blog)
    pages, lines = pages_by_folio(pdf), "".join(page_texts(pdf)).split("\n")
    openings = opening_folios(pages)
    contents = next(text for text in pages.values() if text.startswith("차례"))
    for day, title, *_ in POSTS:
        line = re.escape(day.replace("-", ".") + squeezed(title))
        assert re.search(rf"{line}\.+{openings[title]}(?!\d\d\d)", contents), title
        assert f"{day.replace('-', '.')} {title} {openings[title]}" in lines, title


@pytest.mark.parametrize("theme", ["classic", "compact"])
def test_the_index_leads_to_every_post_of_a_word_and_nowhere_else(blog, theme):
    pages = pages_by_folio(build(blog, "--theme", theme))
    openings = sorted(opening_folios(pages).items(), key=lambda pair: pair[1])
    last = max(int(folio) for folio, text in pages.items() if "끝났다" in text)
    ends = [after - (theme != "compact") for _, after in openings[1:]] + [last]
    spans = {title: range(first, end + 1) for (title, first), end in zip(openings, ends, strict=True)}
    index = next(text for text in pages.values() if text.startswith("찾아보기"))
    words = {word for _, _, tags, _ in POSTS for word in tags.split(", ")}
    assert all(word in index for word in words)
    for word in words:
        found = re.search(rf"{word}([\d–,]+)", index)[1]
        printed = {page for part in found.split(",") for page in expand(part)}
        own = [title for _, title, tags, _ in POSTS if word in tags.split(", ")]
        assert all(spans[title][0] in printed for title in own), word
        assert all(any(page in spans[title] for title in own) for page in printed), word


def expand(part):
    first, _, last = part.partition("–")
    return range(int(first), int(last or first) + 1)


def test_parts_stand_in_the_order_of_the_settings_and_only_those(blog):
    parts = '["title-page", "index", "chapters", "contents", "colophon"]'
    pdf = build(blog, settings=f"[book]\nparts = {parts}\nmonth_openings = false\n")
    titles = [title for level, title in outline_of(pdf) if level == 1]
    assert titles == ["찾아보기", "차례", "판권"]
    texts = [squeezed(text) for text in page_texts(pdf)]
    assert texts[0].startswith("2024기록")
    assert not any(text.startswith("한눈에보는") for text in texts)
    assert labels_of(pdf)[0] == "1"


@pytest.mark.slow
@pytest.mark.parametrize("trim", TRIMS)
@pytest.mark.parametrize("theme", ["classic", "gothic", "photo", "compact"])
def test_every_theme_in_every_trim_is_built_without_a_complaint(blog, capsys, theme, trim):
    assert {theme.name for theme in list_themes(blog)} == {"classic", "gothic", "photo", "compact"}
    pdf = build(blog, "--theme", theme, "--trim", trim)
    assert capsys.readouterr().err == ""
    texts = page_texts(pdf)
    assert len([text for text in texts if "한눈에 보는" in text]) == 1
    assert all(title in squeezed("".join(texts)) for title in map(squeezed, (post[1] for post in POSTS)))
