"""Runs the benchmarks: all, or those that are named; `--small` in a minute, `--files` with as many files as told."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.benchmarks import bulk, changed, decisions, export, first_import, lists, search, unchanged
from tests.benchmarks.measuring import bench

PROGRAMS = {
    "unchanged": unchanged.measure,
    "changed": changed.measure,
    "first_import": first_import.measure,
    "decisions": decisions.measure,
    "decisions_postgresql": decisions.on_postgresql,
    "bulk": bulk.measure,
    "export": export.measure,
    "search": search.measure,
    "queue": lists.queue,
    "records": lists.records,
    "peers": lists.peers,
}
LARGE, SMALL = 100_000, 2_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*PROGRAMS, []], metavar="NAME", help=", ".join(PROGRAMS))
    parser.add_argument("--small", action="store_true", help=f"with {SMALL:,} files instead of {LARGE:,}")
    parser.add_argument("--files", type=int, metavar="N", help="with so many files")
    parser.add_argument(
        "--tables", type=Path, metavar="FILE", help="a SQLite file with all tables; else migrate makes it"
    )
    parser.add_argument("--wagtail", metavar="PYTHON", default="", help="a Python that has Wagtail, for peers")
    options = parser.parse_args()
    count = options.files or (SMALL if options.small else LARGE)
    with bench(rounds=1 if count < SMALL else 3, tables=options.tables) as here:
        here.wagtail = options.wagtail
        for name in options.names or PROGRAMS:
            print(f"== {name}", flush=True)
            for line in PROGRAMS[name](here, count):
                print(line, flush=True)


if __name__ == "__main__":
    main()
