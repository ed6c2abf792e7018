"""Which rules reach an element, sooner: the same for all with the same name and attributes in the same place.

A rule that asks only for names and attributes of an element and of what it stands in is asked once for every
such place, in every piece that one process sets; others (siblings, position, language) are asked each time.
"""

import importlib
from collections.abc import Iterator
from types import CodeType
from typing import Any

_PLAIN = frozenset(
    (
        "local_name", "namespace_url", "classes", "id", "etree_element", "tag", "attrib", "get", "startswith",
        "endswith", "lower", "in_html_document", "ancestors", "parent", "any", "next", "split_whitespace",
        "ascii_lower",
    )
)  # fmt: skip
"""What a rule's test may look at, and call, for its answer to be kept."""
_TABLES = ("id_selectors", "class_selectors", "lower_local_name_selectors", "namespace_selectors")
_LISTS = ("lang_attr_selectors", "other_selectors")
_MOST_PLACES = 20_000


class Places:
    """Numbers for places of elements: two in the same place differ in nothing that a kept rule asks for."""

    def __init__(self) -> None:
        self._words: set[str] = {"class"}
        self._known: dict[Any, int] = {}
        self.begun = 0
        """How often all numbers were forgotten."""

    def add_words(self, words: frozenset[str]) -> None:
        """Takes notice of names and values that rules ask for."""
        self._words |= words

    def find(self, element: Any) -> tuple[int, int]:
        """The number of an element's place, and since when it counts."""
        found: tuple[int, int] | None = element.__dict__.get("_place")
        if found is None:
            if element.parent is None and len(self._known) > _MOST_PLACES:
                self._known.clear()
                self.begun += 1
            above = None if element.parent is None else self.find(element.parent)
            own, words = element.etree_element, self._words
            asked = tuple(
                (name, value)
                for name, value in own.attrib.items()
                if name in words and (name != "id" or value in words)
            )
            key = (above, own.tag, asked)
            found = self._known.setdefault(key, len(self._known)), self.begun
            element._place = found
        return found


class _Matcher:
    """Stands for a style sheet's matcher, and gives what it would."""

    def __init__(self, matcher: Any, places: Places) -> None:
        self._plain, self._other = type(matcher)(), type(matcher)()
        self._places = places
        self._known: dict[tuple[int, int], list[Any]] = {}
        words: set[str] = set()

        def choose(entries: list[Any]) -> Iterator[tuple[Any, Any]]:
            for entry in entries:
                code = entry[0].__code__
                is_plain = _PLAIN.issuperset(_names_in(code))
                if is_plain:
                    words.update(_words_in(code))
                yield (self._plain if is_plain else self._other), entry

        for table in _TABLES:
            for key, entries in getattr(matcher, table).items():
                for target, entry in choose(entries):
                    getattr(target, table).setdefault(key, []).append(entry)
        for name in _LISTS:
            for target, entry in choose(getattr(matcher, name)):
                getattr(target, name).append(entry)
        places.add_words(frozenset(words))

    def match(self, element: Any) -> list[Any]:
        """The rules that reach the element, the strongest last."""
        place = self._places.find(element)
        plain = self._known.get(place)
        if plain is None:
            if len(self._known) > _MOST_PLACES:
                self._known.clear()
            plain = self._known[place] = self._plain.match(element)
        other = self._other.match(element)
        return sorted([*plain, *other], key=lambda entry: entry[:2]) if other else plain


def keep_matches(sheets: list[Any]) -> None:
    """Lets style sheets remember which of their rules reach which places."""
    matcher = importlib.import_module("cssselect2").Matcher
    places = Places()
    for sheet in sheets:
        if type(sheet.matcher) is matcher:
            sheet.matcher = _Matcher(sheet.matcher, places)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and all code within it."""
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _codes(value)


def _names_in(code: CodeType) -> set[str]:
    """What a test reads and calls by name; a function of its own among its constants has one too."""
    return {name for each in _codes(code) for name in each.co_names}


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
