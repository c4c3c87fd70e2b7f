"""The last batches: each once, by its moment, counted up to a bound."""

import uuid
from datetime import timedelta

import pytest

from articles import latest
from articles.latest import latest_batches
from articles.models import Event, Site
from tests.factories import NOON, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site()


def write(site: Site, day: int, count: int, act: str = Event.Act.WRITTEN) -> uuid.UUID:
    batch, at = uuid.uuid4(), NOON + timedelta(days=day)
    Event.objects.bulk_create(
        Event(site=site, act=act, username="desk", batch=batch, at=at, reason=f"{number}") for number in range(count)
    )
    return batch


def test_the_newest_come_first_each_with_its_last_event(site: Site) -> None:
    old, new = write(site, 1, 3), write(site, 5, 2)
    write(site, 7, 1, Event.Act.EDITED)
    middle = write(site, 3, 1)
    found = latest_batches(Event.objects.filter(act=Event.Act.WRITTEN), 10)
    assert [(event.batch, event.reason, count) for event, count in found] == [
        (new, "1", 2),
        (middle, "0", 1),
        (old, "2", 3),
    ]
    assert [event.batch for event, _ in latest_batches(Event.objects.filter(act=Event.Act.WRITTEN), 2)] == [new, middle]


def test_there_may_be_none(site: Site) -> None:
    assert latest_batches(Event.objects.filter(act=Event.Act.WRITTEN), 10) == []


def test_counting_stops_at_a_bound(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "COUNTED", 2)
    write(site, 1, 5)
    ((_, count),) = latest_batches(Event.objects.all(), 1)
    assert count == 3
