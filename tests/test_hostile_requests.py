"""Requests that no page of the desk makes: none breaks it, does what it must not, or leads anywhere else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client

from articles import review
from articles.desk.selecting import Seen
from articles.models import Article, Event, Job, Override, SavedView, Site
from tests.factories import NOON, make_article, make_site, make_user
from tests.test_routes_roles import DESK, EVERYONE, NOBODY, address_of

ACTS: Final = ("publish", "unpublish", "keep", "quality", "heat", "topics", "fix", "reset", "restore", "resolve")
FIELDS: Final = {
    "articles/<int:pk>/quality/": ("value",),
    "articles/<int:pk>/heat/": ("value",),
    "articles/<int:pk>/topics/": ("add", "remove"),
    "articles/<int:pk>/fix/": ("code", "key"),
    "articles/<int:pk>/reset/": ("key",),
    "articles/<int:pk>/restore/": ("key", "event"),
    "articles/<int:pk>/resolve/": ("field", "side"),
    "articles/<int:pk>/edit/": ("shown", "title", "published_at", "quality", "topics", "featured_content", "reason"),
    "articles/<int:pk>/preview/": ("shown", "published_at", "quality"),
    "conflicts/": ("article", "field", "side"),
    "undo/": ("batch", "then"),
    "jobs/start/": ("site", "act", "message"),
    "views/new/": ("name", "query"),
    "views/<int:pk>/": ("name",),
    "bulk/": ("pick", "topic", "score", "code", "query", "seal", "page"),
    "stories/": ("seal",),
    "rules/": ("site", "threshold", "seal"),
    "outbox/": ("site", "act", "message"),
    "login/": ("username", "password", "next"),
    "password/": ("old_password", "new_password1"),
}
"""What each form sends; every act on an article also says `version`, `next` and `then`."""
WORKS: Final[dict[str, dict[str, str]]] = {
    "jobs/start/": {"site": "harbour", "act": "write-commit"},
    "outbox/": {"site": "harbour", "act": "check"},
    "rules/": {"site": "harbour", "threshold": "70"},
    "views/new/": {"name": "mine"},
    "conflicts/": {"version": "2", "field": "title", "side": "editor"},
}
DEED_ASKING: Final = {"topic": "add-topic", "score": "quality", "code": "fix"}
ODD: Final = (
    "a\0b",
    "9" * 30,
    "-9223372036854775809",
    "9" * 5000,
    "1e400",
    "\N{ARABIC-INDIC DIGIT THREE}",
    "\r\nX-Evil: 1",
    "a=1&" * 1200,
    "0001-01-01T00:00:00+14:00",
    '{"title": Infinity, "publishedDateTime": {"$date": "0001-01-01T00:00:00+14:00"}}',
    "x" * 70_000,
)
ASKED: Final = {
    "/": ("site", "topic", "provider", "type", "q", "order", "from", "before", "article", "quality_min", "date_to"),
    "/facets/": ("topic", "provider", "type", "q"),
    "/stories/": ("story", "lead", "page", "site", "publish"),
    "/rules/": ("site", "min_quality"),
    "/outbox/": ("site", "editor", "page"),
    "/views/new/": ("query",),
    "/login/": ("next",),
    "/jobs/": ("page",),
}


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is done within is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def site(db: None, tmp_path: Path) -> Site:
    (tmp_path / "_news").mkdir()
    return make_site(root=tmp_path)


@pytest.fixture
def boss(db: None) -> User:
    return make_user("boss", is_superuser=True)


@pytest.fixture
def article(site: Site, boss: User) -> Article:
    article = make_article(site)
    review.edit(article, {"title": "A tug"}, by=boss, at=NOON)
    article.refresh_from_db()
    return article


@pytest.fixture
def client(boss: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(boss)
    return client


def traces() -> list[Any]:
    """All that an act could leave behind."""
    articles = Article.objects.order_by("pk").values("title", "published", "quality", "heat", "version", "decided_at")
    counts = [model.objects.count() for model in (Event, Override, SavedView, Job)]
    return [*articles, *Site.objects.values("threshold"), *counts]


def what_breaks(answer: Any) -> str:
    raised = answer.exc_info[1] if getattr(answer, "exc_info", None) else ""
    return f"{answer.status_code} {raised!r}"[:300]


# --- Nothing breaks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", ODD, ids=lambda text: repr(text[:12]))
@pytest.mark.broad(11)
def test_no_odd_value_of_a_form_breaks_the_desk(client: Client, boss: User, article: Article, odd: str) -> None:
    view = SavedView.objects.create(owner=boss, name="v")
    broken = []
    for route, names in FIELDS.items():
        address = address_of(route, article) if not route.startswith("views/<") else f"/views/{view.pk}/"
        for some in [[name] for name in names] if "\0" in odd or route == "bulk/" else [names]:
            data = {"version": "2", "shown": "", **WORKS.get(route, {})}
            if route == "bulk/":
                data |= {"pick": f"{article.pk}:2", "act": DEED_ASKING.get(some[0], "publish")}
                data |= {"all": "1"} if "query" in some else {}
            with taken_back():
                answer = client.post(address, {**data, **dict.fromkeys(some, odd)})
            if answer.status_code >= 500 or "X-Evil" in answer:
                broken.append(f"{route} {some}: {what_breaks(answer)}")
            if route in ("login/", "password/"):
                client.force_login(boss)
    assert broken == []


@pytest.mark.parametrize("odd", ODD, ids=lambda text: repr(text[:12]))
@pytest.mark.broad(11)
def test_no_odd_address_breaks_the_desk(client: Client, article: Article, odd: str) -> None:
    broken = []
    for path, names in ASKED.items():
        for some in [[name] for name in names] if "\0" in odd else [names]:
            with taken_back():
                answer = client.get(path, dict.fromkeys(some, odd))
            if answer.status_code >= 500:
                broken.append(f"{path} {some}: {what_breaks(answer)}")
    assert broken == []


@pytest.mark.parametrize(
    "path",
    [
        f"/articles/{'9' * 30}/",
        f"/articles/{'9' * 30}/publish/",
        f"/articles/{'9' * 5000}/publish/",
        f"/articles/{'9' * 30}/edit/",
        f"/views/{'9' * 30}/delete/",
        f"/jobs/{'9' * 30}/",
        f"/jobs/{'9' * 30}/again/",
        f"/admin/history/{'9' * 30}/",
        f"/admin/articles/article/{'9' * 30}/change/",
        "/admin/articles/article/a%00b/change/",
        "/batch/00000000-0000-0000-0000-000000000000/",
        "/sites/harbour/picture/a%00b.svg",
        f"/sites/harbour/picture/{'a/' * 3000}b.svg",
        "/sites/harbour/picture/..%2f..%2fetc/passwd.svg",
        "/sites/harbour/picture/%ff%fe.svg",
        "/%ff%fe/%00",
    ],
)
@pytest.mark.broad(5)
def test_an_address_of_nothing_is_not_found(client: Client, article: Article, path: str) -> None:
    for answer in (client.get(path), client.post(path, {"version": "1"})):
        assert answer.status_code in (302, 404, 405), what_breaks(answer)


def test_what_is_too_large_is_refused_and_says_so(client: Client, article: Article) -> None:
    before = traces()
    edit, bulk = f"/articles/{article.pk}/edit/", "/bulk/"
    large = client.post(edit, {"version": "2", "shown": "", "title": "x" * 3_000_000})
    many = client.post(bulk, {"pick": [f"{number}:1" for number in range(2000)], "act": "publish"})
    assert [large.status_code, many.status_code] == [400, 400]
    assert b"your text is still in the form" in large.content
    assert traces() == before


@pytest.mark.parametrize("body", [b"\xff\xfe=\xff&version=\xff", b"%ff=%fe&%00=%00&version=%00", b"&&==&;"])
@pytest.mark.broad(9)
def test_bytes_that_are_no_text_break_nothing(client: Client, article: Article, body: bytes) -> None:
    before = traces()
    for act in (*ACTS, "edit", "preview"):
        answer = client.post(f"/articles/{article.pk}/{act}/", body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500, what_breaks(answer)
    assert traces() == before


# --- Nothing is done that was not asked for ---------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["", "0", "-1", "1e3", "x", "999999999", "9" * 30])
@pytest.mark.broad(7)
def test_no_act_goes_through_under_a_version_that_nobody_saw(client: Client, article: Article, version: str) -> None:
    before = traces()
    values = {"value": "99", "add": "Ships", "key": "title", "field": "title", "side": "crawler", "all": "1"}
    for act in ("publish", "unpublish", "keep", "quality", "heat", "topics", "reset", "resolve", "edit"):
        data = {**values, "title": "Typed here", "shown": ""}
        answer = client.post(f"/articles/{article.pk}/{act}/", {**data, "version": version} if version else data)
        assert answer.status_code in (409, 422), f"{act}: {answer.status_code}"
        if act == "edit":
            assert b"Typed here" in answer.content
    client.post("/conflicts/", {"article": str(article.pk), "version": version, "field": "title", "side": "crawler"})
    assert traces() == before


@pytest.mark.parametrize("act", ["publish", "unpublish", "keep"])
def test_what_a_colleague_kept_is_not_judged_over_unseen(client: Client, article: Article, act: str) -> None:
    """To keep changes no value, and is a decision all the same."""
    review.keep(article, by=make_user("ada", "Editor"), at=NOON, seen_version=2)
    before = traces()
    answer = client.post(f"/articles/{article.pk}/{act}/", {"version": "2"})
    assert answer.status_code == 409
    assert traces() == before


@pytest.mark.parametrize("group", ["", "Viewer"])
def test_a_user_without_the_right_changes_nothing_by_any_form(article: Article, boss: User, group: str) -> None:
    client = Client()
    client.force_login(make_user("vera", group))
    batch = Event.objects.latest("pk").batch
    before = traces()
    for route in FIELDS.keys() - {"login/", "password/", "views/new/", "views/<int:pk>/"}:
        data = {"version": "2", "value": "3", "add": "x", "key": "title", "act": "publish", "pick": f"{article.pk}:2"}
        client.post(address_of(route, article), {**data, **WORKS.get(route, {}), "batch": str(batch)})
    client.post(f"/batch/{batch}/")
    assert traces() == before


def test_who_is_deactivated_meanwhile_is_out_at_once(article: Article) -> None:
    ada = make_user("ada", "Editor")
    client = Client()
    client.force_login(ada)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=ada.pk).update(is_active=False)
    before = traces()
    answer = client.post(f"/articles/{article.pk}/publish/", {"version": "2"})
    assert answer.status_code == 401
    assert client.get("/").headers["Location"].startswith("/login/")
    assert traces() == before


def test_no_form_is_taken_without_its_token(article: Article, boss: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    before = traces()
    open_doors = [
        f"{route}: {answer.status_code}"
        for route, door in DESK.items()
        if door.post != NOBODY
        and (answer := client.post(address_of(route, article), {"version": "2"})).status_code != 403
    ]
    assert open_doors == []
    assert traces() == before


def test_a_form_sent_twice_acts_once(client: Client, article: Article) -> None:
    form = {"version": "2", "value": "91", "title": "Twice", "shown": ""}
    for act in ("quality", "publish", "edit"):
        article.refresh_from_db()
        form["version"] = str(article.version)
        client.post(f"/articles/{article.pk}/{act}/", form)
        events = Event.objects.count()
        client.post(f"/articles/{article.pk}/{act}/", form)
        assert Event.objects.count() == events, act


@pytest.mark.parametrize("act", ["publish", "quality", "edit"])
def test_a_name_given_twice_counts_once(client: Client, article: Article, act: str) -> None:
    """The last one, as everywhere; the first does not slip past a check made on the other."""
    form = {"version": ["2", "1"], "value": ["5", "6"], "title": ["First", "Second"], "shown": ""}
    answer = client.post(f"/articles/{article.pk}/{act}/", form)
    article.refresh_from_db()
    assert answer.status_code in (302, 409, 422)
    assert article.title != "First"
    assert article.quality != 5


# --- Seals ------------------------------------------------------------------------------------------------------------


def sealed(user: User, article: Article, purpose: str = "bulk", *, deed: str = "publish") -> str:
    facts = {"deed": deed, "value": "", "query": None, "tally": [0, 1, 0, 0]}
    return Seen({article.pk: article.version}, facts).seal(user, purpose)


def test_a_seal_counts_whole_for_its_user_and_its_purpose(client: Client, boss: User, article: Article) -> None:
    before = traces()
    mine, other = sealed(boss, article), make_user("ada", "Editor")
    wrong = [
        *(mine[:-1] + letter for letter in "AB" if not mine.endswith(letter)),
        mine.replace(":", ".", 1),
        sealed(other, article),
        sealed(boss, article, "story"),
        sealed(boss, article, "rule"),
        "a:b:c",
        ":",
        ".",
        "\N{PILE OF POO}",
    ]
    for seal in wrong:
        assert client.post("/bulk/", {"seal": seal, "run": "1"}).status_code == 409
    for page in ("/stories/", "/rules/"):
        assert client.post(page, {"seal": mine}).status_code == 302
    assert traces() == before
    assert client.post("/bulk/", {"seal": mine, "run": "1", "act": "unpublish"}).status_code == 302
    article.refresh_from_db()
    assert article.published is True


def test_a_seal_runs_once(client: Client, boss: User, article: Article) -> None:
    seal = sealed(boss, article)
    assert client.post("/bulk/", {"seal": seal, "run": "1"}).status_code == 302
    after = traces()
    assert client.post("/bulk/", {"seal": seal, "run": "1"}).status_code == 409
    assert traces() == after


def test_others_decisions_are_not_taken_back_by_any_way(article: Article) -> None:
    ada = Client()
    ada.force_login(make_user("ada", "Editor"))
    batch = str(Event.objects.latest("pk").batch)
    before = traces()
    ada.post("/undo/", {"batch": batch})
    ada.post("/undo/")
    assert ada.post(f"/batch/{batch}/").status_code == 403
    assert traces() == before


# --- Where it leads ---------------------------------------------------------------------------------------------------

ELSEWHERE: Final = (
    "//evil.example",
    "https:evil.example",
    "https:///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "\x01//evil.example",
    "javascript:alert(1)",
    "http://testserver@evil.example",
    "///evil.example",
    "/\r\nLocation: https://evil.example",
)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.broad(7)
def test_nothing_leads_out_of_the_desk(client: Client, boss: User, article: Article, elsewhere: str) -> None:
    data = {"version": "2", "next": elsewhere, "then": elsewhere, "name": "v", "query": elsewhere, "value": "4"}
    answers = [
        client.post(f"/articles/{article.pk}/{act}/", data, headers=headers)
        for act in ("publish", "quality")
        for headers in ({}, {"HX-Request": "true"})
    ]
    answers += [client.post("/undo/", data), client.post("/views/new/", data)]
    answers += [Client().post("/login/", {"username": "boss", "password": "pw", "next": elsewhere})]
    answers += [client.get("/", {"next": elsewhere, "article": elsewhere, "state": ""})]
    for answer in answers:
        for name in ("Location", "HX-Push-Url", "HX-Redirect", "HX-Location"):
            led = answer.headers.get(name, "/")
            assert led.startswith("/"), name
            assert not led.startswith(("//", "/\\")), name
            assert not any(character < " " for character in led), name


# --- What browsers are told -------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_no_page_of_the_desk_is_kept_by_a_browser(client: Client, article: Article) -> None:
    """After a logout the back button shows nothing of it, and no other site may frame it."""
    wrong = []
    for route, door in DESK.items():
        if door.get in (NOBODY, EVERYONE) or "picture" in route:
            continue
        for who in (client, Client()):
            answer = who.get(address_of(route, article))
            if "no-store" not in answer.headers.get("Cache-Control", "") and answer.status_code == 200:
                wrong.append(route)
            if (answer["X-Frame-Options"], answer["Referrer-Policy"]) != ("DENY", "same-origin"):
                wrong.append(route)
    assert wrong == []


def test_logging_in_takes_a_new_session_and_logging_out_ends_it(boss: User) -> None:
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies.load({"sessionid": planted or ""})
    client.post("/login/", {"username": "boss", "password": "pw"})
    key = client.cookies["sessionid"].value
    assert key not in ("", planted)
    assert client.get("/preferences/").status_code == 200
    client.post("/logout/")
    thief = Client()
    thief.cookies.load({"sessionid": key})
    assert thief.get("/preferences/").status_code == 302


def test_the_token_is_given_to_pages_of_our_own_only(client: Client) -> None:
    answer = client.get("/token/", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert [*json.loads(answer.content)] == ["token"]


# --- Two at once ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_is_refused(tmp_path: Path) -> None:
    article = make_article(make_site(root=tmp_path))
    users = [make_user(name, "Editor") for name in ("ada", "ben")]
    start, answers = threading.Barrier(2), list[int]()

    def decide(user: User, act: str) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        start.wait(timeout=20)
        answers.append(client.post(f"/articles/{article.pk}/{act}/", {"version": "1"}).status_code)
        connection.close()

    threads = [threading.Thread(target=decide, args=pair) for pair in zip(users, ("publish", "keep"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [302, 409]
    assert Event.objects.filter(article=article).count() == 1
