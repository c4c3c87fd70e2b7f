"""Rows of articles, written in bulk: columns, topics, pictures, and the providers and topics that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection

from articles.mapping import ArticleData
from articles.models import Article, ArticleTopic, Finding, Image, Provider, Site, Topic
from articles.preparing import IMAGE_ROW, FileRows, Preparing
from articles.rows import insert_missing, insert_rows, new_keys
from articles.searching import add_words

_PROVIDER_ROW: Final = ("domain", "name")
_PROVIDER_IMAGE_ROW: Final = ("provider", *IMAGE_ROW[1:])
ASKED_AT_ONCE: Final = 500

_Named = type[Provider] | type[Topic]
Naming = ArticleData | FileRows
"""What names a provider and topics."""


class SiteIndex:
    """The providers and topics of a site by domain and by name, as far as they were asked for."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.providers: dict[str, int] = {}
        self.topics: dict[str, int] = {}
        self._are_all_known = False

    def preload(self) -> None:
        """All of them at once, for a run over many files."""
        self.providers = dict(Provider.objects.filter(site=self.site).values_list("domain", "id"))
        self.topics = dict(Topic.objects.filter(site=self.site).values_list("name", "id"))
        self._are_all_known = True

    def ensure(self, every: Sequence[Naming]) -> None:
        """Know the providers and topics that these articles name; those that are new are made.

        A new provider is as its first article has it. Another process may make the same at the same time: the
        database keeps one of each, and both use that.
        """
        self._ensure_providers({data.provider_domain: data for data in reversed(every) if data.provider_domain})
        self._ensure_topics({name for data in every for name in data.topics})

    def _ensure_providers(self, firsts: dict[str, Naming]) -> None:
        missing = self._missing(Provider, "domain", self.providers, firsts)
        if not missing:
            return
        insert_missing(
            Provider,
            _PROVIDER_ROW,
            [(domain, firsts[domain].provider_name or "") for domain in missing],
            site=self.site,
        )
        self._learn(Provider, "domain", self.providers, missing)
        images = [
            (self.providers[domain], place, *columns.values())
            for domain in missing
            for place, columns in enumerate(firsts[domain].provider_images)
        ]
        insert_missing(Image, _PROVIDER_IMAGE_ROW, images)

    def _ensure_topics(self, names: set[str]) -> None:
        missing = self._missing(Topic, "name", self.topics, sorted(names))
        if missing:
            insert_missing(Topic, ("name",), [(name,) for name in missing], site=self.site)
            self._learn(Topic, "name", self.topics, missing)

    def _missing(self, model: _Named, column: str, known: dict[str, int], names: Iterable[str]) -> list[str]:
        """What the database does not have, as far as is known."""
        unknown = [name for name in names if name not in known]
        return unknown if self._are_all_known else self._find(model, column, known, unknown)

    def _learn(self, model: _Named, column: str, known: dict[str, int], made: Sequence[str]) -> None:
        """Know those that were just made: the newest, unless another process was before us."""
        if self._are_all_known:
            newer = model.objects.filter(site=self.site, pk__gt=max(known.values(), default=0))
            known.update(newer.values_list(column, "id"))
        self._find(model, column, known, [name for name in made if name not in known])

    def _find(self, model: _Named, column: str, known: dict[str, int], unknown: Sequence[str]) -> list[str]:
        """Look up what is not known yet, and say what the database does not have."""
        for start in range(0, len(unknown), ASKED_AT_ONCE):
            asked = {f"{column}__in": unknown[start : start + ASKED_AT_ONCE]}
            known.update(model.objects.filter(site=self.site, **asked).values_list(column, "id"))
        return [name for name in unknown if name not in known]


def fill(article: Article, data: ArticleData, index: SiteIndex) -> None:
    """Set an article's columns; `SiteIndex.ensure` has been called for the data."""
    for column, value in data.columns.items():
        setattr(article, column, value)
    article.provider_id = index.providers.get(data.provider_domain)


def create_rows(new: Sequence[FileRows], index: SiteIndex, shapes: Preparing) -> Sequence[int]:
    """The rows of new articles, with their texts, topics, pictures and findings; their keys. `ensure` was called."""
    keys = new_keys(Article, len(new))
    images: list[list[Any]] = []
    for key, one in zip(keys, new, strict=True):
        one.article[:2] = key, index.providers.get(one.provider_domain)
        one.source[0] = key
        for image in one.images:
            image[0] = key
        images += one.images
    shapes.articles.insert([one.article for one in new])
    shapes.sources.insert([one.source for one in new])
    shapes.images.insert(images)
    if shapes.is_searched:
        add_words(connection, ((key, one.words) for key, one in zip(keys, new, strict=True)))
    _insert_topics(((key, one.topics) for key, one in zip(keys, new, strict=True)), index)
    found = ((key, *finding) for key, one in zip(keys, new, strict=True) for finding in one.findings)
    insert_rows(Finding, ("article", "code", "key", "severity"), found)
    return keys


def write_lists(pairs: Sequence[tuple[Article, ArticleData]], index: SiteIndex) -> None:
    """Write the topics and pictures of saved articles, in place of those they had."""
    if not pairs:
        return
    keys = [article.pk for article, _ in pairs]
    ArticleTopic.objects.filter(article__in=keys).delete()
    Image.objects.filter(article__in=keys).delete()
    insert_lists([(article.pk, data) for article, data in pairs], index)


def insert_lists(pairs: Sequence[tuple[int, ArticleData]], index: SiteIndex) -> None:
    """The topics and pictures of articles that have none, by their keys."""
    _insert_topics(((key, data.topics) for key, data in pairs), index)
    images = ((key, place, *one.values()) for key, data in pairs for place, one in enumerate(data.images))
    insert_rows(Image, IMAGE_ROW, images)


def _insert_topics(pairs: Iterable[tuple[int, Iterable[str]]], index: SiteIndex) -> None:
    rows = ((key, index.topics[name], place) for key, names in pairs for place, name in enumerate(names))
    insert_rows(ArticleTopic, ("article", "topic", "position"), rows)
