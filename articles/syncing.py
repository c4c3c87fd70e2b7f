"""The crawler's files and the editors' decisions brought together: read, merge, write.

`plan` says what that is, of any state of files and desk; import and export carry out nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction

from articles.content.actions import plan
from articles.exporting import Export, export_in_place
from articles.importing import take_in
from articles.models import Site
from articles.report import Report

__all__ = ["plan", "sync_site"]

Progress = Callable[[int], None]


def sync_site(
    root: Path,
    *,
    at: datetime,
    slug: str = "",
    collections: Sequence[str] = (),
    dry_run: bool = False,
    commit: bool = False,
    force: bool = False,
    progress: Progress = lambda done: None,
) -> Export:
    """Take in what the crawler wrote, then write what editors decided; one report of both.

    A dry run takes in, plans the writing on that, and takes everything back: what it prints is what would happen.
    Raises `CannotImport` (`ManyGone` where more than a tenth of the files went and it is not forced) and
    `CannotExport`.
    """
    started = time.monotonic()

    def read() -> Report:
        return take_in(
            root,
            at=at,
            slug=slug,
            collections=collections,
            dry_run=dry_run,
            may_lose_many=force,
            as_last_time=True,
            progress=progress,
        )

    def write(taken: Report) -> Export:
        site = Site.objects.get(slug=taken.site)
        return export_in_place(site, at=at, dry_run=dry_run, commit=commit, progress=progress)

    if dry_run:
        with transaction.atomic():
            taken = read()
            written = write(taken)
            transaction.set_rollback(True)
    else:
        with transaction.atomic():
            taken = read()
        written = write(taken)
    _add(taken, written.report)
    taken.seconds = time.monotonic() - started
    return Export(taken, written.diff)


def _add(taken: Report, written: Report) -> None:
    """The report of the writing into that of the reading; a file that could not be read is not told of twice."""
    unread = {problem.path for problem in taken.problems if problem.is_error}
    taken.written = written.written
    taken.commit = written.commit
    taken.plan += written.plan
    taken.add(problem for problem in written.problems if problem.path not in unread)
