"""Who leads a story: one item carries its heat and may be published, the others are led by it (heat -1). By hand only.

A person looked at the whole story: every member is judged by that, and leaves the queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Unpack

from articles.models import Article, Event
from articles.review.act import OneAct
from articles.review.acts import each
from articles.review.bulk import require_for_many
from articles.review.given import Given, hand_of
from articles.review.holding import hold
from articles.review.outcomes import Decided, EditRejected, Outcome
from articles.review.rights import require_for

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
    **given: Unpack[Given],
) -> list[Decided]:
    """Let one of a story's articles lead it, and the others be led: heat -1 and unpublished; one batch.

    `seen_versions` are all members by number; `publish`: the lead is published, else it stays as it is. Each is done or
    refused by itself. Raises `NotAllowed`, and `EditRejected` where these are no one story.
    """
    require_for(given["by"], ["heat", "published"])
    require_for_many(given["by"], "publish", len(seen_versions))
    with hold(list(seen_versions), dry_run=given.get("dry_run", False)) as held:
        members = list(held.values())
        if lead not in held or len({one.story for one in members}) != 1 or len(members) < 2:
            raise EditRejected({"": ["These articles are no one story any more. Look at the story again."]})
        heat = heat_of(members, held[lead])
        title = str(held[lead])[:200]

        def act(article: Article, **given: Unpack[Given]) -> Outcome:
            leads = article.pk == lead
            changes: dict[str, Any] = {"heat": heat if leads else LED}
            if publish or not leads:
                changes["published"] = leads
            return _decide(article, changes, given)

        given["reason"] = f"who leads the story: {title}"
        return each(act, sorted(members, key=lambda one: one.pk != lead), seen_versions=seen_versions, **given)


def _decide(article: Article, changes: Mapping[str, Any], given: Given) -> Outcome:
    """A lead that nobody scored has no heat to carry, and is given none."""
    hand, seen = hand_of(**given)
    with OneAct(article, hand, seen) as act:
        act.refuse_stale(changes)
        for key, value in changes.items():
            if value is not None:
                act.decide(key, value, holds=key == "published")
        act.take_decision()
        published = changes.get("published")
        what = {True: Event.Act.PUBLISHED, False: Event.Act.UNPUBLISHED, None: Event.Act.KEPT}[published]
        return act.finish(what)
