"""Sites and articles for tests, as an import would leave them in the tables."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User

from articles.content.document import Document
from articles.content.tree import digest
from articles.content.values import ABSENT
from articles.mapping import article_data
from articles.models import Article, Site, Source
from articles.storing import SiteIndex, fill, insert_lists
from tests.samples import SECURED

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FIELDS: dict[str, Any] = {
    "category": "news",
    "title": "Harbour pilots test a tug that steers itself",
    "excerpt": "A tug without a crew moved a barge across the harbour.",
    "publishedDateTime": datetime(2026, 11, 20, 8, 15, tzinfo=UTC),
    "originalUrl": "https://news.example.com/tug",
    "type": "article",
    "quality": 68,
    "heat": 68,
    "published": False,
    "provider": {
        "name": "Harbour Herald",
        "domain": "news.example.com",
        "images": [{"url": "/assets/herald.svg", "width": 50, "height": 50}],
    },
    "topics": ["Robotics", "Technology"],
    "images": [
        {"url": "https://pictures.example.com/tug.jpg", "width": 1200, "height": 630, "isCached": True},
        {"url": "https://pictures.example.com/barge.jpg", "width": 800, "height": 600},
    ],
    "secured": SECURED,
}

_numbers = count(1)


def make_site(slug: str = "harbour", *, root: Path | str = "", **columns: Any) -> Site:
    return Site.objects.create(slug=slug, root=str(root), **{"title": slug.capitalize(), **columns})


def make_article(site: Site, path: str = "", *, text: str | bytes = "", **fields: Any) -> Article:
    """An article of the crawler's: the sample with these file keys in place of its own, `ABSENT` for none.

    `text` is the whole file instead.
    """
    path = path or f"_news/2026-11-20-tug-{next(_numbers):05}.md"
    data = text.encode() if isinstance(text, str) else text
    document = Document.read(data, path) if data else Document.new(_fields(fields), path)
    columns = article_data(document.fields, document)
    index: SiteIndex = site.__dict__.setdefault("_named_so_far", SiteIndex(site))
    index.ensure([columns])
    written = document.to_bytes()
    article = Article(site=site, path=path, collection="_news", created_at=NOON, updated_at=NOON)
    article.digest = digest(written)
    fill(article, columns, index)
    article.save()
    Source.objects.create(article=article, text=written, secured=columns.secured)
    insert_lists([(article.pk, columns)], index)
    return article


def make_user(name: str, group: str = "", **rights: Any) -> User:
    """A user of the desk, in one of the groups that the installation brings."""
    user = User.objects.create_user(name, f"{name}@example.com", "pw", **{"is_staff": True, **rights})
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def _fields(changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**FIELDS, **changes}.items() if value is not ABSENT}
