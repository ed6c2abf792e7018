"""Many blogs in one book, and one year in many volumes."""

import json
from pathlib import Path

import pytest
from pdf_facts import labels_of, squeezed, text_of

from yearbook.cli import main


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def post(title, date, body="글.", extra=""):
    return f'---\ntitle: "{title}"\ndate: {date}\n{extra}---\n{body}\n'


@pytest.fixture
def class_book(tmp_path, monkeypatch):
    """Two blogs of two engines whose posts have the same names, and a folder that makes one book of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YEARBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    write(tmp_path / "minji/hugo.toml", 'title = "민지네"\nbaseURL = "https://minji.example/"\n')
    write(
        tmp_path / "minji/content/posts/spring.md",
        post("민지의 봄", "2025-03-05", "[여름](/posts/summer/)으로."),
    )
    write(
        tmp_path / "minji/content/posts/summer.md",
        post("민지의 여름", "2025-07-05", extra="tags: [우리반]\n"),
    )
    write(
        tmp_path / "haneul/_config.yml",
        "title: 하늘네\nurl: https://haneul.example\npermalink: /posts/:title/\n",
    )
    write(
        tmp_path / "haneul/_posts/2025-04-02-spring.md", post("하늘의 봄", "2025-04-02", "![그림](/gone.png)")
    )
    write(tmp_path / "haneul/_posts/2025-09-02-summer.md", post("하늘의 여름", "2025-09-02"))
    write(
        tmp_path / "class/yearbook.toml",
        'title = "3학년 2반"\nyear = 2025\n[[blog]]\npath = "../minji"\nauthor = "민지"\n'
        '[[blog]]\npath = "../haneul"\nauthor = "하늘"\n',
    )
    return tmp_path / "class"


def test_posts_of_many_blogs_stand_by_date(class_book, capsys):
    assert main(["build", "class", "-q", "-o", "book.pdf"]) == 5
    captured = capsys.readouterr()
    assert "haneul/_posts/2025-04-02-spring.md:5: picture missing" in captured.err
    text = squeezed(text_of(Path("book.pdf"), first=9))
    titles = ["민지의봄", "하늘의봄", "민지의여름", "하늘의여름"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert "3학년2반" in text


def test_a_link_leads_to_the_post_of_its_own_blog(class_book):
    assert main(["build", "class", "-q", "-o", "book.pdf", "--keep-html", "kept"]) == 5
    html = Path("kept/book.html").read_text(encoding="utf-8")
    assert 'href="#post-minji-summer" class="reference"' in html
    assert html.count('id="post-minji-spring"') == 1
    assert html.count('id="post-haneul-spring"') == 1
    assert '<span class="authors">하늘</span>' in html
    assert html.index('id="authors"') > html.index('id="post-haneul-summer"')


def arrange_by_author(folder):
    with (folder / "yearbook.toml").open("a", encoding="utf-8") as config:
        config.write('\n[book]\narrange = "authors"\n')


def test_each_author_can_be_a_part(class_book):
    config = class_book / "yearbook.toml"
    config.write_text(
        f'{config.read_text(encoding="utf-8")}\n[book]\narrange = "authors"\n', encoding="utf-8"
    )
    assert main(["build", "class", "-q", "-o", "book.pdf", "--keep-html", "kept"]) == 5
    html = Path("kept/book.html").read_text(encoding="utf-8")
    marks = ("author-1", "post-minji-spring", "post-minji-summer", "author-2", "post-haneul-spring")
    places = [html.index(f'id="{mark}"') for mark in marks]
    assert places == sorted(places)


def test_a_blog_can_be_narrowed_to_a_tag(class_book, capsys):
    config = class_book / "yearbook.toml"
    text = config.read_text(encoding="utf-8").replace('author = "민지"', 'author = "민지"\ntags = ["우리반"]')
    config.write_text(text, encoding="utf-8")
    assert main(["list", "class", "--json"]) == 0
    listing = json.loads(capsys.readouterr().out)
    assert [entry["title"] for entry in listing["posts"]] == ["하늘의 봄", "민지의 여름", "하늘의 여름"]
    assert [blog["engine"] for blog in listing["blogs"]] == ["hugo", "jekyll"]


def test_a_blog_that_is_not_there_is_named(class_book, capsys):
    write(class_book / "yearbook.toml", '[[blog]]\npath = "../nobody"\n')
    assert main(["build", "class"]) == 2
    assert "the blog `../nobody` is not there" in capsys.readouterr().err


def test_a_year_can_fill_several_volumes(class_book, capsys):
    assert main(["build", "class", "-q", "-o", "book.pdf", "--split", "months=6"]) == 5
    assert capsys.readouterr().out.splitlines() == ["book-1.pdf", "book-2.pdf"]
    first, second = (squeezed(text_of(Path(f"book-{n}.pdf"))) for n in (1, 2))
    assert "하늘의봄" in first
    assert "하늘의여름" not in first
    assert "하늘의여름" in second
    assert labels_of(Path("book-2.pdf"))[2] == "1"


def test_without_a_cover_the_first_page_is_one(class_book):
    write(class_book / "yearbook.toml", '[book]\nparts = ["chapters"]\n[[blog]]\npath = "../minji"\n')
    assert main(["build", "class", "-q", "-o", "book.pdf", "--year", "2025"]) == 0
    assert labels_of(Path("book.pdf"))[:2] == ["1", "2"]
    assert text_of(Path("book.pdf"), first=2, last=2).split("\n")[0] != ""
    assert text_of(Path("book.pdf"), first=4, last=4).rstrip("\f\n").split("\n")[-1].startswith("4 ")


def test_an_authors_name_stands_on_one_line(class_book):
    arrange_by_author(class_book)
    assert main(["build", "class", "-q", "-o", "book.pdf"]) == 5
    lines = [line.strip() for line in text_of(Path("book.pdf")).split("\n")]
    assert lines.count("민지") >= 1
    assert lines.count("하늘") >= 1
    assert "하" not in lines
