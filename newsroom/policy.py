"""The content security policy that every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class Policy(CSPMiddleware):
    """django-csp's, which makes the policy of the settings once; one of an answer's own as ever."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self.policy = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_its_own = "_csp_nonce" in vars(request) or any(name.startswith("_csp") for name in vars(response))
        if settings.DEBUG or is_its_own:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.policy)
        return response
