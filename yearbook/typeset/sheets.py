"""Style sheets as the engine understands them, read once a machine and not once a process.

To read the styles, check each value and compile each selector takes nine hundredths of a second, nearly half
of what a worker loads. What comes of it is kept beside the compiled modules, and there in half a hundredth.
"""

import contextlib
import hashlib
import importlib
import io
import marshal
import pickle
from types import FunctionType
from typing import Any, NamedTuple

from yearbook import kept
from yearbook.typeset.engine import listening, make_fetcher
from yearbook.typeset.tune import lean_sheet
from yearbook.typeset.values import Notice

_MOST = 3
"""Styles that are kept: a person has one theme, or tries another."""
_ELSEWHERE = ("@font-face", "@import", "@color-profile")
"""What changes more than the style sheet it stands in."""
_PARTS = ("base_url", "matcher", "page_rules", "layers")
"""What the engine's style sheet is made of."""
_CALLED = ("split_whitespace", "ascii_lower", "urlparse")
"""What selectors' tests call."""


class Sheets(NamedTuple):
    """The styles of a press, read."""

    own: list[Any] | None
    """What stands for the engine's own style sheet; None if that itself is used."""
    style: Any
    """The book's style sheet."""
    notices: tuple[Notice, ...]
    """What the engine complained of."""


def read_sheets(css: str, font_config: Any, *, quick: bool) -> Sheets:
    """The styles in this text, as they were read before if that is possible.

    Args:
        css: the text.
        font_config: the engine's, which learns the fonts that styles bring along.
        quick: whether a leaner sheet may stand for the engine's own, and what is kept be used.
    """
    place, form = kept.place_of("styles"), _versions()
    known: dict[str, bytes] = dict(kept.read(place, form) or {}) if quick else {}
    digest = hashlib.sha256(css.encode()).hexdigest()
    if digest in known:
        return _unpack(known[digest])
    engine = importlib.import_module("weasyprint")
    own = lean_sheet(css) if quick else None
    with listening(lambda _page: None) as listener:
        style = engine.CSS(string=css, font_config=font_config, url_fetcher=make_fetcher({}))
    sheets = Sheets(own=own, style=style, notices=tuple(listener.notices))
    if own is not None and not any(word in css for word in _ELSEWHERE):
        # What cannot be packed is read each time.
        with contextlib.suppress(pickle.PicklingError, AttributeError, TypeError):
            newest = {**known, digest: _pack(sheets)}
            kept.write(place, form, dict([*newest.items()][-_MOST:]))
    return sheets


def _versions() -> tuple[str, ...]:
    names = ("weasyprint", "tinycss2", "cssselect2")
    return tuple(str(importlib.import_module(name).__version__) for name in names)


def _pack(sheets: Sheets) -> bytes:
    parts = [[getattr(sheet, part) for part in _PARTS] for sheet in (sheets.style, *(sheets.own or ()))]
    counters = dict(importlib.import_module("weasyprint.html").UA_COUNTER_STYLE)
    written = io.BytesIO()
    _Packer(written, protocol=5).dump((parts, counters, sheets.notices))
    return written.getvalue()


def _unpack(packed: bytes) -> Sheets:
    # The program wrote it, beside its modules, and trusts it as it trusts those.
    parts, counters, notices = _Unpacker(io.BytesIO(packed)).load()
    importlib.import_module("weasyprint.html").UA_COUNTER_STYLE.update(counters)
    style, *own = map(_sheet, parts)
    return Sheets(own=own, style=style, notices=notices)


def _sheet(parts: list[Any]) -> Any:
    kind = importlib.import_module("weasyprint").CSS
    sheet = object.__new__(kind)
    sheet.__dict__.update(zip(_PARTS, parts, strict=True))
    return sheet


class _Packer(pickle.Pickler):
    """Writes a selector's test, which the engine has compiled from text, as its code."""

    def persistent_id(self, value: object) -> bytes | None:
        if isinstance(value, FunctionType) and value.__name__ == "<lambda>":
            return marshal.dumps(value.__code__)
        return None


class _Unpacker(pickle.Unpickler):
    """Makes the tests again, with what they call."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        compiler = importlib.import_module("cssselect2.compiler")
        self._names = {name: getattr(compiler, name) for name in _CALLED}

    def persistent_load(self, code: bytes) -> object:
        return FunctionType(marshal.loads(code), self._names)
