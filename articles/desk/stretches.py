"""The stretches of the queue's indexes that hold a list, as SQL: which they are, and what of them a place leaves."""

# ruff: noqa: S608 - the SQL is made of our own names and of what Django compiled; every value is bound.
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from django.db import connection

from articles.desk.keyset import Column, Order, Place
from articles.desk.statements import ALL, TABLE, Sql, in_states, together, union

_AS_THEY_COME: Final = frozenset({"state", "nearness"})
"""Columns that are never NULL and that indexes have in rising order."""
IN_INDEX: Final = ("id", "site_id", "provider_id", "quality", "heat", "published_at")
"""What every index of the queue has, beside what it is cut by."""
INDEXES: Final = {
    "published_at": "article_queue_date",
    "heat": "article_queue_heat",
    "quality": "article_queue_quality",
    "nearness": "article_queue_nearness",
}
"""By the column that comes behind what they are cut by."""


Stretch = tuple[tuple[int, ...], bool | None]


@dataclass(frozen=True, slots=True)
class Cut:
    """The stretches of every index of the queue that hold a list: each of the states, published so or so."""

    states: tuple[int, ...]
    published: tuple[bool | None, ...]

    def __iter__(self) -> Iterator[Stretch]:
        return (((state,), published) for state, published in product(self.states, self.published))

    @property
    def wholes(self) -> Iterator[Stretch]:
        """The same for who asks for no order: on PostgreSQL, which plans each longer than it reads, of all states."""
        if connection.vendor == "postgresql":
            return ((self.states, published) for published in self.published)
        return iter(self)


def all_of(cut: Cut) -> Sql:
    """All of the cut as hits."""
    return of_cut(cut, ("id AS hit",), index=INDEXES["nearness"])


def of_cut(cut: Cut, columns: Sequence[str] = ("id",), *conditions: Sql, index: str = "") -> Sql:
    """Columns of the index of what fits, in no order."""
    if connection.vendor == "postgresql" and not conditions and len(cut.published) > 1:
        states = ", ".join(f"{state:d}" for state in cut.states)  # to plan each stretch would take longer than to count
        return f"SELECT {', '.join(columns)} FROM {TABLE} WHERE state IN ({states})", ()
    return union(term(one, columns, together(*conditions), index) for one in cut.wholes)


def parts_of(cut: Cut, order: Order) -> Iterable[Cut]:
    """What comes one after the other in an order: each state, where it is by state."""
    if order.columns[0].name != "state":
        return [cut]
    return [Cut((state,), cut.published) for state in sorted(cut.states, reverse=order.columns[0].descends)]


def all_terms(cut: Cut, order: Order, start: Place | None, conditions: Sequence[Sql], columns: Sequence[str]) -> Sql:
    """One part of a union for every stretch."""
    return union(each_term(cut, order, start, conditions, columns))


def to_count(cut: Cut, order: Order, start: Place | None, conditions: Sequence[Sql] = ()) -> Sql:
    """The keys of what comes behind a place, in no order."""
    if connection.vendor == "postgresql" and start is None and not conditions:
        return of_cut(cut)
    return all_terms(cut, order, start, conditions, ("id",))


def each_term(
    cut: Cut, order: Order, start: Place | None, conditions: Sequence[Sql], columns: Sequence[str]
) -> Iterator[Sql]:
    """The rows of each stretch; one in which a range begins has a term for each part of the range."""
    index = INDEXES[without_state(order).columns[0].name]
    for stretch in cut:
        for part in _ranges(order, start, stretch[0][0]):
            yield term(stretch, columns, together(part, *conditions), index)


def _ranges(order: Order, start: Place | None, state: int) -> list[Sql]:
    """What comes after a place among the articles of a state: where the order is by state first, all or nothing."""
    if start is None:
        return [ALL]
    first = order.columns[0]
    if first.name != "state":
        return order.after(start)
    if state == start[0]:
        return without_state(order).after(start[1:])
    is_after = (state < (start[0] or 0)) if first.descends else (state > (start[0] or 0))
    return [ALL] if is_after else []


def without_state(order: Order) -> Order:
    """What the articles of one state are ordered by."""
    return Order(order.name, order.words, order.columns[1:]) if order.columns[0].name == "state" else order


def term(stretch: Stretch, columns: Sequence[str], condition: Sql, index: str = "") -> Sql:
    """On SQLite along an index by its name: it would not always see which is the one."""
    states, published = stretch
    in_state = f"state = {states[0]:d}" if len(states) == 1 else in_states(states)[0]
    along = f" INDEXED BY {index}" if index and connection.vendor == "sqlite" else ""
    is_published = "IS NULL" if published is None else f"= {'TRUE' if published else 'FALSE'}"
    more = f" AND {condition[0]}" if condition[0] else ""
    return (
        f"SELECT {', '.join(columns)} FROM {TABLE}{along} WHERE {in_state} AND published {is_published}{more}",
        condition[1],
    )


def by_place(order: Order, columns: Sequence[str]) -> str:
    """For a union, whose columns have numbers."""
    return ", ".join(f"{columns.index(column.name) + 1} {_direction(column)}" for column in order.columns)


def by_columns(order: Order) -> str:
    """What stands behind ORDER BY."""
    return ", ".join(f"{column.name} {_direction(column)}" for column in order.columns)


def _direction(column: Column) -> str:
    """As the indexes have it, so that they serve it on every database."""
    if column.name in _AS_THEY_COME:
        return "DESC" if column.descends else "ASC"
    return "DESC NULLS LAST" if column.descends else "ASC NULLS FIRST"
