"""The other records in the admin: who sees and changes what, what the pages say, and what they cost."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client

from articles import review
from articles.importing import import_site
from articles.models import Provider, Site, Topic
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import read
from tests.samples import ARTICLE, PATH, changed, write_files

pytestmark = pytest.mark.django_db

CountQueries = Callable[[int], AbstractContextManager[Any]]
MODELS = ("site", "provider", "topic", "image", "override", "event")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def root_user(client: Client) -> User:
    user = make_user("root", is_superuser=True)
    client.force_login(user)
    return user


def first(model: str) -> Model:
    record: Model = apps.get_model("articles", model)._default_manager.order_by("pk")[0]
    return record


def fill(site: Site, by: User, count: int) -> None:
    """So many rows in every list."""
    for number in range(count):
        provider = {"name": f"Paper {number}", "domain": f"{number}.example.com", "images": [{"url": "/a.svg"}] * 2}
        article = make_article(site, provider=provider, topics=[f"Topic {number}"])
        review.edit(article, {"title": f"Title {number}"}, by=by, at=NOON)
    parent = Topic.objects.create(site=site, name="Parent")
    Topic.objects.exclude(pk=parent.pk).update(parent=parent, keywords=["a", "b"])


# --- The frame --------------------------------------------------------------------------------------------------------


def test_the_records_are_grouped_as_an_editor_thinks(client: Client, root_user: User) -> None:
    page = read(client.get("/admin/"))
    for name in ("News", "Sources and topics", "Record", "Set-up"):
        assert name in page.words
    for name in (
        "Articles",
        "Pictures",
        "Providers",
        "Topics",
        "History",
        "Editors' decisions",
        "Sites",
        "Users",
        "Groups",
    ):
        assert page.words.count(name) == 2  # in the frame and in its group


def test_the_index_shows_what_happened_last(client: Client, root_user: User, site: Site) -> None:
    fill(site, root_user, 12)
    text = read(client.get("/admin/")).text
    assert text.count("root edited") == 10
    assert "Title 11" in text


def test_a_user_without_a_group_is_told_so(client: Client) -> None:
    client.force_login(make_user("nobody"))
    assert "You may not see any records yet." in read(client.get("/admin/")).text


def test_an_app_has_no_page_of_its_own(client: Client, root_user: User) -> None:
    assert client.get("/admin/articles/")["Location"] == "/admin/"


def test_browsers_find_the_icon(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"].endswith("articles/favicon.svg")


# --- Cost -------------------------------------------------------------------------------------------------------------

QUERIES = {"site": 5, "provider": 7, "topic": 6, "image": 5, "override": 6, "event": 6}
"""Of each list for a superuser: session, user, frame; sites to choose from, a bounded count, rows, their parts."""


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.broad(12)
def test_the_number_of_queries_of_a_list_does_not_grow(
    client: Client, root_user: User, site: Site, django_assert_num_queries: CountQueries, model: str, count: int
) -> None:
    fill(site, root_user, count)
    if model == "site":
        for number in range(count):
            make_site(f"site-{number}")
    with django_assert_num_queries(QUERIES[model]) as queries:
        assert client.get(f"/admin/articles/{model}/").status_code == 200
    counting = [query["sql"] for query in queries.captured_queries if "COUNT(" in query["sql"]]
    assert all("LIMIT 2001" in sql or "LIMIT 1001)" in sql for sql in counting)  # the list's, the frame's
    assert not any("secured" in query["sql"] for query in queries.captured_queries)


@pytest.mark.parametrize("count", [1, 12])
def test_nor_does_it_where_the_list_is_narrowed(
    client: Client, root_user: User, site: Site, django_assert_num_queries: CountQueries, count: int
) -> None:
    fill(site, root_user, count)
    with django_assert_num_queries(6):
        assert client.get("/admin/articles/topic/?site=harbour").status_code == 200


# --- Who may what -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["Viewer", "Editor", "Chief editor"])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.broad(9)
def test_every_group_reads_every_record_and_adds_or_deletes_none(
    client: Client, site: Site, group: str, model: str
) -> None:
    fill(site, make_user("ada", "Editor"), 1)
    client.force_login(make_user("someone", group))
    record = first(model)
    base = f"/admin/articles/{model}"
    assert client.get(f"{base}/").status_code == 200
    assert client.get(f"{base}/{record.pk}/change/").status_code == 200
    assert client.get(f"{base}/add/").status_code == 403
    assert client.post(f"{base}/{record.pk}/delete/", {"post": "yes"}).status_code == 403
    may_change = model == "site" and group == "Chief editor"
    assert client.post(f"{base}/{record.pk}/change/", {"title": "x", "threshold": "7"}).status_code == (
        302 if may_change else 403
    )


@pytest.mark.parametrize("model", ["provider", "topic", "image", "override", "event"])
@pytest.mark.broad(3)
def test_even_the_superuser_only_reads_them(client: Client, root_user: User, site: Site, model: str) -> None:
    fill(site, root_user, 1)
    record = first(model)
    page = read(client.get(f"/admin/articles/{model}/{record.pk}/change/"))
    assert not [attrs for tag, attrs in page.elements if tag == "input" and attrs.get("type") == "submit"]
    assert client.post(f"/admin/articles/{model}/{record.pk}/change/", {}).status_code == 403
    assert client.get(f"/admin/articles/{model}/add/").status_code == 403


def test_a_chief_editor_sets_the_threshold(client: Client, site: Site) -> None:
    client.force_login(make_user("chris", "Chief editor"))
    client.post(
        f"/admin/articles/site/{site.pk}/change/", {"title": "Harbour", "threshold": "65", "slug": "x", "root": "/"}
    )
    site.refresh_from_db()
    assert (site.title, site.threshold, site.slug, site.root) == ("Harbour", 65, "harbour", "")
    refused = client.post(f"/admin/articles/site/{site.pk}/change/", {"title": "Harbour", "threshold": "-1"})
    assert refused.status_code == 200
    site.refresh_from_db()
    assert site.threshold == 65


def test_another_threshold_moves_its_articles(client: Client, site: Site) -> None:
    client.force_login(make_user("chief", "Chief editor"))
    article = make_article(site, quality=60, published=True)
    client.post(f"/admin/articles/site/{site.pk}/change/", {"title": "Harbour", "threshold": "55"})
    article.refresh_from_db()
    assert article.nearness == 5
    assert not article.findings.filter(code="against_rule").exists()
    client.post(f"/admin/articles/site/{site.pk}/change/", {"title": "Harbour", "threshold": "65"})
    assert article.findings.filter(code="against_rule").exists()


def test_only_the_superuser_sees_users(client: Client) -> None:
    client.force_login(make_user("chris", "Chief editor"))
    assert client.get("/admin/auth/user/").status_code == 403
    assert client.get("/admin/auth/group/").status_code == 403
    assert "Users" not in read(client.get("/admin/")).words


def test_the_superuser_makes_a_user_and_puts_them_into_a_group(client: Client, root_user: User) -> None:
    password = "a-long-Phrase-9"
    client.post(
        "/admin/auth/user/add/",
        {"username": "ada", "password1": password, "password2": password, "usable_password": "true"},
    )
    ada = User.objects.get(username="ada")
    url = f"/admin/auth/user/{ada.pk}/change/"
    data = read(client.get(url)).form("user_form") | {
        "groups": [str(Group.objects.get(name="Editor").pk)],
        "is_staff": ["on"],
    }
    assert client.post(url, data).status_code == 302
    assert ada.has_perm("articles.publish_article")
    assert "Editor" in read(client.get("/admin/auth/user/")).text


def test_a_user_is_made_inactive_and_never_deleted(client: Client, root_user: User) -> None:
    ada = make_user("ada", "Editor")
    assert client.post(f"/admin/auth/user/{ada.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "Delete" not in read(client.get(f"/admin/auth/user/{ada.pk}/change/")).text


# --- What they say ----------------------------------------------------------------------------------------------------


def test_a_site_tells_of_its_last_import(client: Client, root_user: User, tmp_path: Path) -> None:
    bad: dict[str, str | bytes] = {"_news/bad.md": "---\ntitle: [", PATH: changed(("quality: 68", "quality: high"))}
    import_site(write_files(tmp_path / "harbour", bad), at=NOON)
    site = Site.objects.get()
    text = read(client.get(f"/admin/articles/site/{site.pk}/change/")).text
    for words in ("created 1", "files 2", "_news/bad.md:", f"{PATH}:8 'quality' should be a whole number"):
        assert words in text


def test_a_provider_leads_to_its_articles(client: Client, root_user: User, site: Site) -> None:
    make_article(site, title="mine")
    make_article(site, title="other", provider={"name": "Times", "domain": "times.example.com"})
    provider = Provider.objects.get(domain="news.example.com")
    page = read(client.get(f"/admin/articles/provider/{provider.pk}/change/"))
    assert "/sites/harbour/picture/assets/herald.svg" in page.attributes("img", "src")
    (href,) = [link for link in page.attributes("a", "href") if "provider=" in link]
    assert [row.title for row in client.get(href).context["cl"].result_list] == ["mine"]


def test_a_topic_leads_to_its_articles_and_its_parent(client: Client, root_user: User, site: Site) -> None:
    make_article(site, title="mine", topics=["Apes & Co", "Animals"])
    make_article(site, title="other", topics=["Animals"])
    apes = Topic.objects.get(name="Apes & Co")
    apes.parent, apes.keywords = Topic.objects.get(name="Animals"), ["gorilla", "chimp"]
    apes.save()
    page = read(client.get(f"/admin/articles/topic/{apes.pk}/change/"))
    assert "gorilla, chimp" in page.text
    assert "Animals" in page.text
    (href,) = [link for link in page.attributes("a", "href") if "topic=" in link]
    assert [row.title for row in client.get(href).context["cl"].result_list] == ["mine"]


def test_history_is_narrowed_by_act_doer_and_date(client: Client, root_user: User, site: Site) -> None:
    article = make_article(site)
    review.edit(article, {"title": "A tug"}, by=root_user, at=NOON, reason="Shorter")
    review.publish(article, by=root_user, at=NOON)
    found = {
        query: read(client.get(f"/admin/articles/event/?{query}")).text
        for query in ("act=published", "act=edited", "who=crawler", "date=today", "date=older")
    }
    assert "Title: Harbour pilots test a tug that steers itself → A tug" in found["act=edited"]
    assert "1 event" in found["act=published"]
    assert "0 events" in found["who=crawler"]
    assert "2 events" in found["date=today"]
    assert "0 events" in found["date=older"]


def test_history_says_in_words_what_changed_no_value(client: Client, root_user: User, site: Site) -> None:
    review.publish(make_article(site, title="Out", published=True), by=root_user, at=NOON)
    review.keep(make_article(site, title="In"), by=root_user, at=NOON)
    text = read(client.get("/admin/articles/event/")).text
    assert "Published Out root Published: yes, decided" in text
    assert "Kept as it is In root" in text


def test_decisions_show_both_words(client: Client, root_user: User, site: Site) -> None:
    review.edit(
        make_article(site), {"quality": 88, "webUrl": "https://example.com/"}, by=root_user, at=NOON, reason="Too low"
    )
    text = read(client.get("/admin/articles/override/")).text
    assert "Quality" in text
    assert "88 68 root 22 November 2026, 12:00:00 UTC Too low" in text
    assert "https://example.com/ nothing root" in text


def test_an_imported_file_is_shown_as_it_came(client: Client, root_user: User, tmp_path: Path) -> None:
    import_site(write_files(tmp_path / "harbour", {PATH: ARTICLE}), at=NOON)
    assert "Harbour pilots test" in read(client.get("/admin/articles/article/")).text
