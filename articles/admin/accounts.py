"""Users and groups in the admin, for the superuser: who may come in, and what they may do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import ManyToManyField, Model
from django.http import HttpRequest

from articles.admin.lists import DeskAdmin
from articles.wording import moment

admin.site.unregister([User, Group])


@admin.register(User)
class DeskUserAdmin(DeskAdmin, UserAdmin):  # type: ignore[type-arg]
    """A user who leaves is made inactive: what they did stays theirs. Rights come with groups, not one by one."""

    list_display = ("username", "email", "in_groups", "is_active", "is_superuser", "seen")
    list_filter = ()
    sortable_by = ("username",)
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField[Any] | None:
        return super().formfield_for_manytomany(db_field, request, **kwargs, widget=forms.CheckboxSelectMultiple)

    @admin.display(description="Last log-in")
    def seen(self, obj: User) -> str:
        return moment(obj.last_login) if obj.last_login else "never"

    @admin.display(description="Groups", empty_value="")
    def in_groups(self, obj: User) -> str:
        return ", ".join(group.name for group in obj.groups.all())


@admin.register(Group)
class DeskGroupAdmin(DeskAdmin, GroupAdmin):
    """The groups come with the installation; what they may do is read here."""

    filter_horizontal = ()
    fields = ("name", "rights")
    readonly_fields = ("name", "rights")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="Rights", empty_value="none")
    def rights(self, obj: Group) -> str:
        return ", ".join(right.name for right in obj.permissions.all())
