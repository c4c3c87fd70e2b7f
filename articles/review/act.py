"""One act on one article: from the locked row to the saved one, in one transaction."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from articles.content import keypath, merge, tree
from articles.content.document import Document, EditRefused, storable
from articles.content.merge import Decision
from articles.content.planning import changes_between, conflicting, file_in_force
from articles.content.problems import Problem, ProblemError
from articles.content.schema import ADVICE_ONLY, check_article
from articles.content.values import ABSENT, same, to_json
from articles.grouping import group, may_regroup
from articles.judging import Judged, judge, site_context
from articles.mapping import article_data, crawler_fields, decision_of
from articles.models import Article, Event, Override
from articles.review.holding import held
from articles.review.outcomes import EditRejected, Outcome, StaleVersion
from articles.standing import STANDING_COLUMNS, put_back, stand, standing_of
from articles.storing import SiteIndex, fill, write_lists

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_KEY_CHARS: Final = 500
WHOLE_FILE: Final = "*"
SEALED_KEYS: Final = frozenset({"secured"})
"""The crawler's own; nobody here could write a value that anyone can read."""
_LISTS: Final = frozenset({"topics", "images"})
"""What stands in tables of its own."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose act it is, when, and why. What is done together shares a batch; a dry run only says what it would do."""

    by: User
    at: datetime
    reason: str
    batch: uuid.UUID
    dry_run: bool


class OneAct:
    """One act on one article, from the locked row to the saved one. Leaves nothing behind when it raises."""

    def __init__(self, article: Article, hand: Hand, seen_version: int | None = None) -> None:
        self.given, self.held = article, held(article)
        self.hand = hand
        self.seen = seen_version
        self.writes_anew = False
        self.standing_before: list[str | None] | None = None
        self.undoes: uuid.UUID | None = None
        is_read_only = self.held is not None and hand.dry_run
        self.atomic: Any = nullcontext() if is_read_only else transaction.atomic()

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
        self.article = self.given if self.held else self._locked()
        self.overrides = {override.key: override for override in self.article.overrides.all()}
        self.decided = {key: decision_of(override) for key, override in self.overrides.items()}
        self.crawler = crawler_fields(self.article)
        self.before = merge.in_force(self.crawler, self.decided.values())

    def _locked(self) -> Article:
        # The source by a query of its own, after the lock: joined, PostgreSQL would give it as it was before a wait.
        rows = Article.objects.select_for_update(of=("self",)).select_related("site")
        article: Article = rows.prefetch_related("source", "overrides").get(pk=self.given.pk)
        return article

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
        self._save_overrides()
        self._save_article(document, changes)
        self._judge(document, changes)
        return Outcome(self.article, changes, self._record(act, changes))

    def _finish_with_standing_alone(self, act: Event.Act) -> Outcome:
        """No value changes; a person has judged it all the same, or took that back."""
        if self.standing_before is None:
            return Outcome(self.article)
        if self.hand.dry_run:
            return Outcome(self.article, {}, Event(act=act))
        self._stand()
        self.article.version += 1  # who saw it undecided is told before judging it too
        self.article.save(update_fields=(*STANDING_COLUMNS, "version"))
        return Outcome(self.article, {}, self._record(act, {}))

    def _stand(self) -> None:
        contradicted = bool(conflicting(self.crawler, self.decided.values()))
        threshold = self.article.site.threshold
        stand(self.article, is_contradicted=contradicted, has_decisions=bool(self.decided), threshold=threshold)

    def _differs(self) -> bool:
        return bool(self._decided_anew()) or any(key not in self.decided for key in self.overrides)

    def _decided_anew(self) -> list[Decision]:
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
        known = {(problem.code, problem.key) for problem in check_article(self.before).problems}
        messages: dict[str, list[str]] = {}
        for problem in check_article(after).problems:
            if self._is_new_fault(problem, touched, known):
                messages.setdefault(problem.key or "", []).append(problem.message)
        if messages:
            raise EditRejected(messages)

    def _is_new_fault(self, problem: Problem, touched: set[str], known: set[tuple[str, str | None]]) -> bool:
        root = root_of(problem.key or "")
        return problem.code not in ADVICE_ONLY and root in touched and (problem.code, problem.key) not in known

    def _file_that_should_be(self) -> Document:
        try:
            return file_in_force(bytes(self.article.source.text), self.decided.values(), self.article.path)
        except EditRefused as refusal:
            raise EditRejected({refusal.problem.key or "": [refusal.problem.message]}) from refusal

    def _save_overrides(self) -> None:
        gone = [override.pk for key, override in self.overrides.items() if key not in self.decided]
        Override.objects.filter(pk__in=gone).delete()
        for decision in self._decided_anew():
            row = self._override_row(decision)
            if decision.key in self.overrides:
                Override.objects.filter(pk=self.overrides[decision.key].pk).update(**row)
            else:
                self._add(Override(article=self.article, key=decision.key, **row))

    def _add(self, row: Override | Event) -> None:
        """Save a new row; beside other articles that are held, together with theirs."""
        if self.held is None:
            row.save()
        elif isinstance(row, Override):
            self.held.overrides.append(row)
        else:
            self.held.events.append(row)

    def _override_row(self, decision: Decision) -> dict[str, Any]:
        removes, absent = decision.value is ABSENT, decision.base is ABSENT
        is_contradicted = bool(conflicting(self.crawler, [decision]))
        return {
            "value": None if removes else to_json(decision.value),
            "is_removal": removes,
            "crawler_value": None if absent else to_json(decision.base),
            "crawler_absent": absent,
            "echoes": [to_json(echo) for echo in decision.echoes],
            "in_conflict": is_contradicted,
            "switch_batch": self._switch_of(decision.key) if is_contradicted else None,
            "user": self.hand.by,
            "username": self.hand.by.get_username(),
            "at": self.hand.at,
            "reason": self.hand.reason,
            "batch": self.hand.batch,
        }

    def _switch_of(self, key: str) -> uuid.UUID | None:
        return self.overrides[key].switch_batch if key in self.overrides else None

    def _save_article(self, document: Document, changes: Mapping[str, Any]) -> None:
        article = self.article
        data = article_data(document.fields, document)
        index = self.held.index if self.held else SiteIndex(article.site)
        index.ensure([data])
        fill(article, data, index)
        self._stand()
        article.is_dirty = tree.digest(document.to_bytes()) != article.digest
        article.updated_at = self.hand.at
        article.version += 1
        article.save()
        if _LISTS & {root_of(key) for key in changes}:
            write_lists([(article, data)], index)

    def _judge(self, document: Document, changes: Mapping[str, Any]) -> None:
        """Keep what is found in the article as it is now, and in those that tell the same."""
        article = self.article
        domains = [article.provider.domain] if article.provider else []
        judged = Judged(article, document.fields, has_decided_published="published" in self.decided)
        if self.held:
            self.held.judged.append(judged)
        else:
            judge([judged], site_context(article.site, domains=domains))
        if self.writes_anew or may_regroup(changes):
            group(article.site, [article.pk])

    def _with_kept(self, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
        """Also what was decided without a change of the value: whoever decides the same field next should know."""
        roots = {root_of(key) for key in changes}
        kept = {key: merge.value_of(self.before, key) for key in self._overrides_before() if root_of(key) not in roots}
        return {**{key: (value, value) for key, value in kept.items()}, **changes}

    def _overrides_before(self) -> dict[str, Any]:
        """For each key that this act decides or resets, the override it had (value, crawler's value), or None."""
        keys = {decision.key for decision in self._decided_anew()} | (self.overrides.keys() - self.decided.keys())
        return {key: _override_as_json(self.overrides.get(key)) for key in sorted(keys)}

    def _record(self, act: Event.Act, changes: Mapping[str, tuple[Any, Any]]) -> Event:
        event = Event(
            site=self.article.site,
            article=self.article,
            act=act,
            user=self.hand.by,
            username=self.hand.by.get_username(),
            changes={key: [to_json(old), to_json(new)] for key, (old, new) in self._with_kept(changes).items()},
            overrides_before=self._overrides_before(),
            standing_before=self.standing_before,
            undoes=self.undoes,
            version=self.article.version,
            reason=self.hand.reason,
            batch=self.hand.batch,
            at=self.hand.at,
        )
        self._add(event)
        return event


def _override_as_json(override: Override | None) -> Any:
    if override is None:
        return None
    decision = decision_of(override)
    return [to_json(value) for value in (decision.value, decision.base, *decision.echoes)]


def _is_simple(name: Any) -> bool:
    """Whether a key of a map can be told by a key path."""
    return isinstance(name, str) and bool(name) and not re.search(r"[.\[\]]", name)


def root_of(key: str) -> str:
    """The key of the root that a key path begins with."""
    return re.split(r"[.\[]", key, maxsplit=1)[0]


def _until_list(steps: keypath.KeyPath) -> Iterable[str]:
    for step in steps:
        if isinstance(step, int):
            return
        yield step
