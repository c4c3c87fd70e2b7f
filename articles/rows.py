"""Many rows into a table at once, without what the ORM spends on each: values are bound, never spelled out.

Constraints hold and triggers run as ever; what models do in Python when they are saved does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import (
    AutoField,
    BinaryField,
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
    TextField,
)

_PLAIN = (AutoField, BinaryField, BooleanField, CharField, ForeignKey, IntegerField, TextField)

OFFSET_CHARS: Final = len("+00:00")

Convert = Callable[[Any], Any]


def new_keys(model: type[Model], count: int) -> Sequence[int]:
    """Keys that no row has and none will get, in the caller's transaction.

    On SQLite that transaction holds the only lock to write, so that counting on is safe.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "nextval(pg_get_serial_sequence(%s, 'id'))"
            cursor.execute(f"SELECT {sequence} FROM generate_series(1, %s)", [f'"{table}"', count])  # noqa: S608
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [table])
        given = cursor.fetchone()[0] or 0
        cursor.execute(f'SELECT max(id) FROM "{table}"')  # noqa: S608
        last = max(given, cursor.fetchone()[0] or 0)
        return range(last + 1, last + count + 1)


class Shape:
    """How rows of a table go to the driver: the columns that are named, then the rest as a new model has them.

    Ready rows are plain values, which need no database to be made and can be handed from one process to another. The
    key comes from the database where it is not named.
    """

    def __init__(self, model: type[Model], columns: Sequence[str], **same: Any) -> None:
        """`same` are values that all rows have, by column."""
        self.model = model
        named = [_field(model, column) for column in columns]
        new = model(**same)
        rest = [one for one in model._meta.concrete_fields if one not in named and not isinstance(one, AutoField)]
        self.fields = [*named, *rest]
        self._same = tuple(_plain(field)(getattr(new, field.attname)) for field in rest)
        self._converts = [(place, to) for place, field in enumerate(named) if (to := _plain(field)) != _as_it_is]

    def ready(self, row: Iterable[Any]) -> list[Any]:
        """A row of values in the order of the columns, as the driver gets it."""
        values = [*row, *self._same]
        for place, convert in self._converts:
            values[place] = convert(values[place])
        return values

    def insert(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write ready rows: by `COPY` on PostgreSQL, else by one prepared statement."""
        table, names = self.model._meta.db_table, ", ".join(f'"{field.column}"' for field in self.fields)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with connection.wrap_database_errors, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                    for row in rows:
                        copy.write_row(row)
                return
            cursor.executemany(self._insertion(), rows if isinstance(rows, list) else list(rows))

    def insert_missing(self, rows: Sequence[Sequence[Any]]) -> None:
        """The same of those that no constraint refuses: who else makes one at the same time has it."""
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(f"{self._insertion()} ON CONFLICT DO NOTHING", rows)

    def _insertion(self) -> str:
        names = ", ".join(f'"{field.column}"' for field in self.fields)
        marks = ", ".join(["%s"] * len(self.fields))
        return f'INSERT INTO "{self.model._meta.db_table}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our own


def insert_rows(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """New rows from values in the order of the columns; what no column is named for is as in a new model."""
    shape = Shape(model, columns)
    shape.insert(map(shape.ready, rows))


def insert_missing(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], **same: Any) -> None:
    """The same of those that no constraint refuses; `same` are values that all rows have, by column."""
    shape = Shape(model, columns, **same)
    shape.insert_missing([shape.ready(row) for row in rows])


def update_rows(model: type[Model], rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Write these columns of rows that exist; one statement for all, each bound to its own values."""
    if not rows:
        return
    fields = [_field(model, column) for column in columns]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    table, key = model._meta.db_table, model._meta.pk.column
    converts = [(field.attname, conversion(field)) for field in fields]
    values = [(*(convert(getattr(row, name)) for name, convert in converts), row.pk) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{table}" SET {sets} WHERE "{key}" = %s', values)  # noqa: S608 - names of our own


def update_column(model: type[Model], column: str, values: Iterable[tuple[int, Any]]) -> None:
    """Write one column of rows that exist, from their keys and values."""
    field = _field(model, column)
    table, key, convert = model._meta.db_table, model._meta.pk.column, conversion(field)
    with connection.cursor() as cursor:
        sql = f'UPDATE "{table}" SET "{field.column}" = %s WHERE "{key}" = %s'  # noqa: S608 - names of our own
        cursor.executemany(sql, [(convert(value), pk) for pk, value in values])


def update_changed(
    model: type[Model], pairs: Iterable[tuple[Model, Mapping[str, Any]]], columns: Sequence[str]
) -> None:
    """The same, of each row only what differs from its attributes before: every column costs the indexes it is in."""
    names = {column: _field(model, column).attname for column in columns}
    alike: dict[tuple[str, ...], list[Model]] = {}
    for row, before in pairs:
        now = vars(row)
        changed = tuple(column for column, name in names.items() if not _is_same(before[name], now[name]))
        alike.setdefault(changed, []).append(row)
    for changed, rows in alike.items():
        if changed:
            update_rows(model, rows, changed)


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, Field)  # noqa: S101 - no relation from elsewhere
    return field


def conversion(field: Field[Any, Any]) -> Convert:
    """What the driver gets for a value: most as they are."""
    if isinstance(field, DateTimeField):
        is_quick = connection.vendor == "sqlite" and connection.timezone is UTC
        return _time_of_sqlite if is_quick else _time
    if isinstance(field, _PLAIN) and not field.choices:
        return _as_it_is
    if isinstance(field, JSONField):
        to_json, encoder = connection.ops.adapt_json_value, field.encoder
        empty_map, empty_list = to_json({}, encoder), to_json([], encoder)
        return lambda value: (
            (None if value is None else to_json(value, encoder))
            if value or not isinstance(value, dict | list)
            else (empty_list if isinstance(value, list) else empty_map)
        )
    return lambda value: field.get_db_prep_save(value, connection)


def _plain(field: Field[Any, Any]) -> Convert:
    """The same as a plain value where the driver would get an object: PostgreSQL reads times and JSON from text too."""
    if connection.vendor != "postgresql":
        return conversion(field)
    if isinstance(field, DateTimeField):
        return lambda value: None if value is None else value.isoformat()
    if isinstance(field, JSONField):
        return lambda value: None if value is None else json.dumps(value, cls=field.encoder)
    return conversion(field)


def _time(value: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def _time_of_sqlite(value: datetime | None) -> Any:
    """As Django writes it there, for the many times that are in UTC."""
    if value is None or value.tzinfo is not UTC:
        return _time(value)
    return value.isoformat(" ")[:-OFFSET_CHARS]


def _as_it_is(value: Any) -> Any:
    return value


def _is_same(one: Any, other: Any) -> bool:
    """Of maps and lists the order counts, and 1 is not true."""
    if one is other:
        return True
    if isinstance(one, (dict, list)):
        return bool(one == other) and (not one or repr(one) == repr(other))
    return bool(one == other)
