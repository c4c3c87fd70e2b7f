"""Pages of long lists. Counting stops at a bound, so that no page costs more as the table grows."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

CAP = 10_000


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
        return rows.order_by().values("pk")[: CAP + 1].count()
