"""The page of conflicts: what the crawler said, what it says now, what the editor said, and a click each way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from articles import review
from articles.conflicts import Conflict, conflicts_of, contradicted_articles
from articles.desk.doors import door, text_of
from articles.models import Article
from articles.paging import CappedPaginator
from articles.review import EditRejected, NotAllowed, StaleVersion
from articles.review.act import WHOLE_FILE
from articles.review.acts import Side
from articles.wording import doer, in_words, label_of, moment

A_PAGE: Final = 20
SWITCH: Final = "switch"
SIDES: Final[dict[str, Side]] = {"crawler": "crawler", "editor": "editor"}


@dataclass(frozen=True, slots=True)
class Row:
    """One conflict in words."""

    field: str
    label: str
    base: str
    crawler: str
    editor: str
    who: str
    when: str

    @property
    def is_whole_file(self) -> bool:
        return self.field == WHOLE_FILE


@dataclass(frozen=True, slots=True)
class Contradicted:
    """An article and its conflicts; `is_switch`: some came with a switch of the source, and can be decided as one."""

    article: Article
    rows: list[Row]
    is_switch: bool


@door("view_article")
@require_http_methods(["GET", "HEAD", "POST"])
def conflict_page(request: HttpRequest) -> HttpResponse:
    """GET lists them (`page`), POST decides one (`article`, `version`, `field`, `side`) and comes back to that page."""
    number = text_of(request.GET, "page")
    if request.method == "POST":
        _decide(request)
        return HttpResponseRedirect(reverse("conflicts") + (f"?{urlencode({'page': number})}" if number else ""))
    page = CappedPaginator(contradicted_articles().values_list("pk", flat=True), A_PAGE).get_page(number or 1)
    found = contradicted_articles().filter(pk__in=list(page))
    context = {
        "contradicted": [_contradicted(article, request.user.get_username()) for article in found],
        "page": page,
        "count": page.paginator.count_in_words,  # type: ignore[attr-defined]
        "may_decide": request.user.has_perm("articles.change_article"),
    }
    return render(request, "desk/conflicts.html", context)


def _contradicted(article: Article, reader: str) -> Contradicted:
    rows = [_row(conflict, reader) for conflict in conflicts_of(article)]
    switched = [override for override in article.overrides.all() if override.in_conflict and override.switch_batch]
    return Contradicted(article, rows, len(switched) > 1)


def _row(conflict: Conflict, reader: str) -> Row:
    return Row(
        conflict.field,
        label_of(conflict.field),
        in_words(conflict.base, conflict.field),
        in_words(conflict.crawler, conflict.field),
        in_words(conflict.editor, conflict.field),
        doer(conflict.username, reader),
        moment(conflict.at),
    )


def _decide(request: HttpRequest) -> None:
    """One click; what was refused is said in a message, and nothing is lost by it."""
    article = get_object_or_404(Article, pk=_number(request.POST.get("article")))
    field = request.POST.get("field", "")
    side = SIDES.get(request.POST.get("side", ""))
    if side is None:
        messages.error(request, "Choose whose value holds: the crawler's or the editor's.")
        return
    options: dict[str, Any] = {
        "by": request.user,
        "at": timezone.now(),
        "seen_version": _number(request.POST.get("version")),
    }
    try:
        if field == SWITCH:
            review.resolve_switch(article, side, **options)
        else:
            review.resolve(article, field, side, **options)
    except (EditRejected, NotAllowed, StaleVersion) as refusal:
        messages.error(request, f"{article}: {refusal}")
        return
    messages.success(request, f"{article}: {_said(field, side)}")


def _said(field: str, side: str) -> str:
    if field == WHOLE_FILE:
        return "its file will be written anew." if side == "editor" else "its decisions went with the file."
    what = "the source" if field == SWITCH else label_of(field)
    return f"{what} is the crawler's again." if side == "crawler" else f"{what} stays the editor's."


def _number(text: str | None) -> int:
    """A number of a form; -1, which no row has, for what is none."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else -1
