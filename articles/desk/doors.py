"""The doors of the desk: who may come in, and what is said to those who may not."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

ACTS: Final = {
    "view_article": "see articles",
    "change_article": "change articles",
    "publish_article": "publish and unpublish articles",
    "add_article": "add articles",
    "bulk_article": "decide on more than 50 articles at once",
    "rule_article": "run rules and set the threshold",
    "undo_article": "take back what others decided",
    "export_site": "write decisions into the site's files",
}


class RightMissing(PermissionDenied):
    """A user came to a page without the right to it; says which, and who can give it."""

    def __init__(self, username: str, right: str) -> None:
        super().__init__(f"{username} may not {ACTS[right]}. A superuser can give the right.")


def door(*rights: str) -> Callable[[View[P]], View[P]]:
    """Lets in who has logged in and has all these rights of the app; without any, everyone who has logged in."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return _ask_to_log_in(request)
            for right in rights:
                if not request.user.has_perm(f"articles.{right}"):
                    raise RightMissing(request.user.get_username(), right)
            return view(request, *args, **kwargs)

        return guarded

    return guard


def _ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """A page goes to the login and comes back; what was sent must not be lost on that way."""
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return redirect_to_login(request.get_full_path())
    return render(request, "desk/session_ended.html", status=401)
