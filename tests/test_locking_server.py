"""One run a site at a time on several machines that share one PostgreSQL: each has a folder of locks of its own."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.backends.utils import CursorWrapper

from articles import jobs
from articles.locking import (
    LockLost,
    Locks,
    SiteLocked,
    at_work,
    held_by,
    is_anyone_at_work,
    locks,
    server,
    site_lock,
)
from articles.models import Job, Site

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path) -> Locks:
    return Locks(tmp_path / "here", is_shared=True)


@pytest.fixture
def there(tmp_path: Path) -> Locks:
    return Locks(tmp_path / "there", is_shared=True)


def _is_there(cursor: CursorWrapper, slug: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE %s", [f"%{slug}"])
    return cursor.fetchone() is not None


@contextmanager
def connection_ended(slug: str) -> Iterator[None]:
    """As when the server restarts, or the network goes, while a run holds the site."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s", [f"%{slug}"]
        )
        assert cursor.fetchall() == [(True,)]
        until = time.monotonic() + 10
        while _is_there(cursor, slug):  # it ends a moment later
            assert time.monotonic() < until
            time.sleep(0.01)
    yield


def test_postgresql_shares_its_locks() -> None:
    assert locks().is_shared


def test_a_run_on_another_machine_is_refused_and_told_who_has_the_site(here: Locks, there: Locks) -> None:
    with (
        site_lock(here, "daily", holder="Sync by carla"),
        pytest.raises(SiteLocked) as refused,
        site_lock(there, "daily", holder="import_content"),
    ):
        pass
    start = f"Sync by carla (process {os.getpid()} on {socket.gethostname()[:20]}) holds the site daily since 20"
    assert str(refused.value).startswith(start)


def test_another_site_is_free_and_so_is_this_one_afterwards(here: Locks, there: Locks) -> None:
    with site_lock(here, "daily", holder="import"), site_lock(there, "weekly", holder="import"):
        pass
    with site_lock(there, "daily", holder="import"):
        pass
    assert held_by(there, "daily") is None


def test_a_site_that_this_machine_was_refused_is_not_held_by_it(here: Locks, there: Locks) -> None:
    with site_lock(here, "daily", holder="import"):
        with pytest.raises(SiteLocked), site_lock(there, "daily", holder="export"):
            pass
        assert held_by(Locks(there.folder), "daily") is None


def test_another_machine_sees_how_far_the_run_is(here: Locks, there: Locks) -> None:
    with site_lock(here, "daily", holder="Sync by zoë", job="7") as hold:
        hold.count(412)
        note = held_by(there, "daily")
    assert note is not None
    assert (note["holder"], note["job"], note["done"]) == ("Sync by zo?", "7", "412")


def test_a_holder_with_a_long_name_loses_only_its_end(here: Locks, there: Locks) -> None:
    with site_lock(here, "daily", holder="a long name " * 20, job="7"):
        note = held_by(there, "daily")
    assert note is not None
    assert note["job"] == "7"
    assert note["holder"].startswith("a long ")


def test_a_holder_whose_connection_is_gone_blocks_nobody_and_stops(here: Locks, there: Locks) -> None:
    with site_lock(here, "daily", holder="run-of-daily") as hold, connection_ended("run-of-daily"):
        with site_lock(there, "daily", holder="import"):
            pass
        with pytest.raises(LockLost, match="connection that held the site daily"):
            hold.count(1)


def test_a_worker_on_another_machine_is_a_worker(here: Locks, there: Locks) -> None:
    assert not is_anyone_at_work(there)
    with at_work(here), at_work(there):
        assert is_anyone_at_work(Locks(here.folder.parent / "third", is_shared=True))
    assert not is_anyone_at_work(there)


def test_the_locks_are_those_of_one_database(here: Locks, there: Locks) -> None:
    own = connection.copy()
    own.settings_dict = {**own.settings_dict, "NAME": "postgres"}
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [server.key_of("daily")])
    with site_lock(here, "daily", holder="import"):
        assert held_by(there, "daily") is not None
    assert held_by(there, "daily") is None
    own.close()


def test_a_site_is_free_the_moment_a_run_has_ended(here: Locks, there: Locks) -> None:
    for _ in range(20):
        for where in (here, there):
            with site_lock(where, "daily", holder="import"):
                pass


@pytest.fixture
def job() -> Job:
    """Of a run on another machine."""
    site = Site.objects.create(slug="harbour", title="Harbour")
    user = User.objects.create(username="carla")
    state = Job.State.RUNNING
    return Job.objects.create(
        site=site, kind=Job.Kind.SYNC, state=state, user=user, queued_at=NOON, started_at=NOON, host="other.example.com"
    )


def test_a_run_on_another_machine_lives_while_its_lock_does(job: Job, there: Locks) -> None:
    with site_lock(there, "harbour", holder="Sync by carla", job=str(job.pk)) as hold:
        hold.count(412)
        jobs.look(at=NOON)
        job.refresh_from_db()
        assert (job.state, jobs.files_done(job)) == ("running", 412)
    jobs.look(at=NOON)
    job.refresh_from_db()
    assert job.state == "broken off"
