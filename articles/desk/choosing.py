"""Whether a part of a list is fetched or walked to.

A list with few articles is fetched by the filter that is cheapest to fetch, and sorted. A longer one is walked along
the index of its order, and its filters are tried on each row, up to so many; where too few of these fit, it is fetched.
So neither depends on a database guessing right, and nothing sorts a whole table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db import connection

from articles.desk.asking import Asked
from articles.desk.counting import (
    COUNTED_OF,
    NONE,
    READ_FOR_COUNT,
    counted,
    counted_in_index,
    counted_in_table,
    newest_of,
)
from articles.desk.filtering import STATES_OF
from articles.desk.keyset import NEWEST, Order, Place
from articles.desk.meanings import PUBLISHED, Meaning
from articles.desk.sizing import is_in_place
from articles.desk.statements import ALL, Sql, hidden, in_states, rows_of
from articles.desk.stretches import IN_INDEX, Cut, all_of, of_cut
from articles.desk.walking import (
    READ_AT_MOST,
    TRIED_AT_MOST,
    Found,
    fetched,
    in_range,
    labelled,
    led_page,
    looked_up,
    sorted_page,
    tried_page,
    walked_page,
)
from articles.models import Article

CAP: Final = 1000
"""So many articles of a list that is walked are counted; of more the page says "1,000+"."""
TIMES_MORE: Final = 4
"""So many times as many are tried as should fill the page; more only where nothing else is left."""
TRIED_AT_LEAST: Final = 500
ENOUGH: Final = 50
"""Where so many were found of those that were tried, no more are looked for."""

_COUNTED_BY: Final = ("state", "published", *IN_INDEX)
_BEHIND: Final = {("provider", "published_at")}
"""Where an index has the one range after the other, both tell what is fetched."""


@dataclass(frozen=True, slots=True)
class Part:
    """So many rows of a list behind a place: what narrows it, its state and order."""

    asked: Asked
    meanings: Mapping[str, Meaning]
    state: str
    order: Order
    start: Place | None
    rows: int

    @property
    def cut(self) -> Cut:
        name = self.asked.values.get("published") if "published" in self.meanings else None
        published = (PUBLISHED[name][1],) if name else (None, False, True)
        return Cut(tuple(STATES_OF[self.state]), published)

    @property
    def in_state(self) -> Sql:
        """As a condition on a row that is read."""
        states = STATES_OF[self.state]
        return ALL if len(states) == len(Article.State) else in_states(states)

    @property
    def uncut(self) -> Mapping[str, Meaning]:
        """What narrows it and no stretch of an index says."""
        return {name: one for name, one in self.meanings.items() if name != "published"}

    @property
    def leading(self) -> str:
        """By what each stretch of its index is ordered: a range of that is read from its one end to the other."""
        return next(column.name for column in self.order.columns if column.name != "state")

    @property
    def tried(self) -> Mapping[str, Meaning]:
        """What its articles are tried for where its order is walked."""
        return {name: one for name, one in self.uncut.items() if one.column != self.leading}

    @property
    def is_told_by_index(self) -> bool:
        """Whether all that narrows it stands in every index: on SQLite to read past what does not fit costs a fifth of
        what it costs to merge it with other stretches, and try it then."""
        return connection.vendor == "sqlite" and not any(one.is_beside for one in self.uncut.values())

    @property
    def total(self) -> tuple[int, bool] | None:
        """How many articles it has, and whether that is a lower bound, where that is known."""
        is_asked = self.state == self.asked.state
        return self.asked.filters.sizes.total(self.meanings, CAP) if is_asked else None


def found(part: Part) -> Found:
    """The keys of its articles: in one query, or two where next to none of the first articles of an order fit."""
    if not part.uncut:
        return walked_page(part.cut, part.order, part.start, part.rows, cap=CAP)
    sizes, least = part.asked.filters.sizes, min(part.rows, ENOUGH)
    ways = [(*sizes.to_fetch(one.meanings, least + 1, tried=one.tried), one) for one in _by_words(part)]
    first, _, part = min(ways, key=lambda way: way[1])
    is_whole = part.is_told_by_index and not sizes.cheapest(part.meanings)
    some = _sorted(part, first) if first else _walked(part, is_whole=is_whole)
    if some.is_cut and len(some.ids) <= least:
        name = sizes.cheapest(part.meanings)
        some = _sorted(part, name, is_whole=True) if name else _walked(part, is_whole=True)
    known = part.total
    return replace(some, total=max(known[0], len(some.ids)), is_part=known[1]) if known else some


def _by_words(part: Part) -> list[Part]:
    """The ways to try it for words: as it is, or by the keys of what has them."""
    words = part.meanings.get("q")
    if words is None or not words.by_keys:
        return [part]
    return [part, replace(part, meanings={**part.meanings, "q": words.with_keys})]


def newest(asked: Asked, most: int, *, without: str = "") -> tuple[list[int], bool]:
    """The newest articles of the list without one filter, so many at most, and whether there are more."""
    meanings = asked.filters.named_meanings() if asked.narrowing else {}
    others = {name: one for name, one in meanings.items() if name != without}
    if without == "state":  # what is at hand is of the state that was asked for
        others = {name: replace(one, held=()) for name, one in others.items()}
    part = Part(asked, others, "all" if without == "state" else asked.state, NEWEST, None, most)
    if "q" in others:
        keys, more = asked.filters.newest(most)
        return _kept_of(keys, part), more
    some = found(part)
    return [*some.ids[:most]], some.is_cut or len(some.ids) > most


def _kept_of(keys: Sequence[int], part: Part) -> list[int]:
    """Those of some articles that a part of a list has but for its words."""
    tried = _tries(_in_turn(one for name, one in part.meanings.items() if name != "q"))
    of_keys = f"id IN ({', '.join(f'{key:d}' for key in keys)})", ()
    rows = rows_of(fetched(NEWEST.names, of_keys, hidden(part.in_state, *tried))) if keys else ()
    return [row[-1] for row in rows]


def _sorted(part: Part, by: str, *, is_whole: bool = False) -> Found:
    """All that fit a filter are fetched, and tried for the others: first by their keys, where that tells.

    Of what has a label only the first may be tried, unless `is_whole`.
    """
    order, start, rows = part.order, part.start, part.rows
    sizes = part.asked.filters.sizes
    beside_it = {name: one for name, one in part.meanings.items() if name != by}
    one, others = part.meanings[by], _in_turn(sizes.at_hand(beside_it, sizes.known(by)).values())
    is_counted, is_kept = part.total is None, _is_kept(others)
    behind = ALL if is_counted else order.behind(start)
    if one.column:
        tried = hidden(*_tries(other for other in others if other is not part.meanings.get("published")))
        hits = in_range(part.cut, order, one.column, *_tries([one]), behind, tried)
        return sorted_page(hits, order, start, rows, is_kept=is_kept, is_counted=is_counted)
    if one.labels and not is_whole and sizes.is_dear(by, part.meanings):
        return _led(part, by, others)
    if one.labels:
        hits = labelled(order.names, one.labels, part.in_state, behind, hidden(*_tries(others)))
        return sorted_page(hits, order, start, rows, is_kept=is_kept, is_counted=is_counted)
    if one.is_counted:
        tried = hidden(behind, *_tries(others))
        hits = fetched(order.names, *(test.sql for test in one.joined), part.in_state, tried)
        return sorted_page(hits, order, start, rows, is_kept=is_kept, is_counted=is_counted)
    if one.hits:
        beside = [other for other in others if other.hits and not (other.is_read or other.is_counted)]
        tried = hidden(part.in_state, *_tries(other for other in others if other not in beside))
        by_key = [test.sql for other in beside for test in other.joined]
        return sorted_page(looked_up(order.names, one.hits, by_key, tried), order, start, rows)
    beside = [other for name, other in part.meanings.items() if (by, name) in _BEHIND]
    first = [test.sql for other in (one, *beside) for test in other.joined]
    hits = fetched(order.names, *first, hidden(part.in_state, *_tries(others)))
    return sorted_page(hits, order, start, rows)


def _is_kept(others: Sequence[Meaning]) -> bool:
    """Whether to read articles again, to count them, costs more than to keep those that fit."""
    return connection.vendor == "postgresql" or bool(others)


def _led(part: Part, by: str, others: Sequence[Meaning]) -> Found:
    """What has a label is sorted, and the first of it are looked up elsewhere until they fill the page."""
    beside = [other for other in others if other.is_beside]
    in_place = _tries(other for other in others if not other.is_beside)
    elsewhere = {name: one for name, one in part.meanings.items() if name != by}
    return led_page(
        part.meanings[by].labels,
        part.order,
        part.start,
        part.rows,
        within=[part.in_state, hidden(*in_place)],
        tried=_tries(beside),
        uses=[name for other in beside for name in other.uses],
        at_most=part.asked.filters.sizes.led(elsewhere, part.rows + 1),
        count=_count(part),
        cap=CAP,
    )


def _in_turn(meanings: Iterable[Meaning]) -> list[Meaning]:
    """What costs least to try comes first."""
    return sorted(meanings, key=lambda one: (one.is_beside, one.is_read, not one.is_at_hand))


def _tries(meanings: Iterable[Meaning]) -> list[Sql]:
    return [test.sql for one in meanings for test in one.tried]


def _walked(part: Part, *, is_whole: bool = False) -> Found:
    """A long list: its articles are tried in its order. What bounds the order itself, its index has as a range.

    `is_whole`: however many have to be tried, in the index itself.
    """
    tried = part.asked.filters.sizes.at_hand(part.tried)
    within = _tries(one for one in part.uncut.values() if one.column == part.leading)
    order = part.order.given(part.leading) if within else part.order
    if is_whole:
        within, tried = [hidden(*_tries(_in_turn(tried.values()))), *within], {}
    elif is_in_place(tried):
        within = [hidden(*_tries(one for one in tried.values() if not one.is_beside)), *within]
        tried = {name: one for name, one in tried.items() if one.is_beside}
    others = _in_turn(tried.values())
    return tried_page(
        part.cut,
        order,
        part.start,
        part.rows,
        tried=_tries(others),
        uses=[name for one in others for name in one.uses],
        at_most=_tried_at_most(part, tried),
        bounds=within,
        count=_count(part),
        cap=CAP,
    )


def _tried_at_most(part: Part, tried: Mapping[str, Meaning]) -> int:
    """A few times as many as fill the page, if one filter says nothing about another, where others are fetched for
    little."""
    most, sizes = _bound_of(_in_turn(tried.values())), part.asked.filters.sizes
    if not sizes.is_fetched(part.meanings):
        return most
    return int(min(max(TIMES_MORE * sizes.tries(tried, part.rows + 1), TRIED_AT_LEAST), most))


def _bound_of(others: Sequence[Meaning]) -> int:
    """Where few are left to be read, as the index tells of most that they do not fit, many more; so where the keys of
    what fits are at hand."""
    if not any(one.is_read for one in others):
        return 2 * TRIED_AT_MOST if any(one.is_at_hand for one in others) else TRIED_AT_MOST
    return READ_AT_MOST if others[0].is_read else 2 * TRIED_AT_MOST


def _count(part: Part) -> Sql:
    """Of a long list as many as can be counted for little: by the filter that has the fewest rows to read."""
    if part.total is not None:
        return NONE
    meanings = [*part.uncut.values()]
    if indexed := next((one for one in meanings if one.is_counted), None):
        rows = fetched(_COUNTED_BY, *(test.sql for test in indexed.joined))
        return _counted_of(part, rows, indexed)
    is_labelled = not any(one.newest for one in meanings)
    if is_labelled and (name := part.asked.filters.sizes.fewest_labelled(part.uncut)):
        rows = labelled(_COUNTED_BY, part.uncut[name].labels, part.in_state)
        return _counted_of(part, rows, part.uncut[name])
    first = next((one for one in meanings if one.newest), None) or next((one for one in meanings if one.hits), None)
    if first is not None:
        others = _tries(_in_turn(one for one in part.meanings.values() if one is not first or one.is_rough))
        return counted_in_table(first.newest or newest_of(first.hits), [part.in_state, *others])
    if any(one.is_read for one in meanings):
        return counted_in_table(all_of(part.cut), _tries(_in_turn(meanings)))
    if len(meanings) == 1 and meanings[0].column:
        return counted(of_cut(part.cut, ("id",), *_tries(meanings)), CAP)
    return counted_in_index(of_cut(part.cut, IN_INDEX), _tries(meanings), _to_count(meanings))


def _counted_of(part: Part, rows: Sql, first: Meaning) -> Sql:
    """Of the first that one filter has."""
    others = _in_turn(one for one in part.meanings.values() if one is not first)
    return counted_in_index(rows, [part.in_state, *_tries(others)], _to_count(others))


def _to_count(tried: Sequence[Meaning]) -> int:
    return READ_FOR_COUNT if any(one.is_beside for one in tried) else COUNTED_OF
