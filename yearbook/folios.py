"""Page numbers in HTML: where they stand, what is written there, and room for those that are printed later.

Every number is an empty link of class `page-of`, or a link of class `reference` behind which the style sheet
prints it. A piece of the book that is set apart has nobody to ask for a page: the number is written into it.
And since numbers change more often than all else, only its width is set: a nought for each digit, with
`data-late` naming the places whose pages are meant. The binder puts the digits there.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape

_PAGE_OF = re.compile(r'<a(?=[^>]*\sclass="page-of")([^>]*)>\s*</a>')
_PAGES = re.compile(r'(<span[^>]*\sclass="pages"[^>]*>)((?:[\s,]*<a[^>]*>\s*</a>)*)\s*</span>')
_REFERENCE = re.compile(r'<a\b(?=[^>]*\bclass="reference")[^>]*?\bhref="#([^"]+)"[^>]*(?=>)')
_PART_NUMBER = re.compile(r'<a\b(?=[^>]*\bclass="page-of)[^>]*?\bhref="#([^"]+)"')
_DIGIT = re.compile(r"\d")
BLANK = "\u2007"
"""As wide as a digit."""
_ROOM = re.compile(rf"[\d{BLANK}]")
UNKNOWN = "000"
"""Room for a number of which nothing is known yet."""

_Span = tuple[int, int, str, str, str]
"""First and last page, the anchors that name them, and the attributes of the link."""


def fill_pages(html: str, folios: Mapping[str, int], *, late: bool = False) -> str:
    """The HTML with page numbers as text, for a part whose targets are in another document.

    Every empty `<a class="page-of" href="#anchor">` gets its number. Those in one `<span class="pages">`
    become ranges: each reaches to the page of `data-last`, if it has one, and what overlaps or adjoins
    becomes one. A link whose anchor stands on no page stays empty, so that the engine complains about it.

    Where `data-pad` says so, a number takes as much room as the highest one of all: blanks as wide as a digit
    stand before or after it, so that nothing changes when it gets a digit more.

    Args:
        html: of a part, or of the whole book.
        folios: number of the page on which each `id` stands.
        late: whether only room is made, for numbers that the binder prints.

    >>> fill_pages('<a class="page-of" href="#a"></a>', {"a": 7})
    '<a class="page-of" href="#a">7</a>'
    >>> fill_pages('<a class="page-of" href="#a"></a>', {"a": 72}, late=True)
    '<a class="page-of" href="#a" data-late="a">00</a>'
    """
    most = len(str(max(folios.values(), default=0)))

    def fill(link: re.Match[str]) -> str:
        anchor = _value(link[1], "href").removeprefix("#")
        if anchor not in folios:
            return link[0]
        return _link(link[1], (anchor,), folios, late=late, room=most)

    return _PAGE_OF.sub(fill, _PAGES.sub(lambda pages: _join_pages(pages, folios, late=late), html))


def number_references(html: str, shown: Mapping[str, str], *, late: bool = False) -> str:
    """The HTML with the page number at every reference; the style sheet prints it.

    Args:
        html: of chapters.
        shown: number of the page on which each `id` stands, or room for it; `UNKNOWN` where it is missing.
        late: whether the binder prints the numbers.

    >>> number_references('<a href="#post-a" class="reference">a</a>', {"post-a": "12"})
    '<a href="#post-a" class="reference" data-page="12">a</a>'
    """

    def numbered(found: re.Match[str]) -> str:
        room = shown.get(unescape(found[1]), UNKNOWN)
        return f'{found[0]} data-page="{room}"' + (f' data-late="{found[1]}"' if late else "")

    return _REFERENCE.sub(numbered, html)


def numbers_wanted(html: str) -> tuple[str, ...]:
    """Every `id` of the book whose page number the HTML prints, without repeats.

    >>> numbers_wanted('<a href="#post-a" class="reference">a</a> <a href="#post-b">b</a>')
    ('post-a',)
    """
    found = [*_REFERENCE.findall(html), *_PART_NUMBER.findall(html)]
    return tuple(dict.fromkeys(unescape(name) for name in found))


def room_for(folio: int) -> str:
    """What is set where that number will stand.

    >>> room_for(123)
    '000'
    """
    return _DIGIT.sub("0", str(folio))


def printed(anchors: Sequence[str], folios: Mapping[str, int]) -> str:
    """The number of one page, or of the first and the last of several.

    >>> printed(("a", "b"), {"a": 7, "b": 12})
    '7–12'
    """
    return "–".join(str(folios[anchor]) for anchor in anchors)


def padded(text: str, length: int, where: str) -> str:
    """The number with blanks as wide as a digit `before` or `after` it; as it is if that is empty.

    >>> len(padded("7", 3, "after")), padded("7", 3, "")
    (3, '7')
    """
    return {"before": text.rjust, "after": text.ljust}[where](length, BLANK) if where else text


def _link(
    attributes: str, anchors: Sequence[str], folios: Mapping[str, int], *, late: bool, room: int = 0
) -> str:
    text = padded(printed(anchors, folios), room, _value(attributes, "data-pad"))
    if not late:
        return f"<a{attributes}>{text}</a>"
    return f'<a{attributes} data-late="{escape(" ".join(anchors))}">{_ROOM.sub("0", text)}</a>'


def _join_pages(pages: re.Match[str], folios: Mapping[str, int], *, late: bool) -> str:
    """One `<span class="pages">` with its links joined into ranges; as it was if a page is not known."""
    spans: list[_Span] = []
    for link in _PAGE_OF.finditer(pages[2]):
        anchor = _value(link[1], "href").removeprefix("#")
        if anchor not in folios:
            return pages[0]
        last = _value(link[1], "data-last")
        last = last if last in folios else anchor
        spans.append((folios[anchor], folios[last], anchor, last, link[1]))
    links = (
        _link(attributes, (anchor,) if first == end else (anchor, last), folios, late=late)
        for first, end, anchor, last, attributes in _join_spans(spans)
    )
    return f"{pages[1]}{', '.join(links)}</span>"


def _join_spans(spans: Sequence[_Span]) -> list[_Span]:
    """The spans in order; what overlaps or adjoins is one."""
    joined: list[_Span] = []
    for span in sorted(spans, key=lambda span: span[:2]):
        if joined and span[0] <= joined[-1][1] + 1:
            first, end, anchor, last, attributes = joined[-1]
            end, last = max((end, last), (span[1], span[3]), key=lambda pair: pair[0])
            joined[-1] = (first, end, anchor, last, attributes)
        else:
            joined.append(span)
    return joined


def _value(attributes: str, name: str) -> str:
    """The attribute's value; empty if it is not there."""
    found = re.search(rf'\s{name}="([^"]*)"', attributes)
    return unescape(found[1]) if found else ""
