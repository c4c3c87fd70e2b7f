"""The findings of articles: judged with what the tables know beside each, and kept for filters and counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from articles.content import merge
from articles.content.findings import (
    KINDS,
    Context,
    Headline,
    Headlines,
    Likeness,
    Organization,
    SiteContext,
    findings_of,
    headline_of,
    source_key,
)
from articles.content.findings import Finding as Found
from articles.content.merge import Decision
from articles.content.planning import file_of_crawler
from articles.mapping import decision_of, fields_in_force
from articles.models import Article, ArticleTopic, Finding, Override, Provider, Site, Topic
from articles.rows import update_column

BY_LIKENESS: Final = frozenset({"duplicate_source", "near_title"})
"""What is found by looking at other articles; `grouping` keeps these."""
BATCH_SIZE: Final = 1000
RULES: Final = 1
"""Grows when findings are found otherwise than before: the next run over a site's files judges every article anew."""
ASKED_AT_ONCE: Final = 500
MOST_COMPARED: Final = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Judged:
    """An article with its fields in force; `has_decided_published`: an editor said whether readers get it."""

    article: Article
    fields: Mapping[Any, Any]
    has_decided_published: bool = False


def findings_for(article: Article) -> tuple[Found, ...]:
    """What an editor would mend in one article as it is now, with sentences and fixes; half a dozen queries."""
    return findings_of(fields_in_force(article), context_for(article))


def context_for(article: Article) -> Context:
    """What has to be known to judge one article, its likenesses included."""
    domains = [article.provider.domain] if article.provider else []
    others = Article.objects.filter(site=article.site, story=article.story, is_missing=False).exclude(pk=article.pk)
    site = site_context(article.site, domains=domains)
    return context_with(article, site, others.order_by("pk")[:MOST_COMPARED])


def context_with(article: Article, site: SiteContext, others: Iterable[Article]) -> Context:
    """The same with what is known already: the site, and the story's other articles that are there, by number."""
    same_source, near_title = _likenesses(article, others)
    return Context(
        site,
        is_flapping=article.is_flapping,
        has_decided_published=any(override.key == "published" for override in article.overrides.all()),
        same_source=same_source,
        near_title=near_title,
    )


def site_context(site: Site, *, domains: Collection[str] | None = None) -> SiteContext:
    """What a site's files say of its topics and of its organizations (of these domains); three queries."""
    topics = Topic.objects.filter(site=site).exclude(path="").values_list("name", flat=True)
    providers = Provider.objects.filter(site=site).exclude(path="").prefetch_related("images")
    if domains is not None:
        providers = providers.filter(domain__in=domains)
    return site_context_of(site, topics, providers)


def site_context_of(site: Site, topics: Iterable[str], providers: Iterable[Provider]) -> SiteContext:
    """The same of topics and organizations that have a file, these with their pictures."""
    known = {provider.domain: _organization(provider, site.url) for provider in providers}
    return SiteContext(frozenset(topics), known, site.threshold)


def judge(every: Sequence[Judged], site: SiteContext) -> None:
    """Keep what is found in articles by their own fields; three queries, and none for articles without any."""
    wanted = {(one.article.pk, found.code, found.key) for one in every for found in _own_findings(one, site)}
    keep(wanted, [one.article.pk for one in every])


def published_was_decided(articles: Sequence[int]) -> None:
    """Of these an editor said whether readers get it, and no other value changed: no rule is heard any more."""
    for some in in_parts(articles):
        Finding.objects.filter(article__in=some, code="against_rule").delete()


def keep(wanted: set[tuple[int, str, str]], articles: Sequence[int], *, by_likeness: bool = False) -> None:
    """Make the findings (article, code, key) of these articles what they should be; those of others are only added."""
    known: dict[tuple[int, str, str], int] = {}
    for some in in_parts(articles):
        rows = Finding.objects.filter(article__in=some)
        rows = rows.filter(code__in=BY_LIKENESS) if by_likeness else rows.exclude(code__in=BY_LIKENESS)
        known |= {(row[1], row[2], row[3]): row[0] for row in rows.values_list("pk", "article_id", "code", "key")}
    for keys in in_parts([known[gone] for gone in known.keys() - wanted]):
        Finding.objects.filter(pk__in=keys).delete()
    new = [
        Finding(article_id=article, code=code, key=key, severity=KINDS[code].severity.value)
        for article, code, key in sorted(wanted - known.keys())
    ]
    Finding.objects.bulk_create(new, batch_size=BATCH_SIZE, ignore_conflicts=True)


def judge_site(site: Site, keys: Iterable[int] | None = None) -> None:
    """Judge articles of a site anew, all or these: its topics, its organizations or our rules are not what they were.

    So many at once as one query asks for, and as bare rows: nothing of them is held.
    """
    context = site_context(site)
    if keys is None:
        keys = list(Article.objects.filter(site=site).order_by("pk").values_list("pk", flat=True))
    for some in in_parts(keys):
        _judge_again(some, context)


def judge_touched(site: Site, topics: Collection[str], domains: Collection[str]) -> None:
    """Judge anew the articles with these topics, and those of organizations with these domains."""
    filed = set(Topic.objects.filter(site=site).exclude(path="").values_list("name", flat=True)) if topics else set()
    if topics and filed.issubset(topics):  # maybe the first topics of the site, or the last: no topic was judged before
        judge_site(site)
        return
    keys: set[int] = set()
    for some in in_parts(topics):
        keys |= set(
            ArticleTopic.objects.filter(topic__site=site, topic__name__in=some).values_list("article", flat=True)
        )
    for some in in_parts(domains):
        keys |= set(Article.objects.filter(site=site, provider__domain__in=some).values_list("pk", flat=True))
    if keys:
        judge_site(site, sorted(keys))


def _judge_again(keys: Sequence[int], site: SiteContext) -> None:
    """What is found in these by their own fields; and the keys of sources, for those from before there were any."""
    held: defaultdict[int, list[Decision]] = defaultdict(list)
    for override in Override.objects.filter(article__in=keys):
        held[override.article_id].append(decision_of(override))
    rows = Article.objects.filter(pk__in=keys).order_by("pk")
    wanted: set[tuple[int, str, str]] = set()
    moved: list[tuple[int, int | None]] = []
    for key, path, flapping, known, text in rows.values_list("pk", "path", "is_flapping", "source_key", "source__text"):
        fields = merge.in_force(file_of_crawler(bytes(text), path).fields, held[key])
        decided = any(decision.key == "published" for decision in held[key])
        context = Context(site, is_flapping=flapping, has_decided_published=decided)
        wanted |= {(key, found.code, found.key) for found in findings_of(fields, context)}
        if (source := source_key(fields)) != known:
            moved.append((key, source))
    keep(wanted, keys)
    update_column(Article, "source_key", moved)


def judge_by_rule(articles: QuerySet[Article], threshold: int) -> None:
    """Find anew where `published` of these is not what the threshold says. So few as one query may ask for."""
    decided = Override.objects.filter(article=OuterRef("pk"), key="published")
    leads = Q(heat__isnull=True) | ~Q(heat=-1)
    passes = Q(quality__gte=threshold) & leads
    differs = Q(published=True) & ~passes | Q(published=False) & passes
    scored = articles.filter(~Exists(decided), differs, quality__isnull=False)
    wanted = set(scored.values_list("pk", flat=True))
    rows = Finding.objects.filter(article__in=articles.values("pk"), code="against_rule")
    known = {article: key for key, article in rows.values_list("pk", "article_id")}
    Finding.objects.filter(pk__in=[key for article, key in known.items() if article not in wanted]).delete()
    keep({(article, "against_rule", "published") for article in wanted - known.keys()}, ())


def in_parts(keys: Iterable[T]) -> Iterator[list[T]]:
    """So many as one query may ask for."""
    every = list(keys)
    for start in range(0, len(every), ASKED_AT_ONCE):
        yield every[start : start + ASKED_AT_ONCE]


def _own_findings(one: Judged, site: SiteContext) -> Iterable[Found]:
    flapping = one.article.is_flapping
    context = Context(site, is_flapping=flapping, has_decided_published=one.has_decided_published)
    return findings_of(one.fields, context)


def _likenesses(article: Article, story: Iterable[Article]) -> tuple[Likeness | None, Likeness | None]:
    """Of its story, which has the same source, and which nearly the same title; what another leads does not count."""
    if article.story is None or article.is_led_by_another or article.is_missing:
        return None, None
    others = [other for other in story if not other.is_led_by_another]
    same_source = [other for other in others if article.source_key and other.source_key == article.source_key]
    mine = _headline(article)
    near = {headline.key for headline in Headlines(map(_headline, others)).near(mine)}
    near_title = [other for other in others if other.pk in near and other not in same_source]
    return _likeness(same_source), _likeness(near_title)


def _headline(article: Article) -> Headline[int] | None:
    return headline_of(article.pk, article.title, article.provider_id or article.provider_name, article.published_at)


def _likeness(others: Sequence[Article]) -> Likeness | None:
    if not others:
        return None
    first = others[0]
    return Likeness(first.path, first.title or "", first.provider_name or "")


def _organization(provider: Provider, site_url: str) -> Organization:
    images = [{"url": image.url, "width": image.width, "height": image.height} for image in provider.images.all()]
    return Organization.of(provider.name, images, site_url)
