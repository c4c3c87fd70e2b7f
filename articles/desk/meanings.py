"""What each filter of the queue means: a condition on articles, and where those stand that fit it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.lookups import Exact, IsNull

from articles.desk.statements import TABLE, Sql, Test, compiled, filled, hidden, made, together
from articles.gathering import Gathered
from articles.labels import as_labels, label_of
from articles.models import Article, ArticleTopic, Finding, Provider, Site, Topic
from articles.searching import MIDDLING, Hits, Matches, held, how_many, words_of

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
    `hits`: the keys of what fits, as `hit`, out of another table, by one value each; `joined` asks for no column then.
    `labels`: by which they lie side by side, with all that narrows and orders lists. `newest`: the same as
    `hits`, the newest first, for little; `is_rough`: and maybe some that do not fit. `is_read`: a row has to be read to
    be tried, since no index of the queue holds what it is tried for; `is_elsewhere`: what it refers to has to be.
    `is_counted`: what fits has an index of its own, with all else that narrows lists. `held`: the same condition by the
    keys of all that fit and are of the state, on PostgreSQL: to keep one at hand costs it a tenth of what it takes to
    look a row up in another table. `has_keys`: it is tried by those of all that have the words; `by_keys`: on SQLite,
    if it could be so.
    """

    joined: Sequence[Test]
    tried: Sequence[Test]
    uses: Sequence[str] = ()
    column: str = ""
    hits: Sequence[Sql] = ()
    labels: Sequence[int | str] = ()
    newest: Sql | None = None
    is_rough: bool = False
    is_read: bool = False
    is_elsewhere: bool = False
    is_counted: bool = False
    held: Sequence[Test] = ()
    has_keys: bool = False
    by_keys: Sequence[Test] = ()

    @property
    def is_at_hand(self) -> bool:
        return self.has_keys or (bool(self.held) and self.tried is self.held)

    @property
    def with_keys(self) -> Meaning:
        """By the keys of what has the words, not by the texts."""
        ((text, params),) = self.hits
        newest = f"{text} ORDER BY rowid DESC", params
        return replace(self, tried=self.by_keys, newest=newest, is_rough=False, is_read=False, has_keys=True)

    @property
    def is_beside(self) -> bool:
        """Whether a row is tried by a key, and not as it is."""
        return bool(self.hits or self.newest or self.is_read or self.is_elsewhere)


_LOOKED_UP_BY_TYPE: Final = (
    "(SELECT 1 FROM articles_article AS one INDEXED BY article_by_rare_type"
    " WHERE one.type = %s AND NOT (one.type = 'article' AND one.type IS NOT NULL)"
    ' AND one.state = "articles_article"."state" AND one.published IS "articles_article"."published"'
    ' AND one.id = "articles_article"."id") IS NOT NULL'
)
"""On SQLite: whether an article is there in the index of what is no article."""
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
    is_rare = name != "article"
    joined, tried = Test(_is_rare_type if is_rare else _is_article, (name,)), Test(_has_type, (name,))
    if not is_rare or connection.vendor != "sqlite":
        return Meaning((joined,), (tried,), is_read=True, is_counted=is_rare)
    looked_up = replace(tried, known=(_LOOKED_UP_BY_TYPE, (name,)))
    hits = (made(_of_rare_type, (name,)),)
    return Meaning((joined,), (looked_up,), ("state", "published"), hits=hits, is_counted=True)


def _is_article(name: str) -> Q:
    return Q(type=name)


def _is_rare_type(name: str) -> Q:
    return Q(type=name) & ~Q(type="article")


def _has_type(name: str) -> Q:
    return Q(Exact(Subquery(Article.objects.filter(pk=OuterRef("pk")).order_by().values("type")[:1]), name))


def _of_rare_type(name: str) -> QuerySet[Any, Any]:
    return Article.objects.filter(_is_rare_type(name)).order_by().values(hit=F("pk"))


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
    keys = [key for (key,) in read(found)]
    if len(keys) == MAX_PROVIDERS + 1:
        if connection.vendor != "sqlite":
            return _simply(Test(_is_by_one_named, (sought,)), "provider_id")
        test = Test(_has_provider_named, (sought,))  # SQLite would list all of them again for each stretch
        return Meaning((test,), (test,), ("provider_id",), is_elsewhere=True)
    return _simply(Test(_is_by_provider, filled(keys)), "provider_id")


def _is_by_provider(*keys: int) -> Q:
    return Q(provider__in=keys)


def _is_by_one_named(name: str) -> Q:
    return Q(provider__in=Provider.objects.filter(name__icontains=name).order_by().values("pk"))


def _has_provider_named(name: str) -> Q:
    return _is_there(Provider.objects.filter(pk=OuterRef("provider"), name__icontains=name).order_by())


def rows_by_provider(sought: str) -> Sql:
    """On SQLite of those that were found; of very many only some."""
    if connection.vendor != "sqlite":
        return made(_rows_of_providers, (sought.lower(), sought))
    keys = "SELECT JSON_EXTRACT(value, '$[0]') FROM JSON_EACH((SELECT found FROM answer_provider))"
    return f"SELECT id FROM {TABLE} WHERE provider_id IN ({keys})", ()  # noqa: S608 - it is ours


def _rows_of_providers(domain: str, name: str) -> QuerySet[Any, Any]:
    """Or a few more: those of a provider with this domain, and of those with this in their names."""
    known = Provider.objects.filter(Q(domain=domain) | Q(name__icontains=name)).order_by()
    return _keys(Article.objects.filter(provider__in=known.values("pk")))


# --- Topics, findings -------------------------------------------------------------------------------------------------


def labels_of_topics(name: str) -> Sql:
    """As they are compared with labels, which are of no kind of their own."""
    return f"SELECT {label_of('id')} FROM articles_topic WHERE name = %s", (name,)  # noqa: S608 - it is ours


def topics_named(name: str) -> Gathered:
    """Sites share names, and each has topics of its own."""
    return Gathered(Topic.objects.filter(name=name).order_by(), "id", "site_id")


def with_topic(name: str, found: str | Sequence[Sequence[int]] | None) -> Meaning:
    named = read(found) or [[0, 0]]
    keys = [key for key, _ in named]
    joined = Test(_has_one_of, filled(keys))
    tried = Test(_has_its_own, (*filled(keys), *filled([site for _, site in named])))
    hits = [made(_links_with, (key,)) for key in keys]
    return Meaning((joined,), (tried,), ("site_id",), hits=hits, labels=as_labels(keys))


def _has_one_of(*keys: int) -> Q:
    """Looked up for each article among its own: by its article and each of these, SQLite would look as often."""
    its_own = ArticleTopic.objects.order_by().filter(article=OuterRef("pk"))
    if connection.vendor == "sqlite":
        return _is_there(its_own.annotate(named=F("topic_id") + 0).filter(named__in=keys))
    return _is_there(its_own.filter(topic__in=keys))


def _has_its_own(*keys_and_sites: int) -> Q:
    """Looked up once for each article: the one that its site calls so."""
    half = len(keys_and_sites) // 2
    pairs = dict(zip(keys_and_sites[half:], keys_and_sites[:half], strict=True))
    its_own = Case(*(When(Exact(OuterRef("site_id"), Value(site)), then=Value(key)) for site, key in pairs.items()))
    return _is_there(ArticleTopic.objects.order_by().filter(article=OuterRef("pk"), topic=its_own))


def _links_with(topic: int) -> QuerySet[Any, Any]:
    return ArticleTopic.objects.order_by().filter(topic=topic).values(hit=F("article"))


def rows_with_topic(name: str) -> QuerySet[Any, Any]:
    return _keys(ArticleTopic.objects.filter(topic__in=Topic.objects.filter(name=name).order_by().values("pk")))


def with_finding(code: str) -> Meaning:
    test = Test(_has_finding, (code,))
    return Meaning((test,), (test,), hits=(made(_found_with, (code,)),), labels=as_labels([code]))


def label_of_finding(code: str) -> Sql:
    return "%s", (code,)


def held_by(meaning: Meaning, keys: Sql) -> Meaning:
    """With the condition that an article is among those with these keys."""
    return replace(meaning, held=[replace(test, known=_among(keys)) for test in meaning.tried[:1]])


def _has_finding(code: str) -> Q:
    return _is_there(Finding.objects.filter(code=code, article=OuterRef("pk")).order_by())


def _found_with(code: str) -> QuerySet[Any, Any]:
    return Finding.objects.filter(code=code).order_by().values(hit=F("article")).distinct()


def rows_with_finding(code: str) -> QuerySet[Any, Any]:
    return _keys(Finding.objects.filter(code=code))


def is_recent(newest: int) -> Sql:
    """Of links and findings those of so many of the newest articles."""
    return f"article_id > (SELECT MAX(id) FROM {TABLE}) - {newest:d}", ()  # noqa: S608 - it is ours


def _is_there(rows: QuerySet[Any, Any]) -> Q:
    """Looked up for each article: of an EXISTS, PostgreSQL would rather fetch all rows that there are, once a state."""
    return Q(IsNull(Subquery(rows.values(found=Value(1))[:1]), False))


# --- Words ------------------------------------------------------------------------------------------------------------


def with_words(text: str, answer: str | int | None) -> Meaning:
    """Middling many hits are kept at hand while rows are tried; PostgreSQL looks each row up by its key."""
    words = words_of(text)
    if not words:
        return EVERYTHING
    means, by_text = (Test(_has_words, words, (is_tried,), is_once=False) for is_tried in (False, True))
    if not isinstance(answer, str):
        return Meaning((means,), (by_text,), is_read=True)
    hits = Hits.of(answer)
    exact = hits.exact(words)
    joined = replace(means, known=_among(exact))
    if hits.keys is None:
        read = Meaning((joined,), (by_text,), hits=(exact,), newest=hits.newest, is_rough=hits.is_rough, is_read=True)
        return read if hits.about > MIDDLING else replace(read, by_keys=(joined,))
    tried = replace(means, known=_among(hits.found, *([by_text.sql] if hits.is_rough else [])))
    return Meaning((joined,), (tried,), hits=(exact,), newest=hits.newest, is_rough=hits.is_rough, has_keys=True)


def _among(keys: Sql, *more: Sql) -> Sql:
    """That an article's key is one of these, and then more."""
    condition = together((f'"{TABLE}"."id" IN ({keys[0]})', keys[1]), *more)
    return hidden(condition) if more else condition


def _has_words(is_tried: bool, *words: str) -> Q:
    return Q(Matches(words, is_tried=is_tried))


def words_counted(text: str) -> Sql:
    words = words_of(text)
    return held(words) if words and connection.vendor == "sqlite" else compiled(how_many(words))


# --- Keys -------------------------------------------------------------------------------------------------------------


def read(found: str | Sequence[Sequence[int]] | None) -> Sequence[Sequence[int]]:
    """A list that the database gathered; text on SQLite."""
    return (json.loads(found) if isinstance(found, str) else found) or ()


def _keys(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    return rows.order_by().values("pk")
