"""Writes a PDF: what the library made, and what a book has thousands of as text (pages, links, places).

Made object by object, each entry of each page is a call of the library (decision 0085). The file is of the
same kind as the library's: small objects stand a hundred to a stream, compressed, with a table of
cross-references that is a stream, too (PDF 1.5).
"""

import functools
import hashlib
import itertools
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pikepdf import Name, Object, Pdf, Stream, String

from yearbook.errors import EngineError

_HEAD = b"%PDF-1.5\n%\xbf\xf7\xa2\xfe\n"
"""The second line says that the file is no text."""
_IN_ONE_STREAM = 100
"""A reader unpacks all of a stream for one object in it."""
_HOLDER_LEVEL = 3
"""Half the time of the usual level, for two thousandths of the file's size."""
_SHORT_BYTES = 160
"""What is shorter gets no smaller by more than it takes to say that it is compressed."""
_FREE, _PLAIN, _PACKED = 0, 1, 2
_PLACE = struct.Struct(">BQH")
"""Kind of an object; where it is, or in which stream; how manieth there."""
_LAST_GENERATION = 65535
_IDENTIFIER_LETTERS = 32
"""Sixteen bytes, as readers expect."""
_SAFE_NAME = re.compile(r"[\w.+-]+", re.ASCII)
_SAFE_TEXT = re.compile(r"[ -'*-\[\]-~]*")


class _Filed(NamedTuple):
    """A stream that stays in a file until it is written."""

    path: Path
    parts: Sequence[tuple[int, int]]
    entries: bytes
    known_as: str


class Writer:
    """A PDF that grows object by object, from where the library's document ends.

    Nothing may be added to the document afterwards, but to objects that it has.
    """

    def __init__(self, document: Pdf) -> None:
        self._document = document
        self._info = number_of(document.docinfo)
        self._first = len(document.objects) + 1
        self._added: list[bytes | _Filed] = []
        self._filled: dict[int, bytes] = {}

    def add(self, written: bytes = b"<< >>") -> int:
        """Adds an object as it is to be written; gives its number."""
        self._added.append(written)
        return self._first + len(self._added) - 1

    def add_stream(
        self, content: bytes, entries: bytes = b"", *, is_packed: bool = False, says_how: bool = False
    ) -> int:
        """Adds a stream; gives its number.

        Args:
            content: what is in it.
            entries: what is said of it.
            is_packed: whether it is compressed already; else it is now, if that is worth saying so.
            says_how: whether the entries say how it is packed, because it is so in another way than others.
        """
        if not is_packed and len(content) < _SHORT_BYTES:
            return self.add(_stream(content, entries))
        packed = content if is_packed else zlib.compress(content)
        return self.add(_stream(packed, entries if says_how else b"/Filter /FlateDecode " + entries))

    def add_file(
        self, path: Path, parts: Sequence[tuple[int, int]], entries: bytes, *, known_as: str
    ) -> int:
        """Adds a stream that is read from a file only when it is written; gives its number.

        Args:
            path: the file.
            parts: first and last offset of each part of it that is taken.
            entries: what is said of the stream, how it is packed included.
            known_as: a digest of what is in it, which the file's identifier is made of instead.
        """
        self._added.append(_Filed(path=path, parts=parts, entries=entries, known_as=known_as))
        return self._first + len(self._added) - 1

    def fill(self, number: int, entries: bytes) -> None:
        """Puts more entries into a dictionary of the document's, or says what is in an added one."""
        if number >= self._first:
            self._added[number - self._first] = b"<< %b >>" % entries
        else:
            self._filled[number] = entries

    def write(self, put: Callable[[bytes], object]) -> None:
        """Hands the whole file on, piece by piece; the document is closed.

        Raises:
            EngineError: a file with a stream in it is no longer as it was.
        """
        at, digest = 0, hashlib.sha256()
        count = self._first - 1 + len(self._added)
        places: list[tuple[int, int, int]] = [(_FREE, 0, _LAST_GENERATION)] * (count + 1)
        small: list[tuple[int, bytes]] = []

        def hand_on(pieces: Iterable[bytes]) -> None:
            nonlocal at
            for piece in pieces:
                put(piece)
                at += len(piece)

        def put_stream(number: int, written: bytes | _Filed) -> None:
            places[number] = (_PLAIN, at, 0)
            if isinstance(written, _Filed):
                digest.update(written.known_as.encode())
                hand_on((b"%d 0 obj\n" % number, *_from_file(written), b"\nendobj\n"))
            else:
                digest.update(written)
                hand_on((b"%d 0 obj\n%b\nendobj\n" % (number, written),))

        hand_on((_HEAD,))
        with self._document as document:
            trailer = {"Root": number_of(document.Root), "Info": self._info}
            for number, written in enumerate(itertools.chain(self._made(document), self._added), start=1):
                if isinstance(written, _Filed) or written.endswith(b"endstream"):
                    put_stream(number, written)
                else:
                    small.append((number, written))
        for first in range(0, len(small), _IN_ONE_STREAM):
            held = small[first : first + _IN_ONE_STREAM]
            holder = len(places)
            for index, (number, _) in enumerate(held):
                places[number] = (_PACKED, holder, index)
            places.append((_FREE, 0, 0))
            put_stream(holder, _holder(held))
        table = b"".join([_PLACE.pack(*place) for place in (*places, (_PLAIN, at, 0))])
        digest.update(table)
        identifier = digest.hexdigest()[:_IDENTIFIER_LETTERS]
        hand_on((_ending(table, len(places), at, trailer, identifier),))

    def _made(self, document: Pdf) -> Iterator[bytes]:
        """The document's own objects, in the order of their numbers."""
        for number in range(1, self._first):
            made = document.get_object(number, 0)
            more = self._filled.get(number, b"")
            if isinstance(made, Stream):
                yield _library_stream(made)
            elif more:
                yield b"<< %b %b" % (more, made.unparse(resolved=True)[3:])
            else:
                yield made.unparse(resolved=True)


def _stream(content: bytes, entries: bytes) -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(content), content)


def _from_file(filed: _Filed) -> tuple[bytes, ...]:
    length = sum(last - first for first, last in filed.parts)
    data = filed.path.read_bytes()
    taken = [data] if filed.parts == ((0, len(data)),) else [data[first:last] for first, last in filed.parts]
    if sum(map(len, taken)) != length:
        message = "a picture changed while the book was bound"
        raise EngineError(message, where=str(filed.path), hint="build the book again")
    return b"<< %b /Length %d >>\nstream\n" % (filed.entries, length), *taken, b"\nendstream"


def _library_stream(made: Stream) -> bytes:
    """A stream of the library's, compressed if it is not."""
    content, entries = bytes(made.read_raw_bytes()), made.stream_dict
    if "/Length" in entries:
        del entries["/Length"]
    if "/Filter" not in entries:
        content, entries["/Filter"] = zlib.compress(content), Name.FlateDecode
    return _stream(content, entries.unparse(resolved=True)[3:-3])


def _holder(held: Sequence[tuple[int, bytes]]) -> bytes:
    """Small objects in one stream, after a list of where each begins."""
    at, index = 0, []
    for number, written in held:
        index.append(b"%d %d" % (number, at))
        at += len(written) + 1
    head = b" ".join(index) + b"\n"
    body = zlib.compress(head + b"\n".join([written for _, written in held]), _HOLDER_LEVEL)
    return _stream(body, b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(held), len(head)))


def _ending(table: bytes, number: int, at: int, trailer: Mapping[str, int], digest: str) -> bytes:
    """The table of where each object is, with an identifier made of all that stands before it."""
    said = b" ".join([b"%b %b" % (name(key), refer(of)) for key, of in trailer.items()])
    entries = b"/Type /XRef /Size %d /W [1 8 2] %b /ID [<%b> <%b>] /Filter /FlateDecode" % (
        number + 1, said, digest.encode(), digest.encode(),
    )  # fmt: skip
    stream = _stream(zlib.compress(table), entries)
    return b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, stream, at)


# ---------------------------------------------------------------------------------------------- values


def text(value: str) -> bytes:
    r"""A string as it is written in a PDF.

    >>> text("post-a"), text("a (b)")
    (b'(post-a)', b'(a \\(b\\))')
    """
    return b"(%b)" % value.encode() if _SAFE_TEXT.fullmatch(value) else String(value).unparse()


@functools.lru_cache(maxsize=10_000)
def name(value: str) -> bytes:
    """A name as it is written in a PDF.

    >>> name("head-1"), name("a b")
    (b'/head-1', b'/a#20b')
    """
    return b"/" + value.encode() if _SAFE_NAME.fullmatch(value) else Name(f"/{value}").unparse()


def numbers(*values: float, decimals: int = 3) -> bytes:
    """Numbers as they are written in a PDF.

    >>> numbers(1.5, 360, -0.0001)
    b'1.5 360 0'
    """
    return " ".join([_number(value, decimals) for value in values]).encode()


@functools.lru_cache(maxsize=20_000)
def _number(value: float, decimals: int) -> str:
    short = f"{value:.{decimals}f}"
    short = short.rstrip("0").rstrip(".") if "." in short else short
    return "0" if short == "-0" else short


def refer(*objects: int) -> bytes:
    """References to objects by their numbers.

    >>> refer(3, 12)
    b'3 0 R 12 0 R'
    """
    return b" ".join([b"%d 0 R" % number for number in objects])


def number_of(made: Object) -> int:
    """The number of an object that the library has in its document."""
    return made.objgen[0]
