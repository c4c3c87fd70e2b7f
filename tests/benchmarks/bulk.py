"""An act on many articles in the background, and an editor who decides meanwhile: costs, and how long one waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.benchmarks.decisions import NAMES, PASSWORD, WHO, copy_for, desk_server, log_in
from tests.benchmarks.measuring import Bench, Ratio
from tests.benchmarks.serving import Editor, Reply, Served, Server, serve

MOST: Final = 10_000
WORKER: Final = ("db_worker", "--batch", "--no-startup-delay", "--verbosity=0")
LONGEST_WAIT_MS: Final = 300
START: Final = """
import uuid
from django.contrib.auth.models import User
from django.utils import timezone
from articles import bulk_runs
from articles.models import Article
seen = dict(Article.objects.order_by("pk").values_list("pk", "version")[:{count}])
chief = User.objects.create(username="chief", is_superuser=True)
bulk_runs.start("publish", "", seen, batch=uuid.uuid4(), by=chief, at=timezone.now())
"""


def measure(bench: Bench, count: int) -> Iterator[str]:
    """The worker publishes half of the articles; on the others one editor decides, one after the other."""
    articles = min(count, MOST)
    half = articles // 2
    read = bench.database("bulk")
    bench.manage(read, "import_content", bench.site(articles))
    bench.manage(read, "shell", "-v0", "-c", WHO.format(names=NAMES[:1], password=PASSWORD))
    settings = copy_for(bench, read, "bulk-desk")
    with desk_server(bench, "bulk-desk", settings) as server, ThreadPoolExecutor(1) as aside:
        database = bench.folder / "bulk-desk.sqlite3"
        one = Deciding(server, range(half + 1, articles + 1))
        alone = [one.for_seconds(min(bench.seconds, 1)) for _ in range(bench.rounds)]
        bench.manage(database, "shell", "-v0", "-c", START.format(count=half))
        start = bench.start(database)
        worker = aside.submit(bench.manage, database, *WORKER)
        meanwhile = []
        while not worker.done():
            meanwhile.append(one.for_seconds(0.5))
        run = worker.result()
    cpu = 1000 * (run.cpu - start.cpu) / half
    best = min(several.cpu_each for several in alone)
    slowest = max(several.slowest for several in meanwhile)
    yield str(Ratio("an article of a run, against a decision: processor time", cpu, 1000 * best, 0.5, "ms"))
    yield str(Ratio("the slowest decision meanwhile", 1000 * slowest, LONGEST_WAIT_MS, 1, "ms"))
    yield f"    {half:,} articles in {run.wall:.1f} s; decisions: {_in_words(meanwhile)}; alone: {_in_words(alone)}"


class Deciding:
    """One editor, who publishes these articles by key; after the last the first again, which is that way already."""

    def __init__(self, server: Server, articles: Sequence[int]) -> None:
        self.server, self.articles, self.begun = server, articles, 0
        self.editor = log_in(server.socket, NAMES[0])

    def for_seconds(self, seconds: float) -> Served:
        return serve(self.server, [self.editor], self.decide, seconds)

    def decide(self, editor: Editor, number: int) -> Reply:
        pk = self.articles[self.begun % len(self.articles)]
        version = 1 + min(1, self.begun // len(self.articles))
        self.begun += 1
        return editor.post(f"/articles/{pk}/publish/", f"version={version}&next=&has_next=1")


def _in_words(several: Sequence[Served]) -> str:
    waits = sorted(time for one in several for time in one.times)
    middle, late = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    errors = sum(len(one.errors) for one in several)
    return (
        f"{1000 * middle:.0f} ms in the middle, 99 of 100 within {1000 * late:.0f} ms, "
        f"slowest {1000 * waits[-1]:.0f} ms, errors {errors}"
    )
