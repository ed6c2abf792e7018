"""Finds the folders that travel with the program, the styles and the fonts; and the versions of libraries.

They stand beside the package in a source tree (an editable install reads the same tree) and inside it in a
wheel. What is in them belongs to `compose` and `typeset`, not here.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

from yearbook.errors import EngineError


def asset_dir(name: str, package: Path | None = None) -> Path:
    """Give the folder `name` (`styles` or `fonts`) of a source tree, an editable install or a wheel.

    Args:
        name: The folder's name.
        package: The package folder to look from; the running one if not given.

    Raises:
        EngineError: The folder is in neither place, so nothing can be typeset.
    """
    package = package or Path(__file__).resolve().parent
    tree = package.parent
    inside, beside = package / name, tree / name
    if inside.is_dir():
        return inside
    # In site-packages a neighbour called "fonts" is a stranger's: only a source tree has our project file.
    if (tree / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    message = f"the folder {name}/ that belongs to yearbook is missing"
    raise EngineError(message, where=str(inside), hint="install yearbook again")


def files_below(folder: Path) -> list[str]:
    """Every file in the folder and below, in order; none of the hundreds that Python and Jinja compiled."""
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        found += [f"{place}{os.sep}{name}" for name in names]
    return sorted(found)


@functools.cache
def version_of(library: str) -> str:
    """Version of an installed library, as the name of its folder says it.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    for folder in sys.path:
        for found in Path(folder).glob(f"{library}-*.dist-info"):
            return found.name.removesuffix(".dist-info").removeprefix(f"{library}-")
    from importlib.metadata import version  # reads mail to find it, which takes long to load

    return version(library)
