"""Rows of articles, written in bulk: columns, topics, pictures, and the providers and topics that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from articles.mapping import IMAGE_COLUMNS, ArticleData
from articles.models import Article, ArticleTopic, Image, Provider, Site, Source, Topic
from articles.rows import insert_objects, insert_rows, new_keys

BATCH_SIZE: Final = 1000
_IMAGE_COLUMNS: Final = (*IMAGE_COLUMNS.values(), "extra")
ASKED_AT_ONCE: Final = 500


class SiteIndex:
    """The providers and topics of a site by domain and by name, as far as they were asked for."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.providers: dict[str, int] = {}
        self.topics: dict[str, int] = {}

    def preload(self) -> None:
        """All of them at once, for a run over many files."""
        self.providers = dict(Provider.objects.filter(site=self.site).values_list("domain", "id"))
        self.topics = dict(Topic.objects.filter(site=self.site).values_list("name", "id"))

    def ensure(self, every: Sequence[ArticleData]) -> None:
        """Know the providers and topics that these articles name; those that are new are made.

        A new provider is as its first article has it. Another process may make the same at the same time: the
        database keeps one of each, and both use that.
        """
        self._ensure_providers({data.provider_domain: data for data in reversed(every) if data.provider_domain})
        self._ensure_topics({name for data in every for name in data.topics})

    def _ensure_providers(self, firsts: dict[str, ArticleData]) -> None:
        missing = self._find(Provider, "domain", self.providers, firsts)
        if not missing:
            return
        Provider.objects.bulk_create(
            [
                Provider(site=self.site, domain=domain, name=firsts[domain].columns["provider_name"] or "")
                for domain in missing
            ],
            ignore_conflicts=True,
        )
        self._find(Provider, "domain", self.providers, missing)
        images = [
            Image(provider_id=self.providers[domain], position=place, **columns)
            for domain in missing
            for place, columns in enumerate(firsts[domain].provider_images)
        ]
        Image.objects.bulk_create(images, ignore_conflicts=True)

    def _ensure_topics(self, names: set[str]) -> None:
        missing = self._find(Topic, "name", self.topics, sorted(names))
        if missing:
            Topic.objects.bulk_create([Topic(site=self.site, name=name) for name in missing], ignore_conflicts=True)
            self._find(Topic, "name", self.topics, missing)

    def _find(
        self, model: type[Provider] | type[Topic], column: str, known: dict[str, int], names: Iterable[str]
    ) -> list[str]:
        """Look up what is not known yet, and say what the database does not have."""
        unknown = [name for name in names if name not in known]
        for start in range(0, len(unknown), ASKED_AT_ONCE):
            asked = {f"{column}__in": unknown[start : start + ASKED_AT_ONCE]}
            known.update(model.objects.filter(site=self.site, **asked).values_list(column, "id"))
        return [name for name in unknown if name not in known]


def fill(article: Article, data: ArticleData, index: SiteIndex) -> None:
    """Set an article's columns; `SiteIndex.ensure` has been called for the data."""
    for column, value in data.columns.items():
        setattr(article, column, value)
    article.provider_id = index.providers.get(data.provider_domain)


def create_rows(
    articles: Sequence[Article], texts: Sequence[bytes], every: Sequence[ArticleData], index: SiteIndex
) -> None:
    """The rows of new articles, with their texts, topics and pictures."""
    for article, key in zip(articles, new_keys(Article, len(articles)), strict=True):
        article.pk, article._state.adding = key, False
    insert_objects(Article, articles)
    sources = zip(articles, texts, every, strict=True)
    insert_rows(
        Source,
        ("article", "text", "secured", "exported"),
        ((article.pk, text, data.secured, {}) for article, text, data in sources),
    )
    write_lists(list(zip(articles, every, strict=True)), index, are_new=True)


def write_lists(pairs: Sequence[tuple[Article, ArticleData]], index: SiteIndex, *, are_new: bool = False) -> None:
    """Write the topics and pictures of saved articles, in place of those they had."""
    if not pairs:
        return
    if not are_new:
        keys = [article.pk for article, _ in pairs]
        ArticleTopic.objects.filter(article__in=keys).delete()
        Image.objects.filter(article__in=keys).delete()
    topics = (
        (article.pk, index.topics[name], place) for article, data in pairs for place, name in enumerate(data.topics)
    )
    insert_rows(ArticleTopic, ("article", "topic", "position"), topics)
    images = (
        (article.pk, place, *(columns[name] for name in _IMAGE_COLUMNS))
        for article, data in pairs
        for place, columns in enumerate(data.images)
    )
    insert_rows(Image, ("article", "position", *_IMAGE_COLUMNS), images)
