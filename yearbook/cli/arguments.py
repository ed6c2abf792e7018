"""The arguments of the command, and the configuration they make with the file and the environment."""

import argparse
import dataclasses
import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import platformdirs

from yearbook import __version__
from yearbook.config import Config, read_config
from yearbook.errors import UsageError
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


_ACTIONS = {
    "status": "show where the bytes of every remote picture of the year are",
    "verify": "hash and decode every copy of every pinned picture",
    "update": "ask whether pinned pictures have changed at their source",
    "vendor": "copy every pinned picture into the blog",
    "prune": "list what nobody needs, or remove it",
}


class _Parser(argparse.ArgumentParser):
    """Raises our own error, so that a wrong argument looks like every other mistake."""

    def error(self, message: str) -> Any:
        raise UsageError(message, hint=f"see `{self.prog} --help`")


def make_parser() -> argparse.ArgumentParser:
    """The whole command line; `command` in its result names the command."""
    parser = _Parser(prog="yearbook", description="Turn a year of a blog into a printed book.", **_shape())
    parser.add_argument("--version", action="version", version=f"yearbook {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True, parser_class=_Parser)
    for name, what, extra in (
        ("build", "make the book", _add_build),
        ("list", "show what would be in the book, what not, and why", _add_list),
        ("fetch", "get the pictures of the year into the image store", _add_fetch),
        ("check", "look a blog's year, or a finished PDF, over", _add_check),
        ("verify", "say whether a PDF is still what its blog would give", _add_verify),
    ):
        command = commands.add_parser(
            name, help=what, description=f"{what[0].upper()}{what[1:]}.", **_shape()
        )
        if name == "verify":
            command.add_argument("pdf", type=Path, metavar="BOOK.pdf", help="the book")
        _add_common(command)
        extra(command)
    images = commands.add_parser("images", help="look after the pictures", **_shape())
    actions = images.add_subparsers(metavar="ACTION", dest="action", required=True, parser_class=_Parser)
    for name, what in _ACTIONS.items():
        # Each action is a command of its own: only so may options stand before the blog's folder.
        action = actions.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.", **_shape())
        _add_common(action)
        _add_upkeep(action)
    _add_cache(commands.add_parser("cache", help="what is remembered of earlier builds", **_shape()))
    _add_theme(commands.add_parser("theme", help="list, show or begin themes", **_shape()))
    return parser


def _shape() -> dict[str, Any]:
    """What every parser has in common."""
    return {
        "epilog": _EXAMPLES,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }


def _add_upkeep(parser: argparse.ArgumentParser) -> None:
    _add_images(parser)
    add = parser.add_argument_group("looking after pictures").add_argument
    add("--json", action="store_true", help="as JSON")
    add("--accept", action="store_true", help="update: pin the bytes that the server has now")
    add(
        "--older-than",
        type=float,
        default=90,
        metavar="DAYS",
        help="prune: keep what was used since; default: 90",
    )
    add("--remove", action="store_true", help="prune: remove the files, not only list them")


def _add_cache(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("status", "clear"))
    parser.add_argument("--cache", type=Path, metavar="DIR", help="default: the user's cache folder")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more")


def _add_theme(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "show", "new"))
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="the theme")
    parser.add_argument("--blog", default=".", metavar="BLOG", help="the blog's folder; default: this one")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more")


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
    add("--auth", action="store_true", help="send a GitHub token with attachments of private repositories")
    add("--allow-missing", action="store_true", default=None, help="exit 0 although pictures are missing")
    add("--keep-going", action="store_true", default=None, help="leave out posts that cannot be read")


def _add_build(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the book").add_argument
    add("-o", "--output", metavar="FILE", help="the PDF; `-` is standard output; default: yearbook-YEAR.pdf")
    add("--theme", metavar="NAME", help="classic, gothic, photo, compact, or one of the blog's own")
    add("--trim", choices=tuple(TRIMS), help="finished page size; default: a5")
    add("--bleed", type=float, metavar="MM", help="bleed on every side; default: 0")
    add("--title", help="title of the book; default: the blog's")
    add("--language", metavar="TAG", help="language of the book's own words: ko, ja, zh-Hans, zh-Hant, en")
    add("--split", metavar="HOW", help="several volumes: months=6, or pages=400")
    add("--emoji", choices=("mono", "colour"), help="emoji as type or in colour")
    add("--tagged", action="store_true", default=None, help="a tagged PDF, for those who have it read aloud")
    add("--watch", action="store_true", help="make the book again whenever the blog changes, until Ctrl-C")
    add("--jobs", type=_count, metavar="N", help="processes that set pages; default: one for each processor")
    add("--whole", action="store_true", help="set the book as one document: slow, for comparison")
    add("--keep-html", type=Path, metavar="DIR", help="leave what the engine was given, to open in a browser")
    _add_images(parser)
    _add_report(parser)


def _add_report(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the report").add_argument
    add(
        "--report",
        action="append",
        type=_report_file,
        metavar="FILE",
        help="write what was found to FILE.json or FILE.html; may be repeated; see docs/report.md",
    )
    add(
        "--strict", action="store_true", default=None, help="warnings, too, make the book incomplete (exit 5)"
    )
    add(
        "--allow",
        action="append",
        metavar="KIND",
        help="findings of this kind leave the book complete; may be repeated; docs/findings.md lists them",
    )


def _add_fetch(parser: argparse.ArgumentParser) -> None:
    _add_images(parser)


def _add_check(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("a PDF instead of a blog: name it in BLOG's place").add_argument
    add("--trim", choices=tuple(TRIMS), help="finished page size it should have; default: guessed")
    add("--bleed", type=float, metavar="MM", help="bleed it should have on every side; default: guessed")
    _add_images(parser)
    _add_report(parser)


def _add_verify(parser: argparse.ArgumentParser) -> None:
    _add_report(parser)


def _add_list(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the listing").add_argument
    add("--json", action="store_true", help="as JSON; the schema is in docs/list.md")
    add("--out", action="store_true", help="only what was left out")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 256:
        message = f"{text!r} is not a number from 1 to 256"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a date such as 2021-03-01"
        raise argparse.ArgumentTypeError(message) from error


def _report_file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in {".json", ".html", ".htm"}:
        message = f"{text!r} is neither FILE.json nor FILE.html"
        raise argparse.ArgumentTypeError(message)
    return path


def _mirror(text: str) -> tuple[str, str]:
    prefix, found, target = text.partition("=")
    if not found or "://" not in prefix or not target:
        message = f"{text!r} is not URL=TARGET, such as https://example.org/=http://127.0.0.1:8000/"
        raise argparse.ArgumentTypeError(message)
    return prefix, target


def cache_folder(wish: Path | None) -> Path:
    """The folder of everything that is kept: as told, as the environment says, or the user's own."""
    usual = os.environ.get("YEARBOOK_CACHE") or platformdirs.user_cache_dir("yearbook")
    return (wish or Path(usual)).absolute()


def config(options: argparse.Namespace, known: Mapping[str, Any] = MappingProxyType({})) -> Config:
    """Arguments over `known` settings over file over defaults; the environment is read here alone."""
    blog = Path(options.blog).expanduser()
    if not blog.is_dir():
        what = "is not a folder" if blog.exists() else "does not exist"
        raise UsageError(what, where=str(options.blog), hint="name the blog's folder: yearbook build ~/blog")
    blog = blog.resolve()
    given = vars(options)
    overrides: dict[str, Any] = {"cache": cache_folder(given["cache"])}
    for name in (
        "year",
        "engine",
        "title",
        "language",
        "offline",
        "refresh",
        "keep_going",
        "allow_missing",
        "jobs",
        "whole",
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
    for name in ("trim", "bleed", "emoji", "theme"):
        overrides[f"page.{name}"] = given.get(name)
    overrides["book.split"] = given.get("split")
    overrides["print.tagged"] = given.get("tagged")
    overrides["allow"] = tuple(given["allow"]) if given.get("allow") else None
    overrides["clean"] = given.get("strict")
    for name, value in known.items():
        overrides[name] = value if overrides.get(name) is None else overrides[name]
    config = read_config(blog, options.config, overrides)
    return _with_images(config, given, os.environ)


def _with_images(config: Config, given: Mapping[str, Any], environ: Mapping[str, str]) -> Config:
    """Mirrors and hosts of the command line join those of the file; the rest comes from the environment."""
    images = dataclasses.replace(
        config.images,
        mirrors={**config.images.mirrors, **dict(given.get("mirror") or ())},
        allow_hosts=config.images.allow_hosts + tuple(given.get("allow_host") or ()),
        allow_any_host=given.get("allow_any_host") or config.images.allow_any_host,
    )
    frozen = given.get("frozen")
    if frozen is None:
        frozen = bool(environ.get("CI")) and (config.blog / "yearbook.lock").is_file()
    proxies = _proxies(environ)
    return dataclasses.replace(
        config,
        images=images,
        frozen=frozen,
        token=_token(environ) if given.get("auth") else "",
        strict=environ.get("GITHUB_EVENT_NAME") == "pull_request",
        proxies=tuple(
            (scheme, url) for scheme, url in sorted(proxies.items()) if scheme in {"http", "https"}
        ),
        no_proxy=tuple(part.strip() for part in proxies.get("no", "").split(",") if part.strip()),
    )


def _proxies(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Proxies by scheme, as the environment names them."""
    if not any(name.lower().endswith("_proxy") for name in environ):
        return {}
    from urllib.request import getproxies_environment  # loads all that speaks with servers

    return getproxies_environment()


def _token(environ: Mapping[str, str]) -> str:
    """A GitHub token of the environment, else the one that GitHub's own command keeps.

    Raises:
        UsageError: there is none.
    """
    found = environ.get("GH_TOKEN") or environ.get("GITHUB_TOKEN") or ""
    if not found and (command := shutil.which("gh")):
        done = subprocess.run(
            [command, "auth", "token"],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
            stdin=subprocess.DEVNULL,
        )
        found = done.stdout.strip() if done.returncode == 0 else ""
    if not found:
        msg = "--auth finds no GitHub token"
        raise UsageError(msg, hint="set GH_TOKEN, or log in with `gh auth login`")
    return found
