"""A repository's past as events: for each field who or what set it, and when. Noise is left out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.db import transaction

from articles.content.document import Document
from articles.content.planning import changes_between
from articles.content.values import to_json
from articles.git.past import PastCommit, commits_of, read_blobs
from articles.models import Article, Event, Site

CHUNK: Final = 500
_NAMESPACE: Final = uuid.UUID("6f2a9a52-6d0b-4c59-9d0d-3c1f0c2b7a11")

Progress = Callable[[int], None]


class _Past:
    """One walk through the commits, oldest first, with the last fields of every file on the way."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.articles = dict(Article.objects.filter(site=site).values_list("path", "pk"))
        self.users = {user.email.lower(): user for user in get_user_model().objects.exclude(email="")}
        self.fields: dict[str, dict[Any, Any]] = {}
        self.known = set(Event.objects.filter(site=site).values_list("batch", flat=True).distinct())

    def events(self, commit: PastCommit, texts: dict[str, bytes]) -> Iterator[Event]:
        batch = uuid.uuid5(_NAMESPACE, f"{self.site.slug} {commit.id}")
        for path, blob in commit.blobs.items():
            changes = self._changes(path, texts.get(path) if blob else None)
            if changes and path in self.articles and batch not in self.known:
                yield self._event(commit, path, changes, batch)

    def _changes(self, path: str, text: bytes | None) -> dict[str, tuple[Any, Any]]:
        if text is None:
            return {}
        document = Document.read(text, path)
        if not document.is_readable:
            return {}
        before, self.fields[path] = self.fields.get(path, {}), document.fields
        changes = changes_between(before, document.fields)
        return {key: pair for key, pair in changes.items() if key != "secured"}

    def _event(self, commit: PastCommit, path: str, changes: dict[str, tuple[Any, Any]], batch: uuid.UUID) -> Event:
        user = self.users.get(commit.address.lower())
        return Event(
            site=self.site,
            article_id=self.articles[path],
            act=Event.Act.EDITED if user else Event.Act.REWRITTEN,
            by_crawler=user is None,
            user=user,
            username=user.get_username() if user else "",
            changes={key: [to_json(old), to_json(new)] for key, (old, new) in changes.items()},
            reason=f"commit {commit.id[:10]}: {commit.subject}"[:1000],
            batch=batch,
            at=commit.at,
        )


def import_history(site: Site, *, progress: Progress = lambda done: None) -> int:
    """Read the past of a site's repository into events, and say how many were new. Raises `GitRefused`.

    A commit whose author's address is that of a user is that editor's; every other is the crawler's. A second run
    finds nothing new.
    """
    root = Path(site.root)
    past = _Past(site)
    commits = commits_of(root, site.collections)
    made = 0
    with transaction.atomic():
        for done in range(0, len(commits), CHUNK):
            events = list(_events(past, root, commits[done : done + CHUNK]))
            made += len(Event.objects.bulk_create(events, batch_size=CHUNK))
            progress(min(done + CHUNK, len(commits)))
    return made


def _events(past: _Past, root: Path, commits: list[PastCommit]) -> Iterator[Event]:
    wanted = [(place, path, blob) for place, one in enumerate(commits) for path, blob in one.blobs.items() if blob]
    texts: list[dict[str, bytes]] = [{} for _ in commits]
    for (place, path, _), text in zip(wanted, read_blobs(root, (blob for *_, blob in wanted)), strict=True):
        texts[place][path] = text
    for commit, written in zip(commits, texts, strict=True):
        yield from past.events(commit, written)
