"""Rules: a threshold over the histogram; who would change sides, and exactly those do."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles import review
from articles.desk.rules import bars_of
from articles.models import Article, Event, Finding, Site
from articles.review import ruling
from articles.review.ruling import Level, Tally
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import Page, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = make_user("ada", "Chief editor")
    client.force_login(user)
    return user


@pytest.fixture
def site(ada: User) -> Site:
    """Four that the rule judges, one that ada holds, one that another item leads, one without a score."""
    site = make_site()
    for title, quality, published in (("High", 90, True), ("Near", 65, False), ("Low", 20, True), ("Deep", 10, False)):
        make_article(site, title=title, quality=quality, heat=quality, published=published)
    held = make_article(site, title="Held", quality=80, published=True)
    review.unpublish(held, by=ada, at=NOON, reason="an advertisement")
    make_article(site, title="Led", quality=95, heat=-1)
    make_article(site, title="Unscored", quality=None, heat=None, published=None)
    return site


def published() -> list[str]:
    return sorted(str(one) for one in Article.objects.published())


def look(client: Client, minimum: int, **more: str) -> Any:
    return client.get("/rules/", {"min_quality": str(minimum), **more})


def run(client: Client, page: Page) -> Any:
    return client.post("/rules/", page.form("run-form"))


def test_it_says_who_would_change_sides_and_why(client: Client, site: Site) -> None:
    text = read(look(client, 60)).text
    assert "2 of 6 would be published with at least 60; 2 are now." in text
    assert "1 would be published, 1 unpublished. 1 held by editors. 1 led by another item." in text
    assert "Who changes sides 2 publish Near quality 65 reaches 60 unpublish Low quality 20 is below 60" in text
    assert "not published Held quality 80. You unpublished it on 22 November 2026, 12:00 UTC: an advertisement" in text
    assert "not published Led quality 95, heat -1" in text
    assert published() == ["High", "Low"]


def test_it_begins_at_the_sites_threshold(client: Client, site: Site) -> None:
    assert read(client.get("/rules/")).form("rule-form")["min_quality"] == ["70"]


def test_a_run_is_one_batch_and_one_click_takes_it_back(client: Client, site: Site) -> None:
    answer = run(client, read(look(client, 60)))
    assert published() == ["High", "Near"]
    assert "Quality at least 60: changed sides of 2 articles." in read(client.get(answer["Location"])).text
    past = read(look(client, 60))
    assert "rule: quality at least 60: 2 articles by ada" in past.text
    assert "Nobody would change sides." in past.text
    client.post(answer["Location"])
    assert published() == ["High", "Low"]
    assert "taken back" in read(look(client, 60)).text


def test_it_runs_over_exactly_those_that_were_looked_at(client: Client, site: Site) -> None:
    page = read(look(client, 60))
    make_article(site, title="Late", quality=88)
    review.publish(Article.objects.get(title="Near"), by=User.objects.get(), at=NOON)
    refused = run(client, page)
    assert refused.status_code == 409
    assert "No longer among them Near New Late" in read(refused).text
    assert not Event.objects.filter(reason__startswith="rule").exists()


def test_a_seal_is_nobody_elses(client: Client, site: Site) -> None:
    page = read(look(client, 60))
    client.force_login(make_user("carl", "Chief editor"))
    answer = run(client, page)
    assert "What you looked at is too old, or not whole." in read(client.get(answer["Location"])).text
    assert published() == ["High", "Low"]


def test_the_threshold_can_be_set_and_no_article_changes(client: Client, site: Site) -> None:
    form = read(look(client, 60)).form("threshold-form")
    answer = client.post("/rules/", {**form, "threshold": "60"})
    assert "The threshold of Harbour is 60 now; it was 70." in read(client.get(answer["Location"])).text
    assert (Site.objects.get().threshold, published()) == (60, ["High", "Low"])
    assert Article.objects.get(title="Near").nearness == 5
    against = Finding.objects.filter(code="against_rule").order_by("article__title")
    assert [finding.article.title for finding in against] == ["Low", "Near"]


@pytest.mark.parametrize("threshold", ["", "high", "-3"])
def test_a_threshold_that_is_none_is_refused(client: Client, site: Site, threshold: str) -> None:
    answer = client.post("/rules/", {"site": "harbour", "threshold": threshold})
    assert "The threshold of Harbour is 70 as before." in read(client.get(answer["Location"])).text
    assert Site.objects.get().threshold == 70


def test_an_editor_may_not(client: Client, site: Site) -> None:
    client.force_login(make_user("ben", "Editor"))
    assert client.get("/rules/").status_code == 403
    assert client.post("/rules/", {"site": "harbour", "threshold": "1"}).status_code == 403


def test_each_site_has_its_own(client: Client, site: Site) -> None:
    make_article(make_site("meadow", threshold=30), title="Hay", quality=50)
    text = read(client.get("/rules/", {"site": "meadow"})).text
    assert "1 of 1 would be published with at least 30" in text


def test_without_a_site_it_says_what_to_do(client: Client, ada: User) -> None:
    assert "Read one with manage.py import_content ROOT" in read(client.get("/rules/")).text


@pytest.mark.parametrize("minimum", ["", "x", "-5", "9" * 40, "٣"])
def test_a_quality_that_is_none_is_the_threshold(client: Client, site: Site, minimum: str) -> None:
    page = read(client.get("/rules/", {"min_quality": minimum, "site": "nowhere"}))
    assert page.form("rule-form")["min_quality"] == ["70"]


def test_htmx_gets_the_part_that_changes(client: Client, site: Site) -> None:
    part = client.get("/rules/", {"min_quality": "60"}, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="rule"')
    assert "<html" not in part


@pytest.mark.thorough
def test_the_tally_is_what_the_queries_find(site: Site) -> None:
    levels = ruling.levels_of(site)
    for minimum in range(0, 130):
        tally = ruling.tally_of(levels, minimum)
        found = ruling.flips_of(site, minimum).count(), ruling.held_of(site, minimum).count()
        assert (tally.flips, tally.held, tally.led) == (*found, ruling.led_of(site, minimum).count())


def test_the_last_bar_has_what_is_beyond() -> None:
    levels = [Level(-2, True, False, False, 3), Level(500, False, False, False, 6)]
    bars = bars_of(levels, 120)
    assert (bars[0].published, bars[0].published_height) == (3, 50.0)
    assert (bars[-1].first, bars[-1].unpublished, bars[-1].unpublished_y) == (115, 6, 0.0)
    assert ruling.tally_of(levels, 600) == Tally(to_unpublish=3)


@pytest.mark.parametrize("count", [1, 60])
@pytest.mark.broad(2)
def test_the_number_of_queries_does_not_grow(
    client: Client, site: Site, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        make_article(site, quality=75)
    with django_assert_num_queries(14):
        look(client, 60)


def test_what_is_too_much_for_one_run_is_said_and_not_run(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("articles.desk.rules.MOST", 1)
    page = read(look(client, 60))
    assert "Who changes sides 2" in page.text
    assert "A run from here takes 1 articles at most" in page.text
    assert not [attrs for tag, attrs in page.elements if tag == "form" and attrs.get("id") == "run-form"]


def test_a_mark_that_was_edited_is_held_though_nobody_judged_the_article(client: Client, site: Site, ada: User) -> None:
    deep = Article.objects.get(title="Deep")
    review.edit(deep, {"published": True}, by=ada, at=NOON)
    deep.refresh_from_db()
    assert deep.state == Article.State.NEW
    text = read(look(client, 60)).text
    assert "1 would be published, 1 unpublished. 2 held by editors." in text
    assert "published Deep quality 10. You published it" in text
