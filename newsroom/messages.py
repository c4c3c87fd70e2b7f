"""Messages to who asked: looked for only where somebody reads or leaves one."""

from __future__ import annotations

from functools import partial

from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject, empty


class Messages(MessageMiddleware):
    """Django's, whose storage is made when it is first asked for: most requests never do."""

    def process_request(self, request: HttpRequest) -> None:
        request._messages = SimpleLazyObject(partial(default_storage, request))  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        storage = getattr(request, "_messages", None)
        is_untouched = isinstance(storage, SimpleLazyObject) and storage._wrapped is empty
        return response if is_untouched else super().process_response(request, response)
