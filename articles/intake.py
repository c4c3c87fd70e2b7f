"""Carries out on the tables what a plan says of files: rows made, rewritten, marked, with their events."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from articles.content.actions import (
    Action,
    Conflict,
    Create,
    Decided,
    MarkMissing,
    Nothing,
    Remember,
    Return,
    Seen,
    TakeIn,
)
from articles.content.actions import Report as Told
from articles.content.findings import SiteContext
from articles.content.problems import as_problem
from articles.content.tree import File
from articles.content.values import from_json, to_json
from articles.grouping import group, group_all, may_regroup
from articles.judging import Judged, judge, judge_site, judge_touched, site_context
from articles.mapping import article_data, decisions
from articles.models import Article, Event, Site
from articles.preparing import Chunk, FileRows, Preparing
from articles.reference import Touched
from articles.report import Report
from articles.rewriting import Held, Rewritten, mark_flapping, overrides_of, reliable, save, take_up
from articles.rows import Shape, update_rows
from articles.standing import matters, stand, stand_anew
from articles.storing import SiteIndex, create_rows, fill, write_lists

A = TypeVar("A")


class Intake:
    """The rows of one site during one run, in the caller's transaction."""

    def __init__(self, site: Site, at: datetime, report: Report) -> None:
        self.site, self.at, self.report = site, at, report
        self.batch = uuid.UUID(report.batch)
        self.index = SiteIndex(site)
        self.taken_up: dict[int, Held] = {}
        self.regrouped: set[int] = set()
        self.is_checkout = self.is_first = False

    def recall(self, changed: Sequence[int], gone: Sequence[int]) -> dict[int, Decided]:
        """What the desk holds of articles, by id: of the changed all, locked from now on; of the gone the decisions."""
        known: dict[int, Decided] = {}
        for held in take_up(changed):
            self.taken_up[held.article.pk] = held
            source = held.article.source
            exported = {} if self.is_checkout else from_json(source.exported)
            known[source.pk] = Decided(bytes(source.text), tuple(decisions(held.overrides)), exported)
        for key, overrides in overrides_of(gone).items():
            known[key] = Decided(decisions=tuple(decisions(overrides)))
        return known

    def carry_out(self, actions: Sequence[Action]) -> None:
        """A run of actions, as the plan gave them."""
        for told in _of(Told, actions):
            self.report.files += 1
            self.report.add(told.problems)
        nothing = sum(action.count for action in _of(Nothing, actions))
        self.report.files += nothing
        self.report.unchanged += nothing
        self._return([action.seen for action in _of(Return, actions)])
        self._remember([(action.seen, action.file) for action in _of(Remember, actions)])
        self._create([self.preparing.rows(one.file, one.document) for one in _of(Create, actions)])
        self._take_in(_of(TakeIn, actions))
        self._mark_missing([action.seen for action in _of(MarkMissing, actions)])
        for conflict in _of(Conflict, actions):
            self.report.conflicts += len(conflict.keys)
            self.report.plan_to(f"ask a person about {', '.join(conflict.keys)} in", [conflict.path])

    def end(self, touched: Touched, *, are_rules_new: bool) -> None:
        """What needs the whole run: who tells one story, and what is found in articles that nobody touched."""
        if are_rules_new:
            judge_site(self.site)
            group_all(self.site)
        else:
            judge_touched(self.site, touched.topics, touched.domains)
            group(self.site, self.regrouped)

    @cached_property
    def context(self) -> SiteContext:
        """What the site says, to judge its articles by; read before the first of them is taken in."""
        return site_context(self.site)

    def _remember(self, same: Sequence[tuple[Seen, File]]) -> None:
        """The same bytes: nothing but the file's time is noted."""
        self.report.files += len(same)
        self.report.unchanged += len(same)
        moved = [
            Article(pk=seen.key, file_size=file.size, file_mtime_ns=reliable(file.mtime_ns)) for seen, file in same
        ]
        update_rows(Article, moved, ["file_size", "file_mtime_ns"])

    @cached_property
    def preparing(self) -> Preparing:
        return Preparing(self.site, self.at, self.context)

    def create(self, chunk: Chunk) -> None:
        """Rows for files of a site of which none was ever seen, as they were read."""
        refused, prepared = chunk
        for problems in refused:
            self.report.files += 1
            self.report.add(map(as_problem, problems))
        self._create([FileRows(*fields) for fields in prepared])

    def _create(self, new: Sequence[FileRows]) -> None:
        """Rows for files that were never seen."""
        if not new:
            return
        self.index.ensure(new)
        keys = create_rows(new, self.index, self.preparing)
        if not self.is_first:
            self.regrouped.update(keys)
        self.report.files += len(new)
        self.report.created += len(new)
        self.report.plan_to("create", [one.path for one in new])
        for one in new:
            self.report.add(map(as_problem, one.problems))

    def _take_in(self, taken: Sequence[TakeIn]) -> None:
        """New text for files that were seen before."""
        if not taken:
            return
        rewritten = [Rewritten(self.taken_up.pop(one.seen.key), one.file, one.rewrite, self.batch) for one in taken]
        mark_flapping([one for one in rewritten if one.plan.is_source_switch])
        every = [article_data(one.in_force, one.document) for one in rewritten]
        self.index.ensure(every)
        self.report.files += len(taken)
        for one, data in zip(rewritten, every, strict=True):
            fill(one.article, data, self.index)
            self._stand(one)
            one.article.source.secured = data.secured
            self.report.add(data.problems)
            self._count(one)
        save(rewritten)
        news = [one for one in rewritten if not one.plan.is_noise]
        lists = [(one.article, data) for one, data in zip(rewritten, every, strict=True) if one.has_other_lists]
        write_lists(lists, self.index)
        judged = [Judged(one.article, one.in_force, "published" in one.overrides) for one in rewritten]
        judge(judged, self.context)
        self.regrouped.update(one.article.pk for one in news if may_regroup(one.plan.changes))
        self._tell([(one.article, one.act, one.plan.changes) for one in news])

    def _stand(self, one: Rewritten) -> None:
        """A decision holds; but whoever took it should see what the crawler changed since."""
        threshold = self.site.threshold
        is_new_body = not one.plan.is_noise and not one.plan.changes
        if one.article.decided_at and (is_new_body or matters(one.plan.changes, threshold)):
            one.article.changed_at = self.at
        contradicted, decided = bool(one.plan.conflicts), bool(one.overrides)
        stand(one.article, is_contradicted=contradicted, has_decisions=decided, threshold=threshold)

    def _count(self, one: Rewritten) -> None:
        if one.plan.is_own:
            self.report.unchanged += 1
            return
        self.report.plan_to("take the new text of" if one.plan.is_noise else "update", [one.article.path])
        if one.plan.is_noise:
            self.report.noise += 1
            return
        self.report.updated += 1
        one.article.version += 1
        one.article.updated_at = self.at

    def _mark_missing(self, gone: Sequence[Seen]) -> None:
        """Nothing is deleted: the file may come back, and its decisions wait for it."""
        if not gone:
            return
        self._mark([seen.key for seen in gone], Event.Act.MISSING, is_missing=True)
        self.report.missing += len(gone)
        self.report.plan_to("mark missing", [seen.path for seen in gone])

    def _return(self, back: Sequence[Seen]) -> None:
        if not back:
            return
        self._mark([seen.key for seen in back], Event.Act.RETURNED, is_missing=False)
        self.report.changes += len(back)
        self.report.plan_to("mark present", [seen.path for seen in back])

    def _mark(self, keys: Sequence[int], act: Event.Act, *, is_missing: bool) -> None:
        """Also on those that are about to be rewritten, which must not forget it."""
        held = [self.taken_up[key] for key in keys if key in self.taken_up]
        others = set(keys) - {article.pk for article, _ in held}
        decided = overrides_of(others)
        for article in Article.objects.filter(pk__in=others):
            held.append(Held(article, decided[article.pk]))
        for article, overrides in held:
            article.is_missing = is_missing
            stand_anew(article, overrides, self.site.threshold)
        articles = [article for article, _ in held]
        update_rows(Article, articles, ["is_missing", "state"])
        self.regrouped.update(article.pk for article in articles)
        self._tell([(article, act, {}) for article in articles])

    @cached_property
    def events(self) -> Shape:
        same = {"site": self.site, "by_crawler": True, "batch": self.batch, "at": self.at}
        return Shape(Event, ("article", "act", "changes", "version"), **same)

    def _tell(self, told: Iterable[tuple[Article, Event.Act, Mapping[str, tuple[Any, Any]]]]) -> None:
        """Events of what the crawler did, with the values before and after."""
        self.events.insert(
            self.events.ready((article.pk, act.value, _as_json(changes), article.version))
            for article, act, changes in told
        )


def _as_json(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {key: [to_json(old), to_json(new)] for key, (old, new) in changes.items()}


def _of(kind: type[A], actions: Sequence[Action]) -> list[A]:
    return [action for action in actions if isinstance(action, kind)]
