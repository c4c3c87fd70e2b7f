"""PostgreSQL as the desk uses it: what is prepared on the server, where not, and how a lost connection is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.compiled import Compiled
from articles.models import Article
from newsroom.postgresql import base, direct
from tests.factories import make_article, make_site

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

KEPT = "SELECT statement FROM pg_prepared_statements WHERE strpos(statement, %s) > 0"


def kept(part: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [part])
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def connected(prepares: bool | None) -> Iterator[None]:
    """A new connection with this setting."""
    options = connection.settings_dict["OPTIONS"]
    before = options["prepares"]
    connection.close()
    options["prepares"] = prepares
    try:
        yield
    finally:
        connection.close()
        options["prepares"] = before


@pytest.fixture
def titles() -> Compiled:
    return Compiled(lambda pk: Article.objects.filter(pk=pk, state__lt=8, title__contains="100%").values_list("title"))


@pytest.mark.parametrize(("prepares", "times"), [(None, 1), (True, 1), (False, 0)])
def test_a_compiled_query_is_prepared_once(prepares: bool | None, times: int, titles: Compiled) -> None:
    site = make_site()
    first, second = (make_article(site, title=f"100% {number}").pk for number in range(2))
    with connected(prepares):
        assert [titles(first), titles(second), titles(2**40)] == [[("100% 0",)], [("100% 1",)], []]
        assert len(kept("articles_article")) == times
        assert Article.objects.filter(title="100% 1").exists()
        assert len(kept("articles_article")) == times  # what is asked otherwise is not


@pytest.mark.parametrize(("prepares", "is_set"), [(None, True), (True, True), (False, False)])
def test_a_page_is_asked_by_one_process(prepares: bool | None, is_set: bool) -> None:
    """Set only on a connection that is the desk's alone."""
    settings = "SELECT setting, source FROM pg_settings WHERE name = 'max_parallel_workers_per_gather'"
    with connected(prepares), connection.cursor() as cursor:
        cursor.execute(settings)
        assert (cursor.fetchone() == ("0", "session")) is is_set


def test_only_the_keys_are_left_open(titles: Compiled) -> None:
    """A plan for any state and any text would pass by partial indexes."""
    titles(1)
    (statement,) = kept('"state" < 8')
    assert statement.count("$") == 1


def test_what_was_asked_is_told_with_its_values(titles: Compiled) -> None:
    with CaptureQueriesContext(connection) as captured:
        titles(4711)
    assert '"id" = 4711' in captured[0]["sql"]


def test_nothing_is_prepared_behind_a_pooler(monkeypatch: pytest.MonkeyPatch, titles: Compiled) -> None:
    """It tells clients a number of its own, as what serves them may change."""
    connect = psycopg.Connection.connect

    def behind_pooler(*args: Any, **given: Any) -> Any:
        made = connect(*args, **given)
        made.__class__ = Pooled
        return made

    monkeypatch.setattr(base.DatabaseWrapper.Database, "connect", behind_pooler)
    pk = make_article(make_site(), title="100%").pk
    with connected(None):
        assert titles(pk) == [("100%",)]
        assert not kept("articles_article")


class Pooled(psycopg.Connection[Any]):
    @property
    def info(self) -> Any:
        return type("Info", (), {"backend_pid": -1, "parameter_status": super().info.parameter_status})()


def test_a_decision_is_prepared_as_a_whole(client: Client) -> None:
    """Later ones make the server parse nothing that the first did not."""
    client.force_login(User.objects.create_superuser("ed"))
    site = make_site()
    articles = [make_article(site, published=False) for _ in range(3)]
    prepared = []
    with connected(None):
        for article in articles:
            answer = client.post(f"/articles/{article.pk}/publish/", {"version": 1}, HTTP_HX_REQUEST="true")
            assert answer.status_code == 200
            prepared.append(sorted(kept("articles_")))
    assert len(prepared[1]) == 3
    assert prepared[2] == prepared[1]


def test_a_statement_outlives_a_refused_transaction(titles: Compiled) -> None:
    pk = make_article(make_site(), title="100%").pk
    titles(pk)
    with pytest.raises(ValueError, match="refused"), transaction.atomic():
        titles(pk)
        raise ValueError("refused")
    assert titles(pk) == [("100%",)]


def test_a_statement_that_somebody_took_away_comes_back(titles: Compiled) -> None:
    pk = make_article(make_site(), title="100%").pk
    titles(pk)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with pytest.raises(ProgrammingError, match="does not exist"):
        titles(pk)
    assert titles(pk) == [("100%",)]


def test_who_was_not_asked_for_longest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "MOST_KEPT", 2)
    with connected(None):
        for text in ("SELECT 1 AS kept", "SELECT 2 AS gone", "SELECT 1 AS kept", "SELECT 3 AS kept"):
            with connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]
                cursor.execute(text)
        assert sorted(kept("SELECT ")) == ["SELECT 1 AS kept", "SELECT 3 AS kept"]


def asked(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def test_marks_in_a_text_are_none() -> None:
    assert asked("SELECT '100%%s', %s, '%%', %s", 1, "%s") == [("100%s", 1, "%", "%s")]


def test_what_is_refused_is_djangos_error() -> None:
    make_article(make_site())
    with pytest.raises(IntegrityError):
        asked("UPDATE articles_article SET version = %s", 0)
    assert asked("SELECT version FROM articles_article") == [(1,)]


def test_a_refusal_ends_the_transaction_that_it_is_in() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_article(make_site())
        asked("UPDATE articles_article SET version = %s", 0)
    assert not Article.objects.exists()


def test_the_first_of_a_transaction_begins_it() -> None:
    pk = make_article(make_site()).pk
    with pytest.raises(ValueError, match="refused"), transaction.atomic():
        asked("UPDATE articles_article SET version = %s WHERE id = %s RETURNING id", 7, pk)
        raise ValueError("refused")
    assert asked("SELECT version FROM articles_article") == [(1,)]


def another() -> psycopg.Connection[Any]:
    """To the same database, without the desk."""
    return psycopg.connect(**{**connection.get_connection_params(), "context": None})


def stopped_by_the_server() -> None:
    with another() as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [connection.connection.info.backend_pid])


def closed_here() -> None:
    connection.connection.close()


def test_a_connection_lost_meanwhile_is_said() -> None:
    asked("SELECT 1")
    stopped_by_the_server()
    with pytest.raises(OperationalError):
        asked("SELECT 1")
    connection.close()
    assert asked("SELECT 1") == [(1,)]


@pytest.mark.parametrize("lose", [stopped_by_the_server, closed_here])
def test_a_lost_connection_is_noticed_before_it_is_used(lose: Callable[[], None]) -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    lose()
    assert not connection.is_usable()
    connection.close()


def test_a_living_connection_is_not_asked() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'the last'")
    assert connection.is_usable()
    with another() as other:
        last = "SELECT query FROM pg_stat_activity WHERE pid = %s"
        assert other.execute(last, [connection.connection.info.backend_pid]).fetchone() == ("SELECT 'the last'",)
