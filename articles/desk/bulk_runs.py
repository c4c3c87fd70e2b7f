"""The page of an act on many articles while it runs in the background, and of what came of it."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from articles import bulk_runs
from articles.desk.batches import in_articles
from articles.desk.doors import door, user_of
from articles.models import Article, BulkRun, Event
from articles.queueing import CannotStart, is_worker_here
from articles.review import NotAllowed

NAMED: Final = 20
STRETCHES: Final = 4
"""So many times a run is told aloud before it ends."""


@door("view_article")
@require_safe
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One run. The page asks for it again, as a fragment, until it has ended; `told` is what it said aloud last."""
    now = timezone.now()
    bulk_runs.look(at=now)
    run = _run(pk)
    user = user_of(request)
    stretch = _stretch(run)
    context = {
        "run": run,
        "refused": run.refusals,
        "more_refused": max(run.refused - len(run.refusals), 0),
        **_not_done(run),
        "stretch": stretch,
        "aloud": _aloud(run) if request.GET.get("told", stretch) != stretch else "",
        "is_worker_here": is_worker_here(),
        "may_stop": run.is_live and _may_stop(run, user),
        "may_go_on": not bulk_runs.why_not_go_on(run, by=user, at=now),
        **_taking_back(run),
    }
    template = "articles/_bulk_run.html" if request.headers.get("HX-Request") else "articles/bulk_run.html"
    return render(request, template, context)


@door("change_article")
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(pk)
    try:
        if bulk_runs.stop(run, by=user_of(request), at=timezone.now()):
            messages.success(request, "It stops. What it did until then stays, and can be taken back.")
        else:
            messages.info(request, "It was over already. See below what it did.")
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return redirect(run)


@door("change_article")
@require_POST
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(pk)
    try:
        bulk_runs.go_on(run, by=user_of(request), at=timezone.now())
    except CannotStart as refusal:
        messages.error(request, str(refusal))
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return redirect(run)


def _run(pk: int) -> BulkRun:
    return get_object_or_404(BulkRun.objects.select_related("user"), pk=pk)


def _may_stop(run: BulkRun, user: User) -> bool:
    own = run.user_id == user.pk
    return user.has_perm("articles.change_article") and (own or user.has_perm("articles.undo_article"))


def _not_done(run: BulkRun) -> dict[str, Any]:
    """The first that it has not come to, by name; of a live run nobody needs to know them."""
    if run.is_live or not run.left:
        return {}
    keys = [article for article, _ in run.selection[run.done : run.done + NAMED]]
    found = Article.objects.only("title", "path").in_bulk(keys)
    return {
        "not_done": [found[key] for key in keys if key in found],
        "more_not_done": run.left - len(keys),
    }


def _taking_back(run: BulkRun) -> dict[str, Any]:
    if run.is_live or not run.changed:
        return {}
    undoing = BulkRun.objects.filter(deed=BulkRun.UNDO, value=str(run.batch)).defer("selection", "refusals").first()
    undone_by = Event.objects.filter(undoes=run.batch).values_list("batch", flat=True).first()
    return {"undoing": undoing, "undone_by": undone_by, "may_take_back": not (undoing or undone_by)}


def _stretch(run: BulkRun) -> str:
    return f"{run.state}-{run.done * STRETCHES // max(run.count, 1)}"


def _aloud(run: BulkRun) -> str:
    """For who does not see the bar: a few times on the way, and at the end."""
    if run.state == BulkRun.State.RUNNING:
        return f"{intcomma(run.done)} of {intcomma(run.count)} articles done."
    left = f" {intcomma(run.left)} not done." if run.left else ""
    refused = f" {intcomma(run.refused)} refused." if run.refused else ""
    return f"{run.get_state_display().capitalize()}: {in_articles(run.changed)} changed.{refused}{left}"
