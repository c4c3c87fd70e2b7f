"""The acts of one key through their addresses: with and without a script, refused, stale, taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles.models import Article, Site
from tests.factories import make_article, make_site, make_user

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
    sent = {"version": article.version, "next": "order=heat", **data}
    return client.post(f"/articles/{article.pk}/{name}/", sent, headers=SCRIPT if script else {})


def now(article: Article) -> Article:
    return Article.objects.get(pk=article.pk)


def said(client: Client, response: Any) -> list[str]:
    """The messages that wait for the next page."""
    return [str(message) for message in client.get(response["Location"], follow=True).context["messages"]]


@pytest.mark.parametrize(("name", "published"), [("publish", True), ("unpublish", False), ("keep", False)])
def test_a_decision_takes_the_article_out_of_the_queue_and_leads_to_the_next(
    client: Client, article: Article, name: str, published: bool
) -> None:
    response = act(client, article, name, then="7")
    assert (response.status_code, response["Location"]) == (302, "/?order=heat&article=7")
    assert (now(article).published, now(article).state) == (published, Article.State.DECIDED)
