"""The queue's page beside the stock admin's list of the same articles, and Wagtail's explorer: DATABASE.

`--wagtail PYTHON` names the Python of an environment that has Wagtail; it is none of the desk's own packages.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import override_settings

from articles.models import Article
from tests.benchmarks.measuring import Ratio
from tests.benchmarks.million import CHIEF
from tests.benchmarks.pages import Desk, home

GOAL = 0.5
GOAL_OF_EXPLORER = 0.15
ROUNDS = 5
TURNS = 6
EXPLORER = Path(__file__).with_name("explorer.py")
STOCK = "/stock/articles/article/"
PAGES = {
    "the queue's page, list and article": home(),
    "    by date": home(order="newest"),
    "    one site, published, by quality": home(site="harbour", published="yes", order="quality"),
}


def measure(desk: Desk, *, turns: int = TURNS) -> Iterator[str]:
    """The cheapest of each, by turns."""
    with desk.at_hand():
        User.objects.filter(username=CHIEF).update(is_superuser=True)  # the stock admin knows none of our groups
    ours = dict.fromkeys(PAGES, float("inf"))
    stock = float("inf")
    for _ in range(turns):
        with override_settings(ROOT_URLCONF="tests.benchmarks.stock", TEMPLATES=[_without_ours()]):
            stock = min(stock, best(desk, STOCK))
        ours = {name: min(cost, best(desk, PAGES[name])) for name, cost in ours.items()}
    for name, cost in ours.items():
        yield str(Ratio(f"{name}, against the stock admin's", cost, stock, GOAL, "ms"))


def measure_explorer(desk: Desk, python: str) -> Iterator[str]:
    """Beside as many pages as the desk has articles, before and after Wagtail's turn."""
    with desk.at_hand():
        count = Article.objects.count()
    before = min(best(desk, home()) for _ in range(TURNS))
    with TemporaryDirectory(prefix="newsroom-wagtail-") as folder:
        command = [python, str(EXPLORER), folder, str(count), str(TURNS * ROUNDS)]
        rows, explorer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    ours = min(before, best(desk, home()))
    work = f"the queue's page, against Wagtail's explorer ({rows} rows)"
    yield str(Ratio(work, ours, float(explorer), GOAL_OF_EXPLORER, "ms"))


def best(desk: Desk, url: str) -> float:
    desk.time(url)
    return min(desk.time(url) for _ in range(ROUNDS))


def _without_ours() -> dict[str, Any]:
    engine: Any = settings.TEMPLATES[0]
    options = {"context_processors": engine["OPTIONS"]["context_processors"]}
    return {"BACKEND": engine["BACKEND"], "DIRS": [], "APP_DIRS": True, "OPTIONS": options}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    parser.add_argument("--wagtail", metavar="PYTHON", help="a Python that has Wagtail")
    parser.add_argument("--quick", action="store_true", help="one turn")
    options = parser.parse_args()
    desk = Desk(options.database)
    for line in measure(desk, turns=1 if options.quick else TURNS):
        print(line, flush=True)
    if not options.wagtail:
        print("Wagtail's explorer was left out: name a Python that has Wagtail with --wagtail.")
        return
    for line in measure_explorer(desk, options.wagtail):
        print(line, flush=True)


if __name__ == "__main__":
    main()
