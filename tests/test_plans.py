"""The plans of the pages' queries, as SQLite makes them for tables of a million articles; on PostgreSQL what no index
serves."""

from __future__ import annotations

import re
from functools import cache

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from articles import review
from articles.admin.lists import DeskAdmin
from articles.desk import choosing, sizing
from articles.judging import judge_site
from articles.models import Article
from articles.sqlite_figures import keep
from tests.benchmarks.others import pages
from tests.benchmarks.plans import marks_of, plan_of, shape_of
from tests.benchmarks.records import list_urls
from tests.factories import NOON, make_article, make_site, make_user

pytestmark = pytest.mark.django_db

ORDERS = ("need", "newest", "oldest", "hottest", "quality", "nearest")
FILTERS = (
    "",
    "state=all",
    "state=decided",
    "site=harbour",
    "topic=Robotics",
    "provider=news.example.com",
    "type=video",
    "type=article",
    "published=no",
    "quality_min=60",
    "heat_max=50",
    "date_from=2026-01-01",
    "finding=no_picture",
    "finding=no_picture&topic=Robotics&site=harbour",
)
BIG = re.compile(r'SCAN "?(articles_(?:article|articletopic|finding|event|source|image|override))"?( USING .*INDEX)?')


@pytest.fixture
def ada(db: None) -> User:
    return make_user("ada", "Chief editor")


@pytest.fixture(params=["few", "walked"])
def million(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few articles, and what SQLite would know of them if they were a million."""
    if connection.vendor != "sqlite":
        pytest.skip("the plans of SQLite")
    site = make_site()
    for number in range(12):
        make_article(site, quality=50 + number, images=[])
    judge_site(site)
    if request.param == "walked":
        monkeypatch.setattr(sizing, "MANY", 0)
        monkeypatch.setattr(choosing, "CAP", 0)
    grow()


def grow() -> None:
    """SQLite plans by the figures of a million articles, as on every desk; also in this connection."""
    keep(connection)


@pytest.mark.parametrize("query", FILTERS)
def test_no_page_of_the_queue_reads_a_big_table_or_sorts_one(
    client: Client, ada: User, million: None, query: str
) -> None:
    client.force_login(ada)
    for order in ORDERS:
        for place in ("", "&from=" + {"need": "2.5.60.9", "nearest": "5.60.9"}.get(order, "60.9")):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(f"/?{query}&order={order}{place}").status_code in (200, 302)
            for sql in [one["sql"] for one in captured.captured_queries if "articles_article" in one["sql"]]:
                assert not reads_of(sql), f"{query} by {order}: {reads_of(sql)} in {sql}"


@cache
def reads_of(sql: str) -> list[str]:
    """What is read from its beginning; along an index it is a walk, that stops where the page is full.

    The same figures make the same plan, in whichever test.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [str(row[3]) for row in cursor.fetchall()]
    return [step for step in steps if (found := BIG.match(step)) and not (found[2] and "LIMIT" in sql)]


def test_what_such_a_test_would_find(million: None) -> None:
    assert reads_of("SELECT title FROM articles_article WHERE title LIKE '%tug%'")


OF_MOST = ("/article/?problems=no ", "/event/?who=crawler ")
"""What has no problem, and what the crawler did, is most of all: counting as far as a bound reads as far as that."""


# --- Every other page -------------------------------------------------------------------------------------------------


@pytest.fixture
def every_page(ada: User) -> list[str]:
    """Of a desk on which something of everything happened."""
    site, ben = make_site(), make_user("ben", "Editor")
    articles = [
        make_article(site, quality=50 + number, images=[{"url": "https://x.example/a.jpg"}]) for number in range(9)
    ]
    Article.objects.filter(pk__in=[one.pk for one in articles[:3]]).update(story=articles[0].pk, is_dirty=True)
    judge_site(site)
    for one in articles[:3]:
        review.publish(one, by=ben, at=NOON, reason="Above the fold")
        review.edit(Article.objects.get(pk=one.pk), {"title": "A tug"}, by=ben, at=NOON)
    ada.is_superuser = True
    ada.save()
    reverse("admin:index")
    lists = [url for model, shown in admin.site._registry.items() for url in list_urls(model, shown, ada)]
    searches = [
        f"/admin/articles/{model}/?{urlencode({'q': text})}"
        for model in ("article", "event", "override", "image")
        for text in ("tug", "ben", "above", "title", "https://x.example/a.jpg", "_news/x.md", "news.example.com")
    ]
    return [url for _, url in pages(ada)] + lists + searches


def without_scans() -> None:
    """Let PostgreSQL read a table as a whole only where it has to; small ones it would rather."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")


def scans(client: Client, urls: list[str]) -> list[str]:
    """What reads a big table: address and statement, each kind of statement once."""
    found, known = [], set[str]()
    for url in urls:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code in (200, 302), url
        for sql in [one["sql"] for one in captured.captured_queries]:
            if sql.startswith(("SELECT", "WITH")) and (shape := shape_of(sql)) not in known:
                known.add(shape)
                found += [f"{url} {mark}: {sql}" for mark in marks_of(sql, plan_of(sql))]
    return found


@pytest.mark.thorough
def test_no_other_page_reads_a_big_table(
    client: Client, ada: User, every_page: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeskAdmin, "list_per_page", 2)  # a list of one page is asked for without a limit
    client.force_login(ada)
    if connection.vendor == "sqlite":
        grow()
    else:
        without_scans()
    found = [one for one in scans(client, every_page) if not any(choice in one for choice in OF_MOST)]
    assert "\n".join(found) == ""


def test_what_such_a_test_would_find_on_any_database(every_page: list[str]) -> None:
    sql = "SELECT title FROM articles_article WHERE title LIKE '%tug%' LIMIT 5"
    if connection.vendor == "postgresql":
        without_scans()
    assert marks_of(sql, plan_of(sql)) == ["reads all of articles_article"]
