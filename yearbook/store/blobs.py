"""The picture cache on disk: blobs by content, one small index file per key, locks between processes.

    <cache>/v1/blobs/ab/<sha256>      the bytes as received, read-only, never changed
               index/ab/<digest>.json   what a key stands for, or why it has no picture
               index/ab/<digest>.lock   held while a key is fetched
               bad/<sha256>           what was found damaged
               derived/               pictures prepared for print (see `derive`)
               seen-<blog>.json       digests of a blog's own files (see `seen`)
               tmp/                   on the same file system; swept when a store is opened

Nothing in here knows the network. A blob is believed only after its bytes have been hashed again.
"""

import contextlib
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Set
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from yearbook.drafts import PREFIX, is_stale
from yearbook.errors import OutputError
from yearbook.value import dataclass

if TYPE_CHECKING:
    from filelock import BaseFileLock

_TOUCH_SECONDS = 86_400.0
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index knows of one key."""

    key: str
    """The key; read back, since file names are digests."""
    url: str
    """Printable address."""
    sha256: str = ""
    """Digest of the bytes; empty if there is no picture."""
    bytes: int = 0
    """Number of bytes."""
    kind: str = ""
    """Kind of picture."""
    width_px: int = 0
    """Upright width."""
    height_px: int = 0
    """Upright height."""
    etag: str = ""
    """The server's mark of this version; empty if it gave none."""
    last_modified: str = ""
    """The server's date of this version; empty if it gave none."""
    checked: float = 0.0
    """When the server was last asked, in seconds since 1970."""
    reason: str = ""
    """Why there is no picture; empty if there is one."""
    detail: str = ""
    """The same in words."""
    notes: tuple[str, ...] = ()
    """What paper will not show of it, in words."""


Why = Literal["no-blog", "derived", "damaged", "left-over", "not-locked"]
"""Why a file may go."""

_PRUNED: tuple[tuple[str, Why], ...] = (
    ("blobs/*/*", "no-blog"),
    ("derived/**/*", "derived"),
    ("bad/*", "damaged"),
    ("tmp/*", "left-over"),
    # An entry that goes costs one more look at its picture. Lock files stay: removing one that another
    # process is about to take would give it to two.
    ("index/*/*.json", "left-over"),
    ("seen-*.json", "left-over"),
)


class BlobStore:
    """The cache folder.

    Args:
        cache: the store's folder; everything lives in a versioned folder below it.

    Raises:
        OutputError: if the folder cannot be made or written.
    """

    def __init__(self, cache: Path) -> None:
        self.root = cache / "v1"
        self._folders: set[Path] = set()
        with self.writing():
            for name in ("blobs", "index", "tmp", "derived"):
                (self.root / name).mkdir(parents=True, exist_ok=True)

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """The guard for work on the disk: see `disk_trouble`."""
        return disk_trouble(self.root)

    def sweep(self, now: float) -> None:
        """Removes what killed runs have left in `tmp`."""
        # Another process may remove it first; a cache that may only be read keeps its rests.
        with contextlib.suppress(OSError):
            for path in (self.root / "tmp").iterdir():
                if is_stale(path.stat().st_mtime, now):
                    path.unlink(missing_ok=True)

    def blob_path(self, sha256: str) -> Path:
        """Where the bytes with this digest are, or would be."""
        return self.root / "blobs" / sha256[:2] / sha256

    def find(self, sha256: str) -> Path | None:
        """The blob, proven by hashing it again; None if there is none. A damaged one is moved to `bad`."""
        path = self.blob_path(sha256)
        with self.writing():
            try:
                if digest_of(path) == sha256:
                    touch(path)
                    return path
            except FileNotFoundError:
                return None
        with self.writing(), contextlib.suppress(FileNotFoundError):
            (self.root / "bad").mkdir(exist_ok=True)
            path.replace(self.root / "bad" / sha256)
        return None

    def was_damaged(self, sha256: str) -> bool:
        """Whether a blob with this name was once found damaged."""
        return (self.root / "bad" / sha256).exists()

    @contextlib.contextmanager
    def temporary(self) -> Iterator[Path]:
        """A path in `tmp` for bytes on their way in; removed at the end if it was not kept."""
        with self.writing():
            handle, name = tempfile.mkstemp(dir=self.root / "tmp")
            os.close(handle)
        path = Path(name)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def keep(self, path: Path, sha256: str) -> Path:
        """Moves a proven file into the blobs, at once and whole; gives its new place."""
        target = self.blob_path(sha256)
        self._make_room(target)
        path.chmod(0o444)
        # The bytes must be on the disk before the name is. The name itself may be lost in a power cut: then
        # the picture is fetched again.
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
        path.replace(target)
        return target

    def _make_room(self, path: Path) -> None:
        """Makes the folder of a file; a folder once made is not asked for again."""
        if path.parent not in self._folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(path.parent)

    def index_path(self, key: str) -> Path:
        """Where the entry of a key is, or would be."""
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.root / "index" / name[:2] / f"{name}.json"

    def entry(self, key: str) -> Entry | None:
        """What is known of a key; None if nothing, or if the file is damaged (then it is written anew)."""
        path = self.index_path(key)
        with self.writing():
            try:
                entry = _read_entry(path)
            except (FileNotFoundError, ValueError, TypeError):
                return None
        touch(path)
        return entry if entry.key == key else None

    def write_entry(self, entry: Entry) -> None:
        """Remembers what a key stands for."""
        path = self.index_path(entry.key)
        self._make_room(path)
        text = json.dumps(asdict(entry), ensure_ascii=False, indent=0, sort_keys=True)
        write_whole(path, text.encode(), scratch=self.root / "tmp", durable=False)

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, sorted by key."""
        found = []
        for path in (self.root / "index").glob("*/*.json"):
            with contextlib.suppress(ValueError, TypeError, FileNotFoundError):
                found.append(_read_entry(path))
        return tuple(sorted(found, key=lambda entry: entry.key))

    def note_blog(self, blog_root: Path) -> None:
        """Remembers that this blog's lock file speaks for blobs in here."""
        root = str(blog_root.resolve())
        path = self.root / "blogs" / hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        # A cache that cannot be written cannot be pruned either, so nothing is lost without the note.
        with contextlib.suppress(OSError):
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                write_whole(path, os.fsencode(root), scratch=self.root / "tmp")

    def blogs(self) -> tuple[Path, ...]:
        """The blogs that were remembered and are still there."""
        notes = sorted((self.root / "blogs").glob("*"))
        roots = [Path(os.fsdecode(note.read_bytes())) for note in notes]
        return tuple(root for root in roots if root.is_dir())

    def old_files(self, pinned: Set[str], before: float) -> list[tuple[Path, Why]]:
        """Files that may go: not used since `before`, and not the bytes of a pinned picture."""
        found: list[tuple[Path, Why]] = []
        for pattern, why in _PRUNED:
            for path in self.root.glob(pattern):
                needed = why == "no-blog" and path.name in pinned
                if path.is_file() and path.stat().st_mtime < before and not needed:
                    found.append((path, why))
        return found

    def lock(self, key: str) -> "BaseFileLock":
        """A lock on one key that other processes see. It is freed when its holder dies."""
        path = self.index_path(key).with_suffix(".lock")
        with self.writing():
            self._make_room(path)
        from filelock import FileLock  # only what is fetched is locked

        return FileLock(path, thread_local=False)


def touch(path: Path) -> None:
    """Marks a file as used, once a day, so that pruning knows what nobody needs."""
    with contextlib.suppress(OSError):  # a cache that is only read cannot be pruned either
        if time.time() - path.stat().st_mtime > _TOUCH_SECONDS:
            os.utime(path)


@contextlib.contextmanager
def disk_trouble(where: Path) -> Iterator[None]:
    """Turns trouble with the disk into the one sentence a person needs.

    Raises:
        OutputError: for every `OSError` inside.
    """
    try:
        yield
    except OSError as error:
        message = f"the picture cache cannot be used: {error.strerror or error}"
        hint = "free some space, or choose another folder with --cache"
        raise OutputError(message, where=str(where), hint=hint) from error


def _read_entry(path: Path) -> Entry:
    """The entry in a file.

    Raises:
        ValueError: if it cannot be what this program wrote.
        TypeError: the same.
    """
    fields = json.loads(path.read_bytes())
    entry = Entry(**{**fields, "notes": tuple(map(str, fields.get("notes", ())))})
    # The digest becomes part of a path.
    if not re.fullmatch(r"([0-9a-f]{64})?", entry.sha256):
        message = "the digest is damaged"
        raise ValueError(message)
    return entry


def digest_of(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_whole(path: Path, content: bytes, *, scratch: Path | None = None, durable: bool = True) -> None:
    """Writes a file so that a reader sees the old or the new one, never a part.

    Args:
        path: the file.
        content: its bytes.
        scratch: folder on the same file system for the temporary file; the file's own folder if None.
        durable: whether it must outlast a power cut; what can be made again need not.
    """
    handle, name = tempfile.mkstemp(dir=scratch or path.parent, prefix=PREFIX)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
