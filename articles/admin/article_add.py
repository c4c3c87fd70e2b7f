"""The page that adds an article by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from articles import review
from articles.admin.article_view import SCORES, SOURCE, STORY, blank_rows
from articles.admin.lists import user_of
from articles.forms import ArticleAddForm
from articles.review import EditRejected, NotAllowed

if TYPE_CHECKING:
    from articles.admin.article import ArticleAdmin

CATEGORY: Final = "news"


class AddPage:
    """One request for the page."""

    def __init__(self, model_admin: ArticleAdmin, request: HttpRequest) -> None:
        self.admin = model_admin
        self.request = request
        self.may_publish = model_admin.has_publish_permission(request)

    def respond(self) -> HttpResponse:
        if not self.admin.has_add_permission(self.request):
            raise PermissionDenied
        if self.request.method != "POST":
            return self._render(ArticleAddForm(may_publish=self.may_publish))
        form = ArticleAddForm(self.request.POST, may_publish=self.may_publish)
        return self._add(form) if form.is_valid() else self._render(form)

    def _add(self, form: ArticleAddForm) -> HttpResponse:
        site, fields = form.cleaned_data["site"], form.changes
        path = review.new_path(site, fields["title"], fields["publishedDateTime"])
        try:
            article = review.add(
                site,
                path,
                {"category": CATEGORY, **fields},
                by=user_of(self.request),
                at=timezone.now(),
                reason=form.cleaned_data["reason"].strip(),
            )
        except (EditRejected, NotAllowed) as refused:
            form.add_rejection(refused.messages if isinstance(refused, EditRejected) else {"": [str(refused)]})
            return self._render(form)
        said = "Added “{}”. The next export makes it the file {}."
        messages.success(self.request, format_html(said, str(article), article.path))
        return HttpResponseRedirect(article.get_absolute_url())

    def _render(self, form: ArticleAddForm) -> HttpResponse:
        context = {
            **self.admin.admin_site.each_context(self.request),
            "opts": self.admin.opts,
            "title": "Add an article",
            "form": form,
            "can_edit": True,
            "site_slug": "",
            "story": blank_rows(form, STORY),
            "scores": blank_rows(form, SCORES),
            "source": blank_rows(form, SOURCE),
            "list_url": reverse("admin:articles_article_changelist"),
        }
        return TemplateResponse(self.request, "admin/articles/article/add_form.html", context)
