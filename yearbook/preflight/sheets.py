"""What a page's own dictionary says: its boxes, its streams, what it may draw with, where its links lead.

To ask the library for one entry after the other takes five times as long as to read a dictionary as the
library would write it. So plain ones are read as text, here; for any other the library is asked.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pikepdf

from yearbook.preflight.facts import Rectangle

_NAME = rb"/[\w.+-]+"
_ATOM = rb"(?:\d+ 0 R|-?[\d.]+|/[\w.+-]+|true|false)"
_ARRAY = rb"\[ (?:" + _ATOM + rb" )*\]"
_INNER = rb"<< (?:" + _NAME + rb" (?:" + _ATOM + rb"|" + _ARRAY + rb") )*>>"
_OUTER = rb"<< (?:" + _NAME + rb" (?:" + _ATOM + rb"|" + _ARRAY + rb"|" + _INNER + rb") )*>>"
_ENTRY = re.compile(b"(" + _NAME + b") (" + b"|".join([_ATOM, _ARRAY, _OUTER]) + b") ")
_NUMBERS = re.compile(rb"(\d+) 0 R")
_TEXT = rb"\(([ -'*-\[\]-~]*)\)"
_LINK = re.compile(
    rb"<< (?:/A << /S /URI /Type /Action /URI " + _TEXT + rb" >> )?/BS << /W 0 >> (?:/Dest " + _TEXT + rb" )?"
    rb"/Rect " + _ARRAY + rb" (?:/StructParent \d+ )?/Subtype /Link /Type /Annot >>"
)  # fmt: skip
"""A link as the binder writes it: to an address, to a named place."""


_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
"""What a page may leave to what it hangs from."""
_DEEPEST = 50
"""Over so many steps a page inherits something."""


class Note(NamedTuple):
    """What a page has besides what it draws, such as a link."""

    kind: str
    """`Link`, `FileAttachment` and the like."""
    action: str = ""
    """`URI`, `GoTo`, `Launch` and the like; empty for none."""
    target: str = ""
    """Named place it leads to; `#` for a page that is no page of this document; empty for none."""
    address: str = ""
    """Address it leads to; empty for none."""


class Sheet(NamedTuple):
    """One page."""

    media: Rectangle
    """The sheet."""
    trim: Rectangle
    """The finished page; the sheet if it does not say."""
    bleed: Rectangle
    """How far tint goes; the finished page if it does not say."""
    rotation: int
    """Degrees by which a reader turns it."""
    streams: tuple[Any, ...]
    """Its program, one stream after the other."""
    resources: Any
    """What the program names."""
    notes: tuple[Note, ...]
    """Links and the like."""


def read_sheets(document: pikepdf.Pdf, first: int = 0, last: int | None = None) -> list[Sheet]:
    """Pages of the document in order, from one index to before another."""
    top: Any = document.Root.get("/Pages")
    is_bare = isinstance(top, pikepdf.Dictionary) and not any(key in top for key in _INHERITED)
    parent = b"%d 0 R" % top.objgen[0] if is_bare else b""
    return [_sheet(page, document, parent) for page in list(document.pages)[first:last]]


def entries_of(value: Any) -> dict[bytes, bytes] | None:
    """A dictionary's entries as they would be written; None if there is more in it than is plain.

    >>> entries_of(pikepdf.Dictionary(W=0, Type=pikepdf.Name.Annot))
    {b'/Type': b'/Annot', b'/W': b'0'}
    >>> entries_of(pikepdf.Dictionary(Title=pikepdf.String("text"))) is None
    True
    """
    return entries_in(value.unparse(resolved=True))


def entries_in(written: bytes) -> dict[bytes, bytes] | None:
    """The same of a dictionary as it is written, in which there is no text."""
    found = _ENTRY.findall(written, 3)
    # What the pattern passed over is missing if it is written again.
    again = b" ".join([b"<<", *map(b" ".join, found), b">>"])
    return dict(found) if again == written else None


def numbers_in(written: bytes) -> list[int]:
    """Numbers of the objects that an array or a dictionary of such refers to."""
    return [int(number) for number in _NUMBERS.findall(written)]


def page_number(
    target: Any, document: pikepdf.Pdf, known: Mapping[tuple[int, int], int] = MappingProxyType({})
) -> int:
    """1-based page that a destination names; 0 if it names none of this document.

    Args:
        target: the destination.
        document: the document.
        known: numbers of its pages by their places in the file; the library counts what is not there.
    """
    if isinstance(target, pikepdf.Dictionary):
        target = target.get("/D")
    if not isinstance(target, pikepdf.Array) or not len(target):
        return 0
    page: Any = target[0]
    if type(page) is int:
        return page + 1 if 0 <= page < len(document.pages) else 0
    if not isinstance(page, pikepdf.Dictionary):
        return 0
    if page.objgen in known:
        return known[page.objgen]
    if page.get("/Type") != "/Page":
        return 0
    try:
        index: Any = pikepdf.Page(page).index
        return int(index) + 1
    except ValueError:  # a page object that is in the file and not in the book
        return 0


def _sheet(page: pikepdf.Page, document: pikepdf.Pdf, parent: bytes) -> Sheet:
    """The page; one that hangs from that parent inherits nothing."""
    written = entries_of(page.obj)
    is_whole = written is not None and written.get(b"/Parent") == parent
    plain = _plain_sheet(written, document) if written is not None and is_whole else None
    return _any_sheet(page, document) if plain is None else plain


def _plain_sheet(written: dict[bytes, bytes], document: pikepdf.Pdf) -> Sheet | None:
    """The page of a dictionary that says all of it, by the numbers of objects; None if it does not."""
    get = written.get
    media, contents, resources = get(b"/MediaBox", b""), get(b"/Contents", b""), get(b"/Resources", b"")
    notes, rotation = get(b"/Annots", b"[ ]"), get(b"/Rotate", b"0")
    arrays = (media, contents, notes, trim := get(b"/TrimBox", media), bleed := get(b"/BleedBox", trim))
    if any(value[:1] != b"[" for value in arrays) or resources[-2:] != b" R" or not rotation.isdigit():
        return None
    return Sheet(
        media=_rectangle(media),
        trim=_rectangle(trim),
        bleed=_rectangle(bleed),
        rotation=int(rotation) % 360,
        streams=tuple(document.get_object(number, 0) for number in numbers_in(contents)),
        resources=document.get_object(numbers_in(resources)[0], 0),
        notes=tuple(_note(document.get_object(number, 0), document) for number in numbers_in(notes)),
    )


def _any_sheet(page: pikepdf.Page, document: pikepdf.Pdf) -> Sheet:
    sheet, rotation, resources = page.obj, _inherited(page, "/Rotate"), _inherited(page, "/Resources")
    trim = sheet.get("/TrimBox", page.mediabox)
    contents: Any = sheet.get("/Contents", ())
    return Sheet(
        media=_box(page.mediabox),
        trim=_box(trim),
        bleed=_box(sheet.get("/BleedBox", trim)),
        rotation=int(rotation or 0) % 360,
        streams=(contents,) if isinstance(contents, pikepdf.Stream) else tuple(contents),
        resources=pikepdf.Dictionary() if resources is None else resources,
        notes=tuple(_note(note, document) for note in sheet.get("/Annots", ())),
    )


def _inherited(page: pikepdf.Page, key: str) -> Any:
    """What the page says, or what it hangs from; None if nobody does."""
    node: Any = page.obj
    for _ in range(_DEEPEST):
        if not isinstance(node, pikepdf.Dictionary) or key in node:
            break
        node = node.get("/Parent")
    return node.get(key) if isinstance(node, pikepdf.Dictionary) else None


def _box(values: Any) -> Rectangle:
    return _rectangle(values.unparse(resolved=True))


@functools.lru_cache(maxsize=100)
def _rectangle(written: bytes) -> Rectangle:
    """A box as it is written; all pages of a book have the same ones."""
    x, y, z, w = map(float, written.strip(b"[ ]").split())
    return (min(x, z), min(y, w), max(x, z), max(y, w))


def _note(note: Any, document: pikepdf.Pdf) -> Note:
    link = _LINK.fullmatch(note.unparse(resolved=True))
    if link is None:
        return _any_note(note, document)
    address, target = ((text or b"").decode("ascii") for text in link.groups())
    return Note(kind="Link", action="URI" if link[1] is not None else "", target=target, address=address)


def _any_note(note: Any, document: pikepdf.Pdf) -> Note:
    action = note.get("/A", {})
    act = str(action.get("/S", "")).removeprefix("/")
    return Note(
        kind=str(note.get("/Subtype", "")).removeprefix("/"),
        action=act,
        target=_target(note.get("/Dest", action.get("/D") if act == "GoTo" else None), document),
        address=str(action.URI) if "/URI" in action else "",
    )


def _target(target: Any, document: pikepdf.Pdf) -> str:
    if isinstance(target, pikepdf.Array):
        return "" if page_number(target, document) else "#"
    return "" if target is None else str(target)


def targets_of(notes: tuple[Note, ...]) -> Iterator[str]:
    """Where the links among them lead inside the document."""
    return (note.target for note in notes if note.kind == "Link" and note.target)


def addresses_of(notes: tuple[Note, ...]) -> Iterator[str]:
    """Where the links among them lead outside of it."""
    return (note.address for note in notes if note.kind == "Link" and note.address)
