"""Links lead into the book, or to a footnote with the address; the post's own footnotes join them.

The engine stumbles over footnotes in tables, headings and captions: there the note stands behind the block.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
from lxml.html import HtmlElement

from yearbook.localise.addresses import readable
from yearbook.localise.find import hrefs_in
from yearbook.localise.tree import line_of, replace, select
from yearbook.localise.values import Setting, Targets
from yearbook.model import Chapter, Finding, Post, Severity

_NO_NOTE_INSIDE = frozenset({"h2", "h3", "h4", "h5", "h6", "table", "figcaption", "figure", "aside", "dl"})
_LONG_NOTE = 500
"""Characters beyond which a post's own footnote stays at the chapter's end: the engine cannot split it."""


def settle_links(root: HtmlElement, post: Post, targets: Targets, setting: Setting) -> Iterator[Finding]:
    """Settles every link; numbers the notes of the chapter in reading order."""
    _unwrap_picture_links(root)
    own = _own_notes(root)
    number = 0
    noted: dict[str, int] = {}
    for link in list(root.iter("a")):
        if link.get("href") is None or link.getparent() is None:
            continue
        if (note := own.get(link.get("href", "").removeprefix("#"))) is not None:
            number += 1
            parent = link.getparent()
            alone = parent.tag == "sup" and len(parent) == 1 and not (parent.text or "").strip()
            replace(parent if alone else link, _note_span(note, number))
            continue
        href, problem = _settle_link(link, post, targets, setting)
        if problem:
            yield problem
        if href and setting.notes and href not in noted and not _is_printed(link, href):
            number += 1
            noted[href] = number
            _append_note(link, _address_span(href, number))
    _drop_empty_notes(root)


def _unwrap_picture_links(root: HtmlElement) -> None:
    """A picture that links to itself needs no address; one that links elsewhere keeps its link, unprinted."""
    for link in [a for a in root.iter("a") if a.find(".//img") is not None or a.find(".//span") is not None]:
        if not "".join(link.itertext()).strip() or link.find(".//span[@class='missing-image']") is not None:
            link.drop_tag()


def _settle_link(
    link: HtmlElement, post: Post, targets: Targets, setting: Setting
) -> tuple[str, Finding | None]:
    """Points the link into the book or outside; gives the address to print, if any."""
    href = link.get("href", "").strip()
    if href.startswith("#"):
        if href[1:] not in targets.anchors:
            del link.attrib["href"]
        return "", None
    parts = urlsplit(href)
    if parts.scheme == "mailto":
        return "", None
    path = _site_path(href, post, setting.base_url)
    if path is None:
        return (f"https:{href}" if href.startswith("//") else href), None
    bare, _, fragment = path.partition("#")
    chapter = targets.chapters.get(_normal_path(bare))
    if chapter:
        anchor = f"{chapter}--{fragment}"
        link.set("href", f"#{anchor if anchor in targets.anchors else chapter}")
        link.set("class", "reference")
        return "", None
    return _leave_book(link, path, setting.base_url, post)


def _leave_book(link: HtmlElement, path: str, base_url: str, post: Post) -> tuple[str, Finding | None]:
    if base_url:
        link.set("href", base_url + path)
        return base_url + path, None
    line = line_of(link)
    del link.attrib["href"]
    finding = Finding(
        kind="dead-link",
        severity=Severity.NOTE,
        place=post.place,
        line=post.body_line + line - 1 if line else 0,
        message=f"the link to {path} leads out of this book, and the blog's public address is not known",
        hint="set the base URL in the blog's configuration",
    )
    return "", finding


def _site_path(href: str, post: Post, base_url: str) -> str | None:
    """Path on the blog's own site with its fragment, or None if the link leads outside."""
    if base_url and (href == base_url or href.startswith((f"{base_url}/", f"{base_url}#"))):
        return href.removeprefix(base_url) or "/"
    if urlsplit(href).scheme or href.startswith("//"):
        return None
    return urljoin(post.permalink, href)


def _normal_path(path: str) -> str:
    """One spelling for `/a/b`, `/a/b/`, `/a/b/index.html` and `/a/b.html`."""
    clean = unquote(path.partition("?")[0])
    return re.sub(r"(/index)?(\.html?)?/?$", "", clean) + "/"


def targets(chapters: Iterable[Chapter]) -> Targets:
    """Everything that links inside the book may lead to; the chapters are surveyed."""
    found = tuple(chapters)
    ids = {chapter.id for chapter in found}
    for chapter in found:
        ids |= set(chapter.anchors)
    paths = {_normal_path(chapter.post.permalink): chapter.id for chapter in found}
    return Targets(chapters=paths, anchors=frozenset(ids))


def narrow(targets: Targets, chapter: Chapter, base_url: str) -> Targets:
    """Only those targets that the chapter's links name, so that it does not depend on the others."""
    chapters: dict[str, str] = {}
    anchors: set[str] = set()
    for raw in hrefs_in(chapter.html) if chapter.hrefs is None else chapter.hrefs:
        href = unescape(raw).strip()
        if href.startswith("#"):
            anchors |= {href[1:]} & targets.anchors
            continue
        path = _site_path(href, chapter.post, base_url)
        bare, _, fragment = (path or "").partition("#")
        place = _normal_path(bare)
        if path is not None and place in targets.chapters:
            chapters[place] = targets.chapters[place]
            anchors |= {f"{chapters[place]}--{fragment}"} & targets.anchors
    return Targets(chapters=chapters, anchors=frozenset(anchors))


def _own_notes(root: HtmlElement) -> dict[str, HtmlElement]:
    """The post's own footnotes that are short enough to stand at the foot of the page, by id."""
    notes: dict[str, HtmlElement] = {}
    for note in select(root, ".//section[contains(@class,'footnotes')]//li[@id]"):
        text = note.text_content().strip()
        blocks = [
            child for child in note if child.tag in {"p", "ul", "ol", "pre", "blockquote", "table", "figure"}
        ]
        if len(text) <= _LONG_NOTE and all(block.tag == "p" for block in blocks) and len(blocks) <= 1:
            notes[note.get("id", "")] = note
    return notes


def _note_span(note: HtmlElement, number: int) -> HtmlElement:
    span = lxml.html.Element("span", {"class": "note", "data-number": str(number)})
    source = note.find("p") if note.find("p") is not None else note
    copy = lxml.html.fromstring(lxml.html.tostring(source, encoding="unicode", with_tail=False))
    for back in select(copy, ".//a[contains(@class,'footnote-back') or contains(@class,'reversefootnote')]"):
        back.drop_tree()
    for link in copy.iter("a"):
        href = link.get("href", "")
        if href.startswith(("https://", "http://")) and not _is_printed(link, href):
            link.tail = f" ({readable(href)}){link.tail or ''}"
    span.text = copy.text
    span.extend(list(copy))
    note.set("data-printed", "")
    return span


def _drop_empty_notes(root: HtmlElement) -> None:
    """Removes footnotes that now stand at the foot of a page, and the section when nothing is left in it."""
    for section in select(root, ".//section[contains(@class,'footnotes')]"):
        for note in select(section, ".//li[@data-printed]"):
            note.drop_tree()
        if not select(section, ".//li"):
            section.drop_tree()


def _address_span(href: str, number: int) -> HtmlElement:
    span = lxml.html.Element("span", {"class": "note address", "data-number": str(number)})
    span.text = readable(href)
    return span


def _append_note(link: HtmlElement, note: HtmlElement) -> None:
    """Puts the note behind its link; where the engine cannot place a footnote, behind the block instead."""
    holders = [node for node in link.iterancestors() if node.tag in _NO_NOTE_INSIDE]
    if not holders:
        link.addnext(note)
        note.tail, link.tail = link.tail, None
        return
    call = lxml.html.Element("sup", {"class": "note-call"})
    call.text = note.get("data-number")
    link.append(call)
    line = lxml.html.Element("p", {"class": "block-note"})
    number = lxml.html.Element("span", {"class": "number"})
    number.text = note.get("data-number")
    number.tail = note.text
    line.append(number)
    last = holders[-1]
    while (after := last.getnext()) is not None and after.get("class") == "block-note":
        last = after
    last.addnext(line)
    line.tail, last.tail = last.tail, None


def _is_printed(link: HtmlElement, href: str) -> bool:
    """Whether the address stands there already: as the link's own text, or on a card."""
    text = "".join(link.itertext()).strip()
    is_card = any("embed" in node.get("class", "").split() for node in link.iterancestors("aside"))
    return is_card or readable(text).casefold() == readable(href).casefold()
