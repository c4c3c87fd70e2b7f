"""The plan of every query that the pages make on a database: DATABASE [--every]. What reads a big table is marked."""

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
from tests.benchmarks.asked import FILTERS, PAIRS
from tests.benchmarks.million import CHIEF, TABLES
from tests.benchmarks.others import pages
from tests.benchmarks.pages import Desk, home
from tests.benchmarks.records import list_urls

_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|-?\b\d+(?:\.\d+)?\b")
_MANY: Final = re.compile(r"\?(?:, \?)+")
_ALIAS: Final = re.compile(r'(?:FROM|JOIN) "?((?:articles|auth|django)_\w+)"?(?: (?:AS )?"?([A-Z]\w*)"?)?')
_STEP: Final = re.compile(r"(SCAN|SEARCH) (\w+)(.*)")
_NODE: Final = re.compile(r"(\w[\w ]*? Scan(?: Backward)?)(?: using (\w+))?(?: on (\w+))?(?: (\w+))?  \(")
_SORTED: Final = re.compile(r"(Incremental Sort|Sort|HashAggregate|GroupAggregate)  \(")
_BY_KEY: Final = re.compile(r'ORDER BY (?:1|[\w".]*"id") (?:ASC|DESC) LIMIT')
"""Of some rows in the order of their keys SQLite says that it scans the table."""
_SCHEMA: Final = "sqlite_autoindex_"
SHORTENED: Final = 110
LONGEST: Final = 420


def report(desk: Desk, *, every: bool = False) -> Iterator[str]:
    """As Markdown: page by page the plans that no page before it had, with the beginning of the first query of each.

    `every` tells of each query, also where another has the same plan.
    """
    statements, plans, marked = set[str](), set[tuple[str, ...]](), 0
    for url in _urls(desk):
        told = []
        for sql in (one for one in desk.queries(url) if not one.startswith("EXPLAIN")):
            if not sql.startswith(("SELECT", "WITH")) or (shape := shape_of(sql)) in statements:
                continue
            statements.add(shape)
            with desk.at_hand():
                steps = plan_of(sql)
            if (plan := tuple(_condensed(sql, steps))) in plans and not every:
                continue
            plans.add(plan)
            marks = marks_of(sql, steps)
            marked += bool(marks)
            told.append(f"- `{shape[:SHORTENED]}`{''.join(f' **{mark}**' for mark in marks)}")
            told += [f"  - {shortened('; '.join(plan))}"] if plan else []
        if told:
            yield f"\n## `{url}`\n"
            yield from told
    yield f"\n{len(statements)} queries with {len(plans)} plans, {marked} of them marked."


def _urls(desk: Desk) -> Iterator[str]:
    """Every page."""
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
        others = [url for _, url in pages(user)]
        lists = [url for model, shown in admin.site._registry.items() for url in list_urls(model, shown, user)]
    yield from (f"{reverse('facets')}?{urlencode(said)}" for said in FILTERS)
    yield from others
    yield from lists


def shape_of(sql: str) -> str:
    return _MANY.sub("? ...", _LITERAL.sub("?", sql))


def plan_of(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return [row[3] for row in cursor.fetchall()]
        cursor.execute(f"EXPLAIN {sql}")
        return [row[0].strip().removeprefix("->  ") for row in cursor.fetchall()]


def marks_of(sql: str, steps: Sequence[str]) -> list[str]:
    """What costs more as tables grow: a big one read as a whole. In an index's order it is a walk, up to a limit."""
    tables, is_limited = _tables(sql), "LIMIT" in sql
    marks = []
    for step in steps:
        table, is_whole = _read(step, tables)
        is_walk = is_limited and ("INDEX" in step or bool(_BY_KEY.search(sql)))
        if table in TABLES and is_whole and not is_walk:
            marks.append(f"reads all of {table}")
    return [*dict.fromkeys(marks)]


def _read(step: str, tables: dict[str, str]) -> tuple[str, bool]:
    """The table that a step reads, and whether it does from the beginning on."""
    if found := _STEP.match(step):
        return tables.get(found[2], found[2]), found[1] == "SCAN"
    if found := _NODE.search(step):
        return found[3] or "", "Seq Scan" in found[1]
    return "", False


def shortened(plan: str) -> str:
    return plan if len(plan) <= LONGEST else f"{plan[:LONGEST].rpartition(';')[0]}; and so on"


def _tables(sql: str) -> dict[str, str]:
    """By alias; one that stands for several stays as it is, and the index says more."""
    known: dict[str, str] = {}
    for table, alias in _ALIAS.findall(sql):
        name = alias or table
        known[name] = table if known.get(name, table) == table else name
    return known


def _condensed(sql: str, steps: Sequence[str]) -> list[str]:
    """How each table is read, in the words of the database; what only says how steps hang together is left out."""
    tables = _tables(sql)
    told = [said for step in steps if (said := _in_short(step, tables))]
    counts = {step: told.count(step) for step in dict.fromkeys(told)}
    return [f"{step} ({count} times)" if count > 1 else step for step, count in counts.items()]


def _in_short(step: str, tables: dict[str, str]) -> str:
    if found := _STEP.match(step):
        table = tables.get(found[2], found[2])
        index = found[3].removeprefix(" USING ").replace(_SCHEMA, "").replace("INTEGER PRIMARY KEY", "its key")
        return f"{found[1]} {table}{f' by {index}' if index else ''}" if "_" in table or index else ""
    if found := _NODE.search(step):
        return f"{found[1]}{f' of {found[3]}' if found[3] else ''}{f' by {found[2]}' if found[2] else ''}"
    found = _SORTED.match(step)
    return found[1] if found else "TEMP B-TREE" if "TEMP B-TREE" in step else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    parser.add_argument("--every", action="store_true", help="each query, also where another has the same plan")
    options = parser.parse_args()
    for line in report(Desk(options.database), every=options.every):
        print(line, flush=True)


if __name__ == "__main__":
    main()
