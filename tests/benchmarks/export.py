"""What editors decided goes into the files, and into one commit of the repository."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.benchmarks.measuring import Bench, Ratio, Run

ONE_IN: Final = 100
EDITS: Final = """
from django.contrib.auth.models import User
from django.utils import timezone
from articles.models import Article
from articles.review.bulk import decide_on_many
ada, _ = User.objects.get_or_create(username="ada", is_superuser=True)
step = {step}
keys = [*Article.objects.order_by("path").values_list("pk", flat=True)][::step][:{count}]
seen = {{}}
for start in range(0, len(keys), 500):
    seen |= dict(Article.objects.filter(pk__in=keys[start:start + 500]).values_list("pk", "version"))
decided = decide_on_many("quality", "{quality}", seen, by=ada, at=timezone.now())
assert sum(bool(one.outcome) for one in decided) == len(keys), decided[0].refusal
"""


def measure(bench: Bench, count: int) -> Iterator[str]:
    """Against `git add` and `git commit` of the same files, in a copy of the repository."""
    root, database = bench.imported(count)
    edits = max(1, count // ONE_IN)
    copy = bench.folder / "copy"
    shutil.copytree(root, copy, symlinks=True)
    bench.git(copy, "status")  # the index knows the copied files from now on
    start = bench.start(database)
    written: list[Run] = []
    whole: list[Run] = []
    floors: list[float] = []
    for turn in range(bench.rounds):
        decide(bench, database, edits, count, 2 * turn + 1)
        written.append(bench.manage(database, "export_content"))
        bench.git(root, "commit", "-q", "-a", "-m", "Written")
        decide(bench, database, edits, count, 2 * turn + 2)
        whole.append(bench.manage(database, "export_content", "--commit"))
        floors.append(commit_the_same(bench, root, copy))
    floor = min(floors)
    own = min(one.wall for one in written) - start.wall
    yield str(Ratio(f"export of {edits:,} edits in {count:,} files: edit, verify, write", own, floor, 0.25))
    yield str(Ratio("    the same with one commit, whole process", min(one.wall for one in whole), floor, 2))
    cpu = min(one.cpu for one in whole)
    yield f"    Django's start {start.wall:.2f} s, of the processor for the whole {cpu:.2f} s"
    decide(bench, database, edits, count, 99)
    yield from (f"    {share}" for share in bench.where(database, "export_content", "--commit"))
    shutil.rmtree(copy)


def decide(bench: Bench, database: Path, edits: int, count: int, quality: int) -> None:
    """As many articles as edits, all over the site, get another quality."""
    code = EDITS.format(step=max(1, count // edits), count=edits, quality=quality)
    bench.manage(database, "shell", "-v0", "-c", code)


def commit_the_same(bench: Bench, root: Path, copy: Path) -> float:
    """Seconds of `git add` and `git commit` in the copy, of the files that the last commit of the site changed."""
    command = ["git", "diff", "--name-only", "HEAD~1", "HEAD"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]
    for name in names:
        shutil.copyfile(root / name, copy / name)
    started = time.perf_counter()
    bench.git(copy, "add", "--all")  # a third of the time of naming a thousand files, each looked for among all
    bench.git(copy, "commit", "-q", "-m", "Written")
    return time.perf_counter() - started
