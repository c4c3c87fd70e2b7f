"""Many rows into a table at once, without what the ORM spends on each: values are bound, never spelled out.

Constraints hold and triggers run as ever; what models do in Python when they are saved does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

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


def insert_objects(model: type[Model], objects: Sequence[Model]) -> None:
    """New rows from models, with the keys that they have or that the database gives."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key or field.remote_field]
    if objects and objects[0].pk is not None and model._meta.pk not in fields:
        fields.insert(0, model._meta.pk)
    names = [field.attname for field in fields]
    converts = [_conversion(field) for field in fields]
    _insert(model, fields, ([convert(vars(one)[name]) for name, convert in zip(names, converts)] for one in objects))  # noqa: B905


def insert_rows(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """New rows from values in the order of the columns, which are all but the key."""
    fields = [_field(model, column) for column in columns]
    converts = [_conversion(field) for field in fields]
    _insert(model, fields, ([convert(value) for convert, value in zip(converts, row)] for row in rows))  # noqa: B905


def update_rows(model: type[Model], rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Write these columns of rows that exist; one statement for all, each bound to its own values."""
    if not rows:
        return
    fields = [_field(model, column) for column in columns]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    table, key = model._meta.db_table, model._meta.pk.column
    converts = [(field.attname, _conversion(field)) for field in fields]
    values = [(*(convert(getattr(row, name)) for name, convert in converts), row.pk) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{table}" SET {sets} WHERE "{key}" = %s', values)  # noqa: S608 - names of our own


def update_changed(
    model: type[Model], pairs: Iterable[tuple[Model, Mapping[str, Any]]], columns: Sequence[str]
) -> None:
    """The same, of each row only what differs from its attributes before: every column costs the indexes it is in."""
    names = {column: _field(model, column).attname for column in columns}
    alike: dict[tuple[str, ...], list[Model]] = {}
    for row, before in pairs:
        changed = tuple(column for column, name in names.items() if not _is_same(before[name], getattr(row, name)))
        alike.setdefault(changed, []).append(row)
    for changed, rows in alike.items():
        if changed:
            update_rows(model, rows, changed)


def _insert(model: type[Model], fields: Sequence[Field[Any, Any]], rows: Iterable[Sequence[Any]]) -> None:
    """By `COPY` on PostgreSQL, else by one prepared statement."""
    table, names = model._meta.db_table, ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(fields))
        cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(rows))  # noqa: S608 - names of our own


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, Field)  # noqa: S101 - no relation from elsewhere
    return field


def _conversion(field: Field[Any, Any]) -> Convert:
    """What the driver gets for a value: most as they are."""
    if isinstance(field, DateTimeField):
        return _time
    if isinstance(field, _PLAIN) and not field.choices:
        return _as_it_is
    if isinstance(field, JSONField):
        to_json, encoder = connection.ops.adapt_json_value, field.encoder
        return lambda value: None if value is None else to_json(value, encoder)
    return lambda value: field.get_db_prep_save(value, connection)


def _time(value: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def _as_it_is(value: Any) -> Any:
    return value


def _is_same(one: Any, other: Any) -> bool:
    """Of maps and lists the order counts, and 1 is not true."""
    if isinstance(one, dict | list):
        return repr(one) == repr(other)
    return bool(one == other)
