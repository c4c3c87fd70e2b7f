"""Waits for the writer's turn at an even pace, so that of many writers none waits for ever."""

from __future__ import annotations

import random
import sqlite3
import time
from typing import Final

from django.db.backends.sqlite3 import base

PAUSE_SECONDS: Final = 0.01


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite's own wait asks ever more rarely: whoever came late asks often and gets the turn, again and again."""

    def _start_transaction_under_autocommit(self) -> None:
        patience = float(self.get_connection_params()["timeout"])
        until = time.monotonic() + patience
        self._wait_at_most(0)
        try:
            with self.wrap_database_errors:
                while not self._has_begun(is_last=time.monotonic() >= until):
                    time.sleep(random.uniform(0, 2 * PAUSE_SECONDS))  # noqa: S311
        finally:
            self._wait_at_most(patience)

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
