"""Where an article stands with the editors: what waits in the queue, in which order, and what takes it out of there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User

from articles import review
from articles.models import Article, Event, Site
from articles.remeasuring import measure_again
from tests.desk import NOON, Desk
from tests.samples import ARTICLE, changed

pytestmark = pytest.mark.django_db

State = Article.State
LATER = NOON + timedelta(days=1)
OTHER_TITLE = ("tests a tug", "tests two tugs")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "harbour", User.objects.create_superuser("ada", "ada@example.com", "pw"))


def title(text: str) -> str:
    return changed(("Harbour pilots test a tug that steers itself", text))


def keep(desk: Desk, seen_version: int | None = None) -> review.Outcome:
    return review.keep(desk.article, by=desk.editor, at=NOON, seen_version=seen_version)


def set_threshold(threshold: int) -> None:
    Site.objects.update(threshold=threshold)
    measure_again(Site.objects.get())


def waiting() -> bool:
    return Article.objects.awaiting_review().exists()


def test_a_new_article_waits(desk: Desk) -> None:
    assert desk.article.state == State.NEW
    assert waiting()


@pytest.mark.parametrize("act", [review.publish, review.unpublish, review.keep])
def test_a_decision_takes_it_out_of_the_queue(desk: Desk, act: object) -> None:
    act(desk.article, by=desk.editor, at=NOON)  # type: ignore[operator]
    assert (desk.article.state, desk.article.decided_at) == (State.DECIDED, NOON)
    assert not waiting()


def test_an_edit_decides_nothing(desk: Desk) -> None:
    desk.edit({"title": "A tug"})
    assert desk.article.state == State.NEW


def test_keeping_changes_no_value_and_leaves_one_event(desk: Desk) -> None:
    before = desk.article
    outcome = keep(desk)
    assert (outcome.changed, outcome.changes) == (True, {})
    assert (desk.article.version, desk.article.title, desk.article.is_dirty) == (2, before.title, False)
    assert Event.objects.get(by_crawler=False).act == Event.Act.KEPT
    assert not keep(desk).changed
    assert Event.objects.filter(by_crawler=False).count() == 1


def test_keeping_is_refused_when_anything_changed_since(desk: Desk) -> None:
    seen = desk.article.version
    desk.edit({"quality": 99})
    with pytest.raises(review.StaleVersion):
        keep(desk, seen_version=seen)
    assert desk.article.state == State.NEW


def test_a_viewer_may_not_keep(desk: Desk) -> None:
    viewer = User.objects.create_user("vic")
    viewer.groups.add(Group.objects.get(name="Viewer"))
    with pytest.raises(review.NotAllowed):
        review.keep(desk.article, by=viewer, at=NOON)


@pytest.mark.parametrize(
    ("replacement", "state"),
    [
        (("Harbour pilots test a tug that steers itself", "Two tugs"), State.CHANGED),
        (("quality: 68", "quality: 69"), State.DECIDED),
        (("quality: 68", "quality: 71"), State.CHANGED),
        (("heat: 68", "heat: 90"), State.DECIDED),
        (("heat: 68", "heat: -1"), State.CHANGED),
    ],
    ids=["title", "quality, same side", "quality, other side", "heat", "led by another"],
)
@pytest.mark.broad(3)
def test_the_crawler_brings_it_back_where_it_matters(
    desk: Desk, replacement: tuple[str, str], state: Article.State
) -> None:
    keep(desk)
    desk.write(changed(replacement))
    desk.sync()
    assert desk.article.state == state


def test_noise_brings_nothing_back(desk: Desk) -> None:
    keep(desk)
    desk.write(ARTICLE.replace("\n", "\r\n"))
    desk.sync()
    assert desk.article.state == State.DECIDED


def test_a_new_body_brings_it_back(desk: Desk) -> None:
    keep(desk)
    desk.write(ARTICLE + "More of it.\n")
    desk.sync()
    assert desk.article.state == State.CHANGED


def test_another_look_ends_it(desk: Desk) -> None:
    keep(desk)
    desk.write(title("Two tugs"))
    desk.sync()
    keep(desk)
    assert (desk.article.state, desk.article.changed_at) == (State.DECIDED, None)


def test_a_contradiction_comes_first_and_keeping_is_an_answer(desk: Desk) -> None:
    desk.edit({"title": "A tug"})
    desk.write(title("Two tugs"))
    desk.sync()
    assert desk.article.state == State.CONFLICT
    keep(desk)
    assert desk.article.state == State.DECIDED
    assert desk.in_force("title") == "A tug"
    assert desk.conflicts() == []
    desk.settle()


def test_a_decided_conflict_of_an_undecided_article_leaves_it_waiting(desk: Desk) -> None:
    desk.edit({"title": "A tug"})
    desk.write(title("Two tugs"))
    desk.sync()
    desk.resolve("title", "crawler")
    assert desk.article.state == State.NEW


def test_a_decided_conflict_of_a_decided_article_ends_it(desk: Desk) -> None:
    desk.edit({"title": "A tug"})
    keep(desk)
    desk.write(title("Two tugs"))
    desk.sync()
    desk.resolve("title", "crawler")
    assert desk.article.state == State.DECIDED


def test_a_file_that_goes_leaves_the_queue_and_comes_back_as_it_was(desk: Desk) -> None:
    keep(desk)
    desk.file.unlink()
    desk.sync(force=True)
    assert desk.article.state == State.GONE
    desk.write(ARTICLE)
    desk.sync()
    assert desk.article.state == State.DECIDED


def test_a_file_that_goes_under_decisions_is_a_conflict(desk: Desk) -> None:
    desk.edit({"title": "A tug"})
    desk.file.unlink()
    desk.sync(force=True)
    assert desk.article.state == State.CONFLICT
    with pytest.raises(review.EditRejected):
        keep(desk)
    desk.resolve("*", "crawler")
    assert desk.article.state == State.GONE


@pytest.mark.parametrize("act", [review.publish, review.keep])
def test_a_decision_that_is_taken_back_waits_again(desk: Desk, act: object) -> None:
    act(desk.article, by=desk.editor, at=NOON)  # type: ignore[operator]
    batch = review.latest_undoable(desk.editor)
    assert batch is not None
    review.undo(batch, by=desk.editor, at=LATER)
    assert (desk.article.state, desk.article.decided_at) == (State.NEW, None)
    assert review.latest_undoable(desk.editor) is None


def test_taking_back_a_second_look_leaves_it_changed(desk: Desk) -> None:
    keep(desk)
    desk.write(title("Two tugs"))
    desk.sync()
    outcome = review.keep(desk.article, by=desk.editor, at=LATER)
    assert outcome.event is not None
    review.undo(outcome.event.batch, by=desk.editor, at=LATER)
    assert (desk.article.state, desk.article.decided_at) == (State.CHANGED, NOON)


def test_an_older_decision_taken_back_leaves_the_newer_one(desk: Desk) -> None:
    first = review.publish(desk.article, by=desk.editor, at=NOON).event
    desk.write(changed(("quality: 68", "quality: 71")))
    desk.sync()
    keep(desk)
    assert first is not None
    review.undo(first.batch, by=desk.editor, at=LATER)
    assert desk.article.state == State.DECIDED


@pytest.mark.thorough
def test_twenty_decisions_can_be_taken_back_one_by_one(desk: Desk) -> None:
    for number in range(20):
        desk.edit({"quality": 100 + number})
    for number in reversed(range(20)):
        batch = review.latest_undoable(desk.editor)
        assert batch is not None
        review.undo(batch, by=desk.editor, at=LATER)
        assert desk.article.quality == (99 + number if number else 68)
    assert review.latest_undoable(desk.editor) is None


def test_what_others_decided_asks_for_a_right_of_its_own(desk: Desk) -> None:
    event = review.publish(desk.article, by=desk.editor, at=NOON).event
    assert event is not None
    eve = User.objects.create_user("eve")
    eve.groups.add(Group.objects.get(name="Editor"))
    with pytest.raises(review.NotAllowed):
        review.undo(event.batch, by=eve, at=LATER)
    eve.groups.add(Group.objects.get(name="Chief editor"))
    eve = User.objects.get(pk=eve.pk)
    assert [one.refusal for one in review.undo(event.batch, by=eve, at=LATER)] == [""]


def test_it_is_as_near_as_its_quality_in_force(desk: Desk) -> None:
    assert desk.article.nearness == 2
    desk.edit({"quality": 90})
    assert desk.article.nearness == 20
    set_threshold(88)
    assert desk.article.nearness == 2
    desk.edit({"quality": 2_000_000_000})
    assert desk.article.nearness == 9_999
    set_threshold(-5)
    assert desk.article.nearness == 9_999


def test_the_queue_goes_by_need(desk: Desk) -> None:
    """Conflict, changed, then the nearest to 70; unscored ones last, and of two alike the hotter."""
    named = {
        "unscored": ("quality: 68\nheat: 68\npublished: false\n", ""),
        "near": ("quality: 68", "quality: 69"),
        "far": ("quality: 68", "quality: 11"),
        "hot": ("heat: 68", "heat: 208"),
    }
    for name, replacement in named.items():
        desk.write(changed(replacement), f"_news/2026-11-20-{name}.md")
    desk.sync()
    paths = Article.objects.awaiting_review().in_order_of_need().values_list("path", flat=True)
    assert [path.removeprefix("_news/2026-11-20-") for path in paths] == [
        "near.md",
        "hot.md",
        desk.article.path.removeprefix("_news/2026-11-20-"),
        "far.md",
        "unscored.md",
    ]


def test_a_missing_date_comes_last_on_every_database(desk: Desk) -> None:
    desk.write(changed(("publishedDateTime: ", "otherDateTime: ")), "_news/2026-11-20-undated.md")
    desk.sync()
    assert list(Article.objects.values_list("path", flat=True)) == [desk.article.path, "_news/2026-11-20-undated.md"]
    assert Article.objects.filter(published_at__gt=datetime(2000, 1, 1, tzinfo=UTC)).count() == 1
