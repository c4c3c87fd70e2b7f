"""What whoever runs the desk sees of it: its health, and its log."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client

from newsroom.logs import JsonLines, WithRequest

REQUESTS = "newsroom.requests"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, REQUESTS)
    caplog.handler.addFilter(WithRequest())
    return caplog


def as_json(record: logging.LogRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(JsonLines().format(record))
    return found


@pytest.mark.django_db
def test_it_is_well(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_health_needs_no_https(client: Client, settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/login/").status_code == 301


@pytest.mark.django_db
def test_a_database_out_of_reach_is_said_without_details(client: Client) -> None:
    def fail(*arguments: Any) -> None:
        raise OperationalError("host db.example.com, password s3cret")

    with connection.execute_wrapper(fail):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "database out of reach"})


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_number_and_user(
    client: Client, lines: pytest.LogCaptureFixture, django_user_model: type[User]
) -> None:
    client.force_login(django_user_model.objects.create_superuser("ada", password="pw"))
    response = client.get("/preferences/?q=secret+search")
    (record,) = [record for record in lines.records if record.name == REQUESTS]
    told = as_json(record)
    assert (told["method"], told["path"], told["status"], told["user"]) == ("GET", "/preferences/", 200, "ada")
    assert told["request"] == response["X-Request-ID"]
    assert "secret" not in json.dumps(told)


@pytest.mark.django_db
def test_the_number_of_a_stranger_is_not_believed(client: Client, settings: Any) -> None:
    given = {"X-Request-ID": "0123456789abcdef"}
    assert client.get("/healthz", headers=given)["X-Request-ID"] != "0123456789abcdef"
    settings.BEHIND_PROXY = True
    assert client.get("/healthz", headers=given)["X-Request-ID"] == "0123456789abcdef"
    assert client.get("/healthz", headers={"X-Request-ID": "a\nb"})["X-Request-ID"] != "a\nb"


@pytest.mark.django_db
def test_a_path_cannot_forge_a_line(client: Client, lines: pytest.LogCaptureFixture) -> None:
    client.get("/%0Aforged line")
    (record,) = [record for record in lines.records if record.name == REQUESTS]
    assert "\n" not in record.getMessage()
    assert "\n" not in JsonLines().format(record)


def test_a_failure_carries_where_it_happened() -> None:
    try:
        raise ValueError("broken")
    except ValueError as failure:
        record = logging.LogRecord("articles", logging.ERROR, "", 0, "It failed", None, (ValueError, failure, None))
    assert as_json(record)["exception"].endswith("ValueError: broken")
