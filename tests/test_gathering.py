"""Lists within a query: the same objects as by queries of their own, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F, OuterRef

from articles.gathering import Gathered, hold
from articles.models import Article, ArticleTopic, Finding, Override, Topic
from tests.factories import make_article, make_site

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
BATCH = UUID("12345678-1234-5678-1234-567812345678")
OWN = {"article": OuterRef("pk")}


@pytest.fixture
def article() -> Article:
    return make_article(make_site(), topics=["Tugs", "Harbours", "100 % \N{DEGREE SIGN}"])


def gathered(article: Article, rows: Gathered) -> list[Any]:
    found: list[Any] = Article.objects.annotate(rows=rows).get(pk=article.pk).rows  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    "value", [None, True, 7, 2.5, 2**53 + 1, 'a "text"\n\\ \N{SNOWMAN}', [], [1, [None]], {"a": {"b": "2026"}}, "null"]
)
def test_an_object_comes_as_by_a_query_of_its_own(article: Article, value: Any) -> None:
    Override.objects.create(
        article=article,
        key="extra",
        value=value,
        crawler_absent=True,
        echoes=[value],
        username="ada",
        at=AT,
        batch=BATCH,
    )
    (one,) = gathered(article, Gathered(Override.objects.filter(**OWN)))
    alone = Override.objects.get()
    named = [field.attname for field in Override._meta.concrete_fields]
    assert [getattr(one, name) for name in named] == [getattr(alone, name) for name in named]
    assert (one.value, one.at, one.batch, one.switch_batch) == (value, AT, BATCH, None)
    assert (one.crawler_absent, one.in_conflict) == (True, False)


def test_it_keeps_the_order_and_the_bound(article: Article) -> None:
    topics = Topic.objects.filter(article_links__article=OuterRef("pk"))
    assert [one.name for one in gathered(article, Gathered(topics.order_by("-name"), "name"))] == [
        "Tugs",
        "Harbours",
        "100 % \N{DEGREE SIGN}",
    ]
    assert [one.name for one in gathered(article, Gathered(topics.order_by("name")[1:2], "name"))] == ["Harbours"]


def test_none_are_an_empty_list(article: Article) -> None:
    assert gathered(article, Gathered(Finding.objects.filter(**OWN))) == []


def test_what_is_not_named_is_fetched_when_it_is_asked_for(article: Article, django_assert_num_queries: Any) -> None:
    links = ArticleTopic.objects.annotate(name=F("topic__name")).order_by("position")
    one = gathered(article, Gathered(links.filter(**OWN), "article", "name"))[0]
    with django_assert_num_queries(0):
        assert (one.article_id, one.name, one.pk is None) == (article.pk, "Tugs", False)
    with django_assert_num_queries(1):
        assert one.position == 0


def test_what_is_held_is_not_fetched_again(article: Article, django_assert_num_queries: Any) -> None:
    links = gathered(article, Gathered(ArticleTopic.objects.filter(**OWN).order_by("-position")))
    hold(article, "topic_links", links)
    with django_assert_num_queries(0):
        assert [link.position for link in article.topic_links.all()] == [2, 1, 0]
        assert [link.article for link in article.topic_links.all()] == [article] * 3
