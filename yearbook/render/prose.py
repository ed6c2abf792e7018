"""What becomes of running text: line ends, hard breaks, composed characters, emoji names.

Works on the tree in place. Code, formulas and addresses are left alone.
"""

import re
import unicodedata

from yearbook.render.cjk import joins_without_space
from yearbook.render.emoji import replace_names
from yearbook.render.tree import (
    BLOCKS,
    Element,
    append_text,
    elements,
    has_text,
    is_empty,
    line_of,
    new,
    remove,
    text_of,
)
from yearbook.value import dataclass

_VERBATIM = frozenset({
    "pre", "code", "samp", "kbd", "tt",
})  # fmt: skip
_LINE_END = re.compile(r"[ \t]*\n[ \t\n]*")
_JOIN_FROM = 14
"""Mean characters of a line from which hard breaks are a habit of the web and not verse."""
_WHITE = " \t\n\u3000\u00a0"
_LONG_WORD = 500
_LONG_TEXT = 5_000
_LONG_RUN = re.compile(rf"\S{{{_LONG_WORD + 1}}}")
_MARKER = re.compile(
    r"\s*(?:[-–—•·‣▪*▶▷►▸■□●○◆◇★☆✔✅☑✓→⇒☞※◎]|\d{1,2}[.)]\s|\(\d{1,2}\)|[①-⑳㉠-㉻]|[가-하a-zA-Z][.)]\s|[QA][.:]|[ㄱ-ㅎ][.)])"
)
_LABELLED = re.compile(r"\s*[^\s:：]{1,12}(?: [^\s:：]{1,12})?\s?[:：]\s*\S")
_KEEPS_BREAKS = frozenset({
    "blockquote", "td", "th", "figcaption", "dt", "address", "summary", "pre", "aside",
})  # fmt: skip
_BREAKABLE = frozenset({
    "p", "li", "dd", "div",
})  # fmt: skip


def is_verbatim(element: Element) -> bool:
    """Whether the element's text must stay as it is."""
    return element.tag in _VERBATIM or (
        element.tag in ("span", "div") and "math" in element.get("class", "").split()
    )


@dataclass(slots=True)
class _Slot:
    """One place of the tree that holds text."""

    element: Element
    name: str
    """`text`, `tail`, or empty for what is only looked at: code, a formula, a picture."""
    text: str
    edge: bool
    """Whether a block begins or ends, or a line is broken, just before it."""


def _slots(root: Element) -> list[_Slot]:
    """Every text of the tree in reading order."""
    slots: list[_Slot] = []
    stack: list[tuple[Element, str]] = [(root, "text")]
    while stack:
        element, name = stack.pop()
        edge = element.tag in BLOCKS or element.tag == "br"
        if name == "text" and element.tag == "img":
            slots.append(_Slot(element, "", "x", edge))  # a picture in a line is like a letter
        elif name == "text" and is_verbatim(element):
            slots.append(_Slot(element, "", text_of(element).strip(), edge))
        else:
            slots.append(_Slot(element, name, getattr(element, name) or "", edge))
            if name == "text":
                for child in reversed(element):
                    stack += [(child, "tail"), (child, "text")]
    return slots


def tidy_text(root: Element, *, korean: bool) -> None:
    """Compose characters, replace emoji names and make every line end a space or nothing.

    Args:
        root: the tree.
        korean: whether the text is Korean, where a line end is always a space.
    """
    slots = _slots(root)
    for index, slot in enumerate(slots):
        if not slot.name or not slot.text:
            continue
        if not slot.text.isascii():
            slot.text = unicodedata.normalize("NFC", slot.text)
        if "\n" in slot.text:
            slot.text = _join_lines(slots, index, korean=korean)
        slot.text = replace_names(_without_edges(slots, index))
        setattr(slot.element, slot.name, slot.text)
    for image in root.iter("img"):
        for name in ("alt", "title"):
            if image.get(name):
                image.set(name, replace_names(unicodedata.normalize("NFC", image.get(name, ""))))


def _without_edges(slots: list[_Slot], index: int) -> str:
    """The text without white space where a line begins or ends; the book has an indent of its own."""
    text = slots[index].text
    if slots[index].edge:
        text = text.lstrip(_WHITE)
    if index + 1 == len(slots) or slots[index + 1].edge:
        text = text.rstrip(_WHITE)
    return text


def _join_lines(slots: list[_Slot], index: int, *, korean: bool) -> str:
    """One text with its line ends joined; the neighbours say what stands before and after it."""
    text = slots[index].text

    def joined(found: re.Match[str]) -> str:
        before = text[found.start() - 1] if found.start() else _char_before(slots, index)
        after = text[found.end()] if found.end() < len(text) else _char_after(slots, index)
        nothing = not before or not after or joins_without_space(before, after, korean=korean)
        return "" if nothing else " "

    return _LINE_END.sub(joined, text)


def _char_before(slots: list[_Slot], index: int) -> str:
    """The last character before a slot in its line; empty if the line begins with it."""
    while index > 0 and not slots[index].edge:
        index -= 1
        if slots[index].text:
            return slots[index].text[-1]
    return ""


def _char_after(slots: list[_Slot], index: int) -> str:
    """The first character after a slot in its line; empty if the line ends with it."""
    for slot in slots[index + 1 :]:
        if slot.edge:
            return ""
        if slot.text:
            return slot.text[0]
    return ""


def split_double_breaks(root: Element) -> None:
    """Make two paragraphs where two `<br>` in a row stand for a paragraph's end."""
    for paragraph in elements(root, "p"):
        if paragraph.getparent() is None or not any(
            _ends_paragraph(br) for br in paragraph.iterchildren("br")
        ):
            continue
        parts = _parts_between_double_breaks(paragraph)
        if parts:
            _replace_by_parts(paragraph, parts)
        else:
            remove(paragraph)


def _ends_paragraph(br: Element) -> bool:
    """Whether a second break follows at once."""
    after = br.getnext()
    return after is not None and after.tag == "br" and not has_text(br.tail)


def _parts_between_double_breaks(paragraph: Element) -> list[Element]:
    """The paragraph's content as several new paragraphs; the old one is emptied."""
    parts = [new("p")]
    parts[0].text = paragraph.text
    breaks = 0
    for child in list(paragraph):
        breaks = breaks + 1 if child.tag == "br" else 0
        if breaks >= 2:
            last = parts[-1][-1] if len(parts[-1]) else None
            if last is not None and last.tag == "br":
                parts[-1].remove(last)
                parts.append(new("p"))
            parts[-1].text = (parts[-1].text or "") + (child.tail or "")
        else:
            parts[-1].append(child)
        if has_text(child.tail):
            breaks = 0
    return [part for part in parts if not is_empty(part)]


def _replace_by_parts(paragraph: Element, parts: list[Element]) -> None:
    """Put the parts where the paragraph stood; the first keeps its attributes."""
    parent = paragraph.getparent()
    assert parent is not None
    index = parent.index(paragraph)
    parts[-1].tail = paragraph.tail
    parent.remove(paragraph)
    for name, value in paragraph.attrib.items():
        for part in parts:
            if name != "id" or part is parts[0]:
                part.set(name, value)
    for offset, part in enumerate(parts):
        parent.insert(index + offset, part)


def settle_breaks(root: Element, *, join: bool) -> None:
    """Drop breaks at edges; join sentences that were broken by habit, keep verse, quotes and addresses.

    Args:
        root: the tree.
        join: whether breaks are joined at all.
    """
    for block in [element for element in root.iter() if element.find("br") is not None]:
        _drop_edge_breaks(block)
        if join and block.tag in _BREAKABLE and not _is_kept(block):
            _join_breaks(block)


def _is_kept(block: Element) -> bool:
    """Whether breaks in this block are meant."""
    if any(node.tag in _KEEPS_BREAKS for node in (block, *block.iterancestors())):
        return True
    return bool({"verse", "poem", "lyrics", "address"} & set(block.get("class", "").split()))


def _drop_edge_breaks(block: Element) -> None:
    """Take away breaks at the begin and the end of a block, and before and after blocks inside it."""
    if block.tag not in BLOCKS:
        return
    for child in [child for child in block if child.tag == "br"]:
        before, after = child.getprevious(), child.getnext()
        text_before = block.text if before is None else before.tail
        at_start = not has_text(text_before) and (before is None or before.tag in BLOCKS)
        at_end = not has_text(child.tail) and (after is None or after.tag in BLOCKS)
        if at_start or at_end:
            _cut(child, " " if not at_start and after is not None else "")
    if len(block) and block[-1].tag != "br" and block[-1].tail:
        block[-1].tail = block[-1].tail.rstrip(" \n\t") if not block[-1].tail.strip() else block[-1].tail


def _cut(br: Element, instead: str) -> None:
    """Replace a break by a text."""
    parent = br.getparent()
    if parent is None:
        return
    tail = br.tail or ""
    br.tail = None
    before = br.getprevious()
    parent_text = (parent.text if before is None else before.tail) or ""
    joined = parent_text.rstrip(" \t\n") + instead + tail.lstrip(" \t\n") if instead or tail else parent_text
    if before is None:
        parent.text = joined
    else:
        before.tail = joined
    parent.remove(br)


def _lines(block: Element) -> list[str]:
    """The text of each line between the block's own breaks."""
    lines = [block.text or ""]
    for child in block:
        if child.tag == "br":
            lines.append("")
        elif child.tag not in BLOCKS:
            lines[-1] += text_of(child)
        lines[-1] += child.tail or ""
    return [" ".join(line.split()) for line in lines]


def _join_breaks(block: Element) -> None:
    """Replace breaks inside running text by spaces."""
    lines = _lines(block)
    lengths = [len(line) for line in lines]
    if sum(lengths) <= _JOIN_FROM * len(lines):
        return
    if block.tag == "li" and min(lengths) <= _JOIN_FROM:
        return  # an entry's first line is often its title
    breaks = [child for child in block if child.tag == "br"]
    for br, before, after in zip(breaks, lines, lines[1:], strict=False):
        if not _is_meant(br, before, after):
            nothing = not before or not after or joins_without_space(before[-1], after[0])
            _cut(br, "" if nothing else " ")


def _is_meant(br: Element, before: str, after: str) -> bool:
    """Whether this one break is a list typed by hand, a bold line, a link on its own line."""
    if _MARKER.match(after) or (_LABELLED.match(before) and _LABELLED.match(after)):
        return True
    previous, following = br.getprevious(), br.getnext()
    whole_before = (
        previous is not None and not has_text(previous.tail) and text_of(previous).strip() == before
    )
    whole_after = following is not None and not has_text(br.tail) and text_of(following).strip() == after
    return bool(
        (whole_before and previous is not None and previous.tag in ("strong", "b", "a", "u", "mark"))
        or (whole_after and following is not None and following.tag in ("strong", "b", "a"))
    )


def wrap_loose_text(root: Element) -> None:
    """Put text and inline elements that stand between blocks into paragraphs."""
    run: Element | None = None
    if has_text(root.text):
        run = new("p", root.text or "")
        root.insert(0, run)
    root.text = None
    for child in [child for child in root if child is not run]:
        if child.tag not in BLOCKS:
            run = _add_to_run(root, run, child)
            continue
        run = None
        if has_text(child.tail):
            run = new("p", child.tail or "")
            root.insert(root.index(child) + 1, run)
            child.tail = None


def _add_to_run(root: Element, run: Element | None, child: Element) -> Element:
    """Move an inline element with the text after it into the paragraph before it, or into a new one."""
    tail, child.tail = child.tail, None
    if run is None or _stand_apart(run, child):
        run = new("p")
        root.insert(root.index(child), run)
    run.append(child)
    append_text(run, tail or "")
    return run


def _stand_apart(run: Element, picture: Element) -> bool:
    """Whether a picture and the one before it have a blank line between them in the post."""
    before = run[-1] if len(run) else None
    if before is None or before.tag != "img" or picture.tag != "img" or has_text(before.tail):
        return False
    return line_of(picture) - line_of(before) > 1 and bool(line_of(before))


def bound_text(root: Element) -> None:
    """Give the engine places to break: it takes quadratic time over a long word or a long run of text.

    The text stays the same; `<wbr>` says where a word of hundreds of characters may break, spans cut a run of
    thousands at its spaces.
    """
    for element in list(root.iter()):
        if element.text and len(element.text) > _LONG_WORD:
            _cut_slot(element, element.text, 0, element)
        if element.tail and len(element.tail) > _LONG_WORD and element.getparent() is not None:
            parent = element.getparent()
            assert parent is not None
            _cut_slot(parent, element.tail, parent.index(element) + 1, element)


def _cut_slot(parent: Element, text: str, index: int, holder: Element) -> None:
    """Put one text's pieces into its parent from `index` on, the first of them into the old place."""
    pieces = _pieces(text)
    if len(pieces) == 1:
        return
    if holder is parent and index == 0:
        parent.text = pieces[0][1]
    else:
        holder.tail = pieces[0][1]
    for tag, piece in pieces[1:]:
        part = new(tag)
        if tag == "wbr":
            part.tail = piece
        else:
            part.text = piece
        parent.insert(index, part)
        index += 1


def _pieces(text: str) -> list[tuple[str, str]]:
    """The text cut up: each piece with the tag that stands before it (`wbr`) or around it (`span`)."""
    pieces: list[tuple[str, str]] = []
    start = 0
    while start < len(text):
        end = _piece_end(text, start)
        broken = start > 0 and not text[start - 1].isspace()
        pieces.append(("wbr" if broken else "span", text[start:end]))
        start = end
    return pieces


def _piece_end(text: str, start: int) -> int:
    """Where the piece that begins at `start` ends: inside a long word, or at a space far along."""
    word = _LONG_RUN.search(text, start, start + _LONG_TEXT)
    if word:
        return word.start() + _LONG_WORD
    if len(text) - start <= _LONG_TEXT:
        return len(text)
    space = max(text.rfind(" ", start, start + _LONG_TEXT), text.rfind("\n", start, start + _LONG_TEXT))
    return space + 1 if space > start else start + _LONG_TEXT
