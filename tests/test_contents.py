"""How pages are followed: sooner where programs are plain, with the same result; remembered without feet."""

import io
import os
import shutil
import sys

import pikepdf
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream

from yearbook import halves
from yearbook.memo import Memo, digest_of, fingerprint
from yearbook.preflight import read
from yearbook.preflight.contents import Follower, fetch_ahead
from yearbook.preflight.read import read_facts
from yearbook.preflight.sheets import read_sheets

number = st.integers(-40, 400).map(lambda n: f"{n / 2:g}")
STEPS = st.one_of(
    st.sampled_from(["q", "Q", "BT", "ET", "W n", "f", "S", "h", "T*", "/Im Do", "/a gs", "0 0 0 rg"]),
    st.builds("{} 0 0 {} {} {} cm".format, number, number, number, number),
    st.builds("1 0 0 -1 {} {} Tm".format, number, number),
    st.builds("{} {} Td".format, number, number),
    st.builds("/F {} Tf".format, number),
    st.builds("{} Tc".format, number),
    st.builds("{} {} {} {} re".format, number, number, number, number),
    st.builds("{} {} m".format, number, number),
    st.builds("[<00410042>{}<0043>] TJ".format, number),
    st.just("<0041004200> Tj"),
    st.just("(AB\\)C) Tj"),
)


def add_page(document, *programs):
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/ABCDEF+F"),
        DescendantFonts=Array([Dictionary(DW=500, W=Array([65, Array([400, 600])]))]),
    )  # fmt: skip
    picture = Stream(document, b"\0", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1)
    resources = Dictionary(Font=Dictionary(F=font), XObject=Dictionary(Im=document.make_indirect(picture)))
    if document.pages:
        resources = document.pages[0].Resources
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, 400, 600]),
        Contents=Array([document.make_stream(program) for program in programs]),
        Resources=resources if document.pages else document.make_indirect(resources),
    )
    document.pages.append(pikepdf.Page(document.make_indirect(page)))
    return document.pages[-1]


@given(steps=st.lists(STEPS, max_size=30), cut=st.integers(0, 30))
@example(steps=["1 0 0 -1 0 0.5 Tm", "/F 1 Tf", "(AB\\)C) Tj"], cut=1)
@example(steps=["0 0 9 9 re", "W n", "0 0 9 9 re", "W n"], cut=1)
def test_a_program_means_the_same_however_it_is_written(steps, cut):
    document = pikepdf.new()
    lines = "\n".join("\n".join(step.split(" n")) if step == "W n" else step for step in steps)
    ways = [
        [lines.replace("W\n", "W\nn")],
        [" ".join(steps)],
        ["\n".join(steps[:cut]), " ".join(steps[cut:])],
        ["% by hand\n" + "\r\n".join(steps)],
    ]
    for way in ways:
        add_page(document, *(part.encode() for part in way))
    found = [Follower().follow(sheet) for sheet in read_sheets(document)]
    assert all(each == found[0] for each in found[1:])


def book(*feet, body=b"BT\n/F 10 Tf\n1 0 0 -1 20 300 Tm\n[<00410042>] TJ\nET\n"):
    document = pikepdf.new()
    for foot in feet:
        add_page(document, b"q\n1 0 0 1 5 0 cm\n", body, foot)
    return saved(document)


def saved(document, **how):
    stream = io.BytesIO()
    document.save(stream, **how)
    return stream.getvalue()


def followed_by(monkeypatch, name):
    """The sheets that are followed by the follower's method of that name from now on."""
    follow, followed = getattr(Follower, name), []

    def counting(self, sheet):
        followed.append(sheet)
        return follow(self, sheet)

    monkeypatch.setattr(Follower, name, counting)
    return followed


def foot(digits, x=30):
    return b"Q\nq\nBT\n/F 8 Tf\n%d 20 Td\n<%b> Tj\nET\nQ\n" % (x, digits)


def test_what_stands_above_the_feet_is_remembered_without_them(tmp_path, monkeypatch):
    memo = Memo(tmp_path)
    read_facts(book(foot(b"0041"), foot(b"0042")), memo)
    later = book(foot(b"0043"), foot(b"00410042", 60))
    plain = read_facts(later)
    monkeypatch.setattr(Follower, "_follow_body", None)  # not asked again
    assert read_facts(later, memo) == plain
    assert [run.left for page in read_facts(later, memo).pages for run in page.runs] == [25, 30, 25, 60]


def test_feet_that_moved_to_other_pages_are_not_followed_again(tmp_path, monkeypatch):
    memo, followed = Memo(tmp_path), followed_by(monkeypatch, "_follow_foot")
    feet = [foot(b"00%02x" % number) for number in range(0x41, 0x49)]
    for first, last, new in ((0, 5, 5), (2, 6, 1), (0, 6, 0), (1, 8, 2), (0, 8, 0)):
        pdf = book(*feet[first:last])
        plain = read_facts(pdf)
        followed.clear()
        assert read_facts(pdf, memo) == plain
        assert len(followed) == new
    other = book(*feet[:1]).replace(b"/ABCDEF+F", b"/ABCDEF+G")
    plain = read_facts(other)
    followed.clear()
    assert read_facts(other, memo) == plain
    assert len(followed) == 1, "its font is another"


def test_feet_of_former_books_are_forgotten_when_they_are_many_more(tmp_path):
    memo = Memo(tmp_path)
    read_facts(book(*(foot(b"0041", x) for x in range(30, 60))), memo)
    read_facts(book(foot(b"0042")), memo)
    kept = memo.get(digest_of("feet", fingerprint(), 0))
    assert sum(map(len, kept.values())) == 1


@pytest.mark.parametrize("odd", [b"BT /F 9 Tf 9 9 Td <0041> Tj ET", b"Q Q BT /F 9 Tf 9 9 Td <0041> Tj ET"])
def test_a_foot_that_stands_on_what_is_above_it_is_read_with_it(tmp_path, odd):
    pdf, memo = book(odd, foot(b"0041")), Memo(tmp_path)
    assert read_facts(pdf, memo) == read_facts(pdf, memo) == read_facts(pdf)


def test_a_changed_body_is_read_again(tmp_path):
    memo = Memo(tmp_path)
    one = book(foot(b"0041"))
    other = book(foot(b"0041"), body=b"q\nBT\n/F 12 Tf\n7 7 Td\n<0041> Tj\nET\nQ\n")
    assert read_facts(one, memo) != read_facts(other, memo) == read_facts(other)


def many(count, name=lambda _: "/ABCDEF+F"):
    """Pages of which each has resources of its own."""
    document = pikepdf.new()
    for number in range(count):
        part = pikepdf.new()
        add_page(part, b"q\n", b"BT\n/F 10 Tf\n%d 300 Td\n<0041> Tj\nET\n" % number, foot(b"0042"))
        part.pages[0].Resources.Font.F.BaseFont = Name(name(number))
        document.pages.extend(part.pages)
    return saved(document)


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process helps itself to a copy")
@pytest.mark.parametrize("dies", [False, True])
def test_a_copy_of_the_process_reads_half_of_the_pages(tmp_path, monkeypatch, dies):
    pdf, memo, own = many(9), Memo(tmp_path), os.getpid()
    plain, follow, counted = read_facts(pdf), Follower._follow_body, []

    def counting(self, sheet):
        if dies and os.getpid() != own:
            os._exit(9)
        counted.append(1)
        return follow(self, sheet)

    monkeypatch.setattr(Follower, "_follow_body", counting)
    monkeypatch.setattr(read, "_PAGES_WORTH_A_COPY", 9)
    monkeypatch.setattr(halves.threading, "active_count", lambda: 1)
    assert read_facts(pdf, memo) == plain
    assert sum(counted) == (9 if dies else 4)
    assert read_facts(pdf, memo) == plain
    assert sum(counted) == (9 if dies else 4)


def test_fonts_of_both_halves_are_one_list_in_the_order_of_use(monkeypatch):
    pdf = many(9, lambda number: f"/ABCDEF+{'FGHG'[number % 4]}")
    plain = read_facts(pdf)
    monkeypatch.setattr(read, "_PAGES_WORTH_A_COPY", 9)
    assert read_facts(pdf).fonts == plain.fonts
    assert [(font.name[-1], font.first_page) for font in plain.fonts] == [("F", 1), ("G", 2), ("H", 3)]


def test_of_pages_with_the_same_resources_only_those_that_changed_are_followed(tmp_path, monkeypatch):
    memo, followed = Memo(tmp_path), followed_by(monkeypatch, "_follow_body")

    def pages(*places):
        document = pikepdf.new()
        for place in places:
            add_page(document, b"q\n", b"BT\n/F 10 Tf\n%d 300 Td\n<0041> Tj\nET\n" % place, foot(b"0041"))
        return saved(document)

    for places, new in (((1, 2, 3), 3), ((1, 9, 3), 1), ((1, 9, 3), 0), ((1, 2, 3), 1), ((3, 2, 1, 2), 0)):
        pdf = pages(*places)
        plain = read_facts(pdf)
        followed.clear()
        assert read_facts(pdf, memo) == plain
        assert len(followed) == new


@pytest.mark.parametrize("order", [0, 1])
def test_a_foot_that_takes_nothing_back_is_no_foot_of_a_page_that_moved(tmp_path, order):
    """The same above both feet, and both feet alike but for that."""
    plain = foot(b"0041").removeprefix(b"Q\n")
    pair = [book(foot(b"0041")), book(plain)]
    memo = Memo(tmp_path)
    for pdf in pair[:: 1 - 2 * order] * 2:
        assert read_facts(pdf, memo) == read_facts(pdf)
    assert read_facts(pair[0]) != read_facts(pair[1])


def aside(moves, body=b"BT\n/F 10 Tf\n20 300 Td\n[<00410042>] TJ\nET\n", under=b""):
    """Pages that are moved by streams which stand in the file as they are."""
    document = pikepdf.new()
    for move in moves:
        add_page(document, move, body, under or foot(b"0041"))
    return saved(document, compress_streams=False)


def test_a_page_that_goes_to_the_other_side_is_not_followed_again(tmp_path, monkeypatch):
    memo, followed = Memo(tmp_path), followed_by(monkeypatch, "_follow_body")
    right, left = b"q\n1 0 0 1 5.25 0 cm\n", b"q\n1 0 0 1 -5.25 0 cm\n"
    for moves, new in (((right, left), 1), ((left, right), 0)):
        pdf = aside(moves)
        plain = read_facts(pdf)
        followed.clear()
        assert read_facts(pdf, memo) == plain
        assert len(followed) == new
        lefts = [next(iter(page.runs)).left for page in plain.pages]
        assert lefts == [25.25 if move == right else 14.75 for move in moves]


@pytest.mark.parametrize(
    ("move", "body", "under"),
    [
        (b"q\n1 0 0 1 5 0 cm\n", b"q BT /F 10 Tf 20 300 Td <0041> Tj ET\n", foot(b"0041")),
        (b"q\n1 0 0 1 5 0 cm\n", b"Q BT /F 10 Tf 20 300 Td <0041> Tj ET\n", foot(b"0041")),
        (b"q\n1 0 0 1 5 0 cm\n", b"BT /F 10 Tf 20 300 Td <0041> Tj ET\n", b"BT /F 8 Tf 9 9 Td <0042> Tj ET"),
        (b"q\n1 0 0 1 5 0 cm\n", b"Q q BT /F 10 Tf 20 300 Td <0041> Tj ET Q\n", foot(b"0041")),
        (b"q\n1 0 0 1 5 0 cm\n", b"Q q BT /F 10 Tf 20 300 Td <0041> Tj ET\n", foot(b"0041")),
        (b"q\n2 0 0 1 5 0 cm\n", b"BT /F 10 Tf 20 300 Td <0041> Tj ET\n", foot(b"0041")),
        (b"q\n1 0 0 1 5 0 cm\n1 0 0 1 5 0 cm\n", b"BT /F 10 Tf 20 300 Td <0041> Tj ET\n", foot(b"0041")),
    ],
)
def test_what_only_looks_as_if_it_moved_aside_is_followed_as_it_stands(tmp_path, move, body, under):
    """The text stands where pages of one stream say it does."""
    pdf, memo = aside([move], body, under), Memo(tmp_path)
    document = pikepdf.new()
    add_page(document, move + body + under)
    whole = [list(page.runs) for page in read_facts(saved(document)).pages]
    for _ in range(2):
        assert [list(page.runs) for page in read_facts(pdf, memo).pages] == whole
    assert [list(page.runs) for page in read_facts(pdf).pages] == whole


def test_what_is_remembered_of_pages_is_read_before_it_is_asked_for(tmp_path, monkeypatch):
    pdf, memo = many(6), Memo(tmp_path)
    plain = read_facts(pdf, memo)
    later = Memo(tmp_path)
    fetch_ahead(later)
    shutil.rmtree(tmp_path)
    for name in ("_follow_body", "_follow_foot"):
        monkeypatch.setattr(Follower, name, None)  # not asked again
    assert read_facts(pdf, later) == plain


def test_where_nothing_is_remembered_nothing_is_read_ahead(tmp_path):
    fetch_ahead(Memo(tmp_path / "none"))
    assert read_facts(many(2), Memo(tmp_path / "none")) == read_facts(many(2))
