"""What can go wrong with a whole book, and the exit code each trouble has.

    YearbookError                 1   never raised itself
    ├── UsageError                2   arguments
    ├── ConfigError               2   yearbook.toml, or the blog's own configuration
    ├── NoPostsError              3   no posts in the chosen year
    ├── UnreadablePostsError      4   posts that cannot be read, all listed
    ├── EngineError               6   the typesetting engine or a template failed
    │   └── MissingLibraryError   6   a system library the engine loads is not installed
    └── OutputError               7   the book or the cache cannot be written

Trouble with one post or one picture is not here: it is a value in `yearbook.model` and ends in the report.
"""

import enum


class ExitCode(enum.IntEnum):
    """What the command's exit code says."""

    COMPLETE = 0
    BUG = 1
    USAGE = 2
    NO_POSTS = 3
    UNREADABLE_POSTS = 4
    INCOMPLETE = 5
    ENGINE = 6
    OUTPUT = 7
    INTERRUPTED = 130
    TERMINATED = 143


class YearbookError(Exception):
    """Trouble with the whole book.

    Args:
        message: one sentence, no full stop at its end, that says what is wrong.
        where: the file (and line) or argument concerned; empty if there is none.
        hint: what the reader can do about it; empty if there is nothing.
    """

    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """The one sentence a person is shown: place, trouble, remedy."""
        place = f"{self.where}: " if self.where else ""
        remedy = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{remedy}"


class UsageError(YearbookError):
    """An argument that cannot be meant."""

    exit_code = ExitCode.USAGE


class ConfigError(YearbookError):
    """A configuration file that cannot be read or says something impossible."""

    exit_code = ExitCode.USAGE


class NoPostsError(YearbookError):
    """The blog has no posts in the chosen year."""

    exit_code = ExitCode.NO_POSTS


class UnreadablePostsError(YearbookError):
    """Posts that cannot be read; the message lists them all."""

    exit_code = ExitCode.UNREADABLE_POSTS


class EngineError(YearbookError):
    """The typesetting engine, a template or a bundled asset failed."""

    exit_code = ExitCode.ENGINE


class MissingLibraryError(EngineError):
    """A system library that the typesetting engine loads is not installed."""


class OutputError(YearbookError):
    """The book, or a cache file, cannot be written."""

    exit_code = ExitCode.OUTPUT
