"""The frame: where its words lead, for whom, what waits there, and what it costs."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import RequestFactory

from articles.compiled import Compiled
from articles.desk import frame
from articles.desk.frame import Frame, Plenty, Waiting, count_waiting, frame_of, in_short
from articles.models import Article, DeskPreference, Site
from tests.factories import NOON, make_article, make_site, make_user

pytestmark = pytest.mark.django_db


def frame_for(user: Any, path: str = "/", now: datetime = NOON) -> Frame:
    request = RequestFactory().get(path)
    request.user = user
    return frame_of(request, now)


def names(frame: Frame) -> list[str]:
    return [place.name for place in frame.places]


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Editor", is_staff=False)


@pytest.fixture
def site() -> Site:
    return make_site(read_at=NOON)


def set_states(site: Site, *states: Article.State) -> None:
    for state in states:
        Article.objects.filter(pk=make_article(site).pk).update(state=state)


def test_who_may_see_nothing_is_shown_no_way() -> None:
    assert names(frame_for(AnonymousUser())) == []
    assert names(frame_for(make_user("nobody", is_staff=False))) == []


def test_an_editor_is_shown_no_way_to_the_records_nor_to_the_rules(ada: User) -> None:
    assert {"Review", "Conflicts"} <= set(names(frame_for(ada)))
    assert {"Rules", "Records"}.isdisjoint(names(frame_for(ada)))


def test_the_staff_flag_shows_the_way_to_the_records() -> None:
    assert names(frame_for(make_user("vera", "Viewer")))[-1] == "Records"


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", ["Review"]),
        ("/?q=tug", ["Review"]),
        ("/articles/7/", ["Review"]),
        ("/conflicts/", ["Conflicts"]),
        ("/admin/", ["Records"]),
        ("/admin/articles/article/", ["Records"]),
        ("/preferences/", []),
    ],
)
def test_the_page_one_is_on_is_marked(path: str, current: list[str]) -> None:
    frame = frame_for(make_user("vera", "Viewer"), path)
    assert [place.name for place in frame.places if place.is_current] == current


def test_it_counts_what_waits(ada: User, site: Site) -> None:
    state = Article.State
    set_states(site, state.CONFLICT, state.CHANGED, state.NEW, state.NEW, state.DECIDED, state.GONE)
    Article.objects.filter(state=state.DECIDED).update(is_dirty=True)
    Article.objects.filter(state=state.GONE).update(is_dirty=True, is_missing=True)  # nothing to write there
    assert count_waiting(ada) == Waiting(review=4, conflicts=1, outbox=1, read_at=NOON, keys_on=None, sites=[site])
    places = {place.name: (place.count, place.is_urgent) for place in frame_for(ada).places}
    assert (places["Review"], places["Conflicts"]) == (("4", False), ("1", True))


def test_nothing_waiting_is_no_number(ada: User, site: Site) -> None:
    assert {place.count for place in frame_for(ada).places} == {""}


@pytest.mark.parametrize(
    ("count", "cap", "text"),
    [(0, 99, ""), (1, 99, "1"), (99, 99, "99"), (100, 99, "99+"), (1000, 1000, "1,000"), (1001, 1000, "1,000+")],
)
def test_many_are_not_counted_to_the_end(count: int, cap: int, text: str) -> None:
    assert in_short(count, cap) == text


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Far more is soon reached, and nothing is known yet; what the clock says."""
    clock = [1000.0]
    monkeypatch.setattr("articles.desk.frame.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(frame, "SHOWN", {"review": 2, "conflicts": 2, "outbox": 1})
    monkeypatch.setattr(frame, "FAR_MORE", {"review": 3, "outbox": 2})
    monkeypatch.setattr(frame, "_plenty", Plenty())
    its_sql = {plenty: Compiled(partial(frame._sites, plenty)) for plenty in frame._waiting}  # has the caps in it
    monkeypatch.setattr(frame, "_waiting", its_sql)
    return clock


def counts(user: User, *, is_page: bool) -> tuple[int, int, int]:
    waiting = count_waiting(user, is_page=is_page)
    return waiting.review, waiting.conflicts, waiting.outbox


@pytest.mark.usefixtures("short")
def test_a_count_stops_at_its_cap(ada: User, site: Site) -> None:
    set_states(site, *[Article.State.NEW] * 6)
    assert counts(ada, is_page=True) == (3, 0, 0)
    assert counts(ada, is_page=False) == (4, 0, 0)


def test_answers_count_far_more_than_is_shown_once_a_second(ada: User, site: Site, short: list[float]) -> None:
    """What is below that they count each time."""
    set_states(site, *[Article.State.NEW] * 6, Article.State.CONFLICT)
    Article.objects.filter(state=Article.State.CONFLICT).update(is_dirty=True)
    assert counts(ada, is_page=False) == (4, 1, 1)
    Article.objects.update(state=Article.State.DECIDED, is_dirty=False)
    short[0] += 0.9
    assert counts(ada, is_page=False) == (3, 0, 0)
    short[0] += 0.2
    assert counts(ada, is_page=False) == (0, 0, 0)


@pytest.mark.usefixtures("short")
def test_a_page_counts_each_time(ada: User, site: Site) -> None:
    """As after an export, while answers know still that far more waited."""
    set_states(site, *[Article.State.NEW] * 6)
    Article.objects.update(is_dirty=True)
    assert counts(ada, is_page=False) == (4, 0, 3)
    Article.objects.update(is_dirty=False)
    assert counts(ada, is_page=False) == (3, 0, 2)
    assert counts(ada, is_page=True) == (3, 0, 0)


def test_it_costs_one_query(ada: User, site: Site, django_assert_num_queries: Any) -> None:
    set_states(site, Article.State.NEW, Article.State.CONFLICT)
    ada.get_all_permissions()
    with django_assert_num_queries(1):
        frame_for(ada)


def test_a_visitor_costs_none(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert frame_for(AnonymousUser()) == Frame([])


def test_the_last_sync_of_any_site_is_shown_and_grows_old(ada: User, site: Site) -> None:
    make_site("older", read_at=NOON - timedelta(days=9))
    make_site("never")
    assert frame_for(ada, now=NOON + timedelta(hours=23)).is_fresh
    frame = frame_for(ada, now=NOON + timedelta(hours=25))
    assert (frame.read_at, frame.is_fresh) == (NOON, False)


def test_without_a_site_there_is_no_sync_to_show(ada: User) -> None:
    frame = frame_for(ada)
    assert (frame.read_at, frame.is_fresh, frame.keys_on) == (None, False, True)


def test_keys_are_on_unless_this_user_switched_them_off(ada: User, site: Site) -> None:
    DeskPreference.objects.create(user=make_user("bob", "Editor"), keys_on=False)
    assert frame_for(ada).keys_on is True
    DeskPreference.objects.create(user=ada, keys_on=False)
    assert frame_for(ada).keys_on is False
