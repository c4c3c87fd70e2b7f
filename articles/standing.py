"""Where an article stands with the editors: what a person has to do with it, and how soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from articles.models import Article, Override

UNSCORED: Final = 10_000
"""The nearness of what has no quality: after everything that has one."""
FARTHEST: Final = UNSCORED - 1

STANDING_COLUMNS: Final = ("state", "decided_at", "changed_at", "nearness")

_IMMATERIAL: Final = frozenset({"images", "related", "webUrl", "ampWebUrl", "cdnAmpWebUrl", "secured"})
"""What the crawler may change under a decision without a person having to look again."""


def matters(changes: Mapping[str, tuple[Any, Any]], threshold: int) -> bool:
    """Whether a change by the crawler asks for a new look at what a person decided.

    A score matters where it crosses the site's threshold, a heat where another item leads the story from now on or no
    more; pictures, related items and second addresses never do. `changes` are by key path: old and new value.
    """
    return any(_one_matters(key, old, new, threshold) for key, (old, new) in changes.items())


def nearness_of(quality: int | None, threshold: int) -> int:
    """How far a quality is from the threshold."""
    return UNSCORED if quality is None else min(abs(quality - threshold), FARTHEST)


def stand(article: Article, *, is_contradicted: bool, has_decisions: bool, threshold: int) -> None:
    """Set where the article stands, by its columns and what is known of its overrides; saves nothing."""
    article.nearness = nearness_of(article.quality, threshold)
    article.state = _state_of(article, is_contradicted=is_contradicted, has_decisions=has_decisions)


def stand_anew(article: Article, overrides: Sequence[Override], threshold: int) -> None:
    """The same by its overrides themselves."""
    contradicted = any(override.in_conflict for override in overrides)
    stand(article, is_contradicted=contradicted, has_decisions=bool(overrides), threshold=threshold)


def standing_of(article: Article) -> list[str | None]:
    """What a decision on it would change, as an event keeps it: when it was decided, when it changed since."""
    return [moment.isoformat() if moment else None for moment in (article.decided_at, article.changed_at)]


def put_back(article: Article, standing: list[str | None]) -> None:
    """Stand as before a decision; `state` follows from it."""
    decided, changed = (datetime.fromisoformat(moment) if moment else None for moment in standing)
    article.decided_at, article.changed_at = decided, changed


def _state_of(article: Article, *, is_contradicted: bool, has_decisions: bool) -> Article.State:
    if article.is_missing:
        return Article.State.CONFLICT if has_decisions else Article.State.GONE
    if is_contradicted:
        return Article.State.CONFLICT
    if article.decided_at is None:
        return Article.State.NEW
    return Article.State.CHANGED if article.changed_at else Article.State.DECIDED


def _one_matters(key: str, old: Any, new: Any, threshold: int) -> bool:
    root = key.partition(".")[0].partition("[")[0]
    if root == "quality":
        return _passes(old, threshold) != _passes(new, threshold)
    if root == "heat":
        return bool(old == -1) != bool(new == -1)
    return root not in _IMMATERIAL


def _passes(quality: object, threshold: int) -> bool | None:
    return quality >= threshold if isinstance(quality, int) else None
