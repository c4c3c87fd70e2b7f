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

from articles.desk.asking import AFTER, BEFORE, Asked
from articles.desk.filtering import STATES, WAITING, Meaning
from articles.desk.keyset import Order, Place, cursor, place
from articles.desk.rows import load
from articles.models import Article

ROWS: Final = 50
CAP: Final = 1000
"""So many articles are counted; beyond that the page says "1,000+"."""
SORTED_AT_MOST: Final = 5_000
"""A list of up to so many is sorted by the database; one that is longer has a match on every few rows to walk."""


@dataclass(frozen=True, slots=True)
class Page:
    """The articles of a page. `position` is the first one's place in the list, from 1; None: far from both ends."""

    articles: Sequence[Article]
    total: int
    position: int | None
    next: str = ""
    previous: str = ""

    @property
    def is_capped(self) -> bool:
        return self.total > CAP

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
    meanings = [_sampled(meaning) for meaning in asked.filters.meanings(without=without)]
    return _narrowed(Q() if without == "state" else STATES[asked.state][1], meanings)


def is_sampled(asked: Asked) -> bool:
    """Whether so many fit that only a sample of them is counted."""
    return any(meaning.sample for meaning in asked.filters.meanings())


def page_of(asked: Asked) -> Page:
    """The page that is asked for: two queries where few articles match, four at most."""
    state = STATES[asked.state][1]
    meanings = asked.filters.meanings()
    narrowed = _narrowed(state, meanings)
    order, start = (asked.order, asked.after) if asked.before is None else (asked.order.turned, asked.before)
    sampled = _first(state, meanings, order)
    few = sampled or _few(narrowed, order)
    if len(few) <= CAP:
        return _cut(asked, few, order, start)
    articles, state = _walkable(narrowed, state, meanings, asked, are_many=bool(sampled))
    ids = _walk(articles.filter(state), order, start)
    return _page(asked, ids, order, total=len(few), position=1 if start is None else None)


def _narrowed(state: Q, meanings: Sequence[Meaning]) -> QuerySet[Article]:
    """Where few are in the state, those are tried; else what is looked for is fetched, and its state is tried."""
    articles = Article.objects.order_by()
    if not meanings or not state:
        return articles.filter(state, *(meaning.joined for meaning in meanings))
    if not articles.filter(state).values("pk")[SORTED_AT_MOST : SORTED_AT_MOST + 1]:
        return articles.filter(state, hidden(*(meaning.tried for meaning in meanings)))
    return articles.filter(hidden(state), *(meaning.joined for meaning in meanings))


def _first(state: Q, meanings: Sequence[Meaning], order: Order) -> list[_Row]:
    """More than `CAP`, where a sample of very many holds so many that fit; else nothing."""
    if not any(meaning.sample for meaning in meanings):
        return []
    found = _few(_narrowed(state, [_sampled(meaning) for meaning in meanings]), order)
    return found if len(found) > CAP else []


def _sampled(meaning: Meaning) -> Meaning:
    return Meaning(meaning.sample or meaning.joined, meaning.tried)


def _few(narrowed: QuerySet[Article], order: Order) -> list[_Row]:
    """Up to one more than `CAP`, sorted; each once."""
    found = narrowed.values_list("pk", *order.names)[: CAP + 1]
    rows = {row[0]: _Row(row[0], place(row[1:])) for row in found}
    return sorted(rows.values(), key=lambda row: order.rank(row.where))


def _cut(asked: Asked, rows: Sequence[_Row], order: Order, start: Place | None) -> Page:
    first = 0 if start is None else sum(order.rank(row.where) <= order.rank(start) for row in rows)
    position = first + 1 if asked.before is None else max(1, len(rows) - first - ROWS + 1)
    ids = [row.pk for row in rows[first : first + ROWS + 1]]
    return _page(asked, ids, order, total=len(rows), position=position)


def _page(asked: Asked, ids: Sequence[int], order: Order, *, total: int, position: int | None) -> Page:
    """`ids` are those of the page, and one more if there is one, the way that was asked for."""
    articles = sorted(load(ids[:ROWS]), key=lambda article: order.rank(order.place_of(article)))
    has_more, is_backwards = len(ids) > ROWS, asked.before is not None
    if is_backwards:
        articles.reverse()
    has_next = bool(articles) and (has_more or is_backwards)
    has_previous = bool(articles) and (has_more if is_backwards else asked.after is not None)
    places = [cursor(asked.order.place_of(article)) for article in articles]
    return Page(
        articles,
        total,
        position,
        asked.page(AFTER, places[-1]) if has_next else "",
        asked.page(BEFORE, places[0]) if has_previous else "",
    )


def _walkable(
    narrowed: QuerySet[Article], state: Q, meanings: Sequence[Meaning], asked: Asked, *, are_many: bool
) -> tuple[QuerySet[Article], Q]:
    """The articles to walk along the order, and the condition on their state.

    Where the index of the order holds exactly the list, that; where the list is not long, its members; else all, and
    each is tried. The conditions are hidden from the planner, which would begin with one of them and sort the rest.
    """
    if not meanings and _has_own_index(asked):
        return Article.objects.all(), state
    if not are_many and not narrowed.values("pk")[SORTED_AT_MOST : SORTED_AT_MOST + 1]:
        return Article.objects.filter(pk__in=narrowed.values("pk")), Q()
    tried = [meaning.tried for meaning in meanings]
    if _is_indexed_by_state(asked):
        return Article.objects.filter(hidden(*tried)), state
    return Article.objects.filter(hidden(state, *tried)), Q()


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


def _walk(articles: QuerySet[Article], order: Order, start: Place | None) -> list[int]:
    """The next rows, and one more: each range is a stretch of the index, and none is read further than needed."""
    parts: list[str] = []
    given: list[Any] = []
    for stretch in [Q()] if start is None else order.after(start):
        rows = articles.filter(stretch).order_by(*order.by()).values_list("pk", *order.names)[: ROWS + 1]
        try:
            sql, params = rows.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT * FROM ({sql}) AS stretch{len(parts)}")  # noqa: S608 - compiled by Django
        given += params
    return _ids(f"{' UNION ALL '.join(parts)} LIMIT {ROWS + 1}", given) if parts else []


def _ids(sql: str, given: Sequence[Any]) -> list[int]:
    with connection.cursor() as database:
        database.execute(sql, given)
        return [row[0] for row in database.fetchall()]
