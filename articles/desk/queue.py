"""The queue: left the list, right the article; one address for every state of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles.content.findings import KINDS
from articles.desk.article import pane_context, with_all_that_is_shown
from articles.desk.asking import Asked
from articles.desk.doors import door
from articles.desk.filtering import PUBLISHED
from articles.desk.listing import Page, page_of
from articles.desk.rows import rows_of
from articles.models import Article, Site

MAX_SITES: Final = 200


@door("view_article")
@require_safe
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """Whatever the address says: what cannot be read is left out, with a note."""
    asked, now = Asked(request.GET), timezone.now()
    if "" in request.GET.values() and not asked.notes:
        return redirect(asked.url(asked.article))  # a form sends its empty fields too; an address to share has none
    sites = [*Site.objects.only("slug", "title")[:MAX_SITES]]
    page = page_of(asked)
    article = _article(asked, page)
    context = {
        **_list_context(asked, page, sites, article, now),
        "has_article": article is not None,
        "is_article_asked": asked.article is not None and article is not None,
    }
    if article is not None:
        context |= pane_context(request, article, asked)
    return render(request, "articles/queue.html", context)


def _list_context(
    asked: Asked, page: Page, sites: Sequence[Site], article: Article | None, now: datetime
) -> dict[str, Any]:
    current = article.pk if article else None
    return {
        "queue": asked,
        "page": page,
        "rows": rows_of(page.articles, asked, current, now),
        "place": _place(page, current),
        "then": _following(page, current),
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


def _article(asked: Asked, page: Page) -> Article | None:
    """The one that is asked for, else the first of the page."""
    for pk in (asked.article, *(article.pk for article in page.articles[:1])):
        if pk is None:
            continue
        try:
            return with_all_that_is_shown(pk)
        except Http404:
            asked.notes.append("That article is not on this desk; this is the list.")
    return None


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
