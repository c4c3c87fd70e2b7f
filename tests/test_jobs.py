"""Runs that people ask for: queued, carried out by a worker, kept; and what is said when a worker is no more."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_tasks_db.models import DBTaskResult

from articles import jobs, queueing
from articles.locking import Locks, at_work, locks, site_lock
from articles.models import Article, Event, Job, Site
from articles.queueing import CannotStart
from articles.review import NotAllowed
from articles.schedule import is_fresh, schedule_of
from tests.commands.running import environment, manage, shell
from tests.desk import Desk
from tests.factories import NOON, make_site, make_user
from tests.pages import read
from tests.samples import PATH, changed, numbered, write_files

pytestmark = pytest.mark.django_db

SYNC, WRITE, READ = Job.Kind.SYNC, Job.Kind.WRITE, Job.Kind.READ


def noon() -> datetime:
    return NOON


@pytest.fixture
def chief() -> User:
    return make_user("carla", "Chief editor", is_staff=False)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "harbour", make_user("ada", "Editor"))


@pytest.fixture
def site(desk: Desk) -> Site:
    return Site.objects.get()


@pytest.fixture
def carla(client: Client, chief: User) -> Client:
    client.force_login(chief)
    return client


def carried_out(kind: Job.Kind, site: Site, by: User, **options: Any) -> Job:
    job = jobs.start(kind, site, by=by, at=NOON, **options)
    jobs.carry_out(job.pk, clock=noon)
    job.refresh_from_db()
    return job


def lose_many(desk: Desk) -> None:
    write_files(desk.root, dict(numbered(30)))
    desk.sync()
    for path in numbered(30):
        (desk.root / path).unlink()


# --- What a run does --------------------------------------------------------------------------------------------------


def test_a_sync_reads_and_writes_and_keeps_its_report(desk: Desk, site: Site, chief: User) -> None:
    desk.edit({"title": "A tug"})
    job = carried_out(SYNC, site, chief)
    assert (job.state, job.error, job.started_at, job.ended_at) == ("done", "", NOON, NOON)
    assert (job.report["files"], job.report["written"], job.report["problems"]) == (1, 1, [])
    assert 'title: "A tug"\n' in desk.text()


def test_a_reading_writes_no_file(desk: Desk, site: Site, chief: User) -> None:
    desk.edit({"title": "A tug"})
    before = desk.text()
    job = carried_out(READ, site, chief)
    assert (job.state, job.report["files"], desk.text()) == ("done", 1, before)


def test_a_writing_reads_nothing_new(desk: Desk, site: Site, chief: User) -> None:
    desk.edit({"title": "A tug"})
    desk.write(desk.text(), "_news/2026-11-21-barge.md")
    job = carried_out(WRITE, site, chief)
    assert (job.report["written"], Article.objects.count()) == (1, 1)
    assert 'title: "A tug"\n' in desk.text()


def test_a_worker_takes_it_from_the_queue(desk: Desk, site: Site, chief: User) -> None:
    job = jobs.start(SYNC, site, by=chief, at=NOON)
    queued = DBTaskResult.objects.get()
    assert (job.state, job.task) == ("queued", str(queued.pk))
    queued.task.call(*queued.args_kwargs["args"])
    job.refresh_from_db()
    assert job.state == "done"


def test_a_file_that_cannot_be_read_is_a_problem_with_its_line(desk: Desk, site: Site, chief: User) -> None:
    desk.write("---\ntitle: Tug\nquality: [\n---\n", "_news/2026-11-21-broken.md")
    job = carried_out(SYNC, site, chief)
    (problem,) = job.report["problems"]
    assert (job.state, problem["path"], problem["line"]) == ("done", "_news/2026-11-21-broken.md", 4)


def test_a_folder_that_is_gone_refuses_in_a_sentence(desk: Desk, site: Site, chief: User) -> None:
    desk.root.rename(desk.root.with_name("elsewhere"))
    job = carried_out(SYNC, site, chief)
    assert job.state == "refused"
    assert str(desk.root) in job.error


def test_a_commit_outside_a_repository_refuses_before_anything_is_written(desk: Desk, site: Site, chief: User) -> None:
    desk.edit({"title": "A tug"})
    before = desk.text()
    job = carried_out(WRITE, site, chief, commits=True)
    assert (job.state, desk.text()) == ("refused", before)
    assert "repository" in job.error


@pytest.mark.parametrize("kind", [SYNC, READ])
def test_many_files_gone_at_once_ask_a_person(desk: Desk, site: Site, chief: User, kind: Job.Kind) -> None:
    lose_many(desk)
    job = carried_out(kind, site, chief)
    assert (job.state, job.lost_many) == ("refused", True)
    assert job.error == "30 of 31 files are gone at once. Nothing was done."
    assert carried_out(kind, site, chief, may_lose_many=True).report["missing"] == 30


def test_a_mistake_of_ours_is_no_traceback(
    desk: Desk, site: Site, chief: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(jobs, "sync_site", fail)
    job = carried_out(SYNC, site, chief)
    assert (job.state, job.error) == ("broken off", jobs.OUR_MISTAKE)
    assert "Job" in caplog.text


# --- One run a site ---------------------------------------------------------------------------------------------------


def test_a_second_says_who_has_the_site_and_since_when(site: Site, chief: User) -> None:
    jobs.start(SYNC, site, by=chief, at=NOON)
    with pytest.raises(jobs.SiteBusy) as refused:
        jobs.start(WRITE, site, by=make_user("root", is_superuser=True), at=NOON + timedelta(minutes=5))
    assert str(refused.value) == (
        "Sync: harbour by carla waits for the worker since 22 November 2026, 12:00 UTC. "
        "Nothing is lost: what was decided meanwhile is written by the next run."
    )
    assert Job.objects.count() == 1


def test_a_command_that_has_the_site_is_named(site: Site, chief: User) -> None:
    with (
        site_lock(locks(), "harbour", holder="sync_content", clock=noon),
        pytest.raises(jobs.SiteBusy, match=r"^sync_content has the site harbour since 22 November 2026, 12:00 UTC\."),
    ):
        jobs.start(SYNC, site, by=chief, at=NOON)
    assert Job.objects.count() == 0


def test_a_command_that_came_between_is_named_in_the_job(site: Site, chief: User) -> None:
    job = jobs.start(SYNC, site, by=chief, at=NOON)
    with site_lock(locks(), "harbour", holder="sync_content"):
        jobs.carry_out(job.pk, clock=noon)
    job.refresh_from_db()
    assert job.state == "refused"
    assert job.error.startswith("sync_content (process ")
    assert carried_out(SYNC, site, chief).state == "done"


def test_two_sites_do_not_wait_for_each_other(site: Site, chief: User, tmp_path: Path) -> None:
    jobs.start(SYNC, site, by=chief, at=NOON)
    jobs.start(SYNC, make_site("quay", root=tmp_path), by=chief, at=NOON)
    assert Job.objects.filter(state="queued").count() == 2


def test_it_is_for_those_who_may_write_files(desk: Desk, site: Site) -> None:
    with pytest.raises(NotAllowed, match="ada may not write decisions into the site's files"):
        jobs.start(SYNC, site, by=desk.editor, at=NOON)


def test_a_site_that_was_never_read_is_for_whoever_runs_the_desk(chief: User) -> None:
    with pytest.raises(CannotStart, match="import_content"):
        jobs.start(SYNC, make_site(), by=chief, at=NOON)


def test_what_was_taken_back_is_not_carried_out(desk: Desk, site: Site, chief: User) -> None:
    job = jobs.start(SYNC, site, by=chief, at=NOON)
    assert jobs.take_back(job, by=chief, at=NOON)
    desk.write(desk.text(), "_news/2026-11-21-barge.md")
    jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("taken back", "carla took it back before it began.")
    assert Article.objects.count() == 1
    assert not jobs.take_back(job, by=chief, at=NOON)


# --- A worker that is no more -----------------------------------------------------------------------------------------


def left_behind(site: Site, chief: User, **columns: Any) -> Job:
    """As a killed worker leaves it."""
    job = jobs.start(SYNC, site, by=chief, at=NOON)
    Job.objects.filter(pk=job.pk).update(
        **{"state": "running", "started_at": NOON, "host": socket.gethostname(), **columns}
    )
    return job


def test_a_run_without_its_lock_is_broken_off_and_can_be_started_again(desk: Desk, site: Site, chief: User) -> None:
    job = left_behind(site, chief)
    jobs.look(at=NOON + timedelta(minutes=1))
    job.refresh_from_db()
    assert (job.state, job.ended_at, job.error) == ("broken off", NOON + timedelta(minutes=1), jobs.BROKEN_OFF)
    again = jobs.start_again(job, by=chief, at=NOON)
    jobs.carry_out(again.pk)
    again.refresh_from_db()
    assert (again.kind, again.state) == ("sync", "done")


def test_a_run_that_holds_its_lock_lives_and_tells_how_far_it_is(site: Site, chief: User) -> None:
    job = left_behind(site, chief)
    with site_lock(locks(), "harbour", holder="Sync by carla", job=str(job.pk)) as hold:
        hold.count(412)
        jobs.look(at=NOON)
        job.refresh_from_db()
        assert (job.state, jobs.files_done(job)) == ("running", 412)


def test_a_command_that_took_the_lock_since_is_not_the_run(site: Site, chief: User) -> None:
    job = left_behind(site, chief)
    with site_lock(locks(), "harbour", holder="sync_content") as hold:
        hold.count(412)
        assert jobs.files_done(job) == 0
        jobs.look(at=NOON)
    job.refresh_from_db()
    assert job.state == "broken off"


def test_a_run_on_another_machine_is_left_alone_where_its_lock_cannot_be_seen(
    site: Site, chief: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "locks", lambda: Locks(tmp_path))
    job = left_behind(site, chief, host="other.example.com")
    jobs.look(at=NOON)
    job.refresh_from_db()
    assert job.state == "running"


def test_a_task_that_a_worker_took_and_never_began_is_lost(site: Site, chief: User) -> None:
    job = jobs.start(SYNC, site, by=chief, at=NOON)
    DBTaskResult.objects.update(status="RUNNING", started_at=NOON)
    jobs.look(at=NOON + timedelta(seconds=30))
    job.refresh_from_db()
    assert job.state == "queued"
    jobs.look(at=NOON + timedelta(seconds=90))
    job.refresh_from_db()
    assert job.state == "broken off"


def test_the_queue_forgets_what_is_long_over(site: Site, chief: User) -> None:
    carried_out(SYNC, site, chief)
    DBTaskResult.objects.update(status="SUCCESSFUL", finished_at=NOON - timedelta(days=8))
    carried_out(SYNC, site, chief)
    assert (DBTaskResult.objects.count(), Job.objects.count()) == (1, 2)


# --- The pages --------------------------------------------------------------------------------------------------------


def test_a_button_starts_a_run_and_leads_to_its_page(carla: Client, desk: Desk, site: Site) -> None:
    answer = carla.post("/jobs/start/", {"site": "harbour", "act": "sync"})
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/{job.pk}/")
    text = read(carla.get(f"/jobs/{job.pk}/")).text
    assert "waits for the worker" in text
    assert "No worker runs, so" in text
    assert "manage.py db_worker" in text
    jobs.carry_out(job.pk)
    text = read(carla.get(f"/jobs/{job.pk}/")).text
    assert "done" in text
    assert "1 files looked at" in text


def test_where_a_worker_runs_nobody_is_told_to_start_one(carla: Client, site: Site, chief: User) -> None:
    job = jobs.start(SYNC, site, by=chief, at=NOON)
    with at_work(locks()):
        for address in ("/jobs/", f"/jobs/{job.pk}/"):
            assert "No worker" not in read(carla.get(address)).text
    assert "No worker" in read(carla.get("/jobs/")).text


def test_the_page_asks_again_until_the_run_has_ended(carla: Client, site: Site, chief: User) -> None:
    job = jobs.start(SYNC, site, by=chief, at=NOON)
    live = carla.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"})
    assert read(live).attributes("section", "hx-trigger") == ["every 2s"]
    assert b"<html" not in live.content
    jobs.carry_out(job.pk)
    ended = carla.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"})
    assert read(ended).attributes("section", "hx-trigger") == []


def test_a_running_job_shows_how_far_it_is(carla: Client, site: Site, chief: User) -> None:
    Site.objects.update(last_report={"files": 1000})
    job = left_behind(site, chief)
    with site_lock(locks(), "harbour", holder="Sync by carla", job=str(job.pk)) as hold:
        hold.count(412)
        found = read(carla.get(f"/jobs/{job.pk}/"))
    assert "412 of about 1,000 files so far." in found.text
    assert found.attributes("progress", "value") == ["412"]


def test_a_problem_stands_on_the_page_with_path_and_line(carla: Client, desk: Desk, site: Site, chief: User) -> None:
    desk.write(desk.text().replace("quality: 68", "quality: [", 1))
    job = carried_out(SYNC, site, chief)
    found = read(carla.get(f"/jobs/{job.pk}/"))
    assert f"{PATH}:" in found.text
    assert f"/articles/{Article.objects.get().pk}/" in found.attributes("a", "href")


def test_a_second_click_is_refused_in_a_message(carla: Client, site: Site, chief: User) -> None:
    jobs.start(SYNC, site, by=chief, at=NOON)
    answer = carla.post("/jobs/start/", {"site": "harbour", "act": "read"}, follow=True)
    assert "Sync: harbour by carla waits for the worker since" in read(answer).text


def test_from_its_page_a_run_is_taken_back_and_started_again(carla: Client, site: Site, chief: User) -> None:
    job = jobs.start(SYNC, site, by=chief, at=NOON, commits=True)
    answer = carla.post(f"/jobs/{job.pk}/take-back/", follow=True)
    assert "Taken back: nothing was read or written." in read(answer).text
    carla.post(f"/jobs/{job.pk}/again/")
    again = Job.objects.latest("pk")
    assert (again.pk != job.pk, again.state, again.commits) == (True, "queued", True)


def test_files_that_are_meant_to_be_gone_are_let_go(carla: Client, desk: Desk, site: Site, chief: User) -> None:
    lose_many(desk)
    job = carried_out(SYNC, site, chief)
    assert "meant to be gone" in read(carla.get(f"/jobs/{job.pk}/")).text
    carla.post(f"/jobs/{job.pk}/again/", {"may_lose_many": "on"})
    again = Job.objects.latest("pk")
    jobs.carry_out(again.pk)
    again.refresh_from_db()
    assert (again.state, again.report["missing"]) == ("done", 30)


def test_who_may_only_look_is_offered_no_button(client: Client, site: Site, chief: User) -> None:
    job = jobs.start(SYNC, site, by=chief, at=NOON)
    client.force_login(make_user("vera", "Viewer"))
    for address in ("/jobs/", f"/jobs/{job.pk}/"):
        assert list(read(client.get(address)).forms) == ["log-out-form"]


@pytest.mark.parametrize(
    "data", [{}, {"site": "harbour"}, {"site": "quay", "act": "sync"}, {"site": "harbour", "act": "x"}]
)
def test_a_form_that_names_nothing_starts_nothing(carla: Client, site: Site, data: dict[str, str]) -> None:
    assert carla.post("/jobs/start/", data).status_code == 404
    assert Job.objects.count() == 0


# --- The schedule -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "minutes_ago", "fresh"),
    [(10, 19, True), (10, 21, False), (None, 23 * 60, True), (None, 25 * 60, False)],
)
def test_a_site_is_late_after_twice_its_interval(every: int | None, minutes_ago: int, fresh: bool) -> None:
    assert is_fresh(NOON - timedelta(minutes=minutes_ago), every, NOON) is fresh
    assert is_fresh(None, every, NOON) is False


def test_the_page_warns_where_the_timer_is_late(carla: Client, site: Site) -> None:
    assert "when somebody starts it" in read(carla.get("/jobs/")).text
    Site.objects.update(sync_every_minutes=10)
    text = read(carla.get("/jobs/")).text
    assert "late Due 22 November 2026, 12:10 UTC." in text


def test_the_schedule_says_when_the_next_run_is_due_and_what_the_last_did(desk: Desk, site: Site) -> None:
    Site.objects.update(sync_every_minutes=10)
    desk.edit({"title": "A tug"})
    Event.objects.filter(by_crawler=False)._raw_delete("default")
    desk.sync()
    schedule = schedule_of(Site.objects.get(), NOON + timedelta(minutes=1))
    assert (schedule.due_at, schedule.is_late) == (NOON + timedelta(minutes=10), False)
    assert ("written to the file", 1) in schedule.did


# --- A worker of its own ----------------------------------------------------------------------------------------------

OLD = numbered(250)  # of which a run names a hundred at a time
NEW = {path: changed(("quality: 68", "quality: 99"), text=text) for path, text in OLD.items()}
BEGIN = """
from django.contrib.auth.models import User
from django.core.management import call_command
User.objects.create_superuser("ada", "ada@example.com", "pw")
call_command("import_content", {root!r})
call_command("set_fields", batch={batch!r}, username="ada")
"""
START = """
from django.contrib.auth.models import User
from django.utils import timezone
from articles import jobs, queueing
from articles.models import Job, Site
jobs.start(Job.Kind.SYNC, Site.objects.get(), by=User.objects.get(), at=timezone.now())
"""
WORKER = ("db_worker", "--no-startup-delay", "--interval=0.05", "--verbosity=0")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, with_tables: Callable[[Path], None]) -> Path:
    """A desk of its own, in which an editor decided on every article, nothing is written yet, and a sync waits."""
    folder = tmp_path_factory.mktemp("template")
    database, root, batch = folder / "desk.sqlite3", folder / "quay", folder / "batch.jsonl"
    with_tables(database)
    write_files(root, dict(OLD))
    batch.write_text("\n".join(json.dumps({"path": path, "set": {"quality": 99}}) for path in OLD))
    done = shell(database, "shell", "-v0", "-c", BEGIN.format(root=str(root), batch=str(batch)) + START)
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def database(template: Path, tmp_path: Path) -> Path:
    database = shutil.copytree(template, tmp_path / "desk") / "desk.sqlite3"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE articles_site SET root = ?", [str(database.parent / "quay")])
    return database


def texts(database: Path) -> dict[str, str]:
    root = database.parent / "quay"
    return {path: (root / path).read_text() for path in OLD}


def states(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [state for (state,) in connection.execute("SELECT state FROM articles_job ORDER BY id")]


@contextmanager
def worker(database: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    line = manage(*WORKER, *options)
    process = subprocess.Popen(line, env=environment(database), stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.005)  # what looks more often takes the processor from whom it waits for


@pytest.mark.thorough
def test_a_worker_killed_midway_leaves_nothing_half_done_and_the_next_says_so(database: Path) -> None:
    first = database.parent / "quay" / min(OLD)
    with worker(database) as process:
        wait_until(lambda: "quality: 99" in first.read_text())
        process.send_signal(signal.SIGKILL)
        process.wait()
    found = texts(database)
    assert [path for path, text in found.items() if text not in (OLD[path], NEW[path])] == []
    assert OLD[max(OLD)] == found[max(OLD)], "it was over before it was killed"
    assert states(database) == ["running"]

    assert shell(database, *WORKER, "--batch").code == 0
    assert states(database) == ["broken off"]
    assert shell(database, "shell", "-v0", "-c", START).code == 0
    assert shell(database, *WORKER, "--batch").code == 0
    assert (states(database), texts(database)) == (["broken off", "done"], NEW)


@pytest.mark.thorough
def test_a_worker_of_the_demo_ends_with_it_and_completes_its_run(database: Path) -> None:
    with worker(database, "--with-parent") as process:
        assert process.stdin is not None
        wait_until(lambda: states(database) != ["queued"])
        process.stdin.close()
        assert process.wait(timeout=30) == 0
    assert (states(database), texts(database)) == (["done"], NEW)
