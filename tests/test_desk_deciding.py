"""The acts of one key through their addresses: with and without a script, refused, stale, taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles import review
from articles.models import Article, Event, Site
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import read

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def ed(db: None) -> User:
    return make_user("ed", "Editor")


@pytest.fixture
def client(ed: User) -> Client:
    client = Client()
    client.force_login(ed)
    return client


@pytest.fixture
def site(db: None) -> Site:
    return make_site()


@pytest.fixture
def article(site: Site) -> Article:
    return make_article(site)


def act(client: Client, article: Article, name: str, *, script: bool = False, **data: Any) -> Any:
    sent = {"version": now(article).version, "next": "order=newest", **data}
    return client.post(f"/articles/{article.pk}/{name}/", sent, headers=SCRIPT if script else {})


def now(article: Article) -> Article:
    return Article.objects.get(pk=article.pk)


def undo(client: Client, **data: Any) -> Any:
    return client.post("/undo/", {"next": "order=newest", **data}, headers=SCRIPT)


def said(response: Any) -> list[tuple[str, str]]:
    """The messages that wait for the next page, each with its tags."""
    return [(message.message, message.tags) for message in response.wsgi_request._messages]


# --- Deciding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "published"), [("publish", True), ("unpublish", False), ("keep", False)])
def test_a_decision_takes_the_article_out_of_the_queue_and_leads_to_the_next(
    client: Client, article: Article, name: str, published: bool
) -> None:
    response = act(client, article, name, then="7")
    assert (response.status_code, response["Location"]) == (302, "/?order=newest&article=7")
    assert (now(article).published, now(article).state) == (published, Article.State.DECIDED)


def test_the_next_page_says_what_was_done_and_offers_to_take_it_back(client: Client, article: Article) -> None:
    response = act(client, article, "publish")
    assert said(response) == [
        ("Published “<bdi>Harbour pilots test a tug that steers itself</bdi>”.", "undoable success")
    ]
    page = read(client.get("/preferences/"))
    assert "Published “Harbour pilots test a tug that steers itself”. Undo z" in page.text
    assert "/undo/" in page.attributes("form", "action")


def test_a_script_gets_the_next_article_and_what_to_announce(client: Client, site: Site, article: Article) -> None:
    other = make_article(site, title="The next one")
    response = act(client, article, "publish", script=True, then=other.pk)
    assert response["HX-Push-Url"] == f"/?order=newest&article={other.pk}"
    page = read(response)
    assert page.attributes("article", "data-pk") == [str(other.pk)]
    assert page.attributes("i", "data-left") == [str(article.pk)]
    assert "Published “Harbour pilots test a tug that steers itself”. Next: “The next one” Undo z" in page.text


def test_a_script_that_shows_the_next_already_gets_no_second(client: Client, site: Site, article: Article) -> None:
    other = make_article(site, title="The next one")
    page = read(act(client, article, "keep", script=True, then=other.pk, has_next="1"))
    assert page.attributes("article", "data-pk") == []
    assert "Next: “The next one”" in page.text


@pytest.mark.parametrize("then", ["", "0", "999999", "x", "9" * 40])
def test_without_a_next_it_goes_to_the_queue(client: Client, article: Article, then: str) -> None:
    assert act(client, article, "publish", script=True, then=then).status_code == 200
    assert now(article).published is True


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "a=b#c\r\nX: y", "%00"])
@pytest.mark.broad(3)
def test_what_comes_as_next_leads_nowhere_else(client: Client, article: Article, target: str) -> None:
    response = act(client, article, "publish", next=target)
    assert response["Location"].split("?")[0] == "/"
    assert "\n" not in response["Location"]


def test_deciding_the_same_twice_says_so(client: Client, article: Article) -> None:
    act(client, article, "keep")
    assert said(act(client, article, "keep"))[1:] == [
        ("“<bdi>Harbour pilots test a tug that steers itself</bdi>” was decided so already.", "success")
    ]


# --- Changing a value -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "key", "value", "sentence"),
    [
        (
            "quality",
            {"value": "91"},
            "quality",
            91,
            "Quality of “Harbour pilots test a tug that steers itself”: 68 → 91.",
        ),
        ("heat", {"value": "-1"}, "heat", -1, "Heat of “Harbour pilots test a tug that steers itself”: 68 → -1."),
    ],
)
def test_a_score_is_set_and_the_article_stays_to_be_decided(
    client: Client, article: Article, name: str, data: dict[str, str], key: str, value: int, sentence: str
) -> None:
    page = read(act(client, article, name, script=True, **data))
    assert sentence in page.text
    assert page.attributes("article", "data-pk") == [str(article.pk)]
    assert page.attributes("li", "id") == [f"row-{article.pk}"]
    assert (getattr(now(article), key), now(article).state) == (value, Article.State.NEW)


@pytest.mark.parametrize("value", ["", "high", "1.5", "9" * 30])
@pytest.mark.broad(3)
def test_what_is_no_score_is_refused(client: Client, article: Article, value: str) -> None:
    response = act(client, article, "quality", script=True, value=value)
    assert now(article).quality == (None if value == "" else 68)
    assert response.status_code == (200 if value == "" else 422)


def test_topics_are_added_and_removed(client: Client, article: Article) -> None:
    act(client, article, "topics", add=" Ports ")
    assert [*now(article).topics.order_by("article_links__position").values_list("name", flat=True)] == [
        "Robotics",
        "Technology",
        "Ports",
    ]
    act(client, article, "topics", remove="Robotics")
    assert {*now(article).topics.values_list("name", flat=True)} == {"Technology", "Ports"}
    assert said(act(client, article, "topics", add="Ports"))[-1][0].endswith("is that way already.")


def test_one_finding_is_fixed_or_all_that_are_safe(client: Client, site: Site) -> None:
    article = make_article(site, title="Chinaâ€™s tug", excerpt="Tugs &amp; barges met.")
    act(client, article, "fix", code="mojibake", key="title")
    assert (now(article).title, now(article).excerpt) == ("China’s tug", "Tugs &amp; barges met.")
    page = read(act(client, article, "fix", script=True, all="1"))
    assert "Fixed “China’s tug”: Excerpt." in page.text
    assert now(article).excerpt == "Tugs & barges met."
    assert act(client, article, "fix", script=True, all="1").status_code == 422


def test_a_value_is_reset_and_restored(client: Client, ed: User, article: Article) -> None:
    review.edit(article, {"quality": 91}, by=ed, at=NOON)
    event = Event.objects.get()
    act(client, article, "reset", key="quality")
    assert now(article).quality == 68
    review.edit(article, {"quality": 12}, by=ed, at=NOON)
    act(client, article, "restore", key="quality", event=event.pk)
    assert now(article).quality == 68


@pytest.mark.parametrize("key", ["secured", "nothing"])
def test_what_an_event_did_not_change_cannot_be_restored(client: Client, ed: User, article: Article, key: str) -> None:
    review.edit(article, {"quality": 91}, by=ed, at=NOON)
    response = act(client, article, "restore", script=True, key=key, event=Event.objects.get().pk)
    assert response.status_code == 422


@pytest.mark.parametrize(("side", "title"), [("crawler", "Pilots try a tug that steers itself"), ("editor", "Mine")])
def test_a_conflict_is_decided(client: Client, ed: User, article: Article, side: str, title: str) -> None:
    review.edit(article, {"title": "Mine"}, by=ed, at=NOON)
    article.source.text = bytes(article.source.text).replace(b"Harbour pilots test", b"Pilots try")
    article.source.save()
    act(client, article, "resolve", field="title", side=side)
    assert now(article).title == title


def test_a_conflict_that_is_none_is_refused(client: Client, article: Article) -> None:
    assert act(client, article, "resolve", script=True, field="title", side="editor").status_code == 422
    assert act(client, article, "resolve", script=True, field="switch", side="editor").status_code == 422
    assert act(client, article, "resolve", script=True, field="title", side="both").status_code == 422


# --- Two editors ------------------------------------------------------------------------------------------------------


def test_a_stale_decision_shows_both_sides_and_one_click_takes_it_all_the_same(
    client: Client, article: Article
) -> None:
    bob = make_user("bob", "Editor")
    review.publish(article, by=bob, at=NOON)
    response = act(client, article, "unpublish", script=True, version="1")
    assert response.status_code == 409
    page = read(response)
    assert "Published no yes bob, 22 November 2026, 12:00 UTC" in page.text
    assert page.attributes("form", "action") == [f"/articles/{article.pk}/unpublish/"]
    assert now(article).published is True
    again = {name: values[-1] for name, values in page.form("").items()}
    assert again["version"] == "2"
    client.post(f"/articles/{article.pk}/unpublish/", again)
    assert now(article).published is False


def test_a_stale_score_keeps_what_was_typed(client: Client, article: Article) -> None:
    review.edit(article, {"quality": 50}, by=make_user("bob", "Editor"), at=NOON)
    response = act(client, article, "quality", version="1", value="91")
    assert response.status_code == 409
    page = read(response)
    assert page.forms[""]["value"] == ["91"]
    assert "Quality 68 50 bob" in page.text


def test_a_change_elsewhere_is_no_reason_to_refuse_a_score(client: Client, article: Article) -> None:
    review.edit(article, {"title": "Theirs"}, by=make_user("bob", "Editor"), at=NOON)
    act(client, article, "quality", version="1", value="91")
    assert (now(article).title, now(article).quality) == ("Theirs", 91)


@pytest.mark.parametrize("version", ["", "0", "-1", "x", "99"])
@pytest.mark.parametrize("name", ["publish", "keep", "quality", "fix"])
@pytest.mark.broad(3)
def test_without_the_version_that_was_seen_nothing_is_done(
    client: Client, article: Article, name: str, version: str
) -> None:
    response = act(client, article, name, script=True, version=version, value="91", all="1")
    assert response.status_code in (409, 422)
    assert not Event.objects.exists()


# --- Rights -----------------------------------------------------------------------------------------------------------

ACTS = ("publish", "unpublish", "keep", "quality", "heat", "topics", "fix", "reset", "restore", "resolve")


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.broad(3)
def test_a_viewer_is_told_which_right_is_missing(article: Article, name: str) -> None:
    client = Client()
    client.force_login(make_user("vera", "Viewer"))
    response = act(client, article, name, value="1")
    assert response.status_code == 403
    assert "vera may not" in read(response).text
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.broad(3)
def test_an_act_takes_a_form_that_was_sent(client: Client, article: Article, name: str) -> None:
    assert client.get(f"/articles/{article.pk}/{name}/").status_code == 405


def test_who_is_not_logged_in_keeps_what_was_sent(article: Article) -> None:
    response = act(Client(), article, "quality", value="91")
    assert response.status_code == 401
    assert "91" in response.content.decode()
    assert not Event.objects.exists()


# --- Taking back ------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_last_decisions_are_taken_back_one_by_one(client: Client, site: Site) -> None:
    articles = [make_article(site, title=f"Tug {number}") for number in range(21)]
    for article in articles:
        act(client, article, "publish")
    for article in reversed(articles):
        page = read(undo(client))
        assert f"Taken back: published “{article.title}”." in page.text
        assert page.attributes("article", "data-pk") == [str(article.pk)]
    assert Article.objects.filter(published=True).count() == 0
    assert Article.objects.awaiting_review().count() == 21
    assert "Nothing of yours is left to take back." in read(undo(client)).text


def test_what_cannot_be_taken_back_is_named_and_passed_over(client: Client, site: Site) -> None:
    first, second = make_article(site, title="First"), make_article(site, title="Second")
    act(client, first, "publish")
    act(client, second, "publish")
    review.unpublish(second, by=make_user("bob", "Editor"), at=NOON)
    page = read(undo(client))
    assert "“Second” was not taken back. bob edited it since" in page.text
    assert "Taken back: published “First”." in page.text
    assert (now(first).published, now(second).published) == (False, False)
    assert "not taken back" not in read(undo(client)).text


def test_the_button_of_a_message_takes_back_that_decision(client: Client, site: Site) -> None:
    first, second = make_article(site), make_article(site)
    act(client, first, "publish")
    batch = Event.objects.get().batch
    act(client, second, "publish")
    response = client.post("/undo/", {"batch": str(batch), "next": ""})
    assert response["Location"] == f"/?article={first.pk}"
    assert (now(first).published, now(second).published) == (False, True)


@pytest.mark.parametrize("batch", ["x", "6f2a9a52-6d0b-4c59-9d0d-3c1f0c2b7a11"])
def test_a_batch_that_is_none_takes_nothing_back(client: Client, article: Article, batch: str) -> None:
    assert undo(client, batch=batch).status_code == 200
    assert not Event.objects.exists()


def test_nobody_takes_back_what_others_decided(client: Client, article: Article) -> None:
    review.publish(article, by=make_user("bob", "Editor"), at=NOON)
    page = read(undo(client, batch=str(Event.objects.get().batch)))
    assert "ed may not take back what others decided" in page.text
    assert now(article).published is True
