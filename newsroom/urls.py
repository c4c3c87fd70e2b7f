"""Every address of the desk: the admin, and the pages of `articles`."""

from django.contrib import admin
from django.urls import include, path

from newsroom.apps import fill_admin
from newsroom.health import health

fill_admin()

urlpatterns = [
    path("healthz", health, name="health"),
    path("admin/", admin.site.urls),
    path("", include("articles.urls")),
]

handler500 = "articles.desk.busy.server_error"
