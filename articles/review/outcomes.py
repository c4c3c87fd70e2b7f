"""What an act of an editor results in, and why it may be refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from articles.models import Article, Event
from articles.report import Refused


class NotAllowed(Refused):
    """The user has not the right to this act."""


class StaleVersion(Exception):
    """The article changed since the editor saw it. Nothing was saved."""

    def __init__(self, article: Article, seen: int) -> None:
        super().__init__(
            f"{article.path} changed since you saw it: version {seen} then, {article.version} now. Look again."
        )
        self.article = article
        self.seen = seen
        self.current = article.version


class EditRejected(Exception):
    """Values that the record cannot hold. `messages` has sentences by key; the key "" is for the whole article."""

    def __init__(self, messages: dict[str, list[str]]) -> None:
        super().__init__(" ".join(message for several in messages.values() for message in several))
        self.messages = messages


class NoSuchBatch(Exception):
    """Nothing was done under this batch that could be taken back."""


class LongBatch(Exception):
    """More than the caller has time to take back. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act did: the article as it is now, and for each key the value in force before and after."""

    article: Article
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    event: Event | None = None

    @property
    def changed(self) -> bool:
        return self.event is not None


@dataclass(frozen=True, slots=True)
class Decided:
    """One article of several: what was done, or why it was refused."""

    article: Article
    outcome: Outcome | None = None
    refusal: str = ""
