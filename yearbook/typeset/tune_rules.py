"""Which rules reach an element, sooner: the same for all with the same name and attributes in the same place.

Most rules ask only for names, attributes and language of an element and of what it stands in, whether it is
among the first or last of its siblings, and what stands right before it. Those are asked once for every such
place, in every piece that one process sets; the few others are asked each time.
"""

import importlib
from collections.abc import Iterator
from types import CodeType
from typing import Any

_PLAIN = frozenset(
    (
        "local_name", "namespace_url", "classes", "id", "etree_element", "tag", "attrib", "get", "startswith",
        "endswith", "lower", "in_html_document", "lang", "ancestors", "parent", "any", "next",
        "split_whitespace", "ascii_lower",
    )
)  # fmt: skip
"""What a rule's test may look at, and call, about any element for its answer to be kept."""
_OWN = _PLAIN | {"previous", "index", "etree_siblings", "len"}
"""And about the element itself."""
_NEAR = 2
"""How far from the first or last of its siblings an element is told from those amid them."""
_TABLES = ("id_selectors", "class_selectors", "lower_local_name_selectors", "namespace_selectors")
_LISTS = ("lang_attr_selectors", "other_selectors")
_LANGUAGE = ("lang", "{http://www.w3.org/XML/1998/namespace}lang")
_MOST_PLACES = 20_000


class Places:
    """Tells places apart by what rules ask for."""

    def __init__(self) -> None:
        self._words: set[str] = {"class", *_LANGUAGE}
        self._known: dict[Any, int] = {}
        self._begun = 0

    def add_words(self, words: set[str]) -> None:
        """Takes notice of names and values that rules ask for."""
        self._words |= words

    def find(self, element: Any) -> tuple[int, int]:
        """The number of an element's place in what it stands in, and how often numbers were begun anew."""
        found: tuple[int, int] | None = element.__dict__.get("_place")
        if found is None:
            if element.parent is not None:
                above = self.find(element.parent)
            else:
                if len(self._known) > _MOST_PLACES:
                    self._known.clear()
                    self._begun += 1
                above = element.lang
            key = (above, *self._ask(element))
            found = self._known.setdefault(key, len(self._known)), self._begun
            element._place = found
        return found

    def find_spot(self, element: Any) -> tuple[Any, ...]:
        """An element's place among its siblings, too."""
        begin, end = element.index, len(element.etree_siblings) - 1 - element.index
        before = None if element.previous is None else self._ask(element.previous)
        return self.find(element), min(begin, _NEAR + 1), min(end, _NEAR + 1), before

    def _ask(self, element: Any) -> tuple[Any, ...]:
        own, words = element.etree_element, self._words
        asked = tuple(
            (name, value)
            for name, value in own.attrib.items()
            if name in words or (name == "id" and value in words)
        )
        return own.tag, asked


class _Matcher:
    """Stands for a style sheet's matcher, and gives what it would."""

    def __init__(self, matcher: Any, places: Places) -> None:
        self._kept, self._asked = type(matcher)(), type(matcher)()
        self._places = places
        self._known: dict[Any, list[Any]] = {}
        self._open: dict[Any, list[Any]] = {}
        for name in (*_TABLES, *_LISTS):
            own = getattr(matcher, name)
            for key, entries in own.items() if name in _TABLES else [(None, own)]:
                for entry in entries:
                    is_kept = _is_kept(entry[0].__code__)
                    places.add_words({str(key), *_words_in(entry[0].__code__)})
                    # Of the others it is known which might reach a place; their tests come along.
                    new = entry if is_kept else (_always, *entry[1:4], entry)
                    table = getattr(self._kept if is_kept else self._asked, name)
                    (table if key is None else table.setdefault(key, [])).append(new)

    def match(self, element: Any) -> list[Any]:
        """The rules that reach the element, the strongest last."""
        spot = self._places.find_spot(element)
        kept, other = self._known.get(spot), self._open.get(spot[0])
        if kept is None:
            if len(self._known) > _MOST_PLACES:
                self._known.clear()
            kept = self._known[spot] = self._kept.match(element)
        if other is None:
            if len(self._open) > _MOST_PLACES:
                self._open.clear()
            other = self._open[spot[0]] = [entry for *_, entry in self._asked.match(element)]
        found = [entry[1:] for entry in other if entry[0](element)]
        return sorted([*kept, *found], key=_weight) if found else kept


def keep_matches(sheets: list[Any]) -> None:
    """Lets style sheets remember which of their rules reach which places."""
    matcher = importlib.import_module("cssselect2").Matcher
    places = Places()
    for sheet in sheets:
        if type(sheet.matcher) is matcher:
            sheet.matcher = _Matcher(sheet.matcher, places)


def _always(_element: Any) -> bool:
    return True


def _weight(entry: tuple[Any, ...]) -> tuple[Any, ...]:
    """Specificity, and place in the sheet."""
    return entry[:2]


def _is_kept(code: CodeType) -> bool:
    """Whether a test asks for nothing but what a place is known by.

    Its own code asks about the element, code within it about what the element stands in or stands behind.
    """
    inner = [each for each in _codes(code) if each is not code]
    near = all(abs(value) <= _NEAR for value in code.co_consts if isinstance(value, int))
    return near and _OWN.issuperset(code.co_names) and all(_PLAIN.issuperset(each.co_names) for each in inner)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and all code within it."""
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _codes(value)


def _words_in(code: CodeType) -> set[str]:
    """Names and values that a test compares with."""
    found: set[str] = set()
    waiting: list[Any] = [value for each in _codes(code) for value in each.co_consts]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, tuple | frozenset):
            waiting.extend(value)
    return found
