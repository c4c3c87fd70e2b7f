"""What the desk needs to start, and what holds for every page once it runs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from csp.decorators import csp_exempt, csp_replace, csp_update
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from newsroom.database import read_database_url
from newsroom.policy import Policy
from newsroom.proxy import client_address

PROJECT = Path(__file__).resolve().parents[1]


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_starts_with_debug_alone() -> None:
    assert manage("check", DEBUG="1").returncode == 0


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        pytest.param({}, "SECRET_KEY is not set.", id="no secret key"),
        pytest.param({"DATABASE_URL": "news.db"}, "DATABASE_URL must begin with", id="no scheme"),
        pytest.param({"DATABASE_URL": "oracle://x/y"}, "DATABASE_URL must begin with", id="another database"),
        pytest.param({"DATABASE_URL": "postgres://u:p@h:port/n"}, "DATABASE_URL cannot be read", id="bad port"),
        pytest.param({"DATABASE_URL": "postgres://u:p@h/"}, "DATABASE_URL names no database", id="no name"),
        pytest.param({"HSTS_SECONDS": "a day"}, "HSTS_SECONDS must be a whole number", id="no number"),
    ],
)
@pytest.mark.broad(6)
def test_it_refuses_in_one_sentence_and_exits_3(environment: dict[str, str], sentence: str) -> None:
    if environment:
        environment = {"SECRET_KEY": "k" * 64, **environment}
    run = manage("check", **environment)
    assert run.returncode == 3
    assert run.stdout == ""
    assert run.stderr.startswith(f"newsroom cannot start: {sentence}")
    assert run.stderr.count("\n") == 1


def test_it_never_repeats_a_password(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read_database_url("postgres://ed:s3cret@host:port/news", default=tmp_path / "news.sqlite3")
    assert "s3cret" not in str(caught.value)


def test_sqlite_makes_its_folder(tmp_path: Path) -> None:
    database = read_database_url("", default=tmp_path / "a folder" / "100%.sqlite3")
    assert database["NAME"] == str(tmp_path / "a folder" / "100%.sqlite3")
    assert (tmp_path / "a folder").is_dir()


def test_it_says_which_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ImproperlyConfigured, match="cannot be made"):
        read_database_url("", default=tmp_path / "file" / "news.sqlite3")


def test_postgresql_keeps_its_connections(tmp_path: Path) -> None:
    database = read_database_url("postgres://ed:p%40ss@db.example:5433/news", default=tmp_path)
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 5433, "news")
    assert (database["USER"], database["PASSWORD"]) == ("ed", "p@ss")
    assert database["CONN_HEALTH_CHECKS"] is True


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"), [("/admin/login/", 200), ("/", 302), ("/no/such/page/", 404), ("/undo/", 405)]
)
def test_every_answer_carries_the_strict_policy(client: Client, path: str, status: int) -> None:
    if status == 405:
        client.force_login(User.objects.create_superuser("ed"))
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == status
    assert set(policy.split("; ")) == {
        "default-src 'self'",
        "img-src 'self' https: data:",
        "frame-src https://www.youtube-nocookie.com https://player.vimeo.com",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    }


@pytest.mark.parametrize(
    ("decorate", "policy"),
    [
        (csp_exempt(), None),
        (csp_update({"img-src": "https://pictures.example"}), "img-src 'self' https: data: https://pictures.example"),
        (csp_replace({"img-src": "'none'"}), "img-src 'none'"),
    ],
)
def test_a_policy_of_its_own_is_heard(rf: RequestFactory, decorate: Any, policy: str | None) -> None:
    answer = decorate(lambda request: HttpResponse())(rf.get("/"))
    said = Policy(lambda request: answer)(rf.get("/")).headers.get("Content-Security-Policy")  # type: ignore[union-attr]
    assert said is None if policy is None else policy in (said or "").split("; ")


@pytest.mark.django_db
def test_the_fifth_wrong_password_locks_this_name_from_this_address(client: Client) -> None:
    User.objects.create_superuser("ed", "ed@example.org", "right")
    answers = [log_in(client, "ed", "wrong") for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert log_in(client, "ed", "right") == 429
    assert log_in(client, "ed", "right", REMOTE_ADDR="192.0.2.7") == 302


def log_in(client: Client, username: str, password: str, **headers: str) -> int:
    form = {"username": username, "password": password}
    return client.post("/admin/login/?next=/admin/", form, **headers).status_code  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", id="one proxy"),
        pytest.param("203.0.113.9, 192.0.2.7", "192.0.2.7", id="the client claims another"),
        pytest.param("", "127.0.0.1", id="no proxy"),
    ],
)
def test_behind_a_proxy_the_address_is_the_one_it_saw(forwarded: str, address: str) -> None:
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


@pytest.mark.thorough
def test_static_files_can_be_collected_for_production(settings: Settings, tmp_path: Path) -> None:
    """Fails where a style sheet names a file that is not there."""
    manifest = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {"staticfiles": {"BACKEND": manifest}}
    call_command("collectstatic", verbosity=0, interactive=False)
    assert (tmp_path / "staticfiles.json").is_file()
