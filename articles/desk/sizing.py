"""How many articles fit each filter, as far as is worth counting; and so what a page costs by one way or another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import inf, log, prod
from typing import Any, Final

from django.db import connection

from articles.desk.meanings import MAX_PROVIDERS, Meaning, read
from articles.desk.statements import TABLE, Sql, in_states, rows_of, together, union
from articles.models import Article
from articles.searching import Hits

MANY: Final = 5_000
"""So many of a state are counted; of what else narrows a list, some times as many."""
RECENT: Final = 20_000
"""Among so many of the newest is looked how common it is what very many have."""
OF_MANY_PROVIDERS: Final = 0.1
"""So much of all may be of those whose names have a word that very many have."""
MANY_HITS: Final = 30_000
"""So many articles with some words are fetched at most."""
FETCHED: Final = 1.5
RANGED: Final = 0.35
LED: Final = 0.2
"""Microseconds for an article that is fetched: by its key, or out of an index that holds all it is asked for, by ranges
of each of its stretches or side by side."""
WALKED: Final = 0.45
PASSED: Final = 0.1
LOOKED_UP: Final = 1.4
READ: Final = {"sqlite": 7.0, "postgresql": 5.0}
"""The same for one that is walked, or passed by in its stretch; beside that, for one looked up elsewhere, or read."""
BY_KEY: Final = {"sqlite": 0.0, "postgresql": 3.0}
"""So much longer a database takes to find a row by its key."""
AT_HAND: Final = 0.5
OF_WORDS: Final = 0.3
AMONG: Final = 0.15
"""For a key that is kept at hand; on SQLite for one of those with the words; for looking whether one is among them."""
UNSURE: Final = 1.5
"""So much longer may it take to look for words in texts as a sample of them says."""
A_PAGE: Final = 51
"""So many fill a page."""
BESIDE_A_WALK: Final = {"sqlite": 1_500.0, "postgresql": 4_000.0}
"""Microseconds for counting what is only walked to; on PostgreSQL for planning the stretches, too."""
LED_AT_MOST: Final = 4_000
LED_AT_LEAST: Final = 500
"""So many of what has a label are sorted to be tried."""
SORTED: Final = 0.8
"""Microseconds for an article among the first of those that are sorted."""
TRIED_FOR_PAGE: Final = 10_000
"""Where a page takes more tries than so many, it is not walked to."""
_RANGES: Final = frozenset({"quality", "heat", "published_at"})
_LED_BY: Final = _RANGES | {"type"}
"""What an index begins with that holds all that the queue asks for."""


class Answers:
    """What the database says of the values of some filters, asked in one query when it is wanted."""

    def __init__(
        self,
        states: Sequence[int],
        *,
        asks: Mapping[str, Sql],
        rows: Mapping[str, Sql],
        ranges: Mapping[str, Sequence[Sql]],
        lists: Mapping[str, Sequence[Sql]],
        recent: Mapping[str, Sql],
    ) -> None:
        self._states, self._asks, self._rows, self._ranges = states, asks, rows, ranges
        self._lists, self._recent = lists, recent

    def of(self, name: str) -> Any:
        """What the value of a filter stands for."""
        return self._row[f"answer {name}"]

    @property
    def cost_of_hits(self) -> float:
        """Of finding all that have the words in SQLite's index."""
        return Hits.of(self.of("q")).cost

    @property
    def whole(self) -> int:
        """How many articles there are, about."""
        return self._row.get("whole") or 1

    @property
    def in_state(self) -> float:
        """How many there are of the state, as far as that is worth counting."""
        count = self._row.get("state", 0)
        return count if count <= MANY else inf

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many fit each filter, up to one more than `most` of it; those that may be few."""
        counts = {name: self._row[f"rows {name}"] for name in self._counted}
        counts |= {name: self._row[f"list {name}"] for name in self._lists if name not in counts}
        if "provider" in counts and len(read(self.of("provider"))) > MAX_PROVIDERS:
            del counts["provider"]  # of some of them
        words = self._row.get("answer q")
        return counts if words is None else {**counts, "q": Hits.of(words).about if isinstance(words, str) else words}

    def share(self, name: str) -> float:
        """How much of all fits this filter: of what is not counted to its end at least what is, or as much as of the
        newest."""
        count = self.counts.get(name)
        if count is None:
            return OF_MANY_PROVIDERS if name == "provider" else 1.0
        known, bound = count / self.whole, self._counted_of(name) if name in self._counted else 0
        if name in self._recent and count > bound and (bound or name not in self.fetched):
            known = max(known, self._row[f"recent {name}"] / min(self.whole, RECENT))
        return min(1.0, known)

    @cached_property
    def fetched(self) -> Mapping[str, int]:
        """How many would be fetched by each filter, of those that all are counted: those of the state only, where they
        lie side by side."""
        counts = {name: n for name, n in self.counts.items() if name not in self._lists and n <= self.most(name)}
        bound = inf
        for name in self._lists_in_turn:
            count = self._row[f"list {name}"]
            if count <= min(bound, self.most(name)):
                counts[name] = count
            bound = min(bound, count)
        return counts

    def in_list(self, name: str) -> int | None:
        """How many there are of the state that fit it, up to one more than `most` of it; None: not counted by state."""
        return self._row.get(f"list {name}")

    def is_led(self, name: str) -> bool:
        """Whether it lies side by side with all that narrows and orders lists."""
        return name in self._lists or name in _LED_BY

    def is_label(self, name: str) -> bool:
        """Whether that is in the table of labels."""
        return name in self._lists and name not in _LED_BY

    def most(self, name: str) -> int:
        """What nothing else narrows is walked to sooner than many are fetched."""
        if name == "q":
            return MANY_HITS
        is_alone = len(self._asks.keys() | self._rows.keys() | self._ranges.keys()) < 2
        if connection.vendor == "postgresql":  # which cannot skip what it counts
            return MANY * (2 if is_alone else 3)
        if self.is_label(name):
            return MANY * (5 if is_alone else 3)
        return MANY * (4 if name in _LED_BY else 2) * (1 if is_alone else 2)

    def _counted_of(self, name: str) -> int:
        """Where those of the state are counted, it only tells how common they are; of labels the newest tell, too."""
        if name in self._recent or (name in self._lists and connection.vendor == "postgresql"):
            return MANY // 2
        return 2 * MANY if name in self._lists else self.most(name)

    @cached_property
    def _row(self) -> Mapping[str, Any]:
        counted = {**{f"answer_{name}": sql for name, sql in self._asks.items()}, **self._lists_counted}
        asked: dict[str, Sql] = {f"answer {name}": (_found_in(f"answer_{name}"), ()) for name in self._asks}
        asked |= {f"rows {name}": _counted([sql], self._counted_of(name)) for name, sql in self._counted.items()}
        asked |= {f"recent {name}": _number_of([sql]) for name, sql in self._recent.items()}
        asked["whole"] = f"(SELECT MAX(id) FROM {TABLE})", ()  # noqa: S608 - it is ours
        asked["state"] = _counted([_within([in_states(self._states)])], MANY)
        asked |= {f"list {name}": (_found_in(f"list_{name}"), ()) for name in self._lists}
        text = ", ".join(text for text, _ in asked.values())
        named = ", ".join(f"{name}(found) AS MATERIALIZED (SELECT {sql[0]})" for name, sql in counted.items())
        params = [param for _, params in (*counted.values(), *asked.values()) for param in params]
        (row,) = rows_of((f"{f'WITH {named} ' if named else ''}SELECT {text}", params))
        return dict(zip(asked, row, strict=True))

    @cached_property
    def _counted(self) -> Mapping[str, Sql]:
        """What is counted of all states: of a list of every state that tells nothing new."""
        rows = {**self._rows, **{name: _within(bounds) for name, bounds in self._ranges.items()}}
        is_every = len(self._states) == len(Article.State)
        return {name: sql for name, sql in rows.items() if not (is_every and name in self._lists)}

    @property
    def _lists_in_turn(self) -> Sequence[str]:
        """Labels first."""
        return sorted(self._lists, key=lambda name: name in _LED_BY)

    @cached_property
    def _lists_counted(self) -> Mapping[str, Sql]:
        """One after the other: none further than the shortest before it, which is fetched sooner."""
        counted: dict[str, Sql] = {}
        for name in self._lists_in_turn:
            before = [_found_in(other) for other in counted]
            bound = f"{_least()}({', '.join((str(self.most(name)), *before))})" if before else str(self.most(name))
            counted[f"list_{name}"] = _counted(self._lists[name], self.most(name), bound)
        return counted


class Sizes:
    """Which filter is cheapest to fetch, and whether that costs less than walking to a page."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def to_fetch(
        self, meanings: Mapping[str, Meaning], rows: int, *, tried: Mapping[str, Meaning]
    ) -> tuple[str, float]:
        """That of the filters whose articles are fetched; empty: the order is walked for so many rows, which are tried
        for some of them. And what it costs."""
        costs = {name: self._cost_of_fetch(name, meanings) for name in self._known(meanings)}
        costs[""] = self._cost_of_walk(tried, rows)
        name = min(costs, key=lambda one: costs[one])
        return name, costs[name]

    def cheapest(self, meanings: Mapping[str, Meaning]) -> str:
        """That of these filters whose articles cost least to fetch; empty, where its index is read for as little."""
        names = self._known(meanings) or [
            name for name, one in meanings.items() if one.is_beside and not one.is_elsewhere
        ]
        return min(names, key=lambda name: self._cost_of_fetch(name, meanings), default="")

    def total(self, meanings: Mapping[str, Meaning], most: int) -> tuple[int, bool] | None:
        """How many fit, and whether that is a lower bound, where what is counted already tells: of one filter."""
        narrowing = [name for name in meanings if name != "published"]
        if len(narrowing) != 1 or ("published" in meanings and not meanings[narrowing[0]].column):
            return None
        count = self._answers.in_list(narrowing[0])
        if count is None:
            return None
        return (count, False) if count <= self._answers.most(narrowing[0]) else (most, True)

    def tries(self, meanings: Mapping[str, Meaning], rows: int) -> float:
        """How many are tried until so many fit, if one filter says nothing about another."""
        fit = self._share(meanings)
        return rows / fit if fit else inf

    def is_fetched(self, meanings: Mapping[str, Meaning]) -> bool:
        """Whether all that fit one of these are counted, so that they can be fetched where walking fails."""
        return bool(self._known(meanings))

    def at_hand(self, meanings: Mapping[str, Meaning], tries: float = inf) -> dict[str, Meaning]:
        """With the keys of what fits kept at hand, where that costs less than to look so many articles up."""
        return {
            name: replace(one, joined=one.held, tried=one.held) if self._is_held(name, one, tries) else one
            for name, one in meanings.items()
        }

    def known(self, name: str) -> float:
        """How many fit this filter, of the state where that is counted, as far as they are counted."""
        listed = self._answers.in_list(name)
        return self._answers.counts.get(name, inf) if listed is None else listed

    def _is_held(self, name: str, one: Meaning, tries: float = inf) -> bool:
        is_known = bool(one.held) and self.known(name) <= self._answers.most(name)
        return is_known and self.known(name) * AT_HAND < tries * _looked_up()

    def _known(self, meanings: Mapping[str, Meaning]) -> list[str]:
        """Those of which all are counted."""
        return [name for name in meanings if name in self._answers.fetched]

    def _cost_of_fetch(self, name: str, meanings: Mapping[str, Meaning]) -> float:
        """Of all that are fetched by it, as far as they are counted, each tried for the other filters."""
        others = {other: one for other, one in meanings.items() if other != name}
        count = self._answers.fetched.get(name, inf)
        return self._cost_of_keys(others, count) + count * self._cost_of(name) + self._cost_of_tries(name, others)

    def is_dear(self, name: str, meanings: Mapping[str, Meaning]) -> bool:
        """Whether to try all that has a label costs more than to count some, and to try as many as fill a page."""
        others = {other: one for other, one in meanings.items() if other != name}
        return self._cost_of_tries(name, others) < self._answers.fetched.get(name, inf) * self._cost_beside(others)

    def led(self, others: Mapping[str, Meaning], rows: int) -> int:
        """So many of what has a label are sorted, to be tried for so many rows: twice as many as that should take."""
        fit = self._share(name for name, one in others.items() if one.is_beside)
        return max(LED_AT_LEAST, min(int(2 * rows / fit) if fit else LED_AT_MOST, LED_AT_MOST))

    def fewest_labelled(self, meanings: Mapping[str, Meaning]) -> str:
        """That of the filters whose articles lie side by side, which fewest have; empty, where none do."""
        names = [name for name, one in meanings.items() if one.labels]
        return min(names, key=lambda name: self._answers.share(name), default="")

    def _cost_of_tries(self, name: str, others: Mapping[str, Meaning]) -> float:
        """Of trying what is fetched for the other filters: all of it, or what has a label only until a page is full."""
        count = self._answers.fetched.get(name, inf)
        beside = self._cost_beside(others, count)
        if not beside or not self._answers.is_label(name):
            return count * beside if beside else 0
        left = count * self._share(other for other, one in others.items() if not one.is_beside)
        first = min(left, self.led(others, A_PAGE))
        sorted_first = first * (1 + log(left / first)) * SORTED if first else 0
        led = BESIDE_A_WALK[connection.vendor] + sorted_first + first / 2 * beside * (count / left if left else 1)
        return min(count * beside, led)

    def _cost_of(self, name: str) -> float:
        """Of an article that is fetched by this; PostgreSQL reads those with the words as they lie in the table."""
        if name == "q" and connection.vendor == "postgresql":
            return READ["postgresql"] / 2
        if name in _RANGES:
            return RANGED
        if self._answers.is_led(name):
            return LED
        return FETCHED + BY_KEY[connection.vendor]

    def _cost_of_walk(self, meanings: Mapping[str, Meaning], rows: int) -> float:
        """Until so many fit, if one filter says nothing about another."""
        tries = min(self.tries(meanings, rows), self._answers.in_state)
        in_place = [name for name, one in meanings.items() if not one.is_beside] if is_in_place(meanings) else []
        passed, merged = tries, tries * self._share(in_place)
        is_at_hand = any(one.has_keys or self._is_held(name, one) for name, one in meanings.items())
        if merged > TRIED_FOR_PAGE * (2 if is_at_hand else 1):
            return inf
        at_hand = self._cost_of_hand(meanings) + self._cost_of_keys(meanings)
        walked = merged * WALKED + (passed * PASSED if in_place else 0)
        beside = tries * self._cost_beside(meanings)
        if any(one.by_keys and one.is_read for one in meanings.values()):
            beside *= UNSURE
        return BESIDE_A_WALK[connection.vendor] + at_hand + walked + beside

    def _cost_beside(self, meanings: Mapping[str, Meaning], tries: float = inf) -> float:
        """Of trying an article by its index first, then by other tables, what is read last: each only where all before
        it fits."""
        cost = 0.0
        left = self._share(name for name, one in meanings.items() if not one.is_beside)
        beside = [(name, one) for name, one in meanings.items() if one.is_beside]
        for name, one in sorted(beside, key=lambda pair: (pair[1].is_read, not pair[1].has_keys)):
            is_near = one.has_keys or self._is_held(name, one, tries)
            among = AMONG if is_near else _looked_up()
            cost += left * (READ[connection.vendor] if one.is_read else among)
            left *= self._share([name])
        return cost

    def _cost_of_keys(self, meanings: Mapping[str, Meaning], tries: float = inf) -> float:
        """Of having those at hand that articles are looked for among."""
        return sum(self.known(name) * AT_HAND for name, one in meanings.items() if self._is_held(name, one, tries))

    def _cost_of_hand(self, meanings: Mapping[str, Meaning]) -> float:
        """Of having the keys of all that have the words at hand; some were found already, others are looked for."""
        words = meanings.get("q")
        if words is None or words.is_read:
            return 0
        return self._answers.counts["q"] * OF_WORDS + (self._answers.cost_of_hits if words.by_keys else 0)

    def _share(self, names: Iterable[str]) -> float:
        """How much of all fits these."""
        return prod(self._answers.share(name) for name in names)


def is_in_place(meanings: Mapping[str, Meaning]) -> bool:
    """Whether what stands in an index is tried there, before rows are merged, as what is left is dear to try."""
    return connection.vendor == "sqlite" and "q" in meanings and any(not one.is_beside for one in meanings.values())


def _looked_up() -> float:
    return LOOKED_UP + BY_KEY[connection.vendor]


def _least() -> str:
    """The function for the least of some values."""
    return "LEAST" if connection.vendor == "postgresql" else "MIN"


def _within(conditions: Sequence[Sql]) -> Sql:
    text, params = together(*conditions)
    return f"SELECT id FROM {TABLE} WHERE {text}", params  # noqa: S608 - conditions of our own


def _found_in(name: str) -> str:
    return f"(SELECT found FROM {name})"  # noqa: S608 - made by us


def _number_of(rows: Sequence[Sql]) -> Sql:
    """How many there are in all of these, each of which an index counts for little."""
    text = " + ".join(f"(SELECT COUNT(*) FROM ({one}) AS counted)" for one, _ in rows)  # noqa: S608 - made by us
    return f"({text or '0'})", [param for _, params in rows for param in params]


def _counted(rows: Sequence[Sql], most: int, bound: str = "") -> Sql:
    """How many there are, up to one more than `most`, or than a bound below it.

    SQLite skips rows in half of the time that it takes to count some of them, and counts all as fast.
    """
    text, params = union(rows)
    if connection.vendor != "sqlite":
        return f"(SELECT COUNT(*) FROM ({text} LIMIT {bound or most} + 1) AS counted)", params  # noqa: S608 - made by us
    number, again = _number_of(rows)
    if not text:
        return number, again
    is_more = f"(SELECT 1 FROM ({text}) LIMIT 1 OFFSET {bound or most})"  # noqa: S608 - made by us
    return f"(CASE WHEN {is_more} THEN {bound or most} + 1 ELSE {number} END)", [*params, *again]
