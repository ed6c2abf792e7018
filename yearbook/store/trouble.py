"""Why a fetch failed: from statuses and libraries' exceptions to a reason and plain words.

Pure. The libraries' own texts are never passed on: they can hold the signed address of a picture.
"""

import datetime as dt
import email.utils
import http.client
from collections.abc import Mapping
from typing import NoReturn

import requests
import urllib3

from yearbook.store.kinds import LfsPointer
from yearbook.value import dataclass

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Statuses after which asking again may help."""

NETWORK_TROUBLE = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    # Reading from a connection that the watchdog has just closed.
    ValueError,
)
"""Everything that the network can do to a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why nothing came of it."""

    reason: str
    """A slug of `words.REASONS`."""
    detail: str
    """In words, without secrets."""
    again: bool = False
    """Whether asking again may help."""
    wait_seconds: float | None = None
    """How long the server asks to wait."""
    pointer: LfsPointer | None = None
    """The LFS pointer that came instead."""
    digest: str = ""
    """Digest of what came, so that the same bad bytes are not fetched for ever."""
    unheard: bool = False
    """Whether the server never took the connection."""


class FetchTrouble(Exception):  # noqa: N818 - carries the value inside this room, never leaves it
    """One try came to nothing."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.detail)
        self.trouble = trouble


def fail(reason: str, detail: str, *, again: bool = False, unheard: bool = False) -> NoReturn:
    """Ends one try.

    Raises:
        FetchTrouble: always.
    """
    raise FetchTrouble(Trouble(reason=reason, detail=detail, again=again, unheard=unheard))


def status_trouble(status: int, headers: Mapping[str, str], now: float) -> Trouble:
    """What a status other than 200 means.

    >>> status_trouble(404, {}, 0.0).detail
    '404: not found'
    """
    limited = status == 429 or (status == 403 and headers.get("X-RateLimit-Remaining") == "0")
    if limited or status in RETRIED:
        reason = "rate-limited" if limited else "server-error"
        words = "too many requests" if limited else "the server is in trouble"
        wait = retry_after(headers.get("Retry-After", ""), now)
        return Trouble(reason=reason, detail=f"{status}: {words}", again=True, wait_seconds=wait)
    if status in {401, 403, 407, 451}:
        return Trouble(reason="no-rights", detail=f"{status}: not allowed")
    if status in {204, 205}:
        return Trouble(reason="empty", detail=f"{status}: an answer without content")
    if status in {404, 410}:
        return Trouble(reason="missing", detail=f"{status}: not found")
    return Trouble(reason="missing" if 400 <= status < 500 else "server-error", detail=f"{status}: refused")


def retry_after(text: str, now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, given as a number or a date; None if it is nonsense.

    >>> retry_after("120", 0.0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 10.0), retry_after("soon", 0.0)
    (120.0, 50.0, None)
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=dt.UTC)
    return max(0.0, date.timestamp() - now)


def duration(seconds: float) -> str:
    """A span of time for people.

    >>> duration(3600)
    '60 minutes'
    """
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"


def network_trouble(error: Exception) -> Trouble:
    """What a library's exception means."""
    chain = _chain(error)
    for kinds, reason, detail, again in _MEANINGS:
        if any(isinstance(one, kinds) for one in chain):
            if reason == "certificate" and not _is_about_identity(chain):
                continue
            return Trouble(reason=reason, detail=detail, again=again, unheard=never_connected(error))
    return Trouble(
        reason="unreachable",
        detail="the connection failed or broke off",
        again=True,
        unheard=never_connected(error),
    )


_MEANINGS: tuple[tuple[tuple[type[BaseException], ...], str, str, bool], ...] = (
    (
        (requests.exceptions.SSLError, urllib3.exceptions.SSLError),
        "certificate",
        "the server's certificate is not trusted",
        False,
    ),
    (
        (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError),
        "timeout",
        "the server does not answer",
        True,
    ),
    (
        (urllib3.exceptions.IncompleteRead, http.client.IncompleteRead),
        "truncated",
        "the answer was cut off",
        True,
    ),
    ((urllib3.exceptions.DecodeError,), "corrupt", "the answer is packed wrongly", True),
    (
        (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError, UnicodeError),
        "malformed",
        "the address cannot be read",
        False,
    ),
    (
        (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError),
        "unreachable",
        "the proxy cannot be reached",
        True,
    ),
)


def _is_about_identity(chain: list[BaseException]) -> bool:
    """Whether TLS failed over who the server is, and not because the line broke."""
    return any("CERTIFICATE" in str(one).upper() or "hostname" in str(one).lower() for one in chain)


def never_connected(error: Exception) -> bool:
    """Whether the trouble came before anything was sent."""
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        cause, urllib3.exceptions.NewConnectionError
    )


def _chain(error: BaseException) -> list[BaseException]:
    """An exception with everything it wraps."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found
