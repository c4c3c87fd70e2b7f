"""Rows of articles, written in bulk: columns, topics, pictures, and the providers and topics that they name."""

from collections.abc import Iterable, Sequence
from typing import Final

from articles.mapping import ArticleData
from articles.models import Article, ArticleTopic, Image, Provider, Site, Topic

BATCH_SIZE: Final = 1000


class SiteIndex:
    """The providers and topics of a site by domain and by name; those that articles name first are made."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.providers: dict[str, int] = dict(Provider.objects.filter(site=site).values_list("domain", "id"))
        self.topics: dict[str, int] = dict(Topic.objects.filter(site=site).values_list("name", "id"))

    def ensure(self, every: Iterable[ArticleData]) -> None:
        """Make rows for the providers and topics that are new; a provider is as its first article has it."""
        firsts: dict[str, ArticleData] = {}
        names: dict[str, None] = {}
        for data in every:
            if data.provider_domain and data.provider_domain not in self.providers:
                firsts.setdefault(data.provider_domain, data)
            names.update((name, None) for name in data.topics if name not in self.topics)
        if firsts:
            self._make_providers(firsts)
        if names:
            made = Topic.objects.bulk_create([Topic(site=self.site, name=name) for name in names])
            self.topics.update((topic.name, topic.pk) for topic in made)

    def _make_providers(self, firsts: dict[str, ArticleData]) -> None:
        made = Provider.objects.bulk_create(
            [
                Provider(site=self.site, domain=domain, name=data.columns["provider_name"] or "")
                for domain, data in firsts.items()
            ]
        )
        self.providers.update((provider.domain, provider.pk) for provider in made)
        Image.objects.bulk_create(
            Image(provider=provider, position=place, **columns)
            for provider in made
            for place, columns in enumerate(firsts[provider.domain].provider_images)
        )


def fill(article: Article, data: ArticleData, index: SiteIndex) -> None:
    """Set an article's columns; `SiteIndex.ensure` has been called for the data."""
    for column, value in data.columns.items():
        setattr(article, column, value)
    article.provider_id = index.providers.get(data.provider_domain)


def write_lists(pairs: Sequence[tuple[Article, ArticleData]], index: SiteIndex, *, are_new: bool = False) -> None:
    """Write the topics and pictures of saved articles, in place of those they had."""
    if not are_new:
        keys = [article.pk for article, _ in pairs]
        ArticleTopic.objects.filter(article__in=keys).delete()
        Image.objects.filter(article__in=keys).delete()
    ArticleTopic.objects.bulk_create(_topic_links(pairs, index), batch_size=BATCH_SIZE)
    Image.objects.bulk_create(_images(pairs), batch_size=BATCH_SIZE)


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
