"""What happened to articles, on record for good."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.conditions import Beginning, Given, OfRule
from articles.models.article import Article
from articles.models.sites import Site


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
    article = models.ForeignKey(
        Article, null=True, blank=True, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    act = models.CharField(max_length=20, choices=Act)
    by_crawler = models.BooleanField(default=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
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
