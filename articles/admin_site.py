"""The admin as an editor sees it: its name, and its records grouped by what they are for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from articles.desk import account
from articles.desk.doors import ask_to_log_in
from articles.models import Event


@dataclass(frozen=True, slots=True)
class Group:
    """Records that an editor thinks of together. `members` pairs a model with the name of its list."""

    name: str
    members: tuple[tuple[str, str], ...]


GROUPS = (
    Group("News", (("Article", "Articles"), ("Image", "Pictures"))),
    Group("Sources and topics", (("Provider", "Providers"), ("Topic", "Topics"))),
    Group("Record", (("Event", "History"), ("Override", "Editors' decisions"))),
    Group("Set-up", (("Site", "Sites"), ("User", "Users"), ("Group", "Groups"))),
)
LIST_NAMES = {model: name for group in GROUPS for model, name in group.members}
LOG_OUT: Final = "admin:logout"
REST = "More"
LATEST = 10


class NewsroomAdminSite(AdminSite):
    """The project's admin."""

    site_title = "Newsroom"
    site_header = "Newsroom"
    index_title = "Records"
    site_url = None
    enable_nav_sidebar = False
    empty_value_display = "\N{EN DASH}"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The groups with the models that this user may see; what no group names comes last."""
        models = _models_by_name(self._build_app_dict(request))
        groups = [_as_app(group.name, _take(models, group)) for group in GROUPS]
        groups.append(_as_app(REST, list(models.values())))
        return [group for group in groups if group["models"]]

    def get_urls(self) -> list[Any]:
        from articles.admin.history_acts import history_act

        return [
            path("history/<int:event_id>/", self.admin_view(history_act), name="history_act"),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """What someone typed is not lost when their session has gone, and who may not come in is told why."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.path == reverse(LOG_OUT):
                return self.logout(request)
            if not request.user.is_authenticated and request.method == "POST":
                return ask_to_log_in(request)
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(f"{request.user} may not see the records. A superuser can give the right.")
            return inner(request, *args, **kwargs)

        return guarded

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The desk's."""
        return account.log_in(request)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The desk's."""
        return account.log_out(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The desk's."""
        return redirect("password")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The groups, and what happened last on the desk."""
        latest = _latest_events() if request.user.has_perm("articles.view_event") else []
        return super().index(request, {"latest_events": latest, **(extra_context or {})})

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> Any:
        """Groups stand in for apps, so that an app has no page of its own."""
        return HttpResponseRedirect(reverse(f"{self.name}:index"))


def _latest_events() -> list[Event]:
    rows = Event.objects.select_related("article").defer("article__excerpt", "article__featured_content")
    return list(rows.order_by("-at", "-id")[:LATEST])


def _models_by_name(apps: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {model["object_name"]: model for app in apps.values() for model in app["models"]}


def _take(models: dict[str, dict[str, Any]], group: Group) -> list[dict[str, Any]]:
    """The group's models, out of `models`, under the group's names."""
    return [{**models.pop(member), "name": name} for member, name in group.members if member in models]


def _as_app(name: str, models: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "app_label": name.lower().replace(" ", "-"),
        "app_url": reverse("admin:index"),
        "has_module_perms": True,
        "models": models,
    }
