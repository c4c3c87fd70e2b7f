"""What is said where the database did not take its turn in time: nothing was saved, and what was sent is kept."""

from __future__ import annotations

import logging
import sqlite3
import sys
from collections.abc import Callable
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.views.defaults import server_error as djangos_server_error

from articles.desk.doors import what_was_sent

UNAVAILABLE: Final = 503
SECONDS_TO_WAIT: Final = 5
PAGE: Final = "desk/busy.html"
_PASSES: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

log = logging.getLogger(__name__)


class BusyDatabase:
    """Answers 503 with a page that keeps what was sent, where a view found the database locked or out of reach."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, failure: Exception) -> HttpResponse | None:
        return busy(request, failure) if will_pass(failure) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of a mistake (handler500); the database may also fail where no view is, such as in the session."""
    failure = sys.exc_info()[1]
    return busy(request, failure) if will_pass(failure) else djangos_server_error(request)


def will_pass(failure: BaseException | None) -> bool:
    """Whether the same may go well in a moment. A table that lacks, or a full disk, will not mend by itself."""
    if isinstance(failure, InterfaceError):
        return True
    if not isinstance(failure, OperationalError):
        return False
    cause = failure.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _PASSES
    return connection.vendor != "sqlite"


def busy(request: HttpRequest, failure: BaseException | None) -> HttpResponse:
    log.error("The database did not answer in time: %s", type(failure).__name__)
    return HttpResponse(_page(request), status=UNAVAILABLE, headers={"Retry-After": str(SECONDS_TO_WAIT)})


def _page(request: HttpRequest) -> str:
    """In the frame; where the frame cannot be read from the database either, without what it counts."""
    is_ours = getattr(request, "csrf_processing_done", False)  # of a stranger's form nothing is kept
    context: dict[str, Any] = {"kept": what_was_sent(request) if is_ours else None}
    try:
        return render_to_string(PAGE, context, request)
    except (DatabaseError, InterfaceError):
        return render_to_string(PAGE, {**context, "is_bare": True, "path": request.get_full_path()})
