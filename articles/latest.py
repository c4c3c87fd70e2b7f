"""The last batches of events, found without reading what is in them, which may be as much as the site has articles."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.db.models import OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from articles.gathering import Counted
from articles.models import Event
from articles.paging import sql_of

COUNTED: Final = 10_000
"""So far the events of a batch are counted; the count is one more where there are more."""


def latest_batches(events: QuerySet[Event], number: int) -> list[tuple[Event, int]]:
    """The last event of each of the last batches among these, newest first, and how many its batch has.

    What was done together has one moment. An index that leads from a moment to the one before skips all between.
    """
    found = _last_of_each_moment(events, number)
    in_batch = Event.objects.filter(batch=OuterRef("batch")).order_by().values("pk")
    rows = Event.objects.filter(pk__in=found).select_related("site").defer("site__last_report", "site__collections")
    counts = dict(rows.values_list("pk", Counted(in_batch[: COUNTED + 1])))
    return [(event, counts[event.pk]) for event in rows.order_by("-at", "-id")]


def _last_of_each_moment(events: QuerySet[Event], number: int) -> list[int]:
    newest = events.order_by("-at", "-id")
    before = newest.filter(at__lt=_THEN)
    first, next_, last = (
        sql_of(rows)
        for rows in (newest.values("at")[:1], before.values("at")[:1], newest.filter(at=_THEN).values("pk")[:1])
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE moment(at, place) AS (SELECT ({first[0]}), 1"  # noqa: S608 - made by Django
            f" UNION ALL SELECT ({next_[0]}), place + 1 FROM moment WHERE at IS NOT NULL AND place < %s)"
            f" SELECT ({last[0]}) FROM moment WHERE at IS NOT NULL",
            [*first[1], *next_[1], number, *last[1]],
        )
        return [key for (key,) in cursor.fetchall()]


_THEN: Final = RawSQL("moment.at", ())
