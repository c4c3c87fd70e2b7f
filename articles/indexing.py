"""SQLite's indexes, kept aside while very many first rows come in, and made when all are there: that is cheaper.

All in the caller's transaction: nobody ever sees a table without them. They are made one by one, beside what other
processes do meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

from articles.labels import FILL, clear_labels
from articles.searching import clear
from articles.sqlite_figures import keep

_FILLED: Final = ("articles_article", "articles_articletopic", "articles_image")
_DROPPED: Final = """
    SELECT type, name, sql FROM sqlite_master
    WHERE type = 'index' AND sql NOT LIKE 'CREATE UNIQUE %%' AND tbl_name IN (%s, %s, %s)
    OR type = 'trigger' AND tbl_name IN (%s, %s, %s, 'articles_finding')
"""


class KeptAside:
    """What indexes and triggers were made by, and make again. With triggers the search is filled by who makes rows."""

    def __init__(self, dropped: list[tuple[str, str]]) -> None:
        self.has_triggers = any(kind == "trigger" for kind, _ in dropped)
        self._statements = deque(statement for _, statement in dropped)

    def making(self) -> Iterator[None]:
        """Makes one, and the next whenever it is asked again."""
        with connection.cursor() as cursor:
            while self._statements:
                cursor.execute(self._statements.popleft())
                yield

    def make(self) -> None:
        """All that are not made yet."""
        for _ in self.making():
            pass
        keep(connection)  # what is known of an index goes with it


@contextmanager
def kept_aside() -> Iterator[KeptAside]:
    """Without the indexes and triggers of what a first import fills; what is not made within is made at the end.

    On PostgreSQL others would wait for it, and nothing is kept aside.
    """
    aside = KeptAside(_drop() if connection.vendor == "sqlite" else [])
    yield aside
    aside.make()


def _drop() -> list[tuple[str, str]]:
    """The kind of each, and the statement that makes it; between indexes and triggers, what these keep."""
    with connection.cursor() as cursor:
        cursor.execute(_DROPPED, [*_FILLED, *_FILLED])
        dropped = cursor.fetchall()
        for kind, name, _ in dropped:
            cursor.execute(f'DROP {kind} "{name}"')
    indexes = [(kind, statement) for kind, _, statement in dropped if kind == "index"]
    triggers = [(kind, statement) for kind, _, statement in dropped if kind == "trigger"]
    if triggers:
        clear(connection)
        clear_labels(connection)
    return [*indexes, *([("rows", FILL)] if triggers else []), *triggers]
