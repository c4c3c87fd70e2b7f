"""The acts of an editor, and the only door to an override: edit, reset, publish, unpublish, add.

A page, a button, an action over a list and a command all end here. Every act checks the right, the version that the
editor saw, and the values; makes overrides and one event; and puts the values in force into the columns, in one
transaction.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction

from articles.content import keypath, merge, tree
from articles.content.document import Document, EditRefused, storable
from articles.content.merge import Decision
from articles.content.problems import Problem, ProblemError
from articles.content.schema import ADVICE_ONLY, check_article
from articles.content.values import ABSENT, same, to_json
from articles.mapping import article_data, crawler_document, decision_of, put
from articles.models import Article, Event, Override, Site, Source
from articles.storing import SiteIndex, fill, write_lists

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_SLUG_CHARS: Final = 120
SEALED_KEYS: Final = frozenset({"secured"})
"""The crawler's own; nobody here could write a value that anyone can read."""

Act = Event.Act


class NotAllowed(Exception):
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


def edit(
    article: Article,
    changes: Mapping[str, Any],
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Set fields by file key (`title`, `provider.name`, `images[0].url`); `ABSENT` takes a key away.

    Setting a field to the crawler's own value takes its override away. Raises `NotAllowed`, `StaleVersion` and
    `EditRejected`; then nothing was saved.
    """
    for key in changes:
        _require(by, "publish_article" if key == "published" else "change_article")
    with _Act(article, by, at, seen_version, reason, batch, dry_run) as act:
        for key, value in changes.items():
            act.decide(key, value)
        return act.finish(Act.EDITED)


def reset(
    article: Article,
    keys: Sequence[str],
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Give fields back to the crawler: their overrides go, its values are in force again."""
    for key in keys:
        _require(by, "publish_article" if key == "published" else "change_article")
    with _Act(article, by, at, seen_version, reason, batch, dry_run) as act:
        for key in keys:
            act.decided.pop(key, None)
        return act.finish(Act.RESET)


def publish(
    article: Article,
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Decide that readers get it. The decision holds also where the crawler says the same today."""
    return _set_published(True, article, by, at, seen_version, reason, batch, dry_run)


def unpublish(
    article: Article,
    *,
    by: User,
    at: datetime,
    seen_version: int | None = None,
    reason: str = "",
    batch: uuid.UUID | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Decide that readers do not get it. The decision holds also where the crawler says the same today."""
    return _set_published(False, article, by, at, seen_version, reason, batch, dry_run)


def publish_each(
    articles: Iterable[Article],
    *,
    by: User,
    at: datetime,
    seen_versions: Mapping[int, int] | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> list[Decided]:
    """Publish several as one batch; each is done or refused by itself. `seen_versions` goes by the article's id."""
    return _each(True, articles, by, at, seen_versions or {}, reason, dry_run)


def unpublish_each(
    articles: Iterable[Article],
    *,
    by: User,
    at: datetime,
    seen_versions: Mapping[int, int] | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> list[Decided]:
    """Unpublish several as one batch; each is done or refused by itself."""
    return _each(False, articles, by, at, seen_versions or {}, reason, dry_run)


def add(
    site: Site,
    path: str,
    fields: Mapping[str, Any],
    *,
    by: User,
    at: datetime,
    reason: str = "",
    batch: uuid.UUID | None = None,
) -> Article:
    """A new article, written by hand. All of it is the editor's word; its file is made by the next export."""
    _require(by, "add_article")
    if "published" in fields:
        _require(by, "publish_article")
    if not fields.get("title"):
        raise EditRejected({"title": ["An article needs a title. Give it one."]})
    with transaction.atomic():
        try:
            article = _blank_article(site, path, at)
        except IntegrityError as taken:
            raise EditRejected({"": [f"An article at {path} is there already. Choose another name."]}) from taken
        with _Act(article, by, at, None, reason, batch, False) as act:
            for key, value in fields.items():
                act.decide(key, value)
            act.finish(Act.ADDED)
    return act.article


def new_path(site: Site, title: str, published_at: datetime, collection: str = "_news") -> str:
    """The path of a new article's file: `_news/2026-11-22-a-slug.md`, with a number where that one is taken."""
    stem = f"{collection}/{published_at:%Y-%m-%d}-{_slug(title)}"
    taken = set(Article.objects.filter(site=site, path__startswith=stem).values_list("path", flat=True))
    path, number = f"{stem}.md", 2
    while path in taken:
        path, number = f"{stem}-{number}.md", number + 1
    return path


class _Act:
    """One act on one article, from the locked row to the saved one. Leaves nothing behind when it raises."""

    def __init__(
        self,
        article: Article,
        by: User,
        at: datetime,
        seen_version: int | None,
        reason: str,
        batch: uuid.UUID | None,
        dry_run: bool,
    ) -> None:
        self.key = article.pk
        self.by, self.at, self.seen, self.reason = by, at, seen_version, reason
        self.batch = batch or uuid.uuid4()
        self.dry_run = dry_run
        self.atomic = transaction.atomic()

    def __enter__(self) -> _Act:
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
        rows = Article.objects.select_for_update(of=("self",)).select_related("source", "site")
        self.article = rows.prefetch_related("overrides").get(pk=self.key)
        if self.seen is not None and self.seen != self.article.version:
            raise StaleVersion(self.article, self.seen)
        self.overrides = {override.key: override for override in self.article.overrides.all()}
        self.decided = {key: decision_of(override) for key, override in self.overrides.items()}
        self.document = crawler_document(self.article)
        self.crawler = self.document.fields
        self.before = merge.in_force(self.crawler, self.decided.values())

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
        if same(value, base) and not holds:
            self.decided.pop(name, None)
        else:
            self.decided[name] = Decision(name, value, base)

    def finish(self, act: Event.Act) -> Outcome:
        """Check and save what was decided; an act that decides nothing new leaves no trace."""
        if act is not Act.ADDED and not self._differs():
            return Outcome(self.article)
        after = merge.in_force(self.crawler, self.decided.values())
        changes = _changes(self.before, after)
        self._refuse_wrong_values(after, changes)
        document = self._file_that_should_be(after)
        if self.dry_run:
            return Outcome(self.article, changes, Event(act=act))
        self._save_overrides()
        self._save_article(document)
        return Outcome(self.article, changes, self._record(act, changes))

    def _differs(self) -> bool:
        if self.decided.keys() != self.overrides.keys():
            return True
        return any(
            not same(decision.value, decision_of(self.overrides[key]).value) for key, decision in self.decided.items()
        )

    def _refuse_wrong_values(self, after: dict[Any, Any], changes: Mapping[str, Any]) -> None:
        """A warning that a file may bring is a refusal when an editor brings it."""
        touched = {_root(key) for key in changes}
        known = {(problem.code, problem.key) for problem in check_article(self.before).problems}
        messages: dict[str, list[str]] = {}
        for problem in check_article(after).problems:
            if self._is_new_fault(problem, touched, known):
                messages.setdefault(problem.key or "", []).append(problem.message)
        if messages:
            raise EditRejected(messages)

    def _is_new_fault(self, problem: Problem, touched: set[str], known: set[tuple[str, str | None]]) -> bool:
        root = _root(problem.key or "")
        return problem.code not in ADVICE_ONLY and root in touched and (problem.code, problem.key) not in known

    def _file_that_should_be(self, after: dict[Any, Any]) -> Document:
        try:
            if not self.article.source.text:
                return Document.new(after, self.article.path)
            for decision in self.decided.values():
                put(self.document, decision.key, decision.value)
        except EditRefused as refusal:
            raise EditRejected({refusal.problem.key or "": [refusal.problem.message]}) from refusal
        return self.document

    def _save_overrides(self) -> None:
        gone = [override.pk for key, override in self.overrides.items() if key not in self.decided]
        Override.objects.filter(pk__in=gone).delete()
        for key, decision in self.decided.items():
            old = self.overrides.get(key)
            if old is None or not same(decision.value, decision_of(old).value):
                Override.objects.update_or_create(article=self.article, key=key, defaults=self._override_row(decision))

    def _override_row(self, decision: Decision) -> dict[str, Any]:
        removes, absent = decision.value is ABSENT, decision.base is ABSENT
        return {
            "value": None if removes else to_json(decision.value),
            "is_removal": removes,
            "crawler_value": None if absent else to_json(decision.base),
            "crawler_absent": absent,
            "user": self.by,
            "username": self.by.get_username(),
            "at": self.at,
            "reason": self.reason,
            "batch": self.batch,
        }

    def _save_article(self, document: Document) -> None:
        article = self.article
        data = article_data(document.fields, document)
        index = SiteIndex(article.site)
        index.ensure([data])
        fill(article, data, index)
        article.is_dirty = tree.digest(document.to_bytes()) != article.digest
        article.updated_at = self.at
        article.version += 1
        article.save()
        write_lists([(article, data)], index)

    def _record(self, act: Event.Act, changes: Mapping[str, tuple[Any, Any]]) -> Event:
        return Event.objects.create(
            site=self.article.site,
            article=self.article,
            act=act,
            user=self.by,
            username=self.by.get_username(),
            changes={key: [to_json(old), to_json(new)] for key, (old, new) in changes.items()},
            reason=self.reason,
            batch=self.batch,
            at=self.at,
        )


def _set_published(
    published: bool,
    article: Article,
    by: User,
    at: datetime,
    seen_version: int | None,
    reason: str,
    batch: uuid.UUID | None,
    dry_run: bool,
) -> Outcome:
    _require(by, "publish_article")
    with _Act(article, by, at, seen_version, reason, batch, dry_run) as act:
        act.decide("published", published, holds=True)
        return act.finish(Act.PUBLISHED if published else Act.UNPUBLISHED)


def _each(
    published: bool,
    articles: Iterable[Article],
    by: User,
    at: datetime,
    seen_versions: Mapping[int, int],
    reason: str,
    dry_run: bool,
) -> list[Decided]:
    batch = uuid.uuid4()
    decided = []
    for article in articles:
        try:
            seen = seen_versions.get(article.pk)
            outcome = _set_published(published, article, by, at, seen, reason, batch, dry_run)
            decided.append(Decided(outcome.article, outcome))
        except (StaleVersion, EditRejected) as refusal:
            decided.append(Decided(article, refusal=str(refusal)))
    return decided


def _require(by: User, permission: str) -> None:
    if not (by.is_active and by.has_perm(f"articles.{permission}")):
        what = permission.removesuffix("_article").replace("_", " ")
        raise NotAllowed(f"{by.get_username()} may not {what} articles. A superuser can give the right.")


def _blank_article(site: Site, path: str, at: datetime) -> Article:
    with transaction.atomic():
        article = Article.objects.create(
            site=site,
            path=path,
            collection=path.partition("/")[0],
            version=1,
            created_at=at,
            updated_at=at,
        )
        Source.objects.create(article=article, text=b"")
    return article


def _is_simple(name: Any) -> bool:
    """Whether a key of a map can be told by a key path."""
    return isinstance(name, str) and bool(name) and not re.search(r"[.\[\]]", name)


def _root(key: str) -> str:
    return re.split(r"[.\[]", key, maxsplit=1)[0]


def _until_list(steps: keypath.KeyPath) -> Iterable[str]:
    for step in steps:
        if isinstance(step, int):
            return
        yield step


def _changes(before: dict[Any, Any], after: dict[Any, Any]) -> dict[str, tuple[Any, Any]]:
    """The keys of the root whose values in force differ; of maps the keys within."""
    changes: dict[str, tuple[Any, Any]] = {}
    for key in {**before, **after}:
        old, new = before.get(key, ABSENT), after.get(key, ABSENT)
        if same(old, new):
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            changes |= {f"{key}.{inner}": pair for inner, pair in _changes(old, new).items()}
        else:
            changes[str(key)] = (old, new)
    return changes


def _slug(title: str) -> str:
    """Words of a title for a file's name: ASCII, lower case, hyphens; `article` where nothing is left."""
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_title).strip("-")
    return slug[:MAX_SLUG_CHARS].rstrip("-") or "article"
