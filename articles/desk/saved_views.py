"""Searches of the queue that were given a name: one's own, and those that others share."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Case, Q, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.desk.asking import Asked, asked_by
from articles.desk.doors import door, user_of
from articles.models import SavedView

MAX_VIEWS: Final = 100
"""So many views one user keeps, and so many of others are shown."""


class ViewForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of a view, and whether others see it."""

    class Meta:
        model = SavedView
        fields = ("name", "is_shared")

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if not name:
            raise forms.ValidationError("Give the view a name.")
        return name


def views_of(user: User) -> tuple[list[SavedView], list[SavedView]]:
    """The user's own, and what others share; one query."""
    views = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")
    own_first = views.order_by(Case(When(owner=user, then=0), default=1), "name", "id")
    found = [*own_first[: 2 * MAX_VIEWS]]
    own = [view for view in found if view.owner_id == user.pk]
    return own, [view for view in found if view.owner_id != user.pk][:MAX_VIEWS]


@door("view_article")
@require_safe
@never_cache
def views_page(request: HttpRequest) -> HttpResponse:
    """All views: to open them, and to rename, share and delete one's own."""
    own, shared = views_of(user_of(request))
    return render(request, "articles/views.html", {"own_views": own, "shared_views": shared})


@door("view_article")
@require_http_methods(["GET", "HEAD", "POST"])
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep a search under a name; a name that the user has already is given the new search after a question."""
    user = user_of(request)
    asked = asked_by(request.POST.get("query", request.GET.get("query", "")))
    form = ViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        known = SavedView.objects.filter(owner=user, name=name).first()
        if known is not None and "replace" not in request.POST:
            form.add_error("name", f"You have a view named {name} already. Take another name, or replace that one.")
            return _ask(request, form, asked, can_replace=True)
        if known is None and SavedView.objects.filter(owner=user).count() >= MAX_VIEWS:
            form.add_error(None, f"You keep {MAX_VIEWS} views already. Delete one first.")
            return _ask(request, form, asked)
        kept = {"query": asked.lasting_query, "is_shared": form.cleaned_data["is_shared"]}
        SavedView.objects.update_or_create(owner=user, name=name, defaults=kept)
        messages.success(request, format_html("Saved as “<bdi>{}</bdi>”. It stands under Filter.", name))
        return redirect(asked.url(None))
    return _ask(request, form, asked)


@door("view_article")
@require_http_methods(["GET", "HEAD", "POST"])
def change_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one of one's own views another name, share it, or share it no more."""
    view = _own(request, pk)
    form = ViewForm(request.POST or None, instance=view)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:
            form.add_error("name", "You have another view of that name already.")
        else:
            messages.success(request, format_html("Saved: “<bdi>{}</bdi>”.", view.name))
            return redirect("views")
    return render(request, "articles/view_form.html", {"form": form, "view": view, "asked": asked_by(view.query)})


@door("view_article")
@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = _own(request, pk)
    view.delete()
    again = f"{reverse('save-view')}?query="
    messages.success(
        request,
        format_html(
            'Deleted the view “<bdi>{}</bdi>”. <a href="{}">Save it again</a>',
            view.name,
            again + quote(view.query, safe=""),
        ),
    )
    return redirect("views")


def _own(request: HttpRequest, pk: int) -> SavedView:
    """Views of others are shown, and changed by nobody else."""
    if pk > 2**63 - 1:
        raise Http404("There is no such view.")
    return get_object_or_404(SavedView, pk=pk, owner=user_of(request))


def _ask(request: HttpRequest, form: ViewForm, asked: Asked, *, can_replace: bool = False) -> HttpResponse:
    context = {"form": form, "asked": asked, "can_replace": can_replace}
    return render(request, "articles/view_form.html", context)
