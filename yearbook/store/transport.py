"""One thread's connections: each goes to an address that was vetted, and can be cut from outside.

The only place that knows how requests and urllib3 make a connection. Where to connect is decided in `fetch`.
"""

import contextlib
import math
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_HELD_SOCKETS = 16
_LOOK_SECONDS = 0.1


class Leash:
    """Cuts a thread's connections when its time is over or the run is interrupted.

    A socket's own timeout counts each wait anew, so a server that sends one byte every ten seconds is never
    late.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: list[socket.socket] = []
        self._deadline = math.inf
        self._closed = threading.Event()
        self._watch: threading.Thread | None = None
        self.expired = False

    def hold(self, connection: socket.socket) -> None:
        """Takes a second handle on a connection: the first changes hands when TLS begins."""
        with self._guard:
            if self.expired:
                # Time ran out while this one was being opened.
                connection.shutdown(socket.SHUT_RDWR)
                return
            self._held.append(connection.dup())
            while len(self._held) > _HELD_SOCKETS:
                self._held.pop(0).close()

    def cut(self) -> None:
        """Ends every connection at once; whoever waits for one of them gets an error."""
        with self._guard:
            self._cut()

    def _cut(self) -> None:
        self.expired = True
        for held in self._held:
            with contextlib.suppress(OSError):  # already closed by the server
                held.shutdown(socket.SHUT_RDWR)
            held.close()
        self._held.clear()

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Lets the block run for so long; after that its connections are cut."""
        with self._guard:
            self.expired = False
            self._deadline = time.monotonic() + seconds
        if self._watch is None:
            # One thread that looks now and then: a timer for each picture would start thousands.
            self._watch = threading.Thread(target=self._look, name="yearbook-watch", daemon=True)
            self._watch.start()
        try:
            yield
        finally:
            with self._guard:
                self._deadline = math.inf

    def _look(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            with self._guard:
                if time.monotonic() >= self._deadline and not self.expired:
                    self._cut()

    def close(self) -> None:
        """Lets go of every handle."""
        self._closed.set()
        if self._watch is not None:
            self._watch.join(timeout=1)
        with self._guard:
            for held in self._held:
                held.close()
            self._held.clear()


class _LeashedHTTP(HTTPConnection):
    leash: Leash

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        self.leash.hold(connection)
        return connection


class _LeashedHTTPS(HTTPSConnection):
    leash: Leash

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        self.leash.hold(connection)
        return connection


class Transport(HTTPAdapter):
    """One thread's connections.

    Not a `requests.Session`: a session reads `~/.netrc`, keeps cookies, follows redirects and asks the
    environment; this does none of it.
    """

    def __init__(self) -> None:
        self.leash = Leash()
        self._pinned: tuple[str, int] | None = None
        super().__init__(pool_connections=32, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Makes the pools, with connections on the leash."""
        super().init_poolmanager(*args, **kwargs)
        leash = self.leash
        plain = type("LeashedHTTP", (_LeashedHTTP,), {"leash": leash})
        secure = type("LeashedHTTPS", (_LeashedHTTPS,), {"leash": leash})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("LeashedHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("LeashedHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    def send_to(
        self,
        request: PreparedRequest,
        address: tuple[str, int] | None,
        *,
        timeout: tuple[float, float],
        verify: bool | str,
        proxy: str,
    ) -> Response:
        """Sends a request to one IP address and port, whatever the name in it says today.

        TLS still proves the name. Without `address` (behind a proxy) the proxy looks the name up.
        """
        self._pinned = address
        proxies = {"http": proxy, "https": proxy} if proxy else {}
        return self.send(request, stream=True, timeout=timeout, verify=verify, proxies=proxies)

    def build_connection_pool_key_attributes(
        self,
        request: PreparedRequest,
        verify: bool | str,
        cert: Any = None,
    ) -> tuple[Any, Any]:
        """Names the pinned address as the place to connect to, and the host as the one to be proven."""
        attributes = super().build_connection_pool_key_attributes(request, verify, cert)
        place, tls = dict(attributes[0]), dict(attributes[1])
        if self._pinned is not None:
            if place["scheme"] == "https":
                tls["server_hostname"] = tls["assert_hostname"] = place["host"]
            place["host"], place["port"] = self._pinned
        return place, tls

    def shut(self) -> None:
        """Closes everything."""
        self.leash.close()
        self.close()
