"""Names the app to Django."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections
from django.db.models.signals import post_migrate


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = "Articles"

    def ready(self) -> None:
        register(check_search, Tags.database)
        post_migrate.connect(keep_search, sender=self)
        post_migrate.connect(keep_labels, sender=self)
        post_migrate.connect(keep_figures, sender=self)


def keep_search(using: str, **kwargs: Any) -> None:
    """After migrations, which may have rebuilt the table that the search's triggers stood on; mends what is amiss."""
    from articles.searching import ensure_index  # reads the models, which are not there yet when this module loads

    ensure_index(connections[using])


def keep_labels(using: str, **kwargs: Any) -> None:
    """The same for the table that the queue reads findings and topics from."""
    from articles.labels import ensure_labels

    ensure_labels(connections[using])


def keep_figures(using: str, **kwargs: Any) -> None:
    """After migrations, which may have made indexes that SQLite knows nothing of: such a one would seem the best."""
    from articles.sqlite_figures import keep

    keep(connections[using])


def check_search(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Whether searches find what there is; asked by `check --database default`."""
    from articles.searching import differs

    hint = "Run manage.py migrate: at its end it reads all texts anew."
    return [
        Warning("The index of texts is not that of the articles: searches miss some.", hint=hint, id="articles.W001")
        for using in databases or ()
        if differs(connections[using])
    ]
