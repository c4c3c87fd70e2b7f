"""Puts the project's own admin site where Django's would stand."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class NewsroomAdminConfig(SimpleAdminConfig):
    """What is in the admin is gathered when an address or a check needs it; commands start without."""

    default_site = "articles.admin_site.NewsroomAdminSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_admin, checks.Tags.admin)


def fill_admin() -> None:
    """Let every app say what it has for the admin; the first time does it."""
    from django_tasks_db.models import DBTaskResult  # models are there only when all apps are

    admin.autodiscover()
    if admin.site.is_registered(DBTaskResult):
        admin.site.unregister(DBTaskResult)  # the worker's queue; what editors need of it stands on the page of runs


def check_admin(**options: Any) -> list[checks.CheckMessage]:
    """Django's own check, of an admin that is filled."""
    fill_admin()
    found: list[checks.CheckMessage] = check_admin_app(**options)
    return found
