"""What an act on an article that is thought out leaves in the tables: overrides, columns, findings, an event."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from articles.compiled import Write, attnames, changed, new_row, write_at_once
from articles.content import merge
from articles.content.document import Document
from articles.content.merge import Decision
from articles.content.planning import conflicting
from articles.content.values import ABSENT, to_json
from articles.grouping import group, may_regroup
from articles.judging import Judged, judge, published_was_decided, site_context
from articles.mapping import DERIVED_COLUMNS, ArticleData, decision_of
from articles.models import Event, Override
from articles.standing import STANDING_COLUMNS
from articles.storing import SiteIndex, fill, write_lists

if TYPE_CHECKING:
    from articles.review.act import OneAct

_LISTS: Final = frozenset({"topics", "images"})
"""What stands in tables of its own."""
_NAMING: Final = _LISTS | {"provider"}
"""What names rows of other tables."""
_WRITTEN: Final = (*DERIVED_COLUMNS, *STANDING_COLUMNS, "provider_id", "digest", "is_missing", "is_dirty")
_KEPT_UP: Final = (*_WRITTEN, "updated_at", "version")
_OVERRIDE_COLUMNS: Final = attnames(Override)


class Writing:
    """What one act decided, made ready: and written in the transaction that holds its article."""

    def __init__(self, act: OneAct, what: Event.Act, changes: Mapping[str, tuple[Any, Any]]) -> None:
        self.act, self.changes = act, changes
        self.event = self._event(what)
        self._gone = [override.pk for key, override in act.overrides.items() if key not in act.decided]
        self._overrides = [self._saving(decision) for decision in act.decided_anew()]
        self._record = self._adding(self.event)

    def save(self, document: Document, data: ArticleData) -> None:
        """Under the lock."""
        if self._gone:
            Override.objects.filter(pk__in=self._gone).delete()
        for save in self._overrides:
            save()
        self._save_article(data)
        self._judge(document)
        self._record()

    def save_standing(self) -> None:
        """Where it stands, and that somebody said so: no value changed."""
        self._update_article()
        self._record()

    @property
    def is_plain(self) -> bool:
        """Whether `save` would write columns of the article, overrides and an event alone; as of most decisions."""
        is_about_publishing = "published" in self.act.decided and self.changes.keys() <= {"published"}
        return is_about_publishing and not (self._gone or self.act.writes_anew or self.act.read.is_against_rule)

    def save_at_once(self) -> bool:
        """The article, overrides and event in one statement, without a lock before it.

        False, and nothing is written, where the article is not as it was read.
        """
        article = changed(self.act.article, self.act.before_act, _KEPT_UP)
        others = [one for one in (*self._overrides, self._record) if isinstance(one, Write)]
        return article is not None and write_at_once(article, self.act.read.seen, others)

    def _update_article(self) -> None:
        if write := changed(self.act.article, self.act.before_act, _KEPT_UP):
            write()

    def _saving(self, decision: Decision) -> Callable[[], None]:
        row = new_row(Override, article_id=self.act.article.pk, key=decision.key, **self._override_row(decision))
        known = self.act.overrides.get(decision.key)
        if known is None:
            return self._adding(row)
        row.pk = known.pk
        return changed(row, vars(known), _OVERRIDE_COLUMNS) or _nothing

    def _adding(self, row: Override | Event) -> Callable[[], None]:
        """Saves a new row; beside other articles that are held, together with theirs."""
        held = self.act.held
        if held is None:
            return Write(row)
        if isinstance(row, Override):
            return lambda: held.overrides.append(row)
        return lambda: held.events.append(row)

    def _override_row(self, decision: Decision) -> dict[str, Any]:
        removes, absent = decision.value is ABSENT, decision.base is ABSENT
        is_contradicted = bool(conflicting(self.act.crawler, [decision]))
        return {
            "value": None if removes else to_json(decision.value),
            "is_removal": removes,
            "crawler_value": None if absent else to_json(decision.base),
            "crawler_absent": absent,
            "echoes": [to_json(echo) for echo in decision.echoes],
            "in_conflict": is_contradicted,
            "switch_batch": self._switch_of(decision.key) if is_contradicted else None,
            "user_id": self.act.hand.by.pk,
            "username": self.act.hand.by.get_username(),
            "at": self.act.hand.at,
            "reason": self.act.hand.reason,
            "batch": self.act.hand.batch,
        }

    def _switch_of(self, key: str) -> uuid.UUID | None:
        return self.act.overrides[key].switch_batch if key in self.act.overrides else None

    def _save_article(self, data: ArticleData) -> None:
        article, roots = self.act.article, {root_of(key) for key in self.changes}
        index = self.act.held.index if self.act.held else SiteIndex(article.site)
        if _NAMING & roots:
            index.ensure([data])
            fill(article, data, index)
        self._update_article()
        if _LISTS & roots:
            write_lists([(article, data)], index)

    def _judge(self, document: Document) -> None:
        """Keep what is found in the article as it is now, and in those that tell the same."""
        changes, article, has_decided = self.changes, self.act.article, "published" in self.act.decided
        if has_decided and changes.keys() <= {"published"}:
            if self.act.held:
                self.act.held.published.append(article.pk)
            elif self.act.read.is_against_rule:
                published_was_decided([article.pk])
        elif self.act.held:
            self.act.held.judged.append(Judged(article, document.fields, has_decided_published=has_decided))
        else:
            domains = [article.provider.domain] if article.provider else []
            judged = Judged(article, document.fields, has_decided_published=has_decided)
            judge([judged], site_context(article.site, domains=domains))
        if self.act.writes_anew or may_regroup(changes):
            group(article.site, [article.pk])

    def _with_kept(self) -> dict[str, tuple[Any, Any]]:
        """Also what was decided without a change of the value: whoever decides the same field next should know."""
        roots = {root_of(key) for key in self.changes}
        kept = {
            key: merge.value_of(self.act.before, key) for key in self._overrides_before() if root_of(key) not in roots
        }
        return {**{key: (value, value) for key, value in kept.items()}, **self.changes}

    def _overrides_before(self) -> dict[str, Any]:
        """For each key that this act decides or resets, the override it had (value, crawler's value), or None."""
        keys = {decision.key for decision in self.act.decided_anew()} | (
            self.act.overrides.keys() - self.act.decided.keys()
        )
        return {key: _override_as_json(self.act.overrides.get(key)) for key in sorted(keys)}

    def _event(self, what: Event.Act) -> Event:
        return new_row(
            Event,
            site_id=self.act.article.site_id,
            article_id=self.act.article.pk,
            act=what,
            user_id=self.act.hand.by.pk,
            username=self.act.hand.by.get_username(),
            changes={key: [to_json(old), to_json(new)] for key, (old, new) in self._with_kept().items()},
            overrides_before=self._overrides_before(),
            standing_before=self.act.standing_before,
            undoes=self.act.undoes,
            version=self.act.article.version,
            reason=self.act.hand.reason,
            batch=self.act.hand.batch,
            at=self.act.hand.at,
        )


def _nothing() -> None:
    """An override that says the same already."""


def _override_as_json(override: Override | None) -> Any:
    if override is None:
        return None
    decision = decision_of(override)
    return [to_json(value) for value in (decision.value, decision.base, *decision.echoes)]


def root_of(key: str) -> str:
    """The key of the root that a key path begins with."""
    return re.split(r"[.\[]", key, maxsplit=1)[0]
