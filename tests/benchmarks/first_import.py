"""The first import, into an empty database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import copying
from tests.benchmarks.measuring import MB, Bench, Ratio, Run, run

CONFIG = 'baseURL = "https://example.com/"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap", "home", "section"]\n'


def measure(bench: Bench, count: int) -> Iterator[str]:
    """Against Hugo building the same files in memory; ten times as many files against ten times that; and by `COPY`."""
    few, many = bench.site(count // 10), bench.site(count)
    first = min((import_anew(bench, few) for _ in range(bench.rounds)), key=lambda one: one.wall)
    if shutil.which("hugo"):
        floor = min(hugo(bench.folder / "hugo", few).wall for _ in range(bench.rounds))
        yield str(Ratio(f"import of {count // 10:,} files, against Hugo", first.wall, floor, 1.25))
    else:
        yield f"import of {count // 10:,} files: {first.wall:.2f} s; without hugo there is nothing to hold it against"
    ten_times = import_anew(bench, many)
    yield str(Ratio(f"import of {count:,} files, against {count // 10:,}", ten_times.wall, first.wall, 11))
    yield str(Ratio("    and its peak memory", ten_times.peak_kib / MB, first.peak_kib / MB, 1.3, "MB"))
    yield from copying.measure(bench, few)
    yield from (f"    {share}" for share in bench.where(bench.database("profiled"), "import_content", few))


def import_anew(bench: Bench, root: Path) -> Run:
    return bench.manage(bench.database("first"), "import_content", root)


def hugo(folder: Path, root: Path) -> Run:
    """Every page with a title and an excerpt, nothing written."""
    layouts = folder / "layouts" / "_default"
    layouts.mkdir(parents=True, exist_ok=True)
    (layouts / "single.html").write_text("<h1>{{ .Title }}</h1>{{ .Params.excerpt }}")
    (folder / "config.toml").write_text(CONFIG)
    everything = ["--buildDrafts", "--buildFuture", "--buildExpired"]
    return run(["hugo", "--renderToMemory", "--quiet", *everything, "--contentDir", str(root / "_news")], folder, {})
