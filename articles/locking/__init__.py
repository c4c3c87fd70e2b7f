"""One run a site at a time, and who holds a site: on one machine by a file, on several by the database server too."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from articles.locking import files, server
from articles.locking.refusals import LockLost, LockRefused, LockUnavailable, SiteLocked

__all__ = [
    "Hold",
    "LockLost",
    "LockRefused",
    "LockUnavailable",
    "Locks",
    "SiteLocked",
    "at_work",
    "held_by",
    "is_anyone_at_work",
    "locks",
    "site_lock",
    "sweep",
]

SECONDS_BETWEEN_COUNTS: Final = 0.3
_WORKERS: Final = ".workers"


@dataclass(frozen=True, slots=True)
class Locks:
    """Where the locks of a database are: in a folder of this machine and, where `is_shared`, on the server as well,
    which other machines use too."""

    folder: Path
    is_shared: bool = False


class Hold:
    """A lock that is held. Its note tells those who look who holds it, since when, and how far the run is."""

    def __init__(self, handle: int, on_server: server.ServerHold | None, note: dict[str, str]) -> None:
        self._handle, self._on_server, self._note = handle, on_server, note
        self._counted_at = 0.0
        files.write_note(handle, note)

    def count(self, done: int) -> None:
        """How many files are done. Written a few times a second, however often it is called; raises `LockLost`."""
        now = time.monotonic()
        if now - self._counted_at >= SECONDS_BETWEEN_COUNTS:
            self._counted_at = now
            note = {**self._note, "done": str(done)}
            files.write_note(self._handle, note)
            if self._on_server is not None:
                self._on_server.name(note)


def locks() -> Locks:
    """Those of the database that is used: two know nothing of each other's sites."""
    database: dict[str, Any] = connection.settings_dict
    name = str(database["NAME"])
    if connection.vendor == "sqlite" and Path(name).is_absolute():
        return Locks(Path(f"{name}-locks"))
    place = "-".join(str(part) for part in (database["HOST"], database["PORT"], name) if part)
    folder = Path(settings.BASE_DIR) / "var" / "locks" / re.sub(r"[^A-Za-z0-9_-]+", "-", place).strip("-")
    return Locks(folder, is_shared=connection.vendor == "postgresql")


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def site_lock(
    where: Locks, slug: str, *, holder: str, clock: Callable[[], datetime] = _now, job: str = ""
) -> Iterator[Hold]:
    """Holds the site's lock while the block runs. Does not wait: raises SiteLocked, which says who holds it.

    `holder` is what the one who waits is told, such as `import_content`; `job` is the number of the job that it is for.
    """
    with ExitStack() as held:
        handle = files.take(where.folder, slug)
        held.callback(os.close, handle)
        since = clock().isoformat(timespec="seconds")
        note = {"holder": holder, "pid": str(os.getpid()), "since": since, "job": job}
        on_server = server.take(slug, note) if where.is_shared else None
        if on_server is not None:
            held.callback(on_server.close)
        yield Hold(handle, on_server, note)


def held_by(where: Locks, slug: str) -> dict[str, str] | None:
    """The note of whoever holds the site's lock, empty while it is being written; None where nobody holds it.

    One query where machines share the server and nobody on this one holds it.
    """
    note = files.look(where.folder, slug)
    return server.look(slug) if note is None and where.is_shared else note


@contextmanager
def at_work(where: Locks) -> Iterator[None]:
    """Says, while the block runs, that a worker is there. There may be several."""
    with ExitStack() as held:
        held.callback(os.close, files.share(where.folder, _WORKERS))
        if where.is_shared:
            held.callback(server.share(_WORKERS, {"holder": "db_worker"}).close)
        yield


def is_anyone_at_work(where: Locks) -> bool:
    """On any of the machines that share the locks."""
    return held_by(where, _WORKERS) is not None


def sweep(where: Locks, prefix: str, *, older_than: timedelta) -> None:
    """Remove what locks of runs that are long over left in the folder; only of names that no run will ask for again."""
    files.sweep(where.folder, prefix, older_than.total_seconds())
