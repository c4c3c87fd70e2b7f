"""The search of the article list: words by the index of texts, and what somebody pastes in as a whole."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from articles import paging
from articles.admin import finding
from articles.admin.article import ArticleAdmin
from articles.models import Article
from articles.standing import stand_anew
from tests.factories import NOON, make_article, make_site, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/articles/article/"
CountQueries = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user("ada", "Editor"))
    return client


@pytest.fixture
def every() -> dict[str, Article]:
    site = make_site(collections=["_news", "_films"])
    every = {
        "tug": make_article(site, "_news/2026-11-20-tug.md", title="A tug in the harbour", excerpt="It steers itself."),
        "cafe": make_article(
            site,
            "_films/cafe.md",
            title="Café 3000",
            excerpt="Cinéma",
            originalUrl="https://www.film.example/cafe?id=7&utm_source=mail",
            provider={"name": "Film Times", "domain": "film.example"},
        ),
        "below": make_article(
            site,
            title="Tugs abroad",
            excerpt="Far away",
            originalUrl="https://film.example/tug/",
            provider={"name": "Film Times Abroad", "domain": "abroad.film.example"},
        ),
    }
    for article in every.values():
        stand_anew(article, (), article.site.threshold)
        article.save()
    return every


FOUND = [
    ("harbour", {"tug"}),
    ("TUG", {"tug"}),
    ("tug abroad", set()),
    ("tugs abroad", {"below"}),
    ("cafe", {"cafe"}),
    ("cinema café", {"cafe"}),
    ("3000", {"cafe"}),
    ("Film Times", {"cafe"}),
    ("film times abroad", {"below"}),
    ("Times", set()),
    ("film.example", {"cafe", "below"}),
    ("ABROAD.film.example", {"below"}),
    ("ilm.example", set()),
    ("film.example tugs", {"below"}),
    ("_news/2026-11-20-tug.md", {"tug"}),
    ("/_news/2026-11-20-tug.md", {"tug"}),
    ("2026-11-20-tug.md", {"tug"}),
    ("cafe.md", {"cafe"}),
    ("https://www.film.example/cafe?id=7&utm_source=mail", {"cafe"}),
    ("http://film.example/cafe?id=7", {"cafe"}),
    ("film.example/tug", {"below"}),
    ("https://film.example/", set()),
    ("https://nowhere.example/x", set()),
    ("file:///etc/passwd", set()),
    ("http://[", set()),
    ("'\"%_", set()),
    ("tug OR 1=1", set()),
    ("99999999999999999999", set()),
]


@pytest.mark.parametrize("many", [0, 1000], ids=["in the texts", "in the index"])
@pytest.mark.parametrize(("typed", "expected"), FOUND, ids=[typed for typed, _ in FOUND])
@pytest.mark.broad(6)
def test_a_search_finds(
    client: Client,
    every: dict[str, Article],
    typed: str,
    expected: set[str],
    many: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "MANY", many)
    shown = client.get(LIST, {"q": typed}).context["cl"].result_list
    assert {key for key, article in every.items() if article in shown} == expected


@pytest.mark.parametrize("many", [0, 1000], ids=["in the texts", "in the index"])
@pytest.mark.parametrize("walked", [1, 100], ids=["found", "walked"])
def test_of_what_very_many_have_the_first_are_shown(
    client: Client, many: int, walked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site()
    for number in range(12):
        make_article(site, title=f"{number:02} {'Harbour' if number % 2 else 'Harbinger'}", excerpt="")
    monkeypatch.setattr(finding, "MANY", many)
    monkeypatch.setattr(finding, "CAP", 3)
    monkeypatch.setattr(paging, "CAP", 3)
    monkeypatch.setattr(paging, "WALKED", walked)
    monkeypatch.setattr(ArticleAdmin, "list_per_page", 2)
    shown = client.get(LIST, {"q": "harbour"}).context["cl"]
    assert shown.paginator.count_in_words == "more than 3"
    assert [one.title for one in shown.result_list] == ["11 Harbour", "09 Harbour"]
    narrowed = client.get(LIST, {"q": "harbour", "site": "harbour"}).context["cl"]
    assert narrowed.paginator.count_in_words == "more than 3"


def test_a_number_is_that_of_an_article_or_a_word(client: Client, every: dict[str, Article]) -> None:
    numbered = make_article(every["tug"].site, title=f"Number {every['tug'].pk}", excerpt="")
    shown = client.get(LIST, {"q": str(every["tug"].pk)}).context["cl"].result_list
    assert {article.pk for article in shown} == {every["tug"].pk, numbered.pk}


def test_no_search_scans_the_table(client: Client, every: dict[str, Article]) -> None:
    """Their own conditions are in the query; what tries texts by LIKE is not."""
    for typed in ("harbour", "film.example tugs", "_news/2026-11-20-tug.md", "https://film.example/tug"):
        meant = finding.meaning_of(typed)
        assert not any(word in str(Article.objects.filter(meant).values("pk").query) for word in ("LIKE", "UPPER("))


@pytest.mark.parametrize("typed", ["tug", "film.example tugs", "https://film.example/tug"])
def test_a_search_asks_little_before_the_list(
    every: dict[str, Article], typed: str, django_assert_max_num_queries: CountQueries
) -> None:
    with django_assert_max_num_queries(5 if connection.vendor == "sqlite" else 4):
        finding.meaning_of(typed)
