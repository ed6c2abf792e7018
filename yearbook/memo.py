"""Remembers on disk what was worked out from which values, so that only what changed is worked out again.

An entry is one file, named by the digest of everything its value was made from; it begins with the digest of
its own content, and is believed only if that is right. Entries are written whole or not at all and never
changed, so any number of builds may share the folder. What a value depends on, its maker says.
"""

import contextlib
import ctypes
import dataclasses
import datetime as dt
import functools
import hashlib
import io
import operator
import os
import pickle
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from yearbook.assets import files_below
from yearbook.drafts import is_stale
from yearbook.value import dataclass

T = TypeVar("T")

CAP_BYTES = 2_000_000_000
"""How much is kept; what was not used for longest goes first."""
_DIGEST_BYTES = 32
_STAMP = ".pruned"
"""An empty file whose time says when the memo was looked through last."""
_PLAIN = frozenset(
    {
        "builtins",
        "datetime",
        "pathlib",
        "pathlib._local",
        "yearbook.dialects.dialect",
        "yearbook.fill",
        "yearbook.localise.values",
        "yearbook.model",
        "yearbook.piece",
        "yearbook.preflight.facts",
        "yearbook.typeset.values",
    }
)
"""Modules whose classes may be in a remembered value: they hold values and do nothing when they are made."""
_PLAIN_BUILTINS = frozenset({"frozenset", "set"})


def digest_of(*values: object) -> str:
    """Hex digest of plain values and dataclasses of them: equal values, equal digests, on every machine.

    >>> digest_of({"b": 1, "a": (2.0, None)}) == digest_of({"a": (2.0, None), "b": 1})
    True

    Raises:
        TypeError: a value of another kind is among them.
    """
    written: list[bytes] = []
    for value in values:
        _feed(written.append, value)
    return hashlib.sha256(b"".join(written)).hexdigest()


def _feed(add: Callable[[bytes], None], value: Any) -> None:
    """Adds one value, so that no two different ones add the same bytes."""
    kind = type(value)
    if kind is str:
        text = value.encode("utf-8", "surrogatepass")
        add(b"s%d:" % len(text))
        add(text)
    else:
        (_FEEDERS.get(kind) or _find_feeder(kind))(add, value)


_Feeder = Callable[[Callable[[bytes], None], Any], None]
_FEEDERS: dict[type, _Feeder] = {}
"""What adds a value of each type that was met."""
_SIMPLE = frozenset({type(None), bool, int, float})


def _find_feeder(kind: type) -> _Feeder:
    """What adds a value of that type.

    Raises:
        TypeError: such a value has no digest.
    """
    ways = (feeder for bases, feeder in _WAYS if issubclass(kind, bases))
    found: _Feeder | None
    if dataclasses.is_dataclass(kind):
        found = _feeder_of(kind)
    else:
        found = _feed_shown if kind in _SIMPLE else next(ways, None)
    if found is None:
        msg = f"a {kind.__name__} has no digest"
        raise TypeError(msg)
    _FEEDERS[kind] = found
    return found


def _feed_shown(add: Callable[[bytes], None], value: Any) -> None:
    add(f"{type(value).__name__}:{value!r};".encode())


def _feed_bytes(add: Callable[[bytes], None], value: bytes) -> None:
    add(b"b%d:" % len(value))
    add(value)


def _feed_parts(add: Callable[[bytes], None], parts: Sequence[object]) -> None:
    add(b"(%d:" % len(parts))
    for own in parts:
        _feed(add, own)


def _feed_mapping(add: Callable[[bytes], None], value: Mapping[Any, object]) -> None:
    add(b"m")
    _feed_parts(add, _pairs(value))


def _feed_set(add: Callable[[bytes], None], value: Iterable[object]) -> None:
    add(b"f")
    _feed_parts(add, sorted(map(digest_of, value)))


def _feed_path(add: Callable[[bytes], None], value: Path) -> None:
    add(b"p")
    _feed(add, str(value))


def _feed_text(add: Callable[[bytes], None], value: str) -> None:
    _feed(add, str(value))


def _feed_pattern(add: Callable[[bytes], None], value: re.Pattern[Any]) -> None:
    _feed_parts(add, ("pattern", value.pattern, value.flags))


def _feed_function(add: Callable[[bytes], None], value: types.FunctionType) -> None:
    # What it does is in the fingerprint.
    _feed_parts(add, ("function", value.__module__, value.__qualname__))


_WAYS: tuple[tuple[tuple[type, ...], _Feeder], ...] = (
    ((bytes,), _feed_bytes),
    ((Mapping,), _feed_mapping),
    ((set, frozenset), _feed_set),
    ((Path,), _feed_path),
    ((str,), _feed_text),
    ((tuple, list), _feed_parts),
    ((dt.date, dt.time, dt.timedelta, dt.tzinfo), _feed_shown),
    ((re.Pattern,), _feed_pattern),
    ((types.FunctionType,), _feed_function),
)
"""What adds values of types that are or come from these."""


def _feeder_of(kind: type) -> _Feeder:
    """What adds such a dataclass: as parts, of which the first is its name."""
    names = _names_of(kind)
    written: list[bytes] = [b"(%d:" % (len(names) + 1)]
    _feed(written.append, kind.__name__)
    begin = b"".join(written)
    fields_of = operator.attrgetter(*names) if len(names) > 1 else None

    def feed(add: Callable[[bytes], None], value: Any) -> None:
        add(begin)
        for own in fields_of(value) if fields_of else [getattr(value, name) for name in names]:
            _feed(add, own)

    return feed


def _pairs(value: Mapping[Any, object]) -> Sequence[object]:
    """Keys and what they stand for, in an order that does not depend on how they came in."""
    if all(type(key) is str for key in value):
        return sorted(value.items(), key=_first)
    return sorted(((digest_of(key), own) for key, own in value.items()), key=_first)


_first = operator.itemgetter(0)


@functools.cache
def fingerprint() -> str:
    """Digest of all but the input that a value may depend on: our own code, and the libraries' versions.

    The engine draws with libraries of the system, and another version of them sets another page.
    """
    package = Path(__file__).parent
    sources = [name for name in files_below(package) if name.endswith((".py", ".html"))]
    own = digest_of([(name.removeprefix(str(package)), _content_of(name)) for name in sources])
    # The names of these folders hold name and version; reading them takes a tenth of reading what is inside.
    libraries = sorted({path.name for folder in sys.path for path in Path(folder).glob("*.dist-info")})
    return digest_of(own, libraries, sys.version, [_system_version(*call) for call in _SYSTEM])


def _content_of(name: str) -> bytes:
    with open(name, "rb", buffering=0) as file:  # noqa: PTH123 - two hundred files, in every run
        return file.read()


_SYSTEM = (
    ("pango_version_string", ("libpango-1.0.so.0", "libpango-1.0.0.dylib", "libpango-1.0.dylib")),
    ("hb_version_string", ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz.dylib")),
)


def _system_version(function: str, names: Sequence[str]) -> str:
    """Version of a system library; empty if it is under none of these names."""
    for name in names:
        with contextlib.suppress(OSError, AttributeError):
            call = getattr(ctypes.CDLL(name), function)
            call.restype = ctypes.c_char_p
            return str(call().decode())
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoStatus:
    """What a memo holds."""

    folder: Path
    """Where it is."""
    entries: int
    """Number of values."""
    size_bytes: int
    """Their size."""
    cap_bytes: int
    """How much is kept at most."""


class Memo:
    """Values by the digest of what they were made from, in one folder."""

    def __init__(self, folder: Path, *, cap_bytes: int = CAP_BYTES, stays: bool = False) -> None:
        """What is remembered in that folder.

        Args:
            folder: where; it need not be there yet.
            cap_bytes: how much is kept.
            stays: whether more than one book is made: then what one needed is at hand for the next.
        """
        self.folder = folder
        """Where it is."""
        self._cap = cap_bytes
        self._stays = stays
        self._at_hand: dict[str, Any] = {}
        self._before: dict[str, Any] = {}
        self._digests: dict[int, tuple[object, str]] = {}
        self._late: list[Album[Any]] = []

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever remembered here."""
        return not self.folder.is_dir()

    def has(self, key: str) -> bool:
        """Whether something is there, whole or not."""
        return key in self._at_hand or key in self._before or os.access(self._path(key), os.F_OK)

    def get(self, key: str) -> Any | None:
        """The value; None if there is none, or what is there is not whole."""
        value = self._at_hand.get(key)
        if value is None:
            value = self._before.get(key)
        if value is None:
            value = self._read(key)
        if value is not None and self._stays:
            self._at_hand[key] = value
        return value

    def fetch(self, keys: Iterable[str]) -> None:
        """Reads values before they are asked for."""
        for key in keys:
            if key not in self._at_hand and key not in self._before:
                value = self._read(key)
                if value is not None:
                    self._before[key] = value

    def _read(self, key: str) -> Any | None:
        path = self._path(key)
        try:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - see `_path`
                data = file.readall()
        except OSError:
            return None
        content = memoryview(data)[_DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != data[:_DIGEST_BYTES]:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return loads(content)

    def put(self, key: str, value: object) -> None:
        """Remembers a value; a folder that cannot be written only means that it is worked out again."""
        if self._stays:
            self._at_hand[key] = value
        self.put_packed(key, dumps(value))

    def put_packed(self, key: str, content: bytes) -> None:
        """Remembers a value that `dumps` made."""
        path = self._path(key)
        folder = os.path.dirname(path)  # noqa: PTH120 - see `_path`
        draft = f"{folder}/.new-{os.urandom(8).hex()}"
        with contextlib.suppress(OSError):
            if not os.access(folder, os.F_OK):
                Path(folder).mkdir(parents=True, exist_ok=True)
            try:
                with open(draft, "xb", opener=_for_nobody_else) as file:
                    file.write(hashlib.sha256(content).digest())
                    file.write(content)
                Path(draft).replace(path)
            finally:
                Path(draft).unlink(missing_ok=True)

    def keep_later(self, album: "Album[Any]") -> None:
        """Keeps an album when there is time for that."""
        self._late.append(album)

    def catch_up(self) -> None:
        """Keeps what was to be kept later."""
        while self._late:
            self._late.pop().keep()

    def know(self, value: object, digest: str) -> None:
        """Says what `digest` gives for this very object until the book is done."""
        self._digests[id(value)] = value, digest

    def digest(self, value: object, make: Callable[[], str] | None = None) -> str:
        """Digest of a value, taken once of the same object; it must not be changed meanwhile."""
        if id(value) not in self._digests:
            self.know(value, make() if make else digest_of(value))
        return self._digests[id(value)][1]

    def prune(self) -> None:
        """Forgets what was not used for longest, until the rest fits; and what died while it was written.

        It walks over every entry, so it does that once an hour and not after every sentence. At hand remains
        what was asked for since the last time.
        """
        self.catch_up()
        self._at_hand, self._before, self._digests = {}, self._at_hand, {}
        stamp = self.folder / _STAMP
        with contextlib.suppress(OSError):
            if not is_stale(stamp.stat().st_mtime):
                return
        with contextlib.suppress(OSError):
            stamp.touch()
        found = sorted(self._scan(), key=lambda entry: entry[1])
        room = sum(size for _, _, size in found) - self._cap
        for path, _, size in found:
            if room <= 0:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            room -= size

    def clear(self) -> int:
        """Forgets everything; gives the number of values."""
        self._at_hand, self._before = {}, {}
        found = list(self._scan())
        for path, _, _ in found:
            with contextlib.suppress(OSError):
                path.unlink()
        return len(found)

    def status(self) -> MemoStatus:
        """What is there."""
        found = list(self._scan())
        return MemoStatus(
            folder=self.folder,
            entries=len(found),
            size_bytes=sum(size for _, _, size in found),
            cap_bytes=self._cap,
        )

    def _path(self, key: str) -> str:
        """Where the entry is; a text, for a thousand paths take longer to make than to look up.

        Sixteen folders: in a folder that few files are in, a new one takes two or three times as long.
        """
        return f"{self.folder}/{key[:1]}/{key[1:]}"

    def _scan(self) -> Iterator[tuple[Path, float, int]]:
        """Every entry with the time of its last use and its size; drops drafts that nobody is writing."""
        if not self.folder.is_dir():
            return
        with contextlib.suppress(OSError):
            for folder in sorted(folder for folder in self.folder.iterdir() if folder.is_dir()):
                for found in os.scandir(folder):
                    facts = found.stat()
                    if not found.name.startswith(".new-"):
                        yield Path(found.path), facts.st_mtime, facts.st_size
                    elif is_stale(facts.st_mtime):
                        Path(found.path).unlink(missing_ok=True)


class Album(Generic[T]):
    """Small values that are remembered in one entry: those asked for when something was new last."""

    def __init__(self, memo: Memo, key: str) -> None:
        """What is remembered under that key."""
        self._memo = memo
        self.key = key
        """Under which they are remembered."""
        self._before: Mapping[bytes | str, T] = memo.get(key) or {}
        self._now: dict[bytes | str, T] = {}
        self._is_new = False

    def find(self, name: bytes | str, make: Callable[[], T]) -> T:
        """The value of that name, made if it is not known."""
        if name in self._now:
            return self._now[name]
        if name in self._before:
            value = self._before[name]
        else:
            value = make()
            self._is_new = True
        self._now[name] = value
        return value

    def keep(self) -> None:
        """Remembers what was asked for in the place of what was before, if any of it is new."""
        if self._is_new:
            self._memo.put(self.key, self._now)


def _for_nobody_else(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def dumps(value: object) -> bytes:
    """A value as bytes, for `loads`."""
    written = io.BytesIO()
    _Writer(written, protocol=5).dump(value)
    return written.getvalue()


def loads(content: bytes | memoryview) -> Any:
    """The value; only the house's own plain values can be in it, so reading it runs nothing.

    Raises:
        pickle.UnpicklingError: something else is in it.
    """
    return _Reader(io.BytesIO(content)).load()


class _Writer(pickle.Pickler):
    """Writes a dataclass as its fields in order; the library's way takes four times as long to read."""

    def reducer_override(self, value: Any) -> Any:
        kind: Any = type(value)
        if kind is types.MappingProxyType:
            return _proxy, (dict(value),)
        if kind.__module__ == "zoneinfo":
            return _zone, (value.key,)
        if not hasattr(kind, "__dataclass_fields__") or not hasattr(kind, "__slots__"):
            return NotImplemented
        return _remade, (kind, *[getattr(value, name) for name in _names_of(kind)])


def _remade(kind: type, *values: object) -> object:
    """An instance of a dataclass with slots and these fields; nothing is run to make it.

    Raises:
        pickle.UnpicklingError: the class has other fields.
    """
    setters = _setters_of(kind)
    if not values or len(setters) != len(values):
        msg = f"a {kind.__name__} has other fields"
        raise pickle.UnpicklingError(msg)
    made: object = object.__new__(kind)
    for put, value in zip(setters, values, strict=True):
        put(made, value)
    return made


def _proxy(values: dict[object, object]) -> Mapping[object, object]:
    """A mapping that nobody changes."""
    return types.MappingProxyType(values)


def _zone(key: str) -> dt.tzinfo:
    """The time zone of that name."""
    from zoneinfo import ZoneInfo  # few values have one

    return ZoneInfo(key)


@functools.cache
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(own.name for own in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


@functools.cache
def _setters_of(kind: type) -> tuple[Callable[[object, object], None], ...]:
    return tuple(getattr(kind, name).__set__ for name in _names_of(kind))


_KNOWN: dict[tuple[str, str], Any] = {
    (__name__, function.__name__): function for function in (_remade, _proxy, _zone)
}
"""What may be in a value, by module and name: each of a thousand values asks for the same ten."""


class _Reader(pickle.Unpickler):
    """Knows the house's dataclasses and a few plain types, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        known = _KNOWN.get((module, name))
        if known is not None:
            return known
        if module in _PLAIN and (module != "builtins" or name in _PLAIN_BUILTINS):
            found = super().find_class(module, name)
            if isinstance(found, type):
                _KNOWN[module, name] = found
                return found
        msg = f"{module}.{name} is not a plain value"
        raise pickle.UnpicklingError(msg)
