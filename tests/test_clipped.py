"""What a theme hides, moves off its place or asks in vain: made by the whole program, named in the report."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_pieces import PROSE, build, write_blog

from yearbook.model import Finding, Severity
from yearbook.preflight.clip import Outline, around, hidden_ink, meet
from yearbook.preflight.facts import TextRun
from yearbook.report import name_style_lines

LINES = "\n\n".join([f"> {PROSE * 2}"] * 3)
POSTS = {
    "hidden-lines": ("blockquote { overflow: hidden; height: 20pt }", LINES),
    "round-corners": ("ul { overflow: hidden; height: 25pt; border-radius: 4pt }", f"- {PROSE * 4}\n"),
    "hidden-ends": (
        "pre.listing { overflow: hidden; width: 30mm; white-space: pre }",
        f"```\n{'w' * 60}\n```",
    ),
    "cut-letters": (
        "em { display: block; overflow: hidden; height: .9rlh; line-height: 1.8rlh }",
        "앞 *반만* 뒤",
    ),
    "below": ("em { display: block; position: relative; top: 108mm }", "앞 *아래로 간다* 뒤"),
    "beyond-the-edge": ("em { display: block; position: relative; left: 120mm }", "앞 *오른쪽으로* 뒤"),
    "hidden-but-all-seen": ("ol { overflow: hidden }", f"1. {PROSE * 3}\n2. {PROSE}"),
    "as-it-should-be": ("", PROSE * 20),
}
EXPECTED = {
    "hidden-lines": {("text-clipped", "error")},
    "round-corners": {("text-clipped", "error")},
    "hidden-ends": {("text-clipped", "error")},
    "cut-letters": {("text-clipped", "warning")},
    "below": {("text-in-margin", "warning")},
    "beyond-the-edge": {("text-cut-off", "error"), ("text-in-margin", "warning")},
    "hidden-but-all-seen": set(),
    "as-it-should-be": set(),
}


@pytest.fixture(scope="module", params=[False, True], ids=["pieces", "whole"])
def findings(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clipped")
    bodies = {name: f"{PROSE}\n\n{body}\n\n{PROSE}" for name, (_, body) in POSTS.items()}
    blog = write_blog(folder / "blog", bodies)
    theme = blog / "yearbook/themes/cruel"
    theme.mkdir(parents=True)
    css = "\n".join(f"#post-{name} {rule}" for name, (rule, _) in POSTS.items() if rule)
    (theme / "theme.css").write_text(css, encoding="utf-8")
    return build(blog, folder, whole=request.param, **{"page.theme": "cruel"})[1].findings


@pytest.mark.parametrize("name", POSTS)
def test_text_that_a_theme_hides_or_moves_is_named_with_its_post(findings, name):
    own = {(f.kind, str(f.severity)) for f in findings if f.place == f"content/{name}.md" and f.page}
    assert {found for found in own if found[0].startswith("text-")} == EXPECTED[name]


def run(left, right, base, size=10):
    return TextRun(left=left, right=right, low=base, high=base, size=size)


@pytest.mark.parametrize(
    ("clip", "hidden"),
    [
        ((0, 0, 100, 100), 0),
        ((0, 0, 40, 100), 10),
        ((20, 0, 100, 100), 10),
        ((0, 55, 100, 100), 6),
        ((0, 0, 100, 52), 5),
        ((0, 80, 100, 90), 31),
        ((60, 0, 100, 100), 50),
    ],
)
def test_how_much_of_a_line_an_area_hides(clip, hidden):
    assert hidden_ink(run(10, 50, 50), clip) == pytest.approx(hidden)


def test_a_line_that_runs_upwards_is_measured_along_itself():
    upwards = TextRun(left=50, right=50, low=10, high=60, size=10)
    assert hidden_ink(upwards, (0, 0, 100, 100)) == 0
    assert hidden_ink(upwards, (0, 0, 100, 40)) == 20


BOX = st.tuples(*[st.integers(0, 50)] * 4).map(lambda v: (v[0], v[1], v[0] + v[2], v[1] + v[3]))


@given(BOX, BOX, st.integers(0, 60), st.integers(0, 60))
def test_a_smaller_area_never_shows_more(one, other, left, base):
    line = run(left, left + 20, base)
    assert hidden_ink(line, meet(one, other)) >= hidden_ink(line, one)


def test_a_path_clips_only_if_it_says_so_and_only_once():
    path, unit = Outline(), (1, 0, 0, 1, 0, 0)
    path.add("re", (10, 10, 5, 5), unit)
    assert path.end(None) is None
    path.add("re", (10, 10, 5, 5), (2, 0, 0, -2, 0, 100))
    path.add("W", (), unit)
    assert path.end(None) == (20, 70, 30, 80)
    path.add("m", (0, 0), unit)
    path.add("c", (1, 9, 2, 3, 4, 5), unit)
    path.add("W*", (), unit)
    assert path.end((2, 0, 50, 50)) == (2, 0, 4, 9)
    assert path.end((2, 0, 50, 50)) == (2, 0, 50, 50)


def test_a_turned_area_counts_as_the_rectangle_around_it():
    assert around([(0, 0), (10, 0), (0, 10), (10, 10)], (0, 1, -1, 0, 0, 0)) == (-10, 0, 0, 10)


def test_a_folio_on_the_only_page_is_no_stray(tmp_path):
    """Nobody can tell them apart there."""
    _, report = build(write_blog(tmp_path / "blog", {"a": PROSE}), tmp_path)
    assert report.findings == ()


RULES = "p { colr: red }\n\nh1 { width: 3 parrots }\n@font-face { font-family: X }\n"


@pytest.mark.parametrize("whole", [False, True], ids=["pieces", "whole"])
def test_what_the_engine_ignores_of_a_theme_is_named_with_its_line(tmp_path, whole):
    blog = write_blog(tmp_path / "blog", {"a": PROSE})
    theme = blog / "yearbook/themes/odd"
    theme.mkdir(parents=True)
    (theme / "theme.css").write_text(RULES, encoding="utf-8")
    for _ in range(2):  # the second time everything is remembered
        _, report = build(blog, tmp_path, whole=whole, **{"page.theme": "odd"})
        said = {(f.kind, f.place, f.line, f.message.partition(",")[0]) for f in report.findings}
        file = "yearbook/themes/odd/theme.css"
        assert said == {
            ("engine", file, 1, "Ignored `colr: red `"),
            ("engine", file, 3, "Ignored `width: 3 parrots `"),
            ("engine", file, 4, "Missing src descriptor in '@font-face' rule"),
        }


def test_complaints_of_other_things_keep_their_words():
    own = Finding(kind="engine", severity=Severity.WARNING, message="Ignored `x` at 2:1, unknown property.")
    post = dataclasses.replace(own, place="a.md")
    glyph = dataclasses.replace(own, kind="missing-glyph")
    other = dataclasses.replace(own, message="Invalid or unsupported selector, 'p:hoover '")
    assert name_style_lines([own, post, glyph, other], "a{}\nb{}\nc{}\n", "c{}\n", "t.css") == (
        own, post, glyph, other,
    )  # fmt: skip
    [found] = name_style_lines([own], "a{}\nb{}\n", "b{}\n", "t.css")
    assert (found.place, found.line, found.message) == ("t.css", 1, "Ignored `x`, unknown property.")
