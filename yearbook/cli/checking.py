"""`yearbook check` and `yearbook verify`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from yearbook import pipeline
from yearbook.cli.arguments import config
from yearbook.cli.page import write_reports
from yearbook.cli.telling import progress, set_up_log, tell
from yearbook.errors import ExitCode, UsageError
from yearbook.model import Finding
from yearbook.preflight import (
    Expectations,
    compare,
    guess_expectations,
    read_facts,
    read_provenance,
    selecting,
)
from yearbook.preflight.judge import judge
from yearbook.report import KINDS, Report, sort_findings
from yearbook.store.lockfile import read as read_lock
from yearbook.trims import TRIMS


def run_check(options: argparse.Namespace) -> ExitCode:
    """Looks over a finished PDF, or a blog's year without typesetting it."""
    set_up_log(options)
    named = Path(options.blog).expanduser()
    if named.suffix.lower() == ".pdf" or named.is_file():
        return _check_pdf(named, options)
    report = pipeline.check(config(options), progress(options))
    return _finish(report, options, f"{report.posts} posts")


def _check_pdf(path: Path, options: argparse.Namespace) -> ExitCode:
    facts = read_facts(path)
    wanted = guess_expectations(facts)
    if options.trim:
        wanted = Expectations(trim=TRIMS[options.trim], bleed_mm=wanted.bleed_mm)
    if options.bleed is not None:
        wanted = Expectations(trim=wanted.trim, bleed_mm=options.bleed)
    report = _report_on(path, judge(facts, wanted), len(facts.pages), options)
    pictures = sum(len(page.pictures) for page in facts.pages)
    size = wanted.trim.label if wanted.trim else "a size of its own"
    return _finish(
        report,
        options,
        f"{path}: {len(facts.pages)} pages, {size}, {len(facts.fonts)} fonts, {pictures} pictures",
    )


def run_verify(options: argparse.Namespace) -> ExitCode:
    """Says whether a PDF is still what its blog would give: posts, pictures, lock file, settings."""
    set_up_log(options)
    path = options.pdf.expanduser()
    made = read_provenance(path)
    wanted = config(options, selecting(made))
    pins = {key: pin.sha256 for key, pin in read_lock(wanted.blog).items()}
    findings = compare(made, pipeline.trace(wanted, progress(options)), pins)
    report = _report_on(path, findings, len(read_facts(path).pages), options)
    agrees = "agrees with its blog" if report.exit_code is ExitCode.COMPLETE else "differs from its blog"
    return _finish(
        report, options, f"{path}: {len(made.posts)} posts, {len(made.pictures)} pictures; {agrees}"
    )


def _report_on(path: Path, findings: Sequence[Finding], pages: int, options: argparse.Namespace) -> Report:
    """The report on a PDF alone.

    Raises:
        UsageError: a kind that is to be allowed does not exist.
    """
    for kind in options.allow or ():
        if kind not in KINDS:
            message = f"`{kind}` is no kind of finding, so it cannot be allowed"
            raise UsageError(message, hint="see docs/findings.md")
    return Report(
        selection=None,
        findings=sort_findings(findings),
        pictures=0,
        missing=0,
        pages=pages,
        outputs=(path,),
        allow=frozenset(options.allow or ()),
        strict=bool(options.strict),
    )


def _finish(report: Report, options: argparse.Namespace, subject: str) -> ExitCode:
    """Findings to stderr, one line of outcome to stdout, reports to their files."""
    tell(report, options)
    count = len(report.findings)
    sys.stdout.write(f"{subject}; {count or 'no'} finding{'s' * (count != 1)}\n")
    write_reports(report, options)
    return report.exit_code
