"""A video's embed code is never run: of a known host its own player is framed, of any other the page is a link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from articles.pictures import web_link

_SOURCE: Final = re.compile(r"""\bsrc\s*=\s*["']?([^\s"'<>]+)""", re.IGNORECASE)
_YOUTUBE_HOSTS: Final = frozenset(
    {"www.youtube.com", "youtube.com", "m.youtube.com", "www.youtube-nocookie.com", "youtube-nocookie.com"}
)
_YOUTUBE: Final = re.compile(r"(?:/embed/|/v/|/shorts/)([\w-]{6,20})/?", re.ASCII)
_YOUTUBE_QUERY: Final = re.compile(r"(?:^|&)v=([\w-]{6,20})(?:&|$)", re.ASCII)
_YOUTUBE_SHORT: Final = re.compile(r"/([\w-]{6,20})/?", re.ASCII)
_VIMEO: Final = re.compile(r"/(?:video/)?([0-9]{4,12})/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Video:
    """Where it can be seen: `frame` is a known host's player, empty where the host is not known; `link` its page."""

    frame: str
    link: str
    host: str


def video_of(embed_code: str | None) -> Video | None:
    """The video that an embed code, or an address, stands for; None where no address of the web is in it."""
    address = web_link(_address_in(embed_code or ""))
    if not address:
        return None
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    return _known(host, parts.path, parts.query) or Video("", address, host)


def _known(host: str, path: str, query: str) -> Video | None:
    if host in _YOUTUBE_HOSTS:
        found = _YOUTUBE.fullmatch(path) or (_YOUTUBE_QUERY.search(query) if path == "/watch" else None)
        return _youtube(found)
    if host == "youtu.be":
        return _youtube(_YOUTUBE_SHORT.fullmatch(path))
    if host in ("vimeo.com", "www.vimeo.com", "player.vimeo.com") and (found := _VIMEO.fullmatch(path)):
        # dnt: the player keeps no track of who watches.
        return Video(f"https://player.vimeo.com/video/{found[1]}?dnt=1", f"https://vimeo.com/{found[1]}", "vimeo.com")
    return None


def _youtube(found: re.Match[str] | None) -> Video | None:
    if found is None:
        return None
    watch = f"https://www.youtube.com/watch?v={found[1]}"
    return Video(f"https://www.youtube-nocookie.com/embed/{found[1]}", watch, "youtube.com")


def _address_in(code: str) -> str:
    code = code.strip()
    found = _SOURCE.search(code)
    address = found[1] if found else code
    return f"https:{address}" if address.startswith("//") else address
