"""Logging in and out, the password, preferences; and what is kept when a session has gone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import server_error

from articles.models import Article, DeskPreference, Event
from tests.factories import make_article, make_site, make_user
from tests.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Editor", is_staff=False)


def log_in(client: Client, address: str = "/login/", **fields: str) -> Any:
    return client.post(address, {"username": "ada", "password": "pw", **fields})


# --- In and out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/login/", "/admin/login/"])
def test_who_logs_in_comes_to_the_review(client: Client, ada: User, address: str) -> None:
    assert log_in(client, address=address)["Location"] == "/"


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        pytest.param("/preferences/?a=1", "/preferences/?a=1", id="a page of the desk"),
        pytest.param("https://evil.example/", "/", id="another site"),
        pytest.param("//evil.example/", "/", id="another site without scheme"),
        pytest.param("javascript:alert(1)", "/", id="a script"),
        pytest.param("/login/?next=/", "/", id="the login itself"),
        pytest.param("/admin/login/", "/", id="the login of the admin"),
        pytest.param("/logout/", "/", id="the way out"),
        pytest.param("http://[", "/", id="no address at all"),
    ],
)
def test_next_is_followed_within_the_desk_only(client: Client, ada: User, wanted: str, reached: str) -> None:
    assert log_in(client, next=wanted)["Location"] == reached
    assert client.get("/login/", {"next": wanted})["Location"] == reached  # logged in by now


def test_a_page_asked_for_comes_back_after_the_login(client: Client, ada: User) -> None:
    page = client.get("/preferences/?a=1&b=2", follow=True)
    form = read(page).form("login-form")
    assert form["next"] == ["/preferences/?a=1&b=2"]
    assert log_in(client, next=form["next"][0])["Location"] == "/preferences/?a=1&b=2"


def test_a_wrong_password_keeps_the_name_and_says_what_to_do(client: Client, ada: User) -> None:
    page = read(log_in(client, password="wrong", next="/preferences/"))
    assert "That name and password do not belong together." in page.text
    assert page.form("login-form") | {"csrfmiddlewaretoken": []} == {
        "csrfmiddlewaretoken": [],
        "next": ["/preferences/"],
        "username": ["ada"],
        "password": [""],
    }


def test_a_locked_name_is_told_how_long_and_stays_typed(client: Client, ada: User) -> None:
    for _ in range(5):
        answer = log_in(client, password="wrong", next="/preferences/")
    assert answer.status_code == 429
    page = read(answer)
    assert "Too many wrong passwords for this name. Wait 15 minutes, then try again." in page.text
    assert page.form("login-form")["username"] == ["ada"]
    assert page.form("login-form")["next"] == ["/preferences/"]
    assert log_in(client).status_code == 429
    assert "_auth_user_id" not in client.session


def test_a_name_is_shown_as_it_was_typed_and_never_as_markup(client: Client) -> None:
    answer = log_in(client, username='"><script>alert(1)</script>', password="x")
    assert b"<script>alert" not in answer.content
    assert read(answer).form("login-form")["username"] == ['"><script>alert(1)</script>']


@pytest.mark.parametrize("address", ["/logout/", "/admin/logout/"])
def test_logging_out_needs_a_form(client: Client, address: str) -> None:
    client.force_login(make_user("sue", "Editor"))
    assert client.get(address).status_code == 405
    assert client.post(address)["Location"] == "/login/"
    assert "You have logged out." in read(client.get("/login/")).text
    assert client.get("/preferences/")["Location"] == "/login/?next=/preferences/"


# --- Password and preferences -----------------------------------------------------------------------------------------


def test_a_new_password_works_and_ends_other_sessions(client: Client, ada: User) -> None:
    other = Client()
    other.force_login(ada)
    client.force_login(ada)
    new = "a-long-Phrase-9"
    form = {"old_password": "pw", "new_password1": new, "new_password2": new}
    assert client.post("/password/", form)["Location"] == "/"
    ada.refresh_from_db()
    assert ada.check_password(new)
    assert client.get("/preferences/").status_code == 200
    assert other.get("/preferences/").status_code == 302


def test_a_weak_password_is_refused_with_the_reason(client: Client, ada: User) -> None:
    client.force_login(ada)
    page = read(client.post("/password/", {"old_password": "pw", "new_password1": "1234", "new_password2": "1234"}))
    assert "Nothing was changed." in page.text
    assert "This password is too short." in page.text
    ada.refresh_from_db()
    assert ada.check_password("pw")


def test_the_admins_password_page_is_the_desks(client: Client) -> None:
    client.force_login(make_user("sue", "Editor"))
    assert client.get("/admin/password_change/")["Location"] == "/password/"


def test_keys_are_switched_off_and_on_for_one_user(client: Client, ada: User) -> None:
    make_site()
    client.force_login(ada)
    assert b'data-keys="off"' not in client.get("/preferences/").content
    page = read(client.post("/preferences/", {}, follow=True))
    assert "Saved: keys are off." in page.text
    assert "keys_on" not in page.form("preferences-form")
    assert DeskPreference.objects.get(user=ada).keys_on is False
    assert b'<body class="" data-keys="off"' in client.get("/preferences/").content
    client.post("/preferences/", {"keys_on": "on"})
    assert DeskPreference.objects.get(user=ada).keys_on is True
    assert DeskPreference.objects.count() == 1


# --- Who may not ------------------------------------------------------------------------------------------------------


def test_a_user_without_a_group_is_told_which_right_is_missing_and_who_gives_it(client: Client) -> None:
    client.force_login(make_user("nobody", is_staff=False))
    answer = client.get("/")
    assert answer.status_code == 403
    assert "nobody may not view articles. A superuser can give the right." in read(answer).text


def test_an_editor_of_the_desk_alone_is_told_so_at_the_records(client: Client, ada: User) -> None:
    client.force_login(ada)
    for address in ("/admin/", "/admin/articles/article/", "/admin/auth/user/"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "ada may not see the records. A superuser can give the right." in read(answer).text
    assert client.get("/admin/login/")["Location"] == "/"


# --- A session that has gone ------------------------------------------------------------------------------------------

TYPED = 'Two\r\nlines "quoted" </textarea><script>alert(1)</script>'


def test_what_was_typed_is_kept_when_the_session_has_gone(client: Client) -> None:
    article = make_article(make_site())
    address = f"/admin/articles/article/{article.pk}/change/?_changelist_filters=q%3Da"
    answer = client.post(address, {"title": TYPED, "topics": ["a", "b"], "csrfmiddlewaretoken": "x"})
    assert answer.status_code == 401
    page = read(answer)
    assert "Nothing was saved: your session has ended. What you typed is kept." in page.text
    assert b"<script>alert" not in answer.content
    form = page.form("again-form")
    assert {name: values for name, values in form.items() if name != "csrfmiddlewaretoken"} == {
        "title": [TYPED],
        "topics": ["a", "b"],
    }
    assert [attrs["action"] for tag, attrs in page.elements if tag == "form" and attrs["id"] == "again-form"] == [
        address
    ]
    assert not Event.objects.exists()
    assert Article.objects.get().title == article.title


def test_a_password_is_never_written_into_a_page(client: Client) -> None:
    answer = client.post("/password/", {"old_password": "my-secret", "new_password1": "next-secret"})
    assert answer.status_code == 401
    assert b"secret" not in answer.content
    assert "again-form" not in read(answer).forms


def test_a_script_is_not_sent_to_the_login(client: Client) -> None:
    answer = client.get("/preferences/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert 'id="sorry"' in answer.content.decode()


def test_an_old_token_keeps_what_the_desks_own_page_sent(ada: User) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Origin": "http://testserver"})
    client.force_login(ada)
    answer = client.post("/preferences/", {"keys_on": "on", "csrfmiddlewaretoken": "old"})
    assert answer.status_code == 403
    form = read(answer).form("again-form")
    assert form["keys_on"] == ["on"]
    assert client.post("/preferences/", form)["Location"] == "/preferences/"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_of_a_strangers_form_nothing_is_kept(ada: User, origin: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
    client.force_login(ada)
    answer = client.post("/preferences/", {"planted": "by a stranger"})
    assert answer.status_code == 403
    assert "again-form" not in read(answer).forms
    assert b"stranger" not in answer.content
    assert not DeskPreference.objects.exists()


def test_an_open_page_gets_a_new_token(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    answer = client.get("/token/")
    token = json.loads(answer.content)["token"]
    assert "no-store" in answer["Cache-Control"]
    assert client.post("/preferences/", {}, headers={"X-CSRFToken": token})["Location"] == "/preferences/"


# --- Pages of errors --------------------------------------------------------------------------------------------------


def test_an_address_without_a_page_says_so_in_the_frame(client: Client, ada: User) -> None:
    client.force_login(ada)
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    page = read(answer)
    assert "There is nothing at this address" in page.text
    assert reverse("home") in page.attributes("a", "href")


def test_a_mistake_of_the_desk_is_owned_in_the_frame(rf: RequestFactory) -> None:
    answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "The mistake is the desk's, not yours" in read(answer).text
