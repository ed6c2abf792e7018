"""Strangers' SVGs: what cannot hurt is kept, the rest goes or is refused. Fault case 24 of docs/images.md."""

import base64
import gzip
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_box import JPEG, PNG, SVG

from yearbook.store import svg
from yearbook.store.policy import Limits

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="40" height="30">'
)


def clean(inner, head=HEAD, **options):
    return svg.clean(f"{head}{inner}</svg>".encode(), Limits(), **options)


def text(inner, **options):
    found = clean(inner, **options)
    assert isinstance(found, svg.CleanSvg), found
    return found.text.decode()


@pytest.mark.parametrize(
    ("inner", "gone"),
    [
        ("<script>alert(1)</script>", "alert"),
        ('<rect onclick="alert(1)" width="1" height="1"/>', "alert"),
        ('<rect ONLOAD="alert(1)" width="1" height="1"/>', "alert"),
        ('<image href="http://10.0.0.1/a.png" width="1" height="1"/>', "10.0.0.1"),
        ('<image xlink:href="file:///etc/hostname"/>', "hostname"),
        ('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', "PHN2Zy8"),
        ('<use href="http://example.org/a.svg#x"/>', "example.org"),
        ('<use xlink:href="other.svg#x"/>', "other"),
        ('<a href="javascript:alert(1)"><rect width="1" height="1"/></a>', "alert"),
        ("<style>@import url(http://example.org/a.css);</style>", "example.org"),
        ("<style>@import 'http://example.org/a.css';</style>", "example.org"),
        ("<style>@font-face { font-family: x; src: url(http://example.org/f) }</style>", "example.org"),
        ("<style>rect { fill: url(http://example.org/a) }</style>", "example.org"),
        ("<style>rect { fill: u\\72l(http://example.org/a) }</style>", "example.org"),
        ("<style>rect { fill: ur/**/l(http://example.org/a) }</style>", "url("),
        ("<style>image { href: url(http://example.org/a) }</style>", "{ href"),
        ("<style>use { xlink:href: #bomb }</style>", "xlink:href"),
        ("<style>:has(*) { fill: red }</style>", "red"),
        ("<style>[id] { fill: red }</style>", "red"),
        ('<rect style="fill: url(\'http://example.org/a\')" width="1"/>', "example.org"),
        ('<rect fill="url(http://example.org/a#b)" width="1"/>', "example.org"),
        ('<g xml:base="http://example.org/"><rect width="1"/></g>', "example.org"),
        ('<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">Hi</p></foreignObject>', "Hi"),
        ('<animate attributeName="href" to="http://example.org"/>', "example.org"),
        ('<set attributeName="href" to="http://example.org"/>', "example.org"),
        ('<iframe xmlns="http://www.w3.org/1999/xhtml" src="http://example.org"/>', "example.org"),
        ('<?xml-stylesheet href="http://example.org/a.css"?>', "example.org"),
        ('<linearGradient spreadMethod="repeat" x2="0.00001"/>', "spreadMethod"),
    ],
)
def test_what_reaches_out_or_runs_is_gone(inner, gone):
    assert gone not in text(inner)


@pytest.mark.parametrize(
    "inner",
    [
        '<path d="M0 0L9 9" stroke="red"/>',
        '<g transform="translate(1 2)"><circle r="3"/></g>',
        '<defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs><rect fill="url(#a)"/>',
        '<symbol id="s"><rect/></symbol><use href="#s"/>',
        "<style>.a { fill: url(#g); stroke: blue }</style>",
        '<text x="1" y="2">가나다 <tspan>라마</tspan> 바</text>',
        '<text xml:space="preserve">a  b</text>',
    ],
)
def test_what_draws_stays(inner):
    kept = text(inner)
    for part in inner.replace("<", " ").replace("/>", " ").replace(">", " ").split():
        assert part.strip('"') in kept


def test_an_xlink_to_a_part_of_the_file_is_kept_as_href():
    assert '<use href="#s" />' in text('<symbol id="s"/><use xlink:href="#s"/>')


def test_text_in_foreign_elements_is_lost_and_said_so():
    found = clean("<foreignObject><div>label</div></foreignObject><rect/>")
    assert found.notes == ("text in foreignObject is not printed: export the drawing as PNG",)
    assert clean("<foreignObject> </foreignObject>").notes == ()
    assert "outside" in clean('<image href="a.png"/>').notes[0]


def test_text_after_a_dropped_element_stays():
    assert "after" in text("<text>before<script>x</script>after</text>")
    assert "<rect />tail" in text("<g><rect/><script>x</script>tail</g>")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>', "svg-unsafe"),
        (b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>', "svg-unsafe"),
        (b'<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]><svg/>', "svg-unsafe"),
        (b"<svg><rect></svg>", "corrupt"),
        (b"<svg>" + b"&undefined;" + b"</svg>", "corrupt"),
        (b"<html><svg/></html>", "corrupt"),
        (b'<?xml version="1.0" encoding="no-such"?><svg/>', "corrupt"),
        (SVG[:-4], "corrupt"),
        (gzip.compress(SVG)[:-9], "corrupt"),
        (b"\x1f\x8b" + bytes(40), "corrupt"),
        (gzip.compress(b"<svg>" + b" " * (3 << 20) + b"</svg>"), "too-large"),
        (b"<svg>" + b" " * (3 << 20) + b"</svg>", "too-large"),
        (b"<svg>" + b"<g/>" * 50_001 + b"</svg>", "svg-too-complex"),
        (b"<svg>" + b"<g>" * 100 + b"</g>" * 100 + b"</svg>", "svg-too-complex"),
        (b'<svg><path d="' + b"M0 0" * 300_000 + b'"/></svg>', "svg-too-complex"),
        (b"<svg><text>" + b"x" * 100_001 + b"</text></svg>", "svg-too-complex"),
        (b'<svg><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g></svg>', "svg-unsafe"),
        (b'<svg><g id="a"><use href="#a"/></g></svg>', "svg-unsafe"),
        (b'<svg><pattern id="p"><rect fill="url(#p)"/></pattern></svg>', "svg-unsafe"),
    ],
)
def test_what_cannot_be_printed_is_refused(data, reason):
    found = svg.clean(data, Limits())
    assert isinstance(found, svg.Refusal)
    assert found.reason == reason


def nest(levels, fan, inner, *, by="use"):
    """Levels of definitions, each of which draws the one below several times."""
    parts = [f'<g id="n0">{inner}</g>']
    for level in range(1, levels):
        one = f'<use href="#n{level - 1}"/>' if by == "use" else f'<rect fill="url(#n{level - 1})"/>'
        tag = "g" if by == "use" else "pattern"
        parts.append(f'<{tag} id="n{level}">{one * fan}</{tag}>')
    return "".join(parts) + f'<use href="#n{levels - 1}"/>'


@pytest.mark.parametrize("by", ["use", "pattern"])
def test_a_bomb_of_references_is_refused_at_once(by):
    began = time.monotonic()
    found = clean(nest(7, 10, "<rect/>", by=by))
    assert isinstance(found, svg.Refusal)
    assert "unfolds" in found.detail
    assert time.monotonic() - began < 1


def test_a_marker_counts_once_for_each_corner():
    marker = '<marker id="m">' + "<rect/>" * 100 + "</marker>"
    line = f'<polyline marker-mid="url(#m)" points="{"1,2 " * 500}"/>'
    assert isinstance(clean(marker + line), svg.Refusal)
    assert isinstance(clean(marker + line.replace("1,2 " * 500, "1,2 3,4")), svg.CleanSvg)


def test_a_reasonable_number_of_references_is_fine():
    assert isinstance(clean(nest(4, 10, "<rect/>")), svg.CleanSvg)


def test_many_selectors_over_deep_trees_are_refused():
    rules = "<style>" + "* * * * * { fill: red }" * 30 + "</style>"
    assert isinstance(clean(rules + "<g>" * 40 + "</g>" * 40), svg.Refusal)


def test_a_doctype_that_defines_nothing_is_harmless():
    dtd = (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    )
    assert isinstance(svg.clean(b'<?xml version="1.0"?>' + dtd + SVG, Limits()), svg.CleanSvg)


def test_a_packed_svg_and_other_encodings_are_read():
    assert svg.clean(gzip.compress(SVG), Limits()) == svg.clean(SVG, Limits())
    korean = '<?xml version="1.0" encoding="utf-16"?><svg><text>한글</text></svg>'.encode("utf-16")
    assert "한글" in svg.clean(korean, Limits()).text.decode()


def test_a_picture_written_out_is_redrawn_kept_or_dropped():
    inner = f'<image xlink:href="data:image/png;base64,{base64.b64encode(PNG).decode()}" width="9"/>'
    seen = []
    kept = text(inner, redraw=lambda content: seen.append(content) or "data:image/png;base64,AAAA")
    assert seen == [PNG]
    assert 'href="data:image/png;base64,AAAA"' in kept
    assert "<image" not in text(inner, redraw=lambda _: None)
    assert "<image" not in text(inner.replace("base64,", "base64,!"))
    assert base64.b64encode(JPEG).decode() in text(
        inner.replace(base64.b64encode(PNG).decode(), base64.b64encode(JPEG).decode())
    )


@pytest.mark.parametrize(
    ("head", "size"),
    [
        ('<svg width="40" height="30">', (40, 30)),
        ('<svg width="1in" height="2.54cm">', (96, 96)),
        ('<svg viewBox="0 0 200 100">', (200, 100)),
        ('<svg width="100" viewBox="0 0 200 100">', (100, 50)),
        ('<svg height="100" viewBox="0 0 200 100">', (200, 100)),
        ('<svg width="100%" height="100%" viewBox="0,0,64,32">', (64, 32)),
        ("<svg>", (300, 150)),
        ('<svg width="0" height="-3">', (300, 150)),
        ('<svg width="1e308" height="nan">', (300, 150)),
    ],
)
def test_the_nominal_size(head, size):
    found = clean("", head=head)
    assert (found.width_px, found.height_px) == size


TAGS = st.sampled_from(
    ["g", "use", "path", "style", "script", "image", "text", "a", "pattern", "x:y", "marker"]
)
NAMES = st.sampled_from(
    ["id", "href", "xlink:href", "style", "fill", "onload", "d", "xml:base", "marker-end"]
)
WORTHS = st.sampled_from(
    ["#a", "a", "url(#a)", "url(http://e.org/)", "http://e.org/", "M0 0L1 1", "u\\rl(x)"]
)


@given(st.lists(st.tuples(TAGS, NAMES, WORTHS, st.integers(0, 2)), max_size=12))
def test_whatever_is_nested_nothing_reaches_out(parts):
    inner = ""
    for tag, name, value, mode in parts:
        inner = (
            f'<{tag} {name}="{value}">{inner}</{tag}>',
            f"<{tag}/>{inner}",
            f"{inner}<{tag}>{value}</{tag}>",
        )[mode]
    found = clean(inner, head=HEAD.replace("<svg ", '<svg xmlns:x="urn:x" '))
    if isinstance(found, svg.CleanSvg):
        for element in ElementTree.fromstring(found.text).iter():
            assert "script" not in element.tag
            for key, value in element.attrib.items():
                assert not key.endswith("href") or value.startswith("#")
                assert "url(" not in value.replace("url(#", "")
                assert not key.startswith("on")
        assert isinstance(svg.clean(found.text, Limits()), svg.CleanSvg), "clean is clean"
