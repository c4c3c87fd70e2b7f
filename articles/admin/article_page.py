"""The page of one article: takes an editor's form and hands it to the review."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles import review
from articles.admin.article_view import ArticleView, difference_in_words
from articles.admin.lists import user_of
from articles.content.merge import value_of
from articles.content.values import same
from articles.forms import ArticleForm
from articles.forms.entries import DECISION
from articles.models import Article, Event, Topic
from articles.review import EditRejected, NotAllowed, Outcome, StaleVersion
from articles.wording import join_words, label_of

if TYPE_CHECKING:
    from articles.admin.article import ArticleAdmin


class ArticlePage:
    """One request for an article's page."""

    def __init__(self, model_admin: ArticleAdmin, request: HttpRequest, article: Article) -> None:
        self.admin = model_admin
        self.request = request
        self.can_edit = model_admin.has_change_permission(request, article)
        self.may_publish = model_admin.has_publish_permission(request)
        self.article = article
        self.view = self._view_of(article)

    def respond(self) -> HttpResponse:
        if not self.admin.has_view_or_change_permission(self.request, self.article):
            raise PermissionDenied
        if self.request.method != "POST":
            return self._render(self._fresh_form())
        if not self.can_edit:
            raise PermissionDenied
        return self._take(_posted(self.request))

    def _view_of(self, article: Article) -> ArticleView:
        return ArticleView(article, self.request.user, can_edit=self.can_edit, may_publish=self.may_publish)

    def _read_again(self) -> None:
        """The article as it is now, after a refusal or a reset."""
        self.article = self.admin.with_all_that_its_page_shows().get(pk=self.article.pk)
        self.view = self._view_of(self.article)

    def _fresh_form(self) -> ArticleForm:
        version = self.article.version
        return ArticleForm(in_force=self.view.in_force, version=version, may_publish=self.may_publish)

    # --- Acts ---------------------------------------------------------------------------------------------------------

    def _take(self, posted: QueryDict) -> HttpResponse:
        form = ArticleForm(posted, in_force=self.view.in_force, may_publish=self.may_publish)
        key = posted.get("_reset")
        if not form.is_valid() and (key is None or "version" in form.errors):
            return self._render(form)
        try:
            return self._save(form) if key is None else self._reset(form, str(key))
        except StaleVersion:
            return self._refuse_stale(form)
        except EditRejected as rejected:
            form.add_rejection(rejected.messages)
            return self._render(form)
        except NotAllowed as refused:
            form.add_error(None, str(refused))
            return self._render(form, status=HTTPStatus.FORBIDDEN)

    def _save(self, form: ArticleForm) -> HttpResponse:
        """The changes and, by the two buttons, the decision: both or neither."""
        decide, changes = _pressed(form), self._news(form)
        given = self._given(form)
        outcomes: list[Outcome] = []
        with transaction.atomic():
            if changes:
                outcomes.append(review.edit(self.article, changes, **given))
            if decide:
                outcomes.append(decide(self.article, **given))
        self._tell(outcomes, changes)
        return HttpResponseRedirect(self._next(form.data))

    def _news(self, form: ArticleForm) -> dict[str, Any]:
        """What was typed and is not in force already; a pressed button outweighs the control beside it."""
        return {
            key: value
            for key, value in form.changes.items()
            if not same(value, value_of(self.view.in_force, key)) and not (_pressed(form) and key == DECISION)
        }

    def _given(self, form: ArticleForm) -> dict[str, Any]:
        return {
            "seen_version": form.cleaned_data["version"],
            "by": user_of(self.request),
            "at": timezone.now(),
            "reason": form.cleaned_data.get("reason", "").strip(),
            "batch": uuid.uuid4(),
        }

    def _reset(self, form: ArticleForm, key: str) -> HttpResponse:
        """Gives one field back to the crawler; what was typed elsewhere stays in the form."""
        outcome = review.reset(self.article, [key], **self._given(form))
        was = "is the crawler's again" if outcome.changed else "was the crawler's"
        messages.success(self.request, format_html("{} {}.", label_of(key), was))
        form.forget(key)
        if not form.touched:
            return HttpResponseRedirect(self.request.get_full_path())
        messages.warning(self.request, "What you typed in other fields is not saved yet.")
        self._read_again()
        return self._render(form.newer(self.view.in_force, version=self.article.version))

    def _refuse_stale(self, form: ArticleForm) -> HttpResponse:
        """Nothing was saved: both sides field by field, and what was typed still in its place."""
        self._read_again()
        conflict = {
            "differences": [difference_in_words(line) for line in form.conflicts(self.view.in_force)],
            "apply": _apply_label(form),
            "apply_value": " ".join([str(self.article.version), *_decision_names(form)]),
            "last": Event.objects.filter(article=self.article).first(),
        }
        return self._render(form.newer(self.view.in_force), status=HTTPStatus.CONFLICT, conflict=conflict)

    # --- Answers ------------------------------------------------------------------------------------------------------

    def _tell(self, outcomes: Sequence[Outcome], changes: Mapping[str, Any]) -> None:
        title = str(outcomes[-1].article if outcomes else self.article)
        events = [outcome.event for outcome in outcomes if outcome.event]
        if not events:
            messages.info(self.request, format_html("Nothing was changed in “{}”.", title))
        for event in events:
            messages.success(self.request, _said(event, title, changes))
        if strange := self._strange_topics(changes.get("topics")):
            said = "Saved, but the site has no such topic: {}. Readers find nothing under it until it has a file."
            messages.warning(self.request, format_html(said, join_words(strange)))

    def _strange_topics(self, names: Any) -> list[str]:
        """Names that the site's own topic files do not know; none where it has no such files."""
        if not isinstance(names, list):
            return []
        filed = Topic.objects.filter(site=self.article.site).exclude(path="")
        known = set(filed.filter(name__in=names).values_list("name", flat=True))
        return [name for name in names if name not in known] if known or filed.exists() else []

    def _next(self, posted: Mapping[str, Any]) -> str:
        stays = "_continue" in posted or "_apply" in posted
        return self.request.get_full_path() if stays else self._list_url()

    def _list_url(self) -> str:
        kept: dict[str, Any] = {
            "preserved_filters": self.admin.get_preserved_filters(self.request),
            "opts": self.admin.opts,
        }
        return str(add_preserved_filters(kept, reverse("admin:articles_article_changelist")))

    def _render(
        self, form: ArticleForm, *, status: int = HTTPStatus.OK, conflict: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            **self.admin.admin_site.each_context(self.request),
            **self.view.context(form),
            "opts": self.admin.opts,
            "list_url": self._list_url(),
            "conflict": conflict,
        }
        return TemplateResponse(self.request, "admin/articles/article/change_form.html", context, status=status)


_DECISIONS: Final[dict[str, Callable[..., Outcome]]] = {
    "_publish": review.publish,
    "_unpublish": review.unpublish,
}
"""The two buttons that save and decide in one go, by name."""


def _posted(request: HttpRequest) -> QueryDict:
    """The form as sent; "apply mine" takes the newer version, and the decision that was pressed before."""
    posted = request.POST.copy()
    version, _, pressed = str(posted.get("_apply", "")).partition(" ")
    if version:
        posted["version"] = version
    if pressed in _DECISIONS:
        posted[pressed] = "1"
    return posted


def _pressed(form: ArticleForm) -> Callable[..., Outcome] | None:
    return next((_DECISIONS[name] for name in _decision_names(form)), None)


def _decision_names(form: ArticleForm) -> list[str]:
    """The name of the pressed button, or none."""
    return [name for name in _DECISIONS if name in form.data][:1]


def _apply_label(form: ArticleForm) -> str:
    """What the one button of the conflict does; empty: there is nothing to apply."""
    word = "".join(_decision_names(form)).removeprefix("_")
    if form.changes:
        return "Apply mine to the newer version" + (f" and {word} it" if word else "")
    return f"{word.capitalize()} the newer version" if word else ""


def _said(event: Event, title: str, changes: Mapping[str, Any]) -> SafeString:
    if event.act == Event.Act.EDITED:
        return format_html("Saved “{}”: {}.", title, join_words(label_of(key) for key in changes))
    return format_html("{} “{}”.", event.get_act_display(), title)
