"""Killed, doubled, interrupted: the small version of `make crashes`, which does the same fifty times."""

import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import crash_kit
import crashes

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc"),
]


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    """A blog, a slow server of pictures, and what an undisturbed build gives."""
    work = tmp_path_factory.mktemp("yard").resolve()
    crash_kit.write_blog(work / "blog", posts=4, paragraphs=6)
    with crash_kit.slow_server() as server:
        yield work, work / "blog", server, crashes.undisturbed(work, work / "blog", server)


def test_after_five_kills_the_next_build_is_as_if_nothing_had_been(yard):
    work, blog, server, clean = yard
    moments = crashes.kills(5, 7, work, blog, server, clean)
    assert [moment.wrong for moment in moments] == [()] * 5
    assert {(moment.what, moment.group) for moment in moments} >= {("build", True), ("build", False)}


def test_a_moment_that_is_not_recovered_from_is_told(yard):
    work, blog, server, clean = yard
    place = crashes.fresh(work, "other", blog, server)
    (place.blog / "content/0.md").unlink()
    moment = crashes.kill_one("build", True, 0.3, place, clean)
    assert "other bytes than those of an undisturbed build" in moment.wrong


def test_moments_are_spread_over_the_whole_run():
    chosen = crashes.plan(50, crashes.random.Random(1))
    for what, number in (("build", 30), ("fetch", 20)):
        shares = sorted(share for name, _, share in chosen if name == what)
        assert [int(share * number) for share in shares] == list(range(number))
        groups = [group for name, group, _ in chosen if name == what]
        assert groups.count(True) == groups.count(False) == number / 2


def test_two_builds_at_once_give_the_bytes_of_one(yard):
    work, blog, server, clean = yard
    assert [crashes.pair(number, work, blog, server, clean) for number in range(2)] == [[], []]


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_build_whose_workers_are_busy(yard, number, group, tmp_path):
    work, _, server, _ = yard
    blog = work / "long"
    if not blog.exists():
        crash_kit.write_blog(blog, posts=3, paragraphs=1500)
    _, wrong = crashes.interrupt(number, group, 0.5, crashes.fresh(tmp_path, "place", blog, server))
    assert wrong == []
