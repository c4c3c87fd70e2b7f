"""What an editor does to one article, or to several one by one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Unpack

from articles.models import Article, Event
from articles.review.act import WHOLE_FILE, OneAct, act_on
from articles.review.given import Given, hand_of
from articles.review.outcomes import Decided, EditRejected, Outcome, StaleVersion
from articles.review.rights import require, require_for

Side = Literal["crawler", "editor"]


def edit(article: Article, changes: Mapping[str, Any], **given: Unpack[Given]) -> Outcome:
    """Set fields by file key (`title`, `provider.name`, `images[0].url`); `ABSENT` takes a key away.

    Setting a field to the crawler's own value takes its override away. Raises `NotAllowed`, `StaleVersion` and
    `EditRejected`; then nothing was saved.
    """
    require_for(given["by"], changes)

    def deed(act: OneAct) -> Outcome:
        act.refuse_stale(changes)
        for key, value in changes.items():
            act.decide(key, value)
        return act.finish(Event.Act.EDITED)

    return _act(article, deed, given)


def reset(article: Article, keys: Sequence[str], **given: Unpack[Given]) -> Outcome:
    """Give fields back to the crawler: their overrides go, its values are in force again."""
    require_for(given["by"], keys)

    def deed(act: OneAct) -> Outcome:
        act.refuse_stale(keys)
        for key in keys:
            act.decided.pop(key, None)
        return act.finish(Event.Act.RESET)

    return _act(article, deed, given)


def publish(article: Article, **given: Unpack[Given]) -> Outcome:
    """Decide that readers get it. The decision holds also where the crawler says the same today."""
    return _set_published(article, given, published=True)


def unpublish(article: Article, **given: Unpack[Given]) -> Outcome:
    """Decide that readers do not get it. The decision holds also where the crawler says the same today."""
    return _set_published(article, given, published=False)


def keep(article: Article, **given: Unpack[Given]) -> Outcome:
    """Decide that it stays as it is: it leaves the queue, and what editors said stands over what the crawler says.

    Refused when anything changed since the editor saw it.
    """
    require(given["by"], "publish_article")

    def deed(act: OneAct) -> Outcome:
        act.refuse_any_change()
        act.keep()
        return act.finish(Event.Act.KEPT)

    return _act(article, deed, given)


def keep_each(
    articles: Iterable[Article], *, seen_versions: Mapping[int, int] | None = None, **given: Unpack[Given]
) -> list[Decided]:
    """Keep several as one batch; each is done or refused by itself."""
    return each(keep, articles, seen_versions=seen_versions, **given)


def publish_each(
    articles: Iterable[Article], *, seen_versions: Mapping[int, int] | None = None, **given: Unpack[Given]
) -> list[Decided]:
    """Publish several as one batch; each is done or refused by itself. `seen_versions` goes by the article's id."""
    return each(publish, articles, seen_versions=seen_versions, **given)


def unpublish_each(
    articles: Iterable[Article], *, seen_versions: Mapping[int, int] | None = None, **given: Unpack[Given]
) -> list[Decided]:
    """Unpublish several as one batch; each is done or refused by itself."""
    return each(unpublish, articles, seen_versions=seen_versions, **given)


def resolve(article: Article, key: str, side: Side, **given: Unpack[Given]) -> Outcome:
    """Decide a conflict: the crawler's newest value, or the editor's over it from now on.

    The key `*` is for an article with decisions whose file is gone: `crawler` lets it go, `editor` has it written anew.
    A third value is an `edit`. Raises `EditRejected` where there is no conflict.
    """
    require_for(given["by"], [key])

    def deed(act: OneAct) -> Outcome:
        if key == WHOLE_FILE:
            require_for(given["by"], act.overrides)
            act.refuse_stale(act.overrides)
            act.decide_on_missing_file(keep=side == "editor")
        else:
            act.refuse_stale([key])
            act.settle(key, for_editor=side == "editor")
        act.confirm_decision()
        return act.finish(Event.Act.RESOLVED)

    return _act(article, deed, given)


def resolve_switch(article: Article, side: Side, **given: Unpack[Given]) -> Outcome:
    """Decide all conflicts that came with a switch of the story's source as one: the new source's values, or ours.

    Raises `EditRejected` where there are none.
    """

    def deed(act: OneAct) -> Outcome:
        keys = act.keys_of_switch()
        require_for(given["by"], keys)
        act.refuse_stale(keys)
        for key in keys:
            act.settle(key, for_editor=side == "editor")
        act.confirm_decision()
        return act.finish(Event.Act.RESOLVED)

    return _act(article, deed, given)


def _set_published(article: Article, given: Given, *, published: bool) -> Outcome:
    require(given["by"], "publish_article")

    def deed(act: OneAct) -> Outcome:
        act.refuse_stale(["published"])
        act.refuse_judged()
        act.decide("published", published, holds=True)
        act.take_decision()
        return act.finish(Event.Act.PUBLISHED if published else Event.Act.UNPUBLISHED)

    return _act(article, deed, given)


def each(
    act: Callable[..., Outcome],
    articles: Iterable[Article],
    *,
    seen_versions: Mapping[int, int] | None = None,
    **given: Unpack[Given],
) -> list[Decided]:
    """The same act on several articles as one batch; each is done or refused by itself.

    `act` is called as `publish` is; `seen_versions` goes by the article's id.
    """
    batch, seen = given.get("batch") or uuid.uuid4(), seen_versions or {}
    decided = []
    for article in articles:
        try:
            outcome = act(article, **{**given, "batch": batch, "seen_version": seen.get(article.pk)})
            decided.append(Decided(outcome.article, outcome))
        except (StaleVersion, EditRejected) as refusal:
            decided.append(Decided(article, refusal=str(refusal)))
    return decided


def _act(article: Article, deed: Callable[[OneAct], Outcome], given: Given) -> Outcome:
    hand, seen = hand_of(**given)
    return act_on(article, hand, seen, deed)
