"""Pictures over the network: many at once, each address asked by one process only, and kept."""

import contextlib
import dataclasses
import logging
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

from filelock import BaseFileLock, Timeout

from yearbook.model import StoredImage
from yearbook.store import crew
from yearbook.store.addresses import Address
from yearbook.store.blobs import BlobStore, Entry
from yearbook.store.fetch import Client, Interrupted, Received, Unchanged
from yearbook.store.gather import (
    FetchProgress,
    Outcome,
    Room,
    entry_of,
    find_known,
    find_pinned,
    mismatch,
    stored_as,
)
from yearbook.store.policy import ImagePolicy, target_of
from yearbook.store.transport import Transport
from yearbook.store.trouble import Trouble
from yearbook.store.words import missing
from yearbook.store.world import Network
from yearbook.value import dataclass

LOG = logging.getLogger(__name__)

_CLEAR_NO = frozenset({"missing", "html", "lfs-pointer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetched:
    """What one fetch brought."""

    outcome: Outcome
    bytes: int
    """Bytes that came over the network; 0 if another process had fetched them."""


def fetch_all(
    addresses: Sequence[Address], room: Room, progress: FetchProgress, network: Network
) -> dict[str, Outcome]:
    """Outcomes by key.

    Raises:
        OutputError: if the cache cannot be written.
        KeyboardInterrupt: if the user interrupts; the cache stays whole.
    """
    client = Client(room.policy, network)
    jobs = [_job(address, room, client) for address in addresses]
    outcomes: dict[str, Outcome] = {}
    progress.planned(len(addresses))
    limits = room.policy.limits
    results = crew.run(
        jobs,
        make_tool=Transport,
        drop_tool=Transport.shut,
        workers=limits.workers,
        per_host=limits.per_host,
        stop=lambda transports: stop_all(client, transports),
    )
    with contextlib.closing(results):
        for number, fetched in results:
            address = addresses[number]
            outcomes[address.key] = fetched.outcome
            LOG.debug("%s: %s", address.printable_url, fetched.outcome)
            progress.fetched(address.printable_url, fetched.bytes)
    progress.done()
    return outcomes


def stop_all(client: Client, transports: tuple[Transport, ...]) -> None:
    """Makes every thread of a run end soon."""
    client.stopping.set()
    for transport in transports:
        transport.leash.cut()


def host_of(address: Address, policy: ImagePolicy) -> str:
    """The host that is asked first for an address; jobs of one host share its limit."""
    return urllib.parse.urlsplit(target_of(address.fetch_url, policy.mirrors).url).netloc.lower()


def _job(address: Address, room: Room, client: Client) -> crew.Job[Transport, _Fetched]:
    host = host_of(address, room.policy)
    return crew.Job(host=host, work=lambda transport: _fetch_one(address, room, client, transport))


def _fetch_one(address: Address, room: Room, client: Client, transport: Transport) -> _Fetched:
    """Fetches under the key's lock, so that processes that want the same picture fetch it once."""
    lock = room.store.lock(address.key)
    with room.store.writing():
        held = _acquire(lock, client, room.policy.limits.total_seconds + 10)
    if not held:
        return _Fetched(outcome=missing(address, "timeout", "another yearbook is still fetching it"), bytes=0)
    try:
        pin = room.pins.get(address.key)
        meanwhile = find_pinned(pin, room) if pin else find_known(address, room)
        if meanwhile is not None:
            return _Fetched(outcome=meanwhile, bytes=0)
        return _fetch_locked(address, room, client, transport)
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, client: Client, seconds: float) -> bool:
    waited = 0.0
    while waited < seconds:
        try:
            lock.acquire(timeout=0.25, poll_interval=0.02)
        except Timeout:
            waited += 0.25
            if client.stopping.is_set():
                raise Interrupted from None
        else:
            return True
    return False


def _fetch_locked(address: Address, room: Room, client: Client, transport: Transport) -> _Fetched:
    with room.store.temporary() as path:
        found = client.fetch(address, path, transport)
        if isinstance(found, Received):
            pin = room.pins.get(address.key)
            if pin and pin.sha256 != found.sha256:
                changed = missing(address, "pin-mismatch", mismatch(pin.sha256, found.sha256))
                return _Fetched(outcome=changed, bytes=found.bytes)
            stored = keep_received(address, found, path, room.store, room.now)
            return _Fetched(outcome=stored, bytes=found.bytes)
    if isinstance(found, Unchanged):
        message = "an answer to a question that was not asked"
        raise AssertionError(message)
    _remember_trouble(address, found, room)
    return _Fetched(outcome=missing(address, found.reason, found.detail), bytes=0)


def keep_received(address: Address, found: Received, path: Path, store: BlobStore, now: float) -> StoredImage:
    """Moves what was fetched into the cache, and remembers it under its key.

    Raises:
        OutputError: if the cache cannot be written.
    """
    entry = dataclasses.replace(
        entry_of(address.key, address.printable_url, found.sha256, found.bytes, found.facts, now),
        etag=found.etag,
        last_modified=found.last_modified,
    )
    with store.writing():
        blob = store.keep(path, found.sha256)
        store.write_entry(entry)
    return stored_as(address.key, found.sha256, blob, entry)


def _remember_trouble(address: Address, trouble: Trouble, room: Room) -> None:
    """A clear no is believed for a while; trouble on the way says nothing about the picture."""
    if trouble.reason not in _CLEAR_NO or address.key in room.pins:
        return
    entry = Entry(
        key=address.key,
        url=address.printable_url,
        reason=trouble.reason,
        detail=trouble.detail,
        checked=room.now,
    )
    with room.store.writing():
        room.store.write_entry(entry)
