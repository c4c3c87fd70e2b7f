"""Acts on many articles outside of a request: queued, carried out a handful at a time, stopped, gone on with.

A handful of articles and how far the run is are written in one transaction: wherever a run ends, what it did is whole,
and it can go on with the rest.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django_tasks import task

from articles.content.findings import KINDS
from articles.locking import Hold, LockRefused, locks, site_lock, sweep
from articles.models import Article, BulkRun, Event, Site
from articles.queueing import CannotStart, beginning, enqueue, mark_broken_off
from articles.review import Decided, EditRejected, NotAllowed, ruling
from articles.review.act import Hand
from articles.review.bulk import DEEDS, decide_on_many, require_for_many, wrong_value
from articles.review.holding import AT_ONCE, give_way
from articles.review.rights import require
from articles.review.undoing import decisions_of, require_to_undo, undo_events

IN_REQUEST: Final = 200
"""So many at most are decided on while the browser waits."""
REFUSALS_KEPT: Final = 200
LIFETIME: Final = timedelta(days=1)
"""So long after it was looked at one may go on with it."""
TRIES: Final = 30
SECONDS_BETWEEN_TRIES: Final = 1.0

BROKEN_OFF: Final = (
    "The worker ended before the run did. Every article is as it was or as it should be; "
    "those it did not come to are named below. Go on to complete the work."
)
OUR_MISTAKE: Final = (
    "The run met a mistake of the desk's, which is in the log of the worker. What it did is whole. "
    "Tell whoever runs the desk."
)
NO_ANSWER: Final = (
    "The database let nobody write for minutes, such as during a long sync. What the run did is whole. "
    "Go on when that is over."
)
ITS_MISTAKE: Final = "The desk made a mistake with it, which is in the log of the worker. Nothing was done to it."

log = logging.getLogger(__name__)

Item = tuple[int, int]
"""An article by number, and the version that was seen of it; where a batch is taken back, the event."""


class _Over(Exception):
    """Somebody else ended the run: the page that looked took its worker for dead."""


# --- What the desk asks for -------------------------------------------------------------------------------------------


def start(deed: str, value: str, seen: Mapping[int, int], *, batch: uuid.UUID, by: User, at: datetime) -> BulkRun:
    """Queue a deed on articles as they were seen. Asked for twice under one batch, it is the run that there is.

    Raises `NotAllowed`, `TooMany`, and `EditRejected` where the value is wrong.
    """
    require_for_many(by, deed, len(seen))
    if wrong := wrong_value(deed, value):
        raise EditRejected({"": [wrong]})
    words = KINDS[value].word if deed == "fix" and value else value
    title = f"{DEEDS[deed].label}{f': {words}' if words else ''}"
    return _queue(deed, value, [*seen.items()], title=title, batch=batch, by=by, at=at)


def start_rule(
    site: Site, min_quality: int, seen: dict[int, int], *, batch: uuid.UUID, by: User, at: datetime
) -> BulkRun:
    """Queue a publish rule over those that were seen to change sides. Raises `NotAllowed` and `SetMoved`."""
    ruling.require_to_rule(by)
    if known := BulkRun.objects.filter(batch=batch).first():
        return known
    ruling.refuse_moved(site, min_quality, seen)
    title = f"Quality at least {min_quality}: {site}"
    return _queue(BulkRun.RULE, str(min_quality), [*seen.items()], title=title, batch=batch, by=by, at=at)


def start_undo(batch: uuid.UUID, *, by: User, at: datetime) -> BulkRun:
    """Queue the taking back of a batch. Raises `NoSuchBatch`, `NotAllowed`, and `CannotStart` where that runs."""
    events = decisions_of(batch)
    require_to_undo(events, by)
    require_over(batch)
    look(at=at)
    if live := BulkRun.objects.filter(deed=BulkRun.UNDO, value=str(batch), state__in=BulkRun.LIVE).first():
        raise CannotStart(f"{live.user} takes it back already: see “{live}” under Runs.")
    done = BulkRun.objects.filter(batch=batch).first()
    title = f"Take back: {done or 'what was done together'}"[:400]
    items = [(event.article_id, event.pk) for event in events if event.article_id]
    return _queue(BulkRun.UNDO, str(batch), items, title=title, batch=uuid.uuid4(), by=by, at=at)


def require_over(batch: uuid.UUID) -> None:
    """Raises `CannotStart` where the run that makes up the batch is not over."""
    if live := BulkRun.objects.filter(batch=batch, state__in=BulkRun.LIVE).first():
        raise CannotStart(f"“{live}” still runs. Stop it first; what it did until then can be taken back.")


def stop(run: BulkRun, *, by: User, at: datetime) -> bool:
    """At the next handful, or before it begins; False where it is over. Others' runs take the right to undo them."""
    require(by, "change_article")
    if run.user_id != by.pk:
        require(by, "undo_article")
    name = by.get_username()
    taken_back = {"state": BulkRun.State.TAKEN_BACK, "ended_at": at, "error": f"{name} took it back before it began."}
    if run.done:
        taken_back |= {"state": BulkRun.State.STOPPED, "error": f"{name} stopped it."}
    return run.change(BulkRun.State.QUEUED, **taken_back) or run.change(BulkRun.State.RUNNING, stopped_by=name)


def go_on(run: BulkRun, *, by: User, at: datetime) -> BulkRun:
    """With the rest of it, under the same batch. Only for who asked for it. Raises `NotAllowed` and `CannotStart`."""
    if why := why_not_go_on(run, by=by, at=at):
        raise CannotStart(why) if run.user_id == by.pk else NotAllowed(why)
    waits = {"state": BulkRun.State.QUEUED, "ended_at": None, "error": "", "stopped_by": ""}
    with transaction.atomic():
        if not run.change(run.state, **waits):
            raise CannotStart("It goes on already.")
        run.refresh_from_db()
        enqueue(carry_out_task, run, at=at)
    return run


def why_not_go_on(run: BulkRun, *, by: User, at: datetime) -> str:
    """A sentence; empty: one can."""
    if run.user_id != by.pk:
        return f"{run.user} asked for it, and only {run.user} goes on with it. Look at the articles, and decide anew."
    if run.is_live or not run.left:
        return "There is nothing left to go on with."
    if at - run.queued_at > LIFETIME:
        return "What was looked at for it is older than a day. Look again, then decide."
    return ""


# --- What the desk shows ----------------------------------------------------------------------------------------------


def look(*, at: datetime) -> None:
    """Mark what a worker that is no more left behind as broken off. Cheap where nothing is live."""
    live = BulkRun.objects.filter(state__in=BulkRun.LIVE).defer("selection", "refusals")
    mark_broken_off(live, at=at, error=BROKEN_OFF)


# --- What the worker does ---------------------------------------------------------------------------------------------


@task()
def carry_out_task(number: int) -> None:
    carry_out(number)


def carry_out(
    number: int,
    *,
    clock: Callable[[], datetime] = timezone.now,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """The run itself, under a lock of its own from before it begins until its end is written.

    What it does is done at one moment, that of its first beginning: so its batch is one in every history.
    """
    run = BulkRun.objects.select_related("user").filter(pk=number, state=BulkRun.State.QUEUED).first()
    if run is None:
        return
    sweep(locks(), ".bulk-", older_than=LIFETIME + timedelta(days=1))
    try:
        with site_lock(locks(), run.lock_name, holder=f"{run} by {run.user}", clock=clock, job=str(run.pk)) as hold:
            at = run.started_at or clock()
            if run.change(BulkRun.State.QUEUED, **beginning(at)):
                run.change(BulkRun.State.RUNNING, **{**_outcome(run, at, hold, progress), "ended_at": clock()})
    except LockRefused as refusal:
        run.change(BulkRun.State.QUEUED, state=BulkRun.State.REFUSED, ended_at=clock(), error=str(refusal))


def _outcome(run: BulkRun, at: datetime, hold: Hold, progress: Callable[[int], None]) -> dict[str, Any]:
    """The columns that say how the run ended."""
    try:
        stopped_by = _go_through(run, at, hold, progress)
    except NotAllowed as refusal:
        return {"state": BulkRun.State.REFUSED, "error": str(refusal)}
    except (_Over, LockRefused):
        return {"state": BulkRun.State.BROKEN_OFF, "error": BROKEN_OFF}
    except OperationalError:
        log.exception("Bulk run %s: the database does not answer", run.pk)
        return {"state": BulkRun.State.BROKEN_OFF, "error": NO_ANSWER}
    except Exception:
        log.exception("Bulk run %s failed", run.pk)
        return {"state": BulkRun.State.BROKEN_OFF, "error": OUR_MISTAKE}
    if stopped_by:
        return {"state": BulkRun.State.STOPPED, "error": f"{stopped_by} stopped it."}
    return {"state": BulkRun.State.DONE, "selection": []}  # of 10,000 articles it is 100 KB


def _go_through(run: BulkRun, at: datetime, hold: Hold, progress: Callable[[int], None]) -> str:
    """The rest of the selection, or until somebody stops it: their name."""
    while run.done < len(run.selection):
        progress(run.done)
        begun = time.monotonic()
        if stopped_by := _patiently(lambda: _step(run, at)):
            return stopped_by
        hold.count(run.done)
        give_way(begun)
    return ""


def _step(run: BulkRun, at: datetime) -> str:
    """A handful, unless somebody stopped the run: their name."""
    stopped_by = BulkRun.objects.values_list("stopped_by", flat=True).get(pk=run.pk)
    if not stopped_by:
        _handful(run, run.selection[run.done : run.done + AT_ONCE], at)
    return stopped_by


def _patiently(do: Callable[[], str]) -> str:
    """A sync may keep every other writer of SQLite waiting for minutes: who asked in vain asks again."""
    for _ in range(TRIES - 1):
        try:
            return do()
        except OperationalError:
            if connection.in_atomic_block:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(SECONDS_BETWEEN_TRIES)
    return do()


def _handful(run: BulkRun, some: Sequence[Item], at: datetime) -> None:
    """All of them together; where the desk makes a mistake with one, each by itself, and that one is refused."""
    by = User.objects.get(pk=run.user_id)  # with the rights of this moment
    try:
        _do(run, some, lambda: _decided(run, some, by, at))
    except (NotAllowed, OperationalError, _Over):
        raise
    except Exception:
        log.exception("Bulk run %s: a handful failed, and is tried one by one", run.pk)
        for item in some:
            _alone(run, item, by, at)


def _alone(run: BulkRun, item: Item, by: User, at: datetime) -> None:
    try:
        _do(run, [item], lambda: _decided(run, [item], by, at))
    except (NotAllowed, OperationalError, _Over):
        raise
    except Exception:
        log.exception("Bulk run %s: article %s failed", run.pk, item[0])
        _do(run, [item], lambda: [Decided(Article.objects.get(pk=item[0]), refusal=ITS_MISTAKE)])


def _do(run: BulkRun, some: Sequence[Item], decide: Callable[[], list[Decided]]) -> None:
    """Decide and write how far the run is, both or neither. Raises `_Over` where it should not run any more."""
    with transaction.atomic():
        decided = decide()
        refused = [one for one in decided if one.refusal]
        columns: dict[str, Any] = {
            "done": run.done + len(some),
            "changed": run.changed + sum(bool(one.outcome and one.outcome.changed) for one in decided),
            "refused": run.refused + len(refused),
        }
        if refused and len(run.refusals) < REFUSALS_KEPT:
            named = [[one.article.pk, str(one.article)[:200], one.refusal[:500]] for one in refused]
            columns["refusals"] = [*run.refusals, *named][:REFUSALS_KEPT]
        if not run.change(BulkRun.State.RUNNING, **columns):
            raise _Over
    for name, value in columns.items():
        setattr(run, name, value)


def _decided(run: BulkRun, some: Sequence[Item], by: User, at: datetime) -> list[Decided]:
    if run.deed == BulkRun.UNDO:
        events = Event.objects.filter(pk__in=[event for _, event in some]).order_by("-id")
        require_to_undo(events, by)
        return undo_events(list(events), Hand(by, at, "", run.batch, dry_run=False))
    seen = {article: version for article, version in some}
    if run.deed == BulkRun.RULE:
        return ruling.turn(seen, int(run.value), by=by, at=at, batch=run.batch)
    require_for_many(by, run.deed, run.count)
    return decide_on_many(run.deed, run.value, seen, by=by, at=at, batch=run.batch)


def _queue(
    deed: str, value: str, items: Sequence[Item], *, title: str, batch: uuid.UUID, by: User, at: datetime
) -> BulkRun:
    try:
        with transaction.atomic():
            run = BulkRun.objects.create(
                deed=deed,
                value=value,
                title=title,
                batch=batch,
                selection=items,
                count=len(items),
                user=by,
                queued_at=at,
            )
            enqueue(carry_out_task, run, at=at)
    except IntegrityError:  # the same form came twice
        return BulkRun.objects.get(batch=batch, user=by)
    return run
