"""One act on many articles as one batch: looked at first, then done to exactly those."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, Unpack

from articles.content.findings import KINDS
from articles.content.merge import value_of
from articles.content.values import ABSENT
from articles.mapping import fields_in_force
from articles.models import Article, Topic
from articles.review.acts import each, edit, keep, publish, unpublish
from articles.review.fixing import fix
from articles.review.given import Given
from articles.review.holding import as_seen, hold, in_handfuls
from articles.review.outcomes import Decided, EditRejected, Outcome
from articles.review.rights import require

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FREE: Final = 50
"""So many everyone may decide on at once; beyond that it takes a right of its own."""
MOST: Final = 10_000
LOWEST, HIGHEST = -1, 1000

Act = Callable[..., Outcome]


class TooMany(Exception):
    """More articles than one batch may hold."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What can be done to many: its words on the button, what it says of itself done, what it needs to know."""

    label: str
    done: str
    asks: str = ""
    right: str = "change_article"


DEEDS: Final[Mapping[str, Deed]] = {
    "publish": Deed("Publish", "Published", right="publish_article"),
    "unpublish": Deed("Unpublish", "Unpublished", right="publish_article"),
    "keep": Deed("Keep as is", "Kept as they are", right="publish_article"),
    "add-topic": Deed("Add a topic", "Added a topic to", "topic"),
    "remove-topic": Deed("Remove a topic", "Removed a topic from", "topic"),
    "quality": Deed("Set quality", "Set the quality of", "score"),
    "heat": Deed("Set heat", "Set the heat of", "score"),
    "fix": Deed("Fix a finding", "Fixed", "code"),
}


def wrong_value(name: str, value: str) -> str:
    """Why the deed cannot be done with that, as a sentence to the editor; empty: it can."""
    match DEEDS[name].asks:
        case "topic" if not value:
            return "Which topic? Choose one."
        case "score" if _score_of(value) is None:
            return f"A score is a whole number from {LOWEST} to {HIGHEST}. Correct it."
        case "code" if value and value not in KINDS:
            return "There is no such finding. Choose another."
    return ""


def require_for_many(by: User, name: str, count: int) -> None:
    """Raises `NotAllowed`, or `TooMany`."""
    require(by, DEEDS[name].right)
    if count > FREE:
        require(by, "bulk_article")
    if count > MOST:
        raise TooMany(f"These are more than {MOST:,} articles, the most that one batch may hold. Narrow the filter.")


def decide_on_many(
    name: str,
    value: str,
    seen_versions: Mapping[int, int],
    *,
    by: User,
    at: datetime,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> list[Decided]:
    """Do a deed (a key of `DEEDS`) to the articles by number, as they were seen, as one batch.

    Each is done or refused by itself. Raises `NotAllowed`, `TooMany`, and `EditRejected` where the value is wrong; then
    nothing was done.
    """
    require_for_many(by, name, len(seen_versions))
    if wrong := wrong_value(name, value):
        raise EditRejected({"": [wrong]})
    act, batch = act_of(name, value), batch or uuid.uuid4()
    decided: list[Decided] = []
    for keys in in_handfuls(list(seen_versions), dry_run=dry_run):
        with hold(keys, dry_run=dry_run) as articles:
            still, moved = as_seen((articles[key] for key in keys if key in articles), seen_versions)
            decided += [*moved, *each(act, still, by=by, at=at, reason=reason, batch=batch, dry_run=dry_run)]
    return decided


def act_of(name: str, value: str) -> Act:
    """The act on one article that a deed is made of."""
    match name:
        case "publish":
            return publish
        case "unpublish":
            return unpublish
        case "keep":
            return keep
        case "fix":
            return partial(fix, codes=[value]) if value else fix
        case "quality" | "heat":
            return partial(edit, changes={name: _score_of(value)})
        case "add-topic":
            return _topic_added(value)
    return _topic_removed(value)


def _topic_added(name: str) -> Act:
    @cache
    def is_known(site: int) -> bool:
        return Topic.objects.filter(site=site, name=name).exists()

    def act(article: Article, **given: Unpack[Given]) -> Outcome:
        if not is_known(article.site_id):
            raise EditRejected({"topics": [f"Its site has no topic “{name}”. Choose one that it has."]})
        names = _topics(article)
        return edit(article, {"topics": names if name in names else [*names, name]}, **given)

    return act


def _topic_removed(name: str) -> Act:
    def act(article: Article, **given: Unpack[Given]) -> Outcome:
        names = _topics(article)
        left = [one for one in names if one != name]
        return edit(article, {"topics": left or ABSENT} if left != names else {}, **given)

    return act


def _topics(article: Article) -> list[Any]:
    found = value_of(fields_in_force(article), "topics")
    if found is ABSENT or found is None:
        return []
    if not isinstance(found, list):
        raise EditRejected({"topics": ["The topics in its file are no list. Mend them by hand."]})
    return [*found]


def _score_of(value: str) -> int | None:
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 6):
        return None
    return int(value) if LOWEST <= int(value) <= HIGHEST else None
