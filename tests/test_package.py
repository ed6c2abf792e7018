"""The project file, the lock and the code agree on what the program needs."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = [Requirement(line) for line in PROJECT["dependencies"]]
OPTIONAL = [Requirement(line) for name, lines in EXTRAS.items() if name != "dev" for line in lines]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
LOCKED = dict(re.findall(r"^([a-z0-9-]+)==(\S+)$", LOCK, re.MULTILINE))


def imported_modules() -> set[str]:
    """Every top-level module that the program imports, wherever in a file it does."""
    names = set()
    for source in (ROOT / "yearbook").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"yearbook"}


def test_whatever_is_imported_is_a_dependency_of_ours() -> None:
    makers = importlib.metadata.packages_distributions()
    declared = {canonicalize_name(requirement.name) for requirement in (*DIRECT, *OPTIONAL)}
    used = {name: set(map(canonicalize_name, makers.get(name, [name]))) for name in imported_modules()}
    assert {module for module, names in used.items() if not names & declared} == set()


@pytest.mark.parametrize("requirement", DIRECT + [Requirement(line) for line in EXTRAS["dev"]], ids=str)
def test_the_lock_has_every_dependency_in_its_range(requirement: Requirement) -> None:
    assert requirement.specifier.contains(LOCKED[canonicalize_name(requirement.name)])


def test_the_lock_is_complete_and_is_what_runs_here() -> None:
    installed = {name: importlib.metadata.version(name) for name in LOCKED}
    assert installed == LOCKED


def test_the_lock_names_no_registry() -> None:
    assert [line for line in LOCK.splitlines() if not re.fullmatch(r"(#.*|[a-z0-9-]+==\S+)?", line)] == []


def test_every_dependency_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lines = PROJECT["dependencies"] + [line for extra in EXTRAS.values() for line in extra]
    assert [line for line in lines if not re.search(rf'"{re.escape(line)}",\s+# \w+', text)] == []
