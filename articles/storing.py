"""Rows of articles, written in bulk: columns, topics, pictures, and the providers and topics that they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Field, Model

from articles.mapping import ArticleData
from articles.models import Article, ArticleTopic, Image, Provider, Site, Source, Topic

BATCH_SIZE: Final = 1000
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


def update_rows(model: type[Model], rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Write these columns of rows that exist; one statement for all, each bound to its own values."""
    if not rows:
        return
    fields = [_field(model, column) for column in columns]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    table, key = model._meta.db_table, model._meta.pk.column
    values = [
        (*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk) for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{table}" SET {sets} WHERE "{key}" = %s', values)  # noqa: S608 - names of our own


def update_changed(
    model: type[Model], pairs: Iterable[tuple[Model, Mapping[str, Any]]], columns: Sequence[str]
) -> None:
    """The same, of each row only what differs from its attributes before: every column costs the indexes it is in."""
    names = {column: _field(model, column).attname for column in columns}
    alike: dict[tuple[str, ...], list[Model]] = {}
    for row, before in pairs:
        changed = tuple(column for column, name in names.items() if not _is_same(before[name], getattr(row, name)))
        alike.setdefault(changed, []).append(row)
    for changed, rows in alike.items():
        if changed:
            update_rows(model, rows, changed)


def fill(article: Article, data: ArticleData, index: SiteIndex) -> None:
    """Set an article's columns; `SiteIndex.ensure` has been called for the data."""
    for column, value in data.columns.items():
        setattr(article, column, value)
    article.provider_id = index.providers.get(data.provider_domain)


def create_rows(
    articles: Sequence[Article], texts: Sequence[bytes], every: Sequence[ArticleData], index: SiteIndex
) -> None:
    """The rows of new articles, with their texts, topics and pictures."""
    Article.objects.bulk_create(articles, batch_size=BATCH_SIZE)
    sources = [
        Source(article_id=article.pk, text=text, secured=data.secured)
        for article, text, data in zip(articles, texts, every, strict=True)
    ]
    Source.objects.bulk_create(sources, batch_size=BATCH_SIZE)
    write_lists(list(zip(articles, every, strict=True)), index, are_new=True)


def write_lists(pairs: Sequence[tuple[Article, ArticleData]], index: SiteIndex, *, are_new: bool = False) -> None:
    """Write the topics and pictures of saved articles, in place of those they had."""
    if not pairs:
        return
    if not are_new:
        keys = [article.pk for article, _ in pairs]
        ArticleTopic.objects.filter(article__in=keys).delete()
        Image.objects.filter(article__in=keys).delete()
    ArticleTopic.objects.bulk_create(_topic_links(pairs, index), batch_size=BATCH_SIZE)
    Image.objects.bulk_create(_images(pairs), batch_size=BATCH_SIZE)


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, Field)  # noqa: S101 - no relation from elsewhere
    return field


def _is_same(one: Any, other: Any) -> bool:
    """Of maps and lists the order counts, and 1 is not true."""
    if isinstance(one, dict | list):
        return repr(one) == repr(other)
    return bool(one == other)


def _topic_links(pairs: Iterable[tuple[Article, ArticleData]], index: SiteIndex) -> list[ArticleTopic]:
    return [
        ArticleTopic(article_id=article.pk, topic_id=index.topics[name], position=place)
        for article, data in pairs
        for place, name in enumerate(data.topics)
    ]


def _images(pairs: Iterable[tuple[Article, ArticleData]]) -> list[Image]:
    return [
        Image(article_id=article.pk, position=place, **columns)
        for article, data in pairs
        for place, columns in enumerate(data.images)
    ]
