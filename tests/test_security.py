"""Posts are a stranger's: what they try and what becomes of it; see docs/security.md."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from conftest import make_blog, make_post

from yearbook import pipeline
from yearbook.assets import asset_dir
from yearbook.config import Config
from yearbook.model import Syntax
from yearbook.preflight import inspect, inspect_chapters
from yearbook.render import render
from yearbook.report import Silent

ROOT = Path(__file__).parent.parent
SECRET = "비밀-7c1d5e"
SYNTAXES = {"commonmark": Syntax(), "kramdown": Syntax(name="kramdown")}


def html_of(body, syntax):
    return render(make_post(body=f"앞\n\n{body}\n\n뒤", syntax=SYNTAXES[syntax]), blog=make_blog()).html


FORBIDDEN = re.compile(
    r"</?(script|style|link|base|meta|object|embed|applet|iframe|form|svg|math|template)\b"
)
ATTACKS = {
    "script": "<script>alert(1)</script>",
    "script in capitals": "<SCRIPT SRC=//x.example/a.js></SCRIPT>",
    "attachment": '<link rel="attachment" href="/etc/hostname">',
    "attachment by a": '<a rel="attachment" href="file:///etc/hostname">x</a>',
    "base": '<base href="//x.example/">',
    "object": '<object data="file:///etc/hostname">x</object>',
    "embed": '<embed src="file:///etc/hostname">',
    "applet": "<applet code=x></applet>",
    "meta": '<meta http-equiv="refresh" content="0;url=file:///etc/hostname">',
    "style sheet": '<link rel="stylesheet" href="file:///etc/hostname">',
    "style": "<style>@import url(file:///etc/hostname); p{background:url(file:///etc/hostname)}</style>",
    "style attribute": '<p style="background:url(file:///etc/hostname)">x</p>',
    "hidden by style": '<div style="position:fixed;top:0;width:999mm;height:999mm;background:red">x</div>',
    "event": '<img src="a.png" onerror="alert(1)">',
    "event in svg": '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "svg use": '<svg><use href="file:///etc/hostname#x"/></svg>',
    "math": '<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>',
    "javascript link": "[x](javascript:alert(1))",
    "javascript link with tab": "<a href='java\tscript:alert(1)'>x</a>",
    "javascript by entity": '<a href="&#106;avascript:alert(1)">x</a>',
    "vbscript": "[x](vbscript:x)",
    "file link": "[x](file:///etc/hostname)",
    "data link": "[x](data:text/html,<script>alert(1)</script>)",
    "file picture": "![x](file:///etc/hostname)",
    "data page as picture": '<img src="data:text/html;base64,PHNjcmlwdD4=">',
    "frame": '<iframe src="file:///etc/hostname"></iframe>',
    "srcdoc": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "frame nobody closes": "<<iframe src=x>",
    "form": '<form action="https://x.example/"><button formaction=javascript:x>x</button></form>',
    "comment that ends early": "<!--><script>alert(1)</script>-->",
    "cdata": "<![CDATA[<script>alert(1)</script>]]>",
    "template": "<template><script>alert(1)</script></template>",
    "noscript": "<noscript><p title='</noscript><script>alert(1)</script>'></noscript>",
    "attribute that breaks out": "<p title='\"><script>alert(1)</script>'>x</p>",
    "our own picture scheme": "![x](yearbook-image:0000)",
    "code fence language": '```"><script>alert(1)</script>\nx\n```',
    "heading id": "## x {#\"><script>}",
}  # fmt: skip


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("body", ATTACKS.values(), ids=ATTACKS)
def test_nothing_that_runs_or_reaches_out_is_left(body, syntax):
    html = html_of(body, syntax)
    tags = re.findall(r"<[^>]*>", html)
    for tag in tags:
        assert re.match(r"</?[a-z][a-z0-9]*[\s>/]", tag), tag
        assert not re.match(
            r"</?(script|style|link|base|meta|object|embed|applet|iframe|form|svg|math|template)\b", tag
        )
        names = re.findall(r'\s([\w-]+)="', tag)
        assert not [
            name for name in names if name.startswith("on") or name in {"style", "srcdoc", "action", "rel"}
        ]
        for address in re.findall(r'(?:href|src)="([^"]*)"', tag):
            assert not re.match(r"\s*(?:javascript|vbscript|file|data:text)", address, re.IGNORECASE), tag
    assert "앞" in html


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_post_is_no_template(syntax):
    html = html_of("{{ 7*7 }} {{ cycler.__init__.__globals__ }} {% for x in range(9) %}z{% endfor %}", syntax)
    assert "49" not in html
    assert "zz" not in html
    assert "<module" not in html


SOUP = {
    "rtl": "\u202e" + "שלום مرحبا " * 5_000,
    "isolates nobody ends": "\u2066\u2067\u202b" * 20_000,
    "zwj": "👨\u200d" * 20_000,
    "variation selectors": "a" + "\ufe0f" * 50_000,
    "accents": "e" + "\u0301" * 50_000,
    "broken surrogates": "\ud83d\ude00\ud83d" * 10_000,
    "controls": "".join(map(chr, range(32))) * 2_000,
    "private use": "\ue000\U0010fffd" * 10_000,
    "no spaces": "가" * 200_000,
    "word": "w" * 5_000,
    "paragraph": "한국어 문장이 이어진다. " * 20_000,
    "nested lists": "\n".join("  " * n + "- x" for n in range(300)),
    "quotes": "> " * 500 + "x",
    "rows": "|a|b|\n|-|-|\n" + "|1|2|\n" * 5_000,
    "entities": "&lt;" * 50_000,
    "frames": "<iframe src=x>" * 5_000,
    "frames with quotes": '<iframe "' * 5_000,
    "pictures": '<img src="file:x' * 5_000,
    "tags": "{{ x " * 20_000,
    "fences": "````\n~~~\n" * 10_000,
    "links": "[a](#b) " * 10_000,
}  # fmt: skip

CHILD = """
import json, resource, sys, time
sys.path.insert(0, "tests")
from conftest import make_blog, make_post
from pathlib import Path
from yearbook.assets import asset_dir
from yearbook.model import Syntax
from yearbook.preflight import inspect_chapters
from yearbook.render import render
body = sys.stdin.buffer.read().decode("utf-8", "surrogatepass")
for name in ("commonmark", "kramdown"):
    chapter = render(make_post(body=body, syntax=Syntax(name=name)), blog=make_blog())
    found = inspect_chapters([chapter], fonts=asset_dir("fonts"), base_url="https://x.example")
print(json.dumps([len(chapter.html), len(found)]))
"""


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))


@pytest.mark.parametrize("body", SOUP.values(), ids=SOUP)
def test_soup_is_rendered_in_bounded_time_and_memory(body):
    """In a child that the system ends when it takes a minute of processor or 1.5 GB."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=body.encode("utf-8", "surrogatepass"),
        capture_output=True,
        cwd=ROOT,
        preexec_fn=limits,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    length, findings = json.loads(done.stdout)
    assert length < 40 * len(body) + 5_000
    assert findings <= 100


OPENING_CHILD = """
import sys
sys.path.insert(0, "tests")
from conftest import make_blog, make_post
from yearbook.render import render
render(make_post(body="```python\\nx = 1\\n```"), blog=make_blog())
heard = []
sys.addaudithook(lambda event, given: heard.append(str(given[0])) if event == "open" else None)
render(make_post(body=sys.argv[1]), blog=make_blog())
print([name for name in heard if not name.endswith((".py", ".pyc"))])
"""


@pytest.mark.parametrize(
    "body",
    [
        "```klingon\nx\n```",
        "````markdown\n```klingon\nx\n```\n````",
        "```rst\n.. code-block:: klingon\n\n   x\n   y\n\n```",
    ],
)
def test_a_name_of_a_language_loads_no_plug_in(body):
    done = subprocess.run(
        [sys.executable, "-c", OPENING_CHILD, body], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout == "[]\n"


def test_one_kind_of_trouble_a_thousand_times_is_not_a_thousand_lines():
    chapter = render(make_post(body="{{ x }} " * 1_000), blog=make_blog())
    assert len(inspect_chapters([chapter], fonts=asset_dir("fonts"), base_url="")) == 21


@pytest.fixture(scope="module")
def hostile_book(tmp_path_factory):
    """A blog whose one post tries to carry a file of this machine away, built as a whole."""
    folder = tmp_path_factory.mktemp("hostile").resolve()
    secret = folder / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    blog = folder / "blog"
    (blog / "content/posts").mkdir(parents=True)
    (blog / "static").mkdir()
    (blog / "static/link.png").symlink_to(secret)
    (blog / "static/drawing.svg").write_text(
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&x;</text></svg>'
    )
    uri = secret.as_uri()
    (blog / "static/outside.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        f'<image href="{uri}" width="9" height="9"/><style>@import url("{uri}");</style></svg>'
    )
    (blog / "hugo.toml").write_text('title = "x"\n[markup.goldmark.renderer]\nunsafe = true\n')
    head = (
        'title: "<script>alert(1)</script> {{ 7*7 }} \\e[2J"',
        "date: 2021-03-05",
        "tags: ['<b>x</b>', '../../x']",
        "slug: ../../../evil",
        f"cover: {uri}",
    )
    body = (
        f'<link rel="attachment" href="{uri}">',
        f'<a rel="attachment" href="{uri}">a</a>',
        f'<base href="{folder.as_uri()}/">',
        f'<p style="background:url({uri})">b</p>',
        f'<object data="{uri}"></object>',
        f"![c]({uri})",
        "![d](../../../secret.txt)",
        "![e](/link.png)",
        "![f](/drawing.svg)",
        "![g](/outside.svg)",
        f"[h]({uri})",
        "[i](javascript:alert(1))",
        f'{{{{ 7*7 }}}} {{{{< readfile "{secret}" >}}}} {{{{% include "../../../secret.txt" %}}}}',
        "끝까지 왔다.",
    )
    text = "\n".join(("---", *head, "---", "", "\n\n".join(body), ""))
    (blog / "content/posts/evil.md").write_text(text, encoding="utf-8")
    output = folder / "book.pdf"
    config = Config(
        blog=blog, year=2021, cache=folder / "cache", output=str(output), offline=True, keep_going=True
    )
    return pipeline.build(config, Silent()), output, folder


def test_no_file_of_this_machine_is_in_the_book(hostile_book):
    _, output, folder = hostile_book
    with pikepdf.open(output) as document:
        for thing in document.objects:
            content = (
                thing.read_bytes() if isinstance(thing, pikepdf.Stream) and "/Width" not in thing else b""
            )
            for text in (content, str(thing).encode()):
                assert SECRET.encode() not in text
                assert SECRET.encode("utf-16-be") not in text
        assert not document.attachments
    assert {path.name for path in folder.iterdir()} == {"secret.txt", "blog", "cache", "book.pdf"}


def test_the_hostile_book_is_a_good_book_and_names_what_was_tried(hostile_book):
    report, output, _ = hostile_book
    assert inspect(output) == ()
    kinds = {finding.kind for finding in report.findings}
    assert {"missing-image", "dropped-html", "unknown-tag", "dead-link"} <= kinds
    assert not {"active-content", "odd-address", "engine"} & kinds
    missing = [finding for finding in report.findings if finding.kind == "missing-image"]
    assert {finding.place for finding in missing} == {"content/posts/evil.md"}


def test_the_hostile_post_is_printed_all_the_same(hostile_book):
    _, output, _ = hostile_book
    text = subprocess.run(["pdftotext", str(output), "-"], capture_output=True, text=True, check=True).stdout
    assert "끝까지 왔다." in text
    assert "49" not in re.sub(r"\d{3,}", "", text)
