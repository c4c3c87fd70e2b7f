"""The addresses of the desk: the queue and its acts, the pages beside it, accounts."""

from django.urls import path

from articles import views
from articles.desk import account

urlpatterns = [
    # The queue and its articles
    path("", views.home, name="home"),
    # Bulk, views
    # Stories, rules, outbox
    # Accounts
    path("login/", account.log_in, name="login"),
    path("logout/", account.log_out, name="logout"),
    path("password/", account.change_password, name="password"),
    path("preferences/", account.preferences, name="preferences"),
    path("token/", account.token, name="token"),
]
