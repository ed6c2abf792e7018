"""Runs of characters inside text put into elements of their own, without a character lost or moved."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from types import MappingProxyType

import lxml.html
from lxml.html import HtmlElement

from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Part of a text that gets an element of its own."""

    start: int
    """Where it begins in the text."""
    end: int
    """Where it ends."""
    text: str
    """What the element holds."""
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Its attributes."""


def mark_runs(elements: Iterable[HtmlElement], find: Callable[[str], Iterable[Run]]) -> None:
    """Puts a span around every run that is found in the elements' own text.

    Args:
        elements: whose text, and the text behind their children, is looked at.
        find: the runs of a text, in order, none inside another.
    """
    for element in list(elements):
        for child in reversed(element):
            if child.tail and (runs := list(find(child.tail))):
                text, child.tail = child.tail, child.tail[: runs[0].start]
                _insert(element, element.index(child) + 1, text, runs)
        if element.text and (runs := list(find(element.text))):
            text, element.text = element.text, element.text[: runs[0].start]
            _insert(element, 0, text, runs)


def _insert(parent: HtmlElement, index: int, text: str, runs: list[Run]) -> None:
    """Puts the runs into the parent from `index` on, each with what follows it."""
    ends = [run.start for run in runs[1:]] + [len(text)]
    for offset, (run, end) in enumerate(zip(runs, ends, strict=True)):
        span = lxml.html.Element("span", dict(run.attributes))
        span.text = run.text
        span.tail = text[run.end : end]
        parent.insert(index + offset, span)
