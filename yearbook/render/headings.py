"""Headings for a book: levels without holes, bold paragraphs that are headings, sections that are empty.

The post's own title is level 1 and stands outside the tree; here 2 is the highest.
"""

import re
import unicodedata
from urllib.parse import unquote

from yearbook.model import Heading
from yearbook.render.tree import (
    Element,
    add_class,
    classes,
    elements,
    following,
    has_text,
    line_of,
    new,
    remove,
    replace,
    text_of,
)

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LONGEST = 60
_LONGEST_LABEL = 12
_SENTENCE_END = tuple(".!。！,，、;；:：…~")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")
_STUBS_FROM = 2


def remove_title(root: Element, title: str) -> None:
    """Take out a first heading that only repeats the post's title.

    Pictures and rules may stand before it, text may not.
    """
    wanted = _plain(title)
    for child in root:
        if child.tag in HEADINGS:
            if wanted and _plain(text_of(child)) == wanted:
                remove(child)
            return
        if child.tag not in ("hr", "figure", "p") or has_text(text_of(child)):
            return


def _plain(text: str) -> str:
    """Letters and digits alone, however they are written."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def level_headings(root: Element) -> None:
    """Renumber headings so that the highest is 2 and none is skipped on the way down."""
    open_levels: list[int] = []
    for heading in elements(root, *HEADINGS):
        raw = int(heading.tag[1])
        while open_levels and open_levels[-1] >= raw:
            open_levels.pop()
        open_levels.append(raw)
        heading.tag = f"h{min(1 + len(open_levels), 6)}"


def make_bold_headings(root: Element) -> None:
    """Turn paragraphs of nothing but bold text into headings, one level under the heading above them."""
    deepest_real = 0
    has_labels = any(len(bold_lines(child)) == 2 for child in root)
    for child in list(root):
        if child.tag in HEADINGS:
            deepest_real = int(child.tag[1])
            continue
        lines = bold_lines(child)
        if lines and _reads_as_heading(lines, child):
            # Under real headings a bold line is one step lower; a labelled one outranks its neighbours.
            level = deepest_real + (1 if len(lines) > 1 or not has_labels else 2)
            replace(child, _bold_heading(child, lines, min(level, 6)))


def bold_lines(paragraph: Element) -> list[str]:
    """The lines of a paragraph that is bold throughout; empty if it is not one."""
    if paragraph.tag != "p" or has_text(paragraph.text) or not len(paragraph):
        return []
    if any(name.endswith("-title") for name in classes(paragraph)):
        return []
    lines = [""]
    for child in paragraph:
        if child.tag in ("strong", "b") and child.find(".//img") is None:
            for index, part in enumerate(_broken_text(child).split("\n")):
                if index:
                    lines.append("")
                lines[-1] += part
        elif child.tag == "br":
            lines.append("")
        else:
            return []
        if has_text(child.tail):
            return []
    return [" ".join(line.split()) for line in lines if line.strip()]


def _broken_text(element: Element) -> str:
    """The text with a line end for each `<br>`."""
    parts = [element.text or ""]
    for child in element.iterdescendants():
        parts.append("\n" if child.tag == "br" else (child.text or ""))
        parts.append(child.tail or "")
    return "".join(parts)


def _reads_as_heading(lines: list[str], paragraph: Element) -> bool:
    """Whether bold lines are a heading and not a sentence said loudly."""
    if len(lines) > 2 or (len(lines) == 2 and len(lines[0]) > _LONGEST_LABEL):
        return False
    if len(" ".join(lines)) > _LONGEST or lines[-1].endswith(_SENTENCE_END):
        return False
    return not any(link.get("href") for link in paragraph.iter("a"))


def _bold_heading(paragraph: Element, lines: list[str], level: int) -> Element:
    """The heading, its first line marked as a label if there are two."""
    heading = new(f"h{level}", class_="bold-heading")
    for name in ("id", "data-line"):
        if paragraph.get(name):
            heading.set(name, paragraph.get(name, ""))
    if len(lines) == 1:
        heading.text = lines[0]
        return heading
    heading.set("class", "month-head")
    label, title = new("span", lines[0], class_="label"), new("span", lines[1], class_="title")
    label.tail = " "
    heading.extend([label, title])
    return heading


def mark_led(root: Element) -> None:
    """Mark paragraphs whose first line is a bold label: such a line is not indented."""
    for paragraph in elements(root, "p"):
        first = paragraph[0] if len(paragraph) and not has_text(paragraph.text) else None
        if first is None or first.tag not in ("strong", "b") or has_text(first.tail):
            continue
        after = first.getnext()
        if after is not None and after.tag == "br" and len(text_of(first)) <= _LONGEST_LABEL:
            add_class(paragraph, "led")


def list_empty_sections(root: Element) -> None:
    """Gather headings that have nothing under them: a dozen lonely lines become one ruled list."""
    run: list[Element] = []
    for child in [*root, None]:
        if child is not None and (child.tag == "hr" or child.tag in HEADINGS) and not has_text(child.tail):
            run.append(child)
            continue
        _gather(run, at_end=child is None)
        run = []


def _gather(run: list[Element], *, at_end: bool) -> None:
    """Replace the empty sections of a run by a list; the last heading may have its text after the run."""
    headings = [element for element in run if element.tag in HEADINGS]
    if not at_end:
        headings = _without_last_section(headings)
    groups = _sections(headings)
    if len(groups) < _STUBS_FROM or not _are_equal(groups):
        return
    stubs = new("dl", class_="stubs")
    if line_of(groups[0][0]):
        stubs.set("data-line", str(line_of(groups[0][0])))
    for group in groups:
        stubs.append(_stub(group))
    last = headings[-1]
    for element in run[: run.index(last)]:
        remove(element)
    replace(last, stubs)


def _without_last_section(headings: list[Element]) -> list[Element]:
    """The headings before the last labelled or highest one, which has text under it."""
    if not headings:
        return []
    top = min(_rank(heading) for heading in headings)
    last = max(index for index, heading in enumerate(headings) if _rank(heading) == top)
    return headings[:last]


def _rank(heading: Element) -> int:
    """The level, with a labelled heading above an unlabelled one."""
    return int(heading.tag[1]) * 2 + (0 if "month-head" in classes(heading) else 1)


def _sections(headings: list[Element]) -> list[list[Element]]:
    """Each highest heading with the lower ones that follow it."""
    if not headings:
        return []
    top = min(_rank(heading) for heading in headings)
    groups: list[list[Element]] = []
    for heading in headings:
        if _rank(heading) == top or not groups:
            groups.append([heading])
        else:
            groups[-1].append(heading)
    return groups


def _are_equal(groups: list[list[Element]]) -> bool:
    """Whether the sections are alike: labelled ones, or at least three of one level with no children."""
    if all("month-head" in classes(group[0]) for group in groups):
        return True
    return len(groups) > _STUBS_FROM and all(len(group) == 1 for group in groups)


def _stub(group: list[Element]) -> Element:
    """One entry of the list: the label, and the titles under it."""
    entry, term = new("div"), new("dt")
    first = group[0]
    if first.get("id"):
        term.set("id", first.get("id", ""))
    entry.append(term)
    parts = list(first)
    if "month-head" in classes(first):
        term.text = text_of(parts[0])
        entry.append(new("dd", text_of(parts[1])))
    else:
        term.text = first.text
        term.extend(parts)
    for other in group[1:]:
        entry.append(new("dd", text_of(other)))
    return entry


def drop_rules(root: Element) -> None:
    """Drop rules at the ends, beside headings and beside other rules: on paper a heading is rule enough."""
    for rule in elements(root, "hr"):
        parent = rule.getparent()
        if parent is None:
            continue
        before, after = rule.getprevious(), following(rule)
        beside = {element.tag for element in (before, after) if element is not None}
        first = before is None and not has_text(parent.text)
        last = after is None and not has_text(rule.tail)
        stubs = after is not None and "stubs" in classes(after)
        if (
            first
            or last
            or stubs
            or beside & {*HEADINGS, "hr"}
            or (after is not None and after.tag == "section")
        ):
            remove(rule)


def name_headings(root: Element) -> None:
    """Give every heading an id as GitHub makes it, unless it has one."""
    used = {element.get("id", "") for element in root.iter() if element.get("id")}
    times: dict[str, int] = {}
    for heading in root.iter(*HEADINGS):
        if heading.get("id"):
            continue
        name = base = anchor_of(text_of(heading))
        while name in used:
            times[base] = times.get(base, 0) + 1
            name = f"{base}-{times[base]}"
        used.add(name)
        heading.set("id", name)


def anchor_of(text: str) -> str:
    """The anchor GitHub and Hugo give a heading of this text.

    >>> anchor_of("  CLOVA AI: 2021(4월 ~ 7월) ")
    'clova-ai-20214월--7월'
    """
    return _NOT_IN_ANCHOR.sub("", text.strip().lower()).replace(" ", "-") or "section"


def prefix_ids(root: Element, prefix: str) -> None:
    """Make ids unique over the book, and let the post's links follow; those to nowhere lose their address."""
    known = _rename_ids(root, prefix)
    for link in root.iter("a"):
        href = link.get("href", "")
        if "href" in link.attrib and not href.strip():
            del link.attrib["href"]
        if not href.startswith("#"):
            continue
        target = known.get(unquote(href[1:])) or known.get(href[1:])
        if target:
            link.set("href", f"#{target}")
        else:
            del link.attrib["href"]


def _rename_ids(root: Element, prefix: str) -> dict[str, str]:
    """Put the prefix before every id; a second element of one name loses its own."""
    known: dict[str, str] = {}
    for element in root.iter():
        name = element.get("id")
        if name is None:
            continue
        if not name.strip() or name in known:
            del element.attrib["id"]
        else:
            known[name] = f"{prefix}--{'-'.join(name.split())}"
            element.set("id", known[name])
    return known


def list_headings(root: Element) -> tuple[Heading, ...]:
    """The headings in order."""
    return tuple(
        Heading(
            level=int(heading.tag[1]), text=" ".join(text_of(heading).split()), anchor=heading.get("id", "")
        )
        for heading in root.iter(*HEADINGS)
    )


def drop_empty_headings(root: Element) -> None:
    """Take out headings that say nothing; a picture in one is kept as a paragraph."""
    for heading in elements(root, *HEADINGS):
        if has_text(text_of(heading)):
            continue
        if heading.find(".//img") is None:
            remove(heading)
        else:
            heading.tag = "p"
