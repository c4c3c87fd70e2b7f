"""SQLite's indexes, kept aside while very many first rows come in, and made when all are there: that is cheaper.

All in the caller's transaction: nobody ever sees a table without them. They are made beside other work where that asks
nothing of the database: SQLite needs neither Python nor its lock for it, so that a second core is of use.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

from articles.searching import clear
from articles.sqlite_figures import keep

_FILLED: Final = ("articles_article", "articles_articletopic", "articles_image")
_DROPPED: Final = """
    SELECT type, name, sql FROM sqlite_master
    WHERE type = 'index' AND sql NOT LIKE 'CREATE UNIQUE %%' AND tbl_name IN (%s, %s, %s)
    OR type = 'trigger' AND tbl_name IN (%s, %s, %s)
"""
_THREADS_MAY_SHARE: Final = 3
"""What Python says of a SQLite that locks its connections by itself."""


class KeptAside:
    """What indexes and triggers were made by, and make again. With triggers the search is filled by who makes rows."""

    def __init__(self, dropped: list[tuple[str, str]]) -> None:
        self.has_triggers = any(kind == "trigger" for kind, _ in dropped)
        self._statements = deque(statement for _, statement in dropped)
        self._is_enough = threading.Event()
        self._maker: threading.Thread | None = None
        self._failure: sqlite3.Error | None = None

    @contextmanager
    def being_made(self) -> Iterator[None]:
        """Some are made while the caller is busy, and asks nothing of the database."""
        self._begin()
        try:
            yield
        finally:
            self.stop()
        if self._failure:
            with connection.wrap_database_errors:
                raise self._failure

    def make(self) -> None:
        """All that are not made yet."""
        with connection.cursor() as cursor:
            while self._statements:
                cursor.execute(self._statements.popleft())
        keep(connection)  # what is known of an index goes with it

    def stop(self) -> None:
        """No thread of ours asks anything of the database any more."""
        maker, self._maker = self._maker, None
        if maker is not None:
            self._is_enough.set()
            maker.join()

    def _begin(self) -> None:
        if self._statements and sqlite3.threadsafety == _THREADS_MAY_SHARE:
            self._is_enough.clear()
            self._maker = threading.Thread(target=self._make_some, args=[connection.connection], name="indexes")
            self._maker.start()

    def _make_some(self, database: sqlite3.Connection) -> None:
        try:
            while self._statements and not self._is_enough.is_set():
                database.execute(self._statements.popleft()).close()
        except sqlite3.Error as failure:
            self._failure = failure


@contextmanager
def kept_aside() -> Iterator[KeptAside]:
    """Without the indexes and triggers of what a first import fills; what is not made within is made at the end.

    On PostgreSQL others would wait for it, and nothing is kept aside.
    """
    aside = KeptAside(_drop() if connection.vendor == "sqlite" else [])
    try:
        yield aside
    finally:
        aside.stop()
    aside.make()


def _drop() -> list[tuple[str, str]]:
    """The kind of each, and the statement that makes it."""
    with connection.cursor() as cursor:
        cursor.execute(_DROPPED, [*_FILLED, *_FILLED])
        dropped = cursor.fetchall()
        for kind, name, _ in dropped:
            cursor.execute(f'DROP {kind} "{name}"')
    if any(kind == "trigger" for kind, _, _ in dropped):
        clear(connection)
    return [(kind, statement) for kind, _, statement in dropped]
