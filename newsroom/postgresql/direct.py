"""What is asked again and again, by the driver's lower floor: its cursors cost three times what a small answer does.

A statement is prepared when it first comes, for each set of types. Such a call waits for the answer without Python's
lock, as the driver's cursors do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import count
from typing import Any, Final, cast

from psycopg import Connection, OperationalError, abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.types.numeric import Int8

MOST_KEPT: Final = 200
"""Statements of a connection; who was not asked for longest gives way."""
_FINE: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_PASSED: Final = (FeatureNotSupported, InvalidSqlStatementName)
"""What is prepared is good for nothing any more: a table has other columns, or somebody took it away."""
_MARK: Final = re.compile("%[%s]")

Kind = tuple[str, tuple[int, ...]]
"""Its text, and the types of its values: the server plans for both."""
Known = tuple[bytes, abc.Transformer]
"""What it is called, and what reads its rows: which found out once how each column is read."""
Rows = list[tuple[Any, ...]]


class Statements:
    """Those that a connection has prepared; nobody else prepares any there, so nobody else takes them away."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection, self._server = connection, connection.pgconn
        self._prepared: dict[Kind, Known] = {}
        self._count = 0

    def rows(self, query: str, params: Iterable[Any]) -> Rows | None:
        """What the server answers; None where it is no rows."""
        given = [Int8(one) if type(one) is int else one for one in params]  # however small: one type for all
        adapting = Transformer(self._connection)
        values = adapting.dump_sequence(given, [PyFormat.AUTO] * len(given))
        kind = (query, adapting.types or ())
        name, reading = self._known(kind, adapting)
        result = self._server.exec_prepared(name, cast("Any", values), adapting.formats)
        if result.status not in _FINE:
            raise self._failure(result, kind)
        if result.status == ExecStatus.COMMAND_OK:
            return None
        reading.set_pgresult(result)
        try:
            return reading.load_rows(0, result.ntuples, tuple)
        finally:
            reading.set_pgresult(None)

    def _known(self, kind: Kind, adapting: abc.Transformer) -> Known:
        known = self._prepared.pop(kind, None) or self._prepare(kind, adapting)
        self._prepared[kind] = known  # the last
        return known

    def _prepare(self, kind: Kind, adapting: abc.Transformer) -> Known:
        if len(self._prepared) >= MOST_KEPT:
            self._forget(next(iter(self._prepared)))
        name = b"desk_%d" % self._count
        result = self._server.prepare(name, _numbered(kind[0]), kind[1])
        if result.status not in _FINE:
            raise self._failure(result)
        self._count += 1
        return name, adapting

    def _forget(self, kind: Kind) -> None:
        result = self._server.exec_(b"DEALLOCATE " + self._prepared.pop(kind)[0])
        if result.status not in _FINE:
            raise self._failure(result)

    def _failure(self, result: PGresult, kind: Kind | None = None) -> Exception:
        if self._server.status != ConnStatus.OK:
            return OperationalError(self._server.get_error_message())
        failure = error_from_result(result, encoding="utf-8")
        if kind and isinstance(failure, _PASSED):
            del self._prepared[kind]
        return failure


class DirectCursor:
    """As much of a cursor as such a statement needs."""

    def __init__(self, statements: Statements, on: Any) -> None:
        self._statements, self._on = statements, on
        self._rows: Rows | None = None

    def execute(self, query: str, params: Iterable[Any] = ()) -> None:
        with self._on.wrap_database_errors:
            self._rows = self._statements.rows(query, params)

    def fetchall(self) -> Rows:
        return self._rows or []

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def __enter__(self) -> DirectCursor:
        return self

    def __exit__(self, *raised: object) -> None:
        self._rows = None


@lru_cache(maxsize=1024)
def _numbered(query: str) -> bytes:
    """With the server's marks in the place of the driver's."""
    numbers = count(1)
    return _MARK.sub(lambda mark: f"${next(numbers)}" if mark[0] == "%s" else "%", query).encode()
