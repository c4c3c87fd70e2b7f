"""The addresses of the desk: the queue and its acts, the pages beside it, accounts."""

from django.urls import path

from articles import views

urlpatterns = [
    # The queue and its articles
    path("", views.home, name="home"),
    # Bulk, views
    # Stories, rules, outbox
    # Accounts
]
