"""What is made on first use is what would have been made at once, and is made then and not before."""

import re
import subprocess
import sys

import pytest

from yearbook.lazy import later, members_of


@pytest.mark.parametrize("text", ["첫 글", "one", ""])
def test_a_pattern_made_later_finds_the_same(text):
    lazy, eager = later("[가-힣]+", re.IGNORECASE), re.compile("[가-힣]+", re.IGNORECASE)
    for name in ("findall", "match", "search", "fullmatch", "split"):
        for _ in range(2):
            found, wanted = getattr(lazy, name)(text), getattr(eager, name)(text)
            assert str(found) == str(wanted)
    assert (lazy.pattern, lazy.flags, lazy.groups) == (eager.pattern, eager.flags, eager.groups)


def test_a_pattern_that_is_wrong_says_so_when_it_is_used():
    wrong = later("(")
    with pytest.raises(re.error):
        wrong.search("x")


@pytest.mark.parametrize("room", ["bind", "localise", "preflight", "typeset"])
def test_every_public_name_of_a_room_is_there(room):
    program = (
        f"import yearbook.{room} as room\n"
        "names = [name for name in room.__all__ if name not in ('IMAGE_SCHEME', 'Picture')]\n"
        "print(all(getattr(room, name).__name__ == name for name in names))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr


def test_a_name_that_a_room_has_not_is_an_error_like_any_other():
    with pytest.raises(AttributeError, match="no attribute 'glue'"):
        members_of("yearbook.bind", {})("glue")


@pytest.mark.parametrize(
    ("loaded", "absent"),
    [
        ("yearbook.cli.building", ("weasyprint", "pikepdf", "pygments", "markdown_it", "requests", "segno")),
        ("yearbook.typeset", ("yearbook.typeset.press", "lxml")),
        ("yearbook.preflight.provenance", ("pikepdf",)),
        ("yearbook.render", ("pygments",)),
    ],
)
def test_what_may_not_be_needed_is_not_loaded(loaded, absent):
    program = f"import sys, {loaded}\nprint([name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
