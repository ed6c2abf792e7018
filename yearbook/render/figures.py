"""Pictures that stand alone become figures with captions; small ones stay in their line.

Addresses stay as written: fetching and placing belong to `localise` and the store.
"""

import re
from collections.abc import Iterable
from dataclasses import field

from yearbook.captions import is_meaningful
from yearbook.render.tree import (
    BLOCKS,
    Element,
    add_class,
    append_text,
    classes,
    elements,
    has_text,
    is_empty,
    new,
    remove,
    replace,
    text_of,
    unwrap,
)
from yearbook.value import dataclass

_BADGE = re.compile(
    r"(?:shields\.io|badge|/badges?/|travis-ci|codecov\.io|circleci\.com|hits\.seeyoufarm|hitcounter)", re.I
)
_WIDTH = re.compile(r"\s*(\d{1,5}(?:\.\d+)?)\s*(%|px|pt|em|rem|vw)?\s*")
_STYLE_WIDTH = re.compile(r"(?:^|;)\s*(?:max-)?width\s*:\s*([^;]+)", re.IGNORECASE)
_STYLE_ZOOM = re.compile(r"(?:^|;)\s*zoom\s*:\s*([\d.]+%?)", re.IGNORECASE)
_ICON_PX = 48
_LONGEST_CAPTION = 140
_PICTURE_TAGS = frozenset({"img", "picture"})
_PLACES = frozenset({"align-center", "align-left", "align-right"})


@dataclass(slots=True)
class _Line:
    """One line of a paragraph as the blog's author typed it."""

    parts: list[Element | str] = field(default_factory=list)
    """Elements (without tails) and texts, in order."""
    end: str | Element = ""
    """What ended it: a `<br>`, a line end, or nothing."""

    @property
    def pictures(self) -> list[Element]:
        """The pictures, if there is nothing else on the line."""
        found: list[Element] = []
        for part in self.parts:
            if isinstance(part, str):
                if has_text(part):
                    return []
            elif not is_picture(part):
                return []
            else:
                found.append(part)
        return found


def is_picture(element: Element) -> bool:
    """Whether the element is a picture that can stand alone, perhaps inside a link or a span."""
    if element.tag in _PICTURE_TAGS:
        image = image_of(element)
        return image is not None and not _is_icon(image)
    if element.tag not in ("a", "span", "strong", "em", "b", "i", "u", "small", "sub") or has_text(
        text_of(element)
    ):
        return False
    return len(element) > 0 and all(is_picture(child) for child in element if child.tag != "br")


def image_of(element: Element) -> Element | None:
    """The first `<img>` in or at the element."""
    return next(element.iter("img"), None)


def _is_icon(image: Element) -> bool:
    """Whether the picture is a badge or a pictogram that belongs into its line."""
    wish = image.get("data-width", "")
    small = wish.endswith("px") and float(wish[:-2]) <= _ICON_PX
    return small or "emoji" in classes(image) or bool(_BADGE.search(image.get("src", "")))


def note_sizes(root: Element) -> None:
    """Turn every wish for a width, in whatever form, into `data-width`; drop pictures without an address."""
    for image in elements(root, "img"):
        if not image.get("src"):
            image.set("src", image.get("data-src") or image.get("data-original") or "")
        if not image.get("srcset") and image.get("data-srcset"):
            image.set("srcset", image.get("data-srcset", ""))
        if not image.get("src", "").strip() and not image.get("srcset"):
            remove(image)
            continue
        width = wished_width(image.get("width") or image.get("w") or "", image.get("style", ""))
        for name in ("width", "w", "height", "h", "style", "data-src", "data-original", "data-srcset"):
            image.attrib.pop(name, "")
        if width:
            image.set("data-width", width)


def wished_width(attribute: str, style: str = "") -> str:
    """The width that an attribute or a style asks for, as `50%` or `300px`; empty if none.

    >>> wished_width("300"), wished_width("70%"), wished_width("", "zoom:50%;"), wished_width("auto")
    ('300px', '70%', '50%', '')
    """
    styled = _STYLE_WIDTH.search(style)
    zoomed = _STYLE_ZOOM.search(style)
    for text in (styled[1] if styled else "", attribute, zoomed[1] if zoomed else ""):
        found = _WIDTH.fullmatch(text)
        if not found or not float(found[1]):
            continue
        number, unit = float(found[1]), found[2] or "px"
        if zoomed and text == zoomed[1] and not found[2]:
            number, unit = number * 100, "%"
        scale = {"pt": 4 / 3, "em": 16, "rem": 16}.get(unit, 1)
        unit = "%" if unit in ("%", "vw") else "px"
        return f"{min(number, 100) if unit == '%' else number * scale:g}{unit}"
    return ""


def make_figures(root: Element) -> None:
    """Turn pictures that stand on lines of their own into figures, wherever paragraphs may stand."""
    for block in elements(root, "p", "li", "dd"):
        if block.getparent() is None or image_of(block) is None:
            continue
        if any(child.tag in BLOCKS and child.tag not in ("ul", "ol") for child in block) and block.tag == "p":
            continue
        _lift_pictures(block)
    for figure in elements(root, "figure"):
        _finish_figure(figure)


def _lift_pictures(block: Element) -> None:
    """Split a paragraph at its picture lines."""
    lines = _split_lines(block)
    if not any(line.pictures for line in lines):
        return
    groups = _group(lines)
    nodes: list[Element] = []
    for group in groups:
        if group[0].pictures:
            nodes.append(_figure([picture for line in group for picture in line.pictures], block))
        elif any(
            has_text(part) if isinstance(part, str) else not is_empty(part)
            for line in group
            for part in line.parts
        ):
            nodes.append(_text_block(group, block))
    _take_captions(nodes)
    _put(block, nodes)


def _split_lines(block: Element) -> list[_Line]:
    """The block's content line by line, up to its first inner list."""
    lines = [_Line()]

    def add_text(text: str | None) -> None:
        first, *rest = (text or "").split("\n")
        if first:
            lines[-1].parts.append(first)
        for piece in rest:
            lines[-1].end = "\n"
            lines.append(_Line())
            if piece:
                lines[-1].parts.append(piece)

    add_text(block.text)
    for child in block:
        if child.tag == "br":
            lines[-1].end = child
            lines.append(_Line())
            tail = (child.tail or "").removeprefix("\n")
        else:
            lines[-1].parts.append(child)
            tail = child.tail or ""
        add_text(tail)
    return lines


def _group(lines: Iterable[_Line]) -> list[list[_Line]]:
    """Neighbouring lines of one kind together: pictures, or text. Blank lines end nothing."""
    groups: list[list[_Line]] = []
    for line in lines:
        blank = not any(has_text(part) if isinstance(part, str) else True for part in line.parts)
        if blank and (not groups or groups[-1][0].pictures):
            continue
        if groups and bool(groups[-1][0].pictures) == bool(line.pictures):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _text_block(group: list[_Line], block: Element) -> Element:
    """A paragraph of the lines, or a bare span of them where the text stood in a list's entry."""
    element = new("p" if block.tag == "p" else "span")
    for name, value in block.attrib.items():
        if block.tag == "p" and name != "id":
            element.set(name, value)
    for number, line in enumerate(group):
        for part in line.parts:
            if isinstance(part, str):
                append_text(element, part)
            else:
                part.tail = None
                element.append(part)
        if number + 1 < len(group):
            if isinstance(line.end, str):
                append_text(element, line.end)
            else:
                line.end.tail = None
                element.append(line.end)
    return element


def _put(block: Element, nodes: list[Element]) -> None:
    """Replace a paragraph by its parts, or fill a list's entry with them."""
    if block.tag == "p":
        parent = block.getparent()
        assert parent is not None
        index = parent.index(block)
        if nodes:
            nodes[-1].tail = block.tail
            if block.get("id"):
                nodes[0].set("id", block.get("id", ""))
        block.tail = None
        parent.remove(block)
        for offset, node in enumerate(nodes):
            parent.insert(index + offset, node)
        return
    block.text = None
    for child in list(block):
        block.remove(child)
    block.extend(nodes)
    for node in [node for node in nodes if node.tag == "span"]:
        unwrap(node)


def _figure(pictures: list[Element], block: Element) -> Element:
    """A figure of one picture, a pair, or a gallery."""
    figure = new("figure")
    if len(pictures) > 1:
        add_class(figure, "pair" if len(pictures) == 2 else "gallery")
    if block.get("data-line"):
        figure.set("data-line", block.get("data-line", ""))
    places = [name for holder in (block, *pictures) for name in classes(holder) if name in _PLACES]
    add_class(figure, *places[:1])
    for picture in pictures:
        picture.tail = None
        figure.append(picture)
    if not classes(figure):
        figure.attrib.pop("class", "")
    return figure


def _take_captions(nodes: list[Element]) -> None:
    """Make a short line in italics right under a picture its caption."""
    for figure, text in zip(list(nodes), nodes[1:], strict=False):
        if figure.tag == "figure" and text.tag == "p" and is_caption(text):
            _add_caption(figure, text)
            nodes.remove(text)


def take_next_captions(root: Element) -> None:
    """The same where the caption is a paragraph of its own."""
    for figure in elements(root, "figure"):
        text = figure.getnext()
        if text is None or has_text(figure.tail) or text.tag != "p" or figure.find("figcaption") is not None:
            continue
        if is_caption(text):
            _add_caption(figure, text)
            remove(text)


def is_caption(paragraph: Element) -> bool:
    """Whether a paragraph is nothing but a short text in italics or small letters."""
    if has_text(paragraph.text) or len(paragraph) != 1 or has_text(paragraph[0].tail):
        return False
    return (
        paragraph[0].tag in ("em", "i", "small", "sub", "sup") and len(text_of(paragraph)) <= _LONGEST_CAPTION
    )


def _add_caption(figure: Element, paragraph: Element) -> None:
    """Move a paragraph's content under a figure."""
    caption = new("figcaption")
    caption.text = paragraph[0].text
    caption.extend(list(paragraph[0]))
    figure.append(caption)


def _finish_figure(figure: Element) -> None:
    """Give a figure the caption that its pictures' titles or alternative texts make."""
    images = list(figure.iter("img"))
    for image in images:
        for name in ("align-center", "align-left", "align-right"):
            if name in classes(image):
                add_class(figure, name)
    if figure.find(".//figcaption") is None:
        captions = list(dict.fromkeys(filter(None, (caption_of(image) for image in images))))
        if captions:
            figure.append(new("figcaption", " · ".join(captions)))
    for image in images:
        image.attrib.pop("title", "")


def caption_of(image: Element) -> str:
    """The caption that a picture brings along; empty if its texts say nothing."""
    title, alt = (" ".join(image.get(name, "").split()) for name in ("title", "alt"))
    for text in (title, alt):
        if text and is_meaningful(text, image.get("src", "")):
            return text
    return ""


def tidy_containers(root: Element) -> None:
    """Take off empty wrappers around figures that `<p>`, `<div>` and `<center>` leave behind."""
    for box in elements(root, "div", "center", "section"):
        children = [] if box is root else list(box)
        if (
            len(children) == 1
            and children[0].tag == "figure"
            and not has_text(box.text)
            and not has_text(children[0].tail)
        ):
            add_class(children[0], *[name for name in classes(box) if name in _PLACES])
            figure = children[0]
            replace(box, figure)
