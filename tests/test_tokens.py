"""The token in the answer to a decision: Django takes it for its own, and no answer shows the same twice."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CsrfViewMiddleware
from django.test import Client, RequestFactory

from articles.models import Article
from newsroom.tokens import _drawn, token_for
from tests.factories import make_article, make_site, make_user

SECRET = "aZ09" * 8
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def asked(secret: str = SECRET) -> HttpRequest:
    request = RequestFactory().post("/")
    request.META["CSRF_COOKIE"] = secret
    return request


def refusal(token: str) -> HttpResponse | None:
    request = RequestFactory().post("/", {"csrfmiddlewaretoken": token})
    request._dont_enforce_csrf_checks = False  # type: ignore[attr-defined]
    request.COOKIES["csrftoken"] = SECRET
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _: HttpResponse(), (), {})


def test_django_takes_it_for_its_own() -> None:
    assert refusal(token_for(asked())) is None


def test_another_secret_s_is_refused() -> None:
    given = refusal(token_for(asked("b" * 32)))
    assert given is not None
    assert given.status_code == 403


def test_no_answer_shows_the_same() -> None:
    tokens = [token_for(asked()) for _ in range(50)]
    assert len({token[:32] for token in tokens}) == 50
    assert len({token[32:] for token in tokens}) == 50


def test_a_page_renews_the_cookie_and_an_answer_does_not() -> None:
    request = asked()
    token_for(request)
    assert "CSRF_COOKIE_NEEDS_UPDATE" not in request.META


def test_who_has_no_secret_yet_gets_one() -> None:
    request = RequestFactory().post("/")
    assert len(token_for(request)) == 64
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]


def test_every_character_is_drawn_as_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsroom.tokens.os.urandom", lambda count: bytes(range(256))[:count].ljust(count, b"\xff"))
    drawn = _drawn(248)
    assert [drawn.count(place) for place in range(len(CSRF_ALLOWED_CHARS))] == [4] * 62


@pytest.mark.django_db
def test_the_answer_to_a_decision_can_be_taken_back_with_its_token() -> None:
    ada: User = make_user("ada", "Editor")
    client, article = Client(enforce_csrf_checks=True), make_article(make_site())
    client.force_login(ada)
    page = client.get("/").content.decode()
    first = TOKEN.search(page)
    assert first is not None
    body = {"version": article.version, "has_next": 1, "csrfmiddlewaretoken": first.group(1)}
    answer = client.post(f"/articles/{article.pk}/publish/", body, headers={"HX-Request": "true"})
    second = TOKEN.search(answer.content.decode())
    assert second is not None
    assert second.group(1) != first.group(1)
    assert "Set-Cookie" not in answer
    undone = client.post("/undo/", {"csrfmiddlewaretoken": second.group(1)}, headers={"HX-Request": "true"})
    assert undone.status_code == 200
    assert Article.objects.get().state == Article.State.NEW
