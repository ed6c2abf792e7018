"""`yearbook build` and `yearbook fetch`."""

import argparse
import sys
from pathlib import Path

from yearbook import pipeline
from yearbook.cli.arguments import config
from yearbook.cli.page import write_reports
from yearbook.cli.telling import progress, set_up_log, tell
from yearbook.errors import ExitCode


def run_build(options: argparse.Namespace) -> ExitCode:
    """Makes the book; prints its path, or the book itself."""
    set_up_log(options)
    wanted = config(options)
    if wanted.output == "-":
        report = pipeline.build(wanted, progress(options), write=_write_to_stdout)
    else:
        report = pipeline.build(wanted, progress(options))
        sys.stdout.write("".join(f"{output}\n" for output in report.outputs))
    tell(report, options)
    write_reports(report, options)
    return report.exit_code


def _write_to_stdout(_path: Path, content: bytes) -> None:
    sys.stdout.buffer.write(content)


def run_fetch(options: argparse.Namespace) -> ExitCode:
    """Fills the image store; prints how many pictures it has."""
    set_up_log(options)
    wanted = config(options)
    report = pipeline.fetch(wanted, progress(options))
    tell(report, options)
    sys.stdout.write(f"{report.pictures - report.missing} of {report.pictures} pictures are in the store\n")
    return report.exit_code
