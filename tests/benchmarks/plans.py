"""The plan of every query that the pages make on a database: DATABASE. What reads a big table as a whole is marked."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Final

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from django.utils.http import urlencode

from articles.desk.keyset import ORDERS
from articles.models import Article, Event
from tests.benchmarks.asked import FILTERS, PAIRS
from tests.benchmarks.million import CHIEF, TABLES
from tests.benchmarks.pages import Desk, home
from tests.benchmarks.records import list_urls

_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_MANY: Final = re.compile(r"\?(?:, \?)+")
_ALIAS: Final = re.compile(r'(?:FROM|JOIN) "?(articles_\w+)"?(?: (?:AS )?"?([A-Z]\w*)"?)?')
_SCANNED: Final = re.compile(r"SCAN (\w+)")
_SEQUENTIAL: Final = re.compile(r"Seq Scan on (\w+)")
_NOISE: Final = ("CO-ROUTINE", "MERGE", "LEFT", "RIGHT", "COMPOUND", "UNION", "SCAN CONSTANT", "LIST", "MATERIALIZE")
LONGEST: Final = 220


def report(desk: Desk) -> Iterator[str]:
    """As Markdown: page by page the queries that no page before it made, each with what the database does for it."""
    known: set[str] = set()
    marked = 0
    for url in _urls(desk):
        told = []
        for sql in desk.queries(url):
            if not sql.startswith(("SELECT", "WITH")) or (shape := _shape(sql)) in known:
                continue
            known.add(shape)
            with desk.at_hand():
                steps = _plan(sql)
            marks = _marks(sql, steps)
            marked += bool(marks)
            told.append(f"- `{shape[:LONGEST]}`{''.join(f' **{mark}**' for mark in marks)}")
            told += [f"  - {step}" for step in _condensed(steps)]
        if told:
            yield f"\n## `{url}`\n"
            yield from told
    yield f"\n{len(known)} queries, {marked} of them marked."


def _urls(desk: Desk) -> Iterator[str]:
    """Every page that shows what is in the big tables."""
    turn = cycle(ORDERS)
    yield home()
    for order in ORDERS:
        yield home(order=order)
    for said in (*FILTERS, *PAIRS):
        yield home(**{**said, "order": next(turn)})
        yield home(**{"state": "all", **said, "order": next(turn)})
    with desk.at_hand():
        reverse("admin:index")  # the admin is looked for with the first address
        user = User.objects.get(username=CHIEF)
        key = Article.objects.values_list("pk", flat=True)[0]
        batch = Event.objects.filter(by_crawler=False).values_list("batch", flat=True)[0]
        lists = [url for model, shown in admin.site._registry.items() for url in list_urls(model, shown, user)]
    yield from (reverse(name) for name in ("facets", "conflicts", "stories", "rules", "outbox", "views", "jobs"))
    yield from (f"{reverse('facets')}?{urlencode(said)}" for said in FILTERS)
    yield from (reverse("article", args=[key]), reverse("article-edit", args=[key]), reverse("batch", args=[batch]))
    yield reverse("admin:index")
    yield from lists
    for name in ("change", "history"):
        yield reverse(f"admin:articles_article_{name}", args=[key])


def _shape(sql: str) -> str:
    return _MANY.sub("? ...", _LITERAL.sub("?", sql))


def _plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return [row[3] for row in cursor.fetchall()]
        cursor.execute(f"EXPLAIN {sql}")
        return [row[0] for row in cursor.fetchall()]


def _marks(sql: str, steps: Sequence[str]) -> list[str]:
    """What costs more as tables grow: a big one read as a whole, or sorted."""
    tables = {alias or table: table for table, alias in _ALIAS.findall(sql)}
    marks: list[str] = []
    for step in steps:
        found = _SCANNED.match(step) or _SEQUENTIAL.search(step)
        if found and tables.get(found[1], found[1]) in TABLES and not ("INDEX" in step and "LIMIT" in sql):
            marks.append(f"reads all of {found[1]}")
        if "TEMP B-TREE FOR ORDER BY" in step and "LIMIT" not in sql:
            marks.append("sorts")
    return [*dict.fromkeys(marks)]


def _condensed(steps: Sequence[str]) -> list[str]:
    """Each step once, and none that only says how steps hang together."""
    told = [step.strip() for step in steps if not step.startswith(_NOISE)]
    counts = {step: told.count(step) for step in dict.fromkeys(told)}
    return [f"{step} ({count} times)" if count > 1 else step for step, count in counts.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    for line in report(Desk(parser.parse_args().database)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
