"""Statements that come again and again are prepared on the server; whether a connection lives is seen at its socket.

Where a pooler gives each transaction another connection of the server, nothing is prepared: it would be asked for
where it is not known (docs/decisions/0019).
"""

from __future__ import annotations

import select
from typing import Any, Final

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg.pq import TransactionStatus

from newsroom.postgresql.direct import DirectCursor, Statements

OPTION: Final = "prepares"
"""In OPTIONS: true, false, or None for what a new connection finds out."""
FOR_SHORT_QUERIES: Final = (
    "SELECT set_config('max_parallel_workers_per_gather', '0', false), set_config('jit', 'off', false)"
)
"""To start a process for a page, or to compile its query, takes longer than the page."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with a cursor for statements that are worth preparing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._statements: Statements | None = None

    def get_connection_params(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_connection_params().items() if name != OPTION}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        self._statements = None
        wanted = self.settings_dict["OPTIONS"].get(OPTION)
        if _is_the_servers(connection) if wanted is None else wanted:
            connection.execute(FOR_SHORT_QUERIES)
            connection.commit()
            self._statements = Statements(connection)
        return connection

    def prepared_cursor(self) -> Any:
        """For SQL whose text is always the same; Django's own wherever it has something to do or to note."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        if self._statements is None or self._is_listened_to or not self._has_begun:
            return self.cursor()
        return DirectCursor(self._statements, self)

    @property
    def _is_listened_to(self) -> bool:
        return bool(self.execute_wrappers or self.queries_logged or self.needs_rollback)

    @property
    def _has_begun(self) -> bool:
        """Or needs no beginning; else the driver begins the transaction before its first statement."""
        return self.get_autocommit() or self.connection.pgconn.transaction_status != TransactionStatus.IDLE

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
