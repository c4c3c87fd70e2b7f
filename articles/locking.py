"""One run a site at a time: the operating system holds the lock, so a killed process blocks nobody."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

SECONDS_BETWEEN_COUNTS: Final = 0.3
_TRIES: Final = 5
"""Who only looks whether a lock is held has it for a moment; a run that comes just then asks again."""
_PAUSE_SECONDS: Final = 0.01
_WORKERS: Final = ".workers.lock"
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


class Hold:
    """A lock that is held. Its note tells those who look who holds it, since when, and how far the run is."""

    def __init__(self, handle: int, note: dict[str, str]) -> None:
        self._handle, self._note = handle, note
        self._counted_at = 0.0
        _write_note(handle, note)

    def count(self, done: int) -> None:
        """How many files are done. Written a few times a second, however often it is called."""
        now = time.monotonic()
        if now - self._counted_at >= SECONDS_BETWEEN_COUNTS:
            self._counted_at = now
            _write_note(self._handle, {**self._note, "done": str(done)})


def locks_folder() -> Path:
    """Where the locks lie: a folder for each database, since two know nothing of each other's sites."""
    database: dict[str, Any] = connection.settings_dict
    name = str(database["NAME"])
    if connection.vendor == "sqlite" and Path(name).is_absolute():
        return Path(f"{name}-locks")
    server = "-".join(str(part) for part in (database["HOST"], database["PORT"], name) if part)
    return Path(settings.BASE_DIR) / "var" / "locks" / re.sub(r"[^A-Za-z0-9_-]+", "-", server).strip("-")


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def site_lock(
    folder: Path, slug: str, *, holder: str, clock: Callable[[], datetime] = _now, job: str = ""
) -> Iterator[Hold]:
    """Holds the site's lock while the block runs. Does not wait: raises SiteLocked, which says who holds it.

    `holder` is what the one who waits is told, such as `import_content`; `job` is the number of the job that it is
    for. The file stays when the lock is let go: to remove it would let two runs lock two files of one name.
    """
    handle = _open(folder, f"{slug}.lock")
    try:
        _lock(handle, folder / f"{slug}.lock", slug)
        since = clock().isoformat(timespec="seconds")
        yield Hold(handle, {"holder": holder, "pid": str(os.getpid()), "since": since, "job": job})
    finally:
        os.close(handle)


def held_by(folder: Path, slug: str) -> dict[str, str] | None:
    """The note of whoever holds the site's lock, empty while it is being written; None where nobody holds it."""
    return _look(folder / f"{slug}.lock")


@contextmanager
def at_work(folder: Path) -> Iterator[None]:
    """Says, while the block runs, that a worker is there. There may be several."""
    handle = _open(folder, _WORKERS)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def is_anyone_at_work(folder: Path) -> bool:
    return _look(folder / _WORKERS) is not None


def _look(path: Path) -> dict[str, str] | None:
    """By asking for the lock, and letting it go at once."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_note(handle)
    finally:
        os.close(handle)
    return None


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


def _write_note(handle: int, note: dict[str, str]) -> None:
    """For those who look: a full disk does not keep the run from its work."""
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
