"""Whether this process can do its work, for the proxy and whoever watches it."""

from __future__ import annotations

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

UNAVAILABLE = 503

log = logging.getLogger("newsroom.health")


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 with `{"status": "ok"}`; 503 where the database cannot be reached. Tells a stranger no more."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as problem:
        log.error("The database cannot be reached: %s", type(problem).__name__)
        return JsonResponse({"status": "database out of reach"}, status=UNAVAILABLE)
    return JsonResponse({"status": "ok"})
