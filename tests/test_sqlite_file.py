"""How a connection reads the file of SQLite: where the system has it, but for commands, whose memory is bounded."""

from __future__ import annotations

from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

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
