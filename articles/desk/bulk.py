"""One act on many articles: choose it, look at what it does to each, run it over exactly those."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from articles import bulk_runs
from articles.content.findings import KINDS
from articles.desk.answers import number
from articles.desk.batches import tell
from articles.desk.doors import door, text_of, user_of
from articles.desk.filtering import QueueFilter
from articles.desk.selecting import NotSealed, Seen, named, versions_of
from articles.models import Article, Topic
from articles.review import Decided, NotAllowed
from articles.review.bulk import DEEDS, FREE, MOST, TooMany, decide_on_many, require_for_many, wrong_value
from articles.wording import HIDDEN_KEY, in_words, label_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

A_PAGE: Final = 100
SHOWN: Final = 20
PURPOSE: Final = "bulk"
FIXABLE: Final = tuple(sorted((kind.word, code) for code, kind in KINDS.items()))
_REFUSED, _CHANGES, _DECIDES, _UNCHANGED = range(4)


@dataclass(frozen=True, slots=True)
class Line:
    """What would happen to one article."""

    article: Article
    changes: Sequence[tuple[str, str, str]]
    refusal: str
    rank: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for: a deed with its value, on which articles. `query`: all that the queue's filter matches."""

    deed: str
    value: str
    seen: Seen
    query: str | None

    @property
    def count(self) -> int:
        return len(self.seen.versions)

    @property
    def tally(self) -> list[int]:
        """How many are refused, change, are decided without a change, and stay, as they were looked at."""
        found: list[int] = self.seen.facts["tally"]
        return found


class CannotRead(Exception):
    """The filter says something that nobody can read, so that it would match too much."""


@door("change_article")
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """Where a form comes with a seal, it was looked at; else it brings rows (`pick`), or `all` of a `query`."""
    user = user_of(request)
    try:
        if "seal" in request.POST:
            asked = _unsealed(request.POST, user)
            return _run(request, asked) if "run" in request.POST else _look(request, asked, number(_page(request)) or 1)
        asked = _asked(request.POST)
        if asked.deed not in DEEDS or wrong_value(asked.deed, asked.value) or not asked.count:
            return _choose(request, asked)
        return _look_first(request, asked)
    except (NotSealed, CannotRead) as refusal:
        return _choose(request, Asked("", "", Seen({}), None), str(refusal), status=HTTPStatus.CONFLICT)
    except TooMany as refusal:
        return _choose(request, Asked("", "", Seen({}), None), str(refusal), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from refused


def matched(query: str) -> dict[int, int]:
    """All that the queue shows for a query, with their versions; one more than may be decided at once, at most."""
    filters = QueueFilter(QueryDict(query), queryset=Article.objects.all())
    if refusal := next(filters.refusals(), None):
        raise CannotRead(f"The filter “{refusal[0]}” cannot be read: “{refusal[1]}”. Correct it in the queue.")
    rows: Any = filters.qs if "state" in filters.values() else filters.qs.filter(state__lt=Article.State.DECIDED)
    return dict(rows.order_by("pk").values_list("pk", "version")[: MOST + 1])


# --- What was asked for -----------------------------------------------------------------------------------------------


def _asked(post: QueryDict) -> Asked:
    query = post.get("query", "") if "all" in post else None
    versions = _picked(post.getlist("pick")) if query is None else matched(query)
    deed = post.get("act", "")
    value = text_of(post, DEEDS[deed].asks).strip() if deed in DEEDS else ""
    return Asked(deed, value, Seen(versions), query)


def _picked(texts: Sequence[str]) -> dict[int, int]:
    """`pk:version` each. What counts as seen is the preview, which shows each as it is now."""
    keys = {number(text.partition(":")[0]) for text in texts}
    return versions_of(sorted(key for key in keys if key is not None))


def _unsealed(post: QueryDict, user: User) -> Asked:
    seen = Seen.unseal(post.get("seal", ""), user, PURPOSE)
    return Asked(seen.facts["deed"], seen.facts["value"], seen, seen.facts["query"])


def _page(request: HttpRequest) -> str:
    return request.POST.get("page", "")


# --- Choose, look, run ------------------------------------------------------------------------------------------------


def _choose(request: HttpRequest, asked: Asked, refusal: str = "", *, status: int = HTTPStatus.OK) -> HttpResponse:
    wrong = wrong_value(asked.deed, asked.value) if asked.deed in DEEDS and asked.count else ""
    if wrong:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    articles = Article.objects.filter(pk__in=list(asked.seen.versions)[:SHOWN]).only("title", "path", "version")
    context = {**_frame(asked), "refusal": refusal or wrong, "articles": articles, "more": max(asked.count - SHOWN, 0)}
    context |= {
        "topics": _topic_names(),
        "fixable": FIXABLE,
        "deeds": DEEDS,
        "picks": [] if asked.query is not None else [f"{pk}:{version}" for pk, version in asked.seen.versions.items()],
    }
    return render(request, "articles/bulk.html", context, status=status)


def _look_first(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Try it on all of them once, refusals first, and keep that order for the pages."""
    lines = _tried(asked, list(asked.seen.versions), user_of(request))
    lines.sort(key=lambda line: line.rank)
    tally = [sum(line.rank == rank for line in lines) for rank in range(4)]
    facts = {"deed": asked.deed, "value": asked.value, "query": asked.query, "tally": tally, "batch": str(uuid.uuid4())}
    versions = {line.article.pk: asked.seen.versions[line.article.pk] for line in lines}
    whole = Asked(asked.deed, asked.value, Seen(versions, facts), asked.query)
    return _shown(request, whole, lines[:A_PAGE], 1)


def _look(request: HttpRequest, asked: Asked, page: int) -> HttpResponse:
    """Another page of it; only what that shows is tried again."""
    keys = list(asked.seen.versions)
    number = Paginator(keys, A_PAGE).get_page(page).number
    some = keys[(number - 1) * A_PAGE : number * A_PAGE]
    return _shown(request, asked, _tried(asked, some, user_of(request), of=asked.count), number)


def _shown(request: HttpRequest, asked: Asked, lines: Sequence[Line], page: int) -> HttpResponse:
    pages = Paginator(range(asked.count), A_PAGE)
    context = {
        **_frame(asked),
        "lines": lines,
        "page": pages.get_page(page),
        "seal": asked.seen.seal(user_of(request), PURPOSE),
        "refused": asked.tally[_REFUSED],
        "changing": asked.tally[_CHANGES],
        "deciding": asked.tally[_DECIDES],
        "unchanged": asked.tally[_UNCHANGED],
        "doing": asked.tally[_CHANGES] + asked.tally[_DECIDES],
    }
    return render(request, "articles/bulk_preview.html", context)


def _run(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Over exactly what was looked at; where that moved, over none of it. Many are for the worker."""
    user = user_of(request)
    require_for_many(user, asked.deed, asked.count)
    now = versions_of(asked.seen.versions) if asked.query is None else matched(asked.query)
    if moved := asked.seen.moved_to(now):
        context = {**_frame(asked), "moved": named(moved), "picks": [f"{pk}:{now[pk]}" for pk in now]}
        return render(request, "articles/bulk_moved.html", context, status=HTTPStatus.CONFLICT)
    if asked.count > bulk_runs.IN_REQUEST:
        return _run_outside(asked, user)
    decided = decide_on_many(asked.deed, asked.value, asked.seen.versions, by=user, at=timezone.now())
    events = (one.outcome.event for one in decided if one.outcome)
    batch = next((event.batch for event in events if event), None)
    if batch is None:
        return _look(request, asked, 1)
    return tell(request, batch, decided, DEEDS[asked.deed].done)


def _run_outside(asked: Asked, user: User) -> HttpResponse:
    batch = uuid.UUID(asked.seen.facts["batch"])
    run = bulk_runs.start(asked.deed, asked.value, asked.seen.versions, batch=batch, by=user, at=timezone.now())
    return redirect(run)


def _tried(asked: Asked, keys: Sequence[int], user: User, *, of: int = 0) -> list[Line]:
    require_for_many(user, asked.deed, of or len(keys))
    seen = {key: asked.seen.versions[key] for key in keys}
    done = decide_on_many(asked.deed, asked.value, seen, by=user, at=timezone.now(), dry_run=True)
    return [line_of(one) for one in done]


def line_of(decided: Decided) -> Line:
    """What was done to one, or would be, in words."""
    outcome = decided.outcome
    if outcome is None:
        return Line(decided.article, (), decided.refusal, _REFUSED)
    changes = [
        (label_of(key), in_words(old, key), in_words(new, key))
        for key, (old, new) in outcome.changes.items()
        if key != HIDDEN_KEY
    ]
    rank = _CHANGES if changes else _DECIDES if outcome.changed else _UNCHANGED
    return Line(outcome.article, changes, "", rank)


def _frame(asked: Asked) -> dict[str, Any]:
    """What every one of these pages says at its head."""
    deed = DEEDS.get(asked.deed)
    word = KINDS[asked.value].word if asked.value in KINDS else asked.value
    return {
        "asked": asked,
        "count": asked.count,
        "title": f"{deed.label}{f': {word}' if word else ''}" if deed else "Decide on several",
        "deed": deed,
        "asks": deed.asks if deed else "",
        "free": FREE,
    }


def _topic_names() -> list[str]:
    return list(Topic.objects.order_by("name").values_list("name", flat=True).distinct()[:500])
