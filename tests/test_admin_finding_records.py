"""The searches of history, decisions and pictures: by what has an index, and by the articles that are found."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from articles import review
from articles.admin import finding_records
from articles.models import Article, Event, Image
from tests.factories import NOON, make_article, make_site, make_user

pytestmark = pytest.mark.django_db

SWITCHED = "https://pictures.example/tug-at-night.jpg"


@pytest.fixture
def ada() -> User:
    return make_user("Ada", "Editor")


@pytest.fixture
def client(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def tug(ada: User) -> Article:
    """Ada published it; ben gave another its title, and a third nobody touched."""
    site, ben = make_site(), make_user("ben", "Editor")
    tug = make_article(site, "_news/tug.md", title="A tug in the harbour", excerpt="", images=[{"url": SWITCHED}])
    other = [{"url": "https://pictures.example/ferry.jpg"}]
    ferry = make_article(site, "_news/ferry.md", title="A ferry", excerpt="", images=other)
    make_article(site, title="Nobody's tug", excerpt="", images=[])
    review.publish(tug, by=ada, at=NOON, reason="Above the fold")
    review.edit(ferry, {"title": "A ferry at sea"}, by=ben, at=NOON, reason="above all: shorter")
    return tug


def found(client: Client, model: str, typed: str) -> list[Any]:
    answer = client.get(f"/admin/articles/{model}/", {"q": typed})
    return list(answer.context["cl"].result_list)


EVENTS = {
    "ada": ["A tug in the harbour"],
    "ADA": ["A tug in the harbour"],
    "Ben": ["A ferry at sea"],
    "above": ["A ferry at sea", "A tug in the harbour"],
    "ABOVE THE": ["A tug in the harbour"],
    "the fold": [],
    "harbours": ["A tug in the harbour"],
    "harbour tug": ["A tug in the harbour"],
    "_news/ferry.md": ["A ferry at sea"],
    "ferry.md": ["A ferry at sea"],
    "news.example.com": ["A ferry at sea", "A tug in the harbour"],
    "walrus": [],
    "'\"%_": [],
}


@pytest.mark.parametrize("typed", EVENTS)
def test_history_is_searched(client: Client, tug: Article, typed: str) -> None:
    assert sorted(str(event.article) for event in found(client, "event", typed)) == EVENTS[typed]


def test_history_of_a_batch_is_found_by_its_number(client: Client, tug: Article) -> None:
    event = Event.objects.get(article=tug)
    assert found(client, "event", str(event.batch)) == [event]
    assert [one.article for one in found(client, "override", f" {event.batch} ")] == [tug]


OVERRIDES = {
    "title": ["A ferry at sea"],
    "Published": ["A tug in the harbour"],
    "published": ["A tug in the harbour"],
    "ada": ["A tug in the harbour"],
    "above all": ["A ferry at sea"],
    "sea": ["A ferry at sea"],
    "quality": [],
    "walrus": [],
}


@pytest.mark.parametrize("typed", OVERRIDES)
def test_decisions_are_searched(client: Client, tug: Article, typed: str) -> None:
    assert sorted(str(one.article) for one in found(client, "override", typed)) == OVERRIDES[typed]


PICTURES = {
    SWITCHED: {"tug"},
    "https://pictures.example/tug-at-night.jp": set(),
    "tug": {"tug"},
    "ferry": {"ferry"},
    "_news/tug.md": {"tug"},
    "harbour ferry": set(),
}


@pytest.mark.parametrize("typed", PICTURES)
def test_pictures_are_searched(client: Client, tug: Article, typed: str) -> None:
    shown = {image.article.path for image in found(client, "image", typed)}
    assert shown == {f"_news/{name}.md" for name in PICTURES[typed]}


def test_a_provider_finds_its_own_pictures(client: Client, tug: Article) -> None:
    assert tug.provider is not None
    logo, _ = Image.objects.get_or_create(provider=tug.provider, position=0)
    assert found(client, "image", "news.example.com") == [logo]


def test_of_very_many_articles_the_newest_count_and_the_page_says_so(
    client: Client, tug: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_records, "ARTICLES", 1)
    answer = client.get("/admin/articles/event/", {"q": "a"})
    assert [str(event.article) for event in answer.context["cl"].result_list] == ["A ferry at sea"]
    assert "shown is what belongs to the newest of them" in answer.content.decode()


@pytest.mark.parametrize(
    ("model", "typed"),
    [
        ("event", "ada"),
        ("event", "above"),
        ("event", "tug"),
        ("override", "title"),
        ("override", "above"),
        ("image", SWITCHED),
    ],
)
def test_no_search_tries_every_record(
    client: Client, tug: Article, model: str, typed: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(16) as queries:
        found(client, model, typed)
    searching = [one["sql"] for one in queries.captured_queries if f'FROM "articles_{model}"' in one["sql"]]
    if connection.vendor == "sqlite":
        steps = [step for sql in searching for step in plan_of(sql)]
        assert steps
        assert f"SCAN articles_{model}" not in steps
    assert not any(" LIKE " in sql for sql in searching)


def plan_of(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [row[3] for row in cursor.fetchall()]
