"""Puts the project's own admin site where Django's would stand."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig


class NewsroomAdminConfig(AdminConfig):
    default_site = "articles.admin_site.NewsroomAdminSite"

    def ready(self) -> None:
        super().ready()
        from django_tasks_db.models import DBTaskResult  # models are there only now

        admin.site.unregister(DBTaskResult)  # the worker's queue; what editors need of it stands on the page of runs
