"""Bulk: rows or all that the filter matches; looked at first, done to exactly those, taken back by one click."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles import review
from articles.mapping import fields_in_force
from articles.models import Article, Event, Override, Site
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import Page, read

pytestmark = pytest.mark.django_db

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def articles(site: Site) -> list[Article]:
    return [make_article(site, title=f"Tug {number}", quality=40 + number) for number in range(3)]


@pytest.fixture
def ben(client: Client) -> User:
    user = make_user("ben", "Editor")
    client.force_login(user)
    return user


def picks(articles: list[Article]) -> list[str]:
    return [f"{one.pk}:{one.version}" for one in Article.objects.filter(pk__in=[one.pk for one in articles])]


def look(client: Client, articles: list[Article], act: str, **more: Any) -> Any:
    return client.post("/bulk/", {"pick": picks(articles), "act": act, **more})


def run(client: Client, preview: Any) -> Any:
    return client.post("/bulk/", {**read(preview).form("run-form"), "run": "1"})


def done(client: Client, answer: Any) -> Page:
    assert answer.status_code == 302, answer.content.decode()
    return read(client.get(answer["Location"]))


def published() -> list[str]:
    return [str(one) for one in Article.objects.published().order_by("pk")]


def test_rows_are_looked_at_published_and_taken_back(client: Client, ben: User, articles: list[Article]) -> None:
    preview = look(client, articles[:2], "publish")
    assert "2 would change" in read(preview).text
    assert "Tug 0 Harbour Herald Published: no → becomes yes" in read(preview).text
    assert published() == []
    answer = run(client, preview)
    page = done(client, answer)
    assert published() == ["Tug 0", "Tug 1"]
    assert "Published 2 articles." in page.text
    assert Event.objects.values("batch").distinct().count() == 1
    undone = done(client, client.post(answer["Location"], page.form("undo-form")))
    assert "Taken back in 2 articles." in undone.text
    assert (published(), Override.objects.count()) == ([], 0)


def test_all_that_the_filter_matches(client: Client, ben: User, articles: list[Article]) -> None:
    review.keep(articles[2], by=ben, at=NOON)
    preview = client.post("/bulk/", {"all": "1", "query": "quality_min=41", "act": "publish"})
    assert read(preview).text.count("Tug 1") == 1
    done(client, run(client, preview))
    assert published() == ["Tug 1"]


def test_a_preview_touches_nothing(client: Client, ben: User, articles: list[Article]) -> None:
    look(client, articles, "keep")
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("act", "value", "said", "key", "after"),
    [
        ("unpublish", {}, "stays as it is, and is decided", "published", False),
        ("keep", {}, "stays as it is, and is decided", "published", False),
        ("add-topic", {"topic": "Ships"}, "Robotics, Technology → becomes Robotics, Technology, Ships", "topics", None),
        ("remove-topic", {"topic": "Robotics"}, "Robotics, Technology → becomes Technology", "topics", ["Technology"]),
        ("quality", {"score": "75"}, "Quality: 40 → becomes 75", "quality", 75),
        ("heat", {"score": "-1"}, "Heat: 68 → becomes -1", "heat", -1),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 14 else "",
)
@pytest.mark.broad(3)
def test_each_act_says_what_it_does_and_does_it(
    client: Client, ben: User, articles: list[Article], act: str, value: dict[str, str], said: str, key: str, after: Any
) -> None:
    make_article(articles[0].site, topics=["Ships"])
    preview = look(client, articles[:1], act, **value)
    assert said in read(preview).text
    done(client, run(client, preview))
    fields = fields_in_force(Article.objects.get(pk=articles[0].pk))
    assert fields[key] == (["Robotics", "Technology", "Ships"] if after is None else after)


def test_a_finding_is_fixed_in_each_that_has_it(client: Client, ben: User, site: Site) -> None:
    wrong = make_article(site, title="A tug  that steers itself")
    fine = make_article(site, title="Fine", excerpt="Nothing to mend here at all.")
    preview = look(client, [wrong, fine], "fix", code="double_space")
    assert "1 would change" in read(preview).text
    assert "1 is that way already" in read(preview).text
    done(client, run(client, preview))
    assert Article.objects.get(pk=wrong.pk).title == "A tug that steers itself"


def test_what_is_refused_stands_first_with_its_reason_and_stays(
    client: Client, ben: User, articles: list[Article]
) -> None:
    other = make_article(make_site("meadow"), title="Hay", topics=["Farming"])
    preview = look(client, [*articles, other], "add-topic", topic="Farming")
    text = read(preview).text
    assert "3 refused, and left as they are" in text
    assert text.index("Its site has no topic “Farming”. Choose one that it has.") < text.index("Hay")
    run(client, preview)
    assert not Event.objects.exists()


def test_nothing_is_done_where_one_moved_and_it_is_named(client: Client, ben: User, articles: list[Article]) -> None:
    preview = look(client, articles, "publish")
    review.edit(articles[1], {"title": "Tug of war"}, by=make_user("ada", "Editor"), at=NOON)
    refused = run(client, preview)
    assert refused.status_code == 409
    assert "Changed since you looked Tug of war" in read(refused).text
    assert published() == []
    again = client.post("/bulk/", read(refused).form("again-form"))
    done(client, run(client, again))
    assert published() == ["Tug 0", "Tug of war", "Tug 2"]


def test_nothing_is_done_where_the_filter_matches_others(client: Client, ben: User, articles: list[Article]) -> None:
    preview = client.post("/bulk/", {"all": "1", "query": "", "act": "publish"})
    review.keep(articles[0], by=ben, at=NOON)
    make_article(articles[0].site, title="A late tug")
    refused = run(client, preview)
    assert refused.status_code == 409
    assert "No longer among them Tug 0 New A late tug" in read(refused).text
    assert published() == []


def test_undo_skips_and_names_what_was_edited_since(client: Client, ben: User, articles: list[Article]) -> None:
    answer = run(client, look(client, articles, "publish"))
    review.unpublish(articles[1], by=ben, at=NOON)
    undone = done(client, client.post(answer["Location"]))
    assert "Taken back in 2 articles. 1 article skipped: edited since." in undone.text
    assert "Tug 1: ben edited it since, on 2026-11-22 12:00 UTC." in undone.text


def test_a_batch_says_how_much_of_it_is_taken_back(client: Client, ben: User, articles: list[Article]) -> None:
    answer = run(client, look(client, articles, "publish"))
    review.unpublish(articles[1], by=ben, at=NOON)
    client.post(answer["Location"])
    page = read(client.get(answer["Location"]))
    assert "It was taken back in 2 of its 3 articles; in the others it stands." in page.text
    assert "Undo the rest Takes back what still stands of it." in page.text


def test_what_was_done_again_can_be_taken_back_again(client: Client, ben: User, articles: list[Article]) -> None:
    batch = run(client, look(client, articles, "publish"))["Location"]
    undoing = client.post(batch)["Location"]
    assert "This was taken back." in read(client.get(batch)).text
    client.post(undoing)
    assert len(published()) == 3
    assert "This was taken back." in read(client.get(undoing)).text
    assert "undo-form" in read(client.get(batch)).forms
    client.post(batch)
    assert published() == []
    assert "This was taken back." in read(client.get(batch)).text


@pytest.mark.thorough
def test_more_than_50_take_a_right_of_their_own(client: Client, ben: User, site: Site) -> None:
    several = [make_article(site) for _ in range(51)]
    refused = look(client, several, "publish")
    assert refused.status_code == 403
    assert "ben may not decide on more than 50 articles at once." in read(refused).text
    assert look(client, several[:50], "publish").status_code == 200
    client.force_login(make_user("ada", "Chief editor"))
    assert look(client, several, "publish").status_code == 200


def test_a_right_that_went_meanwhile_is_missed_at_the_run(client: Client, ben: User, articles: list[Article]) -> None:
    preview = look(client, articles, "publish")
    ben.groups.clear()
    assert run(client, preview).status_code == 403
    assert published() == []


def test_a_preview_is_nobody_elses(client: Client, ben: User, articles: list[Article]) -> None:
    preview = look(client, articles, "publish")
    client.force_login(make_user("eve", "Editor"))
    refused = run(client, preview)
    assert refused.status_code == 409
    assert "What you looked at is too old, or not whole." in read(refused).text


@pytest.mark.thorough
def test_many_are_paged_and_only_counted_once(client: Client, site: Site) -> None:
    client.force_login(make_user("ada", "Chief editor"))
    several = [make_article(site, title=f"Tug {number}") for number in range(120)]
    preview = look(client, several, "publish")
    assert "1–100 of 120" in read(preview).text
    second = client.post("/bulk/", {**read(preview).form("pages-form"), "page": "2"})
    assert "101–120 of 120" in read(second).text
    assert "120 would change" in read(second).text
    done(client, run(client, second))
    assert len(published()) == 120


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Nothing is selected."),
        ({"pick": ["x", ":2", "999999:1", "9" * 30]}, "Nothing is selected."),
        ({"all": "1", "query": "quality_min=high"}, "The filter “Quality from” cannot be read: “high”."),
        ({"act": "quality", "score": "high"}, "A score is a whole number from -1 to 1000."),
        ({"act": "add-topic"}, "Which topic? Choose one."),
        ({"act": "fix", "code": HOSTILE}, "There is no such finding."),
        ({"act": HOSTILE}, "first you see what it does to each."),
    ],
    ids=["nothing", "no rows", "unreadable filter", "no score", "no topic", "no finding", "no act"],
)
@pytest.mark.broad(3)
def test_what_cannot_be_done_is_said(
    client: Client, ben: User, articles: list[Article], sent: dict[str, Any], said: str
) -> None:
    picked = {"pick": picks(articles)} if "act" in sent else {}
    answer = client.post("/bulk/", {**picked, **sent})
    assert answer.status_code in (200, 409, 422)
    assert said in read(answer).text
    assert HOSTILE not in answer.content.decode()


def test_hostile_titles_stay_text(client: Client, ben: User, site: Site) -> None:
    article = make_article(site, title=HOSTILE)
    preview = look(client, [article], "publish")
    answer = run(client, preview)
    for page in (preview, client.get(answer["Location"])):
        assert HOSTILE not in page.content.decode()


def test_a_batch_that_is_none_is_not_found(client: Client, ben: User) -> None:
    address = "/batch/00000000-0000-4000-8000-000000000000/"
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)


def test_others_batches_take_a_right_of_their_own(client: Client, ben: User, articles: list[Article]) -> None:
    answer = run(client, look(client, articles, "publish"))
    client.force_login(make_user("eve", "Editor"))
    assert client.post(answer["Location"]).status_code == 403
    assert len(published()) == 3


@pytest.mark.parametrize("count", [3, 100])
@pytest.mark.broad(2)
def test_the_number_of_queries_does_not_grow(
    client: Client, site: Site, count: int, django_assert_num_queries: Any
) -> None:
    client.force_login(make_user("ada", "Chief editor"))
    several = [make_article(site) for _ in range(count)]
    sent = {"pick": picks(several), "act": "publish"}
    with django_assert_num_queries(7):
        preview = client.post("/bulk/", sent)
    answer = run(client, preview)
    with django_assert_num_queries(9):
        client.get(answer["Location"])
