"""Articles whose files the crawler wrote anew: what that means for their rows and their overrides."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from articles.compiled import attnames, row_of
from articles.content import merge
from articles.content.document import Document
from articles.content.fences import MAX_FILE_BYTES
from articles.content.keypath import touches
from articles.content.merge import Decision
from articles.content.planning import Rewrite, is_from_memory
from articles.content.problems import ProblemError
from articles.content.tree import File, Tree
from articles.content.values import ABSENT, from_json, to_json
from articles.mapping import DERIVED_COLUMNS, crawler_fields, decision_of
from articles.models import Article, Event, Override, Site, Source
from articles.rows import update_changed, update_rows
from articles.standing import STANDING_COLUMNS

RACY_NS: Final = 2_000_000_000
"""File systems keep time in steps of up to two seconds."""

_SOURCE_KEY: Final = "originalUrl"
_ARTICLE: Final = attnames(Article)
_SOURCE: Final = attnames(Source)
_COLUMNS: Final = (
    *DERIVED_COLUMNS,
    "provider",
    "digest",
    "file_size",
    "file_mtime_ns",
    "version",
    "is_dirty",
    "is_flapping",
    "updated_at",
    *STANDING_COLUMNS,
)
_SOURCE_COLUMNS: Final = ("text", "secured", "exported")
_JUDGED_COLUMNS: Final = (
    "value",
    "is_removal",
    "crawler_value",
    "crawler_absent",
    "echoes",
    "in_conflict",
    "switch_batch",
)


class Held(NamedTuple):
    """An article that the desk has, with its source set, and its overrides."""

    article: Article
    overrides: Sequence[Override]


class Rewritten:
    """An article whose file is not as it was last seen, with what that means."""

    def __init__(self, held: Held, file: File, plan: Rewrite, batch: uuid.UUID) -> None:
        self.article, self.plan, self.batch = held.article, plan, batch
        article = held.article
        self.before = ({**vars(article)}, {**vars(article.source)})
        self.overrides = {override.key: override for override in held.overrides}
        self.document = self.plan.in_force or self.plan.crawler
        self.in_force = (
            self.document.fields
            if self.plan.in_force
            else merge.in_force(self.plan.crawler.fields, self.plan.decisions)
        )
        article.source.text = self.plan.text
        article.digest = file.digest
        article.file_size, article.file_mtime_ns = file.size, reliable(file.mtime_ns)
        article.is_dirty = self.plan.is_own or not self.plan.is_written
        if not self.plan.is_own:  # else the next export notes what a killed one wrote
            article.source.exported = to_json(self.plan.exported)

    @property
    def has_other_lists(self) -> bool:
        """Whether its topics or pictures may be others than they were; those that a person set are made sure of."""
        touched = (*self.plan.changes, *self.overrides)
        return not self.plan.is_noise and any(key.startswith(("topics", "images")) for key in touched)

    @property
    def act(self) -> Event.Act:
        return Event.Act.SOURCE_SWITCHED if self.plan.is_source_switch else Event.Act.REWRITTEN

    def overrides_to_save(self) -> list[Override]:
        """Overrides whose lists were merged with the crawler's, and those that it contradicts now or no more."""
        return [self.overrides[decision.key] for decision in self.plan.decisions if self._judge(decision)]

    def _judge(self, decision: Decision) -> bool:
        """Set what the override says now; whether that is anything new."""
        override = self.overrides[decision.key]
        before, judged_before = decision_of(override), (override.in_conflict, override.switch_batch)
        override.is_removal = decision.value is ABSENT
        override.value = None if override.is_removal else to_json(decision.value)
        override.crawler_absent = decision.base is ABSENT
        override.crawler_value = None if override.crawler_absent else to_json(decision.base)
        override.echoes = [to_json(echo) for echo in decision.echoes]
        override.in_conflict = decision.key in self.plan.conflicts
        override.switch_batch = self._switch_of(override)
        return not before.is_like(decision) or judged_before != (override.in_conflict, override.switch_batch)

    def _switch_of(self, override: Override) -> uuid.UUID | None:
        """The source switch that a conflict came with; a later rewrite of something else leaves it."""
        if not override.in_conflict:
            return None
        is_part = self.plan.is_source_switch and touches(override.key, self.plan.changes)
        return self.batch if is_part else override.switch_batch


def take_up(keys: Sequence[int]) -> list[Held]:
    """Articles with their text and overrides, locked until the transaction ends."""
    if not keys:
        return []
    locked = Article.objects.filter(pk__in=keys).order_by().select_for_update().values_list(*_ARTICLE)
    articles = {article.pk: article for article in (row_of(Article, _ARTICLE, row) for row in locked)}
    # Sources by a query of their own, after the lock: joined, PostgreSQL would give them as they were before a wait.
    for row in Source.objects.filter(article__in=keys).values_list(*_SOURCE):
        source = row_of(Source, _SOURCE, row)
        articles[source.pk]._state.fields_cache["source"] = source
    decided = overrides_of(keys)
    return [Held(article, decided[key]) for key, article in articles.items()]


def overrides_of(keys: Collection[int]) -> defaultdict[int, list[Override]]:
    """The overrides of articles, by article."""
    found: defaultdict[int, list[Override]] = defaultdict(list)
    for override in Override.objects.filter(article__in=keys) if keys else ():
        found[override.article_id].append(override)
    return found


def is_checked_out_anew(tree: Tree, site: Site) -> bool:
    """Whether the whole folder is the crawler's: no file is as we left it, and one shows the crawler's old word.

    In any one file our value may be a copy of our export as well as the crawler's word; here it is the crawler's. Asked
    before anything is taken in; the first file that is as we left it is the answer.
    """
    decided = Override.objects.values("article")  # led by the overrides: of many articles few have one
    rows = Article.objects.filter(pk__in=decided, site=site, is_missing=False).exclude(digest="")
    is_back = False
    for article in rows.select_related("source").order_by("pk").iterator(chunk_size=100):
        exported = from_json(article.source.exported)
        file = _file_at(tree, article.path) if exported else None
        if file is None:
            continue
        if file.digest == article.digest:
            return False
        is_back = is_back or _is_back(Document.read(file.data, article.path), article, exported)
    return is_back


def _file_at(tree: Tree, path: str) -> File | None:
    try:
        return tree.read(path, max_bytes=MAX_FILE_BYTES)
    except ProblemError:
        return None


def _is_back(found: Document, article: Article, exported: Mapping[str, Any]) -> bool:
    return found.is_readable and is_from_memory(found.fields, crawler_fields(article), exported)


def save(rewritten: Sequence[Rewritten]) -> None:
    """Those of their columns and texts that are others now, and their overrides."""
    update_changed(Article, [(one.article, one.before[0]) for one in rewritten], _COLUMNS)
    update_changed(Source, [(one.article.source, one.before[1]) for one in rewritten], _SOURCE_COLUMNS)
    overrides = [override for one in rewritten for override in one.overrides_to_save()]
    update_rows(Override, overrides, _JUDGED_COLUMNS)


def reliable(mtime_ns: int) -> int | None:
    """A file written just now may be written again within the same tick of the clock: None, to open it next time."""
    return mtime_ns if time.time_ns() - mtime_ns > RACY_NS else None


def mark_flapping(switched: Iterable[Rewritten]) -> None:
    """The articles whose story is back at a source that it had before."""
    by_key = {one.article.pk: one for one in switched}
    if not by_key:
        return
    past = Event.objects.filter(article__in=by_key, by_crawler=True, changes__has_key=_SOURCE_KEY)
    for key, changes in past.values_list("article", "changes"):
        now = to_json(by_key[key].plan.changes[_SOURCE_KEY][1])
        by_key[key].article.is_flapping |= now in changes[_SOURCE_KEY]
