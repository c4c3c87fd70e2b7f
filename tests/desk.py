"""A desk for the tests of the sync: the crawler writes, an editor decides, and all is brought together."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from articles import review
from articles.conflicts import open_conflicts
from articles.mapping import crawler_fields, fields_in_force
from articles.models import Article, Event, Override
from articles.report import Report
from articles.syncing import sync_site
from tests.samples import ARTICLE, PATH

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Desk:
    """`newline` is the one of every file that goes in; texts are given and compared with LF."""

    root: Path
    editor: User
    newline: str = "\n"
    clock: int = field(default_factory=lambda: time.time_ns() - 1_000_000_000_000)

    def __post_init__(self) -> None:
        self.write(ARTICLE)
        self.sync()

    @property
    def article(self) -> Article:
        return Article.objects.select_related("source").get(path=PATH)

    @property
    def file(self) -> Path:
        return self.root / PATH

    def write(self, text: str, path: str = PATH) -> None:
        """As the crawler: the time of the file is its own, and long past, so that it can be relied on."""
        self.write_bytes(text.replace("\n", self.newline).encode(), path)

    def write_bytes(self, data: bytes, path: str = PATH) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        self.clock += 1_000_000_000
        os.utime(file, ns=(self.clock, self.clock))

    def text(self, path: str = PATH) -> str:
        """What is on disk; every line must end as the file's lines do."""
        data = (self.root / path).read_bytes()
        text = data.decode().replace(self.newline, "\n")
        assert text.replace("\n", self.newline).encode() == data
        return text

    def edit(self, changes: dict[str, Any], path: str = PATH) -> review.Outcome:
        return review.edit(Article.objects.get(path=path), changes, by=self.editor, at=NOON)

    def reset(self, *keys: str) -> review.Outcome:
        return review.reset(self.article, keys, by=self.editor, at=NOON)

    def resolve(self, key: str, side: review.acts.Side) -> review.Outcome:
        return review.resolve(self.article, key, side, by=self.editor, at=NOON)

    def sync(self, **options: Any) -> Report:
        return sync_site(self.root, at=NOON, slug="harbour", **options).report

    def settle(self) -> None:
        """However a test ends: after one more sync, another does nothing at all."""
        self.sync(force=True)
        files, state = self._files(), self._state()
        again = self.sync()
        done = (again.created, again.updated, again.noise, again.missing, again.written, again.changes)
        assert done == (0, 0, 0, 0, 0, 0)
        assert (self._files(), self._state()) == (files, state)

    def in_force(self, key: str) -> Any:
        return fields_in_force(self.article)[key]

    def crawlers(self, key: str) -> Any:
        return crawler_fields(self.article)[key]

    def conflicts(self) -> list[tuple[str, Any, Any, Any]]:
        """Field, base, crawler, editor of each."""
        return [(one.field, one.base, one.crawler, one.editor) for one in open_conflicts()]

    def acts(self) -> list[str]:
        """What the crawler did, by the events."""
        return list(Event.objects.filter(by_crawler=True).order_by("id").values_list("act", flat=True))

    def _files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def _state(self) -> list[Any]:
        """All that a sync could change; what it knows of a file's time is no state."""
        articles = Article.objects.order_by("pk").values("pk", "title", "version", "digest", "is_missing", "is_dirty")
        overrides = Override.objects.order_by("pk").values()
        return [list(articles), list(overrides), Event.objects.count()]
