"""The structure of a chapter: what stands in a post's HTML, arranged as a book wants it.

Called once per post by the door of this room, after the HTML has been cleaned and made a tree; everything
here changes that tree in place. What a picture, a heading or a line of prose needs is said in the modules of
that name.
"""

import re

from yearbook.render import figures, headings, prose
from yearbook.render.embeds import make_cards
from yearbook.render.highlight import Colour, highlight, language_of
from yearbook.render.notices import settle_notices
from yearbook.render.tree import (
    BLOCKS,
    Element,
    add_class,
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

_ALIGN = re.compile(r"text-align\s*:\s*(left|right|center)", re.IGNORECASE)
_ALIGN_CLASSES = {
    "text-center": "align-center", "aligncenter": "align-center", "center": "align-center",
    "text-right": "align-right", "alignright": "align-right",
    "text-left": "align-left", "alignleft": "align-left",
}  # fmt: skip
_RENAMED = {
    "strike": "del", "s": "del", "acronym": "abbr", "tt": "code", "samp": "code", "main": "div",
    "article": "div", "nav": "div", "header": "div", "footer": "div",
}  # fmt: skip
_TOC_MARK = re.compile(
    r"\[\[?_?toc_?\]?\]|@\[toc\](?:\(.*\))?|\$\{toc\}|\{:toc\}|<!-- ?toc ?-->", re.IGNORECASE
)
_BACK = re.compile(r"footnote-?back(?:ref|link)?|reversefootnote|footnote-return")
_DEEPEST = 40


def arrange(
    root: Element, *, title: str, language: str, prefix: str, join_breaks: bool, colour: Colour
) -> None:
    """Arrange the tree of one post.

    Args:
        root: the tree; its children are the post's blocks.
        title: the post's title, which a first heading may repeat.
        language: BCP 47 tag of the text.
        prefix: what anchors begin with.
        join_breaks: whether hard breaks inside running text become spaces.
        colour: what tells the words of a listing apart.
    """
    _settle_tags(root)
    settle_notices(root)
    _open_divisions(root)
    figures.note_sizes(root)
    make_cards(root)
    _settle_math(root)
    _settle_notes(root)
    _drop_contents(root)
    headings.drop_empty_headings(root)
    prose.wrap_loose_text(root)
    prose.split_double_breaks(root)
    figures.make_figures(root)
    figures.tidy_containers(root)
    figures.take_next_captions(root)
    prose.settle_breaks(root, join=join_breaks)
    prose.tidy_text(root, korean=language.split("-")[0].lower() == "ko")
    drop_empty(root)
    _settle_headings(root, title)
    _settle_code(root, colour)
    _wrap_tables(root)
    headings.prefix_ids(root, prefix)
    prose.bound_text(root)
    _flatten(root)


def _settle_headings(root: Element, title: str) -> None:
    """Everything about headings, in the one order that works."""
    headings.name_headings(root)
    headings.remove_title(root, title)
    headings.make_bold_headings(root)
    headings.mark_led(root)
    headings.level_headings(root)
    headings.name_headings(root)
    headings.list_empty_sections(root)
    headings.drop_rules(root)


def _settle_tags(root: Element) -> None:
    """Old tags and styles become tags of today and classes."""
    for element in elements(root, "*"):
        tag = str(element.tag)
        align = element.get("align", "").lower()
        styled = _ALIGN.search(element.get("style", ""))
        align = styled[1].lower() if styled else align
        if tag == "center":
            element.tag, align = "div", align or "center"
        if align in ("left", "right", "center") and tag != "img":
            add_class(element, f"align-{align}")
        _rename_classes(element)
        if tag != "img":
            for name in ("style", "align", "width"):
                element.attrib.pop(name, "")
        if tag in _RENAMED:
            element.tag = _RENAMED[tag]
        elif tag == "input":
            _settle_box(element)
        elif tag == "a" and element.get("name") and not element.get("id"):
            element.set("id", element.attrib.pop("name"))
        elif tag in ("font", "big"):
            unwrap(element)


def _rename_classes(element: Element) -> None:
    """One name for what blogs call differently."""
    names = classes(element)
    if any(name in _ALIGN_CLASSES for name in names):
        element.set("class", " ".join(dict.fromkeys(_ALIGN_CLASSES.get(name, name) for name in names)))


def _settle_box(box: Element) -> None:
    """A checkbox becomes a sign that prints."""
    if box.get("type", "").lower() != "checkbox":
        remove(box)
        return
    done = box.get("checked") is not None
    sign = new("span", "☑" if done else "☐", class_="task-box", data_checked="true" if done else "false")
    entry = next(box.iterancestors("li"), None)
    if entry is not None:
        entry.set("class", "task")
    replace(box, sign)
    sign.tail = " " + (sign.tail or "").lstrip()


def _open_divisions(root: Element) -> None:
    """Divisions that only hold text are paragraphs; divisions that say nothing are taken off."""
    for division in elements(root, "div", "section", "center"):
        if division is root or set(classes(division)) & {"math", "footnotes"}:
            continue
        if "notice" in classes(division):
            prose.wrap_loose_text(division)
            continue
        inline = not any(child.tag in BLOCKS for child in division)
        if inline and (has_text(text_of(division)) or division.find(".//img") is not None):
            division.tag = "p"
        elif division.getparent() is not None and not _says_something(division):
            if not inline:
                prose.wrap_loose_text(division)
            unwrap(division)


def _says_something(division: Element) -> bool:
    """Whether a division has a meaning that the styles know."""
    return bool(division.get("id")) or any(
        name.startswith(("align-", "notice", "note", "embed", "stubs", "details", "caption", "row"))
        for name in classes(division)
    )


def _settle_math(root: Element) -> None:
    """Give every formula its kind, whichever parser found it, and take displayed ones out of paragraphs."""
    for formula in root.iter("span", "div"):
        names = classes(formula)
        if "math" in names and not {"inline", "display"} & set(names):
            add_class(formula, "display" if formula.tag == "div" else "inline")


def _settle_notes(root: Element) -> None:
    """One form for the footnotes of both parsers, at the end of the chapter."""
    for box in elements(root, "div", "section"):
        if "footnotes" not in classes(box) or box.getparent() is None:
            continue
        box.tag = "section"
        box.attrib.pop("id", "")
        for rule in elements(box, "hr"):
            remove(rule)
        for link in elements(box, "a"):
            if _BACK.search(link.get("class", "")) or text_of(link).strip("\ufe0e\ufe0f ") == "↩":
                _drop_back_link(link)
        root.append(box)
        box.tail = None
    for reference in root.iter("sup"):
        call = reference.find("a")
        if call is None:
            continue
        if call.get("href", "").startswith("#fn") or "footnote" in call.get("class", ""):
            reference.set("class", "footnote-ref")
            reference.attrib.pop("id", "")
            call.attrib.pop("class", "")
            call.attrib.pop("id", "")
            call.text = (call.text or "").strip("[]")


def _drop_back_link(link: Element) -> None:
    """Take out a link back from a footnote with the space before it."""
    parent = link.getparent()
    remove(link)
    if parent is None:
        return
    if len(parent) and parent[-1].tail:
        parent[-1].tail = parent[-1].tail.rstrip(" \u00a0")
    elif not len(parent) and parent.text:
        parent.text = parent.text.rstrip(" \u00a0")


def _drop_contents(root: Element) -> None:
    """A post's own table of contents has no page numbers; the book has a better one."""
    for box in elements(root, "div", "ul", "ol", "p"):
        named = {"toc", "table-of-contents"} & set(classes(box)) or box.get("id") in (
            "markdown-toc",
            "toc",
            "TOC",
        )
        if box.getparent() is None or not (
            named or (box.tag == "p" and _TOC_MARK.fullmatch(text_of(box).strip()))
        ):
            continue
        remove(box)


def drop_empty(root: Element) -> None:
    """Take out paragraphs and other elements in which nothing is to be seen, innermost first."""
    for element in reversed(list(root.iter())):
        if element is root or element.tag in _MAY_BE_EMPTY or not is_empty(element):
            continue
        if element.get("id") and element.tag in ("a", "span"):
            continue  # an anchor to which somebody may link
        if element.tail and element.tag not in BLOCKS and not has_text(element.tail):
            element.tail = " "
        remove(element)


_MAY_BE_EMPTY = frozenset({
    "br", "hr", "img", "picture", "source", "td", "th", "tr", "col", "colgroup", "wbr", "table", "tbody",
    "thead", "tfoot", "input", "rp", "rt", "rb", "code", "pre",
})  # fmt: skip


def _settle_code(root: Element, colour: Colour) -> None:
    """Colour listings; a `math` fence is a formula."""
    for listing in elements(root, "pre"):
        code = listing.find("code")
        if code is None:
            code = _wrap_code(listing)
        language = language_of(code)
        if language == "math":
            formula = new("div", text_of(code).strip(), class_="math display")
            replace(listing, formula)
            continue
        highlight(code, colour)
        listing.attrib.pop("class", "")
        if language:
            listing.set("class", f"language-{language}")
        code.attrib.pop("class", "")
        _drop_last_line_end(code)


def _wrap_code(listing: Element) -> Element:
    """Put the content of a bare `<pre>` into a `<code>`."""
    code = new("code", text_of(listing))
    for child in list(listing):
        listing.remove(child)
    listing.text = None
    listing.append(code)
    return code


def _drop_last_line_end(code: Element) -> None:
    """The line end before `</code>` would print as an empty line."""
    if len(code):
        last = code[-1]
        if last.tail:
            last.tail = last.tail.rstrip("\n")
        elif last.text:
            last.text = last.text.rstrip("\n")
    elif code.text:
        code.text = code.text.rstrip("\n")


def _wrap_tables(root: Element) -> None:
    """Put every outermost table into a box that the styles can turn or shrink."""
    for table in elements(root, "table"):
        if any(parent.tag == "table" for parent in table.iterancestors()):
            continue
        box = new("div", class_="table")
        line = table.get("data-line")
        if line:
            box.set("data-line", line)
        replace(table, box)
        box.append(table)


def _flatten(root: Element) -> None:
    """Take off elements nested deeper than any page could show: the engine recurses, and would fail."""
    deep: list[Element] = []
    level = [root]
    for depth in range(10_000):
        if not level:
            break
        if depth > _DEEPEST:
            deep.extend(level)
        level = [child for element in level for child in element]
    for element in reversed(deep):
        unwrap(element)
