"""`yearbook theme`: list, show, new."""

import argparse
import sys
from pathlib import Path

from yearbook.cli.telling import say
from yearbook.errors import ExitCode, UsageError
from yearbook.themes import find_theme, list_themes, new_theme


def run_theme(options: argparse.Namespace) -> ExitCode:
    """Lists the themes, shows the files of one, or begins a new one in the blog.

    Raises:
        UsageError: a name is missing.
    """
    blog = Path(options.blog).expanduser().resolve()
    if options.action == "list":
        for theme in list_themes(blog):
            sys.stdout.write(f"{theme.name:<12}{theme.label}\n")
        return ExitCode.COMPLETE
    if not options.name:
        message = f"`yearbook theme {options.action}` takes the name of a theme"
        raise UsageError(message, hint="see `yearbook theme list`")
    if options.action == "new":
        sys.stdout.write(f"{new_theme(options.name, blog)}\n")
        say("edit theme.css there, and build with --theme " + options.name)
        return ExitCode.COMPLETE
    theme = find_theme(options.name, blog)
    sys.stdout.write(f"{theme.name}: {theme.label}\n{theme.folder}\n{theme.css}")
    return ExitCode.COMPLETE
