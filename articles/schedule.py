"""When a timer syncs a site: the last run, what it did, when the next is due, and whether that is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count

from articles.models import Event, Site

LATE_AFTER: Final = 2
"""So many times the expected interval."""
FRESH: Final = timedelta(days=1)
"""How old the last reading of a site without a timer may be."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Of one site. `did` counts the events of the last run, by what happened."""

    site: Site
    due_at: datetime | None
    is_late: bool
    did: list[tuple[str, int]]


def schedule_of(site: Site, now: datetime) -> Schedule:
    every = site.sync_every_minutes
    due_at = site.read_at + timedelta(minutes=every) if site.read_at and every else None
    return Schedule(site, due_at, bool(every) and not is_fresh(site.read_at, every, now), _did(site))


def is_fresh(read_at: datetime | None, every_minutes: int | None, now: datetime) -> bool:
    """Whether the desk knows what the files say: read within twice the expected interval, or else within a day."""
    limit = timedelta(minutes=LATE_AFTER * every_minutes) if every_minutes else FRESH
    return read_at is not None and now - read_at < limit


def _did(site: Site) -> list[tuple[str, int]]:
    """A run gives all its events one time, whether it reads or writes."""
    if site.read_at is None:
        return []
    events = Event.objects.filter(site=site, at=site.read_at).order_by()
    counts = dict(events.values_list("act").annotate(Count("pk")))
    return [(label, counts[act]) for act, label in Event.Act.choices if act in counts]
