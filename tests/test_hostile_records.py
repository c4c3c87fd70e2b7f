"""Records, names and addresses full of markup on every page: it stays text, no link of it runs, no secret is shown."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from articles import review
from articles.desk.selecting import Seen
from articles.models import Article, Event, Job, SavedView, Site, Topic
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import Page
from tests.test_routes_roles import NOBODY, TABLE, address_of

SECRET: Final = "c2VjcmV0LW9mLXRoZS1jcmF3bGVy;bm90LXRvLWJlLXNob3du"
SCRIPT: Final = {"HX-Request": "true"}
MARKUP: Final = (
    "xss\"'><img src=x onerror=xss><script>xss</script><xss-x data-xss></textarea></title></style></pre>--><xss-x>"
    "<svg onload=xss><a href=javascript:xss hx-get=/xss hx-trigger=load>{{1234*1001}}{% xss %}&lt;xss-x&gt;\\0%00"
    "\N{RIGHT-TO-LEFT OVERRIDE}\N{RIGHT-TO-LEFT ISOLATE}\N{HEBREW LETTER ALEF}\N{PILE OF POO}\u2028"
)
WORD: Final = "xss" * 1700
BROKEN: Final = "xss\r\nX-Xss: 1\r\n\r\n<xss-x>\x85\ufeff"
TEXTS: Final = (MARKUP, WORD, BROKEN)
URLS: Final = (
    "javascript:xss",
    " java\tscript:xss",
    "JaVa\nScRiPt:xss//https://example.com/",
    "\x01javascript:xss",
    "data:text/html,<script>xss</script>",
    "vbscript:xss",
    "//xss.example/x.svg",
    "https://xss.example/\"'><script>xss</script>",
    "https://good.example@xss.example\\.svg",
    "http://[xss",
    "/xss%0A.svg",
    "/assets/%2e%2e/%00xss\n.svg",
    "https:xss",
    "\\\\xss.example\\x.png",
)
EMBEDS: Final = tuple(f'<iframe src="{url}" onload=xss></iframe><script>xss</script>' for url in URLS)
INVISIBLE: Final = re.compile(r"[\x00-\x20]")
LEADS_AWAY: Final = re.compile(r"(?!https?://)[a-z][a-z0-9+.-]*:|[/\\]{2}", re.IGNORECASE)
"""A scheme that is not the web's, or another host without one; browsers read past what is invisible."""
LEADING: Final = ("href", "src", "action", "formaction", "xlink:href", "poster", "data", "srcset", "background", "ping")
FRAMES: Final = re.compile(r"https://(www\.youtube-nocookie\.com|player\.vimeo\.com)/")


# --- What no page may hold --------------------------------------------------------------------------------------------


def faults(response: Any) -> Iterator[str]:
    """What of the record got out of its place; nothing else on these pages is called xss."""
    if response.status_code >= 500:
        yield f"status {response.status_code}"
    for name, value in response.items():
        if "xss" in name.lower() or "\n" in value or "\r" in value:
            yield f"header {name}: {value}"
    html = response.content.decode()
    if any(piece in text for piece in SECRET.split(";") for text in (html, str(response.headers))):
        yield "the secret"
    if "1235234" in html:
        yield "a template was run"
    if response.headers.get("Content-Type", "").startswith("text/html"):
        for tag, attributes in Page(html).elements:
            yield from _faults_of(tag, attributes)


def _faults_of(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    if "xss" in tag or tag in ("base", "iframe", "object", "embed") or attributes.get("http-equiv"):
        yield f"<{tag}>"
    if tag == "script" and not attributes.get("src", "").startswith("/static/"):
        inert = attributes.get("type") == "application/json"  # the admin's own
        if not inert:
            yield "a script that is not of a file"
    for name, value in attributes.items():
        if name.startswith(("on", "x-", "srcdoc", "style")) or "xss" in name:
            yield f"<{tag} {name}>"
        if name.startswith("hx-") and name != "hx-headers" and value.partition("?")[0].count("xss"):
            yield f"<{tag} {name}={value}>"
        if name in LEADING and LEADS_AWAY.match(INVISIBLE.sub("", value)):
            yield f"<{tag} {name}={value!r}>"
        if name == "data-frame" and not FRAMES.match(value):
            yield f"<{tag} {name}={value!r}>"


def checked(what: str, response: Any) -> list[str]:
    return [f"{what}: {fault}" for fault in dict.fromkeys(faults(response))]


# --- A desk where everything is hostile -------------------------------------------------------------------------------


def hostile_fields(text: str, url: str, embed: str) -> dict[str, Any]:
    picture = {"url": url, "title": text, "attribution": text, "xss": text}
    return {
        "category": text,
        "title": text,
        "excerpt": text,
        "type": text,
        "originalUrl": url,
        "webUrl": url,
        "ampUrl": url,
        "cdnAmpUrl": url,
        "provider": {"name": text, "domain": text, "images": [picture, picture]},
        "topics": [text[:200], "xss-x"],
        "images": [picture, picture],
        "featuredContent": embed,
        "related": [
            {"title": text, "webUrl": url, "originalUrl": url, "provider": {"name": text}, "quality": text},
            {"title": "", "webUrl": url, "provider": text, "quality": 3, "secured": SECRET},
        ],
        "secured": SECRET,
        text[:100]: {"secured": SECRET, text[:90]: [text]},
    }


@pytest.fixture
def boss(db: None) -> User:
    """Whose name is markup too."""
    return make_user(MARKUP[:100], is_superuser=True, first_name=MARKUP[:100], last_name=MARKUP[:100])


@pytest.fixture
def client(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    client.raise_request_exception = False
    return client


@pytest.fixture
def site(db: None, tmp_path: Path) -> Site:
    site = make_site(title=MARKUP, url="javascript:xss", root=tmp_path)
    Topic.objects.create(site=site, name=MARKUP, keywords=["xss", MARKUP, 3, None], path=f"_topics/{MARKUP}.md")
    return site


@pytest.fixture
def articles(site: Site, boss: User) -> list[Article]:
    """One for each hostile address: edited, in conflict, of one story, each with an event that says markup."""
    return make_hostile(site, boss, URLS)


@pytest.fixture
def few(site: Site, boss: User) -> list[Article]:
    return make_hostile(site, boss, URLS[:3])


def make_hostile(site: Site, boss: User, urls: Sequence[str]) -> list[Article]:
    made = [
        make_article(
            site,
            f"_news/{number}-{MARKUP[:80]}.md",
            **hostile_fields(TEXTS[number] if number < len(TEXTS) else MARKUP, url, EMBEDS[number]),
            quality=70 + number,
        )
        for number, url in enumerate(urls)
    ]
    Article.objects.update(story=made[0].pk, problems=[{"message": MARKUP, "line": MARKUP}, MARKUP], is_dirty=True)
    for article in made:
        text = (article.title or "")[:900]
        review.edit(article, {"excerpt": f"{text} anew", "quality": 5}, by=boss, at=NOON, reason=text)
        article.overrides.update(in_conflict=True, switch_batch=uuid.uuid4(), reason=text, username=MARKUP[:100])
        event = {"changes": {"secured": [SECRET, ""], MARKUP: [{"secured": SECRET}, MARKUP]}, "reason": text}
        Event.objects.create(
            site=site, article=article, act="edited", username=MARKUP[:100], user=boss, batch=uuid.uuid4(),
            at=NOON, version=2, **event,
        )  # fmt: skip
    Article.objects.update(state=Article.State.CONFLICT)
    return [*Article.objects.order_by("pk")]


@pytest.fixture
def view(boss: User) -> SavedView:
    other = make_user("xss<xss-x>", "Editor")
    SavedView.objects.create(owner=other, name=MARKUP[:90], query=f'q="><xss-x>&{MARKUP}', is_shared=True)
    return SavedView.objects.create(owner=boss, name=MARKUP[:90], query="javascript:xss", is_shared=True)


@pytest.fixture
def job(site: Site, boss: User) -> Job:
    report = {
        "files": 3,
        "commit": MARKUP,
        "problems": [{"path": MARKUP, "line": 3, "message": MARKUP, "severity": "error"}],
    }
    return Job.objects.create(
        site=site, kind="sync", state="refused", user=boss, queued_at=NOON, report=report, error=MARKUP, message=MARKUP
    )


# --- Every page -------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_every_page_shows_it_as_text(
    client: Client, articles: list[Article], view: SavedView, job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    found: list[str] = []
    with caplog.at_level(logging.INFO):
        for route, door in TABLE.items():
            if door.get != NOBODY and "logout" not in route:
                address = address_of(route, articles[0])
                if route.startswith("views/<"):
                    address = reverse("change-view", args=[view.pk])
                if route.startswith("jobs/<"):
                    address = reverse("job", args=[job.pk])
                found += checked(route, client.get(address, {"site": "harbour"} if route == "rules/" else {}))
    assert found == []
    assert not any(piece in caplog.text for piece in SECRET.split(";"))


@pytest.mark.thorough
def test_every_page_of_an_article_shows_it_as_text(client: Client, articles: list[Article]) -> None:
    found = []
    for article, url in zip(articles, URLS, strict=True):
        pk = article.pk
        pages = {
            "pane": client.get(f"/articles/{pk}/", headers=SCRIPT),
            "record": client.get(f"/admin/articles/article/{pk}/change/"),
        }
        found += [fault for name, page in pages.items() for fault in checked(f"{name} with {url!r}", page)]
        found += [name for name, page in pages.items() if page.status_code != 200 or b"xss" not in page.content]
    assert found == []


REFLECTED: Final = {
    "/": ("q", "topic", "provider", "type", "site", "state", "order", "from", "before", "article", "date_from"),
    "/facets/": ("q", "topic", "site"),
    "/views/new/": ("query",),
    "/stories/": ("story", "lead", "page", "site", "publish"),
    "/rules/": ("site", "min_quality"),
    "/outbox/": ("site", "editor", "page", "xss"),
    "/bulk/": ("xss",),
    "/login/": ("next",),
    "/admin/articles/article/": ("q", "topic", "p", "o", "xss"),
    "/admin/articles/event/": ("q",),
    "/nowhere/\"><xss-x>/javascript:xss": ("xss",),
    "/sites/harbour/picture/%22><xss-x>.svg": ("xss",),
    "/sites/harbour/picture/a%0A%00.svg": ("xss",),
}  # fmt: skip


@pytest.mark.parametrize("path", REFLECTED)
@pytest.mark.broad(7)
def test_what_an_address_says_comes_back_as_text(client: Client, site: Site, path: str) -> None:
    visitor, found = Client(raise_request_exception=False), list[str]()
    for text in (MARKUP, BROKEN, "javascript:xss", "//xss.example"):
        said = dict.fromkeys(REFLECTED[path], text)
        found += checked(path, client.get(path, said))
        found += checked(f"{path} of a visitor", visitor.get(path, said))
    assert found == []


# --- What answers to a form -------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_what_a_form_says_comes_back_as_text(client: Client, few: list[Article], view: SavedView) -> None:
    """Refusals, messages, previews, fragments, and what is kept when a session or a token has gone."""
    article, found = few[0], list[str]()
    here = f"/articles/{article.pk}"
    typed = {"version": "1", "next": MARKUP, "then": str(few[1].pk), "reason": MARKUP, "shown": ""}
    typed |= dict.fromkeys(("title", "excerpt", "topics", "type", "value", "add", "key", "code"), MARKUP)
    typed |= {"original_url": URLS[0], "featured_content": EMBEDS[1], "published_at": MARKUP, "quality": MARKUP}
    acts = ("publish", "keep", "quality", "topics", "fix", "reset", "restore", "resolve", "edit", "preview")
    forms: list[tuple[str, dict[str, Any]]] = [
        *((f"{here}/{act}/", {**typed, "version": str(article.version)}) for act in acts),
        ("/undo/", {"next": MARKUP, "batch": MARKUP}),
        ("/conflicts/", {"article": str(article.pk), "version": "2", "field": MARKUP, "side": "editor"}),
        ("/views/new/", {"name": MARKUP[:90], "query": MARKUP}),
        ("/views/new/", {"name": MARKUP[:80], "query": MARKUP}),
        (f"/views/{view.pk}/", {"name": MARKUP[:70]}),
        (f"/views/{view.pk}/delete/", {}),
        ("/bulk/", {"pick": [f"{one.pk}:1" for one in few]}),
        ("/bulk/", {"pick": [f"{one.pk}:1" for one in few], "act": "add-topic", "topic": MARKUP}),
        ("/bulk/", {"all": "1", "query": f"q={MARKUP}", "act": "publish"}),
        ("/bulk/", {"all": "1", "query": f"date_from={MARKUP}", "act": "publish"}),
        ("/bulk/", {"seal": MARKUP, "run": "1"}),
        ("/bulk/", {"seal": _seal(client, few), "run": "1"}),
        ("/outbox/", {"site": "harbour", "act": "check", "message": MARKUP}),
        ("/rules/", {"site": "harbour", "threshold": MARKUP}),
        ("/login/", {"username": MARKUP, "password": MARKUP, "next": "//xss.example"}),
    ]
    stranger = Client(enforce_csrf_checks=True, raise_request_exception=False)
    stranger.cookies.update(client.cookies)
    for path, data in forms:
        found += checked(f"post {path}", client.post(path, data))
        found += checked(f"message after {path}", client.get("/preferences/"))
    for act in acts:
        found += checked(f"script {act}", client.post(f"{here}/{act}/", typed, headers=SCRIPT))
    edit = f"{here}/edit/"
    found += checked("session gone", Client().post(edit, typed))
    found += checked("token gone", stranger.post(edit, typed, headers={"Sec-Fetch-Site": "same-origin"}))
    assert found == []


def _seal(client: Client, articles: list[Article]) -> str:
    user = User.objects.get(pk=client.session["_auth_user_id"])
    versions = {one.pk: 1 for one in articles}
    facts = {"deed": "add-topic", "value": MARKUP, "query": None, "tally": [0, 1, 0, 0]}
    return Seen(versions, facts).seal(user, "bulk")


def test_the_check_finds_what_it_is_there_for() -> None:
    """The test of the test: a page that forgets to escape is caught."""
    page = HttpResponse(f'<p>{MARKUP}</p><a href="{URLS[1]}">x</a><i data-frame="https://xss.example/">{SECRET}</i>')
    found = set(faults(page))
    assert {"the secret", "<xss-x>", "<img onerror>", "<a href=' java\\tscript:xss'>", "<svg onload>"} <= found
    assert {"a script that is not of a file", "<a hx-get=/xss>", "<i data-frame='https://xss.example/'>"} <= found
