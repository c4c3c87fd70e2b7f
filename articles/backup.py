"""The desk's database into one file and back: decisions, history and users. The articles themselves lie in Git."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

from django.db import connection

PAGES_AT_ONCE: Final = 2000
"""Of SQLite's pages: between two portions others may write."""
_TABLE: Final = "articles_article"
_PG_HEAD: Final = b"PGDMP"


class CannotBackUp(Exception):
    """The copy could not be made or put back; the database is as it was."""


def back_up(target: Path) -> int:
    """Copy the database as it is now into a file that is not there yet, while the desk goes on; returns its bytes.

    SQLite: a database file. PostgreSQL: an archive of `pg_dump`. Raises `CannotBackUp`, and leaves no half a file.
    """
    if target.exists():
        raise CannotBackUp(f"{target} is there already. Name a file that is not.")
    half = target.with_name(f".{target.name}.half")
    try:
        _dump(half)
        half.replace(target)
    except OSError as problem:
        raise CannotBackUp(f"{target} cannot be written: {problem.strerror}.") from problem
    finally:
        half.unlink(missing_ok=True)
    return target.stat().st_size


def put_back(source: Path) -> None:
    """Make the database what it was when the file was made; what came since is lost. Nobody should be at the desk.

    Raises `CannotBackUp` for a file that is no copy of this kind of database; then nothing is touched.
    """
    if not source.is_file():
        raise CannotBackUp(f"There is no file {source}.")
    connection.close()
    if connection.vendor == "sqlite":
        _require_copy(source)
        with closing(_open(source)) as copy, closing(sqlite3.connect(_name())) as database:
            copy.backup(database)
    else:
        _require_archive(source)
        _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname", _name(), source)


def _dump(half: Path) -> None:
    if connection.vendor == "sqlite":
        half.touch(mode=0o600)
        with closing(sqlite3.connect(_name())) as database, closing(sqlite3.connect(half)) as copy:
            database.backup(copy, pages=PAGES_AT_ONCE)
            copy.execute("PRAGMA journal_mode=DELETE")
    else:
        half.touch(mode=0o600)
        _run("pg_dump", "--format=custom", "--no-owner", "--file", half, _name())


def _open(source: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)


def _require_copy(source: Path) -> None:
    try:
        with closing(_open(source)) as copy:
            copy.execute(f"SELECT 1 FROM {_TABLE} LIMIT 1").fetchone()  # noqa: S608 - a constant
            sound = copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError as problem:
        raise CannotBackUp(f"{source} is no copy of a desk: {problem}.") from problem
    if not sound:
        raise CannotBackUp(f"{source} is damaged. Take an older copy.")


def _require_archive(source: Path) -> None:
    with source.open("rb") as archive:
        if archive.read(len(_PG_HEAD)) != _PG_HEAD:
            raise CannotBackUp(f"{source} is no archive of pg_dump.")


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _run(program: str, *arguments: str | Path) -> None:
    """One of PostgreSQL's programs, told by its environment where the server is: a password is on no command line."""
    if shutil.which(program) is None:
        raise CannotBackUp(f"{program} is not installed. It comes with PostgreSQL's client programs.")
    line = [program, *map(str, arguments)]
    done = subprocess.run(line, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotBackUp(f"{program} failed: {' '.join(done.stderr.split())[:500]}")


def _environment() -> dict[str, str]:
    place = connection.get_connection_params()
    named = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    return os.environ | {name: str(place[key]) for name, key in named.items() if place.get(key)}
