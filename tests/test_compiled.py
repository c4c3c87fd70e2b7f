"""What is compiled says the same as Django: rows that are read, rows that are made."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import OuterRef, Subquery

from articles.compiled import SEEN, Compiled, Write, attnames, changed, new_row, write_at_once
from articles.models import Article, Event, Override
from tests.factories import NOON, make_article, make_site, make_user

pytestmark = pytest.mark.django_db


def columns(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in attnames(type(row))}


def test_moments_are_read_as_django_reads_them() -> None:
    article = make_article(make_site(read_at=NOON))
    Article.objects.update(decided_at=datetime(2026, 11, 22, 8, 30, 1, 250_000, tzinfo=UTC), changed_at=None)

    def build(pk: int) -> Any:
        newest = Article.objects.filter(pk=OuterRef("pk")).values("decided_at")
        names = ("decided_at", "changed_at", "published_at", "created_at", "site__read_at", "newest")
        return Article.objects.filter(pk=pk).annotate(newest=Subquery(newest)).order_by().values_list(*names)

    read = Compiled(build)(article.pk)
    assert read == [*build(article.pk)]
    assert read[0][0] == read[0][5] == datetime(2026, 11, 22, 8, 30, 1, 250_000, tzinfo=UTC)
    assert read[0][1] is None
    assert read[0][4].utcoffset() == NOON.utcoffset()


@pytest.mark.parametrize("model", [Event, Override])
def test_a_new_row_is_as_the_model_makes_it(model: type[Event] | type[Override]) -> None:
    same = {"article_id": 7, "username": "ada", "batch": uuid.UUID(int=5), "at": NOON}
    assert columns(new_row(model, **same)) == columns(model(**same))
    assert new_row(model, **same)._state.adding


def test_no_two_new_rows_share_a_map() -> None:
    one, other = new_row(Event), new_row(Event)
    one.changes["title"] = ["a", "b"]
    assert other.changes == {}


def test_a_new_row_is_saved_with_its_key() -> None:
    article, ada = make_article(make_site()), make_user("ada", "Editor")
    given: dict[str, Any] = {"site_id": article.site_id, "article_id": article.pk, "act": Event.Act.KEPT}
    given |= {"user_id": ada.pk, "username": "ada", "batch": uuid.UUID(int=5), "at": NOON, "version": 2}
    row = new_row(Event, **given)
    Write(row)()
    saved = Event.objects.get(pk=row.pk)
    assert columns(saved) == columns(row)
    assert not row._state.adding


def a_decision(article: Article, ada: User) -> tuple[Write, list[Write]]:
    """Columns of an article; an override of its and an event."""
    before = dict(vars(article))
    article.version, article.published = article.version + 1, True
    who = {"user_id": ada.pk, "username": "ada", "batch": uuid.UUID(int=5), "at": NOON, "article_id": article.pk}
    word = new_row(Override, key="published", value=True, **who)
    event = new_row(
        Event, site_id=article.site_id, act=Event.Act.PUBLISHED, version=2, changes={"a": [1, "x%s"]}, **who
    )
    first = changed(article, before, attnames(Article))
    assert first is not None
    return first, [Write(word), Write(event)]


def seen(article: Article) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {SEEN.format('')} FROM articles_article WHERE id = %s", [article.pk])  # noqa: S608
        return str(cursor.fetchone()[0])


@pytest.mark.postgres
def test_an_article_is_written_at_once_with_what_belongs_to_it() -> None:
    article, ada = make_article(make_site(), published=False), make_user("ada", "Editor")
    first, others = a_decision(article, ada)
    assert set(first.columns) == {"version", "published"}
    assert write_at_once(first, seen(article), others)
    assert Article.objects.values_list("version", "published").get() == (2, True)
    assert columns(Override.objects.get()) == columns(others[0].row)
    assert columns(Event.objects.get()) == columns(others[1].row)
    assert not others[1].row._state.adding


@pytest.mark.postgres
def test_an_override_that_is_known_is_written_at_once_too() -> None:
    article, ada = make_article(make_site(), published=False), make_user("ada", "Editor")
    first, others = a_decision(article, ada)
    others[0]()
    word = Override.objects.get()
    before, word.value = dict(vars(word)), False
    again = changed(word, before, attnames(Override))
    assert again is not None
    assert write_at_once(first, seen(article), [again, others[1]])
    assert (Override.objects.get().value, Event.objects.count()) == (False, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_at_once_where_the_article_is_not_as_it_was_seen() -> None:
    article, ada = make_article(make_site(), published=False), make_user("ada", "Editor")
    first, others = a_decision(article, ada)
    was = seen(article)
    Article.objects.update(title="Another")
    assert not write_at_once(first, was, others)
    assert Article.objects.values_list("version", "published").get() == (1, False)
    assert not Override.objects.exists()
    assert not Event.objects.exists()
