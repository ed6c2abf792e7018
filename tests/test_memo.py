"""What is remembered, and for how long."""

import os
import time

from yearbook.memo import Memo

HOUR = 3600


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_what_was_not_used_for_longest_is_forgotten_first_and_that_once_an_hour(tmp_path):
    memo = Memo(tmp_path, cap_bytes=25_000)
    for number, key in enumerate(("aa1", "bb2", "cc3")):
        memo.put(key, "x" * 10_000)
        age(tmp_path / key[:2] / key[2:], 100 - number)
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
    old, new = tmp_path / "aa" / ".new-old", tmp_path / "aa" / ".new-now"
    for draft in (old, new):
        draft.write_bytes(b"half")
    age(old, HOUR + 1)
    memo.prune()
    assert (old.exists(), new.exists(), memo.get("aa1")) == (False, True, 1)


def test_a_damaged_entry_is_no_entry(tmp_path):
    memo = Memo(tmp_path)
    memo.put("aa1", ("kept", 1))
    path = tmp_path / "aa" / "1"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    assert memo.get("aa1") is None
    path.write_bytes(b"")
    assert memo.get("aa1") is None
