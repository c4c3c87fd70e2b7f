"""Pages of long lists. Counting stops at a bound, so that no page costs more as the table grows."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import cached_property

CAP = 2_000
WALKED = 20_000
"""So many rows of a list are tried, in its order."""
_COUNT = "_counted_up_to_the_cap"
_FITTING = "_those_that_fit"


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts up to `CAP` rows and pages through those; to see others, narrow the list by a filter."""

    @cached_property
    def count(self) -> int:
        return min(self._seen, CAP)

    @property
    def is_capped(self) -> bool:
        """There are more than a page can be reached of."""
        return self._seen > CAP

    @property
    def count_in_words(self) -> str:
        return up_to(self._seen, CAP)

    def page(self, number: Any) -> Page[Any]:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        end = min(start + self.per_page, self.count)
        rows: Any = self.object_list
        fitting = getattr(rows, _FITTING, None)
        return Page(rows[start:end] if fitting is None else _page_of(rows, fitting, start, end), number, self)

    @cached_property
    def _seen(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if (known := rows.__dict__.get(_COUNT)) is not None:
            return int(known)
        return rows.order_by().values("pk")[: CAP + 1].count()


def up_to(count: int, cap: int) -> str:
    """A count that stopped one beyond its cap, in words."""
    return f"more than {cap:,}" if count > cap else f"{count:,}"


def bounded(every: QuerySet[Any], fitting: QuerySet[Any], found: list[int] | None = None) -> QuerySet[Any]:
    """The rows of `every` that fit, in its order; a `CappedPaginator` of them need not count again.

    `found` are their keys, up to one more than `CAP`, for whoever knows them.

    Few are fetched by their keys and sorted. Of many, every few rows one fits: the first rows of the order are walked,
    and each is tried. Where that does not fill the page, those that fit are far down: the database finds them.
    """
    if found is None:
        found = [*fitting.order_by().values_list("pk", flat=True)[: CAP + 1]]
    rows = every.filter(pk__in=found) if len(found) <= CAP else every.all()
    rows.__dict__[_COUNT] = len(found)
    if len(found) > CAP:
        rows.__dict__[_FITTING] = fitting
    return rows


def _page_of(every: QuerySet[Any], fitting: QuerySet[Any], start: int, end: int) -> QuerySet[Any]:
    keys = _walked(every, fitting, start, end)
    if len(keys) < end - start:
        in_order = fitting.order_by(*every.query.order_by).values_list("pk", flat=True)
        keys = [*in_order[start:end]]
    return every.filter(pk__in=keys)


def _walked(every: QuerySet[Any], fitting: QuerySet[Any], start: int, end: int) -> list[int]:
    """The keys from one place to another of those that fit, among the first rows of the order."""
    walked, given = sql_of(every.values("pk")[:WALKED])
    tried, fits = sql_of(fitting.order_by().filter(pk=RawSQL("walked.pk", ())).values("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT walked.pk FROM ({walked}) walked"  # noqa: S608 - made by Django
            f" WHERE CASE WHEN EXISTS ({tried}) THEN 1 ELSE 0 END = 1 LIMIT %s OFFSET %s",
            [*given, *fits, end - start, start],
        )
        return [key for (key,) in cursor.fetchall()]


def sql_of(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    """What Django makes of it for this database, to be part of a statement."""
    sql, params = rows.query.get_compiler(connection=connection).as_sql()
    return str(sql), tuple(params)
