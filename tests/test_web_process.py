"""What a web process does before and beside its requests."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from newsroom.sqlite import checkpoints

ROOT = Path(__file__).resolve().parents[1]
ASKS = """
import gc, sys
import {module}
from django.db import connection
with connection.cursor() as cursor:
    pages = cursor.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
print(gc.get_freeze_count() > 10_000, "articles.desk.queue" in sys.modules, pages)
"""


def ask(module: str, database: Path) -> str:
    """A process of its own with this module: whether its beginning is left alone by the collector, and so on."""
    environment = {"SECRET_KEY": "x" * 50, "DATABASE_URL": f"sqlite:///{database}", "DEBUG": "1"}
    environment |= {"DJANGO_SETTINGS_MODULE": "newsroom.settings"}
    command = [sys.executable, "-c", ASKS.format(module=module)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_it_is_warm_before_the_first_request(tmp_path: Path) -> None:
    assert ask("newsroom.wsgi", tmp_path / "a.sqlite3") == "True True 8000"


def test_a_command_writes_as_sqlite_does(tmp_path: Path) -> None:
    assert ask("newsroom.sqlite.base", tmp_path / "a.sqlite3") == "False False 1000"


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    """A database with something in its log, which somebody keeps open."""
    database = tmp_path / "desk #1?.sqlite3"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE word (said TEXT)")
        connection.execute("INSERT INTO word VALUES ('kept')")
        yield database


def in_file(database: Path) -> list[tuple[str]]:
    """What the file says without its log."""
    alone = shutil.copy(database, database.with_name("alone.sqlite3"))
    try:
        with closing(sqlite3.connect(alone)) as connection:
            return connection.execute("SELECT said FROM word").fetchall()
    except sqlite3.OperationalError:  # no such table
        return []


def test_what_was_written_is_carried_over(written: Path) -> None:
    assert in_file(written) == []
    checkpoints.carry_over(str(written))
    assert in_file(written) == [("kept",)]


def test_it_is_carried_over_after_so_many_commits(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_is_wanted", threading.Event())
    checkpoints.carry_over_beside()
    for _ in range(checkpoints.COMMITS - 1):
        checkpoints.note_commit(str(written))
    time.sleep(0.1)
    assert in_file(written) == []
    checkpoints.note_commit(str(written))
    until = time.monotonic() + 10
    while not in_file(written) and time.monotonic() < until:
        time.sleep(0.02)
    assert in_file(written) == [("kept",)]


def test_a_file_that_has_gone_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        checkpoints.carry_over(str(tmp_path / "gone.sqlite3"))
    assert list(tmp_path.iterdir()) == []
