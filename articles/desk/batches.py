"""What was done together: one page a batch, that says what it did to whom and takes it back."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from articles import bulk_runs, review
from articles.desk.doors import door, require_rights, user_of
from articles.models import BulkRun, Event
from articles.queueing import CannotStart
from articles.review import Decided, LongBatch, NoSuchBatch, NotAllowed
from articles.wording import ACTS, doer

A_PAGE: Final = 100
REFUSALS_KEPT: Final = 100
_REFUSALS: Final = "batch_refusals"


@dataclass(frozen=True, slots=True)
class Deed:
    """One kind of act in a batch: in words, and how many times."""

    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Back:
    """In how many of its articles a batch is taken back; `by`: the batch that did it in most of them."""

    count: int
    every: int
    by: uuid.UUID

    @property
    def is_whole(self) -> bool:
        return self.count >= self.every


@door("view_article")
@require_http_methods(["GET", "HEAD", "POST"])
def batch_page(request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
    """GET shows a batch, POST takes it back."""
    if request.method == "POST":
        require_rights(user_of(request), "change_article")
        return _take_back(request, batch)
    events = Event.objects.filter(batch=batch, by_crawler=False).exclude(act=Event.Act.WRITTEN)
    first = events.order_by("id").first()
    if first is None:
        raise Http404("Nothing was decided under this number.")
    page = Paginator(_listed(events), A_PAGE).get_page(request.GET.get("page"))
    kept = request.session.get(_REFUSALS, {})
    context = {
        "batch": batch,
        "first": first,
        "who": doer(first.username, request.user.get_username()),
        "deeds": _deeds(events),
        "page": page,
        "run": BulkRun.objects.filter(batch=batch).defer("selection", "refusals").first(),
        "back": _back(batch, events),
        "refusals": kept if kept.get("batch") == str(batch) else None,
    }
    return render(request, "articles/batch.html", context)


def tell(request: HttpRequest, batch: uuid.UUID, decided: Sequence[Decided], done: str) -> HttpResponse:
    """After a run: the page of its batch; where nothing was done there is none, and the queue comes."""
    refused = [one for one in decided if one.refusal]
    changed = sum(bool(one.outcome and one.outcome.changed) for one in decided)
    keep_refusals(request, batch, refused)
    unchanged = len(decided) - changed - len(refused)
    said = f"{done} {in_articles(changed)}."
    said += f" {unchanged:,} were that way already." if unchanged else ""
    said += (
        f" {len(refused):,} refused; nothing was done to {'it' if len(refused) == 1 else 'them'}." if refused else ""
    )
    messages.add_message(request, messages.WARNING if refused else messages.SUCCESS, said)
    return redirect("batch", batch=batch) if changed else redirect("home")


def keep_refusals(request: HttpRequest, batch: uuid.UUID, refused: Sequence[Decided]) -> None:
    """For the page that comes next; no table holds what was not done."""
    told = [[one.article.pk, str(one.article)[:200], one.refusal] for one in refused[:REFUSALS_KEPT]]
    more = max(len(refused) - REFUSALS_KEPT, 0)
    request.session[_REFUSALS] = {"batch": str(batch), "refused": told, "more": more, "count": len(refused)}


def in_articles(count: int) -> str:
    return f"{count:,} article{'' if count == 1 else 's'}"


def _take_back(request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
    user, now = user_of(request), timezone.now()
    try:
        bulk_runs.require_over(batch)
        decided = review.undo(batch, by=user, at=now, most=bulk_runs.IN_REQUEST)
    except LongBatch:
        return _take_back_by_worker(request, batch)
    except CannotStart as refusal:
        messages.error(request, str(refusal))
        return redirect("batch", batch=batch)
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from refused
    except NoSuchBatch as missing:
        raise Http404("There is nothing under this number that can be taken back.") from missing
    event = next((one.outcome.event for one in decided if one.outcome and one.outcome.event), None)
    skipped = [one for one in decided if one.refusal]
    if event is None:
        keep_refusals(request, batch, skipped)
        messages.warning(request, "Nothing was left to take back. What was edited since stands below.")
        return redirect("batch", batch=batch)
    keep_refusals(request, event.batch, skipped)
    said = f"Taken back in {in_articles(len(decided) - len(skipped))}."
    said += f" {in_articles(len(skipped))} skipped: edited since." if skipped else ""
    messages.add_message(request, messages.WARNING if skipped else messages.SUCCESS, said)
    return redirect("batch", batch=event.batch)


def _take_back_by_worker(request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
    try:
        return redirect(bulk_runs.start_undo(batch, by=user_of(request), at=timezone.now()))
    except CannotStart as refusal:
        messages.error(request, str(refusal))
        return redirect("batch", batch=batch)


def _listed(events: QuerySet[Event]) -> QuerySet[Event]:
    wide = ("overrides_before", "article__excerpt", "article__featured_content", "article__related", "article__extra")
    rows = events.select_related("article").defer(*wide, "article__as_written", "article__problems")
    return rows.order_by("id")


def _back(batch: uuid.UUID, events: QuerySet[Event]) -> Back | None:
    by = Counter(review.taken_back(batch).values())
    if not by:
        return None
    every = events.order_by().values("article").distinct().count()
    return Back(by.total(), every, by.most_common(1)[0][0])


def _deeds(events: QuerySet[Event]) -> list[Deed]:
    rows: Any = events.order_by().values("act").annotate(count=Count("article", distinct=True), last=Max("id"))
    return [Deed(ACTS.get(row["act"], row["act"]), row["count"]) for row in rows]
