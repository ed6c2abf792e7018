"""`yearbook images`: status, verify, update, vendor, prune."""

import argparse
import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yearbook.cli.arguments import config
from yearbook.cli.telling import print_table, progress, say, set_up_log
from yearbook.config import Config
from yearbook.errors import ExitCode
from yearbook.shelf import image_policy, status_of_images
from yearbook.store.upkeep import images_prune, images_update, images_vendor, images_verify

_BAD = frozenset({"absent", "damaged", "failed", "changed"})
"""States after which a book may have a hole."""


def run_images(options: argparse.Namespace) -> ExitCode:
    """Does one thing with the blog's pictures; prints a table or JSON. 5 if one is not as it should be."""
    set_up_log(options)
    wanted = config(options)
    rows = _act(options, wanted)
    if options.json:
        values = [dataclasses.asdict(row) for row in rows]
        sys.stdout.write(json.dumps(values, ensure_ascii=False, indent=2, default=str) + "\n")
    else:
        print_table([_columns(row) for row in rows])
    counts = Counter(_state(row) for row in rows)
    say(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no pictures")
    return ExitCode.INCOMPLETE if any(state in _BAD for state in counts) else ExitCode.COMPLETE


def _act(options: argparse.Namespace, wanted: Config) -> Sequence[Any]:
    root, cache = wanted.blog, wanted.cache / "images"
    if options.action == "verify":
        return images_verify(blog_root=root, cache=cache)
    if options.action == "vendor":
        return images_vendor(blog_root=root, cache=cache)
    if options.action == "prune":
        return images_prune(
            blog_root=root, cache=cache, older_than_days=options.older_than, dry_run=not options.remove
        )
    if options.action == "update":
        policy = image_policy(wanted)
        return images_update(blog_root=root, cache=cache, policy=policy, accept=options.accept)
    return status_of_images(wanted, progress(options))


def _state(row: Any) -> str:
    if hasattr(row, "ok"):
        return "whole" if row.ok else "damaged"
    if hasattr(row, "removed"):
        return "removed" if row.removed else "not needed"
    return str(row.state)


def _columns(row: Any) -> tuple[str, ...]:
    name = getattr(row, "url", "") or str(getattr(row, "path", "")) or row.key
    size = getattr(row, "bytes", 0)
    detail = getattr(row, "detail", "") or str(getattr(row, "why", ""))
    if isinstance(getattr(row, "path", None), Path) and not hasattr(row, "url"):
        name = str(row.path)
    return (_state(row), f"{size:,}" if size else "", detail, name)
