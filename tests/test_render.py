"""Posts to chapters: text cases, what must hold for every post, and bounds of time."""

import dataclasses
import random
import re
import time
import unicodedata
from pathlib import Path

import pytest

from tests.conftest import make_post
from yearbook.model import Syntax
from yearbook.render import render
from yearbook.render.clean import clean_out
from yearbook.render.commonmark import commonmark_to_html

CASES = Path(__file__).parent / "cases" / "render"
_BLOCK = re.compile(
    r"(?<=>)(?=<(?:p|h[2-6]|ul|ol|li|dl|div|figure|pre|blockquote|aside|section|details|hr)[ >])"
)


def read_cases(kind):
    """Every case of the files whose name begins so: divided by lines that hold a single dot."""
    found = []
    for source in sorted(CASES.glob(f"{kind}-*.txt")):
        parts = ("\n" + source.read_text(encoding="utf-8")).split("\n.\n")
        for title, given, expected in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
            found.append(pytest.param(given, expected.strip("\n"), id=f"{source.stem}: {title.strip()}"))
    return found


def chapter_of(body, **changes):
    return render(make_post(body=body, **changes))


def shown(chapter):
    """The chapter's HTML, one block a line, source lines left out."""
    return _BLOCK.sub("\n", re.sub(r' data-line="\d+"', "", chapter.html))


@pytest.mark.parametrize(("given", "expected"), read_cases("commonmark"))
def test_commonmark(given, expected):
    assert commonmark_to_html(given, smart=True).strip("\n") == expected


@pytest.mark.parametrize(("given", "expected"), read_cases("chapter"))
def test_chapter(given, expected):
    assert shown(chapter_of(given)) == expected


@pytest.mark.parametrize(("given", "expected"), read_cases("chapterja"))
def test_japanese_chapter(given, expected):
    assert shown(chapter_of(given, language="ja")) == expected


@pytest.mark.parametrize(("given", "expected"), read_cases("chapterjekyll"))
def test_jekyll_chapter(given, expected):
    assert shown(chapter_of(given, engine="jekyll", syntax=Syntax(name="kramdown"))) == expected


# ------------------------------------------------------------------------------------------- source lines


def test_blocks_and_pictures_know_their_line():
    chapter = chapter_of("# 하나\n\n글\n![](a.png)\n\n- 가\n- 나\n\n<p>\n<img src=b.png>\n</p>\n")
    assert re.findall(r'<(\w+)[^>]*? data-line="(\d+)"', chapter.html) == [
        ("h2", "1"), ("p", "3"), ("figure", "3"), ("img", "4"), ("ul", "6"), ("li", "6"), ("li", "7"),
        ("img", "10"),
    ]  # fmt: skip


def test_a_finding_names_the_line_of_the_file():
    post = make_post(body="글\n\n<object></object>\n\n```mermaid\nx\n```\n\x07\n\ufffd\n", body_line=10)
    found = {(finding.kind, finding.line) for finding in render(post).findings}
    assert found == {
        ("dropped-html", 12), ("mermaid", 14), ("control-character", 17), ("replacement-character", 18)
    }  # fmt: skip
    assert {finding.place for finding in render(post).findings} == {post.place}


# ------------------------------------------------------------------------------------------- the chapter


def test_the_chapter_counts():
    chapter = chapter_of("# 가 나\n\n글 자\n\n![](a.png)\n\n## 다\n")
    assert (chapter.characters, chapter.pictures) == (5, 1)
    assert [(heading.level, heading.text, heading.anchor) for heading in chapter.headings] == [
        (2, "가 나", f"{chapter.id}--가-나"),
        (3, "다", f"{chapter.id}--다"),
    ]


def test_breaks_stay_when_wished():
    post = make_post(body="이 문장은 꽤 길어서 합쳐지곤 한다.\\\n그리고 이 문장도 꽤 길다.")
    assert "<br>" in render(post, join_breaks=False).html
    assert "<br>" not in render(post).html


def test_text_is_composed_and_addresses_are_not():
    word = unicodedata.normalize("NFD", "한글")
    chapter = chapter_of(f"{word}\n\n![]({word}.png)")
    assert "<p" in chapter.html
    assert "한글</p>" in chapter.html
    assert f'src="{word}.png"' in chapter.html


def test_raw_html_is_left_out_when_the_engine_leaves_it_out():
    chapter = chapter_of("<b>굵게</b> 글\n\n<div>구역</div>\n\n- [x] 일", syntax=Syntax(unsafe_html=False))
    assert "<b>" not in chapter.html
    assert "구역" not in chapter.html
    assert "☑" in chapter.html


def test_cleaning_finished_html_changes_nothing():
    for case in read_cases("chapter"):
        html = chapter_of(case.values[0]).html
        assert clean_out(html) == html


MARKUP = re.compile(r"\]\([^)]*\)|<[^>]*>|\{[^}]*\}|!\[[^\]]*\]|:\w+:|[*_`]")
LEFT_OUT = ("the title is", "own contents", "comments", "pictures", "seed: spaces")


def test_words_are_kept_in_order():
    for case in read_cases("chapter") + read_cases("chapterjekyll"):
        if any(name in case.id for name in LEFT_OUT):
            continue
        given = case.values[0]
        chapter = chapter_of(given, title="다른 제목")
        wanted = re.findall(r"[가-힣]+", MARKUP.sub("", given.partition("[^1]:")[0]))
        text = re.sub(r"<[^>]*>", "", chapter.html)
        at = 0
        for word in wanted:
            at = text.find(word, at)
            assert at >= 0, (case.id, word)


# ------------------------------------------------------------------------------------------- emphasis


LETTERS = ("가나다라그는을를한글회고", "あいうえおカタカナ", "重要測試数据中国漢字")
PAIRS = ('""', "''", "“”", "‘’", "「」", "『』", "()", "[]", "《》", "〈〉", "【】", "（）", "{}", "``")
BEFORE = ("", "그 ", "그", "これは", "这是", "(", "「", '"', "API", "2021", " ", "\n", ". ", "。", "… ", "— ")
AFTER = (
    "은",
    "을",
    "에서",
    "です",
    "を",
    "的",
    "。",
    "、",
    ",",
    ".",
    "!",
    "?",
    " ",
    "\n",
    ")",
    "」",
    '"',
    ":",
    "…",
    "API",
    "1",
    "",
)


def phrase(pick):
    def word():
        return "".join(pick.choice(letters) for _ in range(pick.randint(1, 4)))

    letters = pick.choice(LETTERS)
    opened, closed = pick.choice(PAIRS)
    return pick.choice(
        (
            word(),
            f"{opened}{word()}{closed}",
            f"{word()}{opened}{pick.choice(('Markdown', word(), '2021'))}{closed}",
            f"{opened}{word()}{closed} {word()}",
            f"{word()} {word()}{pick.choice('!?.。…~%:；')}",
        )
    )


def test_ten_thousand_emphases_beside_cjk_print_no_star():
    pick = random.Random(20211231)
    wrong = []
    for _ in range(10_000):
        text = f"{pick.choice(BEFORE)}**{phrase(pick)}**{pick.choice(AFTER)}".strip()
        html = commonmark_to_html(text)
        if "*" in html or html.count("<strong>") != 1:
            wrong.append(text)
    assert wrong == []


# ------------------------------------------------------------------------------------------- bounds


HOSTILE = {
    "quotes": ">" * 3000 + " a",
    "lists": "\n".join("  " * depth + "- a" for depth in range(300)),
    "lists in a line": "- " * 3000 + "a",
    "brackets": "[" * 20_000,
    "pictures": "![" * 20_000,
    "links": "[a](" * 20_000,
    "stars": "*a " * 20_000,
    "stars and scores": "*_" * 20_000,
    "tildes": "~~a" * 20_000,
    "ticks": "".join("`" * (number % 50 + 1) + "a" for number in range(5000)),
    "divisions": "<div>" * 50_000,
    "bold": "<b>" * 20_000 + "<p>x" * 500,
    "fonts": "".join(f"<font color={number}>" for number in range(3000)) + "<p>x" * 3000,
    "comments": "<!--" * 20_000,
    "scripts": "<script>" * 20_000,
    "attributes": "<img " + "a=1 " * 20_000 + ">",
    "dollars": "$a " * 20_000,
    "double dollars": "$$" * 20_000,
    "parentheses": "\\(" * 20_000,
    "quotation marks": '"a ' * 20_000,
    "addresses": "https://a.b/" * 20_000,
    "mail": "a@b.c " * 20_000,
    "emoji": ":a:" * 20_000,
    "columns": "|a" * 20_000 + "\n" + "|-" * 20_000 + "\n|a",
    "rows": "|a|b|\n|-|-|\n" + "|1|2|\n" * 3000,
    "paragraph": "한국어 문장이 이어진다. " * 40_000,
    "word": "가" * 50_000,
    "headings": "# a\n" * 3000,
    "listing": "```js\n" + "a=1;" * 20_000 + "\n```",
    "footnotes": "[^1]" * 5000 + "\n\n[^1]: a",
    "definitions": "a\n" + ": b\n" * 5000,
    "shortcodes": "{{< notice >}}" * 5000,
    "nested shortcodes": "{{< notice >}}" * 300 + "x" + "{{< /notice >}}" * 300,
    "open shortcodes": "{{< a " * 20_000,
}  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_posts_finish(body):
    start = time.process_time()
    chapter = chapter_of(body)
    assert time.process_time() - start < 10
    assert len(chapter.html) < 20 * len(body) + 2_000


@pytest.mark.parametrize(
    "body", ["<div>" * 300 + "x", "> " * 300 + "x", "<span>" * 300 + "x", HOSTILE["lists"]]
)
def test_nothing_is_nested_deeper_than_the_engine_can_follow(body):
    depth = deepest = 0
    for closes in re.findall(r"<(/?)(?!br|hr|img|wbr)\w", chapter_of(body).html):
        depth += -1 if closes else 1
        deepest = max(deepest, depth)
    assert deepest <= 45


NESTED = {
    "lists": "\n".join("  " * n + f"- w{n}." for n in range(300)),
    "numbered lists": "\n".join("   " * n + f"1. w{n}." for n in range(300)),
    "quotations": "\n".join("> " * n + f"w{n}.\n" + "> " * n for n in range(300)),
    "both": "\n".join("  " * n + ("- " if n % 2 else "> ") + f"w{n}." for n in range(200)),
    "definitions": "\n".join("  " * n + f"w{n}.\n" + "  " * n + ": x" for n in range(100)),
    "containers": "\n".join(f"::: note w{n}." for n in range(100)),
}


@pytest.mark.parametrize("syntax", ["commonmark", "kramdown"])
@pytest.mark.parametrize("body", NESTED.values(), ids=NESTED)
def test_no_word_is_lost_however_deep_it_stands(body, syntax):
    html = chapter_of(f"{body}\n\n끝까지 왔다.", syntax=Syntax(name=syntax)).html
    text = re.sub(r"<[^>]*>", "", html)
    assert re.findall(r"w\d+\.", body) == re.findall(r"w\d+\.", text)
    assert text.rstrip().endswith("끝까지 왔다.")


def test_long_words_and_runs_have_places_to_break():
    html = chapter_of("가" * 2000 + "\n\n" + "말이 이어진다. " * 2000).html
    assert max(len(part) for part in re.split(r"<[^>]*>", html)) <= 5_000
    assert re.sub(r"<[^>]*>", "", html).count("가") == 2000


def test_a_post_of_control_characters_is_empty():
    chapter = chapter_of("\x00\x01\ue8f00\ue8f1\ufeff\udc80")
    assert chapter.characters == 0


def test_rendering_is_pure():
    post = make_post(body="글 {{< kbd x >}}\n\n![](a.png)")
    assert render(post) == render(dataclasses.replace(post))
