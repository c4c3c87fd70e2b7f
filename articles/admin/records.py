"""The other records in the admin: sites, providers, topics, pictures, decisions, history. Mostly to read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import F, Prefetch, QuerySet
from django.forms import IntegerField, ModelForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from articles import jobs
from articles.admin.finding_records import FindsEvents, FindsOverrides, FindsPictures
from articles.admin.lists import DeskAdmin, ReadOnlyAdmin, user_of
from articles.content.values import from_json
from articles.filters import (
    ActFilter,
    DoerFilter,
    EventDateFilter,
    OverrideSiteFilter,
    OwnerFilter,
    SiteFilter,
)
from articles.forms.kinds import as_yaml
from articles.models import Article, Event, Image, Override, Provider, Site, Topic
from articles.pictures import web_link
from articles.review.ruling import HIGHEST
from articles.templatetags.newsroom import picture_preview
from articles.wording import changes_in_line, changes_of, in_words, label_of, override_value, without_hidden

PROBLEMS_SHOWN = 200


class SiteForm(ModelForm):  # type: ignore[type-arg]
    """A threshold is a quality that an article can have."""

    threshold = IntegerField(min_value=0, max_value=HIGHEST, help_text=Site._meta.get_field("threshold").help_text)


@admin.register(Site)
class SiteAdmin(DeskAdmin):
    form = SiteForm
    list_display = ("__str__", "slug", "threshold", "read", "address")
    ordering = ("slug",)
    fields = (
        "title",
        "threshold",
        "sync_every_minutes",
        "slug",
        "address",
        "root",
        "folders",
        "read",
        "article_list",
        "report",
    )
    readonly_fields = ("slug", "address", "root", "folders", "read", "article_list", "report")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The first import makes a site."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Site | None = None) -> tuple[str, ...]:
        may_rule = request.user.has_perm("articles.rule_article")
        return self.readonly_fields if may_rule else (*self.readonly_fields, "threshold")

    def save_model(self, request: HttpRequest, obj: Site, form: ModelForm[Site], change: bool) -> None:
        """Another threshold moves every article of the site nearer to it or farther from it."""
        super().save_model(request, obj, form, change)
        if "threshold" in form.changed_data:
            jobs.set_threshold(obj, obj.threshold, by=user_of(request))
            if not obj.is_measured:
                messages.info(request, "Its articles follow the threshold in the background.")

    @admin.display(description="URL", empty_value="")
    def address(self, obj: Site) -> str:
        return _link(obj.url)

    @admin.display(description="Collections")
    def folders(self, obj: Site) -> str:
        return ", ".join(map(str, obj.collections))

    @admin.display(description="Last read", ordering="read_at")
    def read(self, obj: Site) -> str:
        return in_words(obj.read_at) if obj.read_at else "never"

    @admin.display(description="Articles")
    def article_list(self, obj: Site) -> SafeString:
        return _filtered_list("Article", "Articles of this site", site=obj.slug)

    @admin.display(description="Last import")
    def report(self, obj: Site) -> str:
        """Counts, and each problem with its place and what to do."""
        report = obj.last_report if isinstance(obj.last_report, dict) else {}
        problems = [item for item in report.get("problems") or [] if isinstance(item, dict)]
        counts = {key: value for key, value in report.items() if isinstance(value, int) and not isinstance(value, bool)}
        context = {"counts": counts, "problems": problems[:PROBLEMS_SHOWN], "more": len(problems) - PROBLEMS_SHOWN}
        return render_to_string("admin/articles/site/_report.html", context) if report else "No import yet."


@admin.register(Provider)
class ProviderAdmin(ReadOnlyAdmin):
    list_display = ("named", "domain", "site", "path")
    list_display_links = ("named",)
    list_filter = (SiteFilter,)
    list_select_related = ("site",)
    search_fields = ("name", "domain")
    search_help_text = "Name, domain"
    sortable_by = ("named",)
    fields = ("name", "domain", "site", "pictures", "article_list", "more", "path")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        logos = Prefetch("images", Image.objects.order_by("position"))
        return Provider.objects.select_related("site").defer("site__last_report").prefetch_related(logos)

    @admin.display(description="Name", ordering="name")
    def named(self, obj: Provider) -> SafeString:
        first = next(iter(obj.images.all()), None)
        picture = _picture(obj.site.slug, first.url, size=16) if first else ""
        return format_html(
            '<span class="source"><span class="logo">{}</span><span dir="auto">{}</span></span>', picture, obj
        )

    @admin.display(description="Pictures")
    def pictures(self, obj: Provider) -> str:
        context = {"images": obj.images.all(), "site_slug": obj.site.slug}
        return render_to_string("admin/articles/_pictures.html", context)

    @admin.display(description="Articles")
    def article_list(self, obj: Provider) -> SafeString:
        return _filtered_list("Article", "Articles of this provider", site=obj.site.slug, provider=obj.domain)

    @admin.display(description="Other keys of its file")
    def more(self, obj: Provider) -> str:
        return _yaml(obj.extra)


@admin.register(Topic)
class TopicAdmin(ReadOnlyAdmin):
    list_display = ("name", "shortname", "parent_name", "words", "site", "position")
    list_filter = (SiteFilter,)
    list_select_related = ("site", "parent")
    search_fields = ("name", "shortname", "slug")
    search_help_text = "Name, slug"
    sortable_by = ("name", "position")
    ordering = (F("position").asc(nulls_last=True), "name")
    fields = (
        "name",
        "shortname",
        "slug",
        "site",
        "parent",
        "words",
        "tags",
        "article_list",
        "more",
        "position",
        "path",
    )
    readonly_fields = fields

    @admin.display(description="Parent", empty_value="")
    def parent_name(self, obj: Topic) -> str:
        return obj.parent.name if obj.parent else ""

    @admin.display(description="Keywords", empty_value="")
    def words(self, obj: Topic) -> str:
        return ", ".join(map(str, obj.keywords))

    @admin.display(description="Hashtags", empty_value="")
    def tags(self, obj: Topic) -> str:
        return ", ".join(map(str, obj.hashtags))

    @admin.display(description="Articles")
    def article_list(self, obj: Topic) -> SafeString:
        return _filtered_list("Article", "Articles under this topic", site=obj.site.slug, topic=obj.name)

    @admin.display(description="Other keys of its file")
    def more(self, obj: Topic) -> str:
        return _yaml(obj.extra)


@admin.register(Image)
class ImageAdmin(FindsPictures, ReadOnlyAdmin):
    list_display = ("small", "url", "size", "owner")
    list_display_links = ("url",)
    list_filter = (OwnerFilter,)
    search_fields = ("pk",)  # for there to be a field; what it finds is told in finding_records.py
    sortable_by = ()
    ordering = ("-id",)
    fields = ("large", "url", "size", "is_cached", "title", "attribution", "owner", "position", "more")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        narrow = ("article__path", "article__title", "provider__name", "provider__domain")
        slugs = ("article__site__slug", "provider__site__slug")
        own = ("position", "url", "width", "height", "is_cached", "title", "attribution", "extra")
        rows = Image.objects.select_related("article__site", "provider__site")
        return rows.only(*own, *narrow, *slugs).order_by(*self.ordering)

    @admin.display(description="Picture")
    def small(self, obj: Image) -> SafeString:
        return _boxed(obj)

    @admin.display(description="Picture")
    def large(self, obj: Image) -> str:
        return render_to_string("admin/articles/_pictures.html", {"images": [obj], "site_slug": _site_slug(obj)})

    @admin.display(description="Size")
    def size(self, obj: Image) -> str:
        return f"{obj.width or '?'} × {obj.height or '?'}"  # noqa: RUF001 - a multiplication sign

    @admin.display(description="Of")
    def owner(self, obj: Image) -> SafeString:
        owner = obj.article or obj.provider
        return _record_link(owner) if owner else SafeString("")

    @admin.display(description="Other keys")
    def more(self, obj: Image) -> str:
        return _yaml(obj.extra)


@admin.register(Override)
class OverrideAdmin(FindsOverrides, ReadOnlyAdmin):
    list_display = ("field", "of", "set_to", "crawler_says", "username", "when", "reason")
    list_display_links = ("field",)
    list_filter = (OverrideSiteFilter,)
    search_fields = ("pk",)  # for there to be a field; what it finds is told in finding_records.py
    sortable_by = ()
    ordering = ("-id",)
    fields = ("field", "key", "of", "set_to", "crawler_says", "username", "when", "reason", "batch")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Override]:
        rows = Override.objects.select_related("article").order_by(*self.ordering)
        return rows.defer(*(f"article__{column}" for column in _WIDE))

    @admin.display(description="Field")
    def field(self, obj: Override) -> str:
        return label_of(obj.key)

    @admin.display(description="Article")
    def of(self, obj: Override) -> SafeString:
        return _record_link(obj.article)

    @admin.display(description="Editor's value")
    def set_to(self, obj: Override) -> str:
        return in_words(override_value(obj), obj.key)

    @admin.display(description="Crawler's value")
    def crawler_says(self, obj: Override) -> str:
        return "nothing" if obj.crawler_absent else in_words(from_json(obj.crawler_value), obj.key)

    @admin.display(description="When")
    def when(self, obj: Override) -> str:
        return in_words(obj.at)


@admin.register(Event)
class EventAdmin(FindsEvents, ReadOnlyAdmin):
    list_display = ("what", "of", "who", "changed", "when", "reason")
    list_display_links = ("what",)
    list_filter = (SiteFilter, ActFilter, DoerFilter, EventDateFilter)
    search_fields = ("pk",)  # for there to be a field; what it finds is told in finding_records.py
    sortable_by = ()
    ordering = ("-at", "-id")
    fields = ("what", "of", "who", "when", "reason", "change_table", "site", "batch")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        rows = Event.objects.select_related("article", "site").order_by(*self.ordering)
        return rows.defer("site__last_report", *(f"article__{column}" for column in _WIDE))

    @admin.display(description="What")
    def what(self, obj: Event) -> str:
        return capfirst(obj.get_act_display())

    @admin.display(description="Article", empty_value="")
    def of(self, obj: Event) -> str:
        return _record_link(obj.article) if obj.article else ""

    @admin.display(description="Who")
    def who(self, obj: Event) -> str:
        return obj.doer

    @admin.display(description="Changes", empty_value="")
    def changed(self, obj: Event) -> str:
        return changes_in_line(obj)

    @admin.display(description="Changes")
    def change_table(self, obj: Event) -> str:
        return render_to_string("admin/articles/_changes.html", {"changes": changes_of(obj)})

    @admin.display(description="When")
    def when(self, obj: Event) -> str:
        return in_words(obj.at)


_WIDE = ("excerpt", "featured_content", "related", "extra", "as_written", "problems")
"""The article's columns that no list shows."""


def _filtered_list(model: str, words: str, **filters: str) -> SafeString:
    url = f"{reverse(f'admin:articles_{model.lower()}_changelist')}?{urlencode(filters)}"
    return format_html('<a href="{}">{}</a>', url, words)


def _record_link(record: Article | Provider) -> SafeString:
    url = reverse(f"admin:articles_{record._meta.model_name}_change", args=(record.pk,))
    return format_html('<a href="{}" dir="auto">{}</a>', url, record)


def _link(url: str) -> str:
    """An address as a link where it is one, else as text."""
    address = web_link(url)
    if not address:
        return url
    return format_html('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>', address, url)


def _picture(site_slug: str, url: str, *, size: int) -> SafeString:
    shown = picture_preview(site_slug, url)
    if not shown.src:
        return SafeString("")
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="" loading="lazy" referrerpolicy="no-referrer">',
        shown.src,
        size,
        size,
    )


def _boxed(image: Image) -> SafeString:
    return format_html('<span class="thumb">{}</span>', _picture(_site_slug(image), image.url, size=48))


def _site_slug(image: Image) -> str:
    owner: Any = image.article or image.provider
    return str(owner.site.slug) if owner else ""


def _yaml(stored: Any) -> str:
    values = without_hidden(from_json(stored))
    return format_html("<pre>{}</pre>", as_yaml(values)) if values else ""
