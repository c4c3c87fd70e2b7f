"""How a connection reads the file of SQLite: where the system has it, but for commands, whose memory is bounded."""

from __future__ import annotations

from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from articles.models import Site
from tests.factories import make_site

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own"),
]


def mapped_bytes(*, maps_file: bool | None = None) -> int:
    with closing(connection.copy()) as one:
        if maps_file is not None:
            one.maps_file = maps_file  # type: ignore[attr-defined]
        with one.cursor() as cursor:
            size: int = cursor.execute("PRAGMA mmap_size").fetchone()[0]
            return size


def test_a_page_reads_the_file_where_the_system_has_it() -> None:
    assert mapped_bytes() == 2_147_418_112


def test_it_can_be_told_not_to() -> None:
    assert mapped_bytes(maps_file=False) == 0


def test_a_command_holds_no_more_than_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "maps_file", True)
    (tmp_path / "_news").mkdir()
    call_command("check_content", str(tmp_path), stdout=StringIO(), stderr=StringIO())
    assert connection.maps_file is False  # type: ignore[attr-defined]


def ask(query: str, *params: object) -> list[tuple[object, ...]]:
    with connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(query, params)
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows


def test_what_is_asked_directly_is_answered_as_ever() -> None:
    make_site("100%")
    assert ask("SELECT slug FROM articles_site WHERE slug = %s", "100%") == [("100%",)]
    assert ask("SELECT '%%' WHERE 1 = %s", 1) == [("%",)]


def test_its_mistakes_are_django_s() -> None:
    with pytest.raises(OperationalError, match="no such table: nowhere"), transaction.atomic():
        ask("SELECT 1 FROM nowhere")
    with pytest.raises(IntegrityError, match="NOT NULL constraint failed"), transaction.atomic():
        ask("INSERT INTO articles_site (slug) VALUES (%s)", "quay")
    assert not Site.objects.exists()


def test_nothing_is_asked_in_a_transaction_that_is_to_be_rolled_back() -> None:
    with transaction.atomic(), pytest.raises(TransactionManagementError):
        connection.needs_rollback = True
        try:
            ask("SELECT 1")
        finally:
            connection.needs_rollback = False


def test_who_counts_queries_sees_it(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        ask("SELECT 1")
