"""What an editor does to one article, or to several one by one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from articles.models import Article, Event
from articles.review.act import WHOLE_FILE, Hand, OneAct, act_on
from articles.review.outcomes import Decided, EditRejected, Outcome, StaleVersion
from articles.review.rights import require, require_for

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Side = Literal["crawler", "editor"]


def edit(
    article: Article,
    changes: Mapping[str, Any],
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Set fields by file key (`title`, `provider.name`, `images[0].url`); `ABSENT` takes a key away.

    Setting a field to the crawler's own value takes its override away. Raises `NotAllowed`, `StaleVersion` and
    `EditRejected`; then nothing was saved.
    """
    require_for(by, changes)

    def deed(act: OneAct) -> Outcome:
        act.refuse_stale(changes)
        for key, value in changes.items():
            act.decide(key, value)
        return act.finish(Event.Act.EDITED)

    return act_on(article, Hand(by, at, reason, batch or uuid.uuid4(), dry_run), seen_version, deed)


def reset(
    article: Article,
    keys: Sequence[str],
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Give fields back to the crawler: their overrides go, its values are in force again."""
    require_for(by, keys)

    def deed(act: OneAct) -> Outcome:
        act.refuse_stale(keys)
        for key in keys:
            act.decided.pop(key, None)
        return act.finish(Event.Act.RESET)

    return act_on(article, Hand(by, at, reason, batch or uuid.uuid4(), dry_run), seen_version, deed)


def publish(
    article: Article,
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Decide that readers get it. The decision holds also where the crawler says the same today."""
    return _set_published(True, article, by, at, seen_version, reason, batch, dry_run)


def unpublish(
    article: Article,
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Decide that readers do not get it. The decision holds also where the crawler says the same today."""
    return _set_published(False, article, by, at, seen_version, reason, batch, dry_run)


def keep(
    article: Article,
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Decide that it stays as it is: it leaves the queue, and what editors said stands over what the crawler says.

    Refused when anything changed since the editor saw it.
    """
    require(by, "publish_article")

    def deed(act: OneAct) -> Outcome:
        act.refuse_any_change()
        act.keep()
        return act.finish(Event.Act.KEPT)

    return act_on(article, Hand(by, at, reason, batch or uuid.uuid4(), dry_run), seen_version, deed)


def keep_each(
    articles: Iterable[Article],
    *,
    by: User,
    at: datetime,
    seen_versions: Mapping[int, int] | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> list[Decided]:
    """Keep several as one batch; each is done or refused by itself."""
    return each(keep, articles, by=by, at=at, seen_versions=seen_versions, reason=reason, dry_run=dry_run)


def publish_each(
    articles: Iterable[Article],
    *,
    by: User,
    at: datetime,
    seen_versions: Mapping[int, int] | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> list[Decided]:
    """Publish several as one batch; each is done or refused by itself. `seen_versions` goes by the article's id."""
    return each(publish, articles, by=by, at=at, seen_versions=seen_versions, reason=reason, dry_run=dry_run)


def unpublish_each(
    articles: Iterable[Article],
    *,
    by: User,
    at: datetime,
    seen_versions: Mapping[int, int] | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> list[Decided]:
    """Unpublish several as one batch; each is done or refused by itself."""
    return each(unpublish, articles, by=by, at=at, seen_versions=seen_versions, reason=reason, dry_run=dry_run)


def resolve(
    article: Article,
    key: str,
    side: Side,
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Decide a conflict: the crawler's newest value, or the editor's over it from now on.

    The key `*` is for an article with decisions whose file is gone: `crawler` lets it go, `editor` has it written anew.
    A third value is an `edit`. Raises `EditRejected` where there is no conflict.
    """
    require_for(by, [key])

    def deed(act: OneAct) -> Outcome:
        if key == WHOLE_FILE:
            require_for(by, act.overrides)
            act.refuse_stale(act.overrides)
            act.decide_on_missing_file(keep=side == "editor")
        else:
            act.refuse_stale([key])
            act.settle(key, for_editor=side == "editor")
        act.confirm_decision()
        return act.finish(Event.Act.RESOLVED)

    return act_on(article, Hand(by, at, reason, batch or uuid.uuid4(), dry_run), seen_version, deed)


def resolve_switch(
    article: Article,
    side: Side,
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Decide all conflicts that came with a switch of the story's source as one: the new source's values, or ours.

    Raises `EditRejected` where there are none.
    """

    def deed(act: OneAct) -> Outcome:
        keys = act.keys_of_switch()
        require_for(by, keys)
        act.refuse_stale(keys)
        for key in keys:
            act.settle(key, for_editor=side == "editor")
        act.confirm_decision()
        return act.finish(Event.Act.RESOLVED)

    return act_on(article, Hand(by, at, reason, batch or uuid.uuid4(), dry_run), seen_version, deed)


def _set_published(
    published: bool,
    article: Article,
    by: User,
    at: datetime,
    seen_version: int | None,
    reason: str,
    batch: uuid.UUID | None,
    dry_run: bool,
) -> Outcome:
    require(by, "publish_article")

    def deed(act: OneAct) -> Outcome:
        act.refuse_stale(["published"])
        act.refuse_judged()
        act.decide("published", published, holds=True)
        act.take_decision()
        return act.finish(Event.Act.PUBLISHED if published else Event.Act.UNPUBLISHED)

    return act_on(article, Hand(by, at, reason, batch or uuid.uuid4(), dry_run), seen_version, deed)


def each(
    act: Callable[..., Outcome],
    articles: Iterable[Article],
    *,
    by: User,
    at: datetime,
    seen_versions: Mapping[int, int] | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> list[Decided]:
    """The same act on several articles as one batch; each is done or refused by itself.

    `act` is called as `publish` is; `seen_versions` goes by the article's id.
    """
    batch, seen = batch or uuid.uuid4(), seen_versions or {}
    decided = []
    for article in articles:
        version = seen.get(article.pk)
        try:
            outcome = act(article, by=by, at=at, seen_version=version, reason=reason, batch=batch, dry_run=dry_run)
            decided.append(Decided(outcome.article, outcome))
        except (StaleVersion, EditRejected) as refusal:
            decided.append(Decided(article, refusal=str(refusal)))
    return decided
