"""The drill: a backup is made while people work, the desk is lost, and the backup brings it back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection

from articles import review
from articles.backup import CannotBackUp, back_up, put_back
from articles.importing import import_site
from articles.models import Article
from tests.commands.running import shell
from tests.factories import NOON
from tests.samples import ARTICLE, PATH, write_files

pytestmark = pytest.mark.thorough

MAKE_DESK = """
from django.contrib.auth.models import User
from django.core.management import call_command
User.objects.create_superuser("ada", password="pw")
call_command("import_content", {root!r})
call_command("publish", {path!r}, "--as", "ada")
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, with_tables: Callable[[Path], None]) -> Path:
    """A desk with two articles, one of them published by ada; made once, and copied for each test."""
    folder = tmp_path_factory.mktemp("desk")
    root = write_files(folder / "harbour", {PATH: ARTICLE, "_news/other.md": ARTICLE})
    database = folder / "desk.sqlite3"
    with_tables(database)
    assert shell(database, "shell", "-v0", "-c", MAKE_DESK.format(root=str(root), path=PATH)).code == 0
    return database


@pytest.fixture
def database(desk: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(desk, tmp_path / "desk.sqlite3"))


def published(database: Path) -> list[str]:
    with sqlite3.connect(database) as opened:
        return [path for (path,) in opened.execute("SELECT path FROM articles_article WHERE published ORDER BY path")]


def saved(database: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "desk.backup"
    run = shell(database, "backup", copy, "--json")
    assert run.facts == {"file": str(copy), "bytes": copy.stat().st_size}
    return copy


def test_a_lost_desk_comes_back(database: Path, tmp_path: Path) -> None:
    copy = saved(database, tmp_path)
    for left in ("desk.sqlite3", "desk.sqlite3-wal", "desk.sqlite3-shm"):
        (tmp_path / left).unlink(missing_ok=True)
    assert shell(database, "migrate", "-v0").code == 0
    run = shell(database, "restore", copy, "--json")
    assert (run.code, run.facts) == (0, {"file": str(copy), "articles": 2})
    assert published(database) == [PATH]
    assert shell(database, "sync_content", "--dry-run").code == 2


def test_what_came_after_the_backup_is_only_lost_when_asked_for(database: Path, tmp_path: Path) -> None:
    copy = saved(database, tmp_path)
    assert shell(database, "publish", "_news/other.md", "--as", "ada").code == 0
    refused = shell(database, "restore", copy)
    assert refused.code == 3
    assert "--force" in refused.err
    assert len(published(database)) == 2
    assert shell(database, "restore", copy, "--force").code == 0
    assert published(database) == [PATH]


def test_a_backup_is_whole_while_others_write(database: Path, tmp_path: Path) -> None:
    with sqlite3.connect(database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE articles_article SET published = 1")
        copy = saved(database, tmp_path)
        other.execute("ROLLBACK")
    assert published(copy) == [PATH]


def test_nobody_else_may_read_it(database: Path, tmp_path: Path) -> None:
    copy = saved(database, tmp_path)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_it_writes_over_nothing(database: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("precious")
    run = shell(database, "backup", there)
    assert (run.code, there.read_text()) == (3, "precious")


def test_a_folder_that_is_not_there_is_said(database: Path, tmp_path: Path) -> None:
    run = shell(database, "backup", tmp_path / "none" / "desk.backup")
    assert run.code == 3
    assert "No such file or directory" in run.err


@pytest.mark.parametrize("content", [b"", b"no database" * 100, ARTICLE.encode()], ids=["empty", "other", "article"])
def test_what_is_no_backup_touches_nothing(database: Path, tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(content)
    run = shell(database, "restore", wrong, "--force")
    assert run.code == 3
    assert str(wrong) in run.err
    assert published(database) == [PATH]


def test_a_damaged_backup_touches_nothing(database: Path, tmp_path: Path) -> None:
    copy = saved(database, tmp_path)
    with copy.open("r+b") as opened:
        opened.seek(8192)
        opened.write(os.urandom(40_000))
    assert shell(database, "restore", copy, "--force").code == 3
    assert published(database) == [PATH]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_drill_on_postgresql(tmp_path: Path) -> None:
    ada = User.objects.create_superuser("ada", password="pw")
    import_site(write_files(tmp_path / "harbour", {PATH: ARTICLE}), at=NOON)
    review.publish(Article.objects.get(), by=ada, at=NOON)
    copy = tmp_path / "desk.backup"
    back_up(copy)
    review.unpublish(Article.objects.get(), by=ada, at=NOON)
    put_back(copy)
    assert Article.objects.get().published is True
    copy.write_text("no archive")
    with pytest.raises(CannotBackUp):
        put_back(copy)
    assert connection.vendor == "postgresql"
