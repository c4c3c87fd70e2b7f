"""An article written by hand: a record now, a file with the next export."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction

from articles.models import Article, Event, Site, Source
from articles.review.act import Hand, OneAct
from articles.review.outcomes import EditRejected
from articles.review.rights import require

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_SLUG_CHARS: Final = 120


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
    require(by, "add_article")
    if "published" in fields:
        require(by, "publish_article")
    if not fields.get("title"):
        raise EditRejected({"title": ["An article needs a title. Give it one."]})
    with transaction.atomic():
        try:
            article = _blank_article(site, path, at)
        except IntegrityError as taken:
            raise EditRejected({"": [f"An article at {path} is there already. Choose another name."]}) from taken
        with OneAct(article, Hand(by, at, reason, batch or uuid.uuid4(), False)) as act:
            for key, value in fields.items():
                act.decide(key, value)
            if "published" in fields:
                act.take_decision()
            act.finish(Event.Act.ADDED)
    return act.article


def new_path(site: Site, title: str, published_at: datetime, collection: str = "_news") -> str:
    """The path of a new article's file: `_news/2026-11-22-a-slug.md`, with a number where that one is taken."""
    stem = f"{collection}/{published_at:%Y-%m-%d}-{_slug(title)}"
    taken = set(Article.objects.filter(site=site, path__startswith=stem).values_list("path", flat=True))
    path, number = f"{stem}.md", 2
    while path in taken:
        path, number = f"{stem}-{number}.md", number + 1
    return path


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


def _slug(title: str) -> str:
    """Words of a title for a file's name: ASCII, lower case, hyphens; `article` where nothing is left."""
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_title).strip("-")
    return slug[:MAX_SLUG_CHARS].rstrip("-") or "article"
