"""The addresses of the desk beside the admin."""

from django.urls import path

from articles import views

urlpatterns = [
    path("", views.home, name="home"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("sites/<slug:slug>/picture/<path:path>", views.site_picture, name="site-picture"),
]
