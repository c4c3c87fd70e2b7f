"""Runs over a site that people ask for, carried out by the worker; those over its files are kept with what they did.

How far a run is, is read from its lock: on SQLite nothing could be written beside the one transaction of an import.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import task

from articles.content.problems import ProblemError
from articles.exporting import CannotExport, export_in_place
from articles.importing import CannotImport, ManyGone, take_in
from articles.locking import Hold, LockRefused, held_by, locks, site_lock
from articles.models import Job, Site
from articles.queueing import CannotStart, beginning, enqueue, mark_broken_off, note_of
from articles.remeasuring import measure_again
from articles.report import Report
from articles.review import ruling
from articles.review.holding import give_way
from articles.review.rights import require
from articles.syncing import sync_site
from articles.wording import moment

MAX_PROBLEMS_KEPT: Final = 200
MAX_MESSAGE_CHARS: Final = 2000
MEASURED_IN_REQUEST: Final = 2_000
"""So many articles at most follow another threshold while the browser waits."""

BROKEN_OFF: Final = (
    "The worker ended before the run did. Every file is whole, old or new, and nothing decided is lost. "
    "Start it again to complete the work."
)
OUR_MISTAKE: Final = (
    "The run met a mistake of the desk's, which is in the log of the worker. Nothing decided is lost. "
    "Tell whoever runs the desk."
)
_HINT_OF_COMMANDS: Final = "; --force if that is meant."

log = logging.getLogger(__name__)


class SiteBusy(CannotStart):
    """Another run has the site, or waits for it."""


# --- What the desk asks for -------------------------------------------------------------------------------------------


def start(
    kind: Job.Kind,
    site: Site,
    *,
    by: User,
    at: datetime,
    commits: bool = False,
    message: str = "",
    may_lose_many: bool = False,
) -> Job:
    """Queue a run for the worker. Raises `NotAllowed`, `SiteBusy` where a run has the site, and `CannotStart`."""
    require(by, "export_site")
    if not site.root:
        raise CannotStart(f"{site} was never read from a folder. Whoever runs the desk reads it with import_content.")
    look(at=at)
    _require_free(site)
    try:
        with transaction.atomic():
            job = Job.objects.create(
                site=site,
                kind=kind,
                commits=commits,
                message=message.strip()[:MAX_MESSAGE_CHARS],
                may_lose_many=may_lose_many,
                user=by,
                queued_at=at,
            )
            enqueue(carry_out_task, job, at=at)
    except IntegrityError:
        _require_free(site)
        raise
    return job


def start_again(job: Job, *, by: User, at: datetime, may_lose_many: bool = False) -> Job:
    """The same once more; raises as `start` does."""
    kind = Job.Kind(job.kind)
    return start(kind, job.site, by=by, at=at, commits=job.commits, message=job.message, may_lose_many=may_lose_many)


def take_back(job: Job, *, by: User, at: datetime) -> bool:
    """Before the worker has it; False where it has. Raises `NotAllowed`."""
    require(by, "export_site")
    sentence = f"{by.get_username()} took it back before it began."
    return job.change(Job.State.QUEUED, state=Job.State.TAKEN_BACK, ended_at=at, error=sentence)


def set_threshold(site: Site, threshold: int, *, by: User) -> None:
    """Give a site another threshold, which its articles follow: few at once, many by the worker.

    Where `site.is_measured` is false after it, the worker is about it. Raises `NotAllowed` and `EditRejected`.
    """
    ruling.set_threshold(site, threshold, by=by)
    measure(site)


def measure(site: Site) -> None:
    """Have all articles follow the site's threshold; asked for again where a worker ended before it was done."""
    if site.articles.order_by()[: MEASURED_IN_REQUEST + 1].count() > MEASURED_IN_REQUEST:
        measure_task.enqueue(site.pk)
    else:
        measure_again(site)


# --- What the desk shows ----------------------------------------------------------------------------------------------


def look(*, at: datetime) -> None:
    """Mark what a worker that is no more left behind as broken off. Cheap where nothing is live."""
    mark_broken_off(Job.objects.filter(state__in=Job.LIVE).select_related("site"), at=at, error=BROKEN_OFF)


def files_done(job: Job) -> int:
    """How many files a run has dealt with so far, as far as its lock can be seen from here."""
    done = note_of(job).get("done", "0")
    return int(done) if done.isdecimal() else 0


def _require_free(site: Site) -> None:
    live = Job.objects.filter(site=site, state__in=Job.LIVE).select_related("user", "site").first()
    if live is not None:
        what = "waits for the worker" if live.state == Job.State.QUEUED else "has the site"
        raise SiteBusy(
            f"{live} by {live.user} {what} since {moment(live.started_at or live.queued_at)}. "
            "Nothing is lost: what was decided meanwhile is written by the next run."
        )
    note = held_by(locks(), site.slug)
    if note is not None:
        raise SiteBusy(
            f"{note.get('holder', 'Another run')} has the site {site}{_since(note)}. "
            "Start it once more when that is done; nothing is lost meanwhile."
        )


def _since(note: dict[str, str]) -> str:
    try:
        return f" since {moment(datetime.fromisoformat(note['since']))}"
    except (KeyError, ValueError):
        return ""


# --- What the worker does ---------------------------------------------------------------------------------------------


@task()
def carry_out_task(number: int) -> None:
    carry_out(number)


@task()
def measure_task(number: int) -> None:
    if site := Site.objects.filter(pk=number, is_measured=False).first():
        measure_again(site, pause=give_way)


def carry_out(number: int, *, clock: Callable[[], datetime] = timezone.now) -> None:
    """The run itself, under the site's lock from before it begins until its end is written."""
    job = Job.objects.select_related("site", "user").filter(pk=number, state=Job.State.QUEUED).first()
    if job is None:
        return
    holder = f"{job.get_kind_display()} by {job.user}"
    try:
        with site_lock(locks(), job.site.slug, holder=holder, clock=clock, job=str(job.pk)) as hold:
            if job.change(Job.State.QUEUED, **beginning(clock())):
                outcome = _outcome(job, hold, clock())
                job.change(Job.State.RUNNING, ended_at=clock(), **outcome)
    except LockRefused as refusal:
        job.change(Job.State.QUEUED, state=Job.State.REFUSED, ended_at=clock(), error=str(refusal))


def _outcome(job: Job, hold: Hold, at: datetime) -> dict[str, Any]:
    """The columns that say how the run ended."""
    try:
        report = _run(job, hold, at)
    except ManyGone as refusal:
        sentence = f"{str(refusal).removesuffix(_HINT_OF_COMMANDS)}."
        return {"state": Job.State.REFUSED, "error": sentence, "lost_many": True}
    except ProblemError as refusal:
        return {"state": Job.State.REFUSED, "error": f"{refusal.problem.path}: {refusal.problem.message}"}
    except (CannotImport, CannotExport) as refusal:
        return {"state": Job.State.REFUSED, "error": str(refusal)}
    except LockRefused as loss:
        return {"state": Job.State.BROKEN_OFF, "error": str(loss)}
    except Exception:
        log.exception("Job %s failed", job.pk)
        return {"state": Job.State.BROKEN_OFF, "error": OUR_MISTAKE}
    return {"state": Job.State.DONE, "report": _kept(report)}


def _run(job: Job, hold: Hold, at: datetime) -> Report:
    site, root = job.site, Path(job.site.root)
    if job.kind == Job.Kind.READ:
        return _read(job, root, hold, at)
    if job.kind == Job.Kind.WRITE:
        exported = export_in_place(
            site, at=at, commit=job.commits, message=job.message, with_diff=False, progress=hold.count
        )
        return exported.report
    forced = job.may_lose_many
    return sync_site(root, at=at, slug=site.slug, commit=job.commits, force=forced, progress=hold.count).report


@transaction.atomic
def _read(job: Job, root: Path, hold: Hold, at: datetime) -> Report:
    """As careful as a sync: nothing where many files are gone at once."""
    forced = job.may_lose_many
    return take_in(root, at=at, slug=job.site.slug, may_lose_many=forced, as_last_time=True, progress=hold.count)


def _kept(report: Report) -> dict[str, Any]:
    """The report as the page shows it: errors first, and of very many problems the first."""
    kept = report.as_dict()
    kept["problems"].sort(key=lambda problem: problem["severity"] != "error")
    kept["problems_left_out"] = max(len(kept["problems"]) - MAX_PROBLEMS_KEPT, 0)
    del kept["problems"][MAX_PROBLEMS_KEPT:]
    return kept
