"""What a login by force costs in tests: its session's row, where Django and axes ask 18 queries."""

from __future__ import annotations

import string
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.test import Client
from django.utils.crypto import get_random_string

_CHARACTERS = string.ascii_lowercase + string.digits
_force_login = Client.force_login


def make_cheap() -> None:
    """What else a login leaves (its time, the record of axes) tests of logins see, through the form or the password."""
    setattr(Client, "force_login", force_login)  # noqa: B010 - a method of Django's


def force_login(client: Client, user: Any, backend: str | None = None) -> None:
    if client.cookies or backend or not isinstance(user, User):
        _force_login(client, user, backend)
        return
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]  # as Django: axes' own knows no users
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    row = store.get_model_class()(
        session_key=get_random_string(32, _CHARACTERS),
        session_data=store.encode(dict(store.items())),
        expire_date=store.get_expiry_date(),
    )
    row.save(force_insert=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = row.session_key
