"""The table of findings and topics beside what the queue goes by: whatever happens, it is as it would be made."""

# ruff: noqa: S608 - names of our own.
from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from articles import importing
from articles.importing import import_site
from articles.labels import COPIED, TRIGGERS, as_labels, differs, ensure_labels, label_of
from articles.models import Article, ArticleTopic, Finding, Site, Topic
from tests.factories import NOON, make_article, make_site
from tests.samples import numbered, write_files

pytestmark = pytest.mark.django_db
only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL loses no triggers")


def labelled() -> set[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT label, id, state, {', '.join(COPIED)} FROM articles_labelled")
        return {*cursor.fetchall()}


def as_it_should_be() -> set[tuple[object, ...]]:
    """On SQLite with +, so that no column is read as of its kind."""
    plus = "+" if connection.vendor == "sqlite" else ""
    columns = ", ".join(f"{plus}a.{name}" for name in ("id", "state", *COPIED))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT code, {columns} FROM articles_finding f JOIN articles_article a ON a.id = f.article_id"
            f" UNION SELECT {label_of('topic_id')}, {columns} FROM articles_articletopic f JOIN articles_article a"
            " ON a.id = f.article_id"
        )
        return {*cursor.fetchall()}


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def article(site: Site) -> Article:
    """With one topic, and a finding in two fields."""
    one = make_article(site, "_news/2026-11-01-tug.md")
    Finding.objects.all().delete()
    ArticleTopic.objects.all().delete()
    for key in ("title", "excerpt"):
        Finding.objects.create(article=one, code="mojibake", severity="error", key=key)
    ArticleTopic.objects.create(article=one, topic=topic(site, "Harbour"), position=0)
    return one


def topic(site: Site, name: str) -> Topic:
    return Topic.objects.create(site=site, name=name, path="x")


def names() -> list[object]:
    return sorted({row[0] for row in labelled()}, key=str)


def test_what_has_a_label_stands_there_once(article: Article) -> None:
    harbour = Topic.objects.get(name="Harbour").pk
    assert len(labelled()) == 2
    assert names() == [*as_labels([harbour]), "mojibake"]
    assert labelled() == as_it_should_be()


def test_a_finding_is_gone_with_the_last_field_that_has_it(article: Article) -> None:
    Finding.objects.filter(key="title").delete()
    assert "mojibake" in names()
    Finding.objects.filter(key="excerpt").delete()
    assert "mojibake" not in names()


def test_a_topic_is_gone_or_another(site: Site, article: Article) -> None:
    other = topic(site, "Ferries")
    ArticleTopic.objects.filter(article=article).update(topic=other)
    assert names() == [*as_labels([other.pk]), "mojibake"]
    ArticleTopic.objects.filter(article=article).delete()
    assert names() == ["mojibake"]


@pytest.mark.parametrize(
    "change",
    [
        {"state": Article.State.DECIDED},
        {"state": Article.State.GONE, "published": None},
        {"published": True},
        {"quality": 99, "heat": -1, "nearness": 29},
        {"published_at": None},
        {"provider": None},
    ],
    ids=str,
)
def test_it_follows_the_article(article: Article, change: dict[str, object]) -> None:
    Article.objects.filter(pk=article.pk).update(**change)
    assert labelled() == as_it_should_be()
    assert len(labelled()) == 2


def test_an_article_goes_with_its_labels(article: Article) -> None:
    Article.objects.filter(pk=article.pk).delete()
    assert labelled() == set()


@only_sqlite
@pytest.mark.parametrize("lost", TRIGGERS)
def test_what_was_missed_without_a_trigger_is_put_right(site: Site, article: Article, lost: str) -> None:
    assert not differs(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {lost}")
    Article.objects.filter(pk=article.pk).update(state=Article.State.DECIDED)
    Finding.objects.create(article=article, code="html_tag", severity="error", key="title")
    ArticleTopic.objects.filter(article=article).update(topic=topic(site, "Ferries"))
    Finding.objects.filter(code="mojibake").delete()
    assert differs(connection)
    ensure_labels(connection)
    assert not differs(connection)
    assert labelled() == as_it_should_be()


@only_sqlite
def test_a_lack_of_rows_is_seen(article: Article) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM articles_labelled WHERE label = 'mojibake'")
    assert differs(connection)


@pytest.mark.parametrize("chunk", [1, 1000])
def test_an_import_fills_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(importing, "FIRST_CHUNK", chunk)
    monkeypatch.setattr(importing, "CHUNKS_ALONE", 1)
    root = write_files(tmp_path / "harbour", dict(numbered(9)))
    import_site(root, at=NOON)
    assert len(labelled()) > 9
    assert labelled() == as_it_should_be()
    assert not differs(connection)
    for file in root.glob("_news/*"):
        file.write_bytes(file.read_bytes().replace(b"quality: ", b"quality: 1"))
    import_site(root, at=NOON)
    assert labelled() == as_it_should_be()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite one writes at a time")
@pytest.mark.django_db(transaction=True)
def test_a_label_that_comes_while_the_article_changes_stands_beside_what_it_became(article: Article) -> None:
    """Another connection changes the article, and commits after the label was to be written."""
    is_changed, is_asked = threading.Event(), threading.Event()

    def decide() -> None:
        with transaction.atomic():
            Article.objects.filter(pk=article.pk).update(state=Article.State.DECIDED)
            is_changed.set()
            is_asked.wait(5)
            time.sleep(0.2)
        connection.close()

    other = threading.Thread(target=decide)
    other.start()
    is_changed.wait(5)
    is_asked.set()
    Finding.objects.create(article=article, code="html_tag", severity="error", key="title")
    other.join()
    assert labelled() == as_it_should_be()


@pytest.mark.django_db(transaction=True)
def test_it_is_emptied_with_the_articles(article: Article) -> None:
    """As the suite does between such tests."""
    call_command("flush", interactive=False, verbosity=0)
    assert labelled() == set()
