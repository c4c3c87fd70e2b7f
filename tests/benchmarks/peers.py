"""The queue's page beside the stock admin's list of the same articles: DATABASE."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import override_settings

from tests.benchmarks.measuring import Ratio
from tests.benchmarks.million import CHIEF
from tests.benchmarks.pages import Desk, home

GOAL = 0.5
ROUNDS = 15
STOCK = "/stock/articles/article/"
PAGES = {
    "the queue's page, list and article": home(),
    "    by date": home(order="newest"),
    "    one site, published, by quality": home(site="harbour", published="yes", order="quality"),
}


def measure(desk: Desk) -> Iterator[str]:
    """The cheapest of each."""
    with desk.at_hand():
        User.objects.filter(username=CHIEF).update(is_superuser=True)  # the stock admin knows none of our groups
    stock = best(desk, STOCK, ROOT_URLCONF="tests.benchmarks.stock", TEMPLATES=[_without_ours()])
    for name, url in PAGES.items():
        yield str(Ratio(f"{name}, against the stock admin's", best(desk, url), stock, GOAL, "ms"))


def best(desk: Desk, url: str, **changed: Any) -> float:
    with override_settings(**changed):
        desk.time(url)
        return min(desk.time(url) for _ in range(ROUNDS))


def _without_ours() -> dict[str, Any]:
    engine: Any = settings.TEMPLATES[0]
    options = {"context_processors": engine["OPTIONS"]["context_processors"]}
    return {"BACKEND": engine["BACKEND"], "DIRS": [], "APP_DIRS": True, "OPTIONS": options}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    options = parser.parse_args()
    for line in measure(Desk(options.database)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
