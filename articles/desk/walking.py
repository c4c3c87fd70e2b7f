"""The SQL of a page of the queue, for lists of any length.

A short list is fetched by what is rarest in it, and sorted. A long one is walked: each state, published and not, is a
stretch of the index of the order; the stretches are merged as they are read, and no more is read than the page takes.
"""

# ruff: noqa: S608 - the SQL is made of our own names and of what Django compiled; every value is bound.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final

from django.db import connection

from articles.desk.counting import NONE, TRIED, UNKNOWN, counted, further
from articles.desk.keyset import Column, Order, Place
from articles.desk.statements import ALL, NOTHING, TABLE, Sql, hidden, on, rows_of, together, union, where

TRIED_AT_MOST: Final = 10_000
"""So many rows of an order are tried for a page; then what they are tried for is fetched instead."""
READ_AT_MOST: Final = 8_000
"""The same, where each has to be read from the table."""
_AS_THEY_COME: Final = frozenset({"state", "nearness"})
"""Columns that are never NULL and that indexes have in rising order."""
IN_INDEX: Final = ("id", "site_id", "provider_id", "quality", "heat", "published_at")
"""What every index of the queue has, beside what it is cut by."""
_INDEXES: Final = {
    "published_at": "article_queue_date",
    "heat": "article_queue_heat",
    "quality": "article_queue_quality",
    "nearness": "article_queue_nearness",
}
"""By the column that comes behind what they are cut by."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The stretches of every index of the queue that hold a list: each of the states, published so or so."""

    states: tuple[int, ...]
    published: tuple[bool | None, ...]

    def __iter__(self) -> Iterator[tuple[int, bool | None]]:
        return product(self.states, self.published)


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


def sorted_page(hits: Sql, order: Order, start: Place | None, rows: int) -> Found:
    """The page of a list that is short enough to be fetched as a whole: `hits`, once each, with the order's columns."""
    if not hits[0]:
        return Found((), 0, 0)
    after = _after(order, start)
    listed = f"SELECT id FROM hits{where(after)} ORDER BY {_by(order)} LIMIT {rows + 1}"
    behind = f"SELECT COUNT(*) FROM hits{where(after)}"
    text = (
        f"WITH hits({', '.join(order.names)}) AS MATERIALIZED ({hits[0]}) "
        f"SELECT (SELECT COUNT(*) FROM hits), ({behind}) UNION ALL SELECT id, NULL FROM ({listed}) AS listed"
    )
    (total, beyond), *found = rows_of((text, [*hits[1], *after[1], *after[1]]))
    return Found([row[0] for row in found], total, beyond)


def fetched(columns: Sequence[str], *conditions: Sql) -> Sql:
    """What fits these; for `sorted_page` with the order's columns."""
    condition = together(*conditions)
    return f"SELECT {', '.join(columns)} FROM {TABLE}{where(condition)}", condition[1]


def in_range(cut: Cut, order: Order, column: str, *conditions: Sql) -> Sql:
    """The same: what lies in a range, out of the index of the queue that begins with its column."""
    return union(_term(one, order.names, together(*conditions), _INDEXES[column]) for one in cut)


def kept(hits: Sequence[Sql], tried: Sequence[Sql]) -> Sql:
    """Of keys, as `hit`, those that fit by what other tables say: as a condition."""
    condition = on(TRIED, hidden(*tried))
    found = union(hits) if hits else NOTHING
    text = f"SELECT id FROM (SELECT hit AS id FROM ({found[0]}) AS found) AS {TRIED}{where(condition)}"
    return f'"{TABLE}"."id" IN ({text})', [*found[1], *condition[1]]


def all_of(cut: Cut) -> Sql:
    """All of the cut as hits."""
    return of_cut(cut, ("id AS hit",), index=_INDEXES["nearness"])


def of_cut(cut: Cut, columns: Sequence[str] = ("id",), *conditions: Sql, index: str = "") -> Sql:
    """Columns of the index of what fits, in no order."""
    if connection.vendor == "postgresql" and not conditions and len(cut.published) > 1:
        states = ", ".join(f"{state:d}" for state in cut.states)  # to plan each stretch would take longer than to count
        return f"SELECT {', '.join(columns)} FROM {TABLE} WHERE state IN ({states})", ()
    return union(_term(one, columns, together(*conditions), index) for one in cut)


def walked_page(cut: Cut, order: Order, start: Place | None, rows: int, *, cap: int) -> Found:
    """The page of a list that nothing narrows but its state: both counts stop behind the cap."""
    if start is None:
        found = _found(_first_page(cut, order, rows, cap, connection.vendor), cap)
        return replace(found, beyond=None if found.is_part else found.total)
    total, beyond = (counted(_to_count(cut, order, place), cap) for place in (None, start))
    return _found(_page_sql(_walk(cut, order, start, (), (), rows + 1), total, beyond), cap)


@lru_cache(maxsize=256)
def _first_page(cut: Cut, order: Order, rows: int, cap: int, _vendor: str) -> Sql:
    """The SQL of the page that is asked for most; the same each time."""
    total = counted(_to_count(cut, order, None), cap)
    return _page_sql(_walk(cut, order, None, (), (), rows + 1), total, UNKNOWN, NONE)


def tried_page(
    cut: Cut,
    order: Order,
    start: Place | None,
    rows: int,
    *,
    tried: Sequence[Sql],
    uses: Sequence[str],
    at_most: int,
    bounds: Sequence[Sql],
    count: Sql,
    cap: int,
) -> Found:
    """The page of a long list: the first rows of the order are tried, by columns of its index that they bring along
    (`uses`), or by their keys. So it may lack some."""
    if not tried:
        page = _walk(cut, order, start, bounds, (), rows + 1)
        return _with_end(_found(_page_sql(page, count, UNKNOWN), cap), rows)
    trial = _Trial(on(TRIED, hidden(*tried)), at_most)
    page = _walk(cut, order, start, bounds, uses, rows + 1, trial)
    more = further(_to_count(cut, order, start, bounds), at_most)
    return _with_end(_found(_page_sql(page, count, UNKNOWN, more, rows), cap), rows)


def _with_end(found: Found, rows: int) -> Found:
    """Where the page is not full the list ends with it: so many come after its place."""
    return found if found.is_cut or len(found.ids) > rows else replace(found, beyond=len(found.ids))


# --- Walking ---------------------------------------------------------------------------------------------------------


def _walk(
    cut: Cut,
    order: Order,
    start: Place | None,
    bounds: Sequence[Sql],
    uses: Sequence[str],
    limit: int,
    trial: _Trial | None = None,
) -> Sql:
    """The keys of the rows behind a place, as the index has them; with a trial those that pass it."""
    leading = [column.name for column in order.columns[:-1]]
    columns = [*dict.fromkeys(("id", *leading, *uses))]
    if connection.vendor == "postgresql":
        return _merged(cut, order, start, bounds, columns, limit, trial)
    terms = _terms(cut, order, start, bounds, columns)
    return _first(terms, _by_place(order, columns), limit, trial) if terms[0] else NOTHING


def _first(rows: Sql, by: str, limit: int, trial: _Trial | None) -> Sql:
    """The first rows of a union; of those that are tried, the first that pass."""
    text, params = rows
    if trial is None:
        return f"SELECT * FROM ({text} ORDER BY {by} LIMIT {limit}) AS walked", params
    walked = f"{text} ORDER BY {by} LIMIT {trial.at_most}"
    tried = f"SELECT * FROM ({walked}) AS {TRIED}{where(trial.condition)} LIMIT {limit}"
    return tried, [*params, *trial.condition[1]]


def _merged(
    cut: Cut,
    order: Order,
    start: Place | None,
    conditions: Sequence[Sql],
    columns: Sequence[str],
    limit: int,
    trial: _Trial | None,
) -> Sql:
    """The same for PostgreSQL, which merges stretches as it reads them only where each is in order by itself, and the
    order names no column that is the same all over a stretch: by state, then, where the order is."""
    is_by_state = order.columns[0].name == "state"
    inner = _without_state(order)
    each = [Cut((state,), cut.published) for state in cut.states] if is_by_state else [cut]
    parts: list[Sql] = []
    before: list[Sql] = []
    for some in reversed(each) if order.columns[0].descends else each:
        terms = [*_each_term(some, order, start, conditions, columns)]
        if terms:
            in_order = union(_in_order(*term, inner, trial.at_most if trial else limit) for term in terms)
            rows = _first((f"SELECT * FROM ({in_order[0]}) AS stretches", in_order[1]), _by(inner), limit, trial)
            parts.append(_unless_cut(union(before), rows, trial))
            before += [term for _, term in terms]
    text, params = union(parts)
    return (f"SELECT * FROM ({text}) AS walked ORDER BY {_by(order)} LIMIT {limit}", params) if text else NOTHING


def _unless_cut(before: Sql, rows: Sql, trial: _Trial | None) -> Sql:
    """The rows of a state; none where not all of the states before it may have been tried, whose rows come first."""
    if trial is None or not before[0]:
        return f"({rows[0]})", rows[1]
    rest = further(before, trial.at_most)
    return f"(SELECT * FROM ({rows[0]}) AS state WHERE NOT EXISTS ({rest[0]}))", [*rows[1], *rest[1]]


def _in_order(published: bool | None, term: Sql, order: Order, limit: int) -> Sql:
    """A stretch as its index has it. That all of it is NULL in a column tells PostgreSQL nothing about its order."""
    if published is not None:
        return f"({term[0]} ORDER BY {_by(order)})", term[1]
    direction = "NULLS FIRST" if order.columns[-1].descends else "DESC NULLS LAST"  # forwards or backwards
    return f"({term[0]} ORDER BY published {direction}, {_by(order)} LIMIT {limit})", term[1]


def _terms(cut: Cut, order: Order, start: Place | None, conditions: Sequence[Sql], columns: Sequence[str]) -> Sql:
    """One part of a union for every stretch."""
    return union(term for _, term in _each_term(cut, order, start, conditions, columns))


def _to_count(cut: Cut, order: Order, start: Place | None, conditions: Sequence[Sql] = ()) -> Sql:
    """The keys of what comes behind a place, in no order."""
    if connection.vendor == "postgresql" and start is None and not conditions:
        return of_cut(cut)
    return _terms(cut, order, start, conditions, ("id",))


def _each_term(
    cut: Cut, order: Order, start: Place | None, conditions: Sequence[Sql], columns: Sequence[str]
) -> Iterator[tuple[bool | None, Sql]]:
    """Whether it is published, and its rows; a stretch in which a range begins has one for each part of the range."""
    index = _INDEXES[_without_state(order).columns[0].name]
    for state, published in cut:
        for part in _ranges(order, start, state):
            yield published, _term((state, published), columns, together(part, *conditions), index)


def _ranges(order: Order, start: Place | None, state: int) -> list[Sql]:
    """What comes after a place among the articles of a state: where the order is by state first, all or nothing."""
    if start is None:
        return [ALL]
    first = order.columns[0]
    if first.name != "state":
        return order.after(start)
    if state == start[0]:
        return _without_state(order).after(start[1:])
    is_after = (state < (start[0] or 0)) if first.descends else (state > (start[0] or 0))
    return [ALL] if is_after else []


def _without_state(order: Order) -> Order:
    """What the articles of one state are ordered by."""
    return Order(order.name, order.words, order.columns[1:]) if order.columns[0].name == "state" else order


def _term(stretch: tuple[int, bool | None], columns: Sequence[str], condition: Sql, index: str = "") -> Sql:
    """On SQLite along an index by its name: it would not always see which is the one."""
    state, published = stretch
    along = f" INDEXED BY {index}" if index and connection.vendor == "sqlite" else ""
    is_published = "IS NULL" if published is None else f"= {'TRUE' if published else 'FALSE'}"
    more = f" AND {condition[0]}" if condition[0] else ""
    return (
        f"SELECT {', '.join(columns)} FROM {TABLE}{along} WHERE state = {state:d} AND published {is_published}{more}",
        condition[1],
    )


def _page_sql(page: Sql, total: Sql, beyond: Sql, more: Sql = NONE, rows: int = 0) -> Sql:
    """`more`: whether there are more than were tried; asked only where a page of so many rows is not full."""
    is_cut = f"CASE WHEN (SELECT COUNT(*) FROM page) > {rows} THEN 0 ELSE ({more[0]}) END"
    known = f"({total[0]}), ({beyond[0]}), {is_cut if rows else 0}"
    listed = f"WITH page(id) AS MATERIALIZED (SELECT id FROM ({page[0]}) AS walked)"
    text = f"{listed} SELECT {known} UNION ALL SELECT id, NULL, NULL FROM page"
    return text, [*page[1], *total[1], *beyond[1], *(more[1] if rows else ())]


def _found(sql: Sql, cap: int) -> Found:
    (count, behind, more), *found = rows_of(sql)
    ids = [row[0] for row in found]
    is_part, count = count < 0 or count > cap, max(-1 - count if count < 0 else count, len(ids))
    return Found(ids, count, None if behind is None or behind > cap else behind, is_part, is_cut=bool(more))


# --- Orders ----------------------------------------------------------------------------------------------------------


def _after(order: Order, start: Place | None) -> Sql:
    if start is None:
        return ALL
    ranges = order.after(start)
    return " OR ".join(f"({text})" for text, _ in ranges), [param for _, params in ranges for param in params]


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
