"""Opens folders and files below a content root: never through a link, never a device or a pipe."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from articles.content.tree import refusals

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a pipe put in the file's place between stat and open must not hold the run.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@contextmanager
def folder_at(root: Path, parts: Sequence[str], *, create: bool = False) -> Iterator[int]:
    """A handle on the folder that `parts` lead to. OSError with ELOOP if one of them is a link."""
    handle = os.open(root, _FOLDER)
    try:
        for part in parts:
            if create:
                _make_folder(handle, part)
            below = open_folder(handle, part)
            close(handle)
            handle = below
        yield handle
    finally:
        close(handle)


def open_folder(above: int, name: str) -> int:
    """The kernel says "not a directory" of a link too; we say which it is."""
    try:
        return os.open(name, _FOLDER, dir_fd=above)
    except NotADirectoryError:
        if stat.S_ISLNK(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        raise


@contextmanager
def file_at(folder: int, name: str, path: str) -> Iterator[tuple[int, os.stat_result]]:
    """A handle on a regular file. Looks before it opens: opening a device can already set it going."""
    _require_file(path, os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    handle = os.open(name, _FILE, dir_fd=folder)
    try:
        status = os.fstat(handle)
        _require_file(path, status.st_mode)
        yield handle, status
    finally:
        close(handle)


def read_bounded(handle: int, path: str, *, size: int, max_bytes: int) -> bytes:
    """All of the file, which may have grown since its `size` was taken."""
    chunks: list[bytes] = []
    room = max_bytes + 1
    while size <= max_bytes and (chunk := os.read(handle, min(room, size + 1))):
        chunks.append(chunk)
        room -= len(chunk)
    if size > max_bytes or room == 0:
        raise refusals.ReadRefused(refusals.too_large(path, max_bytes))
    return b"".join(chunks)


def close(handle: int) -> None:
    """A close that fails has nothing to say here: what was written has been synced before."""
    try:  # noqa: SIM105 - it is asked very often, and `suppress` takes longer than the close
        os.close(handle)
    except OSError:
        pass


def _make_folder(above: int, name: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=above)
        os.fsync(above)


def _require_file(path: str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise refusals.ReadRefused(refusals.not_a_file(path, mode))
