"""Where the crawler contradicts an editor: every open conflict, with what each side says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from articles.conditions import Contradicted
from articles.content import merge
from articles.content.values import ABSENT
from articles.mapping import crawler_fields, decision_of
from articles.models import Article, Override
from articles.review.act import WHOLE_FILE

CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that a person has to decide; the field `*` for a file that is gone under decisions.

    `base` is what the crawler said when the editor decided, `crawler` what it says now; `ABSENT`: nothing.
    """

    article: Article
    field: str
    base: Any
    crawler: Any
    editor: Any
    username: str
    at: datetime


def contradicted_articles(site_slug: str = "") -> QuerySet[Article]:
    """The articles with an open conflict, by site and path, with what `conflicts_of` needs."""
    rows = Article.objects.filter(Contradicted("state"))
    if site_slug:
        rows = rows.filter(site__slug=site_slug)
    return rows.select_related("source", "site").prefetch_related("overrides").order_by("site__slug", "path")


def open_conflicts(site_slug: str = "") -> Iterator[Conflict]:
    """Every open conflict, by site and path; costs what there is of them, not what there is of articles."""
    for article in contradicted_articles(site_slug).iterator(chunk_size=CHUNK):
        yield from conflicts_of(article)


def conflicts_of(article: Article) -> list[Conflict]:
    """The open conflicts of one article, whose `source` and `overrides` had best be fetched."""
    overrides = list(article.overrides.all())
    if article.is_missing and overrides:
        last = max(overrides, key=lambda override: override.at)
        return [Conflict(article, WHOLE_FILE, ABSENT, ABSENT, ABSENT, last.username, last.at)]
    contradicted = [override for override in overrides if override.in_conflict]
    if not contradicted:
        return []
    said = crawler_fields(article)
    return [_conflict(article, override, said) for override in contradicted]


def _conflict(article: Article, override: Override, said: dict[Any, Any]) -> Conflict:
    decision = decision_of(override)
    now = merge.value_of(said, override.key)
    return Conflict(article, override.key, decision.base, now, decision.value, override.username, override.at)
