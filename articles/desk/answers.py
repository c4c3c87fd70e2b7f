"""What an act on an article answers: the next article with what changed around it, or the refusal with both sides."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.content.values import from_json
from articles.desk.article import pane_context
from articles.desk.asking import MAX_KEY, Asked, asked_by
from articles.desk.doors import fields_of, user_of
from articles.desk.filtering import WAITING
from articles.desk.frame import frame_of
from articles.desk.listing import matching
from articles.desk.reading import Whole, with_all_that_is_shown
from articles.desk.rows import load, rows_of
from articles.fragments import filled
from articles.models import Article, Event
from articles.review import StaleVersion
from articles.review.rights import may
from articles.wording import HIDDEN_KEY, cut, doer, in_words, label_of, moment
from newsroom.tokens import token_for

SAID_CHARS: Final = 90
LONGEST_SIDE: Final = 1000
ROWS_ANSWERED: Final = 50
UNDOABLE: Final = "undoable"
"""A message's tag: the last decision can be taken back beside it."""


@dataclass(frozen=True)
class Sent:
    """What every act on an article brings: the version that was seen, where to go next, and what the page has already.

    `then` is the article to show after a decision; `has_next`: the script shows that already.
    """

    pk: int
    version: int
    queue: Asked
    then: int | None
    has_next: bool
    is_script: bool

    @cached_property
    def whole(self) -> Whole:
        """The article as it is when this is first asked for; raises Http404 where there is none."""
        return with_all_that_is_shown(self.pk)

    @property
    def article(self) -> Article:
        return self.whole.article


@dataclass(frozen=True, slots=True)
class Answer:
    """What was done: to which articles, in words, and the batch that takes it back."""

    said: SafeString
    articles: Sequence[Article] = ()
    batch: uuid.UUID | None = None
    level: int = messages.SUCCESS
    warnings: Sequence[SafeString | str] = field(default=())


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the answer to a stale act."""

    label: str
    shown: str
    now: str
    who: str
    mine: str = ""


def sent(request: HttpRequest, pk: int) -> Sent:
    post = request.POST
    return Sent(
        pk,
        number(post.get("version")) or 0,
        asked_by(post.get("next", "")),
        number(post.get("then")),
        "has_next" in post,
        is_script(request),
    )


def is_script(request: HttpRequest) -> bool:
    return bool(request.META.get("HTTP_HX_REQUEST"))


def number(text: str | None) -> int | None:
    """A number of a form that can be that of a row."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def named(article: Article) -> SafeString:
    """An article by its title, in quotes and kept apart from the sentence: its writing may run the other way."""
    return _quoted(str(article))


def _quoted(title: str) -> SafeString:
    return format_html("“<bdi>{}</bdi>”", cut(title, SAID_CHARS))


def go_on(request: HttpRequest, act: Sent, answer: Answer) -> HttpResponse:
    """After a decision: the next article."""
    if not act.is_script:
        return _redirect(request, act.queue.url(act.then), answer)
    if act.has_next:
        return _fragments(request, act.queue, answer, shown=None, then=act.then)
    following = _whole(act.then)
    return _fragments(request, act.queue, answer, shown=following, then=following.article.pk if following else None)


def stay(request: HttpRequest, act: Sent, answer: Answer, *, status: int = HTTPStatus.OK) -> HttpResponse:
    """After anything else: the same article, as it is now."""
    if not act.is_script:
        return _redirect(request, act.queue.url(act.pk), answer)
    return _fragments(request, act.queue, answer, shown=_whole(act.pk), status=status)


def come_back(request: HttpRequest, queue: Asked, answer: Answer) -> HttpResponse:
    """After taking something back: the article that it was."""
    article = answer.articles[0] if answer.articles else None
    if not is_script(request):
        return _redirect(request, queue.url(article.pk if article else number(request.POST.get("then"))), answer)
    return _fragments(request, queue, answer, shown=_whole(article.pk) if article else None)


def refuse_stale(request: HttpRequest, act: Sent, stale: StaleVersion, label: str) -> HttpResponse:
    """Nothing was done: what was seen and what is now, field by field, and one click to do it all the same."""
    context = {
        **pane_context(request, with_all_that_is_shown(act.article.pk), act.queue),
        "changes": changes_since(act.article, stale.seen, request.user.get_username()),
        "label": label,
        "action": request.path,
        "kept": fields_of(request.POST, "version", "has_next"),  # over the newer version
    }
    template = "articles/_stale.html" if act.is_script else "articles/stale.html"
    return render(request, template, context, status=HTTPStatus.CONFLICT)


def changes_since(article: Article, version: int, reader: str, mine: Mapping[str, str] | None = None) -> list[Change]:
    """Which fields changed after a version: what they were then, what they are now, who did it last."""
    first: dict[str, Any] = {}
    last: dict[str, tuple[Any, Event]] = {}
    for event in Event.objects.filter(article=article, version__gt=version).order_by("pk"):
        for key, (old, new) in event.changes.items():
            first.setdefault(key, old)
            last[key] = (new, event)
    return [
        Change(
            label_of(key),
            _side(key, first[key]),
            _side(key, new),
            f"{doer(event.doer, reader)}, {moment(event.at)}",
            (mine or {}).get(key, ""),
        )
        for key, (new, event) in last.items()
        if key != HIDDEN_KEY and new != first[key]
    ]


def _side(key: str, stored: Any) -> str:
    return in_words(from_json(stored), key, longest=LONGEST_SIDE)


def _whole(pk: int | None) -> Whole | None:
    try:
        return with_all_that_is_shown(pk) if pk else None
    except Http404:
        return None


def _redirect(request: HttpRequest, url: str, answer: Answer) -> HttpResponse:
    for warning in answer.warnings:
        messages.warning(request, warning)
    messages.add_message(request, answer.level, answer.said, extra_tags=UNDOABLE if answer.batch else "")
    return redirect(url)


def _rows(queue: Asked, articles: Sequence[Article], shown: Whole | None, now: datetime) -> dict[str, Any]:
    """The rows of these articles as far as they are on the list still, and the numbers of those that left it."""
    keys = [article.pk for article in articles[:ROWS_ANSWERED]]
    on_list = _on_list(queue, articles[:ROWS_ANSWERED])
    loaded = load([*on_list]) if on_list else []
    rows = rows_of(loaded, queue, shown.article.pk if shown else None, now)
    return {"rows": rows, "left": [key for key in keys if key not in on_list]}


def _on_list(queue: Asked, articles: Sequence[Article]) -> set[int]:
    """Which of these, that were just acted on, fit the list still."""
    if queue.state == WAITING and not queue.narrowing:
        return {article.pk for article in articles if article.state < Article.State.DECIDED}
    return set(matching(queue).filter(pk__in=[article.pk for article in articles]).values_list("pk", flat=True))


def _fragments(
    request: HttpRequest,
    queue: Asked,
    answer: Answer,
    *,
    shown: Whole | None,
    then: int | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """The pane, the rows that are not as they were, the counts and the toast, each to take its place by its id."""
    now = timezone.now()
    frame = frame_of(request, now, is_page=False, following=then if then and then <= MAX_KEY else None)
    context: dict[str, Any] = {
        "answer": answer,
        "level": messages.DEFAULT_TAGS[answer.level],
        "following": _quoted(frame.called) if frame.called else "",
        "queue": queue,
        "pane": None,
        "may_change": may(user_of(request), "change_article"),
        "frame": frame,
        "csrf_token": token_for(request),
        **_rows(queue, answer.articles, shown, now),
    }
    if shown is not None:
        context |= pane_context(request, shown, queue)
    response = HttpResponse(filled("answer.jinja", context), status=status)
    if shown is not None:
        response["HX-Push-Url"] = queue.url(shown.article.pk)
    return response
