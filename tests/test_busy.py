"""A database that does not take its turn in time: a page that says so, and keeps what was typed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection
from django.test import Client, RequestFactory

from articles.desk import busy
from tests.factories import make_user
from tests.pages import read

pytestmark = pytest.mark.django_db


class Locked(sqlite3.OperationalError):
    sqlite_errorcode = sqlite3.SQLITE_BUSY


def operational(cause: Exception | None = None) -> OperationalError:
    failure = OperationalError("database is locked")
    failure.__cause__ = cause
    return failure


def refuse(*verbs: str) -> Any:
    """Statements of these kinds find the database locked."""

    def wrapper(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith(verbs):
            raise operational(Locked("database is locked"))
        return execute(sql, *arguments)

    return connection.execute_wrapper(wrapper)


@pytest.fixture
def ada() -> User:
    return make_user("ada", "Editor", is_staff=False)


@pytest.fixture
def desk(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


WRITES = ("INSERT", "UPDATE", "DELETE")


def test_what_was_typed_is_kept_and_can_be_sent_again(desk: Client) -> None:
    with refuse(*WRITES):
        answer = desk.post("/preferences/", {"keys_on": "on", "note": "<b>typed</b>"})
    page = read(answer)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Nothing was saved" in page.text
    form = page.form("again-form")
    assert (form["keys_on"], form["note"]) == (["on"], ["<b>typed</b>"])
    assert "Logged in as ada" in page.text
    assert desk.post("/preferences/", {"keys_on": "on"}).status_code == 302


def test_a_password_is_never_put_into_a_page(desk: Client) -> None:
    typed = {"old_password": "pw", "new_password1": "a-longer-secret", "new_password2": "a-longer-secret"}
    with refuse(*WRITES):
        answer = desk.post("/password/", typed)
    assert answer.status_code == 503
    assert b"a-longer-secret" not in answer.content


def test_a_page_that_cannot_be_read_is_asked_for_again(desk: Client) -> None:
    with refuse("SELECT"):
        answer = desk.get("/preferences/?x=1")
    page = read(answer)
    assert answer.status_code == 503
    assert "/preferences/?x=1" in page.attributes("a", "href")


def test_where_no_view_is_the_page_of_mistakes_says_it(client: Client, ada: User) -> None:
    """The session is saved on the way out of the login."""
    client.raise_request_exception = False
    with refuse(*WRITES):
        answer = client.post("/login/", {"username": "ada", "password": "pw"})
    assert answer.status_code == 503
    assert "again-form" not in read(answer).forms


def test_of_a_strangers_form_nothing_is_kept() -> None:
    request = RequestFactory().post("/preferences/", {"keys_on": "on"})
    try:
        raise operational(Locked())
    except OperationalError:
        answer = busy.server_error(request)
    assert answer.status_code == 503
    assert b"keys_on" not in answer.content


def test_the_page_of_mistakes_needs_no_collected_files(client: Client, settings: Any, tmp_path: Path) -> None:
    manifest = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": manifest}
    settings.STATIC_ROOT = str(tmp_path)
    client.raise_request_exception = False
    answer = client.get("/login/")
    assert (answer.status_code, "Something went wrong" in read(answer).text) == (500, True)
    assert "/static/articles/frame.css" in answer.content.decode()


def test_a_mistake_of_ours_stays_one(client: Client) -> None:
    request = RequestFactory().get("/")
    try:
        raise KeyError("x")
    except KeyError:
        answer = busy.server_error(request)
    assert answer.status_code == 500
    assert "The mistake is the desk's" in answer.content.decode()


@pytest.mark.parametrize(
    ("failure", "passes"),
    [
        (operational(Locked()), True),
        (InterfaceError("connection already closed"), True),
        (operational(sqlite3.OperationalError("no such table")), False),
        (KeyError("x"), False),
        (None, False),
    ],
    ids=["locked", "connection gone", "no such table", "ours", "nothing"],
)
def test_only_what_passes_by_itself_is_called_busy(failure: BaseException | None, passes: bool) -> None:
    assert busy.will_pass(failure) is passes


def test_a_postgresql_that_refuses_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    assert busy.will_pass(operational()) is True
