"""The pages of runs in a browser: in order at all widths, and a run that is watched until it ends."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from articles import jobs
from articles.locking import locks, site_lock
from articles.models import Job, Site
from tests.browser.test_frame import check
from tests.desk import Desk
from tests.factories import NOON

WAIT_MS = 15_000  # the page asks every two seconds


@pytest.fixture
def ed(editor: Page) -> User:
    return User.objects.get(username="ed")


@pytest.fixture
def site(ed: User, tmp_path: Path) -> Site:
    desk = Desk(tmp_path / "harbour", ed)
    desk.write("---\ntitle: Tug\nquality: [\n---\n", "_news/2026-11-21-broken.md")
    return Site.objects.get()


def start(kind: Job.Kind, site: Site, ed: User, *, commits: bool = False) -> Job:
    return jobs.start(kind, site, by=ed, at=NOON, commits=commits)


def test_the_pages_of_runs_are_in_order(
    editor: Page, live_server: LiveServer, site: Site, ed: User, accessibility_problems: Callable[[Page], list[str]]
) -> None:
    for kind, commits in ((Job.Kind.SYNC, False), (Job.Kind.WRITE, True)):
        job = start(kind, site, ed, commits=commits)
        jobs.carry_out(job.pk)
        editor.goto(f"{live_server.url}/jobs/{job.pk}/")
        check(editor, job.kind, accessibility_problems)
    editor.goto(f"{live_server.url}/jobs/")
    check(editor, "list", accessibility_problems)


def test_a_run_is_watched_until_it_ends_and_started_again(
    editor: Page, live_server: LiveServer, site: Site, ed: User
) -> None:
    job = start(Job.Kind.SYNC, site, ed)
    Job.objects.filter(pk=job.pk).update(state="running", started_at=NOON, host=socket.gethostname())
    with site_lock(locks(), "harbour", holder="Sync by ed", job=str(job.pk)) as hold:
        editor.goto(f"{live_server.url}/jobs/{job.pk}/")
        expect(editor.get_by_text("It has just begun.")).to_be_visible()
        hold.count(412)
        expect(editor.get_by_text("412 files so far.")).to_be_visible(timeout=WAIT_MS)
    expect(editor.get_by_text("Start it again to complete the work.")).to_be_visible(timeout=WAIT_MS)
    editor.get_by_role("button", name="Start it again").click()
    expect(editor.get_by_text("No worker runs, so")).to_be_visible()
    jobs.carry_out(Job.objects.latest("pk").pk)
    expect(editor.get_by_text("2 files looked at")).to_be_visible(timeout=WAIT_MS)
