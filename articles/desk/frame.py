"""What the frame around every page shows: the places this user may go, with what waits there, and the last sync."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import combinations
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import F, IntegerField, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from articles.compiled import Compiled, row_of
from articles.fragments import address
from articles.gathering import Counted
from articles.models import Article, DeskPreference, Site
from articles.review.rights import may
from articles.schedule import is_fresh

MANY: Final = 1000
SEVERAL: Final = 99
SHOWN: Final = {"review": MANY, "conflicts": SEVERAL, "outbox": SEVERAL}
"""So far each is counted, and one more."""
FAR_MORE: Final = {"review": 1500, "outbox": 199}
"""More than are shown by so many that editors do not bring it below within a second."""
HOLDS_SECONDS: Final = 1.0
MAX_SITES: Final = 200
_ON_SITE: Final = ("id", "slug", "title", "read_at", "sync_every_minutes")
_COUNTED: Final = ("review", "conflicts", "outbox", "keys_on")
_ON_EACH: Final = ("review", "conflicts", "outbox", "read_at", "sync_every_minutes", "keys_on")


@dataclass(frozen=True, slots=True)
class Place:
    """A word of the navigation; `count` is what waits there, as it is shown."""

    name: str
    url: str
    is_current: bool
    count: str = ""
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, counted somewhat further than is shown; when a site was last read, and how often it should be;
    what the user prefers; the sites, by their short names; what the article is called that was asked for."""

    review: int = 0
    conflicts: int = 0
    outbox: int = 0
    read_at: datetime | None = None
    sync_every_minutes: int | None = None
    keys_on: bool | None = None
    sites: Sequence[Site] = ()
    called: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """Where a word of the navigation leads, and for whom."""

    name: str
    route: str
    right: str
    """A permission of the app; empty: whoever may see the records."""
    waiting: str = ""
    cap: int = 0
    is_urgent: bool = False
    below: tuple[str, ...] = ()
    """Other addresses that belong to it."""

    def covers(self, path: str, url: str) -> bool:
        if self.below:
            return path == url or path.startswith(self.below)
        return path.startswith(url)

    def count(self, waiting: Waiting) -> str:
        return in_short(getattr(waiting, self.waiting), self.cap) if self.waiting else ""


SIGNS: Final = (
    Sign("Review", "home", "view_article", "review", MANY, below=("/articles/", "/undo/", "/views/", "/bulk/")),
    Sign("Conflicts", "conflicts", "view_article", "conflicts", SEVERAL, is_urgent=True),
    Sign("Stories", "stories", "view_article"),
    Sign("Rules", "rules", "rule_article"),
    Sign("Outbox", "outbox", "view_article", "outbox", SEVERAL, below=("/outbox/", "/jobs/")),
    Sign("Records", "admin:index", ""),
)


class Plenty:
    """Of what far more waits than is shown: for a second after that was counted, answers to acts do not count it again.

    Pages count it each time: who comes from an export sees what it left.
    """

    def __init__(self) -> None:
        self._until = dict.fromkeys(FAR_MORE, 0.0)

    def known(self) -> frozenset[str]:
        now = time.monotonic()
        return frozenset(name for name, until in self._until.items() if now < until)

    def note(self, names: Iterable[str]) -> None:
        self._until |= dict.fromkeys(names, time.monotonic() + HOLDS_SECONDS)


@dataclass(frozen=True, slots=True)
class Frame:
    places: list[Place]
    read_at: datetime | None = None
    is_fresh: bool = False
    keys_on: bool = True
    sites: Sequence[Site] = ()
    called: str = ""
    """The title of the article that comes next, where that was asked for."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor. Costs one query, and only where a page shows the frame."""
    return {"frame": SimpleLazyObject(lambda: frame_of(request, timezone.now()))}


def frame_of(request: HttpRequest, now: datetime, *, is_page: bool = True, following: int | None = None) -> Frame:
    """`following`: an article whose title is wanted beside it, in the same query."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return Frame([])
    waiting = count_waiting(user, following, is_page=is_page) if may(user, "view_article") else Waiting()
    fresh = is_fresh(waiting.read_at, waiting.sync_every_minutes, now)
    places = _places(user, request.path, waiting)
    return Frame(places, waiting.read_at, fresh, waiting.keys_on is not False, waiting.sites, waiting.called)


def count_waiting(user: User, following: int | None = None, *, is_page: bool = True) -> Waiting:
    """All of it in one query; each count stops near its cap, so that a full desk costs what an empty one does."""
    plenty = None if is_page else _plenty.known()
    rows = _waiting[plenty](user.pk, following) if following else _waiting[plenty](user.pk)
    if not rows:
        return Waiting()
    cut = len(_ON_SITE)
    known = [row_of(Site, _ON_SITE, row[:cut]) for row in rows]
    last = dict(zip((*_ON_SITE, *_COUNTED, "called"), rows[0], strict=False))
    sites = sorted(known, key=lambda site: site.slug)
    if plenty is not None:
        _plenty.note(name for name, far in FAR_MORE.items() if name not in plenty and last[name] > far)
    return Waiting(**{name: last[name] for name in _ON_EACH}, sites=sites, called=last.get("called") or "")


def in_short(count: int, cap: int) -> str:
    """Nothing for none, "99+" for more than the cap."""
    return f"{cap:,}+" if count > cap else f"{count:,}" if count else ""


def _up_to(cap: int, articles: QuerySet[Article], *order: str) -> Counted:
    """`order`: that of an index to count along, where PostgreSQL would look through the table for the first of them."""
    ones = articles.order_by(*order).values(one=Value(1))  # no column: a third of the time
    return Counted(ones[: cap + 1])


def _sites(plenty: frozenset[str] | None, user: int, following: int | None = None) -> QuerySet[Site, tuple[Any, ...]]:
    """The one that was read last first; on each of them all that is counted. `plenty`: None for a page."""
    caps = SHOWN if plenty is None else {**SHOWN, **FAR_MORE}
    counted = {
        "review": _up_to(caps["review"], Article.objects.awaiting_review()),
        "conflicts": _up_to(caps["conflicts"], Article.objects.filter(state=Article.State.CONFLICT)),
        "outbox": _up_to(caps["outbox"], Article.objects.unwritten().filter(is_missing=False), "site_id"),
        **{name: Value(FAR_MORE[name], IntegerField()) for name in plenty or ()},
    }
    called = Coalesce(NullIf("title", Value("")), "path", output_field=TextField())
    sites = Site.objects.order_by(F("read_at").desc(nulls_last=True)).annotate(
        **counted,
        keys_on=Subquery(DeskPreference.objects.filter(user=user).values("keys_on")),
    )
    if following is not None:
        sites = sites.annotate(called=Subquery(Article.objects.filter(pk=following).order_by().values_list(called)))
    return sites.values_list(*_ON_SITE, *_COUNTED, *(["called"] if following is not None else ()))[:MAX_SITES]


_waiting: Final = {
    plenty: Compiled(partial(_sites, plenty))
    for plenty in (
        None,
        *(frozenset(some) for size in range(len(FAR_MORE) + 1) for some in combinations(FAR_MORE, size)),
    )
}
_plenty: Final = Plenty()


def _places(user: User, path: str, waiting: Waiting) -> list[Place]:
    """The signs to where this user may go; the one nearest to this page is the current one."""
    urls = {sign: _url_of(sign) for sign in SIGNS if (may(user, sign.right) if sign.right else user.is_staff)}
    return [
        Place(sign.name, url, sign.covers(path, url), sign.count(waiting), sign.is_urgent)
        for sign, url in urls.items()
        if url
    ]


def _url_of(sign: Sign) -> str:
    try:
        return address(sign.route)
    except NoReverseMatch:
        return ""
