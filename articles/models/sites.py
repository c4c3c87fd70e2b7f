"""A site, and those whom its articles are by and about: providers and topics."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Site(models.Model):
    """A Git repository of a static site, whose article files an editor judges here."""

    slug = models.SlugField(max_length=100, unique=True, help_text="The short name that commands know the site by.")
    title = models.CharField(max_length=300, blank=True)
    url = models.CharField("URL", max_length=2000, blank=True, help_text="Where readers find the site.")
    threshold = models.IntegerField(
        default=70,
        help_text="The crawler publishes what has at least this quality. Editors may decide otherwise.",
    )
    is_measured = models.BooleanField(
        default=True, help_text="All articles follow the threshold; no: it was set, and the worker is about it."
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
