"""A piece tried again: pages before the first change are taken from the try before, and a hole ends a try.

The engine goes from page to page and carries little across: where the text goes on, counters, and what a
float or a footnote left over. So a layout can begin at any page of an earlier one if all boxes before are the
same, the engine had not looked further when it ended the page before, and nothing was left over. What is not
that plain is laid out from its first page. A test compares pages with and without.
"""

import contextlib
import dataclasses
import importlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from yearbook.typeset.engine import Undo, measure_free, measure_sheet, replace_function
from yearbook.typeset.values import Cut, Notice
from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """What the engine knows when it begins a page."""

    resume_at: Any
    next_page: Any
    is_right: bool
    state: Any
    is_clean: bool
    """Whether nothing of the page before is left over."""

    def entry(self) -> tuple[Any, ...]:
        """The same as the engine notes it; it changes what it is given."""
        remake = {"content_changed": False, "pages_wanted": False, "anchors": [], "content_lookups": []}
        return self.resume_at, self.next_page, self.is_right, _copy_state(self.state), remake


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A page as the engine made it, before it was finished with the whole document."""

    box: Any
    children: tuple[Any, ...]
    notices: tuple[Notice, ...]
    """What the engine complained of while it made this page, and not before."""

    def copy(self) -> "_Made":
        """The same for another document, which may put other things around what stands on it."""
        return dataclasses.replace(
            self, box=self.box.copy(), children=tuple(child.copy() for child in self.children)
        )


class Paging:
    """How one document is broken into pages; afterwards, what another one can go on from."""

    def __init__(
        self, notices: dict[Notice, None], before: "Paging | None" = None, cut: Cut | None = None
    ) -> None:
        """What is known when a layout begins.

        Args:
            notices: what the engine complains of, as it does.
            before: an earlier try.
            cut: when it may end early.
        """
        self._notices = notices
        self._before = before
        self._cut = cut
        self._root: Any = None
        self._source: tuple[Any, Any] | None = None
        """What the engine works on, its context and the document."""
        self._starts: list[_Start] = []
        """Of every page; of a layout that ended early, also of the page that was not made any more."""
        self._pages: list[_Made] = []
        self._first: dict[Any, int] = {}
        """The page on which the engine first looked at each block."""
        self._is_plain = True
        """Whether nothing on one page depends on what comes later."""
        self._sizes: dict[str, Any] = {}
        self.taken = 0
        """How many pages are those of the try before."""
        self.is_cut = False
        """Whether it ended before its text did."""

    def look_at(self, box: Any) -> None:
        """Notes that the engine lays out a block on the page it is making."""
        self._first.setdefault(box, len(self._pages))

    def repeat(self) -> None:
        """Notes that pages are made anew: their numbers changed what they show."""
        self._is_plain = False

    def make(self, context: Any, root: Any, html: Any) -> Iterator[Any]:
        """The pages, as the engine makes them the first time."""
        page_module = importlib.import_module("weasyprint.layout.page")
        if self.is_cut:
            self._resume(context)
        else:
            self._root, self._source = root, (context, html)
            self._sizes = context.style_for.initial_page_sizes
            if self._before is not None and _is_simple(context):
                self.taken = self._take(self._before, context, html, page_module)
            self._before = None
        for made in self._pages:
            made.box.children = list(made.children)
            self._notices.update(dict.fromkeys(made.notices))
            yield made.box
        context.rendered_notes = []
        is_done = False
        while not is_done:
            number = len(self._pages)
            known = len(self._notices)
            self._begin(context, context.page_maker[number])
            page, resume_at = page_module.remake_page(number, context, root, html)
            notices = tuple(itertools.islice(self._notices, known, None))
            self._pages.append(_Made(box=page, children=tuple(page.children), notices=notices))
            self._is_plain = self._is_plain and not page.fixed_boxes
            is_done = resume_at is None and not context.reported_footnotes
            if not is_done and self._may_end(context):
                self._begin(context, context.page_maker[number + 1])
                is_done = self.is_cut = True
            yield page
        context.page_maker = context.page_maker[: len(self._pages) + 1]
        context.broken_out_of_flow.clear()
        context.reported_footnotes.clear()

    def go_on(self, notices: dict[Notice, None]) -> list[Any]:
        """Lays out what an early end left out; gives all page boxes.

        Args:
            notices: what the engine complains of, as it does.
        """
        layout = importlib.import_module("weasyprint.layout")
        if self._source is None or not self.is_cut:
            message = "nothing was left out"
            raise ValueError(message)
        self._notices = notices
        context, html = self._source
        context.string_set.clear()
        with following(self):
            return list(layout.layout_document(html, self._root, context))

    def _resume(self, context: Any) -> None:
        """Puts everything as it was at the early end."""
        self.is_cut, self._cut = False, None
        context.page_maker = [start.entry() for start in self._starts]
        self._starts.pop()

    def _begin(self, context: Any, entry: tuple[Any, ...]) -> None:
        """Notes what the engine knows when it begins a page."""
        resume_at, next_page, is_right, state, remake = entry
        remake.update(content_changed=False, pages_wanted=False, anchors=[], content_lookups=[])
        self._starts.append(
            _Start(
                resume_at=resume_at,
                next_page=next_page,
                is_right=is_right,
                state=_copy_state(state),
                is_clean=_is_clean(context),
            )
        )

    def _may_end(self, context: Any) -> bool:
        """Whether the last two pages are all that is wanted, and left nothing over."""
        if self._cut is None or len(self._pages) < 2 or not (self._is_plain and _is_clean(context)):
            return False
        two = [made.box for made in self._pages[-2:]]
        if measure_free(two[0])[0] <= self._cut.free_pt:
            return False
        page_type = importlib.import_module("weasyprint.document").Page
        return self._cut.is_enough([measure_sheet(page_type(page)) for page in two])

    def _take(self, before: "Paging", context: Any, html: Any, page_module: Any) -> int:
        """Takes what it can from an earlier try; gives the number of pages."""
        path, pairs = _compare(before._root, self._root)
        count = before._reach(path) if before._is_plain else 0
        if not count:
            return 0
        self._starts = before._starts[:count]
        context.page_maker = [start.entry() for start in before._starts[: count + 1]]
        self._sizes.update(before._sizes)
        self._pages = [made.copy() for made in before._pages[:count]]
        for made in self._pages:
            page_module.set_page_type_computed_styles(made.box.page_type, html, context.style_for)
        first = before._first
        self._first = {ours: first[theirs] for theirs, ours in pairs if first.get(theirs, count) < count}
        return count

    def _reach(self, path: Sequence[int]) -> int:
        """How many pages are the same if the first other box stands there."""
        box, count = self._root, self._first.get(self._root, 0)
        for index in path:
            children = getattr(box, "children", ())
            if index >= len(children):
                break
            box = children[index]
            count = self._first.get(box, count)
        count = min(count, len(self._starts) - 1)
        if count and _begins(path, self._starts[count].resume_at):
            # The page before was ended with a look at what follows.
            count -= 1
        while count and not (self._starts[count].is_clean and self._is_open(self._starts[count].resume_at)):
            count -= 1
        return count

    def _is_open(self, resume_at: Any) -> bool:
        """Whether a page begins in nothing but paragraphs and what holds them.

        Tables and columns keep notes of their own; a heading's second half knows it by its element.
        """
        boxes = importlib.import_module("weasyprint.formatting_structure.boxes")
        plain = (boxes.BlockBox, boxes.LineBox, boxes.InlineBox, boxes.TextBox)
        box = self._root
        for index in _path_of(resume_at)[:-1]:
            box = box.children[index]
            columns = box.style["column_count"], box.style["column_width"]
            if type(box) not in plain or columns != ("auto", "auto") or box.bookmark_label:
                return False
        return True


_NOW: list[Paging] = []
"""The document that is being laid out by `following`; empty if the engine works on its own."""


@contextlib.contextmanager
def following(paging: Paging) -> Iterator[None]:
    """Lays out one document page by page; does nothing if the engine of this process is not tuned."""
    _NOW.append(paging)
    try:
        yield
    finally:
        _NOW.pop()


def follow_pages() -> list[Undo]:
    """Lets this process's engine be followed; gives what undoes it."""
    pages = importlib.import_module("weasyprint.layout.page").make_all_pages
    block = importlib.import_module("weasyprint.layout.block").block_level_layout

    def make_all_pages(context: Any, root_box: Any, html: Any, known: list[Any]) -> Iterator[Any]:
        if _NOW and not known:
            return _NOW[-1].make(context, root_box, html)
        for paging in _NOW:
            paging.repeat()
        original: Iterator[Any] = pages(context, root_box, html, known)
        return original

    def block_level_layout(context: Any, box: Any, *others: Any, **named: Any) -> Any:
        if _NOW:
            _NOW[-1].look_at(box)
        return block(context, box, *others, **named)

    return [
        replace_function("make_all_pages", pages, make_all_pages),
        replace_function("block_level_layout", block, block_level_layout),
    ]


def _copy_state(state: tuple[Any, ...]) -> tuple[Any, ...]:
    """The engine copies what is in it before it changes that, and writes only the number of pages into it."""
    return tuple(type(part)(part) for part in state)


def _is_clean(context: Any) -> bool:
    """Whether the last page left nothing over for the next."""
    return _is_simple(context) and not context.broken_out_of_flow


def _is_simple(context: Any) -> bool:
    """Whether no page depends on another one's number, footnotes or heads."""
    return not (
        context.footnotes
        or context.page_footnotes
        or context.reported_footnotes
        or any(context.running_elements.values())
        or context.target_collector.counter_lookup_items
    )


def _path_of(resume_at: Any) -> list[int]:
    """Where in the tree a page begins: the number of the child at every step."""
    path = []
    while resume_at:
        index, resume_at = next(iter(resume_at.items()))
        path.append(index)
    return path


def _begins(path: Sequence[int], resume_at: Any) -> bool:
    """Whether a page begins with the box at the end of that path."""
    start = _path_of(resume_at)
    return list(path[: len(start)]) == start and not any(path[len(start) :])


# ---------------------------------------------------------------------------------------------- comparing


def _compare(old: Any, new: Any) -> tuple[list[int], list[tuple[Any, Any]]]:
    """The path to the first box that differs, or to the last of all, and all pairs of boxes before it."""
    pairs: list[tuple[Any, Any]] = []
    path: list[int] = []
    waiting: list[tuple[int, int, Any, Any]] = [(0, 0, old, new)]
    while waiting:
        depth, index, one, other = waiting.pop()
        path[depth:] = [index]
        if one is None or other is None or not _alike(one, other):
            return path[1:], pairs
        pairs.append((one, other))
        children = itertools.zip_longest(getattr(one, "children", ()), getattr(other, "children", ()))
        waiting.extend(
            (depth + 1, number, *pair) for number, pair in reversed(list(enumerate(children)))
        )
    return path[1:], pairs


def _alike(one: Any, other: Any) -> bool:
    """Whether two boxes differ in nothing but what is in them."""
    return (
        type(one) is type(other)
        and _same_style(one.style, other.style)
        and one.element_tag == other.element_tag
        and getattr(one, "text", None) == getattr(other, "text", None)
        and one.bookmark_label == other.bookmark_label
        and _same_element(one, other)
        and _same_columns(one, other)
    )


def _same_style(one: Any, other: Any) -> bool:
    """The tuned engine has one style for the same rules, and makes copies of it.

    Tables and what is around lines have copies; an element with an anchor has one more style of its own.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, importlib.import_module("weasyprint.css").AnonymousStyle):
        is_kin = _same_style(one.parent_style, other.parent_style)
    else:
        twin = one.__dict__.get("_twin")
        is_kin = (twin is not None and twin is other.__dict__.get("_twin")) or (
            one.cascaded is other.cascaded and one.parent_style is other.parent_style
        )
    return is_kin and all(one[name] == other[name] for name in {*one, *other})


def _same_element(one: Any, other: Any) -> bool:
    if one.element is None or other.element is None:
        return one.element is other.element
    if hasattr(one, "replacement"):
        text = importlib.import_module("xml.etree.ElementTree").tostring
        return bool(text(one.element) == text(other.element))
    return bool(one.element.attrib == other.element.attrib)


def _same_columns(one: Any, other: Any) -> bool:
    """A table's columns are not among its children."""
    groups, others = getattr(one, "column_groups", ()), getattr(other, "column_groups", ())
    return len(groups) == len(others) and all(
        _alike(group, another)
        and len(group.children) == len(another.children)
        and all(map(_alike, group.children, another.children))
        for group, another in zip(groups, others, strict=True)
    )
