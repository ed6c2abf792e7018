"""The chapter's HTML as a tree, and back: the one place of this room that knows the HTML library.

The text comes from `clean`, whose parser is the one of the HTML standard; here it only changes its clothes,
so what a browser would see is exactly what the tree holds. A tree is made and dropped inside this room.
"""

import re
from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element as Element

__all__ = ["Element", "to_html", "to_tree"]

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption", "center",
})  # fmt: skip
_VOID = re.compile(r'<((?:area|br|col|hr|img|input|source|track|wbr)(?: [^\s=>"]+="[^"]*")*)>')
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def to_tree(html: str) -> Element:
    """The cleaned fragment as children of one `div`."""
    xml = _NOT_XML.sub("", html).replace("&nbsp;", "\u00a0")
    xml = _VOID.sub(r"<\1/>", xml)
    parser = etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True)
    return etree.fromstring(f"<div>{xml}</div>", parser)


def to_html(root: Element) -> str:
    """The children of `root` as text that the HTML parser reads back the same way."""
    for element in root.iter():
        if element.text is None and not len(element) and element.tag not in _VOID_TAGS:
            element.text = ""  # else `<p/>`, which HTML takes for an opening tag
    text: str = etree.tostring(root, encoding="unicode")
    return text[text.index(">") + 1 : -len("</div>")]


_VOID_TAGS = frozenset({
    "area", "br", "col", "hr", "img", "input", "source", "track", "wbr",
})  # fmt: skip


def text_of(element: Element) -> str:
    """The text inside, line ends and all."""
    return "".join(str(text) for text in element.itertext())


def has_text(text: str | None) -> bool:
    """Whether there is anything but white space; a no-break space is white space too."""
    return bool(text and text.strip(" \t\n\r\f\u00a0\u200b\ufeff"))


def is_empty(element: Element) -> bool:
    """Whether nothing would be seen of the element: no text, no picture, no rule, no formula."""
    if any(child.tag in _SEEN for child in element.iter()):
        return False
    return not any(has_text(str(text)) for text in element.itertext())


_SEEN = frozenset({
    "img", "hr", "picture", "input", "iframe", "video", "audio", "source",
})  # fmt: skip


def classes(element: Element) -> list[str]:
    """The element's classes."""
    return element.get("class", "").split()


def add_class(element: Element, *names: str) -> None:
    """Add classes that the element does not have yet."""
    merged = [*classes(element), *(name for name in names if name not in classes(element))]
    element.set("class", " ".join(merged))


def append_text(element: Element, text: str) -> None:
    """Put text after everything inside the element."""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _keep_tail(element: Element) -> Element | None:
    """Move the text after the element to before it; gives its parent."""
    parent = element.getparent()
    if parent is not None and element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
        element.tail = None
    return parent


def remove(element: Element) -> None:
    """Take the element out with all that is in it; the text after it stays."""
    parent = _keep_tail(element)
    if parent is not None:
        parent.remove(element)


def replace(element: Element, other: Element) -> None:
    """Put another element in this one's place."""
    parent = element.getparent()
    if parent is not None:
        other.tail, element.tail = element.tail, None
        parent.replace(element, other)


def unwrap(element: Element) -> None:
    """Put what is inside the element in its place."""
    parent = element.getparent()
    if parent is None:
        return
    tail, element.tail = element.tail, None
    index = parent.index(element)
    before = element.getprevious()
    if element.text:
        if before is not None:
            before.tail = (before.tail or "") + element.text
        else:
            parent.text = (parent.text or "") + element.text
    children = list(element)
    parent.remove(element)
    for offset, child in enumerate(children):
        parent.insert(index + offset, child)
    if tail:
        last = children[-1] if children else before
        if last is not None:
            last.tail = (last.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail


def new(tag: str, text: str = "", **attributes: str) -> Element:
    """A new element; `class_` and `data_line` stand for `class` and `data-line`."""
    element = etree.Element(
        tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    )
    element.text = text or None
    return element


def following(element: Element) -> Element | None:
    """The next element, unless text stands before it."""
    return None if has_text(element.tail) else element.getnext()


def preceding(element: Element) -> Element | None:
    """The element before, unless text stands between."""
    before = element.getprevious()
    return None if before is None or has_text(before.tail) else before


def line_of(element: Element) -> int:
    """1-based line of the post's body that the element comes from; 0 if unknown."""
    for node in (element, *element.iterancestors()):
        line = node.get("data-line", "")
        if line.isdigit():
            return int(line)
    return 0


def elements(root: Element, *tags: str) -> Iterator[Element]:
    """The elements of these names in order, taken down first so that the tree may be changed on the way."""
    return iter(list(root.iter(*tags)))
