"""Several articles held at once: locked and read together, so that an act on one of them reads nothing by itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import Final, TypeVar

from django.db import transaction

from articles.content.findings import SiteContext
from articles.judging import Judged, judge, published_was_decided, site_context
from articles.models import Article, Event, Override, Site
from articles.review.outcomes import Decided, StaleVersion
from articles.storing import SiteIndex

T = TypeVar("T")

AT_ONCE: Final = 25
"""So many are held in one transaction: enough to save its cost, few enough that nobody waits long for the turn."""
LOOKED_AT_ONCE: Final = 100
"""Of a dry run, which keeps nobody waiting."""
LEAST_PAUSE_SECONDS: Final = 0.01
"""Who waits for the turn to write asks for it every few thousandths of a second."""
PAUSE: Final = 0.25
"""So much of the time that a handful took: on a busy machine who waits comes later to ask."""
_MARK: Final = "_held"


class Held:
    """What the acts on articles of one site share while these are held."""

    def __init__(self, site: Site, domains: set[str]) -> None:
        self.site, self.domains = site, domains
        self.index = SiteIndex(site)
        self.overrides: list[Override] = []
        self.events: list[Event] = []
        self.judged: list[Judged] = []
        self.published: list[int] = []
        """Of these no value changed but whether readers get it, and that a person said so."""

    @cached_property
    def _context(self) -> SiteContext:
        return site_context(self.site, domains=self.domains)

    def context(self, domains: Sequence[str]) -> SiteContext:
        """What the site says; asked for anew only where an act brings a provider that none of these had."""
        known = self.domains.issuperset(domains)
        return self._context if known else site_context(self.site, domains=domains)

    def save(self) -> None:
        """What the acts left to be written together: new overrides, events, and what is found in the articles now."""
        Override.objects.bulk_create(self.overrides)
        Event.objects.bulk_create(self.events)
        published_was_decided(self.published)
        if self.judged:
            domains = {one.article.provider.domain for one in self.judged if one.article.provider}
            judge(self.judged, self.context(sorted(domains)))


@contextmanager
def hold(keys: Sequence[int], *, dry_run: bool = False) -> Iterator[dict[int, Article]]:
    """These articles by number, as they are now; nobody changes them while the block runs, other than in a dry run.

    One act on each: what it was read for is used up by that. An act that fails takes back only its own.
    """
    with nullcontext() if dry_run else transaction.atomic():
        rows = Article.objects.filter(pk__in=keys).order_by("pk").select_related("site", "provider")
        locked = rows if dry_run else rows.select_for_update(of=("self",))
        # The sources by a query of their own, after the lock: joined, they would be as they were before a wait.
        articles = {article.pk: article for article in locked.prefetch_related("source", "overrides")}
        shared = _mark(articles)
        try:
            yield articles
            for held_there in shared:
                held_there.save()
        finally:
            for article in articles.values():
                _let_go(article)


def held(article: Article) -> Held | None:
    """What was read for an act on this article, once."""
    found: Held | None = article.__dict__.pop(_MARK, None)
    return found


def is_held(article: Article) -> bool:
    return _MARK in article.__dict__


def in_handfuls(several: Sequence[T], *, dry_run: bool = False) -> Iterator[Sequence[T]]:
    """So many as are held at once; who writes gives way to others after each."""
    size = LOOKED_AT_ONCE if dry_run else AT_ONCE
    for start in range(0, len(several), size):
        begun = time.monotonic()
        yield several[start : start + size]
        if not dry_run and start + size < len(several):
            give_way(begun)


def give_way(begun: float) -> None:
    """Let others write, who had to wait since then by the monotonic clock."""
    time.sleep(max(LEAST_PAUSE_SECONDS, PAUSE * (time.monotonic() - begun)))


def as_seen(articles: Iterable[Article], seen: Mapping[int, int]) -> tuple[list[Article], list[Decided]]:
    """Those that are as they were looked at; and the others, refused."""
    still, moved = list[Article](), list[Decided]()
    for article in articles:
        if article.version == seen[article.pk]:
            still.append(article)
        else:
            moved.append(Decided(article, refusal=str(StaleVersion(article, seen[article.pk]))))
    return still, moved


def _mark(articles: dict[int, Article]) -> list[Held]:
    domains: dict[int, set[str]] = {}
    for article in articles.values():
        if article.provider:
            domains.setdefault(article.site_id, set()).add(article.provider.domain)
    shared: dict[int, Held] = {}
    for article in articles.values():
        key = article.site_id
        shared.setdefault(key, Held(article.site, domains.get(key, set())))
        article.__dict__[_MARK] = shared[key]
    return list(shared.values())


def _let_go(article: Article) -> None:
    """Thousands may be told of afterwards: none keeps the text of its file in memory."""
    article.__dict__.pop(_MARK, None)
    article._state.fields_cache.pop("source", None)
    article.__dict__.pop("_prefetched_objects_cache", None)
