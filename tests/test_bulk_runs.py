"""Acts on many articles in the background: on exactly what was looked at, stopped, killed, gone on with."""

from __future__ import annotations

import os
import signal
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from articles import bulk_runs, review
from articles.locking import at_work, locks, site_lock
from articles.models import Article, BulkRun, Event, Site, Source
from articles.queueing import CannotStart
from articles.review import NotAllowed
from tests.commands.running import shell
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import Page, read
from tests.samples import numbered, write_files
from tests.test_jobs import WORKER, wait_until, worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two are many here, and two are a handful."""
    monkeypatch.setattr(bulk_runs, "IN_REQUEST", 2)
    monkeypatch.setattr(bulk_runs, "AT_ONCE", 2)


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def articles(site: Site) -> list[Article]:
    return [make_article(site, title=f"Tug {number}", quality=40 + number) for number in range(5)]


@pytest.fixture
def ada(client: Client) -> User:
    user = make_user("ada", "Chief editor")
    client.force_login(user)
    return user


def preview(client: Client, act: str = "publish", **value: str) -> Page:
    return read(client.post("/bulk/", {"all": "1", "query": "", "act": act, **value}))


def start(client: Client, act: str = "publish", **value: str) -> BulkRun:
    answer = client.post("/bulk/", {**preview(client, act, **value).form("run-form"), "run": "1"})
    run = BulkRun.objects.latest("pk")
    assert (answer.status_code, answer["Location"]) == (302, f"/bulk/{run.pk}/")
    return run


def page(client: Client, run: BulkRun) -> Page:
    return read(client.get(f"/bulk/{run.pk}/"))


def fresh(run: BulkRun) -> BulkRun:
    return BulkRun.objects.get(pk=run.pk)


def carried_out(run: BulkRun) -> BulkRun:
    bulk_runs.carry_out(run.pk)
    return fresh(run)


def when(done: int, do: Callable[[], Any]) -> Callable[[int], None]:
    """Something happens when the run has so many behind it, before its next handful."""
    return lambda so_far: do() if so_far == done else None


def published() -> list[str]:
    return [str(one) for one in Article.objects.published().order_by("pk")]


# --- What a run does --------------------------------------------------------------------------------------------------


def test_many_are_published_by_the_worker_and_taken_back(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    assert published() == []
    text = page(client, run).text
    assert "Publish: 5 articles" in text
    assert "waits for the worker" in text
    assert "No worker runs, so" in text

    assert carried_out(run).state == "done"
    assert published() == ["Tug 0", "Tug 1", "Tug 2", "Tug 3", "Tug 4"]
    assert {(event.batch, event.at) for event in Event.objects.all()} == {(run.batch, fresh(run).started_at)}
    found = page(client, run)
    assert "5 changed or decided" in found.text
    answer = client.post(f"/batch/{run.batch}/", found.form("undo-form"))
    undoing = BulkRun.objects.latest("pk")
    assert answer["Location"] == f"/bulk/{undoing.pk}/"
    assert "Take back: Publish: 5 articles" in page(client, undoing).text
    assert carried_out(undoing).state == "done"
    assert published() == []
    assert "Taking it back: done, 5 of 5." in page(client, run).text


def test_a_worker_takes_it_from_the_queue(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client, "keep")
    queued = DBTaskResult.objects.get()
    queued.task.call(*queued.args_kwargs["args"])
    assert (fresh(run).state, fresh(run).changed) == ("done", 5)


def test_few_are_done_at_once(client: Client, ada: User, articles: list[Article]) -> None:
    sent = {"pick": [f"{one.pk}:{one.version}" for one in articles[:2]], "act": "publish"}
    client.post("/bulk/", {**read(client.post("/bulk/", sent)).form("run-form"), "run": "1"})
    assert (published(), BulkRun.objects.count()) == (["Tug 0", "Tug 1"], 0)


@pytest.mark.parametrize(
    ("act", "value", "title"),
    [
        ("quality", {"score": "75"}, "Set quality: 75"),
        ("remove-topic", {"topic": "Robotics"}, "Remove a topic: Robotics"),
        ("fix", {"code": "double_space"}, "Fix a finding: double space"),
    ],
)
def test_each_act_runs_and_says_what_it_is(
    client: Client, ada: User, site: Site, articles: list[Article], act: str, value: dict[str, str], title: str
) -> None:
    make_article(site, title="A tug  that steers itself")
    run = start(client, act, **value)
    assert str(run) == title
    run = carried_out(run)
    assert (run.state, run.done, run.refused) == ("done", 6, 0)
    assert run.changed == (1 if act == "fix" else 6)
    assert run.unchanged == (5 if act == "fix" else 0)


def test_what_moved_meanwhile_is_refused_by_name(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    review.edit(articles[1], {"title": "Tug of war"}, by=make_user("ben", "Editor"), at=NOON)
    make_article(articles[0].site, title="A late tug")
    run = carried_out(run)
    assert (run.state, run.changed, run.refused) == ("done", 4, 1)
    assert published() == ["Tug 0", "Tug 2", "Tug 3", "Tug 4"]
    text = page(client, run).text
    assert "1 refused, and left as it was" in text
    assert "Tug of war:" in text
    assert "changed since you saw it: version 1 then, 2 now." in text


def test_what_moved_before_it_began_is_asked_about(client: Client, ada: User, articles: list[Article]) -> None:
    looked = preview(client)
    review.keep(articles[0], by=ada, at=NOON)
    answer = client.post("/bulk/", {**looked.form("run-form"), "run": "1"})
    assert (answer.status_code, BulkRun.objects.count()) == (409, 0)


def test_a_form_sent_twice_is_one_run(client: Client, ada: User, articles: list[Article]) -> None:
    form = {**preview(client).form("run-form"), "run": "1"}
    first, second = client.post("/bulk/", form), client.post("/bulk/", form)
    assert (first["Location"], BulkRun.objects.count(), DBTaskResult.objects.count()) == (second["Location"], 1, 1)


def test_a_rule_runs_over_those_that_were_seen(client: Client, ada: User, articles: list[Article]) -> None:
    looked = read(client.get("/rules/?min_quality=41"))
    answer = client.post("/rules/", looked.form("run-form"))
    run = BulkRun.objects.get()
    assert answer["Location"] == f"/bulk/{run.pk}/"
    review.keep(articles[2], by=ada, at=NOON)
    run = carried_out(run)
    assert (str(run), run.changed, run.refused) == ("Quality at least 41: Harbour", 3, 1)
    assert published() == ["Tug 1", "Tug 3", "Tug 4"]
    assert set(Event.objects.filter(batch=run.batch).values_list("reason", flat=True)) == {"rule: quality at least 41"}


def test_one_that_the_desk_fails_on_is_refused_and_holds_up_nobody(
    client: Client, ada: User, articles: list[Article]
) -> None:
    run = start(client)
    Source.objects.filter(article=articles[2]).delete()
    run = carried_out(run)
    assert (run.state, run.changed, run.refused) == ("done", 4, 1)
    assert run.refusals == [[articles[2].pk, "Tug 2", bulk_runs.ITS_MISTAKE]]


# --- Stopped, killed, refused on the way ------------------------------------------------------------------------------


def test_what_is_done_when_somebody_stops_it_stays_and_the_rest_is_named(
    client: Client, ada: User, articles: list[Article]
) -> None:
    run = start(client)
    bulk_runs.carry_out(run.pk, progress=when(4, lambda: client.post(f"/bulk/{run.pk}/stop/")))
    assert (fresh(run).state, fresh(run).done) == ("stopped", 4)
    assert published() == ["Tug 0", "Tug 1", "Tug 2", "Tug 3"]
    found = page(client, run)
    assert "stopped ada stopped it." in found.text
    assert "Not done 1 Tug 4" in found.text
    client.post(f"/bulk/{run.pk}/go-on/", found.form("go-on-form"))
    assert carried_out(run).state == "done"
    assert (len(published()), fresh(run).done, fresh(run).changed) == (5, 5, 5)
    assert {(event.batch, event.at) for event in Event.objects.all()} == {(run.batch, fresh(run).started_at)}


def test_before_it_begins_it_is_taken_back(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    client.post(f"/bulk/{run.pk}/stop/")
    assert carried_out(run).state == "taken back"
    assert published() == []
    assert "ada took it back before it began." in page(client, run).text


class Killed(BaseException):
    """As little is done after it as after a kill."""


def kill() -> None:
    raise Killed


def test_where_the_worker_ends_all_is_whole_and_it_goes_on(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    with pytest.raises(Killed):
        bulk_runs.carry_out(run.pk, progress=when(2, kill))
    assert (fresh(run).state, len(published())) == ("running", 2)
    found = page(client, run)
    assert "broken off The worker ended before the run did." in found.text
    assert "Not done 3 Tug 2 Tug 3 Tug 4" in found.text
    client.post(f"/bulk/{run.pk}/go-on/")
    assert (carried_out(run).state, fresh(run).changed, len(published())) == ("done", 5, 5)


def test_a_run_that_holds_its_lock_lives(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    seen: list[str] = []

    def look() -> None:
        seen.append(page(client, run).text)

    bulk_runs.carry_out(run.pk, progress=when(2, look))
    assert "2 of 5 articles done." in seen[0]
    assert "3 not done yet" in seen[0]
    assert fresh(run).state == "done"


def test_a_right_that_went_meanwhile_ends_it(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    bulk_runs.carry_out(run.pk, progress=when(2, ada.groups.clear))
    assert (fresh(run).state, len(published())) == ("refused", 2)
    assert fresh(run).error == "ada may not publish articles. A superuser can give the right."


def test_a_user_who_was_shut_out_decides_nothing_more(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    User.objects.update(is_active=False)
    assert (carried_out(run).state, published()) == ("refused", [])


def test_after_a_day_one_looks_again(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    client.post(f"/bulk/{run.pk}/stop/")
    BulkRun.objects.update(queued_at=timezone.now() - timedelta(days=2))
    answer = client.post(f"/bulk/{run.pk}/go-on/", follow=True)
    assert "is older than a day. Look again, then decide." in read(answer).text
    assert "go-on-form" not in page(client, run).forms


# --- Whose it is ------------------------------------------------------------------------------------------------------


def test_only_who_asked_goes_on_and_who_may_undo_it_may_stop_it(
    client: Client, ada: User, articles: list[Article]
) -> None:
    run = start(client)
    client.force_login(make_user("ben", "Editor"))
    assert "stop-form" not in page(client, run).forms
    assert client.post(f"/bulk/{run.pk}/stop/").status_code == 403
    client.force_login(make_user("carla", "Chief editor"))
    client.post(f"/bulk/{run.pk}/stop/", page(client, run).form("stop-form"))
    assert fresh(run).error == "carla took it back before it began."
    refused = client.post(f"/bulk/{run.pk}/go-on/")
    assert refused.status_code == 403
    assert "ada asked for it, and only ada goes on with it." in read(refused).text


def test_more_than_50_take_their_right_also_here(site: Site) -> None:
    ben = make_user("ben", "Editor")
    with pytest.raises(NotAllowed, match="may not decide on more than 50 articles at once"):
        bulk_runs.start("publish", "", dict.fromkeys(range(51), 1), batch=uuid.uuid4(), by=ben, at=NOON)


def test_who_may_only_look_sees_it_without_buttons(client: Client, ada: User, articles: list[Article]) -> None:
    run = carried_out(start(client))
    client.force_login(make_user("vera", "Viewer"))
    assert list(page(client, run).forms) == ["log-out-form"]


# --- Taking back ------------------------------------------------------------------------------------------------------


def test_nothing_is_taken_back_while_it_runs(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    said: list[str] = []

    def take_back() -> None:
        assert "undo-form" not in read(client.get(f"/batch/{run.batch}/")).forms
        said.append(read(client.post(f"/batch/{run.batch}/", follow=True)).text)

    bulk_runs.carry_out(run.pk, progress=when(2, take_back))
    assert "“Publish” still runs. Stop it first; what it did until then can be taken back." in said[0]
    assert len(published()) == 5


def test_a_batch_is_taken_back_by_one_at_a_time(client: Client, ada: User, articles: list[Article]) -> None:
    run = carried_out(start(client))
    bulk_runs.start_undo(run.batch, by=ada, at=timezone.now())
    with pytest.raises(CannotStart, match="ada takes it back already: see “Take back: Publish” under Runs"):
        bulk_runs.start_undo(run.batch, by=ada, at=timezone.now())


def test_what_was_edited_since_is_skipped_and_named(client: Client, ada: User, articles: list[Article]) -> None:
    run = carried_out(start(client))
    review.unpublish(Article.objects.get(pk=articles[3].pk), by=ada, at=NOON)
    undoing = carried_out(bulk_runs.start_undo(run.batch, by=ada, at=timezone.now()))
    assert (undoing.changed, undoing.refused) == (4, 1)
    assert "Tug 3: ada edited it since, on 2026-11-22 12:00 UTC." in page(client, undoing).text


def test_the_key_for_the_last_decision_leaves_runs_alone(client: Client, ada: User, articles: list[Article]) -> None:
    review.edit(articles[0], {"title": "Tug of war"}, by=ada, at=NOON)
    carried_out(start(client))
    client.post("/undo/")
    assert published() == ["Tug 0", "Tug 1", "Tug 2", "Tug 3", "Tug 4"]


def test_a_long_batch_of_a_command_is_taken_back_on_its_page(
    client: Client, ada: User, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("articles.desk.deciding.IN_REQUEST", 2)
    done = review.publish_each(articles, by=ada, at=NOON)
    event = done[0].outcome.event if done[0].outcome else None
    assert event is not None
    answer = client.post("/undo/", follow=True)
    assert f"/batch/{event.batch}/" in read(answer).attributes("a", "href")
    assert len(published()) == 5
    client.post(f"/batch/{event.batch}/")
    assert str(carried_out(BulkRun.objects.get())) == "Take back: what was done together"
    assert published() == []


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_asks_again_until_the_run_has_ended(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    live = client.get(f"/bulk/{run.pk}/", headers={"HX-Request": "true"})
    assert read(live).attributes("section", "hx-trigger") == ["every 2s"]
    assert b"<html" not in live.content
    carried_out(run)
    ended = client.get(f"/bulk/{run.pk}/", headers={"HX-Request": "true"})
    assert read(ended).attributes("section", "hx-trigger") == []


def test_how_far_it_is_is_told_aloud_a_few_times(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    htmx = {"HX-Request": "true"}
    (again,) = read(client.get(f"/bulk/{run.pk}/")).attributes("section", "hx-get")
    assert again == f"/bulk/{run.pk}/?told=queued-0"
    assert b"hx-swap-oob" not in client.get(again, headers=htmx).content
    carried_out(run)
    assert "Done: 5 articles changed." in read(client.get(again, headers=htmx)).text
    assert "Done: 5 articles" not in page(client, run).text


def test_where_a_worker_runs_nobody_is_told_to_start_one(client: Client, ada: User, articles: list[Article]) -> None:
    run = start(client)
    with at_work(locks()):
        assert "No worker" not in page(client, run).text


def test_it_stands_among_the_runs_and_on_its_batch(client: Client, ada: User, articles: list[Article]) -> None:
    run = carried_out(start(client))
    for address in ("/jobs/", f"/batch/{run.batch}/"):
        assert f"/bulk/{run.pk}/" in read(client.get(address)).attributes("a", "href")


def test_hostile_titles_stay_text(client: Client, ada: User, site: Site) -> None:
    hostile = '"><script>alert(1)</script>'
    several = [make_article(site, title=hostile) for _ in range(3)]
    run = start(client, "add-topic", topic=hostile)
    Source.objects.filter(article=several[0]).delete()
    bulk_runs.carry_out(run.pk)
    for address in (f"/bulk/{run.pk}/", "/jobs/", f"/batch/{run.batch}/"):
        assert hostile not in client.get(address).content.decode()


@pytest.mark.parametrize("count", [3, 40])
def test_the_number_of_queries_does_not_grow(
    client: Client, ada: User, site: Site, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        make_article(site)
    run = start(client)
    client.post(f"/bulk/{run.pk}/stop/")
    with django_assert_max_num_queries(7):
        client.get(f"/bulk/{run.pk}/")


def test_locks_of_runs_that_are_long_over_are_swept_away(client: Client, ada: User, articles: list[Article]) -> None:
    run = carried_out(start(client))
    left = locks().folder / f"{run.lock_name}.lock"
    os.utime(left, (0, 0))
    with site_lock(locks(), "harbour", holder="sync_content"):
        carried_out(bulk_runs.start_undo(run.batch, by=ada, at=timezone.now()))
        assert (left.exists(), (locks().folder / "harbour.lock").exists()) == (False, True)


# --- A worker of its own ----------------------------------------------------------------------------------------------

MANY = 400
BEGIN = """
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from articles import bulk_runs
from articles.models import Article
import uuid
ada = User.objects.create_superuser("ada", "ada@example.com", "pw")
call_command("import_content", {root!r})
seen = dict(Article.objects.values_list("pk", "version"))
bulk_runs.start("quality", "99", seen, batch=uuid.uuid4(), by=ada, at=timezone.now())
"""
GO_ON = """
from django.utils import timezone
from articles import bulk_runs
from articles.models import BulkRun
run = BulkRun.objects.get()
bulk_runs.go_on(run, by=run.user, at=timezone.now())
"""


def counted(database: Path) -> tuple[str, int, int, int]:
    """The run's state, what it says it did, and how many articles and events it left."""
    with closing(sqlite3.connect(database)) as connection:
        ((state, done),) = connection.execute("SELECT state, changed FROM articles_bulkrun")
        ((articles,),) = connection.execute("SELECT COUNT(*) FROM articles_article WHERE quality = 99")
        ((events,),) = connection.execute("SELECT COUNT(*) FROM articles_event WHERE act = 'edited'")
    return state, done, articles, events


@pytest.mark.thorough
def test_a_worker_killed_midway_leaves_whole_what_it_did_and_the_next_goes_on(
    tmp_path: Path, with_tables: Callable[[Path], None]
) -> None:
    database, root = tmp_path / "desk.sqlite3", tmp_path / "quay"
    with_tables(database)
    write_files(root, dict(numbered(MANY)))
    assert shell(database, "shell", "-v0", "-c", BEGIN.format(root=str(root))).code == 0
    with worker(database) as process:
        wait_until(lambda: counted(database)[1] > 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
    state, done, articles, events = counted(database)
    assert (state, 0 < done < MANY) == ("running", True)
    assert (articles, events) == (done, done)

    assert shell(database, *WORKER, "--batch").code == 0
    assert counted(database) == ("broken off", done, done, done)
    assert shell(database, "shell", "-v0", "-c", GO_ON).code == 0
    assert shell(database, *WORKER, "--batch").code == 0
    assert counted(database) == ("done", MANY, MANY, MANY)
