"""The past can be taken back from its page: a value restored, a batch undone, each as a new event."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from articles import review
from articles.bulk_runs import IN_REQUEST
from articles.models import Event
from articles.review import EditRejected, LongBatch, NoSuchBatch, NotAllowed
from articles.wording import HIDDEN_KEY, label_of


@require_POST
def history_act(request: HttpRequest, event_id: int) -> HttpResponse:
    """`restore` (a key) gives a field the value it had before the event; `undo` takes the event's whole batch back.

    Of a very large batch that is done on its own page.
    """
    if not request.user.has_perm("articles.change_article"):
        raise PermissionDenied
    event = get_object_or_404(Event.objects.select_related("article"), pk=event_id, article__isnull=False)
    try:
        if "restore" in request.POST:
            _restore(request, event, request.POST["restore"])
        else:
            _undo(request, event)
    except LongBatch:
        return HttpResponseRedirect(reverse("batch", args=(event.batch,)))
    except (EditRejected, NoSuchBatch, NotAllowed) as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(reverse("admin:articles_article_history", args=(event.article_id,)))


def _restore(request: HttpRequest, event: Event, key: str) -> None:
    if key == HIDDEN_KEY or key not in event.changes:
        raise EditRejected({key: ["This event did not change that field."]})
    outcome = review.restore(event, key, **_hand(request))
    said = f"{label_of(key)} is what it was before." if outcome.changed else f"{label_of(key)} is that already."
    messages.success(request, said)


def _undo(request: HttpRequest, event: Event) -> None:
    decided = review.undo(event.batch, most=IN_REQUEST, **_hand(request))
    for one in decided:
        if one.refusal:
            messages.warning(request, f"{one.article}: not taken back. {one.refusal}")
    count = sum(not one.refusal for one in decided)
    if count:
        messages.success(request, f"Taken back: {count} article{'' if count == 1 else 's'}.")


def _hand(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": timezone.now()}
