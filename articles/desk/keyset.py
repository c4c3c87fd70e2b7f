"""The orders of the queue, and pages of them by the last row seen: the thousandth page costs what the first does.

A missing value counts as the smallest in every order, on every database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import F
from django.db.models.expressions import OrderBy

from articles.desk.statements import ALL, Sql, together

Place = tuple[int | None, ...]
"""Where a row stands in an order: its values there as numbers, a moment as microseconds."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
LONGEST_CURSOR: Final = 200
_SMALLEST, _GREATEST = -(2**63), 2**63 - 1
_NULLABLE: Final = frozenset({"heat", "quality", "published_at"})
_DATES: Final = frozenset({"published_at"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an order. `is_given`: no article of the list lacks it."""

    name: str
    descends: bool = False
    is_given: bool = False

    @property
    def is_nullable(self) -> bool:
        return self.name in _NULLABLE and not self.is_given

    @property
    def turned(self) -> Column:
        return replace(self, descends=not self.descends)

    def by(self) -> OrderBy:
        if not self.is_nullable:
            return OrderBy(F(self.name), descending=self.descends)
        return F(self.name).desc(nulls_last=True) if self.descends else F(self.name).asc(nulls_first=True)

    def same(self, number: int | None) -> Sql:
        return (f"{self.name} IS NULL", ()) if number is None else (f"{self.name} = %s", [self._value(number)])

    def beyond(self, number: int | None) -> Iterator[Sql]:
        """What comes after this value, in ranges that an index has one after the other."""
        if number is None:
            if not self.descends:
                yield f"{self.name} IS NOT NULL", ()
            return
        yield f"{self.name} {'<' if self.descends else '>'} %s", [self._value(number)]
        if self.descends and self.is_nullable:
            yield f"{self.name} IS NULL", ()

    def rank(self, number: int | None) -> tuple[bool, int]:
        """To sort by in Python, as the database does."""
        if self.descends:
            return number is None, -(number or 0)
        return number is not None, number or 0

    def _value(self, number: int) -> Any:
        if self.name not in _DATES:
            return number
        return connection.ops.adapt_datetimefield_value(EPOCH + number * MICROSECOND)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the queue: its name in the address, what the page calls it, and its columns; the last is the id."""

    name: str
    words: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def turned(self) -> Order:
        return Order(self.name, self.words, tuple(column.turned for column in self.columns))

    def given(self, name: str) -> Order:
        """The same for a list that a range of this column bounds: what lacks it need not be looked for."""
        return replace(self, columns=tuple(replace(one, is_given=one.name == name) for one in self.columns))

    def by(self) -> list[OrderBy]:
        return [column.by() for column in self.columns]

    def place_of(self, article: object) -> Place:
        return place([getattr(article, name) for name in self.names])

    def rank(self, where: Place) -> list[tuple[bool, int]]:
        return [column.rank(number) for column, number in zip(self.columns, where, strict=True)]

    def after(self, where: Place) -> list[Sql]:
        """All that comes after a place, in ranges: each is one stretch of an index, and they come in this order."""
        ranges = []
        for length in range(len(self.columns) - 1, -1, -1):
            known = zip(self.columns[:length], where[:length], strict=True)
            same = [column.same(number) for column, number in known]
            ranges += [together(*same, beyond) for beyond in self.columns[length].beyond(where[length])]
        return ranges

    def behind(self, where: Place | None) -> Sql:
        """The same as one condition, which looks at a column only where those before it are the same."""
        if where is None:
            return ALL
        text, params = "", list[Any]()
        for column, number in reversed([*zip(self.columns, where, strict=True)]):
            (same, value), beyond = column.same(number), [*column.beyond(number)]
            deeper = [(f"{same} AND ({text})", [*value, *params])] if text else []
            ways = [*beyond, *deeper]
            text, params = " OR ".join(way for way, _ in ways), [param for _, given in ways for param in given]
        return text, params

    def read(self, cursor: str) -> Place | None:
        """The place that a cursor names; None where it names none of this order."""
        parts = cursor[:LONGEST_CURSOR].split(".")
        if len(parts) != len(self.columns):
            return None
        try:
            where = tuple(None if part == "n" else int(part) for part in parts)
            fits = all(
                column.is_nullable if number is None else _fits(column, number)
                for column, number in zip(self.columns, where, strict=True)
            )
        except (ValueError, OverflowError):
            return None
        return where if fits else None


_ID: Final = Column("id", descends=True)
_HEAT: Final = Column("heat", descends=True)
_NEARNESS: Final = Column("nearness")
_DATE: Final = Column("published_at", descends=True)

NEED: Final = Order("need", "most urgent", (Column("state"), _NEARNESS, _HEAT, _ID))
NEWEST: Final = Order("newest", "newest", (_DATE, _ID))
ORDERS: Final = {
    order.name: order
    for order in (
        NEED,
        NEWEST,
        Order("oldest", "oldest", (_DATE.turned, _ID.turned)),
        Order("hottest", "hottest", (_HEAT, _ID)),
        Order("quality", "best", (Column("quality", descends=True), _ID)),
        Order("nearest", "borderline", (_NEARNESS, _HEAT, _ID)),
    )
}


def place(values: Sequence[Any]) -> Place:
    return tuple((value - EPOCH) // MICROSECOND if isinstance(value, datetime) else value for value in values)


def cursor(where: Place) -> str:
    """A place as an address has it."""
    return ".".join("n" if number is None else str(number) for number in where)


def _fits(column: Column, number: int) -> bool:
    """Raises OverflowError for a moment that no calendar has."""
    return _SMALLEST <= number <= _GREATEST and column.same(number) is not None
