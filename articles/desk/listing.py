"""One page of the queue: which articles stand on it, in how many queries however many there are.

A list with few articles is fetched by the filter that the fewest fit, and sorted. A longer one is walked along the
index of its order, and its filters are tried on each row: so neither depends on a database guessing right, and nothing
sorts a whole table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from articles.desk.asking import AFTER, BEFORE, Asked
from articles.desk.filtering import PUBLISHED, STATES_OF, Meaning
from articles.desk.keyset import Order, Place, cursor
from articles.desk.rows import Listed, load
from articles.desk.walking import (
    Cut,
    Found,
    Sql,
    count_in_index,
    count_in_range,
    count_in_table,
    hidden,
    hits_of,
    looked_up_page,
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

    Where articles are looked up in other tables, and next to none of the first fit, one more.
    """
    if not asked.narrowing:
        order, start = _way(asked)
        return _page(asked, walked_page(_cut(asked), order, start, ROWS, cap=CAP))
    few = asked.filters.few()
    meanings = asked.filters.named_meanings()
    if few is not None:
        return _page(asked, _sorted(asked, meanings, few[0]))
    found = _walked(asked, meanings)
    beside = sorted((name for name, one in meanings.items() if one.is_beside), key=lambda name: meanings[name].is_read)
    if beside and len(found.ids) <= ROWS:
        found = _sorted(asked, meanings, beside[0])
    return _page(asked, found)


def _way(asked: Asked) -> tuple[Order, Place | None]:
    """The order to go in, and the place to begin behind."""
    return (asked.order, asked.after) if asked.before is None else (asked.order.turned, asked.before)


def _cut(asked: Asked) -> Cut:
    name = asked.values.get("published")
    published = [PUBLISHED[name][1]] if name else [None, False, True]
    return Cut(STATES_OF[asked.state], published)


def _sorted(asked: Asked, meanings: Mapping[str, Meaning], by: str) -> Found:
    """All that fit a filter are fetched, and tried for the others."""
    order, start = _way(asked)
    first = asked.in_state if by == "state" else meanings[by].joined
    others = [meaning.tried for name, meaning in meanings.items() if name != by]
    tried = hidden(*others, *([] if by == "state" else [asked.in_state]))
    return sorted_page(Article.objects.filter(first, tried), order, start, ROWS)


def _walked(asked: Asked, meanings: Mapping[str, Meaning]) -> Found:
    """A long list: its articles are tried in its order. What bounds the order itself, its index has as a range."""
    order, start = _way(asked)
    cut, tried = _cut(asked), {name: one for name, one in meanings.items() if name != "published"}
    leading = next(column.name for column in order.columns if column.name != "state")
    bounds = [one.tried for one in tried.values() if one.column == leading]
    inside = [one.tried for one in tried.values() if not one.is_beside and one.column != leading]
    beside = [one.tried for one in tried.values() if one.is_beside]
    reads = [name for one in tried.values() for name in one.reads]
    if not tried:
        return walked_page(cut, order, start, ROWS, cap=CAP)
    count = _count(asked, cut, tried)
    if beside:
        return looked_up_page(
            cut, order, start, ROWS, inside=inside, beside=beside, reads=reads, bounds=bounds, count=count, cap=CAP
        )
    return tried_page(cut, order, start, ROWS, inside=inside, bounds=bounds, count=count, cap=CAP)


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
