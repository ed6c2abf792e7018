"""The command: arguments to Config, errors to exit codes; alone in printing and in reading the environment.

stdout carries only the product: the path of the PDF, a listing, JSON, or the PDF itself with `-o -`.
All else goes to stderr.
"""

import argparse
import dataclasses
import datetime as dt
import json
import logging
import os
import signal
import sys
import time
import traceback
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import platformdirs

from yearbook import __version__, pipeline
from yearbook.config import Config, read_config
from yearbook.errors import ExitCode, UsageError, YearbookError
from yearbook.model import Finding, Selection, Severity
from yearbook.report import Progress, Report
from yearbook.trims import TRIMS

_EXAMPLES = """\
examples:
  yearbook build --year 2021                 the blog in this folder, as yearbook-2021.pdf
  yearbook build ~/blog --year 2021 -o book.pdf --trim 152x225 --bleed 3
  yearbook list ~/blog --year 2021           what is in the book, what is not, and why
  yearbook fetch ~/blog --year 2021          get the pictures now, then build with --offline

exit codes:
  0 complete      2 arguments or configuration   3 no posts in that year   4 posts that cannot be read
  5 written, but incomplete                      6 typesetting failed      7 cannot be written
  130 interrupted 1 a bug in yearbook
"""
_SHOWN_FINDINGS = 40


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and gives its exit code; every error becomes one sentence on stderr."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    verbose = any(a == "--verbose" or (a.startswith("-v") and not a.startswith("--")) for a in arguments)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return int(run(arguments))
    except YearbookError as error:
        _complain(error, verbose)
        return int(error.exit_code)
    except _Terminated:
        _say("yearbook: terminated; nothing was written, the image store is whole")
        return int(ExitCode.TERMINATED)
    except KeyboardInterrupt:
        _say("\nyearbook: interrupted; nothing was written, the image store is whole")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has left; a second complaint at exit would help nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OUTPUT)
    except Exception:  # the one place that turns a bug into an exit code
        _say(traceback.format_exc())
        _say("yearbook: this is a bug in yearbook; please report it with the lines above")
        return int(ExitCode.BUG)


class _Terminated(BaseException):
    """SIGTERM arrived."""


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _Terminated


def run(arguments: Sequence[str]) -> ExitCode:
    """Does what the arguments say.

    Raises:
        YearbookError: the command cannot be carried out.
    """
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], ExitCode] = options.command
    return command(options)


def _complain(error: YearbookError, verbose: bool) -> None:
    if verbose:
        _say("".join(traceback.format_exception(error)).rstrip())
    _say(f"yearbook: {error}")


# ---------------------------------------------------------------------------------------------- arguments


class _Parser(argparse.ArgumentParser):
    """Raises our own error, so that a wrong argument looks like every other mistake."""

    def error(self, message: str) -> Any:
        raise UsageError(message, hint=f"see `{self.prog} --help`")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="yearbook",
        description="Turn a year of a blog into a printed book.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"yearbook {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for name, what, function, extra in (
        ("build", "make the book", _build, _add_build),
        ("list", "show what would be in the book, what not, and why", _list, _add_list),
        ("fetch", "get the pictures of the year into the image store", _fetch, _add_images),
    ):
        command = commands.add_parser(
            name,
            help=what,
            description=f"{what[0].upper()}{what[1:]}.",
            allow_abbrev=False,
            epilog=_EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _add_common(command)
        extra(command)
        command.set_defaults(command=function)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "blog", nargs="?", default=".", metavar="BLOG", help="the blog's folder; default: this one"
    )
    add = parser.add_argument_group("which posts").add_argument
    add("--year", type=int, metavar="YEAR", help="the year; default: the latest that has posts")
    add("--from", dest="since", type=_date, metavar="DATE", help="first day, such as 2021-03-01")
    add("--to", dest="until", type=_date, metavar="DATE", help="last day")
    add("--by", choices=("published", "updated"), help="which date decides")
    add("--order", choices=("oldest", "newest"), help="order of the posts")
    add("--tag", action="append", metavar="TAG", help="only posts with this tag; may be repeated")
    add("--category", action="append", metavar="NAME", help="only posts with this category; may be repeated")
    add("--section", action="append", metavar="FOLDER", help="only posts under this content folder")
    add("--author", action="append", metavar="NAME", dest="authors", help="only posts by this author")
    add("--only", action="append", metavar="SLUG", help="only this post; may be repeated")
    add("--include", action="append", metavar="SLUG", help="take this post in whatever its date, at the end")
    add("--exclude", action="append", metavar="SLUG", help="leave this post out")
    add("--drafts", action="store_true", default=None, help="take drafts in")
    add("--zone", metavar="NAME", help="time zone in which the year is judged, such as Asia/Seoul")
    add("--engine", metavar="NAME", help="hugo, jekyll, hexo or plain, if it is not recognised")
    add = parser.add_argument_group("in general").add_argument
    add("--config", type=Path, metavar="FILE", help="read this file instead of BLOG/yearbook.toml")
    add(
        "--cache",
        type=Path,
        metavar="DIR",
        help="folder of the image store; default: the user's cache folder",
    )
    add("-v", "--verbose", action="count", default=0, help="say more; twice: say everything")
    add("-q", "--quiet", action="store_true", help="say only what goes wrong")


def _add_images(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("pictures").add_argument
    add(
        "--mirror",
        action="append",
        type=_mirror,
        metavar="URL=TARGET",
        help="ask TARGET (a URL or a folder) for addresses that begin with URL; may be repeated",
    )
    add(
        "--allow-host",
        action="append",
        metavar="HOST",
        help="fetch pictures from this host too; may be repeated",
    )
    add(
        "--allow-any-host",
        action="store_true",
        default=None,
        help="fetch pictures from any public https host",
    )
    add("--offline", action="store_true", default=None, help="open no connection; use what the store has")
    add(
        "--frozen",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="use only pictures named in yearbook.lock; the default when CI is set and there is a lock",
    )
    add("--refresh", action="store_true", default=None, help="ask again for pictures that were missing")
    add("--allow-missing", action="store_true", default=None, help="exit 0 although pictures are missing")
    add("--keep-going", action="store_true", default=None, help="leave out posts that cannot be read")


def _add_build(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the book").add_argument
    add("-o", "--output", metavar="FILE", help="the PDF; `-` is standard output; default: yearbook-YEAR.pdf")
    add("--trim", choices=tuple(TRIMS), help="finished page size; default: a5")
    add("--bleed", type=float, metavar="MM", help="bleed on every side; default: 0")
    add("--title", help="title of the book; default: the blog's")
    add("--language", metavar="TAG", help="language of the book's own words: ko, ja, zh-Hans, zh-Hant, en")
    add("--emoji", choices=("mono", "colour"), help="emoji as type or in colour")
    add("--keep-html", type=Path, metavar="DIR", help="leave what the engine was given, to open in a browser")
    _add_images(parser)


def _add_list(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the listing").add_argument
    add("--json", action="store_true", help="as JSON; the schema is in docs/list.md")
    add("--out", action="store_true", help="only what was left out")


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a date such as 2021-03-01"
        raise argparse.ArgumentTypeError(message) from error


def _mirror(text: str) -> tuple[str, str]:
    prefix, found, target = text.partition("=")
    if not found or "://" not in prefix or not target:
        message = f"{text!r} is not URL=TARGET, such as https://example.org/=http://127.0.0.1:8000/"
        raise argparse.ArgumentTypeError(message)
    return prefix, target


def _config(options: argparse.Namespace) -> Config:
    """Arguments over file over defaults; the environment is read here and nowhere else."""
    blog = Path(options.blog).expanduser()
    if not blog.is_dir():
        what = "is not a folder" if blog.exists() else "does not exist"
        raise UsageError(what, where=str(options.blog), hint="name the blog's folder: yearbook build ~/blog")
    blog = blog.resolve()
    given = vars(options)
    cache = given["cache"] or Path(
        os.environ.get("YEARBOOK_CACHE") or platformdirs.user_cache_dir("yearbook")
    )
    overrides: dict[str, Any] = {"cache": cache.absolute()}
    for name in (
        "year",
        "engine",
        "title",
        "language",
        "offline",
        "refresh",
        "keep_going",
        "allow_missing",
        "keep_html",
    ):
        overrides[name] = given.get(name)
    overrides["output"] = given.get("output")
    for option, name in (
        ("tag", "tags"),
        ("category", "categories"),
        ("section", "sections"),
        ("authors", "authors"),
        ("only", "only"),
        ("include", "include"),
        ("exclude", "exclude"),
    ):
        overrides[f"select.{name}"] = tuple(given[option]) if given.get(option) else None
    for name in ("since", "until", "by", "order", "drafts", "zone"):
        overrides[f"select.{name}"] = given.get(name)
    for name in ("trim", "bleed", "emoji"):
        overrides[f"page.{name}"] = given.get(name)
    config = read_config(blog, options.config, overrides)
    return _with_images(config, given, os.environ)


def _with_images(config: Config, given: Mapping[str, Any], environ: Mapping[str, str]) -> Config:
    """Mirrors and hosts of the command line join those of the file."""
    images = dataclasses.replace(
        config.images,
        mirrors={**config.images.mirrors, **dict(given.get("mirror") or ())},
        allow_hosts=config.images.allow_hosts + tuple(given.get("allow_host") or ()),
        allow_any_host=given.get("allow_any_host") or config.images.allow_any_host,
    )
    frozen = given.get("frozen")
    if frozen is None:
        frozen = bool(environ.get("CI")) and (config.blog / "yearbook.lock").is_file()
    return dataclasses.replace(config, images=images, frozen=frozen)


# ---------------------------------------------------------------------------------------------- commands


def _build(options: argparse.Namespace) -> ExitCode:
    _set_up_log(options)
    config = _config(options)
    if config.output == "-":
        report = pipeline.build(config, _progress(options), write=_write_to_stdout)
    else:
        report = pipeline.build(config, _progress(options))
        sys.stdout.write(f"{report.output}\n")
    _tell(report, options)
    return report.exit_code


def _write_to_stdout(_path: Path, content: bytes) -> None:
    sys.stdout.buffer.write(content)


def _fetch(options: argparse.Namespace) -> ExitCode:
    _set_up_log(options)
    config = _config(options)
    report = pipeline.fetch(config, _progress(options))
    _tell(report, options)
    sys.stdout.write(f"{report.pictures - report.missing} of {report.pictures} pictures are in the store\n")
    return report.exit_code


def _list(options: argparse.Namespace) -> ExitCode:
    _set_up_log(options)
    config, selection = pipeline.select(_config(options), _progress(options))
    if options.json:
        sys.stdout.write(json.dumps(listing(config, selection), ensure_ascii=False, indent=2) + "\n")
    else:
        _print_listing(config, selection, options)
    return ExitCode.UNREADABLE_POSTS if selection.broken else ExitCode.COMPLETE


def listing(config: Config, selection: Selection) -> dict[str, Any]:
    """The listing as JSON values; docs/list.md describes them."""
    blog = selection.blog
    return {
        "version": 1,
        "year": config.year,
        "blog": {
            "engine": blog.engine,
            "why": blog.why,
            "title": blog.title,
            "zone": str(blog.zone),
            "zone_source": blog.zone_source,
            "base_url": blog.base_url,
        },
        "posts": [
            {
                "path": post.place,
                "date": post.date.isoformat(),
                "title": post.title,
                "slug": post.slug,
                "permalink": post.permalink,
                "language": post.language,
                "authors": list(post.authors),
                "tags": list(post.tags),
                "categories": list(post.categories),
                "characters": len("".join(post.body.split())),
            }
            for post in selection.posts
        ],
        "left_out": [
            {
                "path": out.place,
                "date": out.date.isoformat() if out.date else None,
                "title": out.title,
                "reason": out.reason,
                "detail": out.detail,
                "retrospective": out.retrospective,
            }
            for out in selection.left_out
        ],
        "broken": [
            {"path": post.place, "line": post.line, "reason": post.reason, "hint": post.hint}
            for post in selection.broken
        ],
        "findings": [_finding_json(finding) for finding in selection.findings],
        "years": {str(year): count for year, count in sorted(selection.years.items())},
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "severity": str(finding.severity),
        "place": finding.place,
        "line": finding.line,
        "page": finding.page,
        "message": finding.message,
        "hint": finding.hint,
    }


def _print_listing(config: Config, selection: Selection, options: argparse.Namespace) -> None:
    if options.verbose:
        blog = selection.blog
        _say(f"{blog.root}: {blog.engine}, because {blog.why}; time zone {blog.zone} ({blog.zone_source})")
    rows = []
    if not options.out:
        rows += [(post.date.strftime("%Y-%m-%d"), "in", post.title, post.place) for post in selection.posts]
    rows += [
        (
            out.date.strftime("%Y-%m-%d") if out.date else "",
            f"out: {out.detail or out.reason}",
            out.title,
            out.place,
        )
        for out in selection.left_out
    ]
    rows += [("", f"BROKEN line {post.line}: {post.reason}", "", post.place) for post in selection.broken]
    _print_table(rows)
    out_count = len(selection.left_out)
    _say(
        f"{config.year}: {len(selection.posts)} posts in, {out_count} out, {len(selection.broken)} broken"
    )
    for out in selection.left_out:
        if out.retrospective:
            _say(f"  {out.place} looks like the year's retrospective: --include takes it in")
    for finding in selection.findings:
        _say(_finding_line(finding))


def _print_table(rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Columns by the width that terminals give to characters: Hangul and its like take two cells."""
    widths = [min(max((_cells(row[column]) for row in rows), default=0), 44) for column in range(4)]
    for row in rows:
        cells = [_fit(text, width) for text, width in zip(row[:3], widths[:3], strict=True)]
        sys.stdout.write("  ".join((*cells, row[3])).rstrip() + "\n")


def _cells(text: str) -> int:
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c)
    )


def _fit(text: str, width: int) -> str:
    while _cells(text) > width:
        text = text[:-2] + "…"
    return text + " " * (width - _cells(text))


# ---------------------------------------------------------------------------------------------- telling


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _tell(report: Report, options: argparse.Namespace) -> None:
    """The short summary: findings worst first, then one line of counts."""
    shown = [f for f in report.findings if f.severity is not Severity.NOTE or options.verbose]
    limit = len(shown) if options.verbose else _SHOWN_FINDINGS
    for finding in shown[:limit]:
        _say(_finding_line(finding))
    if len(shown) > limit:
        _say(f"… and {len(shown) - limit} more; -v shows all")
    if options.quiet:
        return
    counts = f"{len(report.selection.posts)} posts, {report.pictures} pictures"
    if report.missing:
        counts += f" ({report.missing} missing)"
    if report.pages:
        counts += f", {report.pages} pages"
    _say(f"yearbook: {counts}")


def _finding_line(finding: Finding) -> str:
    where = finding.place + (f":{finding.line}" if finding.line else "")
    page = f" [p. {finding.page}]" if finding.page else ""
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"{finding.severity}: {where + ': ' if where else ''}{finding.message}{hint}{page}"


class _Lines:
    """Progress as plain lines, for logs."""

    def stage(self, name: str, detail: str = "") -> None:
        _say(f"{name}: {detail}" if detail else name)

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


def _progress(options: argparse.Namespace) -> Progress:
    if options.quiet:
        return _Quiet()
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb":
        return _Terminal(sys.stderr)
    return _Lines()


def _set_up_log(options: argparse.Namespace) -> None:
    level = logging.DEBUG if options.verbose > 1 else logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(message)s")
    logging.getLogger("yearbook").setLevel(level)
