"""The bytes of a bound book: what was written is what the library reads."""

import io

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Object, Stream, String

from yearbook.bind.writing import Writer, name, number_of, numbers, refer, text
from yearbook.errors import EngineError


def whole(writer):
    """All that it writes."""
    pieces = []
    writer.write(pieces.append)
    return b"".join(pieces)


def made(count=3, title="책"):
    """A document with objects of the library's and as many written ones, and where some of them are."""
    document = pikepdf.new()
    document.docinfo["/Title"] = title
    plain = Stream(document, b"library " * 50, Type=Name.Metadata, Subtype=Name.XML)
    packed = document.make_indirect(Dictionary(Of=plain, Kids=Array([1, 2.5, String("가")])))
    document.Root.Own = packed
    writer = Writer(document)
    root, own = number_of(document.Root), number_of(packed)
    added = [writer.add(b"<< /Number %d >>" % number) for number in range(count)]
    program = writer.add_stream(b"q 1 0 0 1 5 0 cm Q\n" * 30, b"/Type /Own")
    later = writer.add()
    writer.fill(later, b"/All [%b]" % refer(*added, program))
    writer.fill(own, b"/Later " + refer(later))
    writer.fill(root, b"/Last " + refer(added[-1]))
    return writer


def read(written):
    return pikepdf.open(io.BytesIO(written))


@pytest.mark.parametrize("count", [1, 99, 100, 250])
def test_what_was_written_is_read(count):
    with read(whole(made(count))) as document:
        own = document.Root.Own
        assert [entry.Number for entry in list(own.Later.All)[:count]] == list(range(count))
        assert own.Later.All[count].read_bytes() == b"q 1 0 0 1 5 0 cm Q\n" * 30
        assert (own.Of.read_bytes(), own.Of.Subtype) == (b"library " * 50, Name.XML)
        assert str(own.Kids[2]) == "가"
        assert document.Root.Last.Number == count - 1
        assert document.docinfo["/Title"] == "책"
        assert document.check_pdf_syntax() == []


def test_the_same_is_written_in_the_same_bytes_and_anything_else_is_known_by_another_name():
    one, again, other = whole(made()), whole(made()), whole(made(title="다른 책"))
    assert one == again
    with read(one) as first, read(other) as second:
        assert bytes(first.trailer.ID[0]) == bytes(first.trailer.ID[1]) != bytes(second.trailer.ID[0])


def test_small_objects_stand_together_and_streams_are_compressed():
    written = whole(made(250))
    assert written.count(b"/Type /ObjStm") == 3
    assert b"library" not in written
    assert b"/Number" not in written


@given(st.text())
def test_a_string_is_read_as_it_was(value):
    assert str(Object.parse(text(value))) == str(String(value))


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_a_name_is_read_as_it_was(value):
    assert Object.parse(name(value)) == Name("/" + value)


@given(st.floats(-1e6, 1e6))
def test_a_number_is_read_as_it_was_but_for_its_last_decimals(value):
    written = numbers(value)
    assert abs(float(written) - value) <= 0.000_51
    assert b"e" not in written
    assert written != b"-0"


@pytest.mark.parametrize("length", [0, 1, 159, 160, 4000])
def test_what_is_too_short_to_get_shorter_is_written_as_it_is(length):
    content = b"0" * length
    document = pikepdf.new()
    document.docinfo["/Title"] = "책"
    writer = Writer(document)
    root, own = number_of(document.Root), writer.add_stream(content, b"/Type /Own")
    writer.fill(root, b"/Own " + refer(own))
    with read(whole(writer)) as found:
        assert found.Root.Own.read_bytes() == content
        assert ("/Filter" in found.Root.Own) == (length >= 160)
        assert found.check_pdf_syntax() == []


def test_a_picture_stays_in_its_file_and_counts_for_the_identifier_by_what_is_known_of_it(tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(b"head, pixels and more")

    def found(parts, known):
        document = pikepdf.new()
        document.docinfo["/Title"] = "책"
        writer = Writer(document)
        root, own = number_of(document.Root), writer.add_file(path, parts, b"/Own true", known_as=known)
        writer.fill(root, b"/Own " + refer(own))
        with read(whole(writer)) as read_back:
            assert read_back.check_pdf_syntax() == []
            return read_back.Root.Own.read_raw_bytes(), bytes(read_back.trailer.ID[0])

    (all_of_it, first), (middle, same) = found([(0, 21)], "a"), found([(6, 9), (9, 12)], "a")
    assert (all_of_it, middle) == (b"head, pixels and more", b"pixels")
    assert first == found([(0, 21)], "a")[1] != found([(0, 21)], "b")[1]
    assert first != same  # another length moves what stands behind it
    with pytest.raises(EngineError, match="changed while"):
        found([(0, 22)], "a")
