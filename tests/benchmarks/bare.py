"""The floor of a decision: a Django project of one view that updates one row and writes one; a WSGI application.

No session, no login, no middleware, no template; with BARE_LOGIN Django's own session, login and check of the CSRF
token. Its database has the options of ours and SQLite's own wait.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import django
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from newsroom.database import POSTGRESQL_ENGINE, SQLITE_ENGINE, read_database_url

ARTICLES = 10_000
EDITORS = 8
HAS_LOGIN = bool(os.environ.get("BARE_LOGIN"))

database = read_database_url(os.environ["DATABASE_URL"], default=Path("bare.sqlite3"))
if database["ENGINE"] == SQLITE_ENGINE:
    database["ENGINE"] = "django.db.backends.sqlite3"
if database["ENGINE"] == POSTGRESQL_ENGINE:
    database["ENGINE"] = "django.db.backends.postgresql"
    del database["OPTIONS"]["prepares"]
settings.configure(
    SECRET_KEY="x" * 50,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions")] if HAS_LOGIN else [],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
    if HAS_LOGIN
    else [],
    DATABASES={"default": database},
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()


class Thing(models.Model):
    """What is decided on."""

    title = models.CharField(max_length=200)
    published = models.BooleanField(default=False)
    version = models.IntegerField(default=1)

    objects: ClassVar[models.Manager[Thing]] = models.Manager()

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.title


class Note(models.Model):
    """What was decided."""

    thing = models.ForeignKey(Thing, on_delete=models.CASCADE)
    act = models.CharField(max_length=20)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Note]] = models.Manager()

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.act


def decide(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    with transaction.atomic():
        Thing.objects.filter(pk=pk).update(published=act == "publish", version=models.F("version") + 1)
        Note.objects.create(thing_id=pk, act=act, at=timezone.now())
    return HttpResponse(act)


urlpatterns = [path("articles/<int:pk>/<act>/", login_required(decide) if HAS_LOGIN else decide)]
application = get_wsgi_application()


def prepare() -> None:
    """The tables; with a login prints the session of each editor."""
    with connection.schema_editor() as schema:
        schema.create_model(Thing)
        schema.create_model(Note)
    Thing.objects.bulk_create([Thing(title=f"Article {number}") for number in range(ARTICLES)])
    if HAS_LOGIN:
        call_command("migrate", verbosity=0)
        for number in range(EDITORS):
            print(_session_of(f"editor{number}"))


def _session_of(name: str) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    user, session = User.objects.create_user(name), SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.save()
    return str(session.session_key)


if __name__ == "__main__":
    prepare()
