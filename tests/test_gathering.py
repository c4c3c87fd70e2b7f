"""Lists within a query: the same objects as by queries of their own, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F, OuterRef

from articles.desk.rows import AT_ONCE, load
from articles.gathering import Bare, Gathered, Joined, Lines, hold
from articles.models import Article, ArticleTopic, Finding, Override, Site, Topic
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


def test_bare_values_are_read_as_those_of_objects(article: Article) -> None:
    topics = Topic.objects.filter(article_links__article=OuterRef("pk")).order_by("name")
    assert gathered(article, Bare(topics[:2], "name", "keywords")) == [
        [Topic.objects.get(name="100 % \N{DEGREE SIGN}").pk, "100 % \N{DEGREE SIGN}", []],
        [Topic.objects.get(name="Harbours").pk, "Harbours", []],
    ]
    one = Override.objects.create(article=article, key="quality", value=7, username="ada", at=AT, batch=BATCH)
    overrides = Override.objects.filter(**OWN).annotate(path=F("article__path"))
    assert gathered(article, Bare(overrides, "at", "batch", "path")) == [[one.pk, AT, BATCH, article.path]]


@pytest.mark.parametrize("has_provider", [True, False])
def test_a_row_and_those_that_it_points_to_come_as_objects(
    article: Article, has_provider: bool, django_assert_num_queries: Any
) -> None:
    if not has_provider:
        Article.objects.update(provider=None)
    joined = Joined(Article, "site", "provider", "source")
    alone = Article.objects.select_related("site", "provider", "source").get()
    row = Article.objects.values_list(*joined.names, "path").get()
    with django_assert_num_queries(0):
        made = joined.made(row)
        for one, other in ((made, alone), (made.site, alone.site), (made.source, alone.source)):
            assert one == other
            assert [getattr(one, field.attname) for field in one._meta.concrete_fields] == [
                getattr(other, field.attname) for field in other._meta.concrete_fields
            ]
        assert made.provider == alone.provider
        assert (made.provider is not None) == has_provider


@pytest.mark.parametrize(
    "count, queries", [(0, 0), (1, 1), (2, 1), (AT_ONCE, 1), (AT_ONCE + 1, 2)], ids=["0", "1", "2", "50", "51"]
)
def test_rows_come_by_their_keys_a_page_at_a_time(count: int, queries: int, django_assert_num_queries: Any) -> None:
    site = make_site()
    articles = [make_article(site, title=f"Tug {number}") for number in range(count)]
    make_article(site)
    with django_assert_num_queries(queries):
        rows = load([article.pk for article in articles])
    assert sorted((row.pk, str(row)) for row in rows) == [(article.pk, str(article)) for article in articles]


def test_texts_come_as_lines() -> None:
    site, other = make_site("a"), make_site("b")
    for title in ("One 100%", "Two, too"):
        make_article(site, title=title)
    titles = Lines(Article.objects.filter(site=OuterRef("pk")).order_by("pk"), F("title"))
    found = dict(Site.objects.annotate(titles=titles).values_list("pk", "titles"))
    assert found == {site.pk: "One 100%\nTwo, too", other.pk: None}
