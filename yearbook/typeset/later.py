"""What the engine loads, and a worker has no use for, stays unloaded until somebody uses it.

fontTools makes subsets of fonts, which for a book set from pieces is the binder's business: in each worker it
takes a tenth of a second and eighteen megabytes. The engine's own style sheets are read while it is loaded, a
thirtieth of a second; a worker reads a leaner one (`tune.lean_sheet`), and none for forms.
"""

import contextlib
import importlib
import sys
import types
from collections.abc import Callable, Iterator
from functools import partial
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

from yearbook.lazy import Later

_UNUSED = tuple(
    f"fontTools{name}" for name in ("", ".subset", ".ttLib", ".varLib", ".varLib.instancer")
)


def load_later() -> None:
    """Puts a stand-in in the place of each such module that is not loaded yet."""
    if not any(name in sys.modules for name in _UNUSED):
        sys.modules.update({name: _Later(name) for name in _UNUSED})


@contextlib.contextmanager
def sheets_later() -> Iterator[None]:
    """While the engine is loaded, its own style sheets are not read; each is when it is first used."""
    finder = _SheetFinder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _SheetFinder:
    """Finds the engine's module that has its style sheets."""

    @staticmethod
    def find_spec(name: str, path: Any, target: types.ModuleType | None = None) -> ModuleSpec | None:
        """Where the module is; None for any other."""
        spec = PathFinder.find_spec(name, path, target) if name == "weasyprint.html" else None
        if spec is not None and spec.loader is not None:
            load: Any = spec.loader
            load.exec_module = _without_sheets(load.exec_module)
        return spec


def _without_sheets(execute: Callable[[types.ModuleType], None]) -> Callable[[types.ModuleType], None]:
    def load(module: types.ModuleType) -> None:
        engine: Any = sys.modules["weasyprint"]
        style_sheet = engine.CSS
        engine.CSS = lambda **given: Later(partial(style_sheet, **given))
        try:
            execute(module)
        finally:
            engine.CSS = vars(module)["CSS"] = style_sheet

    return load


def _load_now() -> None:
    """Takes the stand-ins away: who imports one of these modules from now on gets the real one."""
    for name in _UNUSED:
        if isinstance(sys.modules.get(name), _Later):
            del sys.modules[name]


class _Later(types.ModuleType):
    """Stands for a module; whatever is imported from it is a promise."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Promise(self.__name__, name)


class _Promise:
    """Stands for something in a module, until it is called or asked for something."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _kept(self) -> Any:
        _load_now()
        module = importlib.import_module(self._module)
        if not hasattr(module, self._name):
            return importlib.import_module(f"{self._module}.{self._name}")
        return getattr(module, self._name)

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._kept()(*args, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept(), name)
