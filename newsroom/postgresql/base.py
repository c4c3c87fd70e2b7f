"""Statements that come again and again are prepared on the server; whether a connection lives is seen at its socket.

Where a pooler gives each transaction another connection of the server, nothing is prepared: it would be asked for
where it is not known (docs/decisions/0019).
"""

from __future__ import annotations

import select
import sys
from collections.abc import Iterable
from typing import Any, Final

from django.db.backends.postgresql import base, operations
from psycopg import Connection, Cursor
from psycopg.types.numeric import Int8

OPTION: Final = "prepares"
"""In OPTIONS: true, false, or None for what a new connection finds out."""
FOR_SHORT_QUERIES: Final = (
    "SELECT set_config('max_parallel_workers_per_gather', '0', false), set_config('jit', 'off', false)"
)
"""To start a process for a page, or to compile its query, takes longer than the page."""
ONLY_WHAT_ASKS: Final = sys.maxsize
"""How often any other statement has to come before psycopg prepares it."""


class PreparedCursor(Cursor[Any]):
    """Its statements are prepared when they first come, and their values sent beside them."""

    def execute(self, query: Any, params: Iterable[Any] | None = None, **given: Any) -> Any:
        """Whole numbers are of one type however small they are: a statement is prepared for each set of types."""
        values = None if params is None else [Int8(one) if type(one) is int else one for one in params]
        return super().execute(query, values, **{"prepare": True, **given})


class DatabaseOperations(operations.DatabaseOperations):
    """Says what was asked with its values, also of a prepared statement: for whoever captures queries."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> Any:
        if isinstance(cursor, PreparedCursor):
            return self.compose_sql(sql, params)
        return super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with a cursor for statements that are worth preparing."""

    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_connection_params().items() if name != OPTION}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        wanted = self.settings_dict["OPTIONS"].get(OPTION)
        if _is_the_servers(connection) if wanted is None else wanted:
            connection.prepare_threshold = ONLY_WHAT_ASKS
            connection.execute(FOR_SHORT_QUERIES)
            connection.commit()
        return connection

    def prepared_cursor(self) -> Any:
        """For SQL whose text is always the same."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparedCursor(self.connection))  # type: ignore[attr-defined]

    def is_usable(self) -> bool:
        """A server that goes away says so, or the system does: then there is something to read. Else none is asked."""
        return self.connection is not None and (_is_silent(self.connection) or super().is_usable())


def _is_silent(connection: Connection[Any]) -> bool:
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def _is_the_servers(connection: Connection[Any]) -> bool:
    """Whether this is the server's own process: a pooler gives out a number of its own, since that may change."""
    with connection.cursor() as cursor:
        row = cursor.execute("SELECT pg_backend_pid()").fetchone()
    connection.rollback()
    return row is not None and row[0] == connection.info.backend_pid
