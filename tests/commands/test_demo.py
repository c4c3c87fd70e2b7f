"""demo: made once, kept as editors leave it, and nowhere near a desk in use."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Count

from articles import git
from articles.content.findings import KINDS
from articles.desk.asking import asked_by
from articles.desk.listing import page_of
from articles.management.commands.demo import Address, Command, address_of
from articles.models import Article, Event, Finding, Override, SavedView, Site
from tests.commands.running import run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def base(tmp_path: Path, settings: Any) -> Path:
    """The demo goes into var/ of this folder, which is the project's for every test here."""
    settings.DEBUG = True
    return tmp_path


def make(*arguments: str) -> dict[str, Any]:
    done = run("demo", "--no-server", "--json", *arguments)
    assert (done.code, done.err) == (0, "./dev demo starts the desk.\n")
    return done.facts


def test_it_makes_a_site_in_a_repository(base: Path) -> None:
    made = make()
    folder = base / "var" / "demo" / "tomorrow-briefly"
    assert (made["site"], made["root"]) == ("tomorrow-briefly", str(folder))
    assert git.head(folder)
    assert made["import"]["created"] == Article.objects.count() >= 40
    assert [one for one in made["import"]["problems"] if one["severity"] == "error"] == []


def test_the_desk_has_something_of_everything(base: Path) -> None:
    make()
    present = Article.objects.present()
    assert [present.filter(state=state).count() for state in Article.State] == [2, 3, 52, 7, 0]
    assert {article.title for article in present.filter(state=Article.State.CONFLICT)} == {
        "The street that shares its roofs",
        "Growers learn to mend their own drones",
    }
    assert [article.title for article in present.filter(is_flapping=True)] == [
        "The phone that is repaired with a teaspoon"
    ]
    assert present.unwritten().count() >= 3
    assert present.awaiting_review().filter(nearness__lte=5).count() >= 10
    told = present.values("story").annotate(providers=Count("provider", distinct=True)).filter(providers__gte=3)
    assert told.exclude(story=None).count() >= 2
    assert {*Finding.objects.values_list("code", flat=True)} == {*KINDS}
    decided = present.filter(state=Article.State.DECIDED)
    assert {*Event.objects.filter(article__in=decided).values_list("username", flat=True)} >= {"ada", "ben"}
    last = Event.objects.filter(act="written", article=None).get()
    assert last.reason.startswith("commit ")


@pytest.mark.thorough
def test_the_saved_views_find_something(base: Path) -> None:
    make()
    views = SavedView.objects.all()
    assert {view.name for view in views if view.is_shared} >= {"Near the threshold", "No picture", "Garbled text"}
    for view in views:
        asked = asked_by(view.query)
        assert (asked.notes, asked.lasting_query) == ([], view.query)
        assert page_of(asked).total, view.name


@pytest.mark.thorough
def test_each_user_can_log_in_with_what_is_printed(base: Path) -> None:
    users = make()["users"]
    assert [(one["username"], one["group"]) for one in users] == [
        ("ada", "Chief editor"),
        ("ben", "Editor"),
        ("vera", "Viewer"),
        ("root", "Superuser"),
    ]
    for one in users:
        user = User.objects.get(username=one["username"])
        assert user.is_staff
        assert user.check_password(one["password"])
        assert user.is_superuser == (one["username"] == "root")
        assert [group.name for group in user.groups.all()] == ([] if user.is_superuser else [one["group"]])
    assert len({one["password"] for one in users}) == 4
    file = base / "var" / "demo" / "users.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == {one["username"]: one["password"] for one in users}


@pytest.mark.thorough
def test_a_second_start_keeps_what_editors_did(base: Path) -> None:
    first = make()
    article = Article.objects.order_by("path").first()
    assert article is not None
    assert run("set_fields", article.path, "title=Mine", "--as", "ada").code == 0
    assert run("export_content").code == 0
    SavedView.objects.filter(name="No picture").delete()
    before = (Override.objects.count(), Event.objects.count())
    again = make()
    assert again["users"] == first["users"]
    assert (again["import"]["created"], again["import"]["updated"]) == (0, 0)
    assert (Override.objects.count(), Event.objects.count()) == before
    assert not SavedView.objects.filter(name="No picture").exists()
    assert Article.objects.get(pk=article.pk).title == "Mine"
    assert b'title: "Mine"' in (base / "var" / "demo" / "tomorrow-briefly" / article.path).read_bytes()


@pytest.mark.thorough
def test_more_articles_come_once_and_people_are_told(base: Path) -> None:
    assert make("--articles", "5")["import"]["created"] > 5
    done = run("demo", "--no-server", "--articles", "7")
    assert "files: 2 created, " in done.out
    assert f"git -C {base / 'var' / 'demo' / 'tomorrow-briefly'} diff" in done.out
    passwords = json.loads((base / "var" / "demo" / "users.json").read_text())
    assert f"  ada   {passwords['ada']}    Chief editor: decides" in done.out


@pytest.mark.thorough
def test_reset_begins_anew_with_the_same_users(base: Path) -> None:
    first = make("--articles", "5")
    states = set(Article.objects.values_list("path", "state"))
    run("publish", Article.objects.filter(published=False)[0].path, "--as", "ben")
    again = make("--reset")
    assert again["users"] == first["users"]
    assert again["import"]["created"] == first["import"]["created"] - 5
    assert Event.objects.filter(username="ben", act="published").count() == 1
    assert set(Article.objects.values_list("path", "state")) < states
    assert SavedView.objects.count() == 6
    assert Site.objects.count() == 1


@pytest.mark.thorough
def test_a_copy_that_was_cut_short_is_made_anew(base: Path) -> None:
    draft = base / "var" / "demo" / ".tomorrow-briefly.new"
    draft.mkdir(parents=True)
    (draft / "_config.yml").write_text("title: half")
    assert make()["import"]["created"] >= 40
    assert not draft.exists()


def refused(*arguments: str) -> str:
    done = run("demo", *arguments)
    assert (done.code, done.out) == (3, "")
    return done.err


def test_it_is_not_for_production(base: Path, settings: Any) -> None:
    settings.DEBUG = False
    assert "not for production" in refused("--no-server")
    assert not (base / "var" / "demo").exists()


def test_it_keeps_away_from_other_sites(imported: Path) -> None:
    assert "This database holds the site harbour" in refused("--no-server")
    assert not User.objects.exists()


def test_it_keeps_away_from_other_peoples_names(ben: User) -> None:
    assert "This database has a user ben already" in refused("--no-server")
    assert User.objects.count() == 1


@pytest.mark.thorough
def test_a_site_that_came_later_does_not_stop_it(root: Path) -> None:
    make()
    assert run("import_content", root).code == 0
    make()


def test_a_taken_port_is_told_before_anything_is_made(base: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refused("--port", str(port)) == f"Port {port} is taken. Name another with --port."
        assert refused("--bind", f"127.0.0.1:{port}") == f"Port {port} is taken. Name another with --port."
    assert not (base / "var" / "demo").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "0"],
        ["--port", "65536"],
        ["--bind", "not an address"],
        ["--bind", "127.0.0.1:8000", "--port", "8001"],
        ["--articles", "-1"],
        ["--articles", "9999999"],
    ],
    ids=" ".join,
)
def test_it_does_not_start(base: Path, arguments: list[str]) -> None:
    assert refused("--no-server", *arguments)
    assert not Site.objects.exists()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123/"),
        (".".join("0000"), "http://127.0.0.1:8123/"),
        ("::1", "http://[::1]:8123/"),
        ("::", "http://[::1]:8123/"),
        ("desk.example", "http://desk.example:8123/"),
    ],
)
def test_the_address_is_one_to_open(host: str, url: str) -> None:
    assert Address(host, 8123).url == url


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ([], "http://127.0.0.1:8000/"),
        (["--port", "8123"], "http://127.0.0.1:8123/"),
        (["--bind", "127.0.0.2:8123"], "http://127.0.0.2:8123/"),
        (["--bind", "[::1]", "--port", "8123"], "http://[::1]:8123/"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_arguments_say_where_it_listens(arguments: list[str], url: str) -> None:
    options = vars(Command().create_parser("manage.py", "demo").parse_args(arguments))
    assert address_of(options).url == url
