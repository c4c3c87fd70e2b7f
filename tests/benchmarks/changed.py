"""A few of many changed: a sync's cost grows with what changed, not with the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import Bench, Ratio, write

ONE_IN = 100
QUALITY = re.compile(rb"^quality: +(\d*)\d", re.MULTILINE)


def measure(bench: Bench, count: int) -> Iterator[str]:
    """Against Django's start, `git status`, and the first import of as many files as changed."""
    root, database = bench.imported(count)
    changed = max(1, count // ONE_IN)
    start, status = bench.start(database), min(bench.git(root, "status", "--porcelain").wall for _ in range(3))
    alone = min(_first_import(bench, changed, turn) for turn in range(bench.rounds)) - start.wall
    floor = start.wall + status + alone
    kinds = {"rewritten": rb"quality: \g<1>%d", "with noise": rb"quality:  \g<1>%d"}
    synced: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(bench.rounds):
        for kind, quality in kinds.items():
            rewrite(root, changed, days_ago=2 * bench.rounds - turn, quality=quality % (2 * turn + 1))
            synced[kind].append(bench.manage(database, "sync_content").wall)
    for kind, every in synced.items():
        yield str(Ratio(f"sync, {changed:,} of {count:,} files {kind}", min(every), floor, 1.5))
    yield f"    Django's start {start.wall:.2f} s, git status {status:.2f} s, {changed:,} first imports {alone:.2f} s"
    rewrite(root, changed, days_ago=1, quality=rb"quality: \g<1>9")
    yield from (f"    {share}" for share in bench.where(database, "sync_content"))


def _first_import(bench: Bench, count: int, turn: int) -> float:
    return bench.manage(bench.database(f"alone-{turn}"), "import_content", bench.site(count)).wall


def rewrite(root: Path, count: int, *, days_ago: int, quality: bytes) -> None:
    """As the crawler: another last figure of the quality, all over the site."""
    files = sorted((root / "_news").iterdir())
    for file in files[:: max(1, len(files) // count)][:count]:
        write(file, QUALITY.sub(quality, file.read_bytes()), days_ago=days_ago)
