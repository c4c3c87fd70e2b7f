"""Searches of the queue and its facets, each against counting by `LIKE` in the same run.

`./dev bench search` fills a database of ten times as many articles as it has files; with DATABASE_URL naming one that
is filled, `python -m tests.benchmarks.within search` measures there, on PostgreSQL too.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from django.db import connection
from django.http import QueryDict

from tests.benchmarks.measuring import ROOT, Bench, Ratio, settings_for
from tests.benchmarks.vocabulary import word

GOAL: Final = 0.05
ARTICLES_A_FILE: Final = 10
WORDS: Final = {
    "rare word": word(30_000),
    "middling word": word(1_000),
    "less common word": word(300),
    "common word": word(20),
    "commonest word": word(0),
    "no hit": "qqqqqq",
    "two common words": f"{word(0)} {word(1)}",
    "common and rare word": f"{word(0)} {word(30_000)}",
    "two words, hardly ever together": f"{word(300)} {word(301)}",
    "two letters": word(5_000)[:2],
    "three letters": word(5_000)[:3],
    "beginning of four letters": word(5_000)[:4],
    "beginning of five letters": word(700)[:5],
    "quoted": f'"{word(20)} {word(21)}"',
    "Japanese": "夜の温室",
}
NARROWED: Final = ("", "state=all", "site=islands", "topic=Topic 40", "state=conflicts")
ORDERS: Final = ("need", "newest", "oldest", "hottest", "quality", "nearest")


def measure(here: Bench, count: int) -> Iterator[str]:
    """In processes of their own, set up as in production."""
    articles = count * ARTICLES_A_FILE
    command = [sys.executable, "-m", "tests.benchmarks.within", "search", "--rounds", str(here.rounds)]
    environment = os.environ | settings_for(here.filled(articles))
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    yield f"{articles:,} articles"
    yield from done.stdout.splitlines()


def _searches(rounds: int) -> Iterator[str]:
    """For each words the dearest order of each list."""
    for name, words in WORDS.items():
        floor = _best(partial(_like, words), rounds)
        for narrowed in NARROWED:
            pages = {order: partial(_page, _query(words, narrowed, order)) for order in ORDERS}
            costs = {order: _best(page, rounds + 1) for order, page in pages.items()}
            order = max(costs, key=lambda one: costs[one])
            yield str(Ratio(f"{name}, {narrowed or 'queue'}, by {order}", costs[order], floor, GOAL, "ms"))
        cost = _best(partial(_facets, _query(words, "", "need")), rounds)
        yield str(Ratio(f"{name}, its facets", cost, floor, 1.0, "ms"))


def _query(words: str, narrowed: str, order: str) -> str:
    data = QueryDict(narrowed, mutable=True)
    data.update({"q": words, "order": order})
    return data.urlencode()


def _best(work: Callable[[], Any], rounds: int) -> float:
    """Milliseconds by the wall: on PostgreSQL another process does the work."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def _page(query: str) -> None:
    from articles.desk.asking import Asked
    from articles.desk.listing import page_of

    page_of(Asked(QueryDict(query)))


def _facets(query: str) -> None:
    from articles.desk.asking import Asked
    from articles.desk.facets import facets_of

    list(facets_of(Asked(QueryDict(query))))


def _like(words: str) -> None:
    """As cheap as it gets: PostgreSQL tells capitals apart here."""
    like = "title LIKE %s OR excerpt LIKE %s"
    asked = words.strip('"').split()
    every = " AND ".join([f"({like})"] * len(asked))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET max_parallel_workers_per_gather = DEFAULT")  # the desk's pages go without
        params = [f"%{one}%" for one in asked for _ in range(2)]
        cursor.execute(f"SELECT COUNT(*) FROM articles_article WHERE {every}", params)  # noqa: S608 - ours
        cursor.fetchone()
        if connection.vendor == "postgresql":
            cursor.execute("SET max_parallel_workers_per_gather = 0")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    for line in _searches(parser.parse_args().rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
