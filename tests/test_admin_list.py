"""The article list of the admin: what it shows, what narrows it, what it costs, and the actions over its rows."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from articles import paging, review
from articles.content.values import ABSENT
from articles.models import Article, Event, Override, Site
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import Page, read

pytestmark = pytest.mark.django_db

LIST = "/admin/articles/article/"
CountQueries = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Editor")


@pytest.fixture
def client(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def titles(client: Client, query: str = "") -> list[str]:
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return [str(row.title) for row in response.context["cl"].result_list]


# --- What it shows ----------------------------------------------------------------------------------------------------


def test_a_row_says_what_an_editor_asks(client: Client, site: Site) -> None:
    make_article(site, quality=68, heat=184, published=False)
    text = read(client.get(LIST)).text
    for words in (
        "Harbour pilots test",
        "Harbour Herald",
        "Robotics, Technology",
        "68",
        "184",
        "not published",
        "20 Nov 2026",
    ):
        assert words in text


def test_an_unscored_article_says_so(client: Client, site: Site) -> None:
    make_article(site, quality=ABSENT, heat=ABSENT, published=ABSENT)
    assert read(client.get(LIST)).text.count("not scored") > 3


def test_a_row_wears_its_marks_in_words(client: Client, site: Site, ada: User) -> None:
    article = make_article(site, heat=-1, originalUrl="ftp://example.com/")
    review.edit(article, {"title": "A tug"}, by=ada, at=NOON)
    Article.objects.update(is_missing=True)
    page = read(client.get(LIST))
    for mark in ("file missing", "problems", "unwritten", "edited", "led by another"):
        assert mark in page.text
    assert "Title" in page.attributes("span", "title")


def test_the_newest_come_first_and_topics_in_their_order(client: Client, site: Site) -> None:
    make_article(site, title="old", publishedDateTime=datetime(2020, 1, 1, tzinfo=UTC))
    make_article(site, title="new", topics=["Zebras", "Apes"])
    assert titles(client) == ["new", "old"]
    assert "Zebras, Apes" in read(client.get(LIST)).text


def test_an_empty_desk_says_what_to_do(client: Client) -> None:
    assert "An import brings a site's articles" in read(client.get(LIST)).text


def test_a_filter_without_hits_says_so(client: Client, site: Site) -> None:
    make_article(site)
    assert "Nothing fits." in read(client.get(f"{LIST}?q=walrus")).text


@pytest.mark.parametrize("order", ["4", "-4", "5", "-5", "6", "7", "-7"])
@pytest.mark.broad(4)
def test_it_is_ordered_by_scores_decision_and_date(client: Client, site: Site, order: str) -> None:
    make_article(site, title="low", quality=1, heat=1, published=False, publishedDateTime=NOON - timedelta(days=9))
    make_article(site, title="high", quality=99, heat=99, published=True, publishedDateTime=NOON)
    assert titles(client, f"o={order}") == (["high", "low"] if order.startswith("-") else ["low", "high"])


# --- What it costs ----------------------------------------------------------------------------------------------------

QUERIES_OF_THE_LIST = 10
"""Session, user with rights, frame; sites and topics to choose from; a count, rows; topics, decisions, logos."""
QUERIES_OF_A_SEARCH = 2 if connection.vendor == "sqlite" else 1
"""Whether the words name providers; on SQLite whether very many articles have them."""
QUERIES_OF_A_TOPIC = 1
"""Which topics have the name."""


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.broad(2)
def test_the_number_of_queries_does_not_grow(
    client: Client, site: Site, ada: User, django_assert_num_queries: CountQueries, count: int
) -> None:
    for number in range(count):
        provider = {"name": f"Paper {number}", "domain": f"{number}.example.com", "images": [{"url": "/a.svg"}]}
        article = make_article(site, provider=provider, topics=[f"Topic {number}"], heat=-1)
        if number % 9 == 0:
            review.edit(article, {"title": "A tug"}, by=ada, at=NOON)
    with django_assert_num_queries(QUERIES_OF_THE_LIST):
        client.get(LIST)
    with django_assert_num_queries(QUERIES_OF_THE_LIST + QUERIES_OF_A_SEARCH + QUERIES_OF_A_TOPIC):
        client.get(
            f"{LIST}?q=tug&published=no&quality=below&heat=led&topic=Topic+0&provider=0.example.com&site=harbour"
        )


def test_no_query_counts_or_sorts_out_a_whole_table(client: Client, site: Site, django_assert_num_queries: Any) -> None:
    make_article(site)
    with django_assert_num_queries(QUERIES_OF_THE_LIST) as queries:
        client.get(LIST)
    statements = [query["sql"] for query in queries.captured_queries]
    counting = [sql for sql in statements if "COUNT(" in sql]
    assert len(counting) == 2
    assert "LIMIT 2001" in counting[0]
    assert "LIMIT 1001)" in counting[1]  # the frame's
    assert not any("DISTINCT" in sql and '"articles_article"' in sql for sql in statements)
    assert not any("articles_source" in sql or "secured" in sql for sql in statements)


def test_counting_stops_at_a_bound(client: Client, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "CAP", 3)
    for _ in range(5):
        make_article(site)
    page = read(client.get(LIST))
    assert "more than 3 articles; the first 3 can be paged through" in page.text


@pytest.mark.thorough
def test_pages_follow_each_other(client: Client, site: Site) -> None:
    for _ in range(51):
        make_article(site)
    assert "51 articles" in read(client.get(LIST)).text
    assert len(titles(client, "p=2")) == 1


# --- What narrows it --------------------------------------------------------------------------------------------------


@pytest.fixture
def varied(site: Site, ada: User) -> None:
    other = make_site("tower", threshold=100)
    news = {"name": "Example Times", "domain": "news.example.org"}
    make_article(site, title="top", quality=120, heat=150, published=True, publishedDateTime=NOON)
    make_article(site, title="near", quality=65, heat=65, publishedDateTime=NOON - timedelta(days=6))
    make_article(site, title="led", quality=80, heat=-1, publishedDateTime=datetime(2026, 11, 1, tzinfo=UTC))
    make_article(site, title="low", quality=20, heat=20, publishedDateTime=datetime(2026, 1, 1, tzinfo=UTC))
    make_article(
        other, title="tower", quality=80, heat=90, publishedDateTime=datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)
    )
    blank: dict[str, Any] = {"quality": ABSENT, "heat": ABSENT, "published": ABSENT}
    make_article(site, title="blank", publishedDateTime=ABSENT, topics=["Apes"], provider=news, **blank)
    bad = make_article(site, title="bad", quality="high", heat=70, publishedDateTime=datetime(2019, 5, 5, tzinfo=UTC))
    review.edit(bad, {"excerpt": "mended"}, by=ada, at=NOON)


FILTERS = {
    "site=tower": {"tower"},
    "published=yes": {"top"},
    "published=none": {"blank"},
    "quality=above": {"top", "led"},
    "quality=below": {"near", "low", "tower"},
    "quality=near": {"near", "led"},
    "quality=high": {"top"},
    "quality=none": {"blank", "bad"},
    "heat=led": {"led"},
    "heat=above": {"top", "bad"},
    "heat=below": {"near", "low", "tower"},
    "heat=story": {"top", "tower"},
    "heat=high": {"top"},
    "heat=none": {"blank"},
    "topic=Apes": {"blank"},
    "provider=example.org": {"blank"},
    "provider=news.example.org": {"blank"},
    "provider=EXAMPLE+TIMES": {"blank"},
    "provider=ample.org": set(),
    "provider=%00": None,
    "date=today": {"top"},
    "date=week": {"top", "near"},
    "date=month": {"top", "near", "led"},
    "date=year": {"top", "near", "led", "low"},
    "date=older": {"tower", "bad"},
    "date=none": {"blank"},
    "problems=yes": {"bad"},
    "problems=no": {"top", "near", "led", "low", "tower", "blank"},
    "state=edited": {"bad"},
    "state=unwritten": {"bad"},
    "state=missing": set(),
    "published=walrus": None,
    "quality=&heat=&site=": None,
    "q=low": {"low"},
    "q=Example+Times": {"blank"},
    "q=news.example.com+top": {"top"},
    "q=%27%22%25_": set(),
}
EVERYTHING = {"top", "near", "led", "low", "tower", "blank", "bad"}


@pytest.mark.usefixtures("varied")
@pytest.mark.parametrize(("query", "found"), FILTERS.items(), ids=FILTERS.keys())
@pytest.mark.broad(7)
def test_a_filter_finds_exactly_its_own(client: Client, query: str, found: set[str] | None) -> None:
    assert set(titles(client, query)) == (EVERYTHING if found is None else found)


@pytest.mark.usefixtures("varied")
def test_filters_narrow_each_other_and_can_be_taken_away_one_by_one(client: Client) -> None:
    query = "site=harbour&quality=above&q=led"
    assert titles(client, query) == ["led"]
    page = read(client.get(f"{LIST}?{query}"))
    links = page.attributes("a", "href")
    assert "?quality=above&site=harbour" in links
    assert "?q=led&site=harbour" in links


@pytest.mark.usefixtures("varied")
def test_the_filters_are_one_form_that_needs_no_script(client: Client) -> None:
    data = read(client.get(f"{LIST}?quality=above&provider=example.com&o=-4")).form("changelist-search")
    assert (data["quality"], data["provider"], data["o"], data["site"]) == (["above"], ["example.com"], ["-4"], [""])


@pytest.mark.parametrize(
    "query",
    [
        "walrus=1",
        "topic=%00",
        "site=%00",
        "q=%00",
        "_popup=1",
        "_facets=1",
        "all=",
        "e=1",
        "o=99",
        "p=99",
        "o=x.y",
        "source__secured__startswith=a",
        "title__regex=(a%2B)%2B",
    ],
)
@pytest.mark.broad(3)
def test_a_strange_address_is_answered_without_a_failure(client: Client, site: Site, query: str) -> None:
    make_article(site)
    assert client.get(f"{LIST}?{query}").status_code in (200, 302, 400)


def test_nobody_can_ask_for_the_secret_by_a_filter(client: Client, site: Site) -> None:
    make_article(site)
    assert client.get(f"{LIST}?source__secured__startswith=Q").status_code == 400
    assert client.get(f"{LIST}?overrides__user__password__startswith=p").status_code == 400


# --- Actions ----------------------------------------------------------------------------------------------------------


def press(client: Client, action: str, *articles: Article, query: str = "", **sent: Any) -> Page:
    """Tick these rows of the list as it stands, press the button, and read the page that comes."""
    data = read(client.get(f"{LIST}?{query}")).form("changelist-form")
    data |= {"_selected_action": [str(article.pk) for article in articles], "action": [action], **sent}
    return read(client.post(f"{LIST}?{query}", data, follow=True))


def test_publishing_says_what_happened_to_which(client: Client, site: Site, ada: User) -> None:
    one, two = make_article(site, title="one"), make_article(site, title="two", quality=90, published=True)
    page = press(client, "publish_selected", one, two, reason=["Good"])
    assert "Published 2 articles: " in page.text
    assert list(Article.objects.values_list("published", flat=True)) == [True, True]
    assert {(o.key, o.value, o.username, o.reason) for o in Override.objects.all()} == {
        ("published", True, "ada", "Good")
    }
    assert Event.objects.values("batch").distinct().count() == 1
    page = press(client, "publish_selected", one)
    assert "Already published by decision, 1 article: one" in page.text


def test_unpublishing_says_what_happened_to_which(client: Client, site: Site) -> None:
    article = make_article(site, title="one", published=True)
    assert "Unpublished 1 article: one" in press(client, "unpublish_selected", article).text
    article.refresh_from_db()
    assert article.published is False


def test_a_row_that_changed_since_is_refused_and_the_others_are_done(client: Client, site: Site, ada: User) -> None:
    one, two = make_article(site, title="one"), make_article(site, title="two")
    data = read(client.get(LIST)).form("changelist-form")
    review.publish(two, by=make_user("bob", "Editor"), at=NOON)
    data |= {"_selected_action": [str(one.pk), str(two.pk)], "action": ["unpublish_selected"]}
    page = read(client.post(LIST, data, follow=True))
    assert "Unpublished 1 article: one" in page.text
    assert "Refused 1 article: two: " in page.text
    assert "changed since you saw it" in page.text
    two.refresh_from_db()
    assert two.published is True


def test_a_row_whose_version_was_not_sent_is_refused(client: Client, site: Site) -> None:
    article = make_article(site)
    data = {"_selected_action": [str(article.pk)], "action": ["publish_selected"], "index": ["0"]}
    assert "did not say which version" in read(client.post(LIST, data, follow=True)).text
    article.refresh_from_db()
    assert article.published is False


def test_select_across_decides_nothing_that_was_not_ticked(client: Client, site: Site) -> None:
    one, two = make_article(site), make_article(site)
    press(client, "publish_selected", one, select_across=["1"])
    two.refresh_from_db()
    assert two.published is False


def test_a_row_that_the_filter_lost_meanwhile_is_still_answered_for(client: Client, site: Site) -> None:
    article = make_article(site, title="one")
    data = read(client.get(f"{LIST}?published=no")).form("changelist-form")
    review.publish(article, by=make_user("bob", "Editor"), at=NOON)
    data |= {"_selected_action": [str(article.pk)], "action": ["unpublish_selected"]}
    assert "Refused 1 article: one" in read(client.post(f"{LIST}?published=no", data, follow=True)).text


def test_nothing_ticked_says_so(client: Client, site: Site) -> None:
    make_article(site)
    assert "Items must be selected" in press(client, "publish_selected").text


@pytest.mark.parametrize("ticked", ["x", "-1", "99999999999999999999", "99", "²"])
@pytest.mark.broad(3)
def test_a_row_that_is_none_is_passed_over(client: Client, site: Site, ticked: str) -> None:
    make_article(site)
    data = {"_selected_action": [ticked], "action": ["publish_selected"], "index": ["0"]}
    assert client.post(LIST, data, follow=True).status_code == 200
    assert not Event.objects.exists()


def test_a_reason_that_no_database_takes_is_made_fit(client: Client, site: Site) -> None:
    press(client, "publish_selected", make_article(site), reason=["a\0b" + "c" * 2000])
    assert Override.objects.get().reason == "ab" + "c" * 998


def test_deleting_is_no_action(client: Client, site: Site, ada: User) -> None:
    ada.is_superuser = True
    ada.save()
    make_article(site)
    assert "delete" not in read(client.get(LIST)).text.lower()
    data = {"_selected_action": ["1"], "action": ["delete_selected"], "index": ["0"]}
    client.post(LIST, data)
    assert Article.objects.count() == 1


def test_who_may_not_publish_has_no_boxes_and_no_buttons(client: Client, site: Site) -> None:
    article = make_article(site)
    client.force_login(make_user("vera", "Viewer"))
    page = read(client.get(LIST))
    assert "_selected_action" not in page.form("changelist-form")
    assert "Publish ticked" not in page.text
    data = {
        "_selected_action": [str(article.pk)],
        f"version_{article.pk}": ["1"],
        "action": ["publish_selected"],
        "index": ["0"],
    }
    client.post(LIST, data)
    assert not Event.objects.exists()
