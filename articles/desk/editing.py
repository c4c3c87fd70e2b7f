"""Editing in place: the fields of an article as a form in the pane, with the file's difference live beside it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from articles import review
from articles.content.document import EditRefused
from articles.content.merge import in_force, value_of
from articles.content.values import same
from articles.desk.answers import Answer, Change, Sent, go_on, is_script, named, sent, stay
from articles.desk.article import Pane
from articles.desk.asking import Asked, asked_by
from articles.desk.difference import Piece, file_now, lines_between, with_changes
from articles.desk.doors import door, user_of
from articles.desk.reading import Whole, with_all_that_is_shown
from articles.forms import ArticleForm, Difference
from articles.forms.kinds import as_yaml, is_list_of_maps
from articles.forms.pictures import PICTURES_KEY
from articles.mapping import crawler_fields, decisions
from articles.models import Article
from articles.review import EditRejected, NotAllowed, Outcome, StaleVersion
from articles.wording import in_words, join_words, label_of

FIELDS: Final = (
    *("title", "excerpt", "topics", "quality", "heat", "type", "provider_name", "published_at"),
    *("original_url", "web_url", "amp_url", "cdn_amp_url", "featured_content"),
)
"""In the order of the form; what is rare comes last, and pictures after that."""
RARE: Final = frozenset({"web_url", "amp_url", "cdn_amp_url", "featured_content"})
LONGEST_SIDE: Final = 1000


@dataclass(frozen=True, slots=True)
class Control:
    """A field of the form with its name."""

    name: str
    field: BoundField


class Editing:
    """One request for the form of an article."""

    def __init__(self, request: HttpRequest, whole: Whole, queue: Asked) -> None:
        self.request, self.whole, self.queue = request, whole, queue
        self.article = article = whole.article
        self.in_force = in_force(crawler_fields(article), decisions(article.overrides.all()))

    def blank(self) -> ArticleForm:
        return ArticleForm(in_force=self.in_force, version=self.article.version, may_publish=False)

    def filled(self) -> ArticleForm:
        return ArticleForm(self.request.POST, in_force=self.in_force, may_publish=False)

    def news(self, form: ArticleForm) -> dict[str, Any]:
        """What was typed and is not in force already."""
        return {key: value for key, value in form.changes.items() if not same(value, value_of(self.in_force, key))}

    def page(
        self, form: ArticleForm, *, status: int = HTTPStatus.OK, sides: list[Change] | None = None
    ) -> HttpResponse:
        pane = Pane(self.whole, user_of(self.request), self.queue, timezone.now())
        context = {
            "article": self.article,
            "pane": pane,
            "queue": self.queue,
            "form": form,
            "controls": [Control(name, form[name]) for name in FIELDS if name not in RARE],
            "rare": [Control(name, form[name]) for name in FIELDS if name in RARE],
            "has_rare_errors": any(name in form.errors for name in RARE),
            "has_picture_errors": form.pictures is not None and bool(form.pictures.total_error_count()),
            "pieces": self.difference(form),
            "sides": sides,
            "then": self.request.POST.get("then", ""),
        }
        template = "articles/_edit.html" if is_script(self.request) else "articles/edit.html"
        return render(self.request, template, context, status=status)

    def difference(self, form: ArticleForm) -> list[Piece]:
        """What the file would be like with what was typed so far, as far as that can be read."""
        try:
            after = with_changes(self.article, self.news(form)).to_bytes()
        except EditRefused as refused:
            return [Piece("at", refused.problem.message)]
        return lines_between(file_now(self.article), after, self.article.source.secured)


@door("change_article")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the form, POST saves it; with `publish` it decides in the same batch and goes on to the next."""
    if request.method == "POST":
        return _save(request, pk)
    editing = Editing(request, with_all_that_is_shown(pk), asked_by(request.GET.urlencode()))
    return editing.page(editing.blank())


@door("change_article")
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What saving would do to the file, and what it would be refused for; saves nothing."""
    editing = Editing(request, with_all_that_is_shown(pk), asked_by(request.POST.get("next", "")))
    form = editing.filled()
    if form.is_valid() and (changes := editing.news(form)):
        try:
            review.edit(editing.article, changes, by=user_of(request), at=timezone.now(), dry_run=True)
        except EditRejected as rejected:
            form.add_rejection(rejected.messages)
        except NotAllowed as refused:
            form.add_error(None, str(refused))
    complaints = [(form[name].label if name in form.fields else "", errors) for name, errors in form.errors.items()]
    context = {"article": editing.article, "pieces": editing.difference(form), "complaints": complaints}
    return render(request, "articles/_preview.html", context)


def _save(request: HttpRequest, pk: int) -> HttpResponse:
    what = sent(request, pk)
    editing = Editing(request, what.whole, what.queue)
    form = editing.filled()
    if not form.is_valid():
        return editing.page(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        outcomes = _edit(request, editing, form)
    except StaleVersion:
        return _refuse_stale(request, what, form)
    except EditRejected as rejected:
        form.add_rejection(rejected.messages)
        return editing.page(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from refused
    answer = _said(what.article, outcomes)
    return go_on(request, what, answer) if "publish" in request.POST else stay(request, what, answer)


def _edit(request: HttpRequest, editing: Editing, form: ArticleForm) -> list[Outcome]:
    """The changes and, by the other button, the decision: both or neither, as one batch."""
    given = {
        "by": user_of(request),
        "at": timezone.now(),
        "seen_version": form.cleaned_data["version"],
        "reason": form.cleaned_data.get("reason", "").strip(),
        "batch": uuid.uuid4(),
    }
    changes = editing.news(form)
    with transaction.atomic():
        outcomes = [review.edit(editing.article, changes, **given)] if changes else []
        if "publish" in request.POST:
            outcomes.append(review.publish(editing.article, **given))
    return outcomes


def _refuse_stale(request: HttpRequest, what: Sent, form: ArticleForm) -> HttpResponse:
    """Nothing was saved: both sides field by field, what was typed still in its place; to save again is to insist."""
    editing = Editing(request, with_all_that_is_shown(what.article.pk), what.queue)
    sides = [_side(difference) for difference in form.conflicts(editing.in_force)]
    newer = form.newer(editing.in_force, version=editing.article.version)
    return editing.page(newer, status=HTTPStatus.CONFLICT, sides=sides)


def _side(difference: Difference) -> Change:
    sides = (difference.shown, difference.now, difference.mine)
    shown, now, mine = (_in_words(value, difference.key) for value in sides)
    return Change(label_of(difference.key), shown, now, "", mine if difference.is_mine else "")


def _in_words(value: Any, key: str) -> str:
    """Pictures as they stand in the file: their number alone would be the same on all sides."""
    if key == PICTURES_KEY and is_list_of_maps(value):
        return Truncator(" ".join(as_yaml(value).split())).chars(LONGEST_SIDE)
    return in_words(value, key, longest=LONGEST_SIDE)


def _said(article: Article, outcomes: list[Outcome]) -> Answer:
    done = [outcome for outcome in outcomes if outcome.event]
    if not done:
        return Answer(format_html("Nothing was changed in {}.", named(article)), [article])
    last = done[-1]
    batch = last.event.batch if last.event else None
    changed: Mapping[str, Any] = {key: None for outcome in done for key in outcome.changes if key != "published"}
    fields = join_words(map(label_of, changed)) if changed else ""
    published = " and published" if last.event and last.event.act == "published" else ""
    detail = f": {fields}" if fields else ""
    return Answer(format_html("Saved{} {}{}.", published, named(last.article), detail), [last.article], batch)
