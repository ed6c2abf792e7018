"""Modules that the engine loads, and a worker has no use for, stay unloaded until somebody uses them.

fontTools makes subsets of fonts, which for a book set from pieces is the binder's business: in each worker it
takes a tenth of a second and eighteen megabytes.
"""

import importlib
import sys
import types
from typing import Any

_UNUSED = tuple(
    f"fontTools{name}" for name in ("", ".subset", ".ttLib", ".varLib", ".varLib.instancer")
)


def load_later() -> None:
    """Puts a stand-in in the place of each such module that is not loaded yet."""
    if not any(name in sys.modules for name in _UNUSED):
        sys.modules.update({name: _Later(name) for name in _UNUSED})


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
