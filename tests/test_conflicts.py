"""When the crawler contradicts an editor: the conflict, how it is decided, and how a batch is taken back."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from articles import review
from articles.exporting import export_in_place
from articles.importing import import_site
from articles.models import Article, Event, Override, Site
from articles.review import EditRejected, NoSuchBatch
from articles.review.acts import Side
from tests.samples import ARTICLE, PATH, changed, numbered, write_files

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TITLE = "Harbour pilots test a tug that steers itself"
THIRD = changed(("steers itself", "thinks"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = write_files(tmp_path / "harbour", {PATH: ARTICLE})
    import_site(root, at=NOON)
    return root


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", "ada@example.com", "pw")


@pytest.fixture
def conflicting(root: Path, ada: User) -> Article:
    """The editor said "A tug"; the crawler comes to a third title."""
    review.edit(Article.objects.get(), {"title": "A tug"}, by=ada, at=NOON)
    write_files(root, {PATH: THIRD})
    assert import_site(root, at=NOON).conflicts == 1
    return Article.objects.get()


def test_the_editor_can_be_right(conflicting: Article, root: Path, ada: User) -> None:
    review.resolve(conflicting, "title", "editor", by=ada, at=NOON)
    override = Override.objects.get()
    assert (override.value, override.in_conflict) == ("A tug", False)
    assert override.crawler_value == "Harbour pilots test a tug that thinks"
    write_files(root, {PATH: THIRD.replace("quality: 68", "quality: 69")})
    assert import_site(root, at=NOON).conflicts == 0


def test_the_crawler_can_be_right(conflicting: Article, root: Path, ada: User) -> None:
    review.resolve(conflicting, "title", "crawler", by=ada, at=NOON)
    assert Article.objects.get().title == "Harbour pilots test a tug that thinks"
    assert not Override.objects.exists()
    assert export_in_place(Site.objects.get(), at=NOON).report.written == 0


def test_a_third_value_typed_in_decides_it(conflicting: Article, ada: User) -> None:
    review.edit(conflicting, {"title": "The tug"}, by=ada, at=NOON)
    override = Override.objects.get()
    assert (override.value, override.in_conflict) == ("The tug", False)


def test_a_conflict_that_the_crawler_takes_back_is_none(conflicting: Article, root: Path) -> None:
    write_files(root, {PATH: changed(("quality: 68", "quality: 69"))})
    assert import_site(root, at=NOON).conflicts == 0
    assert not Override.objects.get().in_conflict


def test_an_export_in_conflict_writes_the_editors_value_and_keeps_the_conflict(
    conflicting: Article, root: Path
) -> None:
    export_in_place(Site.objects.get(), at=NOON)
    assert '"A tug"' in (root / PATH).read_text()
    write_files(root, {PATH: (root / PATH).read_text().replace("quality: 68", "quality: 69")})
    assert import_site(root, at=NOON).conflicts == 1


def test_where_there_is_no_conflict_there_is_nothing_to_decide(root: Path, ada: User) -> None:
    with pytest.raises(EditRejected, match="no conflict"):
        review.resolve(Article.objects.get(), "title", "editor", by=ada, at=NOON)


@pytest.mark.parametrize(("side", "overrides"), [("crawler", 0), ("editor", 1)])
def test_a_file_that_is_gone_under_decisions(root: Path, ada: User, side: Side, overrides: int) -> None:
    review.edit(Article.objects.get(), {"title": "A tug"}, by=ada, at=NOON)
    (root / PATH).unlink()
    import_site(root, at=NOON)
    review.resolve(Article.objects.get(), "*", side, by=ada, at=NOON)
    assert Override.objects.count() == overrides
    export_in_place(Site.objects.get(), at=NOON)
    assert (root / PATH).exists() == (side == "editor")
    if side == "editor":
        assert (root / PATH).read_text() == changed((TITLE, "A tug"))


def test_a_stale_edit_of_another_field_goes_through(root: Path, ada: User) -> None:
    article = Article.objects.get()
    review.edit(article, {"title": "A tug"}, by=ada, at=NOON, seen_version=1)
    review.edit(article, {"quality": 80}, by=ada, at=NOON, seen_version=1)
    article.refresh_from_db()
    assert (article.title, article.quality, article.version) == ("A tug", 80, 3)
    with pytest.raises(review.StaleVersion):
        review.edit(article, {"title": "The tug"}, by=ada, at=NOON, seen_version=1)


def test_a_decision_without_a_change_is_seen_by_the_next_editor(root: Path, ada: User) -> None:
    article = Article.objects.get()
    review.unpublish(article, by=ada, at=NOON, seen_version=1)
    with pytest.raises(review.StaleVersion):
        review.publish(article, by=ada, at=NOON, seen_version=1)


def test_a_batch_is_taken_back_and_what_was_edited_since_is_named(tmp_path: Path, ada: User) -> None:
    import_site(write_files(tmp_path / "s", dict(numbered(3))), at=NOON)
    articles = list(Article.objects.order_by("path"))
    review.edit(articles[0], {"title": "Before"}, by=ada, at=NOON)
    decided = review.publish_each(articles, by=ada, at=NOON)
    review.unpublish(articles[2], by=ada, at=NOON)
    assert decided[0].outcome is not None
    event = decided[0].outcome.event
    assert event is not None
    undone = review.undo(event.batch, by=ada, at=NOON)
    assert [(one.article.path[-8:-3], one.refusal) for one in undone] == [
        ("00002", "ada edited it since, on 2026-11-22 12:00 UTC."),
        ("00001", ""),
        ("00000", ""),
    ]
    published = Article.objects.order_by("path").values_list("published", flat=True)
    assert list(published) == [False, False, False]
    assert sorted(Override.objects.values_list("article__path", "key")) == [
        (articles[0].path, "title"),
        (articles[2].path, "published"),
    ]
    again = review.undo(event.batch, by=ada, at=NOON)
    assert [one.refusal for one in again] == [
        "ada edited it since, on 2026-11-22 12:00 UTC.",
        "ada took it back on 2026-11-22 12:00 UTC.",
        "ada took it back on 2026-11-22 12:00 UTC.",
    ]


def test_an_undoing_can_be_undone(root: Path, ada: User) -> None:
    outcome = review.edit(Article.objects.get(), {"title": "A tug", "quality": 90}, by=ada, at=NOON)
    assert outcome.event is not None
    (undone,) = review.undo(outcome.event.batch, by=ada, at=NOON)
    assert Article.objects.get().title == TITLE
    assert undone.outcome is not None
    assert undone.outcome.event is not None
    review.undo(undone.outcome.event.batch, by=ada, at=NOON)
    article = Article.objects.get()
    assert (article.title, article.quality) == ("A tug", 90)


def test_an_unknown_batch_is_refused(root: Path, ada: User) -> None:
    with pytest.raises(NoSuchBatch):
        review.undo(uuid4(), by=ada, at=NOON)


def test_a_value_can_be_restored_as_a_new_edit(root: Path, ada: User) -> None:
    outcome = review.edit(Article.objects.get(), {"title": "A tug"}, by=ada, at=NOON)
    review.edit(Article.objects.get(), {"title": "The tug"}, by=ada, at=NOON)
    assert outcome.event is not None
    second = Event.objects.order_by("-id")[0]
    review.restore(second, "title", by=ada, at=NOON)
    assert Article.objects.get().title == "A tug"
