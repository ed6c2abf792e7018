"""Makes the element tree of a post out of its block tree; text still to be parsed is marked as `Spans`."""

from collections.abc import Callable
from typing import cast
from xml.etree.ElementTree import Element, SubElement

from yearbook.render.kramdown_tree import WHITE, Node, escape_keeping_entities, escape_text

_PLAIN_KINDS = frozenset(("blockquote", "ul", "ol", "li", "dl", "dt", "dd", "thead", "tbody", "tfoot", "tr"))
_SILENT_KINDS = frozenset(("blank", "eob", "definition"))


class Spans(str):
    """Text of an element that is Markdown still."""

    __slots__ = ()


class SpansInHtml(Spans):
    """Such text inside an HTML element, where a backslash breaks no line."""

    __slots__ = ()


class Emitter:
    """Writes nodes into elements; `stash` keeps HTML that must not be touched again."""

    def __init__(self, stash: Callable[[str], str], *, source_lines: bool) -> None:
        self._stash = stash
        self._source_lines = source_lines
        self._html_depth = 0
        self._unnamed: list[Element] = []
        self._boxes: list[tuple[Element, Element]] = []

    def write(self, nodes: list[Node], parent: Element, *, in_html: bool = False) -> None:
        """Appends the elements of the nodes to the parent; `in_html` says that it is an HTML element."""
        self._html_depth += in_html
        for node in nodes:
            if node.kind not in _SILENT_KINDS:
                self._write_one(node, parent)
        self._html_depth -= in_html

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

    def _spans(self, text: str) -> Spans:
        return SpansInHtml(text) if self._html_depth else Spans(text)

    def _write_plain(self, node: Node, parent: Element) -> None:
        element = self._start(node, parent, node.kind)
        if node.text:
            element.text = self._spans(node.text)
        self.write(node.children, element)
        if node.kind == "li" and node.note:
            self._add_checkbox(node, parent, element)

    def _add_checkbox(self, node: Node, parent: Element, element: Element) -> None:
        element.set("class", f"{element.get('class', '')} task-list-item".strip())
        parent.set("class", f"{parent.get('class', '').removesuffix('task-list')} task-list".strip())
        box = Element("input", {"type": "checkbox", "disabled": "disabled"})
        box.set("class", "task-list-item-checkbox")
        if node.note == "done":
            box.set("checked", "checked")
        self._boxes.append((element[0], box))

    def finish(self, name_headings: Callable[[list[Element]], None]) -> None:
        """Does what waits for the texts to be parsed: boxes before the text of tasks, names of headings."""
        for first, box in self._boxes:
            box.tail, first.text = first.text, None
            first.insert(0, box)
        name_headings(self._unnamed)

    def _write_p(self, node: Node, parent: Element) -> None:
        if node.note == "tight":
            tight = Element(cast("str", None))  # an element without a tag: the host writes what is in it
            parent.append(tight)
            text = node.text.rstrip(" \t") if node.text.endswith("\n\n") else node.text.strip(WHITE)
            tight.text, tight.tail = self._spans(text), "\n"
        else:
            self._start(node, parent, "p").text = self._spans(node.text.strip(WHITE))

    def _write_h(self, node: Node, parent: Element) -> None:
        element = self._start(node, parent, f"h{node.note}")
        element.text = self._spans(node.text)
        if "id" not in node.attrs:
            self._unnamed.append(element)

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
        cell.text = self._spans(node.text)

    _write_th = _write_td

    def _write_html(self, node: Node, parent: Element) -> None:
        element = self._start(node, parent, node.note)
        self.write(node.children, element, in_html=True)
        element.tail = "\n" if node.line else None

    def _write_void(self, node: Node, parent: Element) -> None:
        element = self._start(node, parent, node.note)
        element.tail = "\n" if node.line else None

    def _write_spans(self, node: Node, parent: Element) -> None:
        parent.text = self._spans(node.text)

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
