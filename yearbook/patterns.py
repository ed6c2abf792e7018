"""Patterns compiled when they are first used: hundreds of them take a tenth of a second, few are needed."""

import functools
import re
from typing import Any, cast


def later(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, made on first use.

    >>> later("[가-힣]+").findall("첫 글")
    ['첫', '글']
    """
    return cast("re.Pattern[str]", _Later(pattern, flags))


class _Later:
    """Stands for a pattern."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._source = pattern, flags

    @functools.cached_property
    def _made(self) -> re.Pattern[str]:
        return re.compile(*self._source)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._made, name)
        if callable(found):
            # Asked for once; from then on it is an attribute like any other.
            setattr(self, name, found)
        return found
