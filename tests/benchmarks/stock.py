"""Django's own admin over the same articles, with nothing of ours: what the queue's page is held against."""

from __future__ import annotations

from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import path

from articles.models import Article
from newsroom.urls import urlpatterns as ours

site = AdminSite(name="stock")


class StockArticles(ModelAdmin):  # type: ignore[type-arg]
    """As many rows and filters as the queue has, and no `date_hierarchy`."""

    list_display = ("title", "provider", "published_at", "quality", "heat", "published", "state")
    list_filter = ("state", "published", "site")
    list_select_related = ("provider",)
    list_per_page = 50
    ordering = ("-id",)
    search_fields = ("title", "excerpt")


site.register(Article, StockArticles)
urlpatterns = [*ours, path("stock/", site.urls)]
