"""Runs killed by the system at any moment, git with them: every file old or new, and the next run completes it all."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.running import environment, manage, shell
from tests.samples import changed, numbered, write_files
from tests.test_git import begin, put, run

pytestmark = pytest.mark.thorough

FILES = 30
OLD = numbered(FILES)
NEW = {
    path: changed(("quality: 68", f"quality: {number + 30}"), text=text)
    for number, (path, text) in enumerate(OLD.items())
}
STAGED = "notes.txt"
DECIDE = """
from django.contrib.auth.models import User
from django.core.management import call_command
User.objects.create_superuser("ada", "ada@example.com", "pw")
call_command("import_content", {root!r})
call_command("set_fields", batch={batch!r}, username="ada")
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, with_tables: Callable[[Path], None]) -> Path:
    """A site in git, and a database in which an editor decided on every article and nothing is written yet."""
    folder = tmp_path_factory.mktemp("template")
    database, root = folder / "desk.sqlite3", begin(folder / "harbour")
    with_tables(database)
    write_files(root, dict(OLD))
    run(root, "add", "--all")
    run(root, "commit", "--quiet", "--message=begin")
    put(root, STAGED)
    run(root, "add", STAGED)
    lines = [{"path": path, "set": {"quality": number + 30}} for number, path in enumerate(OLD)]
    (folder / "batch.jsonl").write_text("\n".join(map(json.dumps, lines)))
    decided = DECIDE.format(root=str(root), batch=str(folder / "batch.jsonl"))
    assert shell(database, "shell", "-v0", "-c", decided).code == 0
    return folder


@pytest.fixture
def desk(template: Path, tmp_path: Path) -> Path:
    desk = shutil.copytree(template, tmp_path / "desk")
    with closing(sqlite3.connect(desk / "desk.sqlite3")) as database, database:
        database.execute("UPDATE articles_site SET root = ?", [str(desk / "harbour")])
    return desk


def at_random(root: Path) -> bool:
    return random.random() < 0.002


def once_written(count: int) -> Callable[[Path], bool]:
    """When so many files are new."""
    path = sorted(OLD)[count]
    return lambda root: (root / path).read_text() == NEW[path]


def once_git(name: str) -> Callable[[Path], bool]:
    """When git has made such a file."""
    return lambda root: any((root / ".git").glob(name))


def once_staged(root: Path) -> bool:
    """When git has written the index, and the branch has yet to move."""
    index = (root / ".git" / "index").stat()
    return once_written(FILES - 1)(root) and index.st_mtime_ns > (root / "_news").stat().st_mtime_ns


@pytest.mark.parametrize(
    ("command", "moment"),
    [
        pytest.param("sync_content", once_written(0), id="at the first file"),
        pytest.param("export_content", once_written(FILES // 2), id="in the middle"),
        pytest.param("export_content", once_written(FILES - 1), id="at the last file"),
        pytest.param("sync_content", once_git("objects/pack/*"), id="while git stores"),
        pytest.param("sync_content", once_staged, id="while git stages"),
        pytest.param("export_content", at_random, id="at random"),
    ],
)
def test_a_run_that_is_killed_is_completed_by_the_next(
    desk: Path, command: str, moment: Callable[[Path], bool]
) -> None:
    database, root = desk / "desk.sqlite3", desk / "harbour"
    arguments = [command, root] if command == "sync_content" else [command]
    is_killed = kill_when(moment, root, database, *arguments, "--commit")
    assert is_killed or moment in (at_random, once_staged)
    found = files(root)
    assert found.keys() == OLD.keys()
    assert [path for path, text in found.items() if text not in (OLD[path], NEW[path])] == []
    assert run(root, "fsck", "--strict", "--no-dangling") == ""

    completed = shell(database, *arguments, "--commit", "--json")
    assert (completed.code, completed.facts["problems"]) == (0, [])
    assert files(root) == NEW
    assert [path.name for path in (root / "_news").iterdir() if path.name.startswith(".")] == []
    assert run(root, "fsck", "--strict", "--no-dangling") == ""
    assert run(root, "status", "--porcelain") == f"A  {STAGED}\n"
    assert run(root, "diff", "--name-only", "main~1", "main").split() == sorted(OLD)
    assert run(root, "log", "--format=%an").split() == ["ada", "Crawler"]
    assert unwritten(database) == 0


def kill_when(moment: Callable[[Path], bool], root: Path, database: Path, *arguments: str | Path) -> bool:
    """The run's whole group; False where it was over before."""
    process = subprocess.Popen(
        manage(*arguments),
        env=environment(database),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    opened = database.with_name(f"{database.name}-wal")
    try:
        while process.poll() is None and not opened.exists():
            time.sleep(0.01)  # Django starts
        while process.poll() is None and not moment(root):
            time.sleep(0.0005)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def unwritten(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        found: int = connection.execute("SELECT count(*) FROM articles_article WHERE is_dirty").fetchone()[0]
    return found


def files(root: Path) -> dict[str, str]:
    found = [path for path in (root / "_news").iterdir() if not path.name.startswith(".")]
    return {f"_news/{path.name}": path.read_text() for path in found}
