"""Queries and rows whose SQL is made once: most of what a small query costs is its making.

For what every decision asks; what is asked a few times a minute is better off without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, DateTimeField, Field, Model, QuerySet
from django.db.models.base import ModelState

from articles.rows import conversion

_SLOTS: Final[Mapping[type[int | str], Sequence[int | str]]] = {
    int: tuple(range(2_013_011_017, 2_013_011_017 + 64)),
    str: ("\x01first\x01", "\x01second\x01"),
}
"""What stands for the keys while Django makes the SQL: no constant of a query is that, and every column could be."""
SEEN: Final = "({0}xmin::text || {0}ctid::text)"
"""On PostgreSQL: of a row of a table as it is, other than after any change."""
_made: Final[dict[Any, Any]] = {}
"""For all threads: what reads the values belongs to a connection that nobody opens."""

M = TypeVar("M", bound=Model)
Rows = list[tuple[Any, ...]]
Step = Callable[[Any, Any, Any], Any]
"""How a value is read: the value, its column, the connection."""


class Compiled:
    """A query by one kind of keys; `build` gets a slot for each, and gives a `values_list`.

    Its SQL is made once for each number of keys.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], kind: type[int | str] = int) -> None:
        self._build, self._slots = build, _SLOTS[kind]

    def __call__(self, *keys: int | str) -> Rows:
        """The rows, in the columns of the list."""
        made = self._for(len(keys))
        return made.read(made.ask(keys))

    def raw(self, *keys: int | str) -> Rows:
        """The rows as the database gives them: to be compared, and read later."""
        return self._for(len(keys)).ask(keys)

    def read(self, raw: Rows, *keys: int | str) -> Rows:
        """Raw rows of these keys, in the columns of the list."""
        return self._for(len(keys)).read(raw)

    def _for(self, count: int) -> _Query:
        made: _Query = _once((self, count), lambda: _Query(self._build(*self._slots[:count]), self._slots[:count]))
        return made


class _Query:
    """The SQL of a query, and how the values of its columns are read."""

    def __init__(self, rows: QuerySet[Any, Any], slots: Sequence[int | str]) -> None:
        compiler = rows.query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
        self._sql, params = compiler.as_sql()
        compiler.connection = _unopened()  # this thread's is not to be held by what outlasts it
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        self._converters = [
            (place, _quicker(steps, column), column)
            for place, (steps, column) in compiler.get_converters(columns).items()
        ]
        self._params, self._slots = tuple(params), slots
        if connection.vendor == "postgresql":
            self._sql, self._params = _with_constants(self._sql, self._params, slots)

    def ask(self, keys: Sequence[int | str]) -> Rows:
        given = dict(zip(self._slots, keys, strict=True))
        with prepared_cursor() as cursor:
            cursor.execute(self._sql, [given.get(param, param) for param in self._params])
            return cast(Rows, cursor.fetchall())

    def read(self, rows: Rows) -> Rows:
        return [tuple(self._read_one([*row])) for row in rows] if self._converters else rows

    def _read_one(self, row: list[Any]) -> list[Any]:
        on = _unopened()
        for place, steps, column in self._converters:
            value = row[place]
            for step in steps:
                value = step(value, column, on)
            row[place] = value
        return row


def _quicker(steps: Sequence[Step], column: Any) -> Sequence[Step]:
    """Of a moment on SQLite in UTC: as it stands there."""
    is_quick = connection.vendor == "sqlite" and connection.timezone is UTC
    return [_moment] if is_quick and isinstance(column.output_field, DateTimeField) and len(steps) == 1 else steps


def _moment(value: datetime | str | None, *_: Any) -> datetime | None:
    """Text where it is no column of its own."""
    if value is None:
        return None
    return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).replace(tzinfo=UTC)


def attnames(model: type[Model]) -> tuple[str, ...]:
    """The columns of a model's own, as `from_db` and `values_list` know them."""
    return tuple(field.attname for field in model._meta.concrete_fields)


def row_of(model: type[M], names: Sequence[str], values: Iterable[Any]) -> M:
    """A row that the tables have, of the values of these columns; the others are read when they are asked for.

    As `from_db`, in a fifth of the time: no model here does anything when a row of it is made.
    """
    row = model.__new__(model)
    row.__dict__.update(zip(names, values, strict=True), _state=ModelState())
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


def new_row(model: type[M], **values: Any) -> M:
    """A row to be written, as the model makes it of these columns; in a fifth of the time, too."""
    defaults = _once((new_row, model), lambda: [(field.attname, field.get_default) for field in _own(model)])
    row = model.__new__(model)
    row.__dict__.update({name: default() for name, default in defaults if name not in values}, **values)
    row._state = ModelState()
    return row


class Write:
    """A new row, or columns of one that exists, made ready for the database: to be written by itself or with others.

    Constraints hold; what models do in Python when they are saved does not.
    """

    def __init__(self, row: Model, columns: tuple[str, ...] = ()) -> None:
        """Without columns: as a new row, which gets its key."""
        self.row, self.columns, self.model = row, columns, type(row)
        self._sql, converts = _once((Write, self.model, columns), lambda: _written(self.model, columns))
        self.values = [convert(getattr(row, name)) for name, convert in converts]

    def __call__(self) -> None:
        gives_key = not self.columns and connection.vendor == "postgresql"
        with prepared_cursor() as cursor:
            cursor.execute(self._sql, [*self.values, self.row.pk] if self.columns else self.values)
            if not self.columns:
                self.note(cursor.fetchone()[0] if gives_key else cursor.lastrowid)

    def note(self, key: Any) -> None:
        """It is written."""
        self.row.pk = key
        self.row._state.adding, self.row._state.db = False, DEFAULT_DB_ALIAS


def changed(row: Model, before: Mapping[str, Any], names: Sequence[str]) -> Write | None:
    """Those of these columns that are not as they were: every column costs the indexes that it is in."""
    columns = tuple(name for name in names if _differs(before[name], getattr(row, name)))
    return Write(row, columns) if columns else None


def write_at_once(first: Write, seen: str, others: Sequence[Write]) -> bool:
    """On PostgreSQL: all in one statement, where the row of `first` still is as it was seen (`SEEN`).

    Else nothing is written. Who changes the row meanwhile is waited for, and then it is not the same any more.
    """
    kinds = tuple((one.model, one.columns) for one in others)
    name = (write_at_once, first.model, first.columns, kinds)
    sql = _once(name, lambda: _all_written(first.model, first.columns, kinds))
    values = [*first.values, first.row.pk, seen]
    for one in others:
        values += [*one.values, one.row.pk] if one.columns else one.values
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), prepared_cursor() as cursor:
        cursor.execute(sql, values)
        keys = cursor.fetchone()
    for one, key in zip(others, keys or (), strict=keys is not None):
        one.note(key)
    return keys is not None


def prepared_cursor() -> Any:
    """For what comes again and again in the same words; Django's own engines have no cursor of that kind."""
    on: Any = connections[DEFAULT_DB_ALIAS]
    return getattr(on, "prepared_cursor", on.cursor)()


def _with_constants(sql: str, params: Sequence[Any], slots: Sequence[int | str]) -> tuple[str, tuple[int | str, ...]]:
    """A statement that leaves only its keys open, and these in its order.

    PostgreSQL plans it once for all keys: a constant that it sees leads it to a partial index, a limit to what is near.
    """
    places = {f"'{slot}'" if isinstance(slot, str) else str(slot): slot for slot in slots}
    written = cast(str, connection.ops.compose_sql(sql, params)).replace("%", "%%")  # type: ignore[attr-defined]
    pattern = re.compile("|".join(map(re.escape, places)) or "(?!)")
    return pattern.sub("%s", written), tuple(places[found] for found in pattern.findall(written))


def _unopened() -> BaseDatabaseWrapper:
    """Of the same database, for its words alone."""
    return cast(BaseDatabaseWrapper, _once(_unopened, lambda: connections.create_connection(DEFAULT_DB_ALIAS)))


def _own(model: type[Model]) -> Sequence[Field[Any, Any]]:
    return model._meta.concrete_fields


def _written(model: type[Model], columns: Sequence[str]) -> tuple[str, list[tuple[str, Callable[[Any], Any]]]]:
    """Of one row: the statement, and how its values are made."""
    fields = _fields(model, columns)
    converts = [(field.attname, conversion(field)) for field in fields]
    if columns:
        return f'UPDATE "{model._meta.db_table}" SET {_sets(fields)} WHERE "{model._meta.pk.column}" = %s', converts  # noqa: S608 - names of our own
    names, marks = _names_and_marks(fields)
    back = f' RETURNING "{model._meta.pk.column}"' if connection.vendor == "postgresql" else ""
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks}){back}', converts  # noqa: S608 - names of our own


def _all_written(first: type[Model], columns: Sequence[str], kinds: Sequence[tuple[type[Model], Sequence[str]]]) -> str:
    """The first is written where it is as it was seen; the others where that was."""
    table, sets = first._meta.db_table, _sets(_fields(first, columns))
    is_the_one = f'"{first._meta.pk.column}" = %s AND {SEEN.format("")} = %s'
    parts = [f'first AS (UPDATE "{table}" SET {sets} WHERE {is_the_one} RETURNING 1)']  # noqa: S608 - names of our own
    for place, (model, named) in enumerate(kinds):
        table, key, fields = model._meta.db_table, model._meta.pk.column, _fields(model, named)
        names, marks = _names_and_marks(fields)
        write = (
            f'UPDATE "{table}" SET {_sets(fields)} FROM first WHERE "{table}"."{key}" = %s'  # noqa: S608 - names of our own
            if named
            else f'INSERT INTO "{table}" ({names}) SELECT {marks} FROM first'  # noqa: S608 - names of our own
        )
        parts.append(f'row{place} AS ({write} RETURNING "{table}"."{key}")')
    keys = ", ".join(f"(TABLE row{place})" for place in range(len(kinds)))
    return f"WITH {', '.join(parts)} SELECT {keys} FROM first"  # noqa: S608 - names of our own


def _fields(model: type[Model], columns: Sequence[str]) -> list[Field[Any, Any]]:
    """These, or those that a new row is given."""
    if columns:
        return [field for field in _own(model) if field.attname in columns]
    return [field for field in _own(model) if not isinstance(field, AutoField)]


def _sets(fields: Sequence[Field[Any, Any]]) -> str:
    return ", ".join(f'"{field.column}" = %s' for field in fields)


def _names_and_marks(fields: Sequence[Field[Any, Any]]) -> tuple[str, str]:
    return ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))


def _differs(one: Any, other: Any) -> bool:
    """Of maps and lists the order counts, and 1 is not true."""
    if isinstance(one, dict | list):
        return repr(one) != repr(other)
    return type(one) is not type(other) or bool(one != other)


def _once(name: Any, make: Callable[[], Any]) -> Any:
    if name not in _made:
        _made[name] = make()
    return _made[name]
