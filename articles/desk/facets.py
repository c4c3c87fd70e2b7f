"""How many articles there are of each site, state, topic, provider and finding, within the other filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from articles.content.findings import KINDS
from articles.desk.asking import Asked
from articles.desk.doors import door, user_of
from articles.desk.filtering import PUBLISHED, SAMPLE, STATES, WAITING
from articles.desk.listing import CAP, begun_with, is_sampled
from articles.desk.saved_views import views_of
from articles.gathering import Counted
from articles.models import Article, ArticleTopic, Finding, Provider, Site, Topic

SHOWN: Final = 30
SAMPLED: Final = 1000


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter, how many articles have it, and the address with it (without it, where it is in use)."""

    words: str
    count: int
    url: str
    is_current: bool

    @property
    def count_in_words(self) -> str:
        return f"{CAP:,}+" if self.count > CAP else f"{self.count:,}"


@dataclass(frozen=True, slots=True)
class Facet:
    title: str
    choices: Sequence[Choice]


@door("view_article")
@require_safe
@never_cache
@vary_on_headers("HX-Request")
def facets(request: HttpRequest) -> HttpResponse:
    """A fragment for the panel of the queue, a page for a reader without scripts."""
    asked = Asked(request.GET)
    own, shared = views_of(user_of(request))
    sampled = SAMPLE if is_sampled(asked) else 0
    context = {
        "queue": asked,
        "facets": [*facets_of(asked)],
        "sampled": sampled,
        "own_views": own,
        "shared_views": shared,
    }
    is_fragment = bool(request.headers.get("HX-Request"))
    return render(request, "articles/_facets.html" if is_fragment else "articles/facets.html", context)


def facets_of(asked: Asked) -> Iterable[Facet]:
    """Those with more to choose than nothing; a dozen queries, each of which stops counting at `CAP` of a value."""
    parts = (
        ("State", "state", _states(asked)),
        ("Site", "site", _sites(asked)),
        ("Finding", "finding", _findings(asked)),
        ("Published", "published", _published(asked)),
        ("Topic", "topic", _topics(asked)),
        ("Provider", "provider", _providers(asked)),
        ("Type", "type", _types(asked)),
    )
    for title, name, counted in parts:
        choices = [_choice(asked, name, value, words, count) for value, words, count in counted if count]
        if choices:
            yield Facet(title, choices[:SHOWN])


Counts = Iterable[tuple[str, str, int]]


def _choice(asked: Asked, name: str, value: str, words: str, count: int) -> Choice:
    is_current = str(asked.values.get(name, WAITING if name == "state" else "")) == value
    wanted = None if is_current or value == WAITING else value
    return Choice(words, count, asked.with_(**{name: wanted}), is_current)


def _states(asked: Asked) -> Counts:
    within = begun_with(asked, without="state")
    counts = _count_each({name: within.filter(means) for name, (_, means) in STATES.items()})
    return [(name, words.capitalize(), counts[name]) for name, (words, _) in STATES.items()]


def _published(asked: Asked) -> Counts:
    within = begun_with(asked, without="published")
    means = {name: Q(published__isnull=True) if of is None else Q(published=of) for name, (_, of) in PUBLISHED.items()}
    counts = _count_each({name: within.filter(meant) for name, meant in means.items()})
    return [(name, words.capitalize(), counts[name]) for name, (words, _) in PUBLISHED.items()]


def _findings(asked: Asked) -> Counts:
    within = begun_with(asked, without="finding")
    if (few := _few(within)) is not None:
        rows = Finding.objects.filter(article__in=few).order_by().values_list("code", "article").distinct()
        counts = Counter(code for code, _ in rows)
    else:
        counts = _count_each({code: within.filter(Q(findings__code=code)) for code in KINDS})
    ranked = sorted(KINDS, key=lambda code: -counts[code])
    return [(code, capfirst(KINDS[code].word), counts[code]) for code in ranked]


def _sites(asked: Asked) -> Counts:
    within = begun_with(asked, without="site").filter(site=OuterRef("pk"))
    sites = Site.objects.annotate(count=_capped(within))[:SHOWN]
    return [(site.slug, str(site), getattr(site, "count", 0)) for site in sites]


def _topics(asked: Asked) -> Counts:
    """Of a long list, those that its first articles have most."""
    within = begun_with(asked, without="topic")
    sample = [*within.values_list("pk", flat=True)[: SAMPLED + 1]]
    links = ArticleTopic.objects.filter(article__in=sample).order_by()
    names = Counter(links.values_list("topic__name", flat=True))
    if len(sample) > SAMPLED:
        known = Topic.objects.filter(name__in=[name for name, _ in names.most_common(SHOWN)]).order_by()
        pks: dict[str, list[int]] = {}
        for pk, name in known.values_list("pk", "name"):
            pks.setdefault(name, []).append(pk)
        names = _count_each({name: within.filter(Q(topic_links__topic__in=pks[name])) for name in pks})
    return [(name, name, count) for name, count in names.most_common(SHOWN)]


def _providers(asked: Asked) -> Counts:
    within = begun_with(asked, without="provider")
    sample = [*within.values_list("pk", "provider")[: SAMPLED + 1]]
    counts = Counter(provider for _, provider in dict(sample).items() if provider)
    common = [provider for provider, _ in counts.most_common(SHOWN)]
    known = Provider.objects.filter(pk__in=common).order_by()
    if len(sample) > SAMPLED:
        known = known.annotate(count=_capped(within.filter(provider=OuterRef("pk"))))
    rows = [(one.domain, str(one), getattr(one, "count", counts[one.pk])) for one in known]
    return sorted(rows, key=lambda row: -row[2])


def _types(asked: Asked) -> Counts:
    counts = Counter(begun_with(asked, without="type").values_list("type", flat=True)[: CAP + 1])
    return [(name, name, count) for name, count in counts.most_common(SHOWN) if name]


def _few(within: QuerySet[Article]) -> list[int] | None:
    """The articles, where there are no more than can be counted one by one."""
    found = [*within.values_list("pk", flat=True)[: CAP + 1]]
    return found if len(found) <= CAP else None


def _capped(articles: QuerySet[Article]) -> Counted:
    return Counted(articles.order_by().values("pk").distinct()[: CAP + 1])


def _count_each(sets: dict[str, QuerySet[Article]]) -> Counter[str]:
    """All in one query: the one row that carries them is any of the sites."""
    labels = {f"count_{number}": name for number, name in enumerate(sets)}
    counted: dict[str, Any] = {label: _capped(sets[name]) for label, name in labels.items()}
    row = Site.objects.order_by("pk").values("pk").annotate(**counted).values(*labels).first()
    return Counter({labels[label]: count for label, count in (row or {}).items()})
