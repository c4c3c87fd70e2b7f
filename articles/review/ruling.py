"""A publish rule: what has at least a quality is published, what has less is not; over a whole site, as one batch.

A flip is an override of `published` in the user's name, its reason the rule: the crawler does not turn it back with
its next run. It is no judgement of the article. Nobody looked at it, so it stays in the queue if it was there, and the
next rule may turn it again; where that says what the crawler says, the override goes. A person's own decision, to
publish, to unpublish or to keep, no rule touches. What another item leads (heat -1) no quality publishes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef

from articles.conditions import RULE, OfRule
from articles.latest import COUNTED, latest_batches
from articles.models import Article, Event, Site
from articles.paging import up_to
from articles.review.act import Hand, OneAct
from articles.review.holding import as_seen, hold, in_handfuls
from articles.review.outcomes import Decided, EditRejected, NotAllowed, Outcome
from articles.review.rights import require
from articles.review.thresholds import flips_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

HIGHEST: Final = 1000


class SetMoved(Exception):
    """What would be decided is not what was looked at. Nothing was done."""


@dataclass(slots=True)
class Ruled:
    """What a run of a rule did, or would do."""

    batch: uuid.UUID
    decided: list[Decided] = field(default_factory=list)

    @property
    def edited(self) -> list[Outcome]:
        return [one.outcome for one in self.decided if one.outcome and one.outcome.changed]

    @property
    def refused(self) -> list[Decided]:
        return [one for one in self.decided if one.refusal]


@dataclass(frozen=True, slots=True)
class PastRun:
    """One batch of a rule that was run; `undone`: it was taken back."""

    batch: uuid.UUID
    reason: str
    username: str
    at: datetime
    count: int
    undone: bool

    @property
    def in_words(self) -> str:
        return up_to(self.count, COUNTED)


# --- What a rule would do ---------------------------------------------------------------------------------------------


def passes(article: Article, min_quality: int) -> bool:
    """Whether the rule publishes it."""
    return article.quality is not None and article.quality >= min_quality and not article.is_led_by_another


def why_it_flips(article: Article, min_quality: int) -> str:
    """In words, after the title."""
    if article.is_led_by_another and (article.quality or 0) >= min_quality:
        return "another item leads its story (heat -1)"
    return f"quality {article.quality} {'reaches' if passes(article, min_quality) else 'is below'} {min_quality}"


def reason_of(min_quality: int) -> str:
    return f"{RULE} {min_quality}"


# --- Doing it ---------------------------------------------------------------------------------------------------------


def run_rule(
    site: Site,
    min_quality: int,
    *,
    by: User,
    at: datetime,
    expect: int | None = None,
    seen_versions: dict[int, int] | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Ruled:
    """Turn who has to be turned, as one batch.

    `expect` is how many that should be, `seen_versions` exactly who, as they were looked at. Raises `SetMoved` where it
    is not so any more, and `NotAllowed`; then nothing was done. One that changes meanwhile is refused by itself.
    """
    require_to_rule(by)
    now = flips_of(site, min_quality).versions()
    _refuse_moved(now, expect, seen_versions)
    ruled = Ruled(uuid.uuid4())
    for keys in in_handfuls(list(now), dry_run=dry_run):
        some = {key: now[key] for key in keys}
        ruled.decided += turn(some, min_quality, by=by, at=at, batch=ruled.batch, dry_run=dry_run)
        progress(len(ruled.decided))
    return ruled


def turn(
    seen: Mapping[int, int], min_quality: int, *, by: User, at: datetime, batch: uuid.UUID, dry_run: bool = False
) -> list[Decided]:
    """Turn these, a handful of articles by number, as they were seen. Raises `NotAllowed`."""
    require_to_rule(by)
    hand = Hand(by, at, reason_of(min_quality), batch, dry_run)
    with hold(list(seen), dry_run=dry_run) as articles:
        still, moved = as_seen((articles[key] for key in seen if key in articles), seen)
        return [*moved, *(_turn(article, min_quality, hand) for article in still)]


def refuse_moved(site: Site, min_quality: int, seen_versions: dict[int, int]) -> None:
    """Raises `SetMoved` where others would change sides than were looked at."""
    _refuse_moved(flips_of(site, min_quality).versions(), None, seen_versions)


def require_to_rule(by: User) -> None:
    require(by, "publish_article")
    require(by, "rule_article")


def set_threshold(site: Site, threshold: int, *, by: User) -> None:
    """Give a site another threshold. Its articles do not follow it yet: `remeasuring` has them do so."""
    require(by, "rule_article")
    if not 0 <= threshold <= HIGHEST:
        raise EditRejected({"threshold": [f"A threshold is a whole number from 0 to {HIGHEST}. Correct it."]})
    site.threshold, site.is_measured = threshold, False
    site.save(update_fields=["threshold", "is_measured"])


def past_runs(site: Site, *, limit: int = 10) -> list[PastRun]:
    """The last batches of rules on a site, newest first."""
    runs = latest_batches(Event.objects.filter(OfRule("reason"), site=site, by_crawler=False, undoes=None), limit)
    undoing = Event.objects.filter(undoes=OuterRef("batch"))
    undone = {*Event.objects.filter(pk__in=[run.pk for run, _ in runs]).filter(Exists(undoing)).values_list("batch")}
    return [
        PastRun(run.batch, run.reason, run.username, run.at, count, undone=(run.batch,) in undone)
        for run, count in runs
    ]


def _refuse_moved(now: dict[int, int], expect: int | None, seen: dict[int, int] | None) -> None:
    if expect is not None and expect != len(now):
        raise SetMoved(f"{expect:,} were expected to change sides, and {len(now):,} would. Look again, then decide.")
    if seen is not None and seen != now:
        raise SetMoved(f"{len(seen):,} were to change sides as you saw it, and now {len(now):,} are. Look again.")


def _turn(article: Article, min_quality: int, hand: Hand) -> Decided:
    try:
        with OneAct(article, hand) as act:
            publishes = passes(act.article, min_quality)
            act.decide("published", publishes)
            return Decided(act.article, act.finish(Event.Act.PUBLISHED if publishes else Event.Act.UNPUBLISHED))
    except (EditRejected, NotAllowed) as refusal:
        return Decided(article, refusal=str(refusal))
