"""Editing in place through its addresses: the form, the file beside it, refusals that keep what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles import review
from articles.mapping import fields_in_force
from articles.models import Article, Event, Site, Topic
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import Page, read
from tests.samples import SECURED

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


def shown(client: Client, article: Article) -> Page:
    return read(client.get(f"/articles/{article.pk}/edit/?order=newest"))


def typed(client: Client, article: Article, **changes: str) -> dict[str, Any]:
    """The form as shown, with something typed over it."""
    form = shown(client, article).form("edit-form")
    return {**{name: values[-1] for name, values in form.items()}, **changes}


def save(client: Client, article: Article, data: dict[str, Any], *, script: bool = False) -> Any:
    return client.post(f"/articles/{article.pk}/edit/", data, headers=SCRIPT if script else {})


def preview(client: Client, article: Article, data: dict[str, Any]) -> Page:
    response = client.post(f"/articles/{article.pk}/preview/", data, headers=SCRIPT)
    assert response.status_code == 200
    return read(response)


def now(article: Article) -> Article:
    return Article.objects.get(pk=article.pk)


def test_the_form_is_a_page_and_a_part_of_one(client: Client, article: Article) -> None:
    assert shown(client, article).attributes("link", "href")
    part = read(client.get(f"/articles/{article.pk}/edit/", headers=SCRIPT))
    assert part.attributes("link", "href") == []
    assert part.form("edit-form")["title"] == ["Harbour pilots test a tug that steers itself"]
    assert part.form("edit-form")["topics"] == ["Robotics\r\nTechnology"]
    assert SECURED[:20] not in part.html


def test_what_was_typed_is_saved_and_the_article_is_shown(client: Client, article: Article) -> None:
    data = typed(client, article, title="A tug that steers itself", quality="91", topics="Ports\r\nRobotics")
    response = save(client, article, {**data, "reason": "Shorter"})
    assert response["Location"] == f"/?order=newest&article={article.pk}"
    assert (now(article).title, now(article).quality) == ("A tug that steers itself", 91)
    event = Event.objects.get()
    assert (event.reason, sorted(event.changes)) == ("Shorter", ["quality", "title", "topics"])


def test_a_script_gets_the_article_with_a_toast(client: Client, article: Article) -> None:
    page = read(save(client, article, typed(client, article, title="New", excerpt="Other"), script=True))
    assert page.attributes("article", "data-pk") == [str(article.pk)]
    assert "Saved “New”: Title and Excerpt. Undo z" in page.text


def test_saving_nothing_changes_nothing(client: Client, article: Article) -> None:
    assert "Nothing was changed" in read(save(client, article, typed(client, article), script=True)).text
    assert not Event.objects.exists()


def test_save_and_publish_is_one_batch_and_leads_on(client: Client, site: Site, article: Article) -> None:
    other = make_article(site)
    data = typed(client, article, title="New") | {"publish": "1", "then": str(other.pk)}
    page = read(save(client, article, data, script=True))
    assert "Saved and published “New”: Title. Next:" in page.text
    assert page.attributes("article", "data-pk") == [str(other.pk)]
    assert (now(article).title, now(article).published) == ("New", True)
    client.post("/undo/", {"next": ""})
    assert (now(article).title, now(article).published) == ("Harbour pilots test a tug that steers itself", False)


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("title", "", "Enter a title."),
        ("quality", "high", "Enter a whole number."),
        ("published_at", "tomorrow", "Enter date and time in UTC, such as 2020-12-29 20:23:00."),
        ("topics", "One\r\nOne", "One stands here twice. Take one out."),
        ("original_url", "nowhere", "http"),
    ],
)
@pytest.mark.broad(3)
def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(
    client: Client, article: Article, field: str, text: str, complaint: str
) -> None:
    response = save(client, article, typed(client, article, **{field: text, "excerpt": "Typed too"}), script=True)
    assert response.status_code == 422
    page = read(response)
    assert complaint in page.text
    assert f"id_{field}_error" in page.attributes("ul", "id")
    assert (page.form("edit-form")[field], page.form("edit-form")["excerpt"]) == ([text], ["Typed too"])
    assert not Event.objects.exists()


def test_a_stale_save_shows_both_sides_and_to_save_again_is_to_insist(client: Client, article: Article) -> None:
    data = typed(client, article, title="Mine")
    review.edit(article, {"title": "Theirs", "quality": 50}, by=make_user("bob", "Editor"), at=NOON)
    response = save(client, article, data, script=True)
    assert response.status_code == 409
    page = read(response)
    assert "Title Harbour pilots test a tug that steers itself Theirs Mine" in page.text
    assert "Quality 68 50 nothing" in page.text
    again = {name: values[-1] for name, values in page.form("edit-form").items()}
    assert (again["title"], again["quality"], again["version"]) == ("Mine", "50", "2")
    save(client, article, again)
    assert (now(article).title, now(article).quality) == ("Mine", 50)


def test_the_file_is_shown_as_it_would_be(client: Client, article: Article) -> None:
    assert "Nothing yet." in preview(client, article, typed(client, article)).text
    page = preview(client, article, typed(client, article, quality="91", title='Say "tug"'))
    assert "-quality: 68+quality: 91" in page.text
    assert '+title: "Say \\"tug\\""' in page.text
    assert not Event.objects.exists()


def test_the_preview_complains_and_shows_the_rest(client: Client, article: Article) -> None:
    page = preview(client, article, typed(client, article, quality="91", original_url="nowhere"))
    assert "Original URL: " in page.text
    assert "+quality: 91" in page.text


def test_a_preview_of_an_article_that_was_added_here_is_its_whole_file(client: Client, ed: User, site: Site) -> None:
    own = review.add(site, "_news/own.md", {"title": "Own", "type": "article"}, by=ed, at=NOON)
    assert '+title: "Newer"' in preview(client, own, typed(client, own, title="Newer")).text


def test_topics_are_at_hand(client: Client, site: Site, article: Article) -> None:
    Topic.objects.create(site=site, name="Ports", path="_data/topics/1.yaml", keywords=["barge"])
    assert shown(client, article).attributes("span", "data-topic") == ["Ports", "Ports"]


def test_a_viewer_may_not(article: Article) -> None:
    client = Client()
    client.force_login(make_user("vera", "Viewer"))
    for response in (
        client.get(f"/articles/{article.pk}/edit/"),
        save(client, article, {}),
        client.post(f"/articles/{article.pk}/preview/"),
    ):
        assert response.status_code == 403
        assert "vera may not change articles" in read(response).text


def test_a_lost_session_keeps_what_was_typed(article: Article) -> None:
    response = save(Client(), article, {"title": "Typed for an hour"})
    assert response.status_code == 401
    assert "Typed for an hour" in response.content.decode()


# --- Pictures ---------------------------------------------------------------------------------------------------------


def pictures(article: Article) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fields_in_force(now(article))["images"]
    return found


def test_a_picture_is_edited_with_the_file_beside_it(client: Client, article: Article) -> None:
    before = pictures(article)
    data = typed(client, article, **{"images-0-url": "https://example.com/barge.jpg", "images-0-title": "A barge"})
    assert "https://example.com/barge.jpg" in preview(client, article, data).text
    assert save(client, article, data).status_code == 302
    first, *others = pictures(article)
    assert (first["url"], first["title"]) == ("https://example.com/barge.jpg", "A barge")
    assert ({**first, "url": before[0]["url"]}, others) == ({**before[0], "title": "A barge"}, before[1:])
    assert list(now(article).overrides.values_list("key", flat=True)) == ["images"]
    assert list(Event.objects.get().changes) == ["images"]


def test_a_picture_is_added_and_removed(client: Client, article: Article) -> None:
    count = len(pictures(article))
    save(client, article, typed(client, article, **{f"images-{count}-url": "https://example.com/new.jpg"}))
    assert [one["url"] for one in pictures(article)][-1] == "https://example.com/new.jpg"
    save(client, article, typed(client, article, **{f"images-{count}-DELETE": "on"}))
    assert (len(pictures(article)), now(article).overrides.count()) == (count, 0)


def test_what_is_no_address_is_refused_at_its_picture(client: Client, article: Article) -> None:
    refused = save(client, article, typed(client, article, **{"images-0-url": "javascript:alert(1)"}))
    assert refused.status_code == 422
    page = read(refused)
    assert "Look at the pictures: something there needs correcting." in page.text
    assert page.form("edit-form")["images-0-url"] == ["javascript:alert(1)"]
    assert "" in page.attributes("details", "open")
    assert not Event.objects.exists()


def test_pictures_that_changed_meanwhile_are_shown_beside_what_was_typed(client: Client, article: Article) -> None:
    data = typed(client, article, **{"images-0-title": "A barge"})
    review.edit(article, {"images[0].url": "https://example.com/other.jpg"}, by=make_user("ada", "Editor"), at=NOON)
    refused = save(client, article, data)
    assert refused.status_code == 409
    assert "https://example.com/other.jpg" in read(refused).text
    assert read(refused).form("edit-form")["images-0-title"] == ["A barge"]


def test_a_list_that_is_none_is_left_alone(client: Client, site: Site) -> None:
    article = make_article(site, images="harbour.jpg")
    found = shown(client, article)
    assert "The pictures in the file are no list that can be edited here." in found.text
    save(client, article, {**typed(client, article), "title": "A tug"})
    assert fields_in_force(now(article))["images"] == "harbour.jpg"
