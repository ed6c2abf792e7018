"""Pictures that are files: of the blog, of its repository, of a mirror folder, or written into the address.

Reads files and asks `git` for objects; opens no socket. Nothing outside the folder that was named is ever
read.
"""

import base64
import binascii
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

from yearbook.store.addresses import RepoFile
from yearbook.store.kinds import Flaw, LfsPointer, read_lfs_pointer
from yearbook.value import dataclass

_GIT_SECONDS = 20
_LFS_HEAD = 1024


def check_inside(path: Path, root: Path, cap: int) -> Path | Flaw:
    """The real path of a regular file inside `root`, or why it must not be read.

    Symbolic links are followed first, so that none leads out.
    """
    try:
        real = path.resolve(strict=True)
        mode = real.stat()
    except (OSError, RuntimeError, ValueError):
        return Flaw(reason="missing", detail="there is no such file")
    if not real.is_relative_to(root.resolve()):
        return Flaw(reason="outside", detail="the file lies outside the blog's folder")
    if not stat.S_ISREG(mode.st_mode):
        return Flaw(reason="missing", detail="it is not a regular file")
    if mode.st_size > cap:
        return Flaw(
            reason="too-large", detail=f"{mode.st_size / 2**20:.0f} MiB; {cap / 2**20:g} MiB are taken"
        )
    if not os.access(real, os.R_OK):
        return Flaw(reason="missing", detail="the file cannot be read")
    return real


def find_in_mirror(file: Path, root: Path, cap: int) -> Path | Flaw:
    """A file of a mirror folder. An address without extension also finds `<name>.<extension>`.

    Attachments have none, and whoever saves one by hand gives it one.
    """
    found = check_inside(file, root, cap)
    if isinstance(found, Flaw) and found.reason == "missing" and not file.suffix and file.parent.is_dir():
        named = sorted(p for p in file.parent.iterdir() if p.stem == file.name and p.suffix)
        if len(named) == 1:
            found = check_inside(named[0], root, cap)
    if isinstance(found, Flaw) and found.reason == "outside":
        return Flaw(reason="outside", detail="the file lies outside the mirror's folder")
    return found


def read_data_url(url: str, cap: int) -> bytes | Flaw:
    """The bytes written into a `data:` address, if it says that they are a picture."""
    match = re.fullmatch(
        r"data:image/(?:png|jpe?g|gif|webp|avif);base64,([A-Za-z0-9+/=\s]*)", url, re.IGNORECASE
    )
    if match is None:
        return Flaw(
            reason="malformed", detail="a data: address that is no base64 PNG, JPEG, GIF, WebP or AVIF"
        )
    if len(match.group(1)) > cap * 4 // 3 + 4:
        return Flaw(reason="too-large", detail=f"a data: address of more than {cap / 2**20:g} MiB")
    try:
        return base64.b64decode(re.sub(r"\s+", "", match.group(1)), validate=True)
    except binascii.Error:
        return Flaw(reason="corrupt", detail="a data: address that is no whole base64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The blog's own repository on disk."""

    top: Path
    """The folder that holds `.git`."""
    blog_root: Path
    """The blog's folder; only files in it are read from the working tree."""
    branch: str
    """The branch that is checked out; empty if none is."""


def find_checkout(blog_root: Path) -> Checkout | None:
    """The repository that the blog lies in, or None."""
    for folder in (blog_root, *blog_root.parents):
        if (folder / ".git").exists():
            return Checkout(top=folder, blog_root=blog_root, branch=_branch_of(folder / ".git"))
    return None


def _branch_of(git: Path) -> str:
    try:
        head = (git / "HEAD").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # a worktree or submodule: `.git` is a file; its objects still answer
    match = re.match(r"ref: refs/heads/(\S+)", head)
    return match.group(1) if match else ""


def read_own_file(checkout: Checkout, file: RepoFile, cap: int) -> Path | bytes | None:
    """The file from the working tree if its branch is checked out, else from git's objects, else None.

    Refs hold `/`, so each way to split ref from path is tried, the shortest ref first.
    """
    splits = [("/".join(file.tail[:n]), "/".join(file.tail[n:])) for n in range(1, len(file.tail))]
    for ref, path in splits:
        if not file.commit and ref in {checkout.branch, "HEAD"}:
            real = check_inside(checkout.top / path, checkout.blog_root, cap)
            if isinstance(real, Path):
                return real
    for ref, path in splits[: 1 if file.commit else 4]:
        content = _git_blob(checkout.top, ref, path, cap)
        if content is not None:
            return content
    return None


def _git_blob(top: Path, ref: str, path: str, cap: int) -> bytes | None:
    """A file as it is in a commit; None if git, the commit or the file is not there."""
    git = shutil.which("git")
    if git is None or not _is_plain_ref(ref) or any(c in path for c in "\x00\n\r"):
        return None
    for name in (ref, f"origin/{ref}"):
        spec = f"{name}:{path}"
        # `protocol.allow=never`: in a partial clone git would fetch what it lacks, and this never opens a
        # socket.
        head = [git, "-c", "protocol.allow=never", "-c", "core.fsmonitor=false", "-C", str(top), "cat-file"]
        size = _output([*head, "-s", spec])
        if size is None or not size.strip().isdigit() or int(size) > cap:
            continue
        content = _output([*head, "blob", spec])
        if content is not None:
            return content
    return None


def _is_plain_ref(ref: str) -> bool:
    """Whether the text can only be a ref: not an option, a range, or a walk through history."""
    return re.fullmatch(r"[\w][\w./+#@-]*", ref) is not None and ".." not in ref and "@{" not in ref


def _output(command: list[str]) -> bytes | None:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def find_lfs_object(checkout: Checkout, pointer: LfsPointer) -> Path | None:
    """The large file that a pointer names, if git has it on this disk."""
    oid = pointer.sha256
    path = checkout.top / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    return path if path.is_file() else None


def pointer_in(content: Path | bytes) -> LfsPointer | None:
    """The LFS pointer that a file or text is, or None."""
    if isinstance(content, bytes):
        return read_lfs_pointer(content[:_LFS_HEAD])
    with content.open("rb") as stream:
        return read_lfs_pointer(stream.read(_LFS_HEAD))
