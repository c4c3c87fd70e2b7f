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
    alone = bench.manage(bench.database("alone"), "import_content", bench.site(changed)).wall - start.wall
    floor = start.wall + status + alone
    rewrite(root, changed, days_ago=3, quality=rb"quality: \g<1>7")
    synced = bench.manage(database, "sync_content")
    yield str(Ratio(f"sync, {changed:,} of {count:,} files rewritten", synced.wall, floor, 1.5))
    rewrite(root, changed, days_ago=2, quality=rb"quality:  \g<1>7")
    noise = bench.manage(database, "sync_content")
    yield str(Ratio(f"sync, {changed:,} of {count:,} files with noise", noise.wall, floor, 1.5))
    yield f"    Django's start {start.wall:.2f} s, git status {status:.2f} s, {changed:,} first imports {alone:.2f} s"
    rewrite(root, changed, days_ago=1, quality=rb"quality: \g<1>9")
    yield from (f"    {share}" for share in bench.where(database, "sync_content"))


def rewrite(root: Path, count: int, *, days_ago: int, quality: bytes) -> None:
    """As the crawler: another last figure of the quality, all over the site."""
    files = sorted((root / "_news").iterdir())
    for file in files[:: max(1, len(files) // count)][:count]:
        write(file, QUALITY.sub(quality, file.read_bytes()), days_ago=days_ago)
