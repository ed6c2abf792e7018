"""A web server on loopback that misbehaves on order, with TLS and under any host name.

    with FaultServer() as server:
        server.on("https://github.com/a.png", reply(PNG))
        obtain(…, policy=server.policy(), network=server.network())
        assert server.asked("github.com") == ["/a.png"]

The client's real code runs: names are looked up (in a table here), addresses are vetted, TLS proves the name.
Only the last step differs: the connection to a vetted public address ends at this server.
"""

import contextlib
import dataclasses
import http.server
import socket
import socketserver
import ssl
import struct
import threading
import time
import urllib.parse
from pathlib import Path

from yearbook.store import ImagePolicy, Limits, Network

RESOURCES = Path(__file__).parent / "resources"
PUBLIC = "140.82.121.3"
LIMITS = Limits(
    connect_seconds=2, idle_seconds=0.6, total_seconds=4, backoff_seconds=0.01, backoff_cap_seconds=0.05,
    spacing_seconds=0,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    host: str
    path: str
    headers: dict
    method: str = "GET"
    body: bytes = b""


class FaultServer:
    """The server. `secure` is on for every host but those that `plain()` serves."""

    def __init__(self, *, secure=True):
        self.secure = secure
        self.seen = []
        self.routes = {}
        self.addresses = {}
        self.closing = threading.Event()
        self._guard = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.faults = self
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(RESOURCES / "loopback-server.pem")

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def on(self, url, *answers):
        """Answers requests for this address in turn; the last one is repeated."""
        split = urllib.parse.urlsplit(url)
        path = split.path + (f"?{split.query}" if split.query else "")
        self.routes[split.netloc, path] = list(answers)

    def answer_to(self, asked):
        with self._guard:
            self.seen.append(asked)
            answers = self.routes.get((asked.host, asked.path), [status(404)])
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def asked(self, host=""):
        """Paths that were asked for, in order."""
        return [one.path for one in self.seen if host in ("", one.host)]

    def network(self, **changes):
        """A world in which every name leads here, unless `addresses` says otherwise."""

        def resolve(host, port):
            answers = self.addresses.get(host, (PUBLIC,))
            if callable(answers):
                answers = answers()
            if not answers:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return tuple(answers)

        def route(address, port):
            return ("127.0.0.1", self.port) if address == PUBLIC else (address, port)

        return Network(**{"resolve": resolve, "route": route, **changes})

    def policy(self, *, limits=None, **changes):
        limits = dataclasses.replace(LIMITS, **(limits or {}))
        return ImagePolicy(ca_bundle=str(RESOURCES / "loopback-ca.pem"), limits=limits, **changes)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that goes away is what many tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def setup(self):
        if self.server.faults.secure:
            # The server would close only the socket it knows, which TLS has taken over.
            self.request = self.server.faults._context.wrap_socket(
                self.request, server_side=True, do_handshake_on_connect=False
            )
        super().setup()

    def handle(self):
        with contextlib.suppress(OSError), self.request:
            if self.server.faults.secure:
                self.request.do_handshake()
            super().handle()

    def finish(self):
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        self.rfile.close()

    def do_GET(self):
        size = int(self.headers.get("Content-Length") or 0)
        asked = Asked(
            host=self.headers.get("Host", ""), path=self.path, headers=dict(self.headers),
            method=self.command, body=self.rfile.read(size),
        )  # fmt: skip
        self.server.faults.answer_to(asked)(self)

    do_POST = do_GET  # noqa: N815 - the library calls it so

    def log_message(self, *args):
        pass

    def send(self, code, headers, body=b""):
        lines = [f"HTTP/1.1 {code} Fault", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + body)

    def wait(self, seconds):
        self.server.faults.closing.wait(seconds)


# --- answers ----------------------------------------------------------------------------------------------


def reply(body, *, code=200, kind="application/octet-stream", **headers):
    """A whole answer."""
    fields = {"Content-Type": kind, "Content-Length": len(body), **_named(headers)}
    return lambda handler: handler.send(code, fields, body)


def status(code, **headers):
    return reply(f"{code}".encode() if code != 204 else b"", code=code, kind="text/html", **headers)


def redirect(location, code=302):
    return reply(b"moved", code=code, location=location)


def slowly(body, *, seconds=0.02):
    """A whole answer after a while."""

    def answer(handler):
        handler.wait(seconds)
        reply(body)(handler)

    return answer


def short(body, missing):
    """Announces the whole body and closes before its end."""

    def answer(handler):
        handler.send(200, {"Content-Length": len(body)}, body[:-missing])
        handler.close_connection = True

    return answer


def until_close(body, **headers):
    """A body without a length: its end is the end of the connection."""

    def answer(handler):
        handler.send(200, {"Connection": "close", **_named(headers)}, body)
        handler.close_connection = True

    return answer


def chunked(body, *, cut=False):
    def answer(handler):
        handler.send(200, {"Transfer-Encoding": "chunked"})
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body) + (b"" if cut else b"0\r\n\r\n"))
        handler.close_connection = True

    return answer


def reset(body):
    """Breaks off half way with a TCP reset."""

    def answer(handler):
        handler.send(200, {"Content-Length": len(body)}, body[: len(body) // 2])
        handler.wfile.flush()
        time.sleep(0.05)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # `close` alone would keep the file descriptor alive through rfile and wfile.
        with contextlib.suppress(OSError):
            socket.close(handler.connection.detach())
        handler.close_connection = True

    return answer


def silence(seconds=20.0):
    """Takes the request and says nothing."""
    return lambda handler: handler.wait(seconds)


def dripping_body(body, *, step=1, seconds=0.1):
    def answer(handler):
        handler.send(200, {"Content-Length": len(body)})
        for at in range(0, len(body), step):
            handler.wfile.write(body[at : at + step])
            handler.wfile.flush()
            if handler.server.faults.closing.wait(seconds):
                return

    return answer


def dripping_headers(*, seconds=0.1):
    def answer(handler):
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"s" * 5000:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            if handler.server.faults.closing.wait(seconds):
                return

    return answer


def endless(size, **headers):
    """So many bytes of a PNG that has no end."""

    def answer(handler):
        handler.send(200, {"Connection": "close", **_named(headers)})
        block = b"\x89PNG\r\n\x1a\n" + bytes(65528)
        for _ in range(size // len(block)):
            handler.wfile.write(block)
        handler.close_connection = True

    return answer


def _named(headers):
    return {name.replace("_", "-").title(): value for name, value in headers.items()}
