"""What an image address means: where its bytes are, and under which key they are kept.

Pure: text in, `Address` out. Whether the address *may* be fetched is decided in `policy`; fetching is in
`fetch`.
"""

import hashlib
import re
import urllib.parse
from collections.abc import Iterable
from dataclasses import replace

from yearbook.value import dataclass

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._"
_SAFE_IN_PART = _SAFE_IN_PATH.replace("/", "")
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?%"
_SECRET_FIELD = re.compile(
    r"(x-(amz|goog|ms)-.*|jwt|(access_|auth_?|id_|api_?)?token|(api_?)?key|sig|signature|hmac|password|secret"
    r"|awsaccesskeyid|expires|policy|key-pair-id|se|sp|spr|sr|sv|st|skoid|sktid|skt|ske|sks|skv)",
    re.IGNORECASE,
)
_SIGNED_HOST = re.compile(r"github-production-[a-z0-9-]+\.s3\.amazonaws\.com|(objects|release-assets)"
                          r"\.githubusercontent\.com")  # fmt: skip
_RAW_MIRRORS = frozenset({
    "raw.githack.com", "rawcdn.githack.com", "rawgit.com", "cdn.rawgit.com", "rawgithub.com",
})  # fmt: skip
_JSDELIVR = frozenset(
    {"cdn.jsdelivr.net", "fastly.jsdelivr.net", "gcore.jsdelivr.net", "testingcf.jsdelivr.net"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoFile:
    """A file in a GitHub repository. Refs hold `/`, so ref and path cannot be told apart by looking."""

    owner: str
    """Owner, lower case."""
    name: str
    """Repository, lower case."""
    tail: tuple[str, ...]
    """Parts of `<ref>/<path>`, percent-decoded."""

    @property
    def repository(self) -> str:
        """`owner/name`, lower case."""
        return f"{self.owner}/{self.name}"

    @property
    def commit(self) -> str:
        """The commit, if the ref is one; else empty."""
        return self.tail[0] if self.tail and _COMMIT.fullmatch(self.tail[0]) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What one image address means."""

    key: str
    """Stable name of the picture; two ways to write the same picture share it. Holds no secret."""
    fetch_url: str
    """Absolute address to ask; empty if asking is pointless. May hold a secret: never written down."""
    printable_url: str
    """The address for paper, log and lock file: no token, no signature."""
    mutable: bool
    """Whether the owner can put other bytes under the same address."""
    token_allowed: bool = False
    """Whether a token may go with the first request (never with a redirect)."""
    fallbacks: tuple[str, ...] = ()
    """Other addresses of the same picture, to ask in this order when the first says it has none."""
    repo_file: RepoFile | None = None
    """The repository file it names, if it names one on github.com."""
    emoji: str = ""
    """The character that GitHub draws with this picture; print it instead."""
    problem: str = ""
    """Why it can never be fetched: `malformed` or `signed-link`; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """An address taken apart and made canonical."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(
            urllib.parse.unquote(part, errors="surrogateescape") for part in self.path.split("/") if part
        )

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")

    @property
    def url(self) -> str:
        return self.origin + self.path + (f"?{self.query}" if self.query else "")


def resolve(url: str, *, enterprise_hosts: tuple[str, ...] = ()) -> Address:
    """The meaning of an absolute image address.

    Total: every text gives an `Address`; one that cannot be fetched has a `problem`. `//host/…` and `http:`
    are read as `https:`. Fragments are dropped.

    Args:
        url: the address as written in the post.
        enterprise_hosts: hosts of GitHub Enterprise servers, such as `github.example.org`.

    >>> resolve("https://github.com/o/r/blob/main/a.png?raw=true").fetch_url
    'https://raw.githubusercontent.com/o/r/main/a.png'
    """
    return _resolve(url, enterprise_hosts, depth=0)


def _resolve(url: str, enterprise_hosts: tuple[str, ...], depth: int) -> Address:
    parts = _take_apart(url)
    if parts is None:
        shown = _UNSAFE.sub("", strip_secrets(url))[:300]
        digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return Address(
            key=f"bad:{digest}", fetch_url="", printable_url=shown, mutable=True, problem="malformed"
        )
    if parts.host == "camo.githubusercontent.com" and depth < 3:
        address = _camo(parts, enterprise_hosts, depth)
        if address is not None:
            return address
    for reader in (_attachment, _signed, _repository, _gist, _person, _pictograph):
        address = reader(parts)
        if address is not None:
            return address
    return _enterprise(parts, enterprise_hosts) or _plain(parts)


def _take_apart(url: str) -> _Parts | None:
    """The canonical parts of a fetchable address, or None."""
    text = url.strip(" \t\r\n")
    text = f"https:{text}" if text.startswith("//") else text
    if _UNSAFE.search(text) or len(text) > 8000:
        return None
    try:
        split = urllib.parse.urlsplit(text)
        host = (split.hostname or "").rstrip(".").encode("idna").decode("ascii").lower()
        port = split.port
    except ValueError:
        return None
    if split.scheme.lower() not in {"http", "https"} or not host or "@" in split.netloc:
        return None
    if (split.scheme.lower(), port) in {("http", 80), ("https", 443)}:
        port = None
    path = _canonical_path(split.path)
    query = urllib.parse.quote(_BAD_ESCAPE.sub("%25", split.query), safe=_SAFE_IN_QUERY)
    return _Parts(scheme="https", host=host, port=port, path=path, query=query)


def _canonical_path(path: str) -> str:
    """The path with every character written in one way, and without `.` and `..`, as a browser would ask.

    An escaped slash stays one: some hosts tell it from a slash.
    """
    parts: list[str] = []
    for part in path.split("/")[1:]:
        text = urllib.parse.unquote(part, errors="surrogateescape")
        if text == ".." and parts:
            parts.pop()
        elif text not in {".", ".."}:
            parts.append(urllib.parse.quote(text, safe=_SAFE_IN_PART, errors="surrogateescape"))
    return "/" + "/".join(parts)


def _quote(path: str) -> str:
    return urllib.parse.quote(path, safe=_SAFE_IN_PATH, errors="surrogateescape")


def strip_secrets(url: str) -> str:
    """The address without fields that grant access, for printing.

    >>> strip_secrets("https://example.org/a.png?w=2&X-Amz-Signature=abc#top")
    'https://example.org/a.png?w=2'
    """
    head, _, query = url.partition("#")[0].partition("?")
    head = re.sub(r"(?<=//)[^/@]*@", "", head)
    kept = [
        field for field in query.split("&") if field and not _SECRET_FIELD.fullmatch(field.partition("=")[0])
    ]
    return head + (f"?{'&'.join(kept)}" if kept else "")


# --- one reader per family of hosts: the address it knows, or None ------------------------------------------


def _attachment(parts: _Parts) -> Address | None:
    """Pictures dragged into an issue, a comment or a post."""
    if parts.host in {"cloud.githubusercontent.com", "f.cloud.github.com"}:
        url = f"https://{parts.host}{parts.path}"
        return Address(
            key=f"gh-cloud:{parts.path.strip('/')}", fetch_url=url, printable_url=url, mutable=False
        )
    found = _UUID.findall(parts.path)
    if not found:
        return None
    key = f"gh-att:{found[-1].lower()}"
    asset = f"https://github.com/user-attachments/assets/{found[-1].lower()}"
    if parts.host == "user-images.githubusercontent.com":
        url = f"https://{parts.host}{parts.path}"
        return Address(key=key, fetch_url=url, printable_url=url, mutable=False)
    if parts.host == "private-user-images.githubusercontent.com":
        return Address(key=key, fetch_url=asset, printable_url=asset, mutable=False, token_allowed=True)
    if parts.host in {"github.com", "www.github.com"}:
        return _asset_on_github(parts, key, asset)
    return None


def _asset_on_github(parts: _Parts, key: str, asset: str) -> Address | None:
    segments = parts.segments
    if segments[:2] == ("user-attachments", "assets") and len(segments) >= 3:
        return Address(key=key, fetch_url=asset, printable_url=asset, mutable=False, token_allowed=True)
    if len(segments) == 5 and segments[2] == "assets":
        url = f"https://github.com{parts.path}"
        return Address(key=key, fetch_url=url, printable_url=url, mutable=False, token_allowed=True,
                       fallbacks=(asset,))  # fmt: skip
    return None


def _signed(parts: _Parts) -> Address | None:
    """What GitHub redirects to: a link that lives for minutes."""
    if not _SIGNED_HOST.fullmatch(parts.host):
        return None
    url = f"https://{parts.host}{parts.path}"
    return Address(key=f"url:{url}", fetch_url="", printable_url=url, mutable=True, problem="signed-link")


def _repository(parts: _Parts) -> Address | None:
    """Files in a repository, however they are written."""
    segments = parts.segments
    if parts.host in {"raw.githubusercontent.com", "raw.github.com"}:
        if segments[:1] == ("wiki",) and len(segments) >= 4:
            return _wiki_file(segments[1], segments[2], segments[3:])
        return _raw_file(segments)
    if parts.host in _RAW_MIRRORS:
        return _raw_file(segments)
    if parts.host == "media.githubusercontent.com" and segments[:1] == ("media",):
        address = _raw_file(segments[1:])
        url = f"https://{parts.host}{parts.path}"
        return replace(address, fetch_url=url, printable_url=url) if address else None
    if parts.host in _JSDELIVR and segments[:1] == ("gh",) and len(segments) >= 4:
        name, _, ref = segments[2].partition("@")
        return _raw_file((segments[1], name, ref or "HEAD", *segments[3:]))
    if parts.host in {"github.com", "www.github.com"} and len(segments) >= 4:
        return _file_on_github(segments)
    return None


def _file_on_github(segments: tuple[str, ...]) -> Address | None:
    owner, name, verb = segments[:3]
    if verb in {"blob", "raw"}:
        return _raw_file((owner, name, *segments[3:]))
    if verb == "wiki":
        return _wiki_file(owner, name, segments[3:])
    if verb == "releases" and "download" in segments[3:5]:
        path = "/".join(segments)
        url = f"https://github.com/{_quote(path)}"
        key = f"gh-release:{owner.lower()}/{name.lower()}/{_quote('/'.join(segments[3:]))}"
        return Address(key=key, fetch_url=url, printable_url=url, mutable=True)
    return None


def _raw_file(segments: tuple[str, ...]) -> Address | None:
    if len(segments) < 4:
        return None
    owner, name, *tail = segments
    if tail[:2] in (["refs", "heads"], ["refs", "tags"]) and len(tail) >= 4:
        tail = tail[2:]
    path = _quote("/".join(tail))
    file = RepoFile(owner=owner.lower(), name=name.lower(), tail=tuple(tail))
    url = f"https://raw.githubusercontent.com/{_quote(owner)}/{_quote(name)}/{path}"
    ref, _, rest = path.partition("/")
    return Address(
        key=f"gh:{file.repository}@{ref}/{rest}", fetch_url=url, printable_url=url, mutable=not file.commit,
        repo_file=file,
    )  # fmt: skip


def _wiki_file(owner: str, name: str, rest: tuple[str, ...]) -> Address:
    path = _quote("/".join(rest))
    url = f"https://raw.githubusercontent.com/wiki/{_quote(owner)}/{_quote(name)}/{path}"
    return Address(key=f"gh-wiki:{owner.lower()}/{name.lower()}/{path}", fetch_url=url, printable_url=url,
                   mutable=True)  # fmt: skip


def _gist(parts: _Parts) -> Address | None:
    if parts.host not in {"gist.githubusercontent.com", "gist.github.com"}:
        return None
    segments = parts.segments
    if len(segments) < 3 or segments[2] != "raw":
        return None
    rest = segments[3:]
    sha = rest[0] if rest and _COMMIT.fullmatch(rest[0]) else ""
    file = _quote("/".join(rest[1:] if sha else rest))
    url = f"https://gist.githubusercontent.com{parts.path}"
    return Address(key=f"gist:{segments[1]}@{sha or 'HEAD'}/{file}", fetch_url=url, printable_url=url,
                   mutable=not sha)  # fmt: skip


def _person(parts: _Parts) -> Address | None:
    """Avatars."""
    fields = dict(urllib.parse.parse_qsl(parts.query))
    if re.fullmatch(r"avatars\d?\.githubusercontent\.com", parts.host):
        name = parts.segments[-1] if parts.segments else ""
        size = fields.get("s", "")
    elif parts.host in {"github.com", "www.github.com"} and re.fullmatch(r"/[^/]+\.png", parts.path):
        name = "@" + parts.segments[0].removesuffix(".png").lower()
        size = fields.get("size", "")
    else:
        return None
    url = f"https://{parts.host}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    return Address(key=f"gh-avatar:{_quote(name)}?s={_quote(size)}", fetch_url=url,
                   printable_url=strip_secrets(url), mutable=True)  # fmt: skip


def _pictograph(parts: _Parts) -> Address | None:
    """Emoji, social cards."""
    segments = parts.segments
    if parts.host in {"github.githubassets.com", "assets-cdn.github.com"} and "emoji" in segments:
        name = _quote(segments[-1].rpartition(".")[0])
        url = f"https://github.githubassets.com{parts.path}"
        return Address(key=f"gh-emoji:{name}", fetch_url=url, printable_url=url, mutable=False,
                       emoji=_characters(name) if "unicode" in segments else "")  # fmt: skip
    url = f"https://{parts.host}{parts.path}"
    if parts.host == "opengraph.githubassets.com" and len(segments) >= 3:
        return Address(
            key=f"gh-card:{_quote('/'.join(segments[1:]))}", fetch_url=url, printable_url=url, mutable=True
        )
    if parts.host == "repository-images.githubusercontent.com":
        return Address(
            key=f"gh-card:{_quote('/'.join(segments))}", fetch_url=url, printable_url=url, mutable=False
        )
    return None


def _characters(name: str) -> str:
    """The text that `1f468-200d-1f469` stands for, or nothing."""
    codes = name.split("-")
    if not all(re.fullmatch(r"[0-9a-f]{2,6}", code) for code in codes):
        return ""
    numbers = [int(code, 16) for code in codes]
    return "".join(map(chr, numbers)) if max(numbers) <= 0x10FFFF else ""


def _camo(parts: _Parts, enterprise_hosts: tuple[str, ...], depth: int) -> Address | None:
    """The picture that GitHub's proxy stands for: its signatures rot, the original may live."""
    segments = parts.segments
    if len(segments) != 2 or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", segments[0]):
        return None
    try:
        original = bytes.fromhex(segments[1]).decode("utf-8")
    except ValueError:
        return None
    address = _resolve(original, enterprise_hosts, depth + 1)
    if address.problem:
        return None
    return replace(address, fallbacks=(*address.fallbacks, parts.url))


def _enterprise(parts: _Parts, hosts: tuple[str, ...]) -> Address | None:
    """The same shapes on a company's own GitHub server."""
    home = next((host for host in hosts if parts.host == host or parts.host.endswith(f".{host}")), "")
    if not home:
        return None
    segments = parts.segments
    if len(segments) >= 5 and segments[2] in {"blob", "raw"} and parts.host == home:
        path = "/".join((*segments[:2], "raw", *segments[3:]))
        url, name = f"{parts.origin}/{_quote(path)}", f"gh:{_quote('/'.join(segments[:2])).lower()}@"
        name += _quote("/".join(segments[3:]))
        fixed = bool(_COMMIT.fullmatch(segments[3]))
    else:
        url = f"{parts.origin}{parts.path}"
        found = _UUID.findall(parts.path)
        name = f"gh-att:{found[-1].lower()}" if found else f"path:{parts.host}{parts.path}"
        fixed = bool(found)
    return Address(key=f"{home}/{name}", fetch_url=url, printable_url=url, mutable=not fixed,
                   token_allowed=parts.host == home)  # fmt: skip


def _plain(parts: _Parts) -> Address:
    shown = strip_secrets(parts.url)
    # `?key=7` may be a password or the picture's number: two of them must not become one picture.
    mark = "" if shown == parts.url else "#" + hashlib.sha256(parts.url.encode()).hexdigest()[:12]
    return Address(key=f"url:{shown}{mark}", fetch_url=parts.url, printable_url=shown, mutable=True)


# --- which of several addresses --------------------------------------------------------------------------


def is_dark_only(src: str) -> bool:
    """Whether the address asks to be shown on dark screens only; paper is light.

    >>> is_dark_only("https://example.org/a.png#gh-dark-mode-only")
    True
    """
    return src.partition("#")[2].strip().lower() == "gh-dark-mode-only"


def split_srcset(srcset: str) -> tuple[tuple[str, float], ...]:
    """The candidates of a `srcset`, with their width or density; 1.0 where none is given.

    Commas inside an address are kept, as the standard says: an address ends at white space.

    >>> split_srcset("a.png 480w, b.png 2x, c,d.png")
    (('a.png', 480.0), ('b.png', 2.0), ('c,d.png', 1.0))
    """
    found = []
    for match in re.finditer(r"[\s,]*([^\s,](?:\S*[^\s,])?)(?:\s+([^,\s]+))?[^,]*(?:,|$)|[\s,]*$", srcset):
        if match.group(1):
            found.append((match.group(1), _descriptor(match.group(2) or "")))
    return tuple(found)


def _descriptor(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)[wx]", text)
    return float(match.group(1)) if match else 1.0


def widest(srcset: str, src: str = "") -> str:
    """The address with the most pixels; `src` if the set is empty. The first of equals wins.

    >>> widest("a.png 480w, b.png 960w", "c.png")
    'b.png'
    """
    candidates = [pair for pair in split_srcset(srcset) if not is_dark_only(pair[0])]
    if not candidates:
        return src
    best = max(candidates, key=lambda pair: pair[1])
    # A lone `a.png 1x` beside src says nothing that src does not.
    return best[0] if best[1] > 1.0 or not src else src


def pick_source(sources: Iterable[tuple[str, str]], src: str, srcset: str = "") -> str:
    """The address to print for a `<picture>`: its light and widest candidate.

    Args:
        sources: `(media, srcset)` of each `<source>`, in order.
        src: the `<img>`'s own address.
        srcset: the `<img>`'s own set.

    >>> pick_source([("(prefers-color-scheme: dark)", "night.png")], "day.png")
    'day.png'
    """
    light = [(media, candidates) for media, candidates in sources if _suits_paper(media)]
    by_scheme = [candidates for media, candidates in light if "light" in media.lower()]
    if by_scheme and is_dark_only(src):
        return widest(by_scheme[0])
    own = widest(srcset, src)
    if own and not is_dark_only(own):
        return own
    return next((widest(candidates) for _, candidates in light), own)


def _suits_paper(media: str) -> bool:
    return not re.search(r"prefers-color-scheme\s*:\s*dark", media, re.IGNORECASE)
