"""All that an act on one article goes by, read in one query: and read again, to see whether it still is so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, Model, OuterRef, QuerySet, TextField, Value
from django.db.models.expressions import Combinable, RawSQL

from articles.compiled import SEEN, Compiled, attnames, row_of
from articles.gathering import Gathered
from articles.models import Article, Finding, Override, Provider, Site, Source

_ARTICLE: Final = attnames(Article)
_RELATED: Final[Sequence[tuple[str, type[Model], Sequence[str]]]] = (
    ("site", Site, ("id", "slug", "title", "url", "threshold")),
    ("provider", Provider, attnames(Provider)),
    ("source", Source, attnames(Source)),
)
_JOINED: Final = tuple(f"{relation}__{name}" for relation, _, names in _RELATED for name in names)


def _its_row() -> Combinable:
    if connection.vendor != "postgresql":
        return Value("", TextField())
    return RawSQL(SEEN.format("articles_article."), (), TextField())  # noqa: S611 - nobody's words


def _with_all(pk: int) -> QuerySet[Article, tuple[Any, ...]]:
    against_rule = Finding.objects.filter(article=OuterRef("pk"), code="against_rule")
    rows = Article.objects.filter(pk=pk).annotate(
        its_row=_its_row(),
        its_overrides=Gathered(Override.objects.filter(article=OuterRef("pk")).order_by("key")),
        is_against_rule=Exists(against_rule),
    )
    return rows.order_by().values_list(*_ARTICLE, *_JOINED, "its_row", "its_overrides", "is_against_rule")


_articles = Compiled(_with_all)
_lock = Compiled(lambda pk: Article.objects.filter(pk=pk).order_by().select_for_update().values_list("pk"))


@dataclass(frozen=True, slots=True)
class Read:
    """An article with its site, provider and source, its overrides, and whether it is found to be against its rule.

    `rows` are what the database gave for it; `seen` is what PostgreSQL says of its row. Who changes an override or the
    source changes that row too.
    """

    rows: Sequence[Any]
    article: Article
    overrides: Sequence[Override]
    is_against_rule: bool
    seen: str


def read(pk: int) -> Read:
    """Raises `Article.DoesNotExist`."""
    rows = _articles.raw(pk)
    if not rows:
        raise Article.DoesNotExist(f"There is no article {pk}.")
    *columns, seen, overrides, is_against_rule = _articles.read(rows, pk)[0]
    values = iter(columns)

    article = row_of(Article, _ARTICLE, islice(values, len(_ARTICLE)))
    for name, model, names in _RELATED:
        if (related := row_of(model, names, islice(values, len(names)))).pk is not None:
            article._state.fields_cache[name] = related
    return Read(rows, article, overrides, is_against_rule, seen)


def lock(pk: int) -> None:
    """Nobody else changes it until the transaction ends. SQLite has but one writer, who is it by now."""
    if connection.vendor != "sqlite":
        _lock(pk)


def is_as_read(before: Read) -> bool:
    """Whether all of it still is so; under the lock it stays so.

    Asked in a query after that for the lock: PostgreSQL would give it as it was before a wait.
    """
    return _articles.raw(before.article.pk) == before.rows
