"""A first import's rows into PostgreSQL, beside COPY of the same rows: run by `within`, for the folder of a site."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.benchmarks.measuring import ROOT, Bench, Ratio
from tests.benchmarks.postgresql import drop_database, new_database
from tests.postgres import PostgresMissing

TABLES: Final = ("article", "source", "image", "articletopic", "finding")
ROUNDS: Final = 3
CHUNK: Final = 250


def measure(bench: Bench, root: Path) -> Iterator[str]:
    """In a database of its own, where there is a server."""
    command = [sys.executable, "-m", "tests.benchmarks.within", "copying", str(root)]
    try:
        environment = os.environ | {"DATABASE_URL": new_database(bench, "copied")}
    except PostgresMissing as missing:
        yield f"rows into PostgreSQL: not measured. {missing}"
        return
    told = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    drop_database(bench, "copied")
    stored, copied, count = told.stdout.split()[-3:]
    yield str(Ratio(f"rows of {int(count):,} files into PostgreSQL, against COPY", float(stored), float(copied), 1.5))


def main() -> None:
    every = [_once(Path(sys.argv[1])) for _ in range(ROUNDS)]
    print(min(stored for stored, _, _ in every), min(copied for _, copied, _ in every), every[0][2])


def _once(root: Path) -> tuple[float, float, int]:
    """Seconds to store the rows and to copy them, for how many articles; nothing of it stays."""
    from django.db import transaction

    from articles.content.tree import Entry, Tree
    from articles.intake import Intake
    from articles.models import Article, Site
    from articles.report import Report

    tree = Tree(root)
    with transaction.atomic():
        intake = Intake(Site.objects.create(slug="copied"), datetime.now(UTC), Report(batch=str(uuid.uuid4())))
        intake.is_first = True
        paths = [found.path for found in tree.list("_news") if isinstance(found, Entry)]
        chunks = [intake.preparing.read(tree, paths[at : at + CHUNK]) for at in range(0, len(paths), CHUNK)]
        stored = _seconds(lambda: deque(map(intake.create, chunks), maxlen=0))
        count = Article.objects.count()
        copied = _copy_anew()
        assert Article.objects.count() == count
        transaction.set_rollback(True)
    return stored, copied, count


def _copy_anew() -> float:
    """Seconds that COPY takes for what is in the tables, which are emptied before."""
    from django.db import connection

    with connection.cursor() as cursor:
        blocks: dict[str, list[bytes]] = {}
        for table in TABLES:
            with cursor.copy(f"COPY articles_{table} TO STDOUT") as copy:
                blocks[table] = [bytes(block) for block in copy]
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {', '.join(f'articles_{table}' for table in TABLES)} CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

        def copy_all() -> None:
            for table in TABLES:
                with cursor.copy(f"COPY articles_{table} FROM STDIN") as copy:
                    copy.write(b"".join(blocks[table]))

        return _seconds(copy_all)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
