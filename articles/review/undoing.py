"""What was decided can be taken back: a batch as a whole, or one value."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef

from articles.content import merge
from articles.content.merge import Decision
from articles.content.planning import rebased
from articles.content.values import from_json
from articles.models import Article, BulkRun, Event
from articles.review.act import Hand, OneAct
from articles.review.acts import edit
from articles.review.holding import AT_ONCE, give_way, hold
from articles.review.outcomes import Decided, EditRejected, LongBatch, NoSuchBatch, Outcome
from articles.review.rights import require, require_for

if TYPE_CHECKING:
    from django.contrib.auth.models import User


_UNDOING: Final = ("pk", "undoes", "batch", "article")


def undo(
    batch: uuid.UUID,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    most: int | None = None,
    dry_run: bool = False,
) -> list[Decided]:
    """Take back what editors did under a batch, newest first. What was edited since is skipped and named.

    The undoing is a batch of its own, and can be taken back too. What others decided is taken back by whoever
    has the right to that. Raises `NoSuchBatch`, `NotAllowed`, and `LongBatch` where that are more than `most` acts.
    """
    events = decisions_of(batch)
    require_to_undo(events, by)
    if most is not None and len(events) > most:
        raise LongBatch
    hand = Hand(by, at, reason, uuid.uuid4(), dry_run)
    return undo_events(events, hand)


def decisions_of(batch: uuid.UUID) -> list[Event]:
    """What editors did under a batch, newest first. Raises `NoSuchBatch`."""
    rows = Event.objects.filter(batch=batch, by_crawler=False, article__isnull=False).exclude(act=Event.Act.WRITTEN)
    events = list(rows.exclude(overrides_before={}, standing_before=None).order_by("-id"))
    if not events:
        raise NoSuchBatch(f"No decision was taken under the batch {batch}. See the history for its number.")
    return events


def require_to_undo(events: Iterable[Event], by: User) -> None:
    """Raises `NotAllowed`."""
    for event in events:
        if event.user_id != by.pk:
            require(by, "undo_article")
        require_for(by, event.overrides_before or ["published"])


def undo_events(events: Sequence[Event], hand: Hand) -> list[Decided]:
    """Take these back, newest first, so many at once as are held together."""
    decided: list[Decided] = []
    for some in _in_handfuls(events):
        begun = time.monotonic()
        with hold(list(some), dry_run=hand.dry_run) as articles:
            later = _later_than(some)
            decided += [_undo_one(event, articles[key], later[key], hand) for key, event in some.items()]
        if not hand.dry_run and len(decided) < len(events):
            give_way(begun)
    return decided


def restore(event: Event, key: str, *, by: User, at: datetime, seen_version: int | None = None) -> Outcome:
    """Give a field the value that it had before an event, as a new edit."""
    if event.article is None or key not in event.changes:
        raise EditRejected({key: ["This event did not change that field."]})
    value = from_json(event.changes[key][0])
    return edit(event.article, {key: value}, by=by, at=at, seen_version=seen_version, reason=f"as before {event.at:%F}")


def _in_handfuls(events: Iterable[Event]) -> Iterator[dict[int, Event]]:
    """By article, and none twice in one handful: what was read for an article is used up by one act."""
    some: dict[int, Event] = {}
    for event in events:
        key = event.article_id
        if key is None:
            continue
        if key in some or len(some) == AT_ONCE:
            yield some
            some = {}
        some[key] = event
    yield some


def _later_than(events: Mapping[int, Event]) -> dict[int, list[Event]]:
    """What was done to these articles since the first of the events, oldest first."""
    first = min(event.pk for event in events.values())
    rows = Event.objects.filter(article__in=events.keys(), pk__gt=first, by_crawler=False).order_by("pk")
    later: dict[int, list[Event]] = {key: [] for key in events}
    for row in rows:
        later[row.article_id or 0].append(row)
    return later


def _undo_one(event: Event, article: Article, later: Sequence[Event], hand: Hand) -> Decided:
    if event.act == Event.Act.ADDED:
        return Decided(article, refusal="It was added by hand; unpublish it instead.")
    standing = _standing_since(event, later)
    if newer := _edited_since(event, standing):
        did = "took it back" if newer.undoes == event.batch else "edited it since,"
        return Decided(article, refusal=f"{newer.username} {did} on {newer.at:%F %H:%M} UTC.")
    with OneAct(article, hand) as act:
        act.undoes = event.batch
        if event.standing_before and not _decided_since(standing):
            act.take_back_decision(event.standing_before)
        for key, before in event.overrides_before.items():
            act.decided.pop(key, None)
            if before is not None:
                value, base, *echoes = map(from_json, before)
                decision = Decision(key, value, base, tuple(echoes))
                act.decided[key] = rebased(decision, merge.value_of(act.crawler, key))
        try:
            outcome = act.finish(Event.Act.UNDONE)
        except EditRejected as refusal:
            return Decided(article, refusal=str(refusal))
    return Decided(outcome.article, outcome)


def taken_back(batch: uuid.UUID) -> dict[int, uuid.UUID]:
    """The articles in which a batch is taken back as things stand, each with the newest batch that did it.

    An undoing that was itself taken back does not count. One query, and one more for each undoing of an undoing.
    """
    undoings: dict[int, tuple[uuid.UUID, uuid.UUID, int]] = {}
    ahead = {batch}
    while ahead:
        rows = Event.objects.filter(undoes__in=ahead, article__isnull=False)
        found = {pk: (undone, by, article) for pk, undone, by, article in rows.values_list(*_UNDOING)}
        undoings |= found
        ahead = {by for _, by, _ in found.values()}
    back: dict[tuple[uuid.UUID, int], uuid.UUID] = {}
    for _, (undone, by, article) in sorted(undoings.items(), reverse=True):
        if (by, article) not in back:
            back.setdefault((undone, article), by)
    return {article: by for (undone, article), by in back.items() if undone == batch}


def latest_undoable(user: User, *, skipping: Collection[uuid.UUID] = ()) -> uuid.UUID | None:
    """The newest batch of this user's decisions that was not taken back yet.

    Without what ran in the background: that ended some time between others, and is taken back on its own page.
    """
    runs = BulkRun.objects.filter(user=user).values("batch")
    taken_back = Event.objects.filter(undoes=OuterRef("batch"))
    rows = Event.objects.filter(~Exists(taken_back), user=user, by_crawler=False)
    rows = rows.exclude(act__in=(Event.Act.WRITTEN, Event.Act.UNDONE, Event.Act.ADDED)).exclude(batch__in=skipping)
    rows = rows.exclude(batch__in=runs)
    return rows.order_by("-id").values_list("batch", flat=True).first()


def _decided_since(standing: list[Event]) -> bool:
    """Whether a later act judged the article as a whole."""
    return any(one.standing_before is not None for one in standing)


def _edited_since(event: Event, standing: list[Event]) -> Event | None:
    """A later decision on one of the same keys."""
    keys = event.overrides_before.keys()
    return next((one for one in standing if one.overrides_before.keys() & keys), None)


def _standing_since(event: Event, later: Sequence[Event]) -> list[Event]:
    """Of the later acts on its article those that stand, oldest first: without those taken back, and their undoing."""
    since = [one for one in later if one.pk > event.pk]
    batches = {one.batch for one in since} - {event.batch}
    standing, taken_back = [], set()
    for one in reversed(since):
        if one.batch == event.batch or one.batch in taken_back:
            continue
        if one.undoes:
            taken_back.add(one.undoes)
        if one.undoes not in batches:
            standing.append(one)
    return standing[::-1]
