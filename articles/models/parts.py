"""What belongs to an article beside its columns: its file, its pictures, what editors decided, what is to mend."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.conditions import Beginning, Ending, Given
from articles.models.article import Article
from articles.models.sites import Provider


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

    article = models.ForeignKey(
        Article, null=True, blank=True, on_delete=models.CASCADE, related_name="images", db_index=False
    )
    provider = models.ForeignKey(
        Provider, null=True, blank=True, on_delete=models.CASCADE, related_name="images", db_index=False
    )
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

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="overrides", db_index=False)
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
