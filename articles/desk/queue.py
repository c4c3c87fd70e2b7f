"""The queue: left the list, right the article; one address for every state of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles.content.findings import KINDS
from articles.desk.article import pane_context
from articles.desk.asking import Asked
from articles.desk.doors import door, user_of
from articles.desk.frame import frame_of
from articles.desk.listing import Page, page_of
from articles.desk.meanings import PUBLISHED
from articles.desk.reading import Whole, first_of
from articles.desk.rows import rows_of
from articles.models import Site


@door("view_article")
@require_safe
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """Whatever the address says: what cannot be read is left out, with a note."""
    asked, now = Asked(request.GET), timezone.now()
    if "" in request.GET.values() and not asked.notes:
        return redirect(asked.url(asked.article))  # a form sends its empty fields too; an address to share has none
    page, around = page_of(asked), frame_of(request, now)
    whole = _whole(asked, page)
    context = {
        **_list_context(asked, page, around.sites, whole.article.pk if whole else None, now),
        "has_article": whole is not None,
        "may_change": user_of(request).has_perm("articles.change_article"),
        "is_article_asked": asked.article is not None and whole is not None,
        "frame": around,
    }
    if whole is not None:
        context |= pane_context(request, whole, asked, _following(page, whole.article.pk))
    return render(request, "articles/queue.html", context)


def _list_context(
    asked: Asked, page: Page, sites: Sequence[Site], current: int | None, now: datetime
) -> dict[str, Any]:
    return {
        "queue": asked,
        "page": page,
        "rows": rows_of(page.articles, asked, current, now),
        "place": _place(page, current),
        "chips": asked.chips(sites),
        "orders": asked.orders(),
        "states": asked.states(),
        "sites": sites,
        "findings": [(code, kind.word) for code, kind in KINDS.items()],
        "published": [(name, words) for name, (words, _) in PUBLISHED.items()],
        "list_url": asked.url(None),
        "start_url": asked.with_(),
        "without_words_url": asked.with_(q=None),
        "all_states_url": asked.with_(state="all"),
        "is_past_end": asked.after is not None or asked.before is not None,
    }


def _whole(asked: Asked, page: Page) -> Whole | None:
    """The article that is asked for, else the first of the page."""
    first = [article.pk for article in page.articles[:1]]
    whole = first_of(first if asked.article is None else [asked.article, *first])
    if asked.article is not None and (whole is None or whole.article.pk != asked.article):
        asked.notes.append("That article is not on this desk; this is the list.")
    return whole


def _place(page: Page, current: int | None) -> int | None:
    """The place of the article in the list, from 1; None: it is not on this page, or the page lies too deep."""
    ids = [article.pk for article in page.articles]
    if page.position is None or current not in ids:
        return None
    return page.position + ids.index(current)


def _following(page: Page, current: int | None) -> int | None:
    """The article to go on with after a decision."""
    ids = [article.pk for article in page.articles]
    place = ids.index(current) + 1 if current in ids else len(ids)
    return ids[place] if place < len(ids) else None
