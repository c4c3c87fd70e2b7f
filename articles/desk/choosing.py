"""Whether a part of a list is fetched or walked to.

A list with few articles is fetched by the filter that is cheapest to fetch, and sorted. A longer one is walked along
the index of its order, and its filters are tried on each row, up to so many; where too few of these fit, it is fetched.
So neither depends on a database guessing right, and nothing sorts a whole table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.db.models.expressions import RawSQL

from articles.desk.asking import Asked
from articles.desk.filtering import PUBLISHED, STATES, STATES_OF, Meaning
from articles.desk.keyset import NEWEST, Order, Place
from articles.desk.walking import (
    READ_AT_MOST,
    TRIED_AT_MOST,
    Cut,
    Found,
    Sql,
    count_in_index,
    count_in_range,
    count_in_table,
    fetched,
    hidden,
    hits_in,
    hits_of,
    in_range,
    kept,
    newest_of,
    sorted_page,
    tried_page,
    walked_page,
)
from articles.models import Article

CAP: Final = 1000
"""So many articles of a list that is walked are counted; of more the page says "1,000+"."""
ENOUGH: Final = 50
"""Where so many were found of those that were tried, no more are looked for."""


@dataclass(frozen=True, slots=True)
class Part:
    """So many rows of a list behind a place: what narrows it, its state and order."""

    asked: Asked
    meanings: Mapping[str, Meaning]
    state: str
    order: Order
    start: Place | None
    rows: int

    @property
    def in_state(self) -> Q:
        return STATES[self.state][1]

    @property
    def cut(self) -> Cut:
        name = self.asked.values.get("published") if "published" in self.meanings else None
        published = (PUBLISHED[name][1],) if name else (None, False, True)
        return Cut(tuple(STATES_OF[self.state]), published)

    @property
    def names(self) -> set[str]:
        """What narrows it and may be fetched by."""
        return {*self.meanings, *(["state"] if self.state == self.asked.state else [])}


def found(part: Part) -> Found:
    """The keys of its articles: in one query, or two where next to none of the first articles of an order fit."""
    if not part.meanings:
        return walked_page(part.cut, part.order, part.start, part.rows, cap=CAP)
    filters, least = part.asked.filters, min(part.rows, ENOUGH)
    first = filters.to_fetch(part.names, least + 1)
    some = _sorted(part, first) if first else _walked(part)
    if some.is_cut and len(some.ids) <= least:
        name = filters.cheapest(part.meanings)
        return _sorted(part, name) if name else _walked(part, is_whole=True)
    return some


def newest(asked: Asked, most: int, *, without: str = "") -> tuple[list[int], bool]:
    """The newest articles of the list without one filter, so many at most, and whether there are more."""
    meanings = asked.filters.named_meanings() if asked.narrowing else {}
    others = {name: one for name, one in meanings.items() if name != without}
    state = "all" if without == "state" else asked.state
    if "q" in others and asked.filters.has_words:
        keys, more = asked.filters.newest(most)
        tried = hidden(*_tries(one for name, one in others.items() if name != "q"), STATES[state][1])
        return [*Article.objects.order_by().filter(pk__in=keys).filter(tried).values_list("pk", flat=True)], more
    some = found(Part(asked, others, state, NEWEST, None, most))
    return [*some.ids[:most]], some.is_cut or len(some.ids) > most


def _sorted(part: Part, by: str) -> Found:
    """All that fit a filter are fetched, and tried for the others: first by their keys, where that tells."""
    order, start, rows = part.order, part.start, part.rows
    others = _in_turn(one for name, one in part.meanings.items() if name != by)
    if by == "state":
        return sorted_page(
            fetched(Article.objects.filter(part.in_state, hidden(*_tries(others))), order), order, start, rows
        )
    one = part.meanings[by]
    if one.column:
        return sorted_page(in_range(part.cut, order, one.tried, hidden(*_tries(others))), order, start, rows)
    first, beside = one.joined, []
    if hits := one.newest or (hits_in(one.hits) if one.hits else None):
        beside = [other for other in others if other.is_beside]
        first = Q(pk__in=RawSQL(*kept(hits, _tries(beside))))  # noqa: S611 - it is ours
    tried = hidden(*_tries(other for other in others if other not in beside), part.in_state)
    return sorted_page(fetched(Article.objects.filter(first, tried), order), order, start, rows)


def _in_turn(meanings: Iterable[Meaning]) -> list[Meaning]:
    """What costs least to try comes first."""
    return sorted(meanings, key=lambda one: (one.is_beside, one.is_read))


def _tries(meanings: Iterable[Meaning]) -> list[Q]:
    return [one.tried for one in meanings]


def _walked(part: Part, *, is_whole: bool = False) -> Found:
    """A long list: its articles are tried in its order. What bounds the order itself, its index has as a range.

    `is_whole`: however many have to be tried, in the index itself.
    """
    cut, order, start, rows = part.cut, part.order, part.start, part.rows
    tried = {name: one for name, one in part.meanings.items() if name != "published"}
    if not tried:
        return walked_page(cut, order, start, rows, cap=CAP)
    leading = next(column.name for column in order.columns if column.name != "state")
    others = _in_turn(one for one in tried.values() if one.column != leading)
    within = [one.tried for one in tried.values() if one.column == leading]
    if is_whole:
        within, others = [hidden(*_tries(others)), *within], []
    return tried_page(
        cut,
        order,
        start,
        rows,
        tried=_tries(others),
        uses=[name for one in others for name in one.uses],
        at_most=_tried_at_most(others),
        bounds=within,
        count=_count(part, cut, tried),
        cap=CAP,
    )


def _tried_at_most(others: Sequence[Meaning]) -> int:
    """Where few are left to be read, as the index tells of most that they do not fit, many more."""
    if not any(one.is_read for one in others):
        return TRIED_AT_MOST
    return READ_AT_MOST if others[0].is_beside else 4 * TRIED_AT_MOST


def _count(part: Part, cut: Cut, tried: Mapping[str, Meaning]) -> Sql:
    """Of a long list as many as can be counted for little: by the filter that has the fewest rows to read."""
    first = next((one for one in tried.values() if one.newest), None)
    first = first or next((one for one in tried.values() if one.hits), None)
    if first is not None:
        others = [part.in_state, *(one.tried for one in tried.values() if one is not first)]
        return count_in_table(
            first.newest or newest_of(first.hits),
            [*others, *_tries(one for name, one in part.meanings.items() if name == "published")],
            CAP,
        )
    if any(one.is_read for one in tried.values()):
        return count_in_table(hits_of(cut), [one.tried for one in tried.values()], CAP)
    if len(tried) == 1 and (one := next(iter(tried.values()))).column:
        return count_in_range(cut, [one.tried], CAP)
    return count_in_index(cut, [one.tried for one in tried.values()], CAP)
