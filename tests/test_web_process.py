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
    assert ask("newsroom.wsgi", tmp_path / "a.sqlite3") == "True True 48000"


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


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_is_wanted", threading.Event())
    checkpoints.carry_over_beside()


def is_carried_over(database: Path) -> bool:
    until = time.monotonic() + 10
    while not in_file(database) and time.monotonic() < until:
        time.sleep(0.02)
    return in_file(database) == [("kept",)]


@pytest.mark.usefixtures("beside")
def test_it_is_carried_over_in_the_pause_after_so_many_commits(written: Path) -> None:
    for _ in range(checkpoints.COMMITS - 1):
        checkpoints.note_commit(str(written))
    time.sleep(2 * checkpoints.PAUSE_SECONDS)
    assert in_file(written) == []
    checkpoints.note_commit(str(written))
    assert is_carried_over(written)


@pytest.mark.usefixtures("beside")
def test_without_a_pause_it_is_carried_over_after_many(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "MANY_COMMITS", 2 * checkpoints.COMMITS)
    count = 0
    while not in_file(written) and count < 20 * checkpoints.COMMITS:
        checkpoints.note_commit(str(written))
        count += 1
        time.sleep(0.005)
    assert 2 * checkpoints.COMMITS <= count < 20 * checkpoints.COMMITS


@pytest.mark.usefixtures("beside")
def test_as_long_as_commits_go_on_the_log_is_left_alone(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(checkpoints, "MANY_COMMITS", 10 * checkpoints.COMMITS)
    for _ in range(2 * checkpoints.COMMITS):
        checkpoints.note_commit(str(written))
        time.sleep(0.01)
    assert in_file(written) == []
    assert is_carried_over(written)


@pytest.mark.usefixtures("beside")
def test_where_the_log_turns_out_long_fewer_commits_are_many(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "MANY_PAGES", 1)
    with closing(sqlite3.connect(written, isolation_level=None)) as connection:
        connection.execute("INSERT INTO word SELECT hex(randomblob(3000)) FROM (VALUES (1), (2), (3))")
    beside = checkpoints.Checkpoints(str(written))
    for _ in range(checkpoints.COMMITS):
        beside.note_commit()
    until = time.monotonic() + 10
    while beside.many_commits == checkpoints.MANY_COMMITS and time.monotonic() < until:
        time.sleep(0.02)
    assert checkpoints.COMMITS <= beside.many_commits < checkpoints.MANY_COMMITS


def test_a_file_that_has_gone_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        checkpoints.carry_over(str(tmp_path / "gone.sqlite3"))
    assert list(tmp_path.iterdir()) == []
