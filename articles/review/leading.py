"""Who leads a story: one item carries its heat and may be published, the others are led by it (heat -1). By hand only.

A person looked at the whole story: every member is judged by that, and leaves the queue.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from articles.models import Article, Event
from articles.review.act import Hand, OneAct
from articles.review.acts import each
from articles.review.bulk import require_for_many
from articles.review.holding import hold
from articles.review.outcomes import Decided, EditRejected, Outcome
from articles.review.rights import require_for

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LED: Final = -1


def leader_of(members: Iterable[Article]) -> Article | None:
    """Who leads now: the greatest heat; nobody where all are led by another or none has a score."""
    leads = [one for one in members if one.heat is not None and one.heat != LED]
    return max(leads, key=lambda one: (one.heat or 0, one.quality or 0, -one.pk), default=None)


def heat_of(members: Iterable[Article], lead: Article) -> int | None:
    """The heat of the story, which its lead carries: the greatest of them, else the lead's own quality."""
    heats = [one.heat for one in members if one.heat is not None and one.heat != LED]
    return max(heats, default=lead.quality)


def make_lead(
    lead: int,
    seen_versions: Mapping[int, int],
    *,
    publish: bool,
    by: User,
    at: datetime,
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> list[Decided]:
    """Let one of a story's articles lead it, and the others be led: heat -1 and unpublished; one batch.

    `seen_versions` are all members by number; `publish`: the lead is published, else it stays as it is. Each is done or
    refused by itself. Raises `NotAllowed`, and `EditRejected` where these are no one story.
    """
    require_for(by, ["heat", "published"])
    require_for_many(by, "publish", len(seen_versions))
    batch = batch or uuid.uuid4()
    with hold(list(seen_versions), dry_run=dry_run) as held:
        members = list(held.values())
        if lead not in held or len({one.story for one in members}) != 1 or len(members) < 2:
            raise EditRejected({"": ["These articles are no one story any more. Look at the story again."]})
        heat = heat_of(members, held[lead])
        title = str(held[lead])[:200]

        def act(article: Article, **given: Any) -> Outcome:
            leads = article.pk == lead
            changes: dict[str, Any] = {"heat": heat if leads else LED}
            if publish or not leads:
                changes["published"] = leads
            return _decide(article, changes, leads=leads, **given)

        reason = f"who leads the story: {title}"
        given: dict[str, Any] = {"by": by, "at": at, "reason": reason, "batch": batch, "dry_run": dry_run}
        return each(act, sorted(members, key=lambda one: one.pk != lead), seen_versions=seen_versions, **given)


def _decide(
    article: Article,
    changes: Mapping[str, Any],
    *,
    leads: bool,
    by: User,
    at: datetime,
    seen_version: int | None,
    reason: str,
    batch: uuid.UUID,
    dry_run: bool,
) -> Outcome:
    """A lead that nobody scored has no heat to carry, and is given none."""
    with OneAct(article, Hand(by, at, reason, batch, dry_run), seen_version) as act:
        act.refuse_stale(changes)
        for key, value in changes.items():
            if value is not None:
                act.decide(key, value, holds=key == "published")
        act.take_decision()
        published = changes.get("published")
        what = {True: Event.Act.PUBLISHED, False: Event.Act.UNPUBLISHED, None: Event.Act.KEPT}[published]
        return act.finish(what)
