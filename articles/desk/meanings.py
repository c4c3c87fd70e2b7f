"""What each filter of the queue means: a condition on articles, and where those stand that fit it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.lookups import Exact, IsNull

from articles.desk.statements import Sql, Test, compiled, filled, made
from articles.gathering import Gathered
from articles.models import Article, ArticleTopic, Finding, Provider, Site, Topic
from articles.searching import MIDDLING, Matches, hits_of, how_many, newest_hits, words_of

MAX_PROVIDERS: Final = 200
"""So many are named one by one."""
PUBLISHED: Final[Mapping[str, tuple[str, bool | None]]] = {
    "yes": ("published", True),
    "no": ("not published", False),
    "none": ("not scored", None),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A condition in two forms with the same answer: `joined` begins with what is looked for, `tried` tries a row.

    `uses`: columns that every index of the queue has, by which a row is tried. `column`: what it is a range of.
    `hits`: the keys of what fits, as `hit`, out of another table, by one value each. `newest`: the same,
    the newest first, for little. `is_read`: a row has to be read to be tried, since no index of the queue holds what it
    is tried for.
    """

    joined: Sequence[Test]
    tried: Sequence[Test]
    uses: Sequence[str] = ()
    column: str = ""
    hits: Sequence[Sql] = ()
    newest: Sql | None = None
    is_read: bool = False

    @property
    def is_beside(self) -> bool:
        """Whether a row is tried by its key, and not as it is."""
        return bool(self.hits or self.newest or self.is_read)


EVERYTHING: Final = Meaning((), ())


def _simply(test: Test, *uses: str, column: str = "") -> Meaning:
    return Meaning((test,), (test,), uses, column)


# --- Columns ----------------------------------------------------------------------------------------------------------


def of_site(slug: str) -> Meaning:
    return _simply(Test(_is_of_site, (slug,)), "site_id")


def rows_of_site(slug: str) -> QuerySet[Any, Any]:
    return _keys(Article.objects.filter(_is_of_site(slug)))


def _is_of_site(slug: str) -> Q:
    return Q(site=Subquery(Site.objects.filter(slug=slug).values("pk")[:1]))


def published(value: str) -> Meaning:
    return _simply(Test(_is_published, shape=(value,)))


def _is_published(value: str) -> Q:
    _, said = PUBLISHED[value]
    return Q(published__isnull=True) if said is None else Q(published__in=[said])  # WHERE published has no index


def at_least(column: str, number: int) -> Meaning:
    return _bound(column, "gte", number)


def at_most(column: str, number: int) -> Meaning:
    return _bound(column, "lte", number)


def from_day(day: date) -> Meaning:
    return _bound("published_at", "gte", datetime.combine(day, time.min, UTC))


def to_day(day: date) -> Meaning:
    return _bound("published_at", "lte", datetime.combine(day, time.max, UTC))


def _bound(column: str, end: str, value: int | datetime) -> Meaning:
    return _simply(Test(_is_within, (value,), (column, end)), column, column=column)


def _is_within(column: str, end: str, value: int | datetime) -> Q:
    return Q(**{f"{column}__{end}": value})


def of_type(name: str) -> Meaning:
    """Nearly all are articles; the index has only the others, and wants to hear that it is one of those."""
    joined = Test(_is_article if name == "article" else _is_rare_type, (name,))
    return Meaning((joined,), (Test(_has_type, (name,)),), is_read=True)


def _is_article(name: str) -> Q:
    return Q(type=name)


def _is_rare_type(name: str) -> Q:
    return Q(type=name) & ~Q(type="article")


def _has_type(name: str) -> Q:
    return Q(Exact(Subquery(Article.objects.filter(pk=OuterRef("pk")).values("type")[:1]), name))


def rows_of_rare_type(name: str) -> QuerySet[Any, Any]:
    return _keys(Article.objects.filter(_is_rare_type(name)))


# --- Providers --------------------------------------------------------------------------------------------------------


class _Either(Case):
    """One list or another of the same model."""

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        lists: Gathered = self.default
        return lists.get_db_converters(connection)


def providers_sought(domain: str, name: str) -> _Either:
    """By the domain, or else by a part of the name."""
    known = Provider.objects.order_by()
    exact, alike = known.filter(domain=domain), known.filter(name__icontains=name)[: MAX_PROVIDERS + 1]
    return _Either(When(Exists(exact), then=Gathered(exact, "id")), default=Gathered(alike, "id"))


def by_provider(sought: str, found: str | Sequence[Sequence[int]] | None) -> Meaning:
    keys = keys_in(found)
    if len(keys) == MAX_PROVIDERS + 1:
        return _simply(Test(_is_by_one_named, (sought,)), "provider_id")
    return _simply(Test(_is_by_provider, filled(keys)), "provider_id")


def _is_by_provider(*keys: int) -> Q:
    return Q(provider__in=keys)


def _is_by_one_named(name: str) -> Q:
    return Q(provider__in=Provider.objects.filter(name__icontains=name).order_by().values("pk"))


def rows_of_providers(domain: str, name: str) -> QuerySet[Any, Any]:
    """Or a few more: those of a provider with this domain, and of those with this in their names."""
    known = Provider.objects.filter(Q(domain=domain) | Q(name__icontains=name)).order_by()
    return _keys(Article.objects.filter(provider__in=known.values("pk")))


# --- Topics, findings -------------------------------------------------------------------------------------------------


def topics_named(name: str) -> Gathered:
    """Sites share names, and their topics with them."""
    return Gathered(Topic.objects.filter(name=name).order_by(), "id")


def with_topic(name: str, found: str | Sequence[Sequence[int]] | None) -> Meaning:
    keys = keys_in(found)
    test = Test(_has_topic, filled(keys))
    return Meaning((test,), (test,), hits=[made(_links_with, (key,)) for key in keys or (0,)])


def _has_topic(*keys: int) -> Q:
    return _is_there(ArticleTopic.objects.order_by().filter(article=OuterRef("pk"), topic__in=keys))


def _links_with(topic: int) -> QuerySet[Any, Any]:
    return ArticleTopic.objects.order_by().filter(topic=topic).values(hit=F("article"))


def rows_with_topic(name: str) -> QuerySet[Any, Any]:
    return _keys(ArticleTopic.objects.filter(topic__in=Topic.objects.filter(name=name).order_by().values("pk")))


def with_finding(code: str) -> Meaning:
    test = Test(_has_finding, (code,))
    return Meaning((test,), (test,), hits=(made(_found_with, (code,)),))


def _has_finding(code: str) -> Q:
    return _is_there(Finding.objects.filter(code=code, article=OuterRef("pk")).order_by())


def _found_with(code: str) -> QuerySet[Any, Any]:
    return Finding.objects.filter(code=code).order_by().values(hit=F("article")).distinct()


def rows_with_finding(code: str) -> QuerySet[Any, Any]:
    return _keys(Finding.objects.filter(code=code))


def _is_there(rows: QuerySet[Any, Any]) -> Q:
    """Looked up for each article: of an EXISTS, PostgreSQL would rather fetch all rows that there are, once a state."""
    return Q(IsNull(Subquery(rows.values(found=Value(1))[:1]), False))


# --- Words ------------------------------------------------------------------------------------------------------------


def with_words(text: str, count: int | None) -> Meaning:
    """Middling many hits are kept at hand while rows are tried; PostgreSQL looks each row up by its key."""
    words = words_of(text)
    if not words:
        return EVERYTHING
    means, by_text = (Test(_has_words, words, (is_tried,), is_once=False) for is_tried in (False, True))
    newest = newest_hits(words)
    if newest is None:
        return Meaning((means,), (by_text,), is_read=True)
    if count and count > MIDDLING:
        return Meaning((means,), (by_text,), hits=(hits_of(words),), newest=newest, is_read=True)
    return Meaning((means,), (means,), hits=(hits_of(words),), newest=newest)


def _has_words(is_tried: bool, *words: str) -> Q:
    return Q(Matches(words, is_tried=is_tried))


def words_counted(text: str) -> Sql:
    return compiled(how_many(words_of(text)))


# --- Keys -------------------------------------------------------------------------------------------------------------


def keys_in(found: str | Sequence[Sequence[int]] | None) -> list[int]:
    """The keys of a list that the database gathered; as text on SQLite."""
    rows = json.loads(found) if isinstance(found, str) else found
    return [key for (key,) in rows or ()]


def _keys(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    return rows.order_by().values("pk")
