"""What was looked at, sealed into a form: which articles, in which versions; and whether they are so still."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final

from django.core import signing

from articles.models import Article

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_SECONDS: Final = 24 * 3600
ASKED_AT_ONCE: Final = 500
NAMED: Final = 20


class NotSealed(Exception):
    """The form does not hold what this user looked at today."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What is not as it was looked at; `changed`, `left` and `joined` are articles by number."""

    changed: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    joined: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.left or self.joined)


@dataclass(frozen=True, slots=True)
class NamedMove:
    """A few of the articles that moved, and how many more there are."""

    words: str
    articles: list[Article]
    more: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Articles by number with the version that was seen, and whatever else the form says of them."""

    versions: dict[int, int]
    facts: dict[str, Any] = field(default_factory=dict)

    def seal(self, user: User, purpose: str) -> str:
        """Text for a hidden field. Nobody can change it, and nobody else can use it; 10,000 articles make 25 KB."""
        keys = list(self.versions)
        steps = [later - earlier for earlier, later in pairwise([0, *keys])]
        return signing.dumps(
            [steps, list(self.versions.values()), self.facts], salt=_salt(user, purpose), compress=True
        )

    @classmethod
    def unseal(cls, text: str, user: User, purpose: str) -> Seen:
        """Raises `NotSealed`."""
        try:
            steps, versions, facts = signing.loads(text, salt=_salt(user, purpose), max_age=MAX_SECONDS)
        except signing.BadSignature as refusal:
            raise NotSealed("What you looked at is too old, or not whole. Look again, then decide.") from refusal
        return cls(dict(zip(accumulate(steps), versions, strict=True)), facts)

    def moved_to(self, now: Mapping[int, int]) -> Moved:
        """What changed between then and now."""
        return Moved(
            tuple(key for key, version in now.items() if self.versions.get(key, version) != version),
            tuple(key for key in self.versions if key not in now),
            tuple(key for key in now if key not in self.versions),
        )


def versions_of(keys: Iterable[int]) -> dict[int, int]:
    """The versions that these have now; in the order of the keys."""
    wanted, found = list(keys), dict[int, int]()
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[start : start + ASKED_AT_ONCE]
        found |= dict(Article.objects.filter(pk__in=some).values_list("pk", "version"))
    return {key: found[key] for key in wanted if key in found}


def named(moved: Moved) -> list[NamedMove]:
    """The articles that moved, in words for an editor."""
    words = (("changed since you looked", moved.changed), ("no longer among them", moved.left), ("new", moved.joined))
    return [_named(said, keys) for said, keys in words if keys]


def _named(words: str, keys: tuple[int, ...]) -> NamedMove:
    rows = Article.objects.filter(pk__in=keys[:NAMED]).only("title", "path")
    return NamedMove(words, list(rows), max(len(keys) - NAMED, 0))


def _salt(user: User, purpose: str) -> str:
    return f"newsroom.{purpose}.{user.pk}"
