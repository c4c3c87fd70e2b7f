"""Articles in the admin: the list, its actions, and the way to the pages of one article."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles import review
from articles.admin.article_add import AddPage
from articles.admin.article_history import history_page
from articles.admin.article_page import ArticlePage
from articles.admin.finding import FindsArticles
from articles.admin.lists import DeskAdmin, user_of
from articles.conditions import HasProblems
from articles.filters import (
    DateFilter,
    HeatFilter,
    ProblemsFilter,
    ProviderFilter,
    PublishedFilter,
    QualityFilter,
    SiteFilter,
    StateFilter,
    TopicFilter,
)
from articles.forms.article import MAX_REASON_CHARS
from articles.fragments import meter
from articles.models import Article, ArticleTopic, Image, Override
from articles.review import Decided
from articles.templatetags.newsroom import picture_preview
from articles.wording import label_of, moment

LONGEST_TITLE_IN_MESSAGE = 80
NOTHING_TICKED = "Nothing was decided: tick the articles first, then press the button."
MAX_KEY_DIGITS = 18
DASH = "\N{EN DASH}"
MARKS = {True: ("yes", "published"), False: ("no", "not published"), None: ("none", "not scored")}
UNSEEN = "The list did not say which version it showed. Look again."


@admin.register(Article)
class ArticleAdmin(FindsArticles, DeskAdmin):
    list_display = (
        "headline",
        "origin",
        "subjects",
        "quality_meter",
        "heat_meter",
        "decision",
        "dated",
        "marks",
    )
    list_display_links = ("headline",)
    list_filter = (
        SiteFilter,
        PublishedFilter,
        QualityFilter,
        HeatFilter,
        TopicFilter,
        ProviderFilter,
        DateFilter,
        ProblemsFilter,
        StateFilter,
    )
    search_fields = ("title",)  # for there to be a field; what it finds is told in finding.py
    sortable_by = ("quality_meter", "heat_meter", "decision", "dated")
    has_nulls_last = True
    actions = ("publish_selected", "unpublish_selected")
    list_select_related = ("site", "provider")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """The narrow columns and what else a row shows; five queries, however many rows."""
        return (
            Article.objects.narrow()
            .select_related("site", "provider")
            .defer("site__last_report", "site__collections", "provider__extra")
            .prefetch_related(*_row_prefetches())
            .annotate(has_problems=HasProblems("problems"))
        )

    def among_equals(self, order: str) -> Sequence[str]:
        """Published or not says so little that the date comes next."""
        if order.removeprefix("-") != "published":
            return super().among_equals(order)
        return ("published_at", "pk") if order.startswith("-") else ("-published_at", "-pk")

    # --- Rights ---------------------------------------------------------------------------------------------------

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.publish_article")

    # --- Columns --------------------------------------------------------------------------------------------------

    def action_checkbox(self, obj: Article) -> SafeString:
        """The box carries the version that the list shows: an article that changed since is not decided unseen."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="Select “{}”">'
            '<input type="hidden" name="{}" value="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            obj,
            _version_name(obj.pk),
            obj.version,
        )

    @admin.display(description="Title")
    def headline(self, obj: Article) -> SafeString:
        return format_html('<span class="headline" dir="auto">{}</span>', obj)

    @admin.display(description="Provider", empty_value="")
    def origin(self, obj: Article) -> str:
        name = obj.provider_name or (str(obj.provider) if obj.provider else "")
        return format_html('<span class="source">{}<span dir="auto">{}</span></span>', _logo(obj), name)

    @admin.display(description="Topics")
    def subjects(self, obj: Article) -> str:
        return ", ".join(link.topic.name for link in obj.topic_links.all())

    @admin.display(description="Quality", ordering="quality")
    def quality_meter(self, obj: Article) -> SafeString:
        return _score(obj.quality, obj.site.threshold)

    @admin.display(description="Heat", ordering="heat")
    def heat_meter(self, obj: Article) -> SafeString:
        return _score(obj.heat, obj.site.threshold)

    @admin.display(description="Published", ordering="published")
    def decision(self, obj: Article) -> SafeString:
        name, words = MARKS[obj.published]
        return format_html('<span class="mark {}">{}</span>', name, words)

    @admin.display(description="Date", ordering="published_at")
    def dated(self, obj: Article) -> str:
        at = obj.published_at
        if at is None:
            return "no date"
        short = f"{at.day} {at:%b %Y}"
        return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), moment(at), short)

    @admin.display(description="State", empty_value="")
    def marks(self, obj: Article) -> SafeString:
        """Marks, in words: what an editor would want to know before opening it."""
        edited = [label_of(override.key) for override in obj.overrides.all()]
        told = [
            ("warn", "file missing", "The file was gone when the site was last read.") if obj.is_missing else None,
            ("warn", "conflict", "The crawler says a third thing now.") if _is_in_conflict(obj) else None,
            ("warn", "source flapping", "The crawler went back to a source it had left.") if obj.is_flapping else None,
            ("bad", "problems", "Something is wrong with the file.") if getattr(obj, "has_problems", False) else None,
            ("hot", "unwritten", "Decisions wait to be exported.") if obj.is_dirty else None,
            ("", "edited", ", ".join(edited)) if edited else None,
            ("", "led by another", "Heat is -1.") if obj.is_led_by_another else None,
        ]
        tags = [mark for mark in told if mark]
        return format_html_join(" ", '<span class="tag {}" title="{}">{}</span>', [(a, c, b) for a, b, c in tags])

    # --- Actions --------------------------------------------------------------------------------------------------

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        """Runs the button that was pressed; what is ticked is read by the action itself."""
        action = self.get_actions(request).get(request.POST.get("action", ""))
        if action is None or not _selected(request):
            messages.warning(request, NOTHING_TICKED)
            return None
        action[0](self, request, queryset)
        return HttpResponseRedirect(request.get_full_path())

    @admin.action(description="Publish", permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._decide(request, review.publish_each, "Published")

    @admin.action(description="Unpublish", permissions=["publish"])
    def unpublish_selected(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._decide(request, review.unpublish_each, "Unpublished")

    def _decide(self, request: HttpRequest, decide: Callable[..., list[Decided]], did: str) -> None:
        """Decides exactly the rows that were ticked, at the versions that were shown, and says what became of each.

        The list's own filter is not asked again: what it no longer matches is decided or refused like the rest.
        """
        keys = _selected(request)
        versions = _shown_versions(request, keys)
        found = Article.objects.narrow().select_related("site").in_bulk(keys)
        seen = [found[key] for key in keys if key in found and key in versions]
        unseen = [Decided(found[key], refusal=UNSEEN) for key in keys if key in found and key not in versions]
        reason = request.POST.get("reason", "").replace("\0", "").strip()[:MAX_REASON_CHARS]
        decided = decide(seen, by=user_of(request), at=timezone.now(), seen_versions=versions, reason=reason)
        _report(request, [*decided, *unseen], did)

    # --- Pages of one article -------------------------------------------------------------------------------------

    def with_all_that_its_page_shows(self) -> QuerySet[Article]:
        rows = Article.objects.select_related("site", "provider", "source")
        return rows.prefetch_related("overrides", _logos())

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Article | None:
        if not object_id.isascii() or not object_id.isdecimal() or len(object_id) > MAX_KEY_DIGITS:
            return None
        return self.with_all_that_its_page_shows().filter(pk=int(object_id)).first()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        article = self.get_object(request, unquote(object_id))
        if article is None:
            return _not_there(request)
        return ArticlePage(self, request, article).respond()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return AddPage(self, request).respond()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        article = self.get_object(request, unquote(object_id))
        if article is None:
            return _not_there(request)
        return history_page(self, request, article)


def _is_in_conflict(article: Article) -> bool:
    return any(override.in_conflict for override in article.overrides.all())


def _not_there(request: HttpRequest) -> HttpResponse:
    messages.warning(request, "There is no such article.")
    return redirect("admin:articles_article_changelist")


def _row_prefetches() -> tuple[Prefetch[Any], ...]:
    links = ArticleTopic.objects.select_related("topic").only("article_id", "position", "topic__name")
    return (
        Prefetch("topic_links", links.order_by("article_id", "position")),
        Prefetch("overrides", Override.objects.only("article_id", "key", "in_conflict").order_by("key")),
        _logos(),
    )


def _logos() -> Prefetch[Any]:
    """Each provider's first picture, as its `logos`."""
    first = Image.objects.filter(position=0).only("provider_id", "url").order_by()
    return Prefetch("provider__images", first, to_attr="logos")


def _logo(article: Article) -> SafeString:
    """A box of fixed size, so that no row moves when its picture comes or fails."""
    logos: list[Image] = getattr(article.provider, "logos", [])
    shown = picture_preview(article.site.slug, logos[0].url) if logos else None
    if shown is None or not shown.src:
        return SafeString('<span class="logo"></span>')
    return format_html(
        '<span class="logo"><img src="{}" width="16" height="16" alt="" loading="lazy" '
        'referrerpolicy="no-referrer"></span>',
        shown.src,
    )


def _score(score: int | None, threshold: int) -> SafeString:
    if score is None:
        unscored = '<span class="score none">{}<b>{}</b><span class="visually-hidden">not scored</span></span>'
        return format_html(unscored, meter(None, threshold), DASH)
    return format_html('<span class="score">{}<b>{}</b></span>', meter(score, threshold), score)


def _version_name(key: int) -> str:
    return f"version_{key}"


def _selected(request: HttpRequest) -> list[int]:
    """The ticked articles, each once, in the order of the list."""
    ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
    return list(
        dict.fromkeys(int(key) for key in ticked if key.isascii() and key.isdecimal() and len(key) <= MAX_KEY_DIGITS)
    )


def _shown_versions(request: HttpRequest, keys: Sequence[int]) -> dict[int, int]:
    shown = {key: request.POST.get(_version_name(key), "") for key in keys}
    return {key: int(text) for key, text in shown.items() if text.isascii() and text.isdecimal() and len(text) < 10}


def _report(request: HttpRequest, decided: Sequence[Decided], did: str) -> None:
    """One message for what was done, one for what was so already, one for what was refused and why."""
    done = [item for item in decided if item.outcome and item.outcome.changed]
    idle = [item for item in decided if item.outcome and not item.outcome.changed]
    refused = [item for item in decided if item.outcome is None]
    if done:
        messages.success(request, _listing(f"{did} {_articles(len(done))}:", done))
    if idle:
        messages.info(request, _listing(f"Already {did.lower()} by decision, {_articles(len(idle))}:", idle))
    if refused:
        messages.error(request, _listing(f"Refused {_articles(len(refused))}:", refused))


def _listing(heading: str, decided: Sequence[Decided]) -> SafeString:
    rows = [(item.article.get_absolute_url(), _short(str(item.article)), _because(item.refusal)) for item in decided]
    items = format_html_join("", '<li><a href="{}" dir="auto">{}</a>{}</li>', rows)
    return format_html("{}<ul>{}</ul>", heading, items)


def _because(refusal: str) -> str:
    return f": {refusal}" if refusal else ""


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE_IN_MESSAGE else f"{title[: LONGEST_TITLE_IN_MESSAGE - 1]}…"


def _articles(number: int) -> str:
    return "1 article" if number == 1 else f"{number} articles"
