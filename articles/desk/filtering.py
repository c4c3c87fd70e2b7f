"""What the queue can be narrowed by: each filter is one parameter of the address, and one condition on articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Final

from django import forms
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django_filters import FilterSet
from django_filters import filters as plain

from articles.content.findings import KINDS
from articles.desk import meanings
from articles.desk.meanings import PUBLISHED, Meaning
from articles.desk.sizing import RECENT, Answers, Sizes
from articles.desk.statements import Sql, in_states, made, narrowed
from articles.desk.stretches import Cut
from articles.desk.walking import keys_by_label, keys_in_range
from articles.models import Article
from articles.searching import MAX_CHARS, Hits, newest_with, words_of

MAX_NAME_CHARS: Final = 300
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


class Condition(plain.Filter):  # type: ignore[misc]  # django-filter has no types
    """A filter whose value stands for a condition on articles.

    `asks` the database what a value stands for, before that is asked for it; `means` gets the answer with the value.
    `rows` are what has the value, as many as there are such articles: to tell whether they are few. `labels`: what
    they lie side by side by, if they do.
    """

    def __init__(
        self,
        *args: Any,
        means: Callable[..., Meaning],
        asks: Callable[[Any], Sql] | None = None,
        rows: Callable[[Any], Sql | None] = lambda _: None,
        labels: Callable[[Any], Sql] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._means, self.asks, self.rows, self.labels = means, asks, rows, labels

    def meaning(self, value: Any, answer: Any) -> Meaning:
        return self._means(value, answer) if self.asks else self._means(value)


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


def _with_finding(code: str) -> dict[str, Any]:
    """For a filter of one finding, whose value says nothing more."""
    return {
        "means": lambda _: meanings.with_finding(code),
        "rows": lambda _: made(meanings.rows_with_finding, (code,)),
        "labels": lambda _: meanings.label_of_finding(code),
    }


class QueueFilter(FilterSet):  # type: ignore[misc]
    """The filters, by the names that they have in the address. A value that cannot be read narrows nothing."""

    site = Text(
        label="Site",
        max_length=100,
        means=meanings.of_site,
        rows=lambda slug: made(meanings.rows_of_site, (slug,)),
    )
    state = Choice(
        label="State",
        choices=[(name, words) for name, (words, _) in STATES.items()],
        means=lambda _: meanings.EVERYTHING,
    )
    topic = Text(
        label="Topic",
        max_length=MAX_NAME_CHARS,
        means=meanings.with_topic,
        asks=lambda name: made(meanings.topics_named, (name,)),
        rows=lambda name: made(meanings.rows_with_topic, (name,)),
        labels=meanings.labels_of_topics,
    )
    provider = Text(
        label="Provider",
        max_length=MAX_NAME_CHARS,
        means=meanings.by_provider,
        asks=lambda sought: made(meanings.providers_sought, (sought.lower(), sought)),
        rows=meanings.rows_by_provider,
    )
    type = Text(
        label="Type",
        max_length=100,
        means=meanings.of_type,
        rows=lambda name: None if name == "article" else made(meanings.rows_of_rare_type, (name,)),
    )
    published = Choice(
        label="Published",
        choices=[(name, words) for name, (words, _) in PUBLISHED.items()],
        means=meanings.published,
    )
    quality_min = Number(label="Quality from", means=partial(meanings.at_least, "quality"))
    quality_max = Number(label="Quality to", means=partial(meanings.at_most, "quality"))
    heat_min = Number(label="Heat from", means=partial(meanings.at_least, "heat"))
    heat_max = Number(label="Heat to", means=partial(meanings.at_most, "heat"))
    date_from = Day(label="Date from", means=meanings.from_day)
    date_to = Day(label="Date to", means=meanings.to_day)
    finding = Choice(
        label="Finding",
        choices=[(code, kind.word) for code, kind in KINDS.items()],
        means=meanings.with_finding,
        rows=lambda code: made(meanings.rows_with_finding, (code,)),
        labels=meanings.label_of_finding,
    )
    differs = Choice(
        label="Published differs from the rule",
        choices=[("1", "published differs from the rule")],
        **_with_finding("against_rule"),
    )
    flapping = Choice(label="Source flaps", choices=[("1", "source flaps")], **_with_finding("flapping"))
    q = Text(label="Search", max_length=MAX_CHARS, means=meanings.with_words, asks=meanings.words_counted)

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
        meant = self.named_meanings().values()
        return queryset.filter(self.in_state, *(test.q for meaning in meant for test in meaning.tried))

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

    def newest(self, count: int) -> tuple[list[int], bool]:
        """Of a search the newest articles, so many at most, and whether there are more; asked for once."""
        if self._newest is None:
            self._newest = self._newest_with(words_of(self.values().get("q", "")), count + 1)
        return self._newest[:count], len(self._newest) > count

    def _newest_with(self, words: Sequence[str], count: int) -> list[int]:
        """By what is known of the words already."""
        answer = self._answers.of("q")
        return newest_with(words, count, Hits.of(answer) if isinstance(answer, str) else None)

    def named_meanings(self) -> dict[str, Meaning]:
        """The same by the filter's name; the two ends of a range are one, by the name of its column."""
        found: dict[str, Meaning] = {}
        for name in self.values():
            if name != "state" and (meaning := self._meaning(name)).tried:
                known = found.get(meaning.column)
                tests = (*known.tried, *meaning.tried) if known else meaning.tried
                found[meaning.column or name] = replace(meaning, joined=tests, tried=tests) if known else meaning
        return found

    @property
    def in_state(self) -> Q:
        return STATES[self._state][1]

    @cached_property
    def sizes(self) -> Sizes:
        """How many articles fit each of the filters."""
        return Sizes(self._answers)

    @cached_property
    def _answers(self) -> Answers:
        """What the values stand for that the database is asked about, and how many fit each; one query."""
        values = {name: value for name, value in self.values().items() if name != "state"}
        rows = {name: rows for name, value in values.items() if (rows := self.filters[name].rows(value)) is not None}
        ranges = dict(self._ranges(values))
        if "provider" in rows and "published_at" in ranges:  # one index has both
            rows["provider"] = narrowed(rows["provider"], *ranges.pop("published_at"))
        labels = {name: label(value) for name, value in values.items() if (label := self.filters[name].labels)}
        lists: dict[str, Sequence[Sql]]
        lists = {name: [keys_by_label(label, self._states)] for name, label in labels.items()}
        lists |= {column: keys_in_range(self._cut, column, *bounds) for column, bounds in ranges.items()}
        recent = {name: narrowed(rows[name], meanings.is_recent(RECENT)) for name in labels if name in rows}
        if "type" in rows:
            lists["type"] = [narrowed(rows["type"], in_states(self._states))]
        return Answers(
            self._states,
            asks={name: ask(value) for name, value in values.items() if (ask := self.filters[name].asks)},
            rows=rows,
            ranges=ranges,
            lists=lists,
            recent=recent,
        )

    @property
    def _cut(self) -> Cut:
        name = self.values().get("published")
        return Cut(tuple(self._states), (PUBLISHED[name][1],) if name else (None, False, True))

    @property
    def _state(self) -> str:
        return str(self.values().get("state", WAITING))

    @property
    def _states(self) -> Sequence[int]:
        return STATES_OF[self._state]

    def _ranges(self, values: Mapping[str, Any]) -> Mapping[str, Sequence[Sql]]:
        """The conditions of each column that is bounded."""
        found: dict[str, list[Sql]] = {}
        for name, column in RANGES.items():
            if name in values:
                found.setdefault(column, []).extend(test.sql for test in self._meaning(name).tried)
        return found

    def _meaning(self, name: str) -> Meaning:
        if name not in self._known:
            condition = self.filters[name]
            answer = self._answers.of(name) if condition.asks else None
            meaning = condition.meaning(self.values()[name], answer)
            if condition.labels and connection.vendor == "postgresql":
                meaning = meanings.held_by(meaning, keys_by_label(condition.labels(self.values()[name]), self._states))
            self._known[name] = meaning
        return self._known[name]
