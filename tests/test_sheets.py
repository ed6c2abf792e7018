"""What pages say of themselves: the same, whether it is read as text or asked entry by entry."""

import io
import re

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String

from yearbook.preflight import sheets
from yearbook.preflight.facts import Runs, TextRun
from yearbook.preflight.sheets import Note, read_sheets

NOTES = {
    "place": lambda _: Dictionary(Subtype=Name.Link, Dest=String("post-a")),
    "odd place": lambda _: Dictionary(Subtype=Name.Link, Dest=String("글 (가) \\ >> /Dest (b")),
    "named": lambda _: Dictionary(Subtype=Name.Link, Dest=Name("/post-a")),
    "address": lambda _: Dictionary(Subtype=Name.Link, A=uri("https://a.example/?b=c&d#e")),
    "odd address": lambda _: Dictionary(Subtype=Name.Link, A=uri("https://a.example/(b)\\>> >>")),
    "both": lambda _: Dictionary(Subtype=Name.Link, A=uri("https://a.example/"), Dest=String("post-a")),
    "page": lambda document: Dictionary(Subtype=Name.Link, Dest=Array([document.pages[0].obj, Name.Fit])),
    "no page": lambda document: Dictionary(
        Subtype=Name.Link, Dest=Array([document.make_indirect(Dictionary(Type=Name.Page)), Name.Fit])
    ),
    "go": lambda _: Dictionary(Subtype=Name.Link, A=Dictionary(S=Name.GoTo, D=String("post-b"))),
    "script": lambda _: Dictionary(
        Subtype=Name.Link, A=Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    ),
    "file": lambda _: Dictionary(Subtype=Name.FileAttachment, Contents=String("x")),
    "nothing": lambda _: Dictionary(Subtype=Name.Link),
}


def uri(address):
    return Dictionary(S=Name.URI, Type=Name.Action, URI=String(address))


def opened(document):
    stream = io.BytesIO()
    document.save(stream)
    return pikepdf.open(stream)


def asked(document, monkeypatch):
    """What the library says when it is asked for each entry."""
    with monkeypatch.context() as patch:
        patch.setattr(sheets, "entries_of", lambda _: None)
        patch.setattr(sheets, "_LINK", re.compile(b"(?!)"))
        return facts(read_sheets(document))


def facts(found):
    return [
        (s.media, s.trim, s.bleed, s.rotation, s.resources.objgen, s.notes, [t.objgen for t in s.streams])
        for s in found
    ]


box = st.lists(st.integers(-40, 1200).map(lambda n: n / 2), min_size=4, max_size=4)


@given(
    notes=st.lists(st.tuples(st.sampled_from(sorted(NOTES)), st.booleans(), st.booleans()), max_size=6),
    boxes=st.dictionaries(st.sampled_from(["/TrimBox", "/BleedBox", "/MediaBox"]), box),
    far=st.sets(st.sampled_from(["/Annots", "/MediaBox", "/Contents", "/Resources"])),
    rotation=st.sampled_from([None, 0, 90, -90, 450]),
)
def test_a_plain_page_is_read_as_it_is_when_asked(notes, boxes, far, rotation):
    document = pikepdf.new()
    for _ in range(2):
        document.add_blank_page(page_size=(400, 600))
    page = document.pages[1].obj
    page.Contents = Array([document.make_stream(b"q"), document.make_stream(b"Q")])
    page.Resources = Dictionary(Font=Dictionary())
    for name, values in boxes.items():
        page[name] = Array(values)
    if rotation is not None:
        page.Rotate = rotation
    made = [(NOTES[name](document), is_styled, is_far) for name, is_styled, is_far in notes]
    for note, is_styled, _ in made:
        note.Type, note.Rect = Name.Annot, Array([1, 2.5, 30, 4])
        if is_styled:
            note.BS = Dictionary(W=0)
    page.Annots = Array([document.make_indirect(note) if is_far else note for note, _, is_far in made])
    for name in far:
        page[name] = document.make_indirect(page[name])
    with opened(document) as read, pytest.MonkeyPatch.context() as patch:
        assert facts(read_sheets(read)) == asked(read, patch)


def test_a_page_of_ours_is_read_as_text(monkeypatch):
    document = pikepdf.new()
    document.add_blank_page(page_size=(400, 600))
    page = document.pages[0].obj
    page.Contents = Array([document.make_stream(b"q Q")])
    page.Resources = document.make_indirect(Dictionary())
    for name in ("place", "address"):
        note = NOTES[name](document)
        note.Type, note.Rect, note.BS = Name.Annot, Array([1, 2.5, 30, 4]), Dictionary(W=0)
        page.Annots = Array([*page.get("/Annots", ()), document.make_indirect(note)])
    monkeypatch.setattr(sheets, "_any_sheet", None)
    monkeypatch.setattr(sheets, "_any_note", None)
    with opened(document) as read:
        assert read_sheets(read)[0].notes == (
            Note(kind="Link", target="post-a"),
            Note(kind="Link", action="URI", address="https://a.example/?b=c&d#e"),
        )


run = st.builds(TextRun, *[st.floats(-900, 900)] * 4, st.floats(1, 90), st.sampled_from([0.0, 0.0, 3.5]))


@given(first=st.lists(run, max_size=4), then=st.lists(run, max_size=4))
def test_runs_are_what_they_were_made_of(first, then):
    both = [*first, *then]
    runs = Runs.of(first).add(Runs.of(then))
    assert list(runs) == both
    assert bool(runs) == bool(both)
    for low, high in ((0, 0), (-50, 50), (10, 700), (-1e9, 1e9)):
        beyond = [run for run in both if run.low < low or run.high > high]
        assert runs.beyond(low, high) == Runs.of(both).beyond(low, high) == beyond
    assert runs.are_hidden == any(run.hidden for run in both)
    around = both and (
        min(run.left for run in both), min(run.low for run in both),
        max(run.right for run in both), max(run.high for run in both),
    )  # fmt: skip
    assert runs.reach == (around or None)
    moved = Runs.of(first).add(Runs.of(then), -7.125)
    aside = [run._replace(left=run.left - 7.125, right=run.right - 7.125) for run in first]
    assert list(moved) == [*aside, *then]
    assert moved.beyond(0, 0) == Runs.of([*aside, *then]).beyond(0, 0)
    assert moved.reach == Runs.of([*aside, *then]).reach
