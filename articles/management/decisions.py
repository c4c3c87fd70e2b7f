"""Articles decided one by one as one batch: found by path, each done or refused by itself, all in one report."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from articles.content.values import ABSENT, format_time, to_json
from articles.management.desk_command import Answer, CannotStart, plain_text, site_slug
from articles.models import Article, Site
from articles.report import EXIT_DONE, EXIT_WITH_REFUSALS, EXIT_WOULD_CHANGE
from articles.review import EditRejected, Outcome, StaleVersion
from articles.review.rights import require_for
from articles.wording import HIDDEN_KEY, without_hidden

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_VALUE: Final = 120


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one article was left as it is. `line` is the line of the batch that asked for it."""

    path: str
    code: str
    message: str
    key: str = ""
    line: int | None = None

    def as_dict(self) -> dict[str, Any]:
        found = {"path": self.path, "key": self.key, "line": self.line, "code": self.code, "message": self.message}
        return {name: value for name, value in found.items() if name == "path" or value}

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}: "
        path = f"{self.path}: " if self.path else ""
        return f"{line}{path}error: {self.message} ({self.code})"


class NotFound(Exception):
    """No article, or more than one, is meant."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def add_arguments(parser: CommandParser) -> None:
    """The options of every command that decides in somebody's name."""
    parser.add_argument("--as", dest="username", metavar="USER", required=True, type=plain_text, help="Who decides.")
    parser.add_argument("--reason", metavar="TEXT", default="", type=plain_text, help="Why; kept with the event.")
    parser.add_argument("--site", metavar="SLUG", type=site_slug, help="The site that PATH is of.")
    parser.add_argument(
        "--version", metavar="N", type=int, help="The version you saw; refused where these fields changed since."
    )


class Decisions:
    """What one call decides, in one user's name. `batch` is the id by which it can be taken back."""

    def __init__(self, options: dict[str, Any], keys: Iterable[str], *, at: datetime) -> None:
        """`keys` are those that will be decided on. Raises `CannotStart`, and `NotAllowed` where the right lacks."""
        self.by = the_user(options["username"])
        self.site: str = options["site"] or ""
        if self.site and not Site.objects.filter(slug=self.site).exists():
            raise CannotStart(f"There is no site '{self.site}'. Correct --site.")
        require_for(self.by, keys)
        self.at = at
        self.reason: str = options["reason"].strip()
        self.dry_run: bool = options["dry_run"]
        self.batch = uuid.uuid4()
        self.started = time.monotonic()
        self.edited: list[Outcome] = []
        self.unchanged = 0
        self.refused: list[Refusal] = []

    @property
    def count(self) -> int:
        return len(self.edited) + self.unchanged + len(self.refused)

    def take(self, path: str, act: Callable[..., Outcome], *, version: int | None, line: int | None = None) -> None:
        """Do the act to the article at a path, or note why not."""
        try:
            outcome = act(
                find_article(path, self.site),
                by=self.by,
                at=self.at,
                seen_version=version,
                reason=self.reason,
                batch=self.batch,
                dry_run=self.dry_run,
            )
        except NotFound as missing:
            self.refused.append(Refusal(path, missing.code, str(missing), line=line))
        except StaleVersion as stale:
            self.refused.append(Refusal(path, "stale_version", str(stale), line=line))
        except EditRejected as rejected:
            for key, messages in rejected.messages.items():
                self.refused += [Refusal(path, "rejected", message, key, line) for message in messages]
        else:
            self._note(outcome)

    def answer(self) -> Answer:
        return Answer(self._facts(), self._summary(), [*self._changes(), *map(str, self.refused)], None, self._code())

    def _note(self, outcome: Outcome) -> None:
        if outcome.changed:
            self.edited.append(outcome)
        else:
            self.unchanged += 1

    def _facts(self) -> dict[str, Any]:
        return {
            "batch": str(self.batch),
            "dry_run": self.dry_run,
            "edited": len(self.edited),
            "unchanged": self.unchanged,
            "refused": [refusal.as_dict() for refusal in self.refused],
            "articles": [_as_dict(outcome) for outcome in self.edited],
            "seconds": round(time.monotonic() - self.started, 3),
        }

    def _changes(self) -> list[str]:
        would = "would change: " if self.dry_run else ""
        return [f"{outcome.article.path}: {would}{_in_words(outcome)}" for outcome in self.edited]

    def _summary(self) -> str:
        refused = len({(refusal.path, refusal.line) for refusal in self.refused})
        counts = {"edited": len(self.edited), "unchanged": self.unchanged, "refused": refused}
        words = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count) or "nothing to do"
        return f"{words}. Dry run: nothing was changed." if self.dry_run else f"{words} (batch {self.batch})"

    def _code(self) -> int:
        if self.dry_run and self.edited:
            return EXIT_WOULD_CHANGE
        return EXIT_WITH_REFUSALS if self.refused else EXIT_DONE


def the_user(name: str) -> User:
    """The user in whose name a command acts. Raises `CannotStart`."""
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise CannotStart(f"There is no user '{name}'. Give the name of one that is.")
    if not user.is_active:
        raise CannotStart(f"The user '{name}' is not active any more. Act as another, or have a superuser change that.")
    return user


def find_article(name: str, site: str = "") -> Article:
    """The article at `PATH` or `SITE:PATH`; raises `NotFound` where it is none, or one in each of several sites."""
    found = _at(name, site)
    if not found and not site and ":" in name:
        slug, _, path = name.partition(":")
        found = _at(path, slug)
    if not found:
        where = f" in the site {site}" if site else ""
        raise NotFound("no_such_article", f"There is no article at this path{where}. Correct it.")
    if len(found) > 1:
        slugs = ", ".join(article.site.slug for article in found)
        raise NotFound("several_sites", f"Several sites have this path: {slugs}. Write it as SITE:{name}.")
    return found[0]


def _at(path: str, site: str) -> list[Article]:
    rows = Article.objects.narrow().select_related("site").filter(path=path.removeprefix("./")).order_by("site__slug")
    return list(rows.filter(site__slug=site) if site else rows)


def _as_dict(outcome: Outcome) -> dict[str, Any]:
    article = outcome.article
    return {
        "site": article.site.slug,
        "path": article.path,
        "version": article.version,
        "changes": {
            key: [to_json(without_hidden(old)), to_json(without_hidden(new))]
            for key, (old, new) in _shown(outcome.changes).items()
        },
    }


def _in_words(outcome: Outcome) -> str:
    changes = _shown(outcome.changes)
    words = [f"{key}: {short(old)} -> {short(new)}" for key, (old, new) in changes.items()]
    return "; ".join(words) or "decided as it is"


def _shown(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Without the crawler's secret, at whatever depth."""
    return {key: pair for key, pair in changes.items() if key.rpartition(".")[2] != HIDDEN_KEY}


def short(value: Any) -> str:
    """A value in one line: a time as files have it, all else as JSON has it."""
    if value is ABSENT:
        return "(none)"
    if isinstance(value, datetime):
        return format_time(value)
    text = json.dumps(to_json(without_hidden(value)), ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
