"""The one HTTP client: an address in, proven bytes in a file out, or the reason why not.

Every hop is judged by `policy` before a socket is opened. What is done with the bytes is in `obtain`.
"""

import contextlib
import dataclasses
import datetime as dt
import email.utils
import hashlib
import http.client
import json
import random
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import requests
import urllib3

from yearbook.store.addresses import Address
from yearbook.store.blobs import disk_trouble
from yearbook.store.policy import (
    ImagePolicy,
    is_github,
    is_mirror_url,
    is_public,
    needs_public_address,
    proxy_for,
    refuse_url,
    target_of,
    token_for,
)
from yearbook.store.sniff import Facts, Flaw, LfsPointer, examine, kind_of, read_lfs_pointer
from yearbook.store.transport import Transport

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_NOT_HERE = frozenset({"missing", "no-rights"})
_NETWORK_TROUBLE = (
    requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError,
)  # fmt: skip
_CHUNK = 65536


def system_resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, as the system knows them; IPv4 first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ordered = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in ordered))


def direct(address: str, port: int) -> tuple[str, int]:
    """The way to an address: the address."""
    return address, port


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The world outside, so that a test can put another in its place."""

    resolve: Callable[[str, int], tuple[str, ...]] = system_resolve
    """Host and port -> IP addresses; raises `OSError`."""
    route: Callable[[str, int], tuple[str, int]] = direct
    """Vetted address and port -> where the connection really goes."""
    random: Callable[[], float] = random.random
    """Number from 0 to 1 for the waits."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go back."""
    now: Callable[[], float] = time.time
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Bytes that arrived and are a whole picture; they are in the file that was named."""

    sha256: str
    """Their digest."""
    bytes: int
    """Their number."""
    facts: Facts
    """What they are."""
    etag: str
    """The server's mark of this version; may be empty."""
    last_modified: str
    """The server's date of this version; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The server says that what we have is still what it has."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What the server said of the version we have."""

    etag: str
    """Its mark."""
    last_modified: str
    """Its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """One way to ask for a picture."""

    url: str
    token: str = field(default="", repr=False)
    accept: str = "image/*,*/*;q=0.5"
    mirrored: bool = False
    sha256: str = ""
    """Digest that the bytes must have; empty if any will do."""
    version: Version | None = None


class _FetchTrouble(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.detail)
        self.trouble = trouble


class Interrupted(Exception):  # noqa: N818
    """The run is being stopped."""


def _fail(reason: str, detail: str, *, again: bool = False) -> NoReturn:
    raise _FetchTrouble(Trouble(reason=reason, detail=detail, again=again))


class _Hosts:
    """What is known of each host during one run: when it may be asked again, and whether at all."""

    def __init__(self, policy: ImagePolicy, network: Network) -> None:
        self._guard = threading.Lock()
        self._not_before: dict[str, float] = {}
        self._closed: dict[str, str] = {}
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._policy, self._network = policy, network

    def turn(self, host: str, *, spaced: bool) -> float:
        """Seconds to wait before this host may be asked; books the turn.

        Raises:
            _FetchTrouble: if the host is left alone for the rest of the run.
        """
        now = self._network.monotonic()
        with self._guard:
            if host in self._closed:
                _fail("rate-limited", self._closed[host])
            start = max(now, self._not_before.get(host, now))
            if spaced:
                self._not_before[host] = start + self._policy.limits.spacing_seconds
        return start - now

    def slow_down(self, host: str, seconds: float) -> None:
        """Nobody asks this host for so long."""
        until = self._network.monotonic() + seconds
        with self._guard:
            self._not_before[host] = max(until, self._not_before.get(host, until))

    def close(self, host: str, words: str) -> None:
        """Nobody asks this host again in this run."""
        with self._guard:
            self._closed.setdefault(host, words)

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The host's addresses; looked up once, so that a second answer cannot lead elsewhere."""
        with self._guard:
            known = self._addresses.get(host)
        if known is None:
            known = self._network.resolve(host, port)
            with self._guard:
                known = self._addresses.setdefault(host, known)
        return known

    def prefer(self, host: str, address: str) -> None:
        """This address answers: ask it first from now on."""
        with self._guard:
            known = self._addresses.get(host, ())
            if known and known[0] != address:
                self._addresses[host] = (address, *(other for other in known if other != address))


class Client:
    """Fetches pictures; shared by the threads of one run.

    Args:
        policy: what is allowed.
        network: the world outside.
    """

    def __init__(self, policy: ImagePolicy, network: Network) -> None:
        self.policy = policy
        self.network = network
        self.stopping = threading.Event()
        self._hosts = _Hosts(policy, network)
        self._guard = threading.Lock()
        self._received_bytes = 0

    def fetch(
        self, address: Address, into: Path, transport: Transport, *, version: Version | None = None
    ) -> Received | Unchanged | Trouble:
        """Asks for a picture in every allowed way, within one deadline; leaves the bytes in `into`.

        Raises:
            Interrupted: if `stopping` was set.
        """
        limits = self.policy.limits
        deadline = self.network.monotonic() + limits.total_seconds
        first: Trouble | None = None
        with transport.leash.within(limits.total_seconds):
            for ask in self._ways(address, version, transport):
                found = self._insist(ask, into, transport, deadline)
                if isinstance(found, Trouble) and found.pointer is not None:
                    found = self._follow_pointer(address, found, into, transport, deadline)
                if not isinstance(found, Trouble):
                    return found
                first = first or found
        return first or Trouble(reason="blocked", detail="there is no address to ask")

    # --- the ways to ask -------------------------------------------------------------------------------

    def _ways(self, address: Address, version: Version | None, transport: Transport) -> Iterator[_Ask]:
        """Anonymously first; with a token only where it is allowed, and only to those who said no."""
        urls = (address.fetch_url, *address.fallbacks)
        for url in urls:
            target = target_of(url, self.policy.mirrors)
            if target.url:
                yield _Ask(url=target.url, mirrored=target.mirrored, version=version)
        for url in urls:
            token = token_for(url, address, self.policy)
            if token and not target_of(url, self.policy.mirrors).mirrored:
                yield _Ask(url=url, token=token)
        yield from self._ways_through_api(address, transport)

    def _ways_through_api(self, address: Address, transport: Transport) -> Iterator[_Ask]:
        """GitHub's API, for what a token cannot reach directly."""
        token = "" if self.policy.strict else self.policy.token
        if not token:
            return
        if address.repo_file is not None:
            file = address.repo_file
            path = urllib.parse.quote("/".join(file.tail[1:]))
            ref = urllib.parse.quote(file.tail[0], safe="")
            yield _Ask(
                url=f"https://api.github.com/repos/{file.repository}/contents/{path}?ref={ref}",
                token=token,
                accept="application/vnd.github.raw+json",
            )
        elif token_for(address.fetch_url, address, self.policy) == token:
            signed = self._signed_link(address, token, transport)
            if signed:
                yield _Ask(url=signed)

    def _signed_link(self, address: Address, token: str, transport: Transport) -> str:
        """A short-lived link to a private attachment, as GitHub writes it when it renders Markdown."""
        url = "https://api.github.com/markdown"
        body = json.dumps({"mode": "gfm", "text": f"![]({address.fetch_url})"}).encode()
        try:
            response = self._send(_Ask(url=url, token=token), url, transport, body=body, with_token=True)
            try:
                page = response.raw.read1(1 << 20, decode_content=True)
            finally:
                response.close()
        except (_FetchTrouble, *_NETWORK_TROUBLE):
            return ""  # the reason that is told is the first one: the attachment itself was refused
        match = re.search(
            rb"https://private-user-images\.githubusercontent\.com/[^\"'<>\s]+\?jwt=[\w.%=-]+", page
        )
        return match.group().decode() if match else ""

    def _follow_pointer(
        self, address: Address, found: Trouble, into: Path, transport: Transport, deadline: float
    ) -> Received | Unchanged | Trouble:
        """Asks the host that holds large files for what the pointer names."""
        if address.repo_file is None or found.pointer is None:
            return found
        file = address.repo_file
        path = urllib.parse.quote("/".join((file.owner, file.name, *file.tail)))
        target = target_of(f"https://media.githubusercontent.com/media/{path}", self.policy.mirrors)
        if not target.url:
            return found
        ask = _Ask(url=target.url, mirrored=target.mirrored, sha256=found.pointer.sha256)
        second = self._insist(ask, into, transport, deadline)
        if isinstance(second, Trouble):
            return dataclasses.replace(found, detail=f"{found.detail}; its media address: {second.detail}")
        return second

    # --- asking again ----------------------------------------------------------------------------------

    def _insist(
        self, ask: _Ask, into: Path, transport: Transport, deadline: float
    ) -> Received | Unchanged | Trouble:
        """Asks until there is an answer that asking again would not change."""
        limits = self.policy.limits
        seen: set[str] = set()
        trouble = Trouble(reason="timeout", detail=self._late())
        for attempt in range(limits.tries):
            try:
                return self._once(ask, into, transport)
            except _FetchTrouble as raised:
                trouble = raised.trouble
            if self.stopping.is_set():
                raise Interrupted
            if transport.leash.expired:
                return Trouble(reason="timeout", detail=self._late())
            if (
                not trouble.again
                or (trouble.digest and trouble.digest in seen)
                or attempt + 1 == limits.tries
            ):
                return trouble
            seen.add(trouble.digest)
            if not self._pause(self._backoff(attempt, trouble), deadline):
                return trouble
        return trouble

    def _late(self) -> str:
        return f"no whole answer within {self.policy.limits.total_seconds:g} seconds"

    def _backoff(self, attempt: int, trouble: Trouble) -> float:
        limits = self.policy.limits
        bound = min(limits.backoff_cap_seconds, limits.backoff_seconds * 2.0**attempt)
        return max(trouble.wait_seconds or 0.0, float(self.network.random() * bound))

    def _pause(self, seconds: float, deadline: float) -> bool:
        """Waits; False without waiting if the deadline would pass."""
        if self.network.monotonic() + seconds >= deadline:
            return False
        if seconds > 0 and self.stopping.wait(seconds):
            raise Interrupted
        return True

    # --- one request and its redirects -----------------------------------------------------------------

    def _once(self, ask: _Ask, into: Path, transport: Transport) -> Received | Unchanged:
        url = ask.url
        try:
            for hop in range(self.policy.limits.redirects + 1):
                response = self._send(ask, url, transport, redirected=hop > 0, with_token=hop == 0)
                try:
                    if response.status_code not in _REDIRECTS:
                        return self._receive(response, ask, url, into)
                    url = _next_url(url, response.headers.get("Location", ""))
                finally:
                    _let_go(response)
        except _NETWORK_TROUBLE as error:
            raise _FetchTrouble(_network_trouble(error)) from error
        _fail("redirects", f"more than {self.policy.limits.redirects} redirects")

    def _send(
        self,
        ask: _Ask,
        url: str,
        transport: Transport,
        *,
        redirected: bool = False,
        with_token: bool = False,
        body: bytes | None = None,
    ) -> requests.Response:
        """One request to one vetted address; gives the answer before its body is read."""
        exempt = ask.mirrored and is_mirror_url(url, self.policy.mirrors)
        is_api = url.startswith("https://api.github.com/") and bool(ask.token) and not redirected
        if not exempt and not is_api:
            words = refuse_url(url, self.policy, redirected=redirected)
            if words:
                _fail("blocked", f"a redirect leads away: {words}" if redirected else words)
        split = urllib.parse.urlsplit(url)
        host = (split.hostname or "").lower()
        wait = self._hosts.turn(host, spaced=is_github(host) and not exempt)
        if wait and self.stopping.wait(wait):
            raise Interrupted
        headers = _headers(ask, split.netloc, with_token=with_token)
        request = requests.Request("POST" if body else "GET", url, headers=headers, data=body).prepare()
        return self._connect(request, host, split.port or (443 if split.scheme == "https" else 80), transport,
                             exempt=exempt)  # fmt: skip

    def _connect(
        self, request: requests.PreparedRequest, host: str, port: int, transport: Transport, *, exempt: bool
    ) -> requests.Response:
        limits = self.policy.limits
        timeout = (limits.connect_seconds, limits.idle_seconds)
        verify = self.policy.ca_bundle or True
        url = request.url or ""
        proxy = "" if exempt else proxy_for(url, self.policy)
        if proxy:
            return transport.send_to(request, None, timeout=timeout, verify=verify, proxy=proxy)
        addresses = self._vetted(url, host, port, exempt=exempt)
        for address in addresses:
            try:
                place = (address, port) if exempt else self.network.route(address, port)
                response = transport.send_to(request, place, timeout=timeout, verify=verify, proxy="")
            except (requests.ConnectTimeout, requests.ConnectionError) as error:
                if address == addresses[-1] or not _never_connected(error):
                    raise
            else:
                self._hosts.prefer(host, address)
                return response
        _fail("unreachable", f"{host} has no address", again=True)

    def _vetted(self, url: str, host: str, port: int, *, exempt: bool) -> tuple[str, ...]:
        """The host's addresses, all of them public."""
        try:
            addresses = self._hosts.addresses(host, port)
        except OSError as error:
            detail = f"the name {host} cannot be looked up ({error.strerror or error})"
            _fail("unreachable", detail, again=True)
        if exempt or not needs_public_address(url, self.policy):
            return addresses
        if any(not is_public(address) for address in addresses):
            _fail("private-address", f"{host} leads to a private address")
        return addresses

    # --- the answer ------------------------------------------------------------------------------------

    def _receive(self, response: requests.Response, ask: _Ask, url: str, into: Path) -> Received | Unchanged:
        if response.status_code == 304 and ask.version is not None:
            return Unchanged()
        if response.status_code != 200:
            raise _FetchTrouble(self._status_trouble(response, urllib.parse.urlsplit(url).hostname or ""))
        sha256, count = self._save(response, into)
        if ask.sha256 and sha256 != ask.sha256:
            detail = "the bytes are not those that the LFS pointer names"
            raise _FetchTrouble(Trouble(reason="lfs-pointer", detail=detail, digest=sha256))
        found = examine(into, self.policy.limits)
        if isinstance(found, Flaw):
            raise _FetchTrouble(_flaw_trouble(found, sha256, into))
        return Received(
            sha256=sha256,
            bytes=count,
            facts=found,
            etag=_short(response.headers.get("ETag", "")),
            last_modified=_short(response.headers.get("Last-Modified", "")),
        )

    def _save(self, response: requests.Response, into: Path) -> tuple[str, int]:
        """Writes the body to the file; gives its digest and size. Never more than the cap, packed or not."""
        cap = self.policy.limits.file_bytes
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) > cap:
            _fail("too-large", _too_large(cap, int(declared)))
        digest = hashlib.sha256()
        count = 0
        with disk_trouble(into.parent):
            file = into.open("wb")
        with file:
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                if self.stopping.is_set():
                    raise Interrupted
                if count == 0 and kind_of(chunk) == "video":
                    _fail("video", "a video")
                count += len(chunk)
                if count > cap:
                    _fail("too-large", _too_large(cap))
                self._count(len(chunk))
                digest.update(chunk)
                with disk_trouble(into.parent):
                    file.write(chunk)
            with disk_trouble(into.parent):
                file.flush()
        return digest.hexdigest(), count

    def _count(self, count: int) -> None:
        with self._guard:
            self._received_bytes += count
            if self._received_bytes > self.policy.limits.build_bytes:
                _fail("budget", f"over {self.policy.limits.build_bytes // 2**20} MiB in one build")

    def _status_trouble(self, response: requests.Response, host: str) -> Trouble:
        status = response.status_code
        limited = status == 429 or (status == 403 and response.headers.get("X-RateLimit-Remaining") == "0")
        if limited or status in _RETRIED:
            return self._wait_trouble(status, response, host, limited=limited)
        if status in {401, 403, 407, 451}:
            return Trouble(reason="no-rights", detail=f"{status}: not allowed")
        if status in {204, 205}:
            return Trouble(reason="empty", detail=f"{status}: an answer without content")
        if status in {404, 410}:
            return Trouble(reason="missing", detail=f"{status}: not found")
        return Trouble(
            reason="missing" if 400 <= status < 500 else "server-error", detail=f"{status}: refused"
        )

    def _wait_trouble(self, status: int, response: requests.Response, host: str, *, limited: bool) -> Trouble:
        reason = "rate-limited" if limited else "server-error"
        wait = _retry_after(response.headers.get("Retry-After", ""), self.network.now())
        cap = self.policy.limits.retry_after_seconds
        if wait is not None and wait > cap:
            detail = f"{status}: {host} asks to be left alone for {_duration(wait)}"
            self._hosts.close(host, detail)
            return Trouble(reason=reason, detail=detail)
        if limited or wait is not None:
            self._hosts.slow_down(host, wait if wait is not None else self.policy.limits.backoff_seconds)
        words = "too many requests" if limited else "the server is in trouble"
        return Trouble(reason=reason, detail=f"{status}: {words}", again=True, wait_seconds=wait)


def _headers(ask: _Ask, netloc: str, *, with_token: bool) -> dict[str, str]:
    # `identity`: what is hashed and pinned are the bytes of the file, not of some packing of it.
    headers = {
        "Host": netloc.rpartition("@")[2],
        "User-Agent": "yearbook (fetches a blog's pictures once, for print)",
        "Accept": ask.accept,
        "Accept-Encoding": "identity",
    }
    if with_token and ask.token:
        headers["Authorization"] = f"Bearer {ask.token}"
    if ask.version is not None and ask.version.etag:
        headers["If-None-Match"] = ask.version.etag
    elif ask.version is not None and ask.version.last_modified:
        headers["If-Modified-Since"] = ask.version.last_modified
    return headers


def _let_go(response: requests.Response) -> None:
    """Ends a response; a short rest is read, so that its connection can be used again."""
    length = response.headers.get("Content-Length", "")
    if response.status_code != 200 and length.isdigit() and int(length) <= _CHUNK:
        with contextlib.suppress(*_NETWORK_TROUBLE):  # it was not wanted
            while response.raw.read1(_CHUNK):
                pass
    response.close()


def _next_url(url: str, location: str) -> str:
    if not location or re.search(r"[\x00-\x20\x7f\\]", location):
        _fail("redirects", "a redirect leads nowhere")
    return urllib.parse.urljoin(url, location)


def _short(header: str) -> str:
    """A header that is worth keeping: printable and not a novel."""
    return header if len(header) <= 200 and header.isprintable() else ""


def _too_large(cap: int, size: int = 0) -> str:
    what = f"{size / 2**20:.0f} MiB" if size else "it"
    return f"{what} is over the {cap / 2**20:g} MiB that one picture may have"


def _flaw_trouble(flaw: Flaw, sha256: str, path: Path) -> Trouble:
    pointer = None
    if flaw.reason == "lfs-pointer":
        pointer = read_lfs_pointer(path.read_bytes()[:1024])
    again = flaw.reason in {"empty", "corrupt"}
    return Trouble(reason=flaw.reason, detail=flaw.detail, again=again, pointer=pointer, digest=sha256)


def _retry_after(text: str, now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, given as a number or a date; None if it is nonsense."""
    text = text.strip()
    if text.isdigit() and len(text) < 10:
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=dt.UTC)
    return max(0.0, date.timestamp() - now)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"


def _never_connected(error: Exception) -> bool:
    """Whether the trouble came before anything was sent."""
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        cause, urllib3.exceptions.NewConnectionError
    )


def _network_trouble(error: Exception) -> Trouble:
    """What a library's exception means. Its own text is not shown: it can hold the signed address."""
    chain = _chain(error)
    if any(isinstance(e, requests.exceptions.SSLError | urllib3.exceptions.SSLError) for e in chain):
        certificate = any("CERTIFICATE" in str(e).upper() or "hostname" in str(e).lower() for e in chain)
        if certificate:
            return Trouble(reason="certificate", detail="the server's certificate is not trusted")
    if any(isinstance(e, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError) for e in chain):
        return Trouble(reason="timeout", detail="the server does not answer", again=True)
    if any(isinstance(e, urllib3.exceptions.IncompleteRead | http.client.IncompleteRead) for e in chain):
        return Trouble(reason="truncated", detail="the answer was cut off", again=True)
    if any(isinstance(e, urllib3.exceptions.DecodeError) for e in chain):
        return Trouble(reason="corrupt", detail="the answer is packed wrongly", again=True)
    if any(
        isinstance(e, requests.exceptions.InvalidURL | urllib3.exceptions.LocationParseError) for e in chain
    ):
        return Trouble(reason="malformed", detail="the address cannot be read")
    if any(isinstance(e, requests.exceptions.ProxyError | urllib3.exceptions.ProxyError) for e in chain):
        return Trouble(reason="unreachable", detail="the proxy cannot be reached", again=True)
    return Trouble(reason="unreachable", detail="the connection failed or broke off", again=True)


def _chain(error: BaseException | None) -> list[BaseException]:
    """An exception with everything it wraps."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found
