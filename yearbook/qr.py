"""Draws addresses as QR codes, and the cards they stand on: what paper shows of a film or a post elsewhere.

Everything here is text from text. Finding embeds belongs to `render`, putting cards into a chapter to
`localise`.
"""

import html
import math
from urllib.parse import quote, urlsplit

LONGEST_URL = 400
"""Characters of an address that a code of printable size can hold."""
QUIET = 4
"""Blank modules around a code, as the standard asks."""
_SMALLEST_MODULE_PT = 0.9
"""Side of one dot: a third of a millimetre is what telephones read from paper without trouble."""
_LEAST_LINES = 3
_TEXT_LEADING = 0.8
_PADDING = 0.4
"""Shares of a line: how far a card's lines are apart, and its air above and below together."""
_TEXT_EM = 8.0
_SIDE_PT = 9.0
_LONGEST_ADDRESS = 240
_KINDS = {
    "youtube": "YouTube",
    "vimeo": "Vimeo",
    "gist": "GitHub Gist",
    "codepen": "CodePen",
    "tweet": "X",
    "instagram": "Instagram",
    "bilibili": "bilibili",
    "map": "Google Maps",
    "slides": "Slides",
    "music": "Music",
}


def draw_qr(url: str) -> str:
    """The address as a QR code: SVG of one path, one unit a module, quiet zone included; empty if of no use.

    Error correction M, the smallest version that holds the address, black, without `id`. The same address
    gives the same text. No code is drawn for an address that is too long, not of the web, or not printable.

    >>> draw_qr("https://example.org/")[:60]
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33">'
    >>> draw_qr("javascript:alert(1)")
    ''
    """
    address = _address(url)
    if not address:
        return ""
    import segno  # few books have a code, and it loads what writes files of all kinds

    code = segno.make(address, error="m", micro=False, boost_error=False)
    side = code.symbol_size(border=QUIET)[0]
    parts = []
    for y, row in enumerate(code.matrix):
        start = None
        for x, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                parts.append(f"M{start + QUIET} {y + QUIET}h{x - start}v1h{start - x}z")
                start = None
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path fill="#000" d="{"".join(parts)}"/></svg>'
    )


def embed_card(
    *, kind: str, title: str, url: str, leading_pt: float, measure_pt: float, words: str = "", label: str = ""
) -> str:
    """The card of something paper cannot show: what it is, its title, its address, a code at the right.

    It is a whole number of lines tall, air around it not counted; `styles/embeds.css` belongs to it. All that
    is given is escaped.

    Args:
        kind: slug as in `data-kind`.
        title: what it is called; may be empty.
        url: where a person finds it.
        leading_pt: height of a line of the text.
        measure_pt: width of the text.
        words: what it says, for a quoted post; may be empty.
        label: what to call its kind; empty is the site's name, or the address's host.
    """
    code = draw_qr(url)
    modules = int(code.partition('viewBox="0 0 ')[2].partition(" ")[0]) if code else 0
    side_pt = max(modules * _SMALLEST_MODULE_PT, leading_pt * _LEAST_LINES * 0.86) if code else 0.0
    room_pt = measure_pt - 2 * _SIDE_PT - (side_pt + _SIDE_PT if code else 0)
    named = label or _KINDS.get(kind) or _host(url)
    given = (
        ("embed-kind", "" if named == title else named),
        ("embed-title", title),
        ("embed-text", words),
        ("embed-url", readable_address(url)),
    )
    shown = [
        (name, text, _lines(text, room_pt, is_address=name == "embed-url")) for name, text in given if text
    ]
    text_pt = sum(count for _, _, count in shown) * leading_pt * _TEXT_LEADING
    lines = max(_LEAST_LINES, math.ceil((max(text_pt, side_pt) + leading_pt * _PADDING) / leading_pt))
    top = (lines * leading_pt - text_pt) / 2
    parts = []
    for name, text, count in shown:
        parts.append(_paragraph(name, text, url, f"top:{top:.2f}pt;width:{room_pt:.2f}pt", count))
        top += count * leading_pt * _TEXT_LEADING
    if code:
        place = f"width:{side_pt:.2f}pt;height:{side_pt:.2f}pt;top:{(lines * leading_pt - side_pt) / 2:.2f}pt"
        parts.append(code.replace("<svg ", f'<svg style="{place}" ', 1))
    return (
        f'<aside class="embed card embed-{html.escape(kind)}" style="height:{lines * leading_pt:g}pt">'
        f"{''.join(parts)}</aside>"
    )


def readable_address(url: str) -> str:
    """The address as a person types it.

    >>> readable_address("https://www.example.org/a/")
    'example.org/a'
    """
    bare = url.strip().removeprefix("https:").removeprefix("http:").removeprefix("//").removeprefix("www.")
    bare = bare.rstrip("/")
    return bare if len(bare) <= _LONGEST_ADDRESS else f"{bare[: _LONGEST_ADDRESS - 1]}…"


def _paragraph(name: str, text: str, url: str, place: str, lines: int) -> str:
    """One paragraph of a card at its place; the address leads where it says."""
    shown = html.escape(text, quote=False)
    if name == "embed-url" and _address(url):
        shown = f'<a href="{html.escape(url)}">{shown}</a>'
    wraps = " wraps" if lines > 1 else ""
    return f'<p class="{name}{wraps}" style="{place}">{shown}</p>'


def _lines(text: str, room_pt: float, *, is_address: bool) -> int:
    """How many lines a text will take: CJK an em wide, all else a little over half."""
    ems = sum(1.0 if ord(character) > 0x1100 else 0.58 for character in text)
    count = math.ceil(ems * _TEXT_EM * 1.04 / room_pt)
    return max(1, count + (is_address and count > 1))  # a long address breaks early, after a slash


def _host(url: str) -> str:
    """The host of an address; empty if it has none."""
    try:
        return (urlsplit(url.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _address(url: str) -> str:
    """The address in ASCII, or nothing if no telephone should open it."""
    address = f"https:{url.strip()}" if url.strip().startswith("//") else url.strip()
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or not address.isprintable():
        return ""
    if parts.hostname and not parts.hostname.isascii():
        address = address.replace(parts.hostname, host, 1)
    address = quote(address, safe="%/:=&?~#+!$,;'@()*[]-._")
    return address if len(address) <= LONGEST_URL else ""
