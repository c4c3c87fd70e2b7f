"""What the queue can be narrowed by: each filter is one parameter of the address, and one condition on articles."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cached_property
from math import inf, prod
from typing import Any, Final

from django import forms
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact, IsNull
from django.http import QueryDict
from django_filters import FilterSet
from django_filters import filters as plain

from articles.content.findings import KINDS
from articles.gathering import Counted, Gathered
from articles.models import Article, ArticleTopic, Finding, Provider, Site, Topic
from articles.searching import MAX_CHARS, MIDDLING, Matches, how_many, newest_hits, newest_with, words_of

MAX_NAME_CHARS: Final = 300
MAX_PROVIDERS: Final = 200
MANY: Final = 5_000
"""So many articles are fetched and sorted without a thought."""
LED: Final = 4
"""So many times as many, where one index holds all that they are tried and sorted by."""
TRIED_FOR_PAGE: Final = 10_000
"""Where a page takes more tries than so many, it is not walked to."""
_ROWS: Final = "rows_"
_WHOLE: Final = "whole"
RANGES: Final = {
    **{f"{column}_{end}": column for column in ("quality", "heat") for end in ("min", "max")},
    **{f"date_{end}": "published_at" for end in ("from", "to")},
}
"""Filter -> the column that it is an end of a range of."""
BIGGEST: Final = 2**31 - 1

WAITING: Final = "waiting"
STATES: Final[Mapping[str, tuple[str, Q]]] = {
    WAITING: ("awaiting review", Q(state__lt=Article.State.DECIDED)),
    "conflicts": ("in conflict", Q(state=Article.State.CONFLICT)),
    "changed": ("changed since decided", Q(state=Article.State.CHANGED)),
    "new": ("never decided", Q(state=Article.State.NEW)),
    "decided": ("decided", Q(state=Article.State.DECIDED)),
    "gone": ("file gone", Q(state=Article.State.GONE)),
    "all": ("all", Q()),
}
STATES_OF: Final[Mapping[str, Sequence[int]]] = {
    WAITING: (Article.State.CONFLICT, Article.State.CHANGED, Article.State.NEW),
    "conflicts": (Article.State.CONFLICT,),
    "changed": (Article.State.CHANGED,),
    "new": (Article.State.NEW,),
    "decided": (Article.State.DECIDED,),
    "gone": (Article.State.GONE,),
    "all": tuple(Article.State),
}
PUBLISHED: Final[Mapping[str, tuple[str, bool | None]]] = {
    "yes": ("published", True),
    "no": ("not published", False),
    "none": ("not scored", None),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A condition in two forms with the same answer: `joined` begins with what is looked for, `tried` tries a row.

    `uses`: columns that every index of the queue has, by which a row is tried. `column`: what it is a range of.
    `hits`: the keys of what fits, out of another table, by one value each. `newest`: the same as SQL, the newest first,
    for little. `is_read`: a row has to be read to be tried, since no index of the queue holds what it is tried for.
    """

    joined: Q
    tried: Q
    uses: Sequence[str] = ()
    column: str = ""
    hits: Sequence[QuerySet[Any, Any]] = ()
    newest: tuple[str, list[Any]] | None = None
    is_read: bool = False

    @property
    def is_beside(self) -> bool:
        """Whether a row is tried by its key, and not as it is."""
        return bool(self.hits or self.newest or self.is_read)


class Condition(plain.Filter):  # type: ignore[misc]  # django-filter has no types
    """A filter whose value stands for a condition on articles.

    `asks` the database what a value stands for, before that is asked for it; `means` gets the answer with the value.
    `rows` are what has the value, as many as there are such articles: to tell whether they are few.
    """

    def __init__(
        self,
        *args: Any,
        means: Callable[..., Meaning | Q],
        asks: Callable[[Any], Combinable] | None = None,
        rows: Callable[[Any], QuerySet[Any, Any] | None] = lambda _: None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._means, self.asks, self.rows = means, asks, rows

    def meaning(self, value: Any, answer: Any) -> Meaning:
        meant = self._means(value, answer) if self.asks else self._means(value)
        return meant if isinstance(meant, Meaning) else Meaning(meant, meant)


class Text(Condition):
    field_class = forms.CharField


class Number(Condition):
    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=-BIGGEST, max_value=BIGGEST, **kwargs)


class Day(Condition):
    field_class = forms.DateField


class Choice(Condition):
    field_class = forms.ChoiceField


def _of_site(slug: str) -> Meaning:
    means = Q(site=Subquery(Site.objects.filter(slug=slug).values("pk")[:1]))
    return Meaning(means, means, uses=("site_id",))


def _topics_named(name: str) -> Gathered:
    """Sites share names, and their topics with them."""
    return Gathered(Topic.objects.filter(name=name).order_by(), "id")


def _with_topic(name: str, named: Sequence[Topic]) -> Meaning:
    topics, links = [topic.pk for topic in named], ArticleTopic.objects.order_by()
    tried = links.filter(article=OuterRef("pk"), topic__in=topics)
    hits = [links.filter(topic=topic).values(hit=F("article")) for topic in topics]
    return Meaning(Q(topic_links__topic__in=topics), _is_there(tried), hits=hits)


def _links_with_topic(name: str) -> QuerySet[Any, Any]:
    return ArticleTopic.objects.filter(topic__in=Topic.objects.filter(name=name).order_by().values("pk"))


class _Either(Case):
    """One list or another of the same model."""

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        lists: Gathered = self.default
        return lists.get_db_converters(connection)


def _providers_sought(sought: str) -> _Either:
    """By the domain, or else by a part of the name."""
    known = Provider.objects.order_by()
    exact, alike = known.filter(domain=sought.lower()), known.filter(name__icontains=sought)[:MAX_PROVIDERS]
    return _Either(When(Exists(exact), then=Gathered(exact, "id")), default=Gathered(alike, "id"))


def _by_provider(sought: str, found: Sequence[Provider]) -> Meaning:
    means = Q(provider__in=[provider.pk for provider in found])
    return Meaning(means, means, uses=("provider_id",))


def _of_providers(sought: str) -> QuerySet[Any, Any]:
    """Or a few more: those of a provider with this domain, and of those with this in their names."""
    known = Provider.objects.filter(Q(domain=sought.lower()) | Q(name__icontains=sought)).order_by()
    return Article.objects.filter(provider__in=known.values("pk"))


def _with_finding(code: str) -> Meaning:
    rows = Finding.objects.filter(code=code).order_by()
    tried = _is_there(rows.filter(article=OuterRef("pk")))
    return Meaning(Q(findings__code=code), tried, hits=[rows.values(hit=F("article")).distinct()])


def _is_there(rows: QuerySet[Any, Any]) -> Q:
    """Looked up for each article: of an EXISTS, PostgreSQL would rather fetch all rows that there are, once a state."""
    return Q(IsNull(Subquery(rows.values(found=Value(1))[:1]), False))


def _published(value: str) -> Q:
    _, published = PUBLISHED[value]
    return (
        Q(published__isnull=True) if published is None else Q(published__in=[published])
    )  # WHERE published has no index


def _range(column: str, **bounds: Any) -> Meaning:
    within = Q(**{f"{column}__{end}": value for end, value in bounds.items()})
    return Meaning(within, within, uses=(column,), column=column)


def _from_day(day: date) -> Meaning:
    return _range("published_at", gte=datetime.combine(day, time.min, UTC))


def _to_day(day: date) -> Meaning:
    return _range("published_at", lte=datetime.combine(day, time.max, UTC))


def _of_type(name: str) -> Meaning:
    """Nearly all are articles; the index has only the others, and wants to hear that it is one of those."""
    means = Q(type=name) if name == "article" else Q(type=name) & ~Q(type="article")
    read = Article.objects.filter(pk=OuterRef("pk")).values("type")[:1]
    return Meaning(means, Q(Exact(Subquery(read), name)), is_read=True)


def _of_rare_type(name: str) -> QuerySet[Any, Any] | None:
    return None if name == "article" else Article.objects.filter(_of_type(name).joined)


def _how_many(text: str) -> Combinable:
    return how_many(words_of(text))


def _with_words(text: str, count: int | None) -> Meaning | Q:
    """Middling many hits are kept at hand while rows are tried; PostgreSQL looks each row up by its key."""
    words = words_of(text)
    if not words:
        return Q()
    means, newest = Q(Matches(words)), newest_hits(words)
    if newest is None:
        return Meaning(means, Q(Matches(words, is_tried=True)), is_read=True)
    if count and count > MIDDLING:
        return Meaning(means, Q(Matches(words, is_tried=True)), is_read=True, newest=newest)
    return Meaning(means, means, newest=newest)


class QueueFilter(FilterSet):  # type: ignore[misc]
    """The filters, by the names that they have in the address. A value that cannot be read narrows nothing."""

    site = Text(
        label="Site", max_length=100, means=_of_site, rows=lambda slug: Article.objects.filter(_of_site(slug).joined)
    )
    state = Choice(
        label="State",
        choices=[(name, words) for name, (words, _) in STATES.items()],
        means=lambda name: STATES[name][1],
    )
    topic = Text(
        label="Topic", max_length=MAX_NAME_CHARS, means=_with_topic, asks=_topics_named, rows=_links_with_topic
    )
    provider = Text(
        label="Provider", max_length=MAX_NAME_CHARS, means=_by_provider, asks=_providers_sought, rows=_of_providers
    )
    type = Text(label="Type", max_length=100, means=_of_type, rows=_of_rare_type)
    published = Choice(
        label="Published", choices=[(name, words) for name, (words, _) in PUBLISHED.items()], means=_published
    )
    quality_min = Number(label="Quality from", means=lambda number: _range("quality", gte=number))
    quality_max = Number(label="Quality to", means=lambda number: _range("quality", lte=number))
    heat_min = Number(label="Heat from", means=lambda number: _range("heat", gte=number))
    heat_max = Number(label="Heat to", means=lambda number: _range("heat", lte=number))
    date_from = Day(label="Date from", means=_from_day)
    date_to = Day(label="Date to", means=_to_day)
    finding = Choice(
        label="Finding",
        choices=[(code, kind.word) for code, kind in KINDS.items()],
        means=_with_finding,
        rows=lambda code: Finding.objects.filter(code=code),
    )
    differs = Choice(
        label="Published differs from the rule",
        choices=[("1", "published differs from the rule")],
        means=lambda _: _with_finding("against_rule"),
        rows=lambda _: Finding.objects.filter(code="against_rule"),
    )
    flapping = Choice(
        label="Source flaps",
        choices=[("1", "source flaps")],
        means=lambda _: _with_finding("flapping"),
        rows=lambda _: Finding.objects.filter(code="flapping"),
    )
    q = Text(label="Search", max_length=MAX_CHARS, means=_with_words, asks=_how_many)

    class Meta:
        model = Article
        fields: tuple[str, ...] = ()

    def __init__(self, data: QueryDict, queryset: QuerySet[Article] | None = None) -> None:
        # Not `super()`: that copies each filter, and its form each field, for every request.
        self.data, self.filters = data, self.base_filters
        self.queryset = Article.objects.all() if queryset is None else queryset
        self.is_bound, self.request, self.form_prefix = True, None, None
        self._known: dict[str, Meaning] = {}
        self._newest: list[int] | None = None

    def values(self) -> dict[str, Any]:
        """What was asked for and can be read, by parameter."""
        return self._read[0]

    def filter_queryset(self, queryset: QuerySet[Article]) -> QuerySet[Article]:
        """All that fit; of those that await a review, unless another state is asked for."""
        return queryset.filter(self.in_state, *(meaning.tried for meaning in self.meanings()))

    @property
    def qs(self) -> QuerySet[Article]:
        return self.filter_queryset(self.queryset.all())

    def refusals(self) -> Iterator[tuple[str, str]]:
        """Label and text of each parameter that cannot be read."""
        for name in self._read[1]:
            yield str(self.filters[name].label), str(self.data.get(name, ""))

    @cached_property
    def _read(self) -> tuple[dict[str, Any], list[str]]:
        """The values by their parameters, and the parameters that cannot be read."""
        values, refused = {}, []
        for name in (name for name in self.filters if name in self.data):
            try:
                value = self.filters[name].field.clean(self.data.get(name))
            except forms.ValidationError:
                refused.append(name)
            else:
                if value not in (None, ""):
                    values[name] = value
        return values, refused

    def meanings(self, *, without: str = "") -> list[Meaning]:
        """The conditions, but for the state's; without that of one filter."""
        return [self._meaning(name) for name in self.values() if name not in ("state", without)]

    @property
    def has_words(self) -> bool:
        return bool(words_of(self.values().get("q", "")))

    def newest(self, count: int) -> tuple[list[int], bool]:
        """Of a search the newest articles, so many at most, and whether there are more; asked for once."""
        if self._newest is None:
            self._newest = newest_with(words_of(self.values().get("q", "")), count + 1)
        return self._newest[:count], len(self._newest) > count

    def named_meanings(self) -> dict[str, Meaning]:
        """The same by the filter's name; the two ends of a range are one, by the name of its column."""
        found: dict[str, Meaning] = {}
        for name in self.values():
            if name != "state":
                meaning = self._meaning(name)
                known = found.get(meaning.column)
                within = known.joined & meaning.joined if known else meaning.joined
                found[meaning.column or name] = replace(meaning, joined=within, tried=within) if known else meaning
        return found

    @property
    def in_state(self) -> Q:
        return STATES[str(self.values().get("state", WAITING))][1]

    def to_fetch(self, names: Container[str], rows: int) -> str:
        """That of the filters (`state` too) whose articles are fetched; empty: the order is walked for so many rows."""
        costs = {name: cost for name, cost in self._costs().items() if name in names}
        name = min(costs, key=lambda one: costs[one], default="")
        is_little = bool(name) and costs[name] <= MANY * LED
        return name if is_little or (name and self._tries(costs, rows) > TRIED_FOR_PAGE) else ""

    def cheapest(self, meanings: Mapping[str, Meaning]) -> str:
        """That of these filters whose articles cost least to fetch; empty, where its index is read for as little."""
        costs = self._costs()
        known = [name for name in meanings if name in costs]
        beside = [name for name, one in meanings.items() if one.is_beside and name not in costs]
        return min(known or beside, key=lambda name: (costs.get(name, 0), meanings[name].is_read), default="")

    def _costs(self) -> dict[str, int]:
        """What fetching would cost, by each filter of which all are counted."""
        all_of = {name: count for name, count in self._counts().items() if count < self._most(name)}
        return {name: count if self._is_led(name) else count * LED for name, count in all_of.items()}

    def _most(self, name: str) -> int:
        """So many are counted. What nothing else narrows is walked to sooner than many are fetched."""
        few = {"state", "published"}
        return (MIDDLING if name == "q" else MANY * LED * (1 if len(self.values().keys() - few) < 2 else 3)) + 1

    def _tries(self, names: Iterable[str], rows: int) -> float:
        """How many of all articles have to be tried until so many fit, if one filter says nothing about another."""
        whole, counts = self._answers.get(_WHOLE) or 1, self._counts()
        fit = prod(counts[name] / whole for name in names if name != "state")
        return rows / fit if fit else inf

    def _is_led(self, name: str) -> bool:
        """Whether an index that begins with it holds all that the queue asks for."""
        return name in RANGES.values() or name == "type"

    def _counts(self) -> dict[str, int]:
        """How many articles fit each filter, up to `_most` of it; those that may be few."""
        counts = {name.removeprefix(_ROWS): count for name, count in self._answers.items() if name.startswith(_ROWS)}
        count = self._answers.get("q")
        return counts if count is None or count == () else counts | {"q": count}

    @cached_property
    def _answers(self) -> dict[str, Any]:
        """What the values stand for that the database is asked about, and how many fit each; one query."""
        values = {name: value for name, value in self.values().items() if name != "state"}
        asked = {name: self.filters[name].asks(value) for name, value in values.items() if self.filters[name].asks}
        for name, rows in self._rows(values):
            asked[f"{_ROWS}{name}"] = Counted(rows.order_by().values("pk")[: self._most(name)])
        if asked:
            asked[_WHOLE] = Subquery(Article.objects.order_by("-pk").values("pk")[:1])
        named = {f"answer_{name}": expression for name, expression in asked.items()}
        row = Site.objects.order_by("pk").values("pk").annotate(**named).values(*named).first() if named else None
        return {name: row[f"answer_{name}"] for name in asked} if row else dict.fromkeys(asked, ())

    def _rows(self, values: Mapping[str, Any]) -> Iterator[tuple[str, QuerySet[Any, Any]]]:
        """What is counted to tell which filter the fewest articles fit."""
        if values and self.in_state:
            yield "state", Article.objects.filter(self.in_state)
        ranges: dict[str, Q] = {}
        for name, value in values.items():
            if (rows := self.filters[name].rows(value)) is not None:
                yield name, rows
            elif column := RANGES.get(name):
                ranges[column] = ranges.get(column, Q()) & self.filters[name].meaning(value, None).joined
        for column, within in ranges.items():
            yield column, Article.objects.filter(within)

    def _meaning(self, name: str) -> Meaning:
        if name not in self._known:
            self._known[name] = self.filters[name].meaning(self.values()[name], self._answers.get(name))
        return self._known[name]
