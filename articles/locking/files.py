"""Locks of one machine: a file a lock, held by the operating system, so a killed process blocks nobody."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from articles.locking.refusals import LockUnavailable, SiteLocked

_TRIES: Final = 5
"""Who only looks whether a lock is held has it for a moment; a run that comes just then asks again."""
_PAUSE_SECONDS: Final = 0.01
_LOCK_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_NOTE_BYTES = 4096


def take(folder: Path, slug: str) -> int:
    """The handle that holds the lock until it is closed. Does not wait: raises `SiteLocked`.

    The file stays when the lock is let go: to remove it would let two runs lock two files of one name.
    """
    handle = _open(folder, f"{slug}.lock")
    try:
        _lock(handle, folder / f"{slug}.lock", slug)
    except BaseException:
        os.close(handle)
        raise
    return handle


def share(folder: Path, name: str) -> int:
    """A handle that holds the lock together with others, until it is closed."""
    handle = _open(folder, f"{name}.lock")
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def look(folder: Path, name: str) -> dict[str, str] | None:
    """The note of whoever holds the lock, empty while it is being written; None where nobody does.

    By asking for the lock, and letting it go at once.
    """
    try:
        handle = os.open(folder / f"{name}.lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_note(handle)
    finally:
        os.close(handle)
    return None


def write_note(handle: int, note: dict[str, str]) -> None:
    """For those who look: a full disk does not keep the run from its work."""
    text = json.dumps(note).encode()
    with suppress(OSError):
        os.pwrite(handle, text, 0)
        os.ftruncate(handle, len(text))


def sweep(folder: Path, prefix: str, seconds: float) -> None:
    """Remove the files of such locks that nobody wrote a note to for so long."""
    for path in folder.glob(f"{prefix}*.lock"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > seconds:
                path.unlink()


def _open(folder: Path, name: str) -> int:
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(path, _LOCK_FILE, 0o666)
    except OSError as failure:
        raise LockUnavailable(path, failure) from failure


def _lock(handle: int, path: Path, slug: str) -> None:
    for is_last in (*[False] * (_TRIES - 1), True):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as failure:
            if is_last:
                raise SiteLocked(slug, _read_note(handle)) from failure
            time.sleep(_PAUSE_SECONDS)
        except OSError as failure:
            raise LockUnavailable(path, failure) from failure


def _read_note(handle: int) -> dict[str, str]:
    """Empty while the holder is about to write it."""
    try:
        note = json.loads(os.pread(handle, _NOTE_BYTES, 0))
    except (OSError, ValueError):
        return {}
    return {key: str(value) for key, value in note.items()} if isinstance(note, dict) else {}
