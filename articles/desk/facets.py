"""How many articles there are of each site, state, topic, provider and finding, within the other filters.

Of a long list the newest articles are counted: so the panel costs what it costs on a small desk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db import connection
from django.db.models import CharField, Count, F, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from articles.content.findings import KINDS
from articles.desk.asking import Asked
from articles.desk.choosing import CAP, newest
from articles.desk.doors import door, user_of
from articles.desk.filtering import STATES, STATES_OF, WAITING
from articles.desk.meanings import PUBLISHED
from articles.desk.saved_views import views_of
from articles.gathering import Counted
from articles.models import Article, ArticleTopic, Finding, Site

SHOWN: Final = 30
SAMPLE: Final = 1_000
"""So many articles of a list are counted: the newest."""
TITLES: Final = {
    "state": "State",
    "site": "Site",
    "finding": "Finding",
    "published": "Published",
    "topic": "Topic",
    "provider": "Provider",
    "type": "Type",
}
_COLUMNS: Final = {
    "state": ("state", "state"),
    "site": ("site__slug", "site__title"),
    "published": ("published", "published"),
    "provider": ("provider__domain", "provider__name"),
    "type": ("type", "type"),
}
"""What of an article is counted: its value in the address, and in words."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter, how many articles have it, and the address with it (without it, where it is in use).

    `count` is None where more than were counted may have it, and none of those has.
    """

    words: str
    count: int | None
    url: str
    is_current: bool

    @property
    def count_in_words(self) -> str:
        if self.count is None:
            return ""
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
    panel = Panel(asked)
    context = {
        "queue": asked,
        "facets": panel.facets(),
        "sampled": SAMPLE if panel.is_sampled else 0,
        "own_views": own,
        "shared_views": shared,
    }
    is_fragment = bool(request.headers.get("HX-Request"))
    return render(request, "articles/_facets.html" if is_fragment else "articles/facets.html", context)


class Panel:
    """The facets of a list. For each that is in use it looks at the list without it."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    @property
    def is_sampled(self) -> bool:
        return any(more for _, more in self._lists.values())

    def facets(self) -> list[Facet]:
        """Those with more to choose than nothing."""
        facets = []
        for name, title in TITLES.items():
            counted = [one for one in self._counted(name) if one[2] != 0]
            choices = [self._choice(name, *one) for one in counted[:SHOWN]]
            if choices:
                facets.append(Facet(title, choices))
        return facets

    def _counted(self, name: str) -> Sequence[tuple[str, str, int | None]]:
        """Each value of a filter, in words, and how many articles have it."""
        if name == "state":
            return self._states()
        counts = self._counts.get(name, {})
        if name == "published":
            of = {value: counts.get(_text(means), ("", 0))[1] for value, (_, means) in PUBLISHED.items()}
            return [(value, words.capitalize(), of[value]) for value, (words, _) in PUBLISHED.items()]
        if name == "finding":
            known: list[tuple[str, str, int]] = [
                (code, capfirst(kind.word), counts.get(code, ("", 0))[1]) for code, kind in KINDS.items()
            ]
            return sorted(known, key=lambda one: -one[2])
        rows = [(value, words or value, count) for value, (words, count) in counts.items() if value]
        return sorted(rows, key=lambda one: (-one[2], one[1]))

    def _states(self) -> Sequence[tuple[str, str, int | None]]:
        """Where nothing else narrows the list, of all its articles."""
        if not self.asked.narrowing:
            every = _count_each({name: Article.objects.filter(means) for name, (_, means) in STATES.items()})
            return [(name, words.capitalize(), every[name]) for name, (words, _) in STATES.items()]
        counts = self._counts.get("state", {})
        is_part = self._lists["state"][1]
        found = []
        for name, (words, _) in STATES.items():
            count = sum(counts.get(str(int(state)), ("", 0))[1] for state in STATES_OF[name])
            found.append((name, words.capitalize(), count or (None if is_part else 0)))
        return found

    def _choice(self, name: str, value: str, words: str, count: int | None) -> Choice:
        is_current = str(self.asked.values.get(name, WAITING if name == "state" else "")) == value
        wanted = None if is_current or value == WAITING else value
        return Choice(words, count, self.asked.with_(**{name: wanted}), is_current)

    @cached_property
    def _lists(self) -> Mapping[str, tuple[list[int], bool]]:
        """For each facet the newest articles of the list that it counts in, and whether there are more."""
        in_use = {*self.asked.narrowing, *(["state"] if self.asked.narrowing else [])}
        whole = newest(self.asked, SAMPLE)
        return {name: newest(self.asked, SAMPLE, without=name) if name in in_use else whole for name in TITLES}

    @cached_property
    def _counts(self) -> Mapping[str, Mapping[str, tuple[str, int]]]:
        """By facet: each value, its words, and how many articles have it; one query for all."""
        parts = [*self._parts()]
        counts: dict[str, dict[str, tuple[str, int]]] = {}
        for name, value, words, count in parts[0].union(*parts[1:], all=True) if parts else ():
            counts.setdefault(name, {})[value] = (words, counts.get(name, {}).get(value, ("", 0))[1] + count)
        return counts

    def _parts(self) -> Iterator[QuerySet[Any, Any]]:
        for name, (keys, _) in self._lists.items():
            if not keys:
                continue
            if name in _COLUMNS:
                yield _grouped(name, Article.objects.filter(pk__in=keys), *_COLUMNS[name], "pk")
            elif name == "topic":
                yield _grouped(
                    name, ArticleTopic.objects.filter(article__in=keys), "topic__name", "topic__name", "article"
                )
            else:
                yield _grouped(name, Finding.objects.filter(article__in=keys), "code", "code", "article")


def facets_of(asked: Asked) -> list[Facet]:
    return Panel(asked).facets()


def _grouped(name: str, rows: QuerySet[Any, Any], value: str, words: str, key: str) -> QuerySet[Any, Any]:
    """Its name, each value and its words, how many articles."""
    said = {
        one: Coalesce(Cast(F(column), CharField()), Value(""))
        for one, column in (("a_value", value), ("its_words", words))
    }
    named = rows.order_by().annotate(facet=Value(name, CharField()), **said)
    grouped = named.values("facet", "a_value", "its_words").annotate(count=Count(key, distinct=True))
    told: QuerySet[Any, Any] = grouped.values_list("facet", "a_value", "its_words", "count")
    return told


def _text(published: bool | None) -> str:
    """As the database writes it in letters."""
    if published is None:
        return ""
    return str(published).lower() if connection.vendor == "postgresql" else str(int(published))


def _count_each(sets: dict[str, QuerySet[Article]]) -> dict[str, int]:
    """All in one query: the one row that carries them is any of the sites. Each up to one more than `CAP`."""
    labels = {f"count_{number}": name for number, name in enumerate(sets)}
    counted: dict[str, Any] = {
        label: Counted(sets[name].order_by().values("pk")[: CAP + 1]) for label, name in labels.items()
    }
    row = Site.objects.order_by("pk").values("pk").annotate(**counted).values(*labels).first() or {}
    return {name: row.get(label, 0) for label, name in labels.items()}
