"""Sessions: what a session says is believed only as long as it is signed by this desk's key and in the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as known
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.desk.sessions import SessionStore
from articles.desk.users import Users
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> SessionStore:
    store = SessionStore()
    store["places"] = ["quay", {"gate": 7}]
    store.save()
    return store


def again(store: SessionStore) -> SessionStore:
    return SessionStore(store.session_key)


def test_it_says_what_was_kept(store: SessionStore) -> None:
    assert again(store)["places"] == ["quay", {"gate": 7}]


def test_what_one_request_does_to_it_no_other_sees(store: SessionStore) -> None:
    again(store)["places"].append("mole")
    assert again(store)["places"] == ["quay", {"gate": 7}]


def test_what_is_saved_is_read(store: SessionStore) -> None:
    other = again(store)
    other["places"] = []
    other.save()
    assert again(store)["places"] == []


def test_one_that_was_tampered_with_is_empty(store: SessionStore) -> None:
    assert again(store)["places"]
    row = Session.objects.get()
    head, _, signature = row.session_data.rpartition(":")
    Session.objects.update(session_data=f"{head}:{signature[::-1]}")
    assert not dict(again(store).items())


def test_another_key_makes_it_void(store: SessionStore, settings: Any) -> None:
    assert again(store)["places"]
    settings.SECRET_KEY = "another"
    assert not dict(again(store).items())


def test_a_key_of_before_is_good_only_as_long_as_it_is_kept(store: SessionStore, settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert again(store)["places"] == ["quay", {"gate": 7}]
    settings.SECRET_KEY_FALLBACKS = []
    assert not dict(again(store).items())


def test_who_logs_out_is_out(client: Client) -> None:
    client.force_login(make_user("ada", "Editor"))
    cookie = client.cookies[known.SESSION_COOKIE_NAME].value
    assert client.get("/").status_code == 200
    client.post("/logout/")
    client.cookies[known.SESSION_COOKIE_NAME] = cookie
    assert client.get("/").status_code == 302


def test_a_user_of_a_session_has_the_rights_that_django_gives() -> None:
    user = make_user("ada", "Editor")
    user.user_permissions.add(*Permission.objects.filter(codename__in=["bulk_article", "view_user"]))
    read = Users().get_user(user.pk)
    known = User.objects.get(pk=user.pk)
    assert read is not None
    with CaptureQueriesContext(connection) as asked:
        assert read.get_group_permissions() >= {"articles.publish_article", "articles.view_article"}
        assert read.get_user_permissions() == {"articles.bulk_article", "auth.view_user"}
    assert len(asked) == 0
    assert read.get_all_permissions() == known.get_all_permissions()
    nobody = Users().get_user(make_user("nobody").pk)
    assert nobody is not None
    assert nobody.get_all_permissions() == set()
