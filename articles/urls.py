"""The addresses beside the admin: the desk, the icon, the pictures."""

from django.urls import include, path

from articles import views

urlpatterns = [
    path("", include("articles.desk.urls")),
    path("favicon.ico", views.favicon, name="favicon"),
    path("sites/<slug:slug>/picture/<path:path>", views.site_picture, name="site-picture"),
]
