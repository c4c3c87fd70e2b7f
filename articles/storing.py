"""Rows of articles, written in bulk: columns, topics, pictures, and the providers and topics that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from articles.content.tree import File
from articles.mapping import DERIVED_COLUMNS, IMAGE_COLUMNS, ArticleData
from articles.models import Article, ArticleTopic, Image, Provider, Site, Source, Topic
from articles.rewriting import reliable
from articles.rows import insert_rows, new_keys
from articles.standing import nearness_of

BATCH_SIZE: Final = 1000
_IMAGE_COLUMNS: Final = (*IMAGE_COLUMNS.values(), "extra")
_NEW_COLUMNS: Final = (
    "id",
    "site",
    "path",
    "collection",
    "nearness",
    "digest",
    "file_size",
    "file_mtime_ns",
    "created_at",
    "updated_at",
    "provider",
    *DERIVED_COLUMNS,
)
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
    site: Site, files: Sequence[File], every: Sequence[ArticleData], index: SiteIndex, at: datetime
) -> Sequence[int]:
    """The rows of new articles, with their texts, topics and pictures; their keys. `ensure` has been called."""
    keys = new_keys(Article, len(files))
    threshold, providers = site.threshold, index.providers
    insert_rows(
        Article,
        _NEW_COLUMNS,
        (
            (
                key,
                site.pk,
                file.path,
                file.path.partition("/")[0],
                nearness_of(data.columns["quality"], threshold),
                file.digest,
                file.size,
                reliable(file.mtime_ns),
                at,
                at,
                providers.get(data.provider_domain),
                *data.columns.values(),
            )
            for key, file, data in zip(keys, files, every, strict=True)
        ),
    )
    insert_rows(
        Source,
        ("article", "text", "secured"),
        ((key, file.data, data.secured) for key, file, data in zip(keys, files, every, strict=True)),
    )
    insert_lists(zip(keys, every, strict=True), index)
    return keys


def write_lists(pairs: Sequence[tuple[Article, ArticleData]], index: SiteIndex) -> None:
    """Write the topics and pictures of saved articles, in place of those they had."""
    if not pairs:
        return
    keys = [article.pk for article, _ in pairs]
    ArticleTopic.objects.filter(article__in=keys).delete()
    Image.objects.filter(article__in=keys).delete()
    insert_lists(((article.pk, data) for article, data in pairs), index)


def insert_lists(pairs: Iterable[tuple[int, ArticleData]], index: SiteIndex) -> None:
    """The topics and pictures of articles that have none, by their keys."""
    known = list(pairs)
    topics = ((key, index.topics[name], place) for key, data in known for place, name in enumerate(data.topics))
    insert_rows(ArticleTopic, ("article", "topic", "position"), topics)
    images = (
        (key, place, *(columns[name] for name in _IMAGE_COLUMNS))
        for key, data in known
        for place, columns in enumerate(data.images)
    )
    insert_rows(Image, ("article", "position", *_IMAGE_COLUMNS), images)
