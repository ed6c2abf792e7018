"""The standard library's `dataclass`, with methods that are not written and compiled for each class.

The library compiles six functions a class: a twentieth of a second for the hundred and thirty classes that
every command loads. Here one is compiled, and the others are made of functions that are there already.
"""

import dataclasses
import operator
import reprlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")
_Field = dataclasses.Field[Any]
_NOT_GIVEN = object()


def _dataclass(
    *, frozen: bool = False, slots: bool = False, kw_only: bool = False, eq: bool = True
) -> Callable[[type[T]], type[T]]:
    """What `dataclasses.dataclass` does with these arguments; every field is an argument of the class.

    >>> @dataclass(frozen=True, slots=True, kw_only=True)
    ... class Point:
    ...     "A place."
    ...     x: int
    ...     y: int = 0
    >>> Point(x=1), Point(x=1) == Point(x=1, y=0), dataclasses.replace(Point(x=1), y=2).y
    (Point(x=1, y=0), True, 2)
    """
    begin = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)

    def finish(kind: type[T]) -> type[T]:
        made = begin(kind)
        own = dataclasses.fields(made)  # type: ignore[arg-type]  # it is one since the line above
        methods: dict[str, Any] = {"__init__": _init(made, own), "__repr__": _repr(own)}
        if eq:
            compared = _getter([each.name for each in own if each.compare])
            methods |= {"__eq__": _eq(compared), "__hash__": _hash(compared) if frozen else None}
        if frozen:
            methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
        if frozen and slots:
            methods |= _state([each.name for each in own])
        for name, method in methods.items():
            if name not in kind.__dict__:
                setattr(made, name, method)
        return made

    return finish


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


def _init(kind: type, own: Sequence[_Field]) -> Any:
    """Takes a value for every field."""
    known: dict[str, Any] = {"put": object.__setattr__, "NOT_GIVEN": _NOT_GIVEN}
    plain: list[str] = []
    named: list[str] = []
    body = ["pass"]
    for each in own:
        name, value, default = each.name, each.name, ""
        if each.default is not dataclasses.MISSING:
            known[f"default_{name}"], default = each.default, f"=default_{name}"
        elif each.default_factory is not dataclasses.MISSING:
            known[f"make_{name}"], default = each.default_factory, "=NOT_GIVEN"
            value = f"make_{name}() if {name} is NOT_GIVEN else {name}"
        (named if each.kw_only else plain).append(name + default)
        body.append(f"put(self, {name!r}, {value})")
    arguments = ", ".join(["self", *plain, *(["*", *named] if named else [])])
    made: dict[str, Any] = {}
    exec(f"def __init__({arguments}):\n " + "\n ".join(body), known, made)  # names of fields only
    made["__init__"].__qualname__ = f"{kind.__qualname__}.__init__"
    return made["__init__"]


def _repr(own: Sequence[_Field]) -> Any:
    names = [each.name for each in own if each.repr]

    @reprlib.recursive_repr()
    def show(self: object) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return show


def _getter(names: Sequence[str]) -> Callable[[object], Any]:
    """Gives the values of these fields."""
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _eq(compared: Callable[[object], Any]) -> Any:
    def equals(self: object, other: object) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    return equals


def _hash(compared: Callable[[object], Any]) -> Any:
    return lambda self: hash(compared(self))


def _refuse(self: object, name: str, *_value: object) -> None:
    msg = f"{name!r} of a {type(self).__qualname__} cannot be changed"
    raise dataclasses.FrozenInstanceError(msg)


def _state(names: Sequence[str]) -> dict[str, Any]:
    """How a frozen one without a dictionary is copied and pickled."""

    def get_state(self: object) -> list[Any]:
        return [getattr(self, name) for name in names]

    def set_state(self: object, state: Sequence[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {"__getstate__": get_state, "__setstate__": set_state}
