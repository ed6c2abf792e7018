"""`yearbook build --watch`: makes the book again whenever the blog changes."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from yearbook.cli.telling import say
from yearbook.config import Config
from yearbook.errors import YearbookError
from yearbook.report import Report
from yearbook.watch import Snapshot, changed, snapshot

_EVERY_SECONDS = 0.3


def watch(options: argparse.Namespace, read: Callable[[], Config], build: Callable[[Config], Report]) -> None:
    """Builds, waits for a change, builds again; ends only with Ctrl-C.

    Args:
        options: the arguments.
        read: reads the configuration, which may change too.
        build: makes the book once and tells of it.
    """
    while True:
        before = _look(options)
        _build_once(read, build)
        while not (paths := changed(before, _look(options))):
            time.sleep(_EVERY_SECONDS)
        names = [Path(path).name for path in paths]
        say(f"changed: {', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}")


def _look(options: argparse.Namespace) -> Snapshot:
    blog = Path(options.blog).expanduser().resolve()
    outputs = [Path(options.output)] if options.output else list(blog.glob("yearbook-*.pdf"))
    more = [options.cache] if options.cache else []
    extra = [Path(options.config).resolve().parent] if options.config else []
    return snapshot([blog, *extra], apart_from=[*outputs, *more, *output_paths_of(options)])


def output_paths_of(options: argparse.Namespace) -> list[Path]:
    """Other files that the build writes."""
    return [path for path in (options.report, options.keep_html) if path]


def _build_once(read: Callable[[], Config], build: Callable[[Config], Report]) -> None:
    began = time.monotonic()
    try:
        report = build(read())
    except YearbookError as error:
        say(f"yearbook: {error}")
        return
    seconds = time.monotonic() - began
    say(f"{report.pieces_set} of {report.pieces} pieces set anew, {report.pages} pages, {seconds:.1f} s")
