"""Every route times every role: what the table allows is let in, everything else is refused at the door.

The routes come from the URL resolver. A new one without a row here fails.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from articles import review
from articles.models import Article, BulkRun, Event, Image, Override, Provider, Site, Topic
from tests.factories import NOON, make_article, make_site, make_user

EVERYONE, STAFF, VIEWER, EDITOR, CHIEF, SUPERUSER, NOBODY = range(7)
ROLES: Final = {
    "anonymous": EVERYONE,
    "no group": STAFF,
    "Viewer": VIEWER,
    "Editor": EDITOR,
    "Chief editor": CHIEF,
    "superuser": SUPERUSER,
}
"""Each may what those before it may. All but the first have logged in; all here may enter the admin."""


@dataclass(frozen=True)
class Door:
    """The least role that may read the page, and that may send something to it; `NOBODY`: not even the superuser."""

    get: int
    post: int = NOBODY


DESK: Final = {
    "": Door(VIEWER),
    "articles/<int:pk>/": Door(VIEWER),
    **{
        f"articles/<int:pk>/{act}/": Door(NOBODY, EDITOR)
        for act in ("publish", "unpublish", "keep", "quality", "heat", "topics", "fix", "reset", "restore", "resolve")
    },
    "articles/<int:pk>/edit/": Door(EDITOR, EDITOR),
    "articles/<int:pk>/preview/": Door(NOBODY, EDITOR),
    "conflicts/": Door(VIEWER, VIEWER),
    "undo/": Door(NOBODY, EDITOR),
    "jobs/": Door(VIEWER),
    "jobs/start/": Door(NOBODY, CHIEF),
    "jobs/<int:pk>/": Door(VIEWER),
    "jobs/<int:pk>/again/": Door(NOBODY, CHIEF),
    "jobs/<int:pk>/take-back/": Door(NOBODY, CHIEF),
    "facets/": Door(VIEWER),
    "views/": Door(VIEWER),
    "views/new/": Door(VIEWER, VIEWER),
    "views/<int:pk>/": Door(VIEWER, VIEWER),
    "views/<int:pk>/delete/": Door(NOBODY, VIEWER),
    "bulk/": Door(EDITOR, EDITOR),
    "bulk/<int:pk>/": Door(VIEWER),
    "bulk/<int:pk>/stop/": Door(NOBODY, CHIEF),  # an editor stops only their own
    "bulk/<int:pk>/go-on/": Door(NOBODY),  # only for who asked for it
    "batch/<uuid:batch>/": Door(VIEWER, CHIEF),  # an editor takes back only their own
    "stories/": Door(VIEWER, EDITOR),
    "rules/": Door(CHIEF, CHIEF),
    "outbox/": Door(VIEWER, CHIEF),
    "login/": Door(EVERYONE, EVERYONE),
    "logout/": Door(NOBODY, EVERYONE),
    "password/": Door(STAFF, STAFF),
    "preferences/": Door(STAFF, STAFF),
    "token/": Door(EVERYONE),
    "favicon.ico": Door(EVERYONE),
    "healthz": Door(EVERYONE),
    "sites/<slug:slug>/picture/<path:path>": Door(VIEWER),
}

ADMIN: Final = {
    "admin/": Door(STAFF, STAFF),
    "admin/login/": Door(EVERYONE, EVERYONE),
    "admin/logout/": Door(NOBODY, EVERYONE),
    "admin/password_change/": Door(STAFF, STAFF),
    "admin/password_change/done/": Door(STAFF, NOBODY),
    "admin/autocomplete/": Door(NOBODY),
    "admin/jsi18n/": Door(STAFF),
    "admin/r/<path:content_type_id>/<path:object_id>/": Door(STAFF, STAFF),
    "admin/history/<int:event_id>/": Door(NOBODY, EDITOR),
    r"admin/^(?P<app_label>auth|articles)/$": Door(STAFF, STAFF),
    r"admin/(?P<url>.*)$": Door(STAFF, STAFF),
    "admin/auth/user/<id>/password/": Door(SUPERUSER, SUPERUSER),
}


@dataclass(frozen=True)
class Records:
    """Who may do what with the records of a model in the admin."""

    see: int
    add: int = NOBODY
    change: int = NOBODY

    def doors(self, base: str) -> dict[str, Door]:
        return {
            base: Door(self.see, self.see),
            f"{base}add/": Door(self.add, self.add),
            f"{base}<path:object_id>/": Door(STAFF, STAFF),  # leads to the next
            f"{base}<path:object_id>/change/": Door(self.see, self.change),
            f"{base}<path:object_id>/history/": Door(self.see, self.see),
            f"{base}<path:object_id>/delete/": Door(NOBODY),
        }


MODELS: Final[dict[str, tuple[Any, Records]]] = {
    "articles/article": (Article, Records(VIEWER, add=EDITOR, change=EDITOR)),
    "articles/site": (Site, Records(VIEWER, change=CHIEF)),
    "articles/provider": (Provider, Records(VIEWER)),
    "articles/topic": (Topic, Records(VIEWER)),
    "articles/image": (Image, Records(VIEWER)),
    "articles/override": (Override, Records(VIEWER)),
    "articles/event": (Event, Records(VIEWER)),
    "auth/user": (User, Records(SUPERUSER, add=SUPERUSER, change=SUPERUSER)),
    "auth/group": (Group, Records(SUPERUSER)),
}
RECORDS: Final = {
    route: door for name, (_, records) in MODELS.items() for route, door in records.doors(f"admin/{name}/").items()
}
TABLE: Final = {**DESK, **ADMIN, **RECORDS}


# --- The house with one of everything ---------------------------------------------------------------------------------


@pytest.fixture
def article(db: None, tmp_path: Path) -> Article:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "tug.svg").write_text("<svg/>")
    article = make_article(make_site(root=tmp_path))
    ada = make_user("ada", "Editor")
    review.edit(article, {"title": "A tug"}, by=ada, at=NOON)
    BulkRun.objects.create(
        pk=article.pk,
        deed="keep",
        title="Keep as is",
        batch=uuid.uuid4(),
        selection=[[article.pk, 1]],
        count=1,
        user=ada,
        queued_at=NOON,
    )
    return article


def log_in(client: Client, role: str, *, is_staff: bool = True) -> None:
    group = role if role in ("Viewer", "Editor", "Chief editor") else ""
    user = make_user("someone", group, is_staff=is_staff, is_superuser=role == "superuser")
    client.force_login(user)


def routes() -> list[str]:
    return list(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, before: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from _walk(entry, route)


def address_of(route: str, article: Article) -> str:
    """The route with something that is there in each of its places."""
    place: dict[str, Callable[[], Any]] = {
        "<slug:slug>": lambda: "harbour",
        "<path:path>": lambda: "assets/tug.svg",
        "<int:pk>": lambda: article.pk,
        "<int:event_id>": lambda: Event.objects.latest("pk").pk,
        "<path:content_type_id>": lambda: ContentType.objects.get_for_model(Article).pk,
        "<uuid:batch>": lambda: Event.objects.latest("pk").batch,
        "<id>": lambda: User.objects.latest("pk").pk,
        r"(?P<url>.*)$": lambda: "nowhere",
        r"^(?P<app_label>auth|articles)/$": lambda: "articles/",
        "<path:object_id>": lambda: _key_in(before, article),
    }
    before = route
    for sign, value in place.items():
        if sign in route:
            route = route.replace(sign, str(value()))
    assert not re.search(r"[<(^$]", route), f"Say in address_of() what stands in {route}"
    return f"/{route}"


def _key_in(route: str, article: Article) -> str:
    for name, (model, _) in MODELS.items():
        if route.startswith(f"admin/{name}/"):
            return str(model.objects.latest("pk").pk)
    return str(article.pk)


# --- What an answer means ---------------------------------------------------------------------------------------------


def verdict(answer: Any) -> str:
    """Sent to the login; refused; not offered; or let in, whatever came of it then."""
    asks = answer.status_code == 302 and re.match(r"/(admin/)?login/\?next=", answer["Location"])
    if asks or answer.status_code == 401:
        return "log in"
    return {403: "refused", 405: "not offered"}.get(answer.status_code, "in")


def expected(door: Door, method: str, role: str) -> set[str]:
    least = door.get if method == "get" else door.post
    if ROLES[role] >= least:
        return {"in"}
    if least == NOBODY:
        return {"refused", "not offered"} | ({"log in"} if role == "anonymous" else set())
    return {"log in"} if role == "anonymous" else {"refused"}


PICTURE: Final = "sites/<slug:slug>/picture/<path:path>"
"""Stands in a page as a picture: no page may come in its place, not even the login."""


def test_every_route_has_its_row() -> None:
    assert {"without a row": set(routes()) - TABLE.keys(), "gone": TABLE.keys() - set(routes())} == {
        "without a row": set(),
        "gone": set(),
    }


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.broad(7)
def test_the_door_of_every_route_holds(client: Client, article: Article, role: str, method: str) -> None:
    if role != "anonymous":
        log_in(client, role)
    session = dict(client.cookies)
    wrong = []
    for route, door in TABLE.items():
        client.cookies.update(session)
        address = address_of(route, article)
        with transaction.atomic():
            answer = client.get(address) if method == "get" else client.post(address)
            transaction.set_rollback(True)
        may = {"refused"} if (route, role, method) == (PICTURE, "anonymous", "get") else expected(door, method, role)
        if verdict(answer) not in may:
            wrong.append(f"{method} {route}: {answer.status_code}, {verdict(answer)}; should be {' or '.join(may)}")
        if answer.status_code >= 500:
            wrong.append(f"{method} {route}: {answer.status_code}")
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["Viewer", "Chief editor"])
@pytest.mark.broad(3)
def test_the_records_are_closed_to_the_desk_alone(client: Client, article: Article, role: str, method: str) -> None:
    """Without the staff flag no right opens the admin, and the desk stays open."""
    log_in(client, role, is_staff=False)
    inside = [
        route for route in routes() if route.startswith("admin/") and route not in ("admin/login/", "admin/logout/")
    ]
    answers = {route: getattr(client, method)(address_of(route, article)).status_code for route in inside}
    assert {route: status for route, status in answers.items() if status != 403} == {}
    assert client.get("/preferences/").status_code == 200
