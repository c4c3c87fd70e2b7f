"""What SQLite knows of the sizes of our tables: the same on every desk, whether anyone told it to ANALYZE or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from articles import importing
from articles.conflicts import contradicted_articles
from articles.importing import import_site
from articles.sqlite_figures import FIGURES
from tests.factories import NOON, make_article, make_site
from tests.samples import numbered, write_files

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own"),
]

UNIMPORTANT = ("articles_savedview", "articles_deskpreference", "articles_job", "articles_bulkrun", "articles_text")


def asked(sql: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[str, ...]] = cursor.fetchall()
    return rows


def known() -> dict[str, dict[str, str]]:
    figures: dict[str, dict[str, str]] = {table: {} for table in FIGURES}
    for table, index, stat in asked("SELECT tbl, idx, stat FROM sqlite_stat1"):
        if table in figures:
            figures[table][index] = stat
    return figures


def test_there_are_figures_of_every_index_that_there_is() -> None:
    indexes = asked("SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND tbl_name LIKE 'articles_%'")
    ours = sorted(index for index in indexes if not index[0].startswith(UNIMPORTANT))
    assert ours == sorted((table, name) for table, names in FIGURES.items() for name in names)


def test_a_new_desk_knows_them_and_a_migration_puts_them_back() -> None:
    make_article(make_site())
    assert known() == FIGURES
    asked("ANALYZE")
    assert known()["articles_article"]["article_by_date"] == "1 1 1"
    call_command("migrate", verbosity=0)
    assert known() == FIGURES


def test_a_first_import_which_makes_indexes_anew_leaves_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "FIRST_CHUNK", 1)
    monkeypatch.setattr(importing, "CHUNKS_ALONE", 1)
    import_site(write_files(tmp_path / "harbour", dict(numbered(5))), at=NOON)
    assert known() == FIGURES


def test_what_waits_in_the_outbox_is_counted_along_its_own_index() -> None:
    """Without figures SQLite counts it along the index of all articles of a site."""
    call_command("migrate", verbosity=0)
    counted = "SELECT COUNT(*) FROM articles_article WHERE site_id = 1 AND is_dirty AND NOT is_missing"
    assert "article_unwritten" in str(asked(f"EXPLAIN QUERY PLAN {counted}"))


def test_conflicts_are_listed_along_their_own_index() -> None:
    """Else SQLite walks all articles of a site by their paths until it has met a page of conflicts."""
    call_command("migrate", verbosity=0)
    assert "article_in_conflict" in contradicted_articles().values_list("pk", flat=True)[:20].explain()
