"""The head of a post in every form met in the wild, read from `cases/frontmatter/`."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yearbook.frontmatter import FrontMatter, FrontMatterError, load_json, load_toml, load_yaml, split

CASES = Path(__file__).parent / "cases" / "frontmatter"
SIGNS = {"«BOM»": "\ufeff", "␍": "\r", "␉": "\t", "␂": "\x02", "⏎": "\u2028"}


def cases(name):
    text = (CASES / name).read_text(encoding="utf-8")
    for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        given_text, _, wanted = rest.partition(">>>\n")
        for sign, char in SIGNS.items():
            given_text = given_text.replace(sign, char)
        yield pytest.param(given_text, wanted.strip(), id=title)


def described(front):
    lines = [f"{front.format or 'none'}, body from line {front.body_line}: {front.body!r}"]
    lines += [f"{key} = {value!r}" for key, value in front.fields.items()]
    lines += [f"finding {found.kind} in line {found.line}" for found in front.findings]
    return "\n".join(lines)


@pytest.mark.parametrize(("text", "wanted"), list(cases("read.txt")))
def test_a_form_met_in_the_wild_is_read(text, wanted):
    assert described(split(text, place="a.md")) == wanted


@pytest.mark.parametrize(("text", "wanted"), list(cases("open.txt")))
def test_fields_without_fences_are_read_where_the_engine_does(text, wanted):
    assert described(split(text, place="a.md", open_end=True, meta=True)) == wanted
    assert split(text, place="a.md").format == ""


@pytest.mark.parametrize(("text", "wanted"), list(cases("refused.txt")))
def test_what_cannot_be_read_is_refused_with_its_line(text, wanted):
    with pytest.raises(FrontMatterError) as caught:
        split(text, place="a.md")
    line, _, reason = wanted.removeprefix("line ").partition(": ")
    assert caught.value.line == int(line)
    assert reason in caught.value.reason
    assert caught.value.hint


def nested(opening, closing, depth):
    return f"---\na: {opening * depth}{closing * depth}\n---\n"


LETTERS = zip("abcdefghi", "bcdefghij", strict=True)
BOMB = "---\na: &a [x]\n" + "".join(f"{new}: &{new} [{f'*{old},' * 9}]\n" for old, new in LETTERS) + "---\n"


@pytest.mark.parametrize(
    "text",
    [
        nested("[", "]", 100_000),
        nested("{a: ", "}", 100_000),
        "---\n" + "- " * 100_000 + "a\n---\n",
        "---\n" + "".join(" " * depth + "a:\n" for depth in range(600)) + "---\n",
        "+++\na = " + "[" * 100_000 + "]" * 100_000 + "\n+++\n",
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}\n",
        BOMB,
        "---\na: &a [*a]\n---\n",
        "---\na: &a {b: *a}\n---\n",
        "---\ntitle: |\n" + "  x\n" * 600_000 + "---\n",
    ],
    ids=[
        "list",
        "table",
        "dash",
        "indent",
        "toml",
        "json",
        "alias",
        "itself",
        "itself-in-a-table",
        "too-long",
    ],
)
def test_what_would_exhaust_the_machine_is_refused(text):
    with pytest.raises(FrontMatterError):
        split(text, place="a.md")


def test_a_long_body_costs_no_more_than_reading_it():
    body = "한 줄\n" * 500_000
    assert split(f"---\ntitle: 하나\n---\n{body}", place="a.md").body == body


def test_the_fields_refuse_to_be_changed():
    with pytest.raises(TypeError):
        split("---\ntitle: 하나\n---\n", place="a.md").fields["title"] = "둘"


def test_configuration_files_are_read_alike():
    assert load_yaml("a: 2021-12-31\nb: no") == {"a": "2021-12-31", "b": "no"}
    assert load_toml("a = 1") == {"a": 1}
    assert load_json('{"a": 1}') == {"a": 1}


def split_or_refuse(text, **how):
    try:
        return split(text, place="a.md", **how)
    except FrontMatterError as error:
        return error


@given(st.text(max_size=300))
def test_any_text_is_split_or_refused(text):
    found = split_or_refuse(text, open_end=True, meta=True)
    if isinstance(found, FrontMatter):
        assert text.replace("\r\n", "\n").replace("\r", "\n").endswith(found.body)


@given(st.text(alphabet="ab:-'\"[]{}@%&*!|># \n\t", max_size=120), st.sampled_from(["---", "+++", ";;;"]))
def test_any_head_is_read_or_refused(head, fence):
    found = split_or_refuse(f"{fence}\n{head}\n{fence}\nbody\n")
    assert found.line >= 1 if isinstance(found, FrontMatterError) else "body\n" in found.body
