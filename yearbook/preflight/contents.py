"""Follows what one page draws: where text stands, how large pictures are. Only `read` calls this.

A page's stream is a small program. It is followed only as far as position, size and what is hidden depend on
it; colour and the shape of letters are passed over, and a clipping area counts as the rectangle around it.
"""

import hashlib
import itertools
import operator
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any, TypeVar

import pikepdf

from yearbook.memo import Album, Memo, digest_of, fingerprint
from yearbook.preflight.clip import Matrix, Outline, around, hidden_ink, meet, multiply
from yearbook.preflight.facts import Drawn, PlacedPicture, Rectangle, Runs, TextRun
from yearbook.preflight.sheets import Sheet, entries_in, entries_of, numbers_in
from yearbook.value import dataclass

_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_OPERATORS = "q Q cm Do BT Tm Td TD T* TL Tc Tw Tr Tf Tj TJ ' \" S s f F f* B B* b b* sh re m l c v y W W* n"
_FOLLOWED = frozenset(_OPERATORS.encode().split())
_ENDS = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "n"})
"""What ends a path; all but the last paint."""
_PATHS = frozenset({"re", "m", "l", "c", "v", "y", "W", "W*"})
_UNSEEN = {b"gs": 1, b"rg": 3, b"RG": 3, b"g": 1, b"G": 1, b"k": 4, b"K": 4, b"w": 1, b"J": 1, b"j": 1,
           b"M": 1, b"cs": 1, b"CS": 1, b"h": 0, b"i": 1, b"ri": 1, b"Tz": 1, b"Ts": 1, b"ET": 0,
           b"EMC": 0}  # fmt: skip
"""What changes neither place nor size, with the number of operands."""
_MARKS = frozenset({b"BMC", b"BDC"})
_COUNTS = {"cm": 6, "Do": 1, "Tm": 6, "Td": 2, "TD": 2, "TL": 1, "Tc": 1, "Tw": 1, "Tr": 1, "Tf": 2, "Tj": 1,
           "TJ": 1, "sh": 1, "re": 4, "m": 2, "l": 2, "c": 6, "v": 4, "y": 4}  # fmt: skip
"""Operands of what is followed; what is not here has none, and `'` and `"` are never written so plainly."""
_SHOWS = frozenset({"Tj", "TJ"})
_LINES = {
    **{name.encode(): (name, _COUNTS.get(name, 0)) for name in _OPERATORS.split() if name not in {"'", '"'}},
    **{name: ("", count) for name, count in _UNSEEN.items()},
}
"""Operators that stand at the end of a line: the name of those that are followed, and how many operands."""
_NOT_PLAIN = (b"(", b")", b"{", b"}", b"%", b"\\", b"<<", b"\nBI", b" BI")
"""Signs of literal strings, comments, dictionaries, inline pictures: then the library reads the program."""
_FOOT_BYTES = 1000
"""A page's last stream that is not longer is its foot: folio and running head, which change more often."""
_MOVES_ASIDE = re.compile(rb"q\n1 0 0 1 (-?\d{1,4}(?:\.\d{1,6})?) 0 cm\n")
"""The first stream of a page that stands further from the spine than the type area was set."""
_FEET_KEPT = 2
"""Feet of former books are remembered while they are so many times those of this one at most."""
_EVEN = frozenset(range(0, 4000, 2))
"""Lengths of hexadecimal strings in which nothing is left out; a longer one is looked at more closely."""
_SPACED_ARRAY = re.compile(rb"\[[^\]\s]*\s")
_NUMBER_STARTS = frozenset(bytes([byte]) for byte in b"+-.0123456789")
_DEEPEST = 12
"""Forms inside forms that are followed; a form that draws itself ends here."""
_SMALLEST_PT = 0.5
"""Text smaller than this is there to be searched, not to be seen."""


class Table(dict[int, float]):
    """Widths by code, with one for every code that is not listed."""

    def __init__(self, listed: Iterable[tuple[int, float]], other: float) -> None:
        super().__init__(listed)
        self.other = other

    def __missing__(self, code: int) -> float:
        return self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """How wide the characters of one font are."""

    by_code: "Table"
    """Width in text space of every code."""
    code_bytes: int
    """Bytes of one code."""
    met: dict[bytes, float] = field(default_factory=dict, compare=False)
    """Widths of texts that were met already."""


@dataclass(slots=True)
class _Pen:
    """Where drawing stands; the only thing here that changes."""

    matrix: Matrix
    text: Matrix = _UNIT
    line: Matrix = _UNIT
    font: Widths | None = None
    size: float = 0.0
    leading: float = 0.0
    spacing: float = 0.0
    hidden: bool = False
    clip: Rectangle | None = None
    path: Outline = field(default_factory=Outline)
    stack: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def state(self) -> tuple[Any, ...]:
        """What `q` keeps."""
        return (self.matrix, self.font, self.size, self.leading, self.spacing, self.hidden, self.clip)

    def save(self) -> None:
        self.stack.append(self.state)

    def restore(self) -> None:
        if self.stack:
            state = self.stack.pop()
            self.matrix, self.font, self.size, self.leading, self.spacing, self.hidden, self.clip = state


@dataclass(slots=True)
class _Drawing:
    """What a program has drawn so far."""

    runs: list[TextRun] = field(default_factory=list)
    pictures: list[PlacedPicture] = field(default_factory=list)
    drawings: int = 0

    def whole(self) -> Drawn:
        """The same, finished."""
        return Drawn(runs=Runs.of(self.runs), pictures=tuple(self.pictures), drawings=self.drawings)


class _Gathering:
    """Reads what pages hold; what many of them share is read once."""

    def __init__(self, document: pikepdf.Pdf) -> None:
        self._document = document
        self._raw: dict[tuple[int, int], bytes] = {}
        self._looks: dict[int, object] = {}
        self._faces: dict[bytes, list[tuple[str, str]]] = {}

    def program(self, sheet: Sheet) -> list[bytes]:
        """The page's streams as they stand in the file."""
        return [self._read(stream) for stream in sheet.streams]

    def shared(self, sheet: Sheet) -> str:
        """Digest of what of the page's resources counts."""
        return digest_of(self._signature(sheet.resources))

    def _read(self, stream: Any) -> bytes:
        """The stream as it stands in the file."""
        place = stream.objgen
        if place not in self._raw:
            self._raw[place] = bytes(stream.read_raw_bytes())
        return self._raw[place]

    def _signature(self, resources: Any) -> list[object]:
        """Everything in resources on which what is drawn depends; a font keeps its letters' widths."""
        written = entries_of(resources)
        drawings = None if written is None else entries_in(written.get(b"/XObject", b"<< >>"))
        if drawings is None or not all(value.endswith(b" R") for value in drawings.values()):
            shown = dict(resources.get("/XObject", {})).items()
            looks = [(name.encode(), self._look(drawing)) for name, drawing in shown]
        else:
            looks = [(name, self._look_of(numbers_in(value)[0])) for name, value in drawings.items()]
        return [sorted(looks), self._fonts(resources, written)]

    def _fonts(self, resources: Any, written: Mapping[bytes, bytes] | None) -> list[tuple[str, str]]:
        """Name and face of each font; nearly all pages of a book share one dictionary of them."""
        place = (written or {}).get(b"/Font", b"")
        if place not in self._faces or not place.endswith(b" R"):
            fonts = dict(resources.get("/Font", {})).items()
            self._faces[place] = sorted((str(name), str(font.get("/BaseFont", ""))) for name, font in fonts)
        return self._faces[place]

    def _look_of(self, number: int) -> object:
        if number not in self._looks:
            self._looks[number] = self._look(self._document.get_object(number, 0))
        return self._looks[number]

    def _look(self, drawing: Any) -> object:
        """A picture's size; all of anything else."""
        size = int(drawing.get("/Width", 0)), int(drawing.get("/Height", 0))
        content = b"" if "/Width" in drawing else bytes(drawing.read_raw_bytes())
        return str(drawing.get("/Subtype", "")), *size, content


def _digest(kind: bytes, streams: Sequence[bytes]) -> bytes:
    """Digest of some of a page's streams."""
    taken = hashlib.sha256(kind)
    for stream in streams:
        taken.update(b" %d " % len(stream))
        taken.update(stream)
    return taken.digest()


_Body = tuple[Drawn | None, bool]
"""What a page draws above its foot, or all of it if it has none; None if the foot cannot be followed apart.
And whether the foot has to begin by taking back what the page has moved."""
_Foot = tuple[Drawn | None, bool]
"""What a foot draws; None if it may go on with a text that is begun above it. And whether it begins by taking
back what the page has moved."""
_GOES_ON = re.compile(rb"[T'\"]")
"""What writes text has one of these in its name, and so has what begins one."""
T = TypeVar("T")
_Find = Callable[[bytes, Callable[[], T]], T]
"""Gives what is remembered under a digest, or what is made."""


class _Bodies:
    """What pages draw above their feet: sixteen albums, by what the pages' resources are.

    The pages of a chapter have the same and lie in one, so that a word more is an album to be written and
    not all; an album for each chapter would be as many files as there are chapters.
    """

    def __init__(self, memo: Memo, part: int) -> None:
        self._albums = [Album[_Body](memo, place) for place in _places_of_bodies(part)]

    def find(self, shared: str, page: bytes, follow: Callable[[], _Body]) -> _Body:
        """What the page with this digest draws with those resources."""
        return self._albums[int(shared[0], 16)].find(shared.encode() + page, follow)

    def keep(self) -> None:
        """Remembers these pages in the place of those of the last book, where one is new."""
        for album in self._albums:
            album.keep()


def fetch_ahead(memo: Memo) -> None:
    """Reads what is remembered of the last book's pages, while there is nothing else to do."""
    for part in range(2):
        memo.fetch((*_places_of_bodies(part), _place_of_feet(part)))


def _places_of_bodies(part: int) -> list[str]:
    return [digest_of("bodies", fingerprint(), part, number) for number in range(16)]


def _place_of_feet(part: int) -> str:
    return digest_of("feet", fingerprint(), part)


class _Feet:
    """What feet draw: a page more moves all folios behind it, but most feet are then those of other pages."""

    def __init__(self, memo: Memo, part: int) -> None:
        self._memo = memo
        self._key = _place_of_feet(part)
        self._before: dict[str, dict[bytes, _Foot]] = memo.get(self._key) or {}
        self._now: dict[str, dict[bytes, _Foot]] = {}
        self._is_new = False

    def find(self, shared: str, foot: bytes, follow: Callable[[], _Foot]) -> _Foot:
        """What a foot draws with those resources."""
        own = self._now.setdefault(shared, {})
        found = own.get(foot)
        if found is None:
            found = self._before.get(shared, {}).get(foot)
            if found is None:
                found = follow()
                self._is_new = True
            own[foot] = found
        return found

    def keep(self) -> None:
        """Remembers all feet of these pages, and those that were remembered unless they are many more."""
        if not self._is_new:
            return
        count = sum(map(len, self._now.values()))
        if sum(map(len, self._before.values())) <= _FEET_KEPT * count:
            for shared, feet in self._before.items():
                self._now[shared] = feet | self._now.get(shared, {})
        self._memo.put(self._key, self._now)


class Follower:
    """Follows the pages of one document; what pages share is read once."""

    def __init__(self) -> None:
        self._widths: dict[tuple[int, int], Widths] = {}
        self._forms: dict[tuple[int, int], list[tuple[str, Any]]] = {}

    def follow_all(
        self, sheets: Sequence[Sheet], document: pikepdf.Pdf, memo: Memo | None, part: int = 0
    ) -> list[Drawn]:
        """What each page draws; pages are remembered above their feet, and feet apart.

        Args:
            sheets: neighbouring pages.
            document: theirs.
            memo: what remembers.
            part: which part of the document they are, if it is followed in parts.
        """
        if memo is None:
            return [self.follow(sheet) for sheet in sheets]
        gathering, bodies, feet = _Gathering(document), _Bodies(memo, part), _Feet(memo, part)
        drawn: list[Drawn] = []
        for _, alike in itertools.groupby(sheets, key=_place_of_resources):
            group = list(alike)
            shared = gathering.shared(group[0])
            find_body, find_foot = partial(bodies.find, shared), partial(feet.find, shared)
            drawn += [self._follow(sheet, gathering.program(sheet), find_body, find_foot) for sheet in group]
        bodies.keep()
        feet.keep()
        return drawn

    def follow(self, sheet: Sheet) -> Drawn:
        """Everything the page draws."""
        program = [bytes(stream.read_raw_bytes()) for stream in sheet.streams]
        return self._follow(sheet, program, lambda _, make: make(), lambda _, make: make())

    def _follow(
        self,
        sheet: Sheet,
        program: Sequence[bytes],
        find_body: "_Find[_Body]",
        find_foot: "_Find[_Foot]",
    ) -> Drawn:
        """What the page draws, its foot apart if that can be.

        A page that begins by moving aside is followed where it would stand otherwise, and moved then: of a
        post that goes from right-hand pages to left-hand ones nothing else is new.

        Args:
            sheet: the page.
            program: its streams as they stand in the file.
            find_body: gives what is remembered of a digest, or what is made, of the page above its foot.
            find_foot: the same of its foot.
        """
        if _has_foot(program):
            aside = _aside(program)
            above = _digest(b"above", program[:-1]) if aside is None else _digest(b"aside", program[1:-1])
            body, is_moved = find_body(above, lambda: self._follow_body(sheet))
            if body is not None:
                foot, takes_back = find_foot(program[-1], lambda: self._follow_foot(sheet))
                if foot is not None and (takes_back or not is_moved):
                    return body.add(foot, aside or 0.0)
        whole, _ = find_body(
            _digest(b"whole", program), lambda: (self._follow_streams(sheet.streams, sheet.resources), False)
        )
        return whole or self._follow_streams(sheet.streams, sheet.resources)

    def _follow_foot(self, sheet: Sheet) -> _Foot:
        content = sheet.streams[-1].read_bytes()
        takes_back = content.split(maxsplit=1)[:1] == [b"Q"]
        if _GOES_ON.search(content.partition(b"BT")[0]):
            return None, takes_back
        return self._follow_streams(sheet.streams[-1:], sheet.resources), takes_back

    def _follow_body(self, sheet: Sheet) -> _Body:
        """What the page draws above its foot; None if the foot would not begin as a page does.

        What moves it aside is passed over, but for keeping what the foot takes back, and nothing above may.
        """
        drawing, pen = _Drawing(), _Pen(_UNIT)
        above = sheet.streams[:-1]
        if _aside([bytes(stream.read_raw_bytes()) for stream in sheet.streams]) is not None:
            pen.save()
            above = above[1:]
        under = pen.stack[:]
        self._run(_program(above), sheet.resources, pen, drawing, 0)
        is_kept = len(pen.stack) >= len(under) and all(map(operator.is_, under, pen.stack))
        depth = len(pen.stack)
        if depth:
            pen.restore()
        can_be_left = is_kept and depth <= 1 and pen.state == _Pen(_UNIT).state and not pen.path.is_begun
        return (drawing.whole() if can_be_left else None), depth > 0

    def _follow_streams(self, streams: Sequence[Any], resources: Any) -> Drawn:
        drawing = _Drawing()
        self._run(_program(streams), resources, _Pen(_UNIT), drawing, 0)
        return drawing.whole()

    def _run(
        self, program: Iterable[tuple[str, Any]], resources: Any, pen: _Pen, drawn: _Drawing, depth: int
    ) -> None:
        for name, operands in program:
            if name in _MOVES:
                _MOVES[name](pen, operands)
            elif name in _PATHS:
                pen.path.add(name, operands, pen.matrix)
            elif name in _ENDS:
                drawn.drawings += name != "n"
                pen.clip = pen.path.end(pen.clip)
            elif name == "Tf":
                pen.font = self._font(resources, _name(operands[0]))
                pen.size = float(operands[1])
            elif name == "Do":
                self._draw(operands, resources, pen, drawn, depth)
            else:
                _show(name, operands, pen, drawn)

    def _draw(self, operands: Any, resources: Any, pen: _Pen, drawn: _Drawing, depth: int) -> None:
        drawing = resources.get("/XObject", pikepdf.Dictionary()).get(_name(operands[0]))
        if drawing is None:
            return
        kind = str(drawing.get("/Subtype", ""))
        if kind == "/Image":
            drawn.pictures.append(_placed(drawing, pen.matrix))
        elif kind == "/Form" and depth < _DEEPEST:
            own = tuple(float(v) for v in drawing.get("/Matrix", _UNIT))
            inner = _Pen(multiply(own, pen.matrix))  # type: ignore[arg-type]  # six numbers, says the standard
            inner.clip = meet(pen.clip, _frame(drawing, inner.matrix))
            self._run(self._form(drawing), drawing.get("/Resources", resources), inner, drawn, depth + 1)

    def _form(self, form: Any) -> list[tuple[str, Any]]:
        if form.objgen not in self._forms:
            self._forms[form.objgen] = list(_program([form]))
        return self._forms[form.objgen]

    def _font(self, resources: Any, name: str) -> Widths | None:
        font = resources.get("/Font", pikepdf.Dictionary()).get(name)
        if font is None:
            return None
        if font.objgen not in self._widths or font.objgen == (0, 0):
            self._widths[font.objgen] = read_widths(font)
        return self._widths[font.objgen]


def _frame(form: Any, matrix: Matrix) -> Rectangle | None:
    """The area outside which a form draws nothing; None if it does not say."""
    box = [float(value) for value in form.get("/BBox", ())]
    return around([(box[i], box[j]) for i in (0, 2) for j in (1, 3)], matrix) if len(box) == 4 else None


def _place_of_resources(sheet: Sheet) -> object:
    """Where the page's resources are in the file; those in the page itself are no other page's."""
    place = sheet.resources.objgen
    return id(sheet) if place == (0, 0) else place


def _has_foot(streams: Sequence[bytes]) -> bool:
    """Whether the last of a page's streams is its foot."""
    return len(streams) > 1 and len(streams[-1]) <= _FOOT_BYTES


def _aside(streams: Sequence[bytes]) -> float | None:
    """How far the first of a page's streams moves it, if that is all it does and the last is its foot."""
    found = _MOVES_ASIDE.fullmatch(streams[0]) if len(streams) > 2 else None
    return float(found[1]) if found else None


def _name(operand: Any) -> str:
    """Name of a font or a drawing."""
    return operand.decode("latin-1") if isinstance(operand, bytes) else str(operand)


def _program(streams: Sequence[Any]) -> Iterable[tuple[str, Any]]:
    """Every operator with its operands; for a program of plain ones ten times sooner than for any other."""
    texts = [stream.read_bytes() for stream in streams]
    steps: list[tuple[str, Any]] = []
    for number, text in enumerate(texts):
        lines = _line_program(text)
        if lines is None:
            rest = b"\n".join([b"", *texts[number:]])
            if any(sign in rest for sign in _NOT_PLAIN) or _SPACED_ARRAY.search(rest):
                return _any_program(b"\n".join(texts))
            return itertools.chain(steps, _plain_program(rest))
        steps += lines
    return steps


def _line_program(text: bytes) -> list[tuple[str, Any]] | None:
    """The steps of a program with one operator a line and no literal strings; None if it is another."""
    steps: list[tuple[str, Any]] = []
    for line in text.split(b"\n"):
        operands = line.split()
        if not operands:
            continue
        operator = operands.pop()
        name, count = _LINES.get(operator, ("", -1))
        if len(operands) != count and not (operator in _MARKS and operands[:1] and line[:1] == b"/"):
            return None
        if name:
            if name in _SHOWS and (operands[0][:1] not in b"<[" or b"(" in operands[0]):
                return None
            steps.append((name, operands))
    return steps


def _plain_program(text: bytes) -> Iterator[tuple[str, Any]]:
    operands: list[Any] = []
    for token in text.split():
        first = token[:1]
        if first in _NUMBER_STARTS:
            operands.append(float(token))
        elif first == b"/":
            operands.append(token.decode("latin-1"))
        elif first in b"<[":
            operands.append(token)
        else:
            if token in _FOLLOWED:
                yield token.decode("latin-1"), operands
            operands = []


def _any_program(text: bytes) -> Iterator[tuple[str, Any]]:
    holder = pikepdf.new()
    source = holder.make_stream(text)
    return ((str(step.operator), step.operands) for step in pikepdf.parse_content_stream(source, _OPERATORS))


def _placed(image: Any, matrix: Matrix) -> PlacedPicture:
    a, b, c, d, _, _ = matrix
    return PlacedPicture(
        width_px=int(image.get("/Width", 0)),
        height_px=int(image.get("/Height", 0)),
        width=(a * a + b * b) ** 0.5,
        height=(c * c + d * d) ** 0.5,
    )


# ------------------------------------------------------------------------------------------- movements


def _numbers(operands: Any) -> list[float]:
    return [float(v) for v in operands]


def _concat(pen: _Pen, operands: Any) -> None:
    a, b, c, d, e, f = _numbers(operands)
    pen.matrix = multiply((a, b, c, d, e, f), pen.matrix)


def _begin(pen: _Pen, _operands: Any) -> None:
    pen.text = pen.line = _UNIT


def _set_text(pen: _Pen, operands: Any) -> None:
    a, b, c, d, e, f = _numbers(operands)
    pen.text = pen.line = (a, b, c, d, e, f)


def _next_line(pen: _Pen, x: float, y: float) -> None:
    pen.text = pen.line = multiply((1, 0, 0, 1, x, y), pen.line)


def _move(pen: _Pen, operands: Any) -> None:
    x, y = _numbers(operands)
    _next_line(pen, x, y)


def _move_and_lead(pen: _Pen, operands: Any) -> None:
    x, y = _numbers(operands)
    pen.leading = -y
    _next_line(pen, x, y)


def _feed(pen: _Pen, _operands: Any) -> None:
    _next_line(pen, 0, -pen.leading)


def _set_leading(pen: _Pen, operands: Any) -> None:
    pen.leading = float(operands[0])


def _set_spacing(pen: _Pen, operands: Any) -> None:
    pen.spacing = float(operands[0])


def _set_mode(pen: _Pen, operands: Any) -> None:
    pen.hidden = int(operands[0]) == 3


_MOVES = {
    "q": lambda pen, _operands: pen.save(),
    "Q": lambda pen, _operands: pen.restore(),
    "cm": _concat,
    "BT": _begin,
    "Tm": _set_text,
    "Td": _move,
    "TD": _move_and_lead,
    "T*": _feed,
    "TL": _set_leading,
    "Tc": _set_spacing,
    "Tw": lambda _pen, _operands: None,
    "Tr": _set_mode,
}


# ------------------------------------------------------------------------------------------------ text


def _show(name: str, operands: Any, pen: _Pen, drawn: _Drawing) -> None:
    """Adds one run of text, and moves the pen to its end."""
    if name in {"'", '"'}:
        _feed(pen, ())
    if pen.font is None:
        return
    width = _width(operands[-1], pen.font, pen.size, pen.spacing)
    a, b, c, d, e, f = multiply(pen.text, pen.matrix)
    size = abs(pen.size) * (c * c + d * d) ** 0.5
    if width > 0 and not pen.hidden and size > _SMALLEST_PT:
        x, y = e + width * a, f + width * b
        run = TextRun(min(e, x), max(e, x), min(f, y), max(f, y), size)
        drawn.runs.append(run._replace(hidden=hidden_ink(run, pen.clip)) if pen.clip else run)
    a, b, c, d, e, f = pen.text
    pen.text = (a, b, c, d, e + width * a, f + width * b)


def _width(shown: Any, font: Widths, size: float, spacing: float) -> float:
    """How far the text reaches, in units of the text's own space."""
    if type(shown) is bytes:
        return _array_width(shown, font, size, spacing)
    if isinstance(shown, pikepdf.String):
        return _string_width(bytes(shown), font, size, spacing)
    # Walking the array's objects takes ten times as long as reading its text.
    written = shown.unparse()
    if b"(" in written:
        width = 0.0
        for piece in shown:
            if isinstance(piece, pikepdf.String):
                width += _string_width(bytes(piece), font, size, spacing)
            else:
                width -= float(piece) / 1000 * size
        return width
    return _array_width(written, font, size, spacing)


def _array_width(written: bytes, font: Widths, size: float, spacing: float) -> float:
    """The same of an array of hexadecimal strings and numbers, all its strings at once."""
    parts = written.strip(b"[] ").replace(b">", b"<").split(b"<")
    strings = parts[1::2]
    if not _EVEN.issuperset(map(len, strings)):
        strings = [b"".join(part.split()) for part in strings]
        strings = [part + b"0" * (len(part) % 2) for part in strings]
    text = bytes.fromhex(b"".join(strings).decode())
    numbers = sum(map(float, b" ".join(parts[::2]).split()))
    count = len(text) // font.code_bytes
    codes = text if font.code_bytes == 1 else struct.unpack(f">{count}H", text[: count * 2])
    return (sum(map(font.by_code.__getitem__, codes)) - numbers / 1000) * size + count * spacing


def _string_width(text: bytes, font: Widths, size: float, spacing: float) -> float:
    """Width of the text; justified lines are strings of a letter or two, met thousands of times."""
    width = font.met.get(text)
    if width is None:
        codes = list(text) if font.code_bytes == 1 else [a << 8 | b for a, b in pairwise(text)]
        width = font.met[text] = sum(map(font.by_code.__getitem__, codes))
    return width * size + len(text) // font.code_bytes * spacing


def pairwise(text: bytes) -> Iterator[tuple[int, int]]:
    """The bytes two by two.

    >>> list(pairwise(b"abcd"))
    [(97, 98), (99, 100)]
    """
    return zip(text[::2], text[1::2], strict=False)


def read_widths(font: Any) -> Widths:
    """The widths of a font's characters, in text space."""
    if str(font.get("/Subtype", "")) == "/Type0":
        inner = font.DescendantFonts[0]
        default = float(inner.get("/DW", 1000)) / 1000
        return Widths(by_code=Table(_composite(inner.get("/W", ())), default), code_bytes=2)
    scale = float(font.FontMatrix[0]) if "/FontMatrix" in font else 0.001
    first = int(font.get("/FirstChar", 0))
    widths = [(first + i, float(w) * scale) for i, w in enumerate(font.get("/Widths", ()))]
    return Widths(by_code=Table(widths, 0.0 if widths else 0.5), code_bytes=1)


def _composite(table: Any) -> Iterator[tuple[int, float]]:
    """Code and width from a composite font's table: `code [width …]` or `first last width`."""
    entries, i = list(table), 0
    while i + 1 < len(entries):
        first, second = int(entries[i]), entries[i + 1]
        if isinstance(second, pikepdf.Array):
            yield from ((first + n, float(w) / 1000) for n, w in enumerate(second))
            i += 2
        else:
            yield from ((code, float(entries[i + 2]) / 1000) for code in range(first, int(second) + 1))
            i += 3
