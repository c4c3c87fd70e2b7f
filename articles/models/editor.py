"""How an editor has the desk: saved views, and whether keys decide."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


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
