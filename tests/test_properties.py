"""What must hold for any blog: nothing crashes, no sentence is lost, nothing outside is touched.

`make fuzz N=5000` runs these long. What it once found stands in `cases/fuzz/`, one post a file, and is tried
in every run.
"""

import datetime as dt
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import SEOUL, make_blog, make_post
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yearbook import pipeline
from yearbook.assets import asset_dir
from yearbook.config import Config
from yearbook.dates import parse_date
from yearbook.dialects import dialect_of
from yearbook.discover import discover
from yearbook.localise import Setting, find_images, localise, survey, targets
from yearbook.model import Criteria, ImageUse, MissingImage, Syntax
from yearbook.preflight import inspect_chapters
from yearbook.preflight.text import normal_path
from yearbook.render import render
from yearbook.render.clean import clean_out
from yearbook.report import Silent
from yearbook.store import ImagePolicy, obtain
from yearbook.store.addresses import resolve
from yearbook.trims import TRIMS
from yearbook.wording import wording

LONG = int(os.environ.get("YEARBOOK_FUZZ", "0"))
CASES = sorted((Path(__file__).parent / "cases" / "fuzz").glob("*.md"))
FONTS = asset_dir("fonts")
SYNTAXES = [
    Syntax(),
    Syntax(name="commonmark", hard_wrap=True, unsafe_html=False, math=False),
    Syntax(name="kramdown"),
    Syntax(name="kramdown", hard_wrap=True, smart=False),
]


def trying(count):
    return settings(
        max_examples=LONG or count,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


# ------------------------------------------------------------------------------------------ odd text

pieces = st.sampled_from(
    [
        "<",
        ">",
        "&",
        "</",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<script>",
        "</script>",
        "<style>",
        "<svg>",
        "<base href=//x>",
        '<img src="file:///etc/hostname" onerror=x>',
        "<a href='javascript:x'>",
        "<object data=x>",
        "<iframe src=x>",
        "<p style='background:url(file:/x)'>",
        "<table><tr><td>",
        "</table>",
        "<details><summary>",
        "<b><i>",
        "&#x0;",
        "&#xD800;",
        "&amp",
        "&lt;script&gt;",
        "{{",
        "}}",
        "{%",
        "%}",
        "{{<",
        ">}}",
        "{{% x %}}",
        "{{< figure src=a >}}",
        "{% raw %}",
        "{% endraw %}",
        "{: .a #b}",
        "{::nomarkdown}",
        "[",
        "](",
        ")",
        "![",
        "[^1]",
        "[^1]: ",
        "]: ",
        "*",
        "**",
        "_",
        "__",
        "~~",
        "`",
        "``",
        "```\n",
        "~~~\n",
        "$",
        "$$",
        "\\(",
        "\\",
        "\n\n",
        "\n",
        "    ",
        "# ",
        "## ",
        "- ",
        "1. ",
        "> ",
        "| a | b |\n|---|---|\n",
        ": ",
        "---\n",
        "===\n",
        "![봄](/봄 사진.png)",
        "![봄](</봄/첫 사진.png>)",
        ":smile:",
        ":::",
        "^",
        "\t",
        "\r",
        "\x00",
        "\x0b",
        "\x1b[2J",
        "\ufeff",
        "\u200b",
        "\u2060",
        "\u202e",
        "\u2066",
        "\u200d",
        "👨‍👩‍👧",
        "🇰🇷",
        "\ufe0f",
        "\ue000",
        "\ufffd",
        "\U0010ffff",
        "가",
        "한글 문장",
        "é",
        "e\u0301" * 3,
        "שלום",
        "مرحبا",
        "ก็",
        "\u1112\u1161\u11ab",
        "w" * 40,
        "https://x.example/가?a=b#c",
        "http://[::1",
        "../../../etc/hostname",
        "%2e%2e/",
        "C:\\x.png",
        "//",
        "data:text/html,x",
    ]
)
odd = st.lists(st.one_of(pieces, st.text(max_size=6)), max_size=30).map("".join)


def settle(chapter):
    """The chapter with every picture missing and every link settled."""
    chapter = survey(chapter)
    uses = find_images(chapter, locate=lambda _post, _src: None, base_url="https://blog.example")
    gone = MissingImage(key="k", url="", reason="missing", detail="없다", hint="")
    setting = Setting(trim=TRIMS["a5"], words=wording("ko"), notes=True, base_url="https://blog.example")
    return localise(
        chapter, pictures={use.src: gone for use in uses}, targets=targets([chapter]), setting=setting
    )


def go_through(body, syntax):
    """Every room a post's text passes before it is typeset; what must hold of the result."""
    post = make_post(body=body, syntax=syntax, title="글")
    chapter = render(post, blog=make_blog())
    assert clean_out(chapter.html) == chapter.html
    for found in (*chapter.findings, *inspect_chapters([chapter], fonts=FONTS, base_url="https://b.example")):
        last = post.body_line + len(re.split(r"\r\n|\r|\n", body)) - 1
        assert found.place == post.place
        assert 0 <= found.line <= last, found
    html = re.sub(r"<(code|pre)\b.*?</\1>", "", settle(chapter).html, flags=re.DOTALL)
    tags = "".join(re.findall(r"<[^>]*>", html)).lower()
    assert not re.search(r"<(script|style|object|embed|iframe|base|link|meta|svg:script)\b", tags)
    assert not re.search(
        r"\son\w+\s*=|(?:href|src)=\"(?:javascript|file|vbscript)", re.sub(r'"[^"]*"', '""', tags)
    )
    assert 'href="javascript' not in tags
    assert "url(" not in tags
    return chapter


@trying(150)
@given(odd, st.sampled_from(SYNTAXES))
def test_any_text_goes_through(body, syntax):
    go_through(body, syntax)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: f"{s.name}-{s.hard_wrap}")
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_what_was_found_once_goes_through(case, syntax):
    go_through(case.read_text(encoding="utf-8", errors="surrogateescape"), syntax)


# -------------------------------------------------------------------------------------- no lost sentence

words = st.lists(
    st.sampled_from(["강둑", "아침", "보리차", "walk", "river", "三月", "はな"]), min_size=1, max_size=3
)
marks = st.sampled_from(["", "", "*", "**", "`", "~~", "[]", "“", "(", '"'])


@st.composite
def sentences(draw, numbers):
    """One line of visible words, one of them a number that stands nowhere else."""
    number, mark = next(numbers), draw(marks)
    text = " ".join([*draw(words), f"낱말{number}끝", *draw(words)])
    close = {"[]": "](https://x.example/)", "“": "”", "(": ")"}.get(mark, mark)
    return f"{'[' if mark == '[]' else mark}{text}{close}{draw(st.sampled_from(['.', '다.', '!', '', ' …']))}"


def quoted(line):
    return f"> {line()}\n> {line()}"


def listed(line):
    return f"- {line()}\n- {line()}\n- {line()}"


BLOCKS = (
    lambda line, _: line(),
    lambda line, _: line(),
    lambda line, _: f"## {line()}",
    lambda line, _: listed(line),
    lambda line, _: f"1. {line()}\n2. {line()}",
    lambda line, _: quoted(line),
    lambda line, _: f"{line()}  \n{line()}",
    lambda _, stream: f"| 가 | 나 |\n|---|---|\n| 낱말{next(stream)}끝 | 낱말{next(stream)}끝 |",
    lambda _, stream: f"```python\nx = '낱말{next(stream)}끝'\n```",
)


@st.composite
def documents(draw):
    """A post of blocks of every kind, and how many numbered words it has."""
    stream = (f"{number:03d}" for number in itertools.count(1))
    chosen = draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=8))
    body = "\n\n".join(block(lambda: draw(sentences(stream)), stream) for block in chosen)
    return f"{body}\n", int(next(stream)) - 1


def numbered(text):
    return re.findall(r"낱말(\d{3})끝", re.sub(r"[\s\u2060]|<[^>]*>", "", text))


@trying(100)
@given(documents(), st.sampled_from(SYNTAXES))
def test_no_sentence_is_lost_on_the_way_to_the_engine(document, syntax):
    body, count = document
    chapter = go_through(body, syntax)
    wanted = [f"{number:03d}" for number in range(1, count + 1)]
    assert numbered(chapter.html) == wanted
    assert numbered(settle(chapter).html) == wanted


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
@settings(
    max_examples=max(1, LONG // 1000), deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(st.lists(documents(), min_size=3, max_size=3))
def test_no_sentence_is_lost_on_paper(posts):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write_blog(root / "blog", [body for body, _ in posts])
        config = Config(
            blog=root / "blog", year=2021, cache=root / "cache", output=str(root / "b.pdf"), offline=True
        )
        report = pipeline.build(config, Silent())
        assert report.exit_code == 0, report.findings
        command = ["pdftotext", "-raw", str(root / "b.pdf"), "-"]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = numbered(text)
    for body, count in posts:
        wanted = [f"{number:03d}" for number in range(1, count + 1)]
        # Headings may stand a second time, in running heads or contents.
        rest = iter(found)
        assert all(number in rest for number in wanted), (body, found)


def write_blog(root, bodies):
    (root / "content/posts").mkdir(parents=True)
    (root / "hugo.toml").write_text('title = "기록"\nbaseURL = "https://b.example"\n', encoding="utf-8")
    for number, body in enumerate(bodies):
        text = f"---\ntitle: 글 {number}\ndate: 2021-03-0{number + 1}\n---\n\n{body}"
        (root / f"content/posts/p{number}.md").write_text(text, encoding="utf-8")


# ------------------------------------------------------------------------------ files and front matter

heads = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "title: 글",
                "title: [",
                'title: "a',
                "title:",
                "title: {a: b}",
                "title: !!python/object:os.system x",
                "date: 2021-03-05",
                "date: 2021-13-01",
                "date: [2021]",
                "date: 0",
                "date: 9999999999999999999",
                "date: 2021-03-05T10:00:00+99:99",
                "draft: true",
                "draft: 아니",
                "tags: [a, b",
                "tags:\n  - a\n - b",
                "slug: ../../x",
                "slug: /",
                "slug: \x00",
                "url: http://[",
                "aliases: &a [*a]",
                "a: &x {<<: *x}",
                "yearbook: {title: 3}",
                "weight: 1e999",
                "---",
                "+++",
                "...",
                "\t- x",
                "? :",
            ]
        ),
        st.text(max_size=20),
    ),
    max_size=8,
)


@trying(60)
@given(
    st.lists(st.tuples(st.sampled_from(["---", "+++", "", ";;;", "{"]), heads, odd), min_size=1, max_size=3)
)
def test_every_file_is_a_post_or_is_accounted_for(files):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "blog"
        write_blog(root, ["처음 글"])
        for number, (fence, fields, body) in enumerate(files):
            text = "\n".join([fence, *fields, fence, body])
            path = root / f"content/posts/odd{number}.md"
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
        selection = discover(root, Criteria(year=2021))
        told = [p.place for p in (*selection.posts, *selection.left_out, *selection.broken)]
        wanted = {f"content/posts/odd{number}.md" for number in range(len(files))}
        assert wanted <= set(told)
        assert len(told) == len(set(told))
        assert all(post.title.strip() and post.date.tzinfo for post in selection.posts)
        assert len({post.slug for post in selection.posts}) == len(selection.posts)


@trying(200)
@given(
    st.one_of(
        st.text(max_size=30), st.integers(), st.floats(), st.dates(), st.datetimes(), st.booleans(), st.none()
    )
)
def test_a_date_is_read_or_refused(value):
    try:
        found = parse_date(value, SEOUL)
    except ValueError:
        return
    assert isinstance(found, dt.datetime)
    assert found.tzinfo is not None


FORMS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S +0900"]


@trying(200)
@given(st.integers(631_152_000, 4_102_444_800), st.sampled_from(FORMS))
def test_a_date_in_a_usual_form_is_read_as_it_is(seconds, form):
    moment = dt.datetime.fromtimestamp(seconds, SEOUL)
    assert parse_date(moment.strftime(form), SEOUL) == moment


# ----------------------------------------------------------------------------------------------- URLs


@trying(300)
@given(st.one_of(odd, st.text(max_size=40)))
def test_no_address_crashes_or_leads_out_of_the_blog(blogs, src):
    normal_path(src)
    resolve(src)
    for blog, post in blogs:
        for address in (
            src,
            f"/img/{src}",
            f"../{src}",
            "/img/out.png",
            "/../outside.png",
            "../../../outside.png",
        ):
            found = dialect_of(blog.engine).locate(blog, post, address)
            assert (
                found is None or found.resolve().is_relative_to(blog.root) or not is_taken(found, blog.root)
            )


@pytest.fixture(scope="module")
def blogs(tmp_path_factory):
    """A blog and a post of each engine, beside a file and with a link out."""
    found = []
    heads = {"hugo": ("hugo.toml", "content/posts"), "jekyll": ("_config.yml", "_posts"),
             "hexo": ("_config.yml", "source/_posts"), "plain": ("x.md", "posts")}  # fmt: skip
    for engine, (mark, folder) in heads.items():
        root = tmp_path_factory.mktemp(engine).resolve() / "blog"
        for part in (folder, "static/img", "img"):
            (root / part).mkdir(parents=True)
        (root / mark).write_text("")
        (root / folder / "2021-03-05-a.md").write_text("---\ntitle: 글\ndate: 2021-03-05\n---\n글")
        (root.parent / "outside.png").write_bytes(b"x")
        for part in ("static/img", "img"):
            (root / part / "out.png").symlink_to(root.parent / "outside.png")
        selection = discover(root, Criteria(year=2021, engine=engine))
        found.append((selection.blog, selection.posts[0]))
    return found


def is_taken(path, root):
    """Whether the store would open a file outside the blog for this address."""
    use = ImageUse(src="x", place="p", line=1, alt="", local=path, url="")
    [got] = obtain([use], blog_root=root, cache=root.parent / "cache", policy=ImagePolicy(offline=True))
    return not isinstance(got, MissingImage)


# -------------------------------------------------------------------------------- nothing outside is touched

_events: list[str] | None = None


def _hear(event, arguments):
    if _events is not None and event in {"open", "socket.connect", "subprocess.Popen", "os.system", "exec"}:
        name = str(arguments[0]) if arguments else ""
        if event != "exec" and not name.endswith((".py", ".pyc", ".so")):
            _events.append(f"{event} {name}")


sys.addaudithook(_hear)


@trying(60)
@given(odd, st.sampled_from(SYNTAXES))
def test_rendering_opens_nothing(body, syntax):
    global _events
    render(make_post(body="처음"), blog=make_blog())  # what is loaded late is loaded now
    _events = []
    try:
        render(make_post(body=body, syntax=syntax), blog=make_blog())
        heard = _events
    finally:
        _events = None
    assert heard == []
