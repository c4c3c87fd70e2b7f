"""The plans of the queue's queries, as SQLite makes them for a table of a million articles."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.desk import filtering, listing
from articles.judging import judge_site
from tests.factories import make_article, make_site, make_user

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
        monkeypatch.setattr(filtering, "MANY", 0)
        monkeypatch.setattr(listing, "CAP", 0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT rowid, stat FROM sqlite_stat1 WHERE tbl LIKE 'articles_%%'")
        for row, stat in cursor.fetchall():
            first, *others = stat.split()
            grown = [str(int(number) * 80_000) for number in (first, *others[:-1])]
            cursor.execute(
                "UPDATE sqlite_stat1 SET stat = %s WHERE rowid = %s", [" ".join([*grown, *others[-1:]]), row]
            )
        cursor.execute("ANALYZE sqlite_schema")  # which reads them again


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


def reads_of(sql: str) -> list[str]:
    """What is read from its beginning; along an index it is a walk, that stops where the page is full."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [str(row[3]) for row in cursor.fetchall()]
    return [step for step in steps if (found := BIG.match(step)) and not (found[2] and "LIMIT" in sql)]


def test_what_such_a_test_would_find(million: None) -> None:
    assert reads_of("SELECT title FROM articles_article WHERE title LIKE '%tug%'")
