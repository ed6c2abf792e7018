"""Notices, alerts, callouts, prompts: one form for what every theme writes in another.

A notice is `<div class="notice notice-warning">` with an optional `<p class="notice-title">`; the kinds are
`note`, `info`, `tip`, `warning` and `danger`.
"""

import re

from yearbook.dialects.tag_html import notice_kind
from yearbook.render.tree import Element, classes, elements, has_text, new, remove, replace, text_of

_ALERT = re.compile(r"\s*\[!([A-Za-z]+)\][+-]?[ \t]*([^\n]*)")
_NAMED = re.compile(
    r"(?:notice|prompt|alert|admonition|callout|note|box|hint|message|custom-block|bs-callout|infobox)-{1,2}(\w+)"
)
_FAMILY = frozenset(
    {"notice", "alert", "admonition", "callout", "custom-block", "hint", "message", "markdown-alert"}
)
_TITLES = frozenset(
    {"admonition-title", "custom-block-title", "markdown-alert-title", "callout-title", "alert-heading"}
)


def settle_notices(root: Element) -> None:
    """Give every notice its one form."""
    for element in elements(root, "blockquote", "div", "p", "section", "aside"):
        if element.getparent() is None or "notice-title" in classes(element):
            continue
        kind = _alert_kind(element) if element.tag == "blockquote" else ""
        kind = kind or kind_of(classes(element))
        if kind:
            _make_notice(element, kind)


def kind_of(names: list[str]) -> str:
    """The kind of notice that classes name; empty if they name none.

    >>> kind_of(["notice--info"]), kind_of(["prompt-tip"]), kind_of(["admonition", "bug"]), kind_of(["btn"])
    ('info', 'tip', 'danger', '')
    """
    for name in names:
        found = _NAMED.fullmatch(name.lower())
        if found and notice_kind(found[1]):
            return notice_kind(found[1])
    if _FAMILY & set(names):
        return next((notice_kind(name) for name in names if notice_kind(name)), "note")
    return ""


def _alert_kind(quote: Element) -> str:
    """The kind of a quotation that begins with `[!NOTE]`, which is taken out of it."""
    first = quote[0] if len(quote) else None
    if first is None or first.tag != "p" or has_text(quote.text):
        return ""
    found = _ALERT.match(first.text or "")
    if not found:
        return ""
    title = found[2].strip() or found[1].capitalize()
    first.text = (first.text or "")[found.end() :].lstrip("\n")
    if len(first) and not has_text(first.text) and first[0].tag == "br":
        first.text = first[0].tail
        first.remove(first[0])
    head = new("p", title, class_="notice-title")
    quote.insert(0, head)
    if not has_text(text_of(first)) and first.find(".//img") is None:
        remove(first)
    return notice_kind(found[1]) or "note"


def _make_notice(element: Element, kind: str) -> None:
    """Turn an element into a notice; a paragraph goes into one."""
    if element.tag == "p":
        box = new("div")
        replace(element, box)
        element.attrib.pop("class", "")
        box.append(element)
        if element.get("id"):
            box.set("id", element.attrib.pop("id"))
        element = box
    element.tag = "div"
    element.set("class", f"notice notice-{kind}")
    for child in element:
        if _TITLES & set(classes(child)):
            child.tag = "p"
            child.set("class", "notice-title")
