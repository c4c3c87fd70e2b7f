"""Pages opened from within Django, on databases of several sizes by turns, as a chief editor; for `within`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from tests.benchmarks.million import CHIEF

MS: Final = 1000
WAITING: Final = "S"
SHORTLY: Final = 0.0001
AGAIN: Final = 12
"""So often what misses its goal is measured once more: on a busy machine most misses are somebody else's doing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cheapest of some openings of a page, in milliseconds; its queries, and the slowest of them.

    Processor time is all that is spent, whatever else the machine does: SQLite is part of the process, and that of
    PostgreSQL's is added.
    """

    time: float
    queries: int = 0
    slowest: float = 0
    slowest_sql: str = ""

    def or_faster(self, time: float) -> Cost:
        return Cost(min(self.time, time), self.queries, self.slowest, self.slowest_sql)


class Desk:
    """One database, and somebody who is logged in there."""

    def __init__(self, database: Path | str) -> None:
        self.database = str(database)
        with self.at_hand():
            self.client = Client(headers={"host": "localhost"})
            self.client.force_login(User.objects.get(username=CHIEF))

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Its database is the one that Django uses."""
        if connection.settings_dict["NAME"] != self.database:
            connection.close()
            connection.settings_dict["NAME"] = self.database
        yield

    def look(self, url: str) -> Cost:
        """Opens a page and counts its queries; the caches are warm then."""
        with self.at_hand(), CaptureQueriesContext(connection) as captured:
            self._open(url)
        slowest = max(captured.captured_queries, key=lambda one: float(one["time"]), default={"time": "0", "sql": ""})

        return Cost(float("inf"), len(captured), float(slowest["time"]) * MS, slowest["sql"])

    def queries(self, url: str) -> list[str]:
        with self.at_hand(), CaptureQueriesContext(connection) as captured:
            self._open(url)
        return [one["sql"] for one in captured.captured_queries]

    def text(self, url: str) -> bytes:
        with self.at_hand():
            return self._open(url)

    def time(self, url: str) -> float:
        with self.at_hand():
            connection.ensure_connection()
            clock = _clock()
            started = clock()
            self._open(url)
            return (clock() - started) * MS

    def _open(self, url: str) -> bytes:
        response = self.client.get(url)
        assert response.status_code == HTTPStatus.OK, f"{response.status_code} for {url}"
        return bytes(response.content)


def _clock() -> Callable[[], float]:
    """Processor time, also of the server's process where that is on this machine; else by the wall."""
    if connection.vendor == "sqlite":
        return time.process_time
    server = Path(f"/proc/{connection.connection.info.backend_pid}")
    if not (server / "schedstat").exists():
        return time.perf_counter
    return lambda: time.process_time() + _spent(server)


def _spent(server: Path) -> float:
    """When it waits for its next statement: it answers before it has put away what it used."""
    while (server / "stat").read_text().rpartition(")")[2].split()[0] != WAITING:
        time.sleep(SHORTLY)
    return int((server / "schedstat").read_text().split()[0]) / 10**9


@dataclass
class Pair:
    """A page at two sizes. The addresses may differ: a place that is deep in one list is none of the other."""

    name: str
    small_url: str
    large_url: str
    small: Cost = field(default_factory=lambda: Cost(float("inf")))
    large: Cost = field(default_factory=lambda: Cost(float("inf")))

    @property
    def ratio(self) -> float:
        return self.large.time / self.small.time

    def __str__(self) -> str:
        return (
            f"{self.name:<64} {self.large.time:7.1f} ms / {self.small.time:6.1f} ms = {self.ratio:6.2f}  "
            f"{self.large.queries:2} queries (few: {self.small.queries}), slowest {self.large.slowest:6.1f} ms"
        )


def compare(small: Desk, large: Desk, pairs: Sequence[Pair], *, goal: float, rounds: int) -> None:
    """Measure the pages by turns; what misses the goal, more often."""
    for pair in pairs:
        pair.small, pair.large = small.look(pair.small_url), large.look(pair.large_url)
        _rounds(small, large, pair, rounds)
    for pair in pairs:
        if pair.ratio > goal and pair.large.time < goal * 4 * pair.small.time and rounds > 1:
            _rounds(small, large, pair, AGAIN)


def _rounds(small: Desk, large: Desk, pair: Pair, rounds: int) -> None:
    for _ in range(rounds):
        pair.small = pair.small.or_faster(small.time(pair.small_url))
    for _ in range(rounds):
        pair.large = pair.large.or_faster(large.time(pair.large_url))


def summary(pairs: Sequence[Pair], *, goal: float, most_queries: int | None = None, shown: int = 12) -> Iterator[str]:
    """How many meet the goal, the middle one, the worst."""
    ranked = sorted(pairs, key=lambda pair: -pair.ratio)
    missed = [pair for pair in ranked if pair.ratio > goal]
    middle, worst = ranked[len(ranked) // 2], ranked[0]
    verdict = "met" if not missed else f"MISSED by {len(missed)}"
    yield (
        f"{len(pairs)} pages: worst {worst.ratio:.2f}, in the middle {middle.ratio:.2f} "
        f"({middle.large.time:.1f} ms / {middle.small.time:.1f} ms)  (goal {goal:.2f}: {verdict})"
    )
    if most_queries is not None:
        most = max(pair.large.queries for pair in pairs)
        grown = [pair.name for pair in pairs if pair.large.queries > pair.small.queries]
        verdict = "met" if most <= most_queries else "MISSED"
        yield f"at most {most} queries  (goal {most_queries}: {verdict}); more than on the small desk on {len(grown)}"
    yield from (f"    {pair}" for pair in ranked[:shown])
    slow = max(pairs, key=lambda pair: pair.large.slowest)
    yield f"    slowest query, {slow.large.slowest:.1f} ms, of {slow.name}: {slow.large.slowest_sql[:1500]}"


def home(**said: Any) -> str:
    """An address of the queue."""
    said = {name: value for name, value in said.items() if value not in (None, "")}
    return reverse("home") + (f"?{urlencode(said)}" if said else "")
