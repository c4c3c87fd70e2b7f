"""All that ever happened to an article, newest first; from its events, not from the admin's own log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from articles.models import Article, Event
from articles.paging import CappedPaginator

if TYPE_CHECKING:
    from articles.admin.article import ArticleAdmin

EVENTS_PER_PAGE: Final = 100


def history_page(model_admin: ArticleAdmin, request: HttpRequest, article: Article) -> HttpResponse:
    if not model_admin.has_view_or_change_permission(request, article):
        raise PermissionDenied
    paginator = CappedPaginator(Event.objects.filter(article=article), EVENTS_PER_PAGE)
    page = paginator.get_page(request.GET.get("p", 1))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": f"History of {article}",
        "original": article,
        "events": page,
        "may_take_back": model_admin.has_change_permission(request, article),
        "pages": paginator.get_elided_page_range(page.number),
    }
    return TemplateResponse(request, "admin/articles/article/object_history.html", context)
