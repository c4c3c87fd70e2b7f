"""Pages of long lists. Counting stops at a bound, so that no page costs more as the table grows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import cached_property

CAP = 2_000
WALKED = 20_000
"""So many rows of a list are tried, in its order."""
FEW = 100
"""So many are sorted with all that a page shows of them."""
_COUNT = "_counted_up_to_the_cap"
_PAGE = "_the_rows_of_a_page"


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
        page_of = getattr(rows, _PAGE, None)
        return Page(rows[start:end] if page_of is None else page_of(start, end), number, self)

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

    Few are fetched by their keys and sorted; some, by what orders them alone. Of many, every few rows one fits: the
    first rows of the order are walked, and each is tried. Where that does not fill the page, those that fit are far
    down: the database finds them.
    """
    if found is None:
        found = [*fitting.order_by().values_list("pk", flat=True)[: CAP + 1]]
    named = every.filter(among("pk", found)) if len(found) <= CAP else every
    rows = named.all()
    rows.__dict__[_COUNT] = len(found)
    if len(found) > CAP:
        rows.__dict__[_PAGE] = partial(_walked_page, every, fitting)
    elif len(found) > FEW:
        rows.__dict__[_PAGE] = partial(_sorted_page, every, named)
    return rows


def among(column: str, keys: Sequence[int]) -> Q:
    """Whether it is one of these. On SQLite they are one value: for each of many Django takes longer than the database.

    Beside another condition PostgreSQL would read the whole table for a query in their place.
    """
    if connection.vendor == "postgresql":
        return Q(**{f"{column}__in": keys})
    return Q(**{f"{column}__in": RawSQL("SELECT value FROM JSON_EACH(%s)", (json.dumps([*keys]),))})


def _sorted_page(every: QuerySet[Any], fitting: QuerySet[Any], start: int, end: int) -> QuerySet[Any]:
    in_order = fitting.order_by(*every.query.order_by).values_list("pk", flat=True)
    return every.filter(pk__in=[*in_order[start:end]])


def _walked_page(every: QuerySet[Any], fitting: QuerySet[Any], start: int, end: int) -> QuerySet[Any]:
    keys = _walked(every, fitting, start, end)
    return every.filter(pk__in=keys) if len(keys) == end - start else _sorted_page(every, fitting, start, end)


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
