"""Waits for the writer's turn: threads of a process one after the other, processes at an even pace.

So of many writers none waits for ever, and none sleeps while the turn is free.
"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.db.backends.sqlite3 import base

from articles.content.words import has_words, indexed
from newsroom.sqlite.checkpoints import arrange, note_commit

PAUSE_SECONDS: Final = 0.002
IMPATIENT_AFTER_SECONDS: Final = 0.01
SHORT_PAUSE_SECONDS: Final = 0.000_25
"""Who has waited long asks more often than who came just now: SQLite does it the other way round."""
LONGEST_KEPT: Final = 10_000
"""Characters of a statement that comes again and again; longer ones are those of many rows at once."""
MAPPED_BYTES: Final = 2**31 - 2**16
"""So much of the file is read where the system has it, without a copy and a call for each page; SQLite's most."""
CACHED_KIB: Final = 16_384
"""So much of the rest a connection keeps at hand."""

_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""For each database file: which thread of this process writes or asks for the turn."""
os.register_at_fork(after_in_child=_turns.clear)


@lru_cache(maxsize=1024)
def _with_its_marks(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class Cursor(base.SQLiteCursorWrapper):
    """Writes a statement in SQLite's own way once: for a long one that takes as long as carrying it out."""

    def convert_query(self, query: str, *, param_names: Sequence[str] | None = None) -> str:
        if param_names is None and len(query) < LONGEST_KEPT:
            return _with_its_marks(query)
        converted: str = super().convert_query(query, param_names=param_names)
        return converted


class DirectCursor(sqlite3.Cursor):
    """The driver's own, for what is asked again and again: Django's layers around it cost as much as the answer."""

    on: DatabaseWrapper

    def execute(self, query: str, params: Any = (), /) -> DirectCursor:
        try:
            super().execute(_with_its_marks(query), params)
        except sqlite3.Error:
            with self.on.wrap_database_errors:
                raise
        return self

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.Error:
            with self.on.wrap_database_errors:
                raise

    def __enter__(self) -> DirectCursor:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite's own wait asks ever more rarely: whoever came late asks often and gets the turn, again and again."""

    maps_file = True
    """Set before it connects: what is mapped counts as memory of the process, though it is the system's to take."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: threading.Lock | None = None
        self._patience = 0.0
        self._is_debugged = False

    def get_new_connection(self, conn_params: Any) -> Any:
        """One that knows the words of an article, as the index of texts asks for them."""
        connection = super().get_new_connection(conn_params)
        self._patience, self._is_debugged = float(conn_params["timeout"]), settings.DEBUG
        connection.create_function("article_words", 2, indexed, deterministic=True)
        connection.create_function("has_words", 3, has_words, deterministic=True)
        if self.maps_file:
            connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
            connection.execute(f"PRAGMA cache_size = -{CACHED_KIB}")
        arrange(connection)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=Cursor)

    def prepared_cursor(self) -> Any:
        """For the few statements that every request asks; Django's own wherever it has something to do or to note."""
        is_listened_to = self.execute_wrappers or self.force_debug_cursor or self._is_debugged
        if self.connection is None or self.needs_rollback or is_listened_to:
            return self.cursor()
        cursor: DirectCursor = self.connection.cursor(factory=DirectCursor)
        cursor.on = self
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        until = time.monotonic() + self._patience
        self._stand_in_line(self._patience)
        try:
            self._wait_at_most(0)
            with self.wrap_database_errors:
                impatient = time.monotonic() + IMPATIENT_AFTER_SECONDS
                while not self._has_begun(is_last=(now := time.monotonic()) >= until):
                    pause = PAUSE_SECONDS if now < impatient else SHORT_PAUSE_SECONDS
                    time.sleep(random.uniform(0, 2 * pause))  # noqa: S311
        except BaseException:
            self._let_go()
            raise
        finally:
            self._wait_at_most(self._patience)

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        has_written = self._held is not None
        self._let_go()
        if has_written:
            note_commit(str(self.settings_dict["NAME"]))

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._let_go()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._let_go()

    def _stand_in_line(self, patience: float) -> None:
        """Who gets no turn in time asks the database all the same: it says why not."""
        if self._held is None and not self.is_in_memory_db():
            turn = _turns[str(self.settings_dict["NAME"])]
            self._held = turn if turn.acquire(timeout=patience) else None

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.release()

    def _has_begun(self, *, is_last: bool) -> bool:
        """False where another writer has the turn; the last time that is an error."""
        try:
            self.connection.execute(f"BEGIN {self.transaction_mode or ''}")  # type: ignore[attr-defined]
        except sqlite3.OperationalError as refusal:
            if is_last or refusal.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def _wait_at_most(self, seconds: float) -> None:
        """How long SQLite itself waits: where no transaction was asked for, and at a commit."""
        self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
