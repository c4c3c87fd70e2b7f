"""db_worker: carries out the runs that people ask for; that of the queue of tasks, and what the desk adds to it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django_tasks_db.management.commands import db_worker

from articles import bulk_runs, jobs
from articles.locking import LockRefused, at_work, locks
from articles.management.desk_command import CannotStart


class Command(db_worker.Command):
    help = "Carry out the runs that people ask for on the desk, one after the other, until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:  # type: ignore[override]
        super().add_arguments(parser)
        parser.set_defaults(reload=False)  # a reload would break a run off
        parser.add_argument("--with-parent", action="store_true", help="End when the standard input does.")

    def handle(self, *, with_parent: bool, **options: Any) -> None:  # type: ignore[override]
        """While it runs, the desk can see that it does; what an earlier one left behind it marks first."""
        try:
            with at_work(locks()):
                jobs.look(at=timezone.now())
                bulk_runs.look(at=timezone.now())
                if with_parent:
                    threading.Thread(target=_end_with_stdin, daemon=True).start()
                super().handle(**options)
        except LockRefused as refusal:
            raise CannotStart(str(refusal)) from refusal


def _end_with_stdin() -> None:
    """However the parent ended, the other end of the pipe is closed then."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
