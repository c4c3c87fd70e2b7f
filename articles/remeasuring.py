"""What follows from another threshold of a site for each of its articles, a few at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Abs, Least

from articles.judging import judge_by_rule
from articles.models import Article, Site
from articles.standing import FARTHEST

AT_ONCE: Final = 500
"""So many articles in one transaction: nobody else can write on SQLite meanwhile."""


def measure_again(site: Site, *, pause: Callable[[float], None] = lambda begun: None) -> None:
    """Bring all articles of a site to its threshold: how near they are to it, and what is against its rule.

    Ends when all of them follow the threshold that the site has then; whoever sets another one meanwhile is followed
    too. Cut short, it leaves `Site.is_measured` false, and can be done once more. After each transaction comes
    `pause`, with the time of the monotonic clock at which that began.
    """
    is_measured = False
    while not is_measured:
        site.refresh_from_db(fields=["threshold"])
        for first, last in _stretches(site):
            begun = time.monotonic()
            with transaction.atomic():
                _follow(Article.objects.filter(site=site, pk__gte=first, pk__lte=last), site.threshold)
            pause(begun)
        as_it_was = Site.objects.filter(pk=site.pk, threshold=site.threshold)
        is_measured = as_it_was.update(is_measured=True) == 1
    site.is_measured = True


def _follow(articles: QuerySet[Article], threshold: int) -> None:
    nearness = Least(Abs(F("quality") - threshold), FARTHEST)
    articles.filter(quality__isnull=False).exclude(nearness=nearness).update(nearness=nearness)
    judge_by_rule(articles, threshold)


def _stretches(site: Site) -> Iterator[tuple[int, int]]:
    """The first and the last number of so many articles each, until there are no more."""
    last = 0
    while keys := list(_keys_beyond(site, last)):
        yield keys[0], (last := keys[-1])


def _keys_beyond(site: Site, last: int) -> QuerySet[Article, int]:
    rows = Article.objects.filter(site=site, pk__gt=last).order_by("pk")
    return rows.values_list("pk", flat=True)[:AT_ONCE]
