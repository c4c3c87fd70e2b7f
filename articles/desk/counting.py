"""The SQL that counts a long list: as far as is worth it, a lower bound beyond."""

# ruff: noqa: S608 - the SQL is made of our own names; every value is bound.
from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import connection

from articles.desk.statements import NOTHING, TABLE, Sql, hidden, on, union

COUNTED_OF: Final = 5_000
"""So many rows of an index are tried for the count; beyond that it is a lower bound."""
READ_FOR_COUNT: Final = 500
"""The same, where each has to be read from the table, or looked up in another."""
UNKNOWN: Final[Sql] = ("SELECT NULL", ())
NONE: Final[Sql] = ("SELECT 0", ())
TRIED: Final = "tried"
"""Rows of the table that were chosen already, by some of their columns."""


def counted(rows: Sql, cap: int) -> Sql:
    """How many there are, up to one more than the cap."""
    return (f"SELECT COUNT(*) FROM ({rows[0]} LIMIT {cap + 1}) AS counted", rows[1]) if rows[0] else NONE


def counted_in_index(rows: Sql, tried: Sequence[Sql], most: int = COUNTED_OF) -> Sql:
    """How many of the first rows of an index fit, by columns that stand in it."""
    if not rows[0]:
        return NONE
    condition = on(TRIED, hidden(*tried))
    return _tally(f"({rows[0]} LIMIT {most + 1}) AS {TRIED}", rows, condition, most)


def counted_in_table(hits: Sql, tried: Sequence[Sql]) -> Sql:
    """How many of the first hits fit; each is read. `hits` are keys, as `hit`."""
    first = f"({hits[0]} LIMIT {READ_FOR_COUNT + 1}) AS first CROSS JOIN {TABLE} WHERE {TABLE}.id = first.hit"
    return _tally(first, hits, hidden(*tried), READ_FOR_COUNT)


def newest_of(hits: Sequence[Sql]) -> Sql:
    """Keys out of another table, the newest first."""
    if not hits:
        return NOTHING
    each = [*hits]
    if len(each) > 1 and connection.vendor == "postgresql":  # merges only what is in order by itself
        each = [(f"({text} ORDER BY 1 DESC)", params) for text, params in each]
    text, params = union(each)
    return f"{text} ORDER BY 1 DESC", params


def further(rows: Sql, tried: int) -> Sql:
    """1 where there are more than so many rows; 0 or nothing where not."""
    return (f"SELECT 1 FROM ({rows[0]} LIMIT 1 OFFSET {tried}) AS further", rows[1]) if rows[0] else NONE


def _tally(source: str, rows: Sql, condition: Sql, most: int) -> Sql:
    """The count; less than nothing by one more than it, where it is only of the rows that were tried."""
    fits = f"SELECT CASE WHEN {condition[0] or '1 = 1'} THEN 1 ELSE 0 END AS fits FROM {source}"
    found = "COALESCE(SUM(fits), 0)"
    text = f"SELECT CASE WHEN COUNT(*) > {most} THEN -1 - {found} ELSE {found} END FROM ({fits}) AS tally"
    return text, [*condition[1], *rows[1]]
