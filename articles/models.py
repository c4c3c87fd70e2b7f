"""The tables of the desk: sites, providers, topics, articles with their source text and pictures, overrides, events."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from articles.conditions import Beginning, Ending, Given, HasProblems, OfRule
from articles.ordering import NullsLastIndex, PathIndex
from articles.queued import BulkRun as BulkRun
from articles.queued import Job as Job


class Site(models.Model):
    """A Git repository of a static site, whose article files an editor judges here."""

    slug = models.SlugField(max_length=100, unique=True, help_text="The short name that commands know the site by.")
    title = models.CharField(max_length=300, blank=True)
    url = models.CharField("URL", max_length=2000, blank=True, help_text="Where readers find the site.")
    threshold = models.IntegerField(
        default=70,
        help_text="The crawler publishes what has at least this quality. Editors may decide otherwise.",
    )
    root = models.CharField(max_length=4000, blank=True, help_text="The folder that the site was last read from.")
    collections = models.JSONField(default=list, blank=True, help_text="The folders whose files are articles.")
    last_report = models.JSONField(default=dict, blank=True, help_text="What the last import did.")
    read_at = models.DateTimeField(null=True, blank=True, help_text="When the site's files were last read.")
    sync_every_minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How often a timer syncs the site; the desk warns when it is late. Empty: no timer does.",
    )

    class Meta:
        ordering = ("slug",)
        permissions = (("export_site", "Can write decisions into the site's files"),)

    def __str__(self) -> str:
        return self.title or self.slug


class Provider(models.Model):
    """Who published a story first; known by its domain within a site."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="providers")
    domain = models.CharField(max_length=253)
    name = models.CharField(max_length=300, blank=True)
    extra = models.JSONField(default=dict, blank=True, help_text="Keys of the organization's file beyond the known.")
    path = models.CharField(max_length=600, blank=True, help_text="The organization's file; empty: none.")
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("name", "domain")
        constraints = (
            models.UniqueConstraint(fields=("site", "domain"), name="one_provider_a_domain"),
            models.CheckConstraint(condition=~Q(domain=""), name="provider_has_a_domain"),
        )
        indexes = (models.Index(fields=("name", "domain"), name="provider_by_name"),)

    def __str__(self) -> str:
        return self.name or self.domain


class Topic(models.Model):
    """A subject that articles are filed under; known by its name within a site."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="topics")
    name = models.CharField(max_length=300)
    slug = models.CharField(max_length=300, blank=True)
    shortname = models.CharField(max_length=300, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    keywords = models.JSONField(default=list, blank=True, help_text="Words that point to this topic.")
    hashtags = models.JSONField(default=list, blank=True)
    position = models.IntegerField(null=True, blank=True, help_text="The order of the topic's file; empty: no file.")
    extra = models.JSONField(default=dict, blank=True, help_text="Keys of the topic's file beyond the known.")
    path = models.CharField(max_length=600, blank=True, help_text="The topic's file; empty: none.")
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = (models.F("position").asc(nulls_last=True), "name")
        constraints = (
            models.UniqueConstraint(fields=("site", "name"), name="one_topic_a_name"),
            models.CheckConstraint(condition=~Q(name=""), name="topic_has_a_name"),
        )

    def __str__(self) -> str:
        return self.name


class ArticleQuerySet(models.QuerySet["Article"]):
    """Sets of articles, by the words that editors use."""

    def published(self) -> ArticleQuerySet:
        """Readers get these."""
        return self.filter(published=True)

    def unpublished(self) -> ArticleQuerySet:
        """Scored or decided, and readers do not get them."""
        return self.filter(published=False)

    def unscored(self) -> ArticleQuerySet:
        """Neither the crawler nor an editor has said whether to publish them."""
        return self.filter(published=None)

    def present(self) -> ArticleQuerySet:
        """Their file was there when the site was last read, or they were added here and have none yet."""
        return self.filter(is_missing=False)

    def unwritten(self) -> ArticleQuerySet:
        """An editor's decisions wait to be exported."""
        return self.filter(is_dirty=True)

    def awaiting_review(self) -> ArticleQuerySet:
        """The queue: a person has to decide, since nobody did, the crawler changed it since, or it contradicts us."""
        return self.filter(state__lt=Article.State.DECIDED)

    def in_order_of_need(self) -> ArticleQuerySet:
        """Conflicts, then what changed since a decision, then the rest; each nearest to the threshold first."""
        return self.order_by("state", "nearness", models.F("heat").desc(nulls_last=True), "-id")

    def narrow(self) -> ArticleQuerySet:
        """Without the columns that lists never show."""
        return self.defer("excerpt", "featured_content", "related", "extra", "as_written", "problems")


_CUT, _TRIED = ("state", "published"), ("site", "provider")


class Article(models.Model):
    """One article file. Its columns are the values in force: an editor's override, else the crawler's value.

    NULL stands for a key that is absent from the file or null there; `as_written` tells the two apart, and holds what
    else a column cannot say (an empty list, a value of the wrong type).
    """

    class State(models.IntegerChoices):
        """What a person has to do with it; the smaller, the sooner. Below `DECIDED` it waits for a review."""

        CONFLICT = 0, "conflict"
        CHANGED = 1, "changed since the decision"
        NEW = 2, "not decided yet"
        DECIDED = 8, "decided"
        GONE = 9, "file gone"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="articles")
    path = models.CharField(
        max_length=600, help_text="The file, from the site's folder on. It is the article's identity."
    )
    collection = models.CharField(max_length=200, help_text="The folder that the file belongs to, such as _news.")

    category = models.CharField(max_length=200, null=True, blank=True)
    title = models.TextField(null=True, blank=True)
    excerpt = models.TextField(null=True, blank=True)
    published_at = models.DateTimeField(
        "date", null=True, blank=True, help_text="When the source published it, in UTC."
    )
    original_url = models.TextField("original URL", null=True, blank=True)
    web_url = models.TextField("web URL", null=True, blank=True)
    amp_url = models.TextField("AMP URL", null=True, blank=True)
    cdn_amp_url = models.TextField("AMP URL at the cache", null=True, blank=True)
    type = models.CharField(max_length=100, null=True, blank=True, help_text="article or video")
    quality = models.IntegerField(null=True, blank=True, help_text="The score of the item itself.")
    heat = models.IntegerField(
        null=True, blank=True, help_text="The score of its story; -1: another item leads the story."
    )
    published = models.BooleanField(null=True, blank=True, help_text="Whether readers get it.")
    featured_content = models.TextField(null=True, blank=True, help_text="A video's embed code.")
    provider = models.ForeignKey(
        Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="articles", db_index=False
    )
    provider_name = models.CharField(
        max_length=300, null=True, blank=True, help_text="The provider's name as this article has it."
    )
    topics: models.ManyToManyField[Topic, ArticleTopic] = models.ManyToManyField(
        Topic, through="ArticleTopic", related_name="articles", blank=True
    )
    related = models.JSONField(default=list, blank=True, help_text="The other items of the story.")
    extra = models.JSONField(default=dict, blank=True, help_text="Keys of the file beyond the known ones.")
    as_written = models.JSONField(
        default=dict,
        blank=True,
        help_text="Known keys whose value in the file no column can hold, as they stand there.",
    )
    problems = models.JSONField(default=list, blank=True, help_text="What is wrong with the file; it is kept as it is.")

    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the file as last seen on disk; empty: no file yet."
    )
    file_size = models.BigIntegerField(null=True, blank=True, help_text="In bytes, when the file was last read.")
    file_mtime_ns = models.BigIntegerField(
        null=True, blank=True, help_text="When the file was last written; empty: too recently to rely on."
    )
    version = models.PositiveIntegerField(default=1, help_text="Grows by one with every change of a value.")
    is_missing = models.BooleanField(default=False, help_text="The file was gone when the site was last read.")
    is_dirty = models.BooleanField("unwritten", default=False, help_text="Decisions wait to be exported.")
    is_flapping = models.BooleanField(
        "flapping", default=False, help_text="The crawler went back to a source that the story had before."
    )
    state = models.PositiveSmallIntegerField(
        choices=State, default=State.NEW, help_text="What a person has to do with it."
    )
    decided_at = models.DateTimeField(null=True, blank=True, help_text="When a person last decided on it.")
    changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the crawler changed something that matters since that decision."
    )
    nearness = models.PositiveIntegerField(
        default=10_000, help_text="How far its quality is from the site's threshold; 10,000: not scored."
    )
    story = models.BigIntegerField(
        null=True, blank=True, help_text="The number of the story's first article; empty: a story of its own."
    )
    source_key = models.BigIntegerField(
        null=True, blank=True, help_text="A digest of the address at the source, to find the same address again."
    )
    created_at = models.DateTimeField("first seen")
    updated_at = models.DateTimeField("last changed")

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = (models.F("published_at").desc(nulls_last=True), "-id")
        permissions = (
            ("publish_article", "Can publish and unpublish articles"),
            ("bulk_article", "Can decide on more than 50 articles at once"),
            ("rule_article", "Can run a publish rule and set the threshold"),
            ("undo_article", "Can take back what others decided"),
        )
        constraints = (
            models.UniqueConstraint(fields=("site", "path"), name="one_article_a_path"),
            models.CheckConstraint(
                condition=~Q(path="") & ~Q(path__startswith="/") & ~Q(path__contains="../"),
                name="path_stays_inside",
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="version_begins_at_1"),
        )
        indexes = (
            NullsLastIndex(fields=("-published_at", "-id"), name="article_by_date"),
            NullsLastIndex(fields=("site", "-published_at", "-id"), name="article_by_site"),
            NullsLastIndex(fields=("published", "-published_at", "-id"), name="article_by_published"),
            NullsLastIndex(fields=("provider", "-published_at", "-id"), name="article_by_provider"),
            NullsLastIndex(fields=("-quality", "-id"), name="article_in_quality"),
            NullsLastIndex(fields=("-heat", "-id"), name="article_in_heat"),
            # One for each order of the queue, cut by state and by whether it is published. What else the queue is
            # narrowed by or ordered by stands in them too, so that a row is tried and sorted without being read.
            NullsLastIndex(
                fields=(*_CUT, "-published_at", "-id", *_TRIED, "quality", "heat", "nearness"),
                name="article_queue_date",
            ),
            NullsLastIndex(
                fields=(*_CUT, "-heat", "-id", *_TRIED, "quality", "published_at", "nearness"),
                name="article_queue_heat",
            ),
            NullsLastIndex(
                fields=(*_CUT, "-quality", "-id", *_TRIED, "heat", "published_at", "nearness"),
                name="article_queue_quality",
            ),
            NullsLastIndex(
                fields=(*_CUT, "nearness", "-heat", "-id", *_TRIED, "quality", "published_at"),
                name="article_queue_nearness",
            ),
            # In which stories are told, so far as there are others of them
            NullsLastIndex(
                fields=("-published_at", "-id", "story", "site"),
                name="article_telling",
                condition=Q(story__isnull=False, is_missing=False),
            ),
            models.Index(fields=("id",), name="article_with_problems", condition=Q(HasProblems("problems"))),
            models.Index(fields=("id",), name="article_missing", condition=Q(is_missing=True)),
            models.Index(fields=("id",), name="article_flapping", condition=Q(is_flapping=True)),
            models.Index(
                fields=("type", *_CUT, "id", *_TRIED, "quality", "heat", "nearness", "published_at"),
                name="article_by_rare_type",
                condition=~Q(type="article"),
            ),
            models.Index(fields=("story",), name="article_by_story", condition=Q(story__isnull=False)),
            models.Index(fields=("source_key",), name="article_by_source", condition=Q(source_key__isnull=False)),
            models.Index(fields=("site", "path"), name="article_unwritten", condition=Q(is_dirty=True)),
            PathIndex(fields=("site", "path", "file_size", "file_mtime_ns", "is_missing"), name="article_as_last_seen"),
        )

    def __str__(self) -> str:
        return self.title or self.path

    def get_absolute_url(self) -> str:
        return reverse("admin:articles_article_change", args=(self.pk,))

    @property
    def is_led_by_another(self) -> bool:
        """Another item leads the story (heat -1)."""
        return self.heat == -1

    @property
    def link(self) -> str:
        """The address at the source; empty when the file names none."""
        return self.original_url or self.web_url or ""


class ArticleTopic(models.Model):
    """A topic of an article, at its place in the file's list."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="topic_links")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="article_links")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("article", "position")
        constraints = (
            models.UniqueConstraint(fields=("article", "position"), name="one_topic_a_place"),
            models.UniqueConstraint(fields=("topic", "article"), name="a_topic_once_an_article"),
        )

    def __str__(self) -> str:
        return f"{self.topic} ({self.position})"


class Source(models.Model):
    """The file behind an article as the crawler wrote it: its bytes, and what else is too wide for lists.

    What should stand on disk is this text with the article's overrides set in it. Empty text: the article was added
    here, and its file is written from its overrides alone.
    """

    article = models.OneToOneField(Article, on_delete=models.CASCADE, primary_key=True, related_name="source")
    text = models.BinaryField()
    secured = models.TextField(
        null=True,
        blank=True,
        help_text="The crawler's opaque ciphertext. Carried, never shown, never edited.",
    )
    exported = models.JSONField(
        default=dict, blank=True, help_text="The editors' values that stand in the file on disk, by key."
    )

    def __str__(self) -> str:
        return f"source of {self.article_id}"


class Image(models.Model):
    """A picture of an article or of a provider, at its place in the file's list."""

    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.CASCADE, related_name="images")
    provider = models.ForeignKey(Provider, null=True, blank=True, on_delete=models.CASCADE, related_name="images")
    position = models.PositiveIntegerField()
    url = models.TextField("URL", blank=True)
    width = models.IntegerField(null=True, blank=True, help_text="In pixels.")
    height = models.IntegerField(null=True, blank=True, help_text="In pixels.")
    is_cached = models.BooleanField(null=True, blank=True, help_text="Whether the site keeps a copy.")
    title = models.TextField(null=True, blank=True)
    attribution = models.TextField(null=True, blank=True)
    extra = models.JSONField(default=dict, blank=True, help_text="Keys beyond the known ones.")

    class Meta:
        ordering = ("article", "provider", "position")
        constraints = (
            models.CheckConstraint(
                condition=Q(article__isnull=True) ^ Q(provider__isnull=True), name="image_has_one_owner"
            ),
            models.UniqueConstraint(fields=("article", "position"), name="one_image_a_place_in_article"),
            models.UniqueConstraint(fields=("provider", "position"), name="one_image_a_place_in_provider"),
        )
        indexes = (models.Index(Ending("url"), name="image_by_address"),)

    def __str__(self) -> str:
        return self.url


class Override(models.Model):
    """An editor's word on one field, which stands over the crawler's until it is reset."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="overrides")
    key = models.CharField(max_length=500, help_text="As in the file: title, provider.name, topics.")
    value = models.JSONField(null=True, blank=True, help_text="What the editor set.")
    is_removal = models.BooleanField(default=False, help_text="The editor took the key away.")
    crawler_value = models.JSONField(null=True, blank=True, help_text="What the crawler said when it was decided.")
    crawler_absent = models.BooleanField(default=False, help_text="The crawler said nothing then.")
    echoes = models.JSONField(
        default=list,
        blank=True,
        help_text="Values of the editor's that the file came back with: our own export, or the crawler's word.",
    )
    in_conflict = models.BooleanField(default=False, help_text="The crawler says a third thing now; a person decides.")
    switch_batch = models.UUIDField(
        null=True, blank=True, help_text="The source switch that the conflict came with, to be decided as a whole."
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=150, help_text="Kept also when the user goes.")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    batch = models.UUIDField()

    class Meta:
        ordering = ("article", "key")
        constraints = (
            models.UniqueConstraint(fields=("article", "key"), name="one_override_a_key"),
            models.CheckConstraint(condition=~Q(key=""), name="override_has_a_key"),
        )
        indexes = (
            models.Index(fields=("article",), name="override_in_conflict", condition=Q(in_conflict=True)),
            models.Index(fields=("key", "-id"), name="override_by_key"),
            models.Index(Beginning("reason"), name="override_by_reason", condition=Q(Given("reason"))),
        )

    def __str__(self) -> str:
        return f"{self.key} by {self.username}"


class Finding(models.Model):
    """Something that an editor would mend in an article; computed from its values, and never edited."""

    class Severity(models.TextChoices):
        ERROR = "error"
        WARNING = "warning"
        ADVICE = "advice"

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="findings", db_index=False)
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=10, choices=Severity)
    key = models.CharField(max_length=500, blank=True, help_text="The field it is about; empty: the whole article.")

    class Meta:
        ordering = ("article", "code", "key")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("article", "code", "key"), name="one_finding_a_field"),
            models.CheckConstraint(condition=~Q(code=""), name="finding_has_a_code"),
        )
        indexes = (models.Index(fields=("code", "article"), name="finding_by_code"),)

    def __str__(self) -> str:
        return self.code


class SavedView(models.Model):
    """A named search of the queue: its owner's, or shared with everyone at the desk."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=100)
    query = models.TextField(blank=True, help_text="What follows the ? in the queue's address.")
    is_shared = models.BooleanField("shared", default=False, help_text="Everyone at the desk sees it.")

    class Meta:
        ordering = ("name", "id")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="one_view_a_name"),
            models.CheckConstraint(condition=~Q(name=""), name="view_has_a_name"),
        )

    def __str__(self) -> str:
        return self.name


class DeskPreference(models.Model):
    """How one user wants the desk."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="desk_preference"
    )
    keys_on = models.BooleanField("keys", default=True, help_text="Single keys decide, as ? shows them.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"preferences of {self.user}"


class AppendOnly(Exception):
    """An event was about to be changed or deleted; what happened stays on record."""


class EventQuerySet(models.QuerySet["Event"]):
    """Events can be added and read, nothing else."""

    def update(self, **kwargs: Any) -> int:
        raise AppendOnly("Events are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Events are never deleted.")


class Event(models.Model):
    """One thing that happened to an article: who did it, what, when and why. Append-only."""

    class Act(models.TextChoices):
        EDITED = "edited"
        PUBLISHED = "published"
        UNPUBLISHED = "unpublished"
        KEPT = "kept", "kept as it is"
        RESET = "reset", "reset to the crawler's value"
        ADDED = "added", "added by hand"
        REWRITTEN = "rewritten", "changed by the crawler"
        SOURCE_SWITCHED = "source switched", "source switched by the crawler"
        RESOLVED = "resolved", "conflict decided"
        UNDONE = "undone", "taken back"
        MISSING = "missing", "file gone"
        RETURNED = "returned", "file back"
        WRITTEN = "written", "written to the file"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="events")
    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(max_length=20, choices=Act)
    by_crawler = models.BooleanField(default=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    username = models.CharField(max_length=150, blank=True)
    changes = models.JSONField(default=dict, blank=True, help_text="Each field: what it was, what it became.")
    overrides_before = models.JSONField(
        default=dict,
        blank=True,
        help_text="For each field decided the override it had: its value, the crawler's, the echoes.",
    )
    standing_before = models.JSONField(
        null=True,
        blank=True,
        help_text="Of a decision: when the article was decided on before, and changed since; empty: none.",
    )
    undoes = models.UUIDField(null=True, blank=True, help_text="The batch that this took back.")
    version = models.PositiveIntegerField(null=True, blank=True, help_text="The article's version since then.")
    reason = models.TextField(blank=True)
    batch = models.UUIDField(db_index=True, help_text="What was done together has the same.")
    at = models.DateTimeField()

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-id")
        default_permissions = ("view",)
        indexes = (
            models.Index(fields=("-at", "-id"), name="event_by_time"),
            models.Index(fields=("article", "-at", "-id"), name="event_by_article"),
            models.Index(fields=("act", "-at", "-id"), name="event_by_act"),
            models.Index(fields=("user", "-id"), name="event_by_user", condition=Q(user__isnull=False)),
            models.Index(fields=("undoes",), name="event_undoing", condition=Q(undoes__isnull=False)),
            models.Index(fields=("username", "-at", "-id"), name="event_by_name", condition=Q(Given("username"))),
            models.Index(Beginning("reason"), name="event_by_reason", condition=Q(Given("reason"))),
            models.Index(fields=("site", "-at", "-id"), name="event_of_rule", condition=Q(OfRule("reason"))),
        )
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(by_crawler=True, username="") | Q(by_crawler=False) & ~Q(username=""),
                name="event_has_a_doer",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_act_display()} by {self.doer}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("Events are never deleted.")

    @property
    def doer(self) -> str:
        """Who did it, as a page says it."""
        return "crawler" if self.by_crawler else self.username
