"""One page of the queue: which articles stand on it, in how many queries however many there are.

A list with few articles is fetched and sorted here. A longer one is walked along the index of its order, and its
filters are tried on each row: so neither depends on a database guessing right, and nothing sorts a whole table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from articles.desk.asking import AFTER, BEFORE, Asked
from articles.desk.filtering import WAITING, Meaning
from articles.desk.keyset import Order, Place, cursor, place
from articles.desk.rows import load
from articles.models import Article

ROWS: Final = 50
CAP: Final = 1000
"""So many articles of a list that is walked are counted; of more the page says "1,000+"."""
SORTED_AT_MOST: Final = 5_000
"""A list of up to so many is counted and sorted; one that is longer has a match on every few rows to walk."""


@dataclass(frozen=True, slots=True)
class Page:
    """The articles of a page. `position` is the first one's place in the list, from 1; None: far from both ends."""

    articles: Sequence[Article]
    total: int
    position: int | None
    next: str = ""
    previous: str = ""
    is_capped: bool = False

    @property
    def total_in_words(self) -> str:
        return f"{CAP:,}+" if self.is_capped else f"{self.total:,}"


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    where: Place


def matching(asked: Asked) -> QuerySet[Article]:
    """All that the address asks for, in no order; for counts and for acts on the whole list."""
    every: QuerySet[Article] = asked.filters.filter_queryset(Article.objects.order_by())
    return every


def begun_with(asked: Asked, *, without: str = "") -> QuerySet[Article]:
    """What fits, in a form in which a database begins with the smaller set; an article may come twice.

    Of what very many fit, a sample: to count up to `CAP`.
    """
    meanings = [_sampled(meaning) for meaning in asked.meanings(without=without)]
    return _narrowed(asked, Q() if without == "state" else asked.in_state, meanings)


def is_sampled(asked: Asked) -> bool:
    """Whether so many fit that only a sample of them is counted."""
    return any(meaning.sample for meaning in asked.meanings())


def page_of(asked: Asked) -> Page:
    """The page that is asked for: in two queries, and one more for what names stand for, and for very common words."""
    state, meanings = asked.in_state, asked.meanings()
    order, start = (asked.order, asked.after) if asked.before is None else (asked.order.turned, asked.before)
    has_own_index = not meanings and _has_own_index(asked)
    most = CAP if has_own_index else SORTED_AT_MOST
    if not _are_many_of_sample(asked, order):
        few = _few(_narrowed(asked, state, meanings), order, most)
        if len(few) <= most:
            return _cut(asked, few, order, start)
    every = Article.objects.filter(state) if has_own_index else _tried(asked, state, meanings)
    walked = _walked(every, order, start)
    return _page(asked, load(walked) if walked else [], order, position=1 if start is None else None)


def _narrowed(asked: Asked, state: Q, meanings: Sequence[Meaning]) -> QuerySet[Article]:
    """Where few are in the state, those are tried; else what is looked for is fetched, and its state is tried."""
    articles = Article.objects.order_by()
    if not meanings or not state:
        return articles.filter(state, *(meaning.joined for meaning in meanings))
    if not asked.filters.has_many_in_state:
        return articles.filter(state, hidden(*(meaning.tried for meaning in meanings)))
    return articles.filter(hidden(state), *(meaning.joined for meaning in meanings))


def _are_many_of_sample(asked: Asked, order: Order) -> bool:
    """Whether a sample of very many holds more than `CAP` that fit: then nobody need know how many there are."""
    return is_sampled(asked) and len(_few(begun_with(asked), order, CAP)) > CAP


def _sampled(meaning: Meaning) -> Meaning:
    return Meaning(meaning.sample or meaning.joined, meaning.tried)


def _few(narrowed: QuerySet[Article], order: Order, most: int) -> list[_Row]:
    """Up to one more than `most`, sorted; each once."""
    found = narrowed.values_list("pk", *order.names)[: most + 1]
    rows = {row[0]: _Row(row[0], place(row[1:])) for row in found}
    return sorted(rows.values(), key=lambda row: order.rank(row.where))


def _cut(asked: Asked, rows: Sequence[_Row], order: Order, start: Place | None) -> Page:
    first = 0 if start is None else sum(order.rank(row.where) <= order.rank(start) for row in rows)
    position = first + 1 if asked.before is None else max(1, len(rows) - first - ROWS + 1)
    shown = rows[first : first + ROWS + 1]
    articles = load([row.pk for row in shown]) if shown else []
    return _page(asked, articles, order, total=len(rows), position=position)


def _page(
    asked: Asked, found: Sequence[Article], order: Order, *, position: int | None, total: int | None = None
) -> Page:
    """`found` are those of the page, and one more if there is one, the way that was asked for."""
    articles = sorted(found, key=lambda article: order.rank(order.place_of(article)))[:ROWS]
    has_more, is_backwards = len(found) > ROWS, asked.before is not None
    if is_backwards:
        articles.reverse()
    has_next = bool(articles) and (has_more or is_backwards)
    has_previous = bool(articles) and (has_more if is_backwards else asked.after is not None)
    places = [cursor(asked.order.place_of(article)) for article in articles]
    return Page(
        articles,
        CAP + 1 if total is None else total,
        position,
        asked.page(AFTER, places[-1]) if has_next else "",
        asked.page(BEFORE, places[0]) if has_previous else "",
        is_capped=total is None,
    )


def _tried(asked: Asked, state: Q, meanings: Sequence[Meaning]) -> QuerySet[Article]:
    """The articles to walk along the order, each to be tried.

    The conditions are hidden from the planner, which would begin with one of them and sort the rest; but that on the
    state where the index has it.
    """
    tried = [meaning.tried for meaning in meanings]
    if _is_indexed_by_state(asked):
        return Article.objects.filter(hidden(*tried), state)
    return Article.objects.filter(hidden(state, *tried))


def _has_own_index(asked: Asked) -> bool:
    return asked.state == "all" or _is_indexed_by_state(asked)


def _is_indexed_by_state(asked: Asked) -> bool:
    if asked.order.name == "need":
        return asked.state != "all"
    return asked.state == WAITING and asked.order.name in ("newest", "oldest")


def hidden(*conditions: Q) -> Q:
    """The conditions as one that no planner looks into."""
    given = [condition for condition in conditions if condition]
    if not given:
        return Q()
    together = reduce(lambda one, other: one & other, given)
    return Q(Case(When(together, then=Value(True)), default=Value(False)))


def _walked(articles: QuerySet[Article], order: Order, start: Place | None) -> RawSQL | None:
    """The keys of the next rows, and of one more: each range is a stretch of the index, read no further than needed."""
    parts: list[str] = []
    given: list[Any] = []
    for stretch in [Q()] if start is None else order.after(start):
        rows = articles.filter(stretch).order_by(*order.by()).values_list("pk")[: ROWS + 1]
        try:
            sql, params = rows.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT pk FROM ({sql}) AS stretch{len(parts)}")  # noqa: S608 - compiled by Django
        given += params
    return RawSQL(f"{' UNION ALL '.join(parts)} LIMIT {ROWS + 1}", given) if parts else None  # noqa: S611
