"""Makes the element tree of a post out of its block tree; text still to be parsed is marked as `Spans`."""

from collections.abc import Callable
from typing import cast
from xml.etree.ElementTree import Element, SubElement

from yearbook.render.kramdown_tree import Node, escape_keeping_entities, escape_text

_PLAIN_KINDS = frozenset(("blockquote", "ul", "ol", "li", "dl", "dt", "dd", "thead", "tbody", "tfoot", "tr"))
_SILENT_KINDS = frozenset(("blank", "eob", "footnote"))


class Spans(str):
    """Text of an element that is Markdown still."""

    __slots__ = ()


class Emitter:
    """Writes nodes into elements; `stash` keeps HTML that must not be touched again."""

    def __init__(self, stash: Callable[[str], str], *, source_lines: bool) -> None:
        self._stash = stash
        self._source_lines = source_lines
        self.unnamed: list[Element] = []
        """Headings that have no id yet: it is made from their text once that is parsed."""

    def write(self, nodes: list[Node], parent: Element) -> None:
        """Appends the elements of the nodes to the parent."""
        for node in nodes:
            if node.kind not in _SILENT_KINDS:
                self._write_one(node, parent)

    def _write_one(self, node: Node, parent: Element) -> None:
        if "{toc}" in node.attrs and node.kind in ("ul", "ol"):
            SubElement(parent, "nav", {"class": "toc"}).tail = "\n"
        elif node.kind in _PLAIN_KINDS:
            self._write_plain(node, parent)
        else:
            getattr(self, f"_write_{node.kind}")(node, parent)

    def _start(self, node: Node, parent: Element, tag: str) -> Element:
        element = SubElement(parent, tag)
        for key, value in node.attrs.items():
            if key != "{toc}":
                element.set(key, escape_keeping_entities(value))
        if self._source_lines and node.line:
            element.set("data-line", str(node.line))
        element.tail = "\n"
        return element

    def _write_plain(self, node: Node, parent: Element) -> None:
        element = self._start(node, parent, node.kind)
        if node.text:
            element.text = Spans(node.text)
        if node.kind == "li" and node.note:
            self._add_checkbox(node, parent, element)
        self.write(node.children, element)

    def _add_checkbox(self, node: Node, parent: Element, element: Element) -> None:
        element.set("class", f"{element.get('class', '')} task-list-item".strip())
        parent.set("class", f"{parent.get('class', '').removesuffix('task-list')} task-list".strip())
        box = SubElement(element, "input", {"type": "checkbox", "disabled": "disabled"})
        box.set("class", "task-list-item-checkbox")
        if node.note == "done":
            box.set("checked", "checked")

    def _write_p(self, node: Node, parent: Element) -> None:
        if node.note == "tight":
            tight = Element(cast("str", None))  # an element without a tag: the host writes what is in it
            parent.append(tight)
            tight.text, tight.tail = Spans(node.text), "\n"
        else:
            self._start(node, parent, "p").text = Spans(node.text)

    def _write_h(self, node: Node, parent: Element) -> None:
        element = self._start(node, parent, f"h{node.note}")
        element.text = Spans(node.text)
        if "id" not in node.attrs:
            self.unnamed.append(element)

    def _write_hr(self, node: Node, parent: Element) -> None:
        self._start(node, parent, "hr")

    def _write_math(self, node: Node, parent: Element) -> None:
        element = self._start(node, parent, "div")
        element.set("class", f"{element.get('class', '')} math".strip())
        element.text = escape_text(node.text)

    def _write_code(self, node: Node, parent: Element) -> None:
        pre = self._start(node, parent, "pre")
        code = SubElement(pre, "code")
        language, _, rest = node.note.partition("?")
        if language:
            code.set("class", f"language-{escape_keeping_entities(language)}")
        if rest:
            code.set("data-info", escape_keeping_entities(rest))
        code.text = escape_text(node.text)

    def _write_table(self, node: Node, parent: Element) -> None:
        table = self._start(node, parent, "table")
        self.write(node.children, table)

    def _write_td(self, node: Node, parent: Element) -> None:
        cell = SubElement(parent, node.kind)
        if node.note:
            cell.set("style", f"text-align: {node.note}")
        cell.text = Spans(node.text)

    _write_th = _write_td

    def _write_html(self, node: Node, parent: Element) -> None:
        element = self._start(node, parent, node.note)
        if not self._source_lines or not node.line:
            element.tail = None
        self.write(node.children, element)
        element.tail = "\n" if node.line else None

    def _write_void(self, node: Node, parent: Element) -> None:
        element = self._start(node, parent, node.note)
        element.tail = "\n" if node.line else None

    def _write_spans(self, node: Node, parent: Element) -> None:
        parent.text = Spans(node.text)

    def _write_text(self, node: Node, parent: Element) -> None:
        _append(parent, escape_keeping_entities(node.text))

    def _write_verbatim(self, node: Node, parent: Element) -> None:
        _append(parent, node.text)

    def _write_raw(self, node: Node, parent: Element) -> None:
        _append(parent, self._stash(node.text) + "\n" * bool(node.line))


def _append(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
