"""What waits for the worker, and what came of it: runs over a site's files, and acts on many articles."""

from __future__ import annotations

from typing import Any, ClassVar, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse


class Queued(models.Model):
    """Something that somebody asked for and the worker carries out, under a lock that says whether it lives."""

    class State(models.TextChoices):
        QUEUED = "queued", "waits for the worker"
        RUNNING = "running", "runs"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        BROKEN_OFF = "broken off", "broken off"
        TAKEN_BACK = "taken back", "taken back"
        STOPPED = "stopped", "stopped"

    LIVE: ClassVar = (State.QUEUED, State.RUNNING)

    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    task = models.CharField(max_length=64, blank=True, help_text="Its number in the queue of the worker.")
    host = models.CharField(max_length=255, blank=True, help_text="The machine that it runs on.")
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, help_text="Why it could not run, or did not end.")

    class Meta:
        abstract = True
        ordering = ("-id",)
        default_permissions = ()

    @property
    def is_live(self) -> bool:
        """Waits or runs; the page looks again."""
        return self.state in self.LIVE

    @property
    def lock_name(self) -> str:
        """Of the lock that it holds while it runs."""
        raise NotImplementedError

    def change(self, before: str, /, **columns: Any) -> bool:
        """Whether it still was in that state; of two who change it, one wins."""
        rows = cast("QuerySet[Self]", type(self)._default_manager.filter(pk=self.pk, state=before))
        return rows.update(**columns) == 1


class Job(Queued):
    """A run over a site's files that somebody asked for, and what came of it."""

    class Kind(models.TextChoices):
        SYNC = "sync", "Sync"
        WRITE = "write", "Write"
        READ = "read", "Read"

    site = models.ForeignKey("articles.Site", on_delete=models.PROTECT, related_name="jobs")
    kind = models.CharField(max_length=10, choices=Kind)
    commits = models.BooleanField(default=False, help_text="Makes a Git commit of what it writes.")
    message = models.TextField(blank=True, help_text="What the commit says; empty: what was decided, in words.")
    may_lose_many = models.BooleanField(default=False, help_text="Goes on where more than a tenth of the files went.")
    report = models.JSONField(default=dict, blank=True)
    lost_many = models.BooleanField(default=False, help_text="It stopped because so many files were gone at once.")

    class Meta(Queued.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("site",), condition=Q(state__in=("queued", "running")), name="one_live_job_a_site"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{' and commit' if self.commits else ''}: {self.site}"

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.pk])

    @property
    def lock_name(self) -> str:
        return self.site.slug


class BulkRun(Queued):
    """One act on many articles, as somebody looked at it and asked for it. All that it does is one batch."""

    RULE: ClassVar = "rule"
    UNDO: ClassVar = "undo"

    deed = models.CharField(max_length=20, help_text="What is done to each; `rule` and `undo` beside those of a list.")
    value = models.CharField(max_length=300, blank=True, help_text="Topic, score, finding, least quality, or batch.")
    title = models.CharField(max_length=400, help_text="What it does, in words.")
    batch = models.UUIDField(unique=True)
    selection = models.JSONField(help_text="Article and the version that was seen of it; of an undoing, the event.")
    count = models.PositiveIntegerField(help_text="How many articles were asked for.")
    done = models.PositiveIntegerField(default=0, help_text="So many of the selection, from its beginning, are over.")
    changed = models.PositiveIntegerField(default=0, help_text="So many of these changed or were decided.")
    refused = models.PositiveIntegerField(default=0)
    refusals = models.JSONField(default=list, help_text="The first that were refused: article, its name, why.")
    stopped_by = models.CharField(max_length=150, blank=True, help_text="Who wants it to stop.")

    class Meta(Queued.Meta):
        indexes = (models.Index(fields=("state",), condition=Q(state__in=("queued", "running")), name="live_bulk_run"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("bulk-run", args=[self.pk])

    @property
    def lock_name(self) -> str:
        return f".bulk-{self.pk}"

    @property
    def left(self) -> int:
        """How many it has not come to."""
        return self.count - self.done

    @property
    def unchanged(self) -> int:
        """How many were that way already."""
        return self.done - self.changed - self.refused
