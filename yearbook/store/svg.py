"""A stranger's SVG -> an SVG that is safe to typeset.

Pure: bytes in, bytes or a refusal out. An SVG is as dangerous as a web page: it can name other files,
unfold to millions of elements, and keep the engine busy for minutes. What cannot hurt is kept; the rest is
dropped, and where text is lost the result says so.
"""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass, field
from typing import NoReturn
from xml.etree import ElementTree as ET
from xml.parsers import expat

from yearbook.store.policy import Limits

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
_MAX_PATH_CHARACTERS = 300_000


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
    pictures: tuple[bytes, ...] = field(default=(), repr=False)
    """The raster pictures that were written into it; still to be proven."""


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


def clean(data: bytes, limits: Limits) -> CleanSvg | Refusal:
    """The SVG without anything that reaches out, moves, or unfolds without end. Takes `.svgz` too.

    >>> clean(b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"/>', Limits()).width_px
    4
    """
    try:
        root = _parse(_unpack(data, limits.svg_bytes), limits)
        notes = tuple(sorted({"text inside foreignObject is not printed" for _ in _drop(root, _LOST_TEXT)}))
        pictures: list[bytes] = []
        _purge(root, pictures)
        _weigh(root, limits)
    except _Refused as refused:
        return refused.refusal
    width, height = _nominal_size(root)
    root.set("xmlns", SVG_NS)
    text = ET.tostring(root, encoding="utf-8", xml_declaration=False)
    return CleanSvg(text=text, width_px=width, height_px=height, notes=notes, pictures=tuple(pictures))


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


def _drop(root: ET.Element, tags: frozenset[str]) -> list[ET.Element]:
    """Takes out every element of these names; gives those that held text."""
    dropped = []
    for parent in root.iter():
        for child in [child for child in parent if child.tag in tags]:
            _remove(parent, child)
            if "".join(child.itertext()).strip():
                dropped.append(child)
    return dropped


def _remove(parent: ET.Element, child: ET.Element) -> None:
    """Takes an element out and keeps the text after it."""
    at = list(parent).index(child)
    if child.tail and at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + child.tail
    elif child.tail:
        parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _purge(root: ET.Element, pictures: list[bytes]) -> None:
    for element in root.iter():
        for child in [child for child in element if child.tag not in _KEPT]:
            _remove(element, child)
        _purge_attributes(element, pictures)
        if element.tag == "style":
            element.text = _clean_css("".join(element.itertext()))
            for child in list(element):
                element.remove(child)


def _purge_attributes(element: ET.Element, pictures: list[bytes]) -> None:
    link = element.attrib.pop(_XLINK_HREF, None) or element.attrib.pop("href", None)
    for name in list(element.attrib):
        if not _is_harmless(name):
            del element.attrib[name]
        elif name == "style" or "(" in element.attrib[name]:
            element.attrib[name] = _clean_css(element.attrib[name])
    if link and _is_inner(element, link.strip(), pictures):
        element.set("href", link.strip())


def _is_harmless(name: str) -> bool:
    if name.startswith("{"):
        return name == _XML_SPACE
    # spreadMethod: a tiny gradient repeated over a large shape takes the engine minutes. base, on…, src:
    # reach out.
    return not name.lower().startswith("on") and name not in {"base", "src", "spreadMethod", "href"}


def _is_inner(element: ET.Element, link: str, pictures: list[bytes]) -> bool:
    """Whether a link stays inside the file: an id, or a picture written out."""
    if link.startswith("#"):
        return element.tag != "a"
    match = re.fullmatch(r"data:image/(?:png|jpe?g|gif|webp);base64,([A-Za-z0-9+/=\s]+)", link)
    if element.tag != "image" or match is None:
        return False
    try:
        pictures.append(base64.b64decode(re.sub(r"\s+", "", match.group(1)), validate=True))
    except binascii.Error:
        return False
    return True


def _clean_css(text: str) -> str:
    """CSS that names nothing outside the file.

    The engine lets CSS set any attribute, `href` too; and a backslash can spell any word.
    """
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL).replace("\\", "")
    text = re.sub(r"@(import|charset|namespace)\b[^;{]*(;|$)", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"@font-face\s*\{[^}]*\}", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<![\w-])(xlink:?)?href\s*:", "-dropped:", text, flags=re.IGNORECASE)
    return re.sub(r"(url|src|image|image-set)\(\s*(?!['\"]?\s*#)[^)]*\)?", "none", text, flags=re.IGNORECASE)


# --- weight: what the engine would have to do ---


def _weigh(root: ET.Element, limits: Limits) -> None:
    """Refuses what would take the engine too long."""
    for element in root.iter():
        longest = max((len(element.get(name, "")) for name in ("d", "points", "transform")), default=0)
        if longest > _MAX_PATH_CHARACTERS:
            _refuse("svg-too-complex", f"one path is {longest} characters long")
    _weigh_styles(root)
    _weigh_references(root, limits.svg_uses)


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


def _weigh_references(root: ET.Element, limit: int) -> None:
    """Counts the elements that would be drawn if every reference were followed."""
    by_id = {element.get("id", ""): element for element in root.iter() if element.get("id")}
    weights: dict[int, int] = {}

    def weigh(element: ET.Element, above: frozenset[int]) -> int:
        if id(element) in weights:
            return weights[id(element)]
        if id(element) in above:
            _refuse("svg-unsafe", "an element refers to itself")
        if len(above) > 4 * _MAX_DEPTH:
            _refuse("svg-too-complex", "references nested too deep")
        chain = above | {id(element)}
        total = sum(weigh(child, chain) for child in element)
        for target in _targets(element):
            if target in by_id:
                total += (1 + weigh(by_id[target], chain)) * _repeats(element)
        weights[id(element)] = total
        if total > limit:
            _refuse("svg-too-complex", f"its references unfold to more than {limit} elements")
        return total

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
