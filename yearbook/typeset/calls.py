"""The engine's calls into C libraries, declared once a machine and not once a process.

WeasyPrint declares four hundred functions of Pango, HarfBuzz and Fontconfig in C. A parser written in Python
reads that whenever a process starts, and again for each type that it meets. cffi can write down what it read,
in a form that takes it no time; that is kept beside the compiled modules.
"""

import contextlib
import importlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from yearbook import kept
from yearbook.lazy import Later


@contextlib.contextmanager
def declared_once() -> Iterator[None]:
    """While the engine is loaded, declarations are taken from what is kept."""
    library: Any = importlib.import_module("cffi")
    real = library.FFI
    library.FFI = lambda: _Declared(real)
    try:
        yield
    finally:
        library.FFI = real


class _Declared(Later):
    """Stands for cffi's object."""

    def __init__(self, real: Any) -> None:
        super().__init__(lambda: _load(real, self._text))
        self._text: tuple[str, ...] = ()

    def cdef(self, text: str) -> None:
        """Takes declarations."""
        self._text += (text,)


def _load(real: Any, declarations: tuple[str, ...]) -> Any:
    """What has these declarations: cffi's own object if it cannot write them down."""
    library: Any = importlib.import_module("cffi")
    place, form = kept.place_of("calls"), (library.__version__, declarations)
    code = kept.read(place, form)
    if isinstance(code, CodeType):
        return _run(code)
    try:
        code = _write(_declare(real, declarations))
    except (OSError, library.FFIError, library.CDefError, library.VerificationError):
        return _declare(real, declarations)
    kept.write(place, form, code)
    return _run(code)


def _declare(real: Any, declarations: tuple[str, ...]) -> Any:
    """What cffi itself makes of these declarations."""
    declared = real()
    for text in declarations:
        declared.cdef(text)
    return declared


def _write(builder: Any) -> CodeType:
    """The module that cffi writes for what was declared."""
    builder.set_source("calls", None)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        module = Path(folder) / "calls.py"
        builder.emit_python_code(str(module))
        return compile(module.read_text("utf-8"), "calls", "exec")


def _run(code: CodeType) -> Any:
    """What a module that cffi wrote defines."""
    names: dict[str, Any] = {}
    exec(code, names)  # cffi's own, from the engine's declarations
    return names["ffi"]
