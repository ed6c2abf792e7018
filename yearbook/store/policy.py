"""What may be fetched, from where, with what limits: decisions without deeds.

Pure: nothing here opens a socket or a file. The words a person reads about a refusal are in `words`.
"""

import fnmatch
import ipaddress
import re
import urllib.parse
from dataclasses import field
from pathlib import Path

from yearbook.store.addresses import Address
from yearbook.value import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of anything one picture, one host or one build may take."""

    file_bytes: int = 30 * MIB
    """Largest picture; GitHub itself takes 10 MB."""
    build_bytes: int = 1024 * MIB
    """All that one build may fetch."""
    pixels: int = 100_000_000
    """Largest picture that is decoded whole."""
    jpeg_pixels: int = 250_000_000
    """Largest baseline JPEG: it is decoded through `draft`, at a fraction of its size."""
    jpeg_scans: int = 64
    """Most scans of a progressive JPEG; each one costs a pass over the whole picture."""
    svg_bytes: int = 2 * MIB
    """Largest SVG, unpacked."""
    svg_elements: int = 50_000
    """Most elements of an SVG, written or drawn again through references."""
    svg_uses: int = 10_000
    """Most references of an SVG, each counted as often as it would be followed."""
    redirects: int = 5
    """Most redirects of one fetch."""
    tries: int = 4
    """Most requests for one address, redirects not counted."""
    connect_seconds: float = 10.0
    """Longest wait for a connection."""
    idle_seconds: float = 20.0
    """Longest silence of a server."""
    total_seconds: float = 120.0
    """Longest time for one picture, all tries and waits together."""
    backoff_seconds: float = 0.5
    """First upper bound of the random wait before trying again; doubles each time."""
    backoff_cap_seconds: float = 30.0
    """Largest upper bound of that wait."""
    retry_after_seconds: float = 60.0
    """Longest wait a server may ask for; beyond it the host is left alone."""
    spacing_seconds: float = 0.1
    """Least time between two requests to one GitHub host."""
    per_host: int = 4
    """Connections to one host."""
    workers: int = 8
    """Connections in all."""
    missing_seconds: float = 3600.0
    """How long a clear no (404, a web page, an LFS pointer) is believed without asking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePolicy:
    """What the user allows."""

    mirrors: tuple[tuple[str, str], ...] = ()
    """URL prefix -> URL prefix, or absolute folder. The longest prefix wins. The user named the target, so
    it may be http, another port, or a private address."""
    allow_hosts: tuple[str, ...] = ()
    """Further hosts, `img.example.org` or `*.example.org`."""
    allow_any_host: bool = False
    """Whether any public host may be asked."""
    enterprise_hosts: tuple[str, ...] = ()
    """GitHub Enterprise servers; they may have private addresses."""
    offline: bool = False
    """Whether no socket may be opened."""
    frozen: bool = False
    """Whether `yearbook.lock` must already hold every picture, and nothing is written to the blog."""
    refresh: bool = False
    """Whether pictures that failed before are asked for again at once."""
    strict: bool = False
    """Whether hosts, tokens and servers named by the user are ignored: for other people's changes."""
    token: str = field(default="", repr=False)
    """GitHub token, sent only where `Address.token_allowed` says; empty sends none."""
    enterprise_token: str = field(default="", repr=False)
    """The same for the Enterprise servers."""
    repository: str = ""
    """The blog's own `owner/name`; its files are read from the checkout."""
    proxies: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Scheme -> proxy address. Behind a proxy only the host list guards. Not shown: may hold a password."""
    no_proxy: tuple[str, ...] = ()
    """Host suffixes reached without the proxy."""
    ca_bundle: str = ""
    """File of certificates to trust instead of the usual ones; empty for the usual ones."""
    limits: Limits = field(default_factory=Limits)
    """How much."""

    @property
    def lenient(self) -> bool:
        """Whether the user's own additions count."""
        return not self.strict


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the bytes really come from."""

    url: str = ""
    """Address to ask; empty if `file` is given."""
    file: Path | None = None
    """File inside a mirror folder; not yet checked."""
    root: Path | None = None
    """The mirror folder that must hold `file`."""
    mirrored: bool = False
    """Whether the user's mirror named it; then https and public addresses are not asked for."""


def target_of(url: str, mirrors: tuple[tuple[str, str], ...]) -> Target:
    """The place an address is read from: the mirror with the longest prefix, or the address itself.

    >>> target_of("https://a.org/x.png", (("https://a.org/", "http://127.0.0.1:8000/a/"),)).url
    'http://127.0.0.1:8000/a/x.png'
    """
    found = [pair for pair in mirrors if url.startswith(pair[0])]
    if not found:
        return Target(url=url)
    prefix, place = max(found, key=lambda pair: len(pair[0]))
    rest = url[len(prefix) :]
    if re.match(r"https?://", place):
        return Target(url=place + rest, mirrored=True)
    root = Path(place)
    path = urllib.parse.unquote(rest.partition("?")[0].partition("#")[0])
    # `root / "/etc"` would leave the folder at once, and a NUL cannot be asked of the file system.
    inside = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in inside or "\x00" in path or "\\" in path:
        return Target(file=root / "\N{REPLACEMENT CHARACTER}", root=root, mirrored=True)
    return Target(file=root.joinpath(*inside), root=root, mirrored=True)


def is_mirror_url(url: str, mirrors: tuple[tuple[str, str], ...]) -> bool:
    """Whether the address lies on a server that the user named as a mirror."""
    origin = origin_of(url)
    return any(origin_of(place) == origin for _, place in mirrors if "://" in place)


def origin_of(url: str) -> str:
    """Scheme, host and port, lower case."""
    split = urllib.parse.urlsplit(url)
    return f"{split.scheme}://{split.netloc}".lower()


def refuse_url(url: str, policy: ImagePolicy, *, redirected: bool = False) -> str:
    """Why this address must not be asked, in words; empty if it may.

    Addresses of the user's mirrors are not judged here: ask `Target.mirrored` or `is_mirror_url` first.

    >>> refuse_url("http://169.254.169.254/", ImagePolicy())
    'only https is fetched'
    """
    split = urllib.parse.urlsplit(url)
    host = (split.hostname or "").lower()
    try:
        port = split.port
    except ValueError:
        return "its port is not a number"
    own = policy.lenient and _is_one_of(host, policy.enterprise_hosts)
    if split.scheme != "https":
        return "only https is fetched"
    if "@" in split.netloc:
        return "it holds a user name"
    if re.search(r"/(\.|%2e){1,2}(/|$)", split.path, re.IGNORECASE):
        # What is judged here and what the server makes of it must be the same path.
        return "its path climbs"
    if port not in {None, 443} and not own:
        return f"port {port} is not fetched from"
    if not own and (words := refuse_host(host)):
        return words
    if own or _is_known(host, split.path, policy, redirected=redirected):
        return ""
    if policy.lenient and (policy.allow_any_host or _matches(host, policy.allow_hosts)):
        return ""
    return f"the host {host} is not on the list"


def refuse_host(host: str) -> str:
    """Why no host may be called so; empty if one may.

    Numbers are refused in every spelling that `inet_aton` reads, since they name an address, not a host.

    >>> refuse_host("0x7f.1"), refuse_host("img.example.org")
    ('0x7f.1 is a bare address', '')
    """
    last = host.rstrip(".").rpartition(".")[2]
    if ":" in host or re.fullmatch(r"\d+|0x[0-9a-f]*", last):
        return f"{host} is a bare address"
    if "." not in host.rstrip(".") or last in {
        "localhost",
        "local",
        "internal",
        "localdomain",
        "home",
        "lan",
    }:
        return f"{host} is not a public name"
    return ""


def _is_known(host: str, path: str, policy: ImagePolicy, *, redirected: bool) -> bool:
    """Whether the host is one of GitHub's for pictures."""
    owner = policy.repository.partition("/")[0].lower()
    if host in {"github.com", "www.github.com"}:
        return bool(_GITHUB_PATH.match(path))
    if redirected and re.fullmatch(r"github-production-[a-z0-9-]+\.s3\.amazonaws\.com", host):
        return True
    if host == "gist.github.com":
        return "/raw" in path
    return (
        host.endswith(".githubusercontent.com")
        or host in {"github.githubassets.com", "opengraph.githubassets.com", "f.cloud.github.com"}
        or (bool(owner) and host == f"{owner}.github.io")
    )


_GITHUB_PATH = re.compile(
    r"/user-attachments/|/[^/]+/[^/]+/(assets|raw|files)/|/[^/]+/[^/]+/releases/(download|latest/download)/"
    r"|/[^/]+\.png$"
)


def _matches(host: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(host, pattern.lower()) for pattern in patterns)


def _is_one_of(host: str, homes: tuple[str, ...]) -> bool:
    return any(host == home or host.endswith(f".{home}") for home in homes)


def needs_public_address(url: str, policy: ImagePolicy) -> bool:
    """Whether the host's addresses must be public ones."""
    host = (urllib.parse.urlsplit(url).hostname or "").lower()
    return not (policy.lenient and _is_one_of(host, policy.enterprise_hosts))


_TUNNELS = tuple(
    ipaddress.ip_network(net)
    for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "192.0.0.0/24")
)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet.

    Stricter than `ip.is_global`: no multicast, and no prefix that wraps another address inside.

    >>> is_public("140.82.121.3"), is_public("::ffff:127.0.0.1"), is_public("64:ff9b::7f00:1")
    (True, False, False)
    """
    try:
        ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if any(ip in net for net in _TUNNELS if net.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def token_for(url: str, address: Address, policy: ImagePolicy) -> str:
    """The token that may go with this first request; empty for none.

    The exact origin is asked, never a suffix: `github.com.evil.example` is nobody's friend.
    """
    if policy.strict or not address.token_allowed or url not in {address.fetch_url, *address.fallbacks}:
        return ""
    split = urllib.parse.urlsplit(url)
    if split.scheme != "https" or split.port not in {None, 443}:
        return ""
    if split.netloc.lower() == "github.com":
        return policy.token if re.match(r"/user-attachments/|/[^/]+/[^/]+/assets/", split.path) else ""
    if split.netloc.lower() in policy.enterprise_hosts:
        return policy.enterprise_token
    return ""


def proxy_for(url: str, policy: ImagePolicy) -> str:
    """The proxy through which an address is asked; empty for none."""
    split = urllib.parse.urlsplit(url)
    host = (split.hostname or "").lower()
    bare = tuple(name.lstrip("*.").lower() for name in policy.no_proxy)
    if "*" in policy.no_proxy or any(name and (host == name or host.endswith(f".{name}")) for name in bare):
        return ""
    proxies = dict(policy.proxies)
    return proxies.get(split.scheme) or proxies.get("all") or ""


def is_github(host: str) -> bool:
    """Whether the host is GitHub's own, to be asked gently."""
    return host == "github.com" or host.endswith(
        (".github.com", ".githubusercontent.com", ".githubassets.com")
    )
