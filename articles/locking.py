"""One run a site at a time: the operating system holds the lock, so a killed process blocks nobody."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

_LOCK_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_NOTE_BYTES = 4096


class LockRefused(Exception):
    """The run cannot have the site's lock."""


class SiteLocked(LockRefused):
    """Another run holds the site."""

    def __init__(self, slug: str, note: dict[str, str]) -> None:
        holder = note.get("holder", "another run")
        since = f" since {note['since']}" if "since" in note else ""
        process = f" (process {note['pid']})" if "pid" in note else ""
        super().__init__(f"{holder}{process} holds the site {slug}{since}; try again when it is done.")


class LockUnavailable(LockRefused):
    """The lock's file cannot be opened or locked."""

    def __init__(self, path: Path, failure: OSError) -> None:
        super().__init__(f"The lock {path} cannot be taken ({failure.strerror}); make its folder writable.")


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def site_lock(folder: Path, slug: str, *, holder: str, clock: Callable[[], datetime] = _now) -> Iterator[None]:
    """Holds the site's lock while the block runs. Does not wait: raises SiteLocked, which says who holds it.

    `holder` is what the one who waits is told, such as `import_content`. The file stays when the lock is
    let go: to remove it would let two runs lock two files of one name.
    """
    handle = _open(folder, slug)
    try:
        _lock(handle, folder / f"{slug}.lock", slug)
        _write_note(handle, holder, clock())
        yield
    finally:
        os.close(handle)


def _open(folder: Path, slug: str) -> int:
    path = folder / f"{slug}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(path, _LOCK_FILE, 0o666)
    except OSError as failure:
        raise LockUnavailable(path, failure) from failure


def _lock(handle: int, path: Path, slug: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as failure:
        raise SiteLocked(slug, _read_note(handle)) from failure
    except OSError as failure:
        raise LockUnavailable(path, failure) from failure


def _write_note(handle: int, holder: str, since: datetime) -> None:
    """For people only: nothing is decided by it, so a full disk does not keep the run from its work."""
    note = {"holder": holder, "pid": str(os.getpid()), "since": since.isoformat(timespec="seconds")}
    text = json.dumps(note).encode()
    with suppress(OSError):
        os.pwrite(handle, text, 0)
        os.ftruncate(handle, len(text))


def _read_note(handle: int) -> dict[str, str]:
    """Empty while the holder is about to write it."""
    try:
        note = json.loads(os.pread(handle, _NOTE_BYTES, 0))
    except (OSError, ValueError):
        return {}
    return {key: str(value) for key, value in note.items()} if isinstance(note, dict) else {}
