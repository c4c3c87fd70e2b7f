"""What a threshold would make of a site: who changes sides, who is held, how many; no look costs more as a site grows.

An index has a site's articles by state, side and quality (`article_by_rule`). Who fits a threshold lies there in a few
stretches: they are counted up to a bound, and the best of them are the first of each stretch. How quality is spread is
told by the newest articles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import Any, Final

from django.db import connection
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.db.models.expressions import Combinable, RawSQL

from articles.conditions import OfRule, Side
from articles.models import Article, Override, Site
from articles.ordering import by_column
from articles.paging import sql_of

NEWEST: Final = 10_000
"""So many articles of a site tell how quality is spread."""
COUNTED: Final = 10_000
"""So many are counted of each kind; one more stands for all that is more."""
TRIED: Final = 2 * COUNTED
"""So many of those who wait are tried, where more than can be counted would change sides, for whether they are held."""
_COLUMNS: Final = ("path", "title", "quality", "heat", "published", "version", "provider_name", "published_at", "site")
_WAITING: Final = (
    Q(state=Article.State.NEW),
    Q(state=Article.State.CHANGED),
    Q(state=Article.State.CONFLICT, is_missing=False),
)
"""Nobody judged these as a whole. What is missing waits only as a conflict; so no other row has to be read for that."""
_DECIDED: Final = Q(state=Article.State.DECIDED)


@dataclass(frozen=True, slots=True)
class Level:
    """How many articles have a quality: published, not published, held by a person, led by another."""

    quality: int
    published: bool
    is_led: bool
    is_held: bool
    count: int


@dataclass(frozen=True)
class Spread:
    """How the quality of a site's newest articles is spread; `is_whole`: it has no others."""

    levels: Sequence[Level]
    is_whole: bool = True

    @property
    def scored(self) -> int:
        return sum(level.count for level in self.levels)

    @property
    def published(self) -> int:
        return sum(level.count for level in self.levels if level.published)

    def published_with(self, min_quality: int) -> int:
        """So many would be published in the end."""
        return self._kept + sum(count for quality, count in self._ruled.items() if quality >= min_quality)

    @cached_property
    def _kept(self) -> int:
        return sum(level.count for level in self.levels if level.is_held and level.published)

    @cached_property
    def _ruled(self) -> Counter[int]:
        """By quality, whom a rule publishes if only that is high enough."""
        counts: Counter[int] = Counter()
        for level in self.levels:
            counts[level.quality] += level.count * (not level.is_held and not level.is_led)
        return counts


@dataclass(frozen=True, slots=True)
class Tally:
    """How many change sides, and how many do not though their quality says so; each up to one more than `COUNTED`."""

    to_publish: int = 0
    to_unpublish: int = 0
    held: int = 0
    led: int = 0

    @property
    def flips(self) -> int:
        return self.to_publish + self.to_unpublish

    @property
    def has_all_flips(self) -> bool:
        """All who change sides were counted."""
        return max(self.to_publish, self.to_unpublish) <= COUNTED


@dataclass(frozen=True, slots=True)
class OfThese:
    """Of the rows of a stretch those that a person holds, among the first `TRIED`: few do."""

    rows: QuerySet[Article]


Made = tuple[str, tuple[Any, ...]]
Kind = Callable[[int, int], Sequence[QuerySet[Article] | OfThese]]
"""Of a site and a threshold, the stretches of the index in which somebody fits, each of one state and side."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """The articles of a site that are of some kind at a threshold."""

    kind: Kind
    site: Site
    min_quality: int

    def versions(self, most: int | None = None) -> dict[int, int]:
        """By number, in this order; at most so many, whichever these are."""
        return dict(sorted(_rows(*self.sql("pk", "version", most=most))))

    def best(self, most: int) -> QuerySet[Article]:
        """So many, best first."""
        sql, given = self.sql("quality", "pk", most=most, in_order=True)
        best = f"SELECT first.pk FROM ({sql}) first ORDER BY first.quality DESC, first.pk DESC LIMIT {most:d}"  # noqa: S608
        return _best_first(Q(pk__in=RawSQL(best, given)))  # noqa: S611

    def every(self) -> QuerySet[Article]:
        """All of them, best first."""
        return _best_first(Q(pk__in=RawSQL(*self.sql("pk"))))  # noqa: S611

    def sql(self, *columns: str, most: int | None = None, in_order: bool = False) -> tuple[str, list[int]]:
        """One statement of all stretches, each of which ends at so many itself."""
        sql, marks = _made(self.kind, columns, most, in_order=in_order)
        values = {_SITE: self.site.pk, _MINIMUM: self.min_quality}
        return sql, [values.get(mark, mark) for mark in marks]


def spread_of(site: Site) -> Spread:
    waits = Q(state__lt=Article.State.DECIDED) & (Q(state__gt=Article.State.CONFLICT) | Q(is_missing=False))
    is_held = Case(When(_DECIDED, then=True), When(waits, then=_is_held()), default=None)
    newest = Article.objects.filter(site=site).order_by(by_column("-published_at"), "-pk")
    known = newest.annotate(is_held=is_held).values_list("quality", "published", "heat", "is_held")
    rows = [*known[: NEWEST + 1]]
    counts = Counter(
        (quality, bool(published), heat == Side.LED, bool(is_held))
        for quality, published, heat, is_held in rows[:NEWEST]
        if quality is not None and is_held is not None
    )
    return Spread([Level(*level, count) for level, count in counts.items()], is_whole=len(rows) <= NEWEST)


def tally_of(site: Site, min_quality: int) -> Tally:
    """What a threshold would make of the whole site."""
    kinds = (_rising, _falling, _held, _led)
    counted = [Fitting(kind, site, min_quality).sql("pk", most=COUNTED + 1) for kind in kinds]
    columns = ", ".join(f"(SELECT COUNT(*) FROM ({sql} LIMIT {COUNTED + 1:d}) counted)" for sql, _ in counted)  # noqa: S608
    (row,) = _rows(f"SELECT {columns}", [value for _, given in counted for value in given])
    return Tally(*row)


def flips_of(site: Site, min_quality: int) -> Fitting:
    """Who changes sides."""
    return Fitting(_flipping, site, min_quality)


def held_of(site: Site, min_quality: int) -> Fitting:
    """Who would, if a person had not decided otherwise."""
    return Fitting(_held, site, min_quality)


def led_of(site: Site, min_quality: int) -> Fitting:
    """Who has the quality, and stays unpublished since another item leads its story."""
    return Fitting(_led, site, min_quality)


# --- Words of the rule as queries, made once a process ----------------------------------------------------------------

_SITE, _MINIMUM = -101, -102
"""What stands for them until they are known; no state, no side is below 0."""


def _rising(site: int, minimum: int) -> list[QuerySet[Article]]:
    return [rows.filter(~_is_held()) for rows in _stretches(site, _WAITING, _should_and_do_not(minimum))]


def _falling(site: int, minimum: int) -> list[QuerySet[Article]]:
    return [rows.filter(~_is_held()) for rows in _stretches(site, _WAITING, _should_not_and_do(minimum))]


def _flipping(site: int, minimum: int) -> list[QuerySet[Article]]:
    return [*_rising(site, minimum), *_falling(site, minimum)]


def _held(site: int, minimum: int) -> list[QuerySet[Article] | OfThese]:
    differing = [*_should_and_do_not(minimum), *_should_not_and_do(minimum)]
    return [*_stretches(site, [_DECIDED], differing), *map(OfThese, _stretches(site, _WAITING, differing))]


def _led(site: int, minimum: int) -> list[QuerySet[Article]]:
    return _stretches(site, [*_WAITING, _DECIDED], [Q(side=Side.IN_AND_LED, quality__gte=minimum)])


def _should_and_do_not(minimum: int) -> list[Q]:
    """Whom readers should get."""
    return [Q(side=Side.IN, quality__gte=minimum)]


def _should_not_and_do(minimum: int) -> list[Q]:
    """Of what is led every quality; said as two ranges, since an index has only what is scored."""
    low, high = Q(quality__lt=minimum), Q(quality__gte=minimum)
    return [Q(side=Side.OUT) & low, Q(side=Side.OUT_AND_LED) & low, Q(side=Side.OUT_AND_LED) & high]


def _is_held() -> Exists:
    """A person said whether readers get it."""
    return Exists(_said_by_hand(OuterRef("pk")))


def _said_by_hand(article: Combinable) -> QuerySet[Override]:
    return Override.objects.filter(article=article, key="published").exclude(OfRule("reason"))


def _stretches(site: int, states: Iterable[Q], sides: Iterable[Q]) -> list[QuerySet[Article]]:
    rows = Article.objects.alias(side=Side("heat", "published")).filter(site_id=site).order_by()
    return [rows.filter(state, side) for state, side in product(states, sides)]


def _best_first(which: Q) -> QuerySet[Article]:
    rows = Article.objects.filter(which).only(*_COLUMNS, "decided_at")
    return rows.order_by(by_column("-quality"), by_column("-pk"))


@cache
def _made(kind: Kind, columns: tuple[str, ...], most: int | None, *, in_order: bool) -> tuple[str, list[Any]]:
    made = [
        _of_these(part.rows, columns, most) if isinstance(part, OfThese) else _plain(part, columns, most, in_order)
        for part in kind(_SITE, _MINIMUM)
    ]
    sql = " UNION ALL ".join(f"SELECT * FROM ({text}) part{number}" for number, (text, _) in enumerate(made))  # noqa: S608
    return sql, [value for _, values in made for value in values]


def _plain(rows: QuerySet[Article], columns: Sequence[str], most: int | None, in_order: bool) -> Made:
    return sql_of((rows.order_by("-quality", "-pk") if in_order else rows).values(*columns)[:most])


def _of_these(rows: QuerySet[Article], columns: Sequence[str], most: int | None) -> Made:
    """The tried ones come best first, as the index has them."""
    first = rows.order_by("-quality", "-pk").values(*{*columns, "quality", "pk"})
    tried, given = sql_of(first if most is None else first[:TRIED])
    held, more = sql_of(_said_by_hand(RawSQL("tried.pk", ())).order_by().values("pk"))
    limit = "" if most is None else f" LIMIT {most:d}"
    return f"SELECT {', '.join(columns)} FROM ({tried}) tried WHERE EXISTS ({held}){limit}", (*given, *more)  # noqa: S608


def _rows(sql: str, given: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return [*cursor.fetchall()]
