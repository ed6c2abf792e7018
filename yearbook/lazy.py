"""What is made when it is first used, so that a command does not wait for what it will not need.

Two hundred patterns take a twentieth of a second to compile, and rooms load libraries that a book which
hardly changed never asks for.
"""

import functools
import importlib
import re
from collections.abc import Callable, Mapping
from typing import Any, cast


def later(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, made on first use.

    >>> later("[가-힣]+").findall("첫 글")
    ['첫', '글']
    """
    return cast("re.Pattern[str]", Later(functools.partial(re.compile, pattern, flags)))


class Later:
    """Stands for what is made when something in it is asked for."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @functools.cached_property
    def _made(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._made, name)
        setattr(self, name, found)  # from now on it is an attribute like any other
        return found


def members_of(room: str, where: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's `__getattr__` by which its modules are loaded when something in them is asked for.

    Args:
        room: name of the package.
        where: the module that each public name comes from.

    >>> members_of("yearbook", {"later": "lazy"})("later") is later
    True
    """

    def find(name: str) -> Any:
        if name not in where:
            message = f"module {room!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(importlib.import_module(f"{room}.{where[name]}"), name)

    return find
