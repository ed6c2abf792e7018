"""Places that show a picture -> stored pictures, or the reasons why not.

The order of looking: the blog's own files, the vendored folder, the cache, a mirror folder, the network.
What is pinned in `yearbook.lock` is only ever taken with the pinned bytes.
"""

import contextlib
import dataclasses
import hashlib
import logging
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from yearbook.drafts import sweep
from yearbook.model import ImageUse, MissingImage, PrintImage, StoredImage
from yearbook.store import crew, local, lockfile
from yearbook.store.addresses import Address, resolve
from yearbook.store.blobs import BlobStore, Entry, digest_of
from yearbook.store.kinds import EXTENSIONS, Facts, Flaw
from yearbook.store.lockfile import Pin
from yearbook.store.policy import ImagePolicy, target_of
from yearbook.store.seen import Seen
from yearbook.store.words import describe, missing
from yearbook.value import dataclass

if TYPE_CHECKING:
    from yearbook.store.world import Network

LOG = logging.getLogger(__name__)

VENDOR = Path(".yearbook") / "images"

_READERS = 4


class FetchProgress(Protocol):
    """Who is told how fetching goes. Always called from the thread that called `obtain`."""

    def planned(self, count: int) -> None:
        """So many pictures will be asked for over the network."""

    def fetched(self, url: str, bytes: int) -> None:
        """One of them is through: so many bytes came; 0 if it failed."""

    def done(self) -> None:
        """No more will come."""


class Silent:
    """Progress that nobody watches."""

    def planned(self, count: int) -> None:
        """Says nothing."""

    def fetched(self, url: str, bytes: int) -> None:
        """Says nothing."""

    def done(self) -> None:
        """Says nothing."""


silent = Silent()
Outcome = StoredImage | MissingImage


def obtain(
    uses: Sequence[ImageUse],
    *,
    blog_root: Path,
    cache: Path,
    policy: ImagePolicy,
    progress: FetchProgress = silent,
    network: "Network | None" = None,
    prove: bool = True,
) -> tuple[Outcome, ...]:
    """One outcome for each use, in the same order. Equal addresses are fetched once and share their outcome.

    Every stored picture has just been hashed (a file of the blog: since it was last changed), and was decoded
    to its last byte when it was stored. Pictures that are new are added to `yearbook.lock`, unless the policy
    is frozen or the blog cannot be written.

    Args:
        uses: the places that show a picture.
        blog_root: the blog's folder.
        cache: the store's folder.
        policy: what is allowed.
        progress: who is told.
        network: the world outside; None is the real one.
        prove: whether files of the blog that were never seen before are decoded; else they are unproven, and
            `confirm` is to be told what came of preparing them.

    Raises:
        OutputError: if the cache cannot be used.
        ConfigError: if `yearbook.lock` is damaged.
        KeyboardInterrupt: if the user interrupts; the cache stays whole.
    """
    store = BlobStore(cache)
    room = Room(
        blog_root=blog_root.resolve(),
        store=store,
        policy=policy,
        pins=lockfile.read(blog_root),
        checkout=local.find_checkout(blog_root.resolve()) if policy.repository else None,
        now=network.now() if network else time.time(),
        prove=prove,
        seen=Seen(store, blog_root.resolve()),
    )
    room.store.sweep(room.now)
    if room.pins or not policy.frozen:
        room.store.note_blog(room.blog_root)
    with quiet_pillow():
        found = _obtain_all(uses, room, progress, network)
    room.seen.keep()
    if not policy.frozen:
        sweep(room.blog_root)
        _add_pins(room, found)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one run works with."""

    blog_root: Path
    store: BlobStore
    policy: ImagePolicy
    pins: lockfile.Pins
    checkout: local.Checkout | None
    now: float
    prove: bool
    seen: Seen


@contextlib.contextmanager
def quiet_pillow() -> Iterator[None]:
    """Pillow's remarks about odd metadata are nobody's concern: metadata is dropped for print."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
        yield


def _obtain_all(
    uses: Sequence[ImageUse], room: Room, progress: FetchProgress, network: "Network | None"
) -> tuple[Outcome, ...]:
    names = [_name_of(use) for use in uses]
    first_uses = dict(zip(reversed(names), reversed(uses), strict=True))
    outcomes: dict[str, Outcome] = {}
    wanted: dict[str, Address] = {}
    for name, found in zip(first_uses, _find_each(tuple(first_uses.values()), room), strict=True):
        if isinstance(found, Address):
            wanted[name] = found
        else:
            outcomes[name] = found
    wanted = {name: wanted[name] for name in names if name in wanted}
    by_key: dict[str, Outcome] = {}
    if wanted:
        # What speaks with servers takes long to load.
        from yearbook.store.errands import fetch_all
        from yearbook.store.world import Network

        by_key = fetch_all(_join_equal(wanted.values()), room, progress, network or Network())
    outcomes |= {name: by_key[address.key] for name, address in wanted.items()}
    return tuple(outcomes[name] for name in names)


def _find_each(uses: Sequence[ImageUse], room: Room) -> list[Outcome | Address]:
    """What the disk has; side by side what must be read, since hashing and decoding let other threads run."""
    known = [number for number, use in enumerate(uses) if use.local and room.seen.knows(use.local)]
    found = dict(zip(known, [_find(uses[number], room) for number in known], strict=True))
    rest = [number for number in range(len(uses)) if number not in found]
    read = crew.map_in_order(lambda number: _find(uses[number], room), rest, workers=_READERS)
    found |= dict(zip(rest, read, strict=True))
    return [found[number] for number in range(len(uses))]


def _join_equal(addresses: Iterable[Address]) -> tuple[Address, ...]:
    """One address for each key; other ways to write it are asked when the first says no."""
    joined: dict[str, Address] = {}
    for address in addresses:
        first = joined.setdefault(address.key, address)
        ways = dict.fromkeys((*first.fallbacks, address.fetch_url, *address.fallbacks))
        ways.pop(first.fetch_url, None)
        joined[address.key] = dataclasses.replace(
            first, fallbacks=tuple(ways), token_allowed=first.token_allowed or address.token_allowed
        )
    return tuple(joined.values())


def _name_of(use: ImageUse) -> str:
    return f"file:{use.local}" if use.local else f"url:{use.url or use.src}"


def _find(use: ImageUse, room: Room) -> Outcome | Address:
    """The picture if it can be had without the network, or the address to ask."""
    if use.local is not None:
        return _find_file(use.local, room)
    url = use.url or use.src
    if url[:5].lower() == "data:":
        return _find_data(url, room)
    if not use.url:
        return describe(f"file:{use.src}", use.src, "missing", "there is no such file in the blog")
    return _find_address(resolve(use.url, enterprise_hosts=room.policy.enterprise_hosts), room)


def _find_address(address: Address, room: Room) -> Outcome | Address:
    own = _find_own(address, room)
    if own is not None:
        return own
    pin = room.pins.get(address.key)
    found = find_pinned(pin, room) if pin else find_known(address, room)
    if found is not None:
        return found
    if address.problem:
        return missing(address, address.problem, _PROBLEMS[address.problem])
    return _ask_folder_or_network(address, room)


_PROBLEMS = {
    "malformed": "the address cannot be read",
    "signed-link": "a link that GitHub signs for five minutes",
}


def _find_file(path: Path, room: Room) -> Outcome:
    real = local.check_inside(path, room.blog_root, room.policy.limits.file_bytes)
    try:
        place = path.relative_to(room.blog_root).as_posix()
    except ValueError:
        place = path.name
    if isinstance(real, Flaw):
        return describe(f"file:{place}", place, real.reason, real.detail)
    try:
        sha256 = room.seen.digest_of(real)
        return _prove(real, sha256, key=f"file:{place}", url=place, room=room, decode=room.prove)
    except OSError as error:  # it went away, or its disk did, while it was read
        return describe(f"file:{place}", place, "missing", f"the file cannot be read ({error.strerror})")


def _prove(path: Path, sha256: str, *, key: str, url: str, room: Room, decode: bool = True) -> Outcome:
    """A file as a stored picture; decoded, if that is wished, only if these bytes were never seen before."""
    for name in (f"sha256:{sha256}", key):
        known = room.store.entry(name)
        if known is not None and known.sha256 == sha256:
            return stored_as(key, sha256, path, known)
    from yearbook.store.sniff import examine  # loads the decoders, which what is known already does not need

    facts = examine(path, room.policy.limits, prove=decode)
    if isinstance(facts, Flaw):
        return describe(key, url, facts.reason, facts.detail)
    entry = entry_of(f"sha256:{sha256}", "", sha256, path.stat().st_size, facts, room.now)
    if not decode and facts.kind != "svg":
        return dataclasses.replace(stored_as(key, sha256, path, entry), is_proven=False)
    with room.store.writing():
        room.store.write_entry(entry)
    return stored_as(key, sha256, path, entry)


def confirm(
    found: Sequence[Outcome], printed: Mapping[str, PrintImage | MissingImage], *, cache: Path
) -> tuple[Outcome, ...]:
    """The outcomes, those unproven now proven by what came of preparing them, or missing.

    Args:
        found: what `obtain` gave.
        printed: what came of preparing each, by its digest.
        cache: the store's folder, which is told what is proven.

    Raises:
        OutputError: if the cache cannot be used.
    """
    store, now = BlobStore(cache), time.time()
    noted: set[str] = set()

    def settle(image: Outcome) -> Outcome:
        if isinstance(image, MissingImage) or image.is_proven:
            return image
        made = printed[image.sha256]
        if isinstance(made, MissingImage):
            return describe(image.key, image.key.removeprefix("file:"), made.reason, made.detail)
        if image.sha256 not in noted:  # many posts may show it
            noted.add(image.sha256)
            note(image)
        return dataclasses.replace(image, is_proven=True)

    def note(image: StoredImage) -> None:
        facts = Facts(
            kind=image.kind, width_px=image.width_px, height_px=image.height_px, notes=image.notes
        )
        with contextlib.suppress(FileNotFoundError):  # it went away meanwhile: it will be looked at again
            size = image.path.stat().st_size
            with store.writing():
                store.write_entry(entry_of(f"sha256:{image.sha256}", "", image.sha256, size, facts, now))

    return tuple(settle(image) for image in found)


def stored_as(key: str, sha256: str, path: Path, entry: Entry) -> StoredImage:
    """The picture that is known under this key."""
    return StoredImage(
        key=key,
        sha256=sha256,
        path=path,
        kind=entry.kind,
        width_px=entry.width_px,
        height_px=entry.height_px,
        notes=entry.notes,
    )


def entry_of(key: str, url: str, sha256: str, size: int, facts: Facts, now: float) -> Entry:
    """What the index is to know of a picture."""
    return Entry(
        key=key,
        url=url,
        sha256=sha256,
        bytes=size,
        kind=facts.kind,
        width_px=facts.width_px,
        height_px=facts.height_px,
        notes=facts.notes,
        checked=now,
    )


def _find_data(url: str, room: Room) -> Outcome:
    content = local.read_data_url(url, room.policy.limits.file_bytes)
    name = hashlib.sha256(url.encode()).hexdigest()
    if isinstance(content, Flaw):
        return describe(f"data:{name}", "data:", content.reason, content.detail)
    return _keep_bytes(content, key=f"data:{name}", url="data:", room=room)


def _keep_bytes(content: bytes, *, key: str, url: str, room: Room) -> Outcome:
    """Bytes that came without a file, as a stored picture."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = room.store.find(sha256)
    if path is None:
        from yearbook.store.sniff import examine  # likewise

        with room.store.writing(), room.store.temporary() as temporary:
            temporary.write_bytes(content)
            facts = examine(temporary, room.policy.limits)
            if isinstance(facts, Flaw):
                return describe(key, url, facts.reason, facts.detail)
            path = room.store.keep(temporary, sha256)
    return _prove(path, sha256, key=key, url=url, room=room)


def _find_own(address: Address, room: Room) -> Outcome | None:
    """The picture from the blog's own checkout, if the address names one there."""
    file = address.repo_file
    if file is None or room.checkout is None or file.repository != room.policy.repository.lower():
        return None
    cap = room.policy.limits.file_bytes
    content = local.read_own_file(room.checkout, file, cap)
    if content is None:
        return None
    pointer = local.pointer_in(content)
    if pointer is not None:
        content = local.find_lfs_object(room.checkout, pointer)
        if content is None:
            return None  # the media host may have it
    if isinstance(content, bytes):
        return _keep_bytes(content, key=address.key, url=address.printable_url, room=room)
    return _prove(content, digest_of(content), key=address.key, url=address.printable_url, room=room)


def vendored_path(blog_root: Path, sha256: str, kind: str) -> Path:
    """Where a picture lies in the blog's vendored folder."""
    return blog_root / VENDOR / f"{sha256}.{EXTENSIONS.get(kind, kind)}"


def find_pinned(pin: Pin, room: Room) -> StoredImage | None:
    """The pinned bytes, from the vendored folder or the cache."""
    path = vendored_path(room.blog_root, pin.sha256, pin.kind)
    real = local.check_inside(path, room.blog_root, room.policy.limits.file_bytes)
    if isinstance(real, Flaw) or digest_of(real) != pin.sha256:
        found = room.store.find(pin.sha256)
        if found is None:
            return None
        real = found
    proven = _prove(real, pin.sha256, key=pin.key, url=pin.url, room=room)
    return proven if isinstance(proven, StoredImage) else None


def find_known(address: Address, room: Room) -> Outcome | None:
    """What the cache knows of an address that is not pinned."""
    if room.policy.frozen:
        return missing(address, "not-locked", "yearbook.lock does not hold this picture")
    entry = room.store.entry(address.key)
    if entry is None:
        return None
    if entry.sha256:
        path = room.store.find(entry.sha256)
        return stored_as(address.key, entry.sha256, path, entry) if path else None
    fresh = 0 <= room.now - entry.checked < room.policy.limits.missing_seconds
    if entry.reason and fresh and (room.policy.offline or not room.policy.refresh):
        return missing(address, entry.reason, entry.detail)
    return None


def _ask_folder_or_network(address: Address, room: Room) -> Outcome | Address:
    for url in (address.fetch_url, *address.fallbacks):
        target = target_of(url, room.policy.mirrors)
        if target.file is not None and target.root is not None:
            return _take_from_folder(address, target.file, target.root, room)
    if room.policy.offline:
        return _missing_offline(address, room)
    return address


def _missing_offline(address: Address, room: Room) -> MissingImage:
    pin = room.pins.get(address.key)
    entry = room.store.entry(address.key)
    sha256 = pin.sha256 if pin else entry.sha256 if entry else ""
    if sha256 and room.store.was_damaged(sha256):
        return missing(address, "damaged", "the stored copy is damaged, and the network may not be asked")
    return missing(address, "offline", "it is not in the cache, and the network may not be asked")


def _take_from_folder(address: Address, file: Path, root: Path, room: Room) -> Outcome:
    """Copies a picture from a mirror folder into the cache, as if it had been fetched."""
    real = local.find_in_mirror(file, root, room.policy.limits.file_bytes)
    if isinstance(real, Flaw):
        return missing(address, real.reason, f"{real.detail} in the mirror's folder")
    pin = room.pins.get(address.key)
    content = real.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    if pin and pin.sha256 != sha256:
        return missing(address, "pin-mismatch", mismatch(pin.sha256, sha256))
    outcome = _keep_bytes(content, key=address.key, url=address.printable_url, room=room)
    if isinstance(outcome, StoredImage):
        facts = Facts(
            kind=outcome.kind,
            width_px=outcome.width_px,
            height_px=outcome.height_px,
            notes=outcome.notes,
        )
        entry = entry_of(address.key, address.printable_url, sha256, len(content), facts, room.now)
        with room.store.writing():
            room.store.write_entry(entry)
    return outcome


def mismatch(pinned: str, found: str) -> str:
    """The words for bytes that are not the pinned ones."""
    return f"yearbook.lock has {pinned[:12]}…, the server now has {found[:12]}…"


def _add_pins(room: Room, outcomes: Sequence[Outcome]) -> None:
    """Pins what is new. A blog that cannot be written is built all the same."""
    new = dict(room.pins)
    for key, outcome in {outcome.key: outcome for outcome in outcomes}.items():
        if isinstance(outcome, StoredImage) and key not in new and not key.startswith("file:"):
            entry = room.store.entry(key)
            if entry is not None and entry.sha256 == outcome.sha256:
                new[key] = pin_of(entry)
    if len(new) == len(room.pins):
        return
    try:
        lockfile.write(room.blog_root, new.values())
    except OSError as error:
        LOG.info("yearbook.lock was not written: %s", error)


def pin_of(entry: Entry) -> Pin:
    """The pin of what the index knows."""
    return Pin(
        key=entry.key,
        url=entry.url,
        sha256=entry.sha256,
        bytes=entry.bytes,
        kind=entry.kind,
        width_px=entry.width_px,
        height_px=entry.height_px,
    )
