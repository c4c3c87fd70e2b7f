"""Stories: who tells one, who leads; choosing another is looked at first, and one batch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles import review
from articles.mapping import fields_in_force
from articles.models import Article, Event, Site
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(client: Client) -> User:
    user = make_user("ben", "Editor")
    client.force_login(user)
    return user


@pytest.fixture
def site() -> Site:
    return make_site()


def tell(site: Site, *members: dict[str, Any]) -> list[Article]:
    """Articles that tell one story."""
    articles = [make_article(site, **fields) for fields in members]
    Article.objects.filter(pk__in=[one.pk for one in articles]).update(story=articles[0].pk)
    return articles


@pytest.fixture
def story(site: Site) -> list[Article]:
    """The first leads; the second would be the better one."""
    return tell(
        site,
        {"title": "Old cells, new cars", "quality": 75, "heat": 180, "published": True},
        {"title": "Recyclers find friends", "quality": 87, "heat": -1, "published": False},
        {"title": "Backed by giants", "quality": 33, "heat": 33, "published": True},
    )


def look(client: Client, story: list[Article], lead: int, **more: str) -> Any:
    return client.get("/stories/", {"story": str(story[0].pk), "lead": str(story[lead].pk), **more})


def run(client: Client, preview: Any) -> Any:
    return client.post("/stories/", read(preview).form("lead-form"))


def scores() -> list[tuple[int, bool]]:
    rows = Article.objects.order_by("pk")
    return [(fields_in_force(one)["heat"], fields_in_force(one)["published"]) for one in rows]


def test_a_story_says_who_tells_it_and_who_leads(client: Client, ben: User, story: list[Article]) -> None:
    make_article(story[0].site, title="A story of its own")
    text = read(client.get("/stories/")).text
    assert "3 articles: Old cells, new cars 2 lead" in text
    assert "Old cells, new cars leads Harbour Herald" in text
    assert "led by another (heat −1)" in text
    assert "A story of its own" not in text


def test_another_leads_from_now_on(client: Client, ben: User, story: list[Article]) -> None:
    preview = look(client, story, 1)
    text = read(preview).text
    assert "Recyclers find friends would lead Heat: -1 → becomes 180 Published: no → becomes yes" in text
    assert "Old cells, new cars Heat: 180 → becomes -1 Published: yes → becomes no" in text
    assert scores() == [(180, True), (-1, False), (33, True)]
    answer = run(client, preview)
    assert scores() == [(-1, False), (180, True), (-1, False)]
    assert Event.objects.values("batch").distinct().count() == 1
    assert not Article.objects.awaiting_review().exists()
    client.post(answer["Location"])
    assert scores() == [(180, True), (-1, False), (33, True)]
    assert Article.objects.awaiting_review().count() == 3


def test_the_lead_may_stay_as_it_is(client: Client, ben: User, story: list[Article]) -> None:
    run(client, look(client, story, 1, publish="no"))
    assert scores() == [(-1, False), (180, False), (-1, False)]


def test_the_lead_is_published_only_where_readers_have_the_story(client: Client, ben: User, site: Site) -> None:
    quiet = tell(site, {"title": "One", "heat": 40}, {"title": "Two", "heat": 50})
    run(client, look(client, quiet, 0))
    assert scores() == [(50, False), (-1, False)]


def test_nothing_is_done_where_the_story_moved(client: Client, ben: User, story: list[Article]) -> None:
    preview = look(client, story, 1)
    review.edit(story[2], {"title": "Backed by nobody"}, by=ben, at=NOON)
    refused = run(client, preview)
    assert refused.status_code == 409
    assert "Changed since you looked Backed by nobody" in read(refused).text
    assert scores() == [(180, True), (-1, False), (33, True)]


@pytest.mark.thorough
def test_newest_first_and_paged(client: Client, ben: User, site: Site) -> None:
    for day in range(22):
        fields = {"publishedDateTime": NOON - timedelta(days=day)}
        tell(site, {"title": f"Day {day:02}", **fields}, {"title": f"Twin {day:02}", **fields})
    first, second = (read(client.get("/stories/", {"page": page})).text for page in ("1", "2"))
    assert first.index("Day 00") < first.index("Day 19")
    assert "Day 20" not in first
    assert "Day 20" in second
    assert "Older" in first
    assert "Older" not in second


def test_the_files_own_related_items_are_shown(client: Client, ben: User, site: Site) -> None:
    related = [{"title": "Elsewhere", "quality": 95, "webUrl": "https://other.example.com/x", "provider": "Other"}]
    bad = [{"title": "Bad", "webUrl": "javascript:alert(1)", "originalUrl": "javascript:alert(1)"}]
    tell(site, {"title": "One", "related": related + bad}, {"title": "Two", "related": related})
    page = read(client.get("/stories/"))
    assert page.text.count("Elsewhere") == 1
    assert "https://other.example.com/x" in page.attributes("a", "href")
    assert not [link for link in page.attributes("a", "href") if link.startswith("javascript")]


def test_a_viewer_looks(client: Client, story: list[Article]) -> None:
    client.force_login(make_user("vera", "Viewer"))
    page = read(client.get("/stories/", {"story": story[0].pk, "lead": story[1].pk}))
    assert "Let it lead" not in page.text
    assert "lead-form" not in page.forms
    assert client.post("/stories/", {"seal": "x"}).status_code == 403


def test_what_is_no_story_is_said(client: Client, ben: User, site: Site) -> None:
    assert "No story is told by two articles." in read(client.get("/stories/")).text
    assert client.get("/stories/", {"story": "1"}).status_code == 404
    assert client.get("/stories/", {"story": "x"}).status_code == 200


def test_a_lead_from_elsewhere_is_refused(client: Client, ben: User, story: list[Article]) -> None:
    other = make_article(story[0].site)
    answer = client.get("/stories/", {"story": story[0].pk, "lead": other.pk})
    assert "These articles are no one story any more." in read(answer).text


@pytest.mark.parametrize("count", [1, 15])
@pytest.mark.broad(2)
def test_the_number_of_queries_does_not_grow(
    client: Client, ben: User, site: Site, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        tell(site, {"title": f"One {number}"}, {"title": f"Two {number}"})
    with django_assert_num_queries(7):
        client.get("/stories/")
