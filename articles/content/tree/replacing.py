"""Puts new bytes in a file's place, whole or not at all, and only over the bytes that were expected there."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass

from articles.content.tree import refusals
from articles.content.tree.listing import Entry
from articles.content.tree.names import temporary_name
from articles.content.tree.opening import close, file_at

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK_BYTES = 1 << 20
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


@dataclass(frozen=True, slots=True)
class Target:
    """The place of one write: an open folder, the name in it, the path for messages.

    `expected` is the digest of the file that should be there; None where there should be none.
    """

    folder: int
    name: str
    path: str
    expected: str | None


@dataclass(slots=True)
class Filled:
    """The new bytes in a temporary file beside their place, open until they have it."""

    target: Target
    temporary: str
    handle: int

    def sync(self) -> None:
        """Waits until the bytes are on the disk."""
        os.fsync(self.handle)

    def close(self) -> None:
        handle, self.handle = self.handle, -1
        if handle >= 0:
            close(handle)

    def take_back(self) -> None:
        """Nothing has been."""
        self.close()
        _remove(self.target.folder, self.temporary)


def replace(target: Target, data: bytes) -> Entry:
    """One file, through all the steps that follow here."""
    filled = fill(target, data)
    try:
        filled.sync()
        status = os.fstat(filled.handle)
        place(filled)
    except BaseException:
        filled.take_back()
        raise
    try:
        confirm(target.folder)
    except OSError as failure:
        raise refusals.not_confirmed(target.path, failure) from failure
    return Entry(target.path, status.st_size, status.st_mtime_ns)


def fill(target: Target, data: bytes) -> Filled:
    """Writes the temporary file, which is not on the disk before it is synced."""
    temporary = temporary_name(target.name)
    mode = 0o666 if target.expected is None else 0o600
    filled = Filled(target, temporary, os.open(temporary, _CREATE, mode, dir_fd=target.folder))
    try:
        if target.expected is not None:
            _take_after(filled.handle, os.stat(target.name, dir_fd=target.folder, follow_symlinks=False))
        _write_all(filled.handle, data)
    except BaseException:
        filled.take_back()
        raise
    return filled


def place(filled: Filled) -> None:
    """Gives the synced file its name, right after a look: what came in between is not written over."""
    filled.close()
    _require_expected(filled.target)
    _put(filled.target, filled.temporary)


def confirm(folder: int) -> None:
    """Syncs the folder, so that new names in it outlive a power cut."""
    try:
        os.fsync(folder)
    except OSError as failure:
        if failure.errno != errno.EINVAL:  # some network file systems cannot sync a folder
            raise


def _require_expected(target: Target) -> None:
    found = _digest_on_disk(target)
    if found != target.expected:
        raise refusals.moved_on(target.path, is_gone=found is None)


def _digest_on_disk(target: Target) -> str | None:
    """None where there is no file. Read in pieces: what lies there now may be of any size."""
    found = hashlib.sha256()
    try:
        with file_at(target.folder, target.name, target.path) as (handle, status):
            piece = min(status.st_size + 1, _CHUNK_BYTES)
            while chunk := os.read(handle, piece):
                found.update(chunk)
    except FileNotFoundError:
        return None
    return found.hexdigest()


def _take_after(handle: int, old: os.stat_result) -> None:
    """Owner and group as far as the system lets us; then the mode, which a change of owner can clear."""
    for owner in (old.st_uid, -1):
        with suppress(PermissionError):
            os.fchown(handle, owner, old.st_gid)
            break
    os.fchmod(handle, old.st_mode & 0o777)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _put(target: Target, temporary: str) -> None:
    """Gives the temporary file its name. A new one is linked: a rename would replace one that just came."""
    if target.expected is not None:
        _rename(target, temporary)
        return
    folder = target.folder
    try:
        os.link(temporary, target.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError as failure:
        raise refusals.moved_on(target.path, is_gone=False) from failure
    except OSError as failure:
        if failure.errno not in _NO_HARD_LINKS:
            raise
        _rename(target, temporary)
    else:
        _remove(folder, temporary)


def _rename(target: Target, temporary: str) -> None:
    os.rename(temporary, target.name, src_dir_fd=target.folder, dst_dir_fd=target.folder)


def _remove(folder: int, name: str) -> None:
    """One that stays is hidden, and `Tree.sweep` takes it."""
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)
