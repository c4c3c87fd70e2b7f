"""Locks of several machines that share one PostgreSQL: advisory locks, each held by a connection of its own.

Such a lock goes with its connection, whatever became of the process or the machine. The connection's name in
`pg_stat_activity` is the note for those who look. A pooler that shares connections out by the transaction
(PgBouncer's `transaction` mode) would give the lock to others: runs need connections of their own.
"""

from __future__ import annotations

import hashlib
import os
import socket
from contextlib import suppress
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from articles.locking.refusals import LockLost, SiteLocked

_HOST_CHARS: Final = 20
_NAME_BYTES: Final = 63
"""PostgreSQL cuts the name of a connection there."""

_HOLDER: Final = """
    SELECT a.application_name, a.backend_start FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid::bigint = %s AND l.objid::bigint = %s
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1
"""


class ServerHold:
    """A lock that is held as long as its connection lives."""

    def __init__(self, own: BaseDatabaseWrapper, slug: str, note: dict[str, str]) -> None:
        self._own, self._slug = own, slug
        self.name(note)

    def name(self, note: dict[str, str]) -> None:
        """Write the note. Raises `LockLost`, since it cannot be written where the connection is gone."""
        try:
            with self._own.cursor() as cursor:
                cursor.execute("SELECT set_config('application_name', %s, false)", [_name_of(note)])
        except (DatabaseError, InterfaceError) as failure:
            raise LockLost(self._slug) from failure

    def close(self) -> None:
        """The server lets go of the lock here and now; of a connection that only ends it does so a moment later."""
        with suppress(DatabaseError, InterfaceError), self._own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
        self._own.close()


def take(slug: str, note: dict[str, str]) -> ServerHold:
    """Hold the site for all machines. Does not wait: raises `SiteLocked`."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [key_of(slug)])
            if not cursor.fetchone()[0]:
                raise SiteLocked(slug, look(slug) or {})
        return ServerHold(own, slug, note)
    except BaseException:
        own.close()
        raise


def share(name: str, note: dict[str, str]) -> ServerHold:
    """Hold a lock together with others."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock_shared(%s)", [key_of(name)])
        return ServerHold(own, name, note)
    except BaseException:
        own.close()
        raise


def look(name: str) -> dict[str, str] | None:
    """The note of whoever holds the lock on any machine, as far as it could be kept; None where nobody does."""
    key = key_of(name) % 2**64
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER, [key >> 32, key & 0xFFFFFFFF])
        found: tuple[Any, ...] | None = cursor.fetchone()
    if found is None:
        return None
    words, since = found
    return {**_note_of(words or ""), "since": since.isoformat(timespec="seconds")}


def key_of(name: str) -> int:
    """A number of 64 bits, with sign, for a name of ours; another program's locks will hardly meet it."""
    return int.from_bytes(hashlib.blake2b(f"newsroom {name}".encode(), digest_size=8).digest(), signed=True)


def _name_of(note: dict[str, str]) -> str:
    """`job done pid@host holder`: what may be long stands last, and loses its end."""
    host = socket.gethostname()[:_HOST_CHARS]
    words = f"{note.get('job') or '-'} {note.get('done', '0')} {os.getpid()}@{host} {note.get('holder', '')}"
    return words.encode("ascii", "replace")[:_NAME_BYTES].decode()


def _note_of(words: str) -> dict[str, str]:
    """Empty where the holder has not written it yet."""
    parts = words.split(" ", 3)
    if len(parts) < 4 or "@" not in parts[2]:
        return {}
    job, done, place, holder = parts
    pid, _, host = place.partition("@")
    return {"holder": holder, "pid": pid, "host": host, "done": done, "job": "" if job == "-" else job}
