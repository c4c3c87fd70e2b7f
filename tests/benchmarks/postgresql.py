"""New databases on a PostgreSQL server that a bench starts once."""

from __future__ import annotations

import sys

from tests.benchmarks.measuring import ROOT, Bench, run, settings_for
from tests.postgres import throw_away_server

_MIGRATED = "migrated"


def new_database(bench: Bench, name: str, *, with_tables: bool = True) -> str:
    """The URL of a new one, with the tables of the desk or none; raises `PostgresMissing`."""
    if not bench.server:
        bench.server = bench.end.enter_context(throw_away_server())
        run([sys.executable, "manage.py", "migrate", "-v0"], ROOT, on(bench, _made(bench, _MIGRATED)))
    return _made(bench, name, _MIGRATED if with_tables else "template1")


def drop_database(bench: Bench, name: str) -> None:
    """What was done in it costs the server nothing any more."""
    _order(bench, f'DROP DATABASE "{name}"')


def on(bench: Bench, url: str) -> dict[str, str]:
    """The environment of a production with this database."""
    return settings_for(bench.folder / "none", hosts="localhost") | {"DATABASE_URL": url}


def _made(bench: Bench, name: str, template: str = "template1") -> str:
    _order(bench, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return bench.server.replace("/newsroom?", f"/{name}?")


def _order(bench: Bench, statement: str) -> None:
    import psycopg

    with psycopg.connect(bench.server.replace("/newsroom?", "/postgres?"), autocommit=True) as connection:
        connection.execute(statement)
