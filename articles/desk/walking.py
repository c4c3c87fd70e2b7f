"""The SQL of a page of the queue, for lists of any length.

A short list is fetched by what is rarest in it, and sorted. A long one is walked: each state, published and not, is a
stretch of the index of the order; the stretches are merged as they are read, and no more is read than the page takes.
"""

# ruff: noqa: S608 - the SQL is made of our own names and of what Django compiled; every value is bound.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import Any, Final

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import Case, Q, QuerySet, Value, When

from articles.desk.keyset import Column, Order, Place
from articles.models import Article

TRIED_AT_MOST: Final = 10_000
"""So many rows of an order are tried for a page; then what they are tried for is fetched instead."""
READ_AT_MOST: Final = 8_000
"""The same, where each has to be read from the table."""
COUNTED_OF: Final = 10_000
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
_NONE: Final[Sql] = ("SELECT 0", [])
_ALL: Final[Sql] = ("", [])


@dataclass(frozen=True, slots=True)
class Cut:
    """The stretches of every index of the queue that hold a list: each of the states, published so or so."""

    states: tuple[int, ...]
    published: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of a page's articles in its order, and of one more if there is one; how many there are in all.

    `beyond`: how many come after the place where the page begins; None: unknown, or very many. `is_part`: the count is
    a lower bound. `is_cut`: no more rows were tried, and there are some.
    """

    ids: Sequence[int]
    total: int
    beyond: int | None = None
    is_part: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Trial:
    """What rows that were walked are tried by, and how many of them at most; on PostgreSQL of each state."""

    condition: Sql
    at_most: int


def sorted_page(hits: Sql | None, order: Order, start: Place | None, rows: int) -> Found:
    """The page of a list that is short enough to be fetched as a whole: `hits`, once each, with the order's columns."""
    if hits is None or not hits[0]:
        return Found((), 0, 0)
    after = _after(order, start)
    columns = ", ".join(_quoted(order.names))
    listed = f"SELECT id FROM hits AS {TRIED} WHERE {after[0]} ORDER BY {_by(order)} LIMIT {rows + 1}"
    counted = f"SELECT COUNT(*) FROM hits AS {TRIED} WHERE {after[0]}"
    text = (
        f"WITH hits({columns}) AS MATERIALIZED ({hits[0]}) "
        f"SELECT (SELECT COUNT(*) FROM hits), ({counted}) UNION ALL SELECT id, NULL FROM ({listed}) AS listed"
    )
    (total, beyond), *found = _rows(text, [*hits[1], *after[1], *after[1]])
    return Found([row[0] for row in found], total, beyond)


def fetched(articles: QuerySet[Article], order: Order) -> Sql | None:
    """For `sorted_page`: what a queryset has."""
    return compiled(articles.order_by().values_list(*order.names))


def in_range(cut: Cut, order: Order, bounds: Q, tried: Q) -> Sql:
    """The same: what lies in a range, out of the index of the order that begins with its column."""
    return _terms(cut, order, None, [bounds, tried], order.names)


def kept(hits: Sql, tried: Sequence[Q]) -> Sql:
    """Of keys, as `hit`, those that fit by what other tables say."""
    condition = where(hidden(*tried), of=TRIED) or ("FALSE", [])
    text = f"SELECT id FROM (SELECT hit AS id FROM ({hits[0]}) AS found) AS {TRIED} WHERE {condition[0] or '1 = 1'}"
    return text, [*hits[1], *condition[1]]


def walked_page(cut: Cut, order: Order, start: Place | None, rows: int, *, cap: int) -> Found:
    """The page of a list that nothing narrows but state and published: both counts stop behind the cap."""
    if start is None:
        return _found(_first_page(cut, order, rows, cap, connection.vendor), cap)
    total, beyond = (_counted(_terms(cut, order, place, (), ("id",)), cap) for place in (None, start))
    return _found(_page_sql(_walk(cut, order, start, (), (), rows + 1), total, beyond, _NONE), cap)


@lru_cache(maxsize=256)
def _first_page(cut: Cut, order: Order, rows: int, cap: int, _vendor: str) -> Sql:
    """The SQL of the page that is asked for most; the same each time."""
    total = _counted(_terms(cut, order, None, (), ("id",)), cap)
    return _page_sql(_walk(cut, order, None, (), (), rows + 1), total, total, _NONE)


def tried_page(
    cut: Cut,
    order: Order,
    start: Place | None,
    rows: int,
    *,
    tried: Sequence[Q],
    uses: Sequence[str],
    at_most: int,
    bounds: Sequence[Q],
    count: Sql,
    cap: int,
) -> Found:
    """The page of a long list: the first rows of the order are tried, by columns of its index that they bring along
    (`uses`), or by their keys. So it may lack some."""
    if not tried:
        page = _walk(cut, order, start, bounds, (), rows + 1)
        return _with_end(_found(_page_sql(page, count, _UNKNOWN, _NONE), cap), rows)
    condition = where(hidden(*tried), of=TRIED)
    if condition is None:
        return Found((), 0, 0)
    page = _walk(cut, order, start, bounds, uses, rows + 1, _Trial(condition, at_most))
    further = _further(_terms(cut, order, start, bounds, ("id",)), at_most)
    return _with_end(_found(_page_sql(page, count, _UNKNOWN, further), cap), rows)


def _with_end(found: Found, rows: int) -> Found:
    """Where the page is not full the list ends with it: so many come after its place."""
    return found if found.is_cut or len(found.ids) > rows else replace(found, beyond=len(found.ids))


# --- Counts ----------------------------------------------------------------------------------------------------------


def count_in_range(cut: Cut, bounds: Sequence[Q], cap: int) -> Sql:
    """How many there are in a range that an index has as one stretch."""
    within = where(*bounds)
    return _counted(_union([_term(one, ("id",), within) for one in _each(cut)]), cap) if within else _NONE


def count_in_index(cut: Cut, tried: Sequence[Q], cap: int) -> Sql:
    """How many of the first rows of an index fit, by columns that stand in it; as many more as there are."""
    some = _union([_term(one, _TRIED, _ALL) for one in _each(cut)])
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


def hits_in(hits: Sequence[QuerySet[Any, Any]]) -> Sql:
    """The keys of articles out of another table, as `hit`."""
    text, params = _union([sql for one in hits if (sql := compiled(one)) is not None])
    return (text, params) if text else _NOTHING


def newest_of(hits: Sequence[QuerySet[Any, Any]]) -> Sql:
    """The same, the newest first."""
    each = [sql for one in hits if (sql := compiled(one)) is not None]
    if len(each) > 1 and connection.vendor == "postgresql":  # merges only what is in order by itself
        each = [(f"({text} ORDER BY 1 DESC)", params) for text, params in each]
    text, params = _union(each)
    return (f"{text} ORDER BY 1 DESC", params) if text else _NOTHING


def hits_of(cut: Cut) -> Sql:
    """All of the cut as hits."""
    return _union([_term(one, ("id AS hit",), _ALL) for one in _each(cut)])


def _counted(rows: Sql, cap: int) -> Sql:
    if not rows[0]:
        return "SELECT 0", []
    return f"SELECT COUNT(*) FROM ({rows[0]} LIMIT {cap + 1}) AS counted", rows[1]


def _with_rest(counted: Sql, rows: Sql, tried: int) -> Sql:
    """The count; less than nothing by one more than it, where it is only of the rows that were tried."""
    rest = _further(rows, tried)
    text = f"SELECT CASE WHEN ({rest[0]}) = 1 THEN -1 - COUNT(*) ELSE COUNT(*) END FROM ({counted[0]}) AS counted"
    return text, [*rest[1], *counted[1]]


def _further(rows: Sql, tried: int) -> Sql:
    """1 where there are more than so many rows; 0 or nothing where not."""
    return (f"SELECT 1 FROM ({rows[0]} LIMIT 1 OFFSET {tried}) AS further", rows[1]) if rows[0] else _NONE


# --- Walking ---------------------------------------------------------------------------------------------------------


def _walk(
    cut: Cut,
    order: Order,
    start: Place | None,
    bounds: Sequence[Q],
    uses: Sequence[str],
    limit: int,
    trial: _Trial | None = None,
) -> Sql:
    """The keys of the rows behind a place, as the index has them; with a trial those that pass it."""
    leading = [column.name for column in order.columns[:-1]]
    columns = [*dict.fromkeys(("id", *leading, *uses))]
    if connection.vendor == "postgresql":
        return _merged(cut, order, start, bounds, columns, limit, trial)
    text, params = _terms(cut, order, start, bounds, columns)
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
    parts: list[Sql] = []
    before: list[Sql] = []
    for one in reversed(cuts) if order.columns[0].descends else cuts:
        each = [*_each_term(one, order, start, conditions, columns)]
        terms = [_in_order(*term, inner, trial.at_most if trial else limit) for term in each]
        if terms:
            text, params = _union(terms)
            text, params = _first(f"SELECT * FROM ({text}) AS stretches", params, _by(inner), limit, trial)
            parts.append(_unless_cut(_union(before), (text, params), trial))
            before += [term for _, term in each]
    text, params = _union(parts)
    return (f"SELECT * FROM ({text}) AS walked ORDER BY {_by(order)} LIMIT {limit}", params) if text else _NOTHING


def _unless_cut(before: Sql, rows: Sql, trial: _Trial | None) -> Sql:
    """The rows of a state; none where not all of the states before it may have been tried, whose rows come first."""
    if trial is None or not before[0]:
        return f"({rows[0]})", rows[1]
    rest = _further(before, trial.at_most)
    return f"(SELECT * FROM ({rows[0]}) AS state WHERE NOT EXISTS ({rest[0]}))", [*rows[1], *rest[1]]


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
    common = where(*conditions)
    if common is None:
        return
    known: dict[Q, Sql | None] = {Q(): _ALL}
    for state, published in _each(cut):
        for part in _ranges(order, start, state):
            if part not in known:
                known[part] = where(part)
            if (sql := known[part]) is not None:
                yield published, _term((state, published), columns, _both(sql, common))


def _both(one: Sql, other: Sql) -> Sql:
    return " AND ".join(text for text in (one[0], other[0]) if text), [*one[1], *other[1]]


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


def _term(stretch: tuple[int, bool | None], columns: Sequence[str], condition: Sql) -> Sql:
    state, published = stretch
    is_published = "IS NULL" if published is None else f"= {'TRUE' if published else 'FALSE'}"
    text, params = condition
    more = f" AND {text}" if text else ""
    return (
        f"SELECT {', '.join(columns)} FROM {TABLE} WHERE state = {state:d} AND published {is_published}{more}",
        params,
    )


def _union(terms: Sequence[Sql]) -> Sql:
    return " UNION ALL ".join(text for text, _ in terms), [param for _, params in terms for param in params]


def _page_sql(page: Sql, total: Sql, beyond: Sql, further: Sql) -> Sql:
    known = ", ".join(f"({one[0]})" for one in (total, beyond, further))
    text = f"SELECT {known} UNION ALL SELECT id, NULL, NULL FROM ({page[0]}) AS page"
    return text, [*total[1], *beyond[1], *further[1], *page[1]]


def _found(sql: Sql, cap: int) -> Found:
    (count, behind, more), *found = _rows(*sql)
    ids = [row[0] for row in found]
    is_part, count = count < 0 or count > cap, max(-1 - count if count < 0 else count, len(ids))
    return Found(ids, count, None if behind is None or behind > cap else behind, is_part, is_cut=bool(more))


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
