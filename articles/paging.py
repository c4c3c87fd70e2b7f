"""Pages of long lists. Counting stops at a bound, so that no page costs more as the table grows."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.utils.functional import cached_property

CAP = 2_000
_COUNT = "_counted_up_to_the_cap"


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
        return f"more than {CAP:,}" if self.is_capped else f"{self.count:,}"

    @cached_property
    def _seen(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        if (known := rows.__dict__.get(_COUNT)) is not None:
            return int(known)
        return rows.order_by().values("pk")[: CAP + 1].count()


def bounded(every: QuerySet[Any], fitting: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of `every` that fit, in its order; a `CappedPaginator` of them need not count again.

    Few are fetched by their keys and sorted. Of many, every few rows one fits: all are walked in their order, and each
    is tried, in a form that no planner looks into; it would rather fetch all that fit, and sort them.
    """
    found = [*fitting.order_by().values_list("pk", flat=True)[: CAP + 1]]
    if len(found) <= CAP:
        return _counted(every.filter(pk__in=found), len(found))
    tried = Exists(fitting.order_by().filter(pk=OuterRef("pk")).values("pk"))
    return _counted(every.filter(Case(When(tried, then=Value(True)), default=Value(False))), len(found))


def _counted(rows: QuerySet[Any], count: int) -> QuerySet[Any]:
    rows.__dict__[_COUNT] = count
    return rows
