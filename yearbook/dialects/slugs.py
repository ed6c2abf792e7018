"""Short names and addresses made from titles and file names, as each engine makes them."""

import re
import unicodedata
from pathlib import PurePosixPath

_DATE_IN_NAME = re.compile(r"^(?:\d{2,4}-\d{1,2}-\d{1,2}|(?:19|20)\d{2}[01]\d[0-3]\d)[-_ ]+(?P<rest>.+)$")


def short_name(text: str) -> str:
    """A name fit for an anchor: letters and digits of any script with single hyphens, never empty.

    >>> short_name("My Year / 2021년!")
    'my-year-2021년'
    """
    plain = unicodedata.normalize("NFC", text).casefold()
    return re.sub(r"[^\w]+|_+", "-", plain).strip("-")[:100].strip("-") or "post"


def without_date(stem: str) -> str:
    """A file's name without the date at its head.

    >>> without_date("2021-12-31-year"), without_date("2021-12-31")
    ('year', '2021-12-31')
    """
    found = _DATE_IN_NAME.match(stem)
    return found["rest"] if found else stem


def date_in_name(stem: str) -> str:
    """The date at the head of a file's name, or the whole name if it is one; empty if none.

    >>> date_in_name("2021-9-7-one"), date_in_name("20211231 year"), date_in_name("2021.12.31")
    ('2021-9-7', '2021-12-31', '2021-12-31')
    """
    found = re.match(r"(?P<date>\d{4}-\d{1,2}-\d{1,2})(?!\d)", stem)
    if found:
        return found["date"]
    found = re.match(r"(?P<y>(?:19|20)\d\d)(?P<gap>[-._ ]?)(?P<m>[01]\d)(?P=gap)(?P<d>[0-3]\d)(?!\d)", stem)
    return f"{found['y']}-{found['m']}-{found['d']}" if found else ""


def readable(stem: str) -> str:
    """A title from a file's name.

    >>> readable("my-first_post"), readable("2021-12-31")
    ('My first post', '2021-12-31')
    """
    bare = without_date(stem)
    words = re.sub(r"[-_\s]+", " ", bare).strip() if not date_in_name(bare) else bare
    return words[:1].upper() + words[1:] or stem


def join_path(*parts: str) -> str:
    """Parts of an address joined by single slashes, beginning with one.

    >>> join_path("blog", "/a/", "b.html"), join_path("", "a/")
    ('/blog/a/b.html', '/a/')
    """
    joined = "/".join(parts)
    return re.sub(r"/{2,}", "/", f"/{joined}")


def stem_of(place: str) -> str:
    """Name of the file without ending, or of its folder if it is an index file."""
    path = PurePosixPath(place)
    return path.parent.name if path.stem == "index" and path.parent.name else path.stem
