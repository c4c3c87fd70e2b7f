"""The user at the desk: logging in and out, the password, preferences, and what happens when a session has gone."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.desk.doors import door, user_of, what_was_sent
from articles.models import DeskPreference

FORBIDDEN: Final = 403
LOCKED_OUT: Final = 429
NOT_AFTER_LOGIN: Final = ("login", "admin:login", "logout", "admin:logout")


class _LogIn(LoginView):
    template_name = "desk/login.html"
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Where the user wanted to go, within the desk; never to the login itself, nor out of the door again."""
        url = super().get_redirect_url()
        return "" if urlsplit(url).path in map(reverse, NOT_AFTER_LOGIN) else url


class _PasswordChange(PasswordChangeView):
    template_name = "desk/password.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Your password is changed. Wherever else you were logged in, you no longer are.")
        return super().form_valid(form)


log_in = _LogIn.as_view()
change_password = door()(_PasswordChange.as_view())


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, "You have logged out.")
    return redirect("login")


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """After too many wrong passwords; django-axes asks for it. The name that was typed is still there."""
    typed = request.POST.get("username", "")
    context = {
        "form": AuthenticationForm(request, initial={"username": typed}),
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "locked_minutes": settings.LOCKOUT_MINUTES,
    }
    return render(request, "desk/login.html", context, status=LOCKED_OUT)


@door()
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if request.method == "POST":
        keys_on = "keys_on" in request.POST
        DeskPreference.objects.update_or_create(user=user, defaults={"keys_on": keys_on})
        messages.success(request, f"Saved: keys are {'on' if keys_on else 'off'}.")
        return redirect("preferences")
    own = DeskPreference.objects.filter(user=user).first()
    context = {"keys_on": own is None or own.keys_on, "groups": user.groups.order_by("name")}
    return render(request, "desk/preferences.html", context)


@require_safe
@never_cache
def token(request: HttpRequest) -> HttpResponse:
    """What forms need to be accepted: an open page asks for it anew after a login in another tab."""
    return JsonResponse({"token": get_token(request)})


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token, mostly from a page that was open while its user logged in anew.

    Only what comes from a page of our own may be sent again: of a stranger's form nothing is kept.
    """
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin" or request.headers.get("Origin") == _origin(
        request
    )
    kept = what_was_sent(request) if is_ours else None
    return render(request, "desk/form_expired.html", {"kept": kept}, status=FORBIDDEN)


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
