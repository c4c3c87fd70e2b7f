"""One act on one article: from the locked row to the saved one, in one transaction."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction

from articles.content import keypath, merge, tree
from articles.content.document import Document, EditRefused, storable
from articles.content.merge import Decision
from articles.content.planning import changes_between, conflicting, file_in_force
from articles.content.problems import Problem, ProblemError
from articles.content.schema import ADVICE_ONLY, check_article
from articles.content.values import ABSENT, same
from articles.mapping import ArticleData, article_data, crawler_document, decision_of
from articles.models import Article, Event, Override
from articles.review import reading
from articles.review.holding import held, is_held
from articles.review.outcomes import EditRejected, Outcome, StaleVersion
from articles.review.writing import Writing, root_of
from articles.standing import put_back, stand, standing_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_KEY_CHARS: Final = 500
WHOLE_FILE: Final = "*"
SEALED_KEYS: Final = frozenset({"secured"})
"""The crawler's own; nobody here could write a value that anyone can read."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose act it is, when, and why. What is done together shares a batch; a dry run only says what it would do."""

    by: User
    at: datetime
    reason: str
    batch: uuid.UUID
    dry_run: bool


class Moved(Exception):
    """What an act was thought out on is not so any more."""


def act_on(article: Article, hand: Hand, seen_version: int | None, deed: Callable[[OneAct], Outcome]) -> Outcome:
    """Do a deed to one article.

    It is thought out before the lock, and written under it where all that it went by is still so; else it is thought
    out again, under the lock: whoever writes keeps the others waiting for a few statements only.
    """
    if not (is_held(article) or hand.dry_run):
        try:
            with OneAct(article, hand, seen_version, ahead=True) as act:
                return deed(act)
        except Moved:
            pass
    with OneAct(article, hand, seen_version) as act:
        return deed(act)


class OneAct:
    """One act on one article, from the locked row to the saved one. Leaves nothing behind when it raises.

    `ahead`: it takes the lock only to write, and raises `Moved` where what it had read is not so any more.
    """

    def __init__(self, article: Article, hand: Hand, seen_version: int | None = None, *, ahead: bool = False) -> None:
        self.given, self.held = article, held(article)
        self.hand = hand
        self.seen = seen_version
        self.is_ahead = ahead
        self.writes_anew = False
        self.standing_before: list[str | None] | None = None
        self.undoes: uuid.UUID | None = None
        is_read_only = ahead or (self.held is not None and hand.dry_run)
        self.atomic: AbstractContextManager[Any] = nullcontext() if is_read_only else transaction.atomic()

    def __enter__(self) -> OneAct:
        self.atomic.__enter__()
        try:
            self._load()
        except BaseException as raised:
            self.atomic.__exit__(type(raised), raised, raised.__traceback__)
            raise
        return self

    def __exit__(self, *raised: Any) -> None:
        self.atomic.__exit__(*raised)

    def _load(self) -> None:
        overrides: Iterable[Override]
        if self.held:
            self.article, overrides = self.given, self.given.overrides.all()
        else:
            if not self.is_ahead:
                reading.lock(self.given.pk)
            self.read = reading.read(self.given.pk)
            self.article, overrides = self.read.article, self.read.overrides
        self.before_act = dict(vars(self.article))
        self.overrides = {override.key: override for override in overrides}
        self.decided = {key: decision_of(override) for key, override in self.overrides.items()}
        self.crawlers_file = crawler_document(self.article)
        self.crawler = self.crawlers_file.fields
        self.before = merge.in_force(self.crawler, self.decided.values())

    def refuse_stale(self, keys: Iterable[str]) -> None:
        """Refuse to decide on fields that changed since the editor saw them; others may go through."""
        if self.seen is None or self.seen == self.article.version:
            return
        since = Event.objects.filter(article=self.article, version__gt=self.seen).values_list("changes", flat=True)
        changed = {root_of(key) for changes in since for key in changes}
        if self.seen > self.article.version or changed & {root_of(key) for key in keys}:
            raise StaleVersion(self.article, self.seen)

    def refuse_judged(self) -> None:
        """Refuse to judge what somebody kept as it is since the editor saw it: that changed no value to go by."""
        if self.seen in (None, self.article.version):
            return
        if Event.objects.filter(article=self.article, version__gt=self.seen, act=Event.Act.KEPT).exists():
            raise StaleVersion(self.article, self.seen or 0)

    def refuse_any_change(self) -> None:
        """Refuse to judge an article as a whole that changed since the editor saw it."""
        if self.seen is not None and self.seen != self.article.version:
            raise StaleVersion(self.article, self.seen)

    def decide(self, key: str, value: Any, *, holds: bool = False) -> None:
        """Take a decision on a key; one that is the crawler's own value is none, unless it `holds`."""
        now = merge.in_force(self.crawler, self.decided.values())
        try:
            value = value if value is ABSENT else storable(value)
            steps = merge.steps(now, key)
            if steps[0] in SEALED_KEYS:
                raise EditRejected({key: ["The crawler's secret is carried as it is; nobody can edit it."]})
            wanted = keypath.without(now, steps) if value is ABSENT else keypath.with_value(now, steps, value)
        except ProblemError as refusal:
            raise EditRejected({key: [refusal.problem.message]}) from refusal
        except (keypath.NoSuchKey, TypeError) as missing:
            raise EditRejected(
                {key: [f"There is no '{key}' to change. Give a key that leads to a value."]}
            ) from missing
        for name in self._names_decided(steps, now, wanted):
            if len(name) > MAX_KEY_CHARS:
                raise EditRejected({key: [f"The key has more than {MAX_KEY_CHARS} characters. Shorten it."]})
            self._decide_one(name, merge.value_of(wanted, name), holds=holds)

    def _names_decided(self, steps: keypath.KeyPath, now: dict[Any, Any], wanted: dict[Any, Any]) -> list[str]:
        """The keys that a change decides: lists as a whole, maps key by key, and what is decided already as it is."""
        for name in self.decided:
            known = merge.steps(now, name)
            if len(known) < len(steps) and steps[: len(known)] == known:
                return [name]
        names = tuple(_until_list(steps))
        old, new = (merge.value_of(fields, keypath.show(names)) for fields in (now, wanted))
        if isinstance(old, dict) and isinstance(new, dict) and new and all(map(_is_simple, {**old, **new})):
            return [keypath.show((*names, str(part))) for part in {**old, **new}]
        return [keypath.show(names)]

    def _decide_one(self, name: str, value: Any, *, holds: bool) -> None:
        for other in [known for known in self.decided if known.startswith((f"{name}.", f"{name}["))]:
            del self.decided[other]
        base = merge.value_of(self.crawler, name)
        echoes = self.decided[name].echoes if name in self.decided else ()
        if same(value, base) and not holds and not echoes:
            self.decided.pop(name, None)
        else:
            # With an echo the crawler may be saying that, and this must hold over it: it is no return to its value.
            self.decided[name] = Decision(name, value, base, echoes)

    def take_decision(self) -> None:
        """A person judged the article as a whole: it leaves the queue until the crawler changes it."""
        if self.article.state != Article.State.DECIDED:
            self.standing_before = standing_of(self.article)
        self.article.decided_at, self.article.changed_at = self.hand.at, None

    def confirm_decision(self) -> None:
        """What was decided before stays decided after a conflict; what nobody judged yet is still to be judged."""
        if self.article.decided_at:
            self.take_decision()

    def keep(self) -> None:
        """Judged, and to stay as it is: also where the crawler says something else by now."""
        if self.article.is_missing and self.decided:
            raise EditRejected({WHOLE_FILE: ["The file is gone. Decide whether it is written anew or let go."]})
        for key in conflicting(self.crawler, self.decided.values()):
            self.settle(key, for_editor=True)
        self.take_decision()

    def take_back_decision(self, standing: list[str | None]) -> None:
        """Stand as before a decision."""
        self.standing_before = standing_of(self.article)
        put_back(self.article, standing)

    def settle(self, key: str, *, for_editor: bool) -> None:
        """Close a conflict: the crawler's value from now on, or the editor's over it."""
        if key not in conflicting(self.crawler, self.decided.values()):
            raise EditRejected({key: ["There is no conflict to decide on this field."]})
        if for_editor:
            self.decided[key] = replace(self.decided[key], base=merge.value_of(self.crawler, key), echoes=())
        else:
            del self.decided[key]

    def keys_of_switch(self) -> list[str]:
        """The conflicts that came with a switch of the story's source."""
        keys = [key for key, override in self.overrides.items() if override.in_conflict and override.switch_batch]
        if not keys:
            raise EditRejected({"": ["No switch of the story's source waits for a decision."]})
        return keys

    def decide_on_missing_file(self, *, keep: bool) -> None:
        """The file of an article with decisions is gone: it is written anew with them, or they go too."""
        if not (self.article.is_missing and self.decided):
            raise EditRejected({"*": ["The file is not gone, or nothing was decided on it."]})
        if keep:
            self.article.digest = ""
            self.article.is_missing = False
            self.writes_anew = True
        else:
            self.decided.clear()

    def finish(self, act: Event.Act) -> Outcome:
        """Check and save what was decided; an act that decides nothing new leaves no trace."""
        if not (act is Event.Act.ADDED or self.writes_anew or self._differs()):
            return self._finish_with_standing_alone(act)
        after = merge.in_force(self.crawler, self.decided.values())
        changes = changes_between(self.before, after)
        self._refuse_wrong_values(after, changes)
        document = self._file_that_should_be()
        if self.hand.dry_run:
            return Outcome(self.article, changes, Event(act=act))
        data = self._take_values(document)
        writing = Writing(self, act, changes)
        if self._may_write_at_once and writing.is_plain:
            self._write_at_once(writing)
        else:
            with self._writing():
                writing.save(document, data)
        return Outcome(self.article, changes, writing.event)

    def _finish_with_standing_alone(self, act: Event.Act) -> Outcome:
        """No value changes; a person has judged it all the same, or took that back."""
        if self.standing_before is None:
            return Outcome(self.article)
        if self.hand.dry_run:
            return Outcome(self.article, {}, Event(act=act))
        self._stand()
        self.article.version += 1  # who saw it undecided is told before judging it too
        writing = Writing(self, act, {})
        if self._may_write_at_once:
            self._write_at_once(writing)
        else:
            with self._writing():
                writing.save_standing()
        return Outcome(self.article, {}, writing.event)

    @property
    def _may_write_at_once(self) -> bool:
        """Alone, and on PostgreSQL, where every statement is a way to the server and back."""
        return self.is_ahead and connection.vendor == "postgresql"

    def _write_at_once(self, writing: Writing) -> None:
        if not writing.save_at_once():
            raise Moved

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Under the lock; whatever this act went by is as it was read."""
        if not self.is_ahead:
            yield
            return
        with transaction.atomic():
            reading.lock(self.article.pk)
            if not reading.is_as_read(self.read):
                raise Moved
            yield

    def _stand(self) -> None:
        contradicted = bool(conflicting(self.crawler, self.decided.values()))
        threshold = self.article.site.threshold
        stand(self.article, is_contradicted=contradicted, has_decisions=bool(self.decided), threshold=threshold)

    def _differs(self) -> bool:
        return bool(self.decided_anew()) or any(key not in self.decided for key in self.overrides)

    def decided_anew(self) -> list[Decision]:
        """Decisions that no override says yet."""
        return [
            decision
            for key, decision in self.decided.items()
            if key not in self.overrides or not decision.is_like(decision_of(self.overrides[key]))
        ]

    def _refuse_wrong_values(self, after: dict[Any, Any], changes: Mapping[str, Any]) -> None:
        """A warning that a file may bring is a refusal when an editor brings it, other than by giving it back."""
        roots = {root_of(key) for key in changes}
        touched = {root for root in roots if not same(merge.value_of(after, root), merge.value_of(self.crawler, root))}
        faults = [problem for problem in check_article(after).problems if _is_fault_in(problem, touched)]
        if not faults:
            return
        known = {(problem.code, problem.key) for problem in check_article(self.before).problems}
        messages: dict[str, list[str]] = {}
        for problem in faults:
            if (problem.code, problem.key) not in known:
                messages.setdefault(problem.key or "", []).append(problem.message)
        if messages:
            raise EditRejected(messages)

    def _file_that_should_be(self) -> Document:
        try:
            text, decided = bytes(self.article.source.text), self.decided.values()
            return file_in_force(text, decided, self.article.path, read=self.crawlers_file)
        except EditRefused as refusal:
            raise EditRejected({refusal.problem.key or "": [refusal.problem.message]}) from refusal

    def _take_values(self, document: Document) -> ArticleData:
        """The columns as the fields in force have them; what names rows of other tables comes with the writing."""
        article, data = self.article, article_data(document.fields, document)
        for column, value in data.columns.items():
            setattr(article, column, value)
        self._stand()
        article.is_dirty = tree.digest(document.to_bytes()) != article.digest
        article.updated_at = self.hand.at
        article.version += 1
        return data


def _is_fault_in(problem: Problem, roots: set[str]) -> bool:
    return problem.code not in ADVICE_ONLY and root_of(problem.key or "") in roots


def _is_simple(name: Any) -> bool:
    """Whether a key of a map can be told by a key path."""
    return isinstance(name, str) and bool(name) and not re.search(r"[.\[\]]", name)


def _until_list(steps: keypath.KeyPath) -> Iterable[str]:
    for step in steps:
        if isinstance(step, int):
            return
        yield step
