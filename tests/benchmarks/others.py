"""The addresses of every page beside the queue and the lists of the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse
from django.utils.http import urlencode

from articles.models import Article, Event
from tests.benchmarks.million import EDITORS

PLAIN = ("conflicts", "stories", "rules", "outbox", "views", "save-view", "jobs", "facets", "preferences", "password")


def pages(user: User) -> Iterator[tuple[str, str]]:
    """Name and address, of what is in the database at hand."""
    yield from ((name, reverse(name)) for name in PLAIN)
    site = Article.objects.order_by("-pk").values_list("site__slug", flat=True)[0]
    for name, said in (
        ("rules", {"site": site, "min_quality": "90"}),
        ("rules", {"site": site, "min_quality": "20"}),
        ("stories", {"site": site}),
        ("stories", {"page": "2"}),
        ("outbox", {"site": site}),
        ("outbox", {"editor": EDITORS[0]}),
        ("facets", {"site": site}),
    ):
        yield f"{name} {' '.join(said)}", f"{reverse(name)}?{urlencode(said)}"
    yield from _of_one_article()
    yield "admin", reverse("admin:index")
    for model, shown in admin.site._registry.items():
        yield from _of_one_record(model, shown, user)


def _of_one_article() -> Iterator[tuple[str, str]]:
    decided = Event.objects.filter(by_crawler=False, article__isnull=False).order_by("id")[0]
    key = decided.article_id
    yield "article", f"{reverse('home')}?{urlencode({'article': str(key), 'state': 'all'})}"
    yield "edit", reverse("article-edit", args=[key])
    yield "batch", reverse("batch", args=[decided.batch])
    told = Article.objects.filter(story__isnull=False).order_by("pk").values_list("story", flat=True)[:1]
    yield from (("one story", f"{reverse('stories')}?{urlencode({'story': str(story)})}") for story in told)


def _of_one_record(model: Any, shown: Any, user: User) -> Iterator[tuple[str, str]]:
    request = RequestFactory().get("/")
    request.user = user
    key = model.objects.order_by("pk").values_list("pk", flat=True).first()
    if key is None or not shown.has_view_permission(request):
        return
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    yield f"{model.__name__} page", reverse(f"admin:{name}_change", args=[key])
    yield f"{model.__name__} history", reverse(f"admin:{name}_history", args=[key])
