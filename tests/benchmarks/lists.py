"""The lists of the desk and of the admin on a database of ten times as many articles as told, and on one of a tenth.

Each page is held against itself on the small desk: what is more there is what a page costs for the table's size.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import ROOT, Bench, settings_for

QUICK_BELOW = 50_000
FEWEST = 200
"""With fewer no list is as long as a page."""


def queue(here: Bench, count: int) -> Iterator[str]:
    """Every filter and order, the first page and one 20,000 rows deep."""
    yield from _measured(here, count, "asked")


def records(here: Bench, count: int) -> Iterator[str]:
    """Every list of the admin with each filter, order and search."""
    yield from _measured(here, count, "records")


def peers(here: Bench, count: int) -> Iterator[str]:
    """The queue's page beside the stock admin's list, of as many articles as told, and Wagtail's explorer."""
    more = ["--wagtail", here.wagtail] if here.wagtail else []
    more += ["--quick"] if here.rounds == 1 else []
    yield from _within("peers", here.filled(max(FEWEST, count)), *more)


def _measured(here: Bench, count: int, program: str) -> Iterator[str]:
    few, many = max(FEWEST, count // 10), max(2 * FEWEST, count * 10)
    yield f"{many:,} articles, against {few:,}; milliseconds of the processor"
    quick = ["--quick"] if count < QUICK_BELOW else []
    yield from _within(program, here.filled(few), here.filled(many), *quick)


def _within(program: str, *arguments: Path | str) -> list[str]:
    """What a program of `within` prints; its database is the last that is named."""
    command = [sys.executable, "-m", "tests.benchmarks.within", program, *map(str, arguments)]
    database = [one for one in arguments if isinstance(one, Path)][-1]
    environment = os.environ | settings_for(database)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()
