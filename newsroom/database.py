"""What DATABASE_URL may say, and the options that each kind of database gets."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

SQLITE_ENGINE = "newsroom.sqlite"
POSTGRESQL_ENGINE = "newsroom.postgresql"
LOCK_TIMEOUT_SECONDS = 20
CONNECTION_SECONDS = 60
"""A new connection costs SQLite as much as a decision does: it reads the whole schema again."""

# A write takes its lock when its transaction begins: a deferred one that reads first would fail at once,
# without waiting, when another writer came between. WAL lets pages be read while an import writes.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": LOCK_TIMEOUT_SECONDS,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def read_database_url(url: str, *, default: Path, prepares: bool | None = None) -> dict[str, Any]:
    """The entry for DATABASES; without a URL the SQLite file `default`.

    `prepares`: whether PostgreSQL keeps statements; None: where the connection is its own, not that of a pooler.

    Raises ImproperlyConfigured with a sentence for the operator. It never repeats the URL, which may hold a
    password.
    """
    if not url:
        return _sqlite({"ENGINE": SQLITE_ENGINE, "NAME": str(default)})
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        return _sqlite(_parse(url))
    if scheme in {"postgres", "postgresql"}:
        return _postgresql(_parse(url), prepares)
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:/// or postgres://.")


def _parse(url: str) -> dict[str, Any]:
    try:
        return dict(environ.Env.db_url_config(url))
    except ValueError as problem:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read; its form is postgres://user:password@host:port/name, "
            "with special characters in the password percent-encoded."
        ) from problem


def _sqlite(database: dict[str, Any]) -> dict[str, Any]:
    name = database["NAME"]
    if name != ":memory:":
        try:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise ImproperlyConfigured(
                f"the folder of the database {name} cannot be made: {problem.strerror}."
            ) from problem
    options = {**SQLITE_OPTIONS, **database.get("OPTIONS", {})}
    return {**database, "ENGINE": SQLITE_ENGINE, "CONN_MAX_AGE": CONNECTION_SECONDS, "OPTIONS": options}


def _postgresql(database: dict[str, Any], prepares: bool | None) -> dict[str, Any]:
    if not database["NAME"]:
        raise ImproperlyConfigured("DATABASE_URL names no database: postgres://user:password@host/name.")
    if find_spec("psycopg") is None:
        raise ImproperlyConfigured(
            "DATABASE_URL asks for PostgreSQL, whose driver is not installed: "
            "python -m pip install -r requirements/postgres.txt"
        )
    return {
        **database,
        "ENGINE": POSTGRESQL_ENGINE,
        "CONN_MAX_AGE": CONNECTION_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**database.get("OPTIONS", {}), "prepares": prepares},
    }
