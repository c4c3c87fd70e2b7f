"""Nothing changed: what a run over a whole site costs that has nothing to do."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.measuring import MB, Bench, Ratio


def measure(bench: Bench, count: int) -> Iterator[str]:
    """Against Django's start and `git status`; and the memory of ten times as many files."""
    (_, small), (many, large) = bench.imported(count // 10), bench.imported(count)
    start, status = bench.start(large), min(bench.git(many, "status", "--porcelain").wall for _ in range(3))
    floor = start.wall + status
    imported, synced = bench.best(large, "import_content", many), bench.best(large, "sync_content")
    yield str(Ratio(f"import, {count:,} files, nothing changed", imported.wall, floor, 2))
    yield str(Ratio(f"sync, {count:,} files, nothing changed", synced.wall, floor, 2))
    own, own_cpu = synced.wall - start.wall, synced.cpu - start.cpu
    yield f"    Django's start {start.wall:.2f} s, git status {status:.2f} s"
    yield f"    our own work in a sync {own:.2f} s, of the processor {own_cpu:.2f} s"
    peaks = [bench.best(small, "sync_content").peak_kib, synced.peak_kib]
    yield f"    peak memory {peaks[0] // MB} MB at {count // 10:,} files, {peaks[1] // MB} MB at {count:,}"
    yield from (f"    {share}" for share in bench.where(large, "sync_content"))
