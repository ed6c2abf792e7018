#!/usr/bin/env python3
"""Builds the wheel, installs it where nothing else is, and typesets one page with it.

    python scripts/try_wheel.py dist              dependencies come from the registry, pinned by the lock
    python scripts/try_wheel.py dist --borrow     dependencies are those of the running Python; no network

What only a source tree has, and what only developers have, is found out here. Prints the path of the PDF.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
POST = """---
title: 한 쪽짜리 책
date: 2025-05-05
---

바퀴 하나로 **책 한 쪽(page)**을 짜 본다. `code`와 *italic*, 日本語, 中文, 그리고 웃음: ㅎㅎ 🙂
"""


def run(*command: str | Path, folder: Path) -> str:
    """Run a command away from the source tree and without what points back to it; give its stdout."""
    clean = {name: text for name, text in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    answer = subprocess.run(command, cwd=folder, env=clean, check=False, capture_output=True, text=True)
    if answer.returncode:
        sys.exit(f"{' '.join(map(str, command))}\ngave {answer.returncode}\n{answer.stdout}{answer.stderr}")
    return answer.stdout


def build_wheel(target: Path) -> Path:
    """Give the wheel, freshly built into `target`."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target.resolve(), folder=ROOT)
    return max(target.resolve().glob("yearbook-*.whl"), key=lambda wheel: wheel.stat().st_mtime)


def install(wheel: Path, environment: Path, borrow: bool) -> Path:
    """Install the wheel in a new environment; give that environment's command `yearbook`."""
    run(sys.executable, "-m", "venv", "--without-pip", environment, folder=ROOT)
    python = environment / "bin" / "python"
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "-qq", "--no-input"]
    if borrow:
        run(*pip, "install", "--no-deps", "--no-index", wheel, folder=environment)
        place = run(python, "-c", "import sysconfig as s; print(s.get_path('purelib'))", folder=environment)
        # A plain path in a .pth is not searched for further .pth files, so the editable install stays out.
        (Path(place.strip()) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    else:
        lock: list[str | Path] = ["--only-binary=:all:", "--constraint", ROOT / "requirements.lock"]
        run(*pip, "install", *lock, wheel, folder=environment)
    return environment / "bin" / "yearbook"


def typeset(yearbook: Path, folder: Path) -> Path:
    """Give the PDF of a blog with one post."""
    posts = folder / "blog" / "content" / "posts"
    posts.mkdir(parents=True)
    (folder / "blog" / "hugo.toml").write_text('title = "한 쪽"\ntimeZone = "Asia/Seoul"\n', "utf-8")
    (posts / "one.md").write_text(POST, "utf-8")
    book = folder / "book.pdf"
    run(yearbook, "build", folder / "blog", "--year", "2025", "-o", book, folder=folder)
    return book


def main() -> int:
    """Build, install, ask for help, typeset; give 0 if all of it worked."""
    parser = argparse.ArgumentParser(description="Build the wheel and typeset one page with it alone.")
    parser.add_argument("target", type=Path, help="the folder the wheel and the page go to")
    parser.add_argument("--borrow", action="store_true", help="use the dependencies of this Python")
    arguments = parser.parse_args()
    arguments.target.mkdir(parents=True, exist_ok=True)
    wheel = build_wheel(arguments.target)
    with tempfile.TemporaryDirectory() as work:
        yearbook = install(wheel, Path(work) / "environment", arguments.borrow)
        if "build" not in run(yearbook, "--help", folder=Path(work)):
            sys.exit("yearbook --help does not speak of `build`")
        book = shutil.move(typeset(yearbook, Path(work)), arguments.target / "one-page.pdf")
    print(book)
    return 0


if __name__ == "__main__":
    sys.exit(main())
