"""The HTML tree of a chapter: reading, writing, finding, replacing."""

from html import escape
from typing import cast

import lxml.html
from lxml.html import HtmlElement


def parse(html: str) -> HtmlElement:
    """The fragment as children of one `div`."""
    return lxml.html.fragment_fromstring(html, create_parent="div")


def serialise(root: HtmlElement) -> str:
    """The children of `root` as text."""
    return escape(root.text or "", quote=False) + "".join(
        lxml.html.tostring(child, encoding="unicode") for child in root
    )


def select(root: HtmlElement, path: str) -> list[HtmlElement]:
    """The elements that an XPath names."""
    return cast("list[HtmlElement]", root.xpath(path))


def replace(old: HtmlElement, new: HtmlElement) -> None:
    """Puts `new` where `old` is; the text behind it and the anchor stay."""
    parent = old.getparent()
    if old.get("id"):
        new.set("id", old.get("id"))
    if parent is None:
        msg = "the root of a chapter cannot be replaced"
        raise ValueError(msg)
    new.tail, old.tail = old.tail, None
    parent.replace(old, new)


def drop(element: HtmlElement) -> None:
    """Takes the element away; the text behind it stays."""
    element.drop_tree()


def line_of(element: HtmlElement) -> int:
    """1-based line of the body on which the element or its nearest marked ancestor stands; 0 if unknown."""
    for node in (element, *element.iterancestors()):
        if line := node.get("data-line"):
            return int(line)
    return 0
