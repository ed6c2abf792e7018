"""Shortcodes, Liquid and Hexo tags: text cases through the whole room, lines of findings, bounds."""

import re
import time
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.conftest import make_blog, make_post
from yearbook.dialects.liquid import Values, evaluate, read_tokens
from yearbook.dialects.tag_parts import CodeRanges
from yearbook.dialects.tags import Surroundings, expand
from yearbook.model import Syntax
from yearbook.render import render

CASES = Path(__file__).parent / "cases" / "tags"
SYNTAX = {"hugo": Syntax(), "hexo": Syntax(hard_wrap=True), "jekyll": Syntax(name="kramdown")}
PATHS = {
    "posts/first.md": "/first/",
    "second#h": "/second/#h",
    "first": "/first/",
    "second": "/second/",
    "2021-01-01-first": "/first/",
    "_posts/second.md": "/second/",
}
FIELDS = {
    "color": "파랑",
    "deep": {"name": "깊은 값"},
    "cover": "/cover.png",
    "gallery": [{"url": "/1.png", "image_path": "/1s.png", "title": "하나"}, {"image_path": "/2.png"}],
}
BLOG = make_blog(
    base_url="https://blog.example/sub",
    settings=MappingProxyType({"url": "https://blog.example", "baseurl": "/sub", "title": "기록"}),
)
_BLOCK = re.compile(
    r"(?<=>)(?=<(?:p|h[2-6]|ul|ol|li|dl|div|figure|pre|blockquote|aside|section|details|hr)[ >])"
)


def own_template(name, parameters, inner):
    return f"<p class='mine'>{parameters}{inner}</p>" if name == "mine" else None


def chapter_of(engine, body, **changes):
    fields = MappingProxyType(FIELDS)
    post = make_post(
        body=body, engine=engine, syntax=SYNTAX[engine], tags=("하나", "둘"), fields=fields, **changes
    )
    return render(post, blog=BLOG, resolve=PATHS.get, templates=own_template)


def shown(chapter):
    """The chapter's HTML, one block a line, then its findings."""
    html = _BLOCK.sub("\n", re.sub(r' data-line="\d+"', "", chapter.html))
    return "\n".join([html, *(f"! {finding.line} {finding.message}" for finding in chapter.findings)])


def read_cases():
    """Every case: divided by lines that hold a single dot; the file's name says the engine."""
    found = []
    for source in sorted(CASES.glob("*.txt")):
        engine = source.stem.split("-")[0]
        parts = ("\n" + source.read_text(encoding="utf-8")).split("\n.\n")
        for title, given, expected in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
            name = f"{source.stem}: {title.strip()}"
            found.append(pytest.param(engine, given, expected.strip("\n"), id=name))
    return found


@pytest.mark.parametrize(("engine", "given", "expected"), read_cases())
def test_case(engine, given, expected):
    assert shown(chapter_of(engine, given)) == expected


@pytest.mark.parametrize(("engine", "given"), [case.values[:2] for case in read_cases()])
def test_no_tag_is_printed_outside_listings(engine, given):
    if "raw" in given or "*/" in given or "열린" in given:
        return  # these say that braces are to be printed
    html = re.sub(r"<code.*?</code>", "", chapter_of(engine, given).html, flags=re.DOTALL)
    assert "{{" not in html
    assert "{%" not in html


def test_a_finding_names_the_line_of_its_tag():
    body = "하나\n\n{{< notice >}}\n\n{{< strange >}}\n\n{{< /notice >}}\n\n{{< odd >}}\n"
    chapter = chapter_of("hugo", body, body_line=5)
    assert [(finding.kind, finding.line) for finding in chapter.findings] == [
        ("unknown-tag", 9),
        ("unknown-tag", 13),
    ]


def test_lines_after_a_tag_are_right():
    body = "{{< notice >}}\n\n가\n\n나\n\n{{< /notice >}}\n\n다\n\n{{< figure\n src=a.png\n>}}\n\n라\n"
    lines = re.findall(r'<p data-line="(\d+)">([가-힣])', chapter_of("hugo", body).html)
    assert lines == [("3", "가"), ("5", "나"), ("9", "다"), ("15", "라")]


def test_a_plain_blog_has_no_tags():
    post = make_post(body="{{ x }} {% y %} {{< z >}}", engine="plain")
    assert "{{ x }}" in render(post).html


def test_liquid_may_be_switched_off():
    post = make_post(body="{{ x }}", engine="jekyll", fields=MappingProxyType({"render_with_liquid": False}))
    assert "{{ x }}" in render(post).html


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('"a" | append: "b" | upcase', "AB"),
        ("'a-b' | replace: '-', '+'", "a+b"),
        ("'a,b' | split: ',' | last", "b"),
        ("list | size", 2),
        ("list[1]", "y"),
        ("map.k", "v"),
        ("nothing | default: 'd'", "d"),
        ("'https://a.b/c' | relative_url", "https://a.b/c"),
        ("'/c' | absolute_url", "https://a.b/s/c"),
    ],
)
def test_liquid_values(expression, value):
    values = Values({"list": ["x", "y"], "map": {"k": "v"}}, base_path="/s", base_url="https://a.b/s")
    assert evaluate(expression, values) == (True, value)


def test_liquid_values_cannot_grow_without_end():
    body = "{% assign a = 'xxxxxxxxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 60 + "{{ a }}" * 2000
    start = time.process_time()
    expanded = expand(Surroundings(post=make_post(body=body, engine="jekyll")))
    assert len(expanded.text) < 10_000_000
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "body", ["{{" * 20_000, "{%" * 20_000, "{% a " * 20_000, "{%- raw -%}" * 5000, "{% x %}" * 20_000]
)
@pytest.mark.parametrize("engine", ["hugo", "jekyll", "hexo"])
def test_hostile_tags_finish(engine, body):
    start = time.process_time()
    expand(Surroundings(post=make_post(body=body, engine=engine)))
    assert time.process_time() - start < 5


def test_code_is_known():
    text = "a `b` c\n\n```\nd ` e\n```\n\n> - ~~~\n>   f\n>   ~~~\n`` g ` h `` i `j\n\nk`"
    code = CodeRanges(text)
    assert [char for position, char in enumerate(text) if char.isalpha() and position in code] == list(
        "bdefgh"
    )


def test_raw_swallows_broken_tags():
    assert [token.name for token in read_tokens("{% raw %}{{ {% x {% endraw %}{% y %}")] == ["raw", "y"]
