"""Puts new bytes in a file's place, whole or not at all, and only over the bytes that were expected there.

Where the system can, the new file and the old one change places, and what came out is looked at once more: what
somebody put there in the very moment goes back.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass

from articles.content.problems import ProblemError
from articles.content.tree import refusals
from articles.content.tree.exchanging import exchange
from articles.content.tree.listing import Entry
from articles.content.tree.names import temporary_name
from articles.content.tree.opening import close, file_at

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK_BYTES = 1 << 20
_MOST_EXCHANGES = 100
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


_Identity = tuple[int, int, int]
"""A file's number, size and time: what is written into it or put in its place has others."""


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
    ours = _identity(os.fstat(filled.handle))
    filled.close()
    target = filled.target
    known = _require_expected(target)
    if known is None:
        _put_new(target, filled.temporary)
    elif exchange(target.folder, filled.temporary, target.name):
        _require_came_out(filled, known, ours)
        _remove(target.folder, filled.temporary)
    else:
        _rename(target, filled.temporary)


def confirm(folder: int) -> None:
    """Syncs the folder, so that new names in it outlive a power cut."""
    try:
        os.fsync(folder)
    except OSError as failure:
        if failure.errno != errno.EINVAL:  # some network file systems cannot sync a folder
            raise


def _require_expected(target: Target) -> _Identity | None:
    """What tells the file there from any other; None where there is none, as there should be."""
    try:
        found, identity = _look_at(target, target.name)
    except FileNotFoundError:
        found, identity = None, None
    if found != target.expected:
        raise refusals.moved_on(target.path, is_gone=found is None)
    return identity


def _look_at(target: Target, name: str) -> tuple[str, _Identity]:
    """The digest. Read in pieces: what lies there now may be of any size."""
    found = hashlib.sha256()
    with file_at(target.folder, name, target.path) as (handle, status):
        piece = min(status.st_size + 1, _CHUNK_BYTES)
        while chunk := os.read(handle, piece):
            found.update(chunk)
    return found.hexdigest(), _identity(status)


def _identity(status: os.stat_result) -> _Identity:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _require_came_out(filled: Filled, known: _Identity, ours: _Identity) -> None:
    """What stood there is under the temporary name now. If it is not what was expected, it goes back."""
    target, name = filled.target, filled.temporary
    try:
        if _identity_of(target.folder, name) == known or _look_at(target, name)[0] == target.expected:
            return
    except (OSError, ProblemError):
        _give_back(target, name, ours)
        raise
    _give_back(target, name, ours)
    raise refusals.moved_on(target.path, is_gone=False)


def _give_back(target: Target, name: str, ours: _Identity) -> None:
    """The newest of what others put there has the file's name in the end, however often they do.

    What comes out is ours then, or what came out before and was followed by something newer.
    """
    older = {ours, None}
    for _ in range(_MOST_EXCHANGES):
        older.add(_identity_of(target.folder, name))
        try:
            exchange(target.folder, name, target.name)
        except OSError:  # the file is gone, or the disk fails: it gets its name all the same
            _rename(target, name)
            return
        if _identity_of(target.folder, name) in older:
            return


def _identity_of(folder: int, name: str) -> _Identity | None:
    """None where that cannot be told."""
    try:
        return _identity(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except OSError:
        return None


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


def _put_new(target: Target, temporary: str) -> None:
    """Links it: a rename would replace a file that just came."""
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
