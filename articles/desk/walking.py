"""The SQL of a page of the queue, for lists of any length.

A short list is fetched by what is rarest in it, and sorted. A long one is walked: each state, published and not, is a
stretch of the index of the order; the stretches are merged as they are read, and no more is read than the page takes.
"""

# ruff: noqa: S608 - the SQL is made of our own names and of what Django compiled; every value is bound.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import Case, Q, QuerySet, Value, When

from articles.desk.keyset import Column, Order, Place
from articles.models import Article

TRIED_AT_MOST: Final = 20_000
"""So many rows of an order are looked up in another table; then what they are looked up for is fetched instead."""
READ_AT_MOST: Final = 8_000
"""The same, where each has to be read from the table."""
COUNTED_OF: Final = 30_000
"""So many rows of an index are tried for the count; beyond that it is a lower bound."""
READ_FOR_COUNT: Final = 2_000
"""The same, where each has to be read from the table."""
TABLE: Final = "articles_article"
TRIED: Final = "tried"
"""Rows of the table that were chosen already, by some of their columns."""
_AS_THEY_COME: Final = frozenset({"state", "nearness"})
"""Columns that are never NULL and that indexes have in rising order."""
_TRIED: Final = ("id", "site_id", "provider_id", "quality", "heat", "published_at")

Sql = tuple[str, list[Any]]
_NOTHING: Final[Sql] = (f"SELECT id, id AS hit FROM {TABLE} WHERE 1 = 0", [])
_UNKNOWN: Final[Sql] = ("SELECT NULL", [])


@dataclass(frozen=True, slots=True)
class Cut:
    """The stretches of every index of the queue that hold a list: each of the states, published so or so."""

    states: Sequence[int]
    published: Sequence[bool | None]


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of a page's articles in its order, and of one more if there is one; how many there are in all.

    `beyond`: how many come after the place where the page begins; None: unknown, or very many. `is_part`: the count is
    a lower bound.
    """

    ids: Sequence[int]
    total: int
    beyond: int | None = None
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class _Trial:
    """What rows that were walked are tried by, and how many of them at most; on PostgreSQL of each state."""

    condition: Sql
    at_most: int


def sorted_page(articles: QuerySet[Article], order: Order, start: Place | None, rows: int) -> Found:
    """The page of a list that is short enough to be fetched as a whole."""
    sql = compiled(articles.order_by().values_list(*order.names).distinct())
    if sql is None:
        return Found((), 0, 0)
    after = _after(order, start)
    columns = ", ".join(_quoted(order.names))
    listed = f"SELECT id FROM hits AS {TRIED} WHERE {after[0]} ORDER BY {_by(order)} LIMIT {rows + 1}"
    counted = f"SELECT COUNT(*) FROM hits AS {TRIED} WHERE {after[0]}"
    text = (
        f"WITH hits({columns}) AS MATERIALIZED ({sql[0]}) "
        f"SELECT (SELECT COUNT(*) FROM hits), ({counted}) UNION ALL SELECT id, NULL FROM ({listed}) AS listed"
    )
    (total, beyond), *found = _rows(text, [*sql[1], *after[1], *after[1]])
    return Found([row[0] for row in found], total, beyond)


def walked_page(cut: Cut, order: Order, start: Place | None, rows: int, *, cap: int) -> Found:
    """The page of a list that nothing narrows but state and published: both counts stop behind the cap."""
    page = _walk(cut, order, start, (), (), rows + 1)
    total, beyond = (_counted(_terms(cut, order, place, (), ("id",)), cap) for place in (None, start))
    return _found(page, total, beyond, cap)


def tried_page(
    cut: Cut,
    order: Order,
    start: Place | None,
    rows: int,
    *,
    inside: Sequence[Q],
    bounds: Sequence[Q],
    count: Sql,
    cap: int,
) -> Found:
    """The page of a long list: each row is tried where it stands in the index, or read for it."""
    return _found(_walk(cut, order, start, inside, bounds, rows + 1), count, _UNKNOWN, cap)


def looked_up_page(
    cut: Cut,
    order: Order,
    start: Place | None,
    rows: int,
    *,
    inside: Sequence[Q],
    beside: Sequence[Q],
    reads: Sequence[str],
    bounds: Sequence[Q],
    count: Sql,
    cap: int,
) -> Found:
    """The same, where rows are looked up in other tables: no more than `TRIED_AT_MOST`, so that it may lack some.

    `reads` are columns that have to be read for it: then fewer.
    """
    tried = where(hidden(*beside), of=TRIED)
    if tried is None:
        return Found((), 0, 0)
    limit = READ_AT_MOST if reads else TRIED_AT_MOST
    page = _walk(cut, order, start, inside, bounds, rows + 1, reads, _Trial(tried, limit))
    return _found(page, count, _UNKNOWN, cap)


# --- Counts ----------------------------------------------------------------------------------------------------------


def count_in_range(cut: Cut, bounds: Sequence[Q], cap: int) -> Sql:
    """How many there are in a range that an index has as one stretch."""
    terms = [_term(cut_one, ("id",), where(*bounds)) for cut_one in _each(cut)]
    return _counted(_union(terms), cap)


def count_in_index(cut: Cut, tried: Sequence[Q], cap: int) -> Sql:
    """How many of the first rows of an index fit, by columns that stand in it; as many more as there are."""
    some = _union([_term(one, _TRIED, None) for one in _each(cut)])
    condition = where(hidden(*tried), of=TRIED) or ("FALSE", [])
    first = f"{some[0]} LIMIT {COUNTED_OF}"
    counted = f"SELECT 1 FROM ({first}) AS {TRIED} WHERE {condition[0] or '1 = 1'} LIMIT {cap + 1}"
    return _with_rest((counted, [*some[1], *condition[1]]), some, COUNTED_OF)


def count_in_table(hits: Sql, tried: Sequence[Q], cap: int) -> Sql:
    """How many of the first hits fit; each is read. `hits` are keys, as `hit`."""
    condition = where(hidden(*tried)) or ("FALSE", [])
    counted = (
        f"SELECT 1 FROM ({hits[0]} LIMIT {READ_FOR_COUNT}) AS first CROSS JOIN {TABLE} "
        f"WHERE {TABLE}.id = first.hit AND {condition[0] or '1 = 1'} LIMIT {cap + 1}"
    )
    return _with_rest((counted, [*hits[1], *condition[1]]), hits, READ_FOR_COUNT)


def newest_of(hits: Sequence[QuerySet[Any, Any]]) -> Sql:
    """The keys of articles out of another table, as `hit`, the newest first."""
    each = [sql for one in hits if (sql := compiled(one)) is not None]
    if len(each) > 1 and connection.vendor == "postgresql":  # merges only what is in order by itself
        each = [(f"({text} ORDER BY 1 DESC)", params) for text, params in each]
    text, params = _union(each)
    return (f"{text} ORDER BY 1 DESC", params) if text else _NOTHING


def hits_of(cut: Cut) -> Sql:
    """All of the cut as hits."""
    return _union([_term(one, ("id AS hit",), None) for one in _each(cut)])


def _counted(rows: Sql, cap: int) -> Sql:
    if not rows[0]:
        return "SELECT 0", []
    return f"SELECT COUNT(*) FROM ({rows[0]} LIMIT {cap + 1}) AS counted", rows[1]


def _with_rest(counted: Sql, rows: Sql, tried: int) -> Sql:
    """The count; less than nothing by one more than it, where it is only of the rows that were tried."""
    rest = f"EXISTS (SELECT * FROM ({rows[0]} LIMIT 1 OFFSET {tried}) AS further)"
    text = f"SELECT CASE WHEN {rest} THEN -1 - COUNT(*) ELSE COUNT(*) END FROM ({counted[0]}) AS counted"
    return text, [*rows[1], *counted[1]]


# --- Walking ---------------------------------------------------------------------------------------------------------


def _walk(
    cut: Cut,
    order: Order,
    start: Place | None,
    inside: Sequence[Q],
    bounds: Sequence[Q],
    limit: int,
    reads: Sequence[str] = (),
    trial: _Trial | None = None,
) -> Sql:
    """The keys of the rows behind a place, as the index has them, with what is read for them; those that pass."""
    conditions = [hidden(*inside), *bounds]
    columns = ("id", *(column.name for column in order.columns[:-1]), *reads)
    if connection.vendor == "postgresql":
        return _merged(cut, order, start, conditions, columns, limit, trial)
    text, params = _terms(cut, order, start, conditions, columns)
    return _first(text, params, _by_place(order, columns), limit, trial) if text else _NOTHING


def _first(text: str, params: list[Any], by: str, limit: int, trial: _Trial | None) -> Sql:
    """The first rows of a union; of those that are tried, the first that pass."""
    if trial is None:
        return f"SELECT * FROM ({text} ORDER BY {by} LIMIT {limit}) AS walked", params
    condition, more = trial.condition
    walked = f"{text} ORDER BY {by} LIMIT {trial.at_most}"
    return f"SELECT * FROM ({walked}) AS {TRIED} WHERE {condition or '1 = 1'} LIMIT {limit}", [*params, *more]


def _merged(
    cut: Cut,
    order: Order,
    start: Place | None,
    conditions: Sequence[Q],
    columns: Sequence[str],
    limit: int,
    trial: _Trial | None,
) -> Sql:
    """The same for PostgreSQL, which merges stretches as it reads them only where each is in order by itself, and the
    order names no column that is the same all over a stretch: by state, then, where the order is."""
    is_by_state = order.columns[0].name == "state"
    inner = Order(order.name, order.words, order.columns[1:]) if is_by_state else order
    cuts = [Cut((state,), cut.published) for state in cut.states] if is_by_state else [cut]
    parts = []
    for one in cuts:
        each = _each_term(one, order, start, conditions, columns)
        terms = [_in_order(*term, inner, trial.at_most if trial else limit) for term in each]
        if terms:
            text, params = _union(terms)
            text, params = _first(f"SELECT * FROM ({text}) AS stretches", params, _by(inner), limit, trial)
            parts.append((f"({text})", params))
    text, params = _union(parts)
    return (f"SELECT * FROM ({text}) AS walked ORDER BY {_by(order)} LIMIT {limit}", params) if text else _NOTHING


def _in_order(published: bool | None, term: Sql, order: Order, limit: int) -> Sql:
    """A stretch as its index has it. That all of it is NULL in a column tells PostgreSQL nothing about its order."""
    if published is not None:
        return f"({term[0]} ORDER BY {_by(order)})", term[1]
    direction = "" if order.columns[-1].descends else " DESC"
    return f"({term[0]} ORDER BY published{direction}, {_by(order)} LIMIT {limit})", term[1]


def _terms(cut: Cut, order: Order, start: Place | None, conditions: Sequence[Q], columns: Sequence[str]) -> Sql:
    """One part of a union for every stretch."""
    return _union([term for _, term in _each_term(cut, order, start, conditions, columns)])


def _each_term(
    cut: Cut, order: Order, start: Place | None, conditions: Sequence[Q], columns: Sequence[str]
) -> Iterator[tuple[bool | None, Sql]]:
    """Whether it is published, and its rows; a stretch in which a range begins has one for each part of the range."""
    of_state: dict[int, list[Sql]] = {}
    for state in cut.states:
        ranges = _ranges(order, start, state)
        of_state[state] = [sql for one in ranges if (sql := where(one, *conditions)) is not None]
    for state, published in _each(cut):
        for sql in of_state[state]:
            yield published, _term((state, published), columns, sql)


def _ranges(order: Order, start: Place | None, state: int) -> list[Q]:
    """What comes after a place among the articles of a state: where the order is by state first, all or nothing."""
    if start is None:
        return [Q()]
    first = order.columns[0]
    if first.name != "state":
        return order.after(start)
    if state == start[0]:
        return Order(order.name, order.words, order.columns[1:]).after(start[1:])
    is_after = (state < (start[0] or 0)) if first.descends else (state > (start[0] or 0))
    return [Q()] if is_after else []


def _each(cut: Cut) -> list[tuple[int, bool | None]]:
    return [(state, published) for state in cut.states for published in cut.published]


def _term(stretch: tuple[int, bool | None], columns: Sequence[str], condition: Sql | None) -> Sql:
    state, published = stretch
    is_published = "IS NULL" if published is None else f"= {'TRUE' if published else 'FALSE'}"
    text, params = condition or ("", [])
    more = f" AND {text}" if text else ""
    return (
        f"SELECT {', '.join(columns)} FROM {TABLE} WHERE state = {state:d} AND published {is_published}{more}",
        params,
    )


def _union(terms: Sequence[Sql]) -> Sql:
    return " UNION ALL ".join(text for text, _ in terms), [param for _, params in terms for param in params]


def _found(page: Sql, total: Sql, beyond: Sql, cap: int) -> Found:
    text = f"SELECT ({total[0]}), ({beyond[0]}) UNION ALL SELECT id, NULL FROM ({page[0]}) AS page"
    (count, behind), *found = _rows(text, [*total[1], *beyond[1], *page[1]])
    ids = [row[0] for row in found]
    is_part, count = count < 0 or count > cap, max(-1 - count if count < 0 else count, len(ids))
    return Found(ids, count, None if behind is None or behind > cap else behind, is_part)


# --- Conditions ------------------------------------------------------------------------------------------------------


def hidden(*conditions: Q) -> Q:
    """The conditions as one that no planner looks into."""
    given = [condition for condition in conditions if condition]
    if not given:
        return Q()
    together = reduce(lambda one, other: one & other, given)
    return Q(Case(When(together, then=Value(True)), default=Value(False)))


def where(*conditions: Q, of: str = TABLE) -> Sql | None:
    """Conditions on articles as SQL, empty where all fit; None where nothing can. `of`: what has their columns."""
    query = Article.objects.filter(*conditions).order_by().query
    compiler = query.get_compiler(connection=connection)
    try:
        text, params = compiler.compile(query.where)
    except EmptyResultSet:
        return None
    except FullResultSet:
        return "", []
    return text.replace(f'"{TABLE}".', f'"{of}".'), [*params]


def compiled(rows: QuerySet[Any, Any]) -> Sql | None:
    try:
        text, params = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return text, [*params]


def _after(order: Order, start: Place | None) -> Sql:
    if start is None:
        return "1 = 1", []
    return where(reduce(lambda one, other: one | other, order.after(start)), of=TRIED) or ("1 = 0", [])


def _by_place(order: Order, columns: Sequence[str]) -> str:
    """For a union, whose columns have numbers."""
    return ", ".join(f"{columns.index(column.name) + 1} {_direction(column)}" for column in order.columns)


def _by(order: Order) -> str:
    return ", ".join(f"{column.name} {_direction(column)}" for column in order.columns)


def _direction(column: Column) -> str:
    """As the indexes have it, so that they serve it on every database."""
    if column.name in _AS_THEY_COME:
        return "DESC" if column.descends else "ASC"
    return "DESC NULLS LAST" if column.descends else "ASC NULLS FIRST"


def _quoted(names: Sequence[str]) -> list[str]:
    return [connection.ops.quote_name(name) for name in names]


def _rows(text: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return [*cursor.fetchall()]
