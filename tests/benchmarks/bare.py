"""The floor of a decision: a Django project of one view that updates one row and writes one; a WSGI application.

No session, no login, no middleware, no template. Its database has the options of ours and SQLite's own wait.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from newsroom.database import SQLITE_ENGINE, read_database_url

ARTICLES = 10_000

database = read_database_url(os.environ["DATABASE_URL"], default=Path("bare.sqlite3"))
if database["ENGINE"] == SQLITE_ENGINE:
    database["ENGINE"] = "django.db.backends.sqlite3"
settings.configure(
    SECRET_KEY="x" * 50,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
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


urlpatterns = [path("articles/<int:pk>/<act>/", decide)]
application = get_wsgi_application()


def prepare() -> None:
    with connection.schema_editor() as schema:
        schema.create_model(Thing)
        schema.create_model(Note)
    Thing.objects.bulk_create([Thing(title=f"Article {number}") for number in range(ARTICLES)])


if __name__ == "__main__":
    prepare()
