"""The grammar in which the crawler writes: the order of keys, the blank lines, what stands in quotes.

Read off 2,437 versions of real files, all of which it reproduces. It says where a new key goes, how a new value is
quoted, and what a new file looks like.
"""

from collections.abc import Hashable
from typing import Any, Final

from articles.content import quoting
from articles.content.quoting import Style

ARTICLE_KEYS: Final = (
    "category",
    "title",
    "excerpt",
    "publishedDateTime",
    "originalUrl",
    "webUrl",
    "ampWebUrl",
    "cdnAmpWebUrl",
    "type",
    "quality",
    "heat",
    "published",
    "featuredContent",
    "provider",
    "topics",
    "images",
    "related",
    "secured",
)
BLANK_LINE_BEFORE: Final = frozenset({"featuredContent", "provider", "topics", "images", "related", "secured"})
PROVIDER_KEYS: Final = ("name", "domain", "images")
IMAGE_KEYS: Final = ("url", "width", "height", "isCached", "title", "attribution")
RELATED_KEYS: Final = (
    "title",
    "excerpt",
    "publishedDateTime",
    "originalUrl",
    "webUrl",
    "ampWebUrl",
    "cdnAmpWebUrl",
    "type",
    "provider",
    "quality",
    "images",
)

_QUOTED: Final = frozenset(
    {
        "title",
        "excerpt",
        "originalUrl",
        "webUrl",
        "ampWebUrl",
        "cdnAmpWebUrl",
        "featuredContent",
        "secured",
        "url",
        "attribution",
    }
)
_KEYS_OF: Final[dict[Hashable, tuple[str, ...]]] = {
    "provider": PROVIDER_KEYS,
    "images": IMAGE_KEYS,
    "related": RELATED_KEYS,
}


def style_of(path: tuple[Any, ...]) -> Style:
    """How the grammar writes a text at a key path: double-quoted or plain."""
    return '"' if path and path[-1] in _QUOTED else ""


def keys_of(path: tuple[Any, ...]) -> tuple[str, ...]:
    """The known keys, in order, of the map at a key path; none for a map that the grammar does not know."""
    names = [step for step in path if not isinstance(step, int)]
    return _KEYS_OF.get(names[-1], ()) if names else ARTICLE_KEYS


def ordered(fields: dict[Any, Any], path: tuple[Any, ...] = ()) -> dict[Any, Any]:
    """The same map in the grammar's order, maps and lists in it too; keys it does not know come last as they came."""
    known = [key for key in keys_of(path) if key in fields]
    rest = [key for key in fields if key not in known]
    return {key: _ordered_value(fields[key], (*path, key)) for key in [*known, *rest]}


def new_file(fields: dict[Any, Any], newline: str) -> str:
    """The text of a file that holds these fields, in this order, and no body."""
    lines = ["---"]
    for place, (key, value) in enumerate(fields.items()):
        if place and key in BLANK_LINE_BEFORE:
            lines.append("")
        lines += quoting.entry(key, value, style_of, (key,))
    return newline.join([*lines, "---", "", ""])


def _ordered_value(value: Any, path: tuple[Any, ...]) -> Any:
    if isinstance(value, dict):
        return ordered(value, path)
    if isinstance(value, list):
        return [_ordered_value(item, (*path, place)) for place, item in enumerate(value)]
    return value
