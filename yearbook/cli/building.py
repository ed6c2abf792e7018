"""`yearbook build` and `yearbook fetch`."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from yearbook import pipeline
from yearbook.cli.arguments import config
from yearbook.cli.page import write_reports
from yearbook.cli.telling import progress, set_up_log, tell
from yearbook.cli.watching import watch
from yearbook.config import Config
from yearbook.drafts import Draft, sweep
from yearbook.errors import ExitCode, UsageError
from yearbook.memo import Memo
from yearbook.press import make_crew
from yearbook.report import Report


def run_build(options: argparse.Namespace) -> ExitCode:
    """Makes the book; prints its path, or the book itself."""
    set_up_log(options)
    if options.watch:
        _watch(options)
    wanted = config(options)
    if wanted.output == "-":
        report = pipeline.build(wanted, progress(options), draft=_ToStandardOutput, spare=options.spare)
    else:
        report = pipeline.build(wanted, progress(options), spare=options.spare)
        sys.stdout.write("".join(f"{output}\n" for output in report.outputs))
    tell(report, options)
    write_reports(report, options)
    return report.exit_code


def _watch(options: argparse.Namespace) -> None:
    """Makes the book again and again; ends only with a signal.

    Raises:
        UsageError: the book is to go to standard output.
    """
    if options.output == "-":
        message = "--watch needs a file that it can replace"
        raise UsageError(message, hint="name one with -o book.pdf")
    first = config(options)
    memo = Memo(pipeline.memo_folder(first), stays=True)
    with make_crew(first, stays=True, spare=options.spare) as crew:

        def build(wanted: Config) -> Report:
            report = pipeline.build(wanted, progress(options), crew=crew, memo=memo)
            tell(report, options)
            return report

        watch(options, lambda: config(options), build)


class _ToStandardOutput(Draft):
    """A file that goes to standard output when it is whole."""

    def _folder(self) -> Path:
        folder = Path(tempfile.gettempdir())
        sweep(folder)
        return folder

    def _settle(self) -> None:
        with self.path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)


def run_fetch(options: argparse.Namespace) -> ExitCode:
    """Fills the image store; prints how many pictures it has."""
    set_up_log(options)
    wanted = config(options)
    report = pipeline.fetch(wanted, progress(options))
    tell(report, options)
    sys.stdout.write(f"{report.pictures - report.missing} of {report.pictures} pictures are in the store\n")
    return report.exit_code
