"""What is compiled says the same as Django: rows that are read, rows that are made."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import OuterRef, Subquery

from articles.compiled import Compiled, attnames, inserting, new_row
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
    inserting(row)()
    saved = Event.objects.get(pk=row.pk)
    assert columns(saved) == columns(row)
    assert not row._state.adding
