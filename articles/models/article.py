"""The article, its values in force, and the indexes that every list of the desk goes along."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from articles.conditions import Contradicted, HasProblems, Side
from articles.models.sites import Provider, Site, Topic
from articles.ordering import NullsLastIndex, PathIndex


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

    # The indexes below begin with it, as those of unique constraints do with other keys that have none of their own.
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="articles", db_index=False)
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
            # Whom a publish rule turns, whatever its threshold
            models.Index(
                "site",
                "state",
                Side("heat", "published"),
                models.F("quality").desc(),
                models.F("id").desc(),
                "is_missing",
                name="article_by_rule",
                condition=Q(quality__isnull=False),
            ),
            models.Index(fields=("story",), name="article_by_story", condition=Q(story__isnull=False)),
            models.Index(fields=("source_key",), name="article_by_source", condition=Q(source_key__isnull=False)),
            models.Index(fields=("site", "path", "is_missing"), name="article_unwritten", condition=Q(is_dirty=True)),
            models.Index(fields=("site", "path"), name="article_in_conflict", condition=Q(Contradicted("state"))),
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

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="topic_links", db_index=False)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="article_links", db_index=False)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("article", "position")
        constraints = (
            models.UniqueConstraint(fields=("article", "position"), name="one_topic_a_place"),
            models.UniqueConstraint(fields=("topic", "article"), name="a_topic_once_an_article"),
        )

    def __str__(self) -> str:
        return f"{self.topic} ({self.position})"
