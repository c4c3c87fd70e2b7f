"""SQLite's indexes while very many first articles come in: made beside other work, and all there whatever happens."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from articles.importing import import_site
from articles.indexing import kept_aside
from articles.models import Article
from tests.samples import numbered, write_files

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(os.environ.get("TEST_DB") == "postgres", reason="nothing is kept aside there"),
]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("articles.importing.FIRST_CHUNK", 7)
    return write_files(tmp_path / "harbour", {**numbered(60)})


def made() -> set[str]:
    """The indexes and triggers that there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL")
        return {name for (name,) in cursor.fetchall()}


def test_they_are_away_within_and_back_at_the_end() -> None:
    before = made()
    with kept_aside() as aside:
        assert before - made() >= {"article_by_date", "article_queue_date", "article_text_added"}
        assert aside.has_triggers
    assert made() == before


def test_each_is_made_once_however_often_there_is_time() -> None:
    before = made()
    with kept_aside() as aside:
        without = made()
        next(aside.making())
        assert len(made() - without) == 1
        assert len([*aside.making()]) == len(before - without) - 1 + len(["the rows that some triggers keep"])
        assert [*aside.making()] == []
        assert made() == before
    assert made() == before


def test_one_that_cannot_be_made_takes_the_import_back(root: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX wants_json ON articles_article (json_extract(title, '$'))")
    before = made()
    with pytest.raises(OperationalError, match="malformed JSON"):
        import_site(root, at=NOON)
    assert (Article.objects.count(), made()) == (0, before)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_a_run_that_is_stopped_meanwhile_takes_itself_back(
    root: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    def stopped(*told: Any) -> Any:
        raise stop(told)

    monkeypatch.setattr("articles.grouping.headline", stopped)
    before = made()
    with pytest.raises(stop), transaction.atomic():
        import_site(root, at=NOON)
    assert (Article.objects.count(), made()) == (0, before)
