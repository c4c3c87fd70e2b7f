"""The doors of the desk: who may come in, and what is said to those who may not."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.functional import LazyObject
from django.utils.http import http_date

from articles.review import NotAllowed
from articles.review.rights import require

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

UNAUTHORIZED: Final = 401
NEVER: Final = "max-age=0, no-cache, no-store, must-revalidate, private"
TOKEN: Final = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


def door(*rights: str) -> Callable[[View[P]], View[P]]:
    """Lets in who has logged in and has all these rights of the app; without any, everyone who has logged in."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if user := _known(request):
                require_rights(user, *rights)
                response = view(request, *args, **kwargs)
            else:
                response = ask_to_log_in(request)
            _never_cache(response)  # nothing of the desk is shown again by the back button after a logout
            return response

        return guarded

    return guard


def _known(request: HttpRequest) -> User | None:
    """Who has logged in; from here on without the wrapping that looks the user up when first asked for."""
    user = request.user
    if isinstance(user, LazyObject) and isinstance(user, User):
        user = request.user = getattr(request, "_cached_user", user)
    return user if isinstance(user, User) else None


def _never_cache(response: HttpResponseBase) -> None:
    """What `add_never_cache_headers` says, which has to be worked out only beside headers of the view's own."""
    if response.has_header("Cache-Control"):
        add_never_cache_headers(response)
    else:
        response.headers.setdefault("Expires", _date(int(time.time())))
        response.headers["Cache-Control"] = NEVER


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return http_date(second)


def user_of(request: HttpRequest) -> User:
    """Who came through the door."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Nobody is logged in.")
    return request.user


def require_rights(user: User, *rights: str) -> None:
    """A page's refusal: says which right is missing, and who can give it."""
    for right in rights:
        try:
            require(user, right)
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal


def ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """A page goes to the login and comes back. What was sent or typed must not be lost on that way: it stays here."""
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return redirect_to_login(request.get_full_path())
    return render(request, "desk/session_ended.html", {"kept": what_was_sent(request)}, status=UNAUTHORIZED)


def text_of(data: QueryDict, name: str) -> str:
    """What a form or an address says under a name, without the one character that no database column holds."""
    return data.get(name, "").replace("\0", "")


def fields_of(post: QueryDict, *left_out: str) -> list[tuple[str, str]]:
    """What was sent, to be sent once more: without the token, which the new form has, and without these."""
    return [(name, value) for name, values in post.lists() for value in values if name not in (TOKEN, *left_out)]


def what_was_sent(request: HttpRequest) -> list[tuple[str, str]] | None:
    """The fields of a form, to be sent once more; None where nothing was sent, or a password was."""
    fields = fields_of(request.POST)
    has_password = any("password" in name for name, _ in fields)
    return None if request.method != "POST" or has_password else fields
