"""The token against forged requests, for the answer to a form that brought one."""

from __future__ import annotations

import os
from typing import Final

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, get_token

_COUNT: Final = len(CSRF_ALLOWED_CHARS)
_FAIR: Final = 256 - 256 % _COUNT
"""Of a byte beyond that, some characters would come more often than others."""
_PLACES: Final = {character: place for place, character in enumerate(CSRF_ALLOWED_CHARS)}


def token_for(request: HttpRequest) -> str:
    """As Django's: the secret under a mask that is drawn anew for each answer.

    Django asks the system for each character of the mask, and has the browser keep its cookie longer each time: pages
    do that.
    """
    secret = request.META.get("CSRF_COOKIE", "")
    if len(secret) != CSRF_SECRET_LENGTH:
        return get_token(request)
    mask = _drawn(CSRF_SECRET_LENGTH)
    shown = [(_PLACES[character] + place) % _COUNT for character, place in zip(secret, mask, strict=True)]
    return "".join([CSRF_ALLOWED_CHARS[place] for place in (*mask, *shown)])


def _drawn(count: int) -> list[int]:
    """Places of so many characters, each as likely as any other."""
    places: list[int] = []
    while len(places) < count:
        places += [byte % _COUNT for byte in os.urandom(2 * count) if byte < _FAIR]
    return places[:count]
