"""What scripts rely on, from a shell: exit codes, stdout that is the report alone, and no stack traces."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.running import PROJECT, environment, manage, shell
from tests.samples import ARTICLE, PATH, numbered, write_files

ALL = [
    *("import_content", "export_content", "check_content"),
    *("set_fields", "publish", "unpublish", "demo"),
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A SQLite file that is not there yet."""
    return tmp_path / "desk.sqlite3"


@pytest.mark.thorough
def test_a_database_without_tables_is_told_in_one_sentence(database: Path, root: Path) -> None:
    done = shell(database, "import_content", root, "--json")
    said = "The database has not the tables of this version (no such table: articles_site). Run manage.py migrate."
    assert (done.code, done.err, done.facts) == (3, f"{said}\n", {"error": said})


def test_wrong_arguments_exit_with_3_and_words_on_stderr(database: Path) -> None:
    done = shell(database, "publish", "--as", "ben")
    said = "The following arguments are required: PATH. See manage.py publish --help.\n"
    assert (done.code, done.out, done.err) == (3, "", said)


@pytest.mark.thorough
def test_only_check_content_needs_no_database(tmp_path: Path, root: Path) -> None:
    """The database's place is a folder, which nothing can open."""
    unreachable = shell(tmp_path, "import_content", root)
    assert (unreachable.code, unreachable.out) == (3, "")
    assert unreachable.err.startswith("The database cannot be used (unable to open database file).")
    write_files(root, {"_news/bad.md": "no front matter"})
    done = shell(tmp_path, "check_content", root, "--json")
    assert (done.code, done.facts["files"], len(done.facts["problems"])) == (1, 3, 1)
    assert done.err.startswith("3 files read: 1 error (")


@pytest.mark.thorough
def test_names_that_a_terminal_has_no_letters_for_are_escaped(database: Path, root: Path) -> None:
    write_files(root, {"_news/caf\u00e9.md": "no front matter"})
    Path(os.fsdecode(os.fsencode(root) + b"/_news/\xe9.md")).write_text(ARTICLE)
    done = shell(database, "check_content", root, LC_ALL="C", PYTHONIOENCODING="ascii")
    first, second, _ = done.out.splitlines()
    assert done.code == 1
    assert first.startswith("_news/caf\\xe9.md:1: error: ")
    assert second.startswith("_news/\\xe9.md: error: The name is not UTF-8")


@pytest.mark.thorough
def test_a_reader_that_goes_away_does_not_change_the_end(database: Path, root: Path) -> None:
    write_files(root, {path: "no front matter" for path in numbered(2000)})
    command = manage("check_content", root)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(database)
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (1, b"")


@pytest.mark.thorough
def test_ctrl_c_ends_with_130_and_a_word(database: Path, tmp_path: Path) -> None:
    """The batch is a pipe: it opens when the command has come to reading it."""
    pipe = tmp_path / "batch"
    os.mkfifo(pipe)
    command = manage("set_fields", "--batch", pipe, "--as", "ben", "--json")
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(database),
        preexec_fn=_hear_ctrl_c,
    ) as running:
        writer = _opened_by_a_reader(pipe)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        os.close(writer)
    said = "Interrupted. Nothing is left half done; run it again to complete the work."
    assert (running.returncode, json.loads(out), err.decode()) == (130, {"error": said}, f"{said}\n")


def _hear_ctrl_c() -> None:
    """Tests that run in the background of a shell, and all they start, would ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _opened_by_a_reader(pipe: Path) -> int:
    """The writing end, once somebody reads; waits a minute at most."""
    until = time.monotonic() + 60
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < until, "nobody came to read"
            time.sleep(0.02)


@pytest.mark.thorough
def test_the_main_job_in_a_shell(database: Path, root: Path, with_tables: Callable[[Path], None]) -> None:
    """Decide by a batch from stdin, then export; each command prints one object."""
    with_tables(database)
    set_up(database, root)
    lines = b'{"path": "%s", "set": {"title": "A tug"}}\nnot json\n' % PATH.encode()
    decided = shell(database, "set_fields", "--batch", "-", "--as", "ada", "--json", stdin=lines)
    assert (decided.code, decided.facts["edited"], decided.facts["refused"][0]["line"]) == (1, 1, 2)
    exported = shell(database, "export_content", "--json", "--diff", "--dry-run")
    assert (exported.code, exported.facts["written"]) == (2, 1)
    assert '+title: "A tug"\n' in exported.facts["diff"]


def set_up(database: Path, root: Path) -> None:
    """A superuser ada and the site, by one process."""
    code = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
User.objects.create_superuser("ada")
call_command("import_content", {str(root)!r})
"""
    variables = {**environment(database), "DJANGO_SETTINGS_MODULE": "newsroom.settings"}
    subprocess.run([sys.executable, "-c", code], check=True, env=variables, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("name", ALL)
def test_every_command_knows_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import load_command_class

    with pytest.raises(SystemExit) as ended:
        load_command_class("articles", name).create_parser("manage.py", name).parse_args(["--help"])
    helped = capsys.readouterr().out
    assert ended.value.code == 0
    assert "--json" in helped
    assert ("--dry-run" in helped) == (name not in ("check_content", "demo"))
