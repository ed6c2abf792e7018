"""What is found out about a blog as a whole, whatever its engine."""

import collections
import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path

from yearbook.dates import zone_of
from yearbook.dialects.settings import table, text_of
from yearbook.errors import ConfigError

_SAMPLE = 400
_HEAD_BYTES = 2048
_WRITTEN_OFFSET = re.compile(
    rb"^[ \t\"]*(?:date|pubdate|published|publishdate|pubdatetime)[ \t\"]*[:=][^\n]*\d{1,2}:\d\d[^\n]*?"
    rb"(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)[\"']?[ \t\r]*$",
    re.MULTILINE | re.IGNORECASE,
)


def find_zone(
    settings: Mapping[str, object], keys: Iterable[str], where: str, *, files: Callable[[], Iterable[Path]]
) -> tuple[dt.tzinfo, str]:
    """The blog's time zone, and where it comes from.

    The configuration's; else the offset that most posts write; else UTC, which is what engines use then.

    Args:
        settings: the configuration.
        keys: names of the setting.
        where: the configuration's file.
        files: gives the posts, should they be needed.

    Raises:
        ConfigError: when the configuration names a zone that does not exist.
    """
    for key in keys:
        name = text_of(settings.get(key))
        if name:
            try:
                return zone_of(name), f"{key} in {where}"
            except ValueError as error:
                hint = f"write a name such as Asia/Seoul as {key}"
                raise ConfigError(str(error), where=where, hint=hint) from error
    offset, count = _commonest_offset(files())
    if count:
        return dt.timezone(offset), f"as most posts write it ({count})"
    return dt.UTC, "default"


def _commonest_offset(files: Iterable[Path]) -> tuple[dt.timedelta, int]:
    """The offset that most posts write after their date, and how many of the first few hundred do."""
    counts: collections.Counter[dt.timedelta] = collections.Counter()
    for path in islice(files, _SAMPLE):
        found = _WRITTEN_OFFSET.search(_head(path))
        if found:
            size = dt.timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
            if size < dt.timedelta(hours=15):
                counts[size if found["sign"] == b"+" else -size] += 1
    if not counts:
        return dt.timedelta(), 0
    return min(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _head(path: Path) -> bytes:
    """The first bytes of a file; none if it cannot be read, which is reported when it is read as a post."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""


def site_address(url: str, base: str = "") -> str:
    """The public address without trailing slash; empty if the configuration has none that is absolute.

    >>> site_address("https://example.org/", "/blog/"), site_address("/")
    ('https://example.org/blog', '')
    """
    whole = f"{url.rstrip('/')}/{base.strip('/')}".rstrip("/")
    return whole if re.match(r"https?://[^/]+", whole) else ""


def repository_of(root: Path) -> str:
    """`owner/name` on GitHub of the blog's repository, as Git's configuration has it; empty if unknown."""
    config = root / ".git" / "config"
    text = (
        _head(config).decode("utf-8", errors="replace")
        if config.is_file() and not config.is_symlink()
        else ""
    )
    found = re.search(
        r"github\.com[:/](?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?\s*$", text, re.MULTILINE
    )
    return f"{found['owner']}/{found['name']}" if found else ""


def package_names(root: Path, *names: str) -> bool:
    """Whether package.json depends on one of these."""
    path = root / "package.json"
    try:
        package = json.loads(path.read_bytes()[: 1 << 20])
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(package, dict):
        return False
    wanted = {*table(package, "dependencies"), *table(package, "devDependencies"), *table(package)}
    return any(name in wanted for name in names)
