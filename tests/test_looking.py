"""Looking at a page writes nothing: any copy of the database that can be read may answer for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client

from articles.models import Article
from tests.test_routes_roles import NOBODY, TABLE, address_of, article, log_in

__all__ = ["article"]

WRITES: Final = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE|LOCK)\b|\bFOR (NO KEY )?UPDATE\b", re.I)


@pytest.mark.thorough
def test_no_page_writes_when_it_is_looked_at(client: Client, article: Article) -> None:
    log_in(client, "superuser")
    written: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITES.search(sql):
            written.append(f"{address}: {sql[:80]}")
        return execute(sql, params, many, context)

    for route, door in TABLE.items():
        if door.get == NOBODY:
            continue
        address = address_of(route, article)
        with connection.execute_wrapper(note):
            client.get(address)
            client.get(address, headers={"HX-Request": "true"})
    assert written == []


def test_the_pattern_knows_a_write_when_it_sees_one() -> None:
    assert WRITES.search('UPDATE "articles_article" SET "state" = 8')
    assert WRITES.search('SELECT "id" FROM "articles_article" WHERE "id" = 1 FOR UPDATE')
    assert not WRITES.search('SELECT "updated_at" FROM "articles_article"')
