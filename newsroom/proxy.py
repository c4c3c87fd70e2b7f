"""Who is asking, when a reverse proxy stands in front (BEHIND_PROXY)."""

from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that our own proxy saw, the last in the list. Those before it are the client's claim."""
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
    address: str = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    return address
