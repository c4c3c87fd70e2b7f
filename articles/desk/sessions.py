"""Sessions in the database, as Django keeps them; what every request asks for is a query that is made once."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.utils import timezone

from articles.compiled import Compiled, attnames, row_of

_COLUMNS: Final = attnames(Session)
_sessions = Compiled(lambda key: Session.objects.filter(pk=key).values_list(*_COLUMNS), str)
KEPT: Final = 1_000
"""Sessions whose signature need not be looked at again: the same data, signed by the same key."""


class SessionStore(DatabaseStore):
    """Django's own, read with less ado."""

    def _get_session_from_db(self) -> Session | None:
        rows = _sessions(self.session_key) if self.session_key else []
        session = row_of(Session, _COLUMNS, rows[0]) if rows else None
        if session is None or session.expire_date <= timezone.now():
            self._session_key = None
            return None
        return session

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            known = _signed(session_data, self.key_salt, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        except signing.BadSignature:
            return super().decode(session_data)  # which notes it, and begins a new one
        return dict(json.loads(known))


@lru_cache(maxsize=KEPT)
def _signed(data: bytes | str, salt: str, *_keys: str) -> str:
    """What the data of a session says, as JSON; raises `BadSignature`."""
    return json.dumps(signing.loads(data if isinstance(data, str) else data.decode(), salt=salt))
