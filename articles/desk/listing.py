"""One page of the queue: which articles stand on it, in how many queries however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from articles.desk.asking import AFTER, BEFORE, Asked
from articles.desk.choosing import CAP, Part, found
from articles.desk.keyset import Order, Place, cursor
from articles.desk.rows import Listed, load
from articles.desk.walking import Found
from articles.models import Article

ROWS: Final = 50


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


def page_of(asked: Asked) -> Page:
    """The page that is asked for: in two queries, and one more for what filters stand for and how many fit each.

    Where next to none of the first articles of an order fit, one more.
    """
    order, start = _way(asked)
    meanings = asked.filters.named_meanings() if asked.narrowing else {}
    return _page(asked, found(Part(asked, meanings, asked.state, order, start, ROWS)))


def _way(asked: Asked) -> tuple[Order, Place | None]:
    """The order to go in, and the place to begin behind."""
    return (asked.order, asked.after) if asked.before is None else (asked.order.turned, asked.before)


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
