"""Whether an article's fields are right as they stand, told by one look at each: so it is with nearly every article."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from articles.content.limits import (
    DOMAIN,
    HEAT_SEEN,
    MAX_CATEGORY_CHARS,
    MAX_DOMAIN_CHARS,
    MAX_NAME_CHARS,
    MAX_TYPE_CHARS,
    QUALITY_SEEN,
    SITE_PATH,
    URL,
    USUAL_URL,
    YEARS,
    is_whole_secret,
)

IsRight = Callable[[Any], bool]


def are_right(fields: Mapping[Any, Any]) -> bool:
    """Whether there is nothing to say of any field."""
    for key, value in fields.items():
        is_right = _IS_RIGHT.get(key)
        if is_right is None or not is_right(value):
            return False
    return bool(fields.get("title", "").strip())


def _is_text_up_to(longest: int) -> IsRight:
    return lambda value: type(value) is str and len(value) <= longest


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_url(value: Any) -> bool:
    if type(value) is not str:
        return False
    return not value or (USUAL_URL.fullmatch(value) or URL.fullmatch(value)) is not None


def _is_picture_url(value: Any) -> bool:
    return type(value) is str and (SITE_PATH.fullmatch(value) is not None or _is_url(value))


def _is_domain(value: Any) -> bool:
    return type(value) is str and len(value) <= MAX_DOMAIN_CHARS and DOMAIN.fullmatch(value) is not None


def _is_time(value: Any) -> bool:
    return type(value) is datetime and value.tzinfo is UTC and value.year in YEARS


def _is_int_in(seen: range) -> IsRight:
    return lambda value: type(value) is int and value in seen


def _is_flag(value: Any) -> bool:
    return type(value) is bool


def _is_map_of(tests: Mapping[str, IsRight]) -> IsRight:
    """Of known keys alone."""

    def is_right(value: Any) -> bool:
        if type(value) is not dict or not value:
            return False
        for key, item in value.items():
            test = tests.get(key)
            if test is None or not test(item):
                return False
        return True

    return is_right


def _is_list_of(test: IsRight) -> IsRight:
    def is_right(value: Any) -> bool:
        return type(value) is list and bool(value) and all(map(test, value))

    return is_right


def _is_topic(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= MAX_NAME_CHARS


def _are_topics(value: Any) -> bool:
    return _is_list_of_topics(value) and len(set(value)) == len(value)


def _is_secured(value: Any) -> bool:
    return type(value) is str and is_whole_secret(value)


_is_list_of_topics: Final = _is_list_of(_is_topic)
_is_size: Final = _is_int_in(range(1, 20_001))
_are_images: Final = _is_list_of(
    _is_map_of(
        {
            "url": _is_picture_url,
            "width": _is_size,
            "height": _is_size,
            "isCached": _is_flag,
            "title": _is_text,
            "attribution": _is_text,
        }
    )
)
_is_provider: Final = _is_map_of({"name": _is_text_up_to(MAX_NAME_CHARS), "domain": _is_domain, "images": _are_images})
_IS_ITEM: Final[dict[str, IsRight]] = {
    "title": _is_text,
    "excerpt": _is_text,
    "publishedDateTime": _is_time,
    "originalUrl": _is_url,
    "webUrl": _is_url,
    "ampWebUrl": _is_url,
    "cdnAmpWebUrl": _is_url,
    "type": _is_text,
    "provider": _is_provider,
    "quality": _is_int_in(QUALITY_SEEN),
    "images": _are_images,
}
_IS_RIGHT: Final[dict[str, IsRight]] = {
    **_IS_ITEM,
    "category": _is_text_up_to(MAX_CATEGORY_CHARS),
    "type": _is_text_up_to(MAX_TYPE_CHARS),
    "heat": _is_int_in(HEAT_SEEN),
    "published": _is_flag,
    "featuredContent": _is_text,
    "topics": _are_topics,
    "related": _is_list_of(_is_map_of(_IS_ITEM)),
    "secured": _is_secured,
}
"""What is right as it stands. A test holds that the checks of `schema.py` have nothing to say of it either."""
