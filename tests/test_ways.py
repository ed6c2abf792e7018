"""Places and outline read as text are those that the library reads, and what is not plain is left to it."""

import io
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, OutlineItem, String

from yearbook.preflight import ways

NAMES = ("post-a", "a (b) \\ c", "post-가나", "한-\U0001f600", "", "é", "post-z")
FIT = [Name.XYZ, 0, 10.5, 0]


def book(*, nested: bool = False) -> bytes:
    """Three pages, a place for each name, and an outline of two levels."""
    made = pikepdf.new()
    for _ in range(3):
        made.add_blank_page(page_size=(100, 100))
    pages = [page.obj for page in made.pages]
    listed: list[Any] = []
    for number, name in enumerate(sorted(NAMES, key=lambda name: bytes(String(name)))):
        listed += [String(name), Array([pages[number % 3], *FIT])]
    tree = Dictionary(Names=Array(listed))
    if nested:
        leaf = Dictionary(Names=Array(listed), Limits=Array(listed[::12]))
        tree = Dictionary(Kids=Array([made.make_indirect(leaf)]))
    made.Root.Names = Dictionary(Dests=made.make_indirect(tree))
    with made.open_outline() as outline:
        for title in ("차례", "A 1", "끝 \U0001f600" if nested else "끝"):
            entry = OutlineItem(title)
            entry.destination = Array([pages[1], *FIT])
            outline.root.append(entry)
            below = OutlineItem(f"{title} – 아래")
            below.destination = Array([pages[2], *FIT])
            entry.children.append(below)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def found_in(content: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[ways.Ways, ways.Ways, list[bool]]:
    """What is found, what the library finds, and what of places and outline was plain."""
    was_plain: list[bool] = []

    def noting(read: Any) -> Any:
        def noted(*given: Any) -> Any:
            found = read(*given)
            was_plain.append(found is not None)
            return found

        return noted

    results = []
    for is_asked in (False, True):
        with monkeypatch.context() as patch, pikepdf.open(io.BytesIO(content)) as document:
            for name in ("_plain_places", "_plain_outline"):
                read = (lambda *_: None) if is_asked else noting(getattr(ways, name))
                patch.setattr(ways, name, read)
            results.append(ways.find_ways(document, list(document.pages)))
    return results[0], results[1], was_plain


def change(content: bytes, how: Any) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as document:
        how(document)
        written = io.BytesIO()
        document.save(written)
    return written.getvalue()


def test_what_is_plain_is_read_as_the_library_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = {name for name in NAMES if name.isascii() and "\\" not in name} | {"post-가나"}

    def leave_plain(document: pikepdf.Pdf) -> None:
        tree = document.Root.Names.Dests.Names
        pairs = [(tree[n], tree[n + 1]) for n in range(0, len(tree), 2)]
        kept = [own for pair in pairs if str(pair[0]) in plain for own in pair]
        document.Root.Names.Dests.Names = Array(kept)

    ours, theirs, was_plain = found_in(change(book(), leave_plain), monkeypatch)
    assert ours == theirs
    assert was_plain == [True, True]
    assert set(ours[0]) == plain
    assert [title for title, _ in ours[1]][:3] == ["차례", "차례 – 아래", "A 1"]


@pytest.mark.parametrize("nested", [False, True])
def test_what_is_not_plain_is_left_to_the_library(nested: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs, was_plain = found_in(book(nested=nested), monkeypatch)
    assert ours == theirs
    assert set(ours[0]) == set(NAMES)
    assert was_plain == [False, not nested]


def test_an_outline_in_a_ring_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def tie(document: pikepdf.Pdf) -> None:
        document.Root.Outlines.First.Next.Next = document.Root.Outlines.First

    _, _, was_plain = found_in(change(book(), tie), monkeypatch)
    assert was_plain[1] is False


def test_a_place_on_no_page_of_the_book_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(document: pikepdf.Pdf) -> None:
        del document.pages[2]

    ours, theirs, was_plain = found_in(change(book(), lose), monkeypatch)
    assert ours == theirs
    assert was_plain == [False, False]
    assert 0 in ours[0].values()
