"""Saved views of the queue: named, opened, replaced, renamed, shared, deleted; by nobody but their owner."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Finding, SavedView
from tests.factories import make_article, make_site, make_user
from tests.pages import read

pytestmark = pytest.mark.django_db

QUERY = "site=harbour&quality_min=60"


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Viewer")


@pytest.fixture
def client(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def save(client: Client, name: str = "Near", **data: str) -> int:
    return client.post("/views/new/", {"query": QUERY, "name": name, **data}).status_code


def test_a_list_is_saved_under_a_name(client: Client, ada: User) -> None:
    page = read(client.get("/views/new/?query=quality_min%3D60%26site%3Dharbour%26article%3D5%26from%3D1.2.3.4"))
    assert "awaiting review, site: harbour, quality from 60, most urgent first" in page.text
    response = client.post("/views/new/", {**page.form("view-form"), "name": "  Near  it "})
    assert (response.status_code, response["Location"]) == (302, f"/?{QUERY}")
    view = SavedView.objects.get()
    assert (view.owner, view.name, view.query, view.is_shared) == (ada, "Near it", QUERY, False)


def test_it_stands_in_the_panel_and_on_its_page(client: Client) -> None:
    make_site()
    save(client)
    for address in ("/facets/", "/views/"):
        page = read(client.get(address))
        assert f"/?{QUERY}" in page.attributes("a", "href")
        assert "Near" in page.text


def test_a_name_is_needed(client: Client) -> None:
    assert save(client, "   ") == 200
    assert not SavedView.objects.exists()


def test_a_name_that_is_taken_is_replaced_only_when_asked(client: Client) -> None:
    SavedView.objects.create(owner=User.objects.get(), name="Near", query="q=old")
    response = client.post("/views/new/", {"query": QUERY, "name": "Near"})
    assert "You have a view named Near already." in read(response).text
    assert SavedView.objects.get().query == "q=old"
    client.post("/views/new/", {"query": QUERY, "name": "Near", "replace": "1"})
    assert SavedView.objects.get().query == QUERY


def test_what_is_no_search_is_not_kept(client: Client) -> None:
    client.post("/views/new/", {"query": "state=flying&next=//evil.example&q=tug", "name": "Odd"})
    assert SavedView.objects.get().query == "q=tug"


def test_others_see_it_once_it_is_shared_and_cannot_change_it(client: Client) -> None:
    make_site()
    save(client)
    view = SavedView.objects.get()
    ben = Client()
    ben.force_login(make_user("ben", "Viewer"))
    assert "Near" not in read(ben.get("/facets/")).text
    client.post(f"/views/{view.pk}/", {"name": "Near", "is_shared": "1"})
    assert "Near ada" in read(ben.get("/facets/")).text
    assert ben.get(f"/views/{view.pk}/").status_code == 404
    assert ben.post(f"/views/{view.pk}/", {"name": "Mine"}).status_code == 404
    assert ben.post(f"/views/{view.pk}/delete/").status_code == 404
    assert SavedView.objects.get().name == "Near"


def test_it_is_renamed_but_not_to_a_name_that_is_taken(client: Client) -> None:
    save(client)
    save(client, "Far")
    near = SavedView.objects.get(name="Near")
    response = client.post(f"/views/{near.pk}/", {"name": "Far"})
    assert "You have another view of that name already." in read(response).text
    assert client.post(f"/views/{near.pk}/", {"name": "Nearer"}).status_code == 302
    assert set(SavedView.objects.values_list("name", flat=True)) == {"Nearer", "Far"}


def test_it_is_deleted_and_can_be_saved_again(client: Client) -> None:
    save(client)
    response = client.post(f"/views/{SavedView.objects.get().pk}/delete/", follow=True)
    assert not SavedView.objects.exists()
    again = "/views/new/?query=site%3Dharbour%26quality_min%3D60"
    assert again in read(response).attributes("a", "href")
    assert read(client.get(again)).form("view-form")["query"] == [QUERY]


@pytest.mark.parametrize("address", ["/views/99999999999999999999999/", "/views/424242/"])
def test_no_such_view(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_name_is_shown_and_never_run(client: Client) -> None:
    make_site()
    save(client, "<script>alert(1)</script>")
    for address in ("/views/", "/facets/"):
        assert b"<script>alert" not in client.get(address).content


# --- What there is of each ----------------------------------------------------------------------------------------


def test_the_panel_counts_within_the_other_filters(client: Client) -> None:
    harbour, island = make_site(), make_site("island")
    tug = make_article(harbour, title="tug", quality=90, topics=["Ships"])
    make_article(harbour, title="barge", quality=20, topics=["Ships", "Ports"])
    make_article(island, title="ferry", quality=90, published=True, type="video")
    Finding.objects.create(article=tug, code="mojibake", severity="error", key="title")
    Finding.objects.create(article=tug, code="mojibake", severity="error", key="excerpt")
    text = read(client.get("/facets/?quality_min=50")).text
    for words in ("Awaiting review 2", "All 2", "Harbour 1", "Island 1", "Mojibake 1", "Published 1", "Video 1"):
        assert words.lower() in text.lower()
    assert "Ships 1" in text
    assert "Counted are" not in text


def test_of_a_long_list_the_panel_counts_the_newest(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.desk.facets.SAMPLE", 2)
    site = make_site()
    old = make_article(site, topics=["Ships"], published=False, publishedDateTime=datetime(2024, 1, 1, tzinfo=UTC))
    Article.objects.filter(pk=old.pk).update(state=Article.State.DECIDED)
    for day in (1, 2, 3):
        make_article(site, topics=["Ports"], published=False, publishedDateTime=datetime(2025, 1, day, tzinfo=UTC))
    text = " ".join(read(client.get("/facets/?published=no&site=harbour")).text.split())
    assert "Counted are the newest 2" in text
    assert "Ports 2" in text
    assert "Ships" not in text
    assert "Never decided 2 Decided File gone All 2" in text, "what is not among these two may be further down"


def test_the_states_of_all_articles_are_counted(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.desk.facets.SAMPLE", 1)
    site = make_site()
    for number in range(3):
        make_article(site, title=f"tug {number}")
    assert "Never decided 3" in read(client.get("/facets/")).text


@pytest.mark.parametrize(
    "query", ["", "topic=Ships", "site=harbour&type=article&q=tug", "finding=mojibake&quality_min=5"]
)
def test_the_panel_asks_few_queries_however_much_there_is(client: Client, query: str) -> None:
    site, numbers = make_site(), []
    for count in (2, 30):
        for _ in range(count):
            make_article(site, title="tug", topics=["Ships", "Ports"])
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/facets/?{query}", HTTP_HX_REQUEST="true")
        numbers.append(len(captured))
    assert numbers[0] == numbers[1]
    guess = connection.vendor == "postgresql" and "q=" in query  # how common the words are
    assert numbers[1] <= (8 if query.count("&") == 0 else 10) + guess


def test_its_own_filter_does_not_hide_what_else_could_be_chosen(client: Client) -> None:
    site = make_site()
    make_article(site, topics=["Ships"])
    make_article(site, topics=["Ships", "Ports"])
    make_article(site, topics=["Robotics"])
    text = read(client.get("/facets/?topic=Ships")).text
    assert "Ships 2" in text
    assert "Robotics 1" in text
    assert "Harbour 2" in text


def test_a_choice_in_use_is_taken_away_by_its_link(client: Client) -> None:
    make_article(make_site(), topics=["Ships"])
    hrefs = read(client.get("/facets/?topic=Ships&order=newest")).attributes("a", "href")
    assert "/?order=newest" in hrefs
    assert "/?site=harbour" not in hrefs
    assert "/?topic=Ships&order=newest&site=harbour" in hrefs or "/?site=harbour&topic=Ships&order=newest" in hrefs


def test_for_a_script_it_is_a_fragment(client: Client) -> None:
    make_article(make_site())
    html = client.get("/facets/", HTTP_HX_REQUEST="true").content.decode()
    assert html.startswith('<div class="facets" id="facets">')


@pytest.mark.parametrize("query", ["state=flying", "q=%00", "quality_min=x&from=1", "q=tug&topic=x&finding=mojibake"])
def test_whatever_the_address_says_there_is_a_panel(client: Client, query: str) -> None:
    make_article(make_site())
    assert client.get(f"/facets/?{query}").status_code == 200


def test_an_empty_desk_has_a_panel(client: Client) -> None:
    assert client.get("/facets/").status_code == 200


def test_of_very_common_words_it_says_that_it_counts_a_sample(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    site = make_site()
    for title in ("Ferry", "Another ferry", "Tug"):
        make_article(site, title=title)
    page = read(client.get("/facets/?q=ferry"))
    assert "Harbour 2" in page.text
    assert "Counted are" not in page.text
    monkeypatch.setattr("articles.desk.facets.SAMPLE", 1)
    page = read(client.get("/facets/?q=ferry"))
    assert "Harbour 1" in page.text
    assert "Counted are the newest 1 of its articles" in page.text
