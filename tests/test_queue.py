"""The queue at /: what it holds, in which order, page by page, and that no address breaks it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles import review, searching
from articles.content.values import ABSENT
from articles.desk import choosing, listing, meanings, sizing
from articles.models import Article, Finding, Provider, Site
from articles.standing import stand_anew
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import Page, read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Editor")


@pytest.fixture
def client(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def site() -> Site:
    return make_site(threshold=70)


def add(site: Site, title: str, **fields: Any) -> Article:
    """An article that stands where an import would have put it."""
    article = make_article(site, title=title, **fields)
    stand_anew(article, (), article.site.threshold)
    article.save()
    return article


def get(client: Client, query: str = "") -> Page:
    response = client.get(f"/{query}")
    assert response.status_code == 200, response.content[:500]
    return read(response)


def titles(page: Page) -> list[str]:
    """The titles of the rows, in order."""
    names = [attrs["data-pk"] for tag, attrs in page.elements if tag == "li" and "data-pk" in attrs]
    known = {str(pk): title for pk, title in Article.objects.values_list("pk", "title")}
    return [str(known[pk]) for pk in names]


def shown(client: Client, query: str = "") -> set[str]:
    return set(titles(get(client, query)))


# --- What it holds ------------------------------------------------------------------------------------------------


def test_an_empty_desk_says_what_to_do(client: Client) -> None:
    page = get(client)
    assert "No site yet" in page.text
    assert "import_content" in page.text


def test_the_queue_holds_what_awaits_review(client: Client, site: Site, ada: User) -> None:
    add(site, "Not decided")
    kept = add(site, "Decided")
    review.keep(kept, by=ada, at=NOON)
    assert titles(get(client)) == ["Not decided"]
    assert titles(get(client, "?state=decided")) == ["Decided"]
    assert shown(client, "?state=all") == {"Not decided", "Decided"}


def test_when_all_is_decided_it_says_so(client: Client, site: Site, ada: User) -> None:
    review.keep(add(site, "Decided"), by=ada, at=NOON)
    page = get(client)
    assert "All decided" in page.text
    assert "/?state=decided&order=newest" in page.attributes("a", "href")


def test_a_row_tells_what_a_glance_needs(client: Client, site: Site) -> None:
    article = add(site, "Tug", quality=68, heat=184, publishedDateTime=NOON - timedelta(hours=3))
    Finding.objects.create(article=article, code="mojibake", severity="error", key="title")
    page = get(client)
    for word in ("Tug", "Harbour Herald", "3 h", "Robotics, Technology", "68", "heat", "184", "near threshold"):
        assert word in page.text
    assert "mojibake" in page.text
    assert f"/sites/{site.slug}/picture/assets/herald.svg" in page.attributes("img", "src")


def test_a_row_without_anything_is_a_row(client: Client, site: Site) -> None:
    make_article(site, text="---\ntitle: \n---\n")
    page = get(client)
    assert "no provider" in page.text
    assert "not scored" in page.text.lower()


def test_the_first_article_is_shown_beside_the_list(client: Client, site: Site) -> None:
    add(site, "Tug")
    page = get(client)
    assert [attrs["id"] for tag, attrs in page.elements if tag == "article"] == ["article"]
    assert "1 of 1" in page.text
    assert not [attrs for _, attrs in page.elements if "data-at" in attrs]


def test_an_article_has_an_address_beside_the_list(client: Client, site: Site) -> None:
    first, second = add(site, "First", quality=70), add(site, "Second", quality=60)
    page = get(client, f"?article={second.pk}")
    current = [attrs["data-pk"] for tag, attrs in page.elements if attrs.get("aria-current") == "true" and tag == "li"]
    assert current == [str(second.pk)]
    assert "2 of 2" in page.text
    assert [attrs["id"] for _, attrs in page.elements if "data-at" in attrs] == ["desk"]
    assert f"/?article={first.pk}" in page.attributes("a", "href")


# --- Orders -------------------------------------------------------------------------------------------------------


@pytest.fixture
def ordered(site: Site) -> None:
    add(site, "near, cool", quality=71, heat=71, publishedDateTime=NOON - 3 * DAY)
    add(site, "near, hot", quality=69, heat=150, publishedDateTime=NOON - 2 * DAY)
    add(site, "far", quality=120, heat=120, publishedDateTime=NOON - DAY)
    add(site, "unscored", quality=ABSENT, heat=ABSENT, published=ABSENT, publishedDateTime=NOON - 4 * DAY)
    add(site, "undated", quality=20, heat=-1, publishedDateTime=ABSENT)
    changed = add(site, "changed", quality=10, heat=10, publishedDateTime=NOON - 5 * DAY)
    Article.objects.filter(pk=changed.pk).update(state=Article.State.CHANGED)


ORDERED = {
    "": ["changed", "near, hot", "near, cool", "far", "undated", "unscored"],
    "order=newest": ["far", "near, hot", "near, cool", "unscored", "changed", "undated"],
    "order=oldest": ["undated", "changed", "unscored", "near, cool", "near, hot", "far"],
    "order=hottest": ["near, hot", "far", "near, cool", "changed", "undated", "unscored"],
    "order=quality": ["far", "near, cool", "near, hot", "undated", "changed", "unscored"],
    "order=nearest": ["near, hot", "near, cool", "far", "undated", "changed", "unscored"],
}


@pytest.fixture(params=["few", "walked", "texts", "cut"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways to a page: sorted here; walked along an index, words tried by theirs or by the texts themselves; fetched
    after all, as the first rows of the order were tried in vain."""
    monkeypatch.setattr(choosing, "CAP", 1000 if request.param == "few" else 0)
    monkeypatch.setattr(choosing, "TRIED_AT_MOST", 2 if request.param == "cut" else 1000)
    monkeypatch.setattr(choosing, "READ_AT_MOST", 2 if request.param == "cut" else 1000)
    monkeypatch.setattr(sizing, "MANY", 1000 if request.param == "few" else 0)
    for module, name in ((searching, "MIDDLING"), (sizing, "MANY_HITS")):
        monkeypatch.setattr(module, name, 0 if request.param == "texts" else 1000)
    return str(request.param)


@pytest.mark.parametrize("query", ORDERED)
@pytest.mark.broad(5)
def test_each_order(client: Client, ordered: None, way: str, query: str) -> None:
    assert titles(get(client, f"?{query}")) == ORDERED[query]


def test_what_comes_first_does_so_however_far_down_it_is_found(
    client: Client, site: Site, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ROWS", 1)
    for number in range(4):
        add(site, f"barge {number}", quality=70)
    add(site, "far zeppelin", quality=10)
    Article.objects.update(state=Article.State.CHANGED)
    for near in (69, 70):
        add(site, f"zeppelin at {near}", quality=near)
    assert titles(get(client, "?q=zeppelin")) == ["far zeppelin"]
    assert titles(get(client, "?q=zeppelin&order=nearest")) == ["zeppelin at 70"]


@pytest.mark.parametrize("state", ["", "state=all&", "state=new&"])
@pytest.mark.parametrize("query", ORDERED)
@pytest.mark.broad(11)
def test_pages_follow_each_other_and_lead_back(
    client: Client, ordered: None, way: str, monkeypatch: pytest.MonkeyPatch, query: str, state: str
) -> None:
    monkeypatch.setattr(listing, "ROWS", 2)
    expected = [title for title in ORDERED[query] if state != "state=new&" or title != "changed"]
    if state == "state=all&" and not query:
        expected = ORDERED[""]
    there, links = [], [f"?{state}{query}"]
    while links:
        page = get(client, links[0])
        there.append(titles(page))
        links = [link[1:] for link in rel(page, "next")]
    assert [title for one in there for title in one] == expected
    back, links = [], [link[1:] for link in rel(page, "prev")]
    while links:
        page = get(client, links[0])
        back.append(titles(page))
        links = [link[1:] for link in rel(page, "prev")]
    assert back == there[-2::-1]


def rel(page: Page, name: str) -> list[str]:
    return [attrs["href"] for tag, attrs in page.elements if tag == "a" and attrs.get("rel") == name]


def test_items_that_are_equal_come_newest_first_on_every_page(
    client: Client, site: Site, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ROWS", 3)
    for number in range(7):
        add(site, f"equal {number}")
    page = get(client, "?order=hottest")
    first = titles(page)
    second = titles(get(client, rel(page, "next")[0][1:]))
    assert first + second == ["equal 6", "equal 5", "equal 4", "equal 3", "equal 2", "equal 1"]


# --- Filters ------------------------------------------------------------------------------------------------------


@pytest.fixture
def varied(site: Site) -> dict[str, Article]:
    other = make_site("island", threshold=50)
    every = {
        "tug": add(site, "tug", quality=68, heat=184, publishedDateTime=datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)),
        "film": add(
            site,
            "film",
            excerpt="An unheard-of barge moved.",
            quality=90,
            heat=90,
            type="video",
            published=True,
            topics=["Film"],
        ),
        "bare": add(site, "bare", quality=ABSENT, heat=ABSENT, published=ABSENT, topics=ABSENT, provider=ABSENT),
        "isle": add(
            other,
            "isle",
            quality=40,
            heat=-1,
            publishedDateTime=datetime(2026, 11, 21, tzinfo=UTC),
            provider={"name": "Isle Post", "domain": "post.example.net"},
        ),
    }
    for key, code in (("tug", "mojibake"), ("tug", "no_picture"), ("film", "against_rule"), ("isle", "flapping")):
        Finding.objects.create(article=every[key], code=code, severity="error", key="title")
    Finding.objects.create(article=every["tug"], code="mojibake", severity="error", key="excerpt")
    Article.objects.filter(pk=every["bare"].pk).update(state=Article.State.CONFLICT)
    return every


FILTERS = [
    ("site=island", {"isle"}),
    ("site=nowhere", set()),
    ("state=conflicts", {"bare"}),
    ("state=new", {"tug", "film", "isle"}),
    ("state=changed", set()),
    ("state=decided", set()),
    ("state=gone", set()),
    ("topic=Robotics", {"tug", "isle"}),
    ("topic=Film", {"film"}),
    ("topic=None", set()),
    ("provider=post.example.net", {"isle"}),
    ("provider=POST.example.net", {"isle"}),
    ("provider=isle", {"isle"}),
    ("provider=nobody", set()),
    ("type=video", {"film"}),
    ("published=yes", {"film"}),
    ("published=no", {"tug", "isle"}),
    ("published=none", {"bare"}),
    ("quality_min=68", {"tug", "film"}),
    ("quality_max=68", {"tug", "isle"}),
    ("quality_min=60&quality_max=70", {"tug"}),
    ("quality_min=70&quality_max=60", set()),
    ("heat_max=-1", {"isle"}),
    ("heat_min=100", {"tug"}),
    ("date_from=2026-11-21", {"isle"}),
    ("date_to=2026-11-20", {"tug", "film", "bare"}),
    ("finding=mojibake", {"tug"}),
    ("finding=double_space", set()),
    ("differs=1", {"film"}),
    ("flapping=1", {"isle"}),
    ("q=tugs+68", set()),
    ("q=unheard", {"film"}),
    ("q=barge+moved", {"tug", "film", "bare", "isle"}),
    ("q=unheard&site=island", set()),
    ("topic=Robotics&finding=mojibake&q=harb", {"tug"}),
    ("q=%22", {"tug", "film", "bare", "isle"}),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=[query for query, _ in FILTERS])
@pytest.mark.broad(7)
def test_each_filter(client: Client, varied: dict[str, Article], way: str, query: str, expected: set[str]) -> None:
    order = "&order=newest" if way == "walked" else ""
    assert sorted(titles(get(client, f"?{query}{order}"))) == sorted(expected)


def test_a_name_that_very_many_providers_share_finds_the_articles_of_all(client: Client, site: Site, way: str) -> None:
    for number in range(meanings.MAX_PROVIDERS + 4):
        Provider.objects.create(site=site, domain=f"p{number}.example.org", name=f"The Herald {number}")
    wanted = [add(site, f"barge {number}") for number in range(3)]
    heralds = [*Provider.objects.filter(name__startswith="The Herald")]
    for article, provider in zip(wanted, (heralds[0], heralds[-1], heralds[-2]), strict=True):
        Article.objects.filter(pk=article.pk).update(provider=provider)
    other = Provider.objects.create(site=site, domain="post.example.org", name="The Post")
    Article.objects.filter(pk=add(site, "tug").pk).update(provider=other)
    assert sorted(titles(get(client, "?provider=the+herald"))) == ["barge 0", "barge 1", "barge 2"]


def test_filters_in_use_are_chips_that_take_them_away(client: Client, varied: dict[str, Article]) -> None:
    page = get(client, "?quality_min=60&quality_max=80&site=harbour&finding=mojibake&order=newest")
    assert "quality 60–80" in page.text
    assert "site: Harbour" in page.text
    assert "finding: mojibake" in page.text
    chips = [attrs["href"] for tag, attrs in page.elements if tag == "a" and attrs.get("class") == "chip"]
    assert chips == [
        "/?quality_min=60&quality_max=80&finding=mojibake&order=newest",
        "/?site=harbour&finding=mojibake&order=newest",
        "/?site=harbour&quality_min=60&quality_max=80&order=newest",
    ]


def test_no_hits_say_how_to_go_on(client: Client, varied: dict[str, Article]) -> None:
    page = get(client, "?q=silent&topic=Film")
    assert "No article here has all the words of “silent”" in page.text
    assert {"/?topic=Film", "/?topic=Film&q=silent&state=all", "/"} <= set(page.attributes("a", "href"))
    page = get(client, "?topic=Film&heat_max=3")
    assert "these filters together" in page.text
    assert "/?topic=Film" in page.attributes("a", "href")


def test_the_form_keeps_what_is_in_use(client: Client, varied: dict[str, Article]) -> None:
    form = get(client, "?state=new&topic=Film&quality_min=60&differs=1&date_to=2026-11-30&order=newest&q=film").form(
        "filter-form"
    )
    used = {name: values for name, values in form.items() if any(values)}
    assert used == {
        "state": ["new"],
        "topic": ["Film"],
        "quality_min": ["60"],
        "differs": ["1"],
        "date_to": ["2026-11-30"],
        "order": ["newest"],
        "q": ["film"],
    }


def test_an_address_to_share_has_no_empty_parts(client: Client, varied: dict[str, Article]) -> None:
    response = client.get("/?q=tug&site=&topic=&state=")
    assert (response.status_code, response["Location"]) == (302, "/?q=tug")


# --- Whatever an address says -------------------------------------------------------------------------------------

ODD = [
    ("quality_min=abc", "Quality from: “abc” means nothing here"),
    ("quality_min=99999999999999999999", "Quality from"),
    ("date_from=2026-13-45", "Date from"),
    ("date_to=yesterday", "Date to"),
    ("state=flying", "State"),
    ("published=perhaps", "Published"),
    ("finding=%3Cscript%3E", "Finding: “<script>” means nothing here"),
    ("order=sideways", "Order"),
    ("article=0", "Article"),
    ("article=abc", "Article"),
    ("article=99999999999999999999999", "Article"),
    ("article=424242", "That article is not on this desk"),
    ("from=1.2", "names no page"),
    ("from=x.y.z.w", "names no page"),
    ("from=2.n.3.4", "names no page"),
    ("from=99999999999999999999.1.1.1", "names no page"),
    ("order=newest&from=999999999999999999.1", "names no page"),
    ("before=%00", "names no page"),
    ("q=%00", "Search"),
    ("site=%00", "Site"),
    ("topic=" + "x" * 301, "Topic"),
    ("q=" + "x" * 201, "Search"),
]


@pytest.mark.parametrize(("query", "note"), ODD, ids=[query[:30] for query, _ in ODD])
@pytest.mark.broad(5)
def test_what_cannot_be_read_is_left_out_and_told(client: Client, site: Site, query: str, note: str) -> None:
    add(site, "Tug")
    page = get(client, f"?{query}")
    assert note in page.text
    assert titles(page) == ["Tug"]


@pytest.mark.parametrize(
    "query", ["date_to=9999-12-31", "date_from=0001-01-01", "quality_max=2147483647", "q=%F0%9F%A4%96"]
)
def test_the_ends_of_what_can_be_read(client: Client, site: Site, query: str) -> None:
    add(site, "Tug")
    assert titles(get(client, f"?{query}")) == ["Tug"]


def test_a_page_beyond_the_end_leads_to_the_beginning(client: Client, site: Site) -> None:
    add(site, "Tug", quality=68, heat=68)
    page = get(client, "?from=7.99.1.1")
    assert "Nothing further" in page.text
    assert "/" in page.attributes("a", "href")


def test_what_an_article_says_is_shown_and_never_run(client: Client, site: Site) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    add(
        site,
        evil,
        provider={"name": evil, "domain": "x.example", "images": [{"url": f"javascript:{evil}"}]},
        topics=[evil],
    )
    response = client.get("/")
    assert b"<script>alert" not in response.content
    assert b"<img src=x" not in response.content
    assert b"javascript:" not in response.content.replace(b"&lt;", b"").split(b'id="rows"')[1].split(b"</ol>")[0]


# --- What it costs ------------------------------------------------------------------------------------------------

PLAIN, NARROWED, SEARCHED = 6, 7, 8
"""Session, user with rights, which articles, their rows, the pane, the frame with the sites; one for what names stand
for and how many fit; one more where the first articles of an order were tried in vain."""
COSTS = {
    "": PLAIN,
    "state=all&order=newest": PLAIN,
    "order=hottest&from=68.9": PLAIN,
    "article=99999999": PLAIN,
    "site=harbour": NARROWED,
    "topic=Robotics&order=oldest": SEARCHED,
    "provider=herald&state=new": NARROWED,
    "finding=no_image&published=no": NARROWED,
    "quality_min=1&date_from=2000-01-01": NARROWED,
    "q=article": SEARCHED,
    "q=article&topic=Robotics&provider=herald&finding=no_image&state=all&order=quality&article=1": SEARCHED,
}


@pytest.mark.parametrize("count", [3, 50])
@pytest.mark.broad(5)
def test_the_number_of_queries_does_not_grow(site: Site, way: str, count: int) -> None:
    for number in range(count):
        add(site, f"Article {number}")
    too_many = []
    for role in ("Viewer", "Editor", "Chief editor"):
        reader = Client()
        reader.force_login(make_user(role.lower(), role))
        for query, usual in COSTS.items():
            with CaptureQueriesContext(connection) as asked:
                assert reader.get(f"/?{query}").status_code == 200
            most = SEARCHED if way == "cut" and usual == NARROWED else usual
            if len(asked) > most:
                too_many.append(f"{role}, ?{query}: {len(asked)} in place of {most}")
    assert "\n".join(too_many) == ""


@pytest.mark.parametrize("place", ["", "&from=69.4"])
def test_a_list_of_a_range_looks_for_no_article_that_lacks_the_score(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(choosing, "CAP", 0)
    monkeypatch.setattr(sizing, "MANY", 0)  # it is long: its order is walked
    for number in range(9):
        add(site, f"Article {number}", quality=None if number % 3 else 60 + number)
    with CaptureQueriesContext(connection) as asked:
        assert titles(get(client, f"?quality_min=60&state=all&order=quality{place}"))
    walks = [one["sql"] for one in asked if "UNION ALL" in one["sql"] and "quality" in one["sql"]]
    assert walks
    assert [sql for sql in walks if "quality IS NULL" in sql] == []


def test_a_full_page_is_light(client: Client, site: Site) -> None:
    for number in range(51):
        add(site, f"Harbour pilots test a tug that steers itself, number {number}")
    assert len(client.get("/?site=harbour&quality_min=60&order=newest").content) < 150_000


def test_one_without_the_right_is_told_so(site: Site) -> None:
    nobody = Client()
    nobody.force_login(make_user("nobody"))
    assert nobody.get("/").status_code == 403
    assert nobody.get("/facets/").status_code == 403
    assert Client().get("/").status_code == 302
