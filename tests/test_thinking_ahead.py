"""An act is thought out before its lock: what changes meanwhile is never written over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from articles import review
from articles.mapping import fields_in_force
from articles.models import Article, Event, Finding, Source
from articles.review import StaleVersion, reading
from tests.factories import NOON, make_article, make_site, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Editor")


@pytest.fixture
def article() -> Article:
    return make_article(make_site(), "_news/tug.md")


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Does something right after the next act has read its article, before it takes the lock."""

    def arrange(happens: Callable[[], Any]) -> None:
        left, read = [happens], reading.read

        def read_early(pk: int) -> reading.Read:
            found = read(pk)
            if left:
                left.pop()()
            return found

        monkeypatch.setattr(reading, "read", read_early)

    return arrange


def test_a_change_meanwhile_is_kept(article: Article, ada: User, meanwhile: Any) -> None:
    meanwhile(lambda: review.edit(article, {"title": "Another"}, by=ada, at=NOON))
    outcome = review.unpublish(article, by=ada, at=NOON, seen_version=1)
    now = Article.objects.select_related("source").get(pk=article.pk)
    assert (now.version, now.title, now.published, outcome.article.title) == (3, "Another", False, "Another")
    assert fields_in_force(now)["title"] == "Another"
    assert [event.version for event in Event.objects.filter(article=article).order_by("pk")] == [2, 3]


def test_what_was_decided_meanwhile_is_stale(article: Article, ada: User, meanwhile: Any) -> None:
    meanwhile(lambda: review.publish(article, by=ada, at=NOON))
    with pytest.raises(StaleVersion):
        review.unpublish(article, by=ada, at=NOON, seen_version=1)
    assert Event.objects.filter(article=article).count() == 1


def test_a_file_that_was_rewritten_in_form_is_not_overlooked(article: Article, ada: User, meanwhile: Any) -> None:
    """That leaves the version as it is."""
    text = bytes(article.source.text).replace(b"quality: ", b"quality:  ")

    def rewrite() -> None:
        Source.objects.filter(article=article).update(text=text)
        Article.objects.filter(pk=article.pk).update(digest="f" * 64)

    meanwhile(rewrite)
    review.publish(article, by=ada, at=NOON, seen_version=1)
    now = Article.objects.select_related("source").get(pk=article.pk)
    assert (bytes(now.source.text), now.digest, now.is_dirty, now.version) == (text, "f" * 64, True, 2)


def test_a_decision_writes_no_column_that_it_leaves_as_it_is(article: Article, ada: User, meanwhile: Any) -> None:
    meanwhile(lambda: Article.objects.filter(pk=article.pk).update(story=article.pk))
    review.keep(article, by=ada, at=NOON, seen_version=1)
    assert Article.objects.get(pk=article.pk).story == article.pk


def test_an_editors_word_ends_what_is_against_the_rule_and_nothing_else(article: Article, ada: User) -> None:
    for code, key in (("against_rule", "published"), ("no_picture", "images")):
        Finding.objects.get_or_create(article=article, code=code, key=key, defaults={"severity": "warning"})
    review.publish(article, by=ada, at=NOON)
    codes = set(Finding.objects.filter(article=article).values_list("code", flat=True))
    assert "against_rule" not in codes
    assert "no_picture" in codes
