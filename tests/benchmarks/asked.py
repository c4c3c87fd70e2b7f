"""The queue by every filter and order, its first page and one 20,000 rows deep, at two sizes: SMALL LARGE [--quick]."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Final

from django.utils.http import urlencode

from articles.desk.asking import asked_by
from articles.desk.keyset import ORDERS, cursor, place
from articles.desk.listing import matching, page_of
from tests.benchmarks.pages import Desk, Pair, compare, home, summary
from tests.benchmarks.vocabulary import word

GOAL: Final = 1.5
MOST_QUERIES: Final = 8
EVERY: Final = 4
"""The quick way takes one of so many lists."""
DEEP: Final = 20_000
RARE, MIDDLING, COMMON = word(30_000), word(900), word(2)

FILTERS: Final[tuple[Mapping[str, str], ...]] = (
    {},
    *({"state": name} for name in ("conflicts", "changed", "new", "decided", "gone", "all")),
    *({"site": slug} for slug in ("harbour", "islands")),
    *({"topic": f"Topic {number}"} for number in (0, 59)),
    *({"provider": name} for name in ("paper0.example", "paper299.example", "Paper 1")),
    *({"type": name} for name in ("article", "video", "podcast")),
    *({"published": name} for name in ("yes", "no", "none")),
    *({"quality_min": number} for number in ("60", "130", "170")),
    *({"quality_max": number} for number in ("80", "5")),
    {"quality_min": "68", "quality_max": "72"},
    *({"heat_min": number} for number in ("60", "170")),
    *({"heat_max": number} for number in ("-1", "30")),
    *({"date_from": day} for day in ("2019-01-01", "2026-11-15")),
    *({"date_to": day} for day in ("2025-01-01", "2016-12-31")),
    {"date_from": "2020-03-01", "date_to": "2020-03-31"},
    *({"finding": code} for code in ("no_picture", "mojibake", "bidi_control", "bad_secured")),
    {"differs": "1"},
    {"flapping": "1"},
    *({"q": words} for words in (RARE, MIDDLING, COMMON, f"{COMMON} {MIDDLING}")),
)
PAIRS: Final[tuple[Mapping[str, str], ...]] = (
    {"site": "islands", "published": "no"},
    {"site": "harbour", "topic": "Topic 0"},
    {"topic": "Topic 0", "provider": "paper0.example"},
    {"topic": "Topic 59", "provider": "paper299.example"},
    {"topic": "Topic 3", "finding": "no_picture"},
    {"topic": "Topic 30", "finding": "long_title"},
    {"finding": "html_tag", "published": "yes"},
    {"published": "yes", "quality_max": "50"},
    {"published": "no", "heat_min": "150"},
    {"type": "video", "site": "islands"},
    {"type": "video", "topic": "Topic 20"},
    {"provider": "paper5.example", "date_from": "2026-06-01"},
    {"quality_min": "120", "date_to": "2018-01-01"},
    {"heat_max": "-1", "quality_min": "150"},
    {"q": COMMON, "site": "islands"},
    {"q": MIDDLING, "published": "no"},
    {"q": COMMON, "topic": "Topic 40"},
)


def measure(small: Desk, large: Desk, *, is_quick: bool, only: str = "") -> Iterator[str]:
    rounds = 1 if is_quick else 4
    single = [asked for asked in FILTERS]
    everywhere = [{**asked, "state": "all"} for asked in FILTERS if "state" not in asked and asked]
    pairs: list[Mapping[str, str]] = [*PAIRS, *({**asked, "state": "all"} for asked in PAIRS)]
    parts: dict[str, Sequence[Mapping[str, str]]] = {
        "one filter": single,
        "one filter, every state": everywhere,
        "two filters": pairs,
    }
    for name, lists in parts.items():
        if only not in (name.replace(",", ""), ""):
            continue
        pages = [*_pages(small, large, lists[::EVERY] if is_quick else lists, is_quick=is_quick)]
        compare(small, large, pages, goal=GOAL, rounds=rounds)
        yield f"{name}:"
        yield from summary(pages, goal=GOAL, most_queries=MOST_QUERIES, shown=5 if is_quick else 15)


def _pages(small: Desk, large: Desk, lists: Sequence[Mapping[str, str]], *, is_quick: bool) -> Iterator[Pair]:
    """Each list by each order, first and deep; the quick way by one order after the other."""
    turn = cycle(ORDERS)
    for asked in lists:
        for order in [next(turn)] if is_quick else ORDERS:
            said = {**asked, "order": order}
            yield _pair(urlencode(said), small, large, home(**said), home(**said))
            near, far = _deep(small, said), _deep(large, said)
            if far:
                there = home(**said, **({"from": near} if near else {}))
                yield _pair(f"{urlencode(said)}, deep", small, large, there, home(**said, **{"from": far}))


def _pair(name: str, small: Desk, large: Desk, here: str, there: str) -> Pair:
    """A page that is shorter on the small desk costs less for that alone: the plain queue stands for it then (*)."""
    if _shown(small, here) >= _shown(large, there):
        return Pair(name, here, there)
    return Pair(f"{name} *", home(), there)


def _shown(desk: Desk, url: str) -> int:
    with desk.at_hand():
        return len(page_of(asked_by(url.partition("?")[2])).articles)


def _deep(desk: Desk, said: Mapping[str, str]) -> str:
    """The place of the 20,000th article, or of the middle one of a shorter list; as a link of the page has it."""
    asked = asked_by(urlencode(said))
    order = asked.order
    with desk.at_hand():
        rows = [*matching(asked).order_by(*order.by()).values_list(*order.names)[: DEEP + 1]]
    if len(rows) < 2:
        return ""
    return cursor(place(rows[DEEP if len(rows) > DEEP else len(rows) // 2]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("small")
    parser.add_argument("large")
    parser.add_argument("--quick", action="store_true", help="of every four lists one, by one order only, once")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    for line in measure(Desk(options.small), Desk(options.large), is_quick=options.quick, only=options.only):
        print(line, flush=True)


if __name__ == "__main__":
    main()
