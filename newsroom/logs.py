"""What the log says of each request: one line, with a number that also goes to the browser and to every other line."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

MAX_PATH_CHARS: Final = 500
_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_current: ContextVar[tuple[str, HttpRequest] | None] = ContextVar("current", default=None)

_as_json: Final = json.JSONEncoder(ensure_ascii=False, default=str).encode

log = logging.getLogger("newsroom.requests")


class RequestLog:
    """Gives each request a number (that of the proxy, where one stands in front) and writes one line about it.

    Without the query: what people search for is no matter of the log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = _id_of(request)
        token = _current.set((number, request))
        started = time.monotonic()
        try:
            response = self.get_response(request)
            self._write(request, response, milliseconds=(time.monotonic() - started) * 1000)
        finally:
            _current.reset(token)
        response["X-Request-ID"] = number
        return response

    def _write(self, request: HttpRequest, response: HttpResponse, *, milliseconds: float) -> None:
        path = request.path[:MAX_PATH_CHARS]
        facts = {"method": request.method, "path": path, "status": response.status_code, "ms": round(milliseconds, 1)}
        if log.isEnabledFor(logging.INFO):
            said = (request.method, path, response.status_code, milliseconds)
            log.handle(_record("%s %r %s in %.1f ms", said, facts))


class WithRequest(logging.Filter):
    """Puts the request's number and its user on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        number, request = _current.get() or ("", None)
        record.request_id, record.username = number, _name_of(request)
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request, user, and the facts of a request."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": getattr(record, "request_id", ""),
            "user": getattr(record, "username", ""),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return _as_json({name: value for name, value in told.items() if value != ""})


def _record(message: str, said: tuple[object, ...], facts: dict[str, Any]) -> logging.LogRecord:
    """As `log.info` makes one, which looks through the stack for a place that no line names."""
    return log.makeRecord(log.name, logging.INFO, __file__, 0, message, said, None, extra={"facts": facts})


def _id_of(request: HttpRequest) -> str:
    """The proxy's number for it; anyone else's claim is not believed."""
    given: str = request.headers.get("X-Request-ID", "") if settings.BEHIND_PROXY else ""
    return given if _ID.fullmatch(given) else uuid.uuid4().hex


def _name_of(request: HttpRequest | None) -> str:
    """Who asked; without a query for it where no view wanted to know."""
    user = getattr(request, "_cached_user", None)
    return user.get_username() if user is not None and user.is_authenticated else ""
