"""The page of one article: what it shows, what saving does, and what it refuses."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from articles import review
from articles.content.values import ABSENT
from articles.mapping import document_in_force, fields_in_force
from articles.models import Article, Event, Override, Site, Topic
from tests.factories import FIELDS, NOON, make_article, make_site, make_user
from tests.pages import Page, read
from tests.samples import SECURED

pytestmark = pytest.mark.django_db

LIST = "/admin/articles/article/"
CountQueries = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def article(site: Site) -> Article:
    return make_article(site)


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Editor")


@pytest.fixture
def bob() -> User:
    return make_user("bob", "Editor")


@pytest.fixture
def client(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def url(article: Article) -> str:
    return f"{LIST}{article.pk}/change/"


def open_page(client: Client, article: Article) -> Page:
    return read(client.get(url(article)))


def form_of(client: Client, article: Article) -> dict[str, list[str]]:
    return open_page(client, article).form("article_form")


def save(client: Client, article: Article, button: str = "_save", **typed: str) -> Page:
    data = form_of(client, article) | {name: [text] for name, text in typed.items()} | {button: ["1"]}
    return read(client.post(url(article), data, follow=True))


def in_force(article: Article) -> dict[Any, Any]:
    return fields_in_force(Article.objects.select_related("source").get(pk=article.pk))


# --- What it shows ----------------------------------------------------------------------------------------------------


def test_it_has_the_sections_of_a_record(client: Client, article: Article) -> None:
    page = open_page(client, article)
    for heading in ("Story", "Scores", "Source", "Pictures", "Machine's data", "History"):
        assert heading in page.words
    for words in ("Harbour Herald", article.path, article.digest, "_news", "20 November 2026, 08:15 UTC"):
        assert words in page.text


def test_the_source_opens_without_telling_where_from(client: Client, article: Article) -> None:
    page = open_page(client, article)
    links = [
        attrs for tag, attrs in page.elements if tag == "a" and attrs.get("href") == "https://news.example.com/tug"
    ]
    assert links
    assert all(attrs["rel"] == "noopener noreferrer" for attrs in links)


@pytest.mark.thorough
def test_every_control_has_a_label(client: Client, article: Article) -> None:
    page = open_page(client, article)
    labelled = set(page.attributes("label", "for"))
    controls = [
        attrs
        for tag, attrs in page.elements
        if tag in ("input", "select", "textarea") and attrs.get("type") not in ("hidden", "submit")
    ]
    assert [attrs["name"] for attrs in controls if attrs.get("id") not in labelled] == []


@pytest.mark.thorough
def test_the_secret_is_nowhere(client: Client, site: Site, ada: User) -> None:
    crowded: dict[str, Any] = {
        "secured": SECURED,
        "deep": [{"secured": SECURED}],
        "provider": {**FIELDS["provider"], "secured": SECURED},
    }
    article = make_article(site, **crowded)
    broken = make_article(site, secured=["bad secret"], related=[{"title": "a", "secured": SECURED}])
    review.edit(article, {"deep": [{"secured": "changed secret"}]}, by=ada, at=NOON)
    event, override = Event.objects.get(), Override.objects.get()
    for path in (
        url(article),
        url(broken),
        f"{LIST}{article.pk}/history/",
        f"/admin/articles/event/{event.pk}/change/",
        f"/admin/articles/override/{override.pk}/change/",
        "/admin/articles/event/",
        "/admin/articles/override/",
        "/admin/",
        LIST,
    ):
        html = client.get(path).content.decode()
        assert SECURED not in html
        assert "secret" not in html


def test_it_shows_what_the_columns_cannot_say(client: Client, site: Site) -> None:
    article = make_article(site, quality="high", levels=["one", {"two": 3}], topics=[])
    page = open_page(client, article)
    for words in ("levels", "- one - two: 3", "quality", "high", "'quality' should be a whole number"):
        assert words in page.text


@pytest.mark.thorough
def test_it_shows_the_story_and_the_body(client: Client, site: Site) -> None:
    item = {
        "title": "Old cells",
        "quality": 95,
        "webUrl": "https://example.com/old",
        "provider": {"name": "Tech Example"},
    }
    article = make_article(site, related=[item, {"title": "By a script", "webUrl": "javascript:alert(1)"}])
    page = open_page(client, article)
    for words in ("Same story", "95 Old cells Tech Example", "By a script"):
        assert words in page.text
    assert "https://example.com/old" in page.attributes("a", "href")
    text = "---\ntitle: a\n---\n<b>Body</b> of it\n"
    assert "<b>Body</b> of it" in open_page(client, make_article(site, text=text)).text


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


@pytest.mark.thorough
def test_markup_stays_text_in_every_field(client: Client, site: Site) -> None:
    texts = {
        key: HOSTILE for key in ("title", "excerpt", "type", "featuredContent", "originalUrl", "webUrl", "category")
    }
    odd: dict[str, Any] = {HOSTILE: {HOSTILE: HOSTILE}}
    article = make_article(
        site,
        **texts,
        provider={"name": HOSTILE, "domain": "a.example.com", "images": [{"url": HOSTILE}]},
        topics=[HOSTILE],
        images=[{"url": HOSTILE, "title": HOSTILE, "attribution": HOSTILE}],
        related=[{"title": HOSTILE, "webUrl": HOSTILE, "provider": {"name": HOSTILE}}],
        **odd,
    )
    review.publish(article, by=make_user("chris", "Chief editor"), at=NOON, reason=HOSTILE)
    for path in (
        url(article),
        LIST,
        f"{LIST}?q={HOSTILE}&provider={HOSTILE}",
        f"{LIST}{article.pk}/history/",
        "/admin/",
    ):
        page = read(client.get(path))
        assert "<script>alert" not in page.html
        assert [attrs for _, attrs in page.elements if "onerror" in attrs] == []


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//example.com", "https:", "http://[x"],
)
@pytest.mark.broad(3)
def test_only_web_addresses_become_links(client: Client, site: Site, address: str) -> None:
    article = make_article(site, originalUrl=address, webUrl=address, images=[{"url": address}])
    page = open_page(client, article)
    assert [href for href in page.attributes("a", "href") if href.strip() == address.strip()] == []
    assert address not in page.attributes("img", "src")


def test_a_stranger_address_leads_back_to_the_list(client: Client) -> None:
    for key in ("99", "x", "²", "1/2", "_3A"):
        assert client.get(f"{LIST}{key}/change/").status_code in (302, 404)
    assert client.get(f"{LIST}99/history/").status_code == 302


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"quality": 52, "published": False}, "Quality 52 is below the site's 70."),
        ({"quality": 71, "published": True}, "Quality 71 reaches the site's 70."),
        ({"quality": 80, "heat": -1, "published": False}, "Another item leads its story (heat -1)."),
        ({"quality": 80, "published": False}, "The crawler says no, though quality 80 reaches the site's 70."),
        ({"quality": 20, "published": True}, "The crawler says yes, though quality 20 is below the site's 70."),
        ({"quality": ABSENT, "published": True}, "The crawler says yes, and gives no quality."),
        ({"published": ABSENT}, "Not scored yet: nobody has said whether to publish it."),
    ],
)
@pytest.mark.broad(3)
def test_it_says_why_it_is_published_or_not(client: Client, site: Site, fields: dict[str, Any], sentence: str) -> None:
    assert sentence in open_page(client, make_article(site, **fields)).text


def test_it_says_who_decided(client: Client, article: Article, ada: User, bob: User) -> None:
    review.publish(article, by=ada, at=datetime(2026, 3, 3, 9, 0, tzinfo=UTC), reason="Local news")
    assert "You published it on 3 March 2026, 09:00 UTC: Local news" in open_page(client, article).text
    review.unpublish(article, by=bob, at=NOON)
    assert "bob unpublished it on 22 November 2026, 12:00 UTC." in open_page(client, article).text


def test_the_crawlers_word_stands_beside_the_editors(client: Client, article: Article, ada: User, bob: User) -> None:
    review.edit(article, {"quality": 88}, by=ada, at=NOON, reason="Too low")
    review.edit(article, {"web_url": ABSENT} if False else {"webUrl": "https://example.com/"}, by=bob, at=NOON)
    text = open_page(client, article).text
    assert "crawler: 68 · you, 22 November 2026, 12:00 UTC · “Too low” · reset Quality" in text
    assert "crawler: nothing · bob, 22 November 2026, 12:00 UTC · reset Web URL" in text


@pytest.mark.thorough
def test_a_decision_on_a_key_without_a_control_is_shown_too(client: Client, site: Site, ada: User) -> None:
    article = make_article(site, levels="one")
    review.edit(article, {"levels": "two"}, by=ada, at=NOON)
    assert "levels crawler: one · set to: two · you" in open_page(client, article).text


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.broad(2)
def test_the_number_of_queries_does_not_grow(
    client: Client, site: Site, ada: User, django_assert_num_queries: CountQueries, count: int
) -> None:
    """Session, user, two for rights; the frame; the article, its decisions, a logo; events; the site's topics."""
    article = make_article(site, topics=[f"Topic {number}" for number in range(count)])
    for number in range(count):
        review.edit(article, {"title": f"Title {number}", f"key{number}": number}, by=ada, at=NOON)
        Topic.objects.create(site=site, name=f"Known {number}", path="x")
    with django_assert_num_queries(8):
        client.get(url(article))
    with django_assert_num_queries(8):
        client.get(f"{LIST}{article.pk}/history/")


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_saving_what_was_shown_changes_nothing(client: Client, article: Article) -> None:
    assert "Nothing was changed in" in save(client, article).text
    assert not Override.objects.exists()
    assert not Event.objects.exists()


def test_a_mended_title_is_one_override_and_one_changed_line(client: Client, article: Article) -> None:
    before = bytes(article.source.text).decode().splitlines()
    page = save(client, article, title="Harbour pilots try a tug", reason="Shorter")
    assert "Saved “Harbour pilots try a tug”: Title." in page.text
    override = Override.objects.get()
    assert (override.key, override.value, override.username, override.reason) == (
        "title",
        "Harbour pilots try a tug",
        "ada",
        "Shorter",
    )
    article = Article.objects.select_related("source").get()
    after = document_in_force(article).to_bytes().decode().splitlines()
    assert [line for line in after if line not in before] == ['title: "Harbour pilots try a tug"']
    assert Event.objects.get().changes == {"title": [FIELDS["title"], "Harbour pilots try a tug"]}
    assert not LogEntry.objects.exists()


def test_every_control_reaches_the_file(client: Client, article: Article) -> None:
    typed = {
        "title": "A tug",
        "excerpt": "First\r\nsecond",
        "type": "video",
        "topics": "Technology\r\nPorts",
        "featured_content": "<iframe src='https://video.example.com/1'></iframe>",
        "quality": "88",
        "heat": "-1",
        "published": "true",
        "provider_name": "The Herald",
        "provider_domain": "herald.example.com",
        "published_at": "2026-11-21 09:30:59",
        "original_url": "https://herald.example.com/tug",
        "web_url": "https://herald.example.com/tug?web",
        "amp_url": "https://herald.example.com/amp",
        "cdn_amp_url": "https://cache.example.com/amp",
        "images-0-DELETE": "on",
        "images-2-url": "/assets/tug.svg",
        "images-2-width": "640",
    }
    save(client, article, **typed)
    fields = in_force(article)
    assert {key: fields[key] for key in ("title", "excerpt", "type", "topics", "quality", "heat", "published")} == {
        "title": "A tug",
        "excerpt": "First\nsecond",
        "type": "video",
        "topics": ["Technology", "Ports"],
        "quality": 88,
        "heat": -1,
        "published": True,
    }
    assert (fields["provider"]["name"], fields["provider"]["domain"]) == ("The Herald", "herald.example.com")
    assert fields["publishedDateTime"] == datetime(2026, 11, 21, 9, 30, 59, tzinfo=UTC)
    assert fields["ampWebUrl"] == "https://herald.example.com/amp"
    assert fields["images"] == [FIELDS["images"][1], {"url": "/assets/tug.svg", "width": 640}]
    assert Event.objects.get().act == "edited"


@pytest.mark.thorough
def test_blanking_takes_the_key_away_but_leaves_an_empty_excerpt(client: Client, article: Article) -> None:
    save(client, article, original_url="", quality="", excerpt="", topics="")
    fields = in_force(article)
    assert "originalUrl" not in fields
    assert "quality" not in fields
    assert "topics" not in fields
    assert fields["excerpt"] == ""


@pytest.mark.thorough
def test_typing_the_crawlers_value_takes_the_override_away(client: Client, article: Article, ada: User) -> None:
    review.edit(article, {"quality": 88}, by=ada, at=NOON)
    save(client, article, quality="68")
    assert not Override.objects.exists()


def test_save_leads_back_to_the_list_as_it_was(client: Client, article: Article) -> None:
    page = read(client.get(f"{LIST}?quality=below&o=-4"))
    href = next(link for link in page.attributes("a", "href") if f"/{article.pk}/change/" in link)
    data = read(client.get(href)).form("article_form") | {"title": ["A tug"], "_save": ["1"]}
    assert client.post(href, data)["Location"] == f"{LIST}?quality=below&o=-4"
    data |= {"version": ["2"], "shown": [""], "_continue": ["1"]}
    assert client.post(href, data)["Location"] == href


def test_publish_saves_and_decides_as_one(client: Client, article: Article) -> None:
    page = save(client, article, "_publish", title="A tug", reason="Good")
    assert "Saved “A tug”: Title." in page.text
    assert "Published “A tug”." in page.text
    article.refresh_from_db()
    assert (article.title, article.published) == ("A tug", True)
    assert list(Event.objects.order_by("id").values_list("act", "reason")) == [
        ("edited", "Good"),
        ("published", "Good"),
    ]
    assert Event.objects.values("batch").distinct().count() == 1


@pytest.mark.thorough
def test_unpublish_holds_also_where_the_crawler_says_the_same(client: Client, article: Article) -> None:
    assert "Unpublished “" in save(client, article, "_unpublish").text
    assert Override.objects.get().value is False
    assert "Nothing was changed" in save(client, article, "_unpublish").text


@pytest.mark.thorough
def test_a_pressed_button_outweighs_the_control_beside_it(client: Client, article: Article) -> None:
    save(client, article, "_unpublish", published="true")
    article.refresh_from_db()
    assert article.published is False


def test_an_unknown_topic_is_saved_and_named(client: Client, article: Article, site: Site) -> None:
    Topic.objects.filter(name="Robotics").update(path="_data/topics/1-robotics.yaml")
    page = save(client, article, topics="Robotics\r\nRobotic")
    assert "the site has no such topic: Robotic." in page.text


# --- Refusing ---------------------------------------------------------------------------------------------------------


def test_wrong_values_are_named_at_their_controls_and_nothing_typed_is_lost(client: Client, article: Article) -> None:
    data = form_of(client, article) | {"title": ["A tug"], "quality": ["high"], "images-0-width": ["wide"]}
    response = client.post(url(article), data)
    assert response.status_code == 200
    page = read(response)
    assert "Nothing was saved. What you typed is still here." in page.text
    assert page.text.count("Enter a whole number.") == 3
    again = page.form("article_form")
    assert (again["title"], again["quality"], again["images-0-width"]) == (["A tug"], ["high"], ["wide"])
    assert not Event.objects.exists()


@pytest.mark.thorough
def test_values_that_the_record_refuses_are_named_at_their_controls(client: Client, article: Article) -> None:
    data = form_of(client, article) | {
        "original_url": ["javascript:alert(1)"],
        "provider_domain": ["no domain"],
        "images-1-url": ["nowhere"],
    }
    page = read(client.post(url(article), data))
    for words in (
        "'originalUrl' is no web address",
        "'provider.domain' is no domain",
        "'images[1].url' is no web address",
    ):
        assert words in page.text
    assert not Event.objects.exists()


def test_the_decision_is_not_taken_when_the_change_is_refused(client: Client, article: Article) -> None:
    data = form_of(client, article) | {"original_url": ["nowhere"], "_publish": ["1"]}
    client.post(url(article), data)
    article.refresh_from_db()
    assert article.published is False


@pytest.mark.thorough
def test_a_change_is_not_kept_when_the_decision_is_refused(client: Client, article: Article, bob: User) -> None:
    data = form_of(client, article) | {"title": ["A tug"], "_unpublish": ["1"]}
    review.publish(article, by=bob, at=NOON)
    assert client.post(url(article), data).status_code == 409
    article.refresh_from_db()
    assert (article.title, article.published) == (FIELDS["title"], True)


# --- Two editors ------------------------------------------------------------------------------------------------------


def test_a_stale_form_is_refused_with_both_sides_and_keeps_what_was_typed(
    client: Client, article: Article, bob: User
) -> None:
    data = form_of(client, article) | {"title": ["Mine"], "_save": ["1"]}
    review.edit(article, {"title": "Theirs", "quality": 88}, by=bob, at=NOON)
    response = client.post(url(article), data)
    assert response.status_code == 409
    page = read(response)
    assert "The article changed while you worked on it. Nothing was saved." in page.text
    assert f"Title {FIELDS['title']} Theirs Mine" in page.text
    assert "Quality 68 88 not touched; what is now stays" in page.text
    assert "Last: bob edited" in page.text
    again = page.form("article_form")
    assert (again["title"], again["quality"], again["version"]) == (["Mine"], ["88"], ["1"])
    article.refresh_from_db()
    assert article.title == "Theirs"


@pytest.mark.thorough
def test_saving_a_stale_form_twice_is_refused_twice(client: Client, article: Article, bob: User) -> None:
    data = form_of(client, article) | {"title": ["Mine"], "_save": ["1"]}
    review.edit(article, {"title": "Theirs"}, by=bob, at=NOON)
    again = read(client.post(url(article), data)).form("article_form") | {"_save": ["1"]}
    assert client.post(url(article), again).status_code == 409


def test_one_click_applies_mine_to_the_newer_version(client: Client, article: Article, bob: User) -> None:
    data = form_of(client, article) | {"title": ["Mine"], "_save": ["1"]}
    review.edit(article, {"title": "Theirs", "quality": 88}, by=bob, at=NOON)
    page = read(client.post(url(article), data))
    assert "Apply mine to the newer version" in page.text
    (value,) = [attrs["value"] for tag, attrs in page.elements if tag == "button" and attrs.get("name") == "_apply"]
    done = client.post(url(article), page.form("article_form") | {"_apply": [value]})
    assert done["Location"] == url(article)
    article.refresh_from_db()
    assert (article.title, article.quality) == ("Mine", 88)


@pytest.mark.thorough
def test_applying_mine_keeps_the_decision_that_was_pressed(client: Client, article: Article, bob: User) -> None:
    data = form_of(client, article) | {"title": ["Mine"], "_publish": ["1"]}
    review.edit(article, {"title": "Theirs"}, by=bob, at=NOON)
    page = read(client.post(url(article), data))
    assert "Apply mine to the newer version and publish it" in page.text
    client.post(url(article), page.form("article_form") | {"_apply": ["2 _publish"]})
    article.refresh_from_db()
    assert (article.title, article.published) == ("Mine", True)


@pytest.mark.thorough
def test_applying_mine_to_a_version_that_moved_again_is_refused_again(
    client: Client, article: Article, bob: User
) -> None:
    data = form_of(client, article) | {"title": ["Mine"], "_save": ["1"]}
    review.edit(article, {"title": "Theirs"}, by=bob, at=NOON)
    page = read(client.post(url(article), data))
    review.edit(article, {"title": "Theirs again"}, by=bob, at=NOON)
    assert client.post(url(article), page.form("article_form") | {"_apply": ["2"]}).status_code == 409


@pytest.mark.thorough
def test_a_field_that_i_did_not_touch_is_not_taken_back(client: Client, article: Article, bob: User) -> None:
    data = form_of(client, article) | {"title": ["Mine"], "_save": ["1"]}
    review.edit(article, {"quality": 88}, by=bob, at=NOON)
    client.post(url(article), data)
    article.refresh_from_db()
    assert article.quality == 88


@pytest.mark.parametrize("version", ["", "0", "x", "99"])
@pytest.mark.broad(3)
def test_a_form_with_a_version_that_never_was_is_refused(client: Client, article: Article, version: str) -> None:
    response = client.post(url(article), form_of(client, article) | {"title": ["Mine"], "version": [version]})
    assert response.status_code in (200, 409)
    assert not Event.objects.exists()


# --- Reset ------------------------------------------------------------------------------------------------------------


def test_reset_gives_a_field_back_to_the_crawler(client: Client, article: Article, ada: User) -> None:
    review.edit(article, {"title": "A tug", "quality": 88}, by=ada, at=NOON)
    page = read(client.post(url(article), form_of(client, article) | {"_reset": ["title"]}, follow=True))
    assert "Title is the crawler's again." in page.text
    article.refresh_from_db()
    assert (article.title, article.quality) == (FIELDS["title"], 88)
    assert Event.objects.latest("id").act == "reset"


@pytest.mark.thorough
def test_reset_keeps_what_was_typed_elsewhere(client: Client, article: Article, ada: User) -> None:
    review.edit(article, {"title": "A tug"}, by=ada, at=NOON)
    data = form_of(client, article) | {"excerpt": ["Typed"], "quality": ["high"], "_reset": ["title"]}
    page = read(client.post(url(article), data))
    assert "What you typed in other fields is not saved yet." in page.text
    again = page.form("article_form")
    assert (again["title"], again["excerpt"], again["quality"]) == ([FIELDS["title"]], ["Typed"], ["high"])
    again |= {"quality": ["68"], "_save": ["1"]}
    client.post(url(article), again)
    article.refresh_from_db()
    assert (article.title, article.excerpt) == (FIELDS["title"], "Typed")


@pytest.mark.thorough
def test_a_stale_reset_is_refused(client: Client, article: Article, ada: User, bob: User) -> None:
    review.edit(article, {"title": "A tug"}, by=ada, at=NOON)
    data = form_of(client, article) | {"_reset": ["title"]}
    review.edit(article, {"title": "Another tug"}, by=bob, at=NOON)
    assert client.post(url(article), data).status_code == 409
    article.refresh_from_db()
    assert article.title == "Another tug"


@pytest.mark.thorough
def test_resetting_what_was_not_decided_does_nothing(client: Client, article: Article) -> None:
    page = read(client.post(url(article), form_of(client, article) | {"_reset": ["title"]}, follow=True))
    assert "Title was the crawler's." in page.text
    assert not Event.objects.exists()


# --- History ----------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_page_shows_the_last_events_and_its_history_all(client: Client, article: Article, ada: User) -> None:
    for number in range(25):
        review.edit(article, {"title": f"Title {number}"}, by=ada, at=NOON)
    assert open_page(client, article).text.count("ada edited") == 20
    text = read(client.get(f"{LIST}{article.pk}/history/")).text
    assert text.count("ada edited") == 25
    assert "Title Title 23 → Title 24" in text
    assert "25 events" in text


@pytest.mark.thorough
def test_the_crawlers_changes_are_its_own(client: Client, article: Article, site: Site) -> None:
    Event.objects.create(
        site=site,
        article=article,
        act=Event.Act.REWRITTEN,
        by_crawler=True,
        changes={"quality": [52, 68], "secured": ["a", "b"]},
        batch=uuid.uuid4(),
        at=NOON,
    )
    text = open_page(client, article).text
    assert "crawler changed Quality 52 → 68" in text
    assert "secured" not in text


# --- Adding -----------------------------------------------------------------------------------------------------------

ADD = f"{LIST}add/"


def add(client: Client, **typed: str) -> Page:
    data = read(client.get(ADD)).form("article_form") | {name: [text] for name, text in typed.items()}
    return read(client.post(ADD, data, follow=True))


def test_an_article_is_added_by_hand(client: Client, site: Site) -> None:
    page = add(
        client,
        title="A tug: by hand",
        excerpt="Words",
        type="article",
        published_at="2026-11-21 09:30:00",
        original_url="https://example.com/tug",
        provider_name="Herald",
        provider_domain="herald.example.com",
        topics="Ports",
        quality="80",
        published="true",
        **{"images-0-url": "/assets/tug.svg"},
    )
    assert "The next export makes it the file _news/2026-11-21-a-tug-by-hand.md." in page.text
    article = Article.objects.get()
    assert (article.site, article.title, article.quality, article.published, article.category) == (
        site,
        "A tug: by hand",
        80,
        True,
        "news",
    )
    assert document_in_force(article).to_bytes().decode().startswith('---\ncategory: news\ntitle: "A tug: by hand"\n')
    assert Event.objects.get().act == "added"
    assert "added by hand; the next export makes it" in page.text


@pytest.mark.thorough
def test_an_article_without_what_it_needs_is_not_added(client: Client, site: Site) -> None:
    page = add(client, excerpt="Typed")
    for words in ("Enter a title.", "Choose article or video.", "Enter date and time in UTC"):
        assert words in page.text
    assert page.form("article_form")["excerpt"] == ["Typed"]
    assert not Article.objects.exists()


@pytest.mark.thorough
def test_an_article_with_a_wrong_address_is_not_added(client: Client, site: Site) -> None:
    page = add(client, title="A", type="article", published_at="2026-11-21 09:30", original_url="nowhere")
    assert "'originalUrl' is no web address" in page.text
    assert not Article.objects.exists()


def test_with_several_sites_one_is_chosen(client: Client, site: Site) -> None:
    make_site("tower")
    page = add(client, title="A", type="article", published_at="2026-11-21 09:30")
    assert "This field is required." in page.text


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_a_viewer_reads_and_changes_nothing(client: Client, article: Article) -> None:
    data = form_of(client, article) | {"title": ["A tug"], "_publish": ["1"]}
    client.force_login(make_user("vera", "Viewer"))
    page = open_page(client, article)
    assert FIELDS["excerpt"] in page.text
    assert "article_form" not in page.forms
    assert not {"textarea", "select"} & {tag for tag, _ in page.elements}
    assert client.post(url(article), data).status_code == 403
    assert client.get(ADD).status_code == 403
    assert not Event.objects.exists()


@pytest.mark.thorough
def test_who_may_not_publish_may_still_edit(client: Client, article: Article, ada: User) -> None:
    ada.groups.clear()
    from django.contrib.auth.models import Permission

    ada.user_permissions.set(Permission.objects.filter(codename__in=("change_article", "view_article")))
    page = open_page(client, article)
    assert "Publish" not in page.words
    assert "published" not in page.form("article_form")
    data = page.form("article_form") | {"title": ["A tug"], "_publish": ["1"]}
    assert client.post(url(article), data).status_code == 403
    save(client, article, title="A tug", published="true")
    article.refresh_from_db()
    assert (article.title, article.published) == ("A tug", False)


def test_a_visitor_is_asked_to_log_in(client: Client, article: Article) -> None:
    client.logout()
    for path in (url(article), LIST, ADD, f"{LIST}{article.pk}/history/"):
        assert client.get(path)["Location"].startswith("/admin/login/")


def test_an_article_cannot_be_deleted(client: Client, article: Article, ada: User) -> None:
    ada.is_superuser = True
    ada.save()
    assert client.post(f"{LIST}{article.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete" not in open_page(client, article).text.lower()
    assert Article.objects.exists()
