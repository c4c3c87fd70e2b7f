"""Rules: a threshold over the histogram; who would change sides, and exactly those do."""

from __future__ import annotations

from dataclasses import asdict
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles import review
from articles.desk.rules import bars_of
from articles.models import Article, Event, Finding, Site
from articles.review import ruling, thresholds
from articles.review.thresholds import Level, Spread
from tests.benchmarks.plans import plan_of
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


def differing(site: Site, minimum: int) -> tuple[dict[str, int], list[str]]:
    """By the words of the rule, one article at a time: how many of which kind, and who would change sides."""
    counts, flips = dict.fromkeys(("to_publish", "to_unpublish", "held", "led"), 0), []
    for one in Article.objects.filter(site=site, quality__isnull=False, is_missing=False):
        reaches, does = (one.quality or 0) >= minimum, bool(one.published)
        should = reaches and one.heat != -1
        said = one.overrides.filter(key="published").exclude(reason__startswith="rule: quality at least").exists()
        counts["led"] += reaches and one.heat == -1 and not does
        if should != does:
            is_held = said or one.state == Article.State.DECIDED
            counts["held" if is_held else "to_publish" if should else "to_unpublish"] += 1
            flips += [] if is_held else [one.path]
    return counts, sorted(flips)


def make_many(site: Site, by: User) -> None:
    """Of every kind, and as another site has them too."""
    kinds = product((10, 60, None), (-1, 10, None), (True, False, None), (False, True))
    for number, (quality, heat, is_out, is_decided) in enumerate(kinds):
        one = make_article(site, quality=quality, heat=heat, published=is_out)
        if number % 5 == 0:
            review.edit(one, {"published": not is_out}, by=by, at=NOON)
        if is_decided:
            review.keep(Article.objects.get(pk=one.pk), by=by, at=NOON)
    keys = [*Article.objects.order_by("pk").values_list("pk", flat=True)]
    Article.objects.filter(pk__in=keys[::7]).update(is_missing=True, state=Article.State.CONFLICT)
    Article.objects.filter(pk__in=keys[3::7]).update(state=Article.State.CHANGED)


def test_who_changes_sides_is_found_as_the_rule_says_it(site: Site, ada: User) -> None:
    for one in (site, make_site("meadow", threshold=30)):
        make_many(one, ada)
    for minimum in (0, 10, 11, 60, 61, 200):
        counts, paths = differing(site, minimum)
        assert asdict(thresholds.tally_of(site, minimum)) == counts
        flips = thresholds.flips_of(site, minimum)
        assert sorted(one.path for one in flips.every()) == paths
        assert flips.versions() == dict(flips.every().order_by("pk").values_list("pk", "version"))
        assert [one.pk for one in flips.best(5)] == [one.pk for one in flips.every()[:5]]
        assert thresholds.held_of(site, minimum).every().count() == counts["held"]
        assert thresholds.led_of(site, minimum).every().count() == counts["led"]


def test_the_spread_says_what_a_run_leaves_published(site: Site, ada: User) -> None:
    make_many(site, ada)
    for minimum in (0, 10, 60, 61):
        expected = thresholds.spread_of(site).published_with(minimum)
        ruling.run_rule(site, minimum, by=ada, at=NOON)
        assert thresholds.spread_of(site).published == expected


def test_the_last_bar_has_what_is_beyond() -> None:
    spread = Spread([Level(-2, True, False, False, 3), Level(500, False, False, False, 6)])
    bars = bars_of(spread, 120)
    assert (bars[0].published, bars[0].published_height) == (3, 50.0)
    assert (bars[-1].first, bars[-1].unpublished, bars[-1].unpublished_y) == (115, 6, 0.0)
    assert (spread.published_with(500), spread.published_with(600)) == (6, 0)


def test_of_a_large_site_the_newest_are_drawn_and_all_who_change_sides_counted(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("articles.review.thresholds", "articles.desk.rules"):
        monkeypatch.setattr(f"{module}.NEWEST", 3)
    text = read(look(client, 60)).text
    assert "Of the newest 3 articles, which are drawn here, 2 have a quality: 0 of these would be published" in text
    assert "In the whole site: 1 would be published, 1 unpublished. 1 held by editors. 1 led by another item." in text


def test_what_is_more_than_is_counted_is_said_so(client: Client, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("articles.review.thresholds", "articles.desk.rules"):
        monkeypatch.setattr(f"{module}.COUNTED", 55)
    for _ in range(60):
        make_article(site, quality=75, heat=75)
    page = read(look(client, 60))
    assert "More than 55 would be published, 1 unpublished. At least 1 held by editors." in page.text
    assert "Who changes sides more than 55 publish" in page.text
    assert "and many more" in page.text
    assert "A run from here takes 10,000 articles at most" in page.text
    assert not [attrs for tag, attrs in page.elements if tag == "form" and attrs.get("id") == "run-form"]


def test_each_stretch_lies_together_in_the_index_of_the_rules(site: Site) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plans of SQLite")
    for found in (thresholds.flips_of(site, 60), thresholds.held_of(site, 60), thresholds.led_of(site, 60)):
        with CaptureQueriesContext(connection) as captured:
            found.versions()
        steps = [step for step in plan_of(captured[0]["sql"]) if "articles_article" in step and "SEARCH" in step]
        ends = [step.partition("article_by_rule ")[2] for step in steps if "article_by_rule" in step]
        assert len(ends) == len(found.kind(site.pk, 60))
        assert {end.rstrip("<>?)") for end in ends} == {"(site_id=? AND state=? AND <expr>=? AND quality"}


@pytest.mark.parametrize("count", [1, 60])
@pytest.mark.broad(2)
def test_the_number_of_queries_does_not_grow(
    client: Client, site: Site, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        make_article(site, quality=75)
    with django_assert_num_queries(12):
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
