"""Who is at the desk: a user comes with all of their rights, in one query."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, User
from django.db.models import OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from articles.compiled import Compiled, attnames, row_of
from articles.gathering import Lines

_SELDOM: Final = frozenset({"email", "last_login", "date_joined"})
"""Read when somebody asks for them."""
_COLUMNS: Final = tuple(name for name in attnames(User) if name not in _SELDOM)


def _with_rights(key: int) -> QuerySet[User, tuple[Any, ...]]:
    groups = User.groups.through.objects.filter(user=OuterRef(OuterRef("pk"))).values("group")
    own = User.user_permissions.through.objects.filter(user=OuterRef("pk"))
    by_group = Group.permissions.through.objects.filter(group__in=groups)
    rows = User.objects.filter(pk=key).annotate(own_rights=_named(own), group_rights=_named(by_group))
    return rows.order_by().values_list(*_COLUMNS, "own_rights", "group_rights")


def _named(links: QuerySet[Any]) -> Lines:
    """As `has_perm` calls them."""
    return Lines(links.order_by(), Concat("permission__content_type__app_label", Value("."), "permission__codename"))


_users = Compiled(_with_rights)


class Users(ModelBackend):
    """Django's own users, passwords and rights; a user of a session is read together with what they may do."""

    def get_user(self, user_id: Any) -> User | None:
        rows = _users(int(user_id))
        if not rows:
            return None
        *columns, own_rights, group_rights = rows[0]
        user = row_of(User, _COLUMNS, columns)
        if not self.user_can_authenticate(user):
            return None
        if not user.is_superuser:  # who has every right without being given it
            for name, held in (("_user_perm_cache", own_rights), ("_group_perm_cache", group_rights)):
                setattr(user, name, {*held.split("\n")} if held else set())
        return user
