"""One hostile post in a blog of two, built in a child with limits: bounded, named, the rest printed.

`docs/security.md` lists the items. Limits of the system hold in the program and in each of its workers:
processor time, memory, open files. A worker may be killed by them; the book may not.
"""

import dataclasses
import json
import re
import resource
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from pdf_facts import page_texts
from picture_box import PNG

ROOT = Path(__file__).parent.parent
GOOD = "착한 글은 끝까지 인쇄된다."
END = "끝까지 왔다."
CPU_SECONDS = 150
MEMORY_BYTES = 3_000_000_000
OPEN_FILES = 160


@dataclasses.dataclass(frozen=True)
class Evil:
    """What one post tries."""

    body: str
    """The post's Markdown; the sentence END follows it."""
    named: tuple[str, ...] = ()
    """Kinds of findings of which one must name the post; empty if the post is simply printed."""
    files: dict = dataclasses.field(default_factory=dict)
    """Other files of the blog, by name."""
    printed: bool = True
    """Whether the post's last sentence must be on paper."""
    seconds: int = 60
    """Processor time the whole build may take."""


def svg(inner, head=""):
    return f'{head}<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60">{inner}</svg>'.encode()


def chunk(kind, content):
    body = kind + content
    return len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def png_bomb(side=13_000):
    """A few kilobytes that unpack to 13,000 × 13,000 dots."""
    head = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    dots = zlib.compress(bytes((side + 7) // 8 + 1) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", dots) + chunk(b"IEND", b"")


ENTITIES = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip
USES = '<g id="a0"><rect width="1" height="1"/></g>' + "".join(
    f'<g id="a{n + 1}">' + f'<use href="#a{n}"/>' * 10 + "</g>" for n in range(7)
) + '<use href="#a7"/>'  # fmt: skip
PICTURE = "![그림](/x.svg)"
LOST = ("missing-image", "picture-note")
PROSE = "봄이 오면 골목의 나무가 먼저 알고, 사람들은 그보다 조금 늦게 창을 연다. "
CONTROLS = "".join(map(chr, [*range(1, 9), 11, 12, *range(14, 32), 127]))
EVILS = {
    "word of 5,000 letters": Evil("w" * 5_000, ("long-word",)),
    "word of 5,000 syllables": Evil("가" * 5_000),
    "paragraph of 1 MB": Evil(PROSE * 9_700, seconds=100),
    "nested lists, 300 deep": Evil("\n".join("  " * n + "- x" for n in range(300))),
    "nested quotations, 500 deep": Evil("> " * 500 + "x"),
    "nested elements, 3,000 deep": Evil("<div>" * 3_000 + "x" + "</div>" * 3_000),
    "table of 5,000 rows": Evil("|a|b|\n|-|-|\n" + "|1|2|\n" * 5_000, seconds=140),
    "table of 200 columns": Evil("|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n|" + "1|" * 200),
    "code line of 100 kB": Evil("```\n" + "x=1;" * 25_000 + "\n```"),
    "right-to-left runs": Evil("\u202e" + "שלום مرحبا " * 2_000, ("missing-glyph",)),
    "isolates nobody ends": Evil("\u2066\u2067\u202b" * 20_000),
    "broken surrogates": Evil("앞 \ud83d 뒤 " * 2_000, ("damaged-text", "replacement-character")),
    "control characters": Evil(f"{PROSE * 20}{CONTROLS}\n\n" * 9, ("control-character",)),
    "control characters and little else": Evil(CONTROLS * 1_000, ("broken-post",), printed=False),
    "joiners": Evil("👨\u200d" * 5_000, ("text-cut-off",)),
    "accents": Evil("e" + "\u0301" * 20_000),
    "variation selectors": Evil("a" + "\ufe0f" * 50_000),
    "private use": Evil("\ue000" * 3_000, ("private-character",)),
    "svg of entities": Evil(PICTURE, LOST, {"x.svg": svg("<text y='9'>&i;</text>", ENTITIES)}),
    "svg that reads a file": Evil(PICTURE, LOST, {"x.svg": svg("<text y='9'>&x;</text>",
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>')}),
    "svg of ten million uses": Evil(PICTURE, LOST, {"x.svg": svg(USES)}),
    "svg that uses itself": Evil(PICTURE, LOST, {"x.svg": svg('<g id="a"><use href="#a"/></g>')}),
    "svg, 5,000 deep": Evil(PICTURE, LOST, {"x.svg": svg("<g>" * 5_000 + "</g>" * 5_000)}),
    "svg packed a thousandfold": Evil("![그림](/x.svgz)", LOST,
        {"x.svgz": zlib.compress(svg(" " * 60_000_000), 9, wbits=31)}),
    "picture of 169 million dots": Evil("![그림](/x.png)", LOST, {"x.png": png_bomb()}),
    "a third of a picture": Evil("![그림](/x.png)", LOST, {"x.png": PNG[: len(PNG) // 3]}),
    "a picture that is a page": Evil("![그림](/x.png)", LOST, {"x.png": b"<!DOCTYPE html><p>x"}),
    "template code": Evil("{{ 7*7 }} {% for x in (1..999999) %}{% include 'x' %}{% endfor %}",
                          ("raw-tag", "unknown-tag")),
    "shortcodes, 5,000 deep": Evil("{{< x >}}" * 5_000, ("unknown-tag",)),
    "base, object, embed, frame": Evil(
        '<base href="//x.example/"><object data="file:///etc/hostname"></object>'
        '<embed src="file:///etc/hostname"><iframe src="file:///etc/hostname"></iframe>', ("dropped-html",)),
    "style with url(file:)": Evil(
        "<style>@import url(file:///etc/hostname); p{background:url(file:///etc/hostname)}</style>",
        ("dropped-html",)),
    "javascript: and file:": Evil("[x](javascript:alert(1)) [y](file:///etc/hostname)", ("dead-link",)),
    "picture by ..": Evil("![x](../../../../../../etc/hostname)", ("missing-image",)),
    "formula that grows": Evil("$$" + "\\frac{1}{" * 300 + "x" + "}" * 300 + "$$", ("formula",)),
    "20,000 links": Evil("[a](#b) " * 20_000, ("dead-link",), seconds=120),
    "2,000 footnotes": Evil("\n\n".join(f"글[^{n}]\n\n[^{n}]: 주" for n in range(2_000)), seconds=140),
}  # fmt: skip


def write(folder, evil, name="evil"):
    blog = folder / "blog"
    (blog / "content/posts").mkdir(parents=True)
    (blog / "static").mkdir()
    (blog / "hugo.toml").write_text(
        'title = "x"\nlanguageCode = "ko"\nbaseURL = "https://blog.example"\n'
        "[markup.goldmark.renderer]\nunsafe = true\n[markup.goldmark.extensions.passthrough]\nenable = true\n"
        '[markup.goldmark.extensions.passthrough.delimiters]\nblock = [["$$", "$$"]]\n',
        encoding="utf-8",
    )
    for number, (slug, body) in enumerate((("good", GOOD), (name, f"앞이다.\n\n{evil.body}\n\n{END}"))):
        text = f"---\ntitle: 글 {number}\ndate: 2021-03-0{number + 1}\n---\n\n{body}\n"
        (blog / f"content/posts/{slug}.md").write_bytes(text.encode("utf-8", "surrogatepass"))
    for file, content in evil.files.items():
        (blog / "static" / file).write_bytes(content)
    return blog


def limits():
    for kind, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(kind, (most, most))


def build(folder, blog, cache):
    """Exit code, report, the book's text without spaces, and the processor time of the whole build."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "yearbook", "build", blog, "--year", "2021", "--offline", "--keep-going",
         "-o", folder / "book.pdf", "--cache", cache, "--jobs", "1", "--report", folder / "report.json"],
        capture_output=True, text=True, preexec_fn=limits, timeout=1500, check=False,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in {0, 5}, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    text = re.sub(r"\s", "", "".join(page_texts(folder / "book.pdf")))
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.returncode, report["findings"], text, seconds


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """What is remembered of the harmless post, so that only the other one takes time."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.long
@pytest.mark.parametrize("evil", EVILS.values(), ids=EVILS)
def test_a_hostile_post_costs_bounded_time_is_named_and_spoils_no_other(evil, tmp_path, cache):
    _, findings, text, seconds = build(tmp_path, write(tmp_path, evil), cache)
    named = {finding["kind"] for finding in findings if finding["place"] == "content/posts/evil.md"}
    assert GOOD.replace(" ", "") in text
    assert seconds <= evil.seconds
    assert not evil.named or named & set(evil.named), named
    assert END.replace(" ", "") in text or not evil.printed
    assert not {finding["kind"] for finding in findings} & {"active-content", "odd-address", "engine"}
    assert {path.name for path in tmp_path.iterdir()} == {"blog", "book.pdf", "report.json"}


NAMES = [
    "'; rm -rf x", "$(touch x)", "--output=x", "a\nb", "a\x1b[2Jb", "<script>", "x%2f..%2f..%2fx", "가" * 80,
    "{{x}}",
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_is_only_a_name(name, tmp_path, cache):
    """The post is printed, and named in the report with characters that a terminal would not obey."""
    blog = write(tmp_path, Evil("\ue000", ("private-character",)), name)
    code, findings, text, _ = build(tmp_path, blog, cache)
    assert code == 5
    assert [f["kind"] for f in findings if f["place"] == f"content/posts/{name}.md"]
    assert GOOD.replace(" ", "") in text
    assert END.replace(" ", "") in text
    assert {path.name for path in tmp_path.iterdir()} == {"blog", "book.pdf", "report.json"}


def test_the_security_page_lists_every_item_with_its_bound():
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (\d+) s \|$", page, re.MULTILINE)
    told = {name: (set(re.findall(r"`(.+?)`", kinds)), int(seconds)) for name, kinds, seconds in rows}
    assert told == {name: (set(evil.named), evil.seconds) for name, evil in EVILS.items()}
