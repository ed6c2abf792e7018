"""What only one blog engine knows, one file each, and the list of them in the order they are tried."""

from yearbook.dialects.dialect import Dialect, Reading
from yearbook.dialects.entries import Entry, Library
from yearbook.dialects.hexo import HEXO
from yearbook.dialects.hugo import HUGO
from yearbook.dialects.jekyll import JEKYLL
from yearbook.dialects.plain import PLAIN

__all__ = ["DIALECTS", "Dialect", "Entry", "Library", "Reading", "dialect_of"]

DIALECTS: tuple[Dialect, ...] = (HUGO, HEXO, JEKYLL, PLAIN)
"""All dialects, the most certain to be recognised first."""


def dialect_of(name: str) -> Dialect:
    """The dialect of that name.

    Raises:
        KeyError: when there is none.
    """
    for dialect in DIALECTS:
        if dialect.name == name:
            return dialect
    raise KeyError(name)
