"""Queries and rows whose SQL is made once: most of what a small query costs is its making.

For what every decision asks; what is asked a few times a minute is better off without.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import AutoField, Model, QuerySet

from articles.rows import conversion

_SLOTS: Final[Mapping[type[int | str], Sequence[int | str]]] = {
    int: tuple(range(2_013_011_017, 2_013_011_017 + 64)),
    str: ("\x01first\x01", "\x01second\x01"),
}
"""What stands for the keys while Django makes the SQL: no constant of a query is that, and every column could be."""
_made = threading.local()
"""By thread, as connections are."""

Rows = list[tuple[Any, ...]]


class Compiled:
    """A query by one kind of keys; `build` gets a slot for each, and gives a `values_list`.

    Its SQL is made once for each number of keys.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], kind: type[int | str] = int) -> None:
        self._build, self._slots = build, _SLOTS[kind]

    def __call__(self, *keys: int | str) -> Rows:
        """The rows, in the columns of the list."""
        ask: Callable[[Sequence[int | str]], Rows] = _once((self, len(keys)), lambda: self._made(len(keys)))
        return ask(keys)

    def _made(self, count: int) -> Callable[[Sequence[int | str]], Rows]:
        slots = self._slots[:count]
        compiler = self._build(*slots).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])

        def ask(keys: Sequence[int | str]) -> Rows:
            given = dict(zip(slots, keys, strict=True))
            with connection.cursor() as cursor:
                cursor.execute(sql, [given.get(param, param) for param in params])
                rows: Iterable[Sequence[Any]] = cursor.fetchall()
            return [tuple(row) for row in (compiler.apply_converters(rows, converters) if converters else rows)]

        return ask


def attnames(model: type[Model]) -> tuple[str, ...]:
    """The columns of a model's own, as `from_db` and `values_list` know them."""
    return tuple(field.attname for field in model._meta.concrete_fields)


def insert(row: Model) -> None:
    """Save a new row, which gets its key. Constraints hold; what models do in Python when they are saved does not."""
    model = type(row)
    sql, converts = _once((insert, model), lambda: _insertion(model))
    with connection.cursor() as cursor:
        cursor.execute(sql, [convert(getattr(row, name)) for name, convert in converts])
        row.pk = cursor.fetchone()[0] if connection.vendor == "postgresql" else cursor.lastrowid
    row._state.adding, row._state.db = False, connection.alias


def update(row: Model, before: Mapping[str, Any], names: Sequence[str]) -> None:
    """Write of these columns those that are not as they were: every column costs the indexes that it is in."""
    changed = tuple(name for name in names if _differs(before[name], getattr(row, name)))
    if not changed:
        return
    model = type(row)
    sql, converts = _once((update, model, changed), lambda: _updating(model, changed))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(convert(getattr(row, name)) for name, convert in converts), row.pk])


def _insertion(model: type[Model]) -> tuple[str, list[tuple[str, Callable[[Any], Any]]]]:
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
    names, marks = ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))
    back = f' RETURNING "{model._meta.pk.column}"' if connection.vendor == "postgresql" else ""
    sql = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks}){back}'  # noqa: S608 - names of our own
    return sql, [(field.attname, conversion(field)) for field in fields]


def _updating(model: type[Model], names: Sequence[str]) -> tuple[str, list[tuple[str, Callable[[Any], Any]]]]:
    fields = [field for field in model._meta.concrete_fields if field.attname in names]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    sql = f'UPDATE "{model._meta.db_table}" SET {sets} WHERE "{model._meta.pk.column}" = %s'  # noqa: S608 - names of our own
    return sql, [(field.attname, conversion(field)) for field in fields]


def _differs(one: Any, other: Any) -> bool:
    """Of maps and lists the order counts, and 1 is not true."""
    if isinstance(one, dict | list):
        return repr(one) != repr(other)
    return type(one) is not type(other) or bool(one != other)


def _once(name: Any, make: Callable[[], Any]) -> Any:
    known = _made.__dict__
    if name not in known:
        known[name] = make()
    return known[name]
