"""What all that runs outside of a request has in common: how it is queued, and how one sees whether it lives.

The only module that knows the queue of tasks. Whether a run lives is read from its lock, which is gone the moment its
process is.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from articles.locking import held_by, is_anyone_at_work, locks
from articles.models.queued import Queued

DAYS_KEPT_IN_QUEUE: Final = 7
MOMENT: Final = timedelta(minutes=1)
"""From the worker's taking a task to the run's beginning; more than that, and the worker is no more."""


class CannotStart(Exception):
    """The run was not queued; the message says to an editor why, and what to do."""


def enqueue(task: Task[[int], None], run: Queued, *, at: datetime) -> None:
    """Give a run to the worker; within the transaction that makes the run what waits."""
    run.task = str(task.enqueue(run.pk).id)
    run.save(update_fields=["task"])
    long_over = at - timedelta(days=DAYS_KEPT_IN_QUEUE)
    DBTaskResult.objects.finished().filter(finished_at__lt=long_over).delete()


def mark_broken_off(runs: Iterable[Queued], *, at: datetime, error: str) -> None:
    """Of these live runs those that a worker which is no more left behind."""
    for run in runs:
        if _is_lost(run, at):
            run.change(run.state, state=Queued.State.BROKEN_OFF, ended_at=at, error=error)


def is_worker_here() -> bool:
    """Whether a worker runs over this database, as far as its lock can be seen from here."""
    return is_anyone_at_work(locks())


def note_of(run: Queued) -> dict[str, str]:
    """What a run tells of itself in its lock, as far as that can be seen from here."""
    note = held_by(locks(), run.lock_name) or {}
    return note if note.get("job") == str(run.pk) else {}


def beginning(at: datetime) -> dict[str, Any]:
    """The columns of a run that begins on this machine."""
    return {"state": Queued.State.RUNNING, "started_at": at, "host": socket.gethostname()}


def _is_lost(run: Queued, at: datetime) -> bool:
    if run.state == Queued.State.QUEUED:
        return _is_task_lost(run.task, at)
    where = locks()
    if run.host != socket.gethostname() and not where.is_shared:
        return False  # its lock is on that machine, and told there
    note = held_by(where, run.lock_name)
    return note is None or (bool(note) and note.get("job") != str(run.pk))


def _is_task_lost(number: str, at: datetime) -> bool:
    """Whether a worker took the task and died before it began."""
    try:
        return DBTaskResult.objects.exclude(status="READY").filter(pk=number, started_at__lt=at - MOMENT).exists()
    except (ValueError, ValidationError):  # no number of this queue
        return False
