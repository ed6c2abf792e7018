"""The house's `dataclass` against the library's: what one can be told by, the other is told by."""

import copy
import dataclasses
import inspect
import pickle
from typing import Any, ClassVar

import pytest

from yearbook import value


def make(decorate: Any) -> Any:
    @decorate
    class Thing:
        """A thing."""

        kind: ClassVar[str] = "kind"
        name: str
        parts: tuple[int, ...] = ()
        met: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
        secret: str = dataclasses.field(default="s", repr=False)

    return Thing


WAYS = [
    {"frozen": True, "slots": True, "kw_only": True}, {"frozen": True, "slots": True}, {"slots": True},
    {"slots": True, "kw_only": True}, {"slots": True, "eq": False}, {"frozen": True, "kw_only": True},
]  # fmt: skip


@pytest.fixture(params=WAYS, ids=lambda way: "-".join(way))
def pair(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    return make(value._dataclass(**request.param)), make(dataclasses.dataclass(**request.param))


def test_arguments_fields_and_text_are_those_of_the_library(pair: tuple[Any, Any]) -> None:
    own, library = pair

    def shape(kind: Any) -> list[tuple[object, ...]]:
        parameters = inspect.signature(kind).parameters.values()
        return [(each.name, each.kind, each.default is inspect.Parameter.empty) for each in parameters]

    assert shape(own) == shape(library)
    assert [f.name for f in dataclasses.fields(own)] == [f.name for f in dataclasses.fields(library)]
    assert repr(own(name="a", parts=(1,))) == repr(library(name="a", parts=(1,)))
    assert dataclasses.asdict(own(name="a")) == dataclasses.asdict(library(name="a"))
    assert hasattr(own, "__slots__") == hasattr(library, "__slots__")
    assert getattr(own, "__slots__", ()) == getattr(library, "__slots__", ())
    assert own.__match_args__ == library.__match_args__


def test_they_are_equal_and_found_as_those_of_the_library(pair: tuple[Any, Any]) -> None:
    for kind in pair:
        same = kind(name="a") == kind(name="a", met={"x": 1})
        assert same == ("__eq__" in vars(kind))
        assert kind(name="a") != kind(name="b")
        assert kind(name="a") != "a"
    own, library = (kind.__hash__ for kind in pair)
    assert (own is None) == (library is None)
    if own and "__eq__" in vars(pair[0]):
        assert len({pair[0](name="a"), pair[0](name="a"), pair[0](name="b")}) == 2


def test_what_is_frozen_cannot_be_changed(pair: tuple[Any, Any]) -> None:
    outcomes = []
    for kind in pair:
        thing = kind(name="a")
        try:
            thing.name = "b"
        except dataclasses.FrozenInstanceError:
            with pytest.raises(dataclasses.FrozenInstanceError):
                del thing.name
            # The library trips over a name that no field has.
            with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
                thing.other = 1
        outcomes.append(thing.name)
    assert outcomes[0] == outcomes[1]


def test_each_thing_has_its_own_default(pair: tuple[Any, Any]) -> None:
    first, second = pair[0](name="a"), pair[0](name="b")
    first.met["x"] = 1
    assert second.met == {}
    assert dataclasses.replace(first, name="c").met == {"x": 1}
    for kind in pair:
        with pytest.raises(TypeError):
            kind()
        with pytest.raises(TypeError):
            kind(name="a", other=1)


@value.dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What others are made from."""

    one: int = 1

    def __repr__(self) -> str:
        return "its own"


@value.dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Base):
    """One with a field more."""

    two: int


def test_one_that_is_copied_pickled_or_derived_is_what_it_was() -> None:
    thing = Derived(one=3, two=2)
    assert copy.copy(thing) == thing == copy.deepcopy(thing)
    assert pickle.loads(pickle.dumps(thing)) == thing
    assert repr(Base()) == "its own"
    assert repr(thing) == "Derived(one=3, two=2)"
    assert Derived(two=1) != Base()
