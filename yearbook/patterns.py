"""Regular expressions, compiled once on a machine and not once a run, as Python does with modules.

What a command loads has hundreds of them, its libraries' counted, which take a twentieth of a second. What
Python makes of each is kept beside the compiled modules. A Python whose insides look otherwise goes without.
"""

import array
import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from yearbook import kept

_MOST_BYTES = 3_000_000
_WORTH_WRITING = 8
"""New patterns that are worth a file: one of the library's is put together in another order each time."""
_WORDS = "I"
"""Python's machine for patterns reads numbers of four bytes."""
_LATE = tuple(str(Path(*parts)) for parts in (("yearbook", "lazy.py"), ("pygments", "lexer.py")))
"""Patterns are kept of modules that are being loaded, and of two that compile theirs later. All others may be
made of what a post says."""

_Key = tuple[str | bytes, int]
"""A pattern, and the flags it was given."""
_Made = tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]
"""Its flags, its program, how many groups it has, their names by number and their numbers by name."""


class Patterns:
    """What is known of patterns, and was learned in this run."""

    def __init__(self, file: Path | None) -> None:
        """Reads what is known.

        Args:
            file: where it is kept; None for nowhere.
        """
        self._file = file
        self._machine: Any = importlib.import_module("_sre")
        self._compiler: Any = importlib.import_module("re._compiler")
        self._compile: Callable[..., Any] = self._compiler.compile
        self._assemble: Callable[..., Any] = self._machine.compile
        self._form = (self._machine.MAGIC, self._machine.CODESIZE)
        self._known = self._read()
        self._learned: dict[_Key, _Made] = {}
        self._last: tuple[Any, ...] = ()

    def use(self) -> None:
        """From now on patterns that are known are not compiled, and others are learned."""
        self._machine.compile = self._note
        self._compiler.compile = self._find

    def drop(self) -> None:
        """Leaves Python as it was."""
        self._machine.compile = self._assemble
        self._compiler.compile = self._compile

    def keep(self) -> None:
        """Writes down what was learned, if it is worth that."""
        if len(self._learned) < _WORTH_WRITING:
            return
        known = self._read() | self._learned
        is_much = sum(len(made[1]) for made in known.values()) > _MOST_BYTES
        kept.write(self._file, self._form, self._learned if is_much else known)
        self._learned = {}

    def _read(self) -> dict[_Key, _Made]:
        return dict(kept.read(self._file, self._form) or {})

    def _find(self, pattern: Any, flags: int = 0) -> Any:
        """Stands for the library's function that compiles."""
        made = self._known.get((pattern, flags)) if isinstance(pattern, str | bytes) else None
        if made is not None:
            code = array.array(_WORDS)
            code.frombytes(made[1])
            return self._assemble(pattern, made[0], code.tolist(), *made[2:])
        compiled = self._compile(pattern, flags)
        # Of two threads one may have noted meanwhile; flags and text say which pattern it is.
        if self._last[:2] == (pattern, compiled.flags) and _is_kept(sys._getframe(1)):
            code = array.array(_WORDS, self._last[2])
            self._learned[pattern, flags] = (compiled.flags, code.tobytes(), *self._last[3:])
        return compiled

    def _note(self, pattern: Any, flags: int, *rest: Any) -> Any:
        """Stands for the machine's function that takes a finished program."""
        self._last = (pattern, flags, *rest)
        return self._assemble(pattern, flags, *rest)


def _is_kept(frame: FrameType) -> bool:
    return is_loading(frame) or any(name.endswith(_LATE) for name in _files_above(frame))


def is_loading(frame: FrameType | None) -> bool:
    """Whether a module is being loaded there."""
    return any(name.startswith("<frozen importlib") for name in _files_above(frame))


def _files_above(frame: FrameType | None) -> Iterator[str]:
    """The file of a frame's code, and of all that called it."""
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back


def use_patterns(program: str) -> Callable[[], None]:
    """Lets this process use patterns that are known; gives what writes down those that it learns.

    Args:
        program: its name; each program has patterns of its own.
    """
    # A Python that looks otherwise goes without.
    with contextlib.suppress(ImportError, AttributeError):
        patterns = Patterns(kept.place_of(program))
        patterns.use()
        return patterns.keep
    return lambda: None
