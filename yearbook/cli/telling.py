"""What a person sees: findings, tables, progress. All goes to stderr but tables, which are a product."""

import argparse
import logging
import os
import re
import sys
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from yearbook import __version__
from yearbook.model import Finding, Severity
from yearbook.report import Progress, Report

_SHOWN_FINDINGS = 40
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What would move a terminal's cursor, forge a line of a log, or turn a line around."""
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def say(text: str) -> None:
    """Writes one line to stderr at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def harmless(text: str) -> str:
    r"""Text of a post on one line, without what a terminal or a log would obey.

    >>> harmless("a\x1b[2Jb\nc")
    'a�[2Jb�c'
    """
    return _CONTROL.sub("\ufffd", text)


def tell(report: Report, options: argparse.Namespace) -> None:
    """The short summary: findings worst first, then one line of counts; annotations where GitHub reads."""
    shown = [f for f in report.findings if f.severity is not Severity.NOTE or options.verbose]
    limit = len(shown) if options.verbose else _SHOWN_FINDINGS
    for finding in shown[:limit]:
        say(finding_line(finding))
    if len(shown) > limit:
        say(f"… and {len(shown) - limit} more; -v shows all")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        folder = _checkout_path(Path(options.blog), os.environ.get("GITHUB_WORKSPACE", ""))
        for finding in shown:
            say(annotation(finding, folder))
    if options.quiet:
        return
    counts = f"{report.posts} posts, {report.pictures} pictures" if report.selection else "a PDF"
    if report.missing:
        counts += f" ({report.missing} missing)"
    if report.pages:
        counts += f", {report.pages} pages"
    say(f"yearbook: {counts}")


def finding_line(finding: Finding) -> str:
    """The finding as one line: severity, place, message, remedy, page."""
    where = finding.place + (f":{finding.line}" if finding.line else "")
    page = f" [p. {finding.page}]" if finding.page else ""
    hint = f" ({finding.hint})" if finding.hint else ""
    return harmless(f"{finding.severity}: {where + ': ' if where else ''}{finding.message}{hint}{page}")


def annotation(finding: Finding, folder: str) -> str:
    """The finding as a line that GitHub Actions shows beside the post; `folder` is the blog in the checkout.

    Text of posts cannot begin a command of its own: every line end and separator is escaped.
    """
    properties = {"title": finding.kind}
    if finding.place:
        properties["file"] = f"{folder}/{finding.place}" if folder else finding.place
        properties |= {"line": str(finding.line)} if finding.line else {}
    written = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"::{_COMMANDS[finding.severity]} {written}::{_escaped(finding.message + hint)}"


def _escaped(text: str, more: str = "") -> str:
    escaped = "".join(f"%{ord(c):02X}" if c in f"%\r\n{more}" else c for c in text)
    return harmless(escaped)


def _checkout_path(blog: Path, workspace: str) -> str:
    """The blog's folder as seen from the checkout's root; empty if it is the root."""
    root = Path(workspace) if workspace else Path.cwd()
    blog = blog.resolve()
    inside = blog.relative_to(root.resolve()) if blog.is_relative_to(root.resolve()) else blog
    return "" if inside == Path() else inside.as_posix()


def finding_json(finding: Finding) -> dict[str, Any]:
    """The finding as JSON values; docs/report.md describes them."""
    return {
        "kind": finding.kind,
        "severity": str(finding.severity),
        "place": finding.place,
        "line": finding.line,
        "page": finding.page,
        "message": finding.message,
        "hint": finding.hint,
    }


def report_json(report: Report) -> dict[str, Any]:
    """The report as JSON values; docs/report.md describes them."""
    severities = [finding.severity for finding in report.findings]
    return {
        "version": 1,
        "yearbook": __version__,
        "exit_code": int(report.exit_code),
        "outputs": [str(output) for output in report.outputs],
        "posts": report.posts,
        "pages": report.pages,
        "pictures": report.pictures,
        "missing": report.missing,
        "counts": {str(severity): severities.count(severity) for severity in Severity},
        "strict": report.strict,
        "findings": [
            {**finding_json(finding), "allowed": report.is_allowed(finding)} for finding in report.findings
        ],
    }


class _Lines:
    """Progress as plain lines, for logs."""

    def stage(self, name: str, detail: str = "") -> None:
        say(f"{name}: {detail}" if detail else name)

    def step(self, done: int, total: int, what: str) -> None:
        """Steps would flood a log."""


class _Terminal:
    """Progress on one line of a terminal, redrawn at most ten times a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._name = ""
        self._drawn = 0.0

    def stage(self, name: str, detail: str = "") -> None:
        self._name = name
        self._draw(f"{name} {detail}")

    def step(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if now - self._drawn >= 0.1:
            self._drawn = now
            self._draw(f"{self._name} {done}{f' of {total}' if total else ''} {what}")

    def _draw(self, text: str) -> None:
        self._stream.write(f"\r\x1b[2K{text[:76]}")
        if text.startswith("bind"):
            self._stream.write("\r\x1b[2K")
        self._stream.flush()


class _Quiet:
    """No progress at all."""

    def stage(self, name: str, detail: str = "") -> None:
        """Says nothing."""

    def step(self, done: int, total: int, what: str) -> None:
        """Says nothing."""


def progress(options: argparse.Namespace) -> Progress:
    """Progress for a terminal, for a log, or for nobody."""
    if options.quiet:
        return _Quiet()
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb":
        return _Terminal(sys.stderr)
    return _Lines()


def set_up_log(options: argparse.Namespace) -> None:
    """Sends log records to stderr, as many as asked for."""
    level = logging.DEBUG if options.verbose > 1 else logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(message)s")
    logging.getLogger("yearbook").setLevel(level)


def print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Columns by the width that terminals give to characters: Hangul and its like take two cells."""
    rows = [tuple(harmless(text) for text in row) for row in rows]
    widths = [
        min(max((_cells(row[column]) for row in rows), default=0), 44)
        for column in range(len(rows[0]) if rows else 0)
    ]
    for row in rows:
        cells = [_fit(text, width) for text, width in zip(row[:-1], widths[:-1], strict=True)]
        sys.stdout.write("  ".join((*cells, row[-1])).rstrip() + "\n")


def _cells(text: str) -> int:
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c)
    )


def _fit(text: str, width: int) -> str:
    while _cells(text) > width:
        text = text[:-2] + "…"
    return text + " " * (width - _cells(text))
