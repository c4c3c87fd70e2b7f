"""What went before on the demo's desk: people decided, some of it was written, and the crawler came by twice since.

So a new desk has conflicts, changes since a decision, a source that flaps, an outbox and saved views to look at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.contrib.auth.models import User

from articles import git, review
from articles.content.document import Document
from articles.content.tree import Tree
from articles.exporting import export_in_place
from articles.importing import import_site
from articles.models import Article, Event, SavedView, Site

CRAWLER: Final = {"author_name": "Crawler", "author_email": "crawler@example.com"}
MAX_FILE_BYTES: Final = 100_000

_COURSE: Final = "free-course-teaches-growers-to-mend-their-own-drones"
_ROOFS: Final = "the-street-that-shares-its-roofs"
_TABLETS: Final = "school-tablets-learn-to-stay-silent"
_BUSES: Final = "night-buses-that-wait-for-nurses"
_PHONE: Final = "the-phone-that-is-repaired-with-a-teaspoon"
_PIT: Final = "an-old-pit-shaft-stores-the-afternoon-sun"
_MARKETS: Final = ("industrial-valve-positioner-market-outlook", "smart-greenhouse-market-to-grow")
_FERRY: Final = "ferry-operator-orders-twelve-electric-boats"
_TRAMS: Final = "inside-the-workshop-that-teaches-old-trams-new-tricks"
_PATCH: Final = "a-vaccine-patch-without-a-fridge-passes-its-first-summer"
_CELLS: Final = "chinas-battery-start-ups-race-to-recycle-what-they-sell"
_GARDENS: Final = "two-hundred-back-gardens-make-one-large-telescope"

_AT_HOME: Final = {
    "originalUrl": "https://circuitdaily.example/2026/10/the-phone-that-is-repaired-with-a-teaspoon"
    "?utm_source=newsletter&utm_medium=email&utm_campaign=saturday-42&fbclid=IwAR0exampleexample&ref=home#comments",
    "provider.name": "Circuit Daily",
    "provider.domain": "circuitdaily.example",
}
_ELSEWHERE: Final = {
    "originalUrl": "https://labnotes.example.org/2026/10/a-teaspoon-opens-this-phone",
    "provider.name": "Lab Notes",
    "provider.domain": "labnotes.example.org",
}
Crawl = Mapping[str, Mapping[str, Any]]
FIRST_CRAWL: Final[Crawl] = {
    _COURSE: {"title": "Drone repair course for growers costs nothing this winter"},
    _ROOFS: {"quality": 64, "heat": 64, "published": False},
    _TABLETS: {"quality": 71, "heat": 71, "published": True},
    _BUSES: {
        "excerpt": "The night timetable now waits for the late shift: one line of code, and a talk with the drivers."
    },
    _PHONE: _ELSEWHERE,
}
SECOND_CRAWL: Final[Crawl] = {_PHONE: _AT_HOME}

VIEWS: Final = (
    ("ada", "Near the threshold", "quality_min=65&quality_max=75&order=nearest", True),
    ("ada", "No picture", "finding=no_picture", True),
    ("ada", "Garbled text", "finding=mojibake", True),
    ("ada", "Decided, newest first", "state=decided&order=newest", False),
    ("ben", "Against the rule", "state=all&differs=1", True),
    ("ben", "Not scored yet", "published=none", True),
)
"""Owner, name, what follows the ? in the address, whether it is shared."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who decides on which site, and when its past ends."""

    site: Site
    ada: User
    ben: User
    now: datetime

    def ago(self, **gap: float) -> datetime:
        return self.now - timedelta(**gap)

    def article(self, slug: str) -> Article:
        return Article.objects.get(site=self.site, path__endswith=f"-{slug}.md")

    def articles(self, slugs: Sequence[str]) -> list[Article]:
        return [self.article(slug) for slug in slugs]


def live_through(site: Site, *, at: datetime) -> None:
    """All of it up to now, once: where an editor was at work before, nothing happens."""
    if Event.objects.filter(site=site, by_crawler=False).exists():
        return
    desk = Desk(site, User.objects.get(username="ada"), User.objects.get(username="ben"), at)
    keep_views()
    _decide_yesterday(desk)
    site.refresh_from_db()
    export_in_place(site, at=desk.ago(hours=24), commit=True)
    crawl(site, FIRST_CRAWL, at=desk.ago(hours=3))
    _decide_today(desk)
    crawl(site, SECOND_CRAWL, at=desk.ago(minutes=4))


def keep_views() -> None:
    """The views that ada and ben saved."""
    for owner, name, query, is_shared in VIEWS:
        kept = {"query": query, "is_shared": is_shared}
        SavedView.objects.get_or_create(owner=User.objects.get(username=owner), name=name, defaults=kept)


def crawl(site: Site, changes: Crawl, *, at: datetime) -> None:
    """Write these values into the files as the crawler does, and take them in."""
    root = Path(site.root)
    tree = Tree(root)
    paths = [_rewrite(tree, site, slug, values) for slug, values in changes.items()]
    git.commit(root, paths, message=f"Crawl of {at:%-d %B, %H:%M}", when=at, **CRAWLER)
    import_site(root, at=at, slug=site.slug)


def _rewrite(tree: Tree, site: Site, slug: str, values: Mapping[str, Any]) -> str:
    path = Article.objects.get(site=site, path__endswith=f"-{slug}.md").path
    file = tree.read(path, max_bytes=MAX_FILE_BYTES)
    document = Document.read(file.data, path)
    for key, value in values.items():
        document.set(key, value)
    tree.write(path, document.to_bytes(), expected=file.digest)
    return path


def _decide_yesterday(desk: Desk) -> None:
    ada, ben = desk.ada, desk.ben
    course = {"title": "Growers learn to mend their own drones"}
    review.edit(desk.article(_COURSE), course, by=ben, at=desk.ago(hours=26), reason="Shorter.")
    review.keep(desk.article(_COURSE), by=ben, at=desk.ago(hours=26))
    review.edit(desk.article(_ROOFS), {"quality": 78}, by=ada, at=desk.ago(hours=25.8), reason="Nobody else has it.")
    review.keep_each(desk.articles((_ROOFS, _BUSES, _PHONE)), by=ada, at=desk.ago(hours=25.5))
    review.keep_each(desk.articles((_TABLETS, _PIT)), by=ben, at=desk.ago(hours=25))
    markets = desk.articles(_MARKETS)
    review.unpublish_each(markets, by=ada, at=desk.ago(hours=24.5), reason="Market reports are no news.")


def _decide_today(desk: Desk) -> None:
    """Decisions that wait to be written, and some that change nothing in a file."""
    ada, ben = desk.ada, desk.ben
    ferry = desk.article(_FERRY)
    quiet = {"title": (ferry.title or "").capitalize()}
    review.edit(ferry, quiet, by=ada, at=desk.ago(minutes=51), reason="No capitals in titles.")
    review.keep_each(desk.articles((_FERRY, _PATCH)), by=ada, at=desk.ago(minutes=50))
    topics = {"topics": ["Energy", "Materials", "Applied Technology"]}
    review.edit(
        desk.article(_CELLS), topics, by=ben, at=desk.ago(minutes=31), reason="It is about what cells are made of."
    )
    review.keep(desk.article(_GARDENS), by=ben, at=desk.ago(minutes=22))
    told = "Just below the threshold, and well told."
    review.publish(desk.article(_TRAMS), by=ben, at=desk.ago(minutes=20), reason=told)
