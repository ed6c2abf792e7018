"""What the set-up says when it may not install: exactly one line, the one to type."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "setup-system.sh"
APT_GET = "apt-get install -y --no-install-recommends"
SUDO_APT_GET = f"sudo apt-get update && sudo {APT_GET}"
ORDINARY_TOOLS = ("sh", "cat", "tr", "sort", "sed", "grep", "head", "mktemp", "rm", "env")

COMPLETE = """
case "$*" in
    "-") cat >/dev/null; echo ;;
    *ensurepip*) exit 0 ;;
    *version_info*) exit 1 ;;
esac
"""
WITHOUT_LIBRARIES = COMPLETE.replace("echo ;;", "echo harfbuzz-subset pangoft2-1.0 ;;")
WITHOUT_VENV = COMPLETE.replace("exit 0", "exit 1")
TOO_OLD = COMPLETE.replace("exit 1 ;;", "exit 0 ;;").replace("esac", "    -V) echo Python 3.9.2 ;;\nesac")


class Machine:
    """A pretended machine: a folder that is the whole PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for tool in ORDINARY_TOOLS:
            (folder / tool).symlink_to(shutil.which(tool))
        self.add("id", "echo 1000")

    def add(self, name: str, body: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.folder / name).chmod(0o755)

    def set_up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(SCRIPT), *arguments],
            env={"PATH": str(self.folder)},
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
            timeout=30,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "bin")


def test_a_complete_machine_hears_nothing(machine: Machine) -> None:
    machine.add("python3", COMPLETE)
    answer = machine.set_up()
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("manager", "line"),
    [
        ("apt-get", f"{SUDO_APT_GET} libharfbuzz-subset0 libpangoft2-1.0-0\n"),
        ("dnf", "sudo dnf install -y harfbuzz pango\n"),
        ("apk", "sudo apk add harfbuzz-subset pango\n"),
        ("pacman", "sudo pacman -S --needed --noconfirm harfbuzz pango\n"),
    ],
)
def test_missing_libraries_are_one_line_to_type(machine: Machine, manager: str, line: str) -> None:
    machine.add("python3", WITHOUT_LIBRARIES)
    machine.add(manager, "echo must not be called >&2; exit 9")
    answer = machine.set_up()
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", line)


def test_a_sudo_that_would_ask_is_not_used(machine: Machine) -> None:
    machine.add("python3", WITHOUT_VENV)
    machine.add("apt-get", "echo must not be called >&2; exit 9")
    machine.add("sudo", "exit 1")
    answer = machine.set_up()
    line = f"{SUDO_APT_GET} python3-venv\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", line)


def test_without_python_the_line_brings_it(machine: Machine) -> None:
    machine.add("apt-get", "exit 9")
    answer = machine.set_up()
    line = f"{SUDO_APT_GET} python3 python3-venv\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", line)


def test_an_old_python_is_one_line(machine: Machine) -> None:
    machine.add("python3", TOO_OLD)
    answer = machine.set_up()
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "3.11 or newer" in answer.stderr
    assert "Python 3.9.2" in answer.stderr


def test_an_unknown_system_is_told_what_it_lacks(machine: Machine) -> None:
    machine.add("python3", WITHOUT_LIBRARIES)
    answer = machine.set_up()
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "harfbuzz-subset pangoft2-1.0" in answer.stderr


def test_the_tests_need_poppler_too(machine: Machine) -> None:
    machine.add("python3", COMPLETE)
    machine.add("apt-get", "exit 9")
    answer = machine.set_up("test")
    line = f"{SUDO_APT_GET} poppler-utils\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", line)


def test_root_installs_and_looks_again(machine: Machine) -> None:
    machine.add("id", "echo 0")
    marker = machine.folder / "installed"
    machine.add("python3", f"[ -e {marker} ] || {{ {WITHOUT_LIBRARIES} exit; }}\n{COMPLETE}")
    machine.add("apt-get", f'case $1 in install) echo "$*" >{marker} ;; esac')
    answer = machine.set_up()
    assert (answer.returncode, answer.stdout) == (0, "")
    assert marker.read_text() == (
        "install -y --no-install-recommends -q libharfbuzz-subset0 libpangoft2-1.0-0\n"
    )


def test_a_failing_package_manager_is_one_line_with_its_reason(machine: Machine) -> None:
    machine.add("id", "echo 0")
    machine.add("python3", WITHOUT_LIBRARIES)
    machine.add("apt-get", 'echo "E: Unable to locate package" >&2; exit 100')
    answer = machine.set_up()
    assert answer.returncode == 2
    last = answer.stderr.splitlines()[-1]
    assert "E: Unable to locate package" in last
    assert last.endswith(f"{APT_GET} libharfbuzz-subset0 libpangoft2-1.0-0")
