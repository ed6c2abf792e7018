"""The report: what counts, what is written down, what `check` and `verify` say."""

import dataclasses
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from conftest import make_blog, make_post

from yearbook.cli import main
from yearbook.cli.page import report_html
from yearbook.cli.telling import annotation, finding_line, report_json
from yearbook.config import Config
from yearbook.errors import ExitCode, UsageError
from yearbook.memo import Memo
from yearbook.model import Finding, MissingImage, Severity, StoredImage
from yearbook.preflight import compare, describe, read_provenance, selecting, write_provenance
from yearbook.preflight.provenance import from_text
from yearbook.readings import digest_of_post
from yearbook.report import KINDS, Report

DOCS = Path(__file__).parent.parent / "docs"


def finding(kind="dead-link", severity=Severity.WARNING, **changes):
    return Finding(kind=kind, severity=severity, **{"message": "셋", **changes})


def report(*findings, **changes):
    values = {"selection": None, "pictures": 0, "missing": 0, "pages": 3, "outputs": (Path("a.pdf"),)}
    return Report(findings=findings, **{**values, **changes})


# -------------------------------------------------------------------------------------------- what counts


@pytest.mark.parametrize(
    ("severity", "strict", "allow", "code"),
    [
        (Severity.ERROR, False, (), 5),
        (Severity.ERROR, False, ("dead-link",), 0),
        (Severity.ERROR, False, ("formula",), 5),
        (Severity.WARNING, False, (), 0),
        (Severity.WARNING, True, (), 5),
        (Severity.WARNING, True, ("dead-link",), 0),
        (Severity.NOTE, True, (), 0),
    ],
)
def test_what_leaves_a_book_complete(severity, strict, allow, code):
    assert report(finding(severity=severity), strict=strict, allow=frozenset(allow)).exit_code == code


def test_allow_missing_is_for_pictures_alone():
    hole = finding("missing-image", Severity.ERROR)
    assert report(hole, allow_missing=True).exit_code is ExitCode.COMPLETE
    assert report(hole, finding(severity=Severity.ERROR), allow_missing=True).exit_code is ExitCode.INCOMPLETE


# -------------------------------------------------------------------------------------------- telling


def test_a_finding_cannot_move_the_terminal_or_forge_a_line():
    line = finding_line(finding(message="a\x1b[2J\r\nerror: b\u202e", place="x\x9b.md"))
    assert re.findall(r"[\x00-\x1f\x7f-\x9f\u202e]", line) == []


@pytest.mark.parametrize(
    ("folder", "place", "expected"),
    [
        ("", "posts/a.md", "::warning title=dead-link,file=posts/a.md,line=7::셋 (둘)"),
        ("blog", "p,1:2.md", "::warning title=dead-link,file=blog/p%2C1%3A2.md,line=7::셋 (둘)"),
        ("blog", "", "::warning title=dead-link::셋 (둘)"),
    ],
)
def test_an_annotation_names_the_file_in_the_checkout(folder, place, expected):
    assert annotation(finding(place=place, line=7, hint="둘"), folder) == expected


def test_a_post_cannot_give_commands_to_github():
    line = annotation(finding(message="a\n::stop-commands::x\r\n%0A::add-mask::y"), "")
    assert "\n" not in line
    assert "\r" not in line
    assert line.endswith("a%0A::stop-commands::x%0D%0A%250A::add-mask::y")


def test_the_json_is_what_its_document_says():
    manual = (DOCS / "report.md").read_text(encoding="utf-8").split("FILE.json`")[1].split("## GitHub")[0]
    whole, single = manual.split("Each finding:")
    values = report_json(report(finding(), allow=frozenset({"dead-link"})))
    assert list(values) == re.findall(r"^\| `(\w+)` ", whole, re.MULTILINE)
    assert list(values["findings"][0]) == re.findall(r"^\| `(\w+)` ", single, re.MULTILINE)
    assert values["findings"][0]["allowed"] is True
    assert values["counts"] == {"error": 0, "warning": 1, "note": 0}


def test_the_page_holds_nothing_of_a_post_that_could_run():
    evil = "<script>alert(1)</script>\"'>"
    html = report_html(report(finding(message=evil, place=evil, hint=evil, page=2)), {2: b"png"}, evil)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4
    assert 'id="page-2"' in html


def test_a_clean_page_says_so():
    assert "Nothing was found" in report_html(report(), {}, "")


# ------------------------------------------------------------------------------------- whole commands


def write_post(root, slug, date, body):
    head = f'---\ntitle: "글 {slug}"\ndate: {date}\n---\n\n'
    (root / "content/posts" / f"{slug}.md").write_text(f"{head}{body}\n", encoding="utf-8")


@pytest.fixture
def blog(tmp_path, monkeypatch):
    root = tmp_path / "blog"
    (root / "content/posts").mkdir(parents=True)
    (root / "hugo.toml").write_text(
        'baseURL = "https://blog.example"\ntitle = "기록"\ntimeZone = "Asia/Seoul"\n'
    )
    write_post(root, "hello", "2021-03-05", "첫 글\n\n여기 \ue000 아이콘\n\n[링크](/posts/gone/)")
    write_post(root, "again", "2021-03-06", "둘째 글")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YEARBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return root


def test_a_blog_is_checked_without_typesetting(blog, capsys, monkeypatch):
    monkeypatch.setattr("yearbook.typeset.typeset", None)
    assert main(["check", "blog", "--year", "2021", "--report", "r.json"]) == 5
    said = capsys.readouterr()
    assert "content/posts/hello.md:8: no bundled font has" in said.err
    assert said.out == "2 posts; 2 findings\n"
    found = {f["kind"]: f for f in json.loads(Path("r.json").read_text())["findings"]}
    assert found["private-character"]["line"] == 8
    assert found["dead-link"]["line"] == 10


def test_a_post_that_cannot_be_read_does_not_hide_the_rest(blog, capsys):
    (blog / "content/posts/bad.md").write_text("---\ntitle: [\ndate: 2021-03-07\n---\n글\n")
    assert main(["check", "blog", "--year", "2021"]) == 5
    said = capsys.readouterr().err
    assert "bad.md:" in said
    assert "hello.md:8" in said


def test_annotations_only_where_github_runs(blog, capsys, monkeypatch):
    main(["check", "blog", "--year", "2021"])
    assert "::error" not in capsys.readouterr().err
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(blog.parent))
    main(["check", "blog", "--year", "2021"])
    assert (
        "::error title=private-character,file=blog/content/posts/hello.md,line=8::" in capsys.readouterr().err
    )


def test_a_kind_can_be_allowed_and_a_strange_one_is_refused(blog, capsys):
    assert main(["check", "blog", "--year", "2021", "--allow", "private-character"]) == 0
    assert main(["check", "blog", "--year", "2021", "--allow", "private-char"]) == 2
    assert "did you mean `private-character`?" in capsys.readouterr().err
    (blog / "yearbook.toml").write_text('allow = ["private-character"]\n')
    assert main(["check", "blog", "--year", "2021"]) == 0


def test_a_report_of_no_known_form_is_refused(blog, capsys):
    assert main(["check", "blog", "--report", "r.txt"]) == 2
    assert "r.txt" in capsys.readouterr().err


def test_a_book_is_built_checked_and_verified(blog, capsys):
    """One build, because it takes seconds; each step below depends on it."""
    build = ["build", "blog", "--year", "2021", "-o", "book.pdf", "--allow", "private-character"]
    (blog / "yearbook.toml").write_text("[print]\npage_multiple = 97\n")
    assert main([*build, "--report", "r.html", "--report", "r.json"]) == 0
    kinds = [f["kind"] for f in json.loads(Path("r.json").read_text())["findings"]]
    assert "page-count" in kinds
    assert kinds.count("private-character") == 1
    assert "missing-glyph" not in kinds
    html = Path("r.html").read_text(encoding="utf-8")
    assert "private-character" in html
    capsys.readouterr()

    assert main(["check", "book.pdf"]) == 0
    assert "148 × 210 mm" in capsys.readouterr().out
    assert main(["check", "book.pdf", "--trim", "b5"]) == 5
    assert "not 182.0 × 257.0 mm" in capsys.readouterr().err

    assert main(["verify", "book.pdf", "blog"]) == 0
    assert "2 posts, 0 pictures; agrees with its blog" in capsys.readouterr().out
    moved = shutil.copytree(blog, blog.parent / "moved")
    assert main(["verify", "book.pdf", "moved"]) == 0
    capsys.readouterr()
    post = moved / "content/posts/again.md"
    post.write_text(post.read_text().replace("둘째", "셋째"))
    (moved / "content/posts/hello.md").unlink()
    write_post(moved, "new", "2021-04-01", "새 글")
    assert main(["verify", "book.pdf", "moved"]) == 5
    said = capsys.readouterr().err
    for name, what in (
        ("again", "has changed"),
        ("hello", "no longer in the blog"),
        ("new", "not in the book"),
    ):
        assert re.search(rf"posts/{name}\.md: is in .*{what}|posts/{name}\.md: {what}", said), name


def test_a_pdf_of_somebody_else_cannot_be_verified(blog, tmp_path, capsys):
    import pikepdf

    document = pikepdf.new()
    document.add_blank_page()
    document.save(tmp_path / "other.pdf")
    assert main(["verify", "other.pdf", "blog"]) == 2
    assert "does not say what it was made from" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")
def test_pages_are_drawn_or_it_is_said_that_they_are_not(tmp_path, monkeypatch):
    import pikepdf

    from yearbook.cli.page import draw_thumbnails

    document = pikepdf.new()
    document.add_blank_page()
    document.save(tmp_path / "a.pdf")
    found = report(finding(page=1), finding(page=9), outputs=(tmp_path / "a.pdf",))
    drawn, remark = draw_thumbnails(found)
    assert [png[:4] for png in drawn.values()] == [b"\x89PNG"]
    assert remark == "1 more pages are not drawn."
    monkeypatch.setenv("PATH", os.devnull)
    assert draw_thumbnails(found)[0] == {}
    assert "pdftoppm" in draw_thumbnails(found)[1]


# ------------------------------------------------------------------------------------------ provenance


def stored(key, digest):
    return StoredImage(key=key, sha256=digest * 64, path=Path("x"), kind="png", width_px=1, height_px=1)


def missing(key):
    return MissingImage(key=key, url="", reason="missing", detail="", hint="")


def made(posts=(), pictures=(), config=None, blog=None, look=()):
    digests = {post.place: digest_of_post(post, Memo(Path("/nowhere"))) for post in posts}
    return describe(config or Config(blog=Path("/a")), [blog or make_blog()], digests, pictures, dict(look))


def test_what_a_book_was_made_from_survives_the_way_there_and_back():
    config = Config(blog=Path("/secret/place"), year=2021, output="/secret/out.pdf", token="secret")
    posts = [make_post(slug="a", place='posts/"나\n.md'), make_post(slug="b", place="posts/b c.md")]
    before = made(posts, [stored("file:b.png", "b"), missing("gh:1")], config, look={"fonts": "c" * 64})
    text = write_provenance(before)
    assert from_text(text) == before
    assert "secret" not in text
    assert list(before.pictures.items()) == [("file:b.png", "b" * 20), ("gh:1", "-")]


def test_the_folder_of_a_blog_changes_nothing():
    one = made([make_post()], blog=make_blog(root=Path("/one")))
    other = make_post(source=Path("/two/posts/a-day.md"))
    assert made([other], config=Config(blog=Path("/two")), blog=make_blog(root=Path("/two"))) == one


@pytest.mark.parametrize(
    "changes",
    [{"body": "다른"}, {"title": "다른"}, {"tags": ("x",)}, {"fields": {"a": 1}}, {"language": "ja"}],
)
def test_any_change_of_a_post_is_seen(changes):
    [found] = compare(made([make_post()]), made([make_post(**changes)]), {})
    assert (found.kind, found.place) == ("changed-post", "posts/a-day.md")


def test_pictures_are_compared_with_the_blog_and_with_the_lock_file():
    before = made(pictures=[stored("file:a.png", "a"), stored("gh:1", "b"), stored("gh:2", "c")])
    gone = made(pictures=[missing("file:a.png"), missing("gh:1"), stored("gh:2", "c")])
    found = compare(before, gone, {"gh:1": "b" * 64, "gh:2": "d" * 64})
    assert [f.message.partition(":")[0] + f.message.partition(":")[2][:3] for f in found] == [
        "gh2: ",
        "filea.p",
    ]


SHORTCODE = "yearbook/shortcodes/x.html"
THEME_FILE = "yearbook/themes/mine/theme.css"


@pytest.mark.parametrize(
    ("was", "is_now", "place", "words"),
    [
        ({THEME_FILE: "a"}, {THEME_FILE: "b"}, THEME_FILE, "has changed"),
        ({THEME_FILE: "a", "fonts": "c"}, {"fonts": "c"}, THEME_FILE, "no longer in the blog"),
        ({}, {SHORTCODE: "a"}, SHORTCODE, "later"),
        ({"fonts": "c"}, {"fonts": "d"}, "", "the program's own fonts: has changed"),
    ],
)  # fmt: skip
def test_what_gives_a_book_its_look_is_compared(was, is_now, place, words):
    [found] = compare(made(look={"styles": "s", **was}), made(look={"styles": "s", **is_now}), {})
    assert (found.kind, found.severity, found.place) == ("changed-look", Severity.ERROR, place)
    assert words in found.message


def test_an_older_book_does_not_tell_its_look():
    assert compare(made(), made(look={"fonts": "c"}), {}) == ()


def test_another_theme_is_said_once():
    mine = Config(blog=Path("/a"), page=dataclasses.replace(Config(blog=Path()).page, theme="mine"))
    found = compare(made(config=mine, look={THEME_FILE: "a", "fonts": "c"}), made(look={"fonts": "c"}), {})
    assert [(f.kind, f.severity) for f in found] == [("changed-setting", Severity.NOTE)]


def test_a_changed_theme_or_shortcode_is_seen_from_the_pdf(blog, capsys):
    themes, shortcodes = blog / "yearbook/themes/mine/templates", blog / "yearbook/shortcodes"
    themes.mkdir(parents=True)
    shortcodes.mkdir()
    css, template, shortcode = themes.parent / "theme.css", themes / "imprint.html", shortcodes / "hm.html"
    for path, text in ((css, "p{color:#222}"), (template, ""), (shortcode, "흠")):
        path.write_text(text, encoding="utf-8")
    (blog / "yearbook.toml").write_text('[page]\ntheme = "mine"\n')
    assert main(["build", "blog", "--year", "2021", "-o", "book.pdf", "--allow", "private-character"]) == 0
    assert main(["verify", "book.pdf", "blog"]) == 0
    for path in (css, template, shortcode):
        before = path.read_text(encoding="utf-8")
        path.write_text(before + " ", encoding="utf-8")
        capsys.readouterr()
        assert main(["verify", "book.pdf", "blog"]) == 5
        assert f"{path.relative_to(blog)}: has changed since" in capsys.readouterr().err
        path.write_text(before, encoding="utf-8")
    assert main(["verify", "book.pdf", "blog"]) == 0


def test_settings_are_compared_and_known_again():
    config = Config(blog=Path("/a"), year=2021)
    before = made(config=config)
    assert selecting(before) == {"year": 2021}
    found = compare(before, made(blog=make_blog(title="다른")), {})
    assert {(f.kind, f.severity) for f in found} == {
        ("changed-setting", Severity.ERROR), ("changed-setting", Severity.NOTE)
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "other 2\n", "yearbook-provenance 1\n", "yearbook-provenance 2\npost x y\n"]
)
def test_a_text_of_another_kind_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        from_text(text)


def test_no_pdf_is_refused(tmp_path):
    with pytest.raises(UsageError):
        read_provenance(tmp_path / "none.pdf")


def test_every_kind_is_a_plain_name():
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind) for kind in KINDS)
