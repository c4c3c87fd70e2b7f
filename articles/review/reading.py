"""All that an act on one article goes by, read in two queries: and read again, to see whether it still is so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import Model

from articles.compiled import Compiled, attnames
from articles.models import Article, Override, Provider, Site, Source

M = TypeVar("M", bound=Model)

_ARTICLE: Final = attnames(Article)
_OVERRIDE: Final = attnames(Override)
_RELATED: Final[Sequence[tuple[str, type[Model], Sequence[str]]]] = (
    ("site", Site, ("id", "slug", "title", "url", "threshold")),
    ("provider", Provider, attnames(Provider)),
    ("source", Source, attnames(Source)),
)
_JOINED: Final = tuple(f"{relation}__{name}" for relation, _, names in _RELATED for name in names)

_article = Compiled(lambda pk: Article.objects.filter(pk=pk).order_by().values_list(*_ARTICLE, *_JOINED))
_overrides = Compiled(lambda pk: Override.objects.filter(article=pk).order_by("key").values_list(*_OVERRIDE))
_lock = Compiled(lambda pk: Article.objects.filter(pk=pk).order_by().select_for_update().values_list("pk"))


@dataclass(frozen=True, slots=True)
class Read:
    """The rows as they were, and an article made of them, with its site, provider and source."""

    rows: Sequence[Any]
    article: Article
    overrides: Sequence[Override]


def read(pk: int) -> Read:
    """Raises `Article.DoesNotExist`."""
    rows = _rows(pk)
    if not rows[0]:
        raise Article.DoesNotExist(f"There is no article {pk}.")
    values = iter(rows[0][0])

    def made(model: type[M], names: Sequence[str]) -> M:
        one: M = model.from_db(connection.alias, names, [next(values) for _ in names])
        return one

    article = made(Article, _ARTICLE)
    for name, model, names in _RELATED:
        if (related := made(model, names)).pk is not None:
            setattr(article, name, related)
    overrides = [Override.from_db(connection.alias, _OVERRIDE, row) for row in rows[1]]
    return Read(rows, article, overrides)


def lock(pk: int) -> None:
    """Nobody else changes it until the transaction ends. SQLite has but one writer, who is it by now."""
    if connection.vendor != "sqlite":
        _lock(pk)


def is_as_read(before: Read) -> bool:
    """Whether all of it still is so; under the lock it stays so."""
    return _rows(before.article.pk) == before.rows


def _rows(pk: int) -> Sequence[Any]:
    # The article with its source in a query after that for the lock: PostgreSQL would give it as it was before a wait.
    return _article(pk), _overrides(pk)
