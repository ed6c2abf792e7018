"""What leads to the pages of a PDF: named places, and the outline.

As with a page's dictionary, what is plain is read as the library would write it; for the rest it is asked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pikepdf

from yearbook.preflight.sheets import page_number

_UNIT = rb"(?:[0-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2})"
"""A letter of two bytes; those of four are left to the library."""
_STRING = rb"\([ -'*-\[\]-~]*\)|<feff" + _UNIT + rb"*>"
_TARGET = rb"\[ (\d+) 0 R [^][()<>]*\]"
_PLACE = re.compile(rb" (" + _STRING + rb") " + _TARGET)
_BEGIN, _END = b"<< /Names [", b" ] >>"
_ENTRY = re.compile(
    rb"<< (?:/Count -?\d+ )?/Dest " + _TARGET + rb" (?:/First (\d+) 0 R /Last \d+ 0 R )?"
    rb"(?:/Next (\d+) 0 R )?/Parent \d+ 0 R (?:/Prev \d+ 0 R )?/Title (" + _STRING + rb") >>"
)  # fmt: skip
"""An entry of the outline as the binder writes it."""

Ways = tuple[dict[str, int], tuple[tuple[str, int], ...]]
"""Pages of named places, and titles and pages of the outline."""


def find_ways(document: pikepdf.Pdf, pages: Sequence[pikepdf.Page]) -> Ways:
    """What leads to pages of the document."""
    # A page without a place of its own cannot be led to.
    known = {page.obj.objgen: number for number, page in enumerate(pages, start=1) if page.obj.is_indirect}
    places = _places(document, known)
    outline = _plain_outline(document, known)
    return places, tuple(_outline(document, places) if outline is None else outline)


def _places(document: pikepdf.Pdf, known: Mapping[tuple[int, int], int]) -> dict[str, int]:
    """Page of every named place."""
    root = document.Root
    found: dict[str, Any] = {str(k).removeprefix("/"): v for k, v in dict(root.get("/Dests", {})).items()}
    if "/Dests" in root.get("/Names", {}):
        if not found and (plain := _plain_places(root.Names.Dests, known)) is not None:
            return plain
        found |= {str(k): v for k, v in pikepdf.NameTree(root.Names.Dests).items()}
    return {name: page_number(target, document, known) for name, target in found.items()}


def _plain_places(tree: Any, known: Mapping[tuple[int, int], int]) -> dict[str, int] | None:
    """The same of a list of names that each lead to a page of the document; None if it is not that plain."""
    written = tree.unparse(resolved=True)
    listed = written.removeprefix(_BEGIN).removesuffix(_END)
    if len(written) - len(listed) != len(_BEGIN + _END) or _PLACE.sub(b"", listed):
        return None
    pages = [(_text(name), known.get((int(page), 0), 0)) for name, page in _PLACE.findall(listed)]
    return dict(pages) if all(page for _, page in pages) else None


def _outline(document: pikepdf.Pdf, places: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Title and page of each entry, in order."""
    with document.open_outline() as outline:
        waiting = list(reversed(outline.root))
        while waiting:
            entry = waiting.pop()
            target: Any = entry.destination
            if target is None and entry.action is not None:
                target = entry.action.get("/D")
            named = isinstance(target, pikepdf.String | pikepdf.Name | str)
            name = str(target).removeprefix("/")
            yield str(entry.title), places.get(name, 0) if named else page_number(target, document)
            waiting += reversed(entry.children)


def _plain_outline(
    document: pikepdf.Pdf, known: Mapping[tuple[int, int], int]
) -> list[tuple[str, int]] | None:
    """The same of entries that each lead to a page of the document; None if one is not that plain."""
    top: Any = document.Root.get("/Outlines", {})
    if "/First" not in top:
        return None
    found: list[tuple[str, int]] = []
    waiting, seen = [top.First.objgen[0]], set[int]()
    while waiting:
        number = waiting.pop()
        entry = _ENTRY.fullmatch(document.get_object(number, 0).unparse(resolved=True))
        if entry is None or number in seen or (int(entry[1]), 0) not in known:
            return None
        seen.add(number)
        found.append((_text(entry[4]), known[int(entry[1]), 0]))
        waiting += [int(one) for one in (entry[3], entry[2]) if one]
    return found


def _text(written: bytes) -> str:
    """A string as it is written."""
    if written[:1] == b"(":
        return written[1:-1].decode("ascii")
    return bytes.fromhex(written[5:-1].decode("ascii")).decode("utf-16-be")
