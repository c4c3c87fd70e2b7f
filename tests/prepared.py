"""Databases with all migrations applied, for others to be copied from.

A SQLite file is made once for many runs: each run, and each worker in it, copies it. It is made anew when anything
changes that it could depend on. On PostgreSQL one is made for all workers of a run.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from tests.commands.running import PROJECT, manage, shell


def copy_prepared(target: Path, *, kept_in: Path) -> None:
    kept_in.mkdir(parents=True, exist_ok=True)
    prepared = kept_in / f"{_state_of_the_code()}.sqlite3"
    with _alone(kept_in / "lock"):
        if not prepared.exists():
            for old in kept_in.glob("*.sqlite3"):
                old.unlink()
            _make(prepared)
        shutil.copyfile(prepared, target)


def template_on_postgres(*, lock: Path) -> str:
    """The name of a database on the server of this run, made by the first worker that asks for it."""
    import psycopg

    url = os.environ["DATABASE_URL"]
    with _alone(lock), psycopg.connect(url.replace("/newsroom?", "/postgres?"), autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = 'prepared'").fetchone():
            server.execute("CREATE DATABASE draft")
            draft = os.environ | {"DATABASE_URL": url.replace("/newsroom?", "/draft?")}
            subprocess.run(manage("migrate", "-v0"), env=draft, check=True)
            server.execute("ALTER DATABASE draft RENAME TO prepared")
    return "prepared"


@contextmanager
def another_on_postgres(name: str, *, template: str) -> Iterator[str]:
    """The DATABASE_URL of a copy of the template on the server of this run; it goes when the block is done."""
    import psycopg

    url = os.environ["DATABASE_URL"].partition("?")[2]
    with psycopg.connect(f"postgres://postgres@/postgres?{url}", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield f"postgres://postgres@/{name}?{url}"
        finally:
            server.execute(f'DROP DATABASE "{name}"')


def _make(file: Path) -> None:
    """`migrate` in a process of its own: what it loads of old models does not stay in this one."""
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    migrated = shell(draft, "migrate", "-v0")
    assert migrated.code == 0, migrated.err
    draft.rename(file)


def _state_of_the_code() -> str:
    """All Python of the desk, what it is built on, and the SQLite that writes the file."""
    state = hashlib.sha256(f"{django.VERSION} {sqlite3.sqlite_version}".encode())
    files = [
        *PROJECT.glob("articles/**/*.py"),
        *PROJECT.glob("newsroom/**/*.py"),
        PROJECT / "requirements" / "base.txt",
    ]
    for file in sorted(files):
        state.update(b"%s\0%s\0" % (str(file.relative_to(PROJECT)).encode(), file.read_bytes()))
    return state.hexdigest()[:32]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
