"""The acts of one key: publish, unpublish, keep, scores, topics, fixes, resets, conflicts; and taking them back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from articles import review
from articles.bulk_runs import IN_REQUEST
from articles.compiled import row_of
from articles.content.findings import findings_of, fixes_of
from articles.content.merge import value_of
from articles.content.values import ABSENT
from articles.desk.answers import Answer, Sent, come_back, go_on, named, number, refuse_stale, sent, stay
from articles.desk.asking import MAX_KEY, asked_by
from articles.desk.doors import door, user_of
from articles.desk.reading import NO_SUCH_ARTICLE
from articles.forms.entries import ENTRY_OF_KEY
from articles.forms.kinds import is_list_of_text
from articles.judging import context_for
from articles.mapping import fields_in_force
from articles.models import Article, Event
from articles.review import Decided, EditRejected, LongBatch, NoSuchBatch, NotAllowed, Outcome, StaleVersion
from articles.review.acts import Side
from articles.wording import HIDDEN_KEY, act_of, join_words, label_of

MOST_SKIPPED: Final = 50
REFUSED: Final = "undo_refused"
"""In the session: batches that could not be taken back, so that the next `z` goes past them."""
MOST_REFUSED: Final = 200
SWITCH: Final = "switch"
SIDES: Final[Mapping[str, Side]] = {"crawler": "crawler", "editor": "editor"}

Act = Callable[..., Outcome]
Saying = Callable[[Article, Outcome], SafeString]


@door("publish_article")
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, review.publish, "Published {}.", "Publish the newer version")


@door("publish_article")
@require_POST
def unpublish(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, review.unpublish, "Unpublished {}.", "Unpublish the newer version")


@door("publish_article")
@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, review.keep, "Kept {} as it is.", "Keep the newer version")


@door("change_article")
@require_POST
def set_quality(request: HttpRequest, pk: int) -> HttpResponse:
    return _set_score(request, pk, "quality")


@door("change_article")
@require_POST
def set_heat(request: HttpRequest, pk: int) -> HttpResponse:
    return _set_score(request, pk, "heat")


@door("change_article")
@require_POST
def change_topics(request: HttpRequest, pk: int) -> HttpResponse:
    """`add` or `remove` names one topic."""
    added, removed = (request.POST.get(name, "").strip() for name in ("add", "remove"))

    def act(article: Article, **given: Any) -> Outcome:
        known = value_of(fields_in_force(article), "topics")
        names = [*known] if is_list_of_text(known) else []
        if added and added not in names:
            names.append(added)
        wanted = [name for name in names if name.strip() != removed] if removed else names
        return review.edit(article, {"topics": wanted or ABSENT}, **given)

    said = f"Added the topic {added} to" if added else f"Removed the topic {removed} from"
    return _act(request, pk, act, lambda article, done: format_html("{} {}.", said, named(article)))


@door("change_article")
@require_POST
def fix(request: HttpRequest, pk: int) -> HttpResponse:
    """The safe fix of one finding (`code`, `key`), or `all` of them."""
    code, key, is_all = request.POST.get("code"), request.POST.get("key"), "all" in request.POST

    def act(article: Article, **given: Any) -> Outcome:
        fields, context = fields_in_force(article), context_for(article)
        if is_all:
            changes = fixes_of(fields, context)
        else:
            found = (one for one in findings_of(fields, context) if (one.code, one.key) == (code, key) and one.has_fix)
            changes = {one.key: one.fix for one in found}
        if not changes:
            raise EditRejected({"": ["There is nothing left to fix safely. Look at the article as it is now."]})
        return review.edit(article, changes, **given)

    return _act(request, pk, act, _said_fixed)


@door("change_article")
@require_POST
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives one field (`key`) back to the crawler."""
    key = request.POST.get("key", "")

    def act(article: Article, **given: Any) -> Outcome:
        return review.reset(article, [key], **given)

    return _act(
        request,
        pk,
        act,
        lambda article, done: format_html("{} of {} is the crawler's again.", label_of(key), named(article)),
    )


@door("change_article")
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives a field (`key`) the value that it had before an `event`."""
    key = request.POST.get("key", "")

    def act(article: Article, **given: Any) -> Outcome:
        event = Event.objects.filter(pk=number(request.POST.get("event")) or 0, article=article).first()
        if event is None or key == HIDDEN_KEY:
            raise EditRejected({key: ["This event did not change that field."]})
        event.article = article
        return review.restore(event, key, by=given["by"], at=given["at"], seen_version=given["seen_version"])

    return _act(
        request, pk, act, lambda article, done: format_html("{} of {} is as before.", label_of(key), named(article))
    )


@door("change_article")
@require_POST
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Decides a conflict: `field` (or `switch`, or `*`) and the `side` whose value holds."""
    field, side = request.POST.get("field", ""), SIDES.get(request.POST.get("side", ""))

    def act(article: Article, **given: Any) -> Outcome:
        if side is None:
            raise EditRejected({"": ["Choose whose value holds: the crawler's or the editor's."]})
        if field == SWITCH:
            return review.resolve_switch(article, side, **given)
        return review.resolve(article, field, side, **given)

    holds = "the crawler's value holds now" if side == "crawler" else "the editor's value holds"
    return _act(request, pk, act, lambda article, done: format_html("Decided on {}: {}.", named(article), holds))


@door("change_article")
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Takes back a `batch`, or the last decision of the user's that can be, and says what it had to pass over."""
    skipped: list[SafeString] = []
    wanted = _batch(request.POST.get("batch", ""))
    done: list[Decided] = []
    for batch in [wanted] if wanted else _undoable(request):
        decided, refusals = _take_back(request, batch)
        skipped += refusals
        done = [one for one in decided if one.outcome and one.outcome.changed]
        if done:
            return come_back(request, asked_by(request.POST.get("next", "")), _said_undone(batch, done, skipped))
    answer = Answer(format_html("{}", "Nothing of yours is left to take back."), level=messages.INFO, warnings=skipped)
    return come_back(request, asked_by(request.POST.get("next", "")), answer)


# --- One act ----------------------------------------------------------------------------------------------------------


def _decide(request: HttpRequest, pk: int, act: Act, sentence: str, label: str) -> HttpResponse:
    """Judge an article as a whole, and go on to the next."""
    what = sent(request, pk)
    try:
        outcome = _done(request, what, act, row_of(Article, ("id",), (min(pk, MAX_KEY),)))
    except Article.DoesNotExist as missing:
        raise Http404(NO_SUCH_ARTICLE) from missing
    except StaleVersion as stale:
        return refuse_stale(request, what, stale, label)
    except EditRejected as rejected:
        return _refuse(request, what, rejected)
    said = format_html(sentence, named(outcome.article))
    if not outcome.changed:
        said = format_html("{} was decided so already.", named(outcome.article))
    return go_on(request, what, Answer(said, [outcome.article], outcome.event.batch if outcome.event else None))


def _act(request: HttpRequest, pk: int, act: Act, say: Saying) -> HttpResponse:
    """Change something in an article, and stay with it."""
    what = sent(request, pk)
    try:
        outcome = _done(request, what, act)
    except StaleVersion as stale:
        return refuse_stale(request, what, stale, "Do it on the newer version")
    except EditRejected as rejected:
        return _refuse(request, what, rejected)
    if not outcome.changed:
        said = format_html("{} is that way already.", named(outcome.article))
        return stay(request, what, Answer(said, [outcome.article], level=messages.INFO))
    batch = outcome.event.batch if outcome.event else None
    return stay(request, what, Answer(say(outcome.article, outcome), [outcome.article], batch))


def _done(request: HttpRequest, what: Sent, act: Act, article: Article | None = None) -> Outcome:
    """Raises `StaleVersion`, `EditRejected`, and PermissionDenied naming the right.

    `article` is a mere number where the act reads all that it needs by itself.
    """
    if not what.version:
        raise StaleVersion(what.article, what.version)
    given = {"by": user_of(request), "at": timezone.now(), "seen_version": what.version, "batch": uuid.uuid4()}
    try:
        return act(article or what.article, **given)
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from refused


def _refuse(request: HttpRequest, what: Sent, rejected: EditRejected) -> HttpResponse:
    said = format_html("{}: nothing was changed. {}", named(what.article), rejected)
    return stay(request, what, Answer(said, level=messages.ERROR), status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _set_score(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    def act(article: Article, **given: Any) -> Outcome:
        kind = ENTRY_OF_KEY[key].kind
        try:
            value = kind.read(request.POST.get("value", ""), ABSENT)
        except ValidationError as wrong:
            raise EditRejected({key: wrong.messages}) from wrong
        return review.edit(article, {key: value}, **given)

    def say(article: Article, outcome: Outcome) -> SafeString:
        old, new = outcome.changes.get(key, (ABSENT, ABSENT))
        was, now = ("none" if value is ABSENT else value for value in (old, new))
        return format_html("{} of {}: {} \N{RIGHTWARDS ARROW} {}.", label_of(key), named(article), was, now)

    return _act(request, pk, act, say)


def _said_fixed(article: Article, outcome: Outcome) -> SafeString:
    fields = join_words(dict.fromkeys(label_of(key) for key in outcome.changes))
    return format_html("Fixed {}: {}.", named(article), fields)


# --- Taking back ------------------------------------------------------------------------------------------------------


def _undoable(request: HttpRequest) -> Any:
    """Batches of the user's, newest first, without those that were refused; so many as one key press may pass over."""
    for _ in range(MOST_SKIPPED):
        refused = [uuid.UUID(batch) for batch in request.session.get(REFUSED, [])]
        batch = review.latest_undoable(user_of(request), skipping=refused)
        if batch is None:
            return
        yield batch


def _take_back(request: HttpRequest, batch: uuid.UUID) -> tuple[list[Decided], list[SafeString]]:
    """What was taken back, and sentences on what was not. A batch of which nothing could be is not tried again."""
    try:
        decided = review.undo(batch, by=user_of(request), at=timezone.now(), most=IN_REQUEST)
    except LongBatch:
        _pass_over(request, batch)
        said = 'What was done to many at once is taken back on <a href="{}">its own page</a>.'
        return [], [format_html(said, reverse("batch", args=[batch]))]
    except (NoSuchBatch, NotAllowed) as refusal:
        _pass_over(request, batch)
        return [], [format_html("{}", refusal)]
    if not any(one.outcome and one.outcome.changed for one in decided):
        _pass_over(request, batch)
    refusals = [(one.article, one.refusal) for one in decided if one.refusal]
    return decided, [format_html("{} was not taken back. {}", named(one), why) for one, why in refusals]


def _pass_over(request: HttpRequest, batch: uuid.UUID) -> None:
    request.session[REFUSED] = [*request.session.get(REFUSED, []), str(batch)][-MOST_REFUSED:]


def _said_undone(batch: uuid.UUID, done: list[Decided], skipped: list[SafeString]) -> Answer:
    articles = [one.article for one in done]
    if len(articles) > 1:
        return Answer(format_html("Taken back in {} articles.", len(articles)), articles, warnings=skipped)
    event = Event.objects.filter(batch=batch, article=articles[0]).first()
    did = act_of(event) if event else "decided"
    return Answer(format_html("Taken back: {} {}.", did, named(articles[0])), articles, warnings=skipped)


def _batch(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
