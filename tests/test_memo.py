"""What is remembered, and for how long."""

import copy
import os
import pickle
import subprocess
import time
from dataclasses import dataclass
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yearbook.memo import Memo, digest_of, dumps, loads
from yearbook.typeset.values import Leaf, Link

HOUR = 3600


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_what_was_not_used_for_longest_is_forgotten_first_and_that_once_an_hour(tmp_path):
    memo = Memo(tmp_path, cap_bytes=25_000)
    for number, key in enumerate(("aa1", "bb2", "cc3")):
        memo.put(key, "x" * 10_000)
        age(tmp_path / key[:1] / key[1:], 100 - number)
    memo.get("aa1")
    memo.prune()
    assert [memo.get(key) is None for key in ("aa1", "bb2", "cc3")] == [False, True, False]

    memo.put("dd4", "x" * 10_000)
    memo.prune()
    assert memo.status().entries == 3  # looked through within the hour
    age(tmp_path / ".pruned", HOUR + 1)
    memo.prune()
    assert memo.status().entries == 2


def test_a_draft_that_a_killed_build_left_goes_and_one_at_work_stays(tmp_path):
    memo = Memo(tmp_path)
    memo.put("aa1", 1)
    old, new = tmp_path / "a" / ".new-old", tmp_path / "a" / ".new-now"
    for draft in (old, new):
        draft.write_bytes(b"half")
    age(old, HOUR + 1)
    memo.prune()
    assert (old.exists(), new.exists(), memo.get("aa1")) == (False, True, 1)


def test_a_damaged_entry_is_no_entry(tmp_path):
    memo = Memo(tmp_path)
    memo.put("aa1", ("kept", 1))
    path = tmp_path / "a" / "a1"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    assert memo.get("aa1") is None
    path.write_bytes(b"")
    assert memo.get("aa1") is None


def test_what_is_read_is_what_was_remembered_and_nothing_else(tmp_path):
    leaf = Leaf(
        name="text", content=b"q Q", size_pt=(400.0, 600.0), bleed_pt=(0.0,) * 4, has_margin=True,
        links=(Link(box_pt=(1.0, 2.0, 3.0, 4.0), target="post-a", inside=True),),
        anchors={"post-a": (1.0, 2.0)}, bookmarks=(), sheet=None,
    )  # fmt: skip
    assert loads(dumps([leaf, {"a": leaf}, frozenset({1})])) == [leaf, {"a": leaf}, frozenset({1})]


class Odd:
    """No value of the house's."""


@dataclass(frozen=True, slots=True)
class OddToo:
    """A dataclass, but none of a remembered value's."""

    number: int


@pytest.mark.parametrize("value", [Odd(), OddToo(1), os.system, subprocess.Popen, pickle.Unpickler])
def test_what_could_run_anything_is_refused(value):
    for written in (pickle.dumps(value), dumps(value)):
        with pytest.raises(pickle.UnpicklingError, match="is not a plain value"):
            loads(written)


@pytest.mark.parametrize("kind", ["yearbook.typeset.values\nNamed", "builtins\nfrozenset"])
@pytest.mark.parametrize("fields", [b"", b"I1\nI2\n"])
def test_a_value_of_a_class_with_other_fields_is_refused(kind, fields):
    with pytest.raises(pickle.UnpicklingError, match="has other fields"):
        loads(b"\x80\x05cyearbook.memo\n_remade\n(c" + kind.encode() + b"\n" + fields + b"tR.")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.frozensets(st.text()),
)


@given(one=values, other=values)
@example(one=[], other=frozenset())
def test_different_values_have_different_digests_and_equal_ones_the_same(one, other):
    assert digest_of(one) == digest_of(copy.deepcopy(one))
    assert (digest_of(one) == digest_of(other)) == is_same(one, other)


def is_same(one, other):
    """Whether two values are the same, their types too, whatever the order of sets and tables."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, frozenset):
        return isinstance(other, frozenset) and one == other
    return repr(one) == repr(other)


def test_a_digest_is_taken_once_of_the_same_object(tmp_path):
    memo, value = Memo(tmp_path), ["a"]
    assert memo.digest(value) == digest_of(["a"])
    memo.know(value, "as it was")
    assert (memo.digest(value), memo.digest(["a"])) == ("as it was", digest_of(["a"]))
    memo.prune()
    assert memo.digest(value) == digest_of(["a"])


def test_a_table_is_known_from_a_list_of_its_pairs():
    assert digest_of({"a": 1}) == digest_of(MappingProxyType({"a": 1})) != digest_of([("a", 1)])
