"""A publish rule: what has at least a quality is published, what has less is not; over a whole site, as one batch.

A flip is an override of `published` in the user's name, its reason the rule: the crawler does not turn it back with
its next run. It is no judgement of the article. Nobody looked at it, so it stays in the queue if it was there, and the
next rule may turn it again; where that says what the crawler says, the override goes. A person's own decision, to
publish, to unpublish or to keep, no rule touches. What another item leads (heat -1) no quality publishes.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from articles import standing
from articles.conditions import RULE, OfRule
from articles.judging import judge_by_rule
from articles.latest import COUNTED, latest_batches
from articles.models import Article, Event, Override, Site
from articles.ordering import by_column
from articles.paging import up_to
from articles.review.act import Hand, OneAct
from articles.review.holding import as_seen, hold, in_handfuls
from articles.review.outcomes import Decided, EditRejected, NotAllowed, Outcome
from articles.review.rights import require

if TYPE_CHECKING:
    from django.contrib.auth.models import User

HIGHEST: Final = 1000
_COLUMNS: Final = ("path", "title", "quality", "heat", "published", "version", "provider_name", "published_at", "site")
_BEST_FIRST: Final = (by_column("-quality"), by_column("-pk"))
_WAITS: Final = Q(state__lt=Article.State.DECIDED) & (Q(state__gt=Article.State.CONFLICT) | Q(is_missing=False))
"""Nobody judged these as a whole. What is missing waits only as a conflict; so no other row has to be read for that."""
_WAITING: Final = (
    Q(state=Article.State.NEW),
    Q(state=Article.State.CHANGED),
    Q(state=Article.State.CONFLICT, is_missing=False),
)


class SetMoved(Exception):
    """What would be decided is not what was looked at. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Level:
    """How many of a site's articles have a quality: published, not published, held by a person, led by another."""

    quality: int
    published: bool
    is_led: bool
    is_held: bool
    count: int

    def passes(self, min_quality: int) -> bool:
        return self.quality >= min_quality and not self.is_led

    def flips(self, min_quality: int) -> bool:
        return not self.is_held and self.passes(min_quality) != self.published


@dataclass(frozen=True, slots=True)
class Tally:
    """What a rule would make of a site: `published` in the end, and what changes on the way there."""

    published: int = 0
    to_publish: int = 0
    to_unpublish: int = 0
    held: int = 0
    led: int = 0

    @property
    def flips(self) -> int:
        return self.to_publish + self.to_unpublish


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


def levels_of(site: Site) -> list[Level]:
    """All that has a quality, counted, from which every threshold's tally follows.

    An index holds it in this order, one stretch a state; of what waits the overrides are looked up.
    """
    rows = Article.objects.filter(site=site, quality__isnull=False).order_by()
    is_led = Q(heat=-1)
    counts: dict[str, Any] = {"every": Count("pk"), "led": Count("pk", filter=is_led)}
    held = {"held": Count("pk", filter=Q(_held())), "both": Count("pk", filter=is_led & Q(_held()))}
    decided = rows.filter(state=Article.State.DECIDED).values_list("published", "quality").annotate(**counts)
    levels = [level for row in decided for level in _levels(*row, *row[2:])]
    for waits in _WAITING:
        counted = rows.filter(waits).values_list("published", "quality").annotate(**counts, **held)
        levels += [level for row in counted for level in _levels(*row)]
    return levels


def tally_of(levels: Sequence[Level], min_quality: int) -> Tally:
    """What a threshold would make of these."""
    counts: Counter[str] = Counter()
    for level in levels:
        passes, flips = level.passes(min_quality), level.flips(min_quality)
        counts["published"] += level.count * (passes if flips else level.published)
        counts["to_publish"] += level.count * (flips and passes)
        counts["to_unpublish"] += level.count * (flips and not passes)
        counts["held"] += level.count * (level.is_held and passes != level.published)
        counts["led"] += level.count * _is_only_led(level, min_quality)
    return Tally(**counts)


def flips_of(site: Site, min_quality: int) -> QuerySet[Article]:
    """Who changes sides, best first."""
    rows = Article.objects.filter(_WAITS, _differs(min_quality), ~_held(), site=site, quality__isnull=False)
    return rows.only(*_COLUMNS).order_by(*_BEST_FIRST)


def held_of(site: Site, min_quality: int) -> QuerySet[Article]:
    """Who would, if a person had not decided otherwise; with these decisions."""
    rows = _scored(site).filter(_differs(min_quality)).filter(Q(state=Article.State.DECIDED) | Q(_held()))
    return rows.only(*_COLUMNS, "decided_at").prefetch_related("overrides").order_by(*_BEST_FIRST)


def led_of(site: Site, min_quality: int) -> QuerySet[Article]:
    """Who has the quality, and stays unpublished since another item leads its story."""
    is_led = Case(When(Q(heat=-1) & (Q(published=False) | Q(published=None)), then=Value(True)), default=Value(False))
    rows = _scored(site).filter(is_led, quality__gte=min_quality)
    return rows.only(*_COLUMNS).order_by(*_BEST_FIRST)


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
    now = dict(flips_of(site, min_quality).values_list("pk", "version"))
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
    _refuse_moved(dict(flips_of(site, min_quality).values_list("pk", "version")), None, seen_versions)


def require_to_rule(by: User) -> None:
    require(by, "publish_article")
    require(by, "rule_article")


def set_threshold(site: Site, threshold: int, *, by: User) -> None:
    """Give a site another threshold: how near an article is to it, and what is against it, goes by that from now on."""
    require(by, "rule_article")
    if not 0 <= threshold <= HIGHEST:
        raise EditRejected({"threshold": [f"A threshold is a whole number from 0 to {HIGHEST}. Correct it."]})
    standing.set_threshold(site, threshold)
    judge_by_rule(site)


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


# --- Words of the rule as queries -------------------------------------------------------------------------------------


def _scored(site: Site) -> QuerySet[Article]:
    return Article.objects.filter(site=site, is_missing=False, quality__isnull=False)


def _differs(min_quality: int) -> Q:
    """Readers get it and should not, or should and do not; a mark that is missing means that they do not."""
    leads = Q(heat__isnull=True) | ~Q(heat=-1)
    stands_out, stays_in = Q(published=True), Q(published=False) | Q(published__isnull=True)
    return stands_out & (Q(quality__lt=min_quality) | Q(heat=-1)) | stays_in & leads & Q(quality__gte=min_quality)


def _held() -> Exists:
    """A person said whether readers get it."""
    said = Override.objects.filter(article=OuterRef("pk"), key="published")
    return Exists(said.exclude(OfRule("reason")))


def _levels(published: bool | None, quality: int, every: int, led: int, held: int, both: int) -> list[Level]:
    """Of so many with this quality `led` are led by another, `held` by a person, and `both` are both."""
    counts = {
        (False, False): every - led - held + both,
        (False, True): held - both,
        (True, False): led - both,
        (True, True): both,
    }
    return [Level(quality, bool(published), *parts, count) for parts, count in counts.items() if count]


def _is_only_led(level: Level, min_quality: int) -> bool:
    return level.is_led and not level.published and level.quality >= min_quality
