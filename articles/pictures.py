"""Where a browser can get a picture from: the web over https, or the site's own folder through the desk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from django.urls import get_script_prefix, reverse

CONTENT_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
}
"""The files that the desk serves out of a site's folder as pictures, and as what."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture to show: `src` is empty where a browser should not be asked for it, and `why` says so."""

    src: str
    why: str = ""


def preview(site_slug: str, url: str) -> Preview:
    """What to show for a picture's URL as it stands in the file."""
    if not url.strip():
        return Preview("", "no address")
    try:
        parts = urlsplit(url)
    except ValueError:
        return Preview("", "no address that a browser knows")
    if parts.scheme == "https" and parts.netloc:
        return Preview(url)
    if parts.scheme == "http" and parts.netloc:
        return Preview("", "http only: browsers would not show it here")
    if not parts.scheme and not parts.netloc and parts.path.startswith("/"):
        return _of_site(site_slug, unquote(parts.path).lstrip("/"))
    return Preview("", "no address that a browser knows")


def content_type(path: str) -> str | None:
    """The type to serve a site's file as; None: not a picture."""
    dot = path.rfind(".")
    return CONTENT_TYPES.get(path[dot:].lower()) if dot >= 0 else None


def web_link(url: object) -> str:
    """The address where it may stand as a link: http or https. Empty for all else, such as javascript:."""
    if not isinstance(url, str):
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def _of_site(site_slug: str, path: str) -> Preview:
    if content_type(path) is None:
        return Preview("", "not a kind of picture that is shown here")
    if not path.isprintable():
        return Preview("", "no address that a browser knows")  # a line break is in no address of the desk
    return Preview(_address(site_slug, path, get_script_prefix()))


@lru_cache(maxsize=2048)
def _address(site_slug: str, path: str, prefix: str) -> str:
    """A list shows the same few logos again and again. The prefix is part of the address."""
    return reverse("site-picture", args=(site_slug, path))
