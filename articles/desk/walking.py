"""The SQL of a page of the queue, for lists of any length.

A short list is fetched by what is rarest in it, and sorted. A long one is walked: each state, published and not, is a
stretch of the index of the order; the stretches are merged as they are read, and no more is read than the page takes.
"""

# ruff: noqa: S608 - the SQL is made of our own names and of what Django compiled; every value is bound.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from django.db import connection

from articles.desk.counting import NONE, TRIED, UNKNOWN, counted, further
from articles.desk.keyset import Order, Place
from articles.desk.statements import (
    ALL,
    NOTHING,
    TABLE,
    Sql,
    hidden,
    in_states,
    narrowed,
    on,
    rows_of,
    together,
    union,
    where,
)
from articles.desk.stretches import (
    INDEXES,
    Cut,
    all_terms,
    by_columns,
    by_place,
    each_term,
    parts_of,
    term,
    to_count,
    without_state,
)
from articles.labels import LABELLED

TRIED_AT_MOST: Final = 10_000
"""So many rows of an order are tried for a page; then what they are tried for is fetched instead."""
READ_AT_MOST: Final = 8_000
"""The same, where each has to be read from the table."""


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


@dataclass(frozen=True, slots=True)
class _Walk:
    """The rows of a page in SQL; `more`: whether there are more than were tried. `shared`: what both are made of."""

    rows: Sql
    more: Sql = NONE
    shared: Sequence[Sql] = ()


def sorted_page(
    hits: Sql, order: Order, start: Place | None, rows: int, *, is_kept: bool = True, is_counted: bool = True
) -> Found:
    """The page of a list that is short enough to be fetched as a whole: `hits`, once each, with the order's columns.

    `is_kept`: they are not asked for again to be counted. `is_counted`: nobody knows how many they are; else the hits
    are only those behind the place.
    """
    if not hits[0]:
        return Found((), 0, 0)
    after = order.behind(start) if is_counted else ALL
    listed = f"SELECT id FROM hits{where(after)} ORDER BY {by_columns(order)} LIMIT {rows + 1}"
    behind = f"SELECT COUNT(*) FROM hits{where(after)}" if start else "NULL"
    total_of = "SELECT COUNT(*) FROM hits" if is_counted else "SELECT 0"
    text = (
        f"WITH hits({', '.join(order.names)}) AS {'' if is_kept else 'NOT '}MATERIALIZED ({hits[0]}) "
        f"SELECT ({total_of}), ({behind}) UNION ALL SELECT id, NULL FROM ({listed}) AS listed"
    )
    (total, beyond), *found = rows_of((text, [*hits[1], *(after[1] if start else ()), *after[1]]))
    return Found([row[0] for row in found], total, beyond if start else total if is_counted else None)


def fetched(columns: Sequence[str], *conditions: Sql) -> Sql:
    """What fits these; for `sorted_page` with the order's columns."""
    condition = together(*conditions)
    return f"SELECT {', '.join(columns)} FROM {TABLE}{where(condition)}", condition[1]


def in_range(cut: Cut, order: Order, column: str, *conditions: Sql) -> Sql:
    """The same: what lies in a range, out of the index of the queue that begins with its column."""
    return union(term(one, order.names, together(*conditions), INDEXES[column]) for one in cut.wholes)


def labelled(columns: Sequence[str], labels: Sequence[int | str], *conditions: Sql) -> Sql:
    """The same: what has one of these labels, which lies side by side."""
    named = f"label IN ({', '.join(['%s'] * len(labels))})", labels
    condition = on(TRIED, together(named, *conditions))
    return f"SELECT {', '.join(columns)} FROM {LABELLED} AS {TRIED}{where(condition)}", condition[1]


def keys_by_label(labels: Sql, states: Sequence[int]) -> Sql:
    """Keys of what has one of these labels and is in one of these states."""
    text, params = labels
    return narrowed((f"SELECT id FROM {LABELLED} WHERE label IN ({text})", params), in_states(states))


def keys_in_range(cut: Cut, column: str, *bounds: Sql) -> Sequence[Sql]:
    """The same of what lies in a range, by stretches."""
    return [term(one, ("id",), together(*bounds), INDEXES[column]) for one in cut.wholes]


def led_page(
    labels: Sequence[int | str],
    order: Order,
    start: Place | None,
    rows: int,
    *,
    within: Sequence[Sql],
    tried: Sequence[Sql],
    uses: Sequence[str],
    at_most: int,
    count: Sql,
    cap: int,
) -> Found:
    """The page of what has one of these labels: the first of them are sorted, and tried only as far as the page goes.

    So it may lack some.
    """
    columns = [*dict.fromkeys((*order.names, *uses))]
    text, params = labelled(columns, labels, order.behind(start), *within)
    if order.columns[0].name == "published_at" and order.columns[0].descends:  # as good as sorted, from the end
        backwards = "ORDER BY label DESC, state DESC, id DESC" + (" LIMIT -1" if connection.vendor == "sqlite" else "")
        text = f"SELECT {', '.join(columns)} FROM ({text} {backwards}) AS {TRIED}"
    condition = on(TRIED, hidden(*tried))
    page = (
        f"SELECT * FROM ({text} ORDER BY {by_columns(order)} LIMIT {at_most}) AS {TRIED}{where(condition)} "
        f"LIMIT {rows + 1}",
        [*params, *condition[1]],
    )
    walk = _Walk(page, further((text, params), at_most))
    found = _with_end(_found(_page_sql(walk, count, UNKNOWN, rows), cap), rows)
    is_all = start is None and found.beyond is not None
    return replace(found, total=len(found.ids), is_part=False) if is_all else found


def looked_up(columns: Sequence[str], hits: Sequence[Sql], beside: Sequence[Sql], *conditions: Sql) -> Sql:
    """The same: of keys, as `hit`, those that fit by what other tables say, and then by their own.

    SQLite is told to read one article after the other: it would make a list of the keys first.
    """
    found, fits = union(hits) if hits else NOTHING, on(TRIED, hidden(*beside))
    chosen = f"SELECT id AS hit FROM (SELECT hit AS id FROM ({found[0]}) AS found) AS {TRIED}{where(fits)}"
    params = [*found[1], *fits[1]]
    if connection.vendor != "sqlite":
        return fetched(columns, (f"id IN ({chosen})", params), *conditions)
    condition = together(("id = hit", ()), *conditions)
    source = f"({chosen}) AS chosen CROSS JOIN {TABLE} NOT INDEXED"
    return f"SELECT {', '.join(columns)} FROM {source}{where(condition)}", [*params, *condition[1]]


def walked_page(cut: Cut, order: Order, start: Place | None, rows: int, *, cap: int) -> Found:
    """The page of a list that nothing narrows but its state: both counts stop behind the cap."""
    if start is None:
        found = _found(_first_page(cut, order, rows, cap, connection.vendor), cap)
        return replace(found, beyond=None if found.is_part else found.total)
    total = counted(to_count(cut, order, None), cap)
    if connection.vendor == "postgresql":  # to read so many takes less than to plan each of their stretches once more
        behind = _walk(cut, order, start, (), (), max(cap, rows) + 1)
        if behind.shared:
            page = f"SELECT * FROM behind ORDER BY {by_columns(order)} LIMIT {rows + 1}", ()
            walk = _Walk(page, shared=[*behind.shared, _named("behind", behind.rows)])
            return _found(_page_sql(walk, total, ("SELECT COUNT(*) FROM behind", ())), cap)
    beyond = counted(to_count(cut, order, start), cap)
    return _found(_page_sql(_walk(cut, order, start, (), (), rows + 1), total, beyond), cap)


@lru_cache(maxsize=256)
def _first_page(cut: Cut, order: Order, rows: int, cap: int, _vendor: str) -> Sql:
    """The SQL of the page that is asked for most; the same each time."""
    total = counted(to_count(cut, order, None), cap)
    return _page_sql(_walk(cut, order, None, (), (), rows + 1), total, UNKNOWN)


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
    trial = _Trial(on(TRIED, hidden(*tried)), at_most) if tried else None
    walk = _walk(cut, order, start, bounds, uses if trial else (), rows + 1, trial)
    return _with_end(_found(_page_sql(walk, count, UNKNOWN, rows), cap), rows)


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
) -> _Walk:
    """The keys of the rows behind a place, as the index has them; with a trial those that pass it."""
    leading = [column.name for column in order.columns[:-1]]
    columns = [*dict.fromkeys(("id", *leading, *uses))]
    if connection.vendor == "postgresql":
        return _merged(cut, order, start, bounds, columns, limit, trial)
    text, params = all_terms(cut, order, start, bounds, columns)
    if not text:
        return _Walk(NOTHING)
    by = by_place(order, columns)
    if trial is None:
        return _Walk((f"SELECT * FROM ({text} ORDER BY {by} LIMIT {limit}) AS walked", params))
    walked = f"{text} ORDER BY {by} LIMIT {trial.at_most}"
    tried = f"SELECT * FROM ({walked}) AS {TRIED}{where(trial.condition)} LIMIT {limit}"
    more = further(to_count(cut, order, start, bounds), trial.at_most)
    return _Walk((tried, [*params, *trial.condition[1]]), more)


def _merged(
    cut: Cut,
    order: Order,
    start: Place | None,
    conditions: Sequence[Sql],
    columns: Sequence[str],
    limit: int,
    trial: _Trial | None,
) -> _Walk:
    """The same for PostgreSQL, which merges stretches as it reads them only where each is in order by itself, and the
    order names no column that is the same all over a stretch: by state, then, where the order is.

    What it names by WITH it reads no further than it is asked for; so the rows of a state are there to be counted for
    nothing once all of them were tried. A state is begun where all before it were tried, and the page is not full.
    """
    inner = without_state(order)
    shared: list[Sql] = []
    pages: list[str] = []
    cuts: list[str] = []
    for number, part in enumerate(parts_of(cut, order)):
        terms = [*each_term(part, order, start, conditions, columns)]
        if terms:
            most = trial.at_most + 1 if trial else limit
            text, params = union((f"({text} ORDER BY {by_columns(inner)})", given) for text, given in terms)
            rows = f"SELECT * FROM ({text}) AS stretches ORDER BY {by_columns(inner)} LIMIT {most}", params
            if trial:
                shared.append(_named(f"walked_{number}", rows))
                rows = f"SELECT * FROM walked_{number} AS {TRIED}{where(trial.condition)}", trial.condition[1]
            begins = _begins(pages, cuts, limit)
            shared.append(
                _named(f"page_{number}", (f"SELECT * FROM ({rows[0]}) AS fitting{begins} LIMIT {limit}", rows[1]))
            )
            pages.append(f"page_{number}")
            cuts += [f"(SELECT COUNT(*) FROM walked_{number}) > {trial.at_most}"] if trial else []
    if not pages:
        return _Walk(NOTHING)
    every = union((f"SELECT * FROM {page}", ()) for page in pages)[0]
    more = f"SELECT CASE {' '.join(f'WHEN {is_cut} THEN 1' for is_cut in cuts)} ELSE 0 END", ()
    walked = f"SELECT * FROM ({every}) AS walked ORDER BY {by_columns(order)} LIMIT {limit}", ()
    return _Walk(walked, more if cuts else NONE, shared)


def _begins(pages: Sequence[str], cuts: Sequence[str], limit: int) -> str:
    """Whether a state is begun after others: as a condition that is asked once."""
    if not pages:
        return ""
    found = " + ".join(f"(SELECT COUNT(*) FROM {page})" for page in pages)
    return f" WHERE CASE {' '.join(f'WHEN {one} THEN FALSE' for one in (f'{found} >= {limit}', *cuts))} ELSE TRUE END"


def _named(name: str, rows: Sql) -> Sql:
    return f"{name} AS MATERIALIZED ({rows[0]})", rows[1]


def _page_sql(walk: _Walk, total: Sql, beyond: Sql, rows: int = 0) -> Sql:
    """Whether there are more than were tried is asked only where a page of so many rows is not full."""
    more, params = walk.more
    is_cut = (
        f"CASE WHEN (SELECT COUNT(*) FROM page) > {rows} THEN 0 ELSE ({more}) END" if walk.more is not NONE else "0"
    )
    named = [*walk.shared, _named("page(id)", (f"SELECT id FROM ({walk.rows[0]}) AS walked", walk.rows[1]))]
    listed = f"WITH {', '.join(text for text, _ in named)}"
    text = f"{listed} SELECT ({total[0]}), ({beyond[0]}), {is_cut} UNION ALL SELECT id, NULL, NULL FROM page"
    return text, [*(param for _, params in named for param in params), *total[1], *beyond[1], *params]


def _found(sql: Sql, cap: int) -> Found:
    (count, behind, more), *found = rows_of(sql)
    ids = [row[0] for row in found]
    is_part, count = count < 0 or count > cap, max(-1 - count if count < 0 else count, len(ids))
    return Found(ids, count, None if behind is None or behind > cap else behind, is_part, is_cut=bool(more))
