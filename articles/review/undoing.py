"""What was decided can be taken back: a batch as a whole, or one value."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from articles.content import merge
from articles.content.merge import Decision
from articles.content.planning import rebased
from articles.content.values import from_json
from articles.models import Article, Event
from articles.review.act import Hand, OneAct
from articles.review.acts import edit
from articles.review.holding import hold, in_handfuls
from articles.review.outcomes import Decided, EditRejected, NoSuchBatch, Outcome
from articles.review.rights import require, require_for

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def undo(batch: uuid.UUID, *, by: User, at: datetime, reason: str = "", dry_run: bool = False) -> list[Decided]:
    """Take back what editors did under a batch, newest first. What was edited since is skipped and named.

    The undoing is a batch of its own, and can be taken back too. What others decided is taken back by whoever
    has the right to that. Raises `NoSuchBatch` and `NotAllowed`.
    """
    events: list[Event] = list(_decisions(batch))
    if not events:
        raise NoSuchBatch(f"No decision was taken under the batch {batch}. See the history for its number.")
    if any(event.user_id != by.pk for event in events):
        require(by, "undo_article")
    for event in events:
        require_for(by, event.overrides_before or ["published"])
    hand = Hand(by, at, reason, uuid.uuid4(), dry_run)
    decided: list[Decided] = []
    for some in in_handfuls([(event, event.article_id) for event in events if event.article_id]):
        with hold([key for _, key in some], dry_run=dry_run) as articles:
            decided += [_undo_one(event, articles[key], hand) for event, key in some]
    return decided


def restore(event: Event, key: str, *, by: User, at: datetime, seen_version: int | None = None) -> Outcome:
    """Give a field the value that it had before an event, as a new edit."""
    if event.article is None or key not in event.changes:
        raise EditRejected({key: ["This event did not change that field."]})
    value = from_json(event.changes[key][0])
    return edit(event.article, {key: value}, by=by, at=at, seen_version=seen_version, reason=f"as before {event.at:%F}")


def _decisions(batch: uuid.UUID) -> Any:
    rows = Event.objects.filter(batch=batch, by_crawler=False).exclude(act=Event.Act.WRITTEN)
    rows = rows.exclude(overrides_before={}, standing_before=None)
    return rows.order_by("-id")


def _undo_one(event: Event, article: Article, hand: Hand) -> Decided:
    if event.act == Event.Act.ADDED:
        return Decided(article, refusal="It was added by hand; unpublish it instead.")
    standing = _standing_since(event, article)
    if later := _edited_since(event, standing):
        did = "took it back" if later.undoes == event.batch else "edited it since,"
        return Decided(article, refusal=f"{later.username} {did} on {later.at:%F %H:%M} UTC.")
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


def latest_undoable(user: User, *, skipping: Collection[uuid.UUID] = ()) -> uuid.UUID | None:
    """The newest batch of this user's decisions that was not taken back yet."""
    taken_back = Event.objects.filter(undoes=OuterRef("batch"))
    rows = Event.objects.filter(~Exists(taken_back), user=user, by_crawler=False)
    rows = rows.exclude(act__in=(Event.Act.WRITTEN, Event.Act.UNDONE, Event.Act.ADDED)).exclude(batch__in=skipping)
    return rows.order_by("-id").values_list("batch", flat=True).first()


def _decided_since(standing: list[Event]) -> bool:
    """Whether a later act judged the article as a whole."""
    return any(one.standing_before is not None for one in standing)


def _edited_since(event: Event, standing: list[Event]) -> Event | None:
    """A later decision on one of the same keys."""
    keys = event.overrides_before.keys()
    return next((one for one in standing if one.overrides_before.keys() & keys), None)


def _standing_since(event: Event, article: Article) -> list[Event]:
    """The later acts on an article that stand, oldest first: without those taken back, and their taking back."""
    later = list(Event.objects.filter(article=article, pk__gt=event.pk, by_crawler=False).order_by("pk"))
    batches = {one.batch for one in later} - {event.batch}
    standing, taken_back = [], set()
    for one in reversed(later):
        if one.batch == event.batch or one.batch in taken_back:
            continue
        if one.undoes:
            taken_back.add(one.undoes)
        if one.undoes not in batches:
            standing.append(one)
    return standing[::-1]
