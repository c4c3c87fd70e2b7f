"""One page of the queue: which articles stand on it, in how many queries however many there are.

A list with few articles is fetched by the filter that is cheapest to fetch, and sorted. A longer one is walked along
the index of its order, and its filters are tried on each row, up to so many; where too few of these fit, it is fetched.
So neither depends on a database guessing right, and nothing sorts a whole table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from articles.desk.asking import AFTER, BEFORE, Asked
from articles.desk.filtering import PUBLISHED, STATES_OF, Meaning
from articles.desk.keyset import Order, Place, cursor
from articles.desk.rows import Listed, load
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

ROWS: Final = 50
CAP: Final = 1000
"""So many articles of a list that is walked are counted; of more the page says "1,000+"."""


@dataclass(frozen=True, slots=True)
class Page:
    """The articles of a page. `position` is the first one's place in the list, from 1; None: far from both ends."""

    articles: Sequence[Listed]
    total: int
    position: int | None
    next: str = ""
    previous: str = ""
    is_capped: bool = False

    @property
    def total_in_words(self) -> str:
        return f"{min(self.total, CAP):,}+" if self.is_capped else f"{self.total:,}"


def matching(asked: Asked) -> QuerySet[Article]:
    """All that the address asks for, in no order; for counts and for acts on the whole list."""
    every: QuerySet[Article] = asked.filters.filter_queryset(Article.objects.order_by())
    return every


def begun_with(asked: Asked, *, without: str = "") -> QuerySet[Article]:
    """What fits, in a form in which a database begins with the smaller set; an article may come twice.

    Of a search only the newest: to count up to `CAP`.
    """
    meanings = asked.filters.sampled_meanings(without=without) if asked.narrowing else []
    return _narrowed(asked, Q() if without == "state" else asked.in_state, meanings)


def is_sampled(asked: Asked) -> bool:
    """Whether a search finds so many that only the newest of them are counted."""
    return bool(asked.narrowing) and asked.filters.is_sampled


def page_of(asked: Asked) -> Page:
    """The page that is asked for: in two queries, and one more for what filters stand for and how many fit each.

    Where next to none of the first articles of an order fit, one more.
    """
    if not asked.narrowing:
        order, start = _way(asked)
        return _page(asked, walked_page(_cut(asked), order, start, ROWS, cap=CAP))
    meanings, to_fetch = asked.filters.named_meanings(), asked.filters.to_fetch(ROWS + 1)
    found = _sorted(asked, meanings, to_fetch) if to_fetch else _walked(asked, meanings)
    if found.is_cut and len(found.ids) <= ROWS:
        name = asked.filters.cheapest(meanings)
        found = _sorted(asked, meanings, name) if name else _walked(asked, meanings, is_whole=True)
    return _page(asked, found)


def _way(asked: Asked) -> tuple[Order, Place | None]:
    """The order to go in, and the place to begin behind."""
    return (asked.order, asked.after) if asked.before is None else (asked.order.turned, asked.before)


def _cut(asked: Asked) -> Cut:
    name = asked.values.get("published")
    published = (PUBLISHED[name][1],) if name else (None, False, True)
    return Cut(tuple(STATES_OF[asked.state]), published)


def _sorted(asked: Asked, meanings: Mapping[str, Meaning], by: str) -> Found:
    """All that fit a filter are fetched, and tried for the others: first by their keys, where that tells."""
    order, start = _way(asked)
    others = _in_turn(one for name, one in meanings.items() if name != by)
    if by == "state":
        return sorted_page(
            fetched(Article.objects.filter(asked.in_state, hidden(*_tries(others))), order), order, start, ROWS
        )
    one = meanings[by]
    if one.column:
        return sorted_page(in_range(_cut(asked), order, one.tried, hidden(*_tries(others))), order, start, ROWS)
    first, beside = one.joined, []
    if hits := one.newest or (hits_in(one.hits) if one.hits else None):
        beside = [other for other in others if other.is_beside]
        first = Q(pk__in=RawSQL(*kept(hits, _tries(beside))))  # noqa: S611 - it is ours
    tried = hidden(*_tries(other for other in others if other not in beside), asked.in_state)
    return sorted_page(fetched(Article.objects.filter(first, tried), order), order, start, ROWS)


def _in_turn(meanings: Iterable[Meaning]) -> list[Meaning]:
    """What costs least to try comes first."""
    return sorted(meanings, key=lambda one: (one.is_beside, one.is_read))


def _tries(meanings: Iterable[Meaning]) -> list[Q]:
    return [one.tried for one in meanings]


def _walked(asked: Asked, meanings: Mapping[str, Meaning], *, is_whole: bool = False) -> Found:
    """A long list: its articles are tried in its order. What bounds the order itself, its index has as a range.

    `is_whole`: however many have to be tried, in the index itself.
    """
    order, start = _way(asked)
    cut, tried = _cut(asked), {name: one for name, one in meanings.items() if name != "published"}
    if not tried:
        return walked_page(cut, order, start, ROWS, cap=CAP)
    leading = next(column.name for column in order.columns if column.name != "state")
    others = _in_turn(one for one in tried.values() if one.column != leading)
    within = [one.tried for one in tried.values() if one.column == leading]
    if is_whole:
        within, others = [hidden(*_tries(others)), *within], []
    return tried_page(
        cut,
        order,
        start,
        ROWS,
        tried=_tries(others),
        uses=[name for one in others for name in one.uses],
        at_most=READ_AT_MOST if any(one.is_read for one in others) else TRIED_AT_MOST,
        bounds=within,
        count=_count(asked, cut, tried),
        cap=CAP,
    )


def _count(asked: Asked, cut: Cut, tried: Mapping[str, Meaning]) -> Sql:
    """Of a long list as many as can be counted for little: by the filter that has the fewest rows to read."""
    first = next((one for one in tried.values() if one.newest), None)
    first = first or next((one for one in tried.values() if one.hits), None)
    if first is not None:
        others = [asked.in_state, *(one.tried for one in tried.values() if one is not first)]
        return count_in_table(first.newest or newest_of(first.hits), [*others, *_published(asked)], CAP)
    if any(one.is_read for one in tried.values()):
        return count_in_table(hits_of(cut), [one.tried for one in tried.values()], CAP)
    if len(tried) == 1 and (one := next(iter(tried.values()))).column:
        return count_in_range(cut, [one.tried], CAP)
    return count_in_index(cut, [one.tried for one in tried.values()], CAP)


def _published(asked: Asked) -> list[Q]:
    return [one.tried for name, one in asked.filters.named_meanings().items() if name == "published"]


def _narrowed(asked: Asked, state: Q, meanings: Sequence[Meaning]) -> QuerySet[Article]:
    """Where few are in the state, those are tried; else what is looked for is fetched, and its state is tried."""
    articles = Article.objects.order_by()
    if not meanings or not state:
        return articles.filter(state, *(meaning.joined for meaning in meanings))
    if not asked.filters.has_many_in_state:
        return articles.filter(state, hidden(*(meaning.tried for meaning in meanings)))
    return articles.filter(hidden(state), *(meaning.joined for meaning in meanings))


def _page(asked: Asked, found: Found) -> Page:
    """`found` are those of the page, and one more if there is one, the way that was asked for."""
    articles = load(found.ids[:ROWS]) if found.ids else []
    articles.sort(key=lambda article: asked.order.rank(asked.order.place_of(article)))
    has_more, is_backwards = len(found.ids) > ROWS, asked.before is not None
    has_next = bool(articles) and (has_more or is_backwards)
    has_previous = bool(articles) and (has_more if is_backwards else asked.after is not None)

    def beyond(article: Listed) -> str:
        return cursor(asked.order.place_of(article))

    return Page(
        articles,
        found.total,
        _position(asked, found, len(articles)),
        asked.page(AFTER, beyond(articles[-1])) if has_next else "",
        asked.page(BEFORE, beyond(articles[0])) if has_previous else "",
        is_capped=found.is_part,
    )


def _position(asked: Asked, found: Found, shown: int) -> int | None:
    """The place of the first of the page, as far as it is known."""
    if asked.before is None and asked.after is None:
        return 1
    if found.beyond is None:
        return None
    if asked.before is not None:
        return max(1, found.beyond - shown + 1)
    return None if found.is_part else found.total - found.beyond + 1
