"""A stranger's SVG -> an SVG that is safe to typeset.

Pure: bytes in, bytes or a refusal out. An SVG is as dangerous as a web page: it can name other files,
unfold to millions of elements, and keep the engine busy for minutes. What cannot hurt is kept; the rest is
dropped, and where text is lost the result says so.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Callable
from typing import NoReturn
from xml.etree import ElementTree as ET
from xml.parsers import expat

from yearbook.store.policy import Limits
from yearbook.value import dataclass

SVG_NS = "http://www.w3.org/2000/svg"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

_KEPT = frozenset({
    "svg", "g", "defs", "symbol", "use", "a", "switch", "title", "desc", "style", "path", "rect", "circle",
    "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "image", "linearGradient",
    "radialGradient", "stop", "pattern", "clipPath", "mask", "marker", "filter", "feOffset", "feBlend",
    "feFlood", "feGaussianBlur", "feColorMatrix", "feComposite", "feMerge", "feMergeNode",
})  # fmt: skip
_LOST_TEXT = frozenset({"foreignObject"})
_MAX_DEPTH = 64
_MAX_MATCHES = 5_000_000
_MAX_PATH_CHARACTERS = 1_000_000
_MAX_TEXT_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanSvg:
    """An SVG that may be typeset."""

    text: bytes
    """UTF-8, without declaration."""
    width_px: int
    """Nominal width at 96 px an inch, at least 1."""
    height_px: int
    """Nominal height."""
    notes: tuple[str, ...] = ()
    """What a person will miss, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an SVG cannot be printed."""

    reason: str
    """`corrupt`, `too-large`, `svg-unsafe` or `svg-too-complex`."""
    detail: str
    """In words."""


class _Refused(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def _refuse(reason: str, detail: str) -> NoReturn:
    raise _Refused(Refusal(reason=reason, detail=detail))


Redraw = Callable[[bytes], str | None]
"""A raster picture written into an SVG -> its safe `data:` address, or None if it must go."""


def clean(data: bytes, limits: Limits, redraw: Redraw | None = None) -> CleanSvg | Refusal:
    """The SVG without anything that reaches out, moves, or unfolds without end. Takes `.svgz` too.

    Args:
        data: the SVG.
        limits: how much of anything it may hold.
        redraw: what to do with raster pictures written into it; None leaves them as they are, unproven.

    >>> clean(b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"/>', Limits()).width_px
    4
    """
    try:
        root = _parse(_unpack(data, limits.svg_bytes), limits)
        notes = _drop(root, _LOST_TEXT)
        notes |= _purge(root, redraw)
        _weigh(root, limits)
    except _Refused as refused:
        return refused.refusal
    width, height = _nominal_size(root)
    root.set("xmlns", SVG_NS)
    text = ET.tostring(root, encoding="utf-8", xml_declaration=False)
    return CleanSvg(text=text, width_px=width, height_px=height, notes=tuple(sorted(notes)))


def _unpack(data: bytes, limit: int) -> bytes:
    if data[:2] == b"\x1f\x8b":
        unpacker = zlib.decompressobj(wbits=31)
        try:
            data = unpacker.decompress(data, limit + 1)
        except zlib.error as error:
            raise _Refused(
                Refusal(reason="corrupt", detail=f"the packed SVG cannot be unpacked ({error})")
            ) from error
        if len(data) <= limit and not unpacker.eof:
            _refuse("corrupt", "the packed SVG is cut off")
    if len(data) > limit:
        _refuse("too-large", f"an SVG of more than {limit // 1024} KiB")
    return data


def _parse(data: bytes, limits: Limits) -> ET.Element:
    """The tree, with plain names for SVG elements and only those attributes that a printed SVG needs."""
    growing = _Growing(limits)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = growing.start
    parser.EndElementHandler = growing.end
    parser.CharacterDataHandler = growing.text
    # A doctype that only names its DTD is harmless, common, and never followed. One that defines entities
    # is the road to a thousand million laughs.
    parser.EntityDeclHandler = _refuse_entities
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _Refused(Refusal(reason="corrupt", detail=f"the SVG is not well formed ({error})")) from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not have
        raise _Refused(Refusal(reason="corrupt", detail=f"the SVG cannot be read ({error})")) from error
    root = growing.builder.close()
    if root.tag != "svg":
        _refuse("corrupt", f"the root element is {root.tag}, not svg")
    return root


def _refuse_entities(*_: object) -> NoReturn:
    _refuse("svg-unsafe", "it defines entities")


class _Growing:
    """The tree while it is read."""

    def __init__(self, limits: Limits) -> None:
        self.builder = ET.TreeBuilder()
        self._limit = limits.svg_elements
        self._count = self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        self._depth += 1
        if self._count > self._limit:
            _refuse("svg-too-complex", f"more than {self._limit} elements")
        if self._depth > _MAX_DEPTH:
            _refuse("svg-too-complex", f"elements nested more than {_MAX_DEPTH} deep")
        self.builder.start(_plain(name), {_full(key): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        self._depth -= 1
        self.builder.end(_plain(name))

    def text(self, text: str) -> None:
        self.builder.data(text)


def _plain(name: str) -> str:
    """An element's name: bare for SVG, `{namespace}name` for strangers."""
    namespace, _, local = name.rpartition("}")
    return local if namespace in {"", SVG_NS} else f"{{{namespace}}}{local}"


def _full(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _drop(root: ET.Element, tags: frozenset[str]) -> set[str]:
    """Takes out every element of these names; says so if one held text."""
    notes = set()
    for parent in root.iter():
        for child in [child for child in parent if child.tag in tags]:
            _remove(parent, child)
            if "".join(child.itertext()).strip():
                notes.add("text in foreignObject is not printed: export the drawing as PNG")
    return notes


def _remove(parent: ET.Element, child: ET.Element) -> None:
    """Takes an element out and keeps the text after it."""
    at = list(parent).index(child)
    if child.tail and at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + child.tail
    elif child.tail:
        parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _purge(root: ET.Element, redraw: Redraw | None) -> set[str]:
    """Drops elements and attributes that are not known to be harmless; says which pictures went with them."""
    notes = set()
    for element in root.iter():
        for child in [child for child in element if child.tag not in _KEPT]:
            _remove(element, child)
        for child in [child for child in element if child.tag == "image"]:
            words = _settle_image(child, redraw)
            if words:
                _remove(element, child)
                notes.add(words)
        _purge_attributes(element)
        if element.tag == "style":
            element.text = _clean_rules("".join(element.itertext()))
            for child in list(element):
                element.remove(child)
    return notes


def _settle_image(element: ET.Element, redraw: Redraw | None) -> str:
    """Keeps a picture that is written out; says why if it must go."""
    link = (element.attrib.pop(_XLINK_HREF, None) or element.attrib.pop("href", None) or "").strip()
    match = re.fullmatch(r"data:image/(?:png|jpe?g|gif|webp);base64,([A-Za-z0-9+/=\s]+)", link)
    if match is None:
        return "a picture that lies outside the drawing's file is not printed"
    try:
        content = base64.b64decode(re.sub(r"\s+", "", match.group(1)), validate=True)
    except binascii.Error:
        content = b""
    kept = redraw(content) if redraw and content else link if content else None
    if kept is None:
        return "a picture inside the drawing cannot be printed"
    element.set(_WRITTEN_OUT, kept)
    return ""


_WRITTEN_OUT = "data-written-out"


def _purge_attributes(element: ET.Element) -> None:
    link = (element.attrib.pop(_XLINK_HREF, None) or element.attrib.pop("href", None) or "").strip()
    written_out = element.attrib.pop(_WRITTEN_OUT, "") if element.tag == "image" else ""
    for name in list(element.attrib):
        if not _is_harmless(name):
            del element.attrib[name]
        elif name == "style" or "(" in element.attrib[name]:
            element.attrib[name] = _clean_css(element.attrib[name])
    if written_out or (link.startswith("#") and element.tag not in {"a", "image"}):
        element.set("href", written_out or link)


def _is_harmless(name: str) -> bool:
    if name.startswith("{"):
        return name == _XML_SPACE
    # spreadMethod: a tiny gradient repeated over a large shape takes the engine minutes. Others reach out.
    return not name.lower().startswith("on") and name not in {"base", "src", "spreadMethod", _WRITTEN_OUT}


def _clean_rules(text: str) -> str:
    """A style sheet without rules whose selectors ask questions: answering may take the engine minutes."""
    return re.sub(r"[^{}]*[(\[][^{}]*\{[^{}]*\}", " ", _clean_css(text))


def _clean_css(text: str) -> str:
    """CSS that names nothing outside the file.

    The engine lets CSS set any attribute, `href` too; and a backslash can spell any word.
    """
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"\\(?:([0-9A-Fa-f]{1,6})\s?|(.?))", _unescape, text, flags=re.DOTALL).replace("\\", "")
    text = re.sub(r"@(import|charset|namespace)\b[^;{]*(;|$)", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"@font-face\s*\{[^}]*\}", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<![\w-])(xlink:?)?href\s*:", "-dropped:", text, flags=re.IGNORECASE)
    return re.sub(r"(url|src|image|image-set)\(\s*(?!['\"]?\s*#)[^)]*\)?", "none", text, flags=re.IGNORECASE)


def _unescape(match: re.Match[str]) -> str:
    number = int(match.group(1) or "0", 16)
    return chr(number) if 0x20 <= number < 0xD800 else match.group(2) or ""


# --- weight: what the engine would have to do ---


def _weigh(root: ET.Element, limits: Limits) -> None:
    """Refuses what would take the engine too long."""
    for element in root.iter():
        longest = max((len(element.get(name, "")) for name in ("d", "points", "transform")), default=0)
        if longest > _MAX_PATH_CHARACTERS:
            _refuse("svg-too-complex", f"one path is {longest} characters long")
    text = sum(len(part) for element in root.iter("text") for part in element.itertext())
    if text > _MAX_TEXT_CHARACTERS:
        _refuse("svg-too-complex", f"{text} characters of text")
    _weigh_styles(root)
    _weigh_references(root, limits)


def _weigh_styles(root: ET.Element) -> None:
    """A selector of n parts may be tried against every chain of n ancestors of every element."""
    elements, depth = sum(1 for _ in root.iter()), _depth(root)
    matches = 0
    for style in root.iter("style"):
        for selectors in re.findall(r"([^{}]*)\{", style.text or ""):
            for selector in selectors.split(","):
                combinators = max(0, len(re.findall(r"[^\s>+~]+", selector)) - 1)
                matches += elements * min(depth ** min(combinators, 8), _MAX_MATCHES)
    if matches > _MAX_MATCHES:
        _refuse("svg-too-complex", "its style rules would be tried too many times")


def _depth(element: ET.Element) -> int:
    return 1 + max((_depth(child) for child in element), default=0)


_REFERENCE = re.compile(r"url\(\s*['\"]?\s*#([^)'\"\s]+)")


def _weigh_references(root: ET.Element, limits: Limits) -> None:
    """Counts what would be drawn if every reference were followed: elements, and references."""
    by_id = {element.get("id", ""): element for element in root.iter() if element.get("id")}
    weights: dict[int, tuple[int, int]] = {}

    def weigh(element: ET.Element, above: frozenset[int]) -> tuple[int, int]:
        if id(element) in weights:
            return weights[id(element)]
        if id(element) in above:
            _refuse("svg-unsafe", "an element refers to itself")
        if len(above) > 4 * _MAX_DEPTH:
            _refuse("svg-too-complex", "references nested too deep")
        chain = above | {id(element)}
        drawn, followed = 1, 0
        for child in element:
            inner = weigh(child, chain)
            drawn, followed = drawn + inner[0], followed + inner[1]
        for target in _targets(element):
            inner = weigh(by_id[target], chain) if target in by_id else (0, 0)
            times = _repeats(element)
            drawn, followed = drawn + times * inner[0], followed + times * (1 + inner[1])
        if drawn > limits.svg_elements or followed > limits.svg_uses:
            _refuse("svg-too-complex", f"it unfolds to {drawn} elements and {followed} references")
        weights[id(element)] = drawn, followed
        return drawn, followed

    weigh(root, frozenset())


def _targets(element: ET.Element) -> list[str]:
    """Ids that drawing this element also draws."""
    found = [element.get("href", "").removeprefix("#")] if element.get("href", "").startswith("#") else []
    for value in element.attrib.values():
        found += _REFERENCE.findall(value)
    return found


def _repeats(element: ET.Element) -> int:
    """How often a reference may be drawn: a marker once for each corner."""
    if any(name.startswith("marker") for name in element.attrib) or "marker" in element.get("style", ""):
        return 1 + len(
            re.findall(r"[A-Za-z]|[-+.\d]+[\s,]+[-+.\d]+", element.get("d", "") + element.get("points", ""))
        )
    return 1


# --- size ---

_PX = {
    "": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
    "em": 16.0, "ex": 8.0, "rem": 16.0,
}  # fmt: skip


def _nominal_size(root: ET.Element) -> tuple[int, int]:
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    box = re.findall(r"[-+.\deE]+", root.get("viewBox", ""))
    wide, high = (_number(box[2]), _number(box[3])) if len(box) == 4 else (0.0, 0.0)
    ratio = wide / high if wide > 0 and high > 0 else 0.0
    if not width and not height:
        width, height = (wide, high) if ratio else (300.0, 150.0)
    width = width or (height * ratio if ratio else height)
    height = height or (width / ratio if ratio else width)
    return max(1, min(round(width), 100_000)), max(1, min(round(height), 100_000))


def _length(text: str) -> float:
    """A length in px; 0 if it is relative or nonsense."""
    match = re.fullmatch(r"\s*([+\d.eE-]+?)\s*(px|pt|pc|in|cm|mm|em|ex|rem)?\s*", text)
    value = _number(match.group(1)) * _PX[match.group(2) or ""] if match else 0.0
    return value if 0 < value < 1e7 else 0.0


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if -1e9 < value < 1e9 else 0.0
