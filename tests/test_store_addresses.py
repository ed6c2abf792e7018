"""What image addresses mean: a table in tests/cases/addresses, and what holds for every text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yearbook.store.addresses import (
    is_dark_only,
    pick_source,
    resolve,
    split_srcset,
    strip_secrets,
    widest,
)

CASES = Path(__file__).parent / "cases" / "addresses"
FIELDS = {
    "key": "key", "fetch": "fetch_url", "print": "printable_url", "mutable": "mutable",
    "token": "token_allowed",
    "problem": "problem", "emoji": "emoji", "fallbacks": "fallbacks",
}  # fmt: skip
VALUES = {"yes": True, "no": False, "-": ""}


def read_cases():
    for path in sorted(CASES.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n= ")[1:]:
            title, *lines = block.strip().split("\n")
            yield pytest.param(
                dict(line.split(None, 1) for line in lines if line), id=f"{path.stem}: {title}"
            )


@pytest.mark.parametrize("case", list(read_cases()))
def test_an_address_means(case):
    address = resolve(case["in"], enterprise_hosts=("github.example.org",))
    for name, expected in case.items():
        if name == "fallbacks":
            assert address.fallbacks == (expected,)
        elif name != "in":
            assert getattr(address, FIELDS[name]) == VALUES.get(expected, expected)


def test_the_canonical_address_means_the_same():
    for case in read_cases():
        address = resolve(case.values[0]["in"])
        if address.fetch_url and "camo" not in case.values[0]["in"]:
            assert resolve(address.fetch_url).key == address.key


@given(
    st.text(),
    st.sampled_from(["", "https://", "https://github.com/", "//", "https://camo.githubusercontent.com/"]),
)
def test_every_text_has_a_meaning_that_can_be_written_down(text, start):
    address = resolve(start + text)
    address.key.encode("utf-8")
    assert address.printable_url.isprintable() or address.problem
    assert bool(address.fetch_url) != bool(address.problem)


@pytest.mark.parametrize("name", ["token", "X-Amz-Credential", "jwt", "sig", "access_token", "Signature"])
def test_a_secret_is_in_nothing_that_is_written_down(name):
    address = resolve(f"https://example.org/a.png?size=2&{name}=hunter2")
    assert "hunter2" in address.fetch_url
    assert "hunter2" not in address.key + address.printable_url
    assert "size=2" in address.printable_url


def test_two_pictures_told_apart_by_a_field_that_looks_secret_stay_two():
    assert resolve("https://example.org/show?key=7").key != resolve("https://example.org/show?key=8").key


def test_strip_secrets_takes_passwords_out():
    assert strip_secrets("https://u:p@example.org/a?b=1") == "https://example.org/a?b=1"


@pytest.mark.parametrize(
    ("srcset", "expected"),
    [
        ("", ()),
        ("a.png", (("a.png", 1.0),)),
        ("a.png, b.png 2x", (("a.png", 1.0), ("b.png", 2.0))),
        ("a,b.png 480w,c.png 960w", (("a,b.png", 480.0), ("c.png", 960.0))),
        ("  a.png   1.5x  ,, b.png 3x ", (("a.png", 1.5), ("b.png", 3.0))),
        ("a.png nonsense", (("a.png", 1.0),)),
        ("a.png 100w 50h, b.png 200w", (("a.png", 100.0), ("b.png", 200.0))),
    ],
)
def test_split_srcset(srcset, expected):
    assert split_srcset(srcset) == expected


@given(st.text(alphabet="ab, 12wx.", max_size=60))
def test_a_srcset_never_hangs_and_never_invents_an_address(srcset):
    for url, _ in split_srcset(srcset):
        assert url in srcset


def test_widest_prefers_pixels_and_never_the_night():
    assert widest("a.png 480w, b.png 1200w, c.png 2x#gh-dark-mode-only") == "b.png"
    assert widest("n.png#gh-dark-mode-only 3x, d.png 2x", "s.png") == "d.png"
    assert widest("a.png 1x", "s.png") == "s.png"
    assert widest("", "s.png") == "s.png"


def test_pick_source_takes_the_picture_for_light_paper():
    dark = "(prefers-color-scheme: dark)"
    light = "(prefers-color-scheme: light)"
    assert pick_source([(dark, "n.png"), (light, "d.png")], "i.png") == "i.png"
    assert pick_source([(dark, "n.png"), (light, "d.png")], "n.png#gh-dark-mode-only") == "d.png"
    assert pick_source([("", "w.webp")], "i.png", "i.png 1x, j.png 2x") == "j.png"
    assert pick_source([("", "w.webp")], "") == "w.webp"


def test_is_dark_only():
    assert is_dark_only("https://example.org/a.png#gh-dark-mode-only")
    assert not is_dark_only("https://example.org/a.png#gh-light-mode-only")
