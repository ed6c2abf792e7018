"""`yearbook cache`: what is remembered of earlier builds, and forgetting it."""

import argparse
import sys

from yearbook.cli.arguments import cache_folder
from yearbook.errors import ExitCode
from yearbook.memo import Memo


def run_cache(options: argparse.Namespace) -> ExitCode:
    """Prints how much is remembered, or forgets it; pictures are looked after by `yearbook images`."""
    memo = Memo(cache_folder(options.cache) / "memo")
    if options.action == "clear":
        sys.stdout.write(f"{memo.clear()} entries forgotten\n")
        return ExitCode.COMPLETE
    status = memo.status()
    sys.stdout.write(
        f"{status.folder}\n{status.entries} entries, {status.size_bytes / 1e6:.1f} MB"
        f" of at most {status.cap_bytes / 1e6:.0f} MB\n"
    )
    return ExitCode.COMPLETE
