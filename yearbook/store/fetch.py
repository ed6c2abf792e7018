"""The one HTTP client: an address in, proven bytes in a file out, or the reason why not.

Every hop is judged by `policy` before a socket is opened. What is done with the bytes is in `gather`.
"""

import contextlib
import dataclasses
import hashlib
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

import requests

from yearbook.store.addresses import Address
from yearbook.store.blobs import disk_trouble
from yearbook.store.hosts import Hosts
from yearbook.store.kinds import Facts, Flaw, kind_of, read_lfs_pointer
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
from yearbook.store.sniff import examine
from yearbook.store.transport import Transport
from yearbook.store.trouble import (
    NETWORK_TROUBLE,
    FetchTrouble,
    Trouble,
    duration,
    fail,
    network_trouble,
    never_connected,
    status_trouble,
)
from yearbook.store.world import Network
from yearbook.value import dataclass

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65536


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


class Interrupted(Exception):  # noqa: N818
    """The run is being stopped."""


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
        self._hosts = Hosts(policy.limits, network)
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
        except (FetchTrouble, *NETWORK_TROUBLE):
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
        seen: set[str] = set()
        attempt = 0
        while True:
            try:
                return self._once(ask, into, transport)
            except FetchTrouble as raised:
                trouble = raised.trouble
            if self.stopping.is_set():
                raise Interrupted
            if transport.leash.expired:
                trouble = Trouble(reason="timeout", detail=self._late())
            attempt += 1
            useless = not trouble.again or trouble.digest in seen or attempt == self.policy.limits.tries
            if useless or not self._pause(self._backoff(attempt, trouble), deadline):
                return self._give_up(ask, trouble)
            if trouble.digest:
                seen.add(trouble.digest)

    def _give_up(self, ask: _Ask, trouble: Trouble) -> Trouble:
        if trouble.reason in {"timeout", "unreachable"}:
            self._hosts.gave_up(_host_of(ask.url), trouble)
        return trouble

    def _late(self) -> str:
        return f"no whole answer within {self.policy.limits.total_seconds:g} seconds"

    def _backoff(self, attempt: int, trouble: Trouble) -> float:
        limits = self.policy.limits
        bound = min(limits.backoff_cap_seconds, limits.backoff_seconds * 2.0 ** (attempt - 1))
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
        except NETWORK_TROUBLE as error:
            raise FetchTrouble(network_trouble(error)) from error
        detail = f"more than {self.policy.limits.redirects} redirects"
        raise FetchTrouble(Trouble(reason="redirects", detail=detail))

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
                fail("blocked", f"a redirect leads away: {words}" if redirected else words)
        split = urllib.parse.urlsplit(url)
        host = _host_of(url)
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
                if address == addresses[-1] or not never_connected(error):
                    raise
            else:
                self._hosts.prefer(host, address)
                self._hosts.heard(host)
                return response
        raise FetchTrouble(Trouble(reason="unreachable", detail=f"{host} has no address", again=True))

    def _vetted(self, url: str, host: str, port: int, *, exempt: bool) -> tuple[str, ...]:
        """The host's addresses, all of them public."""
        addresses = self._hosts.addresses(host, port)
        if not exempt and needs_public_address(url, self.policy) and not all(map(is_public, addresses)):
            fail("private-address", f"{host} leads to a private address")
        return addresses

    # --- the answer ------------------------------------------------------------------------------------

    def _receive(self, response: requests.Response, ask: _Ask, url: str, into: Path) -> Received | Unchanged:
        if response.status_code == 304 and ask.version is not None:
            return Unchanged()
        if response.status_code != 200:
            raise FetchTrouble(self._refusal(response, _host_of(url)))
        sha256, count = self._save(response, into)
        if ask.sha256 and sha256 != ask.sha256:
            detail = "the bytes are not those that the LFS pointer names"
            raise FetchTrouble(Trouble(reason="lfs-pointer", detail=detail, digest=sha256))
        found = examine(into, self.policy.limits)
        if isinstance(found, Flaw):
            raise FetchTrouble(_flaw_trouble(found, sha256, into))
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
            fail("too-large", _too_large(cap, int(declared)))
        digest = hashlib.sha256()
        count = 0
        with disk_trouble(into.parent):
            file = into.open("wb")
        with file:
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                if self.stopping.is_set():
                    raise Interrupted
                if count == 0 and kind_of(chunk) == "video":
                    fail("video", "a video")
                count += len(chunk)
                if count > cap:
                    fail("too-large", _too_large(cap))
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
                fail("budget", f"over {self.policy.limits.build_bytes // 2**20} MiB in one build")

    def _refusal(self, response: requests.Response, host: str) -> Trouble:
        """What a status other than 200 means, for this picture and for its host."""
        limits = self.policy.limits
        trouble = status_trouble(response.status_code, response.headers, self.network.now())
        wait = trouble.wait_seconds
        if wait is not None and wait > limits.retry_after_seconds:
            detail = f"{response.status_code}: {host} asks to be left alone for {duration(wait)}"
            self._hosts.close(host, trouble.reason, detail)
            return Trouble(reason=trouble.reason, detail=detail)
        if trouble.reason == "rate-limited" or wait is not None:
            self._hosts.slow_down(host, limits.backoff_seconds if wait is None else wait)
        return trouble


def _host_of(url: str) -> str:
    return (urllib.parse.urlsplit(url).hostname or "").lower()


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
        with contextlib.suppress(*NETWORK_TROUBLE):  # it was not wanted
            while response.raw.read1(_CHUNK):
                pass
    response.close()


def _next_url(url: str, location: str) -> str:
    if not location or re.search(r"[\x00-\x20\x7f\\]", location):
        fail("redirects", "a redirect leads nowhere")
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
