"""Sessions in the database, as Django keeps them; what every request asks for is a query that is made once."""

from __future__ import annotations

from typing import Final

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from articles.compiled import Compiled, attnames, row_of

_COLUMNS: Final = attnames(Session)
_sessions = Compiled(lambda key: Session.objects.filter(pk=key).values_list(*_COLUMNS), str)


class SessionStore(DatabaseStore):
    """Django's own, read with less ado."""

    def _get_session_from_db(self) -> Session | None:
        rows = _sessions(self.session_key) if self.session_key else []
        session = row_of(Session, _COLUMNS, rows[0]) if rows else None
        if session is None or session.expire_date <= timezone.now():
            self._session_key = None
            return None
        return session
