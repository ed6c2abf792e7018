"""What is in the book, in which order, and why all else is not; and that no bad file hides the others."""

import datetime as dt
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from yearbook.dialects.texts import LARGEST_POST_BYTES
from yearbook.discover import discover, find_dialect, library
from yearbook.errors import ConfigError
from yearbook.model import Criteria

YEAR = Criteria(year=2021)
CONFIG = 'baseURL = "https://blog.example/"\nlanguageCode = "ko"\ntimeZone = "Asia/Seoul"\n'


@pytest.fixture
def blog(tmp_path):
    """A Hugo blog without posts, and a way to write some."""
    (tmp_path / "hugo.toml").write_text(CONFIG)
    (tmp_path / "content").mkdir()

    def write(place, *fields, body="글\n"):
        path = tmp_path / "content" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        head = "\n".join(fields)
        path.write_text(f"---\n{head}\n---\n{body}", encoding="utf-8")
        return path

    write.root = tmp_path
    return write


def slugs(root, criteria=YEAR, **changes):
    return [post.slug for post in discover(root, replace(criteria, **changes)).posts]


def reasons(root, criteria=YEAR, **changes):
    left_out = discover(root, replace(criteria, **changes)).left_out
    return {Path(out.place).stem: out.reason for out in left_out}


# Which posts, in which order


def test_posts_come_oldest_first_and_ties_by_slug(blog):
    blog("b.md", "date: 2021-02-02")
    blog("a.md", "date: 2021-02-02")
    blog("z.md", "date: 2021-01-01")
    assert slugs(blog.root) == ["z", "a", "b"]
    assert slugs(blog.root, order="newest") == ["a", "b", "z"]


def test_the_year_is_judged_in_the_blogs_zone(blog):
    blog("eve.md", "date: 2021-12-31T16:00:00Z")
    blog("new-year.md", "date: 2020-12-31T15:00:00Z")
    assert slugs(blog.root) == ["new-year"]
    assert slugs(blog.root, zone="UTC") == ["eve"]
    assert discover(blog.root, YEAR).years == {2021: 1, 2022: 1}


def test_first_and_last_day_are_both_in_the_book(blog):
    for day in ("2021-03-01", "2021-03-31T23:59:59+09:00", "2021-04-01T00:00:00+09:00", "2021-02-28"):
        blog(f"{day[5:10]}.md", f"date: {day}")
    chosen = {"since": dt.date(2021, 3, 1), "until": dt.date(2021, 3, 31)}
    assert slugs(blog.root, **chosen) == ["03-01", "03-31"]
    assert reasons(blog.root, **chosen) == {"04-01": "other-date", "02-28": "other-date"}


def test_a_book_may_reach_over_new_year(blog):
    blog("a.md", "date: 2020-09-01")
    blog("b.md", "date: 2021-02-01")
    assert slugs(blog.root, since=dt.date(2020, 9, 1), until=dt.date(2021, 8, 31)) == ["a", "b"]


def test_the_date_of_the_last_change_may_decide(blog):
    blog("old.md", "date: 2019-01-01", "lastmod: 2021-05-05")
    blog("new.md", "date: 2021-01-01")
    assert slugs(blog.root) == ["new"]
    assert slugs(blog.root, by="updated") == ["new", "old"]


def test_filters_narrow_the_book(blog):
    blog("posts/a.md", "date: 2021-01-01", "tags: [Go, 봄]", "categories: 일상", "author: 갑")
    blog("notes/b.md", "date: 2021-01-02", "tags: [go]", "author: 을")
    blog("notes/deep/c.md", "date: 2021-01-03")
    assert slugs(blog.root, tags=("GO",)) == ["a", "b"]
    assert slugs(blog.root, tags=("봄", "없음")) == ["a"]
    assert slugs(blog.root, categories=("일상",)) == ["a"]
    assert slugs(blog.root, authors=("을",)) == ["b"]
    assert slugs(blog.root, sections=("notes",)) == ["b", "c"]
    assert slugs(blog.root, sections=("content/notes/deep/",)) == ["c"]
    assert slugs(blog.root, sections=("note",)) == []
    assert reasons(blog.root, tags=("봄",)) == {"b": "tag", "c": "tag"}


def test_posts_are_chosen_by_slug_file_place_or_address(blog):
    blog("posts/2021-01-01-one.md", "date: 2021-01-01", "slug: first")
    blog("posts/two.md", "date: 2021-01-02")
    for name in (
        "first",
        "2021-01-01-one",
        "content/posts/2021-01-01-one.md",
        "/posts/first/",
        "posts/first",
    ):
        assert slugs(blog.root, only=(name,)) == ["first"]
        assert slugs(blog.root, exclude=(name,)) == ["two"]
    assert reasons(blog.root, only=("first",)) == {"two": "not-chosen"}
    assert reasons(blog.root, exclude=("first",)) == {"2021-01-01-one": "excluded"}


def test_a_name_that_is_no_posts_is_a_finding_with_the_nearest(blog):
    blog("goodbye.md", "date: 2021-01-01")
    found = discover(blog.root, replace(YEAR, include=("goodby",), exclude=("xyz",))).findings
    assert [(each.kind, each.hint) for each in found] == [
        ("unknown-post", "did you mean goodbye?"),
        ("unknown-post", "`yearbook list` shows the names"),
    ]


def test_a_retrospective_of_january_is_pointed_out_and_taken_in_at_the_end(blog):
    blog("a.md", "date: 2021-12-31")
    blog("retro.md", "date: 2022-01-02", "title: 2021년을 돌아보며")
    blog("on2021.md", "date: 2022-01-03", "title: 한 해")
    blog("twenty.md", "date: 2022-01-04", "title: 21년 회고")
    blog("other.md", "date: 2022-01-05", "title: 12021번째 방문")
    found = {out.place: out.retrospective for out in discover(blog.root, YEAR).left_out}
    assert found == {
        "content/retro.md": True,
        "content/on2021.md": True,
        "content/twenty.md": True,
        "content/other.md": False,
    }
    assert slugs(blog.root, include=("retro",)) == ["a", "retro"]
    assert slugs(blog.root, include=("retro",), order="newest") == ["a", "retro"]


def test_a_post_may_say_which_book_it_belongs_to(blog):
    blog("retro.md", "date: 2022-01-02", "yearbook: {year: 2021}")
    blog("a.md", "date: 2021-02-02")
    assert slugs(blog.root) == ["a", "retro"]
    assert slugs(blog.root, year=2022) == []
    assert reasons(blog.root, year=2022)["retro"] == "other-year"


def test_a_post_may_ask_to_be_left_out_or_called_otherwise(blog):
    blog("a.md", "date: 2021-01-01", "yearbook: {skip: true}")
    blog("b.md", "date: 2021-01-02", "yearbook: false")
    blog("c.md", "date: 2021-01-03", "title: 웹의 제목", "yearbook:", "  title: 책의 제목", "  cover: true")
    selection = discover(blog.root, YEAR)
    assert reasons(blog.root) == {"a": "excluded", "b": "excluded"}
    assert [post.title for post in selection.posts] == ["책의 제목"]
    assert selection.posts[0].wishes["cover"] is True


def test_drafts_pages_expired_and_future_posts_stay_out(blog):
    blog("posts/draft.md", "date: 2021-01-01", "draft: true")
    blog("posts/expired.md", "date: 2021-01-02", "expiryDate: 2021-02-01")
    blog("posts/future.md", "date: 2021-12-01")
    blog("posts/scheduled.md", "date: 2021-01-03", "publishDate: 2021-12-02")
    blog("about.md", "date: 2021-01-04")
    now = dt.datetime(2021, 6, 1, tzinfo=dt.UTC)
    assert slugs(blog.root) == ["expired", "scheduled", "future"]
    assert slugs(blog.root, now=now, future=False) == []
    assert reasons(blog.root, now=now, future=False) == {
        "draft": "draft",
        "expired": "expired",
        "future": "future",
        "scheduled": "future",
        "about": "page",
    }
    assert slugs(blog.root, drafts=True) == ["draft", "expired", "scheduled", "future"]
    assert slugs(blog.root, include=("about", "draft"), now=now, future=False) == ["draft", "about"]


def test_series_stand_together_at_the_place_of_the_first(blog):
    blog("a.md", "date: 2021-01-01", "series: [빵]")
    blog("b.md", "date: 2021-01-02")
    blog("c.md", "date: 2021-01-03", "series: 빵")
    blog("d.md", "date: 2021-01-04", "series: 국")
    assert slugs(blog.root) == ["a", "b", "c", "d"]
    assert slugs(blog.root, keep_series=True) == ["a", "c", "b", "d"]


def test_two_posts_of_one_name_are_told_apart(blog):
    blog("posts/same.md", "date: 2021-01-01")
    blog("notes/same.md", "date: 2021-01-02")
    blog("notes/Same!.md", "date: 2021-01-03")
    selection = discover(blog.root, YEAR)
    assert [post.slug for post in selection.posts] == ["same", "same-2", "same-3"]
    assert [finding.kind for finding in selection.findings] == ["duplicate-slug", "duplicate-slug"]
    assert "content/posts/same.md" in selection.findings[0].message


def test_an_empty_year_is_no_error_and_says_which_years_have_posts(blog):
    blog("a.md", "date: 2019-01-01")
    blog("b.md", "date: 2019-02-01")
    blog("c.md", "date: 2023-02-01")
    selection = discover(blog.root, YEAR)
    assert selection.posts == ()
    assert dict(selection.years) == {2019: 2, 2023: 1}
    assert list(selection.years) == [2019, 2023]


def test_two_runs_agree(blog):
    for number in range(20):
        blog(f"p{number}.md", "date: 2021-01-01", f"tags: [a, b{number}]")
    assert discover(blog.root, YEAR) == discover(blog.root, YEAR)


def test_findings_of_other_years_do_not_clutter_the_report(blog):
    blog("old.md", "title: a", "title: b", "date: 2019-01-01")
    blog("new.md", "title: a", "title: b", "date: 2021-01-01")
    assert [finding.place for finding in discover(blog.root, YEAR).findings] == ["content/new.md"]


# Fields


def test_titles_fall_back_to_heading_then_name(blog):
    blog("a.md", "date: 2021-01-01", body="글\n\n```\n# no\n```\n\n# 진짜 *제목* {#id}\n")
    blog("b.md", "date: 2021-01-02", body="\n## 첫 머리\n\n글\n")
    blog("c.md", "date: 2021-01-03", body="글\n\n## 가운데\n")
    blog("d-e_f.md", "date: 2021-01-04", "title:")
    blog("g.md", "date: 2021-01-05", body="밑줄 제목\n====\n글\n")
    titles = [(post.title, post.body) for post in discover(blog.root, YEAR).posts]
    assert [title for title, _ in titles] == ["진짜 제목", "첫 머리", "C", "D e f", "밑줄 제목"]
    assert titles[1][1] == "\n\n\n글\n"  # the heading that became the title is not printed twice
    assert titles[4][1] == "\n\n글\n"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("'<b>굵은</b> 제목'", "굵은 제목"),
        ("'**굵은** `코드` 제목'", "굵은 코드 제목"),
        ("'[책](https://a.example) 이야기'", "책 이야기"),
        ("'a &amp; b &lt;c&gt;'", "a & b <c>"),
        ("'List<String> 쓰기'", "List<String> 쓰기"),
        ("'1 < 2'", "1 < 2"),
        ("snake_case_name", "snake_case_name"),
        ("2*3*4", "2*3*4"),
        ("'  앞뒤  빈칸 '", "앞뒤 빈칸"),
        ("'첫<br>줄'", "첫 줄"),
        ("🎉 잔치", "🎉 잔치"),
        ("2021", "2021"),
        ("2021.10", "2021.10"),
        ("No", "No"),
        ("[a, b]", "a b"),
    ],
)
def test_titles_are_plain_text(blog, written, shown):
    blog("a.md", "date: 2021-01-01", f"title: {written}")
    assert discover(blog.root, YEAR).posts[0].title == shown


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("tags: [a, b, a]", ("a", "b")),
        ("tags:\n  - [a, b]\n  - c", ("a", "b", "c")),
        ("tags: a, b c", ("a", "b c")),
        ("tags: 한 말", ("한 말",)),
        ("tags:", ()),
        ("tags: [null, '', ~]", ()),
        ("tag: 하나", ("하나",)),
        ("tags: [2021, 1.10, true]", ("2021", "1.10", "True")),
        ("Tags: [큰 글자]", ("큰 글자",)),
        ("tags:\n  - name: 이름", ("이름",)),
    ],
)
def test_tags_are_read_in_every_shape(blog, written, tags):
    blog("a.md", "date: 2021-01-01", written)
    assert discover(blog.root, YEAR).posts[0].tags == tags


@pytest.mark.parametrize(
    ("written", "hero"),
    [
        ("image: /a.png", "/a.png"),
        ("image:\n  path: /a.png\n  alt: 그림", "/a.png"),
        ("images: [a.png, b.png]", "a.png"),
        ("cover:\n  image: a.jpg\n  relative: true", "a.jpg"),
        ("cover:\n  image: a.jpg\n  hidden: true", ""),
        ("header:\n  teaser: /t.png\n  overlay_image: /o.png", "/o.png"),
        ("header:\n  teaser: /t.png", "/t.png"),
        ("header:\n  overlay_color: '#333'", ""),
        ("thumbnail: //host.example/a", "//host.example/a"),
        ("post-image: https://a.example/x", "https://a.example/x"),
        ("cover_image: images/post/a.webp", "images/post/a.webp"),
        ("featured: true\nimage: 그림 하나.png", "그림 하나.png"),
        ("feature: featured\nbackground: '#fff'", ""),
        ("heroImage: ./a.png", "./a.png"),
        ("resources:\n  - src: a.png", "a.png"),
        ("title: x", ""),
    ],
)
def test_the_opening_picture_is_found_under_its_many_names(blog, written, hero):
    blog("a.md", "date: 2021-01-01", written)
    assert discover(blog.root, YEAR).posts[0].hero == hero


# Bad input


def test_one_broken_post_does_not_hide_the_others(blog):
    blog("good.md", "date: 2021-01-01")
    blog("quote.md", 'title: "열린', "date: 2021-01-02")
    blog("day.md", "date: 2021-02-30")
    blog("word.md", "date: 어제")
    selection = discover(blog.root, YEAR)
    assert [post.slug for post in selection.posts] == ["good"]
    assert [(bad.place, bad.line) for bad in selection.broken] == [
        ("content/day.md", 2),
        ("content/quote.md", 2),
        ("content/word.md", 2),
    ]
    assert all(bad.reason and bad.hint for bad in selection.broken)
    assert "2021-02-30" in selection.broken[0].reason


def test_a_broken_post_that_plainly_belongs_to_another_year_stays_out(blog):
    blog("old.md", 'title: "열린', "date: 2015-01-02")
    blog("edge.md", 'title: "열린', "date: 2020-12-31")
    selection = discover(blog.root, YEAR)
    assert [bad.place for bad in selection.broken] == ["content/edge.md"]
    assert "cannot be read" in selection.left_out[0].detail


def test_links_in_a_circle_end(blog):
    blog("posts/a.md", "date: 2021-01-01")
    content = blog.root / "content"
    (content / "posts" / "loop").symlink_to(content, target_is_directory=True)
    (content / "self.md").symlink_to(content / "self.md")
    (content / "self-folder").symlink_to(content / "self-folder", target_is_directory=True)
    selection = discover(blog.root, YEAR)
    assert [post.place for post in selection.posts] == ["content/posts/a.md"]
    assert [bad.place for bad in selection.broken] == ["content/self.md"]


def test_a_link_out_of_the_blog_is_not_read(blog, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.md").write_text("---\ndate: 2021-01-01\n---\nsecret\n")
    (blog.root / "content" / "link.md").symlink_to(outside / "secret.md")
    (blog.root / "content" / "folder").symlink_to(outside, target_is_directory=True)
    (blog.root / "content" / "nowhere.md").symlink_to(blog.root / "gone.md")
    selection = discover(blog.root, YEAR)
    assert selection.posts == ()
    assert [(out.place, out.reason) for out in selection.left_out] == [("content/link.md", "outside")]
    assert [bad.place for bad in selection.broken] == ["content/nowhere.md"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(blog):
    blog("a.md", "date: 2021-01-01").chmod(0)
    blog("shut/b.md", "date: 2021-01-01").parent.chmod(0)
    try:
        places = [bad.place for bad in discover(blog.root, YEAR).broken]
    finally:
        (blog.root / "content" / "shut").chmod(0o755)
    assert places == ["content/a.md", "content/shut"]


def test_files_that_cannot_be_opened_are_named(blog, monkeypatch):
    blog("a.md", "date: 2021-01-01")
    blog("shut/b.md", "date: 2021-01-01")
    read_bytes, scandir = Path.read_bytes, os.scandir

    def refuse_file(path):
        if path.name == "a.md":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    def refuse_folder(path):
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(Path, "read_bytes", refuse_file)
    monkeypatch.setattr(os, "scandir", refuse_folder)
    broken = discover(blog.root, YEAR).broken
    assert [(bad.place, bad.line) for bad in broken] == [("content/a.md", 0), ("content/shut", 0)]
    assert "Permission denied" in broken[0].reason


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"\x00\x05\x16\x07" + b"\0" * 100,
        b"%PDF-1.7\n",
        bytes(range(256)) * 20,
    ],
    ids=["png", "finder", "pdf", "bytes"],
)
def test_binary_files_named_md_are_named_as_such(blog, content):
    (blog.root / "content" / "a.md").write_bytes(content)
    (bad,) = discover(blog.root, YEAR).broken
    assert "binary" in bad.reason


def test_one_nul_in_a_text_is_forgiven(blog):
    path = blog("a.md", "title: 하\0나", "date: 2021-01-01", body="글\0과 \b글\n")
    assert path.read_bytes().count(b"\0") == 2
    (post,) = discover(blog.root, YEAR).posts
    assert (post.title, post.body) == ("하나", "글과 글\n")


TEXTS = {
    "cp949": "안녕하세요. 오늘은 이천이십일년의 마지막 날입니다. 눈이 내립니다. 똠방각하 펲시콜라.\n",
    "euc_kr": "안녕하세요. 오늘은 이천이십일년의 마지막 날입니다. 창밖에는 눈이 내립니다.\n",
    "shift_jis": "こんにちは。今日は二〇二一年の最後の日です。窓の外では雪が降っています。\n",
    "gb18030": "大家好。今天是二〇二一年的最后一天。窗外正在下雪。\n",
    "utf-16": "안녕하세요. 열여섯 비트로 쓴 글입니다.\n",
    "cp1252": "Voilà l’année qui s’achève : un café, une forêt, des élèves et leurs problèmes résolus.\n",
}


@pytest.mark.parametrize(
    ("codec", "language"),
    [
        *(("cp949", "ko"), ("euc_kr", "ko"), ("cp949", ""), ("shift_jis", "ja"), ("shift_jis", "")),
        *(("gb18030", "zh"), ("gb18030", ""), ("utf-16", ""), ("cp1252", "fr")),
    ],
)
def test_other_encodings_are_decoded_and_reported(blog, codec, language):
    (blog.root / "hugo.toml").write_text(
        CONFIG.replace('languageCode = "ko"', f'languageCode = "{language}"')
    )
    text = f"---\ntitle: a\ndate: 2021-01-01\n---\n{TEXTS[codec] * 3}"
    (blog.root / "content" / "a.md").write_bytes(text.encode(codec))
    selection = discover(blog.root, YEAR)
    assert selection.posts[0].body == TEXTS[codec] * 3
    assert [finding.kind for finding in selection.findings] == ["encoding"]


def test_one_bad_byte_does_not_spoil_a_text(blog):
    path = blog("a.md", "date: 2021-01-01", body="가나다라마바사아자차카타파하" * 10)
    path.write_bytes(path.read_bytes() + b"\xff\n")
    selection = discover(blog.root, YEAR)
    assert selection.posts[0].body.endswith("하\ufffd\n")
    assert [finding.kind for finding in selection.findings] == ["damaged-text"]


def test_a_ten_megabyte_post_is_read_in_bounded_memory(blog):
    blog("a.md", "date: 2021-01-01", body="# 머리\n" + "긴 글입니다. " * 600_000)
    tracemalloc.start()
    (post,) = discover(blog.root, YEAR).posts
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(post.body.encode()) > 10_000_000
    assert post.title == "머리"
    assert peak < 200_000_000


def test_a_post_too_large_is_named(blog):
    path = blog("a.md", "date: 2021-01-01")
    os.truncate(path, LARGEST_POST_BYTES + 1)
    (bad,) = discover(blog.root, YEAR).broken
    assert "too large" in bad.reason


def test_odd_names_are_no_trouble(blog):
    for name in (
        "빈 칸.md",
        "#hash.md",
        "a%20b.md",
        "q?.md",
        "한글.md",
        "x" * 200 + ".md",
        "...md",
        "-.md",
        "대문자.MD",
    ):
        blog(f"posts/{name}", "date: 2021-01-01")
    selection = discover(blog.root, YEAR)
    found = [post.slug for post in selection.posts]
    assert len(found) == len(set(found)) == 8  # the name with a dot at its head is hidden
    assert all(slug == slug.strip("-") and " " not in slug for slug in found)


def test_a_body_of_headings_takes_no_quadratic_time(blog):
    blog("a.md", "date: 2021-01-01", body="## 머리\n" * 200_000)
    blog("b.md", "date: 2021-01-01", body="글\n---\n" * 200_000)
    assert len(discover(blog.root, YEAR).posts) == 2


# The blog as a whole


def test_no_folder_and_no_blog_are_told_apart(tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        discover(tmp_path / "gone", YEAR)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="not a folder"):
        discover(tmp_path / "file", YEAR)
    with pytest.raises(ConfigError, match="no blog here") as caught:
        discover(tmp_path, YEAR)
    assert "hugo.toml" in caught.value.hint
    assert "_posts" in caught.value.hint


def test_a_blog_one_folder_down_is_pointed_out(blog):
    blog("a.md", "date: 2021-01-01")
    home = blog.root / "home"
    home.mkdir()
    for name in ("hugo.toml", "content"):
        (blog.root / name).rename(home / name)
    with pytest.raises(ConfigError) as caught:
        discover(blog.root, YEAR)
    assert caught.value.hint == f"did you mean {home}?"
    assert slugs(blog.root, engine="plain") == ["a"]


def test_an_unknown_engine_or_zone_is_refused(blog):
    with pytest.raises(ConfigError, match="no engine “wordpress”") as caught:
        discover(blog.root, replace(YEAR, engine="wordpress"))
    assert "jekyll" in caught.value.hint
    with pytest.raises(ConfigError, match="no time zone “Asia/Soul”"):
        discover(blog.root, replace(YEAR, zone="Asia/Soul"))


@pytest.mark.parametrize("engine", ["hugo", "jekyll", "hexo", "plain"])
def test_an_engine_may_be_chosen_against_the_evidence(blog, engine):
    blog("a.md", "date: 2021-01-01")
    assert discover(blog.root, replace(YEAR, engine=engine)).blog.engine == engine


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('title = "열린\n', "hugo.toml:1"),
        ("a = 1\nb = \n", "hugo.toml:2"),
        ('timeZone = "Asia/Soul"\n', "the configuration"),
        ('ignoreFiles = ["("]\n', "the blog's configuration"),
    ],
)
def test_a_broken_configuration_is_named_with_its_line(tmp_path, text, where):
    (tmp_path / "hugo.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        discover(tmp_path, YEAR)
    assert caught.value.where == where


def test_without_a_zone_the_offset_of_most_posts_counts(tmp_path):
    (tmp_path / "hugo.toml").write_text("")
    for number in range(3):
        path = tmp_path / "content" / f"{number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"---\ndate: 2021-06-0{number + 1}T10:00:00+09:00\n---\n")
    (tmp_path / "content" / "z.md").write_text("---\ndate: 2021-12-31T16:00:00Z\n---\n")
    selection = discover(tmp_path, YEAR)
    assert str(selection.blog.zone) == "UTC+09:00"
    assert "most posts" in selection.blog.zone_source
    assert [post.slug for post in selection.posts] == ["0", "1", "2"]


def test_the_repository_is_read_from_gits_configuration(blog):
    (blog.root / ".git").mkdir()
    for url in ("git@github.com:me/my.blog.git", "https://github.com/me/my.blog"):
        (blog.root / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {url}\n')
        assert discover(blog.root, YEAR).blog.repository == "me/my.blog"


def test_a_folder_without_posts_of_any_kind_is_no_blog(tmp_path):
    (tmp_path / "README.md").write_text("# 읽어 주세요\n")
    assert find_dialect(tmp_path) is None


def test_links_find_posts_that_are_not_printed(blog):
    blog("a.md", "date: 2021-01-01", "aliases: [/old/a/]")
    blog("b.md", "date: 2019-01-01")
    found = library(discover(blog.root, YEAR))
    assert found.find("/old/a").chapter_id == "post-a"
    assert found.find("/a/index.html?x#y").slug == "a"
    assert (found.find("/b/").chapter_id, found.find("/b/").permalink) == ("", "/b/")


@pytest.mark.slow
def test_a_thousand_posts_in_a_year(blog):
    for number in range(1000):
        blog(
            f"posts/p{number:04}.md",
            f"date: 2021-{number % 12 + 1:02}-{number % 28 + 1:02}",
            f"title: 글 {number}",
        )
    selection = discover(blog.root, YEAR)
    assert len(selection.posts) == 1000
    assert not selection.findings


HEADS = (
    "date: {a: b}", "date: [2021]", "date: 9999-99-99", "date: 0001-01-01T00:00:00Z", "date:",
    "title: [[a], {b: c}]",
    "tags: {a: b}", "categories: {a: [b]}", "cover: [[[]]]", "resources: 5", "series: {}",
    "authors: {nom: x}",
    "aliases: {a: 1}", "yearbook: [x]", "yearbook: {year: x, title: [a], skip: y}", "build: x",
    "cascade: [1]",
    "permalink: ../../../x", "permalink: 5", "slug: ..", "slug: /", "url: ' '", "lang: [ko]",
    "translationKey: [a]",
    "draft: [true]", "published: {}", "expiryDate: soon", "lastmod: never", "image: {path: {src: [1]}}",
    "weight: 1e999",
)  # fmt: skip


@pytest.mark.parametrize("engine", ["hugo", "jekyll", "hexo", "plain"])
@pytest.mark.parametrize("head", HEADS)
def test_fields_of_any_shape_are_read_or_named(tmp_path, engine, head):
    folder = {"hugo": "content", "jekyll": "_posts", "hexo": "source/_posts", "plain": "."}[engine]
    path = tmp_path / folder / "2021-01-01-a.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{head}\n---\n글\n")
    selection = discover(tmp_path, replace(YEAR, engine=engine, drafts=True))
    accounted = [each.place for each in (*selection.posts, *selection.left_out, *selection.broken)]
    assert accounted == [path.relative_to(tmp_path).as_posix()]
    for post in selection.posts:
        assert post.title
        assert post.permalink.startswith("/")
        assert all(isinstance(term, str) for term in (*post.tags, *post.categories, *post.authors, post.hero))
