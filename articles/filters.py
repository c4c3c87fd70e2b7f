"""What the admin's lists can be narrowed by: choices as data, one parameter of the address each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from articles.conditions import Given, HasProblems
from articles.models import Event, Override, Provider, Site, Topic

NEAR = 10
"""So far from the threshold an item counts as near it."""
HIGH = 100
MAX_CHOICES = 500
"""Beyond that many sites or topics nobody looks through a list of them."""


@dataclass(frozen=True, slots=True)
class Band:
    """One choice: what the address says, what the page says, and which records are meant."""

    value: str
    words: str
    means: Q


_AT_THRESHOLD = F("site__threshold")

QUALITY_BANDS = (
    Band("above", "threshold and above", Q(quality__gte=_AT_THRESHOLD)),
    Band("near", f"near the threshold (within {NEAR})", Q(quality__range=(_AT_THRESHOLD - NEAR, _AT_THRESHOLD + NEAR))),
    Band("below", "below the threshold", Q(quality__lt=_AT_THRESHOLD)),
    Band("high", f"{HIGH} and above", Q(quality__gte=HIGH)),
    Band("none", "not scored", Q(quality=None)),
)
HEAT_BANDS = (
    Band("led", "led by another (-1)", Q(heat=-1)),
    Band("above", "threshold and above", Q(heat__gte=_AT_THRESHOLD)),
    Band("below", "below the threshold", Q(heat__gte=0, heat__lt=_AT_THRESHOLD)),
    Band("story", "a story: above its quality", Q(heat__gt=F("quality"))),
    Band("high", f"{HIGH} and above", Q(heat__gte=HIGH)),
    Band("none", "not scored", Q(heat=None)),
)
PUBLISHED = (
    Band("yes", "published", Q(published=True)),
    Band("no", "not published", Q(published=False)),
    Band("none", "not scored", Q(published=None)),
)
STATES = (
    Band("unwritten", "unwritten", Q(is_dirty=True)),
    Band("edited", "edited by hand", Q(Exists(Override.objects.filter(article=OuterRef("pk"))))),
    Band("conflict", "in conflict", Q(pk__in=Override.objects.filter(in_conflict=True).values("article"))),
    Band("missing", "file missing", Q(is_missing=True)),
    Band("flapping", "source flapping", Q(is_flapping=True)),
)
PROBLEMS = (
    Band("yes", "with problems", Q(HasProblems("problems"))),
    Band("no", "without problems", ~Q(HasProblems("problems"))),
)


class ControlFilter(SimpleListFilter):
    """A filter that the page shows as one control of a form; `placeholder` is what it says while unused."""

    control: ClassVar[str] = "select"
    placeholder: ClassVar[str]

    def value(self) -> str | None:
        """What the address says; a text that no database takes says nothing."""
        value = super().value()
        return None if value is None or "\0" in value else value

    def in_words(self) -> str:
        """What the filter holds the list to now; empty: nothing."""
        value = self.value()
        return next((str(words) for choice, words in self.lookup_choices if choice == value), "")

    def has_output(self) -> bool:
        return True


class BandFilter(ControlFilter):
    """Offers `bands`. A value that is none of them narrows nothing."""

    bands: ClassVar[tuple[Band, ...]]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(band.value, band.words) for band in self.bands]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        meant = next((band.means for band in self.bands if band.value == self.value()), None)
        return queryset if meant is None else queryset.filter(meant)


class PublishedFilter(BandFilter):
    title, parameter_name, placeholder, bands = "published", "published", "Published?", PUBLISHED


class QualityFilter(BandFilter):
    title, parameter_name, placeholder, bands = "quality", "quality", "Quality", QUALITY_BANDS


class HeatFilter(BandFilter):
    title, parameter_name, placeholder, bands = "heat", "heat", "Heat", HEAT_BANDS


class StateFilter(BandFilter):
    title, parameter_name, placeholder, bands = "state", "state", "State", STATES


class ProblemsFilter(BandFilter):
    title, parameter_name, placeholder, bands = "problems", "problems", "Problems", PROBLEMS


class SiteFilter(ControlFilter):
    """Offers the sites, by slug."""

    title, parameter_name, placeholder = "site", "site", "Site"
    lookup: ClassVar[str] = "site__slug"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(site.slug, str(site)) for site in Site.objects.only("slug", "title")[:MAX_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.lookup: self.value()}) if self.value() else queryset


class TopicFilter(ControlFilter):
    """Offers the topics by name: sites share names, and their topics with them here."""

    title, parameter_name, placeholder = "topic", "topic", "Topic"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        names = Topic.objects.order_by("name").values_list("name", flat=True).distinct()[:MAX_CHOICES]
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        # A topic stands at most once in an article, whose topics are of its own site: no row comes twice.
        named = Topic.objects.filter(name=self.value()).order_by().values_list("pk", flat=True)
        return queryset.filter(topic_links__topic__in=[*named])

    def in_words(self) -> str:
        return self.value() or ""


class ProviderFilter(ControlFilter):
    """Takes a domain (with those below it) or a part of a name; there are too many providers to list them."""

    title, parameter_name, placeholder = "provider", "provider", "Provider or domain"
    control = "text"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Iterable[tuple[str, str]]:
        return ()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        sought = (self.value() or "").strip()
        if not sought:
            return queryset
        return queryset.filter(provider__in=Provider.objects.filter(_names_provider(sought)).order_by())

    def in_words(self) -> str:
        return (self.value() or "").strip()


def _names_provider(sought: str) -> Q:
    """A dot makes it a domain: "example.com" means also news.example.com, and never pineexample.com."""
    if "." in sought:
        return Q(domain__iexact=sought) | Q(domain__iendswith=f".{sought}") | Q(name__iexact=sought)
    return Q(name__icontains=sought) | Q(domain__icontains=sought)


class DateFilter(ControlFilter):
    """Offers plain ranges of days, counted in UTC."""

    title, parameter_name, placeholder = "date", "date", "Date"
    field: ClassVar[str] = "published_at"
    with_none: ClassVar[bool] = True

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        words = [
            ("today", "today"),
            ("week", "past 7 days"),
            ("month", "this month"),
            ("year", "this year"),
            ("older", "before this year"),
        ]
        return [*words, ("none", "no date")] if self.with_none else words

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "none" and self.with_none:
            return queryset.filter(**{self.field: None})
        bounds = date_range(self.value(), timezone.now())
        return queryset.filter(**{f"{self.field}__{end}": moment for end, moment in bounds.items()})


def date_range(name: str | None, now: datetime) -> dict[str, datetime]:
    """The bounds of a range, by lookup (`gte`, `lt`); an unknown name has none."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = today + timedelta(days=1)
    match name:
        case "today":
            return {"gte": today, "lt": tomorrow}
        case "week":
            return {"gte": today - timedelta(days=6), "lt": tomorrow}
        case "month":
            first = today.replace(day=1)
            return {"gte": first, "lt": (first + timedelta(days=32)).replace(day=1)}
        case "year":
            first = today.replace(month=1, day=1)
            return {"gte": first, "lt": first.replace(year=first.year + 1)}
        case "older":
            return {"lt": today.replace(month=1, day=1)}
        case _:
            return {}


class EventDateFilter(DateFilter):
    field = "at"
    with_none = False


class ActFilter(ControlFilter):
    title, parameter_name, placeholder = "act", "act", "What"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(str(value), str(words)) for value, words in Event.Act.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(act=self.value()) if self.value() else queryset


class DoerFilter(BandFilter):
    title, parameter_name, placeholder = "who", "who", "Who"
    bands = (
        Band("editors", "editors", Q(Given("username"))),  # as a constraint has it, and an index
        Band("crawler", "crawler", Q(by_crawler=True)),
    )


class OwnerFilter(BandFilter):
    """Of pictures: what they belong to."""

    title, parameter_name, placeholder = "of", "of", "Of what"
    bands = (
        Band("article", "of articles", Q(article__isnull=False)),
        Band("provider", "of providers", Q(provider__isnull=False)),
    )


class OverrideSiteFilter(SiteFilter):
    lookup = "article__site__slug"
