"""Looking after the pictures of a blog: what there is, whether it is whole, what changed, what may go.

Every function gives values; tables are drawn by the command. Only `images_update` asks the network.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from yearbook.errors import OutputError
from yearbook.model import ImageUse
from yearbook.store import crew, lockfile
from yearbook.store.addresses import Address, resolve
from yearbook.store.blobs import BlobStore, Entry, Why, digest_of, write_whole
from yearbook.store.errands import host_of, keep_received, stop_all
from yearbook.store.fetch import Client, Received, Unchanged, Version
from yearbook.store.gather import (
    VENDOR,
    FetchProgress,
    mismatch,
    pin_of,
    quiet_pillow,
    silent,
    vendored_path,
)
from yearbook.store.kinds import Flaw
from yearbook.store.lockfile import Pin
from yearbook.store.policy import ImagePolicy, Limits
from yearbook.store.sniff import examine
from yearbook.store.transport import Transport
from yearbook.store.trouble import Trouble
from yearbook.store.world import Network
from yearbook.value import dataclass

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageStatus:
    """One picture of the blog, and where its bytes are."""

    key: str
    """Stable key of its address."""
    url: str
    """Its address, without secrets."""
    state: Literal["vendored", "cached", "absent", "damaged", "failed", "unknown"]
    """Where its bytes are; `failed` if the server has none, `unknown` if it was never asked for."""
    locked: bool
    """Whether `yearbook.lock` holds it."""
    uses: int
    """How many places in the posts show it; 0 if none does any more."""
    kind: str
    """Kind of picture; empty if unknown."""
    bytes: int
    """Number of bytes; 0 if unknown."""
    width_px: int
    """Width; 0 if unknown."""
    height_px: int
    """Height; 0 if unknown."""
    detail: str
    """Why it failed; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageVerdict:
    """Whether one stored copy of one pinned picture is whole."""

    key: str
    """Stable key."""
    url: str
    """Its address."""
    place: Literal["vendored", "cached", "nowhere"]
    """Which copy."""
    path: Path
    """Its file."""
    ok: bool
    """Whether it has the pinned bytes and decodes."""
    detail: str
    """What is wrong; empty if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChange:
    """What the server says today of one pinned picture."""

    key: str
    """Stable key."""
    url: str
    """Its address."""
    state: Literal["unchanged", "fixed", "changed", "accepted", "failed"]
    """`fixed` means that its address can never stand for other bytes, so nobody was asked."""
    old_sha256: str
    """The pinned digest."""
    new_sha256: str
    """The digest of what the server has now; empty if unknown."""
    detail: str
    """In words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendoredImage:
    """What became of one pinned picture when the blog got copies of its own."""

    key: str
    """Stable key."""
    path: Path
    """The copy in the blog."""
    state: Literal["copied", "kept", "absent"]
    """`absent` if no whole copy was at hand."""
    bytes: int
    """Number of bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedFile:
    """A file that nobody needs."""

    path: Path
    """The file."""
    why: Why
    """A blob that no blog pins, an old derivative, a damaged blob, a killed run's rest, a vendored stray."""
    bytes: int
    """Number of bytes."""
    removed: bool
    """Whether it is gone; in a dry run nothing is."""


def images_status(
    uses: Sequence[ImageUse], *, blog_root: Path, cache: Path, policy: ImagePolicy
) -> tuple[ImageStatus, ...]:
    """Every remote picture that a post shows or the lock file holds, sorted by key.

    Raises:
        OutputError: if the cache cannot be used.
        ConfigError: if `yearbook.lock` is damaged.
    """
    store, pins = BlobStore(cache), lockfile.read(blog_root)
    addresses: dict[str, tuple[Address, int]] = {}
    for use in uses:
        if use.url and use.url[:5].lower() != "data:":
            address = resolve(use.url, enterprise_hosts=policy.enterprise_hosts)
            addresses[address.key] = (address, addresses.get(address.key, (address, 0))[1] + 1)
    found = [_status_of_pin(pin, blog_root, store, addresses) for pin in pins.values()]
    found += [_status_of_use(*addresses[key], store) for key in addresses.keys() - pins.keys()]
    return tuple(sorted(found, key=lambda status: status.key))


def _status_of_pin(
    pin: Pin, blog_root: Path, store: BlobStore, addresses: dict[str, tuple[Address, int]]
) -> ImageStatus:
    state: Literal["vendored", "cached", "absent", "damaged"] = "absent"
    if _has_digest(vendored_path(blog_root, pin.sha256, pin.kind), pin.sha256):
        state = "vendored"
    elif store.blob_path(pin.sha256).exists():
        state = "cached" if _has_digest(store.blob_path(pin.sha256), pin.sha256) else "damaged"
    return ImageStatus(
        key=pin.key,
        url=pin.url,
        state=state,
        locked=True,
        uses=addresses[pin.key][1] if pin.key in addresses else 0,
        kind=pin.kind,
        bytes=pin.bytes,
        width_px=pin.width_px,
        height_px=pin.height_px,
        detail="",
    )


def _status_of_use(address: Address, count: int, store: BlobStore) -> ImageStatus:
    entry = store.entry(address.key) or Entry(key=address.key, url=address.printable_url)
    state: Literal["cached", "absent", "failed", "unknown"] = "unknown"
    if entry.reason:
        state = "failed"
    elif entry.sha256:
        state = "cached" if _has_digest(store.blob_path(entry.sha256), entry.sha256) else "absent"
    return ImageStatus(
        key=address.key,
        url=address.printable_url,
        state=state,
        locked=False,
        uses=count,
        kind=entry.kind,
        bytes=entry.bytes,
        width_px=entry.width_px,
        height_px=entry.height_px,
        detail=entry.detail,
    )


def _has_digest(path: Path, sha256: str) -> bool:
    try:
        return digest_of(path) == sha256
    except OSError:
        return False


def images_verify(*, blog_root: Path, cache: Path, limits: Limits | None = None) -> tuple[ImageVerdict, ...]:
    """Whether every copy of every pinned picture is whole: hashed, and decoded to its last byte. No network.

    Raises:
        OutputError: if the cache cannot be used.
        ConfigError: if `yearbook.lock` is damaged.
    """
    store = BlobStore(cache)
    limits = limits or Limits()
    verdicts: list[ImageVerdict] = []
    with quiet_pillow():
        for pin in sorted(lockfile.read(blog_root).values(), key=lambda pin: pin.key):
            verdicts += _verdicts(pin, blog_root, store, limits)
    return tuple(verdicts)


def _verdicts(pin: Pin, blog_root: Path, store: BlobStore, limits: Limits) -> Iterator[ImageVerdict]:
    places: tuple[tuple[Literal["vendored", "cached"], Path], ...] = (
        ("vendored", vendored_path(blog_root, pin.sha256, pin.kind)),
        ("cached", store.blob_path(pin.sha256)),
    )
    there = [(place, path) for place, path in places if path.is_file()]
    for place, path in there:
        detail = _damage(path, pin, limits)
        yield ImageVerdict(key=pin.key, url=pin.url, place=place, path=path, ok=not detail, detail=detail)
    if not there:
        yield ImageVerdict(
            key=pin.key, url=pin.url, place="nowhere", path=places[1][1], ok=False, detail="there is no copy"
        )


def _damage(path: Path, pin: Pin, limits: Limits) -> str:
    """What is wrong with a copy; empty if nothing."""
    if path.is_symlink():
        return "it is a symbolic link"
    if digest_of(path) != pin.sha256:
        return "its bytes are not the pinned ones"
    facts = examine(path, limits)
    if isinstance(facts, Flaw):
        return facts.detail
    if (facts.kind, facts.width_px, facts.height_px) != (pin.kind, pin.width_px, pin.height_px):
        return f"it is a {facts.kind} of {facts.width_px} x {facts.height_px}, which yearbook.lock denies"
    return ""


def images_update(
    *,
    blog_root: Path,
    cache: Path,
    policy: ImagePolicy,
    accept: bool = False,
    progress: FetchProgress = silent,
    network: Network | None = None,
) -> tuple[ImageChange, ...]:
    """Asks whether pinned pictures have changed where they come from; with `accept`, pins the new bytes.

    Pictures whose address can never change are not asked for. Sorted by key.

    Raises:
        OutputError: if the cache or `yearbook.lock` cannot be written.
        ConfigError: if `yearbook.lock` is damaged.
    """
    network = network or Network()
    store, pins = BlobStore(cache), lockfile.read(blog_root)
    changes, asked = [], []
    for pin in pins.values():
        address = resolve(pin.url, enterprise_hosts=policy.enterprise_hosts)
        if address.key != pin.key or not address.fetch_url:
            words = "its address held a secret, which is kept nowhere"
            changes.append(_change(pin, "failed", detail=words))
        elif not address.mutable:
            changes.append(_change(pin, "fixed", detail="its address never changes"))
        else:
            asked.append((pin, address))
    with quiet_pillow():
        changes += _ask_all(asked, store, policy, network, progress, accept=accept)
    if accept:
        _accept(changes, pins, blog_root, store)
    return tuple(sorted(changes, key=lambda change: change.key))


def _change(
    pin: Pin,
    state: Literal["unchanged", "fixed", "changed", "accepted", "failed"],
    *,
    new: str = "",
    detail: str = "",
) -> ImageChange:
    return ImageChange(
        key=pin.key, url=pin.url, state=state, old_sha256=pin.sha256, new_sha256=new, detail=detail
    )


def _ask_all(
    asked: Sequence[tuple[Pin, Address]],
    store: BlobStore,
    policy: ImagePolicy,
    network: Network,
    progress: FetchProgress,
    *,
    accept: bool,
) -> list[ImageChange]:
    client = Client(policy, network)
    jobs = [
        crew.Job(host=host_of(address, policy), work=_question(pin, address, store, client, accept=accept))
        for pin, address in asked
    ]
    if not jobs:
        return []
    progress.planned(len(jobs))
    results = crew.run(
        jobs,
        make_tool=Transport,
        drop_tool=Transport.shut,
        workers=policy.limits.workers,
        per_host=policy.limits.per_host,
        stop=lambda transports: stop_all(client, transports),
    )
    found = []
    with contextlib.closing(results):
        for _, change in results:
            found.append(change)
            progress.fetched(change.url, 0)
    progress.done()
    return found


def _question(
    pin: Pin, address: Address, store: BlobStore, client: Client, *, accept: bool
) -> Callable[[Transport], ImageChange]:
    def ask(transport: Transport) -> ImageChange:
        entry = store.entry(pin.key)
        version = None
        if entry is not None and entry.sha256 == pin.sha256 and (entry.etag or entry.last_modified):
            version = Version(etag=entry.etag, last_modified=entry.last_modified)
        with store.temporary() as path:
            found = client.fetch(address, path, transport, version=version)
            if isinstance(found, Received) and (accept or found.sha256 == pin.sha256):
                keep_received(address, found, path, store, client.network.now())
        return _answer(pin, found)

    return ask


def _answer(pin: Pin, found: Received | Unchanged | Trouble) -> ImageChange:
    if isinstance(found, Trouble):
        return _change(pin, "failed", detail=found.detail)
    if isinstance(found, Unchanged) or found.sha256 == pin.sha256:
        return _change(pin, "unchanged", new=pin.sha256)
    return _change(pin, "changed", new=found.sha256, detail=mismatch(pin.sha256, found.sha256))


def _accept(changes: list[ImageChange], pins: lockfile.Pins, blog_root: Path, store: BlobStore) -> None:
    """Pins the new bytes and says so in the changes."""
    new = dict(pins)
    for at, change in enumerate(changes):
        entry = store.entry(change.key)
        if change.state == "changed" and entry is not None and entry.sha256 == change.new_sha256:
            new[change.key] = pin_of(entry)
            changes[at] = dataclasses.replace(change, state="accepted")
    with _writing_blog(blog_root / lockfile.NAME):
        lockfile.write(blog_root, new.values())


@contextlib.contextmanager
def _writing_blog(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"the blog cannot be written: {error.strerror or error}"
        raise OutputError(
            message, where=str(where), hint="make the folder writable, or use a copy"
        ) from error


def images_vendor(*, blog_root: Path, cache: Path) -> tuple[VendoredImage, ...]:
    """Copies every pinned picture into the blog, so that the book can be made without cache and network.

    Raises:
        OutputError: if the blog cannot be written.
        ConfigError: if `yearbook.lock` is damaged.
    """
    store = BlobStore(cache)
    found = []
    for pin in sorted(lockfile.read(blog_root).values(), key=lambda pin: pin.key):
        path = vendored_path(blog_root, pin.sha256, pin.kind)
        with _writing_blog(path):
            state = _vendor(pin, path, store)
        found.append(VendoredImage(key=pin.key, path=path, state=state, bytes=pin.bytes))
    return tuple(found)


def _vendor(pin: Pin, path: Path, store: BlobStore) -> Literal["copied", "kept", "absent"]:
    if _has_digest(path, pin.sha256):
        return "kept"
    blob = store.find(pin.sha256)
    if blob is None:
        return "absent"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, blob.read_bytes())
    return "copied"


def images_prune(
    *,
    blog_root: Path,
    cache: Path,
    older_than_days: float = 90,
    dry_run: bool = True,
    now: float | None = None,
) -> tuple[PrunedFile, ...]:
    """Files that nobody needs: what no known blog pins and nobody used for so long, derivatives, rests.

    A blog is known when its pictures were obtained through this cache and it still has its `yearbook.lock`.
    Vendored pictures of this blog that its lock file does not hold are listed as well.

    Args:
        blog_root: the blog.
        cache: the store's folder.
        older_than_days: what was used since is kept.
        dry_run: whether to remove nothing and only tell.
        now: seconds since 1970; None asks the clock.

    Raises:
        OutputError: if a file cannot be removed.
        ConfigError: if a `yearbook.lock` is damaged: what it pins cannot be known.
    """
    store = BlobStore(cache)
    store.note_blog(blog_root)
    before = (Network().now() if now is None else now) - older_than_days * DAY_SECONDS
    pinned = {pin.sha256 for root in store.blogs() for pin in lockfile.read(root).values()}
    own = lockfile.read(blog_root).values()
    vendored = {vendored_path(blog_root, pin.sha256, pin.kind) for pin in own}
    found = [*store.old_files(pinned, before)]
    found += [(path, "not-locked") for path in _files(blog_root / VENDOR) if path not in vendored]
    return tuple(_remove(path, why, dry_run=dry_run) for path, why in sorted(found))


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _remove(path: Path, why: Why, *, dry_run: bool) -> PrunedFile:
    try:
        size = path.stat().st_size
        if not dry_run:
            path.unlink()
    except OSError as error:
        message = f"a file cannot be removed: {error.strerror or error}"
        raise OutputError(message, where=str(path)) from error
    return PrunedFile(path=path, why=why, bytes=size, removed=not dry_run)
