"""Tiny blogs of every engine and layout: what is found in them, and that the engines say the same."""

import csv
import datetime as dt
import io
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from blog_kit import BLOGS, NAMES, criteria_of, listing

from yearbook.cli import main
from yearbook.dialects import DIALECTS, dialect_of
from yearbook.discover import discover, library
from yearbook.errors import ExitCode
from yearbook.model import Criteria, Post

EXAMPLES = Path(__file__).parent.parent / "examples"
ALL_TIME = Criteria(year=2021, since=dt.date(1900, 1, 1), until=dt.date(2999, 12, 31))
FUTURE_ENDS = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("name", NAMES)
def test_a_tiny_blog_is_read_as_expected(name):
    expected = (BLOGS / f"{name}.txt").read_text(encoding="utf-8")
    found = listing(discover(BLOGS / name, criteria_of(expected)))
    assert found == expected.partition("\n")[2]


@pytest.mark.parametrize("name", NAMES)
def test_a_tiny_blog_goes_all_the_way_but_the_typesetting(name, tmp_path, capsys):
    """Its newest year; a second look gives the same from what is remembered."""
    command = ["check", str(BLOGS / name), "--offline", "--cache", str(tmp_path)]
    code, first = main(command), capsys.readouterr().err
    unreadable = name == "hugo-sections"
    assert code == (ExitCode.INCOMPLETE if unreadable else ExitCode.COMPLETE), first
    assert (main(command), capsys.readouterr().err) == (code, first)


def test_every_expected_listing_has_its_blog():
    assert {path.stem for path in BLOGS.glob("*.txt")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_markdown_file_of_a_content_folder_is_accounted_for(name):
    selection = discover(BLOGS / name, Criteria(year=2021))
    accounted = [each.place for each in (*selection.posts, *selection.left_out, *selection.broken)]
    assert len(accounted) == len(set(accounted))
    dialect = dialect_of(selection.blog.engine)
    files = [path.relative_to(BLOGS / name).as_posix() for path in dialect.posts(selection.blog)]
    assert sorted(accounted) == sorted(files)


@pytest.mark.parametrize("name", NAMES)
def test_places_and_permalinks_find_their_post_in_the_library(name):
    selection = discover(BLOGS / name, ALL_TIME)
    found = library(selection)
    for post in selection.posts:
        assert found.find(post.permalink).chapter_id == post.chapter_id
        assert found.find(post.place).title == post.title
        assert found.find("no-such-post-anywhere") is None


def test_dialects_have_names_of_their_own():
    assert [dialect.name for dialect in DIALECTS] == ["hugo", "hexo", "jekyll", "plain"]
    with pytest.raises(KeyError):
        dialect_of("wordpress")


# Pictures -------------------------------------------------------------------------------------------------


def post_of(selection, ending):
    return next(post for post in selection.posts if post.place.endswith(ending))


@pytest.mark.parametrize(
    ("name", "place", "src", "wanted"),
    [
        ("hugo-sections", "first.md", "images/wall.svg", "static/images/wall.svg"),
        ("hugo-sections", "first.md", "/images/wall.svg", "static/images/wall.svg"),
        ("hugo-sections", "first.md", "/diary/images/wall.svg", "static/images/wall.svg"),
        (
            "hugo-sections",
            "first.md",
            "https://sections.example/diary/images/wall.svg?v=1#x",
            "static/images/wall.svg",
        ),
        ("hugo-sections", "first.md", "../../images/wall.svg", "static/images/wall.svg"),
        ("hugo-sections", "first.md", "/Images/WALL.svg", "static/images/wall.svg"),
        ("hugo-sections", "trip/index.md", "sea.svg", "content/posts/trip/sea.svg"),
        ("hugo-sections", "trip/index.md", "./sea.svg", "content/posts/trip/sea.svg"),
        ("hugo-sections", "trip/index.md", "/posts/trip/sea.svg", "content/posts/trip/sea.svg"),
        ("hugo-sections", "first.md", "trip/sea.svg", "content/posts/trip/sea.svg"),
        ("hugo-mounts", "Shelf.md", "/shelf.svg", "pictures/shelf.svg"),
        ("jekyll-dates", "2021-04-01-sea.md", "/assets/sea.svg", "assets/sea.svg"),
        ("jekyll-dates", "2021-04-01-sea.md", "/slow/assets/sea.svg", "assets/sea.svg"),
        ("jekyll-dates", "2021-04-01-sea.md", "assets/sea.svg", "assets/sea.svg"),
        ("hexo-posts", "hello.md", "face.svg", "source/_posts/hello/face.svg"),
        ("hexo-posts", "hello.md", "hello/face.svg", "source/_posts/hello/face.svg"),
        ("zola", "rain/index.md", "rain.svg", "content/blog/rain/rain.svg"),
        ("zola", "2021-03-04-soil.md", "/soil.svg", "static/soil.svg"),
        ("pelican", "beak.md", "{static}/images/beak.svg", "content/images/beak.svg"),
        ("pelican", "beak.md", "{static}../images/beak.svg", "content/images/beak.svg"),
        ("pelican", "beak.md", "|filename|/images/beak.svg", "content/images/beak.svg"),
        ("astro", "cover/index.md", "./cover.svg", "src/content/blog/cover/cover.svg"),
        ("astro", "orbit.md", "/orbit.svg", "public/orbit.svg"),
        ("astro", "orbit.md", "@/content/blog/cover/cover.svg", "src/content/blog/cover/cover.svg"),
        ("gatsby", "hello/index.md", "./light.svg", "content/blog/hello/light.svg"),
        ("next", "hello.md", "/assets/cover.svg", "public/assets/cover.svg"),
        ("obsidian", "산책.md", "leaf.svg", "Attachments/leaf.svg"),
        ("quartz", "crystal.md", "Pasted image 20211203.svg", "content/files/Pasted image 20211203.svg"),
        ("quartz", "crystal.md", "Pasted%20image%2020211203.svg", "content/files/Pasted image 20211203.svg"),
        ("folder", "to-a-friend.md", "./stamp.svg", "letters/stamp.svg"),
    ],
)
def test_a_picture_is_located(name, place, src, wanted):
    selection = discover(BLOGS / name, ALL_TIME)
    found = dialect_of(selection.blog.engine).locate(selection.blog, post_of(selection, place), src)
    assert found == BLOGS / name / wanted


@pytest.mark.parametrize(
    "src",
    [
        "../../../../../../../../etc/passwd", "/../../../../../../etc/passwd",
        "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "https://elsewhere.example/images/wall.svg", "data:image/png;base64,AAAA", "file:///etc/passwd",
        "", "/", ".", "..",
        "a" * 5000, "images/", "images", "bad\0name.svg", "//elsewhere.example/a.svg", "x" * 300 + ".svg",
        "%252e%252e/hugo.toml",
        "images/missing.svg", "..\\..\\..\\..\\..\\etc\\passwd",
    ],
)  # fmt: skip
def test_what_is_no_file_of_the_blog_is_not_located(src):
    selection = discover(BLOGS / "hugo-sections", ALL_TIME)
    assert dialect_of("hugo").locate(selection.blog, post_of(selection, "first.md"), src) is None


def test_no_link_leads_out_of_the_blog(tmp_path):
    outside = tmp_path / "outside.svg"
    outside.write_text("<svg/>")
    root = tmp_path / "blog"
    shutil.copytree(BLOGS / "hugo-sections", root)
    (root / "static" / "images" / "link.svg").symlink_to(outside)
    (root / "static" / "inner.svg").symlink_to(root / "static" / "images" / "wall.svg")
    (root / "static" / "loop.svg").symlink_to(root / "static" / "loop.svg")
    selection = discover(root, ALL_TIME)
    locate = dialect_of("hugo").locate
    post = post_of(selection, "first.md")
    assert locate(selection.blog, post, "/images/link.svg") is None
    assert locate(selection.blog, post, "/loop.svg") is None
    assert locate(selection.blog, post, "/inner.svg") == root / "static" / "images" / "wall.svg"


def test_a_name_in_the_other_unicode_form_is_located(tmp_path):
    root = tmp_path / "blog"
    shutil.copytree(BLOGS / "hugo-sections", root)
    (root / "static" / "한글.svg").write_text("<svg/>")
    selection = discover(root, ALL_TIME)
    post = post_of(selection, "first.md")
    for src in ("/한글.svg", "/%ED%95%9C%EA%B8%80.svg", "/한글.svg"):
        assert dialect_of("hugo").locate(selection.blog, post, src) == root / "static" / "한글.svg"


# Links ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "place", "ref", "wanted"),
    [
        ("hugo-sections", "first.md", "url.md", "/elsewhere/page.html"),
        ("hugo-sections", "first.md", "posts/url.md#end", "/elsewhere/page.html#end"),
        ("hugo-sections", "first.md", "/posts/url", "/elsewhere/page.html"),
        ("hugo-sections", "first.md", "url", "/elsewhere/page.html"),
        ("hugo-sections", "first.md", "trip", "/posts/trip/"),
        ("hugo-sections", "first.md", "/posts/trip/index.md", "/posts/trip/"),
        ("hugo-sections", "first.md", "../trip/", "/posts/trip/"),
        ("hugo-sections", "first.md", "https://sections.example/diary/posts/trip/#sea", "/posts/trip/#sea"),
        ("hugo-sections", "first.md", "#here", "/posts/first/#here"),
        ("hugo-sections", "first.md", "next-year.md", "/posts/next-year/"),
        ("hugo-sections", "first.md", "/files/a.pdf", "/files/a.pdf"),
        ("hugo-sections", "first.md", "/tags/", "/tags/"),
        ("hugo-sections", "first.md", "no-such.md", None),
        ("hugo-sections", "first.md", "https://elsewhere.example/posts/trip/", None),
        ("hugo-sections", "first.md", "mailto:cat@sections.example", None),
        ("jekyll-dates", "2021-04-01-sea.md", "2021-1-7-one-digit", "/2021/01/07/one-digit.html"),
        ("jekyll-dates", "2021-04-01-sea.md", "travel/2021-04-01-sea", "/여행/2021/04/01/sea.html"),
        ("jekyll-dates", "2021-04-01-sea.md", "_posts/2021-1-7-one-digit.md", "/2021/01/07/one-digit.html"),
        (
            "jekyll-dates",
            "2021-04-01-sea.md",
            "/slow/2021/01/07/one-digit.html#x",
            "/2021/01/07/one-digit.html#x",
        ),
        (
            "jekyll-dates",
            "2021-04-01-sea.md",
            "/%EC%97%AC%ED%96%89/2021/04/01/sea",
            "/여행/2021/04/01/sea.html",
        ),
        ("hexo-posts", "hello.md", "no-opening", "/2013/08/01/no-opening/"),
        ("hexo-posts", "hello.md", "deep/well", "/2013/10/01/deep/well/"),
        ("zola", "rain/index.md", "@/blog/2021-03-04-soil.md", "/blog/soil/"),
        ("pelican", "beak.md", "{filename}/2021-04-07-fenced.md", "/posts/2021/울타리-있는-글/"),
        ("pelican", "beak.md", "{filename}../2021-04-07-fenced.md", "/posts/2021/울타리-있는-글/"),
        ("obsidian", "2021-05-05.md", "숲", "/Notes/숲/"),
        ("obsidian", "2021-05-05.md", "Notes/숲#길", "/Notes/숲/#길"),
    ],
)
def test_a_link_is_resolved(name, place, ref, wanted):
    selection = discover(BLOGS / name, ALL_TIME)
    dialect = dialect_of(selection.blog.engine)
    assert dialect.resolve(selection.blog, post_of(selection, place), ref, library(selection)) == wanted


# The engines as yardsticks --------------------------------------------------------------------------------

HUGO = pytest.mark.skipif(not shutil.which("hugo"), reason="no hugo on this machine (apt-get install hugo)")
JEKYLL = pytest.mark.skipif(
    not shutil.which("jekyll"), reason="no jekyll on this machine (apt-get install jekyll)"
)


def yardstick_blogs(engine):
    found = [BLOGS / name for name in NAMES if name.startswith(f"{engine}-")]
    return [pytest.param(path, id=path.name) for path in (*found, EXAMPLES / f"{engine}-blog")]


def published(selection):
    """Place to date and permalink of everything the engine too should publish as a page."""
    found = {post.place: (post.date, post.permalink) for post in selection.posts}
    for out in selection.left_out:
        if out.reason in {"language", "page"}:
            found[out.place] = (out.date, out.permalink)
    return found


def places(selection, *, findings=(), reasons=()):
    said = {each.place for each in selection.findings if each.kind in findings}
    return said | {out.place for out in selection.left_out if out.reason in reasons}


def run(command, folder):
    environment = {**os.environ, "TZ": "UTC", "LANG": "C.UTF-8", "HUGO_CACHEDIR": str(folder / ".hugo-cache")}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


DUMP_HUGO = (
    '{{ range .Site.AllPages }}{{ if and (eq .Kind "page") .File }}'
    '{{ $date := .Date.Format "2006-01-02T15:04:05Z07:00" }}'
    '{{ dict "file" .File.Filename "date" $date "path" .RelPermalink | jsonify }}\n'
    "{{ end }}{{ end }}"
)
DUMP_JEKYLL = (
    "---\n---\n{% for each in site.documents %}"
    "{{ each.relative_path }}\t{{ each.date | date_to_xmlschema }}\t{{ each.url }}\n{% endfor %}"
)


@pytest.mark.engines
@HUGO
@pytest.mark.parametrize("blog", yardstick_blogs("hugo"))
def test_hugo_publishes_the_same(blog, tmp_path):
    selection = as_the_engine_sees_it(blog)
    root = tmp_path / "blog"
    shutil.copytree(blog, root)
    for bad in (*selection.broken, *(out for out in selection.left_out if "cannot be read" in out.detail)):
        (root / bad.place).unlink()
    (root / "layouts" / "_default").mkdir(parents=True)
    (root / "layouts" / "index.html").write_text(DUMP_HUGO)
    (root / "layouts" / "_default" / "single.html").write_text("page")
    (root / "layouts" / "_default" / "list.html").write_text("list")
    run(["hugo", "--quiet", "--ignoreCache"], root)
    dumped = (root / "public" / "index.html", root / "public" / "en" / "index.html")
    rows = [
        json.loads(line)
        for path in dumped
        if path.exists()
        for line in path.read_text().splitlines()
        if line[:1] == "{"
    ]
    base = "/" + selection.blog.base_url.partition("://")[2].partition("/")[2]
    theirs = {
        Path(row["file"]).relative_to(root).as_posix(): (
            dt.datetime.fromisoformat(row["date"]),
            "/" + unquote(row["path"]).removeprefix(base).lstrip("/"),
        )
        for row in rows
        if row["path"]
    }
    undated = places(selection, findings={"date-from-name"})
    ignored = places(selection, reasons={"no-date", "no-front-matter", "not-markdown", "unlisted"})
    compare(published(selection), theirs, ignored=ignored, undated=undated)


@pytest.mark.engines
@JEKYLL
@pytest.mark.parametrize("blog", yardstick_blogs("jekyll"))
def test_jekyll_publishes_the_same(blog, tmp_path):
    selection = as_the_engine_sees_it(blog)
    root = tmp_path / "blog"
    shutil.copytree(blog, root)
    source = selection.blog.static_dirs[0].relative_to(selection.blog.root)
    content = source / str(selection.blog.settings.get("collections_dir", ""))
    (root / source / "yearbook-dump.txt").write_text(DUMP_JEKYLL)
    # Debian's has no Markdown but kramdown, and few plugins; addresses and dates depend on neither here.
    (root / "_yardstick.yml").write_text("markdown: kramdown\nplugins: []\n")
    run(
        ["jekyll", "build", "--quiet", "--disable-disk-cache", "--config", "_config.yml,_yardstick.yml"], root
    )
    site = next(path for path in (root / "_site", root / source / "_site") if path.exists())
    rows = csv.reader(io.StringIO((site / "yearbook-dump.txt").read_text()), delimiter="\t")
    theirs = {
        (content / row[0]).as_posix(): (row[1] and dt.datetime.fromisoformat(row[1]), unquote(row[2]))
        for row in rows
        if row and row[0]
    }
    # Jekyll reads broken YAML, other markup, and times without a zone in ways of its own.
    ignored = places(
        selection, findings={"repaired-front-matter"}, reasons={"no-date", "not-markdown", "not-published"}
    )
    undated = places(selection, findings={"zone-conflict"})
    compare(published(selection), theirs, ignored=ignored, undated=undated)


def as_the_engine_sees_it(blog):
    """Every post, with the engine's own zone where the blog states none, and without future ones."""
    criteria = replace(ALL_TIME, now=FUTURE_ENDS, future=False)
    selection = discover(blog, criteria)
    return (
        selection if " in " in selection.blog.zone_source else discover(blog, replace(criteria, zone="UTC"))
    )


def compare(ours, theirs, *, ignored=frozenset(), undated=frozenset()):
    """Both publish the same files, addresses and dates; what is documented to differ is set aside."""
    assert ours
    ours = {place: said for place, said in ours.items() if place not in ignored}
    theirs = {place: said for place, said in theirs.items() if place not in ignored}
    assert {place: said[1] for place, said in ours.items()} == {
        place: said[1] for place, said in theirs.items()
    }
    ours_dates = {place: said[0] for place, said in ours.items() if place not in undated}
    assert ours_dates == {place: said[0] for place, said in theirs.items() if place not in undated}


def test_the_comparison_notices_a_difference():
    day = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
    same = {"a.md": (day, "/a/")}
    compare(same, same)
    for other in (
        {},
        {"a.md": (day, "/b/")},
        {"a.md": (day + dt.timedelta(1), "/a/")},
        {**same, "b.md": (day, "/b/")},
    ):
        with pytest.raises(AssertionError):
            compare(same, other)


def test_posts_of_every_blog_are_values():
    for name in NAMES:
        for post in discover(BLOGS / name, ALL_TIME).posts:
            assert isinstance(post, Post)
            assert post.permalink.startswith("/")
            assert post.title
            assert post.date.utcoffset() is not None
            assert "\r" not in post.body
