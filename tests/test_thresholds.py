"""Another threshold of a site: its articles follow it, few at once, many by the worker, and none is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_tasks_db.models import DBTaskResult

from articles import jobs, remeasuring
from articles.models import Article, Finding, Site
from articles.remeasuring import measure_again
from tests.desk import Desk
from tests.factories import make_article, make_site, make_user
from tests.pages import Page, read

pytestmark = pytest.mark.django_db

QUALITIES = (20, 40, 60, 80, 2_000_000_000)
WORKER = "The worker brings the site’s articles to the threshold of 50"


@pytest.fixture(autouse=True)
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remeasuring, "AT_ONCE", 2)


@pytest.fixture
def chief(client: Client) -> User:
    user = make_user("ada", "Chief editor")
    client.force_login(user)
    return user


@pytest.fixture
def site(chief: User) -> Site:
    site = make_site(threshold=70)
    for quality in QUALITIES:
        make_article(site, quality=quality, heat=quality % 100, published=quality >= 70)
    make_article(site, quality=None, heat=None, published=None)
    make_article(make_site("meadow", threshold=70), quality=80, published=True)
    measure_again(site)
    return site


@pytest.fixture
def few_in_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MEASURED_IN_REQUEST", 2)


def nearness(site: Site) -> list[int]:
    return list(site.articles.order_by("pk").values_list("nearness", flat=True))


def against_rule(site: Site) -> list[int | None]:
    rows = Finding.objects.filter(article__site=site, code="against_rule").order_by("article")
    return list(rows.values_list("article__quality", flat=True))


def set_threshold(client: Client, threshold: int) -> Page:
    return read(client.post("/rules/", {"site": "harbour", "threshold": str(threshold)}, follow=True))


def let_the_worker_work() -> None:
    for queued in DBTaskResult.objects.all():
        queued.task.call(*queued.args_kwargs["args"])


def test_few_articles_follow_at_once(client: Client, site: Site) -> None:
    assert (nearness(site), against_rule(site)) == ([50, 30, 10, 10, 9_999, 10_000], [])
    page = set_threshold(client, 50)
    assert (nearness(site), against_rule(site)) == ([30, 10, 10, 30, 9_999, 10_000], [60])
    assert "No article changed." in page.text
    assert "worker" not in page.text
    assert nearness(Site.objects.get(slug="meadow")) == [10_000]


@pytest.mark.usefixtures("few_in_a_request")
def test_many_follow_by_the_worker_and_the_page_says_so(client: Client, site: Site) -> None:
    page = set_threshold(client, 50)
    assert WORKER in page.text
    assert "No worker runs" in page.text
    assert (nearness(site), against_rule(site)) == ([50, 30, 10, 10, 9_999, 10_000], [])
    let_the_worker_work()
    assert (nearness(site), against_rule(site)) == ([30, 10, 10, 30, 9_999, 10_000], [60])
    assert WORKER not in read(client.get("/rules/", {"site": "harbour"})).text


@pytest.mark.usefixtures("few_in_a_request")
def test_the_admin_sets_it_the_same_way(client: Client, site: Site) -> None:
    sent = {"title": "Harbour", "threshold": "50", "sync_every_minutes": ""}
    page = read(client.post(f"/admin/articles/site/{site.pk}/change/", sent, follow=True))
    assert "Its articles follow the threshold in the background." in page.text
    let_the_worker_work()
    assert nearness(site) == [30, 10, 10, 30, 9_999, 10_000]


def cut_short(after: int) -> Callable[[float], None]:
    """A worker that dies after so many transactions."""
    left = [after]

    def pause(begun: float) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    return pause


@pytest.mark.usefixtures("few_in_a_request")
def test_what_a_worker_left_half_done_is_begun_anew(client: Client, site: Site) -> None:
    set_threshold(client, 50)
    with pytest.raises(KeyboardInterrupt):
        measure_again(site, pause=cut_short(after=1))
    assert nearness(site) == [30, 10, 10, 10, 9_999, 10_000]
    DBTaskResult.objects.all().delete()
    page = read(client.get("/rules/", {"site": "harbour"}))
    assert WORKER in page.text
    client.post("/rules/", {**page.form("measure-form"), "measure": "1"})
    let_the_worker_work()
    assert nearness(site) == [30, 10, 10, 30, 9_999, 10_000]
    assert Site.objects.get(pk=site.pk).is_measured


def test_the_next_sync_makes_up_for_it(tmp_path_factory: pytest.TempPathFactory, chief: User) -> None:
    desk = Desk(tmp_path_factory.mktemp("quay") / "quay", chief)
    desk.sync()
    assert desk.article.nearness == 2
    Site.objects.update(threshold=60, is_measured=False)
    desk.sync()
    assert desk.article.nearness == 8
    assert Site.objects.get().is_measured


def test_who_sets_another_one_meanwhile_is_followed_too(site: Site) -> None:
    later = [50, 90]

    def set_another(begun: float) -> None:
        if later:
            Site.objects.filter(pk=site.pk).update(threshold=later.pop(0), is_measured=False)

    measure_again(site, pause=set_another)
    assert nearness(site) == [70, 50, 30, 10, 9_999, 10_000]
    assert Site.objects.get(pk=site.pk).is_measured


@pytest.mark.parametrize("count", [3, 30])
def test_a_request_costs_no_more_for_more(
    client: Client, site: Site, count: int, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(jobs, "MEASURED_IN_REQUEST", 2)
    for _ in range(count):
        make_article(site)
    with django_assert_max_num_queries(16):
        client.post("/rules/", {"site": "harbour", "threshold": "50"})
    assert Article.objects.filter(site=site).count() == count + 6
