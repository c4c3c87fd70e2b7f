"""Lists of the queue by several filters at once, whichever way leads to a page: what Python finds in all articles."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from django.http import QueryDict
from django.utils.http import urlencode

from articles import searching
from articles.content.words import words_in
from articles.desk import choosing, listing, sizing
from articles.desk.asking import Asked
from articles.desk.filtering import STATES_OF
from articles.desk.keyset import ORDERS
from articles.desk.listing import page_of
from articles.models import Article
from tests import alike

pytestmark = pytest.mark.django_db

LISTS: Final = 40
VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "state": ("all", "new", "decided", "conflicts", "changed", "gone"),
    "site": ("harbour", "tower", "nowhere"),
    "topic": ("Robotics", "Film", "Nothing"),
    "provider": ("news.example.com", "herald", "nobody"),
    "type": ("video", "article"),
    "published": ("yes", "no", "none"),
    "quality_min": ("60", "90"),
    "quality_max": ("70", "10"),
    "heat_min": ("60",),
    "heat_max": ("70",),
    "date_from": ("2026-11-10",),
    "date_to": ("2026-11-15", "2026-11-22"),
    "finding": ("mojibake", "no_picture"),
    "differs": ("1",),
    "flapping": ("1",),
    "q": ("tug", "harbour tug", "robots", "nowhere"),
}
FETCHING_IS_DEAR: Final = {(sizing, name): 10**9 for name in ("FETCHED", "LED", "RANGED")}
BY_FIRST_LETTERS: Final = {(searching, name): 10**9 for name in ("COMMON", "READ_A_PAGE")}
WAYS: Final[Mapping[str, Mapping[tuple[Any, str], float]]] = {
    "fetched": {(sizing, "WALKED"): 10**9},
    "walked": FETCHING_IS_DEAR,
    "walked, texts read": {**FETCHING_IS_DEAR, (searching, "MIDDLING"): 0},
    "walked, words found by their first letters": {**FETCHING_IS_DEAR, **BY_FIRST_LETTERS},
    "fetched by their first letters": {(sizing, "WALKED"): 10**9, **BY_FIRST_LETTERS},
    "walked in vain": {**FETCHING_IS_DEAR, (choosing, "TRIED_AT_MOST"): 3, (choosing, "READ_AT_MOST"): 3},
    "hardly any tried": {**FETCHING_IS_DEAR, (choosing, "TRIED_AT_LEAST"): 1},
    "the first of a label": {
        **{(sizing, "WALKED"): 10**9, (sizing, "LOOKED_UP"): 10**6},
        **{(sizing, "LED_AT_MOST"): 8, (sizing, "LED_AT_LEAST"): 8, (sizing, "SORTED"): 0},
    },
    "nothing counted": {(sizing, "MANY"): 0, (sizing, "MANY_HITS"): 0, (choosing, "TRIED_AT_MOST"): 9},
}


@pytest.fixture
def articles(monkeypatch: pytest.MonkeyPatch) -> list[Article]:
    monkeypatch.setattr(alike, "ARTICLES", 100)
    monkeypatch.setattr(listing, "ROWS", 7)
    alike.fill()
    rows = Article.objects.select_related("site", "provider").prefetch_related("topics", "findings")
    return [*rows.order_by("pk")]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.broad(4)
def test_every_list_has_what_fits_all_its_filters_in_its_order(
    articles: list[Article], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    for (module, name), value in WAYS[way].items():
        monkeypatch.setattr(module, name, value)
    wrong = []
    for said in _some_lists(random.Random(way)):
        expected = _naively(articles, said)
        if (there := [*_there(said)]) != expected:
            wrong.append(f"{said}: {there} in place of {expected}")
        if (back := [*_and_back(said)]) != expected:
            wrong.append(f"{said}, from its end: {back} in place of {expected}")
    assert "\n".join(wrong) == ""


def test_such_lists_are_not_empty(articles: list[Article]) -> None:
    found = [_naively(articles, said) for said in _some_lists(random.Random("fetched"))]
    assert sum(len(one) > 7 for one in found) > 10
    assert sum(0 < len(one) <= 7 for one in found) > 5


def _some_lists(chance: random.Random) -> Iterator[dict[str, str]]:
    for _ in range(LISTS):
        names = chance.sample([*VALUES], chance.choice((1, 2, 2, 3)))
        yield {**{name: chance.choice(VALUES[name]) for name in names}, "order": chance.choice([*ORDERS])}


def _there(said: Mapping[str, str]) -> Iterator[int]:
    """Page by page from the beginning."""
    query = urlencode(said)
    while query:
        page = page_of(Asked(QueryDict(query)))
        yield from (article.pk for article in page.articles)
        query = page.next.partition("?")[2]


def _and_back(said: Mapping[str, str]) -> list[int]:
    """From the last page to the first."""
    page = page_of(Asked(QueryDict(urlencode(said))))
    while page.next:
        page = page_of(Asked(QueryDict(page.next.partition("?")[2])))
    found: list[int] = []
    while True:
        found = [*(article.pk for article in page.articles), *found]
        if not page.previous:
            return found
        page = page_of(Asked(QueryDict(page.previous.partition("?")[2])))


# --- The same in Python -----------------------------------------------------------------------------------------------


def _naively(articles: list[Article], said: Mapping[str, str]) -> list[int]:
    states = STATES_OF[said.get("state", "waiting")]
    wanted = {name: value for name, value in said.items() if name not in ("state", "order")}
    fitting = [
        one
        for one in articles
        if one.state in states and all(_FITS[name](one, value) for name, value in wanted.items())
    ]
    return [one.pk for one in sorted(fitting, key=_BY[said["order"]])]


def _is_by(article: Article, sought: str) -> bool:
    if sought == "news.example.com":
        return article.provider is not None and article.provider.domain == sought
    return article.provider is not None and sought in article.provider.name.lower()


def _has_finding(article: Article, code: str) -> bool:
    return any(finding.code == code for finding in article.findings.all())


def _has_words(article: Article, text: str) -> bool:
    words = words_in(f"{article.title or ''} {article.excerpt or ''}")
    return all(
        any(word == sought or (len(sought) > 3 and word.startswith(sought.removesuffix("s"))) for word in words)
        for sought in text.split()
    )


def _moment(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


_FITS: Final[Mapping[str, Callable[[Article, str], bool]]] = {
    "site": lambda one, slug: one.site.slug == slug,
    "topic": lambda one, name: any(topic.name == name for topic in one.topics.all()),
    "provider": _is_by,
    "type": lambda one, name: one.type == name,
    "published": lambda one, said: one.published is {"yes": True, "no": False, "none": None}[said],
    "quality_min": lambda one, number: one.quality is not None and one.quality >= int(number),
    "quality_max": lambda one, number: one.quality is not None and one.quality <= int(number),
    "heat_min": lambda one, number: one.heat is not None and one.heat >= int(number),
    "heat_max": lambda one, number: one.heat is not None and one.heat <= int(number),
    "date_from": lambda one, day: one.published_at is not None and one.published_at >= _moment(day),
    "date_to": lambda one, day: one.published_at is not None and one.published_at.date() <= _moment(day).date(),
    "finding": _has_finding,
    "differs": lambda one, _: _has_finding(one, "against_rule"),
    "flapping": lambda one, _: _has_finding(one, "flapping"),
    "q": _has_words,
}


def _falling(value: Any) -> tuple[bool, Any]:
    """What is missing comes last."""
    return value is None, 0 if value is None else -(value.timestamp() if isinstance(value, datetime) else value)


_BY: Final[Mapping[str, Callable[[Article], Any]]] = {
    "need": lambda one: (one.state, one.nearness, _falling(one.heat), -one.pk),
    "newest": lambda one: (_falling(one.published_at), -one.pk),
    "oldest": lambda one: (one.published_at is not None, one.published_at and one.published_at.timestamp(), one.pk),
    "hottest": lambda one: (_falling(one.heat), -one.pk),
    "quality": lambda one: (_falling(one.quality), -one.pk),
    "nearest": lambda one: (one.nearness, _falling(one.heat), -one.pk),
}
