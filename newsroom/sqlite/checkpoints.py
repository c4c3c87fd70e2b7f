"""Carries what was written from SQLite's log into its file: in web processes beside the requests, not within a commit.

SQLite does so after every thousandth page, within the commit that wrote it: two waits for the disk, for which all that
wait for the writer's turn wait too. One wait stays within a commit, that of the first after a log was carried over as a
whole, as it begins the log anew: so this happens in a pause, and while there is none only where the log is long. One
that has grown to `PAGES_AT_MOST` all the same is carried over as ever.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Final

COMMITS: Final = 64
"""So many of this process, of decisions some 1,700 pages, are carried over in the next pause."""
MANY_COMMITS: Final = 512
"""So many without waiting for one; fewer where the log turns out to be longer than `MANY_PAGES` by then."""
MANY_PAGES: Final = 16_000
PAGES_AT_MOST: Final = 48_000
PAUSE_SECONDS: Final = 0.1
"""So long without a commit of this process."""

log = logging.getLogger(__name__)

_is_wanted: Final = threading.Event()
_of: Final[dict[str, Checkpoints]] = {}
os.register_at_fork(after_in_child=_of.clear)


def carry_over_beside() -> None:
    """In this process, from its next connection on. It may not fork any more: there will be a thread."""
    _is_wanted.set()


def arrange(connection: sqlite3.Connection) -> None:
    """Keep what was written out of the commits of this connection, where that is wanted."""
    if _is_wanted.is_set():
        connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_AT_MOST}")


def note_commit(name: str) -> None:
    """Something was written into this file."""
    if _is_wanted.is_set():
        (_of.get(name) or _of.setdefault(name, Checkpoints(name))).note_commit()


class Checkpoints:
    """Those of one file, by a thread of their own, which begins with the first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._commits, self.many_commits = 0, MANY_COMMITS
        self._is_due = threading.Event()
        self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
        self._starting = threading.Lock()

    def note_commit(self) -> None:
        """Counted roughly, as threads do it at once."""
        self._commits += 1
        if self._commits < COMMITS or self._is_due.is_set():
            return
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()
        self._is_due.set()

    def _work(self) -> None:
        while self._is_due.wait():
            self._wait_for_pause()
            self._commits = 0
            self._is_due.clear()
            try:
                pages = carry_over(self._name)
            except sqlite3.Error as problem:
                log.warning("What was written was not carried over from SQLite's log: %s", problem)
            else:
                self.many_commits = min(MANY_COMMITS, max(COMMITS, self.many_commits * MANY_PAGES // max(1, pages)))

    def _wait_for_pause(self) -> None:
        seen = 0
        while seen < self._commits < self.many_commits:
            seen = self._commits
            time.sleep(PAUSE_SECONDS)


def carry_over(name: str) -> int:
    """As much as nobody reads any more, keeping nobody waiting; says how many pages the log had."""
    with closing(sqlite3.connect(f"{Path(name).absolute().as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        (_, pages, _) = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)
