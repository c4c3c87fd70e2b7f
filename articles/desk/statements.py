"""SQL of the queue, made once for every value of its kind: to make it costs ten times what a small query does."""

# ruff: noqa: S608 - the SQL is made of our own names and of what Django compiled; every value is bound.
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, cast

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import BaseExpression, Combinable

from articles.compiled import prepared_cursor
from articles.models import Article

Sql = tuple[str, Sequence[Any]]
Given = int | str | datetime
Built = Q | QuerySet[Any, Any] | BaseExpression | Combinable

TABLE: Final = "articles_article"
ALL: Final[Sql] = ("", ())
"""No condition."""
NEVER: Final[Sql] = ("1 = 0", ())
NOTHING: Final[Sql] = (f"SELECT id, id AS hit FROM {TABLE} WHERE 1 = 0", ())
_MOST_VALUES: Final = 256
_FIRST_MOMENT: Final = datetime(2013, 1, 1, 1, 7, tzinfo=UTC)
_SLOTS: Final[Mapping[type[Given], Callable[[int], Given]]] = {
    int: lambda number: 2_013_011_017 + number,
    str: lambda number: f"\x01{number}\x01",
    datetime: lambda number: _FIRST_MOMENT + timedelta(microseconds=number + 1),
}
"""What stands for the values while Django makes the SQL: no constant of a query is that, and every column could be."""


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on articles by some values: as Django has it, and as SQL. `shape`: what its SQL depends on.

    `is_once`: its SQL is not made again for other values; so they have to stand in it as they are. `known`: it, made by
    hand.
    """

    build: Callable[..., Q]
    values: Sequence[Given] = ()
    shape: Sequence[Any] = ()
    is_once: bool = True
    known: Sql | None = None

    @property
    def q(self) -> Q:
        return self.build(*self.shape, *self.values)

    @property
    def sql(self) -> Sql:
        if self.known is not None:
            return self.known
        return made(self.build, self.values, self.shape) if self.is_once else compiled(self.q)


@dataclass(frozen=True, slots=True)
class _Hole:
    """Where a value goes; into a text with something before and behind it, as a pattern of `LIKE`."""

    number: int
    around: tuple[str, str] | None = None

    def filled(self, values: Sequence[Given]) -> Any:
        value = values[self.number]
        if isinstance(value, datetime):
            return connection.ops.adapt_datetimefield_value(value)
        if self.around is None:
            return value
        return f"{self.around[0]}{connection.ops.prep_for_like_query(str(value))}{self.around[1]}"


def made(build: Callable[..., Built], values: Sequence[Given] = (), shape: Sequence[Any] = ()) -> Sql:
    """The SQL of what this builds of a shape and values: a condition on articles, an expression, or a query."""
    text, params = _template(connection.vendor, build, tuple(shape), tuple(type(value) for value in values))
    return text, [param.filled(values) if isinstance(param, _Hole) else param for param in params]


@lru_cache(maxsize=512)
def _template(
    _vendor: str, build: Callable[..., Built], shape: tuple[Any, ...], kinds: tuple[type[Given], ...]
) -> tuple[str, Sequence[Any]]:
    slots = [_SLOTS[kind](number) for number, kind in enumerate(kinds)]
    text, params = compiled(build(*shape, *slots))
    holes = {_adapted(slot): _Hole(number) for number, slot in enumerate(slots)}
    return text, [_with_hole(param, holes) for param in params]


def _with_hole(param: Any, holes: Mapping[Any, _Hole]) -> Any:
    if isinstance(param, int | str | datetime) and param in holes:  # PostgreSQL's numbers are of kinds of their own
        return holes[param]
    for slot, hole in holes.items() if isinstance(param, str) else ():
        if isinstance(slot, str) and slot in param:
            before, _, behind = param.partition(slot)
            return _Hole(hole.number, (before, behind))
    return param


def _adapted(slot: Given) -> Any:
    return connection.ops.adapt_datetimefield_value(slot) if isinstance(slot, datetime) else slot


def compiled(built: Built) -> Sql:
    """The SQL of this alone; for what is made once, see `made`."""
    try:
        if isinstance(built, QuerySet):
            return cast(Sql, built.query.get_compiler(connection=connection).as_sql())
        query = (Article.objects.filter(built) if isinstance(built, Q) else Article.objects.all()).order_by().query
        compiler = query.get_compiler(connection=connection)
        asked: Any = query.where if isinstance(built, Q) else cast(Any, built).resolve_expression(query)
        return cast(Sql, compiler.compile(asked))
    except EmptyResultSet:
        return NEVER
    except FullResultSet:
        return ALL


def filled(values: list[int]) -> list[int]:
    """As many as the next power of four, the last again and again: so few statements serve every number of values."""
    size = 1
    while size < len(values):
        size *= 4
    return [*values, *values[-1:] * (size - len(values))] if size <= _MOST_VALUES else values


# --- Put together -----------------------------------------------------------------------------------------------------


def together(*conditions: Sql) -> Sql:
    """All of them; empty, where there is none."""
    given = [one for one in conditions if one[0]]
    return " AND ".join(f"({text})" for text, _ in given), [param for _, params in given for param in params]


def in_states(states: Sequence[int]) -> Sql:
    return f"state IN ({', '.join(f'{state:d}' for state in states)})", ()


def narrowed(rows: Sql, *conditions: Sql) -> Sql:
    """Of rows that a condition ends those that these fit too."""
    text, params = together(*conditions)
    return f"{rows[0]} AND {text}", [*rows[1], *params]


def hidden(*conditions: Sql) -> Sql:
    """The same as one that no planner looks into."""
    text, params = together(*conditions)
    return (f"CASE WHEN {text} THEN TRUE ELSE FALSE END", params) if text else ALL


def on(alias: str, condition: Sql) -> Sql:
    """A condition on articles, on rows that have some of their columns."""
    return condition[0].replace(f'"{TABLE}".', f'"{alias}".'), condition[1]


def where(condition: Sql) -> str:
    return f" WHERE {condition[0]}" if condition[0] else ""


def union(terms: Iterable[Sql]) -> Sql:
    given = [*terms]
    return " UNION ALL ".join(text for text, _ in given), [param for _, params in given for param in params]


def rows_of(sql: Sql) -> list[tuple[Any, ...]]:
    """What is asked by no value is the same again and again."""
    with connection.cursor() if sql[1] else prepared_cursor() as cursor:
        cursor.execute(*sql)
        return [*cursor.fetchall()]
