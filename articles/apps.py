"""Names the app to Django."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = "Articles"

    def ready(self) -> None:
        post_migrate.connect(keep_search, sender=self)


def keep_search(using: str, **kwargs: Any) -> None:
    """After migrations, which may have rebuilt the table that the search's triggers stood on."""
    from articles.searching import ensure_index  # reads the models, which are not there yet when this module loads

    ensure_index(connections[using])
