"""What SQLite knows of its indexes, after a migration made some of them anew."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from tests.factories import make_article, make_site

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own"),
]


def known() -> set[str]:
    """The indexes that there are statistics of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
        if not cursor.fetchone():
            return set()
        cursor.execute("SELECT idx FROM sqlite_stat1 WHERE tbl = 'articles_article'")
        return {name for (name,) in cursor.fetchall()}


def test_an_index_that_was_made_anew_is_weighed_as_the_others_are() -> None:
    make_article(make_site())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM sqlite_stat1 WHERE idx = 'article_queue_date'")
    assert "article_queue_date" not in known()
    call_command("migrate", verbosity=0)
    assert {"article_queue_date", "article_queue_nearness"} <= known()


def test_what_was_never_weighed_is_not() -> None:
    make_article(make_site())
    assert known() == set()
    call_command("migrate", verbosity=0)
    assert known() == set()
